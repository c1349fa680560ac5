"""`pytest labs -m lab04`: a test for each part, its failure the table of the part.

A `conftest.py` beside the student's files imports all of this module.
"""

import functools
import re

import pytest

from scratchae.labs import check, labs
from scratchae.labs.report import part_lines

__all__ = ["pytest_collect_file", "pytest_configure"]
FILE = re.compile(r"(\d\d)_\w+\.py")
_checked = functools.cache(check)  # a file is run once for all of its parts


def pytest_configure(config):
    """Make the labs' markers known."""
    for lab in labs().values():
        config.addinivalue_line("markers", f"lab{lab.number}: {lab.title}")


def pytest_collect_file(file_path, parent):
    """A file NN_name.py is that of lab NN."""
    found = FILE.fullmatch(file_path.name)
    if found and found[1] in labs():
        return LabFile.from_parent(parent, path=file_path, lab=labs()[found[1]])
    return None


class LabFile(pytest.File):
    """The student's file; it is never imported here."""

    def __init__(self, *, lab, **more):
        super().__init__(**more)
        self.lab = lab
        self.add_marker(f"lab{lab.number}")

    def collect(self):
        """A test for each part."""
        for i, part in enumerate(self.lab.parts):
            yield LabItem.from_parent(self, name=part.function, number=i)


class LabFailure(Exception):
    """What is wrong with a part."""


class LabItem(pytest.Item):
    """One part of a lab."""

    def __init__(self, *, number, **more):
        super().__init__(**more)
        self.number = number

    def runtest(self):
        """Fails with the part's table."""
        part = _checked(self.parent.lab, self.path).parts[self.number]
        if not part.passed:
            raise LabFailure("\n".join(part_lines(part, self.path)))

    def repr_failure(self, excinfo, style=None):
        """The table alone, without a traceback of this package."""
        if isinstance(excinfo.value, LabFailure):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self):
        """File and part, for pytest's lines."""
        return self.path, 0, f"lab {self.parent.lab.number}, {self.name}"
