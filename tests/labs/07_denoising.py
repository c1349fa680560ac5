"""Lab 07, solved; and the wrong answers that must be named."""

import numpy as np


def mask_noise(x, uniform, fraction):
    return np.where(uniform < fraction, 0, x)


def gaussian_noise(x, normal, sigma):
    return x + sigma * normal


def denoising_loss(x, x_noisy, x_hat, alpha):
    w = np.where(x_noisy != x, alpha, 1.0)
    residual = x_hat - x
    loss = np.sum(w * residual**2) / len(x)
    return loss, 2 * w * residual / len(x)


def denoiser_backward(dx_hat, x, x_noisy, W, b, V):
    h = np.tanh(x_noisy @ W + b)
    dV, dc = h.T @ dx_hat, dx_hat.sum(axis=0)
    dh = dx_hat @ V.T
    da = dh * (1 - h**2)
    return dV, dc, da, x_noisy.T @ da, da.sum(axis=0)


def best_linear(mean, C, sigma):
    one = np.eye(len(C))
    A = np.linalg.solve(C + sigma**2 * one, C)
    c = mean @ (one - A)
    away = A - one
    error = np.trace(away.T @ C @ away) + sigma**2 * np.sum(A**2)
    return A, c, error


def score(x_noisy, mean, C, sigma):
    noisy = C + sigma**2 * np.eye(len(C))
    return -(x_noisy - mean) @ np.linalg.inv(noisy)


# (function, what stands there, what stands there instead, tensor, slip)
WRONG = [
    ("mask_noise", "0, x)", "x, 0)", "x_noisy", "other_share"),
    ("mask_noise", "0, x)", "1, x)", "x_noisy", "white"),
    ("mask_noise", "0, x)", "0, x) / (1 - fraction)", "x_noisy", "rescaled"),
    ("mask_noise", "uniform < fraction", "uniform[:, :1] < fraction", "x_noisy",
     "whole_images"),
    ("gaussian_noise", "sigma *", "sigma**2 *", "x_noisy", "variance"),
    ("gaussian_noise", "sigma *", "", "x_noisy", "unscaled"),
    ("gaussian_noise", "x + sigma * normal", "np.clip(x + sigma * normal, 0, 1)",
     "x_noisy", "clipped"),
    ("gaussian_noise", "x + sigma * normal", "x.__iadd__(sigma * normal)", "",
     "changes"),
    ("denoising_loss", "x_hat - x", "x_hat - x_noisy", "loss", "noisy_target"),
    ("denoising_loss", "alpha, 1.0", "1.0, alpha", "loss", "alpha_on_clean"),
    ("denoising_loss", "np.where(x_noisy != x, alpha, 1.0)", "alpha", "loss",
     "alpha_everywhere"),
    ("denoising_loss", "2 * w * residual", "2 * residual", "dx_hat", "alpha_missing"),
    ("denoising_loss", "np.sum(w * residual**2) / len(x)",
     "np.mean(w * residual**2)", "loss", "mean_over_pixels"),
    ("denoiser_backward", "x_noisy.T @ da", "x.T @ da", "dW", "clean_input"),
    ("denoiser_backward", "np.tanh(x_noisy @ W + b)", "np.tanh(x @ W + b)", "dV",
     "code_of_clean"),
    ("denoiser_backward", "dh * (1 - h**2)", "dh", "da", "slope_missing"),
    ("denoiser_backward", "da.sum(axis=0)", "da.mean(axis=0)", "db", "bias_averaged"),
    ("best_linear", "sigma**2 * one", "sigma * one", "A", "sigma_for_variance"),
    ("best_linear", "mean @ (one - A)", "mean", "c", "mean_itself"),
    ("best_linear", " + sigma**2 * np.sum(A**2)", "", "error", "clean_only"),
    ("score", "C + sigma**2 * np.eye(len(C))", "C", "score", "clean_density"),
    ("score", "-(x_noisy - mean)", "(x_noisy - mean)", "score", "sign"),
    ("score", "-(x_noisy - mean)", "-x_noisy", "score", "mean_missing"),
    ("denoising_loss", "x_noisy != x", "x_noisy == 0", "loss", "black_for_corrupted"),
    ("denoising_loss", "w * residual**2) / len(x)", "w * residual**2) / w.sum()",
     "loss", "over_weights"),
    ("gaussian_noise", "sigma * normal", "sigma * (x + normal) - x", "x_noisy", "FAIL"),
]
