"""Linear networks against what they can reach at best, on MNIST (slides S18, S58).

Linear ones see the images at half the size, so that they reach their best in seconds,
and with SCRATCHAE_FULL=1 whole ones as well; the closed forms of whole images are in
test_ppca.
"""

import os

import numpy as np
import pytest

from scratchae import DenoisingAutoencoder, ProbabilisticPCA, VariationalAutoencoder
from scratchae.analysis.diagnosis import active_units
from scratchae.exact import LinearGaussian
from scratchae.formulas.wiener import denoising_error, wiener_denoiser

pytestmark = [pytest.mark.mnist, pytest.mark.slow]

LINEAR = {"hidden_layer_sizes": (), "verbose": False, "random_state": 0}


WHOLE = pytest.param(28, id="whole", marks=pytest.mark.skipif(
    not os.environ.get("SCRATCHAE_FULL"), reason="takes minutes; SCRATCHAE_FULL=1"))
of_half_and_whole_images = pytest.mark.parametrize(
    "size", [pytest.param(14, id="half_the_size"), WHOLE])


@pytest.fixture(scope="module")
def halved(mnist):
    """MNIST as 14 x 14 pixels, each the mean of four."""
    small = (x.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4)) for x in mnist.x)
    return [np.ascontiguousarray(x.reshape(len(x), -1)) for x in small]


@pytest.fixture
def images(size, halved, mnist):
    """Training and test images of size x size pixels."""
    return halved if size == 14 else mnist.x


@pytest.mark.lecture11
@of_half_and_whole_images
def test_linear_vae_reaches_probabilistic_pca_and_never_exceeds_it(size, images):
    x, x_test = images
    best = ProbabilisticPCA(10).fit(x)
    passes = {14: {"epochs": 10, "learning_rate": 1e-2},
              28: {"epochs": 30, "learning_rate": 5e-3}}
    vae = VariationalAutoencoder(
        10, decoder="gaussian", batch_size=200, **passes[size], **LINEAR
    ).fit(x, validation_data=x_test)
    assert size == 14 or best.score(x_test) == pytest.approx(186.024, abs=1e-3)
    assert vae.score(x_test) > best.score(x_test) - 0.5
    assert max(-np.array(vae.history_["loss"])) <= best.score(x)
    layer = vae.decoder_.layers[0]
    sigma = np.sqrt(vae.network_.pixels.variance)
    learned = LinearGaussian(layer.W.T, layer.b, sigma).log_likelihood(x).mean()
    assert learned <= best.score(x)
    assert sigma**2 == pytest.approx(best.noise_variance_, rel=0.02)


@pytest.mark.lecture11
@of_half_and_whole_images
def test_active_units_are_the_eigenvalues_above_the_fixed_variance(images):
    x, x_test = images
    eigenvalues = ProbabilisticPCA(10).fit(x).eigenvalues_
    variance = float(np.sqrt(eigenvalues[5] * eigenvalues[6]))
    vae = VariationalAutoencoder(
        10, decoder="gaussian", decoder_variance=variance, epochs=10,
        learning_rate=3e-3, batch_size=200, **LINEAR,
    ).fit(x)
    assert active_units(vae, x_test).sum() == (eigenvalues > variance).sum() == 6


GAUSSIAN = {"corruption": "gaussian", "level": 0.3}


def best_linear(x, x_test):
    """The error in SSE/img of the best linear denoiser of Gaussian noise, (4.4)."""
    A, c = wiener_denoiser(x.mean(axis=0), np.cov(x.T, bias=True), 0.3)
    return denoising_error(A, c, x_test, 0.3)


@pytest.mark.lecture04
@of_half_and_whole_images
def test_linear_denoising_autoencoder_reaches_the_closed_form(size, images):
    x, x_test = images
    units, epochs = {14: (100, 8), 28: (250, 16)}[size]
    linear = DenoisingAutoencoder(
        units, code_activation="identity", epochs=epochs, **GAUSSIAN, **LINEAR
    ).fit(x)
    encoder, decoder = linear.encoder_.layers[0], linear.decoder_.layers[0]
    A, c = encoder.W @ decoder.W, encoder.b @ decoder.W + decoder.b
    best = best_linear(x, x_test)
    assert size == 14 or best == pytest.approx(9.546, abs=1e-3)
    assert denoising_error(A, c, x_test, 0.3) < 1.02 * best


@pytest.mark.lecture04
@pytest.mark.filterwarnings("ignore::scratchae.UndertrainedWarning")
def test_a_nonlinear_denoiser_beats_the_best_linear_one_by_a_quarter(mnist):
    x, x_test = mnist.x
    model = DenoisingAutoencoder(
        500, code_activation="silu", loss="bernoulli", epochs=4, learning_rate=2e-3,
        **GAUSSIAN, **LINEAR,
    ).fit(x[:20_000])
    assert model.evaluate(x_test)["denoising_sse"] < 0.75 * 9.546
