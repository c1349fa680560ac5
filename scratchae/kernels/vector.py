"""The processor's vector registers as a Numba type: tiles of a matrix.

A loop over scalars is turned into vector code by the compiler where it sees fit, but
it never keeps a block of the output in registers while a longer loop runs. The
micro-kernel of a matrix product needs just that (`product.py`), so its few operations
on whole registers are spelled out here.

A Tile is a block of the output: TILE rows of REGISTERS registers each, or of one at
the right edge of a matrix.

With 512-bit registers (AVX-512) there are 32 of them and a tile is 8 x 48 numbers in
float32; elsewhere registers are taken as 256 bits, 16 of them, and a tile is 4 x 24.
LLVM splits them where the machine has less. LLVM's own choice, where it vectorises a
loop by itself, stays at 256 bits: that is a setting of the whole process, and other
people's code runs in it too. Asking for a 512-bit type touches nobody else.

With NUMBA_DISABLE_JIT=1 the same names are NumPy functions and a Tile is an array.
The functions take a flat array and a position. Nothing is checked: callers stay
inside.
"""

import numpy as np
from llvmlite import binding, ir
from numba import config, types
from numba.extending import intrinsic, models, register_model

WIDE = bool(binding.get_host_cpu_features().get("avx512f"))
REGISTER_BYTES = 64 if WIDE else 32
REGISTERS = 3  # per row of a tile
TILE = 8 if WIDE else 4  # rows of a tile
ROW_BYTES = REGISTER_BYTES * REGISTERS


class Tile(types.Type):
    """TILE rows of so many registers, of numbers of one dtype."""

    def __init__(self, dtype, registers):
        self.dtype, self.registers = dtype, registers
        super().__init__(name=f"Tile({dtype}, {registers})")


def _register(dtype):
    """The LLVM type of one register."""
    number = ir.FloatType() if dtype == types.float32 else ir.DoubleType()
    return ir.VectorType(number, REGISTER_BYTES * 8 // dtype.bitwidth)


@register_model(Tile)
class _Model(models.PrimitiveModel):
    def __init__(self, dmm, tile):
        count = TILE * tile.registers
        super().__init__(dmm, tile, ir.ArrayType(_register(tile.dtype), count))


class _Builder:
    """LLVM instructions for one call: loads and stores of single registers."""

    def __init__(self, context, builder, array_type):
        self.context, self.builder, self.dtype = context, builder, array_type.dtype
        self.array_type, self.register = array_type, _register(array_type.dtype)
        self.align = array_type.dtype.bitwidth // 8

    def data(self, array):
        """Address of an array's first number."""
        return self.context.make_array(self.array_type)(
            self.context, self.builder, array
        ).data

    def at(self, data, position, register=0):
        """Address of the register-th register after data[position]."""
        start = self.builder.gep(data, [position])
        start = self.builder.bitcast(start, self.register.as_pointer())
        return self.builder.gep(start, [ir.Constant(ir.IntType(64), register)])

    def load(self, *where):
        return self.builder.load(self.at(*where), align=self.align)

    def store(self, value, *where):
        self.builder.store(value, self.at(*where), align=self.align)

    def spread(self, number):
        """The same number in every lane."""
        undefined = ir.Constant(self.register, ir.Undefined)
        zero = ir.Constant(ir.IntType(32), 0)
        first = self.builder.insert_element(undefined, number, zero)
        zeros = ir.Constant(ir.VectorType(ir.IntType(32), self.register.count), None)
        return self.builder.shuffle_vector(first, undefined, zeros)

    def plus(self, position, rows, step):
        """position + rows * step."""
        rows = ir.Constant(ir.IntType(64), rows)
        return self.builder.add(position, self.builder.mul(rows, step))

    def pack(self, values):
        """Registers as one LLVM array: a Tile."""
        out = ir.Constant(ir.ArrayType(self.register, len(values)), ir.Undefined)
        for i, value in enumerate(values):
            out = self.builder.insert_value(out, value, i)
        return out

    def unpack(self, tile, count):
        return [self.builder.extract_value(tile, i) for i in range(count)]


@intrinsic(prefer_literal=True)
def load_tile(typingctx, array, position, step, registers):
    """The Tile whose row i starts at array[position + i step]."""
    count = registers.literal_value

    def generate(context, builder, signature, args):
        build = _Builder(context, builder, array)
        data = build.data(args[0])
        return build.pack(
            [build.load(data, build.plus(args[1], i, args[2]), r)
             for i in range(TILE) for r in range(count)]
        )  # fmt: skip

    arguments = array, types.intp, types.intp, registers
    return Tile(array.dtype, count)(*arguments), generate


@intrinsic
def store_tile(typingctx, array, position, step, tile):
    """array[position + i step : ...] = row i of the tile."""

    def generate(context, builder, signature, args):
        build = _Builder(context, builder, array)
        data = build.data(args[0])
        values = iter(build.unpack(args[3], TILE * tile.registers))
        for i in range(TILE):
            for r in range(tile.registers):
                build.store(next(values), data, build.plus(args[1], i, args[2]), r)
        return context.get_dummy_value()

    return types.void(array, types.intp, types.intp, tile), generate


@intrinsic
def add_outer(typingctx, tile, array, position, step, panel, start):
    """tile[i, :] + array[position + i step] * panel[start : start + its width].

    One step of k in a matrix product: a fused multiply-add for each register.
    """

    def generate(context, builder, signature, args):
        build = _Builder(context, builder, array)
        tile_in, array_in, position, step, panel_in, start = args
        data, panel_data = build.data(array_in), build.data(panel_in)
        row = [build.load(panel_data, start, r) for r in range(tile.registers)]
        sums = build.unpack(tile_in, TILE * tile.registers)
        for i in range(TILE):
            number = builder.load(builder.gep(data, [build.plus(position, i, step)]))
            spread = build.spread(number)
            for r, column in enumerate(row, i * tile.registers):
                product = builder.fmul(spread, column, flags=("contract",))
                sums[r] = builder.fadd(product, sums[r], flags=("contract",))
        return build.pack(sums)

    signature = tile(tile, array, types.intp, types.intp, panel, types.intp)
    return signature, generate


@intrinsic
def leaky_tile(typingctx, tile, sign, leak):
    """The tile where sign > 0, else leak times it."""

    def generate(context, builder, signature, args):
        build = _Builder(context, builder, types.Array(tile.dtype, 1, "C"))
        values, tests = (build.unpack(t, TILE * tile.registers) for t in args[:2])
        spread, zero = build.spread(args[2]), ir.Constant(build.register, None)
        out = []
        for value, test in zip(values, tests, strict=True):
            positive = builder.fcmp_ordered(">", test, zero)
            small = builder.fmul(value, spread)
            out.append(builder.select(positive, value, small))
        return build.pack(out)

    return tile(tile, sign, leak), generate


@intrinsic
def copy_row(typingctx, target, to, source, start):
    """REGISTERS registers: target[to : ...] = source[start : ...]."""

    def generate(context, builder, signature, args):
        build = _Builder(context, builder, target)
        data, source_data = build.data(args[0]), build.data(args[2])
        for r in range(REGISTERS):
            build.store(build.load(source_data, args[3], r), data, args[1], r)
        return context.get_dummy_value()

    return types.void(target, types.intp, source, types.intp), generate


@intrinsic
def prefetch_row(typingctx, array, position):
    """Ask for what copy_row will read; a position outside does no harm."""

    def generate(context, builder, signature, args):
        build = _Builder(context, builder, array)
        data, byte = build.data(args[0]), ir.IntType(8).as_pointer()
        number = ir.IntType(32)
        takes = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        prefetch = builder.module.declare_intrinsic("llvm.prefetch", [byte], takes)
        for r in range(REGISTERS):
            where = builder.bitcast(build.at(data, args[1], r), byte)
            builder.call(prefetch, [where, number(0), number(2), number(1)])
        return context.get_dummy_value()

    return types.void(array, types.intp), generate


@intrinsic
def transpose_block(typingctx, target, to, to_step, source, start, step):
    """target[to + j to_step + i] = source[start + i step + j] for one square block.

    The block has as many rows as a register has numbers. Rows i and i + s exchange
    blocks of s numbers, for s = half the size, a quarter, ..., 1.
    """

    def generate(context, builder, signature, args):
        build = _Builder(context, builder, target)
        data, source_data = build.data(args[0]), build.data(args[3])
        size = build.register.count
        rows = [
            build.load(source_data, build.plus(args[4], i, args[5]))
            for i in range(size)
        ]
        s = size // 2
        while s:
            for i in range(size):
                if not i & s:
                    rows[i], rows[i + s] = _exchange(builder, rows[i], rows[i + s], s)
            s //= 2
        for j, row in enumerate(rows):
            build.store(row, data, build.plus(args[1], j, args[2]))
        return context.get_dummy_value()

    intp = types.intp
    return types.void(target, intp, intp, source, intp, intp), generate


def _exchange(builder, a, b, s):
    """a with every second block of s numbers from b, and the rest."""
    size = a.type.count
    upper = [j if not j & s else size + j - s for j in range(size)]
    lower = [j + s if not j & s else size + j for j in range(size)]
    masks = (
        ir.Constant(ir.VectorType(ir.IntType(32), size), mask)
        for mask in (upper, lower)
    )
    return [builder.shuffle_vector(a, b, mask) for mask in masks]


if config.DISABLE_JIT:

    def load_tile(array, position, step, registers):
        size = REGISTER_BYTES * registers // array.itemsize
        starts = position + step * np.arange(TILE)
        return array[starts[:, None] + np.arange(size)]

    def store_tile(array, position, step, tile):
        for i, row in enumerate(tile):
            array[position + i * step : position + i * step + row.size] = row

    def add_outer(tile, array, position, step, panel, start):
        numbers = array[position + step * np.arange(TILE)]
        return tile + numbers[:, None] * panel[start : start + tile.shape[1]]

    def leaky_tile(tile, sign, leak):
        return np.where(sign > 0, tile, leak * tile)

    def copy_row(target, to, source, start):
        size = ROW_BYTES // target.itemsize
        target[to : to + size] = source[start : start + size]

    def prefetch_row(array, position):
        pass

    def transpose_block(target, to, to_step, source, start, step):
        size = REGISTER_BYTES // target.itemsize
        for i in range(size):
            row = source[start + i * step : start + i * step + size]
            target[to + i + to_step * np.arange(size)] = row
