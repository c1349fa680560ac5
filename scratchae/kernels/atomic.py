"""What threads agree by: single instructions that nobody can interrupt, and sleep.

Words are entries of an int64 array. Each instruction here is one step for all threads:
who sees its result also sees all that was written before it.

Sleep is Python's lock for C (`PyThread_allocate_lock`): any thread may release it, and
it needs no GIL, so that a loop without Python can wait in it. It is the same call on
Linux, macOS and Windows.

With NUMBA_DISABLE_JIT=1 the parts of a kernel run in turn, and plain Python serves.
"""

import ctypes

from llvmlite import binding, ir
from numba import config, types
from numba.core import cgutils
from numba.extending import intrinsic

ORDER = "seq_cst"  # the strictest: all threads see all steps in one order


@intrinsic
def look(typingctx, words, i):
    """words[i]"""

    def generate(context, builder, signature, args):
        return builder.load_atomic(_at(context, builder, words, args), ORDER, 8)

    return types.int64(words, types.intp), generate


@intrinsic
def add(typingctx, words, i, number):
    """words[i] += number; what it was before."""

    def generate(context, builder, signature, args):
        at = _at(context, builder, words, args)
        return builder.atomic_rmw("add", at, args[2], ORDER)

    return types.int64(words, types.intp, types.int64), generate


@intrinsic
def swap(typingctx, words, i, number):
    """words[i] = number; what it was before."""

    def generate(context, builder, signature, args):
        at = _at(context, builder, words, args)
        return builder.atomic_rmw("xchg", at, args[2], ORDER)

    return types.int64(words, types.intp, types.int64), generate


@intrinsic
def change(typingctx, words, i, expected, number):
    """words[i] = number where it is as expected; whether it was."""

    def generate(context, builder, signature, args):
        at = _at(context, builder, words, args)
        both = builder.cmpxchg(at, args[2], args[3], ORDER, ORDER)
        return builder.extract_value(both, 1)

    return types.boolean(words, types.intp, types.int64, types.int64), generate


@intrinsic
def pause(typingctx):
    """Tell the processor that this thread waits in a loop, which spares the others."""
    machine = binding.get_process_triple().split("-")[0]

    def generate(context, builder, signature, args):
        if machine == "x86_64":
            kind = ir.FunctionType(ir.VoidType(), [])
            name = "llvm.x86.sse2.pause"
            builder.call(cgutils.get_or_insert_function(builder.module, kind, name), [])
        elif machine in ("aarch64", "arm64"):
            kind = ir.FunctionType(ir.VoidType(), [ir.IntType(32)])
            name = "llvm.aarch64.hint"
            function = cgutils.get_or_insert_function(builder.module, kind, name)
            builder.call(function, [ir.IntType(32)(1)])  # yield
        return context.get_dummy_value()

    return types.none(), generate


def _at(context, builder, words, args):
    data = context.make_array(words)(context, builder, args[0]).data
    return builder.gep(data, [args[1]])


acquire = types.ExternalFunction(  # waits where its second argument is 1
    "PyThread_acquire_lock", types.int32(types.intp, types.int32))
wake = types.ExternalFunction("PyThread_release_lock", types.void(types.intp))


_python = ctypes.pythonapi
_python.PyThread_allocate_lock.restype = ctypes.c_void_p
_python.PyThread_acquire_lock.argtypes = ctypes.c_void_p, ctypes.c_int
_python.PyThread_release_lock.argtypes = (ctypes.c_void_p,)


def new_bed():
    """The address of a new place to sleep at: `acquire` there waits for `wake`."""
    bed = _python.PyThread_allocate_lock()
    _python.PyThread_acquire_lock(bed, 1)
    return bed


def wake_up(bed):
    """`wake`, from Python."""
    _python.PyThread_release_lock(int(bed))


if config.DISABLE_JIT:

    def look(words, i):
        return words[i]

    def add(words, i, number):
        words[i] += number
        return words[i] - number
