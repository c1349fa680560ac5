"""What a student's function calls, and whether its compiled loop has done the work.

It runs beside child.py, in the process of the student's file.
"""

import contextlib
import dis
import functools
import operator
import os
import types
from importlib.util import find_spec

import numpy as np

BLAS = {"dot", "matmul", "einsum", "tensordot", "inner", "vdot", "multi_dot",
        "__matmul__", "__rmatmul__", "__imatmul__"}
PRODUCTS = [getattr(room, name) for room in (np, np.linalg, operator)
            for name in BLAS if hasattr(room, name)]  # under whatever name


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
    todo, seen, first = [function], set(), getattr(function, "py_func", function)
    while todo:
        f = todo.pop()
        plain = getattr(f, "py_func", f)  # what Numba has compiled
        if (not isinstance(plain, types.FunctionType) or plain in seen
                or not beside(plain, first)):
            continue
        seen.add(plain)
        codes = [*codes_in(plain.__code__)]
        names = {name for code in codes for name in code.co_names + code.co_freevars}
        places = [place for place in places_of(plain) if place[0] in names]
        yield f, codes, places
        todo += [value for _, value, _ in places]


def uncompiled(function, given):
    """[what is wrong] where a function calls no compiled loop of its file, or BLAS.

    given : names of loops that were handed out, which are not the student's
    """
    if find_spec("numba") is None:  # the file has a stand-in, by which loops run
        return []
    for f, codes, places in reached(function):
        steps = [step for code in codes for step in dis.get_instructions(code)]
        if any(value is product for _, value, _ in places for product in PRODUCTS) or (
                any("MATRIX" in step.opname or step.argrepr in ("@", "@=")
                    or step.opname in ("LOAD_ATTR", "LOAD_METHOD", "IMPORT_FROM")
                    and step.argval in BLAS for step in steps)):
            return [f"right, but {f.__name__} leaves the product to NumPy: the loop "
                    "is asked for"]
    if not loops_of(function, given):
        return ["right, but no compiled function of yours is called"]
    return []


def loops_of(function, given):
    """The compiled functions of a student's that a function calls."""
    return [f for f, *_ in reached(function)
            if hasattr(f, "py_func") and f.__name__ not in given]


def idle(function, given, right):
    """[what is wrong] where the answer is right without the compiled functions, too.

    right : asks the function again, and says whether its answer is the one it was
    """
    loops = loops_of(function, given)
    if not loops or any(f is function for f in loops):
        return []
    found = [(value, put) for *_, places in reached(function)
             for _, value, put in places if any(value is loop for loop in loops)]
    try:
        for _, put in found:
            put(lambda *given, **named: None)
        done = right()
    finally:
        for value, put in found:
            put(value)
    return ["right, but without your compiled function as well: the loop is asked for"
            ] if done else []


def called(function, part):
    """The other parts' functions that a function calls."""
    names = {name for _, codes, _ in reached(function)
             for code in codes for name in code.co_names}
    return sorted(names & {*part.get("others", ())} - {part["function"]})
