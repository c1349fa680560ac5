"""How a product is cut into shares: nothing left out, nothing twice, nothing too early.

Interpreted, so that threads come in the order that we choose.
"""

import json

import pytest
from kernel_tools import run
from without_numba import numba_or_skip

numba_or_skip()
pytestmark = pytest.mark.lecture13

PARTS = """
import json
import numpy as np
from scratchae.kernels.product import layer, threads
from scratchae.kernels.shares import (
    CLAIMS, HEAD, RECORD, THREADS_AT, start_shares, take)

rng = np.random.default_rng(0)
given = []
layer.products = lambda pool, *arguments: given.append(arguments)
tile, lanes = threads.TILE, threads.register_size(np.zeros(1))

def words(shares):
    pool = np.zeros(HEAD + shares * RECORD, np.int64)
    pool[THREADS_AT] = shares
    start_shares(pool)
    return pool

def operands(n, d_in, d_out):
    x, da = rng.normal(size=(n, d_in)), rng.normal(size=(n, d_out))
    W = rng.normal(size=(d_in, d_out))
    dW, db, dx = (np.full(s, np.nan) for s in ((d_in, d_out), d_out, (n, d_in)))
    layer.gradient_products((dW, db, dx), x, da, W)
    first, second, work = given.pop()
    return (dW, db, dx), (x.T @ da, da.sum(axis=0), da @ W.T), (first, second, work)

def far(got, expected):
    most = np.max([np.abs(a - b).max() for a, b in zip(got, expected)])
    return 9.0 if np.isnan(most) else float(most)  # `max` would pass over NaN
"""
ONCE = PARTS + """
right, often = threads.panel_product, {}

def counted(output, A, a_tile, B, sums, thread, size):
    C = output.C
    for i in range(size.rows):
        for j in range(size.columns):
            key = id(C.memory.base), C.start + i * C.row + j
            often[key] = often.get(key, 0) + 1
    right(output, A, a_tile, B, sums, thread, size)

threads.panel_product = counted
found = []
for shares in (1, 2, 3, 5):
    layer.THREADS = shares
    layer._work.clear()
    for shape in ((1, 1, 1), (3, 2 * tile + 1, 1), (tile + 1, 5 * tile, 3 * lanes + 1),
                  (4 * tile, 2, 7 * lanes), (2, 7 * tile + 3, 6 * lanes)):
        for order in ([*range(shares)], [*range(shares)][::-1], [shares - 1]):
            got, expected, arguments = operands(*shape)
            often.clear()
            pool = words(shares)
            for number in order:
                threads.products_part(number, pool, *arguments)
            numbers = got[0].size + got[2].size
            found.append([far(got, expected), len(often) - numbers,
                          max(often.values())])
print(json.dumps(found))
"""
EARLY = PARTS + """
layer.THREADS = 2
layer._work.clear()
(dW, db, dx), expected, arguments = operands(5, 4 * tile, 3)
pool = words(2)
take(pool, CLAIMS, 1)  # another thread is packing the second band
threads.products_part(0, pool, *arguments)
half = 2 * tile
print(json.dumps([far([dW[:half], db, dx], [expected[0][:half], *expected[1:]]),
                  bool(np.isnan(dW[half:]).all())]))
"""


@pytest.fixture(scope="module")
def once():
    """For shares, shapes and orders of threads: error, numbers missing, how often."""
    return json.loads(run(ONCE, NUMBA_DISABLE_JIT="1", NUMBA_NUM_THREADS="2"))


def test_threads_in_any_order_or_one_for_all_compute_the_products(once):
    assert len(once) == 4 * 5 * 3
    assert max(error for error, *_ in once) < 1e-10


def test_every_number_is_computed_by_one_thread_once(once):
    assert {(missing, most) for _, missing, most in once} == {(0, 1)}


def test_a_band_that_another_thread_is_packing_is_left_to_it():
    """What is not packed yet would be multiplied as it is."""
    error, untouched = json.loads(
        run(EARLY, NUMBA_DISABLE_JIT="1", NUMBA_NUM_THREADS="2"))
    assert untouched and error < 1e-10
