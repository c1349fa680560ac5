"""All that a lab's check says and shows, word by word."""

import json
import re

import numpy as np
import pytest
from lab_tools import LABS, SOLUTIONS, result_of

from scratchae import labs
from scratchae.cli.lab_files import STUBS
from scratchae.labs import child_calls, collecting
from scratchae.labs.confusion import Confused, as_text
from scratchae.labs.judging import PartResult, Row
from scratchae.labs.report import LabReport
from scratchae.labs.specification import Lab, Part, Tensor
from scratchae.notebooks import notebook

REPORT = """Lab 98: sums (a/mine.py)

your file printed:
hello

part 1, one: pass (3.0 times as fast)
  its formula: see lecture 1

part 2, two: fail
  tensor  shape   yours  expected  worst at  ratio  verdict
  y       5x3     2      2                   1      ok
  dW      7x11    3      1.5       (1, 10)   2      FAIL
  db      number         2                          from above
  dx      4       -1     0         (2,)             not judged
  dW: 3 of 77; likely: counts twice
  db: right here
  dx: no known slip
  its formula: see lecture 2

part 3, three: error
  a/mine.py:12: in helper: IndexError: 9
  its formula: see lecture 3

part 4, four: error
  a/mine.py:3: SyntaxError: x
  its formula: see lecture 4

part 5, five: not written yet
  Lab 98, part 5: y
  its formula: see lecture 5

1 of 5 parts pass, 2 of 30 points"""


def test_a_report_is_this_text():
    names = ("one", "two", "three", "four", "five")
    lab = Lab("98", "sums", "", tuple(
        Part(name, None, (), f"lecture {i}", points=2 * i)
        for i, name in enumerate(names, 1)))
    right = Row("y", (5, 3), yours=2.0, expected=2.0, worst_index=(0, 0))
    rows = (right, Row("dW", (7, 11), "FAIL", 3.0, 1.5, (1, 10), "twice",
                       "counts twice", "3 of 77"),
            Row("db", (), "from above", np.nan, 2.0, fact="right here"),
            Row("dx", (4,), "not judged", -1.0, 0.0, (2,)))
    more = ({"said": "3.0 times as fast", "rows": (right,)}, {"rows": rows},
            {"text": "IndexError: 9", "line": 12, "where": "helper"},
            {"text": "SyntaxError: x", "line": 3, "where": "<module>"},
            {"text": "Lab 98, part 5: y", "line": 40})
    status = ("pass", "fail", "error", "error", "not written yet")
    parts = tuple(PartResult(i + 1, names[i], status[i], 2 * (not i),
                             **more[i]) for i in range(5))
    report = LabReport(lab, "a/mine.py", parts, "hello\n")
    assert report.text(solutions=True) == REPORT
    assert str(report) == re.sub("  its formula: .*\n", "", REPORT)


def test_the_confusion_matrix_is_this_text():
    rows = [Confused("01", "f", *found) for found in (
        ("a", "sign", "sign"), ("b", "sign", "none"), ("b", "twice", "half"),
        ("c", "sign", "sign"), ("b", "twice", "sign"))]
    assert as_text(rows) == """\
slip   tensors  named so  named otherwise
sign   3        2         none
twice  2        0         half sign

5 slips in tensors, 3 named otherwise"""


def test_a_notebook_says_what_its_script_does_by_cell_and_line(tmp_path):
    """Its first cells are the title and the line that installs."""
    (path,) = SOLUTIONS.glob("01_*.py")
    text = path.read_text().replace("dy @ W.T", "dy @ W.T[99]")
    text = text.replace("\n\n\n", "\n\n# %%\n", 1).replace("\n\n\n", "\n\n# %%\n")
    script, book = tmp_path / "mine.py", tmp_path / "mine.ipynb"
    script.write_text(text)
    book.write_text(json.dumps(notebook(text)))
    plain, told = (labs.check(LABS["01"], path) for path in (script, book))
    cells = ["".join(cell["source"]).splitlines()
             for cell in json.loads(book.read_text())["cells"]
             if cell["cell_type"] == "code"]
    for one, other in zip(plain.parts, told.parts, strict=True):
        assert (one.status, one.points, one.rows) == (
            other.status, other.points, other.rows)
        if one.line:
            where = r"code cell (\d+), line (\d+), in (\w+): (.*)"
            cell, line, function, words = re.fullmatch(where, other.text, re.S).groups()
            assert (function, words, other.line) == (one.where, one.text, 0)
            assert cells[int(cell) - 1][int(line) - 1] == text.splitlines()[
                one.line - 1]
    assert told.parts[1].text.startswith("code cell ")


def test_the_seconds_that_are_asked_for_are_those_that_are_waited(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("def f(x):\n    while True:\n        pass\n")
    part = Part("f", lambda rng, s: {"x": 1.5}, (), "nowhere", equal=False)
    (result,) = labs.check(Lab("99", "", "", (part,), seconds=60.0), path,
                           seconds=0.25).parts
    assert result.text == "not done after 0.25 s: an endless loop?"


PROCESS = """
import warnings
import numpy as np

def numbers(k):
    print(f"k is {k!r}")
    warnings.warn("old", DeprecationWarning)
    return np.float64(k)

def ends(k):
    import os
    os._exit(0)

def again(k):
    print("a second process")
    return np.float64(2 * k)
"""


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    path = tmp_path_factory.mktemp("process") / "mine.py"
    path.write_text(PROCESS)
    parts = tuple(
        Part(name, lambda rng, s: {"k": s.k}, (
            Tensor("y", lambda v, t=times: np.float64(t * v.k)),), "nowhere",
             asks=("quiet",))
        for name, times in (("numbers", 1), ("ends", 1), ("again", 3)))
    return labs.check(Lab("99", "a lab", "", parts), path)


def test_a_number_arrives_as_pythons_and_prints_of_each_process_are_kept(checked):
    assert checked.printed.splitlines() == ["k is 11", "a second process"]


def test_only_numpys_warnings_are_what_is_to_be_quiet(checked):
    assert checked.parts[0].passed, checked.parts[0]


def test_what_fails_is_not_said_to_wait_for_itself_and_what_passes_for_nothing():
    parts = [Part(name, None, (), "") for name in ("f", "g", "h")]
    results = [PartResult(1, "f", "fail", 0), PartResult(
        2, "g", "pass", 1, calls=("f",)), PartResult(
        3, "h", "error", 0, text="IndexError: 9", calls=("g", "f"))]
    given = iter(results)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(labs, "judge", lambda *_: next(given))
        found = [*labs._judged(parts, [0] * 3, [0] * 3)]
    assert [result.text for result in found] == [
        "", "", "IndexError: 9; calls f, which fails: part 1 first"]


def test_an_argument_that_one_input_alone_has_changed_is_named():
    def halves(x, W):
        x *= 0.5 if len(x) == 5 else 1
        return x

    part = Part("halves", lambda rng, s: {"x": rng.normal(size=s.n), "W": np.ones(2)},
                (Tensor("y", lambda v: v.x),), "nowhere", equal=False)
    result = result_of(part, halves)
    assert result.text == "changes its argument x in place" and not result.passed


def test_all_functions_of_a_file_that_are_called_are_followed():
    def inner():
        return 0

    def unused():
        return 0

    names = {"first": unused, "second": inner, "__file__": __file__}
    code = compile("def f(x):\n    first()\n    return second()\n", "", "exec")
    exec(code, names)
    found = {f for f, *_ in child_calls.reached(names["f"])}
    assert found == {names["f"], inner, unused}


def test_every_lab_that_is_handed_out_is_collected_by_its_number():
    found = {collecting.FILE.fullmatch(path.name)[1]
             for path in STUBS.glob("*.py") if path.name != "conftest.py"}
    assert found == {*LABS}
    assert not collecting.FILE.fullmatch("conftest.py")


def test_of_one_part_nothing_is_said_of_all():
    lab = Lab("99", "t", "", (Part("f", None, (), ""),))
    part = PartResult(1, "f", "error", 0, text="SyntaxError: x", line=3)
    assert str(LabReport(lab, "a.py", (part,))) == (
        "Lab 99: t (a.py)\n\npart 1, f: error\n  a.py:3: SyntaxError: x\n\n"
        "0 of 1 parts pass, 0 of 1 points")


@pytest.mark.parametrize("printed, shown", [
    ("", ""), ("\n \n", ""), ("x\n\n", "\nyour file printed:\nx\n"),
    ("  1  2\n 10 20\n", "\nyour file printed:\n  1  2\n 10 20\n")])
def test_what_was_printed_stands_as_it_was_printed(printed, shown):
    lab = Lab("99", "t", "", (Part("f", None, (), ""),))
    part = PartResult(1, "f", "pass", 1)
    assert str(LabReport(lab, "a.py", (part,), printed)) == (
        f"Lab 99: t (a.py)\n{shown}\npart 1, f: pass\n\n1 of 1 parts pass, 1 of 1 "
        "points")
