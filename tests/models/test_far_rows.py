"""Rows far from the training data, and broken models: never a silent NaN.

Every public estimator, in every variant that its options name, is asked everything
that takes data. A new estimator, option, method or analysis falls into these tables.
"""

import inspect
import pickle
import warnings

import numpy as np
import pytest

import scratchae
from scratchae import analysis, backend
from scratchae.networks.likelihood import ImportanceEstimate

SMALL = {"n_components": 2, "hidden_layer_sizes": (4,), "epochs": 3, "verbose": False,
         "random_state": 0, "pretrain_epochs": 1, "n_active": 1}
CHOICES = {
    "loss": ("squared_error", "bernoulli"),
    "penalty": ("kl", "l1", "top_k", "contractive"),
    "corruption": ("gaussian", "masking", "salt_and_pepper"),
    "decoder": ("bernoulli", "gaussian"),
    "posterior": ("diagonal", "full"),
    "objective": ("elbo", "iwae"),
    "activation": ("relu", "silu"),
}
ESTIMATORS = {name: thing for name, thing in vars(scratchae).items()
              if inspect.isclass(thing) and hasattr(thing, "fit")}
ANALYSES = {name: function for name, function in vars(analysis).items()
            if inspect.isfunction(function)
            and list(inspect.signature(function).parameters)[:2] == ["model", "X"]
            }
TRAINING = {"fit", "fit_transform", "fit_predict", "partial_fit"}
FAR = 1e6  # standard deviations
ROW = 3  # the far one


def variants():
    for name, estimator in ESTIMATORS.items():
        known = inspect.signature(estimator).parameters
        for option, values in CHOICES.items():
            yield from ((name, option, v) for v in values if option in known)
        if not known.keys() & CHOICES.keys():
            yield name, None, None


VARIANTS = list(variants())


def made(name, option, value, dtype):
    known = inspect.signature(ESTIMATORS[name]).parameters
    options = SMALL | {"dtype": dtype} | {option: value}
    if name.endswith("VariationalAutoencoder") and option not in ("decoder", None):
        options["decoder"] = "gaussian"
    if value == "contractive":
        options["hidden_layer_sizes"] = ()
    return ESTIMATORS[name](**{k: v for k, v in options.items() if k in known})


def is_unit(model):
    needs = getattr(model, "_needs_unit_interval", None)
    return needs is not None and needs(vars(model))


def data(model):
    """What the model is trained on, and 6 rows of which one is far away."""
    rng, labels = np.random.default_rng(0), np.arange(40) % 3
    x = rng.normal(size=(40, 5))
    if is_unit(model):
        x = 0.5 + 1e-3 * x.clip(-9, 9)
    rows = x[:6].copy()
    rows[ROW] = [0, 1, 0, 1, 1] if is_unit(model) else FAR * rng.choice([-1, 1], 5)
    return x, labels, rows, labels[:6]


def asked(model, rows, labels):
    """Name and answer of every public method and analysis that takes data."""
    for name, method in inspect.getmembers(model, callable):
        if name.startswith("_") or name in TRAINING:
            continue
        parameters = inspect.signature(method).parameters
        if "X" in parameters:
            given = {"X": rows} | ({"y": labels} if "y" in parameters else {})
            given |= {"random_state": 0} if "random_state" in parameters else {}
            for mode in ["mean", "sample"] if "mode" in parameters else [None]:
                extra = {"mode": mode} if mode else {}
                yield name, method(**given, **extra)
    for name, function in ANALYSES.items():
        extra = {"rng": np.random.default_rng(0)}
        extra = {
            k: v
            for k, v in extra.items()
            if k in inspect.signature(function).parameters
        }
        try:
            answer = function(model, rows, **extra)
        except (AttributeError, TypeError, ValueError):
            continue  # not a question for this model
        yield name, answer


def numbers(answer):
    """All floats in an answer, however it is built."""
    if isinstance(answer, ImportanceEstimate):  # an infinite error has its own meaning
        errors = np.minimum(answer.standard_error, 1)
        answer = vars(answer) | {"standard_error": errors}
    if isinstance(answer, dict):
        answer = list(answer.values())
    if isinstance(answer, (list, tuple)):
        return np.concatenate([numbers(part) for part in answer] or [np.zeros(0)])
    array = np.asarray(answer)
    return array.ravel() if array.dtype.kind == "f" else np.zeros(0)


def answers(model, rows, labels):
    """Name of each question: its answer and the warnings that came with it."""
    asking, found = asked(model, rows, labels), {}
    while True:
        with warnings.catch_warnings(record=True) as caught, np.errstate(all="ignore"):
            warnings.simplefilter("always")
            name, answer = next(asking, (None, None))
        if name is None:
            return found
        texts = [str(w.message) for w in caught]
        found[f"{name} {len(found)}"] = answer, " ".join(texts)


@pytest.fixture(scope="module")
def fitted():
    """A function that trains each variant once."""
    models = {}

    def fit(*key):
        if key not in models:
            with backend("numpy"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                models[key] = made(*key)
                x, y, *_ = data(models[key])
                models[key].fit(x, y)
        return models[key]

    return fit


every_variant = pytest.mark.parametrize("name, option, value", VARIANTS)
every_dtype = pytest.mark.parametrize("dtype", ["float32", "float64"])
both = pytest.mark.parametrize("engine", ["numba", "numpy"])


@both
@every_dtype
@every_variant
def test_a_far_row_never_gives_nan_and_is_named(
    name, option, value, dtype, engine, fitted
):
    model = fitted(name, option, value, dtype)
    _, _, rows, labels = data(model)
    with backend(engine):
        found = answers(model, rows, labels)
    assert found
    for question, (answer, told) in found.items():
        values = numbers(answer)
        assert not np.isnan(values).any(), question
        if np.isinf(values).any():
            assert f"row {ROW}" in told, question


@every_variant
def test_a_far_row_changes_no_other_row(name, option, value, fitted):
    model = fitted(name, option, value, "float64")
    x, _, rows, labels = data(model)
    near = rows.copy()
    near[ROW] = x[ROW]
    others = np.arange(len(rows)) != ROW
    with backend("numpy"):
        found = [answers(model, given, labels) for given in (rows, near)]
    for question, (answer, _) in found[0].items():
        for part, same in zip(
            *map(arrays, (answer, found[1][question][0])), strict=True
        ):
            if part.dtype.kind == "f" and len(part) == len(rows):
                np.testing.assert_allclose(part[others], same[others], err_msg=question)


def arrays(answer):
    """The arrays of an answer that may have one row for each image."""
    parts = answer if isinstance(answer, tuple) else (answer,)
    return [np.asarray(part) for part in parts if isinstance(part, np.ndarray)]


ONE_NUMBER = {"score", "evaluate", "reconstruction_error", "predict", "predict_proba"}


def broken(model):
    """The model with one weight of its first layer NaN."""
    model = pickle.loads(pickle.dumps(model))
    for array in ("components_", "W_"):
        if hasattr(model, array):
            getattr(model, array).flat[0] = np.nan
    if hasattr(model, "parameters_"):
        model.parameters_.values["encoder.0.W"].flat[0] = np.nan
    return model


@both
@every_variant
def test_a_broken_model_gives_no_plausible_number(name, option, value, engine, fitted):
    model = broken(fitted(name, option, value, "float64"))
    x, y, *_ = data(model)
    asked_for = ONE_NUMBER & {n for n in dir(model)}
    assert asked_for
    for question in asked_for:
        method = getattr(model, question)
        given = (x, y) if "y" in inspect.signature(method).parameters else (x,)
        with backend(engine), warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                values = numbers(method(*given))
            except ValueError:
                continue
        assert values.size and not np.isfinite(values).all(), question


@both
@every_dtype
@every_variant
def test_a_row_as_far_as_numbers_go_never_gives_nan_and_is_named(
    name, option, value, dtype, engine, fitted
):
    """PCA of float32 takes rows whose codes only float64 can hold."""
    model = fitted(name, option, value, dtype)
    if is_unit(model):
        pytest.skip("its rows are in [0, 1]")
    _, _, rows, labels = data(model)
    largest = np.finfo(getattr(model, "_computes_in", None) or dtype).max / 2**21
    rows[ROW] *= largest / np.abs(rows[ROW]).max()
    if hasattr(model, "parameters_"):
        model = pickle.loads(pickle.dumps(model))
        for part, array in model.parameters_.values.items():
            if part.startswith("decoder"):
                array *= 30  # so that inf - inf is met in float32
    with backend(engine):
        found = answers(model, rows, labels)
    for question, (answer, told) in found.items():
        values = numbers(answer)
        assert not np.isnan(values).any(), question
        assert np.isfinite(values).all() or f"row {ROW}" in told, question


def test_whitened_rows_are_reconstructed_where_their_codes_overflow(rng):
    model = scratchae.PCA(2, whiten=True).fit(1e-100 * rng.normal(size=(30, 4)))
    far = model.components_[:1] * 1e290
    np.testing.assert_allclose(model.reconstruct(far), far)
    with pytest.warns(RuntimeWarning, match="the code is not finite in row 0"):
        assert np.isposinf(model.transform(far)[0, 0])
