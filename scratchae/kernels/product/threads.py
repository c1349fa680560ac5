"""The matrix product on all threads: one routine serves the three products of a layer.

    C = phi(start + A B)

A thread works on one panel of B, about 48 columns, at a time: see `panel.py`. Each has
an equal, contiguous share of the tiles of C, panel by panel (of bands of rows in
x^T dy, so that it packs only its own part of x). The first to finish goes on with what
is left of the other shares (`shares.py`). Every number of C is the same sum in the same
order, whoever computes it, so the result does not depend on the number of threads.
"""

from numba import prange

from scratchae.kernels.compile import inline, kernel
from scratchae.kernels.product.memory import memory_of
from scratchae.kernels.product.panel import (
    DEPTH,
    Matrix,
    pack_columns,
    panel_product,
    part,
)
from scratchae.kernels.product.registers import REGISTER_BYTES
from scratchae.kernels.product.shares import look, start_shares, take
from scratchae.kernels.product.vector import REGISTERS, TILE, register_size


def work_size(itemsize):
    """Numbers that a thread needs beside its operands: room for a panel, and a 1."""
    size = REGISTER_BYTES // itemsize
    return (DEPTH + size) * REGISTERS * size + size


@inline
def work_of(work, thread):
    """A thread's own memory: room for a panel, and a matrix that is 1 everywhere."""
    room = memory_of(work[thread])
    room[work.shape[1] - 1] = 1
    return room, Matrix(room, work.shape[1] - 1, 0, 0)


@inline
def blocks_of_product(own, C, A, B, start, h, leak, rows, columns, depth, counters,
                      work):
    """What one thread does of `product`. A block is what a share has of one panel.

    C is cut into tiles one register wide, counted panel after panel and from top to
    bottom within a panel; share s has those from `at` to `end`. A panel begins with
    register r0 and has `here` registers: so many tiles in each of its rows.
    """
    room, one = work_of(work, own)
    shares, size = work.shape[0], register_size(room)
    tiles, registers = -(-rows // TILE), -(-columns // size)
    no_sums = Matrix(C.memory, 0, 0, 0)
    for turn in range(shares):
        share = (own + turn) % shares
        at = share * tiles * registers // shares
        end = (share + 1) * tiles * registers // shares
        first = at // (tiles * REGISTERS) * REGISTERS
        while True:
            r0 = first + take(counters, share) * REGISTERS
            if r0 * tiles >= end:
                break
            here = min(REGISTERS, registers - r0)
            i0 = max(0, at - r0 * tiles) // here * TILE
            i1 = min(rows, (end - r0 * tiles) // here * TILE)
            j, width = r0 * size, min(here * size, columns - r0 * size)
            if i0 < i1:
                panel_product(part(C, i0, j), part(A, i0, 0), TILE * A.row,
                              part(B, 0, j), part(start, 0, j), part(h, i0, j),
                              no_sums, one, room, leak, i1 - i0, width,
                              depth)


@kernel
def product(C, A, a_row, a_column, B, b_row, b_column, start, h, leak, depth, counters,
            work):
    """C = phi(start + A B), or C = (start + A B) * phi'(h) where h is not empty.

    A, B and h are flat: A[i, k] is A[i a_row + k a_column] and B[k, j] is
    B[k b_row + j b_column]; h is laid out as C. phi(a) = a for a > 0, else leak a:
    the identity for leak = 1, the ReLU for leak = 0.
    start : what row i = 0, 1, ... of C starts from, a bias
    counters : (threads,)   work : (threads, work_size)
    """
    start_shares(counters)
    for thread in prange(work.shape[0]):
        rows, columns = C.shape
        h_row = columns if h.size > 0 else 0
        blocks_of_product(thread, Matrix(memory_of(C), 0, columns, 1),
                          Matrix(memory_of(A), 0, a_row, a_column),
                          Matrix(memory_of(B), 0, b_row, b_column),
                          Matrix(memory_of(start), 0, 0, 1),
                          Matrix(memory_of(h), 0, h_row, 1), leak, rows, columns,
                          depth, counters, work)


@inline
def blocks_of_transposed(own, C, sums, x, B, start, packed, band, rows, columns, depth,
                         counters, work):
    """What one thread does of `transposed_product`. A share is a band of rows of C and
    a block its part of one panel; its owner packs x for all that will work on it.
    Nobody waits for that: the owner will do what nobody else has done."""
    room, one = work_of(work, own)
    shares, tiles = work.shape[0], -(-rows // TILE)
    lanes, identity = REGISTERS * register_size(room), one.memory[one.start]
    for turn in range(shares):
        share = (own + turn) % shares
        t0, t1 = share * tiles // shares, (share + 1) * tiles // shares
        A = Matrix(packed, share * band, 1, TILE)
        if turn == 0:
            pack_columns(A, part(x, 0, t0 * TILE), t1 - t0, rows - t0 * TILE, depth)
        elif look(counters, share) == 0:  # its owner is still packing
            continue
        height = min(rows, t1 * TILE) - t0 * TILE
        sums_row = 1 if t0 == 0 else 0  # one share adds up B's columns
        while height > 0:
            j = take(counters, share) * lanes
            if j >= columns:
                break
            panel_product(part(C, t0 * TILE, j), A, depth * TILE, part(B, 0, j),
                          part(start, 0, j), part(start, 0, j),
                          Matrix(sums, j, sums_row, 1), one, room, identity, height,
                          min(lanes, columns - j), depth)


@kernel
def transposed_product(C, sums, x, B, b_row, b_column, start, packed, counters, work):
    """C = x^T B and sums[j] = sum_k B[k, j].

    x : flat, rows of as many numbers as C has rows   start : zeros, a row of C
    packed : (threads, size of the widest band of A = x^T)
    counters : (threads,)   work : (threads, work_size)
    """
    start_shares(counters)
    for thread in prange(work.shape[0]):
        rows, columns = C.shape
        blocks_of_transposed(thread, Matrix(memory_of(C), 0, columns, 1),
                             memory_of(sums), Matrix(memory_of(x), 0, rows, 1),
                             Matrix(memory_of(B), 0, b_row, b_column),
                             Matrix(memory_of(start), 0, 0, 1), memory_of(packed),
                             packed.shape[1], rows, columns, x.size // rows, counters,
                             work)


@kernel
def gradient_products(dW, db, dx, x, da, da_row, da_column, W, W_row, W_column, h, leak,
                      zeros, packed, counters, second, work):
    """dW = x^T da, db = sum_i da_i and dx = (da W^T) * phi'(h), as in the two kernels.

    A thread that has done its part of the first product goes on with the second.
    zeros : at least as long as a row of dW and of dx   second : as counters
    """
    start_shares(counters)
    start_shares(second)
    for thread in prange(work.shape[0]):
        (d_in, d_out), n = dW.shape, dx.shape[0]
        B = Matrix(memory_of(da), 0, da_row, da_column)
        start = Matrix(memory_of(zeros), 0, 0, 1)
        blocks_of_transposed(thread, Matrix(memory_of(dW), 0, d_out, 1), memory_of(db),
                             Matrix(memory_of(x), 0, d_in, 1), B, start,
                             memory_of(packed), packed.shape[1], d_in, d_out, n,
                             counters, work)
        blocks_of_product(thread, Matrix(memory_of(dx), 0, d_in, 1), B,
                          Matrix(memory_of(W), 0, W_column, W_row), start,
                          Matrix(memory_of(h), 0, d_in if h.size > 0 else 0, 1), leak,
                          n, d_in, d_out, second, work)
