"""Lab 04, solved; and the wrong answers that must be named."""

import numpy as np


def momentum_step(theta, grad, velocity, learning_rate, momentum):
    new = momentum * velocity + grad
    return theta - learning_rate * new, new


def adam_moments(grad, m, v, beta1, beta2):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    return m, v


def adam_step(theta, grad, m, v, t, learning_rate, beta1, beta2, eps):
    m, v = adam_moments(grad, m, v, beta1, beta2)
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    return theta - learning_rate * m_hat / (np.sqrt(v_hat) + eps), m, v


def adam_run(grads, theta, learning_rate, beta1, beta2, eps):
    m, v = np.zeros_like(theta), np.zeros_like(theta)
    for t, grad in enumerate(grads, 1):
        theta, m, v = adam_step(theta, grad, m, v, t, learning_rate, beta1, beta2, eps)
    return theta


# (function, what stands there, what stands there instead, tensor, slip)
WRONG = [
    ("momentum_step", "momentum * velocity + grad", "grad", "new_velocity",
     "overwritten"),
    ("momentum_step", "+ grad", "+ (1 - momentum) * grad", "new_velocity",
     "running_mean"),
    ("momentum_step", "rate * new,", "rate * velocity,", "new_theta", "old_velocity"),
    ("momentum_step", "theta -", "theta +", "new_theta", "uphill"),
    ("momentum_step", "new = momentum * velocity + grad",
     "velocity *= momentum; velocity += grad; new = velocity", "", "changes"),
    ("adam_moments", "grad**2", "grad", "new_v", "not_squared"),
    ("adam_moments", "grad**2", "m**2", "new_v", "square_of_mean"),
    ("adam_moments", "m = beta1 * m + (1 - beta1)", "m = beta2 * m + (1 - beta2)",
     "new_m", "other_beta"),
    ("adam_moments", "(1 - beta1) * grad", "grad", "new_m", "share_missing"),
    ("adam_step", "m_hat = m / (1 - beta1**t)", "m_hat = m", "new_theta",
     "first_uncorrected"),
    ("adam_step", "v_hat = v / (1 - beta2**t)", "v_hat = v", "new_theta",
     "second_uncorrected"),
    ("adam_step", "m, v = adam", "t -= 1; m, v = adam", "new_theta", "step_before"),
    ("adam_step", "np.sqrt(v_hat) + eps", "np.sqrt(v_hat + eps)", "new_theta",
     "eps_inside"),
    ("adam_step", "np.sqrt(v_hat)", "v_hat", "new_theta", "no_root"),
    ("adam_step", "(np.sqrt(v_hat) + eps)", "np.sqrt(v_hat) + eps", "new_theta",
     "eps_outside"),
    ("adam_step", "beta1**t", "beta1 * t", "new_theta", "first_times_t"),
    ("adam_step", "+ eps), m, v", "+ eps), m_hat, v", "new_m", "corrected_kept"),
    ("adam_run", "theta, grad, m, v, t, learning", "theta, grad, m, v, 1, learning",
     "last_theta", "always_one"),
    ("adam_run", "theta, grad, m, v, t, learning",
     "theta, grad, 0 * m, 0 * v, t, learning", "last_theta", "no_memory"),
    ("adam_run", "enumerate(grads, 1)", "enumerate(grads, 2)", "last_theta",
     "counts_from_two"),
    ("adam_run", "enumerate(grads, 1)", "enumerate(grads)", "last_theta", "FAIL"),
    ("momentum_step", "+ grad\n    return theta - learning_rate * new",
     "- learning_rate * grad\n    return theta + new", "new_velocity",
     "step_in_velocity"),
    ("momentum_step", "- learning_rate * new",
     "- learning_rate * (grad + momentum * new)", "new_theta", "looks_ahead"),
    ("momentum_step", "- learning_rate * new", "+ new", "new_theta", "added"),
    ("adam_moments", "beta2 * v + (1 - beta2)", "beta1 * v + (1 - beta1)", "new_v",
     "other_beta"),
    ("adam_step", "beta1**t", "beta1 ** (t + 1)", "new_theta", "first_step_after"),
    ("adam_step", "beta2**t", "beta2 ** (t + 1)", "new_theta", "second_step_after"),
    ("adam_step", "beta2**t", "beta1**t", "new_theta", "second_by_beta1"),
    ("adam_step", "beta1**t", "beta2**t", "new_theta", "first_by_beta2"),
    ("adam_step", "np.sqrt(v_hat) + eps",
     "np.sqrt(v_hat) + eps / np.sqrt(1 - beta2**t)", "new_theta",
     "eps_before_correction"),
]
