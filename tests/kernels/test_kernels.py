"""Every kernel equals its NumPy twin, for ragged shapes and awkward memory."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_tools import (
    INTERPRETED,
    LAYOUTS,
    SIZES,
    TOLERANCE,
    both_gradients,
    dtypes,
    error,
    exact,
    layer,
    products,
    weight_gradient,
)
from without_numba import numba_or_skip

numba = numba_or_skip()


from scratchae import kernels  # noqa: E402
from scratchae.formulas.activations import ACTIVATIONS  # noqa: E402
from scratchae.formulas.dense import dense_backward, dense_forward  # noqa: E402
from scratchae.kernels.arrays import plain  # noqa: E402
from scratchae.kernels.compile import THREADS  # noqa: E402

EXAMPLES = 5 if INTERPRETED else 40
TALL = 30 if INTERPRETED else 300 * THREADS  # more rows than FEW tiles, in each share
DEEP = 30 if INTERPRETED else 2100  # k longer than two packed panels

pytestmark = pytest.mark.lecture13

activations = pytest.mark.parametrize("activation", sorted(ACTIVATIONS))


@dtypes
@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("d_in", SIZES)
@pytest.mark.parametrize("d_out", SIZES)
def test_three_products_equal_their_twins_at_ragged_shapes(rng, n, d_in, d_out, dtype):
    x, W, b, da = layer(rng, n, d_in, d_out, dtype)
    got = products(x, W, b, da)
    x, W, b, da = exact(x, W, b, da)
    y, cache = dense_forward(x, W, b)
    dx, dW, db = dense_backward(da, cache)
    expected = y, dx, dW, db
    assert max(map(error, got, expected)) <= TOLERANCE[dtype]


@dtypes
def test_eq_13_1_the_product_is_the_triple_loop(rng, dtype):
    x, W, b, _ = layer(rng, 5, 7, 3, dtype)
    expected = np.zeros((5, 3))
    for i in range(5):
        for j in range(3):
            for k in range(7):
                expected[i, j] += float(x[i, k]) * float(W[k, j])
    got, _ = kernels.layer_forward(x, W, 0 * b)
    assert error(got, expected) <= TOLERANCE[dtype]


@dtypes
@pytest.mark.parametrize("layout", LAYOUTS)
def test_products_read_any_memory_layout(rng, layout, dtype):
    x, W, b, da = layer(rng, 6, 29, 50, dtype, layout)
    got = products(x, W, b, da)
    x, W, b, da = exact(x, W, b, da)
    expected = x @ W + b, da @ W.T, x.T @ da, da.sum(axis=0)
    assert max(map(error, got, expected)) <= TOLERANCE[dtype]


@dtypes
def test_products_longer_than_one_packed_panel_equal_their_twins(rng, dtype):
    x, W, b, da = layer(rng, DEEP, 5, 27, dtype)
    *_, dW, db = products(x, W, b, da)
    x, W, b, da = exact(x, W, b, da)
    assert max(error(dW, x.T @ da), error(db, da.sum(axis=0))) <= TOLERANCE[dtype]


@dtypes
def test_products_of_many_tiles_and_whole_registers_equal_their_twins(rng, dtype):
    x, W, b, da = layer(rng, TALL, TALL, 48, dtype)
    y, _, dW, _ = products(x, W, b, da)
    x, W, b, da = exact(x, W, b, da)
    assert max(error(y, x @ W + b), error(dW, x.T @ da)) <= TOLERANCE[dtype]


@settings(max_examples=EXAMPLES)
@given(
    n=st.integers(1, 40),
    d_in=st.integers(1, 60),
    d_out=st.integers(1, 60),
    layout=st.sampled_from(LAYOUTS),
    activation=st.sampled_from(sorted(ACTIVATIONS)),
    dtype=st.sampled_from(["float32", "float64"]),
    seed=st.integers(0, 2**32 - 1),
)
def test_layer_equals_its_twin_whatever_its_shape(
    n, d_in, d_out, layout, activation, dtype, seed
):
    x, W, b, _ = layer(np.random.default_rng(seed), n, d_in, d_out, dtype, layout)
    h, _ = kernels.layer_forward(x, W, b, activation)
    x, W, b = exact(x, W, b)
    expected, _ = ACTIVATIONS[activation].forward(x @ W + b)
    scale = 1 + np.abs(x) @ np.abs(W)  # what rounding of the sum is relative to
    assert np.abs((h - expected) / scale).max() <= TOLERANCE[dtype]


@dtypes
@activations
def test_fused_activation_equals_its_twin(rng, activation, dtype):
    x, W, b, _ = layer(rng, 9, 8, 50, dtype)
    h, _ = kernels.layer_forward(x, W, b, activation)
    x, W, b = exact(x, W, b)
    assert error(h, ACTIVATIONS[activation].forward(x @ W + b)[0]) <= TOLERANCE[dtype]


@dtypes
@activations
def test_fused_slope_equals_its_twin(rng, activation, dtype):
    x, W, b, dh = layer(rng, 9, 8, 50, dtype)
    _, layer_cache = kernels.layer_forward(x, W, b, activation)
    da = kernels.activation_backward(dh, layer_cache)
    x, W, b, dh = exact(x, W, b, dh)
    _, cache = ACTIVATIONS[activation].forward(x @ W + b)
    assert error(da, ACTIVATIONS[activation].backward(dh, cache)) <= TOLERANCE[dtype]


@dtypes
@activations
def test_input_gradient_includes_the_slope_of_the_layer_below(rng, activation, dtype):
    x, V, c, _ = layer(rng, 9, 5, 30, dtype)
    h, below = kernels.layer_forward(x, V, c, activation)
    _, W, b, da = layer(rng, 9, 30, 26, dtype)
    _, above = kernels.layer_forward(h, W, b)
    got = kernels.layer_backward(da, above, below=below)
    x, V, c, W, da = exact(x, V, c, W, da)
    _, cache = ACTIVATIONS[activation].forward(x @ V + c)
    expected = ACTIVATIONS[activation].backward(da @ W.T, cache)
    assert error(got, expected) <= TOLERANCE[dtype]


@dtypes
@activations
@pytest.mark.parametrize("layout", ["C", "F"])
def test_both_gradients_at_once_have_the_bits_of_one_after_the_other(
    rng, activation, layout, dtype
):
    x, V, c, _ = layer(rng, 9, 5, 30, dtype)
    h, below = kernels.layer_forward(x, V, c, activation)
    _, W, b, da = layer(rng, 9, 30, 26, dtype, layout)
    _, above = kernels.layer_forward(h, W, b)
    got = both_gradients(da, above, below)
    dx = kernels.layer_backward(da, above, below=below)
    assert all(map(np.array_equal, got, (*weight_gradient(da, above), dx)))


BEYOND = {
    "ragged tiles": (33, 129, 65),
    "a square layer": (65, 65, 65),
    "the weights' depth": (DEEP, 27, 5),
    "the input's depth": (9, 29, DEEP),
    "both depths": (DEEP, 9, DEEP),
    "many tiles in each share": (TALL, 48, 9),
    "width 1": (33, 1, 1),
}


@dtypes
@pytest.mark.parametrize("activation", ["identity", "leaky_relu", "relu", "tanh"])
@pytest.mark.parametrize("shape", BEYOND.values(), ids=list(BEYOND))
def test_both_gradients_equal_their_twins_beyond_a_tile_and_a_depth_block(
    rng, shape, activation, dtype
):
    n, d_in, d_out = shape
    x, V, c, _ = layer(rng, n, 3, d_in, dtype)
    h, below = kernels.layer_forward(x, V, c, activation)
    _, W, b, da = layer(rng, n, d_in, d_out, dtype)
    _, above = kernels.layer_forward(h, W, b)
    dW, db, dx = both_gradients(da, above, below)
    x, V, c, W, da, h = exact(x, V, c, W, da, h)
    _, cache = ACTIVATIONS[activation].forward(x @ V + c)
    expected = (
        h.T @ da,
        da.sum(axis=0),
        ACTIVATIONS[activation].backward(da @ W.T, cache),
    )
    assert max(map(error, (dW, db, dx), expected)) <= TOLERANCE[dtype]


@dtypes
@activations
def test_activations_are_stable_for_large_numbers(activation, dtype):
    a = np.array([[-1e4, -700, -90, -1e-4, 0, 1e-4, 90, 700, 1e4]], dtype)
    zeros = np.zeros((1, 1), dtype)
    h, _ = kernels.layer_forward(zeros, np.zeros((1, 9), dtype), a[0], activation)
    expected, _ = ACTIVATIONS[activation].forward(a.astype(np.float64))
    tiny = np.finfo(dtype).tiny
    difference = np.abs(h - expected) / (
        np.abs(expected) + 100 * tiny / TOLERANCE[dtype]
    )
    assert difference.max() <= TOLERANCE[dtype]


@activations
def test_nan_goes_through_every_activation(activation):
    b = np.array([np.nan, 1.0])
    h, kept = kernels.layer_forward(np.zeros((1, 1)), np.zeros((1, 2)), b, activation)
    assert np.isnan(h[0, 0]) and np.isfinite(h[0, 1])
    da = kernels.activation_backward(b[None], kept)
    assert np.isnan(da[0, 0]) and np.isfinite(da[0, 1])


def test_inputs_are_not_changed(rng):
    x, V, c, _ = layer(rng, 5, 4, 7)
    h, below = kernels.layer_forward(x, V, c, "silu")
    _, W, b, dh = layer(rng, 5, 7, 30)
    arrays = x, V, c, h, below.kept, W, b, dh
    before = [a.copy() for a in arrays]
    _, above = kernels.layer_forward(h, W, b, "tanh")
    both_gradients(kernels.activation_backward(dh, above), above, below)
    kernels.bernoulli_nll(dh, dh, 1.0)
    assert all(map(np.array_equal, arrays, before))


def test_wrong_shape_is_named(rng):
    x, W, b, _ = layer(rng, 5, 7, 30)
    with pytest.raises(ValueError, match=r"x got shape \(5, 6\); expected \(5, 7\)"):
        kernels.layer_forward(x[:, 1:], W, b)


@pytest.mark.parametrize("n, d_in, d_out", [(0, 3, 2), (5, 0, 2), (5, 3, 0)])
def test_a_layer_without_images_or_units_is_refused(rng, n, d_in, d_out):
    x, W, b, da = layer(rng, n, d_in, d_out)
    cache = kernels.dense.LayerCache(x, W, "identity", da)
    for call in (
        lambda: kernels.layer_forward(x, W, b),
        lambda: kernels.layer_backward(da, cache),
        lambda: weight_gradient(da, cache),
        lambda: both_gradients(da, cache),
    ):
        with pytest.raises(ValueError, match=f"got n = {n}, d_in = {d_in}, d_out"):
            call()


@activations
def test_infinity_gives_what_its_twin_gives_and_zero_of_relu_has_no_sign(activation):
    b = np.array([-np.inf, np.inf, -1.0])
    h, _ = kernels.layer_forward(np.zeros((1, 1)), np.zeros((1, 3)), b, activation)
    expected, _ = ACTIVATIONS[activation].forward(b)
    np.testing.assert_allclose(h[0], expected, rtol=1e-12)
    if "relu" in activation:
        np.testing.assert_array_equal(np.signbit(h[0]), np.signbit(expected))


def test_wrong_dtype_is_named():
    whole = np.ones((2, 2), int)
    with pytest.raises(TypeError, match="float32 and float64; got W of dtype int64"):
        kernels.layer_forward(whole, whole, whole[0])


def test_an_activation_that_is_no_name_of_one_is_refused():
    x = np.ones((2, 2))
    with pytest.raises(ValueError, match=r"activation must be one of .*; got 'sine'"):
        kernels.layer_forward(x, x, x[0], "sine")


def test_gradient_that_cannot_be_written_in_place_is_refused(rng):
    x, W, b, da = layer(rng, 5, 7, 30)
    _, cache = kernels.layer_forward(x, W, b)
    with pytest.raises(ValueError, match="dW must be a C-ordered, aligned, writeable "):
        kernels.layer_backward(da, cache, np.empty((30, 7)).T, np.empty(30))


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_a_layer_below_of_another_width_is_refused(rng, activation):
    x, V, c, _ = layer(rng, 5, 3, 8)
    _, below = kernels.layer_forward(x, V, c, activation)
    x, W, b, da = layer(rng, 5, 9, 4)
    _, above = kernels.layer_forward(x, W, b)
    with pytest.raises(ValueError, match=r"the layer below got shape \(5, 8\); exp"):
        kernels.layer_backward(da, above, below=below)


def test_kernels_see_plain_memory_whatever_they_are_given():
    x = np.arange(12.0).reshape(3, 4)
    fixed = x.copy()
    fixed.flags.writeable = False
    shifted = np.frombuffer(b"-" + x.tobytes(), np.float64, offset=1).reshape(3, 4)
    for array in (fixed, shifted, np.asfortranarray(x), x.astype(np.float32),
                  np.repeat(x, 2, axis=1)[:, ::2], np.ma.masked_array(x)):
        got = plain(array, x.dtype)
        assert type(got) is np.ndarray and got.flags.carray and got.dtype == x.dtype
        np.testing.assert_array_equal(got, x)
    assert plain(x, x.dtype) is x
