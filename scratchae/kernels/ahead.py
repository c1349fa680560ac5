"""A second process compiles a training's kernels while the first draws digits.

Compiling is Python's work for the most part, and a process does one thing of Python at
a time. The other begins with the products, which take as long as all the rest; then
both go on with what a variational autoencoder needs besides, from two ends. They meet
in the folder where kernels are kept (`cache.py`), where nobody compiles what the other
is at.
"""

import atexit
import contextlib
import os
import signal
import subprocess
import sys

import numpy as np
from numba import config

from scratchae.files import for_a_process
from scratchae.kernels.cache import keeps
from scratchae.kernels.compile import THREADS
from scratchae.kernels.dense import layer_forward
from scratchae.kernels.gaussian import gaussian_head_backward, gaussian_head_forward
from scratchae.kernels.losses import bernoulli_nll, mean_loss
from scratchae.kernels.noise import binarize
from scratchae.kernels.optimizers import adam_step
from scratchae.kernels.product.threads import products


@contextlib.contextmanager
def compiling_ahead():
    """A context for other work; at its end the kernels of a step are nearly there.

    Nothing happens where products are kept already, or where nothing can be kept.
    """
    child = started()
    yield
    if child is not None:
        for call in reversed(CALLS[1:]):
            if products._cache.kept() or child.poll() is not None:
                break
            call()


def started():
    """The second process, or None where it would be of no use."""
    if config.DISABLE_JIT or THREADS == 1 or not keeps() or not sys.executable:
        return None
    with contextlib.suppress(OSError):
        if products._cache.kept():
            return None
        nothing = subprocess.DEVNULL
        child = subprocess.Popen([sys.executable, "-m", __name__, str(os.getpid())],
                                 stdin=nothing, stdout=nothing, stderr=nothing,
                                 **for_a_process())
        atexit.register(end, child)
        return child


def end(child):
    """Nothing is left running. What it has not finished is not kept."""
    child.terminate()
    child.wait()


def gaussian_head():
    """Both kernels of the posterior."""
    *_, cache = gaussian_head_forward(np.ones((2, 4), np.float32), X)
    gaussian_head_backward(X, 1.0, cache)


X = np.ones((2, 2), np.float32)
CALLS = [  # of what a step needs; the products first, then the last one first
    lambda: layer_forward(X, X, X[0], "relu"),
    lambda: adam_step(*np.ones((4, 4), np.float32), 1),
    lambda: mean_loss(bernoulli_nll(X, X, 1.0)[0]),
    gaussian_head,
    lambda: binarize(X, X),
]


def main(parent):
    """Compile as long as that process lives.

    Ctrl-C is for that process, which then ends this one by SIGTERM. It has no handler
    here: one would wait for the end of the kernel that is being compiled.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for call in CALLS:
        if os.getppid() != parent:
            break
        call()


if __name__ == "__main__":
    main(int(sys.argv[1]))
