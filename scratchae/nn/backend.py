"""The one place that says which functions do the work of a training step.

Layers, networks and optimizers call `ops.NAME`. There are two backends of the same
names, signatures and meanings: "numba", the compiled kernels (the default), and
"numpy", their readable twins. The environment variable SCRATCHAE_BACKEND,
`set_backend` and the context manager `backend` choose.
"""

import contextlib
import os
import warnings
from importlib import import_module

BACKENDS = {"numba": "scratchae.kernels", "numpy": "scratchae.formulas.twins"}
VARIABLE = "SCRATCHAE_BACKEND"


class _Operations:
    """`ops.dense_forward` is the chosen backend's; nothing is imported before use."""

    def __init__(self):
        self.name, self._module = None, None

    def __getattr__(self, name):
        if self._module is None:
            set_backend(os.environ.get(VARIABLE) or "numba")
        return getattr(self._module, name)


ops = _Operations()


def set_backend(name):
    """Use "numba" or "numpy" from now on, in the whole process.

    Where Numba cannot be imported, "numba" gives the NumPy backend and a warning.
    Raises ValueError for another name.
    """
    if name not in BACKENDS:
        raise ValueError(f"backend must be one of {sorted(BACKENDS)}. Got {name!r}.")
    try:
        module = import_module(BACKENDS[name])
    except ImportError as error:
        warnings.warn(
            f"the compiled kernels cannot be used ({error}); NumPy serves instead",
            RuntimeWarning,
            stacklevel=2,
        )
        name = "numpy"
        module = import_module(BACKENDS[name])
    ops.name, ops._module = name, module


def get_backend():
    """The name of the backend in use: "numba" or "numpy"."""
    _ = ops.dense_forward  # the first use decides
    return ops.name


def compile_seconds():
    """Seconds that this process has spent compiling; 0 where kernels were on disk."""
    return ops._module.compile_seconds() if get_backend() == "numba" else 0.0


@contextlib.contextmanager
def backend(name):
    """Use a backend inside a `with` block, then the one before."""
    before = get_backend()
    set_backend(name)
    try:
        yield
    finally:
        set_backend(before)
