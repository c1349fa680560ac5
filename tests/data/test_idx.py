"""The IDX reader believes nothing that a file says before it has checked it."""

import gzip
import tracemalloc

import numpy as np
import pytest
from data_files import write_idx
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from scratchae import DataError
from scratchae.data import read_idx
from scratchae.data.idx import CHUNK
from scratchae.data.idx_folder import read_idx_folder


def idx_bytes(array):
    """The file, written from the format's description."""
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return b"\0\0\x08" + bytes([array.ndim]) + sizes + array.tobytes()


IMAGES = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)


@pytest.fixture
def write(tmp_path):
    def write(content, name="file-idx"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_values_and_shape_survive_plain_and_compressed(write, pack):
    np.testing.assert_array_equal(read_idx(write(pack(idx_bytes(IMAGES)))), IMAGES)


@given(arrays(np.uint8, array_shapes(max_dims=4, max_side=6)))
@settings(max_examples=30)
def test_any_small_array_survives(tmp_path_factory, array):
    path = tmp_path_factory.mktemp("idx") / "a"
    path.write_bytes(idx_bytes(array))
    np.testing.assert_array_equal(read_idx(path), array)


@pytest.mark.parametrize("size", [1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK])
@pytest.mark.parametrize("off", [-1, 1])
def test_one_byte_too_few_or_too_many_is_noticed_at_every_size(write, size, off):
    content = idx_bytes(np.zeros(size, np.uint8)) + b"x"
    path = write(content[: len(content) - 1 + off])
    with pytest.raises(DataError, match="too long" if off > 0 else "truncated"):
        read_idx(path)


GOOD = idx_bytes(IMAGES)
BAD = {
    "empty": (b"", r"starts with the bytes \(none\); expected an IDX file"),
    "three bytes": (GOOD[:3], "truncated: its header ends after 3 bytes; expected a"),
    "wrong magic": (b"PK\3\4" + GOOD, "starts with the bytes 50 4b 03 04"),
    "floats": (b"\0\0\x0d\3" + GOOD[4:], "IDX type 0x0d; expected 0x08"),
    "no dimension": (b"\0\0\x08\0" + GOOD[4:], "holds 0-dimensional data"),
    "short header": (GOOD[:9], "truncated: its header ends after 9 bytes; expected 16"),
    "truncated": (GOOD[:-1], "truncated after 23 bytes; expected 24"),
    "only a header": (GOOD[:16], "truncated after 0 bytes"),
    "too long": (GOOD + b"x", "too long; expected 24 bytes of data"),
    "labels": (idx_bytes(IMAGES[0, 0]), "1-dimensional labels; expected 3-dim.*images"),
    "huge claim": (GOOD[:4] + b"\xff" * 12 + GOOD[16:], "claims an array of shape"),
    "damaged gzip": (gzip.compress(GOOD)[:-9] + b"\0" * 9, "cannot be read"),
    "cut gzip": (gzip.compress(GOOD)[:-12], "cannot be read"),
    "cut gzip header": (gzip.compress(GOOD)[:5], "cannot be read"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_file_is_one_clear_error_that_names_it(write, case):
    content, message = BAD[case]
    path = write(content)
    with pytest.raises(DataError, match=message) as caught:
        read_idx(path, n_dims=3)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("dims", [0, 5, 255])
def test_one_to_four_dimensions_are_read_where_no_number_is_asked_for(write, dims):
    path = write(b"\0\0\x08" + bytes([dims]) + b"\0\0\0\1" * dims + b"x")
    with pytest.raises(DataError, match=f"has {dims} dimensions; expected 1 to 4"):
        read_idx(path)
    for few in (1, 4):
        array = np.arange(6, dtype=np.uint8).reshape((6,) + (1,) * (few - 1))
        np.testing.assert_array_equal(read_idx(write(idx_bytes(array))), array)


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(DataError, match="no such file"):
        read_idx(tmp_path / "none")
    with pytest.raises(DataError, match="cannot be read"):
        read_idx(tmp_path)


def peak_memory(path):
    tracemalloc.start()
    try:
        with pytest.raises(DataError):
            read_idx(path)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_gzip_bomb_is_not_inflated(write):
    bomb = gzip.compress(GOOD + bytes(200 * 2**20))  # 200 MB of zeros in 200 kB
    assert peak_memory(write(bomb)) < 2 * 2**20


def test_false_claim_allocates_nothing(write):
    claim = b"\0\0\x08\1" + (2**30).to_bytes(4, "big") + b"few"
    assert peak_memory(write(claim)) < 4 * 2**20


@given(st.binary(max_size=80))
@settings(max_examples=200)
def test_random_bytes_raise_nothing_but_data_error(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("idx") / "a"
    for prefix in (b"", b"\0\0\x08", gzip.compress(b"")[:10]):
        path.write_bytes(prefix + content)
        try:
            read_idx(path)
        except DataError:
            pass


@pytest.mark.parametrize("shape", [(6, 5), (5, 4), (4, 6)])
def test_a_folder_whose_images_differ_in_one_side_is_refused(shape, tmp_path):
    for name, size in (("train", (6, 4)), ("t10k", shape)):
        write_idx(tmp_path / f"{name}-images-idx3-ubyte", np.ones((2, *size), "u1"))
    ends = rf"of \(6, 4\) pixels, .*\({shape[0]}, {shape[1]}\)$"
    with pytest.raises(DataError, match=ends):
        read_idx_folder(tmp_path)
