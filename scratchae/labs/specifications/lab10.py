"""Lab 10: the divergence between Gaussians, diagonal and then with any covariance."""

import numpy as np

from scratchae.formulas.divergences import (
    kl_diag_gaussian_backward,
    kl_diag_gaussian_forward,
)
from scratchae.formulas.gaussian_divergence import (
    kl_gaussian_backward,
    kl_gaussian_forward,
    kl_standard_gaussian_backward,
)
from scratchae.labs.hypotheses import term_slips, upstream_missing
from scratchae.labs.specification import Lab, Part, Slip, Tensor
from scratchae.labs.specifications.special import first, upstream

DIAGONAL = "scratchae.formulas.divergences"
FULL = "scratchae.formulas.gaussian_divergence"


def head_inputs(rng, s):
    """What an encoder gives: no mean is 0, and no log_var."""
    return {"mu": rng.normal(size=(s.n, s.k)), "log_var": rng.normal(size=(s.n, s.k))}


def factor(rng, s):
    """Lower triangles (n, k, k) with a positive diagonal."""
    L = np.tril(0.4 * rng.normal(size=(s.n, s.k, s.k)), -1)
    return L + np.eye(s.k) * rng.uniform(0.6, 1.8, (s.n, 1, s.k))


def pair_inputs(rng, s):
    """Two Gaussians for each image."""
    return {"mu0": rng.normal(size=(s.n, s.k)), "L0": factor(rng, s),
            "mu1": rng.normal(size=(s.n, s.k)), "L1": factor(rng, s)}


def prior_inputs(rng, s):
    """One Gaussian for each image, whose divergence from N(0, I) is meant."""
    return {"d_kl": rng.normal(size=s.n), "mu": rng.normal(size=(s.n, s.k)),
            "L": factor(rng, s)}


NOT_LOWER = "the upper triangle of a factor is not free: it has no gradient"
PRIOR = "where q is the prior in an image"
head_0 = first(head_inputs, mu=0, log_var=0)
pair_0 = first(pair_inputs, mu1=lambda v: v["mu0"][0], L1=lambda v: v["L0"][0])


def terms(v):
    """mu^2, sigma^2 and log_var summed over the code units, and their number."""
    return (np.sum(v.mu**2, axis=1), np.sum(np.exp(v.log_var), axis=1),
            np.sum(v.log_var, axis=1), v.mu.shape[1])


def of_terms(formula):
    return lambda v: formula(*terms(v))


KL = Part(
    "kl_diagonal", head_inputs, solution=f"{DIAGONAL}.kl_diag_gaussian_forward",
    more=((PRIOR, head_0),),
    tensors=(Tensor("kl", lambda v: kl_diag_gaussian_forward(v.mu, v.log_var)[0], (
        *term_slips({
            "mean": ("the term of the means", of_terms(lambda m, s, logs, k: m / 2)),
            "variance": ("sigma^2", of_terms(lambda m, s, logs, k: s / 2)),
            "log": ("the logarithm", of_terms(lambda m, s, logs, k: -logs / 2)),
            "constant": ("the constant", of_terms(lambda m, s, logs, k: -k / 2)),
        }),
        Slip("constant", "a constant is wrong: it stands once, not for each code unit",
             of_terms(lambda m, s, logs, k: 0.5 * (m + s - logs - 1))),
        Slip("log_var_for_std", "log_var is read as the logarithm of sigma",
             lambda v: kl_diag_gaussian_forward(v.mu, 2 * v.log_var)[0]),
        Slip("sigma_for_variance", "sigma stands where sigma^2 belongs",
             lambda v: 0.5 * np.sum(v.mu**2 + np.expm1(v.log_var / 2) - v.log_var,
                                    axis=1)),
        Slip("swapped", "the divergence the other way round: of N(0, I) from q",
             lambda v: 0.5 * np.sum((v.mu**2 + 1) / np.exp(v.log_var) - 1 + v.log_var,
                                    axis=1)),
        Slip("mean_not_squared", "mu is not squared", lambda v: 0.5 * np.sum(
            v.mu + np.expm1(v.log_var) - v.log_var, axis=1)),
        Slip("averaged", "averaged over the code units, not summed",
             of_terms(lambda m, s, logs, k: 0.5 * (m + s - logs - k) / k)),
        Slip("batch", "summed over the batch, not over the code units",
             lambda v: 0.5 * np.sum(v.mu**2 + np.expm1(v.log_var) - v.log_var,
                                    axis=0)),
    )),),
)


def of_kl(which):
    """dmu or dlog_var by the library."""
    return lambda v: kl_diag_gaussian_backward(
        v.d_kl, kl_diag_gaussian_forward(v.mu, v.log_var)[1])[which]


def on_rows(array):
    return array[:, None]


KL_BACKWARD = Part(
    "kl_diagonal_backward", upstream("d_kl", head_inputs), points=2,
    returns=("dmu", "dlog_var"), more=((PRIOR, upstream("d_kl", head_0)),),
    solution=f"{DIAGONAL}.kl_diag_gaussian_backward",
    tensors=(
        Tensor("dlog_var", of_kl(1), (
            *term_slips({
                "variance": ("the derivative of sigma^2", lambda v: 0.5
                             * np.exp(v.log_var) * on_rows(v.d_kl)),
                "one": ("the derivative of -log_var", lambda v: -0.5
                        * np.ones_like(v.mu) * on_rows(v.d_kl)),
            }),
            upstream_missing(of_kl(1), "d_kl"),
            Slip("in_log_sigma", "that is the derivative in log sigma, not in log_var",
                 lambda v: np.expm1(v.log_var) * on_rows(v.d_kl)),
            Slip("in_sigma", "that is the derivative in sigma, not in log_var",
                 lambda v: 2 * np.sinh(v.log_var / 2) * on_rows(v.d_kl)),
            Slip("in_variance", "that is the derivative in sigma^2, not in log_var",
                 lambda v: 0.5 * (1 - np.exp(-v.log_var)) * on_rows(v.d_kl)),
            Slip("sigma_for_variance", "sigma stands where sigma^2 belongs",
                 lambda v: 0.5 * np.expm1(v.log_var / 2) * on_rows(v.d_kl)),
            Slip("log_var_for_std", "log_var is read as the logarithm of sigma",
                 lambda v: np.expm1(2 * v.log_var) * on_rows(v.d_kl)),
        )),
        Tensor("dmu", of_kl(0), (
            upstream_missing(of_kl(0), "d_kl"),
            Slip("ones_for_mu", "mu itself is missing: the upstream gradient alone",
                 lambda v: np.ones_like(v.mu) * on_rows(v.d_kl)),
            Slip("divided_by_variance", "mu is divided by sigma^2, as if q were below",
                 lambda v: v.mu * np.exp(-v.log_var) * on_rows(v.d_kl)),
        )),
    ),
)


def pieces(v):
    """|A|^2, |m|^2, the two sums of logarithms, and k."""
    A = np.linalg.solve(v.L1, v.L0)
    m = np.linalg.solve(v.L1, (v.mu1 - v.mu0)[:, :, None])
    logs = (np.sum(np.log(np.einsum("njj->nj", L)), axis=1) for L in (v.L0, v.L1))
    return (np.sum(A**2, axis=(1, 2)), np.sum(m**2, axis=(1, 2)), *logs,
            v.mu0.shape[1])


def of_pieces(formula):
    return lambda v: formula(*pieces(v))


PAIR = Part(
    "kl_gaussian", pair_inputs, points=3, solution=f"{FULL}.kl_gaussian_forward",
    more=(("where both are the same in an image", pair_0),),
    tensors=(Tensor("kl", lambda v: kl_gaussian_forward(v.mu0, v.L0, v.mu1, v.L1)[0], (
        *term_slips({
            "trace": ("the trace", of_pieces(lambda a, m, l0, l1, k: a / 2)),
            "means": ("the distance of the means",
                      of_pieces(lambda a, m, l0, l1, k: m / 2)),
            "k": ("the number of dimensions", of_pieces(
                lambda a, m, l0, l1, k: -k / 2)),
            "log_det": ("the part of the determinants",
                        of_pieces(lambda a, m, l0, l1, k: l1 - l0)),
        }),
        Slip("trace_of_A", "the trace of A stands where the sum of its squares belongs",
             lambda v: kl_gaussian_forward(v.mu0, v.L0, v.mu1, v.L1)[0] + 0.5 * (
                 np.einsum("njj->n", A_of(v)) - pieces(v)[0])),
        Slip("log_sum", "the determinants are multiplied: one of them divides",
             of_pieces(lambda a, m, l0, l1, k: 0.5 * (a + m - k) + l1 + l0)),
        Slip("swapped", "the divergence the other way round",
             lambda v: kl_gaussian_forward(v.mu1, v.L1, v.mu0, v.L0)[0]),
        Slip("means_by_S0", "the distance of the means is measured by S0, not S1",
             lambda v: _with_distance(v, v.L0)),
        Slip("means_unscaled", "the distance of the means is not measured by S1",
             lambda v: _with_distance(v, np.broadcast_to(np.eye(v.L0.shape[1]),
                                                         v.L0.shape))),
    )),),
)


def _with_distance(v, L):
    """The divergence, the distance of the means measured by another factor."""
    a, _, l0, l1, k = pieces(v)
    m = np.linalg.solve(L, (v.mu1 - v.mu0)[:, :, None])
    return 0.5 * (a + np.sum(m**2, axis=(1, 2)) - k) + l1 - l0


def of_prior(which):
    return lambda v: kl_standard_gaussian_backward(v.d_kl, (v.mu, v.L, None))[which]


def scaled(v):
    return v.d_kl[:, None, None]


def inverse_diagonal(L):
    return np.eye(L.shape[-1]) / np.einsum("njj->nj", L)[:, :, None]


PRIOR_BACKWARD = Part(
    "kl_prior_backward", prior_inputs, points=2, returns=("dmu", "dL"),
    more=((PRIOR, first(prior_inputs, mu=0, L=lambda v: np.eye(v["L"].shape[1]))),),
    solution=f"{FULL}.kl_standard_gaussian_backward",
    tensors=(
        Tensor("dL", of_prior(1), (
            upstream_missing(of_prior(1), "d_kl"),
            Slip("log_missing", "the logarithm's derivative is missing",
                 lambda v: v.L * scaled(v)),
            Slip("inverse", "the inverse of the whole factor, where only its diagonal "
                 "has a logarithm", lambda v: (v.L - np.linalg.inv(v.L)) * scaled(v)),
            Slip("inverse_transposed", "the inverse of the whole factor, transposed, "
                 "where only its diagonal has a logarithm",
                 lambda v: (v.L - np.swapaxes(np.linalg.inv(v.L), 1, 2)) * scaled(v)),
            Slip("log_sign", "the logarithm enters with the wrong sign",
                 lambda v: (v.L + inverse_diagonal(v.L)) * scaled(v)),
            Slip("inverse_squared", "the derivative of the logarithm is squared",
                 lambda v: (v.L - inverse_diagonal(v.L) ** 2) * scaled(v)),
            Slip("identity", "1 stands where 1 / L_jj belongs",
                 lambda v: (v.L - np.eye(v.L.shape[1])) * scaled(v)),
        )),
        Tensor("dmu", of_prior(0), (upstream_missing(of_prior(0), "d_kl"),)),
    ),
)


def of_pair(which):
    return lambda v: kl_gaussian_backward(
        v.d_kl, kl_gaussian_forward(v.mu0, v.L0, v.mu1, v.L1)[1])[which]


def whitened(v):
    """m : (n, k), the distance of the means in units of the second factor."""
    return np.linalg.solve(v.L1, (v.mu1 - v.mu0)[:, :, None])[:, :, 0]


def back(v, X):
    """L1^-T X."""
    return np.linalg.solve(np.swapaxes(v.L1, 1, 2), X)


def A_of(v):
    return np.linalg.solve(v.L1, v.L0)


def outer(a):
    return a[:, :, None] * a[:, None, :]


def squares(v):
    """A A^T + m^T m."""
    A = A_of(v)
    return A @ np.swapaxes(A, 1, 2) + outer(whitened(v))


PAIR_BACKWARD = Part(
    "kl_gaussian_backward", upstream("d_kl", pair_inputs), points=4,
    more=(("where both are the same in an image", upstream("d_kl", pair_0)),),
    returns=("dmu0", "dL0", "dmu1", "dL1"), solution=f"{FULL}.kl_gaussian_backward",
    tensors=(
        Tensor("dmu1", of_pair(2), (
            upstream_missing(of_pair(2), "d_kl"),
            Slip("one_factor", "one of two factors is missing: m itself",
                 lambda v: whitened(v) * on_rows(v.d_kl)),
        )),
        Tensor("dmu0", of_pair(0), (upstream_missing(of_pair(0), "d_kl"),)),
        Tensor("dL0", of_pair(1), (
            upstream_missing(of_pair(1), "d_kl"),
            Slip("not_lower", NOT_LOWER, lambda v: (
                back(v, A_of(v)) - inverse_diagonal(v.L0)) * scaled(v)),
            Slip("log_missing", "the logarithm's derivative is missing",
                 lambda v: np.tril(back(v, A_of(v))) * scaled(v)),
            Slip("one_factor", "one of two factors is missing: A itself",
                 lambda v: (np.tril(A_of(v)) - inverse_diagonal(v.L0)) * scaled(v)),
        )),
        Tensor("dL1", of_pair(3), (
            upstream_missing(of_pair(3), "d_kl"),
            Slip("not_lower", NOT_LOWER, lambda v: (
                inverse_diagonal(v.L1) - back(v, squares(v))) * scaled(v)),
            Slip("log_missing", "the logarithm's derivative is missing",
                 lambda v: -np.tril(back(v, squares(v))) * scaled(v)),
            Slip("means_missing", "the distance of the means depends on L1 too",
                 lambda v: (inverse_diagonal(v.L1) - np.tril(back(
                     v, A_of(v) @ np.swapaxes(A_of(v), 1, 2)))) * scaled(v)),
            Slip("trace_missing", "the trace depends on L1 too",
                 lambda v: (inverse_diagonal(v.L1)
                            - np.tril(back(v, outer(whitened(v))))) * scaled(v)),
        )),
    ),
)

LAB = Lab("10", "the divergence between Gaussians", "08_gaussian_kl",
          (KL, KL_BACKWARD, PAIR, PRIOR_BACKWARD, PAIR_BACKWARD))
