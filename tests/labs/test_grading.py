"""`scratchae lab grade`: a submission's conduct is in its own rows and nowhere else."""

import json
import os
import sys
import threading
import time

import pytest
from grading import grade_all, left_running, read_rows
from hostile import Hostile
from lab_tools import LABS, SOLUTIONS

from scratchae.cli import main
from scratchae.labs import check
from scratchae.labs.grading import (
    Run,
    cages,
    grade,
    missing_layers,
    rows,
    submissions,
)
from scratchae.labs.grading.cages import Cages, Stopped
from scratchae.labs.grading.cells import cell
from scratchae.labs.grading.gradescope import document
from scratchae.labs.judging import PartResult
from scratchae.labs.report import LabReport

LAB = LABS["01"]
linux = pytest.mark.skipif(sys.platform != "linux", reason="the layers are Linux'")
TRIES = """
C = ctypes.CDLL(None, use_errno=True)
fork = 56 if os.uname().machine == "x86_64" else 220
for name, found in {
    "signal": C.kill(PARENT, 0),
    "look": C.prlimit(PARENT, 7, None, (ctypes.c_ulong * 2)()),
    "socket": C.socket(2, 1, 0),
    "mode": C.chmod(b"PLACE", 0o755),
    "write": C.creat(b"PLACE/out", 0o644),
    "read": C.open(b"PLACE/there", 0),
    "memory": C.open(b"/proc/PARENT/mem", 2),
    "own file": C.creat(os.environ["HOME"].encode() + b"/own", 0o644),
    "fork": C.syscall(fork, 17, 0, 0, 0, 0) or (
        C.setsid() and C.fork() and os._exit(0) or time.sleep(60) or os._exit(0)),
}.items():
    print(name, "done" if found >= 0 else "refused")
"""


@linux
@pytest.mark.parametrize("layer, refused", [
    ("namespaces", {"signal", "look", "memory"}),
    ("files", {"write", "read", "memory"}),
    ("calls", {"signal", "look", "socket", "mode", "fork"}),
])
def test_each_layer_holds_without_the_others(tmp_path, layer, refused):
    if layer in missing_layers():
        pytest.skip(f"no {layer} here")
    place, path = tmp_path / "place", tmp_path / "01/01_dense.py"
    for folder in place, path.parent:
        folder.mkdir()
    (place / "there").write_text("")
    source = Hostile(TRIES).source.replace(b"PARENT", str(os.getpid()).encode())
    path.write_bytes(source.replace(b"PLACE", str(place).encode()))
    without = ",".join({"namespaces", "files", "calls"} - {layer})
    cages = Cages(without)
    report = check(LAB, path, process=cages)
    cages.stop()
    found = dict(line.rsplit(" ", 1) for line in report.printed.splitlines())
    assert refused <= {name for name, said in found.items() if said == "refused"}
    assert found["own file"] == "done" and report.parts[1].passed
    assert not [*left_running()]


@linux
def test_what_hostile_submissions_do_is_in_their_own_rows(tmp_path):
    """`python tests/grading.py` has all of them, and a hundred in all."""
    names = {"forks", "signals", "sockets", "writes", "fakes", "copies", "equal"}
    problems, *_ = grade_all(tmp_path, 0, Run([LAB], seconds=30.0), names)
    assert not problems


@pytest.mark.parametrize("said, missing", [
    ('{"files": false, "calls": true}', ["files"]), ("no JSON", ["all: "]),
])
def test_a_layer_that_does_not_hold_is_told(tmp_path, monkeypatch, said, missing):
    (tmp_path / "confined.py").write_text(f"print({said!r})")
    monkeypatch.setattr(cages, "CONFINED", str(tmp_path / "confined.py"))
    assert missing_layers() == missing


def students(folder, *names):
    """Folders of students who have handed in nothing: no process is needed."""
    for name in names:
        (folder / name).mkdir(parents=True)
    return folder


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_typed_again_it_grades_who_is_new_and_keeps_all_other_rows(here, capsys):
    hand_ins = students(here / "hand-ins", "ann", "bob")
    command = ["lab", "grade", str(hand_ins), "--labs", "01"]
    assert main(command) == 0
    table = here / "grades.csv"
    edited = table.read_text().replace("missing,0", "missing,1")  # by a lecturer
    table.write_text(edited)
    (hand_ins / "cid").mkdir()
    assert main(command) == 0
    assert "students graded: 1, there before: 2" in capsys.readouterr().out
    assert table.read_text().startswith(edited) and "cid" in read_rows(table)
    table.write_text(table.read_text().replace(",01,", ",1,"))  # by a spreadsheet
    (here / "grades/ann/results.json").unlink()  # or never written: a power cut
    assert main(command) == 0
    tests = json.loads((here / "grades/ann/results.json").read_text())["tests"]
    assert [test["score"] for test in tests] == [1, 1, 1]
    assert tests[0]["output"].startswith("missing: there is no file 01_*.py")
    assert main([*command[:-1], "01-02"]) == 2
    assert "made for other labs: it has ann without lab 02" in capsys.readouterr().err
    assert main([*command, "--overwrite"]) == 0
    assert ",1,1," not in table.read_text()


def test_who_hands_in_something_else_keeps_her_rows_and_is_named(here, capsys):
    hand_ins = students(here / "hand-ins", "ann", "bob")
    main(["lab", "grade", str(hand_ins)])
    before = (here / "grades.csv").read_bytes()
    (hand_ins / "bob/01_dense.py").write_text("")
    assert main(["lab", "grade", str(hand_ins)]) == 0
    assert "other files than those graded, rows kept: bob" in capsys.readouterr().out
    assert (here / "grades.csv").read_bytes() == before


def test_what_is_interrupted_keeps_its_rows_and_goes_on(here, monkeypatch):
    hand_ins = students(here / "hand-ins", "ann", "bob", "cid")
    run, add = Run([LAB], jobs=1), rows.Table.add

    def interrupted(table, student, found):
        if len(table.rows) == 2:
            raise KeyboardInterrupt
        add(table, student, found)

    monkeypatch.setattr(rows.Table, "add", interrupted)
    with pytest.raises(KeyboardInterrupt):
        grade(run, hand_ins, here / "a.csv")
    assert len(read_rows(here / "a.csv")) == 2
    monkeypatch.undo()
    grade(run, hand_ins, here / "a.csv")
    grade(run, hand_ins, here / "b.csv")
    assert (here / "a.csv").read_bytes() == (here / "b.csv").read_bytes()
    for name in "ann", "bob", "cid":
        a, b = (json.loads((here / f"{table}/{name}/results.json").read_text())
                for table in "ab")
        assert a["tests"] == b["tests"] and len(a["tests"]) == 3


def test_nothing_of_others_is_replaced(here, capsys):
    hand_ins = students(here / "hand-ins", "ann")
    (here / "grades.csv").write_text("mine\n")
    assert main(["lab", "grade", str(hand_ins)]) == 2
    assert "no table of grades; --overwrite replaces it" in capsys.readouterr().err
    assert (here / "grades.csv").read_text() == "mine\n"
    students(here / "other", "ann")
    (here / "other/ann/results.json").write_text("mine")
    assert main(["lab", "grade", str(hand_ins), "--out", "other.csv"]) == 2
    assert (here / "other/ann/results.json").read_text() == "mine"
    assert not (here / "other.csv").exists()


@pytest.mark.parametrize("words, error", [
    ("grade", "say one folder"),
    ("grade none", "there is no folder none"),
    ("grade hand-ins --out a.txt", "should end in .csv"),
    ("grade hand-ins --out hand-ins/a.csv", "where each entry is a student's"),
    ("grade hand-ins --labs 1+2", "--labs: expected such as 01-06"),
    ("grade hand-ins --labs 77", "no lab '77'"),
    ("01 --seed 3", "--seed means nothing without export or grade"),
])
def test_what_cannot_be_graded_is_refused_before_any_work(here, capsys, words, error):
    students(here / "hand-ins", "ann")
    assert main(["lab", *words.split()]) == 2
    assert error in capsys.readouterr().err
    assert [path.name for path in here.iterdir()] == ["hand-ins"]


def test_where_a_lab_is_missing_the_table_says_what_is_there_instead(here):
    hand_ins = students(here / "hand-ins", "ann", "bob")
    (hand_ins / "ann/all.zip").write_text("")
    (hand_ins / "ann/102_dense.py").write_text("")
    grade(Run([LAB]), hand_ins, here / "a.csv")
    found = {name: of[0]["reason"] for name, of in read_rows(here / "a.csv").items()}
    assert found["ann"].endswith("*.py or .ipynb, but 102_dense.py, all.zip")
    assert found["bob"].endswith("*.py or .ipynb, but nothing")


def test_files_are_looked_for_as_far_as_is_told_and_each_is_tried_once(tmp_path):
    deep, deeper = tmp_path / "ann/1/2/3/4/5", tmp_path / "bob/1/2/3/4/5/6"
    for folder in deep, deeper, tmp_path / "cid":
        folder.mkdir(parents=True)
        (folder / "01_dense.py").write_text("x")
    (tmp_path / "ann/01_copy.py").write_text("x")
    (tmp_path / "ann.py").write_text("x")
    for i in range(10):
        (tmp_path / f"cid/01_{i}.py").write_text(f"{i}")
    students, _ = submissions.find_students(tmp_path)
    assert [s.name for s in students] == ["ann", "ann.py (2)", "bob", "cid"]
    ann, _, bob, cid = (submissions.hand_in(student, LAB) for student in students)
    assert ann.tries == {"01_copy.py": b"x"} and bob.missing
    assert [*cid.tries] == [f"01_{i}.py" for i in range(10)] and not cid.problem
    (tmp_path / "cid/01_dense.py").write_text("y")  # one more than are tried
    assert submissions.hand_in(students[3], LAB).digest != cid.digest


def test_the_best_file_of_a_lab_counts_and_may_import_those_beside_it(here):
    solution = SOLUTIONS / "01_dense.py"
    (here / "hand-ins/ann/labs").mkdir(parents=True)
    (here / "hand-ins/ann/01_dense.ipynb").write_text(json.dumps({"cells": []}))
    (here / "hand-ins/ann/labs/01_dense.py").write_bytes(solution.read_bytes())
    (here / "hand-ins/bob").mkdir()
    (here / "hand-ins/bob/01_mine.py").write_text("from helper import *")
    (here / "hand-ins/bob/helper.py").write_bytes(solution.read_bytes())
    grade(Run([LAB]), here / "hand-ins", here / "a.csv")
    found = read_rows(here / "a.csv")
    assert {row["file"] for row in found["ann"]} == {"labs/01_dense.py"}
    assert {row["status"] for row in (*found["ann"], *found["bob"])} == {"pass"}


def test_files_as_good_count_nearest_first_with_the_runs_own_inputs(here, monkeypatch):
    asked, parts = [], [PartResult(1, "f", "pass", 1)] * 3

    def noted(lab, path, *how):
        asked.append((path.name, *how[:2]))
        return LabReport(lab, path, parts)

    monkeypatch.setattr("scratchae.labs.grading.check", noted)
    monkeypatch.setattr("scratchae.cli.lab_grade.missing_layers", list)
    (here / "in/ann/deep").mkdir(parents=True)
    for name in "deep/01_a.py", "01_b.ipynb", "01_c.py":
        (here / "in/ann" / name).write_text(name)
    for typed, seed in ("", 1), ("--seed 7 --overwrite", 7):
        assert main(["lab", "grade", "in", "--labs", "01", *typed.split()]) == 0
        names = "01_c.py", "01_b.ipynb", "01_a.py"
        assert asked[-3:] == [(name, seed, None) for name in names]
    assert {row["file"] for row in read_rows(here / "grades.csv")["ann"]} == {"01_c.py"}


def test_a_run_that_is_stopped_leaves_no_process_and_starts_none(tmp_path):
    path, cages = tmp_path / "01_dense.py", Cages()
    path.write_bytes(b"while True:\n    pass\n")
    thread = threading.Thread(target=check, args=(LAB, path), kwargs={"process": cages})
    thread.start()
    while not cages.living:
        time.sleep(0.01)
    (process,) = cages.living
    cages.stop()
    thread.join()
    assert process.poll() is not None and not [*left_running()]
    with pytest.raises(Stopped):
        check(LAB, path, process=cages)


@linux
def test_what_starts_the_processes_is_started_again_if_it_was_killed(tmp_path):
    path, cages = tmp_path / "01_dense.py", Cages()
    path.write_bytes((SOLUTIONS / "01_dense.py").read_bytes())
    assert check(LAB, path, process=cages).passed
    before = cages.nursery
    before.kill()
    before.wait()
    assert check(LAB, path, process=cages).passed and cages.nursery is not before
    cages.stop()
    assert not [*left_running()]


@pytest.mark.parametrize("text, shown", [
    ("ann", "ann"), ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@x", "'@x"),
    ("a;=x", "a;'=x"), ("a, b-c", "a, b-c"), ("a\nb", "a\\nb"), ("\x1b[2J", "\\x1b[2J"),
    ("\t=1", "\\t=1"), (" =1", "'=1"), ("\u202ea", "\\u202ea"),
    ("\udcff", "\\udcff"), ("\uff1d1", "'\uff1d1"), ("Ö", "Ö"), ("\n", "\\n"),
    ("  ", "'  '"), ("x" * 2000, "x" * 1000),
])
def test_a_cell_is_one_line_and_no_formula(text, shown):
    assert cell(text) == shown and cell(shown) == shown


def test_results_json_has_points_as_numbers_whatever_stands_in_the_table():
    row = dict.fromkeys(rows.COLUMNS, "") | {"lab": "04", "part": "2"}
    for text, points in ("1", 1), ("0.5", 0.5), ("nan", 0), ("1e999", 0), ("'-1", -1):
        found = document([row | {"points": text, "max points": "3"}], {})
        json.dumps(found, allow_nan=False)
        assert found["score"] == points and found["tests"][0]["number"] == "4.2"
