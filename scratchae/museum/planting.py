"""Planting a fault: a function replaced wherever it has a name, or one line edited."""

import ast
import contextlib
import inspect
import sys
import textwrap

PACKAGE = "scratchae"


@contextlib.contextmanager
def replaced(original, planted):
    """Inside the block every module of the package has `planted` for `original`.

    Modules that said `from x import f` hold a name of their own; all are changed, and
    all are changed back.
    """
    places = [
        (module, name)
        for key, module in list(sys.modules.items())
        if module is not None and key.split(".")[0] == PACKAGE
        for name, value in list(vars(module).items())
        if value is original
    ]
    try:
        for module, name in places:
            setattr(module, name, planted)
        yield
    finally:
        for module, name in places:
            setattr(module, name, original)


@contextlib.contextmanager
def method_replaced(owner, name, planted):
    """Inside the block the class has another method (or property)."""
    before = vars(owner)[name]
    setattr(owner, name, planted)
    try:
        yield
    finally:
        setattr(owner, name, before)


@contextlib.contextmanager
def edited(function, old, new):
    """Inside the block a function runs as if its source had `new` where it has `old`.

    The function object stays the same and gets other code, so that whoever imported
    it, or took it as a method, has the mistake too. Defaults may be edited as well.
    Raises LookupError unless `old` stands in the source exactly once: an exhibit that
    no longer fits its code must not pass for a caught one.
    """
    wrong = _compiled(function, _source_with(function, old, new))
    before = _parts(function)
    _set_parts(function, *_parts(wrong))
    try:
        yield
    finally:
        _set_parts(function, *before)


def _source_with(function, old, new):
    source = textwrap.dedent(inspect.getsource(function))
    if source.count(old) != 1:
        raise LookupError(
            f"{function.__qualname__} has {old!r} {source.count(old)} times; expected "
            "it once"
        )
    return source.replace(old, new)


def _compiled(function, source):
    """The function of this source, with the same globals and the same closure."""
    definition = ast.parse(source).body[0]
    definition.decorator_list = []  # the object that is edited has them already
    names = function.__code__.co_freevars
    outer = ast.parse(f"def outer({', '.join(names)}): return {definition.name}")
    outer.body[0].body.insert(0, definition)
    scope = {}
    exec(compile(ast.fix_missing_locations(outer), "planted", "exec"),
         function.__globals__, scope)  # fmt: skip
    cells = function.__closure__ or ()
    return scope["outer"](*(cell.cell_contents for cell in cells))


def _parts(function):
    return function.__code__, function.__defaults__, function.__kwdefaults__


def _set_parts(function, code, defaults, keyword_defaults):
    function.__code__ = code
    function.__defaults__ = defaults
    function.__kwdefaults__ = keyword_defaults
