"""What the written answers say on the way to their last lines is so (said.py).

The last lines are those of test_derivations.py, the numbers in backticks those of
test_answers.py.
"""

from functools import partial

import numpy as np
import said
from said import close, slope
from scipy import stats

from scratchae.data.worms import load_worms

SAID = {}
says = partial(said.says, SAID)
RNG = np.random.default_rng(0)


def normal(rng_shape):
    return RNG.normal(size=rng_shape)


@says("answers/01", "x is (n, d), da is (n, k), and dW must be (d, k) like W: of all "
      "products of the two and their transposes only x^T da is.", "with d = k, the "
      "wrong da^T x has the right shape too.", "a_ij = sum_m x_im W_mj + b_j. So a "
      "change of W_mj changes a_ij by x_im")
def _():
    x, da, W = normal((5, 3)), normal((5, 2)), normal((3, 2))
    assert (x.T @ da).shape == W.shape != (da.T @ x).shape
    moved = slope(lambda W: (x @ W)[1, 0], W)
    close(moved, np.outer(x[1], [1, 0]), atol=1e-9)


@says("answers/01", "J = 1/n sum_i sum_j (log(1 + exp(a_ij)) - x_ij a_ij) (a)",
      "da_ij = 1/n (exp(a_ij) / (1 + exp(a_ij)) - x_ij) (b)", "da_ij = 1/n (1 / (1 + "
      "exp(-a_ij)) - x_ij) (c)", "it has the slope (p - x) / (p (1 - p)) in p, and p "
      "has the slope p (1 - p) in a.")
def _():
    a, x = normal((2, 3)), RNG.random((2, 3))
    J = lambda a: np.sum(np.log(1 + np.exp(a)) - x * a) / 2  # noqa: E731
    close(slope(J, a), (np.exp(a) / (1 + np.exp(a)) - x) / 2, rtol=1e-6)
    close(slope(J, a), (1 / (1 + np.exp(-a)) - x) / 2, rtol=1e-6)
    loss = lambda p: -np.sum(x * np.log(p) + (1 - x) * np.log(1 - p))  # noqa: E731
    p = 1 / (1 + np.exp(-a))
    close(slope(loss, p), (p - x) / (p * (1 - p)), rtol=1e-5)
    close(slope(lambda a: np.sum(1 / (1 + np.exp(-a))), a), p * (1 - p), rtol=1e-6)


@says("answers/01", "E|x - x_hat|^2 = |x|^2 + E|x_hat|^2 >= |x|^2", "|x|^2 is the "
      "squared distance from the mean image plus |mean|^2. So even a network that "
      "answers 0 is worse than the mean image, by |mean|^2")
def _():
    x = normal((50, 4)) + 1
    m = x.mean(axis=0)
    close(np.sum(x**2, axis=1).mean(), np.sum((x - m) ** 2, axis=1).mean() + m @ m)


@says("answers/02", "the mean square of the centred training images is v_j C v_j^T = "
      "lambda_j", "dW1 = 2/n X^T (X W1 W2 - X) W2^T (a) = 2 C (W1 W2 - I) W2^T (b)",
      "W1 W2 W2^T = W2^T (c)", "P P = W2^T (W2 W2^T)^-1 (W2 W2^T) (W2 W2^T)^-1 W2 = "
      "P (f)")
def _():
    X, W1, W2 = normal((9, 4)), normal((4, 2)), normal((2, 4))
    C = X.T @ X / 9
    J = lambda W1: np.sum((X - X @ W1 @ W2) ** 2) / 9  # noqa: E731
    close(slope(J, W1), 2 / 9 * X.T @ (X @ W1 @ W2 - X) @ W2.T, rtol=1e-5)
    close(slope(J, W1), 2 * C @ (W1 @ W2 - np.eye(4)) @ W2.T, rtol=1e-5)
    best = W2.T @ np.linalg.inv(W2 @ W2.T)
    close(best @ W2 @ W2.T, W2.T)
    close(best @ W2 @ best @ W2, best @ W2, atol=1e-12)
    values, vectors = np.linalg.eigh(C)
    close(np.mean((X @ vectors) ** 2, axis=0), values)


@says("answers/03", "dP/drho_hat_j = -rho / rho_hat_j + (1 - rho) / (1 - rho_hat_j) "
      "(a)", "drho_hat_j/dh_ij = 1/n (b)", "S = sum_i sum_j s_ij^2 |W_j|^2 (d)",
      "whose slope is 1 - 2 h_ij:", "one costs 0.05 log(0.05 / 0.1) + 0.95 log(0.95 "
      "/ 0.9) = -0.0347 + 0.0514 =")
def _():
    rho, q = 0.2, 0.35

    def P(q):
        return rho * np.log(rho / q) + (1 - rho) * np.log((1 - rho) / (1 - q))

    close(slope(P, q), -rho / q + (1 - rho) / (1 - q), rtol=1e-7)
    close([0.05 * np.log(0.05 / 0.1), 0.95 * np.log(0.95 / 0.9)], [-0.0347, 0.0514],
          atol=5e-5)


@says("answers/04", "a network that copies pays the whole noise, d sigma^2 per "
      "image.", "dF/dc = 2 E[x~ A + c - x] = 2 (m A + c - m) = 0 (a)", "dF/dA = 2 "
      "E[x~^T ((x~ - m) A - (x - m))] = 0 (c)", "E[(x~ - m)^T (x~ - m)] A = E[(x~ - "
      "m)^T (x - m)] (d)", "(C + sigma^2 I) A = C (e)", "A multiplies by lambda / "
      "(lambda + sigma^2)")
def _():
    x, eps = normal((400_000, 2)) @ [[1, 0.4], [0, 0.6]] + [1, -2], normal((400_000, 2))
    noisy, m, n = x + 0.5 * eps, x.mean(axis=0), len(x)
    C = np.cov(x.T, bias=True)
    close((noisy - m).T @ (noisy - m) / n, C + 0.25 * np.eye(2), atol=0.01)
    close((noisy - m).T @ (x - m) / n, C, atol=0.01)
    close(np.sum((noisy - x) ** 2, axis=1).mean(), 2 * 0.25, rtol=0.01)


@says("answers/05", "dlog q_i/dt = i / t - (10 - i) / (1 - t) (b)", "dD/dt = -(mean "
      "(1 - t) - (10 - mean) t) / (t (1 - t)) (d) = (10 t - mean) / (t (1 - t)) (e)",
      "It is negative below t = mean / 10 and positive above, so that is the only "
      "minimum.", "The difference is 1000 D(observed||binomial)")
def _():
    i, t, mean = np.arange(11), 0.3, load_worms() @ np.arange(11) / 1000
    for k in 2, 9:
        close(slope(lambda t, k=k: stats.binom(10, t).logpmf(k), t),
              i[k] / t - (10 - i[k]) / (1 - t), rtol=1e-6)
    close(-(mean * (1 - t) - (10 - mean) * t), 10 * t - mean)


@says("answers/06", "log p(x|z) + log p(z) = -|y - z W^T|^2 / (2 sigma^2) - |z|^2 / "
      "2 (a)", "|y - z W^T|^2 = |y|^2 - 2 y W z^T + z W^T W z^T.", "= -1/2 z (I + "
      "W^T W / sigma^2) z^T + y W z^T / sigma^2 (b)", "V = (I + W^T W / sigma^2)^-1, "
      "mu = y W V / sigma^2 (c)", "-1/2 z V^-1 z^T + mu V^-1 z^T (d)")
def _():
    W, y, s, z = normal((3, 2)), normal(3), 0.7, normal(2)
    inverse = np.eye(2) + W.T @ W / s**2
    close(np.sum((y - z @ W.T) ** 2), y @ y - 2 * y @ W @ z + z @ W.T @ W @ z)
    joint = -np.sum((y - z @ W.T) ** 2) / (2 * s**2) - z @ z / 2 + y @ y / (2 * s**2)
    close(joint, -0.5 * z @ inverse @ z + y @ W @ z / s**2)
    mu = y @ W @ np.linalg.inv(inverse) / s**2
    close(joint, -0.5 * z @ inverse @ z + mu @ inverse @ z)


@says("answers/07", "E_q[log p(x|z)] = -((x - w m)^2 + w^2 v) / (2 sigma^2) + "
      "constant (a)", "KL(q || p(z)) = 1/2 (m^2 + v - 1 - log v) (b)", "dv = -w^2 / "
      "(2 sigma^2) - 1/2 (1 - 1 / v) (e)", "Both are 0 at m = w x / (sigma^2 + w^2) "
      "and v = 1 / (1 + w^2 / sigma^2), the posterior.")
def _():
    w, s, x, m, v = 1.3, 0.7, 2.0, 0.4, 0.6
    points, mass = np.polynomial.hermite_e.hermegauss(9)
    z, mass = m + np.sqrt(v) * points, mass / mass.sum()
    close(mass @ (x - w * z) ** 2, (x - w * m) ** 2 + w**2 * v)
    bound = lambda m, v: (-((x - w * m) ** 2 + w**2 * v) / (2 * s**2)  # noqa: E731
                          - 0.5 * (m**2 + v - 1 - np.log(v)))
    close(slope(lambda v: bound(m, v), v), -(w**2) / (2 * s**2) - 0.5 * (1 - 1 / v),
          rtol=1e-7)
    best = w * x / (s**2 + w**2), 1 / (1 + w**2 / s**2)
    close(slope(lambda q: bound(*q), best), 0, atol=1e-8)


@says("answers/08", "sum L_ij^2 = sum_j sigma_j^2 (a) log L_jj = 1/2 log sigma_j^2 "
      "(b)", "KL = 1/2 (sum_j sigma_j^2 + sum_j mu_j^2 - sum_j 1) - 1/2 sum_j log "
      "sigma_j^2 (c)", "S1^-1 S0 grows as 1 / s, while log det S1 falls only as log "
      "s.", "half a bit each time the variance is halved.", "Halving sigma costs 1/2 "
      "(1/4 - 1) - log(1/2) =", "A mean costs mu^2 / 2")
def _():
    sigma, mu = np.array([0.4, 1.7]), np.array([0.3, -1])
    kl = 0.5 * np.sum(mu**2 + sigma**2 - 1 - np.log(sigma**2))
    close(0.5 * (np.sum(sigma**2) + np.sum(mu**2) - 2) - 0.5 * np.sum(np.log(sigma**2)),
          kl)
    close(-0.5 * np.log2(0.5), 0.5)


@says("answers/09", "f - E[f] = 2 mu eps + eps^2 - 1 (a)", "E[eps^2], E[eps^4], "
      "E[eps^6] are 1, 3, 15", "E[g^2] = 4 mu^2 E[eps^4] + E[eps^6] + E[eps^2] - 2 "
      "E[eps^4] (d) = 12 mu^2 + 15 + 1 - 6 = 12 mu^2 + 10 (e)", "The variance of (f "
      "- c) eps is that of f eps, less 2 c Cov(f eps, eps), plus c^2. It is least at "
      "c = E[f eps^2] = mu^2 + 3", "Then 30 becomes 30 - 16 =")
def _():
    eps, mass = np.polynomial.hermite_e.hermegauss(12)
    mass, mu = mass / mass.sum(), 1.4
    close([mass @ eps**p for p in (2, 4, 6)], [1, 3, 15])
    f = (mu + eps) ** 2
    close(f - (mu**2 + 1), 2 * mu * eps + eps**2 - 1)
    close(mass @ ((f - mu**2 - 1) * eps) ** 2, 12 * mu**2 + 10)
    variance = lambda g: mass @ g**2 - (mass @ g) ** 2  # noqa: E731
    c = 2.3
    close(variance((f - c) * eps), variance(f * eps) - 2 * c * (mass @ (f * eps**2))
          + c**2)
    close(mass @ (f * eps**2), mu**2 + 3)


@says("answers/10", "KL = 1/2 sum_j (mu_j^2 + exp(v_j) - 1 - v_j) (a)", "dKL/dmu_j = "
      "1/2 2 mu_j = mu_j (b) dKL/dv_j = 1/2 (exp(v_j) - 1) (c)", "Both are 0 only at "
      "mu = 0, sigma = 1: at the prior.", "The derivative of the loss in eps exists, "
      "dz sigma")
def _():
    KL = lambda q: 0.5 * (q[0] ** 2 + np.exp(q[1]) - 1 - q[1])  # noqa: E731
    close(slope(KL, [0.7, -0.4]), [0.7, 0.5 * (np.exp(-0.4) - 1)], rtol=1e-7)
    close(slope(lambda eps: np.sin(0.2 + 0.7 * eps), 0.5), np.cos(0.55) * 0.7)


@says("answers/11", "l = log(1/K sum_m exp(u_m)) (a) dl/du_l = 1/K exp(u_l) / (1/K "
      "sum_m exp(u_m)) (b)", "log p(z) = -1/2 sum_j (log 2 pi + z_j^2) (d) log "
      "q(z|x) = -1/2 sum_j (log 2 pi + log_var_j + eps_j^2) (e)", "L_5 is -3.1 and "
      "L_1, the ELBO of q = prior, is -7.4. Of the 4.8 nats that the ELBO lacks",
      "Jensen's inequality takes away about half the variance of the mean over "
      "p(x)^2, which falls as 1/K")
def _():
    u = normal(4)
    close(slope(lambda u: np.log(np.mean(np.exp(u))), u),
          np.exp(u) / 4 / np.mean(np.exp(u)), rtol=1e-7)
    mu, log_var, eps = normal(3), normal(3), normal(3)
    z = mu + np.exp(log_var / 2) * eps
    close(stats.norm(0, 1).logpdf(z).sum(), -0.5 * np.sum(np.log(2 * np.pi) + z**2))
    close(stats.norm(mu, np.exp(log_var / 2)).logpdf(z).sum(),
          -0.5 * np.sum(np.log(2 * np.pi) + log_var + eps**2))
    w = 1 + 0.05 * normal(100_000)
    close(-np.mean(np.log(w)) + np.log(np.mean(w)), 0.05**2 / 2, rtol=0.02)


@says("answers/12", "log Q(x) = -1/2 log 2 pi - log s - u^2 / 2 (a) du/dm = -1 / s, "
      "du/dlog_s = -u (b) dlog Q/dm = u / s, dlog Q/dlog_s = -1 + u^2 (c)", "1/2 log "
      "2 =", "half of -log 2 + (c - 1.99)^2 / (2 0.5^2) for the hill at c")
def _():
    x, q = 1.7, np.array([0.4, -0.3])
    s = np.exp(q[1])
    u = (x - q[0]) / s
    log_q = stats.norm(q[0], s).logpdf(x)
    close(log_q, -0.5 * np.log(2 * np.pi) - np.log(s) - u**2 / 2)
    close(slope(lambda q: (x - q[0]) / np.exp(q[1]), q), [-1 / s, -u], rtol=1e-7)
    close(slope(lambda q: stats.norm(q[0], np.exp(q[1])).logpdf(x), q),
          [u / s, -1 + u**2], rtol=1e-6)


@says("answers/13", "F = 2 n d h (a) Q = 4 (n d + d h + n h) (b)", "It rises with n, "
      "from nearly 1/2 at n = 1 to d h / (2 (d + h)).", "n (1 - 2 R (1/d + 1/h)) > 2 "
      "R (d)", "seven numbers of 4 bytes, 28 bytes for each parameter", "For the 652 "
      "800 parameters")
def _():
    d, h, R = 784, 400, 10
    ratio = lambda n: n * d * h / (2 * (n * d + d * h + n * h))  # noqa: E731
    close([ratio(1), ratio(1e12)], [0.5, d * h / (2 * (d + h))], atol=2e-3)
    for n in 5, 50:
        assert (ratio(n) > R) == (n * (1 - 2 * R * (1 / d + 1 / h)) > 2 * R)


@says("answers/14", "KL = sum_j (1/2 (mu_j^2 + sigma_j^2 - 1) - log sigma_j) (a) "
      "dKL/dmu_j = mu_j, dKL/dsigma_j = sigma_j - 1 / sigma_j (b)", "dz_j/dmu_j = 1, "
      "dz_j/dsigma_j = eps_j (c)", "and on to a: da = dsigma / (1 + exp(-a)).", "at "
      "its top it is 1 / (4 s) =", "measure x in percent, and log 100 is added for "
      "each pixel.")
def _():
    KL = lambda q: 0.5 * (q[0] ** 2 + q[1] ** 2 - 1) - np.log(q[1])  # noqa: E731
    close(slope(KL, [0.4, 1.3]), [0.4, 1.3 - 1 / 1.3], rtol=1e-7)
    close(slope(lambda a: np.log(1 + np.exp(a)), 0.7), 1 / (1 + np.exp(-0.7)))
    logistic = stats.logistic(0, 0.1)
    close(logistic.pdf(0), 1 / (4 * 0.1))
    close(-stats.logistic(0, 10).logpdf(0) + logistic.logpdf(0), np.log(100))


@said.each(SAID)
def test_what_an_answer_says_on_the_way_is_so(claim):
    said.check(SAID, claim)
