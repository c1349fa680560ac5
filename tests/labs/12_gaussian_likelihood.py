"""Lab 12, solved; and the wrong answers that must be named."""

import numpy as np


def gaussian_nll(x_hat, log_var, x):
    d = x.shape[1]
    sse = np.sum((x - x_hat) ** 2, axis=1)
    return 0.5 * (d * np.log(2 * np.pi) + d * log_var + sse * np.exp(-log_var))


def gaussian_nll_backward(d_loss, x_hat, log_var, x):
    dx_hat = (x_hat - x) * np.exp(-log_var) * d_loss[:, None]
    each = 0.5 * (1 - (x_hat - x) ** 2 * np.exp(-log_var))
    return dx_hat, np.sum(each * d_loss[:, None])


def best_variance(x_hat, x):
    log_var = np.log(np.mean((x - x_hat) ** 2))
    return log_var, gaussian_nll(x_hat, log_var, x).mean()


def squared_error_form(sse, kl, sigma, d):
    beta = 2 * sigma**2
    return beta, beta * 0.5 * d * np.log(2 * np.pi * sigma**2)


# (function, what stands there, what stands there instead, tensor, slip)
WRONG = [
    ("gaussian_nll", "d * log_var", "log_var", "loss", "log_once"),
    ("gaussian_nll", "+ d * log_var", "", "loss", "log_missing"),
    ("gaussian_nll", "np.log(2 * np.pi)", "0", "loss", "two_pi_missing"),
    ("gaussian_nll", "np.exp(-log_var)", "np.exp(log_var)", "loss", "multiplied"),
    ("gaussian_nll", "np.exp(-log_var)", "np.exp(-log_var / 2)", "loss",
     "std_for_variance"),
    ("gaussian_nll", "d * log_var + sse * np.exp(-log_var)",
     "2 * d * log_var + sse * np.exp(-2 * log_var)", "loss", "log_var_for_std"),
    ("gaussian_nll", "0.5 * (d", "(d", "loss", "twice"),
    ("gaussian_nll_backward", "(1 - (x_hat", "(1 + (x_hat", "dlog_var",
     "squares_sign"),
    ("gaussian_nll_backward", "0.5 * (1 - (", "0.5 * (-(", "dlog_var", "one_missing"),
    ("gaussian_nll_backward", "np.sum(each * d_loss[:, None])",
     "np.sum(each * d_loss[:, None], axis=0)", "dlog_var", "each_pixel"),
    ("gaussian_nll_backward", "np.sum(each * d_loss[:, None])", "np.sum(each)",
     "dlog_var", "without_upstream"),
    ("gaussian_nll_backward", "(x_hat - x) * np.exp(-log_var)", "2 * (x_hat - x)",
     "dx_hat", "of_squared_error"),
    ("best_variance", "np.log(np.mean((x - x_hat) ** 2))",
     "np.mean((x - x_hat) ** 2)", "log_var", "variance"),
    ("best_variance", "np.mean((x - x_hat) ** 2)", "np.var(x - x_hat)", "log_var",
     "centred"),
    ("best_variance", "np.mean((x - x_hat) ** 2)",
     "np.sum((x - x_hat) ** 2, axis=1).mean()", "log_var", "per_image"),
    ("squared_error_form", "2 * sigma**2\n", "sigma**2\n", "beta", "half_missing"),
    ("squared_error_form", "2 * sigma**2\n", "1 / (2 * sigma**2)\n", "beta",
     "inverse"),
    ("squared_error_form", "beta * 0.5 * d", "0.5 * d", "constant", "not_scaled"),
]
