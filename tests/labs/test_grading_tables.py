"""What a lecturer reads: every cell of the table, every word of results.json."""

import json

import numpy as np
import pytest
from grading import read_rows
from lab_tools import LABS

from scratchae.cli import main
from scratchae.labs.grading import Run, grade
from scratchae.labs.grading.gradescope import document, write_results
from scratchae.labs.grading.rows import COLUMNS, Table, rows_of
from scratchae.labs.grading.submissions import HandIn, Student
from scratchae.labs.judging import PartResult, Row
from scratchae.labs.report import LabReport
from scratchae.labs.specification import Lab, Part

LAB = Lab("04", "sums", "", tuple(Part(name, None, (), "", points=i) for i, name in
                                  enumerate(("one", "two", "three", "four"), 1)))
ANN = Student("ann", None)
HANDED_IN = HandIn({"04_a.py": b"x"})
PARTS = (
    PartResult(1, "one", "pass", 1, (Row("y", (3,), yours=1.0, expected=1.0),)),
    PartResult(2, "two", "fail", 0, (
        Row("db", (), "from above", 2.0, 2.0, fact="right here"),
        Row("dW", (7, 11), "FAIL", 3.0, 1.5, (1, 12), "twice", "counts twice"),
        Row("dx", (4,), "FAIL", np.nan, 0.5, (2,), "sign", fact="is nan"))),
    PartResult(3, "three", "error", 0, text="IndexError: 9", line=12, where="help"),
    PartResult(4, "four", "not written yet", 0, text="Lab 04, part 4: y", line=40),
)
REPORT = LabReport(LAB, "04_a.py", PARTS)
ROWS = rows_of(ANN, LAB, HANDED_IN, REPORT, "04_a.py")


def cells(row):
    """Those that are not empty, without what all rows have."""
    alike = {"student": "ann", "lab": "04", "file": "04_a.py",
             "digest": HANDED_IN.digest}
    assert alike.items() <= row.items() and tuple(row) == COLUMNS
    return {name: text for name, text in row.items() if text and name not in alike}


def test_each_part_is_a_row_with_the_first_tensor_that_is_wrong_itself():
    assert [cells(row) for row in ROWS] == [
        {"part": "1", "function": "one", "status": "pass", "points": "1",
         "max points": "1"},
        {"part": "2", "function": "two", "status": "fail", "points": "0",
         "max points": "2", "tensor": "dW", "worst index": "1 12", "ratio": "2",
         "slip": "twice",
         "reason": "db: right here; 2 for 2, ratio 1. dW: likely: counts twice; at (1, "
                   "12) 3 for 1.5, ratio 2. dx: is nan"},
        {"part": "3", "function": "three", "status": "error", "points": "0",
         "max points": "3", "reason": "line 12 in help: IndexError: 9"},
        {"part": "4", "function": "four", "status": "not written yet", "points": "0",
         "max points": "4", "reason": "Lab 04, part 4: y"},
    ]


@pytest.mark.parametrize("hand_in, status, reason", [
    (HandIn(problem="nothing there", missing=True), "missing", "nothing there"),
    (HandIn(problem="a link"), "error", "a link"),
    (HANDED_IN, "error", "cannot be graded"),
])
def test_without_a_report_each_part_says_why(hand_in, status, reason):
    problem = "cannot be graded" if hand_in is HANDED_IN else ""
    for i, row in enumerate(rows_of(ANN, LAB, hand_in, problem=problem), 1):
        assert (row["status"], row["points"], row["reason"]) == (status, "0", reason)
        assert (row["part"], row["max points"]) == (str(i), str(i))


def test_results_json_is_this_document(tmp_path):
    write_results(tmp_path / "ann/results.json", ROWS[:2], {"04": "sums"}, 1.23456)
    same = {"output_format": "text", "visibility": "visible"}
    assert json.loads((tmp_path / "ann/results.json").read_text()) == {
        "score": 1, "output": "1 of 3 points. lab 04: sums", **same,
        "stdout_visibility": "hidden", "execution_time": 1.235,
        "extra_data": {"digests": {"04": HANDED_IN.digest}},
        "tests": [
            {"name": "Lab 04, part 1: one", "number": "4.1", "score": 1, "max_score": 1,
             "status": "passed", "output": "", "tags": [], **same,
             "extra_data": {"tensor": "", "index": "", "ratio": ""}},
            {"name": "Lab 04, part 2: two", "number": "4.2", "score": 0, "max_score": 2,
             "status": "failed", "output": f"fail: {ROWS[1]['reason']}",
             "tags": ["twice"], **same,
             "extra_data": {"tensor": "dW", "index": "1 12", "ratio": "2"}},
        ],
    }


def test_points_that_a_lecturer_gives_by_hand_count():
    found = document([ROWS[1] | {"points": "1.5"}], {})
    assert found["score"] == found["tests"][0]["score"] == 1.5
    assert found["tests"][0]["status"] == "failed"


def test_a_file_for_a_folder_has_its_results_by_its_own_name(tmp_path):
    """A name without its ending would be that of a folder beside it."""
    (tmp_path / "in/ann").mkdir(parents=True)
    (tmp_path / "in/ann.txt").write_text("x")
    run = Run([LABS["01"], LABS["02"]])
    for _ in range(2):
        grade(run, tmp_path / "in", tmp_path / "a.csv")
        told = sorted(str(path.parent.name) for path in tmp_path.rglob("results.json"))
        assert told == ["ann", "ann.txt"]
    (tmp_path / "in/bob.py").write_text("x")
    _, new, changed, _ = grade(run, tmp_path / "in", tmp_path / "a.csv")
    assert [student.name for student in new] == ["bob"] and not changed
    rows = read_rows(tmp_path / "a.csv")
    assert [row["lab"] for row in rows["bob"]] == ["01"] * 3 + ["02"] * 5
    assert (tmp_path / "a/bob.py/results.json").is_file()
    reason = rows["bob"][0]["reason"]
    assert reason == "bob.py is a file, and more than one lab is graded"


def test_a_name_that_a_spreadsheet_has_shortened_is_found_again(tmp_path):
    """Unless it is somebody's own."""
    for names, expected in ((["007"], {"007"}), (["007", "7"], {"7"}), (["8"], {"7"}),
                            (["007", "07"], {"7"}), (["07", "8"], {"07"})):
        table = Table(tmp_path / "t.csv")
        table.rows["7"] = [{"student": "7", "lab": "01"}]
        table.restore_names([Student(name, tmp_path / name) for name in names])
        assert {*table.rows} == expected
        assert {row["student"] for rows in table.rows.values() for row in rows} == (
            expected)


@pytest.mark.parametrize("out", ["subs/g.csv", "subs/ann/g.csv", "subs.csv"])
def test_no_result_goes_into_the_folder_of_submissions(
    out, tmp_path, monkeypatch, capsys
):
    """Where the next look would take it for a student, or for a student's work."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "subs/ann").mkdir(parents=True)
    assert main(["lab", "grade", "subs", "--labs", "01", "--out", out]) == 2
    said = capsys.readouterr().err
    assert "would be in subs, where each entry is a student's" in said
    assert sorted(tmp_path.rglob("*")) == [tmp_path / "subs", tmp_path / "subs/ann"]


@pytest.mark.parametrize("saved", ["utf-8", "utf-8-sig"])
def test_a_table_that_a_spreadsheet_has_saved_is_still_one(tmp_path, saved):
    """With a mark of its encoding in front, other ends of lines, and 4 for 04."""
    table, again = Table(tmp_path / "t.csv"), Table(tmp_path / "t.csv")
    rows = [row | {"student": "Jörg Å."} for row in ROWS]
    table.add(Student("Jörg Å.", None), rows)
    text = table.path.read_text(encoding="utf-8").replace(",04,", ",4,")
    with open(table.path, "w", encoding=saved, newline="\r\n") as file:
        file.write(text.replace("\r", ""))
    again.read()
    assert again.rows == {"Jörg Å.": rows}


@pytest.mark.parametrize("old, new", [
    (",04,1,one,", ",04,1,"), (",04,1,one,", ",04,1,one,x,"), ("student,", "who,"),
    ("max points", "points"), ('"db', "db"),
])
def test_a_table_with_a_cell_too_few_or_too_many_is_none(tmp_path, old, new):
    table, again = Table(tmp_path / "t.csv"), Table(tmp_path / "t.csv")
    table.add(ANN, ROWS)
    text = table.path.read_text()
    assert old in text
    table.path.write_text(text.replace(old, new, 1))
    with pytest.raises(ValueError, match="t.csv is there and no table of grades"):
        again.read()
    assert not again.rows


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_a_table_in_another_encoding_is_refused_before_names_are_lost(
    tmp_path, encoding
):
    """Jörg would be graded again, and his row, with what was changed, be another's."""
    table, again = Table(tmp_path / "t.csv"), Table(tmp_path / "t.csv")
    table.add(Student("Jörg", None), [row | {"student": "Jörg"} for row in ROWS])
    table.path.write_text(table.path.read_text("utf-8"), encoding)
    with pytest.raises(ValueError, match="t.csv is not in UTF-8: a spreadsheet can"):
        again.read()
    assert not again.rows


def test_one_table_has_the_inputs_of_one_seed(tmp_path, monkeypatch, capsys):
    """Points for other inputs are not mixed with those that are there."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "subs/ann").mkdir(parents=True)
    typed = ["lab", "grade", "subs", "--labs", "01"]
    assert main([*typed, "--seed", "3"]) == 0
    table = (tmp_path / "grades.csv").read_bytes()
    assert {row["seed"] for row in read_rows(tmp_path / "grades.csv")["ann"]} == {"3"}
    for bob in False, True:  # nobody is new, somebody is
        (tmp_path / "subs/bob").mkdir(exist_ok=True) if bob else None
        for seed in ["--seed", "4"], []:
            capsys.readouterr()
            assert main([*typed, *seed]) == 2
            assert capsys.readouterr().err == (
                f"scratchae: --seed {seed[1] if seed else 1}: grades.csv was made with "
                "--seed 3; --out makes another table, --overwrite this one anew\n")
            assert (tmp_path / "grades.csv").read_bytes() == table
    assert main([*typed, "--seed", "3"]) == 0
    assert main([*typed, "--seed", "4", "--overwrite"]) == 0
    rows = read_rows(tmp_path / "grades.csv")
    assert {row["seed"] for name in ("ann", "bob") for row in rows[name]} == {"4"}


def test_a_table_of_before_that_kept_no_seed_is_refused_with_what_it_lacks(tmp_path):
    table = Table(tmp_path / "t.csv")
    table.add(ANN, ROWS)
    lines = table.path.read_text().splitlines()
    table.path.write_text("\n".join(line.rpartition(",")[0] for line in lines))
    with pytest.raises(ValueError, match="which kept no seed: add a last"):
        Table(table.path).read()
    table.path.write_text("\n".join([lines[0], *(f"{line}1" for line in lines[1:])]))
    again = Table(table.path)
    again.read()
    assert {row["seed"] for row in again.rows["ann"]} == {"1"}
