"""Grey values are not tested as they are by a model of numbers in [0, 1]."""

import numpy as np
import pytest
from data_files import pixels, write_idx, write_pictures

from scratchae.cli import main
from scratchae.data import (
    Dataset,
    Scaling,
    check_fits,
    described,
    load_again,
    load_dataset,
)
from scratchae.errors import DataError

X = pixels(9, 8, 8, seed=1)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Files of images of 8 bits, and a training set in [0, 1] as images and as rows."""
    monkeypatch.chdir(tmp_path)
    trained = pixels(20, 8, 8) / 255
    np.save("images.npy", trained)
    np.save("rows.npy", trained.reshape(20, 64))
    for name, x in (("x", X), ("flat", X.reshape(9, 64)), ("wide", X.astype(int)),
                    ("floats", X.reshape(9, 64) * 1.0), ("levels", X // 16)):
        np.save(f"{name}.npy", x)
    np.savez("z.npz", images=X)
    np.savetxt("t.csv", X.reshape(9, 64), "%d", ",")
    write_pictures(tmp_path / "p", X)
    write_idx(tmp_path / "d" / "train-images-idx3-ubyte", X)


def read(trained, source, **given):
    """Other rows as a model of this training reads them; DataError unless they fit."""
    known = described(load_dataset(trained), {})
    found = load_again(known, source, **given)
    check_fits(found, known, 64)
    return found.x[1]


@pytest.mark.parametrize("trained", ["images.npy", "rows.npy"])
@pytest.mark.parametrize("name, high", [
    ("x.npy", 255), ("flat.npy", 255), ("wide.npy", 255), ("floats.npy", 255),
    ("levels.npy", 15), ("z.npz", 255), ("t.csv", 255)])
def test_grey_values_are_refused_with_what_to_do(trained, name, high):
    said = (f"{name} has numbers up to {high}; the model was trained on numbers in "
            rf"\[0, 1\], {trained}. Divide them by 255 if they have 8 bits")
    with pytest.raises(DataError, match=said):
        read(trained, name)


@pytest.mark.parametrize("trained", ["images.npy", "rows.npy"])
@pytest.mark.parametrize("source", ["p", "d"])
def test_what_has_8_bits_by_its_kind_is_divided_by_255(trained, source):
    for given in {}, {"test": source}:
        np.testing.assert_allclose(read(trained, source, **given),
                                   X.reshape(9, 64) / 255, rtol=1e-6)


def test_test_rows_in_the_unit_interval_are_not_divided_as_the_images_beside_them():
    np.save("new.npy", X / 255)
    found = read("images.npy", "d", test="new.npy")
    np.testing.assert_allclose(found, X.reshape(9, 64) / 255, rtol=1e-6)


def test_single_rows_of_a_table_may_lie_beyond_the_training():
    x = np.random.default_rng(0).uniform(0, 3, (5, 64))
    x[0, 0] = np.float32(2)
    np.save("new.npy", x)
    np.testing.assert_allclose(read("rows.npy", "new.npy"), x, rtol=1e-6)
    np.save("new.npy", np.rint(x))
    with pytest.raises(DataError, match="new.npy has numbers up to 3; the model was"):
        read("rows.npy", "new.npy")
    np.save("new.npy", x > 1)
    assert read("rows.npy", "new.npy").max() == 1


def test_evaluate_says_it_in_one_line(capsys):
    assert main("train pca --data rows.npy --latent 2".split()) == 0
    capsys.readouterr()
    assert main("evaluate runs/pca-rows.npz --data x.npy".split()) == 2
    assert "x.npy has numbers up to 255; the model" in capsys.readouterr().err
    assert main("evaluate runs/pca-rows.npz --data p".split()) == 0
    assert "9 test images of p, divided by 255" in capsys.readouterr().out


@pytest.mark.parametrize("ours, theirs", [("grey", "f.npy"), ("f.npy", "grey"),
                                          ("b.npy", "f.npy"), ("f.npy", "b.npy")])
def test_grey_values_and_numbers_in_the_unit_interval_are_no_two_parts_of_one_set(
    ours, theirs, tmp_path
):
    x = pixels(4, 6, 5)
    write_pictures(tmp_path / "grey", x)
    np.save("b.npy", x)
    np.save("f.npy", x / 255)
    grey = theirs if ours == "f.npy" else ours
    with pytest.raises(DataError, match=(
            rf"^{grey} has whole numbers up to 255, f.npy numbers in \[0, 1\]: expec")):
        load_dataset(ours, test=theirs)
    np.save("f.npy", x.astype(float))
    assert load_dataset(ours, test=theirs).x[1].max() == 1
    np.save("f.npy", np.zeros((4, 6, 5)))
    assert load_dataset(ours, test=theirs).x[0].shape == (4, 30)


def test_images_without_any_number_are_read_as_they_are(tmp_path):
    np.save(tmp_path / "x.npy", np.full((4, 8, 8), np.nan))
    dataset = load_dataset(tmp_path / "x.npy", missing="mask")
    assert str(dataset.scaling) == "as they are"


def test_of_rows_with_a_test_file_of_their_own_that_file_is_named():
    grey = Scaling("pixels", 0.0, 255.0)
    known = described(load_dataset("d"), {})
    for said, about, scaling, x in (
        ("te.npy has numbers up to 1: they are scaled", known, grey, X / 255 / 255),
        ("te.npy has numbers up to 255; the model was",
         known | {"scaling": Scaling().described()}, Scaling(), X.astype(float)),
    ):
        x = x.reshape(9, 64)
        dataset = Dataset((x, x), None, None, "tr.npy", (8, 8), scaling=scaling,
                          test_source="te.npy")
        with pytest.raises(DataError, match=f"^{said}"):
            check_fits(dataset, about, 64)


def test_rows_of_zeros_and_ones_beside_whole_numbers_are_in_one_unit():
    """A table's test rows may have no others, and are floats where one is missing."""
    np.save("counts.npy", np.arange(20).reshape(10, 2))
    np.save("few.npy", np.array([[1.0, 0.0], [np.nan, 1.0]]))
    data = load_dataset("counts.npy", test="few.npy", missing="mask")
    assert data.scaling.restore(data.x[1][0]).round(5).tolist() == [1, 0]
    np.save("images.npy", X)
    np.save("ones.npy", (X > 9).astype(float))
    with pytest.raises(DataError, match="^images.npy has whole numbers up to "):
        load_dataset("images.npy", test="ones.npy")


def test_of_an_archive_in_two_units_the_parts_are_named():
    np.savez("both.npz", x_train=X / 255, x_test=X)
    with pytest.raises(DataError, match=(
            "^the test part of both.npz has whole numbers up to 255, the training part "
            "of both.npz numbers in")):
        load_dataset("both.npz")


@pytest.mark.parametrize("scale", ["none", "standard", "minmax"])
def test_whole_numbers_beside_fractions_are_taken_as_a_table_where_the_scale_is_said(
    scale
):
    np.save("counts.npy", np.arange(20).reshape(10, 2))
    np.save("odd.npy", np.full((3, 2), 0.5))
    with pytest.raises(DataError, match="^counts.npy has whole numbers up to 19"):
        load_dataset("counts.npy", test="odd.npy")
    data = load_dataset("counts.npy", test="odd.npy", scale=scale)
    np.testing.assert_allclose(data.scaling.restore(data.x[1]), 0.5, atol=1e-6)


def test_images_of_two_levels_are_not_tested_beside_grey_values():
    np.save("mask.npy", X > 99)
    with pytest.raises(DataError, match=r"^x.npy has whole numbers up to 255, mask.npy "
                       r"numbers in \[0, 1\]: expected both in the same unit"):
        load_dataset("x.npy", test="mask.npy")
    with pytest.raises(DataError, match="^x.npy has whole numbers up to 255, mask.npy"):
        load_dataset("mask.npy", test="x.npy")
    assert load_dataset("mask.npy", test="images.npy").x[0].max() == 1
