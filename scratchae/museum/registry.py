"""The list of exhibits."""

import contextlib
from importlib import import_module
from typing import NamedTuple

from scratchae.museum.planting import edited


class Exhibit(NamedTuple):
    """A real mistake, as edits of the code that runs.

    text : what it is   seen_in : where it was seen
    edits : (function, old text, new text, ...) each   kernel : the same mistake in the
        compiled backend, with functions named below `scratchae.kernels`; empty where
        it has no code of its own for this
    """

    text: str
    seen_in: str
    edits: tuple
    kernel: tuple = ()

    @property
    def targets(self):
        """The functions that are edited."""
        return [function for function, *_ in self.edits]

    def planted(self):
        """Inside the block the mistake is in the NumPy backend and all above it."""
        return _all_edited(self.edits)

    def planted_in_kernels(self):
        """The same in the kernels, which must be interpreted (NUMBA_DISABLE_JIT=1)."""
        return _all_edited((_kernel(name), *changes) for name, *changes in self.kernel)


@contextlib.contextmanager
def _all_edited(edits):
    with contextlib.ExitStack() as stack:
        for function, *changes in edits:
            stack.enter_context(edited(function, *changes))
        yield


def _kernel(name):
    module, _, function = name.rpartition(".")
    return getattr(import_module(f"scratchae.kernels.{module}"), function)


FAULTS = {}  # name -> Exhibit


def exhibit(name, text, seen_in, *edits, kernel=()):
    """Put an exhibit on the list."""
    FAULTS[name] = Exhibit(text, seen_in, edits, tuple(kernel))
