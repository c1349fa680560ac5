"""Lab 06, solved; and the wrong answers that must be named."""

import numpy as np


def l1(h):
    return np.abs(h).sum(axis=1)


def l1_backward(d_penalty, h):
    return np.sign(h) * d_penalty[:, None]


def kl_sparsity(h, rho):
    r = h.mean(axis=0)
    on, off = np.log(rho / r), np.log((1 - rho) / (1 - r))
    return np.sum(rho * on + (1 - rho) * off)


def kl_sparsity_backward(d_penalty, h, rho):
    r = h.mean(axis=0)
    d_mean = (1 - rho) / (1 - r) - rho / r
    return np.tile(d_penalty * d_mean / len(h), (len(h), 1))


def sparse_code_backward(dh_decoder, h, rho, weight):
    dh = dh_decoder + kl_sparsity_backward(weight, h, rho)
    return dh, dh * h * (1 - h)


# (function, what stands there, what stands there instead, tensor, slip)
WRONG = [
    ("l1", "np.abs(h)", "h", "penalty", "signs_kept"),
    ("l1", "axis=1", "axis=0", "penalty", "wrong_axis"),
    ("l1", ".sum(", ".mean(", "penalty", "mean_over_units"),
    ("l1_backward", "np.sign(h)", "h", "dh", "code_for_sign"),
    ("l1_backward", " * d_penalty[:, None]", "", "dh", "upstream_missing"),
    ("l1_backward", "np.sign(h)", "(2.0 * (h > 0) - 1)", "dh", "FAIL"),
    ("kl_sparsity", "h.mean(axis=0)", "h", "penalty", "each_image_summed"),
    ("kl_sparsity", "r = h.mean(axis=0)", "r, rho = rho, h.mean(axis=0)", "penalty",
     "rho_swapped"),
    ("kl_sparsity", "h.mean(axis=0)", "h.mean(axis=1)", "penalty",
     "rho_hat_over_units"),
    ("kl_sparsity", "np.sum(", "np.mean(", "penalty", "mean_over_units"),
    ("kl_sparsity", " + (1 - rho) * off", "", "penalty", "on_only"),
    ("kl_sparsity_backward", " / len(h)", "", "dh", "one_n_missing"),
    ("kl_sparsity_backward", "/ len(h)", "/ h.shape[1]", "dh", "over_units"),
    ("kl_sparsity_backward", "(1 - r) - rho / r", "(1 - r) + rho / r", "dh",
     "signs_equal"),
    ("kl_sparsity_backward", "d_penalty * d_mean", "d_mean", "dh", "upstream_missing"),
    ("kl_sparsity_backward", "np.tile(d_penalty * d_mean / len(h), (len(h), 1))",
     "d_penalty * d_mean / len(h)", "dh", "one_row"),
    ("kl_sparsity_backward", "h.mean(axis=0)", "h.mean() + 0 * h[0]", "dh",
     "rho_hat_over_all"),
    ("sparse_code_backward", "(weight,", "(1.0,", "dh", "weight_missing"),
    ("sparse_code_backward", "dh = dh_decoder + kl", "dh = kl", "dh",
     "decoder_missing"),
    ("sparse_code_backward", "dh * h * (1 - h)", "dh", "da", "slope_missing"),
    ("sparse_code_backward", "dh * h * (1 - h)", "dh_decoder * h * (1 - h)", "da",
     "penalty_missing"),
    ("l1", "sum(axis=1)", "max(axis=1)", "penalty", "largest"),
    ("kl_sparsity", "np.log(rho / r)", "np.log2(rho / r)", "penalty", "on_in_bits"),
    ("sparse_code_backward", "+ kl", "+ weight * kl", "dh", "weight_squared"),
]
