"""Labs: a student writes a gradient and is told what is wrong with it.

`check(lab, path)` runs a file in a process of its own (child.py, runner.py), compares
its arrays with the right ones (judging.py) and gives a report. What each lab asks for
is in specifications/, a file each; the files to be filled in are in lectures/labs/.
"""

import contextlib
import functools
import importlib
import pkgutil
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from scratchae.labs import specifications
from scratchae.labs.helpers import helpers_below
from scratchae.labs.judging import UNWRITTEN, judge
from scratchae.labs.report import LabReport
from scratchae.labs.runner import Child, run_file
from scratchae.notebooks import notebook_code

__all__ = ["LabReport", "check", "lab_numbers", "lab_of", "labs"]


@functools.cache
def lab_numbers():
    """The numbers of all labs, in order : ("01", ...)."""
    names = sorted(module.name for module in pkgutil.iter_modules(
        specifications.__path__))
    return tuple(n.removeprefix("lab") for n in names if n.startswith("lab"))


@functools.cache
def lab_of(number):
    """The Lab of one of these numbers; its specification is read now."""
    module = importlib.import_module(f"{specifications.__name__}.lab{number}")
    return module.LAB


def labs():
    """All labs by number, in order : {"01": Lab}."""
    return {number: lab_of(number) for number in lab_numbers()}


def check(lab, path, seed=0, seconds=None, process=Child):
    """The LabReport of a student's file, a script or a notebook.

    lab : a Lab   path : the file   seed : of the inputs
    seconds : that a part may take, by default the lab's
    process : the class of what runs it: a grader confines it more
    Raises OSError where the file cannot be read, ValueError where it is no notebook.
    """
    path = Path(path)
    data = path.read_bytes()
    if path.suffix.lower() != ".ipynb":
        return LabReport(lab, path, *_checked(lab, path, seed, seconds, process))
    code, places = notebook_code(data)
    cells = [n for n, (_, line) in enumerate(places, 1) if line == 1]
    with tempfile.TemporaryDirectory(prefix="scratchae-notebook-") as folder:
        _copy_helpers(path.parent, folder)
        script = Path(folder, "code-cells.py")  # a name that no helper can have
        script.write_text(code, encoding="utf-8", errors="surrogatepass", newline="\n")
        parts, printed = _checked(lab, script, seed, seconds, process, cells)
    parts = tuple(_placed(part, places) for part in parts)
    return LabReport(lab, path, parts, printed)


def _copy_helpers(folder, there):
    """Copy what a notebook may import, as far as that can be read."""
    for helper in helpers_below(folder):
        copy = Path(there, helper.relative_to(folder))
        with contextlib.suppress(OSError):
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(helper, copy)


def _checked(lab, path, seed, seconds, process, cells=()):
    """The PartResults of a script, and what it printed."""
    cases = [part.cases(seed) for part in lab.parts]
    outcomes, printed = run_file(lab, path, cases, seconds, process, cells)
    return tuple(_judged(lab.parts, cases, outcomes)), printed


def _judged(parts, cases, outcomes):
    """The PartResults of a lab; of who calls a part that fails, this is said."""
    results = [judge(part, i, given, outcome) for i, (part, given, outcome)
               in enumerate(zip(parts, cases, outcomes, strict=True), 1)]
    failing = {r.function: r.number for r in results if not r.passed}
    for result in results:
        first = [f"{name}, which fails: part {failing[name]} first"
                 for name in result.calls if name in failing]
        if first and not result.passed:
            before = f"{result.text}; " if result.text else ""
            result = replace(result, text=f"{before}calls {first[0]}")
        yield result


def _placed(part, places):
    """A PartResult of a notebook's code, its line told as cell and line."""
    if not 0 < part.line <= len(places):
        return part
    cell, line = places[part.line - 1]
    if part.status == UNWRITTEN:
        return replace(part, where=f"code cell {cell}, line {line}", line=0)
    within = f", in {part.where}" if part.where not in ("", "<module>") else ""
    text = f"code cell {cell}, line {line}{within}: {part.text}"
    return replace(part, text=text, line=0)
