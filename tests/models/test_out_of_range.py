"""Numbers whose squares leave the range of numbers: refused where they are learned
from, an infinity with the row's name where they are asked about; units of 1e-200; and
numbers too close together for float32."""

import inspect
import warnings

import numpy as np
import pandas as pd
import pytest
from test_far_rows import ANALYSES, ESTIMATORS, SMALL, numbers

from scratchae import (
    DenoisingAutoencoder,
    DivergedError,
    LinearProbe,
    VariationalAutoencoder,
    backend,
)
from scratchae.analysis import (
    GaussianMixture,
    anomaly_scores,
    factor_directions,
    nearest_neighbours,
)
from scratchae.validation import check_data

RNG = np.random.default_rng(3)
X, Y = RNG.normal(size=(40, 5)), np.arange(40) % 2
ALL = ESTIMATORS | {"GaussianMixture": GaussianMixture}
REFUSED = r"^Input .* contains infinity or a value too large for dtype\('float64'\): "
QUESTIONS = {"transform", "reconstruct", "reconstruction_error", "evaluate", "score",
             "log_likelihood", "score_samples", "predict_proba", "encode_distribution"}


def made(name):
    known = inspect.signature(ALL[name]).parameters
    options = SMALL | {"decoder": "gaussian", "dtype": "float64"}
    return ALL[name](**{k: v for k, v in options.items() if k in known})


def with_labels(function, *given):
    takes = "y" in inspect.signature(function).parameters
    return function(*given[: 2 if takes else 1])


@pytest.fixture(autouse=True)
def no_word_from_numpy():
    """A warning that names no row is an error."""
    with backend("numpy"), warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        warnings.simplefilter("ignore", UserWarning)
        yield


@pytest.mark.parametrize("value", [1e160, -1e300])
@pytest.mark.parametrize("name", ALL)
def test_a_number_without_a_square_is_not_learned_from_and_named(name, value):
    x = X.copy()
    x[7, 2] = value
    model = made(name)
    with pytest.raises(ValueError, match=f"{REFUSED}.*in row 7, column 2"):
        model.fit(x, Y)
    assert not [n for n in vars(model) if n.endswith("_")]


def test_nor_where_something_is_missing():
    x = X.copy()
    x[3, 0], x[7, 2] = np.nan, 1e160
    model = DenoisingAutoencoder(2, missing="mask", dtype="float64", verbose=False)
    with pytest.raises(ValueError, match=f"{REFUSED}.*in row 7, column 2"):
        model.fit(x)


@pytest.mark.parametrize("value", [1e160, -1e300])
def test_nor_is_it_compared_with_others(value):
    x = X.copy()
    x[7, 2] = value
    for given in (x, X), (X, x):
        with pytest.raises(ValueError, match=REFUSED):
            nearest_neighbours(*given)
    for given in (x, {"a": X[:, 0]}), (X, {"a": x[:, 2]}):
        with pytest.raises(ValueError, match=REFUSED):
            factor_directions(*given)


@pytest.mark.parametrize("value", [1e160, -1e300])
@pytest.mark.parametrize("name", ALL)
def test_a_question_about_such_a_row_is_answered_and_the_row_named(name, value):
    model, rows = made(name), X[:6].copy()
    model.fit(X, Y)
    rows[3, 2] = value
    asked = [getattr(model, q) for q in sorted(QUESTIONS) if hasattr(model, q)]
    if hasattr(model, "reconstruct"):
        asked += [lambda x, f=f: f(model, x) for n, f in ANALYSES.items()
                  if n.startswith("anomaly") and not n + name == (
                      "anomaly_partsConditionalVariationalAutoencoder")]
    for question in asked:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            values = numbers(with_labels(question, rows, Y[:6]))
        assert not np.isnan(values).any()
        told = [str(w.message) for w in told]
        assert all("row 3 (1 of 6)" in text for text in told), told
        assert told or np.isfinite(values).all()


@pytest.mark.parametrize("kind", ["numpy", "numba"])
@pytest.mark.parametrize("name", ALL)
def test_numbers_at_the_end_of_single_precision_are_refused_or_give_no_nan(name, kind):
    """A layer adds products of them with both signs: inf - inf behind 3e38."""
    model, rows = made(name), X[:6].astype(np.float32)
    with backend(kind), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        model = model.set_params(dtype="float32") if hasattr(model, "dtype") else model
        model.fit(X, Y)
        for value in 1e30, 3e32, 1e38, 3e38:
            rows[3] = np.where(np.arange(5) % 2, value, -value)
            for question in (getattr(model, q) for q in QUESTIONS if hasattr(model, q)):
                try:
                    values = numbers(with_labels(question, rows, Y[:6]))
                except ValueError as error:
                    assert "a value too large for dtype('float32')" in str(error)
                    assert value > 3e32
                else:
                    assert not np.isnan(values).any()


def test_the_row_is_counted_through_all_blocks():
    model, rows = made("PCA").fit(X), np.tile(X, (60, 1))
    rows[2107, 1] = 1e200
    with pytest.warns(RuntimeWarning, match=r"row 2107 \(1 of 2400\)"):
        assert np.flatnonzero(np.isinf(anomaly_scores(model, rows))).tolist() == [2107]


@pytest.mark.parametrize("unit", [1e-300, 1e-200, 1e-160, 1e140])
def test_neighbours_and_factors_and_probes_have_no_unit(unit):
    near = nearest_neighbours(X[:30], X[30:], 3)
    expected = np.linalg.norm(X[30:, None] - X[:30], axis=2).argsort(axis=1)[:, :3]
    np.testing.assert_array_equal(near, expected)
    np.testing.assert_array_equal(
        nearest_neighbours(unit * X[:30], unit * X[30:], 3), expected)
    x = X + 4 * Y[:, None]
    probes = [LinearProbe().fit(u * x, Y) for u in (1, unit)]
    assert probes[1].score(unit * x, Y) == 1
    assert probes[1].scale_ == pytest.approx(unit * (x - x.mean(axis=0)).std())
    np.testing.assert_allclose(probes[1].predict_proba(unit * x),
                               probes[0].predict_proba(x), atol=1e-6)
    for codes, factor in ((unit, 1), (1, unit)):
        r2, step = factor_directions(codes * X, {"a": factor * 2 * X[:, 1]})["a"]
        assert r2 == pytest.approx(1)
        np.testing.assert_allclose(step * (factor / codes), [0, 0.5, 0, 0, 0],
                                   atol=1e-12)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("unit", [1e-30, 1e30])
def test_a_training_that_diverges_for_its_unit_is_told_to_scale(unit):
    model = VariationalAutoencoder(2, (4,), decoder="gaussian", epochs=2, verbose=False)
    with np.errstate(all="ignore"), pytest.raises(DivergedError, match="scale the col"):
        model.fit(unit * X)


@pytest.mark.parametrize("as_table", [False, True])
def test_what_float32_loses_of_a_column_is_said_by_name(as_table):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50, 4))
    X[:, 2] += 1e8
    X[:, 3] = 0.3
    X[::2, 3] = 0.1 + 0.2  # one number, but for its rounding
    column = "'c'" if as_table else "2"
    given = pd.DataFrame(X, columns=[*"abcd"]) if as_table else X
    with pytest.warns(UserWarning, match=f"differs in column {column} where it becomes "
                      "float32: numbers from 99999997.6.* to 100000001.8"):
        check_data(given, owner="Model", squares=True)
    X[5, 2] = np.nan
    with pytest.warns(UserWarning, match="in column 2 where"):
        check_data(X, owner="Model", squares=True, missing=True)
    X[5, 2] = X[4, 2]
    for fine in (X[:, [0, 1, 3]], X[:, 2:3].astype(np.float32), X[:, :1] * 1e-30,
                 np.arange(50.0).reshape(-1, 1) + 2000):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            check_data(fine, owner="Model", squares=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_data(X, owner="Model", squares=True, dtype=np.float64)
        check_data(X, owner="Model")  # is not learned from
