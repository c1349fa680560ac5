"""Lecture 14: its equations, by other means than its recipes, and what its run says."""

import ast
from decimal import Decimal, localcontext

import numpy as np
import pytest
import recipes

from scratchae.formulas.divergences import kl_diag_gaussian_forward
from scratchae.gradcheck import check_gradient

pytestmark = pytest.mark.lecture14


def checked(forward, x, gradient):
    check = check_gradient(forward, x, gradient, method="complex")
    assert check.passed, check


def test_eq_14_1_a_pixel_is_as_bright_as_it_is_near_the_hand():
    """The distance from the segment by 10 001 points of it."""
    angles = np.array([0.3, 2.0, 4.0])
    axis = np.linspace(-1.2, 1.2, recipes.SIDE)
    places = np.array([(a, b) for b in axis for a in axis])
    for t, image in zip(angles, recipes.clocks(angles), strict=True):
        hand = np.linspace(0, 1, 10_001)[:, None] * [np.cos(t), np.sin(t)]
        away = np.array([np.min(np.linalg.norm(hand - r, axis=1)) for r in places])
        np.testing.assert_allclose(image, np.exp(-(away**2) / 0.125), atol=1e-6)


def test_eq_14_2_a_sine_and_its_slope(rng):
    a, dh = rng.normal(size=(2, 4, 3))
    h, cache = recipes.Sine().forward(a)
    np.testing.assert_allclose(h, (np.exp(1j * a)).imag, rtol=1e-12)
    checked(lambda a: np.sum(np.sin(a) * dh), a, recipes.Sine().backward(dh, cache))


def gated_numbers(rng):
    p = {"W": rng.normal(size=(3, 2)), "b": rng.normal(size=2),
         "V": rng.normal(size=(3, 2)), "c": rng.normal(size=2)}
    return rng.normal(size=(4, 3)), p, rng.normal(size=(4, 2))


def test_eq_14_3_a_gate_passes_a_half_at_0_and_all_far_above(rng):
    x, p, _ = gated_numbers(rng)
    a = x @ p["W"] + p["b"]
    for c, share in ((0.0, 0.5), (np.log(3), 0.75), (50.0, 1.0)):
        gate = {"V": np.zeros((3, 2)), "c": np.full(2, c)}
        y, _ = recipes.Gated().forward(x, p | gate)
        np.testing.assert_allclose(y, share * a, rtol=1e-12)


def test_eq_14_4_the_gradient_of_a_gated_layer(rng):
    x, p, dy = gated_numbers(rng)
    layer = recipes.Gated()
    dx, gradients = layer.backward(dy, p, layer.forward(x, p)[1])
    checked(lambda x: np.sum(layer.forward(x, p)[0] * dy), x, dx)
    for name in p:
        checked(lambda value, name=name: np.sum(
            layer.forward(x, p | {name: value})[0] * dy), p[name], gradients[name])


def test_eq_14_5_codes_on_the_circle_cost_nothing_and_one_at_0_costs_1(rng):
    penalty, t = recipes.OnTheCircle(), rng.uniform(0, 6, 5)
    circle = np.stack([np.cos(t), np.sin(t)], axis=1)
    assert penalty.forward(circle)[0] == pytest.approx(0, abs=1e-30)
    assert penalty.forward(np.zeros((3, 2)))[0] == 1
    assert penalty.forward(np.array([[2.0, 0], [0, 1]]))[0] == pytest.approx(9 / 2)
    h = rng.normal(size=(4, 2))
    _, cache = penalty.forward(h)
    checked(lambda h: penalty.forward(h)[0], h, penalty.backward(1.0, cache))


def test_eq_14_6_one_square_of_16_pixels_is_hidden_anywhere(rng):
    side, x = recipes.SIDE, np.ones((500, recipes.SIDE**2))
    before = x.copy()
    holes = (recipes.Patch().corrupt(x, rng) == 0).reshape(-1, side, side)
    assert np.array_equal(x, before)
    assert set(holes.sum(axis=(1, 2))) == {16}
    for hole in holes:
        assert np.ptp(np.flatnonzero(hole.any(axis=1))) == 3
        assert np.ptp(np.flatnonzero(hole.any(axis=0))) == 3
    assert holes.any(axis=0).all()


def test_eq_14_7_the_logistic_density_integrates_to_1(rng):
    """And its gradient fits, and far away it costs |x - m| / s."""
    pixels, grid = recipes.LogisticPixels(), np.linspace(-6, 6, 24_001)[:, None]
    nll, _ = pixels.forward(np.full_like(grid, 0.3), grid)
    assert np.exp(-nll).sum() * 12 / 24_000 == pytest.approx(1, abs=1e-9)
    far, _ = pixels.forward(np.zeros((2, 1)), np.array([[500.0], [501.0]]))
    assert far[1] - far[0] == pytest.approx(1 / 0.1)
    m, x, d_loss = rng.normal(size=(4, 3)), rng.uniform(size=(4, 3)), rng.normal(size=4)
    _, cache = pixels.forward(m, x)
    checked(lambda m: np.sum(pixels.forward(m, x)[0] * d_loss), m,
            pixels.backward(d_loss, cache))


def test_eq_14_8_draws_have_the_mean_and_the_sigma_of_the_head(rng):
    """And the divergence is (10.4) of them."""
    head, eps = np.array([[0.5, -1.0, -2.0, 1.5]]), rng.normal(size=(200_000, 2))
    z, kl, _ = recipes.Softplus().forward(np.tile(head, (len(eps), 1)), eps)
    sigma = np.log1p(np.exp(head[0, 2:]))
    np.testing.assert_allclose(z.mean(axis=0), head[0, :2], atol=0.02)
    np.testing.assert_allclose(z.std(axis=0), sigma, rtol=0.01)
    expected, _ = kl_diag_gaussian_forward(head[:, :2], 2 * np.log(sigma)[None])
    np.testing.assert_allclose(kl, expected[0], rtol=1e-12)


def test_eq_14_9_the_gradient_of_both_paths_in_mu_and_sigma(rng):
    posterior, head, eps = recipes.Softplus(), rng.normal(size=(4, 4)), rng.normal(
        size=(4, 2))
    dz = rng.normal(size=(4, 2))

    def loss(head):
        z, kl, _ = posterior.forward(head, eps)
        return np.sum(z * dz) + 0.7 * np.sum(kl)

    _, _, cache = posterior.forward(head, eps)
    checked(loss, head, posterior.backward(dz, 0.7, cache))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("a", [-1e4, -104, -100, -89, -41, -39, -20, -3, 0, 3, 20, 89,
                               100, 1e4])
@pytest.mark.filterwarnings("error")
def test_eq_14_8_and_14_9_hold_as_far_as_numbers_go(a, dtype):
    """Against 60 digits, where exp(a) or 1 / sigma is too large for a number too."""
    with localcontext() as context:
        context.prec = 60
        e = Decimal(a).exp()
        sigma, slope = (1 + e).ln() if e > Decimal("1e-50") else e, e / (1 + e)
        kl = (sigma**2 - 1) / 2 - sigma.ln()
        expected = sigma, kl, slope * (2 * Decimal("0.5") + 3 * (sigma - 1 / sigma))
    posterior, eps = recipes.Softplus(), np.array([[0.5]], dtype)
    head = np.array([[0, a]], dtype)
    z, given, cache = posterior.forward(head, eps)
    found = posterior.backward(np.array([[2]], dtype), dtype(3), cache)
    assert found.dtype == z.dtype == given.dtype == dtype
    np.testing.assert_allclose(
        [posterior.std(head)[0, 0], given[0], found[0, 1]], np.array(expected, float),
        rtol=100 * np.finfo(dtype).eps, atol=np.finfo(dtype).tiny)


def both(forward, backward, *more):
    """What backward makes of forward's cache, the last of what forward returns."""
    return backward(*more, forward()[-1])


RUNS = {
    "Sine": lambda own, x: both(lambda: own.forward(x), own.backward, x),
    "Gated": lambda own, x: both(lambda: own.forward(x, gates(x)), own.backward, x,
                                 gates(x)),
    "OnTheCircle": lambda own, x: both(lambda: own.forward(x), own.backward, 1),
    "Patch": lambda own, x: own.corrupt(np.tile(x[:, :1], recipes.SIDE**2),
                                        np.random.default_rng(0)),
    "LogisticPixels": lambda own, x: both(lambda: own.forward(x, x.T), own.backward,
                                          x[:, 0]),
    "Softplus": lambda own, x: both(lambda: own.forward(x, x[:, :1]), own.backward,
                                    x[:, :1], 1),
    "near": lambda own, x: own(x, -x),
}


def gates(x):
    return dict.fromkeys("WV", np.eye(2, dtype=x.dtype)) | dict.fromkeys("bc", x[0])


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", RUNS)
def test_14_no_recipe_overflows_where_a_float32_is_ordinary(name):
    piece = getattr(recipes, name)
    x = np.array([[200, -200], [-1000, 1000]], np.float32)
    out = RUNS[name](piece() if isinstance(piece, type) else piece, x)
    for array in out if isinstance(out, tuple) else [out]:
        for value in array.values() if isinstance(array, dict) else [array]:
            assert np.all(np.isfinite(value))


def crowd_distance(h, u):
    """M of (14.10), pair by pair."""
    def mean(a, b):
        return np.mean([[np.exp(-0.5 * np.sum((p - q) ** 2)) for q in b] for p in a])

    return mean(h, h) - 2 * mean(h, u) + mean(u, u)


def even_network(rng):
    x = recipes.clocks(rng.uniform(0, 6, 5))
    model = recipes.EvenAutoencoder(2, (4,), dtype="float64")
    network = model.build_network(x.shape[1])
    network.initialise(rng, x)
    return network, network.draw(x, rng)


def test_eq_14_10_the_distance_of_two_crowds_is_0_for_one_crowd(rng):
    h, u = rng.normal(size=(2, 6, 2))
    parts = [recipes.near(a, b)[0] for a, b in ((h, h), (h, u), (u, u))]
    assert parts[0] - 2 * parts[1] + parts[2] == pytest.approx(crowd_distance(h, u))
    assert crowd_distance(h, u) > 0.01 and crowd_distance(u, u) == pytest.approx(0)
    network, drawn = even_network(rng)
    losses = network.loss(**drawn)
    match = crowd_distance(network.encoder.output, drawn["u"])
    assert losses["match"] == pytest.approx(match)
    assert losses["loss"] == pytest.approx(losses["recon"] + 10 * match)


def test_eq_14_11_the_gradient_of_the_distance_in_the_codes(rng):
    network, drawn = even_network(rng)
    network.loss(**drawn)
    h = network.encoder.output.copy()
    check = check_gradient(lambda h: 10 * crowd_distance(h, drawn["u"]), h,
                           network.d_match)
    assert check.passed, check


def test_what_is_drawn_lies_on_the_circle(rng):
    _, drawn = even_network(rng)
    np.testing.assert_allclose(np.linalg.norm(drawn["u"], axis=1), 1)


RECIPES = {
    "data set": "clocks", "activation": "Sine", "layer": "Gated",
    "penalty": "OnTheCircle", "corruption": "Patch",
    "pixel distribution": "softplus LogisticPixels", "posterior": "softplus Softplus",
    "whole model": "near EvenNetwork EvenAutoencoder",
}


def test_14_every_recipe_is_short_and_served_by_both_backends(
    quick_run, kernels
):
    """The table that the run prints, its lines counted here from the syntax."""
    text, figures = quick_run("14")
    (table,) = [path for path in figures if path.suffix == ".md"]
    lines = table.read_text().splitlines()[2:]
    rows = [line.strip("| ").split(" | ") for line in lines]
    assert [row[0] for row in rows] == [*RECIPES]
    source = recipes.SCRIPT.read_text()
    named = {getattr(node, "name", None): node for node in ast.parse(source).body}
    for name, lines, files, backends in rows:
        pieces = [ast.get_source_segment(source, named[piece])
                  for piece in RECIPES[name].split()]
        code = [line for piece in pieces for line in piece.splitlines()]
        assert int(lines) == sum(map(bool, map(str.strip, code))) <= 25
        assert (files, backends) == ("1", "numba and numpy")


def test_14_prints_the_error_and_the_first_wrong_tensor(quick_run):
    text, _ = quick_run("14")
    assert "Summed.backward returned da of shape (40,); expected (40, 4)" in text
    assert "4 of 8 failed; the first is Autoencoder decoder.0.b" in text
    assert "all 8 gradients agree" in text
