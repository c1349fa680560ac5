"""Run a student's functions in a process of their own, and take its arrays back.

Nothing that the process says is believed: that it ended well, that it printed; what
counts are arrays in a file, read without unpickling and with a limit. What is expected
is never in it. A part that hangs, or takes the process with it, costs its own points;
the next part gets a new process.
"""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from scratchae.labs import child, watching
from scratchae.labs.results import read_arrays, read_json
from scratchae.labs.timing import Timer
from scratchae.labs.watching import BYTES, PRINTED

STATUSES = ("returned", "unwritten", "error", "fail")


@dataclass
class Outcome:
    """How one function did.

    status : "returned", "unwritten" (NotImplementedError), "error" (an exception, a
        loop) or "fail" (nothing that can be compared)   text : what is wrong
    line, where : in the student's file, 0 if unknown
    case : the input with which it ended so, None while the file was read
    changed : arguments that were written to
    noted : words for what the part asks for beside right numbers, and did not get
    calls : the other parts' functions that it calls
    said : what is to be told even of a part that passes
    answers : {case: [first call, second call]}, each {name: array}
    """

    status: str
    text: str = ""
    line: int = 0
    where: str = ""
    case: int = 0
    changed: tuple = ()
    noted: tuple = ()
    calls: tuple = ()
    said: str = ""
    answers: dict = field(default_factory=dict)


class Child(subprocess.Popen):
    """A process that runs child.py, or another script, in a group of its own."""

    def __init__(self, order, script=(child.__file__,), **how):
        super().__init__([sys.executable, *script, str(order)],
                         start_new_session=True, **how)

    def end(self):
        """End it and what is left of its group."""
        with contextlib.suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(self.pid, signal.SIGKILL)
            else:
                self.kill()
        self.wait()


def run_file(lab, path, cases, seconds, process, cells):
    """The Outcomes of a lab's parts, and what the file printed.

    path : the student's file, never imported here   cases : of each part
    seconds : that each part may take, None for the lab's
    process : the class of what runs it, Child or one that confines it more
    cells : of a notebook's code, the lines at which its cells begin
    """
    seconds = lab.seconds if seconds is None else seconds
    outcomes, printed = [], []
    folder = tempfile.mkdtemp(prefix="scratchae-lab-")
    try:
        while len(outcomes) < len(lab.parts):
            first = len(outcomes)
            work = Path(folder, str(first))
            order = _order(lab, path, cases, work, first, cells)
            text, ended, races = _run(order, work, seconds, lab, cases, process)
            printed.append(text)
            found = _collect(lab, path, work, first, ended)
            for number, outcome in enumerate(found, first):
                outcomes.append(_raced(lab.parts[number], outcome, races.get(number)))
    finally:
        _remove(folder)
    return outcomes, "".join(printed)[:PRINTED]


def _order(lab, path, cases, work, first, cells):
    """Write the order and the inputs for a child; the path of the order."""
    (work / "out").mkdir(parents=True)
    (work / "home").mkdir()
    arrays = {
        f"{number}.{i}.{name}": np.asarray(value)
        for number, of_part in enumerate(cases) if number >= first
        for i, case in enumerate(of_part)
        for name, value in case.inputs.items()
    }
    np.savez(work / "inputs.npz", **arrays)
    order = {
        "student": str(Path(path).resolve()), "folder": str(work / "out"),
        "inputs": str(work / "inputs.npz"), "loop": str(work / "loop.txt"),
        "first": first, "cells": cells, "memory": lab.memory, "bytes": BYTES,
        "parts": [{"function": part.function, "names": part.names,
                   "asks": part.asks, "given": part.given, "cases": len(given),
                   "race": part.race and [part.race.function, part.race.rows],
                   "others": [other.function for other in lab.parts]}
                  for part, given in zip(lab.parts, cases, strict=True)],
    }
    (work / "order.json").write_text(json.dumps(order), encoding="utf-8")
    return work / "order.json"


def _environment(work):
    """The variables that a child is given."""
    kept = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "SYSTEMROOT", "VIRTUAL_ENV")
    env = {name: os.environ[name] for name in kept if name in os.environ}
    env |= dict.fromkeys(("HOME", "TMPDIR", "NUMBA_CACHE_DIR", "USERPROFILE"),
                         str(work / "out"))
    return env | dict.fromkeys(
        ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS",
         "NUMBA_NUM_THREADS", "PYTHONDONTWRITEBYTECODE", "PYTHONUTF8"), "1")


def _run(order, work, seconds, lab, cases, start):
    """Start the child, watch it, kill what is left.

    Returns what it printed, how it ended, and {number of a part: its race's end}.
    """
    races = {number: (part.race, cases[number][0].inputs["B"])
             for number, part in enumerate(lab.parts) if part.race}
    process = start(order, cwd=work / "home", env=_environment(work),
                    stdin=subprocess.PIPE if races else subprocess.DEVNULL,
                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    printed = []
    reader = threading.Thread(target=watching.read, args=(process.stdout, printed),
                              daemon=True)
    timer = Timer(process, work, races)
    for thread in reader, timer:
        thread.start()
    try:
        why = watching.watch(process, work, seconds, len(lab.parts))
    finally:
        process.end()
    timer.join()
    reader.join(1)  # a process that got away may hold the pipe: it is not waited for
    if not (work / "out" / "imported.json").exists():
        seconds += watching.IMPORT
    ended = watching.ended(why, process.returncode, seconds)
    return b"".join(printed).decode(errors="replace"), ended, timer.ends


def _remove(folder):
    """Remove a folder with what a file has left in it."""
    with contextlib.suppress(RecursionError):
        shutil.rmtree(folder, ignore_errors=True)
    if os.path.lexists(folder) and os.name == "posix":  # deeper than Python goes
        subprocess.run(["rm", "-rf", "--", folder], capture_output=True)


def _collect(lab, path, work, first, ended):
    """The Outcomes that a child left; of the part in which it ended, why."""
    outcomes = []
    if (work / "out").is_symlink():
        (work / "out").unlink()  # what lies there is another's
    for number in range(first, len(lab.parts)):
        report = read_json(work / "out" / f"{number}.json")
        if report is None:
            break
        arrays = read_arrays(work / "out" / f"{number}.npz", BYTES)
        outcomes.append(_outcome(report, arrays))
    if len(outcomes) < len(lab.parts) - first:
        line, where, calls = _place(lab.parts[first + len(outcomes)], path, work)
        began = (work / "out" / "imported.json").exists()
        left = 1 if began else len(lab.parts) - first - len(outcomes)
        outcomes += [Outcome("error", ended, line, where, calls=calls)] * left
    return outcomes


def _place(part, path, work):
    """Line and function of the student's file in which the child was stopped, and the
    functions that stood in the stack above that of the part.
    """
    with contextlib.suppress(OSError):
        text = (work / "loop.txt").read_text(encoding="utf-8", errors="replace")
        path = str(Path(path).resolve())  # other letters than ASCII as \xfc
        plain = path.encode("ascii", "backslashreplace").decode()
        name = f"{re.escape(path)}|{re.escape(plain)}"
        found = re.findall(rf'File "(?:{name})", line (\d+) in (\S+)', text[:100_000])
        if found:
            line, where = found[0]
            above = dict.fromkeys(name for _, name in found if name != part.function)
            return int(line), where, tuple(above)
    return 0, "", ()


def _outcome(report, arrays):
    """An Outcome from what a child wrote, in which anything may stand."""
    status, case = report.get("status"), report.get("case", 0)
    if status not in STATUSES:
        return Outcome("fail", "no result was written")
    outcome = Outcome(
        status, _text(report.get("text")), _number(report.get("line")),
        _text(report.get("where")), None if case is None else _number(case),
        _texts(report.get("changed")), _texts(report.get("noted")),
        _texts(report.get("calls")))
    if status == "returned":
        for key, value in arrays.items():
            case, call, name = key.split(".", 2)
            calls = outcome.answers.setdefault(int(case), [{}, {}])
            calls[int(call)][name] = value
    return outcome


def _raced(part, outcome, end):
    """The Outcome of a part that is a race, by how this ended; others as they are.

    end : times faster, words, or None where answers were missing
    """
    if part.race is None or outcome.status != "returned":
        return outcome
    if not isinstance(end, float):
        return Outcome("fail", end or "no result was written")
    answer = {part.names[0]: np.array(min(end, part.race.enough))}
    said = f"{part.race.function} is {end:.1f} times as fast as the plain loop"
    return Outcome("returned", said=said, answers={
        number: [answer, answer] for number in range(len(part.cases()))})


def _text(value):
    return value[:500] if isinstance(value, str) else ""


def _texts(value):
    return tuple(map(_text, value)) if isinstance(value, list) else ()


def _number(value):
    return value if type(value) is int and 0 <= value < 10**6 else 0
