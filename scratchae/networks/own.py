"""A student's own pixels, posteriors, penalties and corruptions, checked as they run.

Each class takes an object that has at least the methods named in its docstring; what
else the base class has may be otherwise too, and is then the object's.
"""

import numpy as np

from scratchae.networks.corruptions import CORRUPTIONS
from scratchae.networks.penalties import PENALTIES, KLSparsity, Penalty, TopK
from scratchae.networks.pixels import GaussianPixels, Pixels
from scratchae.networks.posteriors import POSTERIORS, Posterior
from scratchae.nn.own import (
    check_shapes,
    is_count,
    is_ours,
    its_own,
    like,
    method_of,
    name_of,
    parts,
    read_only,
    shaped,
    sides,
    tell_once,
)

OTHERS = ("encoder.", "decoder.", "training.")  # how arrays of a file are named
FILES_OWN = ("description", "file", "allow_pickle")  # what it is written with


def _take_over(mine, own, names, answers):
    """What the object has under these names is the object's.

    answers : by name, what is returned, and its shape as a function of the first array
    """
    for name in names:
        if name.startswith("_") or not hasattr(own, name):
            continue
        asked, usual = getattr(own, name), getattr(type(mine), name)
        if callable(usual):
            asked = method_of(own, name)
        elif type(asked) is not type(usual):
            raise TypeError(f"{name_of(own)}.{name} is {asked!r}; expected a "
                            f"{type(usual).__name__}")
        if name in answers:
            asked = _answering(asked, f"{name_of(own)}.{name}", *answers[name])
        setattr(mine, name, asked)


def _answering(asked, who, what, shape_of):
    def checked(array, *rest):
        return shaped(asked(array, *rest), shape_of(array), array.dtype, who, what)

    return checked


def _of_each(*shape):
    """The shape of an answer that has one of this shape for each row that it is of."""
    return lambda array: (len(array), *shape)


class OwnPixels(Pixels):
    """`forward(out, x) -> losses, cache` and `backward(d_loss, cache) -> d_out`."""

    def __init__(self, own):
        self.own = own = its_own(own)  # `attach` gives it this network's parameters
        shapes = getattr(own, "shapes", {})
        check_shapes(shapes, f"{name_of(own)}.shapes is")
        taken = [n for n in shapes if n in FILES_OWN or n.startswith(OTHERS)]
        if taken:
            raise ValueError(f"{name_of(own)}.shapes has {taken[0]!r}, as layers' "
                             "parameters and what else a file has are named; expected "
                             "another name")
        _take_over(self, own, vars(Pixels), {
            "start": ("out", lambda x: x.shape[1:]),
            "mean": ("x", np.shape), "sample": ("x", np.shape),
        })

    @property
    def variance(self):
        """sigma^2, of one's own kind of `GaussianPixels`; None of others."""
        return self.own.variance if isinstance(self.own, GaussianPixels) else None

    def forward(self, out, x):
        """Loss per row : (n,), and the cache."""
        tell_once(self.own)
        who = f"{name_of(self.own)}.forward"
        returned = self.own.forward(read_only(out), read_only(x))
        losses, cache = parts(returned, who, "losses, cache")
        return shaped(losses, (len(x),), out.dtype, who, "losses"), (cache, out)

    def backward(self, d_loss, cache):
        """Gradient of the decoder's output : (n, d).  d_loss : (n,)."""
        cache, out = cache
        d_out = self.own.backward(read_only(d_loss), cache)
        return like(d_out, out, f"{name_of(self.own)}.backward", "d_out")


class OwnPenalty(Penalty):
    """`forward(h) -> P, cache`, a number, and `backward(d_penalty, cache) -> dh`."""

    def __init__(self, own):
        self.own = own = its_own(own)
        both = "restrict", "restrict_backward"
        if hasattr(own, both[0]) != hasattr(own, both[1]):
            raise TypeError(f"{name_of(own)} has one of {both[0]} and {both[1]}; "
                            "expected both or none")
        _take_over(self, own, ["restrict_backward"],
                   {"restrict_backward": ("dh", np.shape)})

    def restrict(self, h):
        """What the decoder sees of h : (n, k), and the cache."""
        if not hasattr(self.own, "restrict"):
            return super().restrict(h)
        who = f"{name_of(self.own)}.restrict"
        seen, cache = parts(method_of(self.own, "restrict")(h), who, "h, cache")
        return like(seen, h, who, "h"), cache

    def kinks(self, h):
        """Which side of its kinks each unit is on, as the object tells it."""
        if not hasattr(self.own, "kinks"):
            return super().kinks(h)
        return sides(method_of(self.own, "kinks")(h), f"{name_of(self.own)}.kinks")

    def forward(self, h, layer):
        """P, one number for the batch, and the cache."""
        who = f"{name_of(self.own)}.forward"
        penalty, cache = parts(self.own.forward(read_only(h)), who, "P, cache")
        return shaped(penalty, (), h.dtype, who, "P")[()], (cache, h)

    def backward(self, d_penalty, cache):
        """dh : (n, k), and None."""
        cache, h = cache
        dh = self.own.backward(read_only(d_penalty), cache)
        return like(dh, h, f"{name_of(self.own)}.backward", "dh"), None


class OwnPosterior:
    """`size(k)`, `forward(head, eps) -> z, kl, cache`, `backward(dz, d_kl, cache) ->
    dhead`, and `std`, `covariance`, `divergences`, `log_ratio`, or `standardised` with
    `log_det`, for questions that need them: see `networks/posteriors.py`.

    `mean(head)` is the first k columns, `sample` the z of `forward`, if it has none.
    """

    def __init__(self, own, k):
        self.own = own = its_own(own)  # it may keep what `size` is told
        self.k, self.size = k, method_of(own, "size")(k)
        if not is_count(self.size):
            raise TypeError(
                f"{name_of(own)}.size returned {self.size!r}; expected a positive int"
            )
        _take_over(self, own, ("mean", "sample"), {
            "mean": ("mu", _of_each(k)), "sample": ("z", _of_each(k))})
        self._answers = {
            "std": ("sigma", _of_each(k)), "covariance": ("Sigma", _of_each(k, k)),
            "divergences": ("kl", _of_each(k)), "standardised": ("eps", _of_each(k)),
            "log_ratio": ("log p - log q", _of_each()),
            "log_det": ("log det L", _of_each()),
        }

    def __getattr__(self, name):
        """What else is asked is asked of the object; its class is in the error."""
        if name == "own" or name.startswith("_"):
            raise AttributeError(name)
        if not hasattr(self.own, name):
            raise AttributeError(
                f"{name_of(self.own)} has no method {name!r}, which is needed here"
            )
        asked = method_of(self.own, name)
        if name not in self._answers:
            return asked
        return _answering(asked, f"{name_of(self.own)}.{name}", *self._answers[name])

    def mean(self, head):
        """mu : (n, k)."""
        return head[:, : self.k]

    def sample(self, head, eps):
        """z : (n, k)."""
        return self.forward(head, eps)[0]

    def divergence(self, head):
        """The kl of `forward` at z = mu : (n,)."""
        return self.forward(head, np.zeros((len(head), self.k), head.dtype))[1]

    def forward(self, head, eps):
        """z : (n, k), kl : (n,) and the cache."""
        tell_once(self.own)
        who = f"{name_of(self.own)}.forward"
        returned = self.own.forward(read_only(head), read_only(eps))
        z, kl, cache = parts(returned, who, "z, kl, cache", 3)
        z = shaped(z, eps.shape, np.result_type(head, eps), who, "z")
        return z, shaped(kl, (len(head),), head.dtype, who, "kl"), (cache, head)

    def backward(self, dz, d_kl, cache):
        """dhead : (n, size)."""
        cache, head = cache
        dhead = self.own.backward(read_only(dz), read_only(d_kl), cache)
        return like(dhead, head, f"{name_of(self.own)}.backward", "dhead")


class OwnCorruption:
    """`corrupt(x, rng) -> x_tilde`."""

    def __init__(self, own):
        self.own = its_own(own)

    def corrupt(self, x, rng):
        """A corrupted copy of x : (n, d)."""
        tell_once(self.own)
        who = f"{name_of(self.own)}.corrupt"
        return like(self.own.corrupt(read_only(x), rng), x, who, "x_tilde")


def class_of(value, named):
    """The class for a name, or that of an object: of ours the two are the same."""
    return named[value] if isinstance(value, str) else type(value)


def pixels_of(value, named):
    """The distribution for a name, by the makers in `named`, or for an object."""
    if isinstance(value, str):
        return named[value]()
    return its_own(value) if is_ours(type(value)) else OwnPixels(value)


def penalty_of(value, rho, n_active):
    """The penalty for a name, "kl" of rho and "top_k" of n_active, or for an object."""
    if not isinstance(value, str):
        return its_own(value) if isinstance(value, Penalty) else OwnPenalty(value)
    if value == "kl":
        return KLSparsity(rho)
    if value == "top_k":
        return TopK(n_active)
    return PENALTIES[value]()


def corruption_of(value, level):
    """The corruption for a name and its level, or for an object."""
    if isinstance(value, str):
        return CORRUPTIONS[value](level)
    return its_own(value) if is_ours(type(value)) else OwnCorruption(value)


def posterior_of(value, k):
    """The posterior in k dimensions for a name or an object."""
    if isinstance(value, str):
        return POSTERIORS[value](k)
    if not isinstance(value, Posterior):
        return OwnPosterior(value, k)
    if value.k != k:
        raise ValueError(f"{name_of(value)} has k={value.k}; expected n_components={k}")
    return its_own(value)
