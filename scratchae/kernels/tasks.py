"""A compiled function and its arguments as two addresses that any thread can call."""

from llvmlite import ir
from numba import config, types
from numba.core import cgutils
from numba.core.imputils import lower_constant
from numba.extending import intrinsic, models, register_model, typeof_impl

from scratchae.kernels.compile import inline


class EachThread:
    """A compiled function that a kernel calls on each thread; for Numba a constant."""

    def __init__(self, function):
        self.function = inline(function)


class EachThreadType(types.Opaque):
    """Numba's type of one such function."""

    def __init__(self, function):
        self.function = types.Dispatcher(function)
        python = function.py_func
        super().__init__(f"EachThread({python.__module__}.{python.__qualname__})")


register_model(EachThreadType)(models.OpaqueModel)


@typeof_impl.register(EachThread)
def _typeof(part, _):
    return EachThreadType(part.function)


@lower_constant(EachThreadType)
def _no_value(context, builder, _, part):
    return context.get_dummy_value()


@intrinsic
def task_of(typingctx, part, pool, arguments):
    """Two addresses: of a function task(thread, data), and of what it hands to `part`.

    They are those of the function that calls this, and end with it.
    """
    inner = (types.intp, pool, *arguments.types)
    signature = part.function.get_call_type(typingctx, inner, {})

    def generate(context, builder, _, args):
        packed = cgutils.pack_struct(
            builder, [args[1], *cgutils.unpack_tuple(builder, args[2])])
        data = cgutils.alloca_once_value(builder, packed)
        convention, words = context.call_conv, (types.intp, types.intp)
        task = ir.Function(
            builder.module, convention.get_function_type(types.none, words),
            builder.module.get_unique_name("task"))
        task.linkage = "internal"
        convention.decorate_function(task, ("thread", "data"), words)
        inside = ir.IRBuilder(task.append_basic_block())
        thread, address = convention.get_arguments(task)
        given = inside.load(inside.inttoptr(address, data.type))
        function = context.get_function(part.function, signature)
        function(inside, [thread, *cgutils.unpack_tuple(inside, given)])
        context.add_linking_libs(function.libs)
        convention.return_value(inside, context.get_dummy_value())
        word = context.get_value_type(types.intp)
        addresses = [builder.ptrtoint(at, word) for at in (task, data)]
        return context.make_tuple(builder, types.UniTuple(types.intp, 2), addresses)

    return types.UniTuple(types.intp, 2)(part, pool, arguments), generate


@intrinsic
def run_task(typingctx, task, data, thread):
    """task(thread, data), whose addresses are given; whether it failed."""

    def generate(context, builder, _, args):
        convention, words = context.call_conv, (types.intp, types.intp)
        kind = convention.get_function_type(types.none, words)
        task = builder.inttoptr(args[0], kind.as_pointer())
        status, _ = convention.call_function(
            builder, task, types.none, words, [args[2], args[1]])
        return status.is_error

    return types.boolean(types.intp, types.intp, types.intp), generate


if config.DISABLE_JIT:

    def EachThread(function):
        return function
