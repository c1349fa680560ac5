"""The one place that says which functions do the work of a training step.

Layers, networks and optimizers call `ops.NAME`. There are two backends of the same
names, signatures and meanings: "numba", the compiled kernels (the default), and
"numpy", their readable twins. The environment variable SCRATCHAE_BACKEND,
`set_backend` and the context manager `backend` choose.
"""

import contextlib
import os
import warnings
from contextvars import ContextVar
from importlib import import_module

BACKENDS = {"numba": "scratchae.kernels", "numpy": "scratchae.formulas.twins"}
VARIABLE = "SCRATCHAE_BACKEND"


class _Operations:
    """`ops.dense_forward` is the chosen backend's; nothing is imported before use."""

    def __init__(self):
        self._module = None  # of the process, once it is chosen

    def __getattr__(self, name):
        return getattr(_chosen(), name)


ops = _Operations()
_of_block = ContextVar("scratchae_backend", default=None)


def _chosen():
    module = _of_block.get()
    if module is not None:
        return module
    if ops._module is None:
        set_backend(os.environ.get(VARIABLE) or "numba")
    return ops._module


def set_backend(name):
    """Use "numba" or "numpy" from now on in the whole process, `with` blocks excepted.

    Where Numba cannot be imported, "numba" gives the NumPy backend and a warning.
    Raises ValueError for another name.
    """
    ops._module = _import(name)


def _import(name):
    if name not in BACKENDS:
        raise ValueError(f"backend must be one of {sorted(BACKENDS)}. Got {name!r}.")
    try:
        return import_module(BACKENDS[name])
    except ImportError as error:
        warnings.warn(
            f"the compiled kernels cannot be used ({error}); NumPy serves instead",
            RuntimeWarning,
            stacklevel=3,
        )
        return import_module(BACKENDS["numpy"])


def get_backend():
    """The name of the backend in use here: "numba" or "numpy"."""
    module = _chosen().__name__
    return next(name for name in BACKENDS if BACKENDS[name] == module)


def compile_seconds():
    """Seconds that this process has spent compiling; 0 where kernels were on disk."""
    return ops.compile_seconds() if get_backend() == "numba" else 0.0


@contextlib.contextmanager
def backend(name):
    """Use a backend inside a `with` block, then the one before.

    It holds for the thread (or asyncio task) that runs the block, and no other: threads
    started inside it, as those of a pool, have the backend of the process.
    """
    before = _of_block.set(_import(name))
    try:
        yield
    finally:
        _of_block.reset(before)
