"""Gradient checks notice mistakes that only some points, options or arrays show."""

import inspect

import numpy as np
import pytest

from scratchae.formulas import losses
from scratchae.formulas.activations import ACTIVATIONS
from scratchae.gradient_checks import CHECKS, SIZES, run_checks
from scratchae.gradient_checks.networks import (
    inputs_of,
    named_networks,
    network_check,
)
from scratchae.networks.bounds import OBJECTIVES
from scratchae.networks.corruptions import CORRUPTIONS
from scratchae.networks.penalties import PENALTIES
from scratchae.networks.posteriors import POSTERIORS
from scratchae.networks.variational import DECODERS, VariationalNetwork
from scratchae.nn.backend import ops

LAYERS = [name for name in CHECKS if name.startswith("layers_")]


@pytest.fixture
def planted(monkeypatch):
    """A function that puts a wrong operation in the place of the backend's."""
    def plant(name, wrong):
        right = getattr(ops, name)
        monkeypatch.setattr(type(ops), name, staticmethod(
            lambda *given, **options: wrong(right, *given, **options)), raising=False)

    return plant


@pytest.mark.parametrize("name", LAYERS)
def test_a_backward_that_adds_to_what_is_in_the_arrays_is_caught(name, planted):
    """They may hold the gradient of the step before."""
    def adds(right, da, cache, dW=None, db=None, *more, **options):
        before = [None if a is None else a.copy() for a in (dW, db)]
        dx = right(da, cache, dW, db, *more, **options)
        for array, old in zip((dW, db), before, strict=True):
            array += old
        return dx

    planted("layer_backward", adds)
    rows = {row.name: row.passed for row in run_checks([name]).rows}
    assert rows == {"V": False, "c": False, "W": False, "b": False, "x": True}


@pytest.mark.parametrize("name", ["loss_bernoulli_nll", "loss_squared_error"])
def test_a_loss_whose_gradient_leaves_out_the_scale_is_caught(name, planted):
    planted(name.removeprefix("loss_"),
            lambda right, predicted, x, scale: right(predicted, x, 1.0))
    assert not run_checks([name]).passed


@pytest.mark.parametrize("name", ["gaussian_head", "cholesky_head"])
@pytest.mark.parametrize("which", ["dz", "d_kl"])
def test_a_head_that_forgets_one_of_its_two_paths_is_caught(name, which, planted):
    def forgets(right, dz, d_kl, cache):
        return right(0 * dz, d_kl, cache) if which == "dz" else right(dz, 0.0, cache)

    planted(f"{name}_backward", forgets)
    assert not run_checks([name]).passed


def test_two_layers_are_checked_with_a_slope_between_them(planted):
    def without(right, da, cache, dW=None, db=None, below=None, **options):
        return right(da, cache, dW, db, None, **options)

    planted("layer_backward", without)
    for name in LAYERS:
        rows = {row.name: row.passed for row in run_checks([name]).rows}
        assert rows == {"V": True, "c": True, "W": False, "b": False, "x": False}


def test_noise_is_drawn_unless_it_is_asked_to_be_left_out():
    """Without it the gradient in log-variance lacks one of its two paths."""
    def build(dtype):
        return VariationalNetwork((7, 6, 4), "tanh", dtype=dtype)

    found = []
    for noiseless in False, True:
        check = network_check(build, np.random.default_rng(0), SIZES["different"],
                              noiseless)
        found.append(check.loss(check.point))
    assert found[0] != found[1]
    drawn = inputs_of(build(np.float64), np.random.default_rng(0), SIZES["different"])
    assert drawn["eps"].shape == (5, 4) and (drawn["eps"] != 0).all()


def test_a_loss_that_is_right_for_binary_targets_only_is_caught(planted, monkeypatch):
    backward = losses.bernoulli_nll_backward
    monkeypatch.setattr(losses, "bernoulli_nll_backward", lambda d_loss, cache:
                        backward(d_loss, (cache[0], np.round(cache[1]))))
    assert not run_checks(["bernoulli_nll"]).passed

    def rounds(right, logits, x, scale):
        return right(logits, x, scale)[0], right(logits, np.round(x), scale)[1]

    planted("bernoulli_nll", rounds)
    assert not run_checks(["loss_bernoulli_nll"]).passed


@pytest.mark.filterwarnings("ignore:no kernel for Bell")
def test_an_activation_of_ones_own_is_checked_in_hidden_and_code_layers():
    network = named_networks()["own_activation"](dtype=np.float64)
    a = np.linspace(-2, 2, 9)[None]
    for layer in network.encoder.layers:
        np.testing.assert_array_equal(layer.activation.forward(a)[0], np.exp(-a * a))


def test_what_is_drawn_is_that_of_a_time_after_any_warm_up():
    """At the start the divergence counts nothing, and one sample is drawn."""
    network = VariationalNetwork((7, 6, 4), kl_weight=0.7, kl_warmup_epochs=50)
    drawn = inputs_of(network, np.random.default_rng(0), SIZES["different"])
    assert drawn["kl_weight"] == 0.7


# What belongs to the course of a training, or is a gradient that is drawn.
NOT_CHECKED = {"dtype", "samples_warmup_epochs", "kl_warmup_epochs", "gradient_samples"}
CHOICES = {"activation": ACTIVATIONS, "penalty": PENALTIES, "corruption": CORRUPTIONS,
           "posterior": POSTERIORS, "decoder": DECODERS, "objective": OBJECTIVES,
           "loss": ("squared_error", "bernoulli")}


def options_of_networks():
    """(class, option, default, value) of all that the named networks are made with."""
    for build in named_networks().values():
        signature = inspect.signature(build.func)
        bound = signature.bind_partial(*build.args, **build.keywords)
        bound.apply_defaults()
        for name, value in bound.arguments.items():
            yield build.func, name, signature.parameters[name].default, value


def test_every_option_of_a_network_is_checked_at_another_value_than_its_default():
    known, used = set(), set()
    for kind, name, default, value in options_of_networks():
        known.add((kind.__name__, name))
        if value is not default and value != default:
            used.add((kind.__name__, name))
    assert {name for _, name in known - used} == NOT_CHECKED
    assert len(known) > 30


@pytest.mark.parametrize("option", CHOICES)
def test_every_choice_of_an_option_is_checked(option):
    values = {value for _, name, _, value in options_of_networks()
              if name == option and isinstance(value, str)}
    assert values >= {*CHOICES[option]}


@pytest.mark.parametrize("name", [n for n in named_networks() if "missing" in n])
def test_each_image_lacks_pixels_of_its_own_or_none(name):
    """Of pixels that all images lack a mistake in their share would not be seen."""
    network = named_networks()[name](dtype=np.float64)
    gone = np.isnan(inputs_of(network, np.random.default_rng(0))["target"])
    some = gone.any(axis=0)
    assert some.any() and not some.all() and not gone.all(axis=0).any()
    assert gone.any(axis=1).any() and not gone.any(axis=1).all()


def test_of_the_largest_units_some_are_kept_and_some_are_not():
    network = named_networks()["sparse_top_k"](dtype=np.float64)
    rng = np.random.default_rng(0)
    network.initialise(rng, rng.uniform(size=(5, 7)))
    seen, _ = network.penalty.restrict(rng.normal(size=(5, network.sizes[-1])))
    assert ((seen != 0).sum(axis=1) == 3).all() and seen.shape == (5, 9)
