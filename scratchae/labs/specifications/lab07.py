"""Lab 07: denoising, from the corruption to the score."""

import numpy as np

from scratchae.formulas.corruption import add_gaussian_noise, mask
from scratchae.formulas.wiener import denoising_error, wiener_denoiser
from scratchae.labs.hypotheses import (
    bias_slips,
    changed,
    slope_slips,
    term_slips,
    weight_slips,
)
from scratchae.labs.specification import Lab, Part, Slip, Tensor
from scratchae.labs.specifications.special import but, nearly


def mask_inputs(rng, s):
    """No uniform number is the fraction itself."""
    return {"x": rng.uniform(0.1, 1, (s.n, s.d)), "uniform": rng.random((s.n, s.d)),
            "fraction": float(rng.uniform(0.25, 0.45))}


def noise_inputs(rng, s):
    return {"x": rng.random((s.n, s.d)), "normal": rng.normal(size=(s.n, s.d)),
            "sigma": float(rng.uniform(0.3, 0.8))}


MASK = Part(
    "mask_noise", mask_inputs, solution="scratchae.formulas.corruption.mask",
    more=(("where nothing is hidden", but(mask_inputs, fraction=0.0)),
          ("where all is hidden", but(mask_inputs, fraction=1.0))),
    tensors=(Tensor("x_noisy", lambda v: mask(v.x, v.uniform, v.fraction), (
        Slip("other_share", "the other share is hidden: 1 - fraction of the pixels",
             lambda v: np.where(v.uniform < v.fraction, v.x, 0)),
        Slip("white", "hidden pixels become 1, not 0",
             lambda v: np.where(v.uniform < v.fraction, 1, v.x)),
        Slip("rescaled", "what stays is scaled up, as dropout does",
             lambda v: mask(v.x, v.uniform, v.fraction) / (1 - v.fraction)),
        Slip("same_pixels", "the same pixels are hidden in all images",
             lambda v: np.where(v.uniform[:1] < v.fraction, 0, v.x)),
        Slip("whole_images", "whole images are hidden, not single pixels",
             lambda v: np.where(v.uniform[:, :1] < v.fraction, 0, v.x)),
        Slip("random_pixels", "hidden pixels get the uniform numbers, not 0",
             lambda v: np.where(v.uniform < v.fraction, v.uniform, v.x)),
    )),),
)

NOISE = Part(
    "gaussian_noise", noise_inputs,
    more=(("where sigma is 0", but(noise_inputs, sigma=0.0)),),
    solution="scratchae.formulas.corruption.add_gaussian_noise",
    tensors=(Tensor("x_noisy", lambda v: add_gaussian_noise(v.x, v.normal, v.sigma), (
        *term_slips({
            "image": ("the image", lambda v: v.x),
            "noise": ("the noise", lambda v: v.sigma * v.normal),
        }, skip=("image_missing",)),
        Slip("variance", "sigma^2 stands where sigma belongs",
             lambda v: v.x + v.sigma**2 * v.normal),
        Slip("root", "a square root too many: sigma is the standard deviation",
             lambda v: v.x + v.sigma**0.5 * v.normal),
        Slip("clipped", "cut off at 0 and 1: the noise is normal no more",
             lambda v: np.clip(v.x + v.sigma * v.normal, 0, 1)),
        Slip("multiplied", "the noise is multiplied with the pixels",
             lambda v: v.x * (1 + v.sigma * v.normal)),
        Slip("noise_only", "the image is missing", lambda v: v.sigma * v.normal),
        Slip("unscaled", "sigma is missing", lambda v: v.x + v.normal),
        Slip("one_noise", "the same noise for all images",
             lambda v: v.x + v.sigma * v.normal[:1]),
    )),),
)


def loss_inputs(rng, s):
    """Some pixels are corrupted and some are not; copies are near neither."""
    x = rng.random((s.n, s.d))
    changed = rng.random((s.n, s.d)) < 0.4
    changed[0, :2] = True, False
    x_noisy = np.where(changed, x + rng.normal(size=x.shape), x)
    x[1, 0] = x_noisy[1, 0] = x_noisy[2, 0] = 0  # black before, black only now
    return {"x": x, "x_noisy": x_noisy, "x_hat": rng.normal(size=x.shape),
            "alpha": float(rng.uniform(2, 4))}


def weights(v, corrupted=None, clean=1.0):
    """Of the pixels, alpha for those that are corrupted."""
    corrupted = v.alpha if corrupted is None else corrupted
    return np.where(v.x_noisy != v.x, corrupted, clean)


def weighted(v, w):
    return np.mean(np.sum(w * (v.x_hat - v.x) ** 2, axis=1))


def slope(v, w):
    return 2 * w * (v.x_hat - v.x) / len(v.x)


def emphasis_slips(f):
    """What can go wrong with target and weights : f(v, weights)."""
    return (
        Slip("noisy_target", "compared with the noisy image: the target is clean",
             lambda v: f(changed(v, x=v.x_noisy), weights(v))),
        Slip("alpha_missing", "corrupted pixels do not weigh more: alpha is missing",
             lambda v: f(v, np.ones_like(v.x))),
        Slip("black_for_corrupted", "pixels that are 0 are taken for corrupted",
             lambda v: f(v, np.where(v.x_noisy == 0, v.alpha, 1.0))),
        Slip("alpha_everywhere", "alpha multiplies all pixels",
             lambda v: f(v, np.full_like(v.x, v.alpha))),
        Slip("alpha_on_clean", "alpha multiplies the pixels that are not corrupted",
             lambda v: f(v, weights(v, corrupted=1, clean=v.alpha))),
        Slip("alpha_squared", "alpha is squared",
             lambda v: f(v, weights(v, corrupted=v.alpha**2))),
        Slip("corrupted_only", "pixels that are not corrupted do not count",
             lambda v: f(v, weights(v, clean=0))),
        Slip("alpha_added", "alpha is added to the weight 1, it does not replace it",
             lambda v: f(v, weights(v, corrupted=1 + v.alpha))),
    )


LOSS = Part(
    "denoising_loss", loss_inputs, points=2, returns=("loss", "dx_hat"),
    more=(("where nothing is corrupted", but(loss_inputs, x_noisy=lambda v: v["x"])),
          ("where copies are nearly right", but(loss_inputs, **nearly("x_hat", "x")))),
    solution="scratchae.networks.denoising.DenoisingNetwork.loss",
    tensors=(
        Tensor("loss", lambda v: weighted(v, weights(v)), (
            *emphasis_slips(weighted),
            Slip("not_averaged", "summed over the images, not averaged",
                 lambda v: len(v.x) * weighted(v, weights(v))),
            Slip("mean_over_pixels", "averaged over the pixels too",
                 lambda v: weighted(v, weights(v)) / v.x.shape[1]),
            Slip("over_weights", "divided by the sum of the weights",
                 lambda v: weighted(v, weights(v)) * len(v.x) / weights(v).sum()),
        )),
        Tensor("dx_hat", lambda v: slope(v, weights(v)), (
            *emphasis_slips(slope),
            Slip("two_missing", "the 2 of the square is missing",
                 lambda v: slope(v, weights(v)) / 2),
            Slip("not_averaged", "not averaged over the images",
                 lambda v: slope(v, weights(v)) * len(v.x)),
        )),
    ),
)


def network_inputs(rng, s):
    """dx_hat, the noisy images and the clean ones, and the weights of one tanh layer.
    """
    return {"dx_hat": rng.normal(size=(s.n, s.d)), "x": rng.normal(size=(s.n, s.d)),
            "x_noisy": rng.normal(size=(s.n, s.d)), "W": rng.normal(size=(s.d, s.h)),
            "b": rng.normal(size=s.h), "V": rng.normal(size=(s.h, s.d))}


def before(v):
    return v.x_noisy @ v.W + v.b


def code(v):
    return np.tanh(before(v))


NETWORK = Part(
    "denoiser_backward", network_inputs, points=3,
    returns=("dV", "dc", "da", "dW", "db"),
    solution="scratchae.networks.denoising.DenoisingNetwork.backward",
    tensors=(
        Tensor("dc", lambda v: v.dx_hat.sum(axis=0), bias_slips("dx_hat")),
        Tensor("dV", lambda v: code(v).T @ v.dx_hat, (
            Slip("code_of_clean", "the code is that of the clean images",
                 lambda v: np.tanh(v.x @ v.W + v.b).T @ v.dx_hat),
            Slip("before_tanh", "a stands where h belongs: tanh is missing",
                 lambda v: before(v).T @ v.dx_hat),
            Slip("weight_averaged", "averaged over the batch; a layer never divides",
                 lambda v: code(v).T @ v.dx_hat / len(v.x)),
        )),
        Tensor("da", lambda v: (v.dx_hat @ v.V.T) * (1 - code(v) ** 2), (
            *slope_slips("tanh", before, lambda v: v.dx_hat @ v.V.T, ("sigmoid",)),
            Slip("slope_of_clean", "the derivative is taken at the clean images",
                 lambda v: (v.dx_hat @ v.V.T)
                 * (1 - np.tanh(v.x @ v.W + v.b) ** 2)),
        )),
        Tensor("db", lambda v: v.da.sum(axis=0), bias_slips("da")),
        Tensor("dW", lambda v: v.x_noisy.T @ v.da, (
            *weight_slips("x_noisy", "da"),
            Slip("clean_input", "the clean images: the layer was fed the noisy ones",
                 lambda v: v.x.T @ v.da),
        )),
    ),
)


def gaussian_inputs(rng, s):
    """Mean and covariance of clean images, and sigma of the noise."""
    spread = rng.normal(size=(s.d, s.d))
    return {"mean": rng.normal(size=s.d), "C": spread @ spread.T / s.d,
            "sigma": float(rng.uniform(0.4, 0.9))}


def wiener(v, C=None, variance=None):
    """A, for another covariance or another variance of the noise."""
    C = v.C if C is None else C
    noise = v.sigma**2 if variance is None else variance
    return np.linalg.solve(C + noise * np.eye(len(C)), C)


def best(which):
    return lambda v: wiener_denoiser(v.mean, v.C, v.sigma)[which]


WIENER = Part(
    "best_linear", gaussian_inputs, points=2, returns=("A", "c", "error"),
    solution="scratchae.formulas.wiener.wiener_denoiser and denoising_error",
    tensors=(
        Tensor("A", best(0), (
            Slip("sigma_for_variance", "sigma stands where sigma^2 belongs",
                 lambda v: wiener(v, variance=v.sigma)),
            Slip("noise_missing", "the noise is missing in the inverse: the identity",
                 lambda v: np.eye(len(v.C))),
            Slip("inverse_only", "the covariance is missing behind the inverse",
                 lambda v: np.linalg.inv(v.C + v.sigma**2 * np.eye(len(v.C)))),
            Slip("what_is_lost", "that is I - A, what is taken away",
                 lambda v: np.eye(len(v.C)) - wiener(v)),
            Slip("diagonal", "only the variances are used: pixels are treated apart",
                 lambda v: wiener(v, np.diag(np.diag(v.C)))),
        ), tolerance=1e-8),
        Tensor("c", lambda v: v.mean - v.mean @ v.A, (
            *term_slips({
                "mean": ("the mean", lambda v: v.mean),
                "through": ("what A makes of the mean", lambda v: -v.mean @ v.A),
            }, skip=("through_missing",)),
            Slip("mean_itself", "the mean itself: A moves it too", lambda v: v.mean),
            Slip("mean_through_A", "what A makes of the mean", lambda v: v.mean @ v.A),
        ), tolerance=1e-8),
        Tensor("error", lambda v: denoising_error(
            v.A, v.c, v.mean + _spread(v.C), v.sigma), (
            *term_slips({
                "clean": ("the error on clean images", lambda v: denoising_error(
                    v.A, v.c, v.mean + _spread(v.C), 0)),
                "noise": ("the noise that comes through",
                          lambda v: v.sigma**2 * np.sum(v.A**2)),
            }, skip=("clean_missing", "noise_missing")),
            Slip("noise_only", "the error on clean images is missing",
                 lambda v: v.sigma**2 * np.sum(v.A**2)),
            Slip("clean_only", "the noise that comes through is missing",
                 lambda v: denoising_error(v.A, v.c, v.mean + _spread(v.C), 0)),
            Slip("noise_itself", "the error of a copy of the input",
                 lambda v: len(v.C) * v.sigma**2),
            Slip("variance", "the error of the mean image", lambda v: np.trace(v.C)),
        ), tolerance=1e-8),
    ),
)


def _spread(C):
    """Rows with the mean 0 and exactly this covariance."""
    rows = np.sqrt(len(C)) * np.linalg.cholesky(C).T
    return np.concatenate([rows, -rows])


def score_inputs(rng, s):
    return {"x_noisy": rng.normal(size=(s.n, s.d)), **gaussian_inputs(rng, s)}


def score(v, noise):
    """The score, for noise of this variance."""
    covariance = v.C + noise * np.eye(len(v.C))
    return -np.linalg.solve(covariance, (v.x_noisy - v.mean).T).T


def arrow(v):
    """What the best denoiser adds to a point."""
    A, c = wiener_denoiser(v.mean, v.C, v.sigma)
    return v.x_noisy @ A + c - v.x_noisy


SCORE = Part(
    "score", score_inputs, points=2,
    solution="scratchae.formulas.wiener.wiener_denoiser: (x~ A + c - x~) / sigma^2",
    tensors=(Tensor("score", lambda v: arrow(v) / v.sigma**2, (
        Slip("clean_density", "that is the score of the clean images' density",
             lambda v: score(v, 0)),
        Slip("sigma_for_variance", "sigma stands where sigma^2 belongs",
             lambda v: score(v, v.sigma)),
        Slip("not_divided", "the arrow itself, not divided by the noise's variance",
             arrow),
        Slip("divided_by_sigma", "divided by sigma, not by its square",
             lambda v: arrow(v) / v.sigma),
        Slip("mean_missing", "the mean is missing",
             lambda v: score(changed(v, mean=0 * v.mean), v.sigma**2)),
        Slip("denoised", "that is where the arrow ends, not the arrow",
             lambda v: (arrow(v) + v.x_noisy) / v.sigma**2),
    ), tolerance=1e-8),),
)

LAB = Lab("07", "denoising", "04_denoising",
          (MASK, NOISE, LOSS, NETWORK, WIENER, SCORE))
