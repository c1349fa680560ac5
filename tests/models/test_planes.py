"""PCA's equations, and the linear autoencoder that reaches it.

On drawn digits lecture 02 trains it, and a bent one on an arc: test_printed.
"""

import numpy as np
import pytest

from scratchae import PCA, Autoencoder
from scratchae.data import load_strokes
from scratchae.formulas.subspaces import principal_angles, principal_axes

pytestmark = pytest.mark.lecture02


@pytest.fixture
def x(rng):
    return rng.normal(size=(200, 9)) @ rng.normal(size=(9, 9)) + 3


def test_eq_2_1_the_covariance_of_four_corners_by_hand():
    """Means 2 and 4, variances 1 and 4: mean squares, without the 4/3 of n - 1."""
    corners = np.array([[1.0, 2.0], [3.0, 2.0], [1.0, 6.0], [3.0, 6.0]])
    pca = PCA(2).fit(corners)
    np.testing.assert_allclose(pca.mean_, [2, 4])
    np.testing.assert_allclose(pca.eigenvalues_, [4, 1])
    np.testing.assert_allclose(np.abs(pca.components_), [[0, 1], [1, 0]], atol=1e-12)


@pytest.mark.parametrize("n", [30, 300])  # singular values; eigenvalues
def test_eq_2_2_axes_are_eigenvectors_the_largest_eigenvalue_first(n, rng):
    x = rng.normal(size=(n, 7)) @ rng.normal(size=(7, 7))
    values, v = principal_axes(x - x.mean(axis=0))
    C = np.cov(x.T, bias=True)
    np.testing.assert_allclose(v @ C, values[:, None] * v, atol=1e-9 * values[0])
    assert (np.diff(values) <= 0).all()


def test_eq_2_3_error_is_the_sum_of_the_dropped_eigenvalues(x):
    pca = PCA(4).fit(x)
    dropped = pca.eigenvalues_[4:].sum()
    assert pca.reconstruction_error(x) == pytest.approx(dropped, rel=1e-10)


def test_components_are_orthonormal(x):
    V = PCA(4).fit(x).components_
    np.testing.assert_allclose(V @ V.T, np.eye(4), atol=1e-12)


def test_all_components_reconstruct_exactly(x):
    np.testing.assert_allclose(PCA(9).fit(x).reconstruct(x), x, rtol=1e-10)


def test_planted_uncentred_projection_has_a_larger_error(x):
    pca = PCA(4).fit(x)
    wrong = x @ pca.components_.T @ pca.components_
    assert ((x - wrong) ** 2).sum(axis=1).mean() > 1.1 * pca.reconstruction_error(x)


MNIST_SSE = {1: 47.615, 2: 43.645, 3: 40.461, 5: 34.909, 8: 29.354, 10: 26.714,
             16: 21.058, 20: 18.454, 30: 13.866, 50: 9.004, 64: 7.093,
             100: 4.403}


@pytest.mark.mnist
def test_pca_reproduces_the_twelve_test_errors_of_mnist(mnist):
    x_train, x_test = mnist.x
    pca = PCA(100).fit(x_train)
    centred = x_test - pca.mean_
    captured = np.cumsum((centred @ pca.components_.T) ** 2, axis=1).mean(axis=0)
    total = (centred**2).sum(axis=1).mean()
    ours = {k: total - captured[k - 1] for k in MNIST_SSE}
    assert ours == pytest.approx(MNIST_SSE, abs=1e-3)
    assert total == pytest.approx(52.897, abs=1e-3)
    assert pca.reconstruction_error(x_test) == pytest.approx(MNIST_SSE[100], abs=1e-3)


def test_eq_2_5_angles_are_those_of_planes_that_were_turned_smallest_first(rng):
    turned = np.array([1e-9, 0.3, np.pi / 2])
    axes = np.linalg.qr(rng.normal(size=(7, 7)))[0]
    A, sideways = axes[:3], axes[3:6]
    B = np.cos(turned)[:, None] * A + np.sin(turned)[:, None] * sideways
    mixed = rng.normal(size=(3, 3)) @ B[::-1]  # rows that span the same
    np.testing.assert_allclose(principal_angles(A, B), turned, rtol=1e-6)
    np.testing.assert_allclose(principal_angles(A, mixed), turned, atol=1e-7)


def linear_autoencoder(x, k, steps):
    """The schedule of lecture 02: one batch, momentum 0.9, constant rate, tied."""
    return Autoencoder(
        k, (), tied_weights=True, optimizer="momentum", learning_rate=0.02,
        schedule="constant", epochs=steps, batch_size=len(x), dtype="float64",
        random_state=0, verbose=False,
    ).fit(x)


def angle_and_excess(x, k=6, steps=400):
    """Largest angle between the two planes, and the loss relative to PCA's."""
    x = x - x.mean(axis=0)
    linear, oracle = linear_autoencoder(x, k, steps), PCA(k).fit(x)
    angles = principal_angles(oracle.components_, linear.decoder_.layers[0].W)
    return angles[-1], linear.score(x) / oracle.score(x) - 1


@pytest.mark.mnist
def test_linear_autoencoder_reaches_pca_on_mnist(mnist):
    x = mnist.x[0][:300].astype(float)
    angle, excess = angle_and_excess(x)
    assert angle < 1e-3 and abs(excess) < 1e-6


def test_linear_autoencoder_that_stops_early_is_not_yet_pca():
    x = load_strokes(n_train=300, n_test=1, random_state=0).x[0].astype(float)
    angle, excess = angle_and_excess(x, steps=20)
    assert angle > 1e-3 and excess > 1e-6
