"""One seed gives start, order and noise, and none of them depends on another."""

import numpy as np
import pytest
from estimators import CLASSES, fitted

from scratchae import Autoencoder, SparseAutoencoder, backend, check_model

N = 40
X = np.repeat((np.arange(N, dtype=np.float32) / N)[:, None], 6, axis=1)
Y = np.arange(N) % 3
NEURAL = [name for name, cls in CLASSES.items() if hasattr(cls, "build_network")]
# More noise of every kind: what is drawn for it must not be taken from the order.
NOISIER = {"n_samples": 3, "objective": "iwae", "binarize": False,
           "decoder": "gaussian", "corruption": "gaussian", "fine_tune_level": 0.3}


@pytest.fixture(autouse=True)
def plain():
    with backend("numpy"):
        yield


def order_of(name, monkeypatch, **options):
    """Which rows the last network of a fit is given, step after step."""
    cls, rows = type(fitted(name).network_), []
    draw = cls.draw

    def noted(self, x, rng, epoch=None):
        if epoch is not None:
            rows.append(np.rint(x[:, 0] * N).astype(int).tolist())
        return draw(self, x, rng, epoch)

    with monkeypatch.context() as patch:
        patch.setattr(cls, "draw", noted)
        fitted(name, X, Y, pretrain_epochs=0, epochs=3, **options)
    return rows


@pytest.mark.parametrize("name", NEURAL)
def test_the_order_of_the_rows_is_the_seeds_whatever_noise_is_drawn(name, monkeypatch):
    expected = order_of("Autoencoder", monkeypatch)
    assert len(expected) == 9 and sorted(sum(expected[:3], [])) == [*range(N)]
    assert order_of(name, monkeypatch) == expected
    assert order_of(name, monkeypatch, **NOISIER) == expected
    assert order_of(name, monkeypatch, random_state=1) != expected


def numbers(model, **options):
    """What a gradient check has compared: one number of each parameter."""
    report = check_model(model, X[:3, :4] + 0.1, **options)
    assert report.passed
    return [row.numeric for row in report.rows]


@pytest.mark.parametrize("model", [
    Autoencoder(2, (3,), activation="tanh"), SparseAutoencoder(2, penalty="kl"),
])
def test_a_gradient_is_checked_at_the_random_point_of_its_seed(model):
    assert numbers(model) == numbers(model, random_state=0)
    assert numbers(model, random_state=0) == numbers(model, random_state=0)
    first, other = numbers(model, random_state=1), numbers(model, random_state=2)
    assert not set(first) & set(other)
    generator = np.random.default_rng(1)
    assert numbers(model, random_state=generator) == first
    assert not set(numbers(model, random_state=generator)) & set(first)  # it goes on


@pytest.mark.parametrize("method", ["central", "richardson", "complex"])
def test_a_gradient_is_checked_by_the_method_that_is_asked_for(method):
    model = Autoencoder(2, (3,), activation="tanh")
    report = check_model(model, X[:3, :4], method=method)
    assert {(row.method, row.model) for row in report.rows} == {(method, "Autoencoder")}
