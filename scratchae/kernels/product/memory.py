"""Bare memory: what the inner functions of a kernel get in place of arrays.

An array inside a kernel carries a reference count, which each function that it is
passed to raises and lowers. Where a function runs for a few microseconds only, that
shows, the more so when two threads count for the same array. A Memory is the address
of an array's first number and nothing else: m[i] reads and writes.

Nothing is checked, not even with NUMBA_BOUNDSCHECK: callers stay inside, and keep the
array. The tests hold them to it with arrays that end where memory does.

With NUMBA_DISABLE_JIT=1 a Memory is a flat array.
"""

import operator

from llvmlite import ir
from numba import config, types
from numba.extending import intrinsic, models, overload, register_model


class Memory(types.Type):
    """Numbers of one dtype, one after the other."""

    def __init__(self, dtype):
        self.dtype = dtype
        super().__init__(name=f"Memory({dtype})")


def llvm_number(dtype):
    """The LLVM type of one number."""
    return ir.FloatType() if dtype == types.float32 else ir.DoubleType()


@register_model(Memory)
class _Model(models.PrimitiveModel):
    def __init__(self, dmm, memory):
        super().__init__(dmm, memory, llvm_number(memory.dtype).as_pointer())


@intrinsic
def memory_of(typingctx, array):
    """The Memory of a C-ordered array."""
    if array.layout != "C":
        return None  # a type error: there is no such function

    def generate(context, builder, signature, args):
        return context.make_array(array)(context, builder, args[0]).data

    return Memory(array.dtype)(array), generate


@intrinsic
def _read(typingctx, memory, position):
    def generate(context, builder, signature, args):
        return builder.load(builder.gep(args[0], [args[1]]))

    return memory.dtype(memory, types.intp), generate


@intrinsic
def _write(typingctx, memory, position, number):
    def generate(context, builder, signature, args):
        builder.store(args[2], builder.gep(args[0], [args[1]]))
        return context.get_dummy_value()

    return types.void(memory, types.intp, memory.dtype), generate


@overload(operator.getitem)
def _getitem(memory, position):
    if isinstance(memory, Memory):
        return lambda memory, position: _read(memory, position)


@overload(operator.setitem)
def _setitem(memory, position, number):
    if isinstance(memory, Memory):
        return lambda memory, position, number: _write(memory, position, number)


@intrinsic
def fetch(typingctx, memory, position):
    """Ask for the cache line of memory[position]; one outside does no harm."""

    def generate(context, builder, signature, args):
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        takes = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        prefetch = builder.module.declare_intrinsic("llvm.prefetch", [byte], takes)
        where = builder.bitcast(builder.gep(args[0], [args[1]]), byte)
        builder.call(prefetch, [where, number(0), number(2), number(1)])
        return context.get_dummy_value()

    return types.void(memory, types.intp), generate


if config.DISABLE_JIT:

    def memory_of(array):
        return array.reshape(-1)

    def fetch(memory, position):
        pass
