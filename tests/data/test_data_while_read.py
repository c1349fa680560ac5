"""What is said while data are read or drawn, and how far it is."""

from pathlib import Path

import numpy as np
import pytest
from data_files import pixels, write_pictures, write_text

from scratchae import backend, pulse
from scratchae.data import load_dataset, load_strokes


@pytest.fixture
def done(tmp_path, monkeypatch):
    """{what was done: (how much, of how many, their unit)}."""
    found = {}

    class Noted(list):
        def remove(self, work):
            found[work.what] = work.done, work.total, work.unit
            super().remove(work)

    monkeypatch.setattr(pulse, "_works", Noted())
    monkeypatch.chdir(tmp_path)
    return found


def test_a_table_is_named_while_it_is_read_and_its_rows_are_counted(done):
    write_text(Path("t.csv"), "a,b\n1,2\n3,5\n4,9\n5,5\n7,6\n")
    load_dataset("t.csv", test_fraction=1)
    assert done == {"reading t.csv": (0, None, ""),
                    "looking through the rows": (5, 5, "rows")}


def test_pictures_are_counted_as_pictures(done):
    write_pictures(Path("p"), pixels(5, 4, 4))
    load_dataset("p")
    assert done["reading pictures"] == (5, 5, "pictures")


def test_drawn_digits_are_counted_as_images(done, monkeypatch):
    monkeypatch.setattr("scratchae.data.strokes.CHUNK", 4)
    with backend("numpy"):
        load_strokes(6, 2)
        assert done == {"drawing digits": (2, 2, "images")}
        load_strokes(6, 0)
    assert done == {"drawing digits": (0, 0, "images")}


def test_rows_of_a_file_are_counted_while_they_are_read(done, monkeypatch):
    monkeypatch.setattr("scratchae.data.split.IN_MEMORY", 0)
    np.save("x.npy", np.arange(4200.0).reshape(2100, 2))
    rows = load_dataset("x.npy", test_fraction=1).x[1]
    done.clear()
    assert len(np.asarray(rows)) == 2100 and done == {"reading": (2100, 2100, "rows")}
