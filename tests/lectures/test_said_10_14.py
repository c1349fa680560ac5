"""What the prose of lectures 10 to 14 says in passing is so (said.py)."""

from functools import partial

import numpy as np
import said
from said import close, slope
from scipy import stats

from scratchae import DenoisingAutoencoder, VariationalAutoencoder, backend
from scratchae.data.worms import load_worms
from scratchae.exact import TwoHills
from scratchae.formulas.losses import gaussian_nll_forward, squared_error_forward

SAID = {}
says = partial(said.says, SAID)
RNG = np.random.default_rng(0)


@says("10", "With z = mu + sigma eps, log q - log p is -log sigma - eps^2 / 2 + (mu "
      "+ sigma eps)^2 / 2, and E eps = 0, E eps^2 = 1, so", "Before any data are "
      "seen, codes come from the prior p(z) = N(0, I).")
def _():
    m, s, eps = 0.4, 0.7, np.array([-1.0, 0.2, 2])
    z = m + s * eps
    close(stats.norm(m, s).logpdf(z) - stats.norm(0, 1).logpdf(z),
          -np.log(s) - eps**2 / 2 + (m + s * eps) ** 2 / 2)


@says("10", "The 1/2 matters. Without it the standard deviation is sigma^2", "The "
      'slide says that we can "minimize" this expression. It is maximised; what is '
      "minimised is its negative, our loss.")
def _():
    log_var = np.log(0.3**2)
    close([np.exp(log_var / 2), np.exp(log_var)], [0.3, 0.3**2])


@says("10", "Where is the 1/n? In the first backward line, and nowhere else. Sum or "
      "mean? Sum over pixels, as log-likelihoods do. Averaging recon over 784 pixels "
      "but summing the KL is the same as beta = 784")
def _():
    recon, kl = 80.0, 25.0
    close(784 * (recon / 784 + kl), recon + 784 * kl)


@says("10", "what is left is the squared error (1.2) times exp(-v) / 2.", "The scale "
      "is 1 for the variance 1/2, and -log p(x|z) is then the squared error plus d/2 "
      "log pi:", "a standard deviation of 0.71, seven tenths of the way from black "
      "to white", "Another variance exp(v) is the same as squared error with beta = "
      "2 exp(v) in (10.8). If v is learned, (10.11) is 0 where exp(v) is the mean "
      "squared error of a pixel.")
def _():
    x, copy, v = RNG.random((1, 6)), RNG.random((1, 6)), -0.8
    nll = lambda v: gaussian_nll_forward(copy, v, x)[0][0]  # noqa: E731
    square = squared_error_forward(copy, x)[0][0]
    close(nll(v) - square * np.exp(-v) / 2, 3 * (np.log(2 * np.pi) + v))
    close(nll(np.log(0.5)), square + 6 / 2 * np.log(np.pi))
    close([np.exp(-np.log(0.5)) / 2, np.sqrt(0.5)], [1, 0.71], atol=0.003)
    kl = 2.3  # (nll + kl) has the minimum of squared error + 2 exp(v) kl
    close(2 * np.exp(v) * (square * np.exp(-v) / 2 + kl), square + 2 * np.exp(v) * kl)
    close(slope(lambda v: nll(v.item()), [np.log(square / 6)]), 0, atol=1e-8)


@says("10", "so its q becomes the prior: mu = 0, sigma = 1. It counts as active if "
      "the variance of mu over images exceeds 0.01 [Burda2016].", "kl_weight = beta "
      "trades the two terms, and beta = 1 is the bound.", "A second error, from "
      "which images are in the batch, goes like 1 / sqrt(m) whatever L is")
def _():
    import inspect

    from scratchae.analysis import active_units

    assert inspect.signature(active_units).parameters["threshold"].default == 0.01
    assert VariationalAutoencoder(2).kl_weight == 1


@says("10", "For a VAE 784-64-(10+10)-64-784 on 2000 images", "Two strips go from the "
      "code of a 3 to that of a 7, ten images in a line.", "move each test image's "
      "code a little along one of the axes, decode both, and divide what all grey "
      "values change by the length of the step.", "by 200 importance samples for each "
      "of 500 images (lecture 11)", "how often is it sure of a digit, p > 0.9?")
def _():
    code = next(path for path in said.SCRIPTS if path.stem[:2] == "10").read_text()
    for line in ("random_point(784, 64, 10, 0.05), 2000,", "digit in (3, 7)",
                 "c[three], c[seven], 10", "x_test[:500], 200", ".max(axis=1) > 0.9"):
        assert line in code


@says("11", "L_1 is the ELBO. L_K never falls as K grows, and its limit is log p(x): "
      "an average of more weights varies less, and the less it varies, the less "
      "Jensen's inequality takes away", "log p(x) is -2.623657, and L_K for K = 1, "
      "5, 50, 500 is -7.419, -3.147, -2.652, -2.626.")
def _():
    z = np.random.default_rng(2).standard_normal((4000, 500))
    log_w = stats.norm(2 * z, 1).logpdf(3)
    found = []
    for K in 1, 5, 50, 500:
        w = log_w.reshape(-1, K)
        found.append((np.logaddexp.reduce(w[: 400_000 // K], axis=1)
                      - np.log(K)).mean())
    close(found, [-7.419, -3.147, -2.652, -2.626], atol=0.05)
    close(stats.norm(0, np.sqrt(5)).logpdf(3), -2.623657, atol=1e-6)


@says("11", "E f(z) dlog q/dphi = E df/dz dz/dphi. Here f = r_l, whose slope in z_l "
      "is r_l (1 - r_l) dlog w_l/dz_l, and of r_l - r_l (1 - r_l) is left")
def _():
    eps, mass = np.polynomial.hermite_e.hermegauss(40)
    mass, m, s = mass / mass.sum(), 0.3, 0.8
    z = m + s * eps  # phi = the log of s: dlog q/dphi = eps^2 - 1, dz/dphi = s eps
    close(mass @ (np.sin(z) * (eps**2 - 1)), mass @ (np.cos(z) * s * eps))
    log_w = RNG.normal(size=3)
    r = lambda u: np.exp(u[1]) / np.exp(u).sum()  # noqa: E731
    share = r(log_w)
    close(slope(r, log_w)[1], share * (1 - share), rtol=1e-8)
    close(share - share * (1 - share), share**2)


@says("11", "The way back takes two products a layer and the way there one: K + 3 "
      "products a layer and image in place of 3 K, for K = 50 a third.", "their "
      "eigenvalues on the diagonal of Lambda, and the model's x = z W^T + noise",
      "from 100 images to 10 000, like 1 / sqrt(n).", "Greyness: the share of pixels "
      "between 0.1 and 0.9; soft images have more.")
def _():
    there, back, K = 1, 2, 50
    assert (K * there) + (there + back) == K + 3 and K * (there + back) == 3 * K
    close((K + 3) / (3 * K), 1 / 3, atol=0.03)
    close(np.sqrt(10_000 / 100), 10)


@says("11", "it is -log p(x|z) of the Gaussian decoder (10.10) with variance 1/2, up "
      "to a constant. The nats are of different data. Probabilistic PCA's are of a "
      "density of grey values, the VAEs' of binary images.", "Free bits [Kingma2016] "
      "stop pushing it below a floor", "A code of 400 numbers copies with other "
      "means than one of 20.")
def _():
    x, m = RNG.random((2, 5)), RNG.random((2, 5))
    off = gaussian_nll_forward(m, np.log(0.5), x)[0] - squared_error_forward(m, x)[0]
    close(off[0], off[1])


@says("12", "since 0 log 0 = 0.", "the logarithm is concave, so the mean of logs is "
      "at most the log of the mean.", "The mean of log r lies on the chord, log of "
      "the mean r = 1 lies on the curve, above.", "Both sum to 1, so the ratios are "
      "1.", "H(p, q) = -sum p log q is what data from p cost with q's code")
def _():
    p, q = np.array([0.8, 0.2]), np.array([0.4, 0.6])
    close(p @ (q / p), 1)
    assert p @ np.log(q / p) < np.log(p @ (q / p)) + 1e-15
    close(-p @ np.log(q), stats.entropy(p) + stats.entropy(p, q))


@says("12", "through the middle (p + q) / 2, is symmetric, at most 1 bit, and its "
      "root is a distance.", "Three coins break it: going by way of the second "
      "is cheaper than going straight.", "It weighs with the first argument only; "
      "that is where the asymmetry comes from.")
def _():
    p, q = np.array([1.0, 0]), np.array([0, 1.0])
    middle = (p + q) / 2
    close((stats.entropy(p, middle, 2) + stats.entropy(q, middle, 2)) / 2, 1)


@says("12", "P = 1/2 N(-2, 0.5^2) + 1/2 N(2, 0.5^2), Q = N(m, s^2). With u = (x - m) "
      "/ s,", "m = 0, s^2 = 2^2 + 0.5^2. Wherever P has mass Q must have some, so Q "
      'covers both hills and the empty valley: "mode covering". The optimum is N(0, '
      "2.0616^2)", "Where P has next to no mass Q must not be, so Q settles on one "
      'hill: "mode seeking".', "log 2 = 0.6931, because P is half a normal where Q "
      "is a whole one")
def _():
    hills = TwoHills(2.0, 0.5)
    x = np.linspace(-6, 6, 9)
    p = stats.norm(-2, 0.5).pdf(x) / 2 + stats.norm(2, 0.5).pdf(x) / 2
    close(np.exp(hills.log_density(x)), p, rtol=1e-9)
    close([np.sqrt(2**2 + 0.5**2), np.log(2)], [2.0616, 0.6931], atol=6e-5)
    close(hills.forward_kl(0.0, 0.5 * np.log(4.25))[1:], 0, atol=1e-8)


@says("12", "A VAE minimises the second kind for its posterior, KL(q||p(z|x)): with "
      "two plausible codes for an image its q picks one. Maximum likelihood of the "
      "model is the first kind.")
def _():
    worms = load_worms()
    mean = worms @ np.arange(11) / 10_000  # of the most likely binomial
    t = np.linspace(0.4, 0.7, 3001)
    models = stats.binom(10, t[:, None]).pmf(np.arange(11))
    forward = stats.entropy(worms[:, None] / 1000, models.T)
    reverse = stats.entropy(models.T, worms[:, None] / 1000)
    close(t[np.argmin(forward)], mean, atol=2e-4)
    assert abs(t[np.argmin(reverse)] - mean) > 0.01


@says("12", "so there log P / Q = -log 2 + ((x - 1.99)^2 - (x - c)^2) / (2 0.5^2). "
      "Over the hill the mean of the first square is (c - 1.99)^2 + 0.5^2, of the "
      "second 0.5^2. Each hill counts half.")
def _():
    x, c = np.array([1.5, 2.2]), 2.0
    log_p = np.log(0.5) + stats.norm(c, 0.5).logpdf(x)
    close(log_p - stats.norm(1.99, 0.5).logpdf(x),
          -np.log(2) + ((x - 1.99) ** 2 - (x - c) ** 2) / (2 * 0.5**2))


@says("13", "B[k, j] with k moving jumps 1600 bytes each time. With j innermost both "
      "B and C are read along their rows", "a number of C is loaded and stored once "
      "for four multiply-adds, and a number of B is used twice.", "Step 3 loads and "
      "stores C for every k, and each number of B is used once.", "A kernel that "
      "moves Q bytes and does F operations needs at least", "Below best rate over "
      "bandwidth, the ridge, memory is the limit, above it arithmetic.")
def _():
    B = np.zeros((784, 400), np.float32)
    assert B.strides == (1600, 4)
    best, bandwidth = 50.0, 10.0
    for intensity in 1.0, 20.0:  # F / Q; the time of one operation
        by_memory = 1 / (intensity * bandwidth) > 1 / best
        assert by_memory == (intensity < best / bandwidth)


@says("14", "with e(t) = (cos t, sin t), w = 0.25. The nearest s is r . e(t), cut "
      "off at 0 and 1.")
def _():
    t, s = 0.8, np.linspace(0, 1, 100_001)
    e = np.array([np.cos(t), np.sin(t)])
    for r in np.array([[0.5, 0.4], [1.2, 1.1], [-0.3, 0.1]]):
        away = np.linalg.norm(r - s[:, None] * e, axis=1)
        close(s[np.argmin(away)], np.clip(r @ e, 0, 1), atol=2e-5)


@says("14", "log cosh u = u + softplus(-2 u) - log 2, in which nothing "
      "overflows, softplus(a) = log(1 + exp(a)) being computed as max(a, 0) + log(1 + "
      "exp(-|a|)).", "so one pixel that is far off costs |u| and not u^2. With u = (x "
      "- m) / (2 s) and s = 0.1,", "In a, softplus has the slope 1 / (1 + exp(-a)) = "
      "exp(a - sigma).", "let sigma be softplus: z = mu + sigma eps, sigma = log(1 "
      "+ exp(a))", "The second terms are the derivatives of (10.4), with log_var = 2 "
      "log sigma in it.")
def _():
    u, a = np.array([-3.0, 0, 0.4]), np.array([-2.0, 0.5, 3])
    softplus = np.maximum(-2 * u, 0) + np.log(1 + np.exp(-abs(2 * u)))
    close(softplus, np.log(1 + np.exp(-2 * u)))
    close(np.log(np.cosh(u)), u + softplus - np.log(2), atol=1e-15)
    sigma = np.log(1 + np.exp(a))
    close(slope(lambda a: np.sum(np.log(1 + np.exp(a))), a), np.exp(a - sigma),
          rtol=1e-7)
    close(1 / (1 + np.exp(-a)), np.exp(a - sigma))
    kl = lambda s: np.sum(0.5 * (s**2 - 1 - 2 * np.log(s)))  # noqa: E731
    close(slope(kl, sigma), sigma - 1 / sigma, rtol=1e-6, atol=1e-9)


@says("14", "with k(a, b) = exp(-|a - b|^2 / 2). The factor 2 of the second term is "
      "there since h_i is in S(h, h) twice. S(u, u) has no gradient. The loss is J + "
      "10 M")
def _():
    h, u = RNG.normal(size=(3, 2)), RNG.normal(size=(3, 2))

    def S(a, b):
        return np.exp(-np.sum((a[:, None] - b) ** 2, axis=2) / 2).sum() / 9

    once = slope(lambda a: S(a, h), h)
    close(slope(lambda a: S(a, a), h), 2 * once, atol=1e-9)
    close(slope(lambda a: S(u, u), h), 0)


@says("14", "A file holds numbers and no code, so a saved model is read by "
      "load(path, activation=Sine()).", "So any name below may be an object, and any "
      "object a name.", "The random numbers come from `rng`, which is passed in, so "
      "that the same seed gives the same training.")
def _():
    x = RNG.random((40, 6))
    options = {"epochs": 1, "verbose": False, "random_state": 3, "n_components": 2}
    with backend("numpy"):
        one, two = (DenoisingAutoencoder(**options).fit(x).transform(x) for _ in "12")
    np.testing.assert_array_equal(one, two)


@said.each(SAID)
def test_what_a_lecture_says_in_passing_is_so(claim):
    said.check(SAID, claim)
