"""The values that are a lab's own lesson are tried: no divergence, no noise, one draw.

What is wrong only there passes on random numbers, of which none is 0.
"""

import numpy as np
import pytest
from lab_tools import LABS, judge_values, part_of, result_of

NEVER_NEGATIVE = [  # (lab, function, tensor): 0 is its least value
    ("03", "squared_error", "loss"), ("05", "pca_error", "error"),
    ("05", "linear_autoencoder", "loss"), ("06", "l1", "penalty"),
    ("06", "kl_sparsity", "penalty"), ("07", "denoising_loss", "loss"),
    ("08", "entropy", "H"), ("08", "divergence", "D"), ("08", "fit", "D"),
    ("09", "elbo", "kl"), ("09", "gap", "gap"), ("10", "kl_diagonal", "kl"),
    ("10", "kl_gaussian", "kl"), ("13", "vae_loss", "kl"), ("16", "corrected_2", "kl"),
    ("16", "corrected_5", "penalty"),
]
TRIED = [  # (lab, function, argument, value): what makes something of no effect
    ("03", "bernoulli_nll", "logits", 0), ("03", "mean_bernoulli_nll", "x", 1),
    ("04", "momentum_step", "momentum", 0), ("04", "adam_step", "t", 1),
    ("04", "adam_moments", "m", 0), ("06", "sparse_code_backward", "weight", 0),
    ("07", "mask_noise", "fraction", 0), ("07", "mask_noise", "fraction", 1),
    ("07", "gaussian_noise", "sigma", 0), ("11", "sample", "eps", 0),
    ("11", "sample_backward", "eps", 0), ("12", "gaussian_nll", "log_var", 0),
    ("12", "gaussian_nll_backward", "log_var", 0),
    ("12", "squared_error_form", "sigma", 1), ("13", "vae_loss", "beta", 0),
    ("13", "code_backward", "beta", 0), ("13", "vae_backward", "beta", 0),
    ("13", "code_backward", "log_var", 0), ("14", "log_weights", "mu", 0),
]
ONE_DRAW = [("14", "log_weights", "log_p_x"), ("14", "bound", "log_w"),
            ("14", "bound_backward", "log_w"), ("14", "code_backward", "dlog_w"),
            ("16", "corrected_3", "log_w")]


@pytest.mark.parametrize("lab, function, name", NEVER_NEGATIVE)
def test_what_may_be_0_is_tried_where_it_nearly_is(lab, function, name):
    part = part_of(LABS[lab], function)
    cases = part.cases()
    values = [vars(part.expected(case)) for case in cases]
    floored = [v | {name: np.maximum(0.01, v[name])} for v in values]
    assert judge_values(part, cases, values).passed
    result = judge_values(part, cases, floored)
    assert not result.passed
    (row,) = (row for row in result.rows if row.name == name)
    assert "only where" in row.fact, row


@pytest.mark.parametrize("lab, function, name, value", TRIED)
def test_a_value_that_makes_something_of_no_effect_is_tried(lab, function, name, value):
    given = [case.inputs[name] for case in part_of(LABS[lab], function).cases()]
    assert any(np.any(np.asarray(array) == value) for array in given)


@pytest.mark.parametrize("lab, function, name", ONE_DRAW)
def test_one_draw_is_tried(lab, function, name):
    cases = part_of(LABS[lab], function).cases()
    assert [len(case.inputs[name]) for case in cases].count(1) == 1


@pytest.mark.parametrize("lab, function", [
    ("07", "denoising_loss"), ("16", "corrected_4")])
def test_no_corruption_is_tried(lab, function):
    cases = part_of(LABS[lab], function).cases()
    assert any(np.array_equal(c.inputs["x"], c.inputs["x_noisy"]) for c in cases)


def test_a_gap_of_the_elbo_that_is_never_0_is_told_where_it_is_wrong():
    def gap(x, w, sigma, m, v):
        variance = 1 / (1 + w**2 / sigma**2)
        mean = variance * w * x / sigma**2
        right = 0.5 * (np.log(variance / v) - 1 + (v + (m - mean) ** 2) / variance)
        return np.maximum(least, right)

    for least in -1, 0, 1e-3, 0.05:
        result = result_of(part_of(LABS["09"], "gap"), gap)
        assert result.passed == (least <= 0)
    assert "only where q is the posterior, or nearly, or the prior" in (
        result.rows[0].fact)


def cross(p, q):
    possible = p > 0
    with np.errstate(divide="ignore"):
        return -np.sum(p[possible] * np.log2(q[possible]))


OTHER_WAYS = {  # right, though small numbers are differences of large ones
    ("08", "divergence"): lambda p, q: cross(p, q) - cross(p, p),
    ("05", "pca_error"): lambda eigenvalues, k: (
        np.sum(eigenvalues) - np.cumsum(eigenvalues)[k - 1]),
    ("06", "kl_sparsity"): lambda h, rho: np.sum(
        rho * np.log(rho) + (1 - rho) * np.log(1 - rho)
        - rho * np.log(h.mean(axis=0)) - (1 - rho) * np.log(1 - h.mean(axis=0))),
    ("10", "kl_diagonal"): lambda mu, log_var: -0.5 * (
        mu.shape[1] + (log_var - mu * mu - np.exp(log_var)).sum(axis=1)),
    ("03", "squared_error"): lambda x_hat, x: (
        np.sum(x_hat * x_hat, 1) - 2 * np.sum(x_hat * x, 1) + np.sum(x * x, 1)),
}


@pytest.mark.parametrize("lab, function", OTHER_WAYS)
@pytest.mark.parametrize("seed", range(5))
def test_a_right_answer_by_another_way_is_right_there_too(lab, function, seed):
    result = result_of(part_of(LABS[lab], function), OTHER_WAYS[lab, function], seed)
    assert result.passed, result
