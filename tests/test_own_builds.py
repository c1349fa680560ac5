"""Pieces of one's own that are built in unusual ways, or draw what others compute."""

import copy

import numpy as np
import pytest
import recipes

from scratchae import Autoencoder, CheckpointError, VariationalAutoencoder, load
from scratchae.formulas.activations import Activation
from scratchae.networks.posteriors import DiagonalPosterior


@pytest.fixture(scope="module")
def x():
    return recipes.clocks(np.random.default_rng(0).uniform(0, 6.28, 48))


class Stretched:
    __slots__ = ("by",)

    def __init__(self, by):
        self.by = by

    def forward(self, a):
        return self.by * a, None

    def backward(self, dh, cache):
        return self.by * dh


class Shown(Stretched):
    """What tells it from another is in the slots of its parent."""

    __slots__ = ("where",)

    def __init__(self, by):
        super().__init__(by)
        self.where = "here"


def twice_forward(a):
    return 2 * a, None


def twice_backward(dh, cache):
    return 2 * dh


@pytest.mark.parametrize("make", [
    lambda by: Activation(f"times {by}", twice_forward, twice_backward),
    Stretched, Shown,
], ids=["an Activation", "slots", "slots of a parent"])
def test_an_object_of_any_build_is_saved_and_told_from_another(make, x, tmp_path):
    options = recipes.OPTIONS | {"activation": make(2), "hidden_layer_sizes": (4,)}
    model = Autoencoder(**options).fit(x)
    model.save(tmp_path / "own.npz")
    back = load(tmp_path / "own.npz", activation=make(2))
    np.testing.assert_array_equal(back.transform(x), model.transform(x))
    np.testing.assert_array_equal(copy.deepcopy(model).transform(x), model.transform(x))
    with pytest.raises(CheckpointError, match="saved with an object for activation"):
        load(tmp_path / "own.npz", activation=make(3))


class Drawn(DiagonalPosterior):
    """Its divergence is an estimate, of each sample another."""

    def size(self, k):
        return 2 * k

    def __init__(self):
        super().__init__(2)

    def forward(self, head, eps):
        z, _, cache = super().forward(head, eps)
        return z, -self.log_ratio(head, eps, z), cache


def test_a_divergence_that_differs_between_samples_is_their_mean(x):
    model = VariationalAutoencoder(**recipes.OPTIONS, posterior=Drawn(), n_samples=5,
                                   dtype="float64", binarize=False).fit(x)
    drawn = model.network_.draw(x, np.random.default_rng(0))
    means, each = model.network_.loss(**drawn), model.network_.terms(**drawn)
    assert each["kl"].mean() == pytest.approx(means["kl"], rel=1e-12)
    assert each["recon"].mean() == pytest.approx(means["recon"], rel=1e-12)
