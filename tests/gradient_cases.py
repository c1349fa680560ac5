"""Wrong and right gradients on which checkers are compared: data for test_gradcheck.

A case is a scalar function f of an array, a point, a claimed gradient, and whether the
claim is right. The functions are NumPy functions as students write them: some drop the
imaginary part, draw numbers, leave their domain, return odd things.
"""

import math
from dataclasses import dataclass

import gradient_cases_far
import numpy as np

X = np.array([0.7, -1.3, 2.1, -0.4])
POSITIVE = np.array([0.01, 0.4, 1.7])
A = np.array([[2.0, 0.3, -0.1], [0.2, 1.5, 0.4], [0.1, -0.3, 1.1]])
W = np.random.default_rng(1).normal(size=(4, 4))
IMAGES = np.random.default_rng(2).normal(size=(5, 4))
V = np.random.default_rng(3).normal(size=(5, 4))
ROWS = np.random.default_rng(4).normal(size=(300, 4))


@dataclass(frozen=True)
class Case:
    name: str
    f: callable
    x: object
    gradient: object
    right: bool


def square(x):
    return np.sum(x**2)


def sines(x):
    return np.sum(np.sin(x))


def softmax(x):
    weights = np.exp(x - np.max(x.real))
    return weights / weights.sum()


def layer(w):
    """A square layer: tanh(x W), projected with random numbers."""
    return np.sum(np.tanh(IMAGES @ w) * V)


def layer_gradient(w):
    return IMAGES.T @ (V * (1 - np.tanh(IMAGES @ w) ** 2))


def relu(x):
    return np.sum(np.maximum(x, 0) * np.arange(1.0, 5))


def into_a_real_buffer(x):
    buffer = np.empty(x.shape)
    buffer[...] = x
    return np.sum(buffer**2)


def writes_to_its_argument(x):
    x *= 2
    return np.sum(x**2)


def single_precision(x):
    return np.sum(np.sin(x.astype(np.float32)))


def saturated(x):
    """Values of 1e-13 in steps of 1e-16."""
    return 1 - 1 / (1 + math.exp(-x[0]))


def half_of(array, index):
    """The array with one entry twice too large."""
    wrong = np.array(array, dtype=float)
    wrong[index] *= 2
    return wrong


def fresh_mask(rate):
    rng = np.random.default_rng(0)
    return lambda x: np.sum(x * (rng.random(x.shape) < rate))


def now_and_then(every):
    """Something is added to every n-th call."""
    calls = [0]

    def f(x):
        calls[0] += 1
        return np.sum(x**2) + (calls[0] % every == 0)

    return f


def counting(x, calls=[0]):  # noqa: B006
    calls[0] += 1
    return np.sum(x**2) * (1 + 0.1 * calls[0])


def different_for_complex(x):
    return np.sum(x**3) if np.iscomplexobj(x) else np.sum(x**2)


def wiggle(x):
    return np.sum(np.sin(1000 * x))


def kinks_everywhere(x):
    return np.abs(ROWS @ x - 0.3).sum()


def log_det(x):
    return np.linalg.slogdet(x)[1]


def cholesky(x):
    return np.sum(np.log(np.diag(np.linalg.cholesky(x @ x.T))))


def cases(right, *rows):
    return [Case(*row, right) for row in rows]


UNIT = X / np.linalg.norm(X)
SIGN = np.sign(X)
RISE = np.where(X > 0, np.arange(1.0, 5), 0)
SPAN = np.array([1.0, 1e-4, 1e-8, 1.0])  # entries of very different size
P = softmax(X)

# A term that drops the imaginary part, and a gradient that forgets it: what the complex
# step would call right.
DROPPED = cases(
    False,
    ("abs forgotten", lambda x: square(x) + 0.1 * np.abs(x).sum(), X, 2 * X),
    ("small abs forgotten", lambda x: square(x) + 1e-6 * np.abs(x).sum(), X, 2 * X),
    ("abs of one entry", lambda x: square(x) + 0.01 * abs(x[2]), X, 2 * X),
    ("tiny abs of one entry", lambda x: square(x) + 1e-7 * abs(x[0]), X, 2 * X),
    ("norm forgotten", lambda x: square(x) + np.linalg.norm(x), X, 2 * X),
    ("vdot is constant", lambda x: np.vdot(x, x).real, X, 0 * X),
    ("x conj(x)", lambda x: np.sum(x * x.conj()).real, X, 0 * X),
    ("conj in one term", lambda x: sines(x) + np.sum(x.conj()), X, np.cos(X) - 1),
    ("real in one term", lambda x: sines(x) + np.sum(x.real**2), X, np.cos(X)),
    ("variance forgotten", lambda x: sines(x) + x.var(), X, np.cos(X)),
    ("log det forgotten", lambda x: np.sum(x**2) + log_det(x), A, 2 * A),
    ("cholesky as its complex step", cholesky, A, 0 * A),
    ("float() of a term", lambda x: square(x) + float(x[0].real), X, 2 * X),
    ("a real buffer", into_a_real_buffer, X, 0 * X),
    ("another f for complex numbers", different_for_complex, X, 3 * X**2),
    ("real part of all", lambda x: np.sum(x.real**2) + 0j * x[0], X, 0 * X),
    ("real part of one entry", lambda x: square(x) + x.real[3], X, 2 * X),
    ("abs hidden by an offset", lambda x: 1e6 + 1e-10 * np.abs(x).sum(), X, 0 * X),
)
SLIPS = cases(
    False,
    ("factor 2", sines, X, 2 * np.cos(X)),
    ("sign", sines, X, -np.cos(X)),
    ("a tenth of a percent", sines, X, 1.001 * np.cos(X)),
    ("a millionth", sines, X, (1 + 1e-6) * np.cos(X)),
    ("first entry", sines, X, half_of(np.cos(X), 0)),
    ("last entry", sines, X, half_of(np.cos(X), -1)),
    ("reversed", sines, X, np.cos(X)[::-1]),
    ("all zero", sines, X, 0 * X),
    ("zeroed on a tiny loss", lambda x: 1e-7 * square(x), X, 0 * X),
    ("zeroed on a tinier loss", lambda x: 1e-20 * square(x), X, 0 * X),
    ("sign on a tiny loss", lambda x: 1e-9 * np.abs(x).sum(), X, -1e-9 * SIGN),
    ("mean for sum", lambda x: np.sum(x**2), X, 2 * X / 4),
    ("transpose of a square matrix", layer, W, layer_gradient(W).T),
    ("a row twice", layer, W, half_of(layer_gradient(W), 2)),
    ("small entry twice", lambda x: np.sum(SPAN * x**2), X, half_of(2 * SPAN * X, 2)),
    ("small entry twice, abs", lambda x: np.sum(SPAN * np.abs(x)), X,
     half_of(SPAN * SIGN, 2)),
    ("small entry zeroed, abs", lambda x: np.sum(SPAN * np.abs(x)), X,
     SPAN * SIGN * [1, 1, 0, 1]),
    ("one added to softmax", lambda x: np.sum(softmax(x)), X, [1e-9, 0, 0, 0]),
    ("softmax for its logarithm", lambda x: np.log(softmax(x)[1]), X,
     np.eye(4)[1] * P[1] - P),
    ("dead units get a gradient", relu, X, np.arange(1.0, 5)),
    ("argument ignored", lambda x: 3.0, X, np.ones(4)),
    ("chain rule forgotten", lambda x: sines(x**2), X, np.cos(X**2)),
    ("wrong by 1.01 over 1e6", lambda x: 1e6 + sines(x), X, 1.01 * np.cos(X)),
    ("wrong behind 1e16", lambda x: 1e16 + sines(x), X, -np.cos(X)),
    ("zeroed behind an offset", lambda x: 1e6 + 1e-10 * square(x), X, 0 * X),
    ("zeroed in saturation", saturated, np.array([30.0]), [0.0]),
    ("sign in saturation", saturated, np.array([30.0]), [math.exp(-30)]),
    ("float32 by a percent", single_precision, X, 1.01 * np.cos(X)),
)
FORMS = cases(
    False,
    ("complex gradient", sines, X, np.cos(X) + 1j),
    ("tiny imaginary part", sines, X, np.cos(X) + 1e-9j),
    ("nan in the gradient", sines, X, np.where(X > 2, np.nan, np.cos(X))),
    ("inf in the gradient", sines, X, np.where(X > 2, np.inf, np.cos(X))),
    ("shape that broadcasts", sines, X, np.cos(X)[None]),
    ("one number for all", lambda x: np.sum(x), X, 1.0),
    ("too few entries", sines, X, np.cos(X)[:3]),
    ("None", sines, X, None),
    ("f returns None", lambda x: None, X, 0 * X),
    ("f is inf", lambda x: np.inf, X, 0 * X),
    ("f is nan", lambda x: np.sum(np.log(x)), X, 1 / X),
    ("f returns a vector", lambda x: x**2, X, 2 * X),
    ("a kink at the point", relu, np.array([0.0, 1, -1, 2]), [0.5, 2, 0, 4]),
    ("abs at 0", lambda x: np.abs(x).sum(), np.array([0.0, 1]), [0, 1]),
    ("fresh mask", fresh_mask(0.5), X, np.full(4, 0.5)),
    ("another value at each call", counting, X, 2 * X),
    ("noise now and then, wrong", now_and_then(7), X, 2.02 * X),
)
LOG_DET = np.linalg.inv(A).T
LOGISTIC = 1 / (1 + np.exp(-X))

NOT_ANALYTIC = cases(
    True,
    ("abs", lambda x: square(x) + 0.1 * np.abs(x).sum(), X, 2 * X + 0.1 * SIGN),
    ("norm", np.linalg.norm, X, UNIT),
    ("vdot", lambda x: np.vdot(x, x), X, 2 * X),
    ("conj", lambda x: np.sum(x.conj() * x), X, 2 * X),
    ("variance", lambda x: x.var(), X, (X - X.mean()) / 2),
    ("standard deviation", lambda x: x.std(), X, (X - X.mean()) / 4 / X.std()),
    ("slogdet", log_det, A, LOG_DET),
    ("cholesky", cholesky, A, LOG_DET),
    ("float()", lambda x: float(square(x)), X, 2 * X),
    ("math", lambda x: math.sin(x[0]) + math.exp(x[1]), X,
     [math.cos(X[0]), math.exp(X[1]), 0, 0]),
    ("a real buffer", into_a_real_buffer, X, 2 * X),
    ("another f for complex numbers", different_for_complex, X, 2 * X),
    ("single precision inside", single_precision, X, np.cos(X)),
    ("float32 returned", lambda x: np.float32(sines(x)), X, np.cos(X)),
    ("relu", relu, X, RISE),
    ("relu near its kink", relu, X * [1e-4, 1, 1, 1], RISE),
    ("maximum", lambda x: np.max(x), X, [0, 0, 1, 0]),
    ("logarithm near its edge", lambda x: float(np.sum(np.log(x))), POSITIVE,
     1 / POSITIVE),
    ("logarithm at 1e-6", lambda x: math.log(x[0]) + x[1], np.array([1e-6, 1]),
     [1e6, 1]),
    ("root near its edge", lambda x: float(np.sum(np.sqrt(x))), POSITIVE,
     0.5 / np.sqrt(POSITIVE)),
    ("arccos near 1", lambda x: float(np.sum(np.arccos(x))), np.array([0.9999, 0]),
     -1 / np.sqrt(1 - np.array([0.9999, 0]) ** 2)),
    ("1 / |x| near 0", lambda x: np.sum(1 / np.abs(x)), np.array([1e-3, -1]),
     [-1e6, 1]),
    ("odd function at its zero", lambda x: np.sum(x * np.abs(x)), np.array([0.0, 1]),
     [0, 2]),
)
ANALYTIC = cases(
    True,
    ("sine", sines, X, np.cos(X)),
    ("square layer", layer, W, layer_gradient(W)),
    ("logistic", lambda x: np.sum(1 / (1 + np.exp(-x))), X, LOGISTIC * (1 - LOGISTIC)),
    ("softmax", lambda x: np.log(softmax(x)[1]), X, np.eye(4)[1] - P),
    ("bias before a softmax sum", lambda x: np.sum(softmax(x)), X, 0 * X),
    ("zero but for rounding", lambda x: np.sum(softmax(x)), X, [1e-17, 0, -2e-17, 0]),
    ("zero but for rounding, abs", lambda x: np.abs(softmax(x)).sum(), X,
     [1e-17, 0, -2e-17, 0]),
    ("zero, difference of sums", lambda x: x.sum() - x[::-1].sum(), X, 0 * X),
    ("a minimum", lambda x: 1 + square(x), 0 * X, 0 * X),
    ("argument ignored", lambda x: 3.0, X, 0 * X),
    ("tiny loss", lambda x: 1e-20 * square(x), X, 2e-20 * X),
    ("huge loss", lambda x: 1e20 * square(x), X, 2e20 * X),
    ("offset", lambda x: 1e6 + sines(x), X, np.cos(X)),
    ("offset of an abs", lambda x: 1e6 + np.abs(x).sum(), X, SIGN),
    ("entries of all sizes", lambda x: np.sum(SPAN * x**2), X, 2 * SPAN * X),
    ("tiny x", lambda x: np.sum(np.log(x)), 1e-9 * POSITIVE, 1e9 / POSITIVE),
    ("large x", sines, 1e5 * X, np.cos(1e5 * X)),
    ("300 kinks", kinks_everywhere, X, ROWS.T @ np.sign(ROWS @ X - 0.3)),
    ("dead units", relu, -np.abs(X), 0 * X),
    ("fast oscillation", wiggle, X, 1000 * np.cos(1000 * X)),
)
ODD_FORMS = cases(
    True,
    ("f returns shape (1,)", lambda x: np.sum(x**2, keepdims=True), X, 2 * X),
    ("f returns a list", lambda x: [square(x)], X, 2 * X),
    ("f returns a tuple", lambda x: (square(x),), X, 2 * X),
    ("no entries", lambda x: np.sum(x), np.zeros((0, 3)), np.zeros((0, 3))),
    ("a number", lambda x: x**2, 3.0, 6.0),
    ("0-d array", lambda x: np.sin(x), np.array(0.3), np.array(math.cos(0.3))),
    ("lists", lambda x: np.sum(x**2), [[1.0, 2.0]], [[2.0, 4.0]]),
    ("integers", square, np.array([1, 2, -3]), np.array([2, 4, -6])),
    ("float32", square, X.astype(np.float32), 2 * X.astype(np.float32)),
    ("float32 gradient", sines, X, np.cos(X).astype(np.float32)),
    ("objects", square, X.astype(object), 2 * X),
    ("Fortran order", layer, np.asfortranarray(W), layer_gradient(W)),
    ("writes to its argument", writes_to_its_argument, X, 8 * X),
)

WRONG = DROPPED + SLIPS + FORMS + cases(False, *gradient_cases_far.WRONG)
RIGHT = NOT_ANALYTIC + ANALYTIC + ODD_FORMS + cases(True, *gradient_cases_far.RIGHT)
