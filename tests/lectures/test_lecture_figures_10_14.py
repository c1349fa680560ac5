"""What the figures of lectures 10 to 14 show.

As test_lecture_figures_01_04.py says it.
"""

import re
from functools import partial

import drawn
import numpy as np
import pytest
from drawn import close, numbers, rows_are, sse, tiles
from scipy import stats

from scratchae.plots import quantile_grid

FIGURES = {}
shows = partial(drawn.shows, FIGURES)
LOG_P = stats.norm(0, np.sqrt(5)).logpdf(3)  # of x = 3, z ~ N(0, 1), x|z ~ N(2 z, 1)


def printed(v, pattern):
    """The numbers of all lines that a pattern finds, a row each."""
    return np.array(re.findall(pattern, v.text, re.M), float)


@shows("10_progress")
def _(f, v):
    epochs = printed(v, r"^epoch +(\d+): (\S+) nats/img$")
    names = [axes.y_label for axes in f.axes]
    assert names[0] == "images"
    for name, at in zip(names[1:], (1, 2, 4, 8, 16), strict=True):
        assert name == f"epoch {at}: {epochs[at - 1, 1]:.0f} nats"
    close(tiles(f.axes[0], 12), v.x_test[:12], atol=1e-6)
    mean = v.x_train[:2000].mean(axis=0)
    away = [np.sum((tiles(axes, 12) - mean) ** 2, axis=1) for axes in f.axes[1:]]
    assert np.sum(away[0] < 0.1 * mean @ mean) >= 3  # "the mean of all digits"
    assert np.sum(away[0] > mean @ mean) >= 3  # "grey or black all over"
    a = np.tanh(v.z_shown @ v.p["W3"] + v.p["b3"]) @ v.p["W4"] + v.p["b4"]
    close(tiles(f.axes[-1], 12), 1 / (1 + np.exp(-a)), atol=1e-6)


@shows("10_points_and_ellipses")
def _(f, v):
    codes = v.ae.transform(v.x_test), v.vae2.transform(v.x_test)
    _, sigma = v.vae2.encode_distribution(v.x_test)
    for axes, c in zip(f.axes, codes, strict=True):
        assert axes.texts == [str(digit) for digit in range(10)]
        for digit, points in enumerate(axes.points):
            close(points, c[v.y_test == digit], atol=1e-5)
    assert [axes.title for axes in f.axes] == [
        "AE: a code is a point", f"VAE: N(mu, sigma^2), mean sigma {sigma.mean():.2f}"]


@shows("10_decoded_grids")
def _(f, v):
    for axes, name, model in zip(f.axes, ("AE", "VAE"), (v.ae, v.vae2), strict=True):
        assert axes.title == name
        grid = quantile_grid(model.transform(v.x_test), 15)
        close(tiles(axes, 225)[::16], model.inverse_transform(grid[::16]), atol=1e-4)
    per_unit = printed(v, r"^V?AE: grey values changed per unit of z: (\S+)$")
    assert numbers(f.title) == pytest.approx(per_unit, abs=0.51)


@shows("10_interpolation")
def _(f, v):
    assert [axes.y_label for axes in f.axes] == ["AE", "VAE"]
    ends = v.x_test[[np.argmax(v.y_test == digit) for digit in (3, 7)]]
    for axes, model in zip(f.axes, (v.ae, v.vae2), strict=True):
        shown = tiles(axes, 10)
        close(shown[[0, -1]], model.reconstruct(ends), atol=1e-4)


@shows("10_samples")
def _(f, v):
    close(tiles(f.axes[0], 64), v.vae.sample(64, random_state=1), atol=1e-5)
    (elbo,) = printed(v, r"^test elbo: (\S+) nats/img")
    assert f"ELBO {elbo:.1f} nats" in f.title


@shows("10_beta")
def _(f, v):
    lines = f.axes[0].lines
    rows = printed(v, r"^([\d.]+) (-?[\d.]+) (\S+) (-[\d.]+) (-[\d.]+) \d+$")
    close(rows[:, 0], [0.1, 0.5, 1, 4])
    for name, column, sign in ("reconstruction", 1, 1), ("KL", 2, 1), (
            "-log p(x)", 4, -1):
        close(lines[name], [rows[:, 0], sign * rows[:, column]], atol=0.051)
    close(rows[:, 3], -rows[:, 1] - rows[:, 2], atol=0.16)
    best = max(rows, key=lambda row: row[4])
    assert f.title == f"Least -log p(x): {-best[4]:.1f} nats/img, at beta = {best[0]}"


@shows("10_estimator")
def _(f, v):
    rows = re.findall(r"^m = +(\d+): std \[(.*)\] nats", v.text, re.M)
    assert [*f.axes[0].lines] == [f"{m} images" for m, _ in rows]
    for m, stds in rows:
        close(f.axes[0].lines[f"{m} images"], [(1, 4, 16), numbers(stds)], atol=0.0051)
    assert numbers(f.title) == [32, 1, numbers(rows[1][1])[0]]


@shows("10_drawn")
def _(f, v):
    assert [axes.y_label for axes in f.axes] == ["random codes", "of a mixture"]
    sure = [np.mean(v.probe.predict_proba(v.deep.inverse_transform(v.new[name])).max(
        axis=1) > 0.9) for name in v.new]
    assert f.title == "Surely a digit: random {:.0%}, of the mixture {:.0%}".format(
        *sure)
    for axes, codes in zip(f.axes, v.new.values(), strict=True):
        close(tiles(axes, 9), v.deep.inverse_transform(codes[:9]), atol=1e-5)


@shows("11_bound_against_K")
def _(f, v):
    lines = f.axes[0].lines
    close(lines["L_K"], printed(v, r"^L_(\d+): (\S+) nats$").T, atol=6e-4)
    close(lines["log p(x)"][1], LOG_P)
    elbo = lines["L_K"][1, 0]
    assert f.title == f"From the ELBO, {elbo:.2f}, to log p(x) = -2.624 nats"


@shows("11_gaps")
def _(f, v):
    a, b = (printed(v, rf"^{name} gap: (\S+) nats")[0] for name in (
        "approximation", "amortisation"))
    close(f.axes[0].bars[:, 3], [a + b, a], atol=0.011)
    assert f.axes[0].y_label == "log p(x) - ELBO (nats/img)"
    high = f.axes[0].bars[:, 3]
    assert f.title.endswith(f"{high[1]:.1f} of {high[0]:.1f} nats remain")


@shows("11_consistency")
def _(f, v):
    rows = printed(v, r"^n = +(\d+): .* off by \[(\S+) +(\S+)\]$")
    for i, name in enumerate(("PPCA", "linear VAE"), 1):
        close(f.axes[0].lines[name], rows[:, [0, i]].T, atol=6e-5)
    first, last = rows[0, 2], rows[-1, 2]
    assert f.title == f"Off by {first:.0%} with n = 100, {last:.1%} with 10 000"


@shows("11_nearest")
def _(f, v):
    drawn_ones = v.vae.sample(200, random_state=1)[:12]
    near = [v.x_train[np.argmin(np.sum((v.x_train - x) ** 2, axis=1))]
            for x in drawn_ones]
    rows_are(f, {"drawn": drawn_ones, "nearest training image": near})
    grey = [np.mean((x > 0.1) & (x < 0.9)) for x in (
        v.vae.sample(200, random_state=1), v.x_test[:200])]
    assert f.title == f"Grey pixels: {grey[0]:.0%} if drawn, {grey[1]:.0%} if real" \
        .replace("%", " %")


@shows("11_summary")
def _(f, v):
    lines = v.text[v.text.rindex("\nmodel  ") :].splitlines()[1:9]
    head, *rows = (re.split(r"  +", line.strip()) for line in lines)
    assert f.axes[0].y_ticks == [row[0] for row in rows]
    for i, axes in enumerate(f.axes[:5], 1):
        assert axes.title == head[i]
        assert axes.texts == [row[i] for row in rows]
    measured = {row[0]: row[1:] for row in rows}
    for name, model in v.family.items():
        if name != "conditional":
            error = sse(model.reconstruct(v.x_test), v.x_test)
            assert float(measured[name][1]) == pytest.approx(error, rel=1e-3)
            assert measured[name][0] == f"{model.n_components}"
    for name in "variational", "conditional":
        y = [v.y_test] * (name == "conditional")
        elbo = v.family[name].evaluate(v.x_test, *y)["elbo"]
        assert float(measured[name][3]) == pytest.approx(elbo, abs=0.06)
    least = min(float(row[2]) for row in rows)
    assert numbers(f.title) == [pytest.approx(least, abs=0.056)]
    density = v.family["probabilistic PCA"].score(v.x_test)
    assert float(measured["probabilistic PCA"][2]) == pytest.approx(density, rel=1e-3)


@shows("12_jensen")
def _(f, v):
    curve, chord, gap = f.axes[0].lines.values()
    close(curve[1], np.log(curve[0]))
    close(chord, [[0.5, 3], np.log([0.5, 3])])
    below = 0.8 * np.log(0.5) + 0.2 * np.log(3)
    close(gap, [[1, 1], [below, 0]], atol=1e-12)
    assert f"{-below:.3f}" in f.title and f.axes[0].texts[0].endswith("0.335 nats")


@shows("12_two_directions")
def _(f, v):
    both, one = f.axes
    ((name, (x, q)),) = both.lines.items()
    p = 0.5 * (stats.norm(-2, 0.5).pdf(x) + stats.norm(2, 0.5).pdf(x))
    close(q, stats.norm(0, np.sqrt(4.25)).pdf(x), atol=1e-4)  # the moments of P
    assert name == "Q = N(0.00, 2.06^2)"
    step = x[1] - x[0]
    assert numbers(both.title) == [pytest.approx(np.sum(p * np.log(p / q)) * step,
                                                 abs=1e-3)]
    for sign, (name, (x, q)) in zip((1, -1), one.lines.items(), strict=True):
        close(q, stats.norm(sign * 2, 0.5).pdf(x), atol=2e-3)
        assert name == f"Q = N({2 * sign:.2f}, 0.50^2)"
        log_q = stats.norm(sign * 2, 0.5).logpdf(x)
        reverse = np.sum(np.exp(log_q) * (log_q - np.log(p))) * step
        assert numbers(one.title) == [pytest.approx(reverse, abs=1e-3)]


@shows("12_sum_to_integral")
def _(f, v):
    bins, error = f.axes[0].lines["sum over bins"]
    rows = printed(v, r"^ *(\d+) bins of z: log p\(x\) off by (\S+) nats")
    close(bins, rows[:, 0])
    for (n, shown), drawn_one in zip(rows, error, strict=True):
        edges, step = np.linspace(-8, 8, int(n) + 1, retstep=True)
        terms = stats.norm.pdf(edges) * stats.norm(2 * edges, 1).pdf(3)
        exact = abs(np.log(np.sum(terms) * step - step * terms[[0, -1]].sum() / 2)
                    - LOG_P)
        assert drawn_one == pytest.approx(exact, rel=1e-3, abs=2e-15)
        assert shown == pytest.approx(drawn_one, rel=0.06, abs=1e-15)


@shows("13_steps")
def _(f, v):
    (axes,) = f.axes
    speeds = re.findall(r"^(\d [^:]+): (\S+) GFLOP/s$", v.text, re.M)
    assert [tick.rpartition(":")[0] for tick in axes.y_ticks] == [n for n, _ in speeds]
    for tick, (_, speed) in zip(axes.y_ticks, speeds, strict=True):
        assert float(tick.rpartition(":")[2]) == pytest.approx(float(speed), rel=0.01)
    (blas,) = printed(v, r"^numpy.matmul on \d+ cores: (\S+) GFLOP/s")
    (name, line), (best, top) = axes.lines.items()
    assert name.startswith("numpy.matmul: ")
    close(line[0], blas, rtol=1e-3)
    assert best.startswith("best product: ") and np.all(top[0] >= line[0])
    assert np.all(top[0] * (1 + 1e-3) >= [float(speed) for _, speed in speeds][-1])


@shows("13_roofline")
def _(f, v):
    (axes,) = f.axes
    roof, *points = axes.lines.items()
    best, bandwidth = roof[1][1].max(), roof[1][1][0] / roof[1][0][0]
    close(roof[1][1], np.minimum(best, roof[1][0] * bandwidth))
    assert f.title == f"Roofline: {best:.0f} GFLOP/s, {bandwidth:.0f} GB/s"
    for name, ((x,), (y,)) in points:
        shown = printed(v, rf"^{name}: (\S+) FLOP/byte, (\S+) GFLOP/s$")
        close([[x, y]], shown, atol=0.051)
    by_hand = {"Bernoulli loss": 40 / 12, "Adam": 12 / 28}
    for name, x in by_hand.items():
        assert axes.lines[name][0][0] == pytest.approx(x)
    question = printed(v, r"^Question 3: (\S+) ms")[0]
    assert question == pytest.approx(28 * 652_800 / bandwidth / 1e6, abs=0.006)


@shows("13_growth")
def _(f, v):
    for axes in f.axes:
        assert axes.y_label == "ms per step" and axes.scales == ("log", "log")
        assert len(axes.lines) >= 2
        sizes, ms = axes.lines["taken"]
        assert numbers(axes.title) == pytest.approx(
            [ms[0], sizes[0], ms[-1], sizes[-1]], rel=0.006)


@shows("14_codes")
def _(f, v):
    names = ["no penalty", "on the circle", "even"]
    assert [axes.title.split(":")[0] for axes in f.axes] == names
    for axes, name in zip(f.axes, names, strict=True):
        h = v.models[name].transform(v.x) if hasattr(v, "models") else axes.points[0]
        close(axes.points[0], h, atol=1e-5)
        away = np.abs(np.linalg.norm(h, axis=1) - 1)
        degrees = np.degrees(np.arctan2(h[:, 0], h[:, 1])) % 360
        used = [np.any((away < 0.25) & (degrees >= t) & (degrees < t + 10))
                for t in range(0, 360, 10)]
        assert axes.title == (f"{name}: {away.mean():.2f} from the circle, "
                              f"{np.mean(used):.0%} of it used")
        # colours follow one another; round 0 once, or forth and back
        c = h[np.argsort(v.angles)] @ [1, 1j]
        step, apart = np.abs(np.roll(c, -1) - c), np.abs(c - c[:, None])
        assert np.mean(step) < 0.1 * np.mean(apart)
        turns = np.angle(np.roll(c, -1) / c).sum() / (2 * np.pi)
        assert abs(round(turns)) == (name != "on the circle")


@drawn.every_figure(FIGURES)
def test_a_figure_shows_what_it_is_said_to_show(name, seen):
    run = seen(name[:2])
    FIGURES[name](run.figures[name], run)
