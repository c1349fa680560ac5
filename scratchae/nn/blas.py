"""One thread for NumPy's matrix products while the NumPy backend does the work.

OpenBLAS's threads wait for each other awake, and no setting shortens that. Beside
other busy processes two threads take five times as long as one. Without such
neighbours one thread takes at most a quarter longer than two: of an epoch's 3.1 s of
processor time (VAE 784-400-20) products are 1.2 s; the rest is on one thread anyway.
"""

import contextlib
import ctypes
import os
import re
import threading

import numpy as np

CHOICES = {"OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "OMP_NUM_THREADS"}  # the user's
POSITIVE = re.compile(r"\s*\+?0*[1-9]")  # as OpenBLAS reads one
SPELLINGS = ("scipy_openblas_{}_num_threads64_", "scipy_openblas_{}_num_threads",
             "openblas_{}_num_threads64_", "openblas_{}_num_threads")


class _Threads:
    """How many threads OpenBLAS has: one as long as anybody asks for that."""

    def __init__(self):
        self.askers, self.before, self.lock = set(), 1, threading.Lock()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self.lock._at_fork_reinit)

    def limit(self, who, asks):
        """Who asks for a single thread from now on, or no longer.

        Nothing happens where NumPy has another library, or the user has chosen: a
        number above 0, since OpenBLAS passes over other words.
        """
        if any(POSITIVE.match(os.environ.get(name, "")) for name in CHOICES):
            return
        with self.lock, contextlib.suppress(AttributeError, OSError):
            limited = bool(self.askers)
            if asks:
                self.askers.add(who)
            else:
                self.askers.discard(who)
            if limited != bool(self.askers):
                self.put(not limited)

    def put(self, limited):
        get, put = functions()
        if limited:
            self.before = get()
        put(1 if limited else self.before)


def functions():
    """(get, set) of OpenBLAS's threads. Raises AttributeError without OpenBLAS."""
    # Functions are also looked for in the libraries that this one needs.
    library = ctypes.CDLL(np.linalg._umath_linalg.__file__)
    for spelling in SPELLINGS:
        if hasattr(library, spelling.format("set")):
            return [getattr(library, spelling.format(way)) for way in ("get", "set")]
    raise AttributeError("no OpenBLAS")


limit = _Threads().limit
