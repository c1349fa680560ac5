"""Which range makes which scaling, what is beyond any, and what is said of it."""

from pathlib import Path

import numpy as np
import pytest
from data_files import pixels, write_text

from scratchae.data import load_dataset, summary
from scratchae.errors import DataError


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


IN_MEMORY = pytest.mark.parametrize("in_memory", [0, 2**26])


@IN_MEMORY
def test_numbers_in_the_unit_interval_stay_in_an_array_and_not_in_a_table(
    in_memory, monkeypatch
):
    monkeypatch.setattr("scratchae.data.split.IN_MEMORY", in_memory)
    rows = np.random.default_rng(0).uniform(0, 1, (20, 3))
    np.save("x.npy", rows)
    np.savetxt("t.csv", rows, delimiter=",", header="a,b,c", comments="")
    array, table = (load_dataset(s, test_fraction=1) for s in ("x.npy", "t.csv"))
    np.testing.assert_allclose(array.x[1][:], rows, rtol=1e-6)
    np.testing.assert_allclose(
        table.x[1], (rows - rows.mean(axis=0)) / rows.std(axis=0), atol=1e-5)
    for wrong in (-0.01, 1.01):
        rows[7, 1] = wrong
        np.save("x.npy", rows)
        assert load_dataset("x.npy").scaling.kind == "standard"


@IN_MEMORY
@pytest.mark.parametrize("value", [1e300, -1e300])
def test_a_number_beyond_single_precision_is_for_double_precision_only(
    value, in_memory, monkeypatch
):
    monkeypatch.setattr("scratchae.data.split.IN_MEMORY", in_memory)
    x = np.arange(20.0).reshape(10, 2)
    x[6, 1] = value
    np.save("x.npy", x)
    with pytest.raises(DataError, match="^x.npy has numbers that are too large for fl"):
        load_dataset("x.npy", scale="none")
    kept = load_dataset("x.npy", scale="none", dtype="float64", test_fraction=1).x[1]
    np.testing.assert_array_equal(kept[:], x)


@IN_MEMORY
def test_an_infinity_is_told_by_its_row_in_the_file_whatever_the_split(
    in_memory, monkeypatch
):
    monkeypatch.setattr("scratchae.data.split.IN_MEMORY", in_memory)
    for row in 0, 17, 29:
        x = np.zeros((30, 3))
        x[row, 2] = np.inf
        np.save("x.npy", x)
        for seed in range(3):
            with pytest.raises(DataError) as caught:
                load_dataset("x.npy", random_state=seed)
            assert str(caught.value) == (
                f"x.npy: the number in row {row}, column 2 is infinite (inf)")


@IN_MEMORY
@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.float16, np.float32])
def test_small_numbers_below_zero_are_brought_to_the_unit_interval(
    dtype, in_memory, monkeypatch
):
    monkeypatch.setattr("scratchae.data.split.IN_MEMORY", in_memory)
    images = np.linspace(-128, 127, 54).reshape(6, 3, 3).astype(dtype)
    np.save("x.npy", images)
    x = load_dataset("x.npy", test_fraction=1).x[1][:]
    expected = (images.reshape(6, 9).astype(float) + 128) / 255
    np.testing.assert_allclose(x, expected, atol=1e-6)


@pytest.mark.parametrize("columns, said", [
    (["7 0", "123456 2"], "0 to 123456"), (["-123.456 1", "7 2"], "-123.456 to 7"),
    (["-1000000 5", "0 6", "0.001 7"], "-1e+06 to 7"),
    (["0.125 9", "0.25 8"], "0.125 to 9"), (["3 1e-9", "3 2e-9"], "1e-09 to 3"),
    (["-5 -2", "-4 -3"], "-5 to -2"),
])
def test_a_range_has_six_digits_of_the_largest_number_of_its_column(columns, said):
    """And none of those that were lost in single precision."""
    write_text(Path("t.txt"), "\n".join(columns) + "\n")
    told = summary(load_dataset("t.txt", test_fraction=1, label="none"))
    assert told["range"] == f"{said} in the test rows"


def test_what_is_lost_in_rounding_beside_a_large_number_is_no_range():
    write_text(Path("t.txt"), "-1000000\n-999999.5\n0\n")
    told = summary(load_dataset("t.txt", test_fraction=1, label="none"))
    assert told["range"] == "-1e+06 to 0 in the test rows"


@pytest.mark.parametrize("lacking, said", [(0, "none"), (1, "1 number"),
                                           (3, "3 numbers")])
def test_what_images_lack_is_counted(lacking, said):
    images = pixels(6, 3, 3).astype(float)
    images[2].flat[:lacking] = np.nan
    np.save("x.npy", images)
    assert summary(load_dataset("x.npy", missing="mask"))["missing"] == said
    if lacking:
        with pytest.raises(DataError, match=f"x.npy has {lacking} pixels that are no"):
            load_dataset("x.npy")
