"""Rows up to a million standard deviations away: numbers or infinity, never NaN.

Such a row can have a log-variance of some ten thousand, so that sigma overflows, or of
minus that, so that it rounds to 0. Random weights, not trained ones, make both happen.
test_far_rows asks every estimator; here is what is particular to bounds and densities.
"""

import warnings

import numpy as np
import pytest

from scratchae import (
    ConditionalVariationalAutoencoder,
    VariationalAutoencoder,
    backend,
)
from scratchae.analysis import (
    active_units,
    anomaly_scores,
    kl_per_dimension,
    loss_panel,
    mutual_information,
)

pytestmark = pytest.mark.lecture11

FAR = [3, 5, 6]
CASES = {
    "plain": {},
    "linear": {"hidden_layer_sizes": ()},
    "tanh": {"activation": "tanh"},
    "full": {"posterior": "full"},
    "full, linear": {"posterior": "full", "hidden_layer_sizes": ()},
    "importance-weighted": {"objective": "iwae", "n_samples": 3},
    "no divergence": {"kl_weight": 0.0},
}


def rows():
    x = np.random.default_rng(0).normal(size=(60, 6))
    x[FAR] *= [[1e6], [-1e6], [1e3]]
    return x[:8]


def fitted(case, dtype, kind=VariationalAutoencoder, labels=()):
    x = np.random.default_rng(1).normal(size=(60, 6))
    options = {"hidden_layer_sizes": (5,), "decoder": "gaussian", "epochs": 1,
               "verbose": False, "random_state": 0, "dtype": dtype}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it is hardly trained
        model = kind(2, **options | CASES[case]).fit(x, *labels)
    rng = np.random.default_rng(1)
    for name, value in model.parameters_.values.items():
        if name != "pixel_log_var":
            value += rng.normal(size=value.shape) * 0.5
    return model


ANSWERS = {
    "evaluate": lambda m, x, *y: [*m.evaluate(x, *y).values()],
    "score": lambda m, x, *y: m.score(x, *y),
    "log_likelihood": lambda m, x, *y: [
        *vars(m.log_likelihood(x, *y, n_importance=20)).values()
    ],
    "mean log_likelihood": lambda m, x, *y: (
        m.log_likelihood(x, *y, n_importance=3).mean
    ),
    "transform": lambda m, x, *y: m.transform(x, *y),
    "encode_distribution": lambda m, x, *y: m.encode_distribution(x, *y),
    "reconstruct": lambda m, x, *y: m.reconstruct(x, *y),
    "a drawn reconstruction": lambda m, x, *y: m.reconstruct(
        x, *y, mode="sample", random_state=0
    ),
    "reconstruction_error": lambda m, x, *y: m.reconstruction_error(x, *y),
    "kl_per_dimension": lambda m, x, *y: kl_per_dimension(m, x, *y),
    "active_units": lambda m, x, *y: active_units(m, x, *y),
    "mutual_information": lambda m, x, *y: mutual_information(
        m, x, *y, rng=np.random.default_rng(0)
    ),
    "anomaly_scores": lambda m, x, *y: anomaly_scores(m, x),
    "loss_panel": lambda m, x, *y: [
        v for _, v, _ in loss_panel(m, x, *y, n_importance=5)],
}
# finite for all rows:
DETERMINED = {"transform", "reconstruct", "reconstruction_error", "active_units",
              "mutual_information", "anomaly_scores"}


def check_all_answers(model, x, *y):
    for name, answer in ANSWERS.items():
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            values = np.hstack([np.ravel(part) for part in np.atleast_1d(
                np.asarray(answer(model, x, *y), dtype=object))])
        values = np.hstack([np.ravel(value) for value in values]).astype(float)
        assert not np.isnan(values).any(), name
        texts = [str(warning.message) for warning in caught]
        assert not any("encountered" in text for text in texts), (name, texts)
        if name in DETERMINED:
            assert np.isfinite(values).all() and not texts, name


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("case", CASES)
def test_far_rows_give_numbers_or_infinity(case, dtype):
    with backend("numpy"):
        check_all_answers(fitted(case, dtype), rows())


@pytest.mark.parametrize("case", ["plain", "full, linear", "importance-weighted"])
def test_a_conditional_model_as_well(case):
    y = np.arange(60) % 3
    with backend("numpy"):
        model = fitted(case, "float32", ConditionalVariationalAutoencoder, (y,))
        check_all_answers(model, rows(), y[:8])


@pytest.mark.parametrize("which", ["numba", "numpy"])
def test_what_is_infinite_is_named_by_its_row(which):
    x = rows()
    with backend(which):
        model = fitted("linear", "float32")
        with pytest.warns(RuntimeWarning, match="the bound is not finite in row 3, 5"):
            assert model.evaluate(x)["elbo"] == -np.inf
        with pytest.warns(
            RuntimeWarning, match=r"log p\(x\) is not finite in row 3, 5"
        ):
            estimate = model.log_likelihood(x, 20)
        lost = ~np.isfinite(estimate.log_likelihood)
        assert np.flatnonzero(lost).tolist() == FAR
        assert (estimate.log_likelihood[lost] == -np.inf).all()
        assert (estimate.effective_sample_size[lost] == 0).all()
        assert (estimate.standard_error[lost] == np.inf).all()
        with pytest.warns(
            RuntimeWarning, match="the divergence is not finite in row 3"
        ):
            assert np.isinf(kl_per_dimension(model, x)).any()
        with pytest.warns(RuntimeWarning, match="tion is not finite in row 3, 5, 6"):
            std = model.encode_distribution(x)[1]
        assert np.isinf(std).any(axis=1).nonzero()[0].tolist() == FAR
        with pytest.warns(RuntimeWarning, match="the reconstruction is not finite"):
            model.reconstruct(x, mode="sample", random_state=0)


TOLD = {  # question: how its warning begins, by the model's class
    "evaluate": "{}: the bound is not finite in row 3, 5",
    "log_likelihood": "{}.log_likelihood: log p(x) is not finite in row 3, 5",
    "encode_distribution": "{}: the standard deviation is not finite in row 3, 5",
    "a drawn reconstruction": "{}: the reconstruction is not finite in row 3, 5",
    "kl_per_dimension": "kl_per_dimension: the divergence is not finite in row 3, 5",
}


@pytest.mark.parametrize("question", TOLD)
@pytest.mark.parametrize("kind, y", [
    (VariationalAutoencoder, ()),
    (ConditionalVariationalAutoencoder, (np.arange(60) % 3,)),
])
def test_a_warning_begins_with_the_model_or_function_that_was_asked(kind, y, question):
    with backend("numpy"), warnings.catch_warnings(record=True) as caught:
        model = fitted("linear", "float32", kind, y)
        warnings.simplefilter("always")
        ANSWERS[question](model, rows(), *(labels[:8] for labels in y))
    expected = TOLD[question].format(kind.__name__)
    (told,) = [str(warning.message) for warning in caught]
    assert told.startswith(expected) and "of 8)" in told


@pytest.mark.filterwarnings("error")
def test_near_rows_are_named_by_nobody():
    with backend("numpy"):
        model = fitted("linear", "float32")
        assert np.isfinite(model.evaluate(np.delete(rows(), FAR, axis=0))["elbo"])


@pytest.mark.parametrize("posterior", ["diagonal", "full"])
def test_a_sigma_that_rounds_to_zero_has_a_finite_divergence(posterior):
    """log_var = -3000: the divergence is 1/2 (0 - 1 + 3000) for each dimension."""
    model = fitted("plain" if posterior == "diagonal" else "full", "float32")
    values = model.parameters_.values
    values["encoder.1.W"][...], values["encoder.1.b"][...] = 0, 0
    values["encoder.1.b"][2:4] = -3000
    with backend("numpy"):
        kl = model.evaluate(rows()[:2])["kl"]
        assert kl == pytest.approx(2 * 0.5 * 2999, rel=1e-6)
        assert kl_per_dimension(model, rows()[:2]).sum() == pytest.approx(kl)
        information = mutual_information(
            model, rows()[:2], rng=np.random.default_rng(0))
    assert 0 <= information <= np.log(2) + 1e-9


def test_a_divergence_without_weight_does_not_count_even_if_it_is_infinite():
    """A tanh decoder gives finite numbers for an infinite z."""
    network = fitted("tanh", "float32").network_
    network.encoder.layers[-1].b[2] = 1000  # one dimension: no inf - inf
    with backend("numpy"), np.errstate(over="ignore"):
        drawn = network.draw(rows()[:2].astype(np.float32), np.random.default_rng(0))
        losses = network.loss(**drawn | {"kl_weight": 0.0})
    assert losses["kl"] == np.inf and np.isfinite(losses["recon"])
    assert losses["loss"] == losses["recon"]


@pytest.mark.parametrize("posterior", ["diagonal", "full"])
def test_the_spread_of_a_far_row_is_infinite_and_named_as_what_was_asked_for(posterior):
    """A covariance is a sum of products, of which some are 0 times infinity."""
    x = np.random.default_rng(0).normal(size=(40, 3))
    model = VariationalAutoencoder(2, (), decoder="gaussian", posterior=posterior,
                                   epochs=1, random_state=0, verbose=False).fit(x)
    for return_cov, what in ((False, "standard deviation"), (True, "covariance")):
        with pytest.warns(RuntimeWarning, match=f"the {what} is not finite in row"):
            mean, spread = model.encode_distribution(1e3 * x, return_cov)
        assert np.isfinite(mean).all() and np.isinf(spread).any()
        assert not np.isnan(spread).any()


def test_a_divergence_of_inf_minus_inf_is_infinite():
    """A log-variance of inf: exp(inf) - 1 - inf."""
    network = fitted("tanh", "float32").network_
    network.encoder.layers[-1].b[2] = np.inf
    with backend("numpy"), np.errstate(over="ignore", invalid="ignore"):
        drawn = network.draw(rows()[:2].astype(np.float32), np.random.default_rng(0))
        losses = network.loss(**drawn)
    assert losses["kl"] == losses["loss"] == np.inf and np.isfinite(losses["recon"])
