"""The processor's vector registers as a Numba type: tiles of a matrix.

A loop over scalars is turned into vector code by the compiler where it sees fit, but
it never keeps a block of the output in registers while a longer loop runs. The
micro-kernel of a matrix product needs just that (`panel.py`), so its few operations
on whole registers are spelled out here.

A Tile is a block of the output: TILE rows of REGISTERS registers each, fewer at the
edges of a matrix. Where a tile sticks out, its functions are told how many `rows` and
how much `width` there is. The rows below the edge are the last row again, and so they
do no harm; of the last register only the first numbers are read (the others are 0)
and written.

With 512-bit registers there are 32 of them, and a tile is 8 x 48 numbers in float32;
with 256 bits there are 16, and a tile is 4 x 24.

With NUMBA_DISABLE_JIT=1 the same names are NumPy functions and a Tile is an array.
"""

import numpy as np
from llvmlite import ir
from numba import config, types
from numba.extending import intrinsic, models, register_model

from scratchae.kernels.compile import REGISTER_BYTES, WIDE
from scratchae.kernels.product.registers import LONG, Builder, register_of

REGISTERS = 3  # per row of a tile: `kernel_of` has micro-kernels for 1, 2 and these
TILE = 8 if WIDE else 4  # rows of a tile


class Tile(types.Type):
    """So many rows of so many registers, of numbers of one dtype."""

    def __init__(self, dtype, height, registers):
        self.dtype, self.height, self.registers = dtype, height, registers
        super().__init__(name=f"Tile({dtype}, {height}, {registers})")


@register_model(Tile)
class _Model(models.PrimitiveModel):
    def __init__(self, dmm, tile):
        count = tile.height * tile.registers
        super().__init__(dmm, tile, ir.ArrayType(register_of(tile.dtype), count))


@intrinsic
def register_size(typingctx, memory):
    """How many numbers a register holds."""
    lanes = register_of(memory.dtype).count

    def generate(context, builder, signature, args):
        return LONG(lanes)

    return types.intp(memory), generate


@intrinsic(prefer_literal=True)
def load_tile(typingctx, memory, position, step, rows, width, height, registers):
    """The Tile whose row i starts at memory[position + i step]."""
    tile = Tile(memory.dtype, height.literal_value, registers.literal_value)

    def generate(context, builder, signature, args):
        build = Builder(builder, tile.dtype)
        data, position, step, rows, width, _, _ = args
        starts = [build.row(position, i, step, rows) for i in range(tile.height)]
        return build.pack(build.load_rows(data, starts, width, tile.registers))

    return tile(memory, *(types.intp,) * 4, height, registers), generate


@intrinsic
def load_transposed(typingctx, memory, position, step, columns, depth):
    """A square Tile, one register wide: column j is memory[position + j step : ...]."""
    tile = Tile(memory.dtype, register_of(memory.dtype).count, 1)

    def generate(context, builder, signature, args):
        build = Builder(builder, tile.dtype)
        data, position, step, columns, depth = args
        starts = [build.row(position, j, step, columns) for j in range(tile.height)]
        return build.pack(build.transposed(build.load_rows(data, starts, depth, 1)))

    return tile(memory, *(types.intp,) * 4), generate


@intrinsic
def store_tile(typingctx, memory, position, step, rows, width, tile):
    """memory[position + i step : ...] = row i of the tile."""

    def generate(context, builder, signature, args):
        build = Builder(builder, tile.dtype)
        data, position, step, rows, width, values = args
        starts = [build.row(position, i, step, rows) for i in range(tile.height)]
        build.store_rows(data, starts, width, build.unpack(values))
        return context.get_dummy_value()

    return types.void(memory, *(types.intp,) * 4, tile), generate


@intrinsic
def add_outer(typingctx, tile, memory, position, step, rows, panel, start):
    """tile[i, :] + memory[position + i step] * panel[start : start + its width].

    One step of k in a matrix product: a fused multiply-add for each register.
    """

    def generate(context, builder, signature, args):
        build = Builder(builder, tile.dtype)
        sums, data, position, step, rows, panel, start = args
        row = [build.load(panel, start, r) for r in range(tile.registers)]
        sums = build.unpack(sums)
        for i in range(tile.height):
            at = builder.gep(data, [build.row(position, i, step, rows)])
            spread = build.spread(builder.load(at))
            for r, column in enumerate(row, i * tile.registers):
                product = builder.fmul(spread, column, flags=("contract",))
                sums[r] = builder.fadd(product, sums[r], flags=("contract",))
        return build.pack(sums)

    return tile(tile, memory, *(types.intp,) * 3, panel, types.intp), generate


@intrinsic
def leaky_tile(typingctx, tile, sign, leak):
    """leak times the tile where sign <= 0, and just 0 for leak = 0, else the tile.

    NaN stays NaN, so that a divergence is noticed.
    """

    def generate(context, builder, signature, args):
        build = Builder(builder, tile.dtype)
        values, tests = build.unpack(args[0]), build.unpack(args[1])
        spread, zero = build.spread(args[2]), ir.Constant(build.register, None)
        off = builder.fcmp_ordered("==", args[2], ir.Constant(args[2].type, 0))
        out = []
        for value, test in zip(values, tests, strict=True):
            below = builder.fcmp_ordered("<=", test, zero)
            small = builder.select(off, zero, builder.fmul(value, spread))
            out.append(builder.select(below, small, value))
        return build.pack(out)

    return tile(tile, sign, leak), generate


if config.DISABLE_JIT:

    def _rows(position, step, rows, height):
        return position + step * np.minimum(np.arange(height), rows - 1)

    def load_tile(memory, position, step, rows, width, height, registers):
        size = REGISTER_BYTES * registers // memory.itemsize
        tile = np.zeros((height, size), memory.dtype)
        columns = np.arange(min(width, size))
        starts = _rows(position, step, rows, height)
        tile[:, columns] = memory[starts[:, None] + columns]
        return tile

    def store_tile(memory, position, step, rows, width, tile):
        for at, row in zip(_rows(position, step, rows, len(tile)), tile, strict=True):
            memory[at : at + min(width, row.size)] = row[:width]

    def add_outer(tile, memory, position, step, rows, panel, start):
        numbers = memory[_rows(position, step, rows, len(tile))]
        return tile + numbers[:, None] * panel[start : start + tile.shape[1]]

    def leaky_tile(tile, sign, leak):
        return np.where(sign <= 0, leak * tile if leak else leak, tile)

    def register_size(memory):
        return REGISTER_BYTES // memory.itemsize

    def load_transposed(memory, position, step, columns, depth):
        size = register_size(memory)
        return load_tile(memory, position, step, columns, depth, size, 1).T
