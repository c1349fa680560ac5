"""Lab 03, solved; and the wrong answers that must be named."""

import numpy as np


def squared_error(x_hat, x):
    return np.sum((x_hat - x) ** 2, axis=1)


def squared_error_backward(d_loss, x_hat, x):
    return 2 * d_loss[:, None] * (x_hat - x)


def bernoulli_nll(logits, x):
    terms = np.logaddexp(0, logits) - x * logits
    return terms.sum(axis=1)


def bernoulli_nll_backward(d_loss, logits, x):
    p = np.exp(-np.logaddexp(0, -logits))
    return (p - x) * d_loss[:, None]


def mean_bernoulli_nll(logits, x):
    J = bernoulli_nll(logits, x).mean()
    d_loss = np.full(len(x), 1 / len(x))
    return J, bernoulli_nll_backward(d_loss, logits, x)


# (function, what stands there, what stands there instead, tensor, slip)
WRONG = [
    ("squared_error", "np.sum(", "np.mean(", "loss", "mean_over_pixels"),
    ("squared_error", "axis=1", "axis=0", "loss", "wrong_axis"),
    ("squared_error", ", axis=1", "", "loss", "summed_all"),
    ("squared_error", "np.sum((x_hat - x) ** 2, axis=1)", "(x_hat - x) ** 2", "loss",
     "not_summed_1"),
    ("squared_error_backward", "2 * ", "", "dx_hat", "two_missing"),
    ("squared_error_backward", "(x_hat - x)", "(x - x_hat)", "dx_hat",
     "other_way_round"),
    ("squared_error_backward", "* (x_hat - x)", "* (x_hat - x) / x.shape[1]", "dx_hat",
     "mean_over_pixels"),
    ("squared_error_backward", "d_loss[:, None] * ", "", "dx_hat", "upstream_missing"),
    ("bernoulli_nll", "- x *", "- (1 - x) *", "loss", "pixels_inverted"),
    ("bernoulli_nll", "terms.sum", "-terms.sum", "loss", "log_likelihood"),
    ("bernoulli_nll", "np.logaddexp(0, logits) - x * logits",
     "np.log(1 + np.exp(logits)) - x * logits", "loss", "FAIL"),
    ("bernoulli_nll_backward", "(p - x)", "(p - x) * p * (1 - p)", "dlogits",
     "merged_twice"),
    ("bernoulli_nll_backward", "(p - x)", "(p - x) / (p * (1 - p))", "dlogits", "in_p"),
    ("bernoulli_nll_backward", "p - x", "logits - x", "dlogits", "sigmoid_missing"),
    ("mean_bernoulli_nll", "1 / len(x)", "1.0", "dlogits", "one_n_missing"),
    ("mean_bernoulli_nll", "1 / len(x)", "1 / len(x) ** 2", "dlogits", "one_n_twice"),
    ("mean_bernoulli_nll", "1 / len(x)", "1 / x.shape[1]", "dlogits", "mean_over_all"),
    ("mean_bernoulli_nll", ".mean()", ".sum()", "J", "sum_over_images"),
    ("bernoulli_nll", " - x * logits", " + x * logits", "loss", "product_added"),
    ("bernoulli_nll", "x * logits", "(x > 0.5) * logits", "loss", "black_or_white"),
    ("bernoulli_nll_backward", "(p - x)", "(p - (x > 0.5))", "dlogits",
     "black_or_white"),
    ("squared_error_backward", "d_loss[:, None]", "d_loss[0]", "dx_hat",
     "first_upstream"),
]
