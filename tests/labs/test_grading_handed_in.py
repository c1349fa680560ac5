"""What is read of a student's files, and why nothing is."""

import hashlib
import json

import pytest
from grading import read_rows
from lab_tools import LABS, SOLUTIONS

from scratchae.cli.lab_files import stub_of
from scratchae.labs import check, grading, helpers, watching
from scratchae.labs.grading import Run, grade, submissions
from scratchae.labs.grading.submissions import HandIn, Student, find_students, hand_in

LAB = LABS["01"]
LINK = "a symbolic link, which is not followed"


def test_limits_are_those_that_lecturers_are_told():
    assert submissions.CANDIDATES == 10 and (helpers.HELPERS, helpers.DEPTH) == (50, 3)
    assert watching.MOST == (100, 64 * 2**20) and watching.PRINTED == 4000
    assert (submissions.SOURCE, submissions.DEPTH) == (2**20, 5)
    run = Run([LAB])
    assert (run.seed, run.seconds, run.without) == (1, None, "") and run.jobs >= 1


def test_a_link_is_not_followed_wherever_it_is(tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "there/01_a.py").write_text("")
    (tmp_path / "folder").symlink_to(tmp_path / "there")
    (tmp_path / "ann").mkdir()
    (tmp_path / "ann/01_a.py").symlink_to(tmp_path / "there/01_a.py")
    (tmp_path / "ann/sub").symlink_to(tmp_path / "there")
    assert hand_in(Student("f", tmp_path / "folder"), LAB).problem == LINK
    found = hand_in(Student("ann", tmp_path / "ann"), LAB)
    assert found.problem == f"01_a.py is {LINK}" and not found.tries


def test_a_folder_that_cannot_be_read_is_not_said_to_be_empty(tmp_path, monkeypatch):
    (tmp_path / "01_a.py").write_text("")
    monkeypatch.setattr(submissions.os, "access", lambda path, mode: False)
    found = hand_in(Student("a", tmp_path), LAB)
    assert found.problem == "a folder that cannot be read" and not found.missing


@pytest.mark.parametrize("name, only, problem", [
    ("a.py", True, ""), ("a.ipynb", True, ""),
    ("a.py", False, "a.py is a file, and more than one lab is graded"),
    ("a.zip", True, "a.zip is not a folder, .py or .ipynb: unpack it"),
    ("a.zip", False, "a.zip is not a folder, .py or .ipynb: unpack it"),
])
def test_a_file_will_do_where_one_lab_is_graded(tmp_path, name, only, problem):
    (tmp_path / name).write_bytes(b"x")
    found = hand_in(Student("a", tmp_path / name), LAB, only)
    assert found.problem == problem and not found.missing
    assert found.tries == ({} if problem else {name: b"x"}) and not found.beside


@pytest.mark.parametrize("more, problem", [
    (0, ""), (1, "01_a.py is not a regular file of at most 1 MB that can be read")])
def test_a_file_has_at_most_a_megabyte(tmp_path, more, problem):
    (tmp_path / "01_a.py").write_bytes(b"#" * (2**20 + more))
    assert hand_in(Student("a", tmp_path), LAB).problem == problem
    (tmp_path / "01_b.py").write_text("1")
    found = hand_in(Student("a", tmp_path), LAB)
    assert found.problem == "" and "01_b.py" in found.tries


def test_files_of_other_labs_are_beside_those_of_this_one(tmp_path):
    for name in ("01_a.py", "01_b.ipynb", "011_c.py", "02_d.py", "helper.py",
                 "notes.txt"):
        (tmp_path / name).write_text(name)
    found = hand_in(Student("a", tmp_path), LAB)
    assert [*found.tries] == ["01_a.py", "01_b.ipynb"]
    assert found.beside == {name: name.encode()
                            for name in ("011_c.py", "02_d.py", "helper.py")}


def test_the_nearest_file_is_tried_first_and_has_its_own_neighbours(tmp_path):
    """A script deep down is behind a notebook above; as near, it is before that."""
    for name in ("01_z.ipynb", "near.py", "deep/01_c.py", "deep/01_b.ipynb",
                 "deep/far.py"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name)
    found = hand_in(Student("a", tmp_path), LAB)
    assert [*found.tries] == ["01_z.ipynb", "deep/01_c.py", "deep/01_b.ipynb"]
    assert [*found.beside] == ["near.py", "deep/far.py"]


def test_each_file_of_a_lab_has_its_helpers_and_packages_with_it(tmp_path):
    """As `scratchae lab` has, of a script and of a notebook."""
    solution = (SOLUTIONS / "01_dense.py").read_text()
    book = json.dumps({"cells": [{"cell_type": "code", "source":
                                  "from helper import *\nfrom tools.deep.b import c"}]})
    for name, text in (("labs/01_dense.py", "raise ValueError(1)"),
                       ("notebooks/01_dense.ipynb", book),
                       ("notebooks/helper.py", "from tools.a import *"),
                       ("notebooks/tools/a.py", solution),
                       ("notebooks/tools/deep/b.py", "c = 1")):
        path = tmp_path / "hand-ins/ann" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert check(LAB, path.parents[2] / "01_dense.ipynb").passed
    grade(Run([LAB]), tmp_path / "hand-ins", tmp_path / "a.csv")
    for row in read_rows(tmp_path / "a.csv")["ann"]:
        assert (row["status"], row["file"]) == ("pass", "notebooks/01_dense.ipynb")


def test_of_files_with_the_same_points_that_is_told_in_which_more_was_tried(tmp_path):
    solution = (SOLUTIONS / "01_dense.py").read_text()
    for name, text in (("01_a.py", stub_of(LAB).read_text()),
                       ("deep/01_c.py", f"1 / 0\n{solution}")):
        path = tmp_path / "hand-ins/ann" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    grade(Run([LAB]), tmp_path / "hand-ins", tmp_path / "a.csv")
    for row in read_rows(tmp_path / "a.csv")["ann"]:
        assert row["file"] == "deep/01_c.py" and "ZeroDivisionError" in row["reason"]


def test_a_digest_tells_names_contents_and_problems_apart():
    found = [HandIn(), HandIn({"a": b"1"}), HandIn({"b": b"1"}), HandIn({"a": b"2"}),
             HandIn({"a": b"1"}, {"h.py": b""}), HandIn(problem="a link"),
             HandIn({"a": b"1", "b": b"2"})]
    assert len({one.digest for one in found}) == len(found)
    assert HandIn({"b": b"2"}, {"a": b"1"}).digest == found[-1].digest
    text = hashlib.sha256(b"a\0" + b"1\0").hexdigest()[:12]
    assert found[1].digest == f"sha256:{text}"


def test_who_is_a_student_and_by_which_name(tmp_path):
    for name in "ann.py", "ann.ipynb", "bob.txt", ".git", "__MACOSX", "Thumbs.db":
        (tmp_path / name).write_text("")
    for name in "cid.py", "ann":
        (tmp_path / name).mkdir()
    students, others = find_students(tmp_path)
    assert [(student.name, student.path.name) for student in students] == [
        ("ann", "ann"), ("ann.ipynb (2)", "ann.ipynb"), ("ann.py (2)", "ann.py"),
        ("bob.txt", "bob.txt"), ("cid.py", "cid.py")]
    assert others == [".git", "Thumbs.db", "__MACOSX"]


def test_a_file_is_checked_with_the_seed_and_the_seconds_of_the_run(monkeypatch):
    asked = []

    def noted(lab, path, *how):
        asked.append((lab, path.name, path.read_bytes(), *how))

    monkeypatch.setattr(grading, "check", noted)
    run = Run([LAB], seed=3, seconds=0.5)
    grading.run_copy(run, LAB, "deep/01_a.py", b"mine", {"h.py": b""}, "cages")
    assert asked == [(LAB, "01_a.py", b"mine", 3, 0.5, "cages")]


@pytest.mark.parametrize("name", ["01_a.PY", "01_A.IPYNB", "01_a.Py"])
def test_an_ending_in_capitals_is_the_same(tmp_path, name):
    """Windows makes no difference, and students of it hand in such names."""
    (tmp_path / "ann").mkdir()
    (tmp_path / "ann" / name).write_bytes(b"x")
    assert hand_in(Student("ann", tmp_path / "ann"), LAB).tries == {name: b"x"}
    (tmp_path / name).write_bytes(b"x")
    assert hand_in(Student("a", tmp_path / name), LAB, True).tries == {name: b"x"}
    assert [s.name for s in find_students(tmp_path)[0]] == [name[:4], "ann"]


@pytest.mark.parametrize("beside, found", [(19_997, True), (19_998, False)])
def test_a_lab_is_found_behind_twenty_thousand_files_and_no_more(
        beside, found, tmp_path, monkeypatch):
    """An environment of Python's has some thousands."""
    (tmp_path / "z").mkdir()
    (tmp_path / "z/01_a.py").write_text("x")
    walk = [(tmp_path, ["a", "z"], []), (tmp_path / "a", [], ["b"] * beside),
            (tmp_path / "z", [], ["01_a.py"])]
    monkeypatch.setattr(submissions.os, "walk",
                        lambda folder: walk if folder == tmp_path else [])
    assert hand_in(Student("a", tmp_path), LAB).missing is not found


def test_fifty_files_are_read_of_a_lab_and_fifty_beside_them(tmp_path):
    for i in range(52):
        (tmp_path / f"01_{i:02}.py").write_text("x" if i < 49 else f"{i}")
        (tmp_path / f"helper_{i:02}.py").write_text("y")
    found = hand_in(Student("a", tmp_path), LAB)
    assert [*found.tries] == ["01_00.py", "01_49.py"]
    for path in tmp_path.glob("01_*.py"):
        path.rename(tmp_path / f"z{path.name}")
    (tmp_path / "01_a.py").write_text("x")
    assert [*hand_in(Student("a", tmp_path), LAB).beside] == [
        f"helper_{i:02}.py" for i in range(49)]
