"""More cases for checkers: margins within a step of the point, and points far from 0.

Rows of a name, a function, a point and a gradient; gradient_cases adds them to its own.
"""

import numpy as np

PAIRS = np.random.default_rng(6).normal(size=(2, 6, 2))
TRIPLES = np.random.default_rng(5).normal(size=(3, 8, 2))
ON = np.sum((PAIRS[0] - PAIRS[1]) ** 2, axis=1) > 1


def margin(far, constant=0.0):
    """Pairs of one class: those nearer than 1 cost nothing. The loss, x, y."""
    x, y = PAIRS + far

    def f(x):
        return constant + np.sum(
            np.maximum(0, np.linalg.norm(x - y, axis=1) ** 2 - 1))

    return f, x


def triplet(b):
    """b nearer to a than c is, by 0.2; as a mean."""
    a, c = TRIPLES[0], TRIPLES[2]
    near, other = np.linalg.norm(a - b, axis=1), np.linalg.norm(a - c, axis=1)
    return np.mean(np.maximum(0, near**2 - other**2 + 0.2))


def threshold(x):
    """What is nearer to 0 than 1e-3 is 0, and else x itself: odd, with two jumps."""
    return float(np.sum(np.where(np.abs(x) > 1e-3, x, 0) * np.arange(1.0, 5)))


def waves(x):
    return np.sum(np.sin(x))


def normalised(x):
    """Batch norm, projected; what is subtracted is far larger than what is left."""
    centred = x - x.mean(axis=0)
    return np.sum(centred / np.sqrt((centred * centred).mean(axis=0) + 1e-5) * WEIGHTS)


def normalised_gradient(x, eps=1e-5):
    centred = x - x.mean(axis=0)
    root = np.sqrt((centred * centred).mean(axis=0) + eps)
    hat = centred / root
    return (WEIGHTS - WEIGHTS.mean(axis=0) - hat * (WEIGHTS * hat).mean(axis=0)) / root


WEIGHTS, BATCH = np.random.default_rng(0).normal(size=(2, 6, 7))
SIX = np.random.default_rng(0).normal(size=6)
SLOW, FAST = SIX + 1e7, SIX + 1e5
WITHOUT_MASK = 2 * (PAIRS[0] - PAIRS[1])
MASKED = WITHOUT_MASK * ON[:, None]
PULL = 2 * (TRIPLES[1] - TRIPLES[0]) / 8
KEPT = np.sum((TRIPLES[0] - TRIPLES[1]) ** 2 - (TRIPLES[0] - TRIPLES[2]) ** 2, axis=1)
PRUNED = np.array([0.0, 1.0, -2.0, 0.0])

WRONG = [
    ("margin without its mask", *margin(0), WITHOUT_MASK),
    ("margin without its mask at 100", *margin(100), WITHOUT_MASK),
    ("margin without its mask at 1000", *margin(1000), WITHOUT_MASK),
    ("margin without its mask over 1e6", *margin(0, 1e6), WITHOUT_MASK),
    ("triplet without its mask", triplet, TRIPLES[1], PULL),
    ("threshold as the identity", threshold, PRUNED, np.arange(1.0, 5)),
    ("zeros for a sine at 1e7", waves, SLOW, 0 * SIX),
    ("zeros for a fast sine", lambda x: waves(300 * x), FAST, 0 * SIX),
    ("zeros for abs of a sine at 1e7", lambda x: np.sum(np.abs(np.sin(x))), SLOW,
     0 * SIX),
    ("zeros for a sine at 1e15", waves, SIX + 1e15, 0 * SIX),
    ("batch norm without eps at 20000", normalised, BATCH + 2e4,
     normalised_gradient(BATCH + 2e4, eps=0)),
]
RIGHT = [
    ("margin", *margin(0), MASKED),
    ("margin at 100", *margin(100), MASKED),
    ("margin at 1000", *margin(1000), MASKED),
    ("margin over 1e6", *margin(0, 1e6), MASKED),
    ("triplet", triplet, TRIPLES[1], PULL * (KEPT + 0.2 > 0)[:, None]),
    ("threshold", threshold, PRUNED, np.arange(1.0, 5) * (PRUNED != 0)),
    ("sine at 1e7", waves, SLOW, np.cos(SLOW)),
    ("fast sine", lambda x: waves(300 * x), FAST, 300 * np.cos(300 * FAST)),
    ("abs of a sine at 1e7", lambda x: np.sum(np.abs(np.sin(x))), SLOW,
     np.sign(np.sin(SLOW)) * np.cos(SLOW)),
    ("batch norm at 20000", normalised, BATCH + 2e4, normalised_gradient(BATCH + 2e4)),
    ("batch norm at 1e6", normalised, BATCH + 1e6, normalised_gradient(BATCH + 1e6)),
]
