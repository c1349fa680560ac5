"""Importance weights, their streamed mean, and estimates of a known log p(x)."""

import numpy as np
import pytest

from scratchae import VariationalAutoencoder, backend
from scratchae.exact import LinearGaussian, inference
from scratchae.formulas.importance import (
    StreamedLogMean,
    log_mean_exp_backward,
    log_mean_exp_forward,
)
from scratchae.gradcheck import check_gradient

pytestmark = pytest.mark.lecture11


def streamed(log_w, *block_sizes):
    """All rows of log_w : (K, n) in blocks of these sizes, the last size repeated."""
    stream, start, sizes = StreamedLogMean(len(log_w[0])), 0, list(block_sizes)
    while start < len(log_w):
        size = sizes.pop(0) if len(sizes) > 1 else sizes[0]
        stream.add(log_w[start : start + size])
        start += size
    return stream


def test_eq_11_1_log_mean_exp_by_hand_and_far_out():
    bound, weights = log_mean_exp_forward(np.log([[1.0, 2.0], [3.0, 2.0]]))
    np.testing.assert_allclose(bound, np.log([2, 2]))
    np.testing.assert_allclose(weights, [[0.25, 0.5], [0.75, 0.5]])
    assert log_mean_exp_forward(np.array([[-2000.0], [-2000.0]]))[0][0] == -2000


def test_eq_11_2_gradient_of_the_log_mean(rng):
    log_w, d_bound = rng.normal(size=(4, 3)), rng.normal(size=3)
    gradient = log_mean_exp_backward(d_bound, log_mean_exp_forward(log_w)[1])
    check = check_gradient(
        lambda w: log_mean_exp_forward(w)[0] @ d_bound, log_w, gradient
    )
    assert check.max_relative_error < 1e-13, check


def test_weights_that_are_all_zero_have_the_logarithm_of_zero_as_their_mean():
    far = np.array([[-np.inf, -np.inf, 1.0], [-np.inf, 2.0, 1.0]])
    bound, weights = log_mean_exp_forward(far)
    np.testing.assert_allclose(bound, [-np.inf, 2 - np.log(2), 1])
    np.testing.assert_array_equal(weights, [[0, 0, 0.5], [0, 1, 0.5]])


@pytest.mark.parametrize("blocks", [(8,), (50,), (1,), (49,), (1, 7, 30)], ids=str)
def test_streamed_mean_is_the_mean_of_all_at_once(blocks, rng):
    log_w = 0.3 * rng.normal(size=(50, 7)) - 1000
    stream = streamed(log_w, *blocks)
    assert stream.count == 50
    w = np.exp(log_w + 1000)
    np.testing.assert_allclose(stream.log_mean, np.log(w.mean(axis=0)) - 1000)
    ess = w.sum(axis=0) ** 2 / (w * w).sum(axis=0)
    np.testing.assert_allclose(stream.effective_sample_size, ess)
    relative = w.std(axis=0, ddof=1) / w.mean(axis=0) / np.sqrt(50)
    np.testing.assert_allclose(stream.standard_error, relative)


INF = np.inf
AWKWARD = {  # log-weights: log of their mean, effective size, whether an error is known
    "the first is zero": ([-INF, 0, 0, 0, 0], np.log(0.8), 4, False),
    "the first two are zero": ([-INF, -INF, 3, 3, 3], 3 + np.log(0.6), 3, False),
    "the last are zero": ([5, -INF, -INF, -INF, -INF], 5 - np.log(5), 1, False),
    "all are zero": ([-INF] * 5, -INF, 0, False),
    "one is infinite": ([0, 0, 0, INF, 0], INF, 1, False),
    "infinite, then zero": ([INF, 0, -INF, 0, -INF], INF, 1, False),
    "all are equal": ([-7e4] * 5, -7e4, 5, True),
    "rising beyond the range of exp": ([-2e3, 0, 2e3, 4e3, 8e3], 8e3 - np.log(5), 1,
                                       False),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("block", [1, 2, 3, 5])
@pytest.mark.parametrize("case", AWKWARD)
def test_awkward_weights_in_any_blocks(case, block):
    log_w, log_mean, size, known = AWKWARD[case]
    beside = np.column_stack([log_w, np.zeros(5)])  # an ordinary image beside it
    stream = streamed(beside, block)
    np.testing.assert_allclose(stream.log_mean, [log_mean, 0], atol=1e-12)
    np.testing.assert_allclose(stream.effective_sample_size, [size, 5])
    np.testing.assert_array_equal(stream.standard_error, [0 if known else INF, 0])


def test_standard_error_is_known_where_the_weights_are_nearly_equal_only(rng):
    assert streamed([[0.3]], 1).standard_error == np.inf  # one sample
    # weights 1 and 3: mean 2, standard deviation sqrt(2): 0.5, too much to be believed
    assert streamed([[0.0], [np.log(3)]], 2).standard_error == np.inf
    # weights 9 and 10: mean 9.5, standard deviation sqrt(1/2), so 1/2 / 9.5
    close = streamed(np.log([[9.0], [10.0]]), 2).standard_error
    np.testing.assert_allclose(close, 0.5 / 9.5)
    # weights 4 and 5: 0.5 / 4.5 is above 0.1; weights 5 and 6: 0.5 / 5.5 is below
    ends = streamed(np.log([[4.0, 5.0], [5.0, 6.0]]), 2).standard_error
    np.testing.assert_allclose(ends, [np.inf, 0.5 / 5.5])
    nearly = streamed(1e-9 * rng.normal(size=(7, 1000)), 3).standard_error
    assert (nearly >= 0).all()


# A decoder without hidden layers is a linear-Gaussian model: log p(x) is known, and
# with a constant q(z|x) the quality of the proposal is ours to choose.
W = np.array([[1.0, -0.5, 0.3], [0.2, 0.8, -1.0]])
X = np.array([[0.3, 0.1, -0.6], [1.5, -1.2, 0.4]])


def linear_model(log_var, binarize=True):
    model = VariationalAutoencoder(
        2, (), decoder="gaussian", decoder_variance=0.5, epochs=1, random_state=0,
        verbose=False, dtype="float64", binarize=binarize,
    ).fit(X)
    values = model.parameters_.values
    values["decoder.0.W"][...], values["decoder.0.b"][...] = W, 0.1
    posterior = np.linalg.inv(np.eye(2) + W @ W.T / 0.5)
    values["encoder.0.W"][:, :2] = W.T / 0.5 @ posterior  # the exact posterior mean
    values["encoder.0.b"][:2] = -0.1 * values["encoder.0.W"][:, :2].sum(axis=0)
    values["encoder.0.W"][:, 2:], values["encoder.0.b"][2:] = 0, log_var
    return model, LinearGaussian(W.T, 0.1, np.sqrt(0.5)).log_likelihood(X)


def repeated(model, K, seeds):
    """Estimates of the same two images with many seeds, (seeds, 2)."""
    with backend("numpy"):
        each = [model.log_likelihood(X, K, random_state=s) for s in range(seeds)]
    return [np.array([getattr(e, name) for e in each]) for name in (
        "log_likelihood", "standard_error", "effective_sample_size")]


@pytest.mark.parametrize("K", [60, 1000, 2100])
def test_standard_error_is_the_spread_over_seeds(K):
    model, log_p = linear_model(log_var=[-0.9, -0.9])
    estimates, errors, sizes = repeated(model, K, seeds=200)
    assert np.isfinite(errors).all()
    ratio = estimates.std(axis=0) / np.sqrt(np.mean(errors**2, axis=0))
    np.testing.assert_allclose(ratio, 1, atol=0.2)  # 200 seeds: 0.05 of chance
    inside = np.abs(estimates - log_p) < 2 * errors
    assert (inside.mean(axis=0) > 0.89).all()
    assert (sizes < K).all() and (sizes > 30).all()


def test_no_standard_error_is_claimed_where_a_few_samples_decide():
    """At an effective size of 7 the first-order formula is far too small."""
    model, log_p = linear_model(log_var=[-5.0, -5.0])
    estimates, errors, sizes = repeated(model, 200, seeds=100)
    assert 3 < np.median(sizes) < 20
    assert (errors[sizes < 50] == np.inf).all()
    formula = np.sqrt((200 / sizes - 1) / 199)
    spread = estimates.std(axis=0)
    assert (spread > 1.5 * np.median(formula, axis=0)).all()  # what it would have said


def test_importance_weights_are_unbiased_for_p():
    """The mean of exp(estimate) over seeds is p(x), for one sample as for many."""
    model, log_p = linear_model(log_var=[-0.5, -0.5])
    for K, seeds in ((1, 3000), (150, 100)):
        with backend("numpy"):
            each = np.array([
                model.log_likelihood(X, K, random_state=s).log_likelihood
                for s in range(seeds)
            ])
        ratio = np.exp(each - log_p)
        error = ratio.std(axis=0, ddof=1) / np.sqrt(seeds)
        assert (np.abs(ratio.mean(axis=0) - 1) < 4 * error).all()
        assert (error < 0.05).all()


def test_naive_sampling_claims_no_error_at_a_small_effective_size(rng):
    model = LinearGaussian(np.ones((20, 1)) * 3, sigma=0.3)
    estimate = inference.importance_sampling(model, np.full(20, 6.0), 500, rng)
    assert estimate.effective_sample_size < 50
    assert estimate.log_likelihood_error == estimate.mean_error == np.inf
