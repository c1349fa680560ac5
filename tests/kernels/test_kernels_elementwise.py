"""Losses, Gaussian head, Adam, norm and noises equal their NumPy twins."""

import inspect

import numpy as np
import pytest
from kernel_tools import INTERPRETED, SIZES, TOLERANCE, dtypes, error, exact
from without_numba import numba_or_skip

numba = numba_or_skip()


from scratchae import kernels  # noqa: E402
from scratchae.formulas.divergences import (  # noqa: E402
    kl_diag_gaussian_backward,
    kl_diag_gaussian_forward,
)
from scratchae.formulas.gaussian_divergence import (  # noqa: E402
    kl_standard_gaussian_backward,
    kl_standard_gaussian_forward,
)
from scratchae.formulas.losses import (  # noqa: E402
    bernoulli_nll_backward,
    bernoulli_nll_forward,
    squared_error_backward,
    squared_error_forward,
)
from scratchae.formulas.optimizers import adam_step  # noqa: E402
from scratchae.formulas.reparameterization import (  # noqa: E402
    cholesky_factor_backward,
    cholesky_factor_forward,
    reparameterize_diag_backward,
    reparameterize_diag_forward,
)
from scratchae.kernels.noise import LITTLE  # noqa: E402

pytestmark = pytest.mark.lecture13


@dtypes
@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("d", SIZES)
def test_bernoulli_loss_and_gradient_equal_their_twins(rng, n, d, dtype):
    a = 5 * rng.normal(size=(n, d)).astype(dtype)
    x = rng.random((n, d)).astype(dtype)
    got = kernels.bernoulli_nll(a, x, 0.25)
    loss, cache = bernoulli_nll_forward(*exact(a, x))
    expected = loss, bernoulli_nll_backward(np.full(n, 0.25), cache)
    assert max(map(error, got, expected)) <= TOLERANCE[dtype]


@dtypes
def test_bernoulli_loss_is_accurate_pixel_by_pixel(dtype):
    a = np.concatenate([-np.logspace(4, -4, 200), np.logspace(-4, 4, 200)])
    a = a.astype(dtype)[:, None]
    x = np.zeros_like(a)
    loss, dlogits = kernels.bernoulli_nll(a, x, 1.0)
    expected, cache = bernoulli_nll_forward(*exact(a, x))
    gradient = bernoulli_nll_backward(np.ones(len(a)), cache)
    tiny = np.finfo(dtype).tiny
    errors = np.abs(loss - expected) / (expected + tiny * 1e6)
    errors_gradient = np.abs(dlogits - gradient) / (gradient + tiny * 1e6)
    limit = 4 * np.finfo(dtype).eps if dtype == "float32" else 1e-14
    assert (errors <= limit).all() and (errors_gradient <= limit).all()


@dtypes
@pytest.mark.parametrize("far", [1e4, -1e4])
def test_pixels_that_cost_nothing_take_nothing_from_those_that_do(far, dtype):
    """An image's sum is near 40, though most logits are large."""
    a = np.full((1, 784), far, dtype)
    x = (a > 0).astype(dtype)
    a[0, ::12] = 0
    loss, _ = kernels.bernoulli_nll(a, x, 1.0)
    assert loss[0] == pytest.approx(66 * np.log(2), rel=TOLERANCE[dtype] / 10)


def test_bernoulli_loss_of_nan_is_nan():
    loss, _ = kernels.bernoulli_nll(np.array([[0.0, np.nan]]), np.zeros((1, 2)), 1.0)
    assert np.isnan(loss[0])


@dtypes
@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("d", SIZES)
def test_squared_error_and_gradient_equal_their_twins(rng, n, d, dtype):
    x_hat, x = rng.normal(size=(2, n, d)).astype(dtype)
    got = kernels.squared_error(x_hat, x, 0.25)
    loss, cache = squared_error_forward(*exact(x_hat, x))
    expected = loss, squared_error_backward(np.full(n, 0.25), cache)
    assert max(map(error, got, expected)) <= TOLERANCE[dtype]


@dtypes
@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("k", SIZES)
def test_gaussian_head_equals_its_twin(rng, n, k, dtype):
    head = rng.normal(size=(n, 2 * k)).astype(dtype)
    eps = rng.normal(size=(n, k)).astype(dtype)
    z, kl, _ = kernels.gaussian_head_forward(head, eps)
    head, eps = exact(head, eps)
    mu, log_var = head[:, :k], head[:, k:]
    expected_z, _ = reparameterize_diag_forward(mu, log_var, eps)
    expected_kl, _ = kl_diag_gaussian_forward(mu, log_var)
    assert max(error(z, expected_z), error(kl, expected_kl)) <= TOLERANCE[dtype]


@dtypes
@pytest.mark.parametrize("n", [1, 7, 70])
@pytest.mark.parametrize("k", [1, 2, 5, 33])
def test_cholesky_head_and_its_gradient_equal_their_twins(rng, n, k, dtype):
    """The formulas of lectures 08 and 09, one after the other, in float64."""
    head = rng.normal(size=(n, 2 * k + k * (k - 1) // 2)).astype(dtype)
    eps, dz = rng.normal(size=(2, n, k)).astype(dtype)
    z, kl, cache = kernels.cholesky_head_forward(head, eps)
    got = kernels.cholesky_head_backward(dz, 0.3, cache)
    head, eps, dz = exact(head, eps, dz)
    mu, log_var, lower = np.split(head, [k, 2 * k], axis=1)
    L, _ = cholesky_factor_forward(log_var, lower)
    expected_kl, kl_cache = kl_standard_gaussian_forward(mu, L)
    dmu, dL = kl_standard_gaussian_backward(np.full(n, 0.3), kl_cache)
    dmu, dL = dmu + dz, dL + np.tril(dz[:, :, None] * eps[:, None])
    expected = np.hstack([dmu, *cholesky_factor_backward(dL, L)])
    found = error(z, mu + (L @ eps[:, :, None])[:, :, 0]), error(kl, expected_kl)
    assert max(*found, error(got, expected)) <= TOLERANCE[dtype]


@dtypes
def test_cholesky_head_without_anything_below_the_diagonal_is_the_gaussian_head(
    rng, dtype
):
    head, eps = rng.normal(size=(9, 8)).astype(dtype), np.ones((9, 4), dtype)
    wide = np.hstack([head, np.zeros((9, 6), dtype)])
    for one, other in zip(kernels.gaussian_head_forward(head, eps)[:2],
                          kernels.cholesky_head_forward(wide, eps)[:2], strict=True):
        np.testing.assert_array_equal(one, other)


@dtypes
@pytest.mark.parametrize("k", SIZES)
def test_gaussian_head_gradient_equals_its_twin(rng, k, dtype):
    head = rng.normal(size=(7, 2 * k)).astype(dtype)
    eps, dz = rng.normal(size=(2, 7, k)).astype(dtype)
    *_, cache = kernels.gaussian_head_forward(head, eps)
    got = kernels.gaussian_head_backward(dz, 0.3, cache)
    head, eps, dz = exact(head, eps, dz)
    mu, log_var = head[:, :k], head[:, k:]
    _, noise = reparameterize_diag_forward(mu, log_var, eps)
    _, kl_cache = kl_diag_gaussian_forward(mu, log_var)
    paths = reparameterize_diag_backward(dz, noise)
    through_kl = kl_diag_gaussian_backward(np.full(7, 0.3), kl_cache)
    expected = np.hstack([a + b for a, b in zip(paths, through_kl, strict=True)])
    assert error(got, expected) <= TOLERANCE[dtype]


@dtypes
@pytest.mark.parametrize("size", (*SIZES, 50 if INTERPRETED else 40_000))
def test_adam_equals_its_twin_over_three_steps(rng, size, dtype):
    start = rng.normal(size=size)
    ours = [start.astype(dtype)] + [np.zeros(size, dtype) for _ in range(2)]
    twin = [start.astype(dtype).astype(float)] + [np.zeros(size) for _ in range(2)]
    for t in (1, 2, 3):
        grad = rng.normal(size=size).astype(dtype)
        kernels.adam_step(ours[0], grad, *ours[1:], t, 1e-2)
        adam_step(twin[0], grad.astype(float), *twin[1:], t, 1e-2)
    assert max(map(error, ours, twin)) <= TOLERANCE[dtype]


@dtypes
@pytest.mark.parametrize("scale", [1e-4, 1e-7, 1e-10])
def test_adam_equals_its_twin_however_small_the_gradients(rng, scale, dtype):
    ours = [np.zeros(9, dtype) for _ in range(3)]
    twin = [np.zeros(9) for _ in range(3)]
    for t in (1, 2, 3):
        grad = (scale * rng.normal(size=9)).astype(dtype)
        kernels.adam_step(ours[0], grad, *ours[1:], t, 1e-2)
        adam_step(twin[0], grad.astype(float), *twin[1:], t, 1e-2)
    assert max(map(error, ours, twin)) <= TOLERANCE[dtype]


@dtypes
@pytest.mark.parametrize("n", [1, 2, 128, 1000])
def test_mean_loss_equals_the_mean(rng, n, dtype):
    losses = rng.normal(100, 30, size=n).astype(dtype)
    mean = losses.astype(float).mean()
    assert error(kernels.mean_loss(losses), mean) <= TOLERANCE[dtype]
    losses[n // 2] = np.nan
    assert np.isnan(kernels.mean_loss(losses))


@dtypes
@pytest.mark.parametrize("size", [1, 4095, 4097, 20000])
def test_squared_norm_equals_the_dot_product(rng, size, dtype):
    size = min(size, 100) if INTERPRETED else size
    grad = rng.normal(size=size).astype(dtype)
    got = kernels.squared_norm(grad)
    assert error(got, np.dot(grad.astype(float), grad)) <= TOLERANCE[dtype]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_squared_norm_is_not_finite_if_any_entry_is_not(bad):
    grad = np.ones(100)
    grad[57] = bad
    assert not np.isfinite(kernels.squared_norm(grad))


@dtypes
@pytest.mark.parametrize("n", [7, 3 * LITTLE // 66])  # of 33: for one thread, and more
def test_noises_equal_their_twins(rng, n, dtype):
    x, u = rng.random((2, n, 33)).astype(dtype)
    got = (
        kernels.binarize(x, u),
        kernels.add_gaussian_noise(x, u, 0.5),
        kernels.mask(x, u, 0.3),
        kernels.salt_and_pepper(x, u, 0.3),
    )
    specks = np.where(u < dtype_of(u)(0.15), 0, 1)
    expected = (
        u < x,
        x + dtype_of(u)(0.5) * u,
        np.where(u < dtype_of(u)(0.3), 0, x),
        np.where(u < dtype_of(u)(0.3), specks, x),
    )
    assert max(map(error, got, expected)) <= TOLERANCE[dtype]


def dtype_of(array):
    return array.dtype.type


def test_adam_refuses_step_zero():
    arrays = [np.ones(3) for _ in range(4)]
    with pytest.raises(ValueError, match="t counts the steps from 1; got 0"):
        kernels.adam_step(*arrays, 0)


ROWS, CODES, FLAT = np.full((3, 4), 0.5), np.ones((3, 2)), np.ones(5)
WIDE = np.full((3, 5), 0.5)
DOORS = {  # kernel -> which of its arguments are compared with the first, or its cache
    "adam_step": (1, 2, 3), "activation_backward": (0,), "add_gaussian_noise": (1,),
    "bernoulli_nll": (1,), "binarize": (1,), "cholesky_head_backward": (0,),
    "cholesky_head_forward": (1,), "gaussian_head_backward": (0,),
    "gaussian_head_forward": (1,), "layer_backward": (0, 2, 3), "layer_forward": (1, 2),
    "mask": (1,), "mean_loss": (), "render": (1, 2, 3), "salt_and_pepper": (1,),
    "shift_images": (0, 1), "squared_error": (1,), "squared_norm": (),
}


BLAMED = {  # where it is not the argument that is another
    "uniform": "the random numbers", "normal": "the random numbers",
    ("gaussian_head_forward", "eps"): "head", ("layer_forward", "W"): "b",
    ("cholesky_head_forward", "eps"): "head",
}


def given_to(name):
    """What a kernel is given, all of one size; nothing is compiled before it is."""
    layer = ROWS, np.eye(4), FLAT[1:]
    if name == "activation_backward":
        return [ROWS, kernels.layer_forward(*layer, "tanh")[1]]
    if name == "layer_backward":
        return [ROWS, kernels.layer_forward(*layer)[1], np.ones((4, 4)), np.ones(4)]
    if name == "gaussian_head_backward":
        return [CODES, 1.0, kernels.gaussian_head_forward(ROWS, CODES)[2]]
    if name == "cholesky_head_backward":
        return [CODES, 1.0, kernels.cholesky_head_forward(WIDE, CODES)[2]]
    if name == "mean_loss":
        return [FLAT.copy()]
    return [*{
        "adam_step": (FLAT, *np.ones((3, 5)), 1), "layer_forward": layer,
        "gaussian_head_forward": (ROWS, CODES), "cholesky_head_forward": (WIDE, CODES),
        "render": (ROWS, ROWS, ROWS, FLAT[:3], 8, 0.7),
        "shift_images": (ROWS, np.ones((2, 3)), 1.0, (2, 2)),
    }.get(name, (ROWS, ROWS, 0.5)[: 2 if name == "binarize" else 3])]


def test_every_kernel_has_a_row():
    assert {*kernels.__all__} - {*DOORS} == {"check_process", "compile_seconds"}


@pytest.mark.parametrize("name, i", [(name, i) for name in DOORS for i in DOORS[name]])
def test_an_array_of_another_size_is_refused_by_its_name(name, i):
    """It is not read beyond its end."""
    given, kernel = given_to(name), getattr(kernels, name)
    given[i] = np.ascontiguousarray(given[i][..., 1:])
    argument = [*inspect.signature(kernel).parameters][i]
    blamed = BLAMED.get((name, argument)) or BLAMED.get(argument, argument)
    with pytest.raises(ValueError, match=f"^{blamed} (got shape|must be a C-ordered)"):
        kernel(*given)
