"""Folders of pictures: what is in them, their classes, their split and their shape."""

import numpy as np
import pytest
from data_files import pixels, write_pictures
from PIL import Image

from scratchae.cli import main
from scratchae.data import load_dataset
from scratchae.errors import DataError


def raw(dataset):
    """All rows in the numbers of the file, training rows first, as a set of rows."""
    rows = np.concatenate([dataset.scaling.restore(x) for x in dataset.x])
    return {tuple(row) for row in np.round(rows, 4).tolist()}


def sets(array):
    return {tuple(row) for row in array.reshape(len(array), -1).astype(float).tolist()}


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


@pytest.mark.parametrize("hidden", [".ipynb_checkpoints", "there/.cache", "__MACOSX"])
def test_hidden_folders_of_a_class_are_left_out_too(hidden, tmp_path):
    for name in ("cat", "dog", "cat/there"):
        write_pictures(tmp_path / name, pixels(2, 3, 3))
    write_pictures(tmp_path / "cat" / hidden, pixels(1, 9, 9))
    assert sum(map(len, load_dataset(tmp_path).x)) == 6


def test_size_resizes_every_picture(tmp_path):
    write_pictures(tmp_path, [np.full(s, 51, np.uint8) for s in ((9, 4), (30, 50))])
    dataset = load_dataset(tmp_path, size="6x3")
    assert dataset.shape == (6, 3)
    np.testing.assert_allclose(dataset.x[0], 0.2, rtol=1e-6)


def test_pictures_of_another_shape_are_cut_and_not_squeezed(tmp_path):
    image = np.full((30, 90), 200, np.uint8)
    image[:, 30:60] = np.where(np.hypot(*np.mgrid[-15:15, -15:15]) < 10, 0, 200)
    write_pictures(tmp_path / "wide", [image] * 2)
    write_pictures(tmp_path / "high", [image.T] * 3)
    for name, n in (("wide", 2), ("high", 3)):
        dataset = load_dataset(tmp_path / name, size="30x30", test_fraction=0.4)
        for x in dataset.x[0]:
            np.testing.assert_array_equal(x * 255, image[:, 30:60].ravel())
        assert f"{n} of another shape cut to their middle" in dataset.notes
    square = load_dataset(tmp_path / "high", size="60x20")
    assert not any("cut" in note for note in square.notes)


@pytest.mark.parametrize("flat", ["test", "train"])
def test_labels_that_one_part_alone_has_are_left_out_and_that_is_said(flat, tmp_path):
    for part in ("train", "test"):
        for kind in ("cat", "dog"):
            folder = tmp_path / part / kind if part != flat else tmp_path / part
            write_pictures(folder, pixels(3, 4, 4))
    dataset = load_dataset(tmp_path)
    other = "train" if flat == "test" else "test"
    assert dataset.labels is None and dataset.notes[-1] == (
        f"no labels: {flat} has no folders of classes, so that those of {other} are "
        "left out")


def test_classes_in_one_folder_more_are_classes(tmp_path):
    for kind in ("cat", "dog"):
        write_pictures(tmp_path / "train" / kind, pixels(5, 4, 4))
    assert load_dataset(tmp_path).classes.tolist() == ["cat", "dog"]


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


@pytest.mark.parametrize("spread, coloured", [(16, False), (17, True)])
def test_a_pale_colour_is_one_and_what_jpeg_adds_to_grey_is_none(
    spread, coloured, tmp_path
):
    grey = np.full((3, 6, 5, 3), 100, np.uint8)
    grey[2, 3, 4, 1] += spread
    folder = write_pictures(tmp_path / "p", grey)
    assert load_dataset(folder).shape == ((6, 5, 3) if coloured else (6, 5))


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
    grey = {0: 0, 256: 0, 257: 1, 25699: 99, 25700: 100, 65534: 254, 65535: 255}
    write_pictures(tmp_path, [np.full((2, 2), v, np.uint16) for v in grey])
    x = np.concatenate(load_dataset(tmp_path).x)
    assert sorted(np.round(x[:, 0] * 255).tolist()) == sorted(grey.values())


@pytest.mark.parametrize("high, left", [(200, "1 grey level "), (1023, "4 grey level"),
                                        (4095, "16 grey levels"), (8223, "32 ")])
def test_few_of_sixteen_bits_are_refused_as_eight_would_lose_them(high, left, tmp_path):
    write_pictures(tmp_path, [np.full((2, 2), v, np.uint16) for v in (0, high)])
    with pytest.raises(DataError, match=f"up to {high} only: .* they have {left}.*npy"):
        load_dataset(tmp_path)
    read = np.full((3, 2, 2), high, np.uint16)
    np.save(tmp_path / "x.npy", read)
    assert load_dataset(tmp_path / "x.npy", scale="none").x[0].max() == high


@pytest.mark.parametrize("high, note", [
    (8224, "16 bits, up to 8224, divided by 257: 33 grey levels of 256"),
    (16383, "16 bits, up to 16383, divided by 257: 64 grey levels of 256"),
    (65535, "16 bits divided by 257")])
def test_it_is_said_that_sixteen_bits_become_eight_and_how_many_are_left(
        high, note, tmp_path):
    write_pictures(tmp_path, [np.full((2, 2), v, np.uint16) for v in (0, high)])
    assert note in load_dataset(tmp_path).notes


def test_black_pictures_of_sixteen_bits_are_just_black(tmp_path):
    write_pictures(tmp_path, [np.zeros((2, 2), np.uint16)] * 2)
    assert load_dataset(tmp_path).notes[1] == "all black"


def test_black_pictures_of_eight_bits_are_just_black(tmp_path):
    write_pictures(tmp_path, [np.zeros((2, 2), np.uint8)] * 2)
    assert "all black" in load_dataset(tmp_path).notes


def test_classes_may_all_be_links_to_folders(tmp_path):
    (tmp_path / "links").mkdir()
    for name in "ab":
        there = tmp_path / "there" / name
        write_pictures(there, pixels(3, 4, 4))
        (tmp_path / "links" / name).symlink_to(there)
    labels = load_dataset(tmp_path / "links").labels
    assert {*np.concatenate(labels)} == {"a", "b"}


@pytest.mark.parametrize("free, options, fits", [
    (6 * 5 * 20 * 30, {}, True), (6 * 5 * 20 * 30 - 1, {}, False),
    (18 * 5 * 20 * 30, {"colour": True}, True),
    (18 * 5 * 20 * 30 - 1, {"colour": True}, False)])
def test_pictures_that_have_no_room_are_refused_before_one_is_read(
        free, options, fits, tmp_path, monkeypatch):
    read = []
    monkeypatch.setattr("scratchae.memory._free_memory", lambda: free)
    monkeypatch.setattr("scratchae.data.pictures._read", lambda path, size, colour: (
        read.append(path), (np.zeros(size, np.uint8), (6, 4), False))[1])
    write_pictures(tmp_path / "p", pixels(5, 6, 4))
    if fits:
        assert load_dataset(tmp_path / "p", size="20x30", **options).shape == (20, 30)
        return
    with pytest.raises(MemoryError, match="^5 pictures of 20 x 30 pixels would take .* "
                                          "GB are free. Choose a smaller size.$"):
        load_dataset(tmp_path / "p", size="20x30", **options)
    assert not read


def test_a_size_beyond_any_memory_is_refused_on_the_command_line(tmp_path, capsys):
    write_pictures(tmp_path / "p", pixels(5, 6, 4))
    typed = ["train", "pca", "--data", str(tmp_path / "p"), "--size"]
    for size in "9999999x9999999", f"{10**30}x1":
        assert main([*typed, size]) == 2
        err = capsys.readouterr().err
        assert err.startswith("scratchae: 5 pictures of ") and "Choose a smaller" in err
