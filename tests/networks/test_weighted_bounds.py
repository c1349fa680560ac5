"""The weight of the divergence together with what else changes a bound."""

import numpy as np
import pytest
from estimators import data

from scratchae import VariationalAutoencoder, backend, check_model
from scratchae.networks.variational import VariationalNetwork

X, _ = data()
WEIGHTS = [0.0, 0.3, 1.0, 2.5]
FLOOR = 0.15  # of these dimensions some are above it, some below


@pytest.fixture(autouse=True)
def plain():
    with backend("numpy"):
        yield


def network_at(rng, **options):
    """A network at a random point, with what it draws for X in float64."""
    network = VariationalNetwork((6, 5, 4), dtype=np.float64, **options)
    network.parameters.set_values({
        name: 0.4 * rng.normal(size=shape)
        for name, shape in network.parameters.shapes.items()})
    return network, network.draw(X.astype(np.float64), rng)


def divergences(network, x):
    """KL of each dimension, its mean over the rows : (k,)."""
    mu, log_var = np.split(network.encoder.predict(x), 2, axis=1)
    return 0.5 * np.mean(mu**2 + np.exp(log_var) - 1 - log_var, axis=0)


@pytest.mark.lecture11
@pytest.mark.parametrize("samples", [1, 3])
@pytest.mark.parametrize("weight", WEIGHTS)
def test_eq_11_6_the_floor_counts_with_the_weight_and_kl_is_the_whole(
    weight, samples, rng
):
    network, drawn = network_at(
        rng, free_bits=FLOOR, kl_weight=weight, n_samples=samples)
    kl = divergences(network, drawn["x"])
    assert (kl < FLOOR).any() and (kl > FLOOR).any()
    losses = network.loss(**drawn)
    added = weight * np.maximum(kl, FLOOR).sum()
    assert losses["loss"] - losses["recon"] == pytest.approx(added, abs=1e-12)
    assert losses["kl"] == pytest.approx(kl.sum(), rel=1e-12)


@pytest.mark.lecture10
@pytest.mark.parametrize("samples", [1, 3])
@pytest.mark.parametrize("weight", WEIGHTS)
def test_eq_10_8_the_divergence_counts_with_its_weight(weight, samples, rng):
    network, drawn = network_at(rng, kl_weight=weight, n_samples=samples)
    kl = divergences(network, drawn["x"]).sum()
    losses = network.loss(**drawn)
    assert losses["loss"] - losses["recon"] == pytest.approx(weight * kl, abs=1e-12)
    assert losses["kl"] == pytest.approx(kl, rel=1e-12)


TOGETHER = [
    options | more for options in (
        {}, {"free_bits": 0.05}, {"posterior": "full"}, {"decoder": "gaussian"})
    for more in ({"kl_weight": 0.3}, {"kl_weight": 0.0}, {"kl_weight": 2.5},
                 {"kl_weight": 0.7, "kl_warmup_epochs": 4, "n_samples": 2})
]


@pytest.mark.parametrize("options", TOGETHER, ids=str)
def test_gradients_of_weighted_bounds_agree_with_the_complex_step(options):
    model = VariationalAutoencoder(2, (3,), activation="tanh", **options)
    check_model(model, X[:3, :3]).raise_if_failed()
