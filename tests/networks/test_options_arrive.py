"""An option of a model is the amount that its network works with, and not another."""

import numpy as np
import pytest

from scratchae import (
    DenoisingAutoencoder,
    SparseAutoencoder,
    VariationalAutoencoder,
    backend,
)

D = 50
CHANGED = {  # corruption: how much of a level is found in a corrupted copy of 0.3
    "gaussian": lambda x: (x - 0.3).std(),
    "masking": lambda x: np.mean(x == 0),
    "salt_and_pepper": lambda x: np.mean((x == 0) | (x == 1)),
}


@pytest.mark.parametrize("which", ["numpy", "numba"])
@pytest.mark.parametrize("level", [0.1, 0.37, 0.8])
@pytest.mark.parametrize("corruption", CHANGED)
def test_images_are_corrupted_as_much_as_the_level_says(corruption, level, which, rng):
    model = DenoisingAutoencoder(2, corruption=corruption, level=level)
    x = np.full((400, D), 0.3)
    with backend(which):
        drawn = model.build_network(D).draw(x, rng, 1)
    found = CHANGED[corruption](drawn["x"])
    assert found == pytest.approx(level, abs=5 * 0.5 / np.sqrt(x.size))
    np.testing.assert_array_equal(drawn["target"], x)


@pytest.mark.parametrize("rho", [1e-3, 0.05, 0.23, 0.99])
def test_a_mean_activation_of_rho_costs_nothing_and_any_other_does(rho):
    model = SparseAutoencoder(3, penalty="kl", rho=rho)
    penalty = model.build_network(D).penalty
    costs = [penalty.forward(np.full((4, 3), h), None)[0] for h in (rho, 0.15)]
    assert costs[0] == pytest.approx(0, abs=1e-15) and costs[1] > 0.02


@pytest.mark.parametrize("n_active", [1, 2, 3])
def test_as_many_units_are_active_as_were_asked_for(n_active, rng):
    model = SparseAutoencoder(4, penalty="top_k", n_active=n_active)
    seen, _ = model.build_network(D).penalty.restrict(1 + rng.random((9, 4)))
    assert (np.count_nonzero(seen, axis=1) == n_active).all()


@pytest.mark.parametrize("weight", [0.1, 1.7])
@pytest.mark.parametrize("penalty", ["l1", "kl", "contractive"])
def test_a_penalty_counts_with_its_weight(penalty, weight, rng):
    model = SparseAutoencoder(4, (), penalty=penalty, penalty_weight=weight,
                              code_activation="sigmoid", dtype="float64")
    network, x = model.build_network(D), rng.random((9, D))
    network.initialise(rng, x)
    with backend("numpy"):
        losses = network.loss(x)
    assert losses["penalty"] > 0
    added = losses["loss"] - losses["recon"]
    assert added == pytest.approx(weight * losses["penalty"], rel=1e-9)


@pytest.mark.parametrize("variance", [0.01, 0.37, 4.0])
def test_pixels_have_the_variance_that_was_fixed(variance, rng):
    model = VariationalAutoencoder(2, decoder="gaussian", decoder_variance=variance,
                                   dtype="float64")
    pixels = model.build_network(D).pixels
    out = np.zeros((400, D))
    assert pixels.variance == pytest.approx(variance, rel=1e-12)
    assert pixels.sample(out, rng).var() == pytest.approx(variance, rel=0.06)
    by_hand = 0.5 * D * np.log(2 * np.pi * variance) + 0.5 * D * 0.04 / variance
    np.testing.assert_allclose(pixels.forward(out, out + 0.2)[0], by_hand)
