"""Writing a file all or nothing, the folder for what can be made again, and ours."""

import contextlib
import csv
import errno
import glob
import io
import os
import re
import shutil
import sys
import time
import uuid
from pathlib import Path

from scratchae.locks import lock

WINDOWS = os.name == "nt"
OLD = 86400  # seconds; nothing takes that long to be written


@contextlib.contextmanager
def replacing(path):
    """A binary file that takes the place of path only when the block succeeded.

    It is written under a temporary name in the same folder, flushed, fsynced and
    renamed. After an error or Ctrl-C the old file is as it was and no part is left;
    what a killed process left behind is removed by the next one that writes this path.
    Threads and processes may write the same path at once: the last one stays.
    Raises OSError that names path, whatever the operating system says about it.
    """
    given = Path(path)
    with _naming(given):
        path = Path(os.path.realpath(given))  # of a link, the file that it leads to
        _refuse_other_than_file(path if given.name else given)
    _remove_leftovers(path)
    part = None
    try:
        with _naming(given):
            with _new_part(path) as file:
                part = Path(file.name)
                yield file
                file.flush()
                os.fsync(file.fileno())
                if not WINDOWS:  # while it is locked, nobody takes it for a leftover
                    os.replace(part, path)
            if WINDOWS:  # which renames no open file
                os.replace(part, path)
    finally:
        if part is not None:
            part.unlink(missing_ok=True)


def write_csv(path, names, rows):
    """A table as .csv, complete or not at all.

    names : of the columns   rows : iterable of rows of cells
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as file:
        text = io.TextIOWrapper(file, "utf-8", newline="")
        table = csv.writer(text)
        table.writerow(names)
        table.writerows(rows)
        text.detach()


def user_cache():
    """The user's folder for what can be made again, as the operating system has it."""
    home = Path.home()
    if WINDOWS:
        return Path(os.environ.get("LOCALAPPDATA", home / "AppData/Local"), "scratchae")
    if sys.platform == "darwin":
        return home / "Library/Caches/scratchae"
    place = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (place if place.is_absolute() else home / ".cache") / "scratchae"


def for_a_process(environment=os.environ):
    """What `Popen` is told so that `python -m` and `-c` find this package.

    They look in the working folder first, where another scratchae may lie, or a file
    with the name of one of Python's modules. Kernels, and what PYTHONPATH names, stay
    where this process has them.
    """
    kept, paths = (environment.get(n) for n in ("NUMBA_CACHE_DIR", "PYTHONPATH"))
    if kept:
        environment = environment | {"NUMBA_CACHE_DIR": os.path.abspath(kept)}
    if paths:
        paths = os.pathsep.join(map(os.path.abspath, paths.split(os.pathsep)))
        environment = environment | {"PYTHONPATH": paths}
    return {"cwd": Path(__file__).parents[1], "env": environment}


def check_writable(path):
    """Raise an OSError that names path if `replacing` could not put a file there."""
    path = Path(path)
    with _naming(path):
        _refuse_other_than_file(path)
        part = _part_of(Path(os.path.realpath(path)))
        try:
            part.touch()
        finally:
            part.unlink(missing_ok=True)


def _refuse_other_than_file(path):
    """Raise OSError for what no file can take the place of: a folder, a device."""
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "it is no regular file")


@contextlib.contextmanager
def _naming(path):
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        reason = f"cannot write the file ({error.strerror}); an older one is unchanged"
        raise OSError(error.errno, reason, str(path)) from error


def _part_of(path):
    """A new name for a part; numbers of processes are not unique: containers."""
    return path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")


def _new_part(path):
    """A new file beside path, open and locked: its lock says that somebody writes."""
    while True:
        file = open(_part_of(path), "xb")
        with contextlib.suppress(OSError):  # there is none yet, or it is not ours
            shutil.copymode(path, file.name)  # a private file stays one
        if lock(file) is not False and os.path.exists(file.name):
            return file
        file.close()  # a cleaning took it for a leftover before it was locked


def _remove_leftovers(path):
    """Remove parts of this path that nobody is writing any more."""
    pattern = re.compile(rf"\.{re.escape(path.name)}\.[0-9a-f]{{32}}\.tmp")
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.tmp"):
        if pattern.fullmatch(left.name):
            with contextlib.suppress(OSError):  # somebody else's, or just removed
                _remove_if_left(left)


def _remove_if_left(part):
    if WINDOWS:  # it closes a file before it renames it: only what is old is left
        if time.time() - part.stat().st_mtime > OLD:
            part.unlink()
        return
    with open(part, "r+b") as file:
        if lock(file):
            part.unlink()
