"""Whether numbers lie in [0, 1] is looked for, and not taken from how they were scaled.
"""

import numpy as np
import pytest

from scratchae.data import Dataset, Scaling, load_dataset
from scratchae.rows import MappedRows

EIGHT = Scaling("pixels", 0.0, 255.0)
RAW = np.random.default_rng(0).integers(0, 256, (30, 4, 4)).astype(np.float32)
RAW[:2] = [[[0]], [[255]]]
NUMBERS = {"fine": RAW, "larger": RAW * 1.16, "negative": RAW - 1,
           "one": np.where(np.arange(30)[:, None, None] == 7, 256, RAW)}


@pytest.fixture(params=[0, 2**26], ids=["mapped", "in memory"])
def here(request, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("scratchae.data.split.IN_MEMORY", request.param)
    return tmp_path


@pytest.mark.parametrize("what", NUMBERS)
@pytest.mark.parametrize("scale", [EIGHT, Scaling("pixels", 3.0, 255.0), None, "none"])
def test_it_is_what_the_numbers_of_both_parts_say(what, scale, here):
    np.save("x.npy", NUMBERS[what])
    data = load_dataset("x.npy", scale=scale)
    both = np.concatenate([np.asarray(x) for x in data.x])
    assert data.in_unit_interval == (both.min() >= 0 and both.max() <= 1)
    if scale in (EIGHT, None):
        assert data.in_unit_interval == (what == "fine" or scale is None)


def test_it_is_so_of_what_was_made_by_hand():
    x = np.array([[0.0, 1], [0.5, 1.16]], np.float32)
    assert not Dataset((x, x), None, None, "x", scaling=EIGHT).in_unit_interval


@pytest.mark.parametrize("scale", [None, EIGHT])
def test_rows_in_a_file_are_not_read_again_where_reading_them_has_told(
    scale, tmp_path, monkeypatch
):
    monkeypatch.setattr("scratchae.data.split.IN_MEMORY", 0)
    np.save(tmp_path / "x.npy", RAW)
    data = load_dataset(tmp_path / "x.npy", scale=scale)
    assert all(isinstance(x, MappedRows) for x in data.x)
    monkeypatch.setattr(MappedRows, "_read", None)
    assert data.in_unit_interval and data.first(3, 2).in_unit_interval


def test_rows_with_empty_cells_are_not_in_it(here):
    raw = RAW.reshape(30, 16).copy()
    raw[5, 3] = np.nan
    np.save("x.npy", raw / 255)
    data = load_dataset("x.npy", scale="none", missing="mask")
    assert not data.in_unit_interval
