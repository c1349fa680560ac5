"""What the prose of lectures 05 to 09 says in passing is so (said.py)."""

from functools import partial

import numpy as np
import said
from said import close, slope
from scipy import stats

from scratchae.data.worms import ad_hoc, load_worms
from scratchae.exact import LinearGaussian
from scratchae.exact.estimators import score_function

SAID = {}
says = partial(said.says, SAID)
RNG = np.random.default_rng(0)
WORMS, TEETH = load_worms() / 1000, np.arange(11)


def bits(p, q=None):
    return stats.entropy(p, q, base=2)


@says("05", "Its mean is 10 t, so a tenth of the mean of the data is the natural "
      "choice of t.", "one bit is 0.693 nats", "log2 11", "or ten places, each with "
      "a tooth with probability t (one parameter)", "Worms of a newly found kind "
      "have 0 to 10 teeth. We counted a thousand.")
def _():
    close(stats.binom(10, 0.3).pmf(TEETH) @ TEETH, 10 * 0.3)
    close(np.log(2), 0.693, atol=5e-4)
    close(bits(np.full(11, 1 / 11)), np.log2(11))
    assert load_worms().sum() == 1000 and len(load_worms()) == 11


@says("05", "An event that has probability a is worth -log a: rare is surprising, "
      "certain is worth nothing, and independent events add up.")
def _():
    close(-np.log(0.2 * 0.3), -np.log(0.2) - np.log(0.3))
    assert -np.log(0.01) > -np.log(0.5) > -np.log(1.0) == 0


@says("05", "No code that can be read back has words that are shorter on average "
      "than H bits")
def _():
    p, lengths = np.array([0.5, 0.25, 0.15, 0.1]), np.array([1, 2, 3, 3])
    close(np.sum(2.0 ** -lengths), 1)  # the lengths of a code that can be read back
    assert p @ lengths >= bits(p)


@says("05", "Code the worms with a code made for q, and outcome i costs -log q_i "
      "instead of -log p_i. The mean excess is the Kullback-Leibler divergence")
def _():
    q = np.full(11, 1 / 11)
    close(WORMS @ (np.log2(WORMS) - np.log2(q)), bits(WORMS, q))


@says("05", "Of the terms only -p_i log q_i depends on t, and log q_i is i log t + "
      "(10 - i) log(1 - t) and a constant, so", "Bring both fractions to one "
      "denominator: this is (10 t - mean) / (t (1 - t)), and 0 at t = mean / 10.")
def _():
    def D(t):
        return stats.entropy(WORMS, stats.binom(10, t).pmf(TEETH))

    mean = WORMS @ TEETH
    off = [stats.binom(10, t).logpmf(TEETH) - TEETH * np.log(t)
           - (10 - TEETH) * np.log(1 - t) for t in (0.3, 0.6)]
    close(off[0], off[1], atol=1e-12)
    for t in 0.2, 0.7:
        close(slope(D, t), (10 * t - mean) / (t * (1 - t)), rtol=1e-6)
    close(slope(D, mean / 10), 0, atol=1e-7)


@says("05", "(1 - t)/6 for each of 0-5 teeth and t/5 for each of 6-10, is made up "
      "for the occasion.")
def _():
    close(ad_hoc(0.47), [(1 - 0.47) / 6] * 6 + [0.47 / 5] * 5)


@says("05", 'It is not a distance. Where q says "impossible" and p does not, it is '
      "infinite", "Pearson's chi-square adds up (seen - expected)^2 / expected over "
      "the 11 bins; draws from the right model give about 10, the number of free "
      "bins.", "the table itself would have divergence 0")
def _():
    assert bits([0.5, 0.5], [1.0, 0.0]) == np.inf
    seen = RNG.multinomial(1000, WORMS, 2000)
    chi = np.sum((seen - 1000 * WORMS) ** 2 / (1000 * WORMS), axis=1)
    close(chi.mean(), 10, rtol=0.05)


@says("06", "A number z is drawn from N(0, 1), and x is w z plus noise of variance "
      "sigma^2, with w = 2 and sigma = 1.", "x ~ N(0, w^2 + sigma^2) = N(0, 5).",
      "-1/2 (x - w z)^2 / sigma^2 - 1/2 z^2 + constant = -1/2 (1 + w^2 / sigma^2) "
      "z^2 + (w x / sigma^2) z + constant", "The factor of -z^2 / 2 is 1 / v, v "
      "being its variance, and that of z is mean / v: so v = 1 / (1 + 4) = 0.2, and "
      "the mean is v w x / sigma^2 = 1.2 for x = 3.")
def _():
    w, s, x, z = 2, 1, 3, np.linspace(-1, 2, 7)
    left = -0.5 * (x - w * z) ** 2 / s**2 - 0.5 * z**2
    right = -0.5 * (1 + w**2 / s**2) * z**2 + w * x / s**2 * z
    close(left - right, (left - right)[0])
    mean, v = LinearGaussian(W=2, sigma=1).posterior(3.0)
    close([mean.item(), v.item()], [0.2 * w * x / s**2, 1 / (1 + 4)])
    log_normal = stats.norm(1.2, np.sqrt(0.2)).logpdf(z)
    close(log_normal - right, (log_normal - right)[0], rtol=1e-9)


@says("06", "A grid with 20 points per latent dimension has 20^d points.", "p(x) = "
      "E[p(x|z)] over the prior, so draw z and average p(x|z).", "Let r = "
      "E[p(x|z)^2] / p(x)^2 in one dimension. With x = 3 in each of d independent "
      "dimensions the r multiply, and one draw has the relative variance r^d - 1. "
      "The mean of n draws has an n-th of it, so a relative error e takes", "x|z ~ "
      "N(z W^T + b, sigma^2 I) with W of shape (d, k), and")
def _():
    z, mass = np.polynomial.hermite_e.hermegauss(100)
    p = stats.norm(2 * z, 1).pdf(3)
    mass = mass / mass.sum()
    both, pair = np.outer(mass, mass), np.outer(p, p)
    r = mass @ p**2 / (mass @ p) ** 2
    mean = np.sum(both * pair)
    close(np.sum(both * (pair / mean - 1) ** 2), r**2 - 1, rtol=1e-6)
    assert LinearGaussian(np.ones((3, 2))).sample(5, RNG).shape == (5, 3)


@says("07", "log p(x) comes out of the expectation because it has no z in it. That "
      "is the whole trick: the one thing we cannot compute is a constant.", "the "
      "third cannot, but it is never negative. So the first two are a lower bound of "
      "the evidence, and raising it by changing q lowers the gap by the same amount, "
      "since log p(x) stays where it is.", "It is maximised; its negative is the "
      "loss that gets minimised.")
def _():
    line = LinearGaussian(W=2, sigma=1)
    terms = [line.elbo(3.0, [[m]], [[[0.5]]]) for m in (0.0, 1.0)]
    raised = terms[1]["elbo"][0] - terms[0]["elbo"][0]
    assert raised > 0
    close(terms[0]["gap"][0] - terms[1]["gap"][0], raised)


@says("07", "The best q is still normal, with v = beta / (beta + w^2) and m = w x / "
      "(beta + w^2) for sigma = 1. As beta grows q goes back to the prior, and as "
      "beta goes to 0 it shrinks to the point x / w = 1.5, where p(x|z) is largest.")
def _():
    w, x = 2, 3

    def weighed(q, beta):
        m, v = q
        recon = -0.5 * ((x - w * m) ** 2 + w**2 * v)
        return recon - beta * 0.5 * (m * m + v - 1 - np.log(v))

    for beta in 0.5, 4.0:
        best = np.array([w * x / (beta + w**2), beta / (beta + w**2)])
        close(slope(lambda q, b=beta: weighed(q, b), best), 0, atol=1e-8)
    close([w * x / (1e9 + 4), 1e9 / (1e9 + 4)], [0, 1], atol=1e-7)
    close([w * x / (0 + 4), 0 / (0 + 4)], [x / w, 0])


@says("07", "-log p(x|z) is the squared error over 2 sigma^2 and 3/2 log(2 pi "
      "sigma^2)", "weighs with p(x, z) / q(z), here with the prior as q.", "if the "
      "way back is proposed with the same probability (a symmetric proposal", "and "
      "else z is counted once more. Both need p(x, z) only, never p(x).")
def _():
    x, s = RNG.normal(size=3), 0.7
    close(-stats.norm(0, s).logpdf(x).sum(),
          np.sum(x**2) / (2 * s**2) + 3 / 2 * np.log(2 * np.pi * s**2))


MU0, S0 = np.array([1.0, -1.0]), np.array([[1.0, 0.5], [0.5, 2.0]])
MU1, S1 = np.array([0.0, 0.5]), np.array([[2.0, -0.3], [-0.3, 1.0]])
L0, L1 = np.linalg.cholesky(S0), np.linalg.cholesky(S1)
A = np.linalg.solve(L1, L0)
M = (MU1 - MU0) @ np.linalg.inv(L1).T


@says("08", "log p(x) = -1/2 (k log 2 pi + log det S + (x - mu) S^-1 (x - mu)^T)",
      "= E0[log p0(x) - log p1(x)] (a) = 1/2 E0[log det S1 - log det S0 - (x - mu0) "
      "S0^-1 (x - mu0)^T + (x - mu1) S1^-1 (x - mu1)^T] (b) = 1/2 (log det S1 / det "
      "S0 - E0[(x - mu0) S0^-1 (x - mu0)^T] + E0[(x - mu1) S1^-1 (x - mu1)^T]) (c) = "
      "1/2 (log det S1 / det S0 - k + E0[(x - mu1) S1^-1 (x - mu1)^T]) (d) = 1/2 "
      "(log det S1 / det S0 - k + tr(S1^-1 S0) + (mu1 - mu0) S1^-1 (mu1 - mu0)^T) "
      "(e)", "So the mean is tr(S0^-1 S0) = tr(I) = k.")
def _():
    points, mass = np.polynomial.hermite_e.hermegauss(3)
    eps = np.array([(a, b) for a in points for b in points])
    mass, x = np.outer(mass, mass).ravel() / mass.sum() ** 2, MU0 + eps @ L0.T
    far0, far1 = (np.sum((x - mu) @ np.linalg.inv(S) * (x - mu), axis=1)
                  for mu, S in ((MU0, S0), (MU1, S1)))
    d0, d1, step = np.linalg.det(S0), np.linalg.det(S1), MU1 - MU0
    log_p = [stats.multivariate_normal(mu, S).logpdf(x)
             for mu, S in ((MU0, S0), (MU1, S1))]
    close(log_p[0], -0.5 * (2 * np.log(2 * np.pi) + np.log(d0) + far0))
    values = [mass @ (log_p[0] - log_p[1]),
              0.5 * mass @ (np.log(d1) - np.log(d0) - far0 + far1),
              0.5 * (np.log(d1 / d0) - mass @ far0 + mass @ far1),
              0.5 * (np.log(d1 / d0) - 2 + mass @ far1),
              0.5 * (np.log(d1 / d0) - 2 + np.trace(np.linalg.inv(S1) @ S0)
                     + step @ np.linalg.inv(S1) @ step)]
    close(values, values[0])


@says("08", "because tr(S1^-1 S0) = tr(A A^T) = |A|^2, the sum of squares, and log "
      "det L L^T is twice the sum of the logs of L's diagonal.", "(x - mu0) S0^-1 (x "
      "- mu0)^T = tr(S0^-1 (x - mu0)^T (x - mu0))", "Write x - mu1 = (x - mu0) + "
      "(mu0 - mu1) and multiply out.")
def _():
    close(np.trace(np.linalg.inv(S1) @ S0), np.trace(A @ A.T))
    close(np.trace(A @ A.T), np.sum(A**2))
    close(np.log(np.linalg.det(S0)), 2 * np.log(np.diag(L0)).sum())


@says("08", "a change of mu1 gives delta m = delta mu1 L1^-T, and the KL changes by "
      "delta mu1 L1^-T m^T.", "1/2 |A|^2 changes by tr(A^T delta A). A change of L0 "
      "gives delta A = L1^-1 delta L0, so the KL changes by tr(A^T L1^-1 delta L0), "
      "and what multiplies the entry (i, j) of delta L0 is the entry (i, j) of L1^-T "
      "A.", "delta L1 L1^-1 + L1 delta(L1^-1) = 0, delta(L1^-1) = -L1^-1 delta L1 "
      "L1^-1", "Hence delta A = -L1^-1 delta L1 A, and delta m = -m delta L1^T "
      "L1^-T. The two squares change by -tr(A^T L1^-1 delta L1 A) and -m delta L1^T "
      "L1^-T m^T.", "it is the entry (i, j) of -L1^-T A A^T and of -L1^-T m^T m.")
def _():
    inv, t = np.linalg.inv(L1), 1e-7
    d = np.tril(RNG.normal(size=(2, 2)))  # delta L1, times t
    moved = np.linalg.inv(L1 + t * d)
    changed = partial(close, rtol=1e-5, atol=1e-7)
    changed((moved - inv) / t, -inv @ d @ inv)
    changed((moved @ L0 - A) / t, -inv @ d @ A)
    changed(((MU1 - MU0) @ moved.T - M) / t, -M @ d.T @ inv.T)
    half = 0.5 * (np.sum((moved @ L0) ** 2) - np.sum(A**2)) / t
    changed(half, -np.trace(A.T @ inv @ d @ A))
    changed(half, np.sum(d * -(inv.T @ A @ A.T)))
    changed(-M @ d.T @ inv.T @ M, np.sum(d * -(inv.T @ np.outer(M, M))))
    changed(0.5 * (np.sum((A + t * inv @ d) ** 2) - np.sum(A**2)) / t,
            np.trace(A.T @ inv @ d))
    close(np.trace(A.T @ inv @ d), np.sum(d * (inv.T @ A)))


@says("08", "A mean of 1 costs half a nat", "each further halving of sigma costs "
      "close to log 2 = 0.693 nats, one bit.", "For a diagonal L0 the diagonal of "
      "L1^-T A in (8.4) is (S1^-1)_jj L0_jj. It equals 1 / L0_jj where the variance "
      "L0_jj^2 is 1 / (S1^-1)_jj")
def _():
    def cost(m, s):
        return 0.5 * (m * m + s * s - 1) - np.log(s)

    assert cost(1, 1) == 0.5
    close(cost(0, 1e-3) - cost(0, 2e-3), np.log(2), atol=1e-5)
    D = np.diag([0.3, 0.8])
    close(np.diag(np.linalg.inv(L1).T @ np.linalg.solve(L1, D)),
          np.diag(np.linalg.inv(S1)) * np.diag(D))


@says("09", "Take f(z) = z^2 and sigma = 1: E[f] = mu^2 + 1, so the answer is 2 mu.",
      "and write dq/dmu = q dlog q/dmu [Williams1992]. For sigma = 1, log q is -(z - "
      "mu)^2 / 2 and a constant:", "A constant c may be taken from f, because E[c "
      "eps] = 0", "set z = mu + eps. Now f(mu + eps) is differentiable:")
def _():
    eps, mass = np.polynomial.hermite_e.hermegauss(10)
    mass, mu = mass / mass.sum(), 0.7
    close(mass @ (mu + eps) ** 2, mu**2 + 1)
    close(mass @ score_function(mu, eps), 2 * mu)
    close(mass @ score_function(mu, eps, 5.0), 2 * mu)
    close(slope(lambda m: stats.norm(m, 1).logpdf(1.9), mu), 1.9 - mu, rtol=1e-8)


@said.each(SAID)
def test_what_a_lecture_says_in_passing_is_so(claim):
    said.check(SAID, claim)
