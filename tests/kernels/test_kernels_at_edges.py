"""Kernels where a draw is just the limit, a sum leaves float32, an array is fixed."""

import gc
import signal
from types import SimpleNamespace

import numpy as np
import pytest
from kernel_tools import (
    INTERPRETED,
    TOLERANCE,
    double,
    dtypes,
    empty_cache,
    error,
    exact,
    layer,
    products,
)
from without_numba import numba_or_skip

numba = numba_or_skip()

from scratchae import kernels  # noqa: E402
from scratchae.interrupts import held_back  # noqa: E402
from scratchae.kernels import activations, cache, compile, pool  # noqa: E402
from scratchae.kernels.arrays import check_output, check_shape  # noqa: E402
from scratchae.kernels.optimizers import BLOCK  # noqa: E402
from scratchae.kernels.product.panel import DEPTH  # noqa: E402

pytestmark = pytest.mark.lecture13


@dtypes
def test_a_draw_that_is_the_grey_value_or_the_fraction_is_not_below_it(dtype):
    """A black pixel stays black at a draw of 0, and a fraction of 0 loses none."""
    x, grey = np.array([[0, 0.5, 1]], dtype), np.full((1, 3), 0.75, dtype)
    draws = np.array([[0, 0.125, 0.25]], dtype)
    assert kernels.binarize(x, x).tolist() == [[0, 0, 0]]
    assert kernels.mask(grey, draws, 0.25).tolist() == [[0, 0, 0.75]]
    assert kernels.mask(grey, draws, 0.0).tolist() == grey.tolist()
    assert kernels.salt_and_pepper(grey, draws, 0.25).tolist() == [[0, 1, 0.75]]
    assert kernels.salt_and_pepper(grey, draws, 0.0).tolist() == grey.tolist()


@pytest.mark.skipif(INTERPRETED, reason="three blocks are too many without a compiler")
def test_the_norm_of_blocks_that_are_finite_is_finite_though_float32_ends_before():
    grad = np.zeros(3 * BLOCK, np.float32)
    grad[::BLOCK] = 1.5e19
    assert kernels.squared_norm(grad) == pytest.approx(3 * 2.25e38)


@dtypes
def test_zero_by_zero_is_not_a_number_as_in_numpy_and_no_error(dtype):
    theta, m, v = np.ones((3, 2), dtype)
    m[:] = v[:] = 0
    with np.errstate(invalid="ignore"):
        kernels.adam_step(theta, np.zeros(2, dtype), m, v, 1, eps=0.0)
    assert np.isnan(theta).all() and not m.any() and not v.any()


@dtypes
@pytest.mark.skipif(INTERPRETED, reason="sums so long are slow without a compiler")
@pytest.mark.parametrize("depth", [DEPTH - 1, DEPTH, DEPTH + 1, 2 * DEPTH - 1,
                                   2 * DEPTH, 2 * DEPTH + 1, 3 * DEPTH - 1])
def test_a_sum_over_a_block_more_or_less_than_whole_blocks_is_right(depth, rng, dtype):
    """A panel deeper than its room would write over the zeros that sums start from."""
    x, W, b, da = layer(rng, 9, depth, 47, dtype)  # the last register is not whole
    y, *_ = products(x, W, b, da)
    *_, dW, db = products(x.T.copy(), W[:9].copy(), b, W)
    x, W, b = exact(x, W, b)
    got, expected = (y, dW, db), (x @ W + b, x @ W, W.sum(axis=0))
    assert max(map(error, got, expected)) <= TOLERANCE[dtype]


def fixed(array):
    array.flags.writeable = False
    return array


REFUSED = {  # what is given, and what is said of it
    "another type of number": (np.ones((2, 3), np.float32), "float32 of shape (2, 3)"),
    "another shape": (np.ones((3, 2)), "float64 of shape (3, 2)"),
    "columns first": (np.ones((3, 2)).T, "float64 of shape (2, 3), not C-ordered"),
    "not to be written": (fixed(np.ones((2, 3))), "float64 of shape (2, 3), read-only"),
    "between two words": (np.zeros(49, np.uint8)[1:].view(float).reshape(2, 3),
                          "float64 of shape (2, 3), not aligned"),
    "every second number": (np.ones((2, 6))[:, ::2],
                            "float64 of shape (2, 3), not C-ordered"),
    "a subclass": (np.ma.ones((2, 3)), "MaskedArray of shape (2, 3)"),
    "no array": ([[1.0, 2.0, 3.0]] * 2, "list of shape (2, 3)"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_memory_that_a_kernel_cannot_write_its_result_to_is_refused(what):
    array, got = REFUSED[what]
    with pytest.raises(ValueError) as refusal:
        check_output(array, "dW", (2, 3), np.dtype(float))
    assert str(refusal.value) == ("dW must be a C-ordered, aligned, writeable float64 "
                                f"array of shape (2, 3); got {got}")


def test_complex_numbers_are_refused_and_not_cut_to_their_real_part():
    x, W, b = np.ones((2, 3)), np.ones((3, 2)), np.ones(2)
    for given in (x * 1j, W, b), (x, W, b * 1j):
        with pytest.raises(TypeError, match="^kernels work with real numbers; got "
                           "dtype complex128$"):
            kernels.layer_forward(*given)


@pytest.mark.parametrize("loss", [kernels.bernoulli_nll, kernels.squared_error])
@pytest.mark.parametrize("shape", [(), (3,), (2, 2, 2)])
def test_a_loss_is_of_rows(loss, shape):
    with pytest.raises(ValueError, match="^the prediction got shape .*; expected "
                       r"\(n, d\)$"):
        loss(np.ones(shape), np.ones(shape), 1.0)


def test_memory_that_a_kernel_can_write_to_is_accepted():
    check_output(np.ones((2, 3)), "dW", (2, 3), np.dtype(float))
    check_shape(np.ones((2, 3)), "x", (2, 3))


@pytest.fixture
def compiling():
    """A kernel is being compiled: a clock, and what it is told at both ends."""
    if INTERPRETED:
        pytest.skip("nothing is compiled here")
    clock = compile._CompileClock()
    clock.seconds = 1.0  # it has said already that it compiles
    dispatcher = SimpleNamespace(py_func=kernels.render, _cache=None)
    return clock, SimpleNamespace(data={"dispatcher": dispatcher, "args": ()})


@pytest.mark.parametrize("was_on", [True, False])
def test_compiling_leaves_the_search_for_garbage_as_it_was(was_on, compiling):
    clock, event = compiling
    try:
        (gc.enable if was_on else gc.disable)()
        clock.on_start(event)
        assert not gc.isenabled()
        clock.on_end(event)
        assert gc.isenabled() == was_on
    finally:
        gc.enable()


def test_ctrl_c_waits_for_the_end_of_the_outermost_kernel(compiling, monkeypatch):
    """The compiler calls Python, and what is raised there is forgotten."""
    (clock, event), came = compiling, []
    before = signal.signal(signal.SIGINT, lambda *given: came.append(given[0]))
    try:
        clock.on_start(event)
        clock.on_start(event)
        signal.raise_signal(signal.SIGINT)
        clock.on_end(event)
        assert came == []
        clock.on_end(event)
        assert came == [signal.SIGINT]
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.fixture(params=[signal.SIGINT, signal.SIGTERM])
def handled(request):
    """A signal, what handles it, and the list of those that it has handled."""
    came = []

    def handler(number, frame):
        came.append(number)

    before = signal.signal(request.param, handler)
    yield request.param, handler, came
    signal.signal(request.param, before)


def test_after_a_failure_of_the_compiler_signals_are_handled_as_before(handled):
    """Else Ctrl-C would never end this process."""
    number, handler, came = handled
    with pytest.raises(KeyError), held_back():
        signal.raise_signal(number)
        raise KeyError
    assert signal.getsignal(number) is handler and came == [number]


def test_a_signal_waits_while_machine_code_is_loaded_from_disk(
    handled, tmp_path, monkeypatch
):
    (number, _, came), inside = handled, []

    def load(self, signature, context):
        signal.raise_signal(number)
        inside.extend(came)
        return "machine code"

    empty_cache(tmp_path, monkeypatch)
    monkeypatch.setattr(cache.FunctionCache, "load_overload", load)
    found = cache.KernelCache(double, b"sources").load_overload(None, None)
    assert found == "machine code" and inside == [] and came == [number]


@dtypes
def test_powers_of_two_are_exact_from_zero_to_infinity(dtype):
    """The twin of what moves a whole number into the exponent's place."""
    real, least, bits = (
        (np.float32, -127, 23) if dtype == "float32" else (np.float64, -1023, 52))
    for n, power in [(least, 0.0), (least + 1, 2.0 ** (least + 1)), (-1, 0.5), (0, 1.0),
                     (1, 2.0), (-least, 2.0**-least), (1 - least, np.inf)]:
        got = activations.power_of_two(real(n) + real(1.5 * 2**bits))
        assert got == power and got.dtype == dtype
    assert np.isnan(activations.power_of_two(real(np.nan)))


def test_the_limit_of_threads_is_taken_away_by_none():
    try:
        pool.POOL.limit(1)
        with pool.POOL.lock:
            words = pool.POOL.running()
            assert words[pool.IN_USE] == 1
    finally:
        pool.POOL.limit()
    with pool.POOL.lock:
        words = pool.POOL.running()
        assert words[pool.IN_USE] == words[pool.THREADS_AT] == pool.THREADS
