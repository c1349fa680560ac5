"""The matrix product: one micro-kernel that serves all three products of a layer.

    C[i, j] = phi( start[j] + sum_k A[i, k] B[k, j] )

How it walks memory, from the inside out (Goto & van de Geijn 2008):

* **register tile**: 4 rows x 24 columns of C (12 in float64) stay in twelve vector
  registers while k runs. Each step of k loads one row of B and four numbers of A and
  makes 96 multiply-adds of them. A plain loop would load and store C every time.
* **packing**: 24 columns of B are first copied to a panel in which the rows that
  follow each other in k also follow each other in memory. The same copy turns B
  around when B is a transposed matrix, so x W and dy W^T share everything else.
* **cache block**: k advances at most 256 rows at a time. A panel of 256 rows takes
  24 kB and stays in the first-level cache while all rows of A pass by.
* **threads**: tiles are numbered panel by panel, and each thread takes an equal,
  contiguous share. Every number of C is the same sum in the same order, whoever
  computes it, so the result does not depend on the number of threads.
"""

import numpy as np
from numba import prange

from scratchae.kernels.compile import inline, kernel
from scratchae.kernels.vector import (
    ROW_BYTES,
    add_multiple,
    gather_row,
    leaky_row,
    load_row,
    store_row,
)

TILE = 4  # rows of the register tile
DEPTH = 1024  # rows of a packed panel


@inline
def micro_kernel(C, c, c_row, Z, z, z_row, A, a, a_row, a_step, panel, depth, last,
                 leak, h, h_row):  # fmt: skip
    """One register tile: C[tile] = phi(Z[tile] + A[4 rows, depth] times the panel).

    Row r of the tile starts at C[c + r c_row]; Z, likewise, says where the sum
    starts. A[i, k] is A[a + i a_row + k a_step]; rows beyond `last` repeat it, so
    that a tile at the lower edge reads nothing outside.
    """
    lanes = ROW_BYTES // C.itemsize
    c0, c1 = load_row(Z, z), load_row(Z, z + z_row)
    c2, c3 = load_row(Z, z + 2 * z_row), load_row(Z, z + 3 * z_row)
    a0, a1 = a, a + min(1, last) * a_row
    a2, a3 = a + min(2, last) * a_row, a + min(3, last) * a_row
    for k in range(depth):
        b = load_row(panel, k * lanes)
        c0 = add_multiple(c0, A, a0 + k * a_step, b)
        c1 = add_multiple(c1, A, a1 + k * a_step, b)
        c2 = add_multiple(c2, A, a2 + k * a_step, b)
        c3 = add_multiple(c3, A, a3 + k * a_step, b)
    finish_row(C, c, c0, leak, h, c)
    finish_row(C, c + c_row, c1, leak, h, c + h_row)
    finish_row(C, c + 2 * c_row, c2, leak, h, c + 2 * h_row)
    finish_row(C, c + 3 * c_row, c3, leak, h, c + 3 * h_row)


@inline
def finish_row(C, c, row, leak, h, at):
    """Store one row of the tile: as it is, after the ReLU, or times its derivative."""
    if leak != 1:
        sign = load_row(h, at) if h.size > 0 else row
        row = leaky_row(row, sign, leak)
    store_row(C, c, row)


@inline
def pack(panel, B, b, b_step, b_column, depth, width):
    """Copy `depth` rows of `width` columns of B to the panel, padded with zeros.

    B[k, j] is B[b + k b_step + j b_column]: b_column = 1 reads along rows, and
    b_step = 1 reads a transposed matrix, whose columns lie side by side.
    """
    lanes = ROW_BYTES // B.itemsize
    for k in range(depth):
        at = b + k * b_step
        if width < lanes:
            for j in range(lanes):
                panel[k * lanes + j] = B[at + j * b_column] if j < width else 0
        elif b_column == 1:
            store_row(panel, k * lanes, load_row(B, at))
        else:
            store_row(panel, k * lanes, gather_row(B, at, b_column))


@inline
def copy_tile(C, c, c_row, Z, z, z_row, rows, width):
    """C[tile] = Z[tile], the first `rows` rows and `width` columns."""
    for i in range(rows):
        for j in range(width):
            C[c + i * c_row + j] = Z[z + i * z_row + j]


@inline
def edge_tile(C, c, c_row, Z, z, z_row, A, a, a_row, a_step, panel, depth, rows, width,
              leak, h, tile, below):  # fmt: skip
    """A tile that sticks out of C at the right or below, by way of a whole one."""
    lanes = ROW_BYTES // C.itemsize
    copy_tile(tile, 0, lanes, Z, z, z_row, rows, width)
    sign = h
    if h.size > 0:
        copy_tile(below, 0, lanes, h, c, c_row, rows, width)
        sign = below
    micro_kernel(tile, 0, lanes, tile, 0, lanes, A, a, a_row, a_step, panel, depth,
                 rows - 1, leak, sign, lanes)  # fmt: skip
    copy_tile(C, c, c_row, tile, 0, lanes, rows, width)


@inline
def block_of_panel(C, i0, i1, j0, width, A, a, a_row, a_step, panel, depth, Z, z, z_row,
                   leak, h, tile, below):  # fmt: skip
    """Rows i0 to i1 of C in the columns of one panel: one block of k."""
    rows, columns = C.shape
    flat = C.reshape(C.size)
    for i in range(i0, i1, TILE):
        c, a_i, height = i * columns + j0, a + i * a_row, min(TILE, rows - i)
        if height == TILE and width == ROW_BYTES // C.itemsize:
            micro_kernel(flat, c, columns, Z, z + i * z_row, z_row, A, a_i, a_row,
                         a_step, panel, depth, TILE - 1, leak, h, columns)  # fmt: skip
        else:
            edge_tile(flat, c, columns, Z, z + i * z_row, z_row, A, a_i, a_row,
                      a_step, panel, depth, height, width, leak, h, tile,
                      below)  # fmt: skip


@inline
def add_rows(sums, j0, width, panel, depth, first, ones, tile):
    """sums[j] = sum_k B[k, j], from the panel while it is in the cache."""
    lanes = ROW_BYTES // panel.itemsize
    if first:
        for j in range(width):
            sums[j0 + j] = 0
    copy_tile(tile, 0, lanes, sums, j0, 0, 1, width)
    total = load_row(tile, 0)
    for k in range(depth):
        total = add_multiple(total, ones, 0, load_row(panel, k * lanes))
    store_row(tile, 0, total)
    copy_tile(sums, j0, 0, tile, 0, lanes, 1, width)


@inline
def panel_product(C, i0, i1, j0, width, A, a_row, a_step, B, b_step, b_column, depth,
                  start, sums, leak, h, panel, tile, below, ones):  # fmt: skip
    """Rows i0 to i1 of C in the columns of one panel, block of k after block of k.

    The first block starts from `start`, the others from C; the last applies the ReLU.
    """
    columns = C.shape[1]
    blocks = max(1, -(-depth // DEPTH))
    for block in range(blocks):
        k0, k1 = block * depth // blocks, (block + 1) * depth // blocks
        pack(panel, B, k0 * b_step + j0 * b_column, b_step, b_column, k1 - k0, width)
        if i0 == 0 and sums.size > 0:
            add_rows(sums, j0, width, panel, k1 - k0, block == 0, ones, tile)
        Z, z, z_row = C.reshape(C.size), j0, columns
        if block == 0:
            Z, z, z_row = start, j0, 0
        block_of_panel(C, i0, i1, j0, width, A, k0 * a_step, a_row, a_step, panel,
                       k1 - k0, Z, z, z_row, leak if block == blocks - 1 else ones[0],
                       h, tile, below)  # fmt: skip


@kernel
def product(C, A, a_row, a_step, B, b_step, b_column, depth, start, sums, leak, h,
            threads):  # fmt: skip
    """C = phi(start + A B), or C = (start + A B) * phi'(h) where h is not empty.

    A, B and h are flat: A[i, k] is A[i a_row + k a_step] and B[k, j] is
    B[k b_step + j b_column]; h is laid out as C. phi(a) = a for a > 0, else leak a:
    the identity for leak = 1, the ReLU for leak = 0.
    start : what row i = 0, 1, ... of C starts from, a bias
    sums, where not empty, receives sum_k B[k, j].
    """
    rows, columns = C.shape
    lanes = ROW_BYTES // C.itemsize
    tiles = -(-rows // TILE)
    total = tiles * -(-columns // lanes)
    for thread in prange(threads):
        panel = np.empty(DEPTH * lanes, C.dtype)
        tile, below = np.zeros(TILE * lanes, C.dtype), np.zeros(TILE * lanes, C.dtype)
        ones = np.ones(1, C.dtype)
        at, end = thread * total // threads, (thread + 1) * total // threads
        while at < end:
            first = at % tiles
            last = min(tiles, first + end - at)
            i0, i1, j0 = first * TILE, min(rows, last * TILE), at // tiles * lanes
            panel_product(C, i0, i1, j0, min(lanes, columns - j0), A, a_row, a_step,
                          B, b_step, b_column, depth, start, sums, leak, h, panel,
                          tile, below, ones)  # fmt: skip
            at += last - first
