"""Locks that the system keeps on open files: they end with who holds them.

A process that is killed, or whose machine goes down, leaves no lock behind: there is
nothing to be removed by hand. They count between threads, processes and containers.
"""

import contextlib
import errno
import os
import socket
import threading
from pathlib import Path

try:
    from fcntl import LOCK_EX, LOCK_NB, flock
except ImportError:  # not POSIX
    flock = None
try:
    from msvcrt import LK_NBLCK, locking
except ImportError:  # not Windows
    locking = None

BUSY = (errno.EAGAIN, errno.EACCES, errno.EDEADLK)
FAR = 2**30  # the byte that Windows locks: nobody may read what it locks
_held = set()  # (path, thread) of this process


def lock(file):
    """Lock an open file until it is closed, without waiting.

    True: it is ours; False: somebody else's; None: this file system has no locks.
    """
    try:
        if flock is not None:
            flock(file, LOCK_EX | LOCK_NB)
            return True
        if locking is not None:
            place = file.tell()
            try:
                file.seek(FAR)
                locking(file.fileno(), LK_NBLCK, 1)
            finally:
                file.seek(place)  # what is written next belongs there
            return True
    except OSError as error:
        return False if error.errno in BUSY else None
    return None


@contextlib.contextmanager
def holding(path):
    """Nobody else may hold this path while the block runs.

    The lock is on `.NAME.lock` beside it. A thread that holds a path may ask again.
    Folders that are missing are made, and taken away again if they stay empty.
    Raises BlockingIOError that names the process that holds it.
    """
    given, path = path, Path(os.path.realpath(path))
    mine = path, threading.get_ident()
    if mine in _held:
        yield
        return
    missing = [p for p in path.parents if not p.exists()]
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with _locked(path.with_name(f".{path.name}.lock"), given):
            _held.add(mine)
            yield
    finally:
        _held.discard(mine)
        for folder in missing:
            with contextlib.suppress(OSError):  # it is in use
                folder.rmdir()


@contextlib.contextmanager
def _locked(place, path):
    """The lock file, made or taken over, with our process in it; removed at the end."""
    while True:
        file = open(place, "a+b", buffering=0)
        if lock(file) is False:
            with file:
                file.seek(0)
                holder = file.read().decode(errors="replace").split()
            raise BlockingIOError(_refusal(path, *holder))
        if _is_still_there(file, place):
            break
        file.close()  # its holder removed it just now
    with file:
        try:
            with contextlib.suppress(OSError):  # a full disk has no room for a name
                file.truncate(0)
                file.write(f"{os.getpid()} {socket.gethostname()}".encode())
            yield
        finally:
            with contextlib.suppress(OSError):  # Windows removes no open file
                place.unlink()
    with contextlib.suppress(OSError):
        if flock is None:
            place.unlink()


def _is_still_there(file, place):
    try:
        return os.path.samestat(os.fstat(file.fileno()), os.stat(place))
    except OSError:
        return False


def _refusal(path, process="", host="", *_):
    elsewhere = f" on {host}" if host not in ("", socket.gethostname()) else ""
    who = f"process {process}{elsewhere}" if process else "another process"
    return f"{path}: {who} is writing it; wait for its end, or write elsewhere"
