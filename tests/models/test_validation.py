"""The checks at the door, one by one: what passes, and the words where it does not."""

import sys
import warnings
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import sklearn

from scratchae import Autoencoder
from scratchae.frames import (
    as_container,
    compare_names,
    container_of,
    feature_names,
)
from scratchae.rows import MappedRows
from scratchae.validation import (
    check_choice,
    check_data,
    check_number,
    check_random_state,
    refuse_pair,
    scale_advice,
    warn_of_far_rows,
)

ENDS = {(2,): "[)", (1,): "(]", (): "[]", (1, 2): "()"}


@pytest.mark.parametrize("without", ENDS)
def test_which_ends_of_a_range_belong_to_it(without):
    left, right = ENDS[without]
    for value, inside in ((1, left == "["), (1.5, True), (2, right == "]"),
                          (0.999, False), (2.001, False), (np.nan, False)):
        given = {"owner": "Model", "low": 1, "high": 2, "without": without}
        if inside:
            got = check_number(value, "x", **given)
            assert got == value and type(got) is float
            continue
        with pytest.raises(ValueError) as caught:
            check_number(value, "x", **given)
        assert str(caught.value) == (
            f"The 'x' parameter of Model must be a float in the range {left}1, 2"
            f"{right}. Got {value!r} instead.")


@pytest.mark.parametrize("value", [True, np.True_, 2.0, "2", None])
def test_what_is_no_int_is_refused_where_one_is_asked_for(value):
    with pytest.raises(ValueError, match=r"must be an int in the range \[1, inf\)"):
        check_number(value, "x", owner="Model", low=1, integer=True)
    got = check_number(np.int16(2), "x", owner="Model", low=1, integer=True)
    assert got == 2 and type(got) is int


def test_the_choice_that_was_meant_is_named():
    given = {"owner": "Model", "options": ("relu", "tanh")}
    assert check_choice("tanh", "act", **given) == "tanh"
    for value, hint in (("Tanh", " Did you mean 'tanh'?"), ("x", ""), (3, "")):
        with pytest.raises(ValueError) as caught:
            check_choice(value, "act", **given)
        assert str(caught.value) == (
            "The 'act' parameter of Model must be a str among {'relu', 'tanh'}. "
            f"Got {value!r} instead.{hint}")


def test_advice_names_the_column_with_the_largest_numbers_from_10_on():
    X = np.array([[1.0, -9.0, 3.0], [2.0, 8.0, -10.0]])
    assert scale_advice(X) is None
    X[1, 2] = -10.01
    assert scale_advice(X).startswith("Column 2 ranges from -10.01 to 3; scale the col")
    X[1, 0] = np.nan
    assert scale_advice(X).startswith("Column 2 ranges from -10.01 to 3; scale the col")
    X[:, 0] = 123456789, 2.0
    assert "Column 0 ranges from 2 to 1.23457e+08;" in scale_advice(X)


def test_a_column_without_any_number_is_not_the_one_to_be_scaled():
    X = np.array([[1.0, np.nan, 3.0], [2.0, np.nan, -40.0]])
    assert scale_advice(X).startswith("Column 2 ranges from -40 to 3;")
    assert scale_advice(X / 10) is None
    assert scale_advice(X[:, [1, 1]]) is None


def test_far_rows_are_listed_five_at_most():
    values = np.zeros((8, 2))
    assert warn_of_far_rows(values, "the bound", "Model") is values
    values[[1, 3], 0], values[3, 1] = np.inf, np.nan
    with pytest.warns(RuntimeWarning) as seen:
        warn_of_far_rows(values, "the bound", "Model")
    values[2:] = -np.inf
    with pytest.warns(RuntimeWarning) as more:
        warn_of_far_rows(values[:, 0], "the bound", "Model")
    start = "Model: the bound is not finite in row"
    assert str(seen[0].message).startswith(f"{start} 1, 3 (2 of 8): so far")
    assert str(more[0].message).startswith(f"{start} 1, 2, 3, 4, 5, ... (7 of 8): so")


NAMES = np.array(["a", "b"], object)


@pytest.mark.parametrize("names, fitted, said", [
    (None, None, ""), (NAMES, NAMES, ""),
    (NAMES, None, "X has feature names, but Model was fitted without"),
    (None, NAMES, "X does not have valid feature names, but Model was fitted with"),
])
def test_names_on_one_side_only_are_a_warning(names, fitted, said):
    with warnings.catch_warnings(record=True) as met:
        warnings.simplefilter("always")
        compare_names(names, fitted, "Model")
    assert len(met) == bool(said) and all(said in str(w.message) for w in met)


def test_names_that_differ_are_listed_by_side_five_at_most():
    fitted = np.array(list("abcdefgh"), object)
    with pytest.raises(ValueError) as caught:
        compare_names(np.array(list("hgvwxyzu"), object), fitted, "Model")
    lines = str(caught.value).splitlines()
    unseen = lines.index("Feature names unseen at fit time:")
    missing = lines.index("Feature names seen at fit time, yet now missing:")
    assert lines[unseen + 1 : missing] == [f"- {n}" for n in (*"uvwxy", "...")]
    assert lines[missing + 1 :] == [f"- {n}" for n in (*"abcde", "...")]
    with pytest.raises(ValueError, match="same order as they were in fit.\n$"):
        compare_names(fitted[::-1], fitted, "Model")


def test_a_table_of_polars_has_the_codes_row_by_row_under_their_names(monkeypatch):
    """Of a stand-in, since polars need not be there."""
    table = SimpleNamespace(DataFrame=lambda *data, **how: (data, how))
    monkeypatch.setitem(sys.modules, "polars", table)
    codes = np.eye(2)
    (data,), how = as_container(codes, None, "polars", np.array(["pca0", "pca1"]))
    assert data is codes and how == {"schema": ["pca0", "pca1"], "orient": "row"}


def test_the_container_is_the_estimators_own_or_that_of_scikit_learn(monkeypatch):
    assert container_of(None) == "default" and container_of("pandas") == "pandas"
    with sklearn.config_context(transform_output="polars"):
        assert container_of(None) == "polars" and container_of("default") == "default"
    monkeypatch.delitem(sys.modules, "sklearn")
    assert container_of(None) == "default"


def test_warnings_of_names_are_about_what_was_given():
    rows = np.random.default_rng(0).uniform(size=(20, 3))
    frame = pd.DataFrame(rows, columns=[*"abc"])
    for x, other in ((frame, frame.to_numpy()), (frame.to_numpy(), frame)):
        with pytest.warns(UserWarning, match="^validation_data "):
            Autoencoder(1, (2,), epochs=1, verbose=False).fit(x, validation_data=other)


@pytest.mark.parametrize("count, dots", [(4, False), (5, False), (6, True)])
def test_a_list_ends_in_dots_where_it_is_of_more_than_five_and_only_there(count, dots):
    chosen, names = np.arange(7) < count, np.array([*"abcdefg"], object)
    with pytest.warns(RuntimeWarning) as seen:
        warn_of_far_rows(np.where(chosen, np.inf, 0), "it", "Model")
    with pytest.raises(ValueError) as holes:
        check_data(np.where(chosen, np.nan, [[0], [0]]), owner="Model")
    with pytest.raises(ValueError) as other:
        compare_names(names[count:], names, "Model")
    assert (", ... (" in str(seen[0].message)) is dots
    assert (", ...." in str(holes.value)) is dots
    assert ("- ...\n" in str(other.value)) is dots


def test_a_row_counts_once_however_much_it_lacks():
    X = np.zeros((4, 3))
    X[1], X[3, 2] = np.nan, np.nan
    with pytest.raises(ValueError, match="NaN in 2 of 4 rows: columns 0, 1, 2[.] "):
        check_data(X, owner="Model")


@pytest.mark.parametrize("dtype, slack", [("f8", 4 * 2.0**-23), ("f4", 4 * 2.0**-23),
                                          ("f2", 0)])
def test_rounding_is_a_few_units_of_the_last_place_and_never_a_millionth(dtype, slack):
    """In single precision, in which it is learned; those of half are too large."""
    unit = {"owner": "Model", "unit": "another"}
    near = np.array([[0.5, 1 + slack], [-slack, 0.25]]).astype(dtype)
    np.testing.assert_array_equal(check_data(near, **unit), [[0.5, 1], [0, 0.25]])
    for far in (1 + 1.1e-6, -1.1e-6) if dtype != "f2" else (1.001, -1.2e-6):
        with pytest.raises(ValueError, match="expects X with values in"):
            check_data(np.array([[0.5, far]]).astype(dtype), **unit)


@pytest.mark.parametrize("kept, learned, unit, wrong", [
    ("f8", "f8", 2.0**-52, 1e-9), ("f8", "f4", 2.0**-23, 7e-7),
    ("f4", "f8", 2.0**-23, 7e-7), ("f4", "f4", 2.0**-23, 7e-7),
])
def test_four_units_of_the_coarser_type_are_rounding_and_no_more(
    kept, learned, unit, wrong
):
    check = {"owner": "Model", "unit": "another", "dtype": np.dtype(learned)}
    for row in ([0.5, 1 + 4 * unit], [0.5, -4 * unit]):
        taken = check_data(np.array([row], dtype=kept), **check)
        np.testing.assert_array_equal(taken, [[0.5, float(row[1] > 0.5)]])
    for bad in (1 + wrong, -wrong):
        with pytest.raises(ValueError, match="expects X with values in"):
            check_data(np.array([[0.5, bad]], dtype=kept), **check)


@pytest.fixture
def rows(tmp_path):
    """Rows of a file in which the 1203rd has a number without a square."""
    x = np.random.default_rng(0).normal(size=(2500, 3))
    x[1203, 1] = 1e200
    np.save(tmp_path / "x.npy", x)
    return MappedRows(np.load(tmp_path / "x.npy", mmap_mode="r"), dtype=np.float64)


def test_what_is_said_of_rows_in_a_file_has_their_name_and_number(rows):
    given = {"owner": "Model", "dtype": np.float64, "mapped": True}
    with pytest.raises(ValueError, match=r"^Input rows contains .* in row 1203, column"
                       " 1[.]"):
        check_data(rows, "rows", squares=True, **given)
    assert check_data(rows, "rows", **given)[1203][1] == 1e200
    with pytest.raises(ValueError, match="^rows has 3 features, but Model is expecting "
                       "4 features"):
        check_data(rows, "rows", n_features=4, **given)
    with pytest.raises(ValueError, match="expects rows with values in .*: "):
        check_data(rows, "rows", unit=True, **given)


@pytest.mark.parametrize("make", [list, tuple])
def test_rows_of_a_list_keep_their_masks(make):
    masked = np.ma.masked_array([1.0, 2, 3], [False, True, False])
    with pytest.raises(ValueError, match="^Input X is a masked array with masked val"):
        check_data(make([np.zeros(3), masked]), owner="Model")
    plain = make([np.zeros(3), np.ma.masked_array([1.0, 2, 3])])
    assert check_data(plain, owner="Model").tolist() == [[0, 0, 0], [1, 2, 3]]


@pytest.mark.parametrize("make", [list, tuple])
def test_validation_data_are_no_pair_of_rows_and_labels(make):
    x = np.zeros((4, 3))
    with pytest.raises(ValueError, match="^Model validates on rows alone"):
        refuse_pair(make([x, np.zeros(4)]), "Model")
    for fine in x, x[:2], make([x[0], x[1]]), make([x, x, x]), None:
        refuse_pair(fine, "Model")


def test_fields_with_names_are_to_be_made_columns_and_times_are_no_numbers():
    fields = np.zeros(3, [("a", "f8"), ("b", "f8")])
    with pytest.raises(ValueError, match=r"^Input rows has fields with names, \('a', "
                       r"'b'\)[.] .*structured_to_unstructured\(rows\)"):
        check_data(fields, "rows", owner="Model")
    for dtype in "M8[s]", "m8[s]":
        with pytest.raises(ValueError, match="^Input rows holds times"):
            check_data(np.zeros((3, 2), dtype), "rows", owner="Model")


@pytest.mark.parametrize("size, advised", [
    (0, False), (1e-12, True), (9e-10, True), (1e-9, False), (10, False), (10.1, True),
])
def test_columns_that_are_all_tiny_are_to_be_scaled_too(size, advised):
    x = np.array([[0.5, -1.0], [0.25, 0.0]]) * size
    assert (scale_advice(x) is not None) is advised


def test_a_number_that_was_checked_is_pythons_own():
    given = {"owner": "Model", "low": 0}
    for value in 3, np.int64(3), np.uint8(3), np.float32(3), 3.0:
        assert type(check_number(value, "x", **given)) is float
        if not isinstance(value, (float, np.floating)):
            assert type(check_number(value, "x", integer=True, **given)) is int


@pytest.mark.parametrize("seed", [None, 0, 7, np.int64(7)])
def test_a_seed_gives_the_generator_that_numpy_gives(seed):
    found = check_random_state(seed, owner="Model")
    assert isinstance(found, np.random.Generator)
    if seed is not None:
        assert found.random() == np.random.default_rng(seed).random()
    assert check_random_state(found, owner="Model") is found


@pytest.mark.parametrize("columns, names", [
    (["a", "b"], ["a", "b"]), (["b", "a"], ["b", "a"]), ([0, 1], None), ([], None),
])
def test_names_of_columns_are_text_in_their_order(columns, names):
    found = feature_names(pd.DataFrame(np.zeros((2, len(columns))), columns=columns))
    assert found is None if names is None else found.tolist() == names
    assert names is None or found.dtype == object


def test_what_has_columns_and_no_shape_is_no_table():
    assert feature_names(SimpleNamespace(columns=["a", "b"])) is None
    assert feature_names(np.zeros((2, 3))) is None
    with pytest.raises(TypeError, match=r"has \['float', 'int', 'str'\] as feature na"):
        feature_names(pd.DataFrame(np.zeros((2, 3)), columns=["a", 1, 2.0]))


def test_codes_in_a_table_have_the_index_of_the_rows_if_these_have_one():
    codes, rows = np.arange(6.0).reshape(3, 2), np.zeros((3, 4))
    for X, index in (rows, [0, 1, 2]), (pd.DataFrame(rows, index=[5, 3, 9]), [5, 3, 9]):
        table = as_container(codes, X, "pandas", ["k0", "k1"])
        assert table.index.tolist() == index and table.columns.tolist() == ["k0", "k1"]
        np.testing.assert_array_equal(table, codes)
