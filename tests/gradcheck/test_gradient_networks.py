"""Gradient checks of whole networks: a second backward, and mistakes in them."""

import numpy as np
import pytest

from scratchae import (
    Autoencoder,
    SparseAutoencoder,
    VariationalAutoencoder,
    backend,
    check_model,
)
from scratchae.formulas.activations import ACTIVATIONS
from scratchae.gradient_checks import CHECKS, SIZES, run_checks
from scratchae.gradient_checks.networks import Waves, inputs_of, named_networks
from scratchae.networks.autoencoder import AutoencoderNetwork
from scratchae.networks.checking import checkable, random_parameters
from scratchae.nn import mlp
from scratchae.nn.backend import ops

pytestmark = pytest.mark.filterwarnings("ignore:no kernel for Bell")


@pytest.mark.parametrize("name", named_networks())
def test_a_second_backward_gives_the_gradient_of_the_first(name):
    network, rng = named_networks()[name](dtype=np.float64), np.random.default_rng(0)
    network.initialise(rng, rng.uniform(size=(9, network.sizes[0])))
    network.loss(**inputs_of(network, rng))
    network.backward()
    first = network.parameters.grad.copy()
    network.backward()
    assert np.array_equal(network.parameters.grad, first) and first.any()


def test_no_two_checks_are_of_the_same_gradient():
    found = {}
    for name, check in CHECKS.items():
        gradients = check(np.random.default_rng(0), SIZES["different"]).gradients
        bits = [(tensor, np.asarray(g).tobytes()) for tensor, g in gradients.items()]
        assert found.setdefault(tuple(bits), name) == name


def kind(*pieces):
    return [type(piece).__name__ for piece in pieces]


SAID = {  # what a word in a network's name says of it
    "autoencoder": lambda n: kind(n) == ["AutoencoderNetwork"],
    "classifier": lambda n: kind(n) == ["ClassifierNetwork"] and n.level > 0,
    "sparse": lambda n: kind(n) == ["SparseNetwork"] and n.penalty_weight not in (0, 1),
    "denoising": lambda n: kind(n) == ["DenoisingNetwork"],
    "vae": lambda n: n.objective == "elbo" and n.kl_weight > 0,
    "iwae": lambda n: n.objective == "iwae" and n.n_samples > 1,
    "tied": lambda n: n.decoder.mirror is n.encoder,
    "deep": lambda n: len(n.encoder.layers) > 2 or n.sizes[-2] < n.sizes[-3],
    "back": lambda n: n.decoder.layers[0].W.shape[1] != n.sizes[-2],
    "kl": lambda n: kind(n.penalty) == ["KLSparsity"],
    "l1": lambda n: kind(n.penalty) == ["L1"],
    "contractive": lambda n: (kind(n.penalty) == ["Contractive"]
                              and n.penalty_weight not in (0, 1)),
    "missing": lambda n: n.missing,
    "weighted": lambda n: n.corrupted_weight not in (0, 1),
    "full": lambda n: kind(n.posterior) == ["FullPosterior"],
    "samples": lambda n: n.n_samples > 1,
    "conditional": lambda n: n.n_classes > 1,
    "fixed": lambda n: not n.pixels.learned and n.pixels.log_var != 0,
    "gaussian": lambda n: "Gaussian" in kind(getattr(n, "corruption", n.pixels))[0],
    "bernoulli": lambda n: kind(n.pixels) == ["BernoulliPixels"],
}


@pytest.mark.parametrize("name", named_networks())
def test_a_network_is_what_its_name_says(name):
    network = named_networks()[name](dtype=np.float64)
    activation = name.partition("_")[2]
    if activation in ACTIVATIONS:
        assert network.encoder.layers[0].activation.name == activation
    for word in name.split("_"):
        assert SAID.get(word, lambda network: True)(network), word
    drawn = inputs_of(network, np.random.default_rng(0))
    assert np.isnan(drawn.get("target", 0)).any() == ("missing" in name)
    assert ("label" in drawn) == ("conditional" in name)


VAES = [name for name in named_networks() if name.startswith("vae_")]


@pytest.mark.parametrize("name", [name for name in VAES if name != "vae_deep"])
def test_the_divergence_has_a_weight_that_cannot_be_left_out(name):
    assert named_networks()[name](dtype=np.float64).kl_weight not in (0, 1)


def test_a_gradient_of_an_own_layer_that_is_forgotten_is_caught(monkeypatch):
    right = Waves.backward

    def wrong(self, dy, p, cache):
        dx, gradients = right(self, dy, p, cache)
        return dx, gradients | {"scale": 0 * gradients["scale"]}

    monkeypatch.setattr(Waves, "backward", wrong)
    failing = [row.name for row in run_checks(["own_layer"]).rows if not row.passed]
    assert failing and all(name.endswith(".scale") for name in failing)


TIED = [name for name in CHECKS if name.endswith("_tied")]


def test_planted_fault_inside_a_model_is_caught_by_the_model(monkeypatch):
    monkeypatch.setattr(mlp.Mirrored, "add_gradient", lambda self: None)
    names = [*TIED, "autoencoder_tanh", "contractive", "sparse_kl"]
    failing = {row.model for row in run_checks(names).rows if not row.passed}
    assert failing == set(TIED)


def test_planted_missing_transpose_of_a_square_tied_layer_is_caught(monkeypatch):
    def untransposed(self):
        self.owner.dW += self.dW

    monkeypatch.setattr(mlp.Mirrored, "add_gradient", untransposed)
    for name in TIED:
        with pytest.raises(ValueError, match="broadcast"):
            run_checks([name])
        failing = [
            r.name for r in run_checks([name], sizes="equal").rows if not r.passed
        ]
        assert failing and all(name.endswith(".W") for name in failing)


def test_planted_missing_kl_weight_is_caught(monkeypatch):
    right = ops.gaussian_head_backward

    def wrong(dz, d_kl, cache):
        return right(dz, d_kl / 0.7, cache)

    monkeypatch.setattr(type(ops), "gaussian_head_backward", staticmethod(wrong))
    report = run_checks(["vae_tanh"])
    first = next(row for row in report.rows if not row.passed)
    assert first.name.startswith("encoder")


def test_a_model_of_20_000_parameters_is_checked_and_a_larger_one_refused(monkeypatch):
    monkeypatch.setattr("scratchae.models.checking.check_parameters",
                        lambda *_, **__: "checked")
    assert check_model(Autoencoder(110, ()), np.zeros((2, 90))) == "checked"
    with pytest.raises(ValueError, match="has 20001 param.*; expected at most 20000"):
        check_model(Autoencoder(183, ()), np.zeros((2, 54)))


def test_the_kinks_of_a_check_are_those_of_the_point_that_is_asked_for(rng):
    """Of each point by itself, whichever was asked for before."""
    network, twin = (AutoencoderNetwork((5, 4, 3), "relu", dtype=dtype)
                     for dtype in (np.float64, np.complex128))
    points = [random_parameters(network, rng) for _ in range(3)]
    x = rng.normal(size=(9, 5))
    with backend("numpy"):
        _, _, pattern = checkable(network, twin, {"x": x}, points[0])
    for p in (*points, *points):
        below = x @ p["encoder.0.W"] + p["encoder.0.b"]
        code = below.clip(0) @ p["encoder.1.W"] + p["encoder.1.b"]
        above = code @ p["decoder.0.W"] + p["decoder.0.b"]
        expected = np.concatenate([below.ravel() > 0, above.ravel() > 0])
        with backend("numpy"):
            np.testing.assert_array_equal(pattern(p), expected)


@pytest.mark.parametrize("model, units", [
    (Autoencoder(3, (5,)), 5),
    (SparseAutoencoder(4, penalty="l1", code_activation="identity"), 4),
    (SparseAutoencoder(6, penalty="top_k", n_active=2, code_activation="identity"), 6),
    (VariationalAutoencoder(3, (5,)), 5),
])
def test_every_unit_at_a_kink_is_named_by_the_check_of_its_model(
    model, units, rng, monkeypatch
):
    """A row of zeros and biases of 0: the model says where its kinks are.

    Without that the checker would see some of them, where both sides differ enough.
    """
    def at_the_kink(network, rng):
        point = random_parameters(network, rng)
        point["encoder.0.b"][...] = 0
        return point

    monkeypatch.setattr("scratchae.models.checking.random_parameters", at_the_kink)
    x = rng.random((3, 4))
    with backend("numpy"):
        assert check_model(model, x).passed
        x[1] = 0
        (failed,) = [row for row in check_model(model, x).rows if not row.passed]
    assert failed.name == "encoder.0.b"
    assert failed.kinks == tuple((j,) for j in range(units))
