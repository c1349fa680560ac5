"""Lab 15: a kernel, judged by its values, by its bits, and beside the plain loop.

How many times it is faster is measured by timing.py, cut off where it is fast enough: a
clock is no judge that agrees with itself, so more is not asked.
"""

import numpy as np

from scratchae.labs.specification import Lab, Part, Race, Slip, Tensor

FAST = 3.0  # times the plain loop's speed: fast enough
ROWS, LARGE = 193, (509, 383)  # of A and of B when the product is timed: primes


def product_inputs(rng, s):
    """Sizes that no number of steps at a time divides."""
    return {"A": rng.normal(size=(s.n, s.d)), "B": rng.normal(size=(s.d, s.h))}


def layer_inputs(rng, s):
    given = product_inputs(rng, s)
    return {"x": given["A"], "W": given["B"], "b": rng.normal(size=s.h)}


def in_order(A, B):
    """The sum over k from the first on, each step rounded: the plain loop's bits."""
    C = np.zeros((len(A), B.shape[1]))
    for k in range(len(B)):
        C += A[:, k : k + 1] * B[k]
    return C


def some_steps(v, first, last):
    return v.A[:, first:last] @ v.B[first:last]


PRODUCT = Part(
    "product", product_inputs, points=2, asks=("compiled",), given=("plain_loop",),
    solution="scratchae.nn.plain: `@`; scratchae.kernels.product for more",
    tensors=(Tensor("C", lambda v: in_order(v.A, v.B), (
        Slip("steps_of_two", "the last step of k is left out: two at a time, and an "
             "odd one?",
             lambda v: some_steps(v, 0, len(v.B) // 2 * 2)),
        Slip("steps_of_four", "four steps of k at a time: the rest is left out",
             lambda v: some_steps(v, 0, len(v.B) // 4 * 4)),
        Slip("first_step_left_out", "the first step of k is left out",
             lambda v: some_steps(v, 1, None)),
        Slip("last_term", "each step of k replaces the one before: = for +=",
             lambda v: some_steps(v, len(v.B) - 1, None)),
        Slip("first_term", "the first step of k alone: an early return",
             lambda v: some_steps(v, 0, 1)),
        Slip("from_ones", "C does not begin at 0, but at 1",
             lambda v: v.A @ v.B + 1),
        Slip("last_column", "the last column is left out: 0", lambda v: np.where(
            np.arange(v.B.shape[1]) < v.B.shape[1] - 1, v.A @ v.B, 0)),
        Slip("running_total", "the sum is not set back to 0 for the next entry",
             lambda v: np.cumsum((v.A @ v.B).ravel()).reshape(
                 len(v.A), v.B.shape[1])),
    )),),
)

BITS = Part(
    "product_in_order", product_inputs, points=2,
    solution="lecture 13, step 3: along the rows",
    tensors=(Tensor("C", lambda v: in_order(v.A, v.B), tolerance=0.0),),
)

def _cut(v):
    """The bias first, then each step of k, nothing ever below 0."""
    h = np.maximum(np.tile(v.b, (len(v.x), 1)), 0)
    for k in range(len(v.W)):
        h = np.maximum(h + v.x[:, k : k + 1] * v.W[k], 0)
    return h


LAYER = Part(
    "layer", layer_inputs, points=2, asks=("compiled",), given=("plain_loop",),
    solution="scratchae.kernels.layer_forward",
    tensors=(Tensor("h", lambda v: np.maximum(in_order(v.x, v.W) + v.b, 0), (
        Slip("bias_missing", "the bias is missing",
             lambda v: np.maximum(v.x @ v.W, 0)),
        Slip("relu_missing", "the ReLU is missing", lambda v: v.x @ v.W + v.b),
        Slip("relu_before_bias", "the bias is added behind the ReLU",
             lambda v: np.maximum(v.x @ v.W, 0) + v.b),
        Slip("bias_of_rows", "the first unit's bias for all units",
             lambda v: np.maximum(v.x @ v.W + v.b[0], 0)),
        Slip("bias_every_step", "the bias is added at every step of k",
             lambda v: np.maximum(v.x @ v.W + len(v.W) * v.b, 0)),
        Slip("cut_every_step", "cut off at 0 at every step of k, not at the end",
             _cut),
        Slip("absolute_value", "the absolute value, not the positive part",
             lambda v: np.abs(v.x @ v.W + v.b)),
    )),),
)


SPEED = Part(
    "speed", lambda rng, s: {"B": rng.random(LARGE)}, points=2, equal=False,
    race=Race("product", ROWS, FAST), solution="lecture 13, steps 3 and 4",
    tensors=(Tensor("times_faster", lambda v: np.array(FAST)),),
)

LAB = Lab("15", "a kernel", "13_kernels", (PRODUCT, BITS, LAYER, SPEED),
          seconds=60.0, memory=8 * 2**30)
