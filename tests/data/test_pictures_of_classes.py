"""A contact sheet: of each class its first training images, as they are in the file."""

import numpy as np
import pytest
from data_files import pixels

from scratchae.cli import data, main
from scratchae.data import load_dataset


@pytest.mark.parametrize("scale", ["standard", "minmax", "none", None])
def test_images_of_a_class_are_in_its_row_as_black_and_white_as_in_the_file(
    scale, tmp_path, monkeypatch
):
    shown, (x, y) = [], (pixels(12, 3, 4), np.array([*"bcabcabcabca"]))
    np.savez(tmp_path / "x.npz", x_train=x, y_train=y, x_test=x[::-1], y_test=y[::-1])
    monkeypatch.setattr("scratchae.plots.image_rows", lambda *a: shown.append(a))
    data.contact_sheet(load_dataset(tmp_path / "x.npz", scale=scale), 3)
    ((rows, title, shape),) = shown
    assert [*rows] == ["a", "b", "c"] and shape == (3, 4)
    assert title.endswith(": 12 training images, 3 classes")
    for name, images in rows.items():
        expected = x[y == name][:3].reshape(3, 12) / 255
        np.testing.assert_allclose(images, expected, atol=1e-5)


def test_a_sheet_has_as_many_images_in_a_row_as_are_asked_for(tmp_path, monkeypatch):
    shown = []
    monkeypatch.chdir(tmp_path)
    np.savez("x.npz", x=pixels(40, 3, 4), y=np.arange(40) % 2)
    monkeypatch.setattr("scratchae.plots.image_rows", lambda *a: shown.append(a[0]))
    monkeypatch.setattr("scratchae.plots.save_figure", lambda figure, path: path)
    for typed, n in ("", 12), ("--per-class 5", 5), ("--per-class 30", 16):
        assert main(["data", "show", "x.npz", *typed.split()]) == 0
        assert [len(images) for images in shown[-1].values()] == [n, n]
