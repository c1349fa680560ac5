"""Lab 14, solved; and the wrong answers that must be named."""

import numpy as np


def log_weights(log_p_x, mu, log_var, eps):
    z = mu + np.exp(log_var / 2) * eps
    log_prior = -0.5 * np.sum(np.log(2 * np.pi) + z**2, axis=2)
    log_q = -0.5 * np.sum(np.log(2 * np.pi) + log_var + eps**2, axis=2)
    return log_p_x + log_prior - log_q, log_prior, log_q


def bound(log_w):
    top = log_w.max(axis=0)
    return top + np.log(np.mean(np.exp(log_w - top), axis=0))


def bound_backward(d_bound, log_w):
    w = np.exp(log_w - log_w.max(axis=0))
    return w / w.sum(axis=0) * d_bound


def code_backward(dlog_w, dz_decoder, mu, log_var, eps):
    noise = np.exp(log_var / 2) * eps
    each = dlog_w[:, :, None]
    dz = dz_decoder - each * (mu + noise)
    dlog_var = np.sum(0.5 * noise * dz + 0.5 * each, axis=0)
    return dz, dz.sum(axis=0), dlog_var


# (function, what stands there, what stands there instead, tensor, slip)
WRONG = [
    ("log_weights", "+ log_var + eps**2", "+ eps**2", "log_q", "log_var_missing"),
    ("log_weights", "+ log_var + eps**2", "+ 2 * log_var + eps**2", "log_q",
     "log_var_twice"),
    ("log_weights", "+ z**2", "+ eps**2", "log_prior", "of_noise"),
    ("log_weights", "np.exp(log_var / 2)", "np.exp(log_var)", "log_prior",
     "std_is_variance"),
    ("log_weights", "log_prior - log_q,", "log_prior + log_q,", "log_w", "q_added"),
    ("log_weights", "log_p_x + log_prior - log_q,", "log_p_x - log_q,", "log_w",
     "prior_missing"),
    ("bound", "top + np.log(np.mean(np.exp(log_w - top), axis=0))",
     "np.mean(log_w, axis=0)", "bound", "mean_of_logs"),
    ("bound", "return top +", "return -top -", "bound", "loss"),
    ("bound", "np.mean(np", "np.sum(np", "bound", "sum"),
    ("bound", "top + ", "", "bound", "largest_left_off"),
    ("bound", "top = log_w.max(axis=0)", "top = 0", "bound", "FAIL"),
    ("bound", "top = log_w.max(axis=0)", "top = log_w.max()", "bound", "FAIL"),
    ("bound_backward", "log_w.max(axis=0)", "log_w.max()", "dlog_w", "FAIL"),
    ("bound_backward", "w / w.sum(axis=0)", "w / len(w) / w.sum(axis=0)", "dlog_w",
     "over_K"),
    ("bound_backward", "w / w.sum(axis=0) * d_bound",
     "0 * w + d_bound / len(w)", "dlog_w", "even"),
    ("bound_backward", " * d_bound", "", "dlog_w", "without_upstream"),
    ("bound_backward", "w / w.sum(axis=0)", "np.exp(log_w)", "dlog_w",
     "not_normalised"),
    ("code_backward", "dz_decoder - each * (mu + noise)", "dz_decoder", "dz",
     "decoder_only"),
    ("code_backward", "dz_decoder - each", "dz_decoder + each", "dz", "prior_sign"),
    ("code_backward", "dz.sum(axis=0)", "dz.mean(axis=0)", "dmu", "averaged"),
    ("code_backward", "np.exp(log_var / 2)", "np.exp(log_var)", "dz",
     "std_is_variance"),
    ("code_backward", " + 0.5 * each", "", "dlog_var", "path_only"),
    ("code_backward", "0.5 * noise * dz", "noise * dz", "dlog_var", "path_twice"),
    ("log_weights", "log_prior = -0.5 * np.sum", "log_prior = -0.5 * np.mean",
     "log_prior", "over_k"),
    ("bound", "top + np", "top * np", "bound", "largest_multiplied"),
    ("code_backward", "0.5 * noise * dz", "0.5 * eps * dz", "dlog_var",
     "path_no_sigma"),
    ("bound", "log_w.max(axis=0)", "log_w.mean(axis=0)", "bound", "FAIL"),
    ("bound", "log_w.max(axis=0)", "log_w.min(axis=0)", "bound", "FAIL"),
    ("bound_backward", "log_w.max(axis=0)", "log_w.mean(axis=0)", "dlog_w", "FAIL"),
    ("bound_backward", "w.sum(axis=0)", "w.mean(axis=0)", "dlog_w", "times_K"),
]
