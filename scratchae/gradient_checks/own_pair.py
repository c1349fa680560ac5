"""A pair of functions in a file of one's own, and its gradient check at an example."""

import copy
import inspect
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from scratchae.gradcheck import random_projection
from scratchae.gradcheck.loss import real_array
from scratchae.gradient_checks.check import Check
from scratchae.gradient_checks.nested import (
    by_argument,
    flattened,
    in_float64,
    rebuilt,
)

SECOND = {"forward": "backward", "loss": "gradients"}
SHAPE = (5, 7)  # of the example that a forward of one argument need not bring


class Pair(NamedTuple):
    """kind : "forward" or "loss"   prefix : of the functions' names, such as "relu_"
    first, second : NAME_forward and NAME_backward, or NAME_loss and NAME_gradients
    example : NAME_example, a function or what it would return
    None stands for what the file does not have.
    """

    kind: str
    prefix: str
    first: callable
    second: callable
    example: object

    @classmethod
    def found(cls, kind, prefix, functions):
        """The pair with the functions that a file has, by name."""
        ends = kind, SECOND[kind], "example"
        return cls(kind, prefix, *(functions.get(prefix + end) for end in ends))

    @property
    def end(self):
        """What the name of the second function ends with."""
        return SECOND[self.kind]

    def missing(self):
        """Name of the function that the file does not have, or ""."""
        if self.first is None:
            return self.prefix + self.kind
        return self.prefix + self.end if self.second is None else ""


def check_of_pair(pair, rng):
    """The Check of a pair at its example, whether the gradients are the same when asked
    for twice, and names of the arrays for which they are None: not checked."""
    if pair.kind == "forward":
        return _forward_check(pair, rng)
    return _loss_check(pair, rng)


def _forward_check(pair, rng):
    """Of a forward, projected at random, and its backward."""
    prefix, backward = pair.prefix, pair.second
    given = _arguments(pair, rng)
    floats = {n: v for n, v in flattened(given, given).items() if _kind_of(v) == "f"}
    if not floats:
        raise ValueError(f"{prefix}example: there is no float array among {[*given]}")

    def run(changed):
        returned = _called(pair.first, rebuilt(given, changed))
        if not isinstance(returned, tuple) or len(returned) != 2:
            raise ValueError(f"{prefix}forward must return out, cache")
        return returned

    out, cache = run({})
    if _kind_of(out) not in {*"biufc"}:
        raise ValueError(f"{prefix}forward must return an array of numbers as out. "
                         f"Got {out!r:.80}")
    d_out = random_projection(np.shape(out), rng)

    def found():
        gradients = copy.deepcopy(backward(d_out.copy(), cache))
        return by_argument(gradients, given, floats)

    first, second = found(), found()
    left = [n for n in floats if n in first and first[n] is None]
    constant = [n for n, v in floats.items() if type(v) is float and n not in first]
    point = {n: v for n, v in floats.items() if n not in left + constant}
    gradients = {name: g for name, g in first.items() if g is not None}
    check = Check(lambda p: np.sum(run(p)[0] * d_out), point, gradients)
    return check, _same(first, second), left


def _loss_check(pair, rng):
    """Of a loss and its gradients, of which none is left out."""
    prefix, loss, gradients = pair.prefix, pair.first, pair.second
    if pair.example is None:
        raise ValueError(f"there is no {prefix}example(rng) of the parameters")
    given = _by_names(_example(pair.example, rng), f"{prefix}example")
    point = {n: real_array(v, n) for n, v in flattened(given, given).items()}

    def arrays():
        return rebuilt(given, copy.deepcopy(point))

    def found():  # after the loss, which may keep what they need
        loss(arrays())
        named = _by_names(gradients(arrays()), f"{prefix}gradients")
        return copy.deepcopy(flattened(named, given))

    first, second = found(), found()
    check = Check(lambda p: loss(rebuilt(given, p)), point, first)
    return check, _same(first, second), []


def _by_names(value, who):
    if not isinstance(value, Mapping):
        raise ValueError(f"{who} must return a dict of arrays")
    return value


def _arguments(pair, rng):
    """Name -> value of the arguments with which forward is called."""
    prefix, signature = pair.prefix, inspect.signature(pair.first)
    parameters = signature.parameters
    if any(p.kind is p.VAR_POSITIONAL for p in parameters.values()):
        raise ValueError(f"{prefix}forward{signature}: expected arguments with names")
    if pair.example is None:
        needed = [n for n, p in parameters.items() if p.default is p.empty]
        if len(needed) != 1:
            raise ValueError(f"write {prefix}example(rng), which returns the "
                             f"arguments {', '.join(parameters)}")
        return {needed[0]: rng.normal(size=SHAPE)}
    given = _example(pair.example, rng)
    if isinstance(given, Mapping):  # in the order of the arguments, as gradients are
        return {n: given[n] for n in parameters if n in given} | dict(given)
    given = given if isinstance(given, tuple | list) else (given,)
    if len(given) > len(parameters):
        raise ValueError(f"the example has {len(given)} arguments; forward "
                         f"takes {', '.join(parameters)}")
    return dict(zip(parameters, given, strict=False))


def _called(forward, given):
    """forward with its arguments by name, or by their place where it asks for that."""
    by_place = [n for n, p in inspect.signature(forward).parameters.items()
                if p.kind is p.POSITIONAL_ONLY and n in given]
    rest = {n: value for n, value in given.items() if n not in by_place}
    return forward(*(given[n] for n in by_place), **rest)


def _kind_of(value):
    """The kind of the array's dtype, or "" of a list that is no array."""
    try:
        return np.asarray(value).dtype.kind
    except ValueError:
        return ""


def _example(example, rng):
    if not callable(example):
        return in_float64(copy.deepcopy(example))
    made = example(rng) if inspect.signature(example).parameters else example()
    return in_float64(made)


def _same(first, second):
    """Whether two calls gave the same bits; NaN is what it was, too."""
    def bits(gradients):
        arrays = {name: np.asarray(g) for name, g in gradients.items()}
        return {name: (a.shape, a.dtype == object or a.tobytes())
                for name, a in arrays.items()}

    return bits(first) == bits(second)
