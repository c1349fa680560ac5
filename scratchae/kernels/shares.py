"""Work that is shared out fairly, though the cores are not equally fast.

A kernel's work is cut into one share for each thread, and a share into blocks. A thread
takes the blocks of its own share one after the other, then those that are left of the
others'. Whose turn it is says a counter for each share, which is read and raised in
one uninterruptible step. What a block computes does not depend on who takes it.
"""

import numpy as np
from llvmlite import ir
from numba import config, types
from numba.extending import intrinsic

from scratchae.kernels.compile import THREADS, inline

# For the kernel that has the LOCK; it may have two works to share out, a row each.
COUNTERS = np.zeros((2, THREADS), np.int64)


@inline
def start_shares(counters):
    """Nothing is taken yet: a kernel begins with this, before its threads do."""
    for share in range(counters.size):
        counters[share] = 0


@intrinsic
def take(typingctx, counters, share):
    """The number of the share's next block, 0, 1, 2, ...: nobody else gets the same.

    Who sees the count raised also sees all that was written before it was.
    """

    def generate(context, builder, signature, args):
        data = context.make_array(counters)(context, builder, args[0]).data
        one = ir.Constant(ir.IntType(64), 1)
        return builder.atomic_rmw("add", builder.gep(data, [args[1]]), one, "acq_rel")

    return types.int64(counters, types.intp), generate


@intrinsic
def look(typingctx, counters, share):
    """How many blocks of the share have been asked for."""

    def generate(context, builder, signature, args):
        data = context.make_array(counters)(context, builder, args[0]).data
        at = builder.gep(data, [args[1]])
        return builder.load_atomic(at, "acquire", 8)

    return types.int64(counters, types.intp), generate


if config.DISABLE_JIT:

    def look(counters, share):
        return counters[share]

    def take(counters, share):
        block = counters[share]
        counters[share] += 1
        return block
