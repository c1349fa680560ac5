"""The dense formulas and the layer that holds them."""

import numpy as np
import pytest

from scratchae.formulas.activations import ACTIVATIONS
from scratchae.formulas.dense import dense_backward, dense_forward
from scratchae.gradcheck import check_gradient
from scratchae.nn.mlp import MLP, Dense, mlp_shapes
from scratchae.nn.parameters import Parameters

pytestmark = pytest.mark.lecture01


@pytest.fixture
def point(rng):
    shapes = {"x": (5, 7), "W": (7, 3), "b": (3,), "dy": (5, 3)}
    return {name: rng.normal(size=shape) for name, shape in shapes.items()}


def make_layer(rng, activation="tanh"):
    W, b = rng.normal(size=(7, 3)), rng.normal(size=3)
    dW, db = np.full_like(W, np.nan), np.full_like(b, np.nan)
    return Dense(W, b, dW, db, ACTIVATIONS[activation])


def test_eq_1_4_forward_equals_the_naive_loop(point):
    x, W, b = point["x"], point["W"], point["b"]
    expected = np.zeros((5, 3))
    for i in range(5):
        for j in range(3):
            expected[i, j] = b[j] + sum(x[i, m] * W[m, j] for m in range(7))
    np.testing.assert_allclose(dense_forward(x, W, b)[0], expected, rtol=1e-13)


@pytest.mark.parametrize("name, index", [
    pytest.param("x", 0, id="eq_1_7"), pytest.param("W", 1, id="eq_1_8"),
    pytest.param("b", 2, id="eq_1_9"),
])
def test_dense_gradient(point, name, index):
    dy = point.pop("dy")
    gradient = dense_backward(dy, dense_forward(**point)[1])[index]
    check = check_gradient(
        lambda v: np.sum(dense_forward(**(point | {name: v}))[0] * dy),
        point[name], gradient, name=name,
    )
    assert check.max_relative_error < 1e-13, check


def test_layer_backward_overwrites_and_never_accumulates(rng):
    layer = make_layer(rng)
    _, cache = layer.forward(rng.normal(size=(5, 7)))
    da = rng.normal(size=(5, 3))
    dx = layer.backward(da, cache)
    first = layer.dW.copy(), layer.db.copy()
    np.testing.assert_array_equal(layer.backward(da, cache), dx)
    np.testing.assert_array_equal(layer.dW, first[0])
    np.testing.assert_array_equal(layer.db, first[1])


def test_layer_backward_changes_no_weight(rng):
    layer = make_layer(rng)
    W, b = layer.W.copy(), layer.b.copy()
    _, cache = layer.forward(rng.normal(size=(5, 7)))
    layer.backward(rng.normal(size=(5, 3)), cache)
    np.testing.assert_array_equal(layer.W, W)
    np.testing.assert_array_equal(layer.b, b)


def test_backward_before_forward_raises():
    parameters = Parameters(mlp_shapes("m", (7, 3)), np.float64)
    mlp = MLP(parameters, "m", (7, 3), last="tanh")
    with pytest.raises(RuntimeError, match=r"Dense\(7 -> 3, tanh\).*before forward"):
        mlp.backward(np.zeros((5, 3)))


def test_layer_names_its_own_shape_when_the_input_does_not_fit(rng):
    message = r"Dense\(7 -> 3\) got x of shape \(5, 4\); expected \(n, 7\)"
    with pytest.raises(ValueError, match=message):
        make_layer(rng).forward(np.zeros((5, 4)))


@pytest.mark.parametrize("shape", [(7,), (2, 5, 7), (7, 5), (0,)])
def test_a_layer_takes_rows_and_nothing_of_another_shape(shape, rng):
    with pytest.raises(ValueError, match=r"Dense\(7 -> 3\) got x of shape \("):
        make_layer(rng).forward(np.zeros(shape))
    assert make_layer(rng).forward(np.zeros((1, 7)))[0].shape == (1, 3)


def test_gradients_of_split_batches_add_up(rng):
    x, W, b, dy = (rng.normal(size=s) for s in ((9, 4), (4, 3), 3, (9, 3)))
    whole = dense_backward(dy, dense_forward(x, W, b)[1])[1:]
    parts = [dense_backward(dy[rows], dense_forward(x[rows], W, b)[1])[1:]
             for rows in (slice(4), slice(4, 9))]
    for total, *pieces in zip(whole, *parts, strict=True):
        np.testing.assert_allclose(total, sum(pieces), rtol=1e-12)
