"""A submission's process: how it has ended, and where and with what it works."""

import importlib
import os
import signal
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from lab_tools import LABS

from scratchae.labs import check, child, runner, timing
from scratchae.labs.grading import cages
from scratchae.labs.grading.cages import NURSERY, Cages
from scratchae.labs.specification import Lab, Part, Race, Tensor

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forked as on Linux")
SOURCE = """
import ctypes
import os
import resource

C = ctypes.CDLL(None)
rights = (ctypes.c_uint32 * 6)(*[7] * 6)
asked = C.capget((ctypes.c_uint32 * 2)(0x20080522, 0), rights)
print("folder", os.path.basename(os.getcwd()))
print("home", os.path.samefile(os.environ["HOME"], os.environ["TMPDIR"]))
print("variables", *sorted(os.environ))
print("rights", asked, *rights)
for kind in "NOFILE", "CORE", "NPROC", "FSIZE", "AS":
    print(kind, *resource.getrlimit(getattr(resource, "RLIMIT_" + kind)))


def dense_forward(x, W, b):
    while True:
        pass


def dense_backward(dy, x, W):
    ctypes.string_at(0)


def two_layers_backward(dy, x, W1, b1, W2):
    os._exit(0)
"""


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The report of that file as the grader has it; with fewer seconds."""
    path = tmp_path_factory.mktemp("graded") / "01_dense.py"
    path.write_text(SOURCE)
    cells = Cages()
    try:
        return check(LABS["01"], path, seconds=2.0, process=cells)
    finally:
        cells.stop()


def test_how_each_part_has_ended_is_told_as_it_is_told_to_students(graded):
    loops, crashes, exits = graded.parts
    assert loops.text == "not done after 2 s: an endless loop?"
    lines = SOURCE.splitlines()
    assert lines[loops.line - 1].strip() in ("while True:", "pass")
    assert loops.where == "dense_forward"
    assert crashes.text == "the process was ended by SIGSEGV before it had an answer"
    assert exits.text == "the process was ended before it had an answer"


def test_a_submission_works_in_its_own_folder_with_its_own_variables_and_limits(graded):
    said = dict(line.split(" ", 1) for line in graded.printed.splitlines())
    assert (said["folder"], said["home"]) == ("home", "True")
    assert {*said["variables"].split()} - {"LC_CTYPE"} == {
        *runner._environment(Path("work"))} - {"LC_CTYPE"}
    assert said["rights"] == "0 0 0 0 0 0 0", "none, even if you are root"
    assert said["NOFILE"] == "64 64" and said["CORE"] == said["NPROC"] == "0 0"
    assert said["FSIZE"] == f"{16 * 2**20} {16 * 2**20}"
    assert said["AS"] == f"{2 * 2**30} {2 * 2**30}"


RACED = """
def product(A, B):
    return A @ B
"""


def test_a_race_is_held_with_a_submission_as_with_a_student(tmp_path, monkeypatch):
    """By questions and answers in files, to a process that is confined."""
    monkeypatch.setattr(timing, "plain_loop", lambda: timing.loop_ijk)
    path, cells = tmp_path / "99_a.py", Cages()
    path.write_text(RACED)
    race = Part("speed", lambda rng, s: {"B": rng.random((5, 4))}, equal=False,
                solution="nowhere", race=Race("product", 3, enough=1e-9),
                tensors=(Tensor("times", lambda v: np.array(1e-9)),))
    try:
        report = check(Lab("99", "", "", (race,), seconds=60.0), path, process=cells)
    finally:
        cells.stop()
    assert report.passed
    assert report.parts[0].said.endswith(" times as fast as the plain loop")


def test_who_starts_processes_for_a_grader_that_has_ended_ends_too(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(NURSERY).parent))
    nursery, asked = importlib.import_module("nursery"), []
    monkeypatch.setattr(nursery.confined, "libc", SimpleNamespace(
        prctl=lambda *given: asked.append(given[:2])))
    monkeypatch.setattr(nursery.os, "_exit", lambda code: sys.exit(f"ended: {code}"))
    with pytest.raises(SystemExit, match="ended: 1"):
        nursery.serve("child.py", f"{os.getppid() + 1}", "", "")
    assert asked == [(1, signal.SIGKILL)]  # of prctl: it dies with its parent


def test_ctrl_c_reaches_no_process_of_a_students_before_it_is_ended(monkeypatch):
    """Each has a session of its own; else what she had would be called her end."""
    started = []
    monkeypatch.setattr(cages.subprocess.Popen, "__init__",
                        lambda self, words, **how: started.append((words, how)))
    runner.Child("order.json", cwd="home")
    with cages.Nursery("calls", ("numba", "numpy"), {"A": "1"}).line:
        alone, forks = started
    assert alone == ([sys.executable, child.__file__, "order.json"],
                     {"cwd": "home", "start_new_session": True})
    assert forks[0] == [sys.executable, NURSERY, child.__file__, f"{os.getpid()}",
                        "calls", "numba,numpy"]
    assert forks[1]["start_new_session"] and forks[1]["env"] == {"A": "1"}


@pytest.mark.parametrize("code, told", [
    (0, []), (1, []), (-9, [("kill", 9)]), (-11, [("default", 11), ("kill", 11)])])
def test_who_confines_ends_by_the_signal_by_which_a_process_has_ended(
        code, told, monkeypatch):
    monkeypatch.syspath_prepend(str(Path(NURSERY).parent))
    confined, done = importlib.import_module("confined"), []

    def default(number, action):
        if number == 9:
            raise OSError  # it has no handler
        done.append(("default", number))

    monkeypatch.setattr(confined.signal, "signal", default)
    monkeypatch.setattr(confined.os, "kill", lambda process, number: done.append(
        ("kill", number)))
    monkeypatch.setattr(confined.os, "_exit", lambda code: done.append(("exit", code)))
    confined.end_as(code)
    assert done == [*told, ("exit", 0)]
