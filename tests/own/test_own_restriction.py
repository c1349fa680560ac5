"""A penalty of one's own that restricts the code: who sees what of it."""

import numpy as np
import pytest

from scratchae import SparseAutoencoder, backend, check_model
from scratchae.networks.penalties import L1
from scratchae.networks.sparse import SparseNetwork

pytestmark = pytest.mark.lecture14


class Halved:
    """The decoder sees half of what is above 0.1; P is the sum of squares of all."""

    def restrict(self, h):
        kept = h.real > 0.1
        return np.where(kept, h / 2, 0), kept

    def restrict_backward(self, dh, kept):
        return np.where(kept, dh / 2, 0)

    def forward(self, h):
        return np.sum(h * h), h

    def backward(self, d_penalty, h):
        return 2 * d_penalty * h


@pytest.fixture
def model(rng):
    options = {"penalty_weight": 0.7, "epochs": 1, "random_state": 0, "verbose": False,
               "code_activation": "tanh", "dtype": "float64"}
    with backend("numpy"):
        yield SparseAutoencoder(3, (4,), penalty=Halved(), **options).fit(
            rng.normal(size=(20, 5)))


def test_the_decoder_sees_the_restricted_code_and_the_penalty_all_of_it(model, rng):
    x = rng.normal(size=(20, 5))
    h = model.encoder_.predict(x)
    seen = np.where(h > 0.1, h / 2, 0)
    assert (seen == 0).any() and seen.any()
    x_hat = model.decoder_.predict(seen)
    losses = model.network_.loss(x)
    recon = np.sum((x_hat - x) ** 2) / 20
    assert losses["recon"] == pytest.approx(recon, rel=1e-12)
    assert losses["penalty"] == pytest.approx(np.sum(h**2), rel=1e-12)
    assert losses["loss"] == pytest.approx(recon + 0.7 * np.sum(h**2), rel=1e-12)
    np.testing.assert_array_equal(model.transform(x), seen)
    np.testing.assert_allclose(model.reconstruct(x), x_hat, rtol=1e-12)


def test_its_gradient_is_that_of_what_the_decoder_sees(model, rng):
    check_model(model, rng.normal(size=(6, 5))).raise_if_failed()


def test_named_penalties_are_of_the_whole_code_and_top_k_adds_none(rng):
    x = rng.normal(size=(9, 5))
    for name, weight in (("l1", 1), ("top_k", 0)):
        network = SparseNetwork((5, 3), name, 0.7, n_active=1, dtype=np.float64)
        network.initialise(rng, x)
        with backend("numpy"):
            losses = network.loss(x)
        by_hand = weight * np.abs(network.encoder.predict(x)).sum() / 9
        assert losses["penalty"] == pytest.approx(by_hand, rel=1e-12)


class Bent(Halved):
    """The same, which says where its restriction has its kinks."""

    def kinks(self, h):
        return h.real > 0.1


@pytest.mark.parametrize("own, says", [(Halved, False), (Bent, True)])
def test_kinks_are_those_that_an_own_penalty_tells(own, says, rng):
    x = rng.normal(size=(9, 5))
    network = SparseNetwork((5, 3), own(), 0.7, dtype=np.float64)
    network.initialise(rng, x)
    with backend("numpy"):
        network.loss(x)
        h = network.encoder.predict(x)
    sides = (h > 0.1).ravel()
    assert sides.any() and not sides.all()
    found = network.kink_pattern()
    np.testing.assert_array_equal(found, sides if says else np.zeros(0, bool))


def test_a_penalty_of_ours_with_unknown_kinks_is_checked(rng):
    """None says that nothing is known, whatever the penalty inherits from."""
    mine = type("Mine", (L1,), {"kinks": lambda self, h: None})()
    model = SparseAutoencoder(3, code_activation="sigmoid", penalty=mine)
    assert check_model(model, rng.uniform(size=(4, 5)), method="richardson").passed
