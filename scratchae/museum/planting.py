"""Planting a fault: a function runs as if a line of its source were another."""

import ast
import contextlib
import inspect
import textwrap


@contextlib.contextmanager
def edited(function, *changes):
    """Inside the block a function runs as if its source were another.

    changes : texts in pairs, what stands there and what shall stand there instead

    The function object stays the same and gets other code, so that whoever imported
    it, or took it as a method, has the mistake too. Defaults may be edited as well.
    Raises LookupError unless each old text stands there exactly once: an exhibit that
    no longer fits its code must not pass for a caught one.
    """
    wrong = _compiled(function, changed_source(function, changes))
    before = _parts(function)
    _set_parts(function, *_parts(wrong))
    try:
        yield
    finally:
        _set_parts(function, *before)


def changed_source(function, changes):
    """The source of a function, without its docstring, with the changes made."""
    source = _without_docstring(textwrap.dedent(inspect.getsource(function)))
    for old, new in zip(changes[::2], changes[1::2], strict=True):
        if source.count(old) != 1:
            raise LookupError(f"{function.__qualname__} has {old!r} "
                              f"{source.count(old)} times; expected it once")
        source = source.replace(old, new)
    return source


def _without_docstring(source):
    first = ast.parse(source).body[0].body[0]
    if not (isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)):
        return source
    lines = source.splitlines(keepends=True)
    return "".join(lines[: first.lineno - 1] + lines[first.end_lineno :])


def _compiled(function, source):
    """The function of this source, with the same globals and the same closure."""
    definition = ast.parse(source).body[0]
    definition.decorator_list = []  # the object that is edited has them already
    names = function.__code__.co_freevars
    outer = ast.parse(f"def outer({', '.join(names)}): return {definition.name}")
    outer.body[0].body.insert(0, definition)
    scope = {}
    exec(compile(ast.fix_missing_locations(outer), "planted", "exec"),
         function.__globals__, scope)
    cells = function.__closure__ or ()
    return scope["outer"](*(cell.cell_contents for cell in cells))


def _parts(function):
    return function.__code__, function.__defaults__, function.__kwdefaults__


def _set_parts(function, code, defaults, keyword_defaults):
    function.__code__ = code
    function.__defaults__ = defaults
    function.__kwdefaults__ = keyword_defaults
