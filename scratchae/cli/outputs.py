"""Where results go: nothing is replaced unasked, and never what is read."""

import contextlib
import errno
import os
from pathlib import Path

from scratchae.data import NAMED
from scratchae.data.kinds import kind_of
from scratchae.data.pictures import is_picture

WAYS_OUT = "--overwrite replaces it, {} puts the new one elsewhere"


def refuse_overwrite_alone(options, option):
    """Raise ValueError for --overwrite without the option that names the file."""
    if options.overwrite and getattr(options, option) is None:
        raise ValueError(f"--overwrite means nothing without --{option}: no file is "
                         "written")


def check_output(path, overwrite, option="--out", kinds=(), reads=None):
    """Raise an OSError before any work if path cannot, or must not, be written.

    option : the one that chooses another place   kinds : its endings, such as ".png"
    reads : the options of a command that reads data
    """
    path = Path(path)
    if kinds and path.suffix.lower() not in kinds:
        raise ValueError(f"{option}: {path} should end in {' or '.join(kinds)}")
    if path.is_dir():
        raise IsADirectoryError(f"{option}: {path} is a folder, not a file")
    check_folder(path.parent, option)
    if path.exists() and not overwrite:
        raise FileExistsError(f"{path} is there already: {WAYS_OUT.format(option)}")
    refuse_what_is_read(path, reads)


def check_folder(folder, option="--out"):
    """Raise an OSError if files cannot be put into a folder, there or not yet.

    Missing folders are made inside the working folder; elsewhere the last one only, so
    that a slip of the pen makes no tree at the root of a disk.
    """
    nearest = next(p for p in (folder, *folder.absolute().parents) if p.exists())
    if not nearest.is_dir():
        raise NotADirectoryError(f"{option}: {nearest} is not a folder")
    whole, there = (Path(os.path.abspath(path)) for path in (folder, nearest))
    if Path.cwd() not in whole.parents and there not in (whole, *whole.parents[:1]):
        raise FileNotFoundError(
            f"{option}: there is no folder {whole.parent}; outside the working folder "
            "only the last folder of a path is made"
        )
    if not os.access(nearest, os.W_OK | os.X_OK):
        why = os.strerror(errno.EACCES)
        raise PermissionError(f"{option}: cannot write into {nearest} ({why})")


def refuse_what_is_read(path, options, about=None):
    """Raise ValueError where --out is a file of the data, those that options name or
    those of the model: even --overwrite does not put a result in its data's place.

    about : what the model remembers of its data, or None
    """
    read = {f"--{option} reads": getattr(options, option, None)
            for option in ("data", "test", "normal")}
    if about is not None:
        read |= {"the model was trained on": about["source"],
                 "the model was tested on": about.get("reading", {}).get("test")}
    for what, given in read.items():
        if given is None or given in NAMED:
            continue
        if is_same_file(path, given):
            raise ValueError(f"--out: {path} is what {what}; expected another file")
        if is_picture(path) and is_below(path, given):
            raise ValueError(f"--out: {path} would be one of the pictures of {given}, "
                             f"which is what {what}; expected another folder")


def is_same_file(path, other):
    """Whether both are there and one file, under whatever names."""
    with contextlib.suppress(OSError, ValueError):
        return os.path.samefile(path, other)
    return False


def is_below(path, folder):
    """Whether a file is, or would be, in a folder of pictures or below."""
    folder = Path(folder)
    below = folder.resolve() in path.resolve().parents
    return below and folder.is_dir() and kind_of(folder) == "pictures"
