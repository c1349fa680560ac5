"""Points that deceive differences: narrow bends, far constants, edges of the domain."""

import numpy as np
import pytest

from scratchae.gradcheck import check_gradient, check_parameters

X = np.array([0.7, -1.3, 2.1, -0.4])
W = np.random.default_rng(0).normal(size=(4, 5))
V = np.random.default_rng(1).normal(size=(5, 2))
AT = np.array([0.0, 1.3, -2.0])
both = pytest.mark.parametrize("method", ["auto", "richardson"])


def huber(x, delta):
    size = np.abs(x)
    return np.sum(np.where(size < delta, 0.5 * x * x / delta, size - 0.5 * delta))


BENDS = {  # even around a point, and narrower than a first step
    "bell": (lambda x: float(np.sum(np.exp(-x**2))), np.zeros(3), np.zeros(3)),
    "cosine": (lambda x: np.sum(np.cos(10 * x)), np.zeros(3), np.zeros(3)),
    "length": (lambda x: np.sqrt(np.sum(x**2) + 1e-8), np.zeros(3), np.zeros(3)),
    "smooth size": (lambda x: np.sum(np.sqrt(x * x + 1e-6)), AT,
                    AT / np.sqrt(AT * AT + 1e-6)),
    "Huber": (lambda x: huber(x, 0.1), AT, np.clip(AT / 0.1, -1, 1)),
    "far from 0": (lambda x: np.sum(np.exp(-x * x)), 9 * AT,
                   -18 * AT * np.exp(-81 * AT * AT)),
    "just above a kink": (lambda x: np.sum(np.maximum(x, 0)), np.array([1e-8, 1, -2]),
                          np.array([1.0, 1, 0])),
}


@both
@pytest.mark.parametrize("name", BENDS)
def test_a_narrow_bend_is_no_kink(name, method):
    f, x, gradient = BENDS[name]
    assert check_gradient(f, x, gradient, method).passed
    wrong = gradient + np.array([1e-3, 0, 0])
    assert not check_gradient(f, x, wrong, method).passed


@both
@pytest.mark.parametrize("f", [
    lambda x: np.abs(x).sum(), lambda x: np.maximum(x, 0).sum(),
    lambda x: huber(x, 1e-14)], ids=["abs", "ReLU", "Huber"])
def test_a_kink_is_still_one(f, method):
    row = check_gradient(f, AT, np.sign(AT) * (f(-AT) == f(AT)) + (AT > 0), method)
    assert not row.passed and row.kinks == ((0,),)


@pytest.mark.parametrize("far, small", [(1e10, 1e-3), (1e8, 1e-5)])
def test_what_hides_beside_a_large_constant_is_judged_entry_by_entry(far, small):
    def f(x):
        return far + np.sum(np.sin(x)) + small * np.abs(x).sum()

    assert check_gradient(f, X, np.cos(X) + small * np.sign(X)).passed
    row = check_gradient(f, X, np.cos(X))
    assert not row.passed and "differences" in row.note


@pytest.mark.parametrize("f, given, words", [
    (lambda x: x.mean(), np.ones(4), "factor 4: a sum or a mean too many?"),
    (lambda x: 3 * x.sum(), np.full(4, 9.0), "factor 3: a sum or a mean too many?"),
    (lambda x: x.mean(), np.full(4, 4.0), "factor 16: a sum or a mean too many?"),
    (lambda x: x.sum(), np.full(4, np.e), "factor 2.71828 in all entries"),
    (lambda x: x.sum(), np.full(4, -1.0), "sign flipped?"),
    (lambda x: x.sum(), np.full(4, 2.0), "factor 2?"),
])
def test_of_a_gradient_that_is_one_number_only_a_factor_is_named(f, given, words):
    assert words in check_gradient(f, X, given).verdict


LAYERS = {
    "a list of widths": lambda x: [x @ W > 0, np.maximum(x @ W, 0) @ V > 0],
    "a dict": lambda x: {"first": x @ W > 0, "second": np.maximum(x @ W, 0) @ V > 0},
    "a tuple": lambda x: (x @ W > 0, np.maximum(x @ W, 0) @ V > 0),
}


@both
@pytest.mark.parametrize("kinks", LAYERS.values(), ids=LAYERS)
def test_sides_of_kinks_may_be_told_layer_by_layer(kinks, method):
    def f(x):
        return np.sum(np.maximum(np.maximum(x @ W, 0) @ V, 0) ** 2)

    a = X @ W
    out = np.maximum(np.maximum(a, 0) @ V, 0)
    gradient = (2 * out @ V.T * (a > 0)) @ W.T
    assert check_gradient(f, X, gradient, method, kinks=kinks).passed
    assert not check_gradient(f, X, 1.01 * gradient, method, kinks=kinks).passed


FORMS = {
    "a list": lambda one, other: [one, other],
    "a tuple": lambda one, other: (one, other),
    "a dict": lambda one, other: {"one": one, "other": other},
    "lists in a dict": lambda one, other: {"all": [one, {"last": (other,)}]},
}


@both
@pytest.mark.parametrize("turn", [1, -1], ids=["first", "last"])
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_kink_of_one_layer_counts_though_the_other_layers_have_none(
    form, turn, method
):
    row = check_gradient(np.sum, np.zeros(3), np.ones(3), method,
                         kinks=lambda x: form(*[x > 0, x > 9][::turn]))
    assert len(row.kinks) == 3 and not row.passed


@both
def test_no_step_crosses_two_kinks_at_once(method):
    """Both ends of a long step lie on the same side, beyond them."""
    gradient = np.clip(AT / 1e-3, -1, 1)
    row = check_gradient(lambda x: huber(x, 1e-3), AT, gradient, method,
                         kinks=lambda x: np.abs(x) <= 1e-3)
    assert row.passed, row


@both
@pytest.mark.parametrize("refuse", ["assert", "raise", "nan"])
def test_a_function_may_guard_its_domain_in_any_way(refuse, method):
    def f(p):
        if refuse == "assert":
            assert np.all(np.real(p) > 0)
        elif refuse == "raise" and not np.all(np.real(p) > 0):
            raise ValueError("outside")
        return -np.sum(np.log(p))

    p = np.array([0.001, 0.3, 0.699])
    assert check_gradient(f, p, -1 / p, method).passed


@both
def test_the_edge_of_the_domain_may_be_very_near(method):
    x = np.array([1e-20, 1.0])
    assert check_gradient(lambda x: np.sum(np.log(x)), x, 1 / x, method).passed
    assert not check_gradient(lambda x: np.sum(np.log(x)), x, 1.01 / x, method).passed


@pytest.mark.parametrize("name", [0, ("encoder", 1), None], ids=str)
def test_parameters_may_be_named_by_anything(name):
    report = check_parameters(lambda p: np.sum(p[name] ** 2), {name: np.ones(2)},
                              {name: 3 * np.ones(2)}, tolerance=np.float64(1e-6))
    assert str(name) in str(report) and report.rows[0].passed is False


@pytest.mark.parametrize("far", [1e2, 1e4, 1e5, 1e6, 1e7])
def test_a_right_gradient_beside_a_constant_passes(far):
    for seed in range(8):
        rng = np.random.default_rng(seed)
        x, second = rng.normal(size=(8, 10)), rng.normal(size=(20, 3))

        def f(w, x=x, second=second):
            return far + np.sum(np.sin(np.tanh(x @ w) @ second))

        w = rng.normal(size=(10, 20)) / 3
        h = np.tanh(x @ w)
        gradient = x.T @ ((np.cos(h @ second) @ second.T) * (1 - h**2))
        assert check_gradient(f, w, gradient).passed, seed


@pytest.mark.parametrize("far", [0, 30, 100, 1e3, 1e5, 1e6])
@pytest.mark.parametrize("seed", range(8))
def test_steps_that_end_beyond_a_margin_give_no_derivative(seed, far):
    """To both sides they end on the parabola, whose slope is not that at the point."""
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(2, 6, 2)) + far
    on = np.sum((x - y) ** 2, axis=1) > 1

    def f(x):
        return np.sum(np.maximum(0, np.linalg.norm(x - y, axis=1) ** 2 - 1))

    row = check_gradient(f, x, 2 * (x - y) * on[:, None])
    assert row.passed and row.method == "richardson", row
    assert on.all() or not check_gradient(f, x, 2 * (x - y)).passed


@both
@pytest.mark.parametrize("jump", [1e-2, 1e-3])
def test_a_much_shorter_step_shows_jumps_to_both_sides(jump, method):
    """An odd function's means are 0 at every distance."""
    x, slopes = np.array([0.0, 1.0, -2.0]), np.array([3.0, 2.0, 1.0])

    def f(x):
        return float(slopes @ np.where(np.abs(x) > jump, x, 0))

    assert check_gradient(f, x, slopes * [0, 1, 1], method).passed
    assert not check_gradient(f, x, slopes, method).passed
