"""The exam's questions, answered from the numbers in their text and textbook formulas.

Nothing of the library is used here: each function takes the numbers of a question's
text, in their order, and gives the answer.
"""

import math

import numpy as np
from scipy import stats

log, exp, sqrt = np.log, np.exp, np.sqrt


def kl_bits(p, q):
    """D(p||q) in bits."""
    return sum(a * math.log2(a / b) for a, b in zip(p, q, strict=True))


def sigmoid(a):
    return 1 / (1 + exp(-a))


def adam(theta, rate, one, b1, two, b2, *gradients):
    m = v = total = 0.0
    for t, g in enumerate(gradients, 1):
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
        total += rate * (m / (1 - b1**t)) / (sqrt(v / (1 - b2**t)) + 1e-8)
    return total


def world(zero, one, w, sigma, two, x):
    """log p(x), and mean and variance of z given x, by Gaussian regression."""
    evidence = stats.norm(0, math.hypot(w, sigma))
    gain = w / (w * w + sigma**2)
    return evidence.logpdf(x), gain * x, 1 - gain * w


def lacking(*a):
    """KL(q || p(z|x)) of two normal distributions of one number."""
    *of_world, m, v = a
    _, mean, variance = world(*of_world)
    return normal_kl(m, v, mean, variance)


def normal_kl(m0, v0, m1, v1):
    return 0.5 * (log(v1 / v0) - 1 + (v0 + (m0 - m1) ** 2) / v1)


def logs_of_weights(*log_w):
    return log(np.mean(exp(np.array(log_w) + 100))) - 100 - np.mean(log_w)


def darts(d, zero, one, w, noise, x, per_cent):
    z, step = np.linspace(-12, 12, 20_001, retstep=True)
    p = stats.norm.pdf(x, w * z, noise)
    mean, square = (np.sum(p**k * stats.norm.pdf(z)) * step for k in (1, 2))
    return ((square / mean**2) ** d - 1) / (per_cent / 100) ** 2


def to_the_prior(zero, m1, m2, one, r):
    return 0.5 * (m1**2 + m2**2 + 2 - 2 - log(1 - r * r))


def bound_of_an_image(x1, x2, x3, mu, sigma, two, *logits):
    p = [sigmoid(a) if x else sigmoid(-a)
         for x, a in zip((x1, x2, x3), logits, strict=True)]
    return log(np.prod(p)) - normal_kl(mu, sigma**2, 0, 1)


def ppca(*a):
    *values, two, k = a
    return np.mean(values[int(k):])


def middle(a, b):
    coins = [a, 1 - a], [b, 1 - b]
    half = np.mean(coins, axis=0)
    return 0.5 * sum(kl_bits(coin, half) for coin in coins)


def bayes(*a):
    joint = np.array(a[:3]) * a[3:]
    return joint[0] / joint.sum()


def intensity(n, d, d2, h, bits):
    return n * d * h * 2 / ((n * d + d * h + n * h) * bits / 8)


def least_time(best, bandwidth, n, d, d2, h, bits):
    moved = (n * d + d * h + n * h) * bits / 8
    return max(2 * n * d * h / best, moved / bandwidth) * 1e-6


def components(*a):
    *values, per_cent = a
    return 1 + sum(np.cumsum(values) < per_cent / 100 * sum(values) - 1e-9)


def parameters(*a):
    sizes = np.abs(a)  # the minus signs join the widths
    return np.sum(sizes[:-1] * sizes[1:] + sizes[1:])


def angle(a, b, c, d):
    cosine = abs(a * c + b * d) / math.hypot(a, b) / math.hypot(c, d)
    return math.acos(min(cosine, 1))


def logistic_pixel(one, square, m, s, x):
    return -stats.logistic.logpdf(x, m, s)


def coin_kl(mean, rho):
    return rho * log(rho / mean) + (1 - rho) * log((1 - rho) / (1 - mean))


BY_HAND = {
    "squared_error": lambda *a: np.sum(np.subtract(a[:3], a[3:]) ** 2),
    "parameters": parameters,
    "one_pixel": lambda a, x: -log(sigmoid(a) if x else 1 - sigmoid(a)),
    "logit_gradient": lambda n, x, a: (sigmoid(a) - x) / n,
    "adam": adam,
    "pca_error": lambda *a: sum(a[:5][int(a[5]):]),
    "components": components,
    "angle": angle,
    "sparsity": lambda k, mean, rho: k * coin_kl(mean, rho),
    "sparsity_gradient": lambda mean, n, rho: ((1 - rho) / (1 - mean) - rho / mean) / n,
    "contraction": lambda *a: (a[3] * (1 - a[3])) ** 2 * np.sum(np.square(a[:3])),
    "class_probability": lambda a, b, c: 1 / (1 + exp(b - a) + exp(c - a)),
    "passed": lambda variance, sigma: variance / (variance + sigma**2),
    "left_over": lambda zero, v, sigma: 1 / (1 / v + 1 / sigma**2),
    "copied": lambda d, sigma: d * sigma**2,
    "bits": lambda *p: stats.entropy(p, base=2),
    "divergence": lambda *a: stats.entropy(a[:3], a[3:], base=2),
    "worm": lambda t, i: stats.binom.pmf(i, 10, t),
    "message": lambda n, *a: -n * np.sum(np.array(a[:3]) * np.log2(a[3:])),
    "evidence": lambda *a: world(*a)[0],
    "posterior_mean": lambda *a: world(*a)[1],
    "posterior_variance": lambda *a: world(*a)[2],
    "darts": darts,
    "bound": lambda *a: world(*a[:6])[0] - lacking(*a),
    "gap": lacking,
    "climb": lambda *a: (lacking(*a[:6], a[6] - 1e-5, a[7])
                         - lacking(*a[:6], a[6] + 1e-5, a[7])) / 2e-5,
    "accepted": lambda *a: min(1, np.divide(*(
        stats.norm.pdf(z, world(*a[:6])[1], sqrt(world(*a[:6])[2]))
        for z in (a[7], a[6])))),
    "two_normals": normal_kl,
    "to_the_prior": to_the_prior,
    "no_correlation": lambda one, r: -0.5 * log(1 - r * r),
    "noise": lambda mu, *_: (mu**4 + 14 * mu**2 + 15, 8 * mu**2 + 10),
    "one_draw": lambda mu, log_var, eps: mu + exp(log_var) ** 0.5 * eps,
    "through_the_draw": lambda two, v, eps, dz: dz * eps * exp(v / 2) / 2,
    "correlated_draw": lambda *a: a[1] + a[4] * a[6] + a[5] * a[7],
    "rate": lambda *a: sum(normal_kl(m, s * s, 0, 1) for m, s in (a[0:3:2], a[1:4:2])),
    "rate_gradient": lambda zero, one, v: (exp(v) - 1) / 2,
    "bound_of_an_image": bound_of_an_image,
    "grey_pixel": lambda sigma, mean, x: -stats.norm.logpdf(x, mean, sigma),
    "weighted_bound": logs_of_weights,
    "share_of_a_draw": lambda a, b, c: 1 / (1 + exp(b - a) + exp(c - a)),
    "free_bits": lambda a, b, s1, s2, floor: max(a * a / 2, floor)
    + max(b * b / 2, floor),
    "noise_of_ppca": ppca,
    "middle": middle,
    "covering": lambda *a: 1 - (a[3] ** 2 + a[4] ** 2) / a[8] ** 2,
    "total_probability": lambda *a: np.dot(a[:3], a[3:]),
    "bayes": bayes,
    "intensity": intensity,
    "least_time": least_time,
    "adam_time": lambda millions, bits, gb: 7 * bits / 8 * millions / gb,
    "logistic_pixel": logistic_pixel,
    "gate": lambda a, v: a * sigmoid(v),
    "softplus_code": lambda mu, a, zero, one: normal_kl(
        mu, log(1 + exp(a)) ** 2, 0, 1),
}
