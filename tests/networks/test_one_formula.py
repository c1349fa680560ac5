"""A formula stands once: what is read in formulas/ is what all of the package runs."""

import numpy as np
import pytest

from scratchae import VariationalAutoencoder, backend
from scratchae.formulas import divergences, losses
from scratchae.formulas.losses import mean_weights
from scratchae.gradient_checks import run_checks
from scratchae.museum import FAULTS
from scratchae.museum.planting import edited
from scratchae.networks.denoising import DenoisingNetwork
from scratchae.networks.posteriors import DiagonalPosterior, FullPosterior

SMALL = {"random_state": 0, "verbose": False, "dtype": "float64", "epochs": 1}
WRONG = divergences.kl_per_dimension, "0.5 *", "0.25 *"  # in one line


@pytest.fixture(autouse=True)
def plain_formulas():
    with backend("numpy"):
        yield


@pytest.fixture
def head(rng):
    return rng.normal(size=(9, 4))


@pytest.mark.lecture09
def test_eq_10_6_the_sampler_of_a_training_is_that_of_a_reconstruction(rng):
    x = rng.uniform(size=(30, 5))
    vae = VariationalAutoencoder(2, (4,), **SMALL).fit(x)
    head = vae.encoder_output(x)
    head[:, 2:] = np.log(4.0)
    eps = rng.standard_normal((30, 2))
    with FAULTS["std_is_variance"].planted():
        z = vae.network_.posterior.sample(head, eps)
    np.testing.assert_allclose(z, head[:, :2] + 4 * eps)


@pytest.mark.lecture10
@pytest.mark.parametrize("posterior", [DiagonalPosterior(2), FullPosterior(2)])
def test_eq_10_4_the_divergence_of_a_training_is_that_of_each_dimension(
    posterior, rng
):
    head = rng.normal(size=(9, posterior.size))
    head[:, 4:] = 0  # no correlation: the full one is diagonal
    right = posterior.divergences(head)
    np.testing.assert_allclose(
        right.sum(axis=1), posterior.forward(head, np.zeros((9, 2)))[1], rtol=1e-12)
    with edited(*WRONG):
        np.testing.assert_allclose(posterior.divergences(head), right / 2)


@pytest.mark.lecture10
def test_the_divergence_of_all_dimensions_is_the_sum_of_the_same_terms(head):
    mu, log_var = head[:, :2], head[:, 2:]
    right, _ = divergences.kl_diag_gaussian_forward(mu, log_var)
    free, _ = divergences.free_bits_forward(mu, log_var, 0.0)
    with edited(*WRONG):
        wrong, _ = divergences.kl_diag_gaussian_forward(mu, log_var)
        assert divergences.free_bits_forward(mu, log_var, 0.0)[0] == free / 2
    np.testing.assert_array_equal(wrong, right / 2)
    assert free == pytest.approx(right.mean())


@pytest.mark.lecture04
@pytest.mark.parametrize("options", [{"corrupted_weight": 3.0}, {"missing": True}])
def test_eq_4_2_is_the_formula_that_a_denoiser_runs(options, rng):
    def build(dtype=np.float64):
        return DenoisingNetwork((7, 4), "masking", 0.5, dtype=dtype, **options)

    network, x = build(), rng.uniform(0.1, 1, size=(20, 7))
    network.initialise(rng, x)
    drawn = network.draw(x, rng)
    right = network.loss(**drawn)["loss"]
    with edited(losses.weighted_squared_error_forward, "weighted * residual",
                "3 * weighted * residual"):
        assert network.loss(**drawn)["loss"] == pytest.approx(3 * right)
    for change in ("2 * d_loss", "d_loss"), ("weighted * (", "1 + weighted * ("):
        with edited(losses.weighted_squared_error_backward, *change):
            assert not run_checks(["denoising_weighted"]).passed


@pytest.mark.lecture04
def test_all_autoencoders_get_their_1_over_n_in_one_line(rng):
    """Twice 1/n there is twice the gradient, with weights and without."""
    for options in {}, {"corrupted_weight": 3.0}, {"missing": True}:
        network = DenoisingNetwork((7, 4), "masking", 0.5, dtype=np.float64, **options)
        x = rng.uniform(0.1, 1, size=(20, 7))
        network.initialise(rng, x)
        network.loss(**network.draw(x, rng))
        network.backward()
        right = network.parameters.grad.copy()
        mean_weights.cache_clear()
        try:
            with edited(mean_weights.__wrapped__, "1 / n", "2 / n"):
                network.backward()
        finally:
            mean_weights.cache_clear()
        np.testing.assert_allclose(network.parameters.grad, 2 * right)


@pytest.mark.lecture04
def test_weights_of_one_change_no_bit_of_a_gradient(rng):
    """Of 7 rows: 1/n is rounded, and multiplies in both."""
    x, grads = rng.uniform(0.1, 1, size=(7, 5)).astype(np.float32), []
    for missing in False, True:
        network = DenoisingNetwork((5, 3), "masking", 0.5, missing=missing)
        theta = network.parameters.theta
        theta[...] = np.linspace(-1, 1, theta.size)
        network.loss(**network.draw(x, np.random.default_rng(0)))
        network.backward()
        grads.append(network.parameters.grad)
    np.testing.assert_array_equal(*grads)


@pytest.mark.lecture04
def test_eq_4_2_what_has_no_weight_may_be_nan():
    x_hat, x = np.array([[1.0, 2.0]]), np.array([[0.5, np.nan]])
    loss, cache = losses.weighted_squared_error_forward(x_hat, x, np.array([[4.0, 0]]))
    gradient = losses.weighted_squared_error_backward(np.full(1, 0.5), cache)
    assert loss.tolist() == [1.0] and gradient.tolist() == [[2.0, 0.0]]
