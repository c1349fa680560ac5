"""The matrix product on all threads: one routine serves the three products of a layer.

    C = phi(Z + A B)

A thread works on one panel of B, about 48 columns, at a time: see `panel.py`. Each has
an equal, contiguous share of the tiles of C, panel by panel (of bands of rows in
x^T dy, so that it packs only a part of x). Who has finished, goes on with what is left
of the other shares (`shares.py`). Every number of C is the same sum in the same
order, whoever computes it, so the result does not depend on the number of threads.

A and B come as (array, turned): where turned, they are the array's transpose.
work : (threads, w), the threads' memory, laid out by `places`
"""

from functools import lru_cache

from numba.extending import register_jitable

from scratchae.kernels.compile import REGISTER_BYTES, inline, kernel
from scratchae.kernels.pool import on_all_threads
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
from scratchae.kernels.shares import (
    CLAIMS,
    FIRST,
    SECOND,
    shares_of,
    take,
    taken,
)
from scratchae.kernels.tasks import EachThread

LITTLE = 2**17  # multiply-adds, for which no thread is woken


@register_jitable
def places(lanes):
    """Where a thread's zeros, its 1 and its band of x^T begin, behind a panel."""
    zeros = (DEPTH + lanes) * REGISTERS * lanes
    one = zeros + REGISTERS * lanes
    return zeros, one, one + lanes


@lru_cache
def work_size(itemsize, depth=0, rows=0, threads=1):
    """Numbers that a thread needs beside its operands, and for its band of x^T.

    depth, rows : of x, whose columns are cut into a band for each of so many threads
    """
    lanes, tiles = REGISTER_BYTES // itemsize, -(-rows // TILE)
    band = -(-tiles // threads) * TILE * depth + lanes
    return places(lanes)[2] + -(-band // lanes) * lanes


@kernel
def products(pool, transposed, straight, work):
    """C = x^T B with the sums of B's columns, and D = phi(start + A E), in one region.

    A thread that has done its part of the first goes on with the second; a C or D of no
    size is not computed.

    transposed : C, sums, x, B; sums[j] = sum_k B[k, j]
    straight : D, A, E, start, leak, h
    start : what row i = 0, 1, ... of D starts from, a bias; empty for zeros
    leak, h : phi(a) = a for a > 0, else leak a. With h, as large as D, the sums are
        multiplied by phi'(h) instead
    """
    C, x, D, A = transposed[0], transposed[2], straight[0], straight[1][0]
    adds = x.size * C.shape[1] + A.size * D.shape[1]  # and as many multiplications
    on_all_threads(pool, products_part, (transposed, straight, work), adds > LITTLE)


@EachThread
def products_part(number, pool, transposed, straight, work):
    """What one thread does of both."""
    thread = thread_of(number, pool, work)
    (C, sums, x, B), (D, A, E, start, leak, h) = transposed, straight
    if C.size > 0:
        rows, columns = C.shape
        transposed_blocks(thread, Matrix(memory_of(C), 0, columns, 1), memory_of(sums),
                          Matrix(memory_of(x), 0, rows, 1), matrix(B),
                          Size(rows, columns, len(x)))
    if D.size > 0:
        rows, columns = D.shape
        h_row = columns if h.size > 0 else 0
        Z = Matrix(memory_of(start), 0, 0, 1) if start.size > 0 else thread.zeros
        output = Output(Matrix(memory_of(D), 0, columns, 1), Z,
                        Matrix(memory_of(h), 0, h_row, 1), leak)
        product_blocks(thread, output, matrix(A), matrix(E),
                       Size(rows, columns, A[0].size // rows))


@inline
def matrix(operand):
    """(array, turned) as a Matrix."""
    array, turned = operand
    step = array.shape[1]
    row, column = (1, step) if turned else (step, 1)
    return Matrix(memory_of(array), 0, row, column)


@inline
def thread_of(number, pool, work):
    """A thread's number, pool and memory."""
    room = memory_of(work[number])
    zeros, one, band = places(register_size(room))
    for j in range(zeros, one):
        room[j] = 0
    room[one] = 1
    bands = Matrix(memory_of(work), band, work.shape[1], 1)
    return Thread(number, pool, room, Matrix(room, zeros, 0, 0),
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
    shares = shares_of(thread.pool)
    no_sums = Matrix(output.C.memory, 0, 0, 0)
    for turn in range(shares):
        share = (thread.number + turn) % shares
        at = share * tiles * registers // shares
        end = (share + 1) * tiles * registers // shares
        first = at // (tiles * REGISTERS) * REGISTERS
        while True:
            r0 = first + take(thread.pool, SECOND, share) * REGISTERS
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


@inline
def transposed_blocks(thread, C, sums, x, B, size):
    """What one thread does of C = x^T B.

    A share is a band of rows of C and a block its part of one panel. Who comes first to
    a share packs x for all that will work on it. Nobody waits for that: who has packed
    will do what nobody else has done.
    """
    (rows, columns, depth), zeros, ones = size, thread.zeros, thread.ones
    shares, tiles = shares_of(thread.pool), -(-rows // TILE)
    lanes, identity = REGISTERS * register_size(thread.room), ones.memory[ones.start]
    for turn in range(shares):
        share = (thread.number + turn) % shares
        t0, t1 = share * tiles // shares, (share + 1) * tiles // shares
        band = part(thread.bands, share, 0)
        A = Matrix(band.memory, band.start, 1, TILE)
        if take(thread.pool, CLAIMS, share) == 0:
            pack_columns(A, part(x, 0, t0 * TILE), t1 - t0, rows - t0 * TILE, depth)
        elif taken(thread.pool, FIRST, share) == 0:  # another is still packing
            continue
        height = min(rows, t1 * TILE) - t0 * TILE
        output = Output(part(C, t0 * TILE, 0), zeros, zeros, identity)
        sums_row = 1 if t0 == 0 else 0  # one share adds up B's columns
        while height > 0:
            j = take(thread.pool, FIRST, share) * lanes
            if j >= columns:
                break
            panel_product(output_part(output, 0, j), A, depth * TILE, part(B, 0, j),
                          Matrix(sums, j, sums_row, 1), thread,
                          Size(height, min(lanes, columns - j), depth))
