"""Writing a file all or nothing."""

import contextlib
import errno
import glob
import itertools
import os
from pathlib import Path

_count = itertools.count()


@contextlib.contextmanager
def replacing(path):
    """A binary file that takes the place of path only when the block succeeded.

    It is written under a temporary name in the same folder, flushed, fsynced and
    renamed. After an error or Ctrl-C the old file is as it was and no part is left;
    what a killed process left behind is removed by the next one that writes this path.
    Threads and processes may write the same path at once: the last one stays.
    Raises OSError that names path, whatever the operating system says about it.
    """
    path = Path(path)
    _remove_leftovers(path)
    temporary = _temporary(path)
    try:
        with _naming(path):
            with open(temporary, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def check_writable(path):
    """Raise an OSError that names path if `replacing` could not put a file there."""
    path = Path(path)
    with _naming(path):
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        temporary = _temporary(path)
        try:
            temporary.touch()
        finally:
            temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def _naming(path):
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        reason = f"cannot write the file ({error.strerror}); an older one is unchanged"
        raise OSError(error.errno, reason, str(path)) from error


def _temporary(path):
    return path.with_name(f".{path.name}.{os.getpid()}.{next(_count)}.tmp")


def _remove_leftovers(path):
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.tmp"):
        pid = left.name.removeprefix(f".{path.name}.").split(".")[0]
        if not (pid.isdigit() and _is_running(int(pid))):
            with contextlib.suppress(OSError):  # somebody else's, or just removed
                left.unlink()


def _is_running(pid):
    """Whether a process of this number lives; where that cannot be asked, no."""
    if os.name != "posix":
        return pid == os.getpid()
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
