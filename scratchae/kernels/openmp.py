"""The threads that kernels run on: how long they wait awake, and after a fork.

At the end of a parallel region a thread waits for the others, and after it for the
next region. OpenMP lets it spin: where another process has taken the processor from
one of the others, it spins for nothing, and in the time that the other needs. After a
short spin it sleeps. Results do not depend on it.
"""

import contextlib
import ctypes
import os

from numba import config, threading_layer

# Rounds of spinning in GNU's library (its default: 300 000), milliseconds in LLVM's
# and Intel's (200). An epoch of a VAE 784-400-20 beside 0, 1, 2 busy processes on 2
# cores takes .44, 2.0, 1.8 s by default, .44, 1.1, 1.2 with 3000, .56, .9, .9 with 300.
SHORT_SPIN = {"GOMP_SPINCOUNT": "3000", "KMP_BLOCKTIME": "0"}
CHOICES = {*SHORT_SPIN, "OMP_WAIT_POLICY"}  # of the user


@contextlib.contextmanager
def environment(variables):
    """Environment variables that are set inside a `with` block only."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def load_openmp():
    """Load Numba's OpenMP layer with a short spin, unless the user has chosen one.

    The libraries read these variables once: GNU's when it is loaded, LLVM's when it
    is first called. If another package has loaded the same library before, it keeps
    its spin; where there is no OpenMP, Numba takes another layer.
    """
    if config.DISABLE_JIT or CHOICES & os.environ.keys():
        return
    with environment(SHORT_SPIN), contextlib.suppress(ImportError, OSError):
        from numba.np.ufunc import omppool

        with contextlib.suppress(AttributeError):
            ctypes.CDLL(omppool.__file__).omp_get_max_threads()


class _Forks:
    """Whether this process descends from one by fork that had used GNU's OpenMP."""

    def __init__(self):
        self.lost = False
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self.look)

    def look(self):
        """In a new child: its parent's threads are gone, and the library waits."""
        with contextlib.suppress(ValueError, ImportError):  # no layer was used
            if threading_layer() == "omp":
                from numba.np.ufunc import omppool

                self.lost = self.lost or omppool.openmp_vendor == "GNU"


_forks = _Forks()


def check_process():
    """Raise RuntimeError where kernels would hang, crawl or end this process."""
    if config.DISABLE_JIT:
        raise RuntimeError(
            "with NUMBA_DISABLE_JIT=1 Python would run their loops, for hours; what "
            "chooses NumPy is SCRATCHAE_BACKEND=numpy"
        )
    if _forks.lost:
        raise RuntimeError(
            "this process was forked from one that had used GNU's OpenMP, which does "
            "not survive a fork; start processes by spawn or forkserver to have them"
        )
