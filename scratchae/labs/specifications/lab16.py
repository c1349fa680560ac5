"""Lab 16: five programs that pass the gradient check, and are wrong.

The programs stand in the student's file; the slips here are their answers, and those of
somebody who has corrected one half of them.
"""

import numpy as np

from scratchae.exact import LinearGaussian
from scratchae.formulas.divergences import (
    kl_diag_gaussian_backward,
    kl_diag_gaussian_forward,
)
from scratchae.formulas.importance import log_mean_exp_forward
from scratchae.formulas.losses import squared_error_backward, squared_error_forward
from scratchae.formulas.penalties import kl_sparsity_backward, kl_sparsity_forward
from scratchae.formulas.reparameterization import (
    reparameterize_diag_backward,
    reparameterize_diag_forward,
)
from scratchae.labs.specification import Lab, Part, Slip, Tensor
from scratchae.labs.specifications import lab06
from scratchae.labs.specifications.lab14 import SPECIAL, shares, weight_inputs
from scratchae.labs.specifications.special import at_target, but, first

STILL = "the program as it was: the mistake is still there"
PRIOR = "where q is the prior in an image"
HALF = "the gradient of the program as it was"


def still(wrong):
    return Slip("still_there", STILL, wrong)


def half(wrong):
    return Slip("old_gradient", HALF, wrong)


def bound_inputs(rng, s):
    x, eps, m, log_v = rng.normal(size=(4, s.n))
    return {"x": 2 * x, "eps": eps, "w": float(rng.uniform(1.2, 2)),
            "sigma": float(rng.uniform(0.5, 0.9)), "m": m, "log_v": log_v - 1}


def drawn(v):
    """z, and what the sampler keeps for the way back."""
    columns = (array[:, None] for array in (v.m, v.log_v, v.eps))
    z, noise = reparameterize_diag_forward(*columns)
    return z, noise


def kl_of(v):
    return kl_diag_gaussian_forward(v.m[:, None], v.log_v[:, None])


def bound(v, z):
    recon = LinearGaussian(v.w, 0, v.sigma).log_conditional(v.x[:, None], z)
    return recon - kl_of(v)[0]


def slopes(v, z, back):
    """dm and dlog_v, by the sampler's way back."""
    dz = v.w * (v.x[:, None] - v.w * z) / v.sigma**2
    of_kl = kl_diag_gaussian_backward(-np.ones(len(v.x)), kl_of(v)[1])
    return [(path + direct)[:, 0] for path, direct in
            zip(back(dz), of_kl, strict=True)]


def right_slopes(v):
    z, noise = drawn(v)
    return slopes(v, z, lambda dz: reparameterize_diag_backward(dz, noise))


def wide(v):
    """z with the variance in place of the standard deviation."""
    return (v.m + np.exp(v.log_v) * v.eps)[:, None]


def wide_slopes(v, z):
    noise = (np.exp(v.log_v) * v.eps)[:, None]
    return slopes(v, z, lambda dz: (dz, noise * dz))


BOUND = Part(
    "corrected_1", bound_inputs, points=3, returns=("elbo", "dm", "dlog_v"),
    more=((PRIOR, first(bound_inputs, m=0, log_v=0)),),
    solution="scratchae.formulas.reparameterization.reparameterize_diag_forward",
    tensors=(
        Tensor("elbo", lambda v: bound(v, drawn(v)[0]), (
            still(lambda v: bound(v, wide(v))),
            Slip("loss", "that is the loss, the bound's negative",
                 lambda v: -bound(v, drawn(v)[0])),
            Slip("no_noise", "the noise is gone altogether",
                 lambda v: bound(v, v.m[:, None])),
            Slip("kl_added", "the divergence was right: it is subtracted",
                 lambda v: bound(v, drawn(v)[0]) + 2 * kl_of(v)[0]),
        )),
        Tensor("dm", lambda v: right_slopes(v)[0], (
            half(lambda v: wide_slopes(v, wide(v))[0]),
        )),
        Tensor("dlog_v", lambda v: right_slopes(v)[1], (
            half(lambda v: wide_slopes(v, wide(v))[1]),
            Slip("half_missing", "the 1/2 of the standard deviation is forgotten",
                 lambda v: slopes(v, drawn(v)[0], lambda dz: (
                     dz, drawn(v)[1] * dz))[1]),
            Slip("old_std", "the 1/2 is there, and the old standard deviation too",
                 lambda v: slopes(v, wide(v), lambda dz: (
                     dz, 0.5 * (wide(v) - v.m[:, None]) * dz))[1]),
            Slip("old_noise", "the old standard deviation on the way back",
                 lambda v: wide_slopes(v, drawn(v)[0])[1]),
        )),
    ),
)


def head_inputs(rng, s):
    return {"mu": rng.normal(size=(s.n, s.k)), "log_var": rng.normal(size=(s.n, s.k))}


def divergence(v):
    return kl_diag_gaussian_forward(v.mu, v.log_var)


def of_divergence(which):
    return lambda v: kl_diag_gaussian_backward(np.ones(len(v.mu)),
                                               divergence(v)[1])[which]


DIVERGENCE = Part(
    "corrected_2", head_inputs, points=2, returns=("kl", "dmu", "dlog_var"),
    more=((PRIOR, first(head_inputs, mu=0, log_var=0)),),
    solution="scratchae.formulas.divergences.kl_diag_gaussian_forward",
    tensors=(
        Tensor("kl", lambda v: divergence(v)[0], (
            still(lambda v: 2 * divergence(v)[0]),
            Slip("halved_once_only", "the 1/2 is at one term, and belongs to all",
                 lambda v: divergence(v)[0] + 0.5 * np.sum(
                     np.expm1(v.log_var) - v.log_var, axis=1)),
            Slip("averaged", "averaged over the code units: a sum was right",
                 lambda v: 2 * divergence(v)[0] / v.mu.shape[1]),
        )),
        Tensor("dmu", of_divergence(0), (half(lambda v: 2 * v.mu),)),
        Tensor("dlog_var", of_divergence(1), (half(lambda v: np.expm1(v.log_var)),)),
    ),
)


WEIGHTED = Part(
    "corrected_3", weight_inputs, points=2, returns=("bound", "dlog_w"),
    solution="scratchae.formulas.importance.log_mean_exp_forward",
    more=SPECIAL,
    tensors=(
        Tensor("bound", lambda v: log_mean_exp_forward(v.log_w)[0], (
            still(lambda v: v.log_w.mean(axis=0)),
            Slip("loss", "that is the loss, the bound's negative",
                 lambda v: -log_mean_exp_forward(v.log_w)[0]),
            Slip("sum", "summed over the draws, not averaged",
                 lambda v: log_mean_exp_forward(v.log_w)[0] + np.log(len(v.log_w))),
            Slip("largest", "the largest weight alone", lambda v: v.log_w.max(axis=0)),
        )),
        Tensor("dlog_w", shares, (
            half(lambda v: np.ones(v.log_w.shape) / len(v.log_w)),
            Slip("not_normalised", "the weights are not normalised",
                 lambda v: np.exp(v.log_w)),
            Slip("over_K", "divided by the number of draws once more",
                 lambda v: shares(v) / len(v.log_w)),
        )),
    ),
)


def denoiser_inputs(rng, s):
    x = rng.normal(size=(s.n, s.d))
    return {"x": x, "x_noisy": x + rng.normal(size=x.shape),
            "W": rng.normal(size=(s.d, s.h)), "V": rng.normal(size=(s.h, s.d))}


def copied(v, fed="x_noisy", target="x"):
    """Loss, dW and dV for an input and a target."""
    given, n = getattr(v, fed), len(v.x)
    losses, residual = squared_error_forward(given @ v.W @ v.V, getattr(v, target))
    dx_hat = squared_error_backward(np.full(n, 1 / n), residual)
    return losses.mean(), given.T @ (dx_hat @ v.V.T), (given @ v.W).T @ dx_hat


def of_denoiser(which, **changed):
    return lambda v: copied(v, **changed)[which]


DENOISER = Part(
    "corrected_4", denoiser_inputs, points=2, returns=("loss", "dW", "dV"),
    more=(("where nothing is corrupted", but(denoiser_inputs,
                                             x_noisy=lambda v: v["x"])),),
    solution="scratchae.networks.denoising.DenoisingNetwork.loss",
    tensors=tuple(
        Tensor(name, of_denoiser(which), (
            still(of_denoiser(which, target="x_noisy")),
            Slip("no_noise", "the clean image is fed: then nothing is denoised",
                 of_denoiser(which, fed="x")),
            Slip("swapped", "clean and noisy are exchanged: the noise is learned",
                 of_denoiser(which, fed="x", target="x_noisy")),
        ))
        for which, name in enumerate(("loss", "dW", "dV"))
    ),
)


def code_inputs(rng, s):
    return {"h": rng.uniform(0.05, 0.95, (s.n, s.k)),
            "rho": float(rng.uniform(0.1, 0.3))}


def of_mean(v, formula):
    """A gradient that is the same for all images : formula(rho, rho_hat)."""
    return np.ones(v.h.shape) * formula(v.rho, v.h.mean(axis=0)) / len(v.h)


def swapped(v):
    """The divergence the other way round."""
    return lab06.divergence(v.h.mean(axis=0), v.rho).sum()


SPARSE = Part(
    "corrected_5", code_inputs, points=2, returns=("penalty", "dh"),
    more=(("where units are as active as they should be, or nearly",
           at_target(code_inputs)),),
    solution="scratchae.formulas.penalties.kl_sparsity_forward",
    tensors=(
        Tensor("penalty", lambda v: kl_sparsity_forward(v.h, v.rho)[0], (
            still(swapped),
            Slip("symmetric", "both directions added: the first one alone is wanted",
                 lambda v: swapped(v) + kl_sparsity_forward(v.h, v.rho)[0]),
            Slip("averaged", "averaged over the units: a sum was right",
                 lambda v: kl_sparsity_forward(v.h, v.rho)[0] / v.h.shape[1]),
            Slip("heads_only", "one side of the coin is missing", lambda v: np.sum(
                v.rho * np.log(v.rho / v.h.mean(axis=0)))),
        )),
        Tensor("dh", lambda v: kl_sparsity_backward(
            1.0, kl_sparsity_forward(v.h, v.rho)[1]), (
                half(lambda v: of_mean(v, lambda rho, r: np.log(r / rho)
                                       - np.log((1 - r) / (1 - rho)))),
                Slip("not_averaged", "each image moves the mean by 1/n only",
                     lambda v: len(v.h) * of_mean(v, lab06.slope)),
                Slip("heads_only", "one side of the coin is missing",
                     lambda v: of_mean(v, lambda rho, r: -rho / r)),
            )),
    ),
)


LAB = Lab("16", "find the bug", "10_vae",
          (BOUND, DIVERGENCE, WEIGHTED, DENOISER, SPARSE))
