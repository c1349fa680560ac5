"""Every kernel: the dtype it was given, memory of its own, inputs left as they were."""

import inspect
import re

import numpy as np
import pytest
from test_kernels_elementwise import DOORS, given_to
from without_numba import numba_or_skip

numba_or_skip()

from scratchae import kernels  # noqa: E402
from scratchae.kernels import dense, gaussian, losses, noise  # noqa: E402
from scratchae.kernels.product import layer  # noqa: E402

pytestmark = pytest.mark.lecture13
NAMES = [name for name in DOORS if name not in ("mean_loss", "squared_norm")]
WRITES = {"adam_step": (0, 2, 3), "layer_backward": (2, 3)}  # arguments it may change


def arrays_of(value):
    """All arrays in what a kernel is given or returns, caches included."""
    if isinstance(value, np.ndarray):
        return [value]
    return [a for v in value for a in arrays_of(v)] if isinstance(value, tuple) else []


def in_dtype(value, dtype):
    """The same arguments in another precision, in memory of their own."""
    if isinstance(value, np.ndarray):
        return value.astype(dtype)
    if isinstance(value, tuple):
        parts = [in_dtype(part, dtype) for part in value]
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    return value


def called(name, dtype=np.float64, factor=1.0):
    """Arguments of a kernel, and what it returns."""
    given = [in_dtype(value, dtype) for value in given_to(name)]
    given[0] *= dtype(factor)
    return given, getattr(kernels, name)(*given)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", NAMES)
def test_results_are_of_the_dtype_that_was_given(name, dtype):
    given, result = called(name, dtype)
    written = arrays_of(tuple(given[i] for i in WRITES.get(name, ())))
    found = arrays_of(result if isinstance(result, tuple) else (result,)) + written
    assert found and {array.dtype for array in found} == {np.dtype(dtype)}


@pytest.mark.parametrize("name", NAMES)
def test_what_a_kernel_reads_stays_as_it_was(name):
    given = [in_dtype(value, np.float64) for value in given_to(name)]
    read = arrays_of(tuple(v for i, v in enumerate(given)
                           if i not in WRITES.get(name, ())))
    before = [array.copy() for array in read]
    getattr(kernels, name)(*given)
    assert read and all(map(np.array_equal, read, before))


def first_of(result):
    return result[0] if isinstance(result, tuple) else result


@pytest.mark.parametrize("name", [name for name in NAMES if name != "adam_step"])
def test_a_result_is_memory_of_its_own_and_stays_when_the_kernel_is_called_again(name):
    given, result = called(name)
    result = first_of(result)
    assert not any(np.shares_memory(result, array)
                   for array in arrays_of(tuple(given)))
    before = result.copy()
    _, other = called(name, factor=0.5)
    assert not np.shares_memory(result, first_of(other))
    assert np.array_equal(result, before)


@pytest.fixture
def used_memory(monkeypatch):
    """All memory that kernels get held something else before: NaN here."""
    def recycled(shape, dtype):
        return np.full(shape, np.nan, dtype)

    for room in dense, gaussian, losses, noise:
        monkeypatch.setattr(room, "recycled", recycled)
    monkeypatch.setattr(layer, "aligned", recycled)
    monkeypatch.setattr(layer, "_work", {})


@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_what_memory_held_before_is_in_a_result(name, used_memory):
    given, result = called(name)
    written = arrays_of(tuple(given[i] for i in WRITES.get(name, ())))
    found = arrays_of(result if isinstance(result, tuple) else (result,)) + written
    assert found and all(np.isfinite(array).all() for array in found)


@pytest.mark.parametrize("n, d_in, d_out", [(1, 1, 1), (9, 35, 50), (600, 33, 97)])
def test_products_start_from_zeros_in_memory_that_was_used(
    n, d_in, d_out, used_memory, rng
):
    shapes = (n, d_in), (d_in, d_out), d_out, (n, d_out)
    x, W, b, da = (rng.normal(size=shape) for shape in shapes)
    y, cache = kernels.layer_forward(x, W, b)
    dW, db = np.full_like(W, np.nan), np.full_like(b, np.nan)
    both = kernels.layer_backward(da, cache, dW, db)
    pairs = [(y, x @ W + b), (dW, x.T @ da), (db, da.sum(axis=0)), (both, da @ W.T),
             (kernels.layer_backward(da, cache), da @ W.T)]
    for got, expected in pairs:
        np.testing.assert_allclose(got, expected, atol=1e-10)


def test_all_products_use_one_work_memory_as_large_as_the_largest_wants(monkeypatch):
    """So it stays in the cache; only what is very large is given back."""
    monkeypatch.setattr(layer, "_work", {})
    single, double = np.dtype(np.float32), np.dtype(np.float64)
    small = layer.work_memory(single)
    large = layer.work_memory(single, 100, 784)
    assert large.shape[1] == layer.work_size(4, 100, 784, layer.THREADS)
    assert layer.work_memory(single) is large is layer.work_memory(single, 99, 784)
    assert small.shape[1] < large.shape[1]
    assert layer.work_memory(double, 2, 3).dtype == double
    monkeypatch.setattr(layer, "LIMIT", 2 * large.nbytes)
    huge = layer.work_memory(single, 400, 784)
    assert huge.shape[1] >= layer.work_size(4, 400, 784, layer.THREADS)
    assert layer.work_memory(single, 100, 784) is large


DECIDES = {  # the argument whose dtype a kernel computes in, if not the first
    "layer_forward": "W", "bernoulli_nll": "the prediction",
    "squared_error": "the prediction",
}


@pytest.mark.parametrize("name", [
    name for name in DOORS if not name.endswith("_backward")])
def test_whole_numbers_are_refused_by_the_arguments_name(name):
    names = [*inspect.signature(getattr(kernels, name)).parameters]
    given = given_to(name)[: len(names)]
    said = DECIDES.get(name, names[0])
    at = names.index(said) if said in names else 0
    given[at] = given[at].astype(np.int16)
    with pytest.raises(TypeError) as refusal:
        getattr(kernels, name)(*given)
    assert str(refusal.value) == (
        f"kernels work in float32 and float64; got {said} of dtype int16")


@pytest.mark.parametrize("kernel, numbers", [
    (kernels.layer_forward, ((3, 4), (4, 2), (2,))),
    (kernels.bernoulli_nll, ((3, 4), (3, 4))), (kernels.squared_error, ((3, 4),) * 2),
    (kernels.gaussian_head_forward, ((3, 4), (3, 2))),
    (kernels.binarize, ((3, 4), (3, 4))),
])
def test_the_arguments_of_another_precision_are_turned_into_it(kernel, numbers, rng):
    given = [rng.random(shape, dtype=np.float32) for shape in numbers]
    more = [0.5] if "scale" in inspect.signature(kernel).parameters else []
    expected = first_of(kernel(*given, *more))
    last = [*given[:-1], given[-1].astype(float)]
    got = first_of(kernel(*last, *more))
    assert got.dtype == np.float32 and np.array_equal(got, expected)


@pytest.mark.parametrize("name", NAMES)
def test_a_kernels_file_says_what_it_fuses_and_how_it_walks_memory(name):
    words = inspect.getmodule(inspect.unwrap(getattr(kernels, name))).__doc__
    assert re.search(r"\bfused\b|\bone pass\b", words, re.I), words
    assert re.search(r"memory\s+is walked", words, re.I), words
