"""Each kind of data: by which names it is known, and which options mean nothing to it.
"""

from pathlib import Path

import numpy as np
import pytest
from data_files import pixels, write_idx, write_pictures, write_text
from PIL import Image

from scratchae.data import load_dataset
from scratchae.errors import DataError

IDX = "train-images-idx3-ubyte"
GIVEN = {"size": "3x3", "colour": False, "label": 0, "columns": ["a"]}
KINDS = {  # a path, what it is called, and which options mean something to it
    "a table": ("t.csv", {"size", "label", "columns"}),
    "an array": ("x.npy", {"size", "label"}),
    "an IDX file": (IDX, set()),
    "a folder of IDX files": ("idx", set()),
    "a folder of pictures": ("zoo", {"size", "colour"}),
}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_all():
    """One of each kind, of 3 x 3 pixels or of three columns."""
    write_text(Path("t.csv"), "k,a,b\n1,2,3\n2,4,6\n1,8,9\n2,1,1\n")
    np.save("x.npy", np.insert(pixels(4, 9).astype(float), 0, [1, 2, 1, 2], axis=1))
    for place in IDX, f"idx/{IDX}":
        write_idx(Path(place), pixels(4, 3, 3))
    write_pictures(Path("zoo"), pixels(4, 3, 3))


@pytest.mark.parametrize("option", GIVEN)
@pytest.mark.parametrize("kind", KINDS)
def test_an_option_that_means_nothing_to_a_kind_is_refused_whatever_its_value(
    kind, option
):
    """Also False and 0."""
    write_all()
    source, known = KINDS[kind]
    if option in known:
        size = {"size": "1x3"} if (kind, option) == ("a table", "size") else {}
        also = {"label": "-1"} if (kind, option) == ("an array", "size") else {}
        load_dataset(source, **{option: GIVEN[option]} | size | also)
        return
    with pytest.raises(ValueError) as caught:
        load_dataset(source, **{option: GIVEN[option]})
    assert str(caught.value) == (f"{option}={GIVEN[option]}: {source} is {kind}, to "
                                 "which that means nothing")


@pytest.mark.parametrize("ending", [".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz",
                                    ".7z", ".ZIP"])
def test_what_is_packed_is_to_be_unpacked_first(ending):
    Path(f"x{ending}").write_bytes(b"1,2")
    with pytest.raises(DataError, match=f"^x{ending} is packed: unpack it first$"):
        load_dataset(f"x{ending}")


@pytest.mark.parametrize("form", ["png", "jpg", "jpeg", "gif", "bmp", "PNG", "Jpeg"])
def test_pictures_of_each_ending_are_read(form):
    write_pictures(Path("p"), np.full((3, 8, 8), 200, np.uint8), f".{form}")
    dataset = load_dataset("p")
    assert [len(x) for x in dataset.x] == [2, 1]
    np.testing.assert_allclose(dataset.x[0] * 255, 200, atol=2)


@pytest.mark.parametrize("form", ["TIFF", "PPM", "WEBP"])
def test_a_picture_of_another_form_is_none_whatever_its_name_says(form):
    Path("p").mkdir()
    try:
        Image.fromarray(pixels(4, 4)).save("p/a.png", format=form)
    except KeyError:
        pytest.skip("Pillow writes none")
    with pytest.raises(DataError, match="p/a.png is no picture in PNG, JPEG, GIF or"):
        load_dataset("p")


def test_one_idx_file_is_images_of_its_own_shape_and_labels_are_none():
    x = pixels(5, 3, 4)
    write_idx(Path(IDX), x)
    dataset = load_dataset(IDX, test_fraction=1)
    assert dataset.shape == (3, 4) and dataset.labels is None
    np.testing.assert_allclose(dataset.x[1] * 255, x.reshape(5, 12), rtol=1e-6)
    write_idx(Path("train-labels-idx1-ubyte"), pixels(5))
    with pytest.raises(DataError, match="holds 1-dimensional labels; expected 3-dim"):
        load_dataset("train-labels-idx1-ubyte")


def test_what_is_hidden_in_a_folder_is_not_there():
    Path("d").mkdir()
    Path("d/.DS_Store").write_bytes(b"1")
    with pytest.raises(DataError, match="^d is empty; expected pictures"):
        load_dataset("d")
    Path("d/.a.csv").write_text("1,2")
    write_text(Path("d/t.csv.gz"), "1,2\n")
    with pytest.raises(DataError, match="^d is a folder: name a file in it, such as d/"
                       "t.csv.gz$"):
        load_dataset("d")


def test_pictures_below_a_class_are_of_it_and_what_the_mac_adds_is_none():
    write_pictures(Path("p/cat/2019/may"), pixels(3, 4, 4))
    write_pictures(Path("p/dog"), pixels(2, 4, 4))
    write_pictures(Path("p/__MACOSX"), pixels(1, 4, 4))
    labels = np.concatenate(load_dataset("p").labels).tolist()
    assert sorted(labels) == ["cat"] * 3 + ["dog"] * 2


def test_what_is_transparent_in_a_grey_picture_is_white_too():
    x = np.stack([np.zeros((4, 4)), np.full((4, 4), 128)], axis=2).astype(np.uint8)
    Path("p").mkdir()
    for i in range(2):
        Image.fromarray(x).save(f"p/{i}.png")  # black, of which half is seen
    dataset = load_dataset("p")
    assert dataset.shape == (4, 4)
    np.testing.assert_allclose(dataset.x[0] * 255, 127, atol=1)


def test_the_test_rows_may_be_of_another_kind_whose_labels_are_not_in_a_column():
    x, y = pixels(6, 64), np.arange(6) % 2
    rows = np.insert(x.astype(int), 0, y, axis=1)
    names = ",".join(["label", *(f"pixel{i}" for i in range(64))])
    np.savetxt("t.csv", rows, "%d", ",", header=names, comments="")
    np.savez("x.npz", x=x[::-1].reshape(6, 8, 8), y=y[::-1])
    dataset = load_dataset("t.csv", test="x.npz")
    assert dataset.label == "label" and dataset.shape == (8, 8)
    np.testing.assert_allclose(dataset.x[1] * 255, x[::-1], rtol=1e-6)
    np.testing.assert_array_equal(dataset.labels[1], y[::-1])
    every = load_dataset("t.csv", test="x.npz", test_fraction=1)
    np.testing.assert_array_equal(every.x[1], np.concatenate(dataset.x))


@pytest.mark.parametrize("test", ["x.npz", "idx"])
def test_a_file_of_test_rows_with_two_parts_of_its_own_is_refused(test):
    np.save("x.npy", pixels(6, 3, 3))
    np.savez("x.npz", x_train=pixels(4, 3, 3), x_test=pixels(2, 3, 3))
    for part in "train", "t10k":
        write_idx(Path(f"idx/{part}-images-idx3-ubyte"), pixels(2, 3, 3))
    with pytest.raises(ValueError, match=f"^test={test} has a training and a test "
                       "part of its own$"):
        load_dataset("x.npy", test=test)


def test_columns_that_are_asked_for_are_taken_of_the_test_rows_too():
    write_text(Path("a.csv"), "a,b,c\n1,2,3\n4,5,6\n")
    write_text(Path("b.csv"), "c,b,a\n9,8,7\n")
    dataset = load_dataset("a.csv", test="b.csv", columns=["c", "a"], scale="none")
    assert [x.tolist() for x in dataset.x] == [[[3, 1], [6, 4]], [[9, 7]]]
    images = load_dataset("a.csv", test="b.csv", columns=["c", "a"], size=(1, 2))
    assert images.shape == (1, 2) and images.columns is None


def test_a_folder_called_train_is_a_class_where_there_is_none_for_testing():
    for name in "train", "plane":
        write_pictures(Path("p") / name, pixels(2, 4, 4))
    dataset = load_dataset("p", test_fraction=1)
    assert dataset.labels[1].tolist() == ["plane"] * 2 + ["train"] * 2


@pytest.mark.parametrize("names, taken", [
    (["val", "test"], "test"), (["validation", "valid", "val"], "val"),
    (["validation", "valid"], "valid"), (["VAL", "Test"], "Test"),
])
def test_of_several_test_folders_the_first_that_is_usual_is_taken(names, taken):
    for name in ("train", *names):
        write_pictures(Path("p") / name, pixels(5 if name == taken else 2, 4, 4))
    dataset = load_dataset("p")
    assert [len(x) for x in dataset.x] == [2, 5]
    left = {note for note in dataset.notes if note.endswith(" is left out")}
    assert left == {f"{name} is left out" for name in names if name != taken}


@pytest.mark.parametrize("x_labels, y_labels", [([0, 1, 0, 1], [5, 6]),
                                                ([*"abab"], [*"cd"])])
def test_the_labels_of_two_files_stay_with_their_rows(x_labels, y_labels):
    x = pixels(6, 3, 3)
    np.savez("x.npz", x=x[:4], y=x_labels)
    np.savez("y.npz", x=x[4:], y=y_labels)
    dataset = load_dataset("x.npz", test="y.npz")
    assert [y.tolist() for y in dataset.labels] == [x_labels, y_labels]
    every = load_dataset("x.npz", test="y.npz", test_fraction=1)
    assert every.labels[1].tolist() == x_labels + y_labels
    np.testing.assert_allclose(every.x[1] * 255, x.reshape(6, 9), rtol=1e-6)
    assert [len(part) for part in (every.x[0], every.labels[0])] == [0, 0]
