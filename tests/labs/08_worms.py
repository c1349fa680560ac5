"""Lab 08, solved; and the wrong answers that must be named."""

import math

import numpy as np


def entropy(p):
    p = p[p > 0]
    return -np.sum(p * np.log2(p))


def divergence(p, q):
    inside = p > 0
    if np.any(q[inside] == 0):
        return np.inf
    p, q = p[inside], q[inside]
    return np.sum(p * np.log2(p / q))


def binomial(t):
    i = np.arange(11)
    ways = np.array([math.comb(10, j) for j in i])
    return ways * t**i * (1 - t) ** (10 - i)


def fit(counts):
    p = counts / counts.sum()
    t = p @ np.arange(11) / 10
    return t, divergence(p, binomial(t))


def slope(p, t):
    i = np.arange(11)
    return -np.sum(p * (i / t - (10 - i) / (1 - t)))


def message(counts, q):
    return -np.sum(counts * np.log2(q))


# (function, what stands there, what stands there instead, tensor, slip)
WRONG = [
    ("entropy", "np.log2(p)", "np.log(p)", "H", "nats"),
    ("entropy", "-np.sum(p * np.log2(p))", "np.sum(p * np.log2(p))", "H", "sign"),
    ("entropy", "p * np.log2(p)", "np.log2(p)", "H", "unweighted"),
    ("entropy", "-np.sum(p * np.log2(p))", "-np.mean(p * np.log2(p))", "H",
     "mean_of_terms"),
    ("divergence", "p * np.log2(p / q)", "q * np.log2(q / p)", "D", "swapped"),
    ("divergence", "np.log2(p / q)", "np.log(p / q)", "D", "nats"),
    ("divergence", "p * np.log2(p / q)", "-p * np.log2(q)", "D", "cross_entropy"),
    ("divergence", "p * np.log2(p / q)", "q * np.log2(p / q)", "D", "wrong_mean"),
    ("divergence", "p * np.log2(p / q)", "p * np.abs(np.log2(p / q))", "D",
     "absolute_terms"),
    ("binomial", "ways * ", "", "q", "one_order"),
    ("binomial", " * (1 - t) ** (10 - i)", "", "q", "hits_only"),
    ("binomial", "t**i * (1 - t) ** (10 - i)", "(1 - t)**i * t ** (10 - i)", "q",
     "no_tooth"),
    ("fit", "/ 10", "", "t", "mean"),
    ("fit", "/ 10", "/ 11", "t", "eleven"),
    ("fit", "divergence(p, binomial(t))", "divergence(binomial(t), p)", "D",
     "swapped"),
    ("slope", "i / t - (", "i / t + (", "dD", "both_negative"),
    ("slope", "-np.sum", "np.sum", "dD", "sign"),
    ("slope", "i / t - (10 - i) / (1 - t)", "i / t", "dD", "first_only"),
    ("message", "np.log2", "np.log", "bits", "nats"),
    ("message", "counts * np", "counts / counts.sum() * np", "bits", "per_worm"),
    ("message", "np.log2(q)", "np.log2(counts / counts.sum())", "bits", "own_code"),
    ("binomial", "10 - i", "11 - i", "q", "exponent"),
    ("divergence", "q[inside] == 0", "q == 0", "D", "FAIL"),
]
