"""What alternative texts say by comparing, each as a function of what is drawn.

`f` is what is drawn, `v` the run and its variables: see test_lecture_figures_01_04.py.
"""

import numpy as np
from drawn import numbers, tiles

SAYS = {}  # (figure, words of its alternative text) -> function of f and v


def says(figure, words):
    """A decorator: the function asserts these words of this figure."""
    def keep(function):
        SAYS[figure, words] = function
        return function

    return keep


def edges(images, side=28):
    """How sharp images are: the mean step from pixel to pixel, as a part of the ink."""
    x = np.reshape(images, (-1, side, side))
    steps = np.abs(np.diff(x, axis=1)).mean() + np.abs(np.diff(x, axis=2)).mean()
    return steps / np.abs(x).mean()


def rows(f, n, side=28):
    """The images of each axes."""
    return [tiles(axes, n, side) for axes in f.axes]


def falls(y):
    return bool(np.all(np.diff(y) < 0))


@says("01_activations", "To the right of 0 all rise; far to the left SiLU alone falls")
def _(f, v):
    for axes in f.axes:
        a, h = axes.lines["phi(a)"]
        assert np.all(np.diff(h[a >= 0]) > 0)
        assert np.any(np.diff(h[a < -2]) < 0) == (axes.title == "silu")


@says("01_loss", "All start at the same height and fall, gradient descent least")
def _(f, v):
    lines = f.axes[0].lines
    (start,) = {trace[1, 0] for trace in lines.values()}
    ends = {rule: trace[1, -1] for rule, trace in lines.items()}
    assert len(ends) == 4 and ends["gradient descent"] == max(ends.values()) < start


@says("01_input_output", "a little blurred")
def _(f, v):
    """A pixel is nearer to the mean of its neighbours than in the input."""
    bends = []
    for x in (np.reshape(images, (-1, 28, 28)) for images in rows(f, 12)):
        around = x[:, :-2, 1:-1] + x[:, 2:, 1:-1] + x[:, 1:-1, :-2] + x[:, 1:-1, 2:]
        bends.append(np.mean((4 * x[:, 1:-1, 1:-1] - around) ** 2) / np.mean(x**2))
    assert 0.3 * bends[0] < bends[1] < 0.9 * bends[0]


@says("02_spectrum", "fall fast at first and ever more slowly after")
def _(f, v):
    ((_, y),) = f.axes[0].lines.values()
    drops = -np.diff(y[::10])
    assert np.all(drops > 0) and falls(drops)


@says("02_error_vs_codes", "Both fall; the autoencoder lies below PCA at every width")
def _(f, v):
    ours, theirs = (f.axes[0].lines[name][1] for name in ("autoencoder", "PCA"))
    assert falls(ours) and falls(theirs) and np.all(ours < theirs)


@says("02_reconstructions", "strokes are sharper, PCA's have grey shadows")
def _(f, v):
    _, ours, theirs = rows(f, 12)
    assert edges(ours) > edges(theirs)
    ink = [np.mean((x > 0.05) & (x < 0.4)) for x in (ours, theirs)]
    assert ink[1] > 1.2 * ink[0]


@says("03_filters_kl", "blurred patches and loops")
def _(f, v):
    shown = np.nan_to_num(tiles(f.axes[0], 40)).reshape(40, 28, 28)
    for a, b in (shown[:, 1:], shown[:, :-1]), (shown[..., 1:], shown[..., :-1]):
        assert np.corrcoef(a.ravel(), b.ravel())[0, 1] > 0.5


@says("03_error_against_sparsity", "The fewer units are on, the larger the error")
def _(f, v):
    ((x, y),) = f.axes[0].lines.values()
    assert np.all(np.diff(y[np.argsort(-x)]) > 0)


@says("04_denoised", "smooth and look like the clean ones")
def _(f, v):
    clean, noisy, denoised = rows(f, 10)
    assert edges(denoised) < 1.1 * edges(clean) < edges(noisy)
    assert np.corrcoef(clean.ravel(), denoised.ravel())[0, 1] > 0.9


@says("04_vector_field", "Nearly all point to the spiral, and most are longer")
def _(f, v):
    (axes,) = f.axes
    spiral, at, arrows = axes.points[0], axes.points[1], axes.arrows[0]
    apart = np.linalg.norm(spiral - at[:, None], axis=2)
    ends = np.linalg.norm(spiral - (at + arrows)[:, None], axis=2).min(axis=1)
    assert np.mean(ends < apart.min(axis=1)) > 0.95
    length, away = np.linalg.norm(arrows, axis=1), apart.min(axis=1)
    assert np.mean((length > np.median(length)) == (away > np.median(away))) > 0.6


@says("06_causes", "or it gets wider")
def _(f, v):
    wide = tiles(f.axes[2], 10).reshape(10, 28, 28).sum(axis=1)
    share, x = wide / wide.sum(axis=1, keepdims=True), np.arange(28)
    spread = share @ (x * x) - (share @ x) ** 2
    assert spread[-1] > spread[0]


@says("06_posterior", "narrower and shifted to the right")
def _(f, v):
    (z, prior), (_, after) = (f.axes[0].lines[name] for name in (
        "prior p(z)", "posterior p(z|x = 3)"))
    assert after.max() > prior.max()  # of the same area
    assert z[np.argmax(after)] > z[np.argmax(prior)] == np.round(0.0)


@says("06_latent_factors", "first two rise along a line; the third shows none")
def _(f, v):
    same = [np.corrcoef(*axes.points[0].T)[0, 1] for axes in f.axes]
    assert min(same[:2]) > 0.6 > 0.5 > abs(same[2])


@says("07_fit", "a straight fall")
def _(f, v):
    ((step, gap),) = f.axes[1].lines.values()
    late = np.log(gap[3:])
    line = np.polyval(np.polyfit(step[3:], late, 1), step[3:])
    assert falls(gap) and np.abs(late - line).max() < 0.05 * np.ptp(late)


@says("07_bound_while_learning", "begins far below, closes up, and both rise together")
def _(f, v):
    exact, bound = (f.axes[0].lines[name][1] for name in ("exact log p(x)", "ELBO"))
    gap = exact - bound
    assert gap[-1] < 0.01 * gap[0] and exact[-1] > exact[0] and bound[-1] > bound[0]


@says("08_ellipses", "N0 and N1 overlap in part only")
def _(f, v):
    covariances = [[1, 0.5], [0.5, 2]], [[2, -0.3], [-0.3, 1]]
    centres = [1, -1], [0, 0.5]
    lines = [line.T for line in f.axes[0].lines.values()][:2]
    for line, centre, Sigma in zip(lines[::-1], centres, covariances, strict=True):
        off = line - centre
        inside = np.mean(np.sum(off @ np.linalg.inv(Sigma) * off, axis=1) < 1)
        assert 0 < inside < 0.9


@says("09_variances", "flat and lowest, the score function rises, less with a baseline")
def _(f, v):
    for lines in [*f.axes[0].lines.values()][::2], [*f.axes[0].lines.values()][1::2]:
        path, score, baseline = (y for _, y in lines)
        assert np.ptp(path) < 0.2 * path.mean() and np.all(path < baseline)
        assert score[-1] - score[0] > baseline[-1] - baseline[0] > 0


@says("09_descent", "the pathwise one ends lowest, the score function without baseline")
def _(f, v):
    path, score, baseline = (f.axes[0].lines[name][1] for name in (
        "pathwise", "score", "score with mean baseline"))
    assert path[0] == score[0] == baseline[0] == 4
    assert path[-1] < baseline[-1] < score[-1] < 4


@says("10_progress", "in the last row most look like digits")
def _(f, v):
    """Nearer to some image than images are to their mean."""
    last, x = tiles(f.axes[-1], 12), v.x_train[:2000]
    near = np.sum((last[:, None] - x) ** 2, axis=2).min(axis=1)
    assert np.mean(near < np.sum((x - x.mean(axis=0)) ** 2, axis=1).mean()) > 0.5


@says("10_points_and_ellipses", "The ellipses overlap and fill the middle, the points")
def _(f, v):
    """Most have another's middle inside; some points lie an ellipse's width apart."""
    mu, sigma = v.vae2.encode_distribution(v.x_test[:1000])
    codes = v.ae.transform(v.x_test[:1000])
    inside = np.sum(((mu[:, None] - mu) / sigma) ** 2, axis=2) < 1
    assert np.mean(inside.sum(axis=0) > 1) > 0.5
    apart = np.linalg.norm(codes[:, None] - codes, axis=2)
    np.fill_diagonal(apart, np.inf)
    assert apart.min(axis=1).max() > 2 * sigma.mean()


@says("10_samples", "Most can be read as digits")
def _(f, v):
    sure = v.probe.predict_proba(tiles(f.axes[0], 64)).max(axis=1)
    assert np.mean(sure > 0.9) > 0.5


@says("10_beta", "As beta grows the divergence falls and the reconstruction gets worse")
def _(f, v):
    recon, kl, nll = (f.axes[0].lines[name][1] for name in (
        "reconstruction", "KL", "-log p(x)"))
    assert falls(kl) and falls(-recon) and 0 < np.argmin(nll) < len(nll) - 1


@says("10_drawn", "of which more are surely digits")
def _(f, v):
    """As its title says of 500 each."""
    random, mixture = numbers(f.title)
    assert random < mixture


@says("11_bound_against_K", "rises steeply from the ELBO and flattens just below")
def _(f, v):
    K, bound = f.axes[0].lines["L_K"]
    steps, top = np.diff(bound), f.axes[0].lines["log p(x)"][1][0]
    assert steps[0] == steps.max() > 10 * np.abs(steps[-1])
    assert top - 0.05 < bound[-1] < top + 0.01


@says("11_gaps", "much lower, with the best q for each image")
def _(f, v):
    ours, best = f.axes[0].bars[:, 3]
    assert best < 0.6 * ours


@says("11_consistency", "Both fall along the same slope")
def _(f, v):
    slopes = [np.polyfit(*np.log(f.axes[0].lines[name]), 1)[0]
              for name in ("PPCA", "linear VAE")]
    assert max(slopes) < -0.3 and abs(slopes[0] - slopes[1]) < 0.2


@says("11_nearest", "the drawn ones are softer")
def _(f, v):
    drawn, near = rows(f, 12)
    assert edges(drawn) < edges(near)


@says("11_summary", "No model is best in all")
def _(f, v):
    found = np.array([*v.measured.values()], float)[:, 1:]
    best = [np.nanargmin(found[:, 0]), np.nanargmax(found[:, 1]),
            np.nanargmax(found[:, 2]), np.nanargmin(found[:, 3])]
    assert len({*best}) > 1


@says("12_sum_to_integral", "falls ever more steeply down to rounding")
def _(f, v):
    bins, error = f.axes[0].lines["sum over bins"]
    high = np.flatnonzero(error > 1e-13)
    slopes = np.diff(np.log(error[high])) / np.diff(np.log(bins[high]))
    assert falls(error[high]) and falls(slopes) and error.min() < 1e-14


@says("13_roofline", "a roof that rises and then is flat")
def _(f, v):
    (_, roof), *_ = f.axes[0].lines.values()
    steps = np.diff(roof) > 1e-9 * roof.max()
    assert steps[0] and not steps[-1] and np.all(np.diff(steps.astype(int)) <= 0)


@says("14_codes", "a curve along most of it that also cuts through its middle")
def _(f, v):
    h = f.axes[-1].points[0]
    away, turn = np.linalg.norm(h, axis=1), np.arctan2(h[:, 0], h[:, 1])
    used = {int(np.degrees(t) // 10) for t in turn[np.abs(away - 1) < 0.25]}
    assert len(used) > 18 and away.min() < 0.5
