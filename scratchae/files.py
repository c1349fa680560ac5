"""Writing a file all or nothing."""

import contextlib
import glob
import os
from pathlib import Path


@contextlib.contextmanager
def replacing(path):
    """A binary file that takes the place of path only when the block succeeded.

    It is written under a temporary name in the same folder, flushed, fsynced and
    renamed. After an error or Ctrl-C the old file is as it was and no part is left;
    what a killed process left behind is removed by the next one that writes this path.
    Raises OSError that names path, whatever the operating system says about it.
    """
    path = Path(path)
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.tmp"):
        left.unlink(missing_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        if error.errno is None:
            raise
        reason = f"cannot write the file ({error.strerror}); an older one is unchanged"
        raise OSError(error.errno, reason, str(path)) from error
    finally:
        temporary.unlink(missing_ok=True)
