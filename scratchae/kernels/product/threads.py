"""The matrix product on all threads: one routine serves the three products of a layer.

    C = phi(Z + A B)

A thread works on one panel of B, about 48 columns, at a time: see `panel.py`. Each has
an equal, contiguous share of the tiles of C, panel by panel (of bands of rows in
x^T dy, so that it packs only its own part of x). The first to finish goes on with what
is left of the other shares (`shares.py`). Every number of C is the same sum in the same
order, whoever computes it, so the result does not depend on the number of threads.

A and B come as (flat array, step between rows, step between columns).
counters : (2, threads), of which one product needs the first row
work : (threads, w), the threads' memory, laid out by `places`
"""

from numba import prange
from numba.extending import register_jitable

from scratchae.kernels.compile import REGISTER_BYTES, inline, kernel
from scratchae.kernels.product.memory import memory_of
from scratchae.kernels.product.panel import (
    DEPTH,
    Matrix,
    Output,
    Size,
    Thread,
    output_part,
    pack_columns,
    panel_product,
    part,
)
from scratchae.kernels.product.vector import REGISTERS, TILE, register_size
from scratchae.kernels.shares import look, start_shares, take


@register_jitable
def places(lanes):
    """Where a thread's zeros, its 1 and its band of x^T begin, behind a panel."""
    zeros = (DEPTH + lanes) * REGISTERS * lanes
    one = zeros + REGISTERS * lanes
    return zeros, one, one + lanes


def work_size(itemsize, depth=0, rows=0, threads=1):
    """Numbers that a thread needs beside its operands, and for its band of x^T.

    depth, rows : of x, whose columns are cut into a band for each of so many threads
    """
    lanes, tiles = REGISTER_BYTES // itemsize, -(-rows // TILE)
    band = -(-tiles // threads) * TILE * depth
    return places(lanes)[2] + -(-band // lanes) * lanes


@inline
def thread_of(number, counters, work):
    """A thread's counters and memory."""
    room = memory_of(work[number])
    zeros, one, band = places(register_size(room))
    for j in range(zeros, one):
        room[j] = 0
    room[one] = 1
    bands = Matrix(memory_of(work), band, work.shape[1], 1)
    return Thread(number, counters, room, Matrix(room, zeros, 0, 0),
                  Matrix(room, one, 0, 0), bands)


@inline
def product_blocks(thread, output, A, B, size):
    """What one thread does of a product. A block is what a share has of one panel.

    C is cut into tiles one register wide, counted panel after panel and from top to
    bottom within a panel; share s has those from `at` to `end`. A panel begins with
    register r0 and has `here` registers: so many tiles in each of its rows.
    """
    (rows, columns, depth), lanes = size, register_size(thread.room)
    tiles, registers = -(-rows // TILE), -(-columns // lanes)
    shares = thread.counters.size
    no_sums = Matrix(output.C.memory, 0, 0, 0)
    for turn in range(shares):
        share = (thread.number + turn) % shares
        at = share * tiles * registers // shares
        end = (share + 1) * tiles * registers // shares
        first = at // (tiles * REGISTERS) * REGISTERS
        while True:
            r0 = first + take(thread.counters, share) * REGISTERS
            if r0 * tiles >= end:
                break
            here = min(REGISTERS, registers - r0)
            i0 = max(0, at - r0 * tiles) // here * TILE
            i1 = min(rows, (end - r0 * tiles) // here * TILE)
            j, width = r0 * lanes, min(here * lanes, columns - r0 * lanes)
            if i0 < i1:
                panel_product(output_part(output, i0, j), part(A, i0, 0), TILE * A.row,
                              part(B, 0, j), no_sums, thread,
                              Size(i1 - i0, width, depth))


@kernel
def product_shares(C, A, B, start, phi, counters, work):
    """C = phi(start + A B), or C = (start + A B) * phi'(h) where h is not empty.

    start : what row i = 0, 1, ... of C starts from, a bias; empty for zeros
    phi : leak and h; phi(a) = a for a > 0, else leak a. h is flat, laid out as C
    """
    (a, a_row, a_column), (b, b_row, b_column), (leak, h) = A, B, phi
    counters = counters[0]
    start_shares(counters)
    for number in prange(counters.size):
        thread, (rows, columns) = thread_of(number, counters, work), C.shape
        Z = Matrix(memory_of(start), 0, 0, 1) if start.size > 0 else thread.zeros
        output = Output(Matrix(memory_of(C), 0, columns, 1), Z,
                        Matrix(memory_of(h), 0, columns if h.size > 0 else 0, 1), leak)
        product_blocks(thread, output, Matrix(memory_of(a), 0, a_row, a_column),
                       Matrix(memory_of(b), 0, b_row, b_column),
                       Size(rows, columns, a.size // rows))


@inline
def transposed_blocks(thread, C, sums, x, B, size):
    """What one thread does of C = x^T B.

    A share is a band of rows of C and a block its part of one panel; its owner packs x
    for all that will work on it. Nobody waits for that: the owner will do what nobody
    else has done.
    """
    (rows, columns, depth), zeros, ones = size, thread.zeros, thread.ones
    shares, tiles = thread.counters.size, -(-rows // TILE)
    lanes, identity = REGISTERS * register_size(thread.room), ones.memory[ones.start]
    for turn in range(shares):
        share = (thread.number + turn) % shares
        t0, t1 = share * tiles // shares, (share + 1) * tiles // shares
        band = part(thread.bands, share, 0)
        A = Matrix(band.memory, band.start, 1, TILE)
        if turn == 0:
            pack_columns(A, part(x, 0, t0 * TILE), t1 - t0, rows - t0 * TILE, depth)
        elif look(thread.counters, share) == 0:  # its owner is still packing
            continue
        height = min(rows, t1 * TILE) - t0 * TILE
        output = Output(part(C, t0 * TILE, 0), zeros, zeros, identity)
        sums_row = 1 if t0 == 0 else 0  # one share adds up B's columns
        while height > 0:
            j = take(thread.counters, share) * lanes
            if j >= columns:
                break
            panel_product(output_part(output, 0, j), A, depth * TILE, part(B, 0, j),
                          Matrix(sums, j, sums_row, 1), thread,
                          Size(height, min(lanes, columns - j), depth))


@kernel
def transposed_shares(C, sums, x, B, counters, work):
    """C = x^T B and sums[j] = sum_k B[k, j].

    x : flat, rows of as many numbers as C has rows
    """
    b, b_row, b_column = B
    counters = counters[0]
    start_shares(counters)
    for number in prange(counters.size):
        rows, columns = C.shape
        transposed_blocks(thread_of(number, counters, work),
                          Matrix(memory_of(C), 0, columns, 1), memory_of(sums),
                          Matrix(memory_of(x), 0, rows, 1),
                          Matrix(memory_of(b), 0, b_row, b_column),
                          Size(rows, columns, x.size // rows))


@kernel
def gradient_shares(gradients, x, da, W, phi, counters, work):
    """dW = x^T da, db = sum_i da_i and dx = (da W^T) * phi'(h), as in the two kernels.

    A thread that has done its part of the first product goes on with the second.
    gradients : dW, db, dx
    """
    (dW, db, dx), (leak, h) = gradients, phi
    (d, d_row, d_column), (w, w_row, w_column) = da, W
    first, second = counters[0], counters[1]
    start_shares(first)
    start_shares(second)
    for number in prange(first.size):
        (d_in, d_out), n = dW.shape, dx.shape[0]
        thread = thread_of(number, first, work)
        B = Matrix(memory_of(d), 0, d_row, d_column)
        transposed_blocks(thread, Matrix(memory_of(dW), 0, d_out, 1), memory_of(db),
                          Matrix(memory_of(x), 0, d_in, 1), B, Size(d_in, d_out, n))
        output = Output(Matrix(memory_of(dx), 0, d_in, 1), thread.zeros,
                        Matrix(memory_of(h), 0, d_in if h.size > 0 else 0, 1), leak)
        product_blocks(thread_of(number, second, work), output, B,
                       Matrix(memory_of(w), 0, w_column, w_row), Size(n, d_in, d_out))
