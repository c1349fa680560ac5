"""The matrix product: one micro-kernel that serves all three products of a layer.

    C[i, j] = phi( start[j] + sum_k A[i, k] B[k, j] )

How it walks memory, from the inside out (Goto & van de Geijn 2008):

* **register tile**: 8 rows x 48 columns of C (float32 with 512-bit registers; see
  `vector.py`) stay in registers while k runs. Each step of k loads one row of B and
  eight numbers of A and makes 384 multiply-adds of them. A plain loop would load and
  store C every time.
* **packing**: 48 columns of B are first copied to a panel in which the rows that
  follow each other in k also follow each other in memory. The same copy turns B
  around when B is a transposed matrix, so x W and dy W^T share everything else. A is
  read where it is if its rows are contiguous, and packed too (`pack_columns`) where
  it is a transposed matrix, as in x^T dy.
* **cache block**: k advances at most DEPTH rows at a time, so that a panel (96 kB)
  stays in the second-level cache while all rows of A pass by. Half of that would fit
  the first level, but was slower: C is loaded and stored once more per block.
* **fetching ahead**: while a panel is worked on, the rows that are packed next are
  asked for, and so is the next tile of C. They lie kilobytes apart, and the
  processor's own prefetching does not find them.
* **threads**: each has an equal, contiguous share of the tiles, panel by panel (of
  bands of rows in x^T dy, so that it packs only its own part of x). The first to
  finish goes on with what is left of the other shares (`shares.py`). Every number of
  C is the same sum in the same order, whoever computes it, so the result does not
  depend on the number of threads.
"""

import numpy as np
from numba import prange

from scratchae.kernels.compile import inline, kernel
from scratchae.kernels.shares import look, take
from scratchae.kernels.vector import (
    REGISTER_BYTES,
    REGISTERS,
    ROW_BYTES,
    TILE,
    add_outer,
    copy_row,
    leaky_tile,
    load_tile,
    prefetch_row,
    store_tile,
    transpose_block,
)

DEPTH = 512  # rows of a packed panel


def micro_kernel_of(registers):
    """The micro-kernel for tiles of so many registers a row."""

    @inline
    def micro_kernel(C, c, c_row, Z, z, z_row, A, a, a_row, a_step, panel, depth, leak,
                     h):  # fmt: skip
        """One register tile: C[tile] = phi(Z[tile] + A[8 rows, depth] times the panel).

        Row i of the tile starts at C[c + i c_row]; Z, likewise, says where the sum
        starts, and h, laid out as C, whose sign selects. A[i, k] is A[a + i a_row +
        k a_step].
        """
        lanes = ROW_BYTES // C.itemsize
        tile = load_tile(Z, z, z_row, registers)
        for k in range(depth):
            tile = add_outer(tile, A, a + k * a_step, a_row, panel, k * lanes)
        if leak != 1:
            sign = load_tile(h, c, c_row, registers) if h.size > 0 else tile
            tile = leaky_tile(tile, sign, leak)
        store_tile(C, c, c_row, tile)

    return micro_kernel


single_kernel, double_kernel, triple_kernel = map(micro_kernel_of, (1, 2, REGISTERS))


@inline
def tile_kernel(registers, C, c, c_row, Z, z, z_row, A, a, a_row, a_step, panel, depth,
                leak, h):  # fmt: skip
    """The micro-kernel for this width: narrow tiles stand at the right edge of C."""
    if registers == REGISTERS:
        triple_kernel(C, c, c_row, Z, z, z_row, A, a, a_row, a_step, panel, depth,
                      leak, h)  # fmt: skip
    elif registers == 2:
        double_kernel(C, c, c_row, Z, z, z_row, A, a, a_row, a_step, panel, depth,
                      leak, h)  # fmt: skip
    else:
        single_kernel(C, c, c_row, Z, z, z_row, A, a, a_row, a_step, panel, depth,
                      leak, h)  # fmt: skip


@inline
def pack(panel, B, b, b_step, b_column, depth, width):
    """Copy `depth` rows of `width` columns of B to the panel, padded with zeros.

    B[k, j] is B[b + k b_step + j b_column]. Either b_column is 1, and rows of B are
    copied, or b_step is 1, and B is a transposed matrix whose columns lie in rows.
    """
    lanes = ROW_BYTES // B.itemsize
    if b_column != 1:
        pack_transposed(panel, B, b, b_column, depth, width)
    elif width == lanes:
        for k in range(depth):
            copy_row(panel, k * lanes, B, b + k * b_step)
    else:
        for k in range(depth):
            for j in range(width):
                panel[k * lanes + j] = B[b + k * b_step + j]
    if width < lanes:
        for k in range(depth):
            panel[k * lanes + width : (k + 1) * lanes] = 0


@inline
def pack_transposed(panel, B, b, b_column, depth, width):
    """Whole square blocks change rows for columns in registers, the rest one by one."""
    lanes, size = ROW_BYTES // B.itemsize, REGISTER_BYTES // B.itemsize
    k_blocks, j_blocks = depth // size * size, width // size * size
    for k in range(0, k_blocks, size):
        for j in range(0, j_blocks, size):
            transpose_block(panel, k * lanes + j, lanes, B, b + k + j * b_column,
                            b_column)  # fmt: skip
    for k in range(depth):
        for j in range(j_blocks if k < k_blocks else 0, width):
            panel[k * lanes + j] = B[b + k + j * b_column]


@inline
def pack_columns(packed, x, columns, depth, t0, t1):
    """packed[t, k, i] = x[k, TILE t + i]: tiles t0 to t1 of A = x^T, as they are read.

    x : flat, rows of `columns` numbers   packed : flat, padded with zeros
    """
    for t in range(t0, t1):
        width = min(TILE, columns - t * TILE)
        for k in range(depth):
            to, start = ((t - t0) * depth + k) * TILE, k * columns + t * TILE
            if width == TILE:
                for i in range(TILE):
                    packed[to + i] = x[start + i]
            else:
                for i in range(TILE):
                    packed[to + i] = x[start + i] if i < width else 0


@inline
def copy_tile(C, c, c_row, Z, z, z_row, rows, width):
    """C[tile] = Z[tile], the first `rows` rows and `width` columns."""
    for i in range(rows):
        for j in range(width):
            C[c + i * c_row + j] = Z[z + i * z_row + j]


@inline
def edge_tile(C, c, c_row, Z, z, z_row, A, a, a_row, a_step, panel, depth, rows, width,
              leak, h, scratch):  # fmt: skip
    """A tile that sticks out of C at the right or below, by way of a whole one."""
    lanes = ROW_BYTES // C.itemsize
    size = TILE * lanes
    tile, below, strip = scratch[:size], scratch[size : 2 * size], scratch[2 * size :]
    # What lies outside is 0: left-over numbers may be denormal, which is slow.
    tile[:] = 0
    copy_tile(tile, 0, lanes, Z, z, z_row, rows, width)
    sign = h
    if h.size > 0:
        copy_tile(below, 0, lanes, h, c, c_row, rows, width)
        sign = below
    is_packed = a_row == 1 and a_step == TILE  # and padded with zeros
    if rows < TILE and not is_packed:  # nothing may be read below the last row of A
        for k in range(depth):
            for i in range(TILE):
                at = a + i * a_row + k * a_step
                strip[k * TILE + i] = A[at] if i < rows else 0
        A, a, a_row, a_step = strip, 0, 1, TILE
    tile_kernel(-(-width * C.itemsize // REGISTER_BYTES), tile, 0, lanes, tile, 0,
                lanes, A, a, a_row, a_step, panel, depth, leak, sign)  # fmt: skip
    copy_tile(C, c, c_row, tile, 0, lanes, rows, width)


@inline
def fetch_ahead(B, b, b_step, b_column, depth, part, parts):
    """Bring one part of the block of B that is packed next nearer to the processor.

    Its rows lie far apart, so that the processor's own prefetching does not find them.
    """
    lanes = ROW_BYTES // B.itemsize
    if b_column == 1:
        for k in range(part * depth // parts, (part + 1) * depth // parts):
            prefetch_row(B, b + k * b_step)
    else:
        for j in range(part * lanes // parts, (part + 1) * lanes // parts):
            for k in range(0, depth, lanes):
                prefetch_row(B, b + j * b_column + k)


@inline
def block_of_panel(C, t0, t1, j0, width, A, a, a_tile, a_row, a_step, panel, depth, Z,
                   z, z_row, leak, h, scratch, B, ahead, b_step, b_column):  # fmt: skip
    """Tiles t0 to t1 of C in the columns of one panel: one block of k."""
    rows, columns = C.shape
    flat, register = C.reshape(C.size), REGISTER_BYTES // C.itemsize
    for t in range(t0, t1):
        c, a_t, height = t * TILE * columns + j0, a + (t - t0) * a_tile, rows - t * TILE
        z_t = z + t * TILE * z_row
        fetch_ahead(B, ahead, b_step, b_column, depth, t - t0, t1 - t0)
        for i in range(TILE):
            prefetch_row(flat, c + (TILE + i) * columns)
        if height >= TILE and width % register == 0:
            tile_kernel(width // register, flat, c, columns, Z, z_t, z_row, A, a_t,
                        a_row, a_step, panel, depth, leak, h)  # fmt: skip
        else:
            edge_tile(flat, c, columns, Z, z_t, z_row, A, a_t, a_row, a_step, panel,
                      depth, min(TILE, height), width, leak, h,
                      scratch)  # fmt: skip


@inline
def add_rows(sums, j0, width, panel, depth, first, scratch):
    """sums[j] = sum_k B[k, j]: a tile of ones times the panel, while it is at hand."""
    tile, one = scratch[: TILE * ROW_BYTES // panel.itemsize], np.ones(1, panel.dtype)
    if first:
        sums[j0 : j0 + width] = 0
    copy_tile(tile, 0, 0, sums, j0, 0, 1, width)
    triple_kernel(tile, 0, 0, tile, 0, 0, one, 0, 0, 0, panel, depth, one[0],
                  scratch[:0])  # fmt: skip
    copy_tile(sums, j0, 0, tile, 0, 0, 1, width)


@inline
def panel_product(C, t0, t1, j0, A, a, a_tile, a_row, a_step, B, b_step, b_column,
                  depth, start, sums, leak, h, work):  # fmt: skip
    """Tiles t0 to t1 of C in the columns of one panel, block of k after block of k.

    The first block starts from `start`, the others from C; the last applies phi.
    """
    lanes, blocks = ROW_BYTES // C.itemsize, max(1, -(-depth // DEPTH))
    width = min(lanes, C.shape[1] - j0)
    panel, scratch = work[: DEPTH * lanes], work[DEPTH * lanes :]
    for block in range(blocks):
        k0, k1 = block * depth // blocks, (block + 1) * depth // blocks
        pack(panel, B, k0 * b_step + j0 * b_column, b_step, b_column, k1 - k0, width)
        if sums.size > 0:
            add_rows(sums, j0, width, panel, k1 - k0, block == 0, scratch)
        Z, z, z_row = C.reshape(C.size), j0, C.shape[1]
        if block == 0:
            Z, z, z_row = start, j0, 0
        ahead = j0 * b_column + k1 * b_step
        if block == blocks - 1:
            ahead = (j0 + lanes) * b_column
        slope = leak if block == blocks - 1 else C.dtype.type(1)
        block_of_panel(C, t0, t1, j0, width, A, a + k0 * a_step, a_tile, a_row, a_step,
                       panel, k1 - k0, Z, z, z_row, slope, h, scratch, B, ahead,
                       b_step, b_column)  # fmt: skip


def work_size(itemsize):
    """Numbers that a thread needs beside its operands: a panel and three tiles."""
    lanes = ROW_BYTES // itemsize
    return DEPTH * lanes + 2 * TILE * lanes + DEPTH * TILE


@inline
def blocks_of_product(own, C, A, a_row, a_step, B, b_step, b_column, depth, start, leak,
                      h, counters, work):  # fmt: skip
    """What one thread does of `product`. A block is what a share has of one panel."""
    (rows, columns), shares = C.shape, work.shape[0]
    tiles, registers = -(-rows // TILE), -(-columns * C.itemsize // REGISTER_BYTES)
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
            t0 = max(0, at - r0 * tiles) // here
            t1 = min(tiles, (end - r0 * tiles) // here)
            panel_product(C, t0, t1, r0 * REGISTER_BYTES // C.itemsize, A,
                          t0 * TILE * a_row, TILE * a_row, a_row, a_step, B, b_step,
                          b_column, depth, start, h[:0], leak, h,
                          work[own])  # fmt: skip


@kernel
def product(C, A, a_row, a_step, B, b_step, b_column, depth, start, leak, h, counters,
            work):  # fmt: skip
    """C = phi(start + A B), or C = (start + A B) * phi'(h) where h is not empty.

    A, B and h are flat: A[i, k] is A[i a_row + k a_step] and B[k, j] is
    B[k b_step + j b_column]; h is laid out as C. phi(a) = a for a > 0, else leak a:
    the identity for leak = 1, the ReLU for leak = 0.
    start : what row i = 0, 1, ... of C starts from, a bias
    counters : zeros, (threads,)   work : (threads, work_size)
    """
    for thread in prange(work.shape[0]):
        blocks_of_product(thread, C, A, a_row, a_step, B, b_step, b_column, depth,
                          start, leak, h, counters, work)  # fmt: skip


@inline
def blocks_of_transposed(own, C, sums, x, B, b_step, b_column, start, packed, counters,
                         work):  # fmt: skip
    """What one thread does of `transposed_product`. A share is a band of rows of C and
    a block its part of one panel; the owner packs x for all that will work on it."""
    (rows, columns), shares = C.shape, work.shape[0]
    depth, tiles, lanes = x.size // rows, -(-rows // TILE), ROW_BYTES // C.itemsize
    one = C.dtype.type(1)
    for turn in range(shares):
        share = (own + turn) % shares
        t0, t1 = share * tiles // shares, (share + 1) * tiles // shares
        if turn == 0:
            pack_columns(packed[own], x, rows, depth, t0, t1)
        elif look(counters, share) == 0:  # x is not packed yet
            continue
        total = sums if t0 == 0 and t1 > 0 else sums[:0]
        while t1 > t0:
            j0 = take(counters, share) * lanes
            if j0 >= columns:
                break
            panel_product(C, t0, t1, j0, packed[share], 0, depth * TILE, 1, TILE, B,
                          b_step, b_column, depth, start, total, one, start[:0],
                          work[own])  # fmt: skip


@kernel
def transposed_product(C, sums, x, B, b_step, b_column, start, packed, counters, work):
    """C = x^T B and sums[j] = sum_k B[k, j].

    x : flat, rows of as many numbers as C has rows   start : zeros, a row of C
    packed : (threads, size of the widest band of A = x^T)
    counters : zeros, (threads,)   work : (threads, work_size)
    """
    for thread in prange(work.shape[0]):
        blocks_of_transposed(thread, C, sums, x, B, b_step, b_column, start, packed,
                             counters, work)  # fmt: skip
