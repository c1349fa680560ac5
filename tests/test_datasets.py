"""`load_dataset` reads files of any kind: what is in them, and what goes together."""

import numpy as np
import pytest
from data_files import pixels, write_idx, write_pictures, write_text
from PIL import Image

from scratchae.data import Scaling, load_dataset
from scratchae.rows import MappedRows

TABLE = "age,height,kind\n1,10,cat\n2,20,dog\n3,60,cat\n4,30,dog\n"


def raw(dataset):
    """All rows in the numbers of the file, training rows first, as a set of rows."""
    rows = np.concatenate([dataset.scaling.restore(x) for x in dataset.x])
    return {tuple(row) for row in np.round(rows, 4).tolist()}


def sets(array):
    return {tuple(row) for row in array.reshape(len(array), -1).astype(float).tolist()}


# IDX folders

NAMES = {  # torchvision, LeCun's page, unpacked on Windows, EMNIST
    "plain": "{}-{}-idx{}-ubyte",
    "packed": "{}-{}-idx{}-ubyte.gz",
    "dotted": "{}-{}.idx{}-ubyte",
    "capital": "{}-{}-IDX{}-UBYTE",
    "of a set": "emnist-letters-{}-{}-idx{}-ubyte.gz",
}


@pytest.mark.parametrize("naming", NAMES)
@pytest.mark.parametrize("test", ["t10k", "test"])
def test_a_folder_of_idx_files_under_any_usual_name(naming, test, tmp_path):
    x, y = pixels(6, 5, 4), np.arange(6, dtype=np.uint8) % 3
    for part, n in (("train", 4), (test, 2)):
        rows = slice(None, 4) if n == 4 else slice(4, None)
        write_idx(tmp_path / NAMES[naming].format(part, "images", 3), x[rows])
        write_idx(tmp_path / NAMES[naming].format(part, "labels", 1), y[rows])
    dataset = load_dataset(tmp_path)
    assert dataset.shape == (5, 4) and dataset.scaling.scale == 255
    np.testing.assert_allclose(dataset.x[0] * 255, x[:4].reshape(4, -1), rtol=1e-6)
    np.testing.assert_array_equal(dataset.labels[1], y[4:])


def test_idx_images_without_labels_or_test_part_are_split(tmp_path):
    write_idx(tmp_path / "train-images-idx3-ubyte", pixels(10, 3, 3))
    dataset = load_dataset(tmp_path)
    assert [len(x) for x in dataset.x] == [8, 2] and dataset.labels is None


# Folders of pictures


@pytest.mark.parametrize("ending", [".png", ".bmp", ".gif", ".PNG"])
def test_pictures_of_any_shape_are_rows_in_c_order(ending, tmp_path):
    x = pixels(5, 6, 4)
    dataset = load_dataset(write_pictures(tmp_path / "p", x, ending))
    assert dataset.shape == (6, 4) and dataset.labels is None
    assert raw(dataset) == sets(x)


def test_a_jpeg_is_nearly_what_was_saved(tmp_path):
    grey = np.full((8, 8), 200, np.uint8)
    dataset = load_dataset(write_pictures(tmp_path / "p", [grey] * 3, ".jpg"))
    np.testing.assert_allclose(dataset.x[0] * 255, 200, atol=2)


def test_subfolders_are_classes_and_numbers_are_numbers(tmp_path):
    for name, number in (("cat", "3"), ("dog", "4")):
        write_pictures(tmp_path / "p" / name, pixels(5, 3, 3))
        write_pictures(tmp_path / "n" / number, pixels(5, 3, 3))
    assert load_dataset(tmp_path / "p").classes.tolist() == ["cat", "dog"]
    classes = load_dataset(tmp_path / "n").classes
    assert classes.tolist() == [3, 4] and classes.dtype == np.int64


@pytest.mark.parametrize("names", [("01", "1"), ("0.25", "0.5"), ("10", "1_0")])
def test_folders_called_like_numbers_are_not_merged(names, tmp_path):
    for name in names:
        write_pictures(tmp_path / name, pixels(5, 3, 3))
    assert load_dataset(tmp_path).classes.tolist() == [*names]


@pytest.mark.parametrize("name", ["test", "val", "valid", "validation", "Test"])
def test_train_and_test_folders_are_the_split(name, tmp_path):
    train, test = pixels(4, 3, 3), pixels(2, 3, 3, seed=1)
    write_pictures(tmp_path / "train" / "a", train)
    write_pictures(tmp_path / "train" / "b", train[:1])
    write_pictures(tmp_path / name / "a", test)
    write_pictures(tmp_path / name / "b", test[:1])
    dataset = load_dataset(tmp_path)
    assert [len(x) for x in dataset.x] == [5, 3]
    assert dataset.labels[0].tolist() == ["a"] * 4 + ["b"]


def test_of_three_parts_the_one_left_out_is_said(tmp_path):
    for name in ("train", "val", "test"):
        write_pictures(tmp_path / name, pixels(2, 3, 3))
    dataset = load_dataset(tmp_path)
    assert [len(x) for x in dataset.x] == [2, 2] and dataset.labels is None
    assert "val is left out" in dataset.notes


def test_hidden_and_other_files_are_left_out(tmp_path):
    write_pictures(tmp_path, pixels(4, 3, 3))
    write_pictures(tmp_path / ".cache", pixels(1, 9, 9))
    (tmp_path / "._00.png").write_bytes(b"")
    (tmp_path / "Thumbs.db").write_bytes(b"")
    assert sum(map(len, load_dataset(tmp_path).x)) == 4


def test_size_resizes_every_picture(tmp_path):
    write_pictures(tmp_path, [np.full(s, 51, np.uint8) for s in ((9, 4), (30, 50))])
    dataset = load_dataset(tmp_path, size="6x3")
    assert dataset.shape == (6, 3)
    np.testing.assert_allclose(dataset.x[0], 0.2, rtol=1e-6)


def test_colour_is_kept_where_there_is_any_or_as_asked(tmp_path):
    red = np.zeros((3, 2, 3), np.uint8)
    red[..., 0] = 255
    folder = write_pictures(tmp_path / "red", [red] * 3)
    dataset = load_dataset(folder)
    assert dataset.shape == (3, 2, 3) and dataset.notes[0] == "in colour, as found"
    np.testing.assert_array_equal(dataset.x[0][0], np.ravel(red) / 255)
    assert load_dataset(folder, colour=False).shape == (3, 2)
    grey = write_pictures(tmp_path / "grey", [np.repeat(pixels(3, 2, 1), 3, 2)] * 3)
    assert load_dataset(grey).shape == (3, 2)  # it is grey, though saved in colour
    assert load_dataset(grey, colour=True).shape == (3, 2, 3)


def test_what_is_transparent_is_white_and_a_turned_photograph_stands(tmp_path):
    clear = Image.fromarray(np.zeros((2, 2, 4), np.uint8))
    for i in range(2):
        clear.save(tmp_path / f"{i}.png")
    np.testing.assert_array_equal(load_dataset(tmp_path).x[0], 1)
    turned = Image.new("L", (4, 2))
    turned.getexif()[0x0112] = 6  # to be turned by 90 degrees
    for i in range(2):
        turned.save(tmp_path / f"{i}.png", exif=turned.getexif())
    assert load_dataset(tmp_path).shape == (4, 2)


def test_sixteen_bits_keep_their_range(tmp_path):
    deep = (pixels(3, 3).astype(np.uint16) * 257)
    write_pictures(tmp_path, [deep] * 2)
    np.testing.assert_array_equal(load_dataset(tmp_path).x[0][0] * 255,
                                  pixels(3, 3).ravel())


def test_a_dark_picture_of_sixteen_bits_stays_dark(tmp_path):
    write_pictures(tmp_path, [np.full((2, 2), v, np.uint16) for v in (200, 25700)])
    x = np.concatenate(load_dataset(tmp_path).x)
    assert {*np.round(x[:, 0] * 255).tolist()} == {0, 100}


def test_sixteen_bits_of_which_eight_are_used_are_said_to_be_black(tmp_path):
    write_pictures(tmp_path, [np.full((2, 2), 200, np.uint16)] * 2)
    assert "all black: 16 bits are divided by 257" in load_dataset(tmp_path).notes


# Arrays


@pytest.mark.parametrize("shape, found", [
    ((6, 5, 4), (5, 4)), ((6, 5, 4, 3), (5, 4, 3)), ((6, 5, 4, 1), (5, 4)),
    ((6, 3, 5, 4), (5, 4, 3)), ((6, 1, 5, 4), (5, 4)), ((6, 64), (8, 8)),
    ((6, 7), None),
])
def test_an_array_of_bytes_is_images_where_it_can_be(shape, found, tmp_path):
    np.save(tmp_path / "x.npy", pixels(*shape))
    dataset = load_dataset(tmp_path / "x.npy")
    assert dataset.shape == found
    items = pixels(*shape)
    if shape[1] == 3:
        items = items.transpose(0, 2, 3, 1)
    assert raw(dataset) == sets(items)


def test_flat_floats_are_a_table_unless_their_size_is_said(tmp_path):
    np.save(tmp_path / "x.npy", np.random.default_rng(0).uniform(size=(8, 12)))
    assert load_dataset(tmp_path / "x.npy").shape is None
    assert load_dataset(tmp_path / "x.npy", size=(4, 3)).shape == (4, 3)
    assert load_dataset(tmp_path / "x.npy", size="2x2").shape == (2, 2, 3)


@pytest.mark.parametrize("names", [
    ("x_train", "y_train", "x_test", "y_test"),
    ("X_train", "y_train", "X_test", "y_test"),
])
def test_an_archive_has_the_names_of_keras(names, tmp_path):
    x, y = pixels(6, 3, 3), np.arange(6) % 2
    arrays = dict(zip(names, (x[:4], y[:4], x[4:], y[4:]), strict=True))
    np.savez(tmp_path / "x.npz", **arrays)
    dataset = load_dataset(tmp_path / "x.npz")
    assert sets(dataset.x[1] * 255) == sets(x[4:]) and dataset.labels[0].tolist() == [
        0, 1, 0, 1]


@pytest.mark.parametrize("names", [
    ("x", "y"), ("X", "y"), ("images", "labels"), ("data", "target"), ("arr_0", None)])
def test_an_archive_may_have_one_part_or_one_array(names, tmp_path):
    arrays = {names[0]: pixels(10, 3, 3)}
    if names[1]:
        arrays[names[1]] = np.array([["a"], ["b"]] * 5)
    np.savez(tmp_path / "x.npz", **arrays)
    dataset = load_dataset(tmp_path / "x.npz")
    assert [len(x) for x in dataset.x] == [8, 2]
    assert (dataset.labels is not None) == (names[1] is not None)


@pytest.mark.parametrize("column, label", [(0, "0"), (64, "-1")])
def test_a_label_among_bytes_is_taken_out(column, label, tmp_path):
    x = np.insert(pixels(6, 64), column, np.arange(6) % 2, axis=1)
    np.save(tmp_path / "x.npy", x)
    dataset = load_dataset(tmp_path / "x.npy", label=label)
    assert dataset.shape == (8, 8) and dataset.classes.tolist() == [0, 1]
    assert raw(dataset) == sets(pixels(6, 64))


def test_a_large_file_stays_where_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr("scratchae.data.load.IN_MEMORY", 100)
    x = pixels(50, 4, 4)
    np.save(tmp_path / "x.npy", x)
    mapped = load_dataset(tmp_path / "x.npy")
    monkeypatch.undo()
    kept = load_dataset(tmp_path / "x.npy")
    assert isinstance(mapped.x[0], MappedRows) and isinstance(kept.x[0], np.ndarray)
    for ours, theirs in zip(mapped.x, kept.x, strict=True):
        np.testing.assert_array_equal(ours[:], theirs)


# Splitting


def test_a_share_of_every_class_is_for_testing(tmp_path):
    y = np.repeat([0, 1, 2], (50, 30, 20))
    np.savez(tmp_path / "x.npz", x=pixels(100, 3, 3), y=y)
    dataset = load_dataset(tmp_path / "x.npz", test_fraction=0.3)
    assert [np.bincount(part).tolist() for part in dataset.labels] == [
        [35, 21, 14], [15, 9, 6]]
    assert np.diff(dataset.labels[0]).any()  # shuffled, not sorted


def test_training_rows_do_not_come_class_by_class_or_in_turn(tmp_path):
    np.savez(tmp_path / "x.npz", x=pixels(100, 3, 3), y=np.arange(100) % 2)
    pairs = load_dataset(tmp_path / "x.npz").labels[0].reshape(-1, 2)
    assert 0.2 < np.mean(pairs[:, 0] == pairs[:, 1]) < 0.8


def test_labels_of_both_parts_are_of_one_type(tmp_path):
    x = pixels(2, 3, 3)
    np.savez(tmp_path / "x.npz", x_train=x, x_test=x, y_train=[1, 2], y_test=["1", "b"])
    dataset = load_dataset(tmp_path / "x.npz")
    assert dataset.classes.tolist() == ["1", "2", "b"]
    assert dataset.labels[0].dtype.kind == "U"


def test_every_row_is_in_one_part_and_the_seed_says_in_which(tmp_path):
    x = np.arange(40.0).reshape(20, 2)
    np.save(tmp_path / "x.npy", x)
    one, again, other = (load_dataset(tmp_path / "x.npy", random_state=s)
                         for s in (1, 1, 2))
    assert sum(map(len, one.x)) == 20 and raw(one) == sets(x)
    np.testing.assert_array_equal(one.x[1], again.x[1])
    assert not np.array_equal(one.x[1], other.x[1])


def test_a_file_of_its_own_is_the_test_part(tmp_path):
    train = write_text(tmp_path / "train.csv", TABLE)
    test = write_text(tmp_path / "test.csv", "height,kind,age\n30,dog,4\n5,cat,7\n")
    dataset = load_dataset(train, test=test)
    rows = dataset.scaling.restore(dataset.x[1])
    np.testing.assert_allclose(rows, [[4, 30], [7, 5]], rtol=1e-6)  # by their names
    assert dataset.labels[1].tolist() == ["dog", "cat"]


def test_a_given_scaling_is_used_as_it_is(tmp_path):
    table = write_text(tmp_path / "t.csv", TABLE)
    given = Scaling("standard", np.array([1.0, 10.0]), np.array([2.0, 5.0]))
    dataset = load_dataset(table, scale=given, test_fraction=1)
    assert [len(x) for x in dataset.x] == [0, 4] and dataset.scaling is given
    assert [0.5, 2.0] in dataset.x[1].tolist()
