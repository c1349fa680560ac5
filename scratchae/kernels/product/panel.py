"""One panel of a matrix product: 48 columns of B, and the micro-kernel they are fed to.

    C[i, j] = phi( start[j] + sum_k A[i, k] B[k, j] )

How it walks memory, from the inside out (Goto & van de Geijn 2008):

* **register tile**: 8 rows x 48 columns of C (float32 with 512-bit registers; see
  `vector.py`) stay in registers while k runs. Each step of k loads one row of B and
  eight numbers of A and makes 384 multiply-adds of them. A plain loop would load and
  store C every time. At the edges of C tiles have fewer registers, or half the rows.
* **packing**: 48 columns of B are first copied to a panel in which the rows that
  follow each other in k also follow each other in memory. The same copy turns B
  around when B is a transposed matrix, so x W and dy W^T share everything else. Packing
  a row costs more than half of what one tile makes of it. Where rows are contiguous
  anyway, are whole registers and only FEW tiles use them, B is read where it is. So is
  A if its rows are contiguous; where it is a transposed matrix, as in x^T dy, it is
  packed too.
* **cache block**: k advances at most DEPTH rows at a time, so that a panel (96 kB)
  stays in the second-level cache while all rows of A pass by. Half of that would fit
  some first levels, but was slower: C is loaded and stored once more per block.
* **fetching ahead**: while a panel is worked on, the rows that are packed next are
  asked for, and so is the next tile of C. They lie kilobytes apart, and the
  processor's own prefetching does not find them.

On one core the micro-kernel alone reaches the processor's limit (116 of 116 GFLOP/s
where this was measured). What the whole product loses is packing, and first contact
with memory that is not in the cache yet.
"""

from collections import namedtuple

from scratchae.kernels.compile import REGISTER_BYTES, inline
from scratchae.kernels.product.memory import fetch
from scratchae.kernels.product.vector import (
    REGISTERS,
    TILE,
    add_outer,
    leaky_tile,
    load_tile,
    load_transposed,
    register_size,
    store_tile,
)

DEPTH = 512  # rows of a packed panel
LINE = 64 // REGISTER_BYTES  # registers in a line of the cache
FEW = 32  # tiles; packing rows that are contiguous already does not pay for fewer

# Entry [i, j] is memory[start + i row + j column]. A step of 0: the same again.
Matrix = namedtuple("Matrix", "memory start row column")

# Where a product goes, C = phi(Z + A B). phi(a) is `leak` a for a < 0, the identity
# where leak = 1; it follows the sign of h where h.row > 0, else that of a itself.
Output = namedtuple("Output", "C Z h leak")

Size = namedtuple("Size", "rows columns depth")  # of C, and of the sum over k

# What one thread has: its number, the pool with all counters, room for a panel, a
# matrix of zeros, one of ones, and all threads' bands of x^T, a row each.
Thread = namedtuple("Thread", "number pool room zeros ones bands")


@inline
def part(M, i, j):
    """M without its first i rows and j columns."""
    return Matrix(M.memory, M.start + i * M.row + j * M.column, M.row, M.column)


@inline
def output_part(output, i, j):
    """The output without its first i rows and j columns."""
    C, Z, h, leak = output
    return Output(part(C, i, j), part(Z, i, j), part(h, i, j), leak)


def micro_kernel_of(height, registers):
    """The micro-kernel for tiles of so many rows, and registers a row."""
    full = height == TILE

    def micro_kernel(output, A, panel, size):
        """C = phi(Z + A panel) for one register tile, as far as it is inside C.

        panel : all registers are read whole
        A tile of TILE rows has them all, which saves a comparison for each.
        """
        (C, Z, h, leak), (rows, width, depth) = output, size
        if full:
            rows = height
        tile = load_tile(Z.memory, Z.start, Z.row, rows, width, height, registers)
        for k in range(depth):
            tile = add_outer(tile, A.memory, A.start + k * A.column, A.row, rows,
                             panel.memory, panel.start + k * panel.row)
        if leak != 1:
            sign = tile
            if h.row > 0:
                sign = load_tile(h.memory, h.start, h.row, rows, width, height,
                                 registers)
            tile = leaky_tile(tile, sign, leak)
        store_tile(C.memory, C.start, C.row, rows, width, tile)

    return part_of_tiles(micro_kernel, f"{height}_rows_{registers}_registers")


def part_of_tiles(function, name):
    """Compile one of several functions that are the same but for what they enclose.

    Machine code that several processes have kept on disk is linked by name. Under one
    name for all sizes a kernel from one file runs another's micro-kernel.
    """
    function.__qualname__ = f"{function.__name__}_of_{name}"
    return inline(function, always=True)


def kernel_of(height):
    """The micro-kernel for tiles of so many rows and any width."""
    kernel_1, kernel_2, kernel_3 = (
        micro_kernel_of(height, registers) for registers in (1, 2, REGISTERS)
    )

    def kernel_for_width(output, A, panel, size):
        """The micro-kernel of the least number of registers."""
        width, lanes = size.columns, register_size(panel.memory)
        if width > 2 * lanes:
            kernel_3(output, A, panel, size)
        elif width > lanes:
            kernel_2(output, A, panel, size)
        else:
            kernel_1(output, A, panel, size)

    return part_of_tiles(kernel_for_width, f"{height}_rows")


whole_tile, half_tile = kernel_of(TILE), kernel_of(TILE // 2)


@inline(always=True)
def tile_kernel(output, A, panel, size):
    """C = phi(Z + A panel) for one tile; where rows are missing, half by half."""
    rows, width, depth = size
    if rows == TILE:
        whole_tile(output, A, panel, size)
        return
    for i in range(0, rows, TILE // 2):
        half_tile(output_part(output, i, 0), part(A, i, 0), panel,
                  Size(min(TILE // 2, rows - i), width, depth))


@inline
def pack(panel, B, depth, width):
    """Copy `depth` rows of `width` columns of B to the panel, a register at a time.

    Either rows of B are contiguous, or B is a transposed matrix and its columns are.
    """
    size = register_size(panel.memory)
    for j in range(0, width, size):
        if B.column == 1:
            for k in range(0, depth, TILE):
                rows, at = min(TILE, depth - k), B.start + k * B.row + j
                tile = load_tile(B.memory, at, B.row, rows, width - j, TILE, 1)
                to = panel.start + k * panel.row + j
                store_tile(panel.memory, to, panel.row, rows, size, tile)
        else:
            for k in range(0, depth, size):  # the last block may be deeper
                at = B.start + k * B.row + j * B.column
                block = load_transposed(B.memory, at, B.column, width - j, depth - k)
                to = panel.start + k * panel.row + j
                store_tile(panel.memory, to, panel.row, size, size, block)


@inline
def packed_panel(B, room, depth, width, rows):
    """The panel for these columns of B: packed, or B itself where that does not pay."""
    size = register_size(room)
    if B.column == 1 and width % size == 0 and rows <= FEW * TILE:
        return B
    panel = Matrix(room, 0, -(-width // size) * size, 1)
    pack(panel, B, depth, width)
    return panel


@inline
def pack_columns(packed, x, tiles, columns, depth):
    """A = x^T as it is read: packed[t, k, i] = x[k, TILE t + i], from x's first column.

    columns : of x that there are; what is packed beyond is 0 and not used
    A register may be wider than a tile: the row below writes over what is too much, and
    behind the last row there is room for it.
    """
    size = register_size(x.memory)
    for t in range(tiles):
        for k in range(0, depth, TILE):
            to, at = packed.start + (t * depth + k) * TILE, x.start + k * x.row
            rows, width = min(TILE, depth - k), columns - t * TILE
            tile = load_tile(x.memory, at + t * TILE, x.row, rows, width, TILE, 1)
            store_tile(packed.memory, to, TILE, rows, size, tile)


@inline
def fetch_rows(memory, start, step, length, first, last):
    """Bring rows `first` to `last`, of so many numbers each, nearer to the processor.

    They lie far apart, so that its own prefetching does not find them.
    """
    for i in range(first, last):
        at = start + i * step
        for j in range(0, length, LINE * register_size(memory)):
            fetch(memory, at + j)
        fetch(memory, at + length - 1)  # a row need not begin with a cache line


@inline
def block_of_panel(output, A, a_tile, panel, ahead, size):
    """C = phi(Z + A panel) for one block of k, tile by tile.

    a_tile : step from one tile of A to the next   ahead : the next block of B
    """
    (rows, width, depth), C = size, output.C
    tiles, count, length, step = -(-rows // TILE), depth, width, ahead.row
    if ahead.column != 1:  # a transposed matrix: its columns are rows in memory
        count, length, step = width, depth, ahead.column
    each = -(-count // tiles)
    for t in range(tiles):
        i = t * TILE
        A_t = Matrix(A.memory, A.start + t * a_tile, A.row, A.column)
        fetch_rows(ahead.memory, ahead.start, step, length, t * each,
                   min(count, (t + 1) * each))
        fetch_rows(C.memory, C.start + (i + TILE) * C.row, C.row, width, 0, TILE)
        tile_kernel(output_part(output, i, 0), A_t, panel,
                    Size(min(TILE, rows - i), width, depth))


@inline
def panel_product(output, A, a_tile, B, sums, thread, size):
    """C = phi(Z + A B) for the columns of one panel, block of k after block of k.

    The first block starts from Z, the others from C; the last applies phi.
    sums : row that gets the sums of B's columns if sums.row > 0
    """
    (C, start, h, leak), (rows, width, depth) = output, size
    blocks, identity = max(1, -(-depth // DEPTH)), thread.ones.memory[thread.ones.start]
    for block in range(blocks):
        k0, k1 = block * depth // blocks, (block + 1) * depth // blocks
        panel = packed_panel(part(B, k0, 0), thread.room, k1 - k0, width, rows)
        Z = start if block == 0 else C
        ahead, leak_here = part(B, k1, 0), identity
        if block == blocks - 1:
            ahead, leak_here = part(B, 0, width), leak
        if sums.row > 0:
            total = start if block == 0 else sums
            tile_kernel(Output(sums, total, h, identity), thread.ones, panel,
                        Size(1, width, k1 - k0))
        block_of_panel(Output(C, Z, h, leak_here), part(A, 0, k0), a_tile, panel,
                       ahead, Size(rows, width, k1 - k0))
