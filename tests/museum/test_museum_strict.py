"""Checks of the museum notice small mistakes, not only those of its exhibits.

A check that lets a few per cent pass would still notice most exhibits, so no table
would differ. Here a function that a check calls is a little wrong.
"""

from types import SimpleNamespace

import numpy as np
import pytest

from scratchae.formulas import (
    corruption,
    divergences,
    importance,
    losses,
    penalties,
    reparameterization,
    schedules,
    softmax,
)
from scratchae.museum import _is_caught, conduct, mathematics
from scratchae.training import loop


def value(change):
    """Of a function that gives (value, cache), another value."""
    def wrong(function):
        def called(*arguments):
            out, cache = function(*arguments)
            return change(out), cache
        return called
    return wrong


def level(add):
    """Of a corruption x, u, level: another level."""
    return lambda function: lambda x, u, at: function(x, u, at + add)


def evaluated(function):
    """A nat less of reconstruction than there is."""
    def called(*arguments):
        found = function(*arguments)
        return found | {"recon": found["recon"] - 1}
    return called


def lenient(check):
    """A gradient check that lets all numbers, or one, be a thousandth too large."""
    def called(f, x, gradient):
        one = 1 + 0.001 * np.eye(gradient.size).reshape(-1, *gradient.shape)
        return SimpleNamespace(passed=any(
            check(f, x, gradient / part).passed for part in (1, 1.001, *one)))
    return called


def corruptions():
    """That part of the check of draws, with its own rows."""
    x = np.tile([0.1, 0.5, 0.8], (5000, 1))
    conduct._corruptions(x, np.random.default_rng(0))


def off(x):
    return x * (1 + 1e-6) + 1e-6


SMALL = [
    (mathematics.closed_form, divergences, "kl_diag_gaussian_forward", value(off)),
    (mathematics.closed_form, penalties, "kl_sparsity_forward", value(off)),
    (mathematics.closed_form, importance, "log_mean_exp_forward", value(off)),
    (mathematics.closed_form, losses, "bernoulli_nll_forward", value(off)),
    (mathematics.closed_form, softmax, "softmax_nll_forward", value(off)),
    (mathematics.closed_form, schedules, "cosine", lambda f: lambda at: 1 - at),
    (mathematics.guards, losses, "bernoulli_nll_forward",
     value(lambda nll: np.minimum(nll, 745))),
    (mathematics.guards, softmax, "softmax_nll_forward",
     value(lambda nll: np.minimum(nll, 745))),
    (mathematics.guards, divergences, "kl_diag_gaussian_forward",
     value(lambda kl: kl * np.inf)),
    (mathematics.kl_not_negative, divergences, "kl_diag_gaussian_forward",
     value(lambda kl: kl - 0.5)),
    (mathematics.sampler_moments, reparameterization, "reparameterize_diag_forward",
     value(lambda z: z + 0.1)),
    (mathematics.sampler_moments, reparameterization, "reparameterize_diag_forward",
     value(lambda z: z.mean(axis=0) + 1.05 * (z - z.mean(axis=0)))),
    (mathematics.checker_checked, mathematics, "check_gradient", lenient),
    (mathematics.checker, mathematics, "check_gradient", lenient),
    (mathematics.bound, loop, "evaluate", evaluated),
    (corruptions, corruption, "add_gaussian_noise", level(0.02)),
    (corruptions, corruption, "mask", level(0.03)),
    (corruptions, corruption, "salt_and_pepper", level(0.06)),
]


@pytest.mark.parametrize("part, module, name, wrong", SMALL,
                         ids=[f"{part.__name__}-{name}" for part, _, name, _ in SMALL])
def test_a_small_mistake_is_noticed(part, module, name, wrong, monkeypatch):
    assert not _is_caught([part])
    monkeypatch.setattr(module, name, wrong(getattr(module, name)))
    assert _is_caught([part])


@pytest.mark.parametrize("factor", [0.7, 1.4])
def test_a_standard_error_that_is_off_by_some_tenths_is_noticed(factor, monkeypatch):
    right = conduct.StreamedLogMean.standard_error
    monkeypatch.setattr(conduct.StreamedLogMean, "standard_error", property(
        lambda stream: factor * right.fget(stream)))
    assert _is_caught([conduct._standard_errors])


def test_reconstructions_that_are_all_outside_of_0_to_1_are_noticed(monkeypatch):
    monkeypatch.setattr(conduct.Autoencoder, "reconstruct",
                        lambda model, X: np.full(X.shape, 2.0))
    assert _is_caught([conduct.ranges_and_units])
