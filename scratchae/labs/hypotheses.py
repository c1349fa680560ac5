"""Slips that several labs share: of a dense layer, an activation, a sum of two terms.

Each takes names of quantities or functions of the quantities v, and gives a tuple of
Slips for one tensor.
"""

from types import SimpleNamespace

import numpy as np

from scratchae.formulas.activations import ACTIVATIONS
from scratchae.gradcheck.slips import Slip

# Derivatives that are written in h; dh times them with a sign changed, or without the
# brackets.
IN_H = {"sigmoid": lambda h: h * (1 - h), "tanh": lambda h: 1 - h * h}
OTHER_SIGN = {"sigmoid": lambda h: h * (1 + h), "tanh": lambda h: 1 + h * h}
NO_BRACKETS = {"sigmoid": lambda dh, h: dh * h - h, "tanh": lambda dh, h: dh - h * h}


def changed(v, **other):
    """The quantities v, with others in the place of some."""
    return SimpleNamespace(**{**vars(v), **other})


def upstream_missing(right, upstream):
    """The Slip of a gradient, right(v), that knows nothing of the one above it.

    upstream : the name of that
    """
    def wrong(v):
        return right(changed(v, **{upstream: np.ones_like(getattr(v, upstream))}))

    return Slip("without_upstream", "the upstream gradient is missing, as if it were "
                "ones", wrong)


def bias_slips(upstream):
    """What db is taken for : upstream, the name of the gradient that is summed."""
    def g(v):
        return getattr(v, upstream)

    return (
        Slip("bias_averaged", "averaged over the batch",
             lambda v: g(v).mean(axis=0)),
        Slip("bias_not_summed", "not summed over the batch", g),
        Slip("bias_first_row", "the first image's gradient only",
             lambda v: g(v)[0]),
        Slip("bias_total", "summed over the units too",
             lambda v: np.full(g(v).shape[1], g(v).sum())),
        Slip("bias_one_number", "summed over the units too", lambda v: g(v).sum()),
        Slip("bias_wrong_axis", "summed over the wrong axis",
             lambda v: g(v).sum(axis=1)),
        Slip("bias_keepdims", "an axis of length 1 too many: keepdims",
             lambda v: g(v).sum(axis=0, keepdims=True)),
    )


def weight_slips(x, upstream):
    """What dW is taken for : names of the layer's input and of the gradient above."""
    def product(v):
        return getattr(v, x).T @ getattr(v, upstream)

    return (
        Slip("weight_transposed", "transposed",
             lambda v: product(v).T),
        Slip("weight_averaged", "averaged over the batch; a layer never divides",
             lambda v: product(v) / len(getattr(v, x))),
        Slip("weight_first_row", "from the first image only",
             lambda v: np.outer(getattr(v, x)[0], getattr(v, upstream)[0])),
        Slip("weight_without_upstream", "the upstream gradient is missing, as if "
             "it were ones",
             lambda v: getattr(v, x).T @ np.ones_like(getattr(v, upstream))),
    )


def input_slips(upstream, W, dW):
    """What dx is taken for."""
    def g(v):
        return getattr(v, upstream)

    return (
        Slip("dW_for_W", "on the way down stands the gradient of W, not W",
             lambda v: g(v) @ getattr(v, dW).T),
        Slip("updated_W", "on the way down stands W after a step, not the W of forward",
             lambda v: g(v) @ (getattr(v, W) - getattr(v, dW)).T),
        Slip("input_without_upstream", "the upstream gradient is missing, as if "
             "it were ones",
             lambda v: np.ones_like(g(v)) @ getattr(v, W).T),
        Slip("input_averaged", "divided by the batch; a layer never divides",
             lambda v: g(v) @ getattr(v, W).T / len(g(v))),
        Slip("only_W", "the upstream gradient is missing: W alone, transposed",
             lambda v: getattr(v, W).T),
    )


def slope_slips(name, a, dh, others=()):
    """What da = dh phi'(a) is taken for.

    name : of phi in ACTIVATIONS   a, dh : functions of v   others : names of further
        activations, whose derivative may have been taken
    """
    return (
        Slip("slope_missing", "the derivative of the activation is forgotten", dh),
        Slip("slope_alone", "the upstream gradient is missing: the derivative alone",
             lambda v: _slope(name, a(v))),
        Slip("slope_of_h", "the derivative is taken at h, where a belongs",
             lambda v: dh(v) * _slope(name, _value(name, a(v)))),
        Slip("slope_twice", "the derivative of the activation is multiplied in twice",
             lambda v: dh(v) * _slope(name, a(v)) ** 2),
        Slip("value_for_slope", "the activation itself stands where its derivative "
             "belongs", lambda v: dh(v) * _value(name, a(v))),
        *_written_in_h(name, a, dh),
        Slip("slope_of_upstream", "the derivative is taken at the upstream gradient",
             lambda v: dh(v) * _slope(name, dh(v))),
        *(Slip(f"slope_of_{other}", f"that is the derivative of another activation, "
               f"{other}", lambda v, other=other: dh(v) * _slope(other, a(v)))
          for other in others),
    )


def _value(name, a):
    """h = phi(a)."""
    return ACTIVATIONS[name].forward(a)[0]


def _slope(name, a):
    """phi'(a)."""
    _, cache = ACTIVATIONS[name].forward(a)
    return ACTIVATIONS[name].backward(np.ones_like(a), cache)


def _written_in_h(name, a, dh):
    """Slips of a derivative that is written in h, if that of this activation is."""
    if name not in IN_H:
        return ()
    return (
        Slip("a_for_h", "the derivative is written in h, and was given a",
             lambda v: dh(v) * IN_H[name](a(v))),
        Slip("sign_within", "a sign inside the derivative",
             lambda v: dh(v) * OTHER_SIGN[name](_value(name, a(v)))),
        Slip("brackets", "brackets around the derivative are missing",
             lambda v: NO_BRACKETS[name](dh(v), _value(name, a(v)))),
    )


def _sum(path, kl, alpha, beta):
    """alpha path + beta kl; a factor may be a size by its name."""
    n, k = path.shape
    given = {"n": n, "1/n": 1 / n, "1/k": 1 / k}
    return given.get(alpha, alpha) * path + given.get(beta, beta) * kl


def additive_slips(path, kl):
    """What the sum of a path and of a divergence's gradient is taken for.

    path, kl : functions of v that give the two terms, each (n, k), 1/n in both
    """
    def weighted(code, words, alpha, beta):
        return Slip(code, words, lambda v: _sum(path(v), kl(v), alpha, beta))

    return (
        weighted("kl_sign", "the divergence enters with the wrong sign", 1, -1),
        weighted("kl_missing", "the divergence is missing", 1, 0),
        weighted("path_missing", "the way through z is missing: the divergence alone",
                 0, 1),
        weighted("kl_not_averaged", "the divergence is not averaged over the batch",
                 1, "n"),
        weighted("kl_over_codes", "the divergence is averaged over the code units, "
                 "not summed", 1, "1/k"),
        weighted("kl_twice", "the divergence counts twice: its 1/2", 1, 2),
        weighted("kl_half", "the divergence counts half: a 1/2 too many", 1, 0.5),
        weighted("path_twice", "the way through z counts twice: the 1/2 of the "
                 "standard deviation is forgotten", 2, 1),
        weighted("path_half", "the way through z counts half: a 1/2 too many", 0.5, 1),
        weighted("path_sign", "the way through z enters with the wrong sign", -1, 1),
        weighted("path_averaged_twice", "the way through z has its 1/n already, and is "
                 "divided by n again", "1/n", 1),
        weighted("path_not_averaged", "the way through z is not averaged over the "
                 "batch", "n", 1),
    )


def term_slips(terms, skip=()):
    """What a sum is taken for of which one term has a wrong factor.

    terms : {code: (words, function of v)}; the right array is the sum of them all
    skip : codes that the lab has words of its own for
    """
    kinds = {"sign": ("enters with the wrong sign", -1), "missing": ("is missing", 0),
             "twice": ("counts twice", 2), "half": ("counts half", 0.5)}

    def with_factor(v, term, factor):
        right = sum(f(v) for _, f in terms.values())
        return right + (factor - 1) * term(v)

    return tuple(
        Slip(f"{code}_{kind}", f"{words} {said}",
             lambda v, term=term, factor=factor: with_factor(v, term, factor))
        for code, (words, term) in terms.items()
        for kind, (said, factor) in kinds.items() if f"{code}_{kind}" not in skip
    )
