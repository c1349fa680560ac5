"""The one place that says which functions do the work of a training step.

Layers, networks and optimizers call `ops.NAME`. There are two backends of the same
names, signatures and meanings: "numba", the compiled kernels (the default), and
"numpy", the plain backend, which is composed of the formulas. The environment variable
SCRATCHAE_BACKEND, `set_backend` and the context manager `backend` choose.
"""

import contextlib
import os
import threading
import warnings
from importlib import import_module

from scratchae.interrupts import held_back
from scratchae.nn import blas

BACKENDS = {"numba": "scratchae.kernels", "numpy": "scratchae.nn.plain"}
VARIABLE = "SCRATCHAE_BACKEND"
THREADS = "NUMBA_NUM_THREADS"
MOST_THREADS = 1024  # memory for each is taken when kernels start


class _Operations(threading.local):
    """`ops.layer_forward` is the chosen backend's; nothing is imported before use.

    The functions of the process's backend are attributes of this class. Those of a
    block that holds one are attributes of its thread's own instance, so they go first.
    """

    process = None  # name of the process's backend, once it is chosen
    functions = None  # and its functions by name

    def __getattr__(self, name):
        """Nothing is there yet: fill in what was chosen, then look again."""
        if name.startswith("_"):
            raise AttributeError(name)
        if "serving" not in vars(_Operations):
            set_backend(self.process or backend_of_environment())
        try:
            return self.__getattribute__(name)  # another thread may have filled it in
        except AttributeError:
            raise AttributeError(f"there is no operation {name!r}") from None

    @contextlib.contextmanager
    def held(self, functions=None):
        """In this block, this thread has these functions, or goes on with those it has.

        A training holds its own: what `set_backend` is told meanwhile is for others.
        """
        before, block = vars(self).copy(), object()
        if not (functions or before) and self.serving:  # which chooses, if nobody has
            with _changing:
                functions = {name: getattr(self, name) for name in self.functions}
        try:
            vars(self).update(functions or before)
            if self.serving == "numpy":
                blas.limit(block, True)
            yield
        finally:  # never without functions: Ctrl-C may come between two lines
            for name in vars(self).keys() - before.keys():
                delattr(self, name)
            vars(self).update(before)
            blas.limit(block, False)


ops = _Operations()
_changing = threading.Lock()  # of the process's functions: all are of one backend
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_changing._at_fork_reinit)
_modules = {}  # that serve under a name here


def backend_of_environment():
    """The backend that SCRATCHAE_BACKEND names, or "numba" where it names none.

    Raises ValueError for another name, and for numbers of threads that Numba cannot
    have.
    """
    name = _known(os.environ.get(VARIABLE) or "numba", VARIABLE)
    if name == "numba":
        _check_threads()
    return name


def _check_threads():
    """Raise ValueError unless NUMBA_NUM_THREADS, where it is set, can be meant."""
    text = os.environ.get(THREADS, "1")
    if not (text.strip().isdecimal() and 1 <= int(text) <= MOST_THREADS):
        raise ValueError(f"{THREADS} must be an int from 1 to {MOST_THREADS}. "
                         f"Got {text!r}.")


def set_backend(name):
    """Use "numba" or "numpy" from now on in the whole process, `with` blocks excepted.

    Where Numba cannot be imported, "numba" gives the NumPy backend and a warning. While
    "numpy" serves, OpenBLAS works on one thread, unless the environment chooses.
    Raises ValueError for another name.
    """
    functions = _functions(name)
    blas.limit("process", functions["serving"] == "numpy")
    with _changing:
        _Operations.process, _Operations.functions = name, functions
        for operation, function in functions.items():
            if operation != "serving":  # a name, which is no function
                function = staticmethod(function)
            setattr(_Operations, operation, function)


def _functions(name):
    """A backend's operations by name, and `serving`: which one really serves."""
    module = _import(name)
    serving = "numpy" if module.__name__ == BACKENDS["numpy"] else "numba"
    return {n: getattr(module, n) for n in module.__all__} | {"serving": serving}


def _import(name):
    """The module that serves under this name, imported and checked once."""
    if _known(name, "backend") not in _modules:
        try:
            module = _usable(name)
        except (ImportError, RuntimeError) as error:
            warnings.warn(
                f"the compiled kernels cannot be used ({error}); NumPy serves instead",
                RuntimeWarning, stacklevel=4,
            )
            module = import_module(BACKENDS["numpy"])
        _modules[name] = module
    return _modules[name]


def _usable(name):
    """The module of a backend; ImportError or RuntimeError where it cannot serve."""
    if name == "numba":
        _check_threads()
    with held_back():
        module = import_module(BACKENDS[name])
    if hasattr(module, "check_process"):
        module.check_process()
    return module


def check_kernels(what):
    """Raise OSError where compiled kernels cannot be used, for `what` is of them."""
    try:
        _usable("numba")
    except (ImportError, RuntimeError) as error:
        raise OSError(f"{what} needs the compiled kernels, which cannot be used "
                      f"({error})") from error


def _known(name, told):
    """The name of a backend; told: what the user calls it."""
    if not isinstance(name, str) or name not in BACKENDS:
        raise ValueError(f"{told} must be one of {sorted(BACKENDS)}. Got {name!r}.")
    return name


def get_backend():
    """The name of the backend in use here: "numba" or "numpy"."""
    return ops.serving


def compile_seconds():
    """Seconds that this process has spent compiling; 0 where kernels were on disk."""
    if get_backend() == "numpy":
        return 0.0
    return import_module(BACKENDS["numba"]).compile_seconds()


def compiling_ahead():
    """A context for other work: a second process compiles what is not kept yet."""
    if get_backend() == "numpy":
        return contextlib.nullcontext()
    return import_module(f"{BACKENDS['numba']}.ahead").compiling_ahead()


@contextlib.contextmanager
def backend(name):
    """Use a backend inside a `with` block, then the one before.

    It holds for the thread that runs the block, and no other: threads started inside
    it, as those of a pool, have the backend of the process. Raises ValueError for
    another name.
    """
    functions = _functions(name)
    with ops.held(functions):
        yield
