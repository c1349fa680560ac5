"""What `load_dataset` cannot use it refuses by file, line or column, and why."""

import contextlib
import os
import warnings

import numpy as np
import pytest
from data_files import pixels, write_idx, write_pictures
from refused_data import EVERY, IMAGES

from scratchae import DataError
from scratchae.data import load_dataset, load_published, load_strokes
from scratchae.data.overview import summary


def write(path, content):
    """A file of its kind; None is a folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if content is None:
        path.mkdir()
    elif "ubyte" in path.name and isinstance(content, np.ndarray):
        write_idx(path, content)
    elif path.suffix == ".png" and isinstance(content, np.ndarray):
        write_pictures(path.parent, [content]).joinpath("00.png").rename(path)
    elif isinstance(content, bytes | str):
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    else:
        with open(path, "wb") as file:
            if isinstance(content, dict):
                np.savez(file, **content)
            else:
                np.save(file, content)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", EVERY)
def test_what_cannot_be_used_is_said(name, folder):
    files, source, options, message = EVERY[name]
    for path, content in files.items():
        write(folder / path, content)
    with pytest.raises(ValueError) as caught:
        load_dataset(source, **options)
    assert str(caught.value) == message
    assert type(caught.value) is DataError or options


@pytest.mark.parametrize("source", [None, "", np.zeros((3, 4)), 7])
def test_what_is_no_name_and_no_path_is_said(source):
    with pytest.raises(ValueError, match="'source' .* must be a name or a path. Got"):
        load_dataset(source)


@pytest.mark.parametrize("option, wrong", [
    ("missing", "mean"), ("random_state", "seed"), ("dtype", "float16")])
@pytest.mark.parametrize("source", ["strokes", "mnist", "t.csv"])
def test_no_option_is_taken_unread(source, option, wrong):
    with pytest.raises(ValueError, match=option):
        load_dataset(source, **{option: wrong})


@pytest.mark.parametrize("wrong", ["foo", None, int, "f4,f4", 5])
@pytest.mark.parametrize("load", [
    lambda dtype: load_dataset("t.csv", dtype=dtype),
    lambda dtype: load_strokes(1, 1, dtype=dtype),
    lambda dtype: load_published("kmnist", "nowhere", dtype)])
def test_what_is_no_type_of_the_two_is_refused_by_name(load, wrong):
    with pytest.raises(ValueError, match=(
            r"^The 'dtype' parameter of load_(dataset|strokes|published) must be a str "
            r"among \{'float32', 'float64'\}\. Got .+ instead\.")):
        load(wrong)


def test_a_picture_of_far_too_many_pixels_is_not_opened(folder, monkeypatch):
    write_pictures(folder / "d", pixels(2, 6, 4))
    monkeypatch.setattr("scratchae.data.pictures.MAX_PIXELS", 23)
    with pytest.raises(DataError) as caught:
        load_dataset("d")
    assert str(caught.value) == "d/00.png has 4 x 6 pixels; expected at most 23"


def test_a_link_in_a_circle_and_a_pipe_are_no_data(folder):
    os.symlink("b.csv", "a.csv")
    os.symlink("a.csv", "b.csv")
    with pytest.raises(DataError, match="a.csv cannot be read: Too many levels of"):
        load_dataset("a.csv")
    os.mkfifo("p.csv")
    with pytest.raises(DataError, match="p.csv is neither a file nor a folder"):
        load_dataset("p.csv")


def test_a_link_in_a_circle_under_the_name_of_a_published_file(folder):
    os.symlink(IMAGES, IMAGES)
    with pytest.raises(DataError, match="cannot be read: .*symbolic links"):
        load_dataset("mnist", data_dir=".")


def test_a_share_is_refused_where_there_is_a_test_part(folder):
    """1 is all rows, of a path."""
    np.savez("x.npz", x_train=np.ones((4, 2)), x_test=np.zeros((2, 2)))
    np.save("a.npy", np.eye(4))
    np.save("b.npy", np.eye(4))
    for source, test in (("strokes", None), ("x.npz", None), ("a.npy", "b.npy")):
        with pytest.raises(ValueError, match=f"test_fraction=0.3 means .* to {source}"):
            load_dataset(source, test=test, test_fraction=0.3)
    assert len(load_dataset("x.npz", test_fraction=1).x[1]) == 6


@pytest.mark.parametrize("in_memory", [0, 2**26])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_numbers_of_a_damaged_file_give_no_warning_of_numpy(
    dtype, in_memory, folder, monkeypatch
):
    """Signals among the NaN, both infinities, numbers that overflow a sum."""
    monkeypatch.setattr("scratchae.data.split.IN_MEMORY", in_memory)
    bits = np.random.default_rng(0).bytes(12 * 20 * 3 * np.dtype(dtype).itemsize)
    for i, numbers in enumerate(np.frombuffer(bits, dtype).reshape(12, 20, 3)):
        np.save("a.npy", numbers)
        how = {"missing": ("error", "mask")[i % 2], "scale": (None, "none")[i // 2 % 2]}
        with warnings.catch_warnings(), contextlib.suppress(DataError):
            warnings.simplefilter("error")
            summary(load_dataset("a.npy", **how))


@pytest.mark.parametrize("scale", ["standard", "minmax", "none"])
def test_numbers_that_overflow_are_refused_by_any_scaling(scale, folder):
    np.save("a.npy", np.array([[1e308, -1e308], [-1e308, 1e308], [1, 2]] * 4))
    with pytest.raises(DataError, match="^a.npy has numbers .* too large for float32$"):
        load_dataset("a.npy", scale=scale)


@pytest.mark.parametrize("labels", [
    np.array([1.0, np.inf]), np.array([1.0, 1e20]), np.array([1, 2**63], np.uint64)],
    ids=["infinite", "too large", "unsigned"])
def test_labels_that_are_no_64_bit_integers_are_refused(labels, folder, recwarn):
    np.savez("x.npz", x=np.eye(2), y=labels)
    with pytest.raises(DataError, match="the label of row 1 is .*; a label is a whole"):
        load_dataset("x.npz")
    assert not recwarn


@pytest.mark.parametrize("size", [(1.5, 2), (2.0, 2), ("2", "2.5")], ids=str)
def test_a_size_is_two_whole_numbers(size, folder):
    np.save("x.npy", np.zeros((4, 4)))
    with pytest.raises(ValueError, match="expected height x width"):
        load_dataset("x.npy", size=size)


@pytest.mark.parametrize("name", ["d/b.png", f"d/t10k-{IMAGES[6:]}"])
def test_a_link_to_a_file_that_is_gone_is_named(name, folder):
    good = "d/a.png" if name.endswith("png") else f"d/{IMAGES}"
    write(folder / good, pixels(6, 4) if name.endswith("png") else pixels(2, 6, 4))
    (folder / name).symlink_to(folder / "gone")
    with pytest.raises(DataError, match=f"^{name}: no such file$"):
        load_dataset("d")
