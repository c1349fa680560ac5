"""What students have handed in: found, read as bytes, and never followed or run.

A folder of submissions has an entry for each student: a folder, or a file where one lab
is graded. Links are not followed; sizes, depth and numbers have limits.
"""

import hashlib
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from scratchae.labs.grading.cells import cell, printable
from scratchae.labs.helpers import SKIPPED, files_below, helpers_below
from scratchae.labs.results import read_bytes

SOURCE = 2**20  # bytes of one file
DEPTH = 5  # of folders in folders
NAMED = 5  # files that are named where a lab's is missing
CANDIDATES = 10  # different files of one lab that are tried, the nearest first
MANY = 50  # that are read
BESIDE = 100  # further scripts of a student's folder, which those may import
KINDS = (".py", ".ipynb")


@dataclass(frozen=True)
class Student:
    """name : her cell in the table, unique   path : her folder or file"""

    name: str
    path: Path


@dataclass(frozen=True)
class HandIn:
    """What a student has for one lab.

    tries : {name: bytes} of the files of this lab, names below the student's folder
    beside : the same of files that they may import
    problem : why there is nothing to run   missing : nothing is there
    """

    tries: dict = field(default_factory=dict)
    beside: dict = field(default_factory=dict)
    problem: str = ""
    missing: bool = False

    @property
    def digest(self):
        """A text by which it is known again; no spreadsheet takes it for a number."""
        text = hashlib.sha256(self.problem.encode("utf-8", "surrogateescape"))
        for name, data in sorted((self.tries | self.beside).items()):
            text.update(os.fsencode(name) + b"\0" + data + b"\0")
        return f"sha256:{text.hexdigest()[:12]}"


def find_students(folder):
    """The Students of a folder, and the names of what is none."""
    names = sorted(os.listdir(folder))
    others = [name for name in names if SKIPPED.fullmatch(name)]
    students, taken = [], set()
    for name in names:
        if name in others:
            continue
        path = Path(folder, name)
        short = path.stem if is_work(path) and not path.is_dir() else name
        text, number = cell(short), 1
        while text in taken:
            number += 1
            text = f"{cell(name)} ({number})"
        taken.add(text)
        students.append(Student(text, path))
    return students, others


def is_work(path):
    """Whether a name is that of a script or a notebook; Windows has .PY as well."""
    return Path(path).suffix.lower() in KINDS


def hand_in(student, lab, only=False):
    """The HandIn of a student for a lab; `only` one is graded, so that a file will do.
    """
    path = student.path
    if path.is_symlink():
        return HandIn(problem="a symbolic link, which is not followed")
    if not path.is_dir():
        if only and is_work(path):
            return _read(path.parent, [path], [])
        why = ("a file, and more than one lab is graded" if is_work(path)
               else "not a folder, .py or .ipynb: unpack it")
        return HandIn(problem=f"{printable(path.name)} is {why}")
    if not os.access(path, os.R_OK | os.X_OK):
        return HandIn(problem="a folder that cannot be read")
    found, others = _of_lab(path, lab.number)
    if not found:
        there = ", ".join(map(printable, others)) or "nothing"
        return HandIn(problem=f"there is no file {lab.number}_*.py or .ipynb, but "
                      f"{there}", missing=True)
    folders = dict.fromkeys(file.parent for file in found[:CANDIDATES])
    others = dict.fromkeys(p for place in folders for p in helpers_below(place))
    return _read(path, found, [*others][:BESIDE])


def _of_lab(folder, number):
    """Paths of the files of a lab, the nearest first, .py before .ipynb, and names of
    a few others, by which a lecturer sees what else was handed in.
    """
    pattern, found, others = re.compile(rf"{number}\D.*", re.S), [], []
    for path in files_below(folder, DEPTH):
        if pattern.fullmatch(path.name) and is_work(path):
            found.append(path)
        elif not SKIPPED.fullmatch(path.name):
            others.append(path.name)
    found.sort(key=lambda p: (len(p.parts), p.suffix.lower() != ".py", p.name))
    return found, sorted(others)[:NAMED]


def _read(folder, paths, others):
    """A HandIn of the files that can be read, by their names below a folder."""
    found, beside, problem = {}, {}, ""
    for path in paths[:MANY]:
        data = read_bytes(path, SOURCE)
        if data is None:
            why = ("a symbolic link, which is not followed" if path.is_symlink() else
                   "not a regular file of at most 1 MB that can be read")
            problem = problem or f"{printable(path.name)} is {why}"
        elif data not in found.values():
            found[path.relative_to(folder).as_posix()] = data
    for path in others:
        data = None if path in paths else read_bytes(path, SOURCE)
        if data is not None:
            beside[path.relative_to(folder).as_posix()] = data
    tries, more = [*found.items()][:CANDIDATES], [*found.items()][CANDIDATES:]
    return HandIn(dict(tries), dict(more) | beside, "" if tries else problem)
