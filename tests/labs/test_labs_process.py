"""A student's file in a process of its own: it can hurt its own row only."""

import os
import tempfile
import textwrap

import pytest

from scratchae.labs import check, watching
from scratchae.labs.report import part_lines
from scratchae.labs.specification import Lab, Part, Tensor


def part(name):
    """A part of which the answer is 2 x."""
    return Part(name, lambda rng, s: {"x": rng.normal(size=(s.n, s.d))},
                (Tensor("y", lambda v: 2 * v.x),), "nowhere")


def checked(tmp_path, source, *names, seconds=5.0):
    """The report of a file with these functions."""
    path = tmp_path / "mine.py"
    path.write_text(textwrap.dedent(source))
    lab = Lab("99", "a lab", "", tuple(map(part, names)), seconds=seconds)
    return check(lab, path)


CONDUCT = """
import os
import socket
import subprocess
import sys

import numpy as np

print("imported")
calls = []


def right(x):
    print("I print x")
    return 2 * x

def raises(x):
    y = 2 * x
    return y[99]

def stops(x):
    sys.exit(0)

def asks(x):
    return float(input()) * x

def prints(x):
    print("a" * 5_000_000)
    return 2 * x

def forks(x):
    os.fork()
    return 2 * x

def starts(x):
    subprocess.run(["true"])
    return 2 * x

def connects(x):
    socket.socket()
    return 2 * x

def kills(x):
    os.kill(os.getppid(), 9)

def writes(x):
    open(os.path.expanduser("/tmp/scratchae_lab_was_here"), "w")

def removes(x):
    os.remove(__file__)

def library(x):
    import scratchae

def changes(x):
    x *= 2
    return x.copy()

def grows(x):
    calls.append(x)
    return len(calls) * 2 * x

def accumulates(x):
    calls.append(0)
    global total
    total = 2 * x if len(calls) % 2 else total + 2 * x
    return total

class Equal(np.ndarray):
    def __eq__(self, other):
        return True

def equal(x):
    return (3 * x).view(Equal)

def nothing(x):
    pass

def several(x):
    return x, x

def text(x):
    return "2 x"

def objects(x):
    return np.array([None, x], dtype=object)

def lists(x):
    return [[1.0], [1.0, 2.0]]

def alone(x):
    return 2 * x,

def too_much(x):
    return np.ones((10**6, 10**6))

def crashes(x):
    import ctypes
    ctypes.string_at(0)

def huge(x):
    return np.broadcast_to(x[0, 0], (10**8,))
"""


@pytest.fixture(scope="module")
def conduct(tmp_path_factory):
    """{function: its PartResult} of the file above, and the report."""
    names = [line.split()[1].split("(")[0] for line in CONDUCT.splitlines()
             if line.startswith("def ")]
    report = checked(tmp_path_factory.mktemp("conduct"), CONDUCT, *names)
    return report, {part.function: part for part in report.parts}


@pytest.mark.parametrize("function, status, words", [
    ("right", "pass", ""),
    ("prints", "pass", ""),
    ("raises", "error", "IndexError: index 99 is out of bounds"),
    ("stops", "error", "SystemExit: 0"),
    ("asks", "error", "EOFError"),
    ("forks", "error", "PermissionError: a lab makes no processes"),
    ("starts", "error", "PermissionError: a lab makes no processes"),
    ("connects", "error", "PermissionError: a lab makes no connections"),
    ("kills", "error", "PermissionError: a lab makes no signals"),
    ("writes", "error", "PermissionError: a lab writes no files"),
    ("removes", "error", "PermissionError: a lab writes no files"),
    ("library", "error", "ImportError: a lab is written without the library"),
    ("changes", "fail", "changes its argument x in place"),
    ("grows", "fail", "y is another at each call"),
    ("accumulates", "fail", "a second call gives twice the first in y"),
    ("equal", "fail", "y is a Equal; expected an array of numbers"),
    ("nothing", "fail", "returns nothing; expected y"),
    ("several", "fail", "returns a tuple of 2; expected one array, y"),
    ("text", "fail", "y is a str; expected an array of numbers"),
    ("objects", "fail", "y has dtype object; expected numbers"),
    ("too_much", "error", "MemoryError: Unable to allocate"),
    ("crashes", "error", "the process was ended by SIGSEGV"),
    ("alone", "fail", "returns a tuple of 1; expected one array, y"),
    ("lists", "fail", "y is a list; expected an array of numbers"),
])
def test_what_a_function_does_is_said_of_its_part_alone(conduct, function, status,
                                                        words):
    part = conduct[1][function]
    assert part.status == status and words in part.text


def test_an_answer_that_is_too_large_is_none(conduct):
    assert conduct[1]["huge"].status != "pass"


def test_an_exception_is_told_with_the_line_of_the_file(conduct):
    part = conduct[1]["raises"]
    line = CONDUCT.splitlines()[part.line - 1]
    assert line == "    return y[99]" and part.where == "raises"


def test_what_a_file_prints_is_kept_in_part(conduct):
    assert conduct[0].printed.startswith("imported\nI print x\na")
    assert len(conduct[0].printed) <= 4000


def test_nothing_is_written_outside(conduct):
    assert not os.path.exists("/tmp/scratchae_lab_was_here")


ENDINGS = """
import os

def loops(x):
    while True:
        x = x + 1

def exits(x):
    os._exit(0)

def right(x):
    return 2 * x
"""


def test_a_loop_and_an_exit_cost_their_own_part(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    report = checked(tmp_path, ENDINGS, "loops", "exits", "right", seconds=1.0)
    loops, exits, right = report.parts
    assert loops.status == "error" and "endless loop?" in loops.text
    assert ENDINGS.splitlines()[loops.line - 1].strip() in ("while True:", "x = x + 1")
    assert exits.status == "error" and "the process was ended" in exits.text
    assert right.passed and [*tmp_path.iterdir()] == [tmp_path / "mine.py"]


FILES = """
import os
import shutil
import time

HOME = os.environ["HOME"]  # where results are left

def many(x):
    for i in range(10**6):
        open(f"{HOME}/{i}", "w").close()

def removes(x):
    time.sleep(0.2)  # it is seen to have started; else START is waited for
    for name in os.listdir(HOME):
        os.remove(f"{HOME}/{name}")
    os.rmdir(HOME)
    while True:
        pass

def right(x):
    return 2 * x
"""


def test_a_process_that_writes_on_and_on_or_removes_its_folder_is_ended(tmp_path):
    report = checked(tmp_path, FILES, "right", "many", "removes", seconds=2.0)
    right, many, removes = report.parts
    assert right.passed
    assert many.status == "error" and "writes more files than it may" in many.text
    assert removes.status == "error" and "an endless loop?" in removes.text


@pytest.mark.parametrize("source, words, line", [
    ("def right(x:\n    return 2 * x\n", "SyntaxError", 1),
    ("import numpy as np\nnp.nothing\n", "AttributeError", 2),
    ("\nwhile True:\n    pass\n", "an endless loop?", 2),
    ("import os\nos._exit(0)\n", "the process was ended before", 0),
])
def test_a_file_that_cannot_be_imported_says_why(tmp_path, monkeypatch, source, words,
                                                 line):
    monkeypatch.setattr(watching, "IMPORT", 0.0)
    report = checked(tmp_path, source, "right", "other", seconds=0.5)
    for part in report.parts:
        assert part.status == "error" and words in part.text
    assert report.parts[0].line in (line, line + 1)


def test_a_function_that_is_not_there_is_not_written_yet(tmp_path):
    (part,) = checked(tmp_path, "", "right").parts
    assert part.status == "not written yet"
    assert part.text == "there is no function right"


def test_a_part_that_calls_one_that_fails_says_which_comes_first(tmp_path):
    source = """
    def first(x):
        return x - 5

    def between(x):
        return first(x)

    def second(x):
        return between(x)
    """
    one, two = checked(tmp_path, source, "first", "second").parts
    assert two.text == "calls first, which fails: part 1 first" and not one.text
    assert "no known slip" in "".join(part_lines(one))
    assert "no known slip" not in "".join(part_lines(two))


def test_a_loop_outside_all_functions_is_waited_for_once(tmp_path, monkeypatch):
    monkeypatch.setattr(watching, "IMPORT", 0.2)
    ran = []
    monkeypatch.setattr(watching, "watch", lambda *given, watch=watching.watch: (
        ran.append(1), watch(*given))[1])
    report = checked(tmp_path, "while True:\n    pass", "f", "g", seconds=0.3)
    assert len(ran) == 1 and str(report).count("not done after 0.5 s") == 1
