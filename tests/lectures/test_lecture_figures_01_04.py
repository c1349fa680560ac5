"""What each figure of a lecture shows is what its words say: numbers, order, labels.

By the script's own data and models, computed here another way. Each figure has a
function; `f` is what is drawn (seen.py), `v` the run and its variables.
"""

import re
from functools import partial

import drawn
import numpy as np
import pytest
from drawn import are_filters, close, numbers, rows_are, sse, tiles, weights_of

FIGURES = {}
shows = partial(drawn.shows, FIGURES)


@shows("01_network")
def _(f, v):
    assert f.title == "A 784-200-30-200-784 autoencoder"


@shows("01_activations")
def _(f, v):
    by_hand = {
        "identity": lambda a: a, "sigmoid": lambda a: 1 / (1 + np.exp(-a)),
        "tanh": np.tanh, "relu": lambda a: np.maximum(a, 0),
        "softplus": lambda a: np.log1p(np.exp(a)),
        "silu": lambda a: a / (1 + np.exp(-a)),
        "leaky_relu": lambda a: np.where(a > 0, a, 0.01 * a),
        "elu": lambda a: np.where(a > 0, a, np.expm1(a)),
    }
    assert {axes.title for axes in f.axes} == {*by_hand}
    for axes in f.axes:
        a, h = axes.lines["phi(a)"]
        close(h, by_hand[axes.title](a), atol=1e-6)
        assert np.all(np.diff(h[a >= 0]) > 0)  # "To the right of 0 all rise"
        assert np.any(np.diff(h) < 0) == (axes.title == "silu")
        smooth = np.abs(a) > 0.06
        slope = np.gradient(h, a)[smooth]
        close(axes.lines["phi'(a)"][1][smooth], slope, atol=3e-3)


@shows("01_loss")
def _(f, v):
    (axes,) = f.axes
    assert [*axes.lines] == [*v.traces] and len(v.traces) == 4
    for rule, trace in v.traces.items():
        close(axes.lines[rule][1], trace)
    assert axes.scales == ("linear", "log") and axes.x_label == "step"
    assert numbers(f.title) == [round(v.traces[rule][-1], 1)
                                for rule in ("momentum", "Adam")]


@shows("01_input_output")
def _(f, v):
    rows_are(f, {"input x": v.x_test[:12],
                 "output g(f(x))": v.model.reconstruct(v.x_test[:12])})
    assert numbers(f.title)[2] == round(sse(v.model.reconstruct(v.x_test), v.x_test), 1)


@shows("01_uses")
def _(f, v):
    rows_are(f, {"clean": v.x_test[:12], "noisy": v.noisy[:12],
                 "denoised": v.model.reconstruct(v.noisy[:12]),
                 "random codes": v.model.inverse_transform(v.random_h)})
    off = [sse(images, v.x_test) for images in (v.noisy, v.model.reconstruct(v.noisy))]
    close(numbers(f.title), off, atol=0.051)


@shows("01_family")
def _(f, v):
    for kind, lecture in ("undercomplete", "02"), ("sparse", "03"), (
            "denoising", "04"), ("variational", "10"):
        at = f.axes[0].texts.index(kind)
        assert f.axes[0].texts[at + 1].endswith(f"({lecture})")


def spectrum(v):
    """Eigenvalues and eigenvectors of the training images, the largest first."""
    values, vectors = np.linalg.eigh(np.cov(v.x_train.T.astype(float), bias=True))
    return values[::-1], vectors.T[::-1]


@shows("02_spectrum")
def _(f, v):
    values, _ = spectrum(v)
    ((x, y),) = f.axes[0].lines.values()
    close(x, np.arange(1, 101))
    close(y, values[:100], rtol=1e-5)
    assert f"30 of 784 components keep {100 * values[:30].sum() / values.sum():.0f} %" \
        in f.title


@shows("02_eigen_digits")
def _(f, v):
    mean, *shown = tiles(f.axes[0], 20)
    x_mean = v.x_train.mean(axis=0)
    close(mean, x_mean / x_mean.max(), atol=1e-5)
    for tile, axis in zip(shown, spectrum(v)[1], strict=False):
        assert abs(tile @ axis) == pytest.approx(np.linalg.norm(tile), rel=1e-4)


@shows("02_error_vs_codes")
def _(f, v):
    lines, x = f.axes[0].lines, v.x_test - v.x_train.mean(axis=0)
    axes_ = spectrum(v)[1]
    left = [np.sum((x - x @ axes_[:k].T @ axes_[:k]) ** 2, axis=1).mean()
            for k in (2, 5, 10)]
    close(lines["PCA"], [(2, 5, 10), left], rtol=1e-4)
    deep = sse(v.deep.reconstruct(v.x_test), v.x_test)
    close(lines["autoencoder"][:, -1], [10, deep], rtol=1e-4)
    assert numbers(f.title)[0::1] == [10, round(100 * deep / left[-1])]


@shows("02_reconstructions")
def _(f, v):
    shown, mean, axes_ = v.x_test[:12], v.x_train.mean(axis=0), spectrum(v)[1][:10]
    rows_are(f, {"original": shown, "autoencoder-10": v.deep.reconstruct(shown),
                 "PCA-10": mean + (shown - mean) @ axes_.T @ axes_})


@shows("02_arc")
def _(f, v):
    (axes,) = f.axes
    close(axes.points[0], v.arc)
    close(axes.lines["PCA"].T, np.sort(v.line.transform(v.arc), axis=0)
          @ v.line.components_ + v.line.mean_, atol=1e-6)
    on_curve = axes.lines["autoencoder"].T
    close(on_curve, v.bent.inverse_transform(np.sort(v.bent.transform(v.arc), axis=0)))
    close(numbers(f.title), [sse(m.reconstruct(v.arc), v.arc)
                             for m in (v.line, v.bent)], atol=5e-4)


@shows("03_activations")
def _(f, v):
    found = [f"{name}: {100 * np.mean(h > 0.1 * h.max()):.0f} % active"
             for name, h in v.codes.items()]
    assert [axes.title for axes in f.axes] == found
    assert f.axes[0].scales == ("linear", "log")
    for axes, h in zip(f.axes, v.codes.values(), strict=True):
        (steps,) = axes.outlines
        counts, edges = np.histogram(h / h.max(), np.linspace(0, 1, 41))
        close(steps[1:-1:2, 1], counts / h.size, atol=1e-3 / h.size)
        close(np.unique(steps[:, 0]), edges, atol=1e-9)


@shows("03_filters_plain")
def _(f, v):
    are_filters(f, (v.x_train.std(axis=0) > 0.1) * weights_of(v.models["plain"]), 40)
    assert f.title.endswith("40 of 400 filters, plain")


@shows("03_filters_kl")
def _(f, v):
    most = np.argsort(-v.models["KL"].transform(v.x_test).var(axis=0))
    inked = v.x_train.std(axis=0) > 0.1
    are_filters(f, inked * weights_of(v.models["KL"])[most], 40)


@shows("03_maximising")
def _(f, v):
    are_filters(f, v.exciting, 30)
    close(np.linalg.norm(v.exciting, axis=1), 5, rtol=1e-5)
    reached = np.diag(v.narrow.transform(v.exciting)).mean()
    assert f.title.endswith(f"h to {reached:.1f}")


@shows("03_error_against_sparsity")
def _(f, v):
    (axes,) = f.axes
    ((x, y),) = axes.lines.values()
    printed = re.findall(r"^lambda (\S+): (\S+) SSE/img, (\S+) %", v.text, re.M)
    close(np.array(printed, float), np.column_stack([v.weights, y, 100 * x]), atol=0.06)
    assert axes.texts == [f"lambda {weight:g}" for weight in v.weights]
    close(y[-1], sse(v.model.reconstruct(v.x_test), v.x_test), rtol=1e-5)


@shows("04_corruptions")
def _(f, v):
    assert [axes.y_label for axes in f.axes] == [
        "clean x", "Gaussian, sigma 0.3", "masking, 30 %", "salt and pepper, 30 %"]
    clean, noisy, masked, specks = (tiles(axes, 10) for axes in f.axes)
    close(clean, v.x_test[:10], atol=1e-6)
    assert np.std(noisy - clean) == pytest.approx(0.3, abs=0.01)
    assert 0.25 < np.mean(masked[clean > 0] == 0) < 0.35
    close(masked[masked > 0], clean[masked > 0], atol=1e-6)
    grey = (0 < clean) & (clean < 1)
    assert np.mean(specks[grey] == 0) == pytest.approx(0.15, abs=0.04)
    assert np.mean(specks[grey] == 1) == pytest.approx(0.15, abs=0.04)
    assert np.mean(specks[clean == 0] == 1) == pytest.approx(0.15, abs=0.02)
    assert numbers(f.title)[:2] == [0.3, 70.6]  # 784 * 0.09


@shows("04_denoised")
def _(f, v):
    denoised = v.denoised
    rows_are(f, {"clean": v.x_test[:10], "noisy": v.noisy[:10],
                 "denoised": denoised[:10]})
    close(numbers(f.title), [sse(v.noisy, v.x_test), sse(denoised, v.x_test),
                             v.best_linear], atol=0.051)


def _most_varying_filters(f, v, percent):
    model = v.models[percent / 100]
    most = np.argsort(-model.transform(v.x_test).var(axis=0))
    are_filters(f, weights_of(model)[most], 40)
    assert f.title.endswith(f"40 of 400 filters, {percent}% masked")


for percent in (0, 30, 50):
    shows(f"04_filters_{percent}")(partial(_most_varying_filters, percent=percent))


@shows("04_vector_field")
def _(f, v):
    (axes,) = f.axes
    close(axes.points[0], v.spiral)
    at = np.array([(a, b) for b in np.linspace(-1.3, 1.3, 21)
                   for a in np.linspace(-1.3, 1.3, 21)])
    close(axes.points[1], at)
    close(axes.arrows[0], v.bent.reconstruct(at) - at)
    left = sse(v.bent.reconstruct(v.off), v.spiral) / sse(v.off, v.spiral)
    assert f"{100 * left:.0f} % of the noise" in f.title


@drawn.every_figure(FIGURES)
def test_a_figure_shows_what_it_is_said_to_show(name, seen):
    run = seen(name[:2])
    FIGURES[name](run.figures[name], run)
