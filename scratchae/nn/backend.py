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

from scratchae.nn import blas

BACKENDS = {"numba": "scratchae.kernels", "numpy": "scratchae.formulas.twins"}
VARIABLE = "SCRATCHAE_BACKEND"


class _Operations:
    """`ops.dense_forward` is the chosen backend's; nothing is imported before use."""

    def __init__(self):
        self._name = None  # of the process's backend, once it is chosen
        self._modules = {}  # that serve under a name here

    def __getattr__(self, name):
        return getattr(_chosen(), name)


ops = _Operations()
_of_block = ContextVar("scratchae_backend", default=None)
if hasattr(os, "register_at_fork"):  # a child looks again whether kernels can serve
    os.register_at_fork(after_in_child=ops._modules.clear)


def _chosen():
    name = _of_block.get() or ops._name
    if name is None:
        set_backend(os.environ.get(VARIABLE) or "numba")
        name = ops._name
    return ops._modules.get(name) or _import(name)


def set_backend(name):
    """Use "numba" or "numpy" from now on in the whole process, `with` blocks excepted.

    Where Numba cannot be imported, "numba" gives the NumPy backend and a warning; so
    it does in a process that was forked from one that had used GNU's OpenMP. While
    "numpy" serves, OpenBLAS works on one thread, unless the environment chooses.
    Raises ValueError for another name.
    """
    blas.limit("process", _is_plain(_import(name)))
    ops._name = name


def _is_plain(module):
    return module.__name__ == BACKENDS["numpy"]


def _import(name):
    """The module that serves under this name, imported and checked once."""
    if name not in BACKENDS:
        raise ValueError(f"backend must be one of {sorted(BACKENDS)}. Got {name!r}.")
    if name not in ops._modules:
        try:
            module = import_module(BACKENDS[name])
            getattr(module, "check_process", lambda: None)()
        except (ImportError, RuntimeError) as error:
            warnings.warn(
                f"the compiled kernels cannot be used ({error}); NumPy serves instead",
                RuntimeWarning,
                stacklevel=3,
            )
            module = import_module(BACKENDS["numpy"])
            blas.limit("process", True)
        ops._modules[name] = module
    return ops._modules[name]


def get_backend():
    """The name of the backend in use here: "numba" or "numpy"."""
    return "numpy" if _is_plain(_chosen()) else "numba"


def compile_seconds():
    """Seconds that this process has spent compiling; 0 where kernels were on disk."""
    return ops.compile_seconds() if get_backend() == "numba" else 0.0


@contextlib.contextmanager
def backend(name):
    """Use a backend inside a `with` block, then the one before.

    It holds for the thread (or asyncio task) that runs the block, and no other: threads
    started inside it, as those of a pool, have the backend of the process.
    """
    block = object()
    blas.limit(block, _is_plain(_import(name)))
    before = _of_block.set(name)
    try:
        yield
    finally:
        _of_block.reset(before)
        blas.limit(block, False)
