"""Numbers that are drawn know nothing of each other: of rows, columns and calls.

A moment of each column does not see that two columns are one. Tolerances are five
standard errors of a correlation.
"""

import numpy as np
import pytest

from scratchae import backend
from scratchae.formulas.initialisation import glorot_uniform, he_normal
from scratchae.networks.autoencoder import AutoencoderNetwork
from scratchae.networks.classifier import ClassifierNetwork
from scratchae.networks.corruptions import CORRUPTIONS
from scratchae.networks.denoising import DenoisingNetwork
from scratchae.networks.likelihood import importance_sampling
from scratchae.networks.pixels import BernoulliPixels, GaussianPixels
from scratchae.networks.variational import VariationalNetwork

N, D = 10_000, 3
GREY = np.full((N, D), 0.3)
VAE = {"n_samples": 2, "objective": "iwae", "gradient_samples": D, "dtype": np.float64}
NOISY_CLASSES = np.hstack([GREY, np.ones((N, 1)), np.zeros((N, 1))])

DRAWS = {  # what is drawn : (N, D), with one distribution for all entries of a column
    "binarised": lambda rng: VariationalNetwork((D, 2)).draw(GREY, rng)["x"],
    "eps": lambda rng: VariationalNetwork((5, D)).draw(np.ones((N, 5)), rng)["eps"],
    "pick": lambda rng: VariationalNetwork((5, 2), **VAE).draw(
        np.ones((N, 5)), rng)["pick"].T,
    "masked while training": lambda rng: ClassifierNetwork(
        (D, 2), level=0.3).draw(NOISY_CLASSES, rng, 0)["x"],
    "bernoulli pixels": lambda rng: BernoulliPixels().sample(GREY, rng),
    "gaussian pixels": lambda rng: GaussianPixels(0.5).sample(GREY, rng),
    "glorot": lambda rng: glorot_uniform(rng, N, D),
    "he": lambda rng: he_normal(rng, N, D),
} | {name: lambda rng, kind=kind: kind(0.4).corrupt(GREY, rng)
     for name, kind in CORRUPTIONS.items()}


def standard(draws):
    """Columns of mean 0 and variance 1."""
    draws = np.asarray(draws, dtype=np.float64)
    return (draws - draws.mean(axis=0)) / draws.std(axis=0)


@pytest.mark.parametrize("name", DRAWS)
@pytest.mark.parametrize("which", ["numba", "numpy"])
def test_rows_columns_and_calls_are_drawn_apart(name, which):
    rng = np.random.default_rng(0)
    with backend(which):
        first, again = (standard(np.copy(DRAWS[name](rng))) for _ in range(2))
    assert first.shape == (N, D)
    most = 5 / np.sqrt(N)
    among = first.T @ first / N - np.eye(D)
    for other in (among, first[1:].T @ first[:-1] / N, first.T @ again / N):
        assert np.abs(other).max() < most


def test_the_samples_of_an_image_are_drawn_apart():
    network = VariationalNetwork((5, D), n_samples=2)
    eps = network.draw(np.ones((N, 5)), np.random.default_rng(0))["eps"]
    one, other = standard(eps[:N]), standard(eps[N:])
    assert np.abs(one.T @ other / N).max() < 5 / np.sqrt(N)


NORMAL, UNIFORM = [0.6827, 0.9545, 0.9973], [0.5774, 1, 1]
SHAPES = {  # what is drawn: the shares within one, two and three standard deviations
    "eps": NORMAL, "pick": UNIFORM, "gaussian pixels": NORMAL, "gaussian": NORMAL,
    "glorot": UNIFORM, "he": NORMAL,
}


@pytest.mark.parametrize("name", SHAPES)
def test_what_is_drawn_has_its_distributions_shape_besides_its_moments(name):
    with backend("numpy"):
        draws = np.abs(standard(np.copy(DRAWS[name](np.random.default_rng(0)))))
    shares = [(draws < many).mean() for many in (1, 2, 3)]
    np.testing.assert_allclose(shares, SHAPES[name], atol=5 * 0.5 / np.sqrt(N * D))
    assert draws.max() < (1.8 if SHAPES[name] is UNIFORM else 6)


@pytest.mark.parametrize("kind", [AutoencoderNetwork, VariationalNetwork])
@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_layers_of_one_shape_start_with_weights_of_their_own(kind, activation):
    network, rng = kind((60, 60, 60, 60), activation), np.random.default_rng(0)
    network.initialise(rng, rng.random((9, 60)))
    weights = [standard(W.reshape(-1, 1)) for W in network.parameters.values.values()
               if W.shape == (60, 60)]
    for i, one in enumerate(weights):
        for other in weights[:i]:
            assert abs((one * other).mean()) < 5 / 60


@pytest.mark.parametrize("posterior", ["diagonal", "full"])
def test_every_image_and_block_has_importance_samples_of_its_own(posterior):
    """Copies of one image, more than there are in a block; 20 samples fill another."""
    network = VariationalNetwork((4, 2), decoder="gaussian", decoder_variance=1.0,
                                 posterior=posterior, dtype=np.float64)
    network.initialise(np.random.default_rng(0), np.eye(4))
    copies = np.tile([1.0, 2.0, -1.0, 0.5], (150, 1))
    with backend("numpy"):
        few, more = (importance_sampling(network, copies, K, np.random.default_rng(1))
                     for K in (20, 40))
    assert len(np.unique(few.log_likelihood)) == len(copies)
    assert len(np.unique(np.r_[few.log_likelihood, more.log_likelihood])) == 300


@pytest.mark.parametrize("name", DRAWS)
def test_a_seed_gives_the_same_draws_again(name):
    with backend("numpy"):
        first, again = (np.copy(DRAWS[name](np.random.default_rng(5)))
                        for _ in range(2))
    np.testing.assert_array_equal(first, again)


class Tells:
    """A corruption of one's own that keeps what it was given to draw with."""

    given = []  # of the class: a network has its own copy of the object

    def corrupt(self, x, rng):
        self.given.append(rng)
        return x


@pytest.mark.filterwarnings("ignore:no kernel for:UserWarning")
def test_an_own_corruption_draws_with_the_trainings_generator():
    own, rng = Tells(), np.random.default_rng(0)
    DenoisingNetwork((3, 2), own, None).draw(GREY[:2], rng, 0)
    assert own.given == [rng]
