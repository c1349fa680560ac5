"""L-BFGS: steps, line search, memory and end."""

import numpy as np
import pytest

from scratchae.formulas import lbfgs as lbfgs_room
from scratchae.formulas.lbfgs import inverse_hessian_times, lbfgs

pytestmark = pytest.mark.lecture03


def test_lbfgs_solves_a_parabola_and_with_the_right_guess_almost_at_once(rng):
    curvature = np.geomspace(1e-3, 1e3, 12)
    centre = rng.normal(size=12)

    def parabola(x):
        return curvature @ (x - centre) ** 2 / 2, curvature * (x - centre)

    x, steps, left = lbfgs(parabola, np.zeros(12), 1e-9, 500)
    np.testing.assert_allclose(x, centre, rtol=1e-3)
    assert left <= 1e-9
    _, guided, _ = lbfgs(parabola, np.zeros(12), 1e-9, 500, 7 / curvature)
    assert guided <= 4 < steps


def test_lbfgs_finds_the_end_of_a_bent_valley():
    def rosenbrock(x):
        a, b = x
        value = (1 - a) ** 2 + 100 * (b - a * a) ** 2
        return value, np.array([2 * (a - 1) - 400 * a * (b - a * a), 200 * (b - a * a)])

    x, steps, _ = lbfgs(rosenbrock, np.array([-1.2, 1.0]), 1e-10, 200)
    np.testing.assert_allclose(x, 1, rtol=1e-8)
    assert steps < 60


def test_lbfgs_halves_a_step_that_brings_next_to_nothing_of_what_was_promised():
    """The first step of x - g goes to nearly the same height on the other side."""
    curvature = 2 - 1e-5

    def parabola(x):
        return curvature / 2 * x @ x, curvature * x

    x, _, left = lbfgs(parabola, np.array([0.5]), 1e-9, 1)
    assert abs(x[0]) == pytest.approx(2.5e-6, rel=1e-6)
    assert left == pytest.approx(5e-6, rel=1e-6)


@pytest.mark.parametrize("excess, halved", [(1.8e-4, True), (2.2e-4, False)])
def test_lbfgs_asks_for_a_ten_thousandth_of_what_was_promised(excess, halved):
    """With the curvature 2 - e the whole step brings e / 2 of it, nearly."""
    curvature = 2 - excess

    def parabola(x):
        return curvature / 2 * x @ x, curvature * x

    x, _, _ = lbfgs(parabola, np.array([0.5]), 1e-9, 1)
    assert (abs(x[0]) < 0.01) == halved


def test_lbfgs_takes_the_whole_step_of_newton():
    """To the lowest point of a parabola: it brings half of what the slope promises."""
    heights = []

    def parabola(x):
        heights.append(x @ x / 2)
        return heights[-1], x

    lbfgs(parabola, np.array([0.6, 0.8]), 1e-9, 9)
    assert heights == pytest.approx([0.5, 0])


@pytest.mark.parametrize("height", [1000, -1000])
@pytest.mark.parametrize("seed", range(3))
def test_lbfgs_goes_on_below_the_rounding_of_the_value(seed, height):
    """The value's last digit says nothing there; the gradient still does."""
    curvature = np.geomspace(0.1, 10, 6)

    def raised(x):
        last_digit = 2e-13 * np.sin(1e9 * x.sum())
        return height + curvature @ x**2 / 2 + last_digit, curvature * x

    start = np.random.default_rng(seed).normal(size=6)
    _, steps, left = lbfgs(raised, start, 1e-11, 200)
    assert left <= 1e-11 and steps < 30


def test_lbfgs_remembers_the_last_20_steps_in_their_order(monkeypatch):
    seen = []

    def spy(gradient, past, guess):
        seen.append(past)
        return inverse_hessian_times(gradient, past, guess)

    monkeypatch.setattr(lbfgs_room, "inverse_hessian_times", spy)
    curvature = np.geomspace(1e-4, 1e4, 40)
    lbfgs(lambda x: (curvature @ x**2 / 2, curvature * x), np.ones(40), 1e-12, 60)
    assert [len(past) for past in seen[:25]] == [*range(20), *[20] * 5]
    for before, past in zip(seen[20:], seen[21:], strict=False):
        assert [id(step) for step in past[:-1]] == [id(step) for step in before[1:]]


def test_lbfgs_stops_where_it_stands_if_nothing_is_to_be_gained():
    x, steps, left = lbfgs(lambda x: (0.0, 0 * x), np.ones(3), 1e-6, 9)
    assert (steps, left) == (0, 0) and (x == 1).all()


def test_the_tolerance_is_a_share_of_the_first_gradient_whatever_the_unit():
    curvature = np.geomspace(0.1, 10, 6)
    for unit in (1e-8, 1.0, 1e8):
        c = unit * curvature
        x, _, left = lbfgs(lambda x, c=c: (c @ x**2 / 2, c * x), np.ones(6), 1e-3, 99)
        reached = np.linalg.norm(c * x) / np.linalg.norm(c)
        assert left == pytest.approx(reached) and 1e-6 < left <= 1e-3


def test_lbfgs_gives_up_where_no_step_brings_anything():
    """A slope that the value does not have."""
    x, steps, left = lbfgs(lambda x: (0.0, np.ones(3)), np.ones(3), 1e-6, 9)
    assert (x == 1).all() and (steps, left) == (0, 1)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_lbfgs_ends_at_a_gradient_that_is_not_finite(bad):
    calls = []

    def broken(x):
        calls.append(x)
        assert len(calls) < 99
        return 0.0, np.full(3, bad)

    with np.errstate(invalid="ignore"):
        x, steps, left = lbfgs(broken, np.ones(3), 1e-6, 9)
    assert (x == 1).all() and steps == 0 and np.isnan(left)


def test_the_inverse_maps_the_last_change_of_gradient_to_the_last_step(rng):
    past = [(dx, dx * rng.uniform(1, 3, 5)) for dx in rng.normal(size=(3, 5))]
    for guess in (1.0, rng.uniform(1, 2, 5)):
        dx, dg = past[-1]
        np.testing.assert_allclose(inverse_hessian_times(dg, past, guess), dx)
        a, b = rng.normal(size=(2, 5))
        np.testing.assert_allclose(  # it is symmetric
            a @ inverse_hessian_times(b, past, guess),
            b @ inverse_hessian_times(a, past, guess),
        )


@pytest.mark.parametrize("height", [1e9, -1e9])
def test_a_slope_below_the_rounding_of_the_value_is_an_end(height):
    """A loss of logarithms may be below 0 as well as above."""
    x, steps, left = lbfgs(lambda x: (height + 1e-7 * x @ x, 2e-7 * x), np.ones(3),
                           1e-6, 9)
    assert (x == 1).all() and (steps, left) == (0, 0)
