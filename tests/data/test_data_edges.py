"""Data at the edge between two readings: which of them is taken, and with what."""

import os
from pathlib import Path

import numpy as np
import pytest
from data_files import pixels, write_idx, write_pictures, write_text
from PIL import Image

from scratchae.data import (
    Dataset,
    Scaling,
    check_fits,
    described,
    load_again,
    load_dataset,
    published,
    read_idx,
    summary,
)
from scratchae.errors import DataError


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


# Units


@pytest.mark.parametrize("low, high", [(-100, 200), (-1, 255), (-0.5, 0.5)])
def test_images_below_zero_are_brought_to_the_unit_interval_by_their_own_ends(
    low, high
):
    images = np.linspace(low, high, 4 * 9).reshape(4, 3, 3)
    np.save("x.npy", images)
    scaling = load_dataset("x.npy").scaling
    assert (scaling.shift, scaling.scale) == (low, high - low)


@pytest.mark.parametrize("scale", ["standard", "minmax"])
def test_images_that_begin_below_zero_are_drawn_from_black_to_white(scale):
    images = pixels(6, 3, 3) / 127.5 - 1
    np.savez("x.npz", x_train=images, x_test=images)
    dataset = load_dataset("x.npz", scale=scale)
    drawn = dataset.scaling.drawn(dataset.x[0])
    np.testing.assert_allclose(drawn, pixels(6, 9) / 255, atol=1e-6)


@pytest.mark.parametrize("scale", ["standard", "minmax"])
def test_without_training_rows_the_scaling_is_learned_from_the_test_rows(scale):
    rows = np.array([[1.0, 10], [3, 50], [5, 30]])
    np.save("x.npy", rows)
    dataset = load_dataset("x.npy", scale=scale, test_fraction=1)
    low, size = (rows.mean(0), rows.std(0)) if scale == "standard" else (
        rows.min(0), np.ptp(rows, axis=0))
    np.testing.assert_allclose(dataset.x[1], (rows - low) / size, rtol=1e-6)


@pytest.mark.parametrize("largest, refused", [(1.5, False), (1.99, False), (2, True)])
def test_numbers_from_two_on_are_not_those_of_the_unit_interval(largest, refused):
    x = np.full((2, 4), largest, np.float32)
    data = Dataset((x[:0], x), None, None, "new.npy", (2, 2))
    known = described(data, {})
    if not refused:
        check_fits(data, known, 4)
        return
    with pytest.raises(DataError, match="has numbers up to 2; the model was trained"):
        check_fits(data, known, 4)


@pytest.mark.parametrize("value, told", [(255, True), (256, False), (-1, False)])
def test_rows_without_names_are_grey_values_up_to_255(value, told):
    rows = pixels(4, 64).astype(int)
    rows[0, 0] = value
    np.savetxt("t.csv", rows, "%d", ",")
    dataset = load_dataset("t.csv", label="none")
    assert (dataset.shape == (8, 8)) is told


def test_rows_with_fractions_are_no_grey_values():
    np.savetxt("t.csv", pixels(4, 64) + 0.5 * np.eye(4, 64), "%.1f", ",")
    assert load_dataset("t.csv", label="none").shape is None


# The other part


def test_all_rows_of_two_parts_are_test_rows_and_none_are_for_training():
    np.savez("x.npz", x_train=pixels(4, 3, 3), x_test=pixels(2, 3, 3),
             y_train=np.arange(4), y_test=[8, 9])
    dataset = load_dataset("x.npz", test_fraction=1)
    assert [len(x) for x in dataset.x] == [0, 6]
    assert [y.tolist() for y in dataset.labels] == [[], [0, 1, 2, 3, 8, 9]]


@pytest.mark.parametrize("has, lacks", [("a.npz", "b.npz"), ("b.npz", "a.npz")])
def test_of_two_files_the_one_with_labels_and_the_one_without_are_told_apart(
    has, lacks
):
    for name in ("a.npz", "b.npz"):
        np.savez(name, x=pixels(4, 3, 3), **{"y": np.arange(4)} if name == has else {})
    with pytest.raises(DataError, match=f"^{has} has labels, {lacks} has none"):
        load_dataset("a.npz", test="b.npz")


def test_what_the_test_rows_lack_is_counted_too():
    write_text(Path("a.csv"), "a,b\n1,2\n3,\n5,6\n")
    write_text(Path("b.csv"), "a,b\n,\n7,8\n")
    said = summary(load_dataset("a.csv", test="b.csv", missing="mask"))
    assert said["missing"] == "3 numbers, by column: 'a' 1, 'b' 2"


def test_a_column_without_any_number_is_not_called_constant():
    write_text(Path("a.csv"), "a,b,c\n1,,7\n2,,7\n3,,7\n")
    dataset = load_dataset("a.csv", test="a.csv", missing="mask")
    assert summary(dataset)["constant"] == "1 column: 'c'"


# Tables


@pytest.mark.parametrize("cells, classes", [
    (["2.0", "10", "2.0"], [2, 10]), (["100", "1.0", "20"], [1, 20, 100]),
])
def test_whole_numbers_with_and_without_a_point_are_the_same_classes(cells, classes):
    rows = "".join(f"{i},{cell}\n" for i, cell in enumerate(cells))
    write_text(Path("t.csv"), f"a,label\n{rows}")
    assert load_dataset("t.csv").classes.tolist() == classes


def test_an_underscore_in_a_later_column_makes_its_cell_text():
    write_text(Path("t.csv"), "a,month\n1,7\n2,8\n3,2020_01\n")
    with pytest.raises(DataError, match="line 4: '2020_01' in column 'month' is not"):
        load_dataset("t.csv")


@pytest.mark.parametrize("asked", [["a", "target"], ["target"]])
def test_a_column_that_is_asked_for_is_no_label_whatever_its_name(asked):
    write_text(Path("t.csv"), "a,target\n1,7\n2,8\n3,7\n")
    dataset = load_dataset("t.csv", columns=asked)
    assert dataset.labels is None and dataset.columns == tuple(asked)


def test_a_row_whose_numbers_do_not_ascend_is_no_names():
    write_text(Path("t.csv"), "x,1990,1990\ny,1,2\ny,3,4\nz,5,6\n")
    assert sum(map(len, load_dataset("t.csv").x)) == 4


# Files


@pytest.mark.parametrize("limit, fits", [(24, True), (23, False)])
def test_an_array_may_be_as_large_as_what_is_allowed(limit, fits):
    write_idx(Path("d/x"), pixels(2, 3, 4))
    if fits:
        assert read_idx("d/x", max_bytes=limit).shape == (2, 3, 4)
        return
    with pytest.raises(DataError, match="24 bytes; expected at most 23"):
        read_idx("d/x", max_bytes=limit)


def test_capitals_do_not_make_two_sets_of_one():
    write_idx(Path("d/Mine-train-images-idx3-ubyte"), pixels(6, 3, 3))
    write_idx(Path("d/mine-train-labels-idx1-ubyte"), np.arange(6, dtype=np.uint8))
    assert len(load_dataset("d").classes) == 6


def test_of_a_packed_file_and_an_unpacked_one_the_packed_one_is_read():
    name = "d/train-images-idx3-ubyte"
    write_idx(Path(name), pixels(4, 3, 3) // 2)
    write_idx(Path(f"{name}.gz"), pixels(4, 3, 3))
    dataset = load_dataset("d", test_fraction=1)
    np.testing.assert_allclose(dataset.x[1] * 255, pixels(4, 9), rtol=1e-6)


@pytest.mark.parametrize("width", [1, 3, 5])
def test_colour_is_looked_for_in_the_last_dimension_first(width):
    """Of (n, 3, h, w) with a width of 3 nobody can tell; the last one counts."""
    x = pixels(4, 3, 4, width)
    np.save("x.npy", x)
    expected = x.transpose(0, 2, 3, 1) if width == 5 else x
    dataset = load_dataset("x.npy", test_fraction=1, scale="none")
    assert dataset.shape == {1: (3, 4), 3: (3, 4, 3), 5: (4, 5, 3)}[width]
    np.testing.assert_array_equal(dataset.x[1], expected.reshape(4, -1))


def test_a_colour_of_a_palette_that_is_transparent_is_white(folder):
    image = Image.fromarray(np.array([[0, 1], [1, 1]], np.uint8), "P")
    image.putpalette([255, 0, 0, 0, 0, 255])
    for i in range(2):
        image.save(f"{i}.png", transparency=0)
    dataset = load_dataset(folder)
    np.testing.assert_array_equal(dataset.x[0], [[1, 1, 1] + [0, 0, 1] * 3])


def test_each_published_set_has_a_folder_of_its_own_in_the_cache(folder, monkeypatch):
    monkeypatch.setattr(published, "user_cache", lambda: folder / "cache")
    monkeypatch.setattr(published, "_is_good", lambda *_: True)
    found = {which: published.fetch_published(which) for which in published.PUBLISHED}
    assert found.pop("mnist") == folder / "cache"
    assert found == {which: folder / "cache" / which for which in found}


@pytest.mark.parametrize("name", ["fashion-mnist", "kmnist"])
def test_the_folder_of_mnist_is_not_that_of_another_set(name, folder, monkeypatch):
    asked = []
    monkeypatch.setenv("SCRATCHAE_DATA", str(folder))
    monkeypatch.setattr(published, "fetch_published", lambda which: asked.append(which)
                        or folder / "none")
    with pytest.raises(DataError, match=f"{folder / 'none'} has no train-images"):
        published.load_published(name)
    assert asked == [name] and os.listdir(folder) == []


def test_a_file_in_place_of_the_folder_is_called_a_file(folder):
    file = folder / "train-images-idx3-ubyte.gz"
    file.write_bytes(b"")
    said = f"{file} is a file: mnist is a folder of four. Put .* into {folder}, or name"
    with pytest.raises(DataError, match=said):
        published.load_published("mnist", file)


@pytest.mark.parametrize("length, damaged", [(2**16, False), (2**16 + 1, True)])
def test_a_header_is_as_long_as_any_is_and_not_longer(length, damaged):
    claim = b"\x93NUMPY\2\0" + length.to_bytes(4, "little") + b"{"
    Path("x.npy").write_bytes(claim)
    said = f"its header claims {length} bytes" if damaged else "cannot be read: EOF"
    with pytest.raises(DataError, match=said):
        load_dataset("x.npy")


# Once more


def test_rows_of_another_table_have_the_shape_that_the_training_had():
    for seed, name in enumerate(("a.csv", "b.csv")):
        np.savetxt(name, pixels(5, 6, seed=seed), "%d", ",")
    reading = {"size": "2x3", "label": "none"}
    known = described(load_dataset("a.csv", **reading), reading)
    assert load_again(known, "b.csv").shape == (2, 3)


@pytest.mark.parametrize("colour", [False, True])
def test_other_pictures_are_read_in_colour_only_if_the_training_was(colour):
    """Whatever they are themselves."""
    grey, red = pixels(4, 6, 5), np.zeros((4, 6, 5, 3), np.uint8)
    red[..., 0] = 255
    write_pictures(Path("train"), red if colour else grey)
    write_pictures(Path("new"), grey if colour else red)
    known = described(load_dataset("train"), {})
    assert load_again(known, "new").shape == ((6, 5, 3) if colour else (6, 5))


def test_the_mask_of_the_training_is_for_other_rows_too():
    write_text(Path("a.csv"), "a,b\n1,2\n3,\n5,6\n7,9\n")
    write_text(Path("b.csv"), "a,b\n,4\n7,8\n")
    reading = {"missing": "mask"}
    known = described(load_dataset("a.csv", **reading), reading)
    assert np.isnan(load_again(known, "b.csv").x[1]).sum() == 1
    with pytest.raises(DataError, match="b.csv lacks 1 number"):
        load_again(known | {"reading": {}}, "b.csv")


def test_a_label_that_is_given_goes_before_that_of_the_training():
    write_text(Path("a.csv"), "a,u,v\n1,7,3\n2,8,4\n3,7,5\n4,8,6\n")
    write_text(Path("b.csv"), "a,u,v\n9,5,3\n8,6,4\n")
    known = described(load_dataset("a.csv", label="u"), {"label": "u"})
    other = described(load_dataset("a.csv", label="v"), {"label": "v"})
    assert load_again(known, "b.csv").labels[1].tolist() == [5, 6]
    assert load_again(known | {"columns": other["columns"], "scaling":
                               Scaling().described()}, "b.csv",
                      label="v").labels[1].tolist() == [3, 4]


def test_another_split_of_the_same_file_is_not_that_of_the_training():
    np.savetxt("a.csv", np.arange(40).reshape(20, 2) ** 2, "%d", ",", header="a,b",
               comments="")
    known = described(load_dataset("a.csv", random_state=0), {"random_state": 0})
    assert len(load_again(known, random_state=0).x[0]) == 16
    with pytest.raises(DataError, match="is read in another way"):
        load_again(known, random_state=1)


@pytest.mark.parametrize("lacks, more", [(5, False), (7, True)])
def test_five_columns_that_lack_numbers_are_named_and_the_others_counted(lacks, more):
    names = "abcdefgh"
    write_text(Path("t.csv"), f"{','.join(names)}\n{','.join('12345678')}\n"
               f"{',' * lacks}{','.join('9' * (8 - lacks))}\n")
    named = ", ".join(f"'{n}' 1" for n in names[:5])
    said = f"lacks {lacks} numbers .*: {named}{' and 2 more columns' * more}\\. Drop"
    with pytest.raises(DataError, match=said):
        load_dataset("t.csv")
