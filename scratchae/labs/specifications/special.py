"""Further inputs of a part: values that are a lab's own lesson, as no noise or KL 0.

A wrong answer may be right as long as nothing is 0, or equal, or alone.
"""

import numpy as np


def but(inputs, **other):
    """The same inputs with others in the place of some : {name: value or function of
    all of them}.
    """
    def changed(rng, s):
        given = inputs(rng, s)
        return given | {name: value(given) if callable(value) else value
                        for name, value in other.items()}

    return changed


def first(inputs, **other):
    """The same inputs with others in the first image : {name: value or function}."""
    def put(name, value):
        def changed(given):
            array = given[name].copy()
            array[0] = value(given) if callable(value) else value
            return array

        return changed

    return but(inputs, **{name: put(name, value) for name, value in other.items()})


def upstream(name, inputs):
    """The same inputs, and the gradient that comes from above."""
    return lambda rng, s: {name: rng.normal(size=s.n), **inputs(rng, s)}


def at_target(inputs):
    """Units as active on average as they should be, the first one exactly."""
    def scaled(given):
        h = given["h"]
        wanted = given["rho"] + 0.01 * np.arange(h.shape[1]) / h.shape[1]
        return h * wanted / h.mean(axis=0)

    return but(inputs, h=scaled)


def zeros(*names):
    """Of these arrays that all is 0; for `but`."""
    def zero(name):
        return lambda given: 0 * given[name]

    return {name: zero(name) for name in names}


def nearly(name, of, step=0.01):
    """Of one array that it is nearly another; for `but`."""
    return {name: lambda given: given[of] + step * given[name]}
