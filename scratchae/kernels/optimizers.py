"""Adam in one pass over the parameter vector, and the norm of the gradient.

Adam reads four arrays and writes three; there is little to compute. As NumPy
expressions it would take a dozen passes with temporaries as large as the model. Memory
is walked from front to end in all four at once; each thread has a stretch of its own.
The gradient's norm, by which a training sees that it diverges, comes from the same
pass: block by block the squares are added up, and then the block is in the cache.
"""

import math

import numpy as np

from scratchae.kernels.arrays import check_dtype, check_output
from scratchae.kernels.compile import SUMS, inline, kernel
from scratchae.kernels.pool import POOL, on_all_threads
from scratchae.kernels.shares import FIRST, next_rows, shares_of, take
from scratchae.kernels.tasks import EachThread

BLOCK = 4096  # numbers that a thread takes at a time, and of a partial sum
LITTLE = 16384  # numbers, for which no thread is woken
NEGLIGIBLE = 1e-30  # a running mean below this is 0


def adam_step(theta, grad, m, v, t, learning_rate=1e-3, beta1=0.9, beta2=0.999,
              eps=1e-8):
    """Adam (Kingma & Ba 2015, algorithm 1), equation (1.16), in place.

    theta, grad, m, v : flat arrays of one size   t : number of this step, from 1
    Returns the squared norm of grad, as `squared_norm` does. Where it is not finite,
    the blocks whose numbers are at fault stay as they are; others have moved.
    """
    dtype = check_dtype(theta, "theta")
    for name, array in (("theta", theta), ("grad", grad), ("m", m), ("v", v)):
        check_output(array, name, (theta.size,), dtype)
    if t < 1:
        raise ValueError(f"t counts the steps from 1; got {t}")
    rate, root = learning_rate / (1 - beta1**t), 1 / math.sqrt(1 - beta2**t)
    numbers = beta1, 1 - beta1, beta2, 1 - beta2, rate, root, eps
    numbers = tuple(map(dtype.type, numbers))
    with POOL.lock:
        return adam_all(POOL.running(), (theta, grad, m, v), numbers, sums_of(grad))


def sums_of(grad):
    """Room for the sum of squares of each block."""
    return np.empty(-(-grad.size // BLOCK))


@kernel
def adam_all(pool, vectors, numbers, sums):
    """All of theta; returns the squared norm of grad.

    vectors : theta, grad, m, v
    numbers : beta1, 1 - beta1, beta2, 1 - beta2, rate, root, eps with
        rate = learning_rate / (1 - beta1^t) and root = 1 / sqrt(1 - beta2^t)
    """
    arguments = vectors, numbers, sums
    on_all_threads(pool, adam_blocks, arguments, vectors[0].size > LITTLE)
    return total(sums)


@EachThread
def adam_blocks(thread, pool, vectors, numbers, sums):
    """What one thread does: its own contiguous share, then what is left of others'."""
    (theta, grad, m, v), shares, blocks = vectors, shares_of(pool), sums.size
    for turn in range(shares):
        share = (thread + turn) % shares
        first, last = share * blocks // shares, (share + 1) * blocks // shares
        b = first + take(pool, FIRST, share)
        while b < last:
            i, j = b * BLOCK, (b + 1) * BLOCK
            sums[b] = squared_sum(grad[i:j])
            if sums[b] < np.inf:
                adam_block(theta[i:j], grad[i:j], m[i:j], v[i:j], numbers)
            b = first + take(pool, FIRST, share)


@inline
def adam_block(theta, grad, m, v, numbers):
    """One block, equation (1.16).

    A unit that has died gets gradients of 0, and its means decay towards 0 step by
    step. Below 1e-38 such numbers are denormal, and the processor takes many times
    longer over each of them (measured: 6 ms instead of 1 ms for the whole pass, in
    the second epoch already). They are cut off far above that, where they no longer
    move any weight.
    """
    beta1, rest1, beta2, rest2, rate, root, eps = numbers
    zero, negligible = theta.dtype.type(0), theta.dtype.type(NEGLIGIBLE)
    for p in range(theta.size):
        g = grad[p]
        mean = beta1 * m[p] + rest1 * g
        square = beta2 * v[p] + rest2 * (g * g)
        mean = zero if abs(mean) < negligible else mean
        m[p] = mean
        v[p] = zero if square < negligible else square
        theta[p] -= rate * mean / (np.sqrt(square) * root + eps)


def squared_norm(grad):
    """sum_p grad_p^2 as a Python float: not finite if any entry is not.

    Each fixed block is summed in the gradient's own dtype, the sums then in float64.
    In float32 an entry above 1.8e19 is infinite here, as is a sum of squares above
    3.4e38: no training comes back from there.
    """
    dtype = check_dtype(grad, "grad")
    check_output(grad, "grad", (grad.size,), dtype)
    with POOL.lock:
        return squared_sums(POOL.running(), grad, sums_of(grad))


@kernel
def squared_sums(pool, grad, sums):
    """sums[b] = sum of squares of block b.  Returns the sum of all."""
    on_all_threads(pool, some_squared_sums, (grad, sums), grad.size > LITTLE)
    return total(sums)


@EachThread
def some_squared_sums(thread, pool, grad, sums):
    """What one thread does: a block at a time."""
    b, last = next_rows(pool, sums.size, 1)
    while b < last:
        sums[b] = squared_sum(grad[b * BLOCK : (b + 1) * BLOCK])
        b, last = next_rows(pool, sums.size, 1)


@inline(fastmath=SUMS)
def squared_sum(grad):
    """The sum of squares of one block, one partial sum per lane."""
    squares = grad.dtype.type(0)
    for p in range(grad.size):
        squares += grad[p] * grad[p]
    return squares


@inline
def total(sums):
    """All of them, in float64, from first to last."""
    squares = 0.0
    for b in range(sums.size):
        squares += sums[b]
    return squares
