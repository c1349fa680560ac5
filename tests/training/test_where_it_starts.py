"""A training starts where the rows it learns from are on average: all, no others."""

import numpy as np
import pytest
from estimators import CLASSES, labels_of, make

from scratchae import backend

N, D, KEPT = 50, 6, 20
RNG = np.random.default_rng(0)
X = (RNG.random((N, D)) * np.linspace(0.2, 0.9, N)[:, None]).astype(np.float32)
Y = np.arange(N) % 3
CASES = [(name, options) for name, cls in CLASSES.items()
         if hasattr(cls, "build_network") and hasattr(cls, "reconstruct")
         for options in ({}, {"loss": "bernoulli"}, {"decoder": "gaussian"})
         if options.keys() <= cls().get_params().keys()]


@pytest.fixture(autouse=True)
def plain():
    with backend("numpy"):
        yield


def started(name, validated, **options):
    """A model after steps too short to be seen, and the mean that its output has."""
    model = make(name, learning_rate=1e-12, batch_size=7, **options)
    how = {}
    if validated == "part":
        model.set_params(validation_fraction=KEPT / N)
    elif validated == "data":
        told = labels_of(model.fit, Y[:9])
        how = {"validation_data": (1 - X[:9], *told) if told else 1 - X[:9]}
    network = model.fit(X, *labels_of(model.fit, Y), **how).network_
    return network, network.pixels.mean(network.decoder.layers[-1].b.astype(float))


@pytest.mark.parametrize("validated", ["nothing", "part", "data"])
@pytest.mark.parametrize("name, options", CASES, ids=str)
def test_the_output_starts_at_the_mean_of_all_rows_of_the_training(
    name, options, validated
):
    rows = X[: N - KEPT] if validated == "part" else X
    network, mean = started(name, validated, **options)
    np.testing.assert_allclose(mean, rows.mean(axis=0), rtol=1e-5)
    if options.get("decoder") == "gaussian":
        spread = np.mean((rows - rows.mean(axis=0)) ** 2)
        assert network.pixels.variance == pytest.approx(spread, rel=1e-5)
