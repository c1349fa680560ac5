"""What a student's function calls, and whether its compiled loop has done the work.

It runs beside child.py, in the process of the student's file.
"""

import contextlib
import dis
import functools
import operator
import os
import types

import numpy as np

BLAS = {"dot", "matmul", "einsum", "tensordot", "inner", "vdot", "multi_dot",
        "__matmul__", "__rmatmul__", "__imatmul__"}
PRODUCTS = [getattr(room, name) for room in (np, np.linalg, operator)
            for name in BLAS if hasattr(room, name)]  # under whatever name
DEFAULTS = ("__defaults__", "__kwdefaults__")  # of a function's parameters


def places_of(plain):
    """(name, object, function that puts another one there) of what a function finds
    outside itself, modules that lie beside its file included.
    """
    rooms = [vars(room) for room in plain.__globals__.values()
             if isinstance(room, types.ModuleType) and beside(room, plain)]
    for room in (plain.__globals__, *rooms):
        for name, value in [*room.items()]:
            yield name, value, functools.partial(room.__setitem__, name)
    cells = zip(plain.__code__.co_freevars, plain.__closure__ or (), strict=True)
    for name, cell in cells:
        with contextlib.suppress(ValueError):  # nothing is in it yet
            put = functools.partial(setattr, cell, "cell_contents")
            yield name, cell.cell_contents, put
    for name in DEFAULTS:
        yield name, getattr(plain, name), functools.partial(setattr, plain, name)


def source(f):
    """The Python function from which Numba has made another one; None of others."""
    if not str(type(f).__module__).startswith("numba."):
        return None
    return getattr(f, "py_func", getattr(f, "__wrapped__", None))  # of a ufunc


def members(value, deep=2):
    """A value, and what is in it where it is a list, a tuple or a dict."""
    yield value
    if deep and type(value) in (list, tuple, dict):
        for other in value.values() if type(value) is dict else value:
            yield from members(other, deep - 1)


def without(value, loops, deep=2):
    """A value with a function that does nothing in the place of each of some loops."""
    if any(value is loop for loop in loops):
        return lambda *given, **named: None
    if not deep or not any(
            other is loop for other in members(value, deep) for loop in loops):
        return value
    if type(value) is dict:
        return {key: without(other, loops, deep - 1) for key, other in value.items()}
    return type(value)(without(other, loops, deep - 1) for other in value)


def beside(other, plain):
    """Whether a module, or a function's, is in the folder of that of a function."""
    names = getattr(other, "__globals__", None) or vars(other)
    path, here = names.get("__file__"), plain.__globals__.get("__file__")
    if path is None or here is None:  # built in, or typed in
        return path == here
    return os.path.dirname(path) == os.path.dirname(here)


def codes_in(code):
    """A code, and those of the functions that are written within it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from codes_in(constant)


def reached(function):
    """A function and those of its files that it calls: (it, its codes, its places)."""
    todo, seen, first = [function], set(), source(function) or function
    while todo:
        f = todo.pop()
        plain = source(f) or f
        if (not isinstance(plain, types.FunctionType) or plain in seen
                or not beside(plain, first)):
            continue
        seen.add(plain)
        codes = [*codes_in(plain.__code__)]
        names = {name for code in codes
                 for name in code.co_names + code.co_freevars + DEFAULTS}
        places = [place for place in places_of(plain) if place[0] in names]
        yield f, codes, places
        todo += [other for _, value, _ in places for other in members(value)]


@functools.cache
def numba_serves():
    """Whether Numba can be imported: it may be there and not fit this NumPy."""
    try:
        import numba  # noqa: F401
    except ImportError:
        return False
    return True


def uncompiled(function, given):
    """[what is wrong] where a function calls no compiled loop of its file, or BLAS.

    given : names of loops that were handed out, which are not the student's
    """
    if not numba_serves():  # the file has a stand-in, by which loops run
        return []
    for f, codes, places in reached(function):
        if speaks_of_product(codes, places):
            return [f"right, but {f.__name__} leaves the product to NumPy: the loop "
                    "is asked for"]
    if not loops_of(function, given):
        return ["right, but no compiled function of yours is found: one under @njit is "
                f"looked for, which {function.__name__} calls by its name or has in a "
                "list or dict"]
    return []


def speaks_of_product(codes, places):
    """Whether one of NumPy's products is among what a function finds, or its names."""
    if any(value is product for _, value, _ in places for product in PRODUCTS):
        return True
    for step in (step for code in codes for step in dis.get_instructions(code)):
        if "MATRIX" in step.opname or step.argrepr in ("@", "@="):
            return True
        takes = step.opname in ("LOAD_ATTR", "LOAD_METHOD", "IMPORT_FROM")
        if takes and step.argval in BLAS:
            return True
    return False


def loops_of(function, given):
    """The compiled functions of a student's that a function calls."""
    return [f for f, *_ in reached(function)
            if source(f) and f.__name__ not in given]


def idle(function, given, ask):
    """[what is wrong] where the answer is the same without the compiled functions.

    ask : puts a question to the function that it has not been asked before, and
        returns its answer. Without is asked first: no block of memory that was given
        back can hold an answer that has never been computed.
    """
    loops = loops_of(function, given)
    if not loops or any(f is function for f in loops):
        return []
    changes = []
    for *_, places in reached(function):
        for _, value, put in places:
            other = without(value, loops)
            if other is not value:
                changes.append((value, other, put))
    try:
        for _, other, put in changes:
            put(other)
        alone = ask()
    finally:
        for value, _, put in changes:
            put(value)
    if alone is None or alone != ask():
        return []
    return ["right, but without your compiled function as well: the loop is asked for"]


def called(function, part):
    """The other parts' functions that a function calls."""
    names = {name for _, codes, _ in reached(function)
             for code in codes for name in code.co_names}
    return sorted(names & {*part["others"]} - {part["function"]})
