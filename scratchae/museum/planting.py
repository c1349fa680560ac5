"""Planting a fault: one function replaced wherever the package has a name for it."""

import contextlib
import sys

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
