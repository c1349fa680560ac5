"""Numbers in the lines that lectures with networks print, each by another way.

Those that they keep are in test_printed_values.py; all lines of the others in
test_transcripts.py. Each function gives {pattern: its numbers, a row a line}.
"""

import re
from functools import partial

import numpy as np
from drawn import every_figure, shows, sse, tiles
from moved import arrays_moved, arrays_needed
from scipy import stats

from scratchae.formulas.activations import ACTIVATIONS
from scratchae.nn import plain

LINES = {}
lines_of = partial(shows, LINES)
LOG_P = stats.norm(0, np.sqrt(5)).logpdf(3)  # of x = 3, z ~ N(0, 1), x|z ~ N(2 z, 1)


@lines_of("01")
def _(v):
    mean = sse(v.x_test, v.x_train.mean(axis=0))
    return {
        r"^3 pixels: (\S+) by hand, (\S+)$": [[0.05, 0.05]],
        r"^the same, averaged over the 784 pixels: (\S+)$": [[mean / 784]],
        r"^\w.* start (\S+), end (\S+), \|W\| ": [
            [losses[0], losses[-1]] for losses in v.traces.values()],
        r"^Adam .* \|W\| (\S+)$": [
            [np.sqrt(np.sum(v.p["W1"] ** 2) + np.sum(v.p["W2"] ** 2))]],
        r"^from the clean images: noisy (\S+), denoised (\S+) SSE/img$": [
            [sse(v.noisy, v.x_test), sse(v.model.reconstruct(v.noisy), v.x_test)]],
        r"^Question 3: random start (\S+), mean image (\S+) SSE/img$": [
            [v.traces["Adam"][0], mean]],
    }


@lines_of("02")
def _(v):
    values, axes = np.linalg.eigh(np.cov(v.x_train.T.astype(float), bias=True))
    values, axes = values[::-1], axes.T[::-1]
    x = (v.x_test - v.x_train.mean(axis=0)) @ axes.T
    left = {k: np.sum(x[:, k:] ** 2, axis=1).mean() for k in range(101)}
    codes = (0, 1, 2, 3, 5, 8, 10, 16, 20, 30, 50, 64, 100)
    share = np.cumsum(values) / values.sum()
    lost = values[30:].sum()
    (error_against_codes,) = v.figures["02_error_vs_codes"].axes
    return {
        r"^\(2.3\) at k = 30: (\S+) from eigenvalues, (\S+) SSE/img": [[lost, lost]],
        r"^ *(\d+)  (\d+\.\d{3})$": [(k, left[k]) for k in codes],
        r"^k = +(\d+): PCA +([\d.]+), auto": [(k, left[k]) for k in (2, 5, 10)],
        r"^k = +\d+: .* autoencoder +([\d.]+) SSE/img$": [
            [drawn] for drawn in error_against_codes.lines["autoencoder"][1]],
        r"^k = 10: .* autoencoder +([\d.]+) SSE/img$": [
            [sse(v.deep.reconstruct(v.x_test), v.x_test)]],
        r"^\w.*  its own images (\S+), others (\S+) SSE/img$": [
            [sse(copier.reconstruct(x), x) for x in (v.thousand, v.x_test)]
            for copier in v.copiers.values()],
        r"^Question 3: (\d+) components": [[np.sum(share < 0.9) + 1]],
    }


@lines_of("03")
def _(v):
    rows, near, y = [], [], v.y_train[:1000]
    for name, model in v.models.items():
        h = model.transform(v.x_test)
        rows.append([sse(model.reconstruct(v.x_test), v.x_test), h.mean(),
                     np.mean(h > 0.1 * h.max())])
        assert np.array_equal(h, v.codes[name])
    read = [lambda x: x, v.narrow.transform, *(m.transform for m in v.models.values())]
    for codes in read:
        h, h_test = codes(v.x_train[:1000]), codes(v.x_test)
        away = (h * h).sum(axis=1) - 2 * h_test @ h.T
        near.append([100 * np.mean(y[np.argmin(away, axis=1)] != v.y_test)])
    reached = np.diag(v.narrow.transform(v.exciting)).mean()
    W2 = v.copier.decoder_.layers[0].W.astype(float)
    W2 /= np.sqrt(np.sum(W2 * W2, axis=1))[:, None]
    apart = np.degrees(np.arccos(np.max(W2 @ v.causes.T, axis=0))).mean()
    return {
        r"^lambda 0.3: (\S+) SSE/row, (\d+) degrees": [
            [sse(v.copier.reconstruct(v.sums), v.sums), apart]],
        r"^(?:plain|KL|L1|top-k) +(\S+) SSE/img, mean activation (\S+), active "
        r"share (\S+)$": rows,
        r"^[\w-]+(?: \w+)?(?:, \d+)? +[\d.]+ +[\d.]+ +(\d+\.\d)$": near,
        r"^mean h_j: .* for noise of norm 5, (\S+) for": [[reached]],
        r"^Question 3: (\S+) nats": [[400 * (0.05 * np.log(0.5)
                                             + 0.95 * np.log(0.95 / 0.9))]],
    }


@lines_of("04")
def _(v):
    clean, *spoiled = (tiles(axes, 10) for axes in v.figures["04_corruptions"].axes)
    levels = (0.0, 0.3, 0.5)
    C = np.cov(v.plane.T, bias=True)
    A = np.linalg.solve(C + 0.25 * np.eye(2), C)
    return {
        r"^\w.* (\S+) SSE/img from x$": [[0]] + [[sse(x, clean)] for x in spoiled],
        r"^ +\d+% +(\d+\.\d+) +(\d+\.\d+) +(\d+\.\d+)$": [
            [sse(v.models[a].reconstruct(v.masked[b]), v.x_test) for b in levels]
            for a in levels],
        r"^ +(\d+)% +\d+\.\d+ +": [[0], [30], [50]],
        r"^ +(\d+)% +(\d+)% +(\d+)%$": [[0, 30, 50]],
        r"^A, closed form: \[\[(\S+), (\S+)\], \[(\S+), (\S+)\]\]": [A.ravel()],
        r"^A, .* learned: \[\[(\S+), (\S+)\], \[(\S+), (\S+)\]\]": [v.learned.ravel()],
        r"^Question 3: it keeps (\S+) of it": [[0.5]],
    }


@lines_of("06")
def _(v):
    d = np.array([1, 2, 5, 10, 20])
    return {
        r"^d = +(\d+): +(\S+) points, +(\S+) seconds$": np.transpose(
            [d, 20.0**d, 20.0**d / 1e9]),
        r"^mean of the estimates \S+, p\(x\) (\S+)$": [[np.exp(LOG_P)]],
    }


@lines_of("10")
def _(v):
    mu, log_var = np.array([0.5, -1.0]), np.array([-1.0, 0.3])
    kl = 0.5 * np.sum(np.exp(log_var) + mu**2 - 1 - log_var)
    half_log = 392 * np.log(np.pi)
    m, s = v.vae2.encode_distribution(v.x_test[:1])
    p = v.vae.reconstruct(v.white).astype(float).clip(1e-7, 1 - 1e-7)
    without = -stats.bernoulli(p).logpmf(v.white).sum(axis=1).mean()
    noisy = v.vae.evaluate(v.x_test)["reconstruction"]
    return {
        r"^KL (\S+) nats; sampled": [[kl]],
        r"^std of z \[(\S+) (\S+)\]": [np.exp(log_var / 2)],
        r"^std of z .*, exp\(log_var\) \[(\S+) (\S+)\]": [np.exp(log_var)],
        r"^-log p - squared error (\S+), d/2 log pi (\S+)$": [[half_log] * 2],
        r"^a test image, a (\d): mu \[ *(\S+) +(\S+)\], sigma \[ *(\S+) +(\S+)\]$": [
            [v.y_test[0], *m[0], *s[0]]],
        r"^with noise (\S+), without (\S+) nats/img$": [[noisy, without]],
        r"^Question 3: (\S+) nats/img": [[-784 * np.log(2)]],
    }


@lines_of("11")
def _(v):
    return {r"^  \+- \S+, below log p\(x\) by (\S+)$": [
                [LOG_P - bound] for bound in v.bounds.values()],
            r"^Question 3: (\S+) nats": [[v.bounds[5] - v.bounds[1]]]}


@lines_of("13")
def _(v):
    """The arrays are counted while the formulas run, and asked of the kernels."""
    from scratchae import kernels  # of what ran with Numba

    draw = np.random.default_rng(0).uniform
    x, W, b = (draw(0.1, 1, shape) for shape in ((4, 6), (6, 5), 5))
    h, slope = ACTIVATIONS["relu"].forward(x @ W)
    loss, vectors = (x, x, 0.1), (*draw(0.1, 1, (4, 30)), 9)
    moves = [  # by NumPy, by the kernel, numbers in an array
        (arrays_moved(plain.layer_forward, x, W, b, "relu", size=h.size), 0, 128 * 400),
        (arrays_moved(ACTIVATIONS["relu"].backward, h, slope, size=h.size), 1,
         128 * 400),
        (arrays_moved(plain.bernoulli_nll, *loss, size=x.size),
         arrays_needed(kernels.bernoulli_nll, *loss, size=x.size), 128 * 784),
        (arrays_moved(plain.adam_step, *vectors, size=30),
         arrays_needed(kernels.adam_step, *vectors, size=30), 652_800)]
    return {r"^\w.*: (\S+) MB -> (\S+) MB$": np.array([
        [4 * size * by_numpy, 4 * size * by_kernel]
        for by_numpy, by_kernel, size in moves]) / 1e6}


def check(lecture, v):
    for pattern, values in LINES[lecture](v).items():
        found = re.findall(pattern, v.text, re.M)
        rows = [[row] if isinstance(row, str) else row for row in found]
        assert len(rows) == len(values), f"{pattern}: {rows}"
        for row, wanted in zip(rows, values, strict=True):
            for shown, value in zip(row, wanted, strict=True):
                mantissa, _, power = shown.partition("e")
                last = 10.0 ** (int(power or 0) - len(mantissa.partition(".")[2]))
                assert abs(float(shown) - value) <= 0.52 * last, f"{pattern}: {shown}"


@every_figure(LINES)
def test_the_lines_of_a_lecture_have_these_numbers(name, seen):
    check(name, seen(name))
