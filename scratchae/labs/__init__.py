"""Labs: a student writes a gradient and is told what is wrong with it.

`check(lab, path)` runs a file in a process of its own (child.py, runner.py), compares
its arrays with the right ones (judging.py) and gives a report. What each lab asks for
is in specifications/, a file each; the files to be filled in are in lectures/labs/.
"""

import functools
import importlib
import pkgutil
from pathlib import Path

from scratchae.labs import specifications
from scratchae.labs.judging import judge
from scratchae.labs.report import LabReport
from scratchae.labs.runner import Child, run_file

__all__ = ["LabReport", "check", "labs"]


@functools.cache
def labs():
    """All labs by number, in order : {"01": Lab}."""
    names = [module.name for module in pkgutil.iter_modules(specifications.__path__)]
    found = [
        importlib.import_module(f"{specifications.__name__}.{name}").LAB
        for name in sorted(names) if name.startswith("lab")
    ]
    return {lab.number: lab for lab in found}


def check(lab, path, seed=0, seconds=None, process=Child):
    """The LabReport of a student's file.

    lab : a Lab   path : the file   seed : of the inputs
    seconds : that a part may take, by default the lab's
    process : the class of what runs it: a grader confines it more
    Raises OSError where the file cannot be read.
    """
    path = Path(path)
    with open(path, "rb"):
        cases = [part.cases(seed) for part in lab.parts]
    outcomes, printed = run_file(lab, path, cases, seconds, process)
    results = [
        judge(part, i, given, outcome)
        for i, (part, given, outcome) in enumerate(
            zip(lab.parts, cases, outcomes, strict=True), 1)
    ]
    return LabReport(lab, path, tuple(results), printed)
