"""Grading's small promises: names, order, lengths, and how a process has ended."""

import socket
import threading
from types import SimpleNamespace

import pytest
from grading import read_rows
from lab_tools import LABS

from scratchae.labs.grading import Run, cages, grade, rows
from scratchae.labs.grading.cells import cell
from scratchae.labs.grading.submissions import Student, hand_in
from scratchae.labs.judging import PartResult
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
    assert told == {("error", "cannot be graded: RuntimeError: no room", "0", "")}


@pytest.mark.parametrize("bad, good", [("01_a.py", "01_b.py"), ("01_b.py", "01_a.py")])
def test_a_file_that_cannot_be_graded_does_not_hide_one_that_can(
        bad, good, tmp_path, monkeypatch):
    def check(lab, path, *how):
        if path.name == bad:
            raise RuntimeError("no room")
        return LabReport(lab, path, [PartResult(1, "f", "pass", 2, 2)] * 3)

    monkeypatch.setattr("scratchae.labs.grading.check", check)
    (tmp_path / "in/ann").mkdir(parents=True)
    for name in bad, good:
        (tmp_path / "in/ann" / name).write_text(name)
    grade(Run([LAB]), tmp_path / "in", tmp_path / "a.csv")
    told = {(row["status"], row["reason"], row["points"], row["file"])
            for row in read_rows(tmp_path / "a.csv")["ann"]}
    assert told == {("pass", "", "2", good)}


@pytest.mark.parametrize("text", ["\n" * 999, "x" * 999 + "\u202e" * 9, "\0" * 5000])
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
