"""The last lines of the derivations in lectures/answers, against the library.

Each test quotes the line that it checks, computes it as it is written there, and
compares it with a function of the library, or with a numerical derivative of one.
"""

import numpy as np
import pytest
from questions import answers, equations

from scratchae.exact import LinearGaussian, TwoHills
from scratchae.exact.estimators import variances
from scratchae.exact.inference import gaussian_fit_gradient
from scratchae.formulas.activations import logistic
from scratchae.formulas.divergences import (
    kl_diag_gaussian_backward,
    kl_diag_gaussian_forward,
)
from scratchae.formulas.gaussian_divergence import kl_standard_gaussian_forward
from scratchae.formulas.importance import log_mean_exp_backward, log_mean_exp_forward
from scratchae.formulas.information import kl_divergence
from scratchae.formulas.losses import bernoulli_nll_backward, bernoulli_nll_forward
from scratchae.formulas.penalties import (
    contractive_backward,
    contractive_forward,
    kl_sparsity_backward,
    kl_sparsity_forward,
)
from scratchae.formulas.subspaces import principal_axes
from scratchae.formulas.wiener import wiener_denoiser


def quoted(lecture, line, number=2):
    """Whether an answer has this equation, word for word."""
    return line in equations(answers(lecture)[number][1])


def slope(f, x):
    """df/dx of a scalar f, entry by entry, by the complex step."""
    out = np.empty(x.shape)
    for place in np.ndindex(x.shape):
        moved = x.astype(complex)
        moved[place] += 1e-30j
        out[place] = f(moved).imag / 1e-30
    return out


close = np.testing.assert_allclose


@pytest.mark.lecture01
def test_answer_01_2_the_gradient_in_the_logits(rng):
    assert quoted("01", "da = (p - x) / n")
    a, x = rng.normal(size=(3, 4)), rng.random((3, 4))
    losses, cache = bernoulli_nll_forward(a, x)
    da = (logistic(a) - x) / len(a)
    close(da, bernoulli_nll_backward(np.full(3, 1 / 3), cache), rtol=1e-13)
    close(da, slope(lambda a: bernoulli_nll_forward(a, x)[0].mean(), a), rtol=1e-12)


@pytest.mark.lecture02
def test_answer_02_2_the_best_encoder_projects_whatever_the_decoder(rng):
    assert quoted("02", "W1 = W2^T (W2 W2^T)^-1")
    assert quoted("02", "P = W1 W2 = W2^T (W2 W2^T)^-1 W2")
    X, W2 = rng.normal(size=(20, 5)), rng.normal(size=(2, 5))
    X -= X.mean(axis=0)
    W1 = W2.T @ np.linalg.inv(W2 @ W2.T)
    J = lambda W: np.sum((X - X @ W @ W2) ** 2) / 20  # noqa: E731
    close(slope(J, W1), 0, atol=1e-12)
    close(W1 @ W2 @ W1 @ W2, W1 @ W2, atol=1e-12)
    values, axes = principal_axes(X)  # of PCA, in any basis of its plane
    mixed = rng.normal(size=(2, 2)) @ axes[:2]
    P = mixed.T @ np.linalg.inv(mixed @ mixed.T) @ mixed
    close(P, axes[:2].T @ axes[:2], atol=1e-12)
    close(np.sum((X - X @ P) ** 2) / 20, values[2:].sum(), rtol=1e-12)


@pytest.mark.lecture02
def test_answer_02_2_gradient_of_the_linear_autoencoder(rng):
    assert quoted("02", "= 2 C (W1 W2 - I) W2^T")
    X, W1, W2 = (rng.normal(size=s) for s in ((20, 5), (5, 2), (2, 5)))
    J = lambda W: np.sum((X - X @ W @ W2) ** 2) / 20  # noqa: E731
    close(2 * (X.T @ X / 20) @ (W1 @ W2 - np.eye(5)) @ W2.T, slope(J, W1), rtol=1e-11)


@pytest.mark.lecture03
def test_answer_03_2_gradient_of_the_sparsity(rng):
    line = "dh_ij = 1/n ((1 - rho) / (1 - rho_hat_j) - rho / rho_hat_j)"
    assert quoted("03", line)
    h, rho = rng.uniform(0.1, 0.9, (5, 3)), 0.2
    rho_hat = np.broadcast_to(h.mean(axis=0), h.shape)
    dh = ((1 - rho) / (1 - rho_hat) - rho / rho_hat) / 5
    close(dh, kl_sparsity_backward(1.0, kl_sparsity_forward(h, rho)[1]), rtol=1e-13)
    close(dh, slope(lambda h: kl_sparsity_forward(h, rho)[0], h), rtol=1e-12)


@pytest.mark.lecture03
def test_answer_03_2_gradient_of_the_contraction(rng):
    assert quoted("03", "dW_mj = sum_i s_ij^2 2 W_mj = 2 W_mj sum_i s_ij^2")
    assert quoted("03", "dh_ij = 2 s_ij (1 - 2 h_ij) |W_j|^2")
    h, W = rng.uniform(0.1, 0.9, (5, 3)), rng.normal(size=(7, 3))
    s = h * (1 - h)
    dh, dW = 2 * s * (1 - 2 * h) * np.sum(W**2, axis=0), 2 * W * np.sum(s**2, axis=0)
    library = contractive_backward(np.ones(5), contractive_forward(h, W)[1])
    total = lambda h, W: contractive_forward(h, W)[0].sum()  # noqa: E731
    for mine, theirs in zip((dh, dW), library, strict=True):
        close(mine, theirs, rtol=1e-13)
    close(dh, slope(lambda h: total(h, W), h), rtol=1e-12)
    close(dW, slope(lambda W: total(h, W), W), rtol=1e-12)


@pytest.mark.lecture04
def test_answer_04_2_the_best_affine_denoiser(rng):
    assert quoted("04", "A = (C + sigma^2 I)^-1 C")
    assert quoted("04", "c = m (I - A)")
    B, m, sigma = rng.normal(size=(3, 3)), rng.normal(size=3), 0.7
    C = B @ B.T
    A = np.linalg.inv(C + sigma**2 * np.eye(3)) @ C
    for mine, theirs in zip((A, m @ (np.eye(3) - A)), wiener_denoiser(m, C, sigma),
                            strict=True):
        close(mine, theirs, rtol=1e-10)

    def error(A):  # the mean over x and noise, c being the best for A
        away = A - np.eye(3)
        return np.trace(away.T @ C @ away) + sigma**2 * np.sum(A * A)

    close(slope(error, A), 0, atol=1e-12)


@pytest.mark.lecture05
def test_answer_05_2_slope_of_the_divergence_in_t():
    from scratchae.data.worms import binomial, load_worms

    assert quoted("05", "dD/dt = -sum_i p_i (i / t - (10 - i) / (1 - t))")
    assert quoted("05", "= (10 t - mean) / (t (1 - t))")
    p, i, t, h = load_worms() / load_worms().sum(), np.arange(11), 0.4, 1e-5
    sums = -np.sum(p * (i / t - (10 - i) / (1 - t)))
    close(sums, (10 * t - p @ i) / (t * (1 - t)), rtol=1e-12)
    D = [kl_divergence(p, binomial(t + step), base=np.e) for step in (h, -h)]
    close(sums, (D[0] - D[1]) / (2 * h), rtol=1e-8)


@pytest.mark.lecture06
def test_answer_06_2_the_posterior(rng):
    assert quoted("06", "z|x ~ N((x - b) W V / sigma^2, V),   "
                        "V = (I + W^T W / sigma^2)^-1")
    W, b, x, sigma = *(rng.normal(size=s) for s in ((4, 2), 4, (1, 4))), 0.6
    V = np.linalg.inv(np.eye(2) + W.T @ W / sigma**2)
    mean, covariance = LinearGaussian(W, b, sigma).posterior(x)
    close((x - b) @ W @ V / sigma**2, mean, rtol=1e-12)
    close(V, covariance, rtol=1e-12)


@pytest.mark.lecture06
def test_answer_06_2_the_square_is_complete(rng):
    assert quoted("06", "= -1/2 (z - mu) V^-1 (z - mu)^T + 1/2 mu V^-1 mu^T")
    model, x = LinearGaussian(rng.normal(size=(4, 2)), rng.normal(size=4), 0.6), 0.3
    (mu,), V = model.posterior(np.full((1, 4), x))
    z = rng.normal(size=(5, 2))
    joint = model.log_joint(np.full(4, x), z) - model.log_joint(np.full(4, x), 0 * z)
    square = [-0.5 * (r - mu) @ np.linalg.inv(V) @ (r - mu) for r in z]
    close(joint, square + 0.5 * mu @ np.linalg.inv(V) @ mu, rtol=1e-10)


@pytest.mark.lecture07
def test_answer_07_2_gradient_of_the_bound():
    assert quoted("07", "dm = w (x - w m) / sigma^2 - m")
    assert quoted("07", "dlog_v = 1/2 (1 - v (1 + w^2 / sigma^2))")
    w, sigma, x, m, v, h = 1.3, 0.7, 2.0, -0.4, 0.6, 1e-6
    model = LinearGaussian(w, 0, sigma)
    mine = w * (x - w * m) / sigma**2 - m, 0.5 * (1 - v * (1 + w**2 / sigma**2))
    close(gaussian_fit_gradient(model, x, m, np.log(v))[1:], mine, rtol=1e-12)
    bound = lambda m, s: model.elbo(x, [[m]], [[[s]]])["elbo"][0]  # noqa: E731
    s = np.sqrt(v)
    close(mine[0], (bound(m + h, s) - bound(m - h, s)) / (2 * h), rtol=1e-7)
    up, down = s * np.exp(h / 2), s * np.exp(-h / 2)
    close(mine[1], (bound(m, up) - bound(m, down)) / (2 * h), rtol=1e-7)


@pytest.mark.lecture08
def test_answer_08_2_the_diagonal_divergence(rng):
    assert quoted("08", "= 1/2 sum_j (mu_j^2 + sigma_j^2 - 1 - log sigma_j^2)")
    mu, sigma = rng.normal(size=(3, 4)), rng.uniform(0.3, 2, (3, 4))
    mine = 0.5 * np.sum(mu**2 + sigma**2 - 1 - np.log(sigma**2), axis=1)
    L = np.eye(4) * sigma[:, :, None]
    close(mine, kl_standard_gaussian_forward(mu, L)[0], rtol=1e-12)
    close(mine, kl_diag_gaussian_forward(mu, np.log(sigma**2))[0], rtol=1e-12)


@pytest.mark.lecture09
def test_answer_09_2_variance_with_the_mean_as_baseline():
    assert quoted("09", "Var(g) = E[g^2] - E[g]^2 = 8 mu^2 + 10")
    assert quoted("09", "g = (f - E[f]) eps = 2 mu eps^2 + eps^3 - eps")
    eps, mass = np.polynomial.hermite_e.hermegauss(8)
    for mu in (0.0, 0.7, 2.0):
        g = 2 * mu * eps**2 + eps**3 - eps
        mean, square = (mass @ g**power / mass.sum() for power in (1, 2))
        close(mean, 2 * mu, atol=1e-12)
        close(square - mean**2, 8 * mu**2 + 10, rtol=1e-12)
        assert variances(mu)["score with mean baseline"] == 8 * mu**2 + 10


@pytest.mark.lecture10
def test_answer_10_2_gradient_of_the_divergence(rng):
    assert quoted("10", "dKL/dmu = mu,   dKL/dlog_var = 1/2 (sigma^2 - 1)")
    mu, log_var = rng.normal(size=(2, 3)), rng.normal(size=(2, 3))
    kl, cache = kl_diag_gaussian_forward(mu, log_var)
    mine = mu, 0.5 * (np.exp(log_var) - 1)
    for own, theirs in zip(mine, kl_diag_gaussian_backward(np.ones(2), cache),
                           strict=True):
        close(own, theirs, rtol=1e-12)
    total = lambda m, v: kl_diag_gaussian_forward(m, v)[0].sum()  # noqa: E731
    close(mine[0], slope(lambda m: total(m, log_var), mu), rtol=1e-12)
    close(mine[1], slope(lambda v: total(mu, v), log_var), rtol=1e-12)


@pytest.mark.lecture11
def test_answer_11_2_gradient_of_the_log_mean(rng):
    assert quoted("11", "dlog_w_l = w_l / sum w")
    log_w = rng.normal(size=(5, 2))
    mine = np.exp(log_w) / np.exp(log_w).sum(axis=0)
    _, normalised = log_mean_exp_forward(log_w)
    close(mine, log_mean_exp_backward(np.ones(2), normalised), rtol=1e-12)
    close(mine, slope(lambda u: log_mean_exp_forward(u)[0].sum(), log_w), rtol=1e-12)


@pytest.mark.lecture11
def test_answer_11_2_the_weight_is_the_ratio_of_the_densities(rng):
    line = "log w = log p(x|z) + 1/2 sum_j (eps_j^2 - z_j^2 + log_var_j)"
    assert quoted("11", line)
    model, x = LinearGaussian(rng.normal(size=(3, 2)), sigma=0.8), rng.normal(size=3)
    mu, log_var, eps = rng.normal(size=(3, 2))
    z = mu + np.exp(log_var / 2) * eps
    log_q = -0.5 * np.sum(np.log(2 * np.pi * np.exp(log_var))
                          + (z - mu) ** 2 / np.exp(log_var))
    mine = model.log_conditional(x, z) + 0.5 * np.sum(eps**2 - z**2 + log_var)
    close(mine, model.log_joint(x, z) - log_q, rtol=1e-12)


@pytest.mark.lecture12
def test_answer_12_2_gradient_of_the_covering_divergence():
    assert quoted("12", "dm = -E_P[u] / s,   dlog_s = 1 - E_P[u^2]")
    hills, m, log_s = TwoHills(1.5, 0.4), 0.6, 0.2
    mean, variance = 0.0, 1.5**2 + 0.4**2  # of P, by symmetry
    u1 = (mean - m) / np.exp(log_s)
    u2 = (variance + (mean - m) ** 2) / np.exp(2 * log_s)
    close(hills.forward_kl(m, log_s)[1:], (-u1 / np.exp(log_s), 1 - u2), rtol=1e-9)
    at_zero = hills.forward_kl(mean, 0.5 * np.log(variance))[1:]
    close(at_zero, 0, atol=1e-10)


@pytest.mark.lecture13
def test_answer_13_2_from_which_batch_on_a_product_is_above_the_ridge():
    assert quoted("13", "F / Q = n d h / (2 (n d + d h + n h))")
    assert quoted("13", "n > 2 R / (1 - 2 R (1/d + 1/h))")
    for d, h, R in ((784, 400, 10), (50, 300, 7.5), (64, 64, 3.2)):
        least = 2 * R / (1 - 2 * R * (1 / d + 1 / h))
        n = np.array([least * 0.999, least * 1.001])
        above = 2 * n * d * h / (4 * (n * d + d * h + n * h)) > R
        assert above.tolist() == [False, True]


@pytest.mark.lecture14
def test_answer_14_2_gradient_of_both_paths_in_mu_and_sigma(rng):
    assert quoted("14", "dmu = dz + d_kl mu,   "
                        "dsigma = dz eps + d_kl (sigma - 1 / sigma)")
    mu, eps, sigma = *rng.normal(size=(2, 3)), rng.uniform(0.3, 2, 3)
    mix, d_kl = rng.normal(size=3), 0.7

    def loss(mu, sigma):
        kl = kl_diag_gaussian_forward(mu[None], 2 * np.log(sigma)[None])[0][0]
        return np.sum(np.sin(mu + sigma * eps) * mix) + d_kl * kl

    dz = np.cos(mu + sigma * eps) * mix
    dmu, dsigma = dz + d_kl * mu, dz * eps + d_kl * (sigma - 1 / sigma)
    close(dmu, slope(lambda m: loss(m, sigma), mu), rtol=1e-11)
    close(dsigma, slope(lambda s: loss(mu, s), sigma), rtol=1e-11)
