"""A whole network, which a student may write: what is asked of it, and what it returns.

What each method is for is in `training/__init__.py`. A network that is wrong gets an
error with its name and its method's, before the first batch where that can be known.
"""

import numbers
from contextlib import suppress
from functools import wraps
from inspect import signature

import numpy as np

from scratchae.nn.own import first_not_finite, is_ours, name_of, shaped

ASKED = {  # methods by name, with what they are called with
    "initialise": ("rng", "x"), "draw": ("x", "rng", "epoch"), "backward": (),
    "scheduled": ("epoch",), "kink_pattern": (),
}
HELD = ("sizes", "unit", "parameters", "encoder", "decoder")


def checked(build_network):
    """`build_network(self, d, ...)` of one's own, whose network is checked, and asked
    for the right answers from then on."""
    @wraps(build_network)
    def built(model, d, *classes):
        network = build_network(model, d, *classes)
        _check_network(network, type(model).__name__, d, model.dtype)
        _check_answers(network, "draw", _arguments)
        _check_answers(network, "loss", _losses)
        return network

    return built


def _check_network(network, owner, d, dtype):
    """Raise TypeError for what is no network, ValueError for one of another model.

    owner : the model whose `build_network` returned it   d : features of the data
    dtype : that of the model
    """
    is_class = isinstance(network, type)
    what = "a class" if is_class else name_of(network)
    who = f"{owner}.build_network returned {what}"
    missing = [name for name in HELD if is_class or not hasattr(network, name)]
    if missing:
        raise TypeError(f"{who}, which has no {missing[0]!r}; expected a network, such "
                        "as an object of a subclass of AutoencoderNetwork")
    for name, given in ASKED.items():
        _check_method(network, name, given)
    if not callable(getattr(network, "loss", None)):  # what it takes, `draw` gives
        raise TypeError(f"{name_of(network)} has no method 'loss'")
    _numbers(network, "scheduled", network.scheduled())
    if network.sizes[0] != d:
        raise ValueError(f"{who} of sizes {network.sizes}; expected {d} features first")
    if network.parameters.dtype != dtype:
        raise ValueError(f"{who} with parameters of {network.parameters.dtype}; "
                         f"expected the model's dtype, {np.dtype(dtype)}")


def _check_method(network, name, given):
    method = getattr(network, name, None)
    if not callable(method):
        raise TypeError(f"{name_of(network)} has no method {name!r}")
    try:
        signature(method).bind(*given)
    except ValueError:  # nothing is known of it
        return
    except TypeError as error:
        raise TypeError(f"{name_of(network)}.{name} cannot be called as {name}("
                        f"{', '.join(given)}): {error}") from None


def check_takes(network, name, why):
    """Raise TypeError unless `loss` has a parameter of this name."""
    try:
        signature(network.loss).bind_partial(**{name: None})
    except TypeError:
        raise TypeError(f"{name_of(network)}.loss has no parameter {name!r}, which "
                        f"{why} is given in") from None


def _check_answers(network, name, check):
    """Have a method that is not the package's answer through the check."""
    method = getattr(network, name)
    if is_ours(method):
        return

    @wraps(method)
    def asked(*given, **named):
        return check(network, method(*given, **named))

    setattr(network, name, asked)


def _arguments(network, drawn):
    """What `draw` gives for a batch: the arguments of `loss` by name."""
    return _by_name(network, "draw", drawn, "arguments of loss")


def _losses(network, returned):
    """What `loss` gives for what was drawn: numbers by name, "loss" among them."""
    losses = _numbers(network, "loss", returned)
    if "loss" not in losses:
        raise TypeError(f"{name_of(network)}.loss returned {[*losses]}; expected 'loss'"
                        " among them")
    return losses


def not_finite_first(network, inputs, of_gradient=False):
    """What of one's own made the first number of a batch that is not finite, in words,
    or "": found by another pass, so only once a training has failed.

    of_gradient : whether the loss was finite and the step was not. Where the gradient
        is, nobody's piece is at fault: the learning rate times it is too large.
    """
    if of_gradient and _are_finite(network.parameters.grad):
        return ""
    if not _are_finite(inputs.get("x", 0)):
        corruption = getattr(getattr(network, "corruption", None), "own", None)
        if corruption is not None:
            return f"x_tilde that {name_of(corruption)}.corrupt returned"
        return _of_own(network, "draw")
    losses = {}
    found = first_not_finite(lambda: losses.update(network.loss(**inputs)))
    if found:
        return found
    if np.isfinite(losses.get("loss", np.nan)):
        found = first_not_finite(network.backward)
        steep = not found and not _are_finite(network.parameters.grad)
        return _of_own(network, "backward") if steep else found
    with suppress(Exception):  # it may have no such layers
        if not all(_are_finite(part.output) for part in (network.encoder,
                                                         network.decoder)):
            return ""
    return _of_own(network, "loss")


def _are_finite(array):
    return bool(np.isfinite(array).all())


def _of_own(network, method):
    """In words what this method made, unless it is one of the package's."""
    ours = is_ours(getattr(type(network), method))
    return "" if ours else f"what {name_of(network)}.{method} made"


def _by_name(network, method, returned, what):
    if isinstance(returned, dict) and all(isinstance(name, str) for name in returned):
        return returned
    got = [*returned] if isinstance(returned, dict) else type(returned).__name__
    raise TypeError(f"{name_of(network)}.{method} returned {got}; expected a dict of "
                    f"{what} by name")


def _numbers(network, method, returned):
    for name, value in _by_name(network, method, returned, "numbers").items():
        if not isinstance(value, numbers.Real):  # else an array without axes, perhaps
            shaped(value, (), network.parameters.dtype,
                   f"{name_of(network)}.{method}", repr(name))
    return returned
