"""Rows that stay in their file: the same numbers as those of an array in memory."""

import copy
import pickle

import numpy as np
import pytest
from data_files import InItsFile

from scratchae import (
    Autoencoder,
    DenoisingAutoencoder,
    SparseAutoencoder,
    VariationalAutoencoder,
    load,
)
from scratchae.data.scaling import Scaling
from scratchae.rows import MappedRows, part_of
from scratchae.validation import check_data

N, SHAPE = 2300, (2, 3)


@pytest.fixture
def mapped(rng, tmp_path):
    """Rows 8-bit images in a file, in another order, and the array they stand for."""
    raw = rng.integers(0, 256, (N, *SHAPE)).astype(np.uint8)
    np.save(tmp_path / "x.npy", raw)
    source = np.load(tmp_path / "x.npy", mmap_mode="r", allow_pickle=False)
    order = rng.permutation(N)
    rows = MappedRows(source, Scaling("pixels", 0.0, 255.0), order)
    return rows, (raw[order].reshape(N, -1) / 255.0).astype(np.float32)


@pytest.fixture(params=["all in the file", "two columns beside"])
def either(request, mapped, tmp_path):
    """The same numbers, of which the last two columns may be in memory."""
    x, array = mapped
    if request.param == "all in the file":
        return mapped
    np.save(tmp_path / "narrow.npy", np.asarray(x.source).reshape(N, 6)[:, :4])
    source = np.load(tmp_path / "narrow.npy", mmap_mode="r", allow_pickle=False)
    return MappedRows(source, x.scaling, x.rows).with_beside(array[:, 4:]), array


@pytest.mark.parametrize("rows", [
    slice(None), slice(3, 9), slice(-5, None), slice(4, 4), [2, 0, 2], 7, -1,
    np.arange(N) % 3 == 0,
], ids=str)
def test_what_is_asked_for_is_what_an_array_would_give(either, rows):
    x, array = either
    np.testing.assert_array_equal(x[rows], array[rows])
    assert x[rows].dtype == array.dtype and x.shape == array.shape == (len(x), 6)


ODD = [
    -N, -N - 1, N, np.int64(3), np.uint8(200), np.int64(-N - 1), np.array(3), (3,), (),
    ([4, 1],), (np.arange(N) < 2,), ..., slice(None, None, -7), slice(90, 2, -3),
    slice(5, 2), slice(-9999, 3), slice(None, None, 0), slice(1.5, 3), [], [0, 0, -1],
    [N], [-N - 1], np.array([3, 1], np.uint8), np.zeros(N, bool), [True, False] * 1150,
    [True], np.arange(5) < 2, np.arange(2.0), 1.5, "a", {1}, range(3),
    np.array([0, 1], object),
]


@pytest.mark.parametrize("rows", ODD, ids=lambda rows: repr(rows)[:30])
def test_odd_indices_are_those_of_an_array_or_its_error(either, rows):
    x, array = either
    try:
        expected = array[rows]
    except (IndexError, TypeError, ValueError) as error:
        for ask in x.__getitem__, x.part:
            with pytest.raises(type(error)):
                ask(rows)
        return
    np.testing.assert_array_equal(x[rows], expected)
    assert x[rows].shape == expected.shape
    if expected.ndim == 2:
        np.testing.assert_array_equal(np.asarray(x.part(rows)), expected)
    else:
        with pytest.raises(IndexError, match="part takes a slice or indices"):
            x.part(rows)


@pytest.mark.parametrize("rows", [
    True, np.False_, None, [[0, 1]], np.zeros((2, 2), int)], ids=repr)
def test_indices_that_give_no_rows_are_refused(mapped, rows):
    for ask in mapped[0].__getitem__, mapped[0].part:
        with pytest.raises(IndexError, match="a slice, indices .m,. or a mask .n"):
            ask(rows)


def test_parts_are_read_later_and_give_the_same(either):
    x, array = either
    for rows in (slice(10, 90), [5, 1]):
        part = part_of(x, rows)
        assert isinstance(part, MappedRows)
        np.testing.assert_array_equal(np.asarray(part), array[rows])
        np.testing.assert_array_equal(part_of(array, rows), array[rows])


@pytest.mark.parametrize("unit", [False, True])
@pytest.mark.parametrize("dtype, rounding", [(np.float32, 1e-7), (np.float64, 1e-15)])
def test_parts_of_parts_have_the_type_and_the_units_of_the_whole(
    dtype, rounding, unit, mapped
):
    x, array = mapped
    whole = MappedRows(x.source, Scaling("pixels", 0.0, 250.0), x.rows, dtype, unit)
    part = whole.part(slice(100, 900)).part([3, 1, 500])
    expected = np.rint(array[[103, 101, 600]] * 255.0) / np.float64(250)
    expected = np.minimum(expected, 1) if unit else expected
    for again in (part, copy.copy(part), pickle.loads(pickle.dumps(part))):
        for read in (again[:], np.asarray(again), *again.blocks()):
            np.testing.assert_allclose(read, expected, rtol=rounding)
            assert again.dtype == read.dtype == dtype
    for block in part.file_blocks():
        assert block.dtype == dtype
    np.testing.assert_allclose(part.max(axis=0), expected.max(axis=0), rtol=rounding)


def test_statistics_of_columns_are_those_of_the_array(either):
    x, array = either
    np.testing.assert_array_equal(x.min(axis=0), array.min(axis=0))
    np.testing.assert_array_equal(x.max(axis=0), array.max(axis=0))
    wide = array.astype(np.float64)
    np.testing.assert_allclose(x.mean(axis=0), wide.mean(axis=0), rtol=1e-14)
    np.testing.assert_allclose(x.var(axis=0), wide.var(axis=0), rtol=1e-12)


def test_statistics_read_the_file_from_its_beginning_to_its_end(mapped, monkeypatch):
    x, _ = mapped
    places, read = [], MappedRows._read
    monkeypatch.setattr(MappedRows, "_read", lambda self, rows: (
        places.extend(rows), read(self, rows))[1])
    for statistic in (x.min, x.max, x.mean):
        places.clear()
        statistic(axis=0)
        assert places == [*range(len(x))]


def test_columns_of_rows_that_are_not_read_are_refused_in_words(mapped):
    with pytest.raises(TypeError, match=r"take rows first, x\[i:j\]"):
        mapped[0][:, :2]


@pytest.mark.parametrize("model", [
    Autoencoder(2, (4,), loss="bernoulli"), DenoisingAutoencoder(2),
    Autoencoder(2, (4,), loss="squared_error"), SparseAutoencoder(2),
    VariationalAutoencoder(2, (4,)),
    VariationalAutoencoder(2, (4,), decoder="gaussian"),
], ids=repr)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_model_learns_and_answers_from_a_file_as_from_memory(model, mapped, tmp_path):
    x, array = mapped
    options = {"epochs": 2, "validation_fraction": 0.1, "random_state": 3}
    model.set_params(verbose=False, **options)
    model.fit(array, checkpoint=tmp_path / "array.npz")
    theirs = dict(model.parameters_.values)
    theirs = {name: value.copy() for name, value in theirs.items()}
    answers = model.evaluate(array), model.score(array), model.transform(array)
    model.fit(x, checkpoint=tmp_path / "file.npz")
    for name, value in model.parameters_.values.items():
        np.testing.assert_array_equal(value, theirs[name])
    read, array_read = (load(tmp_path / f"{name}.npz") for name in ("file", "array"))
    assert read.description()["data"] == array_read.description()["data"]
    got = model.evaluate(x), model.score(x), model.transform(x)
    assert got[:2] == answers[:2]
    np.testing.assert_allclose(got[2], answers[2], rtol=1e-5, atol=1e-6)


def test_what_a_file_holds_is_checked_before_a_training(mapped, tmp_path):
    x, array = mapped
    wrong = array.copy()
    wrong[2200, 4] = np.nan
    np.save(tmp_path / "nan.npy", wrong)
    source = np.load(tmp_path / "nan.npy", mmap_mode="r", allow_pickle=False)
    model = Autoencoder(2, (), epochs=1, verbose=False)
    with pytest.raises(ValueError, match="Input X contains NaN"):
        model.fit(MappedRows(source))
    with pytest.raises(ValueError, match="values from 0.0 to 255.0"):
        VariationalAutoencoder(2, verbose=False).fit(MappedRows(x.source))
    with pytest.raises(ValueError, match="Found array with 0 sample"):
        model.fit(x.part(slice(0)))
    assert not hasattr(model, "n_features_in_")


@pytest.mark.parametrize("bad, words", [
    (7, "the first of them outside in row 2200, column 4: 7.0"),
    (np.nan, "contains NaN in 1 of the 300 rows from row 2000 on: column 4."),
])
def test_a_wrong_row_of_a_file_is_told_by_its_number_in_all_rows(bad, words, tmp_path):
    array = np.full((N, 6), 0.5, np.float32)
    array[2200, 4] = bad
    np.save(tmp_path / "x.npy", array)
    x = MappedRows(np.load(tmp_path / "x.npy", mmap_mode="r"))
    with pytest.raises(ValueError) as caught:
        check_data(x, owner="A", unit=True, mapped=True)
    assert words in str(caught.value)


def test_rows_of_other_layouts_are_read_too(tmp_path, rng):
    array = rng.random((7, 2, 3))
    np.save(tmp_path / "f.npy", np.asfortranarray(array))
    source = np.load(tmp_path / "f.npy", mmap_mode="r")
    assert not source.flags.c_contiguous
    flat = array.reshape(7, 6)
    rows = MappedRows(source, dtype="f8")
    np.testing.assert_array_equal(rows[[6, 0]], flat[[6, 0]])
    np.testing.assert_array_equal(np.asarray(rows), flat)
    assert rows[:0].shape == (0, 6)


def test_what_one_call_does_not_read_the_next_one_does(mapped, monkeypatch):
    x, array = mapped
    monkeypatch.setattr("scratchae.rows.AT_ONCE", 4)  # of the 6 of a row
    np.testing.assert_array_equal(x[:40], array[:40])


def test_a_file_that_has_become_shorter_is_noticed(mapped):
    x, _ = mapped
    with open(x.source.filename, "r+b") as file:
        file.truncate(5000)
    assert x[x.rows < 100].shape == (100, 6)  # what is there is read
    with pytest.raises(OSError, match=r"x\.npy ended before row"):
        np.asarray(x)
    with pytest.raises(OSError, match=f"x.npy ended before row {N - 1}$"):
        MappedRows(x.source)[:]


@pytest.mark.parametrize("method, options", [
    ("evaluate", {}), ("log_likelihood", {"n_importance": 1}), ("score", {}),
    ("reconstruction_error", {}),
])
def test_rows_are_evaluated_in_blocks_from_their_file(mapped, method, options):
    x, array = mapped
    model = VariationalAutoencoder(2, (3,), epochs=1, verbose=False, random_state=0)
    measure = getattr(model.fit(array), method)
    found = measure(InItsFile(x.source, x.scaling, x.rows), **options)
    assert str(found) == str(measure(array, **options))


@pytest.mark.parametrize("part", [slice(5, None), slice(7, 400), slice(0, 9)], ids=str)
def test_a_part_of_a_mapped_array_is_read_at_its_own_place(mapped, part):
    x, _ = mapped
    for source in (x.source[part], x.source[part][2:]):
        np.testing.assert_array_equal(MappedRows(source)[:], source.reshape(-1, 6))


def test_what_rounding_brought_outside_is_0_or_1_from_a_file_too(tmp_path, rng):
    array = rng.random((40, 6)).astype(np.float32)
    array[3, 2], array[30, 5] = 1 + 1e-7, -1e-7
    np.save(tmp_path / "x.npy", array)
    x = MappedRows(np.load(tmp_path / "x.npy", mmap_mode="r"))
    checked = check_data(x, owner="A", unit="another", mapped=True)
    np.testing.assert_array_equal(checked[:], array.clip(0, 1))
    np.testing.assert_array_equal(checked.part([3, 30])[:], array[[3, 30]].clip(0, 1))
    np.testing.assert_array_equal(check_data(x, owner="A", mapped=True)[:], array)


def test_numpys_own_functions_give_what_they_give_of_the_array(either):
    x, array = either
    exact = array.astype(np.float64)
    for function in (np.mean, np.var, np.min, np.max, np.sum, np.std):
        for axis in (None, 0, 1, -1):
            found, expected = (function(a, axis=axis) for a in (x, exact))
            np.testing.assert_allclose(found, expected, 1e-5, err_msg=str(function))
    assert x.mean() == pytest.approx(exact.mean(), rel=1e-6)
    assert np.asarray(x.part(slice(0, 0))).shape == (0, 6)
    np.testing.assert_allclose(np.var(x, axis=0, ddof=1), exact.var(axis=0, ddof=1),
                               rtol=1e-5)
    assert np.mean(x, axis=0, keepdims=True).shape == (1, 6)


@pytest.mark.parametrize("again", [copy.deepcopy, copy.copy,
                                   lambda x: pickle.loads(pickle.dumps(x))])
def test_a_copy_reads_the_same_file_and_holds_none_of_it(again, mapped):
    x, array = mapped
    for rows in (x, MappedRows(x.source[100:], x.scaling)):
        other = again(rows)
        np.testing.assert_array_equal(other[:], rows[:])
        assert str(other.source.filename) == str(x.source.filename)
    assert len(pickle.dumps(x.part([1, 2]))) < 2000


def test_columns_beside_are_of_each_row_and_go_with_a_copy(either):
    x, _ = either
    wide = x.with_beside(np.arange(N)[:, None] % 2 == 0)
    for rows in wide, copy.copy(wide), pickle.loads(pickle.dumps(wide)):
        last = rows.part(slice(-5, None)).astype(np.float64)[:]
        assert last.dtype == np.float64 and last[:, -1].tolist() == [0, 1, 0, 1, 0]
    in_file = 6 if x.beside is None else 4
    assert wide.shape == (N, in_file + 1) and wide.with_beside(None).shape[1] == in_file
    for count in N - 1, N + 1:
        with pytest.raises(ValueError, match=f"got {count} rows of columns; expected"):
            x.with_beside(np.zeros((count, 2)))
