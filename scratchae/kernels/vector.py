"""A row of lanes: the vector registers of the processor as a Numba type.

A loop over scalars is turned into vector code by the compiler where it sees fit, but
it never keeps a block of the output in registers while a longer loop runs. The tile
of a matrix product needs just that (`product.py`), so its few operations on whole
registers are spelled out here: load, store, c + s * v, and the ReLU.

A Row is three registers of 32 bytes side by side: 24 numbers in float32, 12 in
float64. Where registers are wider or narrower, LLVM joins or splits them. With
NUMBA_DISABLE_JIT=1 the same names are plain NumPy functions and a Row is an array.

Numba compiles kernels for arrays that it knows to be contiguous, and the functions
here take a flat array and a position. Nothing is checked: callers stay inside.
"""

import numpy as np
from llvmlite import ir
from numba import config, types
from numba.extending import intrinsic, models, overload, register_model

ROW_BYTES = 96
REGISTER_BYTES = 32


class Row(types.Type):
    """Numba's type for three registers of numbers of one dtype."""

    def __init__(self, dtype):
        self.dtype = dtype
        super().__init__(name=f"Row({dtype})")


def _register(dtype):
    """The LLVM type of one register."""
    number = ir.FloatType() if dtype == types.float32 else ir.DoubleType()
    return ir.VectorType(number, REGISTER_BYTES * 8 // dtype.bitwidth)


@register_model(Row)
class _RowModel(models.PrimitiveModel):
    def __init__(self, dmm, row):
        super().__init__(dmm, row, ir.ArrayType(_register(row.dtype), 3))


def _pointer(context, builder, array_type, array, position):
    data = context.make_array(array_type)(context, builder, array).data
    return builder.gep(data, [position])


def _spread(builder, number, register):
    """The same number in every lane."""
    undefined = ir.Constant(register, ir.Undefined)
    first = builder.insert_element(undefined, number, ir.Constant(ir.IntType(32), 0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), register.count), None)
    return builder.shuffle_vector(first, undefined, zeros)


@intrinsic
def load_row(typingctx, array, position):
    """The Row at array[position : position + 24] (12 in float64)."""

    def generate(context, builder, signature, args):
        register = _register(array.dtype)
        start = _pointer(context, builder, array, *args)
        start = builder.bitcast(start, register.as_pointer())
        row = ir.Constant(ir.ArrayType(register, 3), ir.Undefined)
        for i in range(3):
            at = builder.gep(start, [ir.Constant(ir.IntType(64), i)])
            value = builder.load(at, align=array.dtype.bitwidth // 8)
            row = builder.insert_value(row, value, i)
        return row

    return Row(array.dtype)(array, types.intp), generate


@intrinsic
def store_row(typingctx, array, position, row):
    """array[position : position + 24] = row."""

    def generate(context, builder, signature, args):
        start = _pointer(context, builder, array, *args[:2])
        start = builder.bitcast(start, _register(array.dtype).as_pointer())
        for i in range(3):
            at = builder.gep(start, [ir.Constant(ir.IntType(64), i)])
            value = builder.extract_value(args[2], i)
            builder.store(value, at, align=array.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(array, types.intp, row), generate


@intrinsic
def gather_row(typingctx, array, position, stride):
    """The Row of array[position], array[position + stride], ...: a column, say."""

    def generate(context, builder, signature, args):
        register = _register(array.dtype)
        row = ir.Constant(ir.ArrayType(register, 3), ir.Undefined)
        at = args[1]
        for i in range(3):
            value = ir.Constant(register, ir.Undefined)
            for lane in range(register.count):
                number = builder.load(_pointer(context, builder, array, args[0], at))
                lane = ir.Constant(ir.IntType(32), lane)
                value = builder.insert_element(value, number, lane)
                at = builder.add(at, args[2])
            row = builder.insert_value(row, value, i)
        return row

    return Row(array.dtype)(array, types.intp, types.intp), generate


@intrinsic
def add_multiple(typingctx, row, array, position, other):
    """row + array[position] * other, as fused multiply-adds where there are any."""

    def generate(context, builder, signature, args):
        row_in, array_in, position_in, other_in = args
        register = _register(array.dtype)
        number = builder.load(_pointer(context, builder, array, array_in, position_in))
        spread = _spread(builder, number, register)
        out = row_in
        for i in range(3):
            v, c = (builder.extract_value(r, i) for r in (other_in, row_in))
            product = builder.fmul(spread, v, flags=("contract",))
            total = builder.fadd(product, c, flags=("contract",))
            out = builder.insert_value(out, total, i)
        return out

    return row(row, array, types.intp, other), generate


@intrinsic
def leaky_row(typingctx, row, sign, leak):
    """row where sign > 0, else leak * row."""

    def generate(context, builder, signature, args):
        register = _register(row.dtype)
        spread = _spread(builder, args[2], register)
        out = args[0]
        for i in range(3):
            value, test = (builder.extract_value(r, i) for r in args[:2])
            positive = builder.fcmp_ordered(">", test, ir.Constant(register, None))
            small = builder.fmul(value, spread)
            out = builder.insert_value(out, builder.select(positive, value, small), i)
        return out

    return row(row, sign, leak), generate


def power_of_two(t):
    """2^n for t = n + 1.5 * 2^23 (float32) or n + 1.5 * 2^52 (float64).

    Adding such a large number rounds to a whole n, which then stands in the lowest
    bits of t. Shifted into the exponent's place they make 2^n: no table, no branch.
    n = -127 (-1023) gives 0 and n = 128 (1024) infinity.
    """
    large = t.dtype.type(1.5) * t.dtype.type(2 ** (23 if t.itemsize == 4 else 52))
    with np.errstate(over="ignore", under="ignore"):
        return np.ldexp(t.dtype.type(1), int(t - large)) if t == t else t


@overload(power_of_two)
def _power_of_two(t):
    if t == types.float32:

        def shift(t):
            bits = np.float32(t).view(np.int32) + np.int32(127)
            return np.int32(bits << np.int32(23)).view(np.float32)

    else:

        def shift(t):
            bits = np.float64(t).view(np.int64) + np.int64(1023)
            return np.int64(bits << np.int64(52)).view(np.float64)

    return shift


if config.DISABLE_JIT:

    def load_row(array, position):
        return array[position : position + ROW_BYTES // array.itemsize].copy()

    def store_row(array, position, row):
        array[position : position + row.size] = row

    def gather_row(array, position, stride):
        lanes = ROW_BYTES // array.itemsize
        return array[position : position + (lanes - 1) * stride + 1 : stride].copy()

    def add_multiple(row, array, position, other):
        return row + array[position] * other

    def leaky_row(row, sign, leak):
        return np.where(sign > 0, row, leak * row)
