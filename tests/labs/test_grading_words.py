"""Grading's small promises: names, order, lengths, and how a process has ended."""

import contextlib
import json
import os
import signal
import socket
import tempfile
import threading
import time
from types import SimpleNamespace

import pytest
from grading import read_rows
from lab_tools import LABS

from scratchae.labs import grading
from scratchae.labs.grading import Run, cages, grade, gradescope, rows
from scratchae.labs.grading.cells import cell
from scratchae.labs.grading.submissions import HandIn, Student, hand_in
from scratchae.labs.judging import PartResult, Row
from scratchae.labs.report import LabReport

LAB = LABS["01"]


def test_what_grading_itself_cannot_do_is_told_with_the_errors_class(
        tmp_path, monkeypatch):
    def ends(*given):
        raise RuntimeError("no room")

    monkeypatch.setattr("scratchae.labs.grading.check", ends)
    (tmp_path / "in/ann").mkdir(parents=True)
    (tmp_path / "in/ann/01_a.py").write_text("")
    grade(Run([LAB]), tmp_path / "in", tmp_path / "a.csv")
    told = {(row["status"], row["reason"], row["points"], row["file"])
            for row in read_rows(tmp_path / "a.csv")["ann"]}
    assert told == {
        ("error", "01_a.py cannot be graded: RuntimeError: no room", "0", "")}


@pytest.mark.parametrize("bad, good", [("01_a.py", "01_b.py"), ("01_b.py", "01_a.py")])
def test_a_file_that_cannot_be_graded_does_not_hide_one_that_can(
        bad, good, tmp_path, monkeypatch):
    def check(lab, path, *how):
        if path.name == bad:
            raise RuntimeError("no room")
        return LabReport(lab, path, [PartResult(1, "f", "pass", 2)] * 3)

    monkeypatch.setattr("scratchae.labs.grading.check", check)
    (tmp_path / "in/ann").mkdir(parents=True)
    for name in bad, good:
        (tmp_path / "in/ann" / name).write_text(name)
    grade(Run([LAB]), tmp_path / "in", tmp_path / "a.csv")
    told = {(row["status"], row["reason"], row["points"], row["file"])
            for row in read_rows(tmp_path / "a.csv")["ann"]}
    assert told == {("pass", "", "2", good)}


@pytest.mark.parametrize("text", [
    "\n" * 999, "x" * 999 + "\u202e" * 9, "\0" * 5000, " " * 5000])
def test_a_cell_has_at_most_a_thousand_characters_with_its_escapes(text):
    assert len(cell(text)) == 1000


def test_students_stand_in_the_order_of_their_names(tmp_path):
    table = rows.Table(tmp_path / "a.csv")
    for name in "bob", "ann", "cid":
        table.add(Student(name, None), [dict.fromkeys(rows.COLUMNS, "")
                                        | {"student": name, "lab": "1"}])
        assert [*read_rows(tmp_path / "a.csv")] == sorted(table.rows)
    again = rows.Table(tmp_path / "a.csv")
    again.read()
    assert [*again.rows] == ["ann", "bob", "cid"]
    assert {row["lab"] for found in again.rows.values() for row in found} == {"01"}


def test_files_that_systems_leave_are_not_said_to_be_handed_in(tmp_path):
    for name in ".DS_Store", "Thumbs.db", "desktop.ini", "a.zip":
        (tmp_path / name).write_text("")
    for folder in "__MACOSX", ".git", "__pycache__":
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "01_a.py").write_text("")
    found = hand_in(Student("ann", tmp_path), LAB)
    assert found.missing and found.problem.endswith(".ipynb, but a.zip")


def test_at_most_five_of_what_else_was_handed_in_are_named(tmp_path):
    for i in range(7):
        (tmp_path / f"{i}.txt").write_text("")
    found = hand_in(Student("ann", tmp_path), LAB)
    assert found.problem.endswith("but 0.txt, 1.txt, 2.txt, 3.txt, 4.txt")


@pytest.mark.parametrize("said, code", [(b"0", 0), (b"-11", -11), (b"", -9)])
def test_a_process_that_was_killed_before_it_could_say_so_has_been_killed(said, code):
    here, there = socket.socketpair()
    process = SimpleNamespace(returncode=None, said=here, lock=threading.Lock())
    assert cages.Forked.poll(process) is None
    there.sendall(said)
    there.close()
    assert cages.Forked.poll(process) == code
    here.close()
    assert cages.Forked.poll(process) == code


@pytest.mark.parametrize("before", ["", "a;", "a,", "a|", "'a' ;"])
def test_no_sign_at_which_a_formula_may_begin_is_left_as_it_is(before):
    for sign in "=+-@\uff1d\uff0b\uff0d\uff20":
        assert cell(f"{before}{sign}1") == f"{before}'{sign}1"
    assert cell(f"{before}1=1") == f"{before}1=1"


@pytest.mark.parametrize("text, points", [
    ("1e999", 0), ("-1e999", 0), ("nan", 0), ("", 0), ("two", 0), ("2", 2), ("-1", -1),
    ("'-0.5", -0.5), ("2.0", 2)])
def test_points_are_numbers_that_json_has(text, points):
    found = gradescope.points(text)
    assert found == points and type(found) is type(points)


def test_what_a_function_does_comes_before_the_slip_of_its_tensor():
    row = Row("y", (3,), "FAIL", 2.0, 1.0, (1,), "twice", "counts twice")
    for code in "changes", "":
        part = PartResult(1, "f", "fail", 0, (row,), code=code)
        first, *_ = rows.rows_of(Student("ann", None), LAB, HandIn(), LabReport(
            LAB, "a.py", [part] * 3))
        assert first["slip"] == (code or "twice") and first["tensor"] == "y"


def test_a_name_of_the_tables_own_is_nobody_elses_short_one(tmp_path):
    """007 has rows of her own: those of 7 stay another's."""
    table = rows.Table(tmp_path / "a.csv")
    table.rows = {name: [{"student": name, "of": name}] for name in ("7", "007")}
    table.restore_names([Student("007", tmp_path)])
    assert table.rows == {name: [{"student": name, "of": name}] for name in (
        "7", "007")}


def test_results_have_the_titles_of_the_labs_that_are_graded(tmp_path):
    (tmp_path / "in/ann").mkdir(parents=True)
    start = time.perf_counter()
    grade(Run([LABS["01"], LABS["02"]]), tmp_path / "in", tmp_path / "a.csv")
    elapsed = time.perf_counter() - start
    told = json.loads((tmp_path / "a/ann/results.json").read_text())
    assert told["output"] == ("0 of 16 points. lab 01: the dense layer, "
                              "lab 02: activations")
    assert 0 <= told["execution_time"] <= elapsed + 0.001  # rounded


def too_large(path):
    """A file that is more than is read: no process is needed."""
    with open(path, "wb") as file:
        file.truncate(2**20 + 1)


def test_only_who_hands_in_something_else_has_changed_be_it_of_one_lab(tmp_path):
    """Not who has a file for a folder, or no file that can be read."""
    (tmp_path / "in/ann").mkdir(parents=True)
    (tmp_path / "in/bob.zip").write_text("x")
    too_large(tmp_path / "in/ann/01_a.py")
    too_large(tmp_path / "in/cid.py")
    for numbers in ["01"], ["01", "02"]:
        run = Run([LABS[number] for number in numbers])
        given = run, tmp_path / "in", tmp_path / f"{len(numbers)}.csv"
        assert len(grade(*given)[1]) == 3
        _, new, changed, _ = grade(*given)
        assert not new and not changed
        too_large(tmp_path / f"in/ann/{numbers[-1]}_0.py")
        _, new, changed, _ = grade(*given)
        assert not new and [student.name for student in changed] == ["ann"]


def test_as_many_at_a_time_as_is_said_without_the_layers_that_are_left_out(
        tmp_path, monkeypatch):
    asked = []

    class Pool(grading.ThreadPoolExecutor):
        def __init__(self, jobs):
            asked.append(jobs)
            super().__init__(jobs)

    monkeypatch.setattr(grading, "ThreadPoolExecutor", Pool)
    monkeypatch.setattr(grading, "Cages", lambda *given: (
        asked.append(given[0]), cages.Cages(*given))[1])
    (tmp_path / "in").mkdir()
    run = Run([LAB], jobs=3, without="files,calls")
    grade(run, tmp_path / "in", tmp_path / "a.csv")
    assert sorted(map(str, asked)) == ["3", "files,calls"]
    assert Run([LAB]).jobs == (os.cpu_count() or 1)


@pytest.mark.parametrize("ends", [False, True])
def test_no_copy_of_a_submission_is_left(ends, tmp_path, monkeypatch):
    def check(lab, path, *how):
        assert path.parent.parent == tmp_path
        if ends:
            raise RuntimeError("no room")

    monkeypatch.setattr(grading, "check", check)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with contextlib.suppress(RuntimeError):
        grading.run_copy(Run([LAB]), LAB, "01_a.py", b"", {"h.py": b""}, None)
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("lab, number", [("01", "1.2"), ("10", "10.2"), ("16", "16.2")])
def test_a_part_is_numbered_by_its_lab_as_it_is_spoken(lab, number):
    row = dict.fromkeys(rows.COLUMNS, "") | {"lab": lab, "part": "2", "function": "f"}
    told = gradescope.test_of(row)
    assert (told["number"], told["name"]) == (number, f"Lab {lab}, part 2: f")


@pytest.mark.parametrize("deaf", [False, True])
def test_a_forked_process_is_told_to_end_what_is_below_it_before_it_is_killed(
        deaf, monkeypatch):
    here, there = socket.socketpair()
    process, told = object.__new__(cages.Forked), []
    process.pid, process.returncode, process.said = 4321, None, here
    process.lock = threading.Lock()

    def kill(number, how):
        told.append((number, how))
        if not deaf or how == signal.SIGKILL:
            there.send(b"-9")

    monkeypatch.setattr(cages.os, "kill", kill)
    monkeypatch.setattr(cages, "PATIENCE", 0.01 if deaf else 15.0)
    process.end()
    wanted = [(4321, signal.SIGTERM), (4321, signal.SIGKILL)][: 1 + deaf]
    assert told == wanted and process.returncode == -9 and here.fileno() == -1
    process.send_signal(signal.SIGUSR1)  # its number may be another's now
    assert told == wanted
    there.close()
