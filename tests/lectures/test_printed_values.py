"""Every number that a lecture prints and keeps is computed here by another way.

Each function gives {name: value}, or (low, high) where only a range is known, for all
of `lecture.numbers` of one quick run, whose variables `v` has (seen.py).
"""

import re
from functools import partial

import numpy as np
from drawn import every_figure, shows, sse
from scipy import stats
from scripts import SCRIPTS

from scratchae import LinearProbe
from scratchae.data.worms import load_worms

NUMBERS = {}
WORMS, TEETH = load_worms() / 1000, np.arange(11)
BINOMIAL = stats.binom(10, 0.57).pmf(TEETH)
UNIFORM = np.full(11, 1 / 11)
LOG_P = stats.norm(0, np.sqrt(5)).logpdf(3)  # of x = 3, z ~ N(0, 1), x|z ~ N(2 z, 1)
ANY = (0, np.inf)
numbers_of = partial(shows, NUMBERS)


def bits(p, q=None):
    return stats.entropy(p, q, base=2)


def auc(low, high):
    """The chance that one of `high` is above one of `low`."""
    return np.mean(np.asarray(high)[:, None] > np.asarray(low))


@numbers_of("01")
def _(v):
    def errors(x):
        return np.sum((v.detector.reconstruct(x).astype(float) - x) ** 2, axis=1)

    others = v.x_test[v.y_test != 8]
    shuffled = np.random.default_rng(5).permuted(others[:200], axis=1)
    chance = auc(errors(others), errors(shuffled))
    return {
        "parameters of 784-1000-500-250-30 and back": sum(
            (a + 1) * b + (b + 1) * a for a, b in (
                (784, 1000), (1000, 500), (500, 250), (250, 30))),
        "mean image alone, test error": sse(v.x_test, v.x_train.mean(axis=0)),
        "every pixel at p = 1/2": 784 * np.log(2),
        "784-256-30 autoencoder, test error": sse(v.model.reconstruct(v.x_test),
                                                  v.x_test),
        "eight images memorised": (0, 1e-4),
        "AUC of the left-out digit 8": auc(errors(others),
                                           errors(v.x_test[v.y_test == 8])),
        "AUC of shuffled pixels": (chance - 0.01, 1),
    }


@numbers_of("02")
def _(v):
    C = np.cov(v.x_train.T.astype(float), bias=True)
    axes = np.linalg.eigh(C)[1].T[::-1]
    x = v.x_test - v.x_train.mean(axis=0)
    left = {k: np.sum((x - x @ axes[:k].T @ axes[:k]) ** 2, axis=1).mean()
            for k in (10, 30)}
    return {
        "PCA-30 test error": left[30],
        "linear AE, largest angle to PCA's plane": (0, 1e-3),
        "linear AE, relative excess loss": (-1e-6, 1e-6),
        "autoencoder-10 / PCA-10":
            100 * sse(v.deep.reconstruct(v.x_test), v.x_test) / left[10],
    }


@numbers_of("03")
def _(v):
    layer = v.models["KL"].encoder_.layers[0]
    r = (1 / (1 + np.exp(-(v.x_train @ layer.W + layer.b)))).mean(axis=0, dtype=float)
    penalty = np.sum(0.05 * np.log(0.05 / r) + 0.95 * np.log(0.95 / (1 - r)))
    read = v.models["KL"].transform
    probe = LinearProbe().fit(read(v.x_train[:1000]), v.y_train[:1000])
    wrong = 100 * np.mean(probe.predict(read(v.x_test)) != v.y_test)
    return {
        "KL: mean activation of the training images (wanted 0.05)": r.mean(),
        "KL: penalty at the end": (1.5 * penalty, 3 * penalty),  # of small batches
        "linear probe on raw pixels": (wrong, 2 * wrong),
        "linear probe on sparse codes": wrong,
    }


def linear_denoiser(C, sigma):
    """C (C + sigma^2 I)^-1."""
    return np.linalg.solve(C + sigma**2 * np.eye(len(C)), C)


@numbers_of("04")
def _(v):
    mean = v.x_train.mean(axis=0, dtype=float)
    A = linear_denoiser(np.cov(v.x_train.T.astype(float), bias=True), 0.3)
    x = v.x_test - mean
    plane = linear_denoiser(np.cov(v.plane.T, bias=True), 0.5)
    bent = v.bent.reconstruct(v.off)
    return {
        "noisy images, not denoised": sse(v.noisy, v.x_test),
        "denoiser": sse(v.right.reconstruct(v.noisy), v.x_test),
        "the same, trained on noisy targets": sse(v.wrong.reconstruct(v.noisy),
                                                  v.x_test),
        "best linear denoiser, closed form": sse(x @ A, x) + 0.09 * np.sum(A * A),
        "denoiser that bends": sse(v.denoised, v.x_test),
        "largest error of the learned A": np.abs(v.learned - plane).max(),
        "(4.5): largest difference, Gaussian data": (0, 1e-12),
        "spiral: squared error before denoising": sse(v.off, v.spiral),
        "spiral: squared error after": sse(bent, v.spiral),
        "random start, wrong labels": (0, 40),
        "stacked start, wrong labels":
            100 * np.mean(v.classifier.predict(v.x_test) != v.y_test),
    }


@numbers_of("05")
def _(v):
    t = np.linspace(0.01, 0.99, 99)
    losses = [bits(WORMS, stats.binom(10, a).pmf(TEETH)) for a in t]
    return {
        "mean teeth": WORMS @ TEETH, "t of the binomial": WORMS @ TEETH / 10,
        "entropy of a coin": 1, "entropy of a die": np.log2(6),
        "entropy of a certain event": 0, "entropy of the worms": bits(WORMS),
        "most possible with 11 outcomes": np.log2(11),
        "D(observed||uniform)": bits(WORMS, UNIFORM),
        "D(observed||binomial)": bits(WORMS, BINOMIAL),
        "best t of the binomial model": t[np.argmin(losses)],
        "least D of the binomial model": min(losses),
        "best t of the ad hoc model": (0, 1), "least D of the ad hoc model": ANY,
        "D(binomial||observed)": bits(BINOMIAL, WORMS), "D(observed||observed)": 0,
        "least D of 1000 random pairs": bits(*v.random.transpose(1, 2, 0)).min(),
    }


@numbers_of("06")
def _(v):
    p = v.train.mean(axis=0).clip(1 / len(v.train), 1 - 1 / len(v.train))
    square = stats.norm(0, np.sqrt(4.5)).pdf(3) / (2 * np.sqrt(np.pi))  # E[p(x|z)^2]
    draws = {d: ((square / np.exp(2 * LOG_P)) ** d - 1) / 0.01
             for d in (1, 2, 5, 10, 20, 50)}
    return {
        "log p(x = 3), closed form": LOG_P, "log p(x = 3), grid over z": LOG_P,
        "posterior mean": 1.2, "posterior variance": 0.2,
        "R^2 of the thickness along one direction": (0.5, 1),
        **{f"draws for 10 % error, d = {d}": n for d, n in draws.items()},
        "relative error with 271 draws": (0.09, 0.11),
        "sum of p(x) over all 3 x 3 images": 1,
        "independent pixels, test": -stats.bernoulli(p).logpmf(v.test).sum(1).mean(),
        "belief net, test, exact": -v.net.log_likelihood(v.test).mean(),
    }


@numbers_of("07")
def _(v):
    def elbo(m, var):
        recon = -0.5 * (np.log(2 * np.pi) + (3 - 2 * m) ** 2 + 4 * var)
        return recon - 0.5 * (m * m + var - 1 - np.log(var))

    off = {name: abs(float(mean) - 1.2) / float(error) for name, mean, error in
           re.findall(r"^E\[z\|x\], (.*\S) +(\S+) \+- (\S*[1-9]\S*)$", v.text, re.M)}
    about = {name: (0.9 * x - 0.02, 1.1 * x + 0.02) for name, x in off.items()}
    values = np.linalg.eigvalsh(np.cov(v.data.T, bias=True))
    best = -0.5 * (3 * np.log(2 * np.pi) + np.log(values[2])
                   + 2 * np.log(values[:2].mean()) + 3)
    return {
        "ELBO at q = prior N(0, 1)": elbo(0, 1), "ELBO at q = N(1, 0.5)": elbo(1, 0.5),
        "ELBO at q = posterior": LOG_P, "fitted mean": 1.2, "fitted variance": 0.2,
        "KL(q || p(z|x)) at the end": (0, 1e-9),
        "E[z|x] by importance sampling, in std errors from the exact":
            about["importance sampling"],
        "E[z|x] by Metropolis-Hastings, in std errors from the exact":
            about["Metropolis-Hastings"],
        "best possible log p(x)": best,
        "largest excess of the bound over log p(x)": (v.bounds - v.exact).max(),
        "gap at the end": v.exact[-1] - v.bounds[-1],
    }


def normal_kl(m0, C0, m1, C1):
    step, inverse = np.subtract(m1, m0), np.linalg.inv(C1)
    ratio = np.log(np.linalg.det(C1) / np.linalg.det(C0))
    return 0.5 * (ratio - 2 + np.trace(inverse @ C0) + step @ inverse @ step)


@numbers_of("08")
def _(v):
    one = [1, -1], np.array([[1, 0.5], [0.5, 2]])
    two = [0, 0.5], np.array([[2, -0.3], [-0.3, 1]])
    return {"KL to N(0, I)": normal_kl(*one, [0, 0], np.eye(2)),
            "KL to N((0, 0.5), [[2, -0.3], [-0.3, 1]])": normal_kl(*one, *two),
            "the same, swapped": normal_kl(*two, *one),
            "sampled, in standard errors from (8.1)": (0, 3)}


@numbers_of("09")
def _(v):
    m = v.means
    closed = {"pathwise": 4 + 0 * m, "score": m**4 + 14 * m**2 + 15,
              "score with mean baseline": 10 + 8 * m**2}
    return {"largest relative error of a simulated variance": max(
                np.abs(v.simulated[name] / exact - 1).max()
                for name, exact in closed.items()),
            "largest error of the sampled covariance": (1e-4, 0.03)}


@numbers_of("10")
def _(v):
    x = v.x_test.astype(float)
    grey = stats.entropy([x, 1 - x], axis=0).sum(axis=1).mean()
    found = v.vae.evaluate(v.x_test)
    return {"least Bernoulli loss on grey pixels": grey, "test elbo": found["elbo"],
            "test reconstruction": found["reconstruction"], "test kl": found["kl"],
            "AE: grey values changed per unit of z": ANY,  # test_lecture_results.py
            "VAE: grey values changed per unit of z": ANY,
            "log p(x)": (found["elbo"], found["elbo"] + 15)}


@numbers_of("11")
def _(v):
    z = np.random.default_rng(3).standard_normal((20 * len(v.white), 20), np.float32)
    encoded, best = (v.network.log_weights(head, v.white, z).mean()
                     for head in (v.vae.encoder_output(v.white), v.best))
    drawn = v.vae.sample(200, random_state=1)
    values = {"approximation gap": (v.log_p_vae - best - 0.2, v.log_p_vae - best + 0.2),
              "amortisation gap": (best - encoded - 0.2, best - encoded + 0.2),
              "log p(x), 1000 importance samples": (best, best + 5)}
    for name, x in ("test", v.x_test[:200]), ("drawn", drawn):
        values[f"grey pixels, {name}"] = 100 * np.mean((x > 0.1) & (x < 0.9))
        away = (x**2).sum(1)[:, None] - 2 * x @ v.x_train.T + (v.x_train**2).sum(1)
        values[f"nearest training image, {name}"] = away.min(axis=1).mean()
    exact = {1: -7.419, 5: -3.147, 50: -2.652, 500: -2.626}
    seconds = dict.fromkeys([f"{name}, training" for name in v.family], ANY)
    return values | seconds | {f"L_{K}": (e - 0.13, e + 0.13) for K, e in exact.items()}


def directions(m, s):
    """D(P||Q) and D(Q||P) of the two hills and Q = N(m, s^2), in nats."""
    x, step = np.linspace(-9, 9, 18_001, retstep=True)
    hills = stats.norm([[-2], [2]], 0.5).pdf(x)
    log_p = np.log(np.maximum(hills.mean(axis=0), 1e-300))
    log_q = stats.norm(m, s).logpdf(x)
    return (step * np.sum(np.exp(log_p) * (log_p - log_q)),
            step * np.sum(np.exp(log_q) * (log_q - log_p)))


@numbers_of("12")
def _(v):
    wide, narrow = directions(0, np.sqrt(4.25)), directions(1.99, 0.5)
    middle = (WORMS + BINOMIAL) / 2
    js = (bits(WORMS, middle) + bits(BINOMIAL, middle)) / 2
    total = [0.5, 0.3, 0.2] @ np.array([stats.binom(10, t).sf(5)
                                        for t in (0.4, 0.6, 0.9)])
    return {
        "-D(observed||uniform)": -bits(WORMS, UNIFORM),
        "least D of random pairs": bits(*v.pairs[:1000].transpose(1, 2, 0)).min(),
        "D(observed||observed)": 0,
        "H(observed, uniform)": np.log2(11),
        "H(observed, binomial)": bits(WORMS) + bits(WORMS, BINOMIAL),
        "JS(observed, binomial)": js, "JS(binomial, observed)": js,
        "D(P||Q) best normal: mean": 0, "D(P||Q) best normal: std": 4.25**0.5,
        "D(P||Q) at its optimum": wide[0], "D(Q||P) there": (2.09, 2.1),
        "D(Q||P) best normal: |mean|": 1.9998, "D(Q||P) best normal: std": 0.5004,
        "D(Q||P) at its optimum": directions(1.9998, 0.5004)[1],
        "D(P||Q) at that optimum": directions(1.9998, 0.5004)[0],
        "D(Q||P) at N(1.99, 0.5^2)": narrow[1], "D(P||Q) at N(1.99, 0.5^2)": narrow[0],
        "P(more than 5 teeth), habitat by habitat": total,
        "P(more than 5 teeth), from the mixture": total, "sum of the posterior": 1,
    }


def tolerance(text):
    """Half of the last digit of a number as it is printed."""
    mantissa, _, power = text.partition("e")
    return 0.52 * 10.0 ** (int(power or 0) - len(mantissa.partition(".")[2]))


def check(lecture, v):
    values = NUMBERS[lecture](v)
    assert {*values} == {*v.lecture.numbers}
    for name, printed in v.lecture.numbers.items():
        shown, value = printed.split()[0], values[name]
        if isinstance(value, tuple):
            assert value[0] <= float(shown) <= value[1], name
        else:
            assert abs(float(shown) - value) <= max(tolerance(shown), 1e-12), name


@every_figure(NUMBERS)
def test_the_numbers_of_a_lecture_are_these(name, seen):
    check(name, seen(name))


def test_every_lecture_with_numbers_is_here():
    printing = {script.stem[:2] for script in SCRIPTS
                if "lecture.number(" in script.read_text()}
    assert printing == {*NUMBERS, "13"}  # whose numbers are times
