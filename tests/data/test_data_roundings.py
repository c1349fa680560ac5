"""No column is lost in the dtype without a word."""

import numpy as np
import pytest
from data_files import pixels

from scratchae.cli import main
from scratchae.data import described, load_again, load_dataset
from scratchae.errors import DataError

SECONDS = 1_700_000_000 + np.arange(40.0)
OTHER = np.random.default_rng(0).normal(size=40)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def table(name, column):
    np.savetxt(name, np.column_stack([OTHER, column]), "%.17g", ",", header="b,t",
               comments="")


@pytest.mark.parametrize("column, low, high", [
    (SECONDS, "1700000000", "1700000039"), (-SECONDS, "-1700000039", "-1700000000"),
    (1e-60 * np.arange(40), "0", "3.9e-59"), (1e-44 * np.arange(40), "0", "3.9e-43"),
    (10 * SECONDS, r"1.7e\+10", r"1.700000039e\+10"),
], ids=["seconds", "before", "tiny", "subnormal", "tenths"])
def test_a_column_that_float32_would_lose_is_named(column, low, high):
    table("t.csv", column)
    said = f"^t.csv, 't': numbers from {low} to {high} lie too close together for float"
    with pytest.raises(DataError, match=said):
        load_dataset("t.csv", scale="none")
    for options in ({}, {"scale": "minmax"}, {"scale": "standard"},
                    {"scale": "none", "dtype": "float64"}):
        x = np.concatenate(load_dataset("t.csv", **options).x)
        assert len({*x[:, 1]}) == 40


@pytest.mark.parametrize("column", [
    16_777_200 + np.arange(10.0).repeat(4), 2.0**40 + 2.0**20 * np.arange(40),
    np.full(40, 1.7e9 + 1), 1e-30 * np.arange(40), SECONDS[0] + 1e6 * np.arange(40),
    np.float32(SECONDS)], ids=str)
def test_what_float32_has_is_not_refused(column):
    table("t.csv", column)
    x = load_dataset("t.csv", scale="none").x
    assert len({*np.concatenate(x)[:, 1]}) == len({*column})


def test_far_pixels_are_refused_as_one():
    np.save("i.npy", (SECONDS[:, None] + np.arange(64)).reshape(40, 8, 8))
    np.save("tiny.npy", pixels(40, 5) * 1e-50)
    for name in "i.npy", "tiny.npy":
        with pytest.raises(DataError, match=f"^{name}: numbers from .* too close"):
            load_dataset(name)
        assert len({*load_dataset(name, scale="standard").x[0][:, 0]}) > 20


def test_a_dim_pixel_beside_bright_ones_is_no_loss():
    images = pixels(40, 8, 8) / 255
    images[:, 0, 0] *= 1e-60
    np.save("i.npy", images)
    np.save("f.npy", images.reshape(40, 64))
    for name in "i.npy", "f.npy":
        assert not load_dataset(name).x[0][:, 0].any()


def test_narrow_numbers_of_a_file_lose_nothing():
    np.save("t.npy", np.column_stack([OTHER, SECONDS]).astype(np.float32))
    assert load_dataset("t.npy", scale="none").x[0].dtype == np.float32


def test_a_file_larger_than_memory_is_looked_through_too(monkeypatch):
    monkeypatch.setattr("scratchae.data.split.IN_MEMORY", 0)
    np.save("t.npy", np.column_stack([OTHER, SECONDS]))
    with pytest.raises(DataError, match="t.npy, 'column 1': numbers from 17000000"):
        load_dataset("t.npy", scale="none")


def test_a_scaling_that_is_told_is_for_rows_that_may_hardly_differ():
    table("t.csv", OTHER)
    about = described(load_dataset("t.csv", scale="none"), {"scale": "none"})
    table("new.csv", SECONDS)
    assert len(load_again(about, "new.csv").x[1]) == 40


def test_the_option_is_named_where_it_was_typed(capsys):
    table("t.csv", SECONDS)
    assert main("train pca --latent 1 --data t.csv --scale none".split()) == 2
    assert "float32; --scale standard moves them apart" in capsys.readouterr().err


def test_numbers_that_are_infinite_when_rounded_are_too_large_not_too_close():
    x = np.c_[np.linspace(1e300, 9e300, 20), 1e9 + np.arange(20) % 4]
    np.save("x.npy", x)
    with pytest.raises(DataError, match="too large for float32$"):
        load_dataset("x.npy", scale="none")
