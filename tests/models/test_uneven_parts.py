"""Means over images, taken in blocks of 1000, where the last block is a short one.

The rows of that block are far harder, so that a block counted as a whole would show.
"""

import numpy as np
import pytest
from estimators import CLASSES, fitted, labels_of

from scratchae import backend

PARTS = [range(0, 1000), range(1000, 2000), range(2000, 2300)]
RANDOM = {"elbo", "kl", "reconstruction", "bound", "denoising_sse"}  # drawn by place
VARIANTS = {
    "Autoencoder": [{}, {"loss": "bernoulli"}],
    "SparseAutoencoder": [{}, {"penalty": "l1"}],
    "VariationalAutoencoder": [{}, {"objective": "iwae"}, {"decoder": "gaussian"}],
}
CASES = [(name, options) for name in CLASSES for options in VARIANTS.get(name, [{}])]


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(0)
    x = (0.5 + 0.02 * rng.normal(size=(2300, 6))).astype(np.float32).clip(0, 1)
    x[2000:] = rng.integers(0, 2, size=(300, 6))
    return x, rng.integers(0, 3, size=2300)


@pytest.mark.parametrize("name, options", CASES, ids=str)
def test_means_over_uneven_parts_count_every_image_once(name, options, rows):
    X, y = rows
    with backend("numpy"):
        model = fitted(name, X[:40], y[:40], epochs=30, **options)
        for method in ("evaluate", "score", "reconstruction_error"):
            ask = getattr(model, method, None)
            if ask is None:
                continue
            whole = as_dict(method, ask(X, *labels_of(ask, y)))
            parts = [as_dict(method, ask(X[p], *labels_of(ask, y[p]))) for p in PARTS]
            for key, value in whole.items():
                each = [part[key] for part in parts]
                expected = np.average(each, weights=[1000, 1000, 300])
                drawn = key in RANDOM or (key == "score" and "Variational" in name)
                rel = 0.05 if drawn else 1e-5
                assert value == pytest.approx(expected, rel=rel), (method, key)


@pytest.mark.parametrize("name, options", CASES, ids=str)
def test_equal_images_have_the_same_mean_however_many_there_are(name, options, rows):
    """A full block of them against two full ones and a short one."""
    with backend("numpy"):
        model = fitted(name, rows[0][:40], rows[1][:40], epochs=30, **options)
        X, y = np.tile(rows[0][:1], (2300, 1)), np.tile(rows[1][:1], 2300)
        for method in ("evaluate", "score", "reconstruction_error"):
            ask = getattr(model, method, None)
            if ask is None:
                continue
            many = as_dict(method, ask(X, *labels_of(ask, y)))
            block = as_dict(method, ask(X[:1000], *labels_of(ask, y[:1000])))
            assert many == pytest.approx(block, rel=0.1, abs=1e-6), method


@pytest.mark.parametrize("name, options", CASES, ids=str)
def test_squared_errors_are_those_of_the_reconstructions(name, options, rows):
    X, y = rows
    with backend("numpy"):
        model = fitted(name, X[:40], y[:40], **options)
        if not hasattr(model, "reconstruction_error"):
            pytest.skip("it reconstructs nothing")
        seen = model.reconstruct(X, *labels_of(model.reconstruct, y))
        error = model.reconstruction_error(X, *labels_of(model.reconstruction_error, y))
    direct = np.mean(np.sum((X.astype(float) - seen) ** 2, axis=1))
    assert error == pytest.approx(direct, rel=1e-5)


def as_dict(method, answer):
    return answer if isinstance(answer, dict) else {method: answer}


@pytest.mark.parametrize(
    "name, options", [case for case in CASES if case[0] != "LinearProbe"], ids=str)
def test_a_single_row_behind_full_blocks_has_its_own_figures(name, options, rows):
    """1001 rows: blocks are of 1000, of 100 where samples are weighed."""
    X, y = rows[0][1000:2001], rows[1][1000:2001]
    with backend("numpy"):
        model = fitted(name, X[:40], y[:40], **options)
        each = model.evaluate(X, *labels_of(model.evaluate, y), each=True)
        last = model.evaluate(X[-1:], *labels_of(model.evaluate, y[-1:]), each=True)
        assert {values.shape for values in each.values()} == {(1001,)}
        for figure in each.keys() - RANDOM:
            assert each[figure][-1] == pytest.approx(last[figure][0], rel=1e-4), figure
        if name.endswith("VariationalAutoencoder"):
            labels = labels_of(model.log_likelihood, y)
            estimate = model.log_likelihood(X, *labels, n_importance=1)
            assert [a.shape for a in vars(estimate).values()] == 3 * [(1001,)]
