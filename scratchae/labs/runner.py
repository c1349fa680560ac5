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
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from scratchae.labs import child
from scratchae.labs.results import read_arrays, read_json

BYTES = 16 * 2**20  # of one file of results
PRINTED = 4000  # characters of what a file prints that are kept
START = 20.0  # seconds for Python and NumPy to be there, disk cold
IMPORT = 10.0  # seconds more for what the file imports, such as Numba
ANSWER = 2.0  # seconds for a process that hangs to say where
TICK = 0.01
MOST = 100, 4 * BYTES  # files that a process may leave, and bytes of all of them
STATUSES = ("returned", "unwritten", "error", "fail")


@dataclass
class Outcome:
    """How one function did.

    status : "returned", "unwritten" (NotImplementedError), "error" (an exception, a
        loop) or "fail" (nothing that can be compared)   text : what is wrong
    line, where : in the student's file, 0 if unknown
    changed : arguments that were written to
    noted : words for what the part asks for beside right numbers, and did not get
    calls : the other parts' functions that it calls
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
    answers: dict = field(default_factory=dict)


def run_here(part, cases, function):
    """The Outcome of a function that is trusted, in this process."""
    module = type("module", (), {part.function: staticmethod(function)})
    order = {"function": part.function, "names": part.names, "asks": part.asks,
             "given": part.given}
    inputs = [case.inputs for case in cases]
    report, arrays = child.answer(module, order, inputs, function.__code__.co_filename)
    return _outcome(report, arrays, part)


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


def run_file(lab, path, cases, seconds=None, process=Child):
    """The Outcomes of a lab's parts, and what the file printed.

    path : the student's file, never imported here   cases : of each part
    seconds : that each part may take, by default the lab's
    process : the class of what runs it, Child or one that confines it more
    """
    seconds = lab.seconds if seconds is None else seconds
    outcomes, printed = [], []
    folder = tempfile.mkdtemp(prefix="scratchae-lab-")
    try:
        while len(outcomes) < len(lab.parts):
            work = Path(folder, str(len(outcomes)))
            order = _order(lab, path, cases, work, len(outcomes))
            text, ended = _run(order, work, seconds, len(lab.parts), process)
            printed.append(text)
            outcomes += _collect(lab, path, work, len(outcomes), ended)
    finally:
        _remove(folder)
    return outcomes, "".join(printed)[:PRINTED]


def _order(lab, path, cases, work, first):
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
        "first": first, "memory": lab.memory, "bytes": BYTES,
        "parts": [{"function": part.function, "names": part.names,
                   "asks": part.asks, "given": part.given, "cases": len(given),
                   "others": [other.function for other in lab.parts]}
                  for part, given in zip(lab.parts, cases, strict=True)],
    }
    (work / "order.json").write_text(json.dumps(order), encoding="utf-8")
    return work / "order.json"


def _run(order, work, seconds, total, start):
    """Start the child, watch it, kill what is left; what it printed, how it ended."""
    kept = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "SYSTEMROOT", "VIRTUAL_ENV")
    env = {name: os.environ[name] for name in kept if name in os.environ}
    env |= dict.fromkeys(("HOME", "TMPDIR", "NUMBA_CACHE_DIR", "USERPROFILE"),
                         str(work / "out"))
    env |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS",
                          "NUMBA_NUM_THREADS", "PYTHONDONTWRITEBYTECODE"), "1")
    process = start(order, cwd=work / "home", env=env, stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    printed = []
    reader = threading.Thread(target=_read, args=(process.stdout, printed), daemon=True)
    reader.start()
    try:
        why = _watch(process, work, seconds, total)
    finally:
        process.end()
    reader.join(1)  # a process that got away may hold the pipe: it is not waited for
    if not (work / "out" / "imported.json").exists():
        seconds += IMPORT
    ended = _ended(why, process.returncode, seconds)
    return b"".join(printed).decode(errors="replace")[:PRINTED], ended


def _ended(why, returncode, seconds):
    """In words, how a process ended that left parts without an answer."""
    if why == "loops":
        return f"not done after {seconds:g} s: an endless loop?"
    if why == "writes":
        return "writes more files than it may"
    by = ""
    if returncode < 0:
        names = {number.value: number.name for number in signal.Signals}
        by = f" by {names.get(-returncode, f'signal {-returncode}')}"
    return f"the process was ended{by} before it had an answer"


def _read(stream, printed):
    """Keep the first few kilobytes, and go on reading, so that nobody waits."""
    room = PRINTED
    with contextlib.suppress(OSError, ValueError):
        while block := stream.read1(65536):
            printed.append(block[:room])
            room -= len(block[:room])


def _watch(process, work, seconds, total):
    """Wait for the child; "loops" or "writes" if it did more of that than it may."""
    done, deadline = 0, time.monotonic() + START
    latest = deadline + IMPORT + (total + 1) * seconds  # whatever it says it has done
    while process.poll() is None:
        now, files, size = _left(work / "out")
        if files > MOST[0] or size > MOST[1]:
            return "writes"
        if now != done:
            done, deadline = now, time.monotonic() + seconds
            deadline += IMPORT if done == 1 else 0  # it has started
        if time.monotonic() > min(deadline, latest):
            _ask(process, work / "loop.txt")
            return "loops"
        time.sleep(TICK)
    return ""


def _ask(process, answer):
    """Have the child write down where it is, and wait until it has."""
    if not hasattr(signal, "SIGUSR1"):
        return
    process.send_signal(signal.SIGUSR1)
    size, latest = 0, time.monotonic() + ANSWER
    while time.monotonic() < latest and process.poll() is None:
        time.sleep(5 * TICK)
        before, size = size, answer.stat().st_size if answer.exists() else 0
        if size and size == before:
            return


def _left(folder):
    """How many outcomes, files and bytes are in a folder, if it is there still."""
    done = files = size = 0
    for place, folders, names in os.walk(folder):
        files += len(folders) + len(names)
        if files > MOST[0]:
            break
        for name in names:
            done += place == str(folder) and name.endswith(".json")
            with contextlib.suppress(OSError):
                size += os.lstat(os.path.join(place, name)).st_size
    return done, files, size


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
        outcomes.append(_outcome(report, arrays, lab.parts[number]))
    if len(outcomes) < len(lab.parts) - first:
        line, where = _place(path, work)
        began = (work / "out" / "imported.json").exists()
        left = 1 if began else len(lab.parts) - first - len(outcomes)
        outcomes += [Outcome("error", ended, line, where)] * left
    return outcomes


def _place(path, work):
    """Line and function of the student's file in which the child was stopped."""
    with contextlib.suppress(OSError):
        text = (work / "loop.txt").read_text(encoding="utf-8", errors="replace")
        name = re.escape(str(Path(path).resolve()))
        found = re.search(rf'File "{name}", line (\d+) in (\S+)', text[:100_000])
        if found:
            return int(found[1]), found[2]
    return 0, ""


def _outcome(report, arrays, part):
    """An Outcome from what a child wrote, in which anything may stand."""
    status = report.get("status")
    if status not in STATUSES:
        return Outcome("fail", "no result was written")
    lists = [report.get(name) for name in ("changed", "noted", "calls")]
    outcome = Outcome(
        status, _text(report.get("text")), _number(report.get("line")),
        _text(report.get("where")), _number(report.get("case")),
        *(tuple(map(_text, found)) if isinstance(found, list) else ()
          for found in lists),
    )
    if status == "returned":
        for key, value in (arrays or {}).items():
            case, call, name = key.split(".", 2)
            calls = outcome.answers.setdefault(int(case), [{}, {}])
            calls[int(call)][name] = value
    return outcome


def _text(value):
    return value[:500] if isinstance(value, str) else ""


def _number(value):
    return value if type(value) is int and 0 <= value < 10**6 else 0
