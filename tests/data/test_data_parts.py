"""Of a training and a test part the right one is looked at, and named."""

import numpy as np
import pytest
from data_files import pixels, write_idx, write_pictures

from scratchae.data import Scaling, check_fits, described, load_dataset
from scratchae.errors import DataError


@pytest.mark.parametrize("part", ["train", "test"])
def test_a_number_that_is_too_large_is_found_in_either_part(part, tmp_path):
    x = {f"x_{name}": np.arange(12.0).reshape(6, 2) for name in ("train", "test")}
    x[f"x_{part}"][3, 1] = 1e300
    np.savez(tmp_path / "x.npz", **x)
    with pytest.raises(DataError, match="numbers that are too large for float32"):
        load_dataset(tmp_path / "x.npz", scale="none")


def test_rows_of_another_width_are_told_with_the_file_that_has_them(tmp_path):
    for name, width in (("a", 3), ("b", 4)):
        np.save(tmp_path / f"{name}.npy", np.eye(5, width) + 0.5)
    said = "a.npy has rows of 3 numbers, .*b.npy of 4"
    with pytest.raises(DataError, match=said):
        load_dataset(tmp_path / "a.npy", test=tmp_path / "b.npy")


@pytest.mark.parametrize("part", ["train", "t10k"])
def test_the_part_that_lacks_a_label_is_named(part, tmp_path):
    for name in ("train", "t10k"):
        write_idx(tmp_path / f"{name}-images-idx3-ubyte", pixels(4, 3, 3))
        n = 3 if name == part else 4
        write_idx(tmp_path / f"{name}-labels-idx1-ubyte", pixels(n))
    said = f"{part}-images-idx3-ubyte has 4 items, but .*{part}-labels.* has 3 labels"
    with pytest.raises(DataError, match=said):
        load_dataset(tmp_path)


def test_a_column_of_labels_keeps_the_order_of_its_rows(tmp_path):
    x, y = np.arange(16.0).reshape(8, 2), np.array([0, 1, 1, 2, 0, 0, 1, 2])
    np.savez(tmp_path / "x.npz", x_train=x, y_train=y[:, None], x_test=x,
             y_test=y[:, None])
    dataset = load_dataset(tmp_path / "x.npz")
    for labels in dataset.labels:
        np.testing.assert_array_equal(labels, y)


def test_pictures_are_made_smaller_by_means_and_not_by_leaving_out(tmp_path):
    fine = (np.indices((24, 24)).sum(axis=0) % 2 * 255).astype(np.uint8)
    x = load_dataset(write_pictures(tmp_path, [fine] * 3), size=(8, 8)).x[0]
    assert np.abs(x - 0.5).max() < 0.1


def test_height_goes_before_width_in_what_is_said_of_images(tmp_path):
    np.save(tmp_path / "x.npy", pixels(6, 3, 4))
    dataset = load_dataset(tmp_path / "x.npy", size=(3, 4))
    assert dataset.shape == (3, 4)
    with pytest.raises(DataError, match="size=4x3: the images of .* are 3 x 4"):
        load_dataset(tmp_path / "x.npy", size=(4, 3))
    with pytest.raises(DataError, match="has images of 3 x 4 pixels"):
        check_fits(dataset, None, 9)


def test_what_is_whiter_than_white_is_drawn_white():
    scaling = Scaling("standard", 100.0, 50.0, (0.0, 255.0))
    drawn = scaling.drawn(np.array([[9.0, -9.0, 0.0]]))
    np.testing.assert_allclose(drawn, [[1, 0, 100 / 255]])


def test_the_classes_of_both_parts_are_remembered(tmp_path):
    np.savez(tmp_path / "x.npz", x_train=np.eye(3), y_train=[5, 1, 5],
             x_test=np.eye(3), y_test=[1, 7, 1])
    assert described(load_dataset(tmp_path / "x.npz"), {})["classes"] == [1, 5, 7]


@pytest.mark.parametrize("names, label", [
    ("kind,a,b", "0"), ("kind,a,b", 0), ("a,b,kind", "-1"), ("a,b,kind", 2),
    ("a,kind,b", "kind"), ("a,kind,b", "1"),
])
def test_a_label_by_its_number_is_known_by_its_name_in_the_test_file(
    names, label, tmp_path
):
    cells = {"kind": "456", "a": "123", "b": "789"}
    for name, order in (("train", names), ("test", "b,kind,a")):
        columns = zip(*(cells[key] for key in order.split(",")), strict=True)
        rows = [order, *map(",".join, columns)]
        (tmp_path / f"{name}.csv").write_text("\n".join(rows) + "\n")
    dataset = load_dataset(tmp_path / "train.csv", test=tmp_path / "test.csv",
                           label=label, scale="none")
    assert dataset.label == "kind" and dataset.columns == ("a", "b")
    for x, y in zip(dataset.x, dataset.labels, strict=True):
        assert y.tolist() == [4, 5, 6] and x.T.tolist() == [[1, 2, 3], [7, 8, 9]]


@pytest.mark.parametrize("dtype", ["float64", "int64", "int32"])
def test_numbers_far_from_zero_keep_what_they_differ_by_when_they_are_shifted(dtype):
    raw = 10**9 + np.array([[-3, 0, 1]], dtype)
    for shift in 1e9, np.full(3, 1e9):
        x = Scaling("standard", shift, 2.0).apply(raw)
        assert x.dtype == np.float32 and x.tolist() == [[-1.5, 0, 0.5]]


@pytest.mark.parametrize("ours, theirs, shape", [
    (np.uint8, float, (8, 8)), (float, np.uint8, None)])
def test_what_the_training_rows_are_the_items_are(ours, theirs, shape, tmp_path):
    x = pixels(6, 64)
    np.savez(tmp_path / "x.npz", x_train=x.astype(ours), x_test=x.astype(theirs))
    assert load_dataset(tmp_path / "x.npz").shape == shape


def test_of_parts_of_two_widths_that_is_said_and_not_that_one_lacks_the_label(tmp_path):
    np.savez(tmp_path / "x.npz", x_train=np.ones((6, 4)), x_test=np.ones((6, 3)))
    with pytest.raises(DataError, match=r"arrays? have shapes \(6, 4\) and \(6, 3\)$"):
        load_dataset(tmp_path / "x.npz", label=-1)


@pytest.mark.parametrize("wrong, fault", [
    (np.inf, "a.npy with b.npy: the number in row 3, column 1 is infinite"),
    (np.nan, "a.npy with b.npy lacks 1 number")])
def test_of_all_rows_of_two_files_both_are_named(wrong, fault, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    x = np.arange(12.0).reshape(6, 2)
    np.save("b.npy", x)
    x[3, 1] = wrong
    np.save("a.npy", x)
    with pytest.raises(DataError, match=f"^{fault}"):
        load_dataset("a.npy", test="b.npy", test_fraction=1)


def test_of_two_files_the_one_with_numbers_that_are_too_large_is_named(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    np.save("a.npy", np.eye(4, 2) + 2)
    np.save("b.npy", np.eye(4, 2) * 1e300)
    with pytest.raises(DataError, match="^b.npy has numbers that are too large for fl"):
        load_dataset("a.npy", test="b.npy", scale="none")


def test_the_file_of_test_rows_is_remembered_where_it_is_that_of_the_training(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    np.save("a.npy", np.eye(4, 2))
    source = "a.npy"
    assert load_dataset(source, test=source).test_source == "a.npy"
