"""Lab 11: reparameterization, z = mu + sigma eps, and with a Cholesky factor."""

import numpy as np

from scratchae.formulas.reparameterization import (
    cholesky_factor_backward,
    cholesky_factor_forward,
    reparameterize_cholesky_backward,
    reparameterize_cholesky_forward,
    reparameterize_diag_backward,
    reparameterize_diag_forward,
)
from scratchae.labs.hypotheses import term_slips, upstream_missing
from scratchae.labs.specification import Lab, Part, Slip, Tensor
from scratchae.labs.specifications.special import first

WHERE = "scratchae.formulas.reparameterization"


def normal(rng, s, *names):
    """Random arrays (n, k)."""
    return {name: rng.normal(size=(s.n, s.k)) for name in names}


def draw_inputs(rng, s):
    return normal(rng, s, "mu", "log_var", "eps")


def draw_upstream(rng, s):
    return normal(rng, s, "dz", "log_var", "eps")


def width(s):
    """Of the factors: wide enough for rows and columns to differ below the diagonal."""
    return s.k + 2


def head_inputs(rng, s):
    """log_var, and what stands below the diagonal, row by row."""
    w = width(s)
    return {"log_var": rng.normal(size=(s.n, w)),
            "lower": rng.normal(size=(s.n, w * (w - 1) // 2))}


def factor(rng, s):
    return cholesky_factor_forward(*head_inputs(rng, s).values())[0]


def full_inputs(rng, s):
    """Means, factors and noise."""
    mu, eps = rng.normal(size=(2, s.n, width(s)))
    return {"mu": mu, "L": factor(rng, s), "eps": eps}


def full_upstream(rng, s):
    """dz and the noise; dz depends on L no more."""
    dz, eps = rng.normal(size=(2, s.n, width(s)))
    return {"dz": dz, "eps": eps}


def factor_upstream(rng, s):
    """A gradient of the factor, a lower triangle, and the factor."""
    dL = np.tril(rng.normal(size=(s.n, width(s), width(s))))
    return {"dL": dL, "L": factor(rng, s)}


def drawn(std):
    return lambda v: v.mu + std(v.log_var) * v.eps


def own_noise(f):
    """Slips of noise that the function draws itself, by a seed that is typed often."""
    def wrong(seed):
        return lambda v: f(v, np.random.default_rng(seed).normal(size=v.eps.shape))

    return tuple(Slip(f"own_noise_{seed}", "eps is drawn anew inside; the given one is "
                      "not used", wrong(seed)) for seed in (0, 1, 42))


DRAW = Part(
    "sample", draw_inputs, solution=f"{WHERE}.reparameterize_diag_forward",
    more=(("where an image has no noise", first(draw_inputs, eps=0)),),
    tensors=(Tensor(
        "z", lambda v: reparameterize_diag_forward(v.mu, v.log_var, v.eps)[0], (
            *term_slips({
                "mean": ("the mean", lambda v: v.mu),
                "noise": ("the noise", lambda v: np.exp(v.log_var / 2) * v.eps),
            }, skip=("mean_missing", "noise_missing")),
            Slip("std_is_variance", "sigma^2 = exp(log_var) stands where sigma belongs",
                 drawn(np.exp)),
            Slip("std_is_log_var", "log_var itself stands for sigma",
                 drawn(np.asarray)),
            Slip("log_sigma_for_std", "log_var / 2 itself stands for sigma: exp is "
                 "missing", drawn(lambda v: v / 2)),
            Slip("std_is_one", "sigma is missing", drawn(np.ones_like)),
            Slip("std_is_softplus", "softplus of log_var stands for sigma",
                 drawn(lambda v: np.logaddexp(0, v))),
            Slip("swapped", "mu and sigma have changed places",
                 lambda v: np.exp(v.log_var / 2) + v.mu * v.eps),
            Slip("one_noise", "the first image's eps is used for all",
                 lambda v: v.mu + np.exp(v.log_var / 2) * v.eps[:1]),
            *own_noise(lambda v, eps: v.mu + np.exp(v.log_var / 2) * eps),
            Slip("no_noise", "z is the mean: the noise is missing",
                 drawn(np.zeros_like)),
            Slip("noise_only", "the mean is missing",
                 lambda v: np.exp(v.log_var / 2) * v.eps),
            Slip("precision", "divided by sigma, where a product belongs",
                 drawn(lambda v: np.exp(-v / 2))),
            Slip("sigma_on_both", "sigma multiplies the mean too",
                 lambda v: np.exp(v.log_var / 2) * (v.mu + v.eps)),
        )),),
)


def of_draw(which):
    def right(v):
        _, cache = reparameterize_diag_forward(np.zeros_like(v.dz), v.log_var, v.eps)
        return reparameterize_diag_backward(v.dz, cache)[which]

    return right


def sigma(v):
    return np.exp(v.log_var / 2)


DRAW_BACKWARD = Part(
    "sample_backward", draw_upstream, points=2, returns=("dmu", "dlog_var"),
    more=(("where an image has no noise", first(draw_upstream, eps=0)),),
    solution=f"{WHERE}.reparameterize_diag_backward",
    tensors=(
        Tensor("dlog_var", of_draw(1), (
            Slip("half_missing", "the 1/2 of the standard deviation is forgotten",
                 lambda v: sigma(v) * v.eps * v.dz),
            Slip("std_is_variance", "sigma^2 stands where sigma belongs",
                 lambda v: 0.5 * np.exp(v.log_var) * v.eps * v.dz),
            Slip("of_wrong_sampler", "that is the derivative of a sampler with "
                 "sigma = exp(log_var)", lambda v: np.exp(v.log_var) * v.eps * v.dz),
            Slip("sigma_missing", "sigma is missing", lambda v: 0.5 * v.eps * v.dz),
            Slip("in_sigma", "that is the derivative in sigma, not in log_var",
                 lambda v: v.eps * v.dz),
            Slip("noise_missing", "eps is missing", lambda v: 0.5 * sigma(v) * v.dz),
            upstream_missing(of_draw(1), "dz"),
            Slip("past_sigma", "dz itself: the way through sigma is missing",
                 lambda v: v.dz),
        )),
        Tensor("dmu", of_draw(0), (
            upstream_missing(of_draw(0), "dz"),
            Slip("times_sigma", "multiplied by sigma, which belongs to the noise",
                 lambda v: sigma(v) * v.dz),
            Slip("times_noise", "multiplied by eps", lambda v: v.eps * v.dz),
        )),
    ),
)


def right_factor(v):
    return cholesky_factor_forward(v.log_var, v.lower)[0]


def with_diagonal(values, lower=True):
    """A factor with other numbers on its diagonal."""
    def wrong(v):
        L = right_factor(v)
        j = np.arange(L.shape[1])
        L = L if lower else 0 * L
        L[:, j, j] = values(v.log_var)
        return L

    return wrong


def by_columns(v):
    """What stands below the diagonal, filled in down the columns."""
    L = with_diagonal(lambda log_var: np.exp(log_var / 2), lower=False)(v)
    columns, rows = np.triu_indices(L.shape[1], 1)
    L[:, rows, columns] = v.lower
    return L


FACTOR = Part(
    "cholesky_factor", head_inputs, solution=f"{WHERE}.cholesky_factor_forward",
    points=2,
    tensors=(Tensor("L", right_factor, (
        Slip("diagonal_is_variance", "the diagonal has sigma^2, where sigma belongs",
             with_diagonal(np.exp)),
        Slip("diagonal_is_log_var", "the diagonal is log_var itself: it may be "
             "negative", with_diagonal(np.asarray)),
        Slip("diagonal_is_log_sigma", "the diagonal is log_var / 2: exp is missing",
             with_diagonal(lambda log_var: log_var / 2)),
        Slip("diagonal_is_one", "the diagonal is 1", with_diagonal(np.ones_like)),
        Slip("diagonal_missing", "the diagonal is missing",
             with_diagonal(np.zeros_like)),
        Slip("lower_missing", "what stands below the diagonal is missing",
             with_diagonal(lambda log_var: np.exp(log_var / 2), lower=False)),
        Slip("by_columns", "filled in column by column, not row by row", by_columns),
        Slip("upper", "an upper triangle, not a lower one: transposed",
             lambda v: np.swapaxes(right_factor(v), 1, 2)),
        Slip("covariance", "that is the covariance L L^T, not its factor",
             lambda v: right_factor(v) @ np.swapaxes(right_factor(v), 1, 2)),
    )),),
)


def mixed_noise(v):
    return np.einsum("nij,nj->ni", v.L, v.eps)


def mixed(subscripts):
    return lambda v: v.mu + np.einsum(subscripts, v.L, v.eps)


FULL = Part(
    "sample_full", full_inputs, solution=f"{WHERE}.reparameterize_cholesky_forward",
    tensors=(Tensor(
        "z", lambda v: reparameterize_cholesky_forward(v.mu, v.L, v.eps)[0], (
            *term_slips({
                "mean": ("the mean", lambda v: v.mu),
                "noise": ("the noise", mixed_noise),
            }, skip=("mean_missing", "noise_missing")),
            Slip("factor_transposed", "the factor is transposed: eps L for eps L^T",
                 mixed("nji,nj->ni")),
            Slip("diagonal_only", "only the factor's diagonal is used",
                 mixed("njj,nj->nj")),
            Slip("covariance", "multiplied by the covariance L L^T, not by its factor",
                 lambda v: v.mu + np.einsum("nij,nkj,nk->ni", v.L, v.L, v.eps)),
            Slip("no_noise", "z is the mean: the noise is missing", lambda v: v.mu),
            Slip("noise_only", "the mean is missing", mixed_noise),
            Slip("one_factor", "the first image's factor is used for all",
                 lambda v: v.mu + v.eps @ v.L[0].T),
        )),),
)


def of_full(which):
    return lambda v: reparameterize_cholesky_backward(v.dz, v.eps)[which]


FULL_BACKWARD = Part(
    "sample_full_backward", full_upstream, points=2, returns=("dmu", "dL"),
    solution=f"{WHERE}.reparameterize_cholesky_backward",
    tensors=(
        Tensor("dL", of_full(1), (
            Slip("not_lower", "the upper triangle of a factor is not free: it has no "
                 "gradient", lambda v: v.dz[:, :, None] * v.eps[:, None, :]),
            Slip("swapped", "rows and columns are swapped: eps^T dz",
                 lambda v: np.tril(v.eps[:, :, None] * v.dz[:, None, :])),
            Slip("upper", "the upper triangle is kept, not the lower one",
                 lambda v: np.triu(v.dz[:, :, None] * v.eps[:, None, :])),
            Slip("diagonal_lost", "the diagonal is cut off with the upper triangle",
                 lambda v: np.tril(v.dz[:, :, None] * v.eps[:, None, :], -1)),
            Slip("over_batch", "summed over the batch: each image has its own factor",
                 lambda v: np.tril(v.dz.T @ v.eps)),
        )),
        Tensor("dmu", of_full(0), (
            upstream_missing(of_full(0), "dz"),
            Slip("times_noise", "multiplied by eps", lambda v: v.eps * v.dz),
        )),
    ),
)


def diagonal(L):
    return np.einsum("njj->nj", L)


def of_factor(which):
    return lambda v: cholesky_factor_backward(v.dL, v.L)[which]


FACTOR_BACKWARD = Part(
    "cholesky_factor_backward", factor_upstream, points=2,
    returns=("dlog_var", "dlower"), solution=f"{WHERE}.cholesky_factor_backward",
    tensors=(
        Tensor("dlog_var", of_factor(0), (
            Slip("half_missing", "the 1/2 of the standard deviation is forgotten",
                 lambda v: diagonal(v.L) * diagonal(v.dL)),
            Slip("past_exp", "the gradient of the diagonal itself: exp is skipped",
                 lambda v: diagonal(v.dL)),
            Slip("sigma_missing", "the slope of exp is missing, which is L_jj",
                 lambda v: 0.5 * diagonal(v.dL)),
            Slip("variance", "sigma^2 stands where sigma belongs",
                 lambda v: 0.5 * diagonal(v.L) ** 2 * diagonal(v.dL)),
            upstream_missing(of_factor(0), "dL"),
        )),
        Tensor("dlower", of_factor(1), (
            Slip("by_columns", "read column by column, not row by row",
                 lambda v: np.swapaxes(v.dL, 1, 2)[
                     (slice(None), *np.triu_indices(v.L.shape[1], 1))]),
            Slip("with_diagonal", "the diagonal is read too: it has its own parameter",
                 lambda v: v.dL[(slice(None), *np.tril_indices(v.L.shape[1]))]),
        )),
    ),
)

LAB = Lab("11", "reparameterization", "09_reparameterization",
          (DRAW, DRAW_BACKWARD, FACTOR, FULL, FULL_BACKWARD, FACTOR_BACKWARD))
