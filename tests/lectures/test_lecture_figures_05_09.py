"""What the figures of lectures 05 to 09 show, by closed forms where there are any.

As test_lecture_figures_01_04.py says it.
"""

import re
from functools import partial

import drawn
import numpy as np
import pytest
from drawn import close, numbers, tiles
from scipy import stats

from scratchae.data.worms import load_worms

FIGURES = {}
shows = partial(drawn.shows, FIGURES)
WORMS, TEETH = load_worms() / 1000, np.arange(11)
LOG_P = stats.norm(0, np.sqrt(5)).logpdf(3)  # of x = 3, z ~ N(0, 1), x|z ~ N(2 z, 1)


def bits(p, q):
    """D(p||q)."""
    return np.sum(p * np.log2(p / q))


def printed(v, pattern):
    """The numbers of all lines that a pattern finds, a row each."""
    return np.array(re.findall(pattern, v.text, re.M), float)


@shows("05_coin")
def _(f, v):
    ((heads, coin),) = f.axes[0].lines.values()
    close(heads, np.linspace(0, 1, 201))
    close(coin, [stats.entropy([a, 1 - a], base=2) for a in heads], atol=1e-12)


@shows("05_worms")
def _(f, v):
    (axes,) = f.axes
    models = {"uniform": np.full(11, 1 / 11), "binomial": stats.binom(10, 0.57).pmf(
        TEETH)}
    close(axes.bars[:, 3], WORMS)
    for name, q in models.items():
        line = axes.lines[f"{name}: {bits(WORMS, q):.3f} bits"]
        close(line, [TEETH, q], rtol=1e-9)
    assert numbers(f.title) == [round(bits(WORMS, q), 3) for q in models.values()]


@shows("05_divergence_against_p")
def _(f, v):
    t, loss = f.axes[0].lines["binomial"]
    close(loss, [bits(WORMS, stats.binom(10, a).pmf(TEETH)) for a in t])
    best = [x[np.argmin(y)] for x, y in f.axes[0].lines.values()]
    assert [*f.axes[0].lines] == ["binomial", "ad hoc"]
    close(numbers(f.title), best, atol=0.005)
    least = printed(v, r"^least D of the .* model: (\S+) bits")
    close(least, [y.min() for _, y in f.axes[0].lines.values()], atol=5e-5)


@shows("05_samples")
def _(f, v):
    assert [axes.title for axes in f.axes] == [
        "data (reconstructed)", "1000 draws, uniform", "1000 draws, binomial"]
    chi = []
    for axes, q in zip(f.axes, (WORMS, np.full(11, 1 / 11), stats.binom(10, 0.57).pmf(
            TEETH)), strict=True):
        n = axes.bars[:, 3]
        assert n.sum() == 1000
        chi.append([np.sum((n - 1000 * p) ** 2 / (1000 * p)) for p in (q, WORMS)])
    close(chi[0], 0, atol=1e-12)
    shown = printed(v, r"chi-square (\S+) against itself, (\S+) against the data")
    close(shown, chi[1:], atol=0.51)


@shows("06_causes")
def _(f, v):
    slant, thick, wide = (tiles(axes, 10).reshape(10, 28, 28) for axes in f.axes)
    assert [axes.y_label.split()[0] for axes in f.axes] == [
        "slant", "thickness", "aspect"]
    right, up = np.meshgrid(np.arange(28.0), -np.arange(28.0))

    def moment(image, a, b):
        share = image / image.sum()
        return np.sum(share * a * b) - np.sum(share * a) * np.sum(share * b)

    assert np.all(np.diff([moment(image, right, up) for image in slant]) > 0)
    assert np.all(np.diff(thick.sum(axis=(1, 2))) > 0)
    assert np.all(np.diff([moment(image, right, right) for image in wide]) > 0)


@shows("06_posterior")
def _(f, v):
    for name, density in {"prior p(z)": stats.norm(), "posterior p(z|x = 3)":
                          stats.norm(1.2, np.sqrt(0.2))}.items():
        z, p = f.axes[0].lines[name]
        close(p, density.pdf(z), atol=1e-6)


@shows("06_latent_factors")
def _(f, v):
    found = re.findall(r"^R\^2 +(\S+)  (\w+)$", v.text, re.M)
    shown = [found[0], found[1], found[-1]]
    assert [axes.title for axes in f.axes] == [
        f"{name}: R^2 = {r2}" for r2, name in shown]
    for axes, (r2, name) in zip(f.axes, shown, strict=True):
        x, y = axes.points[0].T
        close(y, v.causes[name])
        assert axes.y_label == f"true {name}"
        same = np.corrcoef(x, y)[0, 1]
        assert same > 0.6 if float(r2) > 0.5 else abs(same) < 0.5
        if float(r2) > 0.5:  # the code along its direction has the unit of the factor
            assert np.polyfit(x, y, 1)[0] == pytest.approx(1, abs=0.15)
    order = [float(r2) for r2, _ in found]
    assert order == sorted(order, reverse=True)


@shows("06_draws_vs_dimension")
def _(f, v):
    ((d, draws),) = f.axes[0].lines.values()
    square = stats.norm(0, np.sqrt(4.5)).pdf(3) / (2 * np.sqrt(np.pi))  # E[p(x|z)^2]
    close(draws, ((square / np.exp(2 * LOG_P)) ** d - 1) / 0.01, rtol=1e-6)
    close(d, [1, 2, 5, 10, 20, 50])
    assert numbers(f.title) == [271, 1, 3e30, 50]


@shows("06_belief_net")
def _(f, v):
    rows = [tiles(axes, 10, side=14) for axes in f.axes]
    close(rows[0], v.test[:10])
    names = [axes.y_label for axes in f.axes]
    alone, exact = (printed(v, rf"^{name}: (\S+) nats")[0] for name in (
        "independent pixels, test", "belief net, test, exact"))
    assert names == ["data", f"belief net, {exact:.0f} nats",
                     f"independent, {alone:.0f} nats"]
    assert f.title.endswith(f"saves {alone - exact:.0f} nats per image")
    together = [np.mean(r.reshape(10, 14, 14)[:, 1:] * r.reshape(10, 14, 14)[:, :-1])
                / r.mean() for r in rows]
    assert together[1] > together[2], "strokes hang together, dots do not"


@shows("06_draws")
def _(f, v):
    lines = f.axes[0].lines
    for name, shift in ("mean of z|x", 0), ("one std beside it", -1), ("_child3", 1):
        close(lines[name][0], 0.4 * lines[name][1] + shift * np.sqrt(0.2))
    close(lines["x = 3, which was seen"][1], 3)
    z, x = f.axes[0].points[0].T
    assert np.polyfit(x, z, 1) == pytest.approx([0.4, 0], abs=0.05)


def closed(m, var):
    """Reconstruction, KL and gap of q = N(m, var)."""
    recon = -0.5 * (np.log(2 * np.pi) + (3 - 2 * m) ** 2 + 4 * var)
    kl = 0.5 * (m * m + var - 1 - np.log(var))
    return recon, kl, LOG_P - recon + kl


@shows("07_elbo_ledger")
def _(f, v):
    (axes,) = f.axes
    assert axes.y_ticks == ["prior N(0, 1)", "N(1, 0.5)", "posterior"]
    recon, kl, gap = np.transpose([closed(*q) for q in ((0, 1), (1, 0.5), (1.2, 0.2))])
    left, low, wide, high = axes.bars.reshape(4, 3, 4).transpose(2, 0, 1)
    close(wide, [-recon, kl, [-LOG_P] * 3, gap], atol=1e-9)
    close(left, [[0] * 3, -recon, [0] * 3, [-LOG_P] * 3], atol=1e-9)
    for i, place in enumerate((-0.2, -0.2, 0.2, 0.2)):
        close(low[i] + high[i] / 2, np.arange(3) + place)


@shows("07_fit")
def _(f, v):
    path, star = [line for line in f.axes[0].lines.values()][-2:]
    close(star[:, 0], [1.2, 0.2])
    close(path[:, 0], [-2, 0.6])
    close(path[:, -1], [1.2, 0.2], rtol=1e-6)
    ((step, gap),) = f.axes[1].lines.values()
    close(step, np.arange(16))
    close(gap, [closed(*at)[2] for at in path.T[:16]], atol=1e-9)
    assert f.axes[0].scales == ("linear", "log") == f.axes[1].scales


@shows("07_three_routes")
def _(f, v):
    (axes,) = f.axes
    left, _, wide, high = axes.bars.T
    assert np.sum(wide * high) == pytest.approx(1)
    assert np.sum((left + wide / 2) * wide * high) == pytest.approx(1.2, abs=0.05)
    z, density = axes.lines["variational = exact"]
    close(density, stats.norm(1.2, np.sqrt(0.2)).pdf(z), rtol=1e-4)
    found = printed(v, r"importance sampling +(\S+) \+- (\S+)$")[0]
    assert axes.lines["importance sampling, mean"][0] == pytest.approx(found[0],
                                                                       abs=5e-5)


@shows("07_bound_while_learning")
def _(f, v):
    lines = f.axes[0].lines
    exact, bound = lines["exact log p(x)"], lines["ELBO"]
    close(exact[0], np.arange(1, 801))
    for after, low, high in printed(
            v, r"^after +(\d+) steps: bound (\S+), log p (\S+)$"):
        close([bound[1, int(after)], exact[1, int(after)]], [low, high], atol=6e-5)
    C = np.cov(v.data.T, bias=True)  # PPCA with k = 1: its likelihood in closed form
    values = np.linalg.eigvalsh(C)
    noise = values[:2].mean()
    best = -0.5 * (3 * np.log(2 * np.pi) + np.log(values[2]) + 2 * np.log(noise) + 3)
    close(lines["best possible"][1], best, rtol=1e-6)


@shows("08_ellipses")
def _(f, v):
    normals = {"N0": ([1, -1], [[1, 0.5], [0.5, 2]]),
               "N1": ([0, 0.5], [[2, -0.3], [-0.3, 1]]), "N(0, I)": ([0, 0], np.eye(2))}
    assert [text.strip() for text in f.axes[0].texts] == [*normals]
    for line, (mu, cov) in zip(f.axes[0].lines.values(), normals.values(), strict=True):
        off = line.T - mu
        close(np.sum(off @ np.linalg.inv(cov) * off, axis=1), 1)
        close(off.sum(axis=0) - off[-1], 0, atol=1e-9)  # once round


@shows("08_cost_of_a_dimension")
def _(f, v):
    for m in 0, 1, 2:
        s, kl = f.axes[0].lines[f"mu = {m}"]
        close(kl, 0.5 * (m * m + s * s - 1) - np.log(s))
    assert f.axes[0].scales == ("log", "linear")


VARIANCES = {"pathwise": lambda m: 4 + 0 * m,
             "score": lambda m: m**4 + 14 * m**2 + 15,
             "score with mean baseline": lambda m: 10 + 8 * m**2}


@shows("09_variances")
def _(f, v):
    lines = [*f.axes[0].lines.items()]
    for (_, closed), (name, measured) in zip(lines[::2], lines[1::2], strict=True):
        close(closed[1], VARIANCES[name](closed[0]))
        close(measured[1], VARIANCES[name](measured[0]), rtol=0.05)
    assert f.title == "At mu = 3 the score needs 56 times as many samples"  # 222 / 4


@shows("09_descent")
def _(f, v):
    for name in "pathwise", "score with mean baseline":
        step, square = f.axes[0].lines[name]
        expected = [4.0]
        for _ in step[1:]:  # E of the square of mu - 0.02 g, E[g] = 2 mu
            now = expected[-1]
            expected.append(now * 0.96**2 + 0.02**2 * VARIANCES[name](np.sqrt(now)))
        close(square, expected, rtol=0.6)
    assert f.axes[0].lines["score"][1][0] == 4 and f.axes[0].scales[1] == "log"
    ends = [walk[-20:].mean() for _, walk in f.axes[0].lines.values()]
    assert numbers(f.title) == pytest.approx([2, 2, *ends], rel=0.06)
    assert f.axes[0].y_label == "mean of mu^2 over 200 runs"


@shows("09_graphs")
def _(f, v):
    before, after = ({*axes.texts} - {""} for axes in f.axes)
    assert after - before == {"eps"}
    assert [axes.title[:6] for axes in f.axes] == ["Before", "After:"]


@drawn.every_figure(FIGURES)
def test_a_figure_shows_what_it_is_said_to_show(name, seen):
    run = seen(name[:2])
    FIGURES[name](run.figures[name], run)
