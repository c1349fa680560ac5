"""What a student's file may import: the scripts beside it, and in folders beside it."""

import os
import re
from pathlib import Path

HELPERS = 50  # scripts, the nearest first
DEPTH, ENTRIES = 3, 20_000  # of folders in folders, and of what is looked at in them
SKIPPED = re.compile(r"\..*|__.*__|__MACOSX|Thumbs\.db|desktop\.ini")


def helpers_below(folder):
    """Paths of the scripts of a folder; links to folders are not followed."""
    found = [path for path in files_below(folder, DEPTH) if path.suffix == ".py"]
    return sorted(found, key=lambda path: (len(path.parts), path))[:HELPERS]


def files_below(folder, depth):
    """Paths of the files of a folder and of those in it, down to a depth."""
    seen = 0
    for place, folders, files in os.walk(folder):
        deep = len(Path(place).relative_to(folder).parts)
        folders[:] = [] if deep >= depth else sorted(
            name for name in folders if not SKIPPED.fullmatch(name))
        seen += len(folders) + len(files)
        if seen > ENTRIES:
            return
        yield from (Path(place, name) for name in files)
