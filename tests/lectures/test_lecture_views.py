"""What is seen of a lecture's figures: all that is drawn, in its shape, colours, order.

The numbers that are drawn are compared in test_lecture_figures_*.py; here what a
reader sees of them (`looks_of` in seen.py). `f` is what is drawn, `v` the run.
"""

import re
from functools import partial

import drawn
import numpy as np
import pytest
from drawn import close
from scripts import every_lecture

LOOKS = {}
looks = partial(drawn.shows, LOOKS)
GREY, BLUE, RED, GREEN = "#bbbbbb", "#0072b2", "#d55e00", "#009e73"
# Shares of lines that may be beyond the limits, which leave out what is of no use.
CUT = {("05_divergence_against_p", "binomial"): 0.5, ("01_activations", "phi(a)"): 0.35}
WITHOUT_NUMBER = ("01_activations", "01_family", "06_draws", "09_graphs", "10_progress")
SIGNED = ("02_eigen", "03_filters", "03_maximising", "04_filters")


def inside(values, limits):
    low, high = sorted(limits)
    return bool(np.all((low <= values) & (values <= high)))


@every_lecture
def test_all_that_is_drawn_lies_in_view(script, seen):
    for name, figure in seen(script.stem[:2]).figures.items():
        for axes in figure.axes:
            for label, share in axes.unseen.items():
                assert share <= CUT.get((name, label), 0), (name, label)
            points = [] if axes.levels else axes.points
            for across, upwards in [xy.T for xy in points if len(xy) > 1]:
                assert inside(across, axes.limits[0]), name
                assert inside(upwards, axes.limits[1]), name
            if len(axes.bars):
                left, low, wide, high = axes.bars.T
                assert inside([*left, *(left + wide)], axes.limits[0]), name
                assert inside([*low, *(low + high)], axes.limits[1]), name
            for fill in axes.fills:
                assert inside(fill[:, 1], axes.limits[1]), name


@every_lecture
def test_two_numbers_of_one_kind_have_one_scale_and_pictures_their_own(script, seen):
    """A circle is a circle; grey is 0 where signs are shown, else 0 is white."""
    for name, figure in seen(script.stem[:2]).figures.items():
        for axes in figure.axes:
            if (axes.x_label, axes.y_label) in (("x1", "x2"), ("h1", "h2")):
                assert axes.aspect == 1, name
            signed = name.startswith(SIGNED)
            assert {*axes.clims} <= {(-1, 1) if signed else (0, 1)}, name


@every_lecture
def test_a_result_has_its_number_in_its_title(script, seen):
    """Which drawings have none, and images that are for the eye."""
    for name, figure in seen(script.stem[:2]).figures.items():
        titles = [figure.title, *(axes.title for axes in figure.axes)]
        told = any(re.search(r"(?<![\w^])\d", title) for title in titles)
        assert told or name in WITHOUT_NUMBER, name


@looks("01_activations")
def _(f, v):
    assert {axes.limits[1] for axes in f.axes} == {(-1.5, 4)}


@looks("03_error_against_sparsity")
def _(f, v):
    (axes,) = f.axes
    ((x, y),) = axes.lines.values()
    close(np.array([*axes.spots.values()]), np.column_stack([x, y]))


@looks("04_vector_field")
def _(f, v):
    """Half of r(x) - x, in the units of the axes, as the title says."""
    ((scale, units, angles),) = f.axes[0].quiver
    assert (scale, units, angles) == (2, "xy", "xy") and f.title.startswith("Half of")


@looks("05_worms")
def _(f, v):
    (axes,) = f.axes
    assert [colour for name, colour in axes.colours.items() if ":" in name] == [
        BLUE, RED]
    assert axes.colours["bar 0"] == GREY
    assert axes.x_ticks == [str(n) for n in range(11)]


@looks("05_divergence_against_p")
def _(f, v):
    (axes,) = f.axes
    assert axes.limits[1] == (0, 4)
    assert all(0 < y.min() < 4 for _, y in axes.lines.values())


@looks("05_samples")
def _(f, v):
    """The models have the colours that they have above, in 05_worms."""
    assert [axes.colours["bar 0"] for axes in f.axes] == [GREY, BLUE, RED]
    assert {tuple(axes.x_ticks) for axes in f.axes} == {("0", "2", "4", "6", "8", "10")}
    assert len({axes.limits[1] for axes in f.axes}) == 1


@looks("07_elbo_ledger")
def _(f, v):
    (axes,) = f.axes
    low, high = axes.limits[1]
    assert low > high  # the first q on top
    assert [axes.colours[f"bar {i}"] for i in (0, 3, 6, 9)] == [
        BLUE, RED, "#999999", GREEN]


@looks("07_fit")
def _(f, v):
    """Lines of equal gap: of KL(N(m, v) || N(1.2, 0.2)), around the star."""
    levels = f.axes[0].levels
    assert [*levels] == [0.1, 0.5, 2, 8, 20]
    for level, places in levels.items():
        m, var = places.T
        gap = 0.5 * ((var + (m - 1.2) ** 2) / 0.2 - 1 - np.log(var / 0.2))
        assert len(gap) > 9 and np.abs(gap / level - 1).max() < 0.1, level


@looks("08_ellipses")
def _(f, v):
    colours = [*f.axes[0].colours.values()]
    assert colours == [BLUE, RED, GREEN]
    for (x, y), (at, text) in zip(f.axes[0].lines.values(), zip(
            f.axes[0].spots.values(), f.axes[0].texts, strict=True), strict=True):
        assert np.min(np.hypot(x - at[0], y - at[1])) < 1e-9, text


@looks("12_two_directions")
def _(f, v):
    """P under both, and the same in both."""
    for axes in f.axes:
        (hills,) = axes.fills
        x, p = hills[(np.abs(hills[:, 0]) < 5.9) & (hills[:, 1] > 0)].T
        two = [np.exp(-2 * (x - c) ** 2) / np.sqrt(np.pi / 2) for c in (-2, 2)]
        close(p, np.mean(two, axis=0), atol=1e-9)
        assert axes.limits[1] == f.axes[0].limits[1]


@looks("13_steps")
def _(f, v):
    low, high = f.axes[0].limits[1]
    assert low > high  # the first step on top


@looks("14_codes")
def _(f, v):
    """Around the last panel: what its own decoder makes of the circle's points."""
    even, alike = f.axes[-1], []
    for axes in f.axes:
        close(axes.shades[0], v.angles)
    for image, (left, right, low, high) in zip(even.images, even.extents, strict=True):
        at = np.array([left + right, low + high]) / 2
        near = np.argmin(np.hypot(*(even.points[0] - at / 1.6).T))
        alike.append(np.corrcoef(image.ravel(), v.x[near])[0, 1])
    assert np.mean(alike) > 0.85


@drawn.every_figure(LOOKS)
def test_a_figure_is_seen_as_it_is_meant(name, seen):
    run = seen(name[:2])
    LOOKS[name](run.figures[name], run)


def test_colours_are_those_of_the_plots_room():
    from scratchae.plots import COLOURS

    assert [colour.lower() for colour in COLOURS[:3]] == [BLUE, RED, GREEN]


@pytest.mark.lecture09
def test_the_graphs_of_lecture_09_show_what_is_random_and_where_gradients_stop(seen):
    before, after = seen("09").figures["09_graphs"].axes
    assert before.arrows_drawn == {("x", "mu, sigma"): "-", ("mu, sigma", "z"): "--",
                                   ("z", "loss"): "-"}
    assert after.arrows_drawn == {("x", "mu, sigma"): "-", ("mu, sigma", "z"): "-",
                                  ("z", "loss"): "-", ("eps", "z"): "--"}
    assert (before.round, after.round) == (["z"], ["eps"])
