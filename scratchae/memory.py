"""Memory for arrays: on cache lines, and used again once nobody holds it.

A training step needs the same arrays as the one before. Fresh memory is slow (the
system hands it out page by page), and memory that was used a moment ago is still in
the cache. So `recycled` keeps what it hands out and hands it out again, but only when
nobody else refers to it any more: an array that somebody holds is never overwritten.
"""

import contextlib
import math
import os
import threading
from pathlib import Path
from sys import getrefcount

import numpy as np

MACHINE = Path("/proc/meminfo")  # of Linux
CONTAINER = Path("/sys/fs/cgroup")  # where Linux says what it allows one, and has given
ALIGNMENT = 64  # bytes; a whole cache line, so that wide loads never straddle two
LIMIT = 2**29  # bytes that a thread keeps at most
MOST = 64  # arrays of one shape that it keeps; a training step has a few


def check_memory(size, what, way="Use narrower layers, or a smaller code."):
    """Raise MemoryError if `what` takes more bytes than are free; it says the way out.

    It is asked before anything is filled, as far as the system answers: Linux gives
    out more than there is, crawls, and kills.
    """
    free = _free_memory()
    if size > free:
        raise MemoryError(
            f"{what} would take {size / 1e9:.3g} GB of memory, of which "
            f"{free / 1e9:.3g} GB are free. {way}"
        )


def _free_memory():
    """Bytes that this machine or container has left, as far as they say."""
    free = math.inf
    with contextlib.suppress(AttributeError, ValueError, OSError):
        free = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    with contextlib.suppress(OSError, ValueError, StopIteration):
        lines = MACHINE.read_text(encoding="ascii").splitlines()
        line = next(line for line in lines if line.startswith("MemAvailable:"))
        free = int(line.split()[1]) * 1024
    with contextlib.suppress(OSError, ValueError):
        free = min(free, _free_in_container())
    return free


def _free_in_container():
    """Bytes that a container may still have: what it has of files is given back."""
    most, given = (int((CONTAINER / name).read_text(encoding="ascii"))
                   for name in ("memory.max", "memory.current"))
    with contextlib.suppress(OSError):
        lines = (CONTAINER / "memory.stat").read_text(encoding="ascii").splitlines()
        given -= sum(int(line.split()[1]) for line in lines
                     if line.startswith(("inactive_file ", "active_file ")))
    return most - given


def aligned(shape, dtype=np.float32, make=np.empty):
    """A new array whose first byte lies on a cache line, not filled.

    A wide load from an array that does not start on one touches two lines every
    other time. np.empty promises 16 bytes only.
    make : np.zeros for zeros, in pages that come when they are used
    """
    size = math.prod(np.atleast_1d(shape).tolist()) * np.dtype(dtype).itemsize
    block = make(size + ALIGNMENT, np.uint8)
    return np.ndarray(shape, dtype, block, -block.ctypes.data % ALIGNMENT)


def recycled(shape, dtype=np.float32):
    """The same as `aligned`, in memory that nobody uses any more if there is."""
    blocks, starts = _pool.kept.get((shape, dtype), ((), ()))
    references = [*map(getrefcount, blocks)]
    if ALONE in references:
        i = references.index(ALONE)
        return np.ndarray(shape, dtype, blocks[i], starts[i])
    array = aligned(shape, dtype)
    _pool.keep(shape, dtype, array.base)  # to which it refers, as do its views
    return array


ALONE = [*map(getrefcount, [np.empty(0)])][0]  # of a block that only a list refers to


class _Pool(threading.local):
    """What one thread hands out: blocks and their starts, by shape and dtype."""

    def __init__(self):
        self.kept, self.size = {}, 0

    def keep(self, shape, dtype, block):
        """Hand this block out again. Beyond the limit, those before are left to who
        holds them; one as large as the limit is not kept at all."""
        if block.size >= LIMIT:
            return
        if self.size + block.size > LIMIT:
            self.kept, self.size = {}, 0
        blocks, starts = self.kept.setdefault((shape, dtype), ([], []))
        if len(blocks) == MOST:  # somebody collects them: looking through would be slow
            self.size -= sum(b.size for b in blocks)
            blocks.clear()
            starts.clear()
        blocks.append(block)
        starts.append(-block.ctypes.data % ALIGNMENT)
        self.size += block.size


_pool = _Pool()
