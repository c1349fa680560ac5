"""Probabilistic PCA and the best linear denoiser, against other routes to them."""

import numpy as np
import pytest
from sklearn.decomposition import PCA as Oracle

from scratchae import PCA
from scratchae.formulas.wiener import denoising_error, wiener_denoiser
from scratchae.gradcheck import check_gradient, numerical_gradient
from scratchae.models.ppca import ProbabilisticPCA


def correlated(rng, n=400, d=6):
    return rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + rng.normal(size=d)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_whether_there_is_noise_does_not_depend_on_the_unit(scale, rng):
    x = correlated(rng)
    flat = x[:, :2] @ rng.normal(size=(2, 6))  # in a plane
    noise, scaled = (ProbabilisticPCA(2).fit(s * x).noise_variance_ for s in (1, scale))
    np.testing.assert_allclose(scaled / scale**2, noise)
    with pytest.raises(ValueError, match="without variance outside n_components=2"):
        ProbabilisticPCA(2).fit(scale * flat)


@pytest.mark.lecture11
@pytest.mark.parametrize("k", [1, 2, 5])
def test_log_likelihood_is_that_of_the_full_covariance(k, rng):
    x = correlated(rng)
    model = ProbabilisticPCA(k).fit(x)
    C = model.W_ @ model.W_.T + model.noise_variance_ * np.eye(6)
    r = x - x.mean(axis=0)
    direct = -0.5 * (
        6 * np.log(2 * np.pi) + np.linalg.slogdet(C)[1]
        + np.einsum("ni,ij,nj->n", r, np.linalg.inv(C), r)
    )
    np.testing.assert_allclose(model.log_likelihood(x), direct, rtol=1e-10)


@pytest.mark.lecture11
def test_eq_11_7_and_eq_11_8_are_the_maximum(rng):
    x = correlated(rng)
    model = ProbabilisticPCA(2).fit(x)
    best, W, variance = model.score(x), model.W_, model.noise_variance_
    r = x - x.mean(axis=0)

    def likelihood(W, variance):
        C = W @ W.T + variance * np.eye(6)
        return -0.5 * (
            6 * np.log(2 * np.pi) + np.linalg.slogdet(C)[1]
            + np.mean(np.einsum("ni,ij,nj->n", r, np.linalg.inv(C), r))
        )

    assert likelihood(W, variance) == pytest.approx(best)
    slope = numerical_gradient(lambda W: likelihood(W, variance), W)
    np.testing.assert_allclose(slope, 0, atol=1e-6)
    slope = numerical_gradient(lambda v: likelihood(W, v[0]), np.array([variance]))
    np.testing.assert_allclose(slope, 0, atol=1e-6)
    for _ in range(20):
        nearby = W + 0.05 * rng.normal(size=W.shape)
        assert likelihood(nearby, variance * np.exp(0.05 * rng.normal())) < best
    # planted: sigma^2 as the first discarded eigenvalue, W without taking it off
    assert likelihood(W, model.eigenvalues_[2]) < best - 0.01
    wrong = model.components_.T * np.sqrt(model.eigenvalues_[:2])
    assert likelihood(wrong, variance) < best


@pytest.mark.lecture11
@pytest.mark.parametrize("k", [1, 2, 5])
def test_posterior_is_bayes_theorem_with_matrices(k, rng):
    x = correlated(rng)
    model = ProbabilisticPCA(k).fit(x)
    W, variance = model.W_, model.noise_variance_
    M = W.T @ W + variance * np.eye(k)
    mean, covariance = model.posterior(x)
    np.testing.assert_allclose(
        mean, (x - x.mean(axis=0)) @ W @ np.linalg.inv(M), rtol=1e-8
    )
    np.testing.assert_allclose(covariance, variance * np.linalg.inv(M), atol=1e-12)


@pytest.mark.lecture11
def test_samples_have_the_moments_of_the_model(rng):
    model = ProbabilisticPCA(2).fit(correlated(rng))
    x = model.sample(200_000, mode="sample", random_state=0)
    C = model.W_ @ model.W_.T + model.noise_variance_ * np.eye(6)
    np.testing.assert_allclose(x.mean(axis=0), model.mean_, atol=0.05)
    np.testing.assert_allclose(np.cov(x.T), C, atol=0.02 * np.abs(C).max())


@pytest.mark.lecture11
def test_samples_are_means_unless_noise_is_asked_for(rng):
    """E[x|z] lies in the plane; the noise added to it is N(0, sigma^2) in all of x."""
    model = ProbabilisticPCA(2).fit(correlated(rng))
    means = model.sample(100_000, random_state=0)
    C = np.cov(means.T)
    np.testing.assert_allclose(C, model.W_ @ model.W_.T, atol=0.02 * C.max())
    assert np.linalg.matrix_rank(C, tol=1e-8) == 2
    np.testing.assert_array_equal(means, model.sample(100_000, "mean", 0))
    noise = model.sample(100_000, "sample", 0) - means  # the same z
    np.testing.assert_allclose(np.cov(noise.T), model.noise_variance_ * np.eye(6),
                               atol=0.02 * model.noise_variance_)
    assert abs(np.corrcoef(noise[:, 0], means[:, 0])[0, 1]) < 0.02
    assert not np.array_equal(means, model.sample(100_000, random_state=1))
    with pytest.raises(ValueError, match="'mode' parameter of ProbabilisticPCA.sample"):
        model.sample(3, mode="median")


@pytest.mark.parametrize("shape", [(1, 5), (5, 1), (1, 1)])
def test_one_row_or_one_feature_is_too_little_whatever_k(shape, rng):
    n, d = shape
    for k in (1, 2, 0.5):
        with pytest.raises(ValueError) as caught:
            ProbabilisticPCA(k).fit(rng.normal(size=shape))
        assert str(caught.value) == (
            "ProbabilisticPCA needs at least 2 rows of at least 2 features; got "
            f"n_samples = {n}, n_features = {d}")


@pytest.mark.lecture11
@pytest.mark.parametrize("k", [6, None])
def test_k_must_be_less_than_d(k, rng):
    with pytest.raises(ValueError, match=r"range \[1, 6\)"):
        ProbabilisticPCA(k).fit(correlated(rng))


@pytest.mark.lecture11
def test_with_all_but_one_component_the_noise_is_the_last_eigenvalue(rng):
    x = correlated(rng)
    model = ProbabilisticPCA(5).fit(x)
    smallest = np.linalg.eigvalsh(np.cov(x.T, bias=True))[0]
    assert model.noise_variance_ == pytest.approx(smallest)
    assert ProbabilisticPCA(0.9).fit(x).n_components_ == PCA(0.9).fit(x).n_components_


@pytest.mark.lecture11
@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rows_far_away_have_their_log_likelihood(dtype, rng):
    """1e6 standard deviations along the first axis and 1e-3 across are not rounding."""
    x = correlated(rng).astype(dtype)
    model = ProbabilisticPCA(2).fit(x)
    for direction in (model.components_[0], np.eye(6)[2]):
        row = (model.mean_ + 1e6 * direction).astype(dtype)[None]
        r = row[0] - model.mean_
        C = model.W_ @ model.W_.T + model.noise_variance_ * np.eye(6)
        expected = -0.5 * (6 * np.log(2 * np.pi) + np.linalg.slogdet(C)[1]
                           + r @ np.linalg.solve(C, r))
        np.testing.assert_allclose(model.log_likelihood(row), expected, rtol=1e-6)
        assert np.isfinite(model.score(row)) and np.isfinite(model.transform(row)).all()


@pytest.mark.lecture11
def test_far_along_the_plane_no_distance_to_it_is_made_of_rounding(rng):
    """As |x|^2 - |along|^2 the distance to the plane would be a million here, or -1."""
    model = ProbabilisticPCA(1).fit(rng.normal(size=(400, 3)) * [1e5, 1, 1])
    largest, s2 = model.eigenvalues_[0], model.noise_variance_
    row = model.mean_ + 1e6 * np.sqrt(largest) * model.components_
    expected = -0.5 * (3 * np.log(2 * np.pi) + np.log(largest * s2 * s2) + 1e12)
    np.testing.assert_allclose(model.log_likelihood(row), expected, rtol=1e-10)


@pytest.mark.lecture04
def test_eq_4_3_wiener_is_the_best_of_all_linear_denoisers(rng):
    x = correlated(rng, n=3000)
    mean, C = x.mean(axis=0), np.cov(x.T, bias=True)
    A, c = wiener_denoiser(mean, C, 0.7)
    best = denoising_error(A, c, x, 0.7)
    noisy = x + 0.7 * rng.normal(size=x.shape)
    design = np.c_[noisy, np.ones(len(x))]
    fitted = np.linalg.lstsq(design, x, rcond=None)[0]  # from noisy pairs alone
    np.testing.assert_allclose(fitted[:-1], A, atol=0.1)
    for _ in range(20):
        nearby = A + 0.05 * rng.normal(size=A.shape)
        assert denoising_error(nearby, c, x, 0.7) > best
    slopes = (numerical_gradient(lambda A: denoising_error(A, c, x, 0.7), A, "central"),
              numerical_gradient(lambda c: denoising_error(A, c, x, 0.7), c, "central"))
    for slope in slopes:  # of a parabola: exact but for rounding
        np.testing.assert_allclose(slope, 0, atol=1e-6 * best)
    # C and its inverse commute: A = A^T, to rounding
    assert denoising_error(A.T, c, x, 0.7) == pytest.approx(best, rel=1e-12)


@pytest.mark.lecture04
def test_eq_4_4_error_of_an_affine_map_is_that_of_many_noisy_images(rng):
    x, A, c = rng.normal(size=(5, 3)), rng.normal(size=(3, 3)), rng.normal(size=3)
    noisy = x + 0.7 * rng.normal(size=(40_000, 5, 3))
    each = np.mean(np.sum((noisy @ A + c - x) ** 2, axis=2), axis=1)
    error = each.std() / np.sqrt(len(each))
    assert abs(each.mean() - denoising_error(A, c, x, 0.7)) < 4 * error
    assert error < 0.005 * each.mean()
    assert denoising_error(np.eye(3), 0 * c, x, 0.7) == pytest.approx(3 * 0.49)


@pytest.mark.lecture04
def test_eq_4_5_the_best_denoiser_points_along_the_slope_of_the_noisy_density(rng):
    mean, factor = rng.normal(size=3), rng.normal(size=(3, 3))
    C, sigma, noisy = factor @ factor.T, 0.7, rng.normal(size=(4, 3))
    A, c = wiener_denoiser(mean, C, sigma)
    precision = np.linalg.inv(C + sigma**2 * np.eye(3))

    def log_p(noisy):  # without the constant
        return -0.5 * np.sum((noisy - mean) @ precision * (noisy - mean))

    check = check_gradient(log_p, noisy, (noisy @ A + c - noisy) / sigma**2)
    assert check.max_relative_error < 1e-12, check


@pytest.mark.mnist
@pytest.mark.lecture11
def test_mnist_likelihoods(mnist):
    x, x_test = mnist.x
    model = ProbabilisticPCA(50).fit(x)
    arrays, description = model.arrays(), {"n_features": 784}
    for k, likelihood, variance in ((2, 14.360, 0.056096), (10, 186.024, 0.034867),
                                    (30, 394.616, 0.018842),
                                    (50, 517.603, 0.012596)):
        smaller = ProbabilisticPCA(k)
        smaller.restore(
            description, arrays | {"components_": arrays["components_"][:k]}
        )
        assert smaller.score(x_test) == pytest.approx(likelihood, abs=1e-3)
        assert smaller.noise_variance_ == pytest.approx(variance, abs=1e-6)


@pytest.mark.mnist
@pytest.mark.lecture04
def test_mnist_linear_denoiser(mnist):
    x, x_test = (images.astype(np.float64) for images in mnist.x)
    mean, C = x.mean(axis=0), np.cov(x.T, bias=True)
    for sigma, error in ((0.1, 2.660), (0.3, 9.546), (0.5, 15.549)):
        A, c = wiener_denoiser(mean, C, sigma)
        assert denoising_error(A, c, x_test, sigma) == pytest.approx(error, abs=1e-3)


@pytest.mark.lecture11
@pytest.mark.parametrize("k", [2, 4])
def test_data_without_noise_are_refused(k, rng):
    flat = rng.normal(size=(50, 2)) @ rng.normal(size=(2, 6))
    with pytest.raises(ValueError, match="sigma\\^2 is 0"):
        ProbabilisticPCA(k).fit(flat)
    with pytest.raises(ValueError, match="sigma\\^2 is 0"):
        ProbabilisticPCA(k).fit(np.ones((9, 6)))


@pytest.mark.lecture11
def test_likelihood_agrees_with_scikit_learn_given_its_eigenvalues(rng):
    x = correlated(rng)
    oracle = Oracle(2).fit(x * np.sqrt(399 / 400))  # its covariance divides by n - 1
    C = ProbabilisticPCA(2).fit(x)
    np.testing.assert_allclose(C.W_ @ C.W_.T + C.noise_variance_ * np.eye(6),
                               oracle.get_covariance(), rtol=1e-8)


@pytest.mark.parametrize("n", [50, 2000])
@pytest.mark.parametrize("scale", [1e4, 1e7, 3e7, 1e9])
def test_a_column_far_larger_than_the_others_leaves_the_noise_its_digits(n, scale, rng):
    """Turned, no column is small. Without the large one, what it explains is gone."""
    x, turn = rng.normal(size=(n, 6)), np.linalg.qr(rng.normal(size=(6, 6)))[0]
    large, *others = (x - x.mean(axis=0)).T
    left = [c - large * (large @ c) / (large @ large) for c in others]
    x[:, 0] *= scale
    model = ProbabilisticPCA(1).fit(x @ turn)
    assert model.noise_variance_ == pytest.approx(np.mean(np.square(left)), rel=1e-6)
    least = np.linalg.eigvalsh(np.cov(left, bias=True))[0]
    for every in PCA(None), PCA(6):
        found = every.fit(x @ turn).eigenvalues_
        assert found[-1] == pytest.approx(least, rel=1e-6)


@pytest.mark.parametrize("offset", [0.0, 1.0, 1e6])
@pytest.mark.parametrize("d, n", [(3, 60), (6, 70), (50, 600), (50, 100)])
def test_rounding_of_data_in_a_plane_is_no_noise(d, n, offset, rng):
    flat = rng.normal(size=(n, 2)) @ rng.normal(size=(2, d)) + offset
    with pytest.raises(ValueError, match="sigma.2 is 0 .*; scale the columns if one"):
        ProbabilisticPCA(2).fit(flat)
