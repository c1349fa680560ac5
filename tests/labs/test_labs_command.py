"""`scratchae lab`: what a student types and sees."""

import json
import re
import subprocess
import sys
from types import SimpleNamespace

import pytest
from lab_tools import LABS, SOLUTIONS

from scratchae.cli import lab as command
from scratchae.cli import lab_files, main

SOLVED = SOLUTIONS / "01_dense.py"


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_start_writes_the_stubs_and_replaces_nothing(here, capsys):
    assert main(["lab", "start", "1"]) == 0
    (stub,) = lab_files.STUBS.glob("01_*.py")
    mine = here / "labs" / stub.name
    assert mine.read_bytes() == stub.read_bytes()
    mine.write_text("mine")
    assert main(["lab", "start"]) == 0
    assert mine.read_text() == "mine"
    assert f"labs/{stub.name} is there already" in capsys.readouterr().out
    started = {path.name for path in (here / "labs").glob("[0-9]*.py")}
    assert started == {path.name for path in lab_files.STUBS.glob("[0-9]*.py")}


def test_what_is_there_already_is_said_in_one_line(here, capsys):
    main(["lab", "start"])
    capsys.readouterr()
    assert main(["lab", "start"]) == 0
    first, *_ = capsys.readouterr().out.splitlines()
    assert first == f"{len(LABS)} files are there already, and stay as they are"


def test_who_has_no_file_yet_is_told_how_to_begin_and_nobody_else(here, capsys):
    for told in True, False:
        assert main(["lab"]) == 1
        said = "`scratchae lab start` writes the files" in capsys.readouterr().out
        assert said is told
        main(["lab", "start", "01"])
        capsys.readouterr()


def test_each_step_says_the_next_one(here, capsys):
    def said(*words):
        main(["lab", *words])
        return capsys.readouterr().out.splitlines()

    first, _, _, after = said("start")
    assert first == "16 files, labs/01_dense.py to labs/16_find_the_bug.py"
    assert after.startswith("then type scratchae lab 01")
    lines = (here / "labs/01_dense.py").read_text().splitlines()
    at = next(i for i, line in enumerate(lines, 1) if "Lab 01, part 1" in line)
    assert said("01")[-1].startswith(f"next: part 1, labs/01_dense.py:{at}: ")
    assert said()[-1].endswith("scratchae course 01, then scratchae lab 01")
    (here / "labs/01_dense.py").write_text(SOLVED.read_text())
    assert said("01")[-1] == "done; next: scratchae lab 02"
    assert said()[-1].endswith("scratchae course 01, then scratchae lab 02")


def checked(lab, path):
    """What a check would find: lab 02 is done, of the others the second part fails."""
    done = lab.number == "02"
    parts = [SimpleNamespace(number=1, status="pass"),
             SimpleNamespace(number=2, status="pass" if done else "fail")]
    return SimpleNamespace(passed=done, points=lab.points - (not done), parts=parts)


def test_the_overview_has_each_lab_as_it_is_and_the_sums(here, capsys, monkeypatch):
    main(["lab", "start", "01", "02", "03"])
    for stub in [*(here / "labs").glob("01_*.py"), *(here / "labs").glob("02_*.py")]:
        stub.write_text("mine")
    monkeypatch.setattr(command, "check", checked)
    capsys.readouterr()
    assert main(["lab"]) == 1
    _, *lines = capsys.readouterr().out.splitlines()
    rows = [re.split(" {2,}", line) for line in lines[:16]]
    of = {number: lab.points for number, lab in LABS.items()}
    untouched = " ".join(f"{i + 1}:-" for i in range(len(LABS["03"].parts)))
    assert [row[:3] for row in rows] == [
        [number, lab.title, lab.lecture[:2]] for number, lab in LABS.items()]
    assert [row[3:] for row in rows[:4]] == [
        [f"{of['01'] - 1} of {of['01']}", "1:pass 2:fail"],
        [f"{of['02']} of {of['02']}", "1:pass 2:pass"],
        [f"0 of {of['03']}", untouched], [f"0 of {of['04']}", "not started"]]
    done = f"{of['01'] - 1 + of['02']} of {sum(of.values())} points"
    assert lines[-2:] == [
        f"1 of 16 labs done, {done} (-: not written yet)",
        f"next: scratchae course {LABS['01'].lecture[:2]}, then scratchae lab 01"]


@pytest.mark.parametrize("text, said", [
    ("x = = 3", "mine.py:1: SyntaxError: invalid syntax"),
    ("import nopelib", "mine.py:1: ModuleNotFoundError: No module named 'nopelib'"),
])
def test_an_error_of_the_whole_file_is_said_once(here, capsys, text, said):
    (here / "mine.py").write_text(text)
    assert main(["lab", "1", "--file", "mine.py"]) == 1
    out = capsys.readouterr().out
    assert f"all parts end alike:\n  {said}\n\npart 1, dense_forward: error\n" in out
    assert out.count("mine.py") == 2, "in the title, and with the line"


def test_a_lab_is_found_in_the_working_folder(here, capsys):
    assert main(["lab", "01"]) == 2
    assert "`scratchae lab start 01` writes it" in capsys.readouterr().err
    (here / "labs").mkdir()
    (here / "labs/01_dense.py").write_text(SOLVED.read_text())
    assert main(["lab", "01"]) == 0
    assert "3 of 3 parts pass, 8 of 8 points" in capsys.readouterr().out
    assert main(["lab"]) == (0 if len(LABS) == 1 else 1)
    out = capsys.readouterr().out
    assert "8 of 8" in out and "1:pass 2:pass 3:pass" in out
    assert {path.name for path in here.iterdir()} == {"labs"}


def test_a_wrong_answer_is_shown_with_its_table_and_not_its_formula(here, capsys):
    text = SOLVED.read_text().replace("dy.sum(axis=0)", "dy.mean(axis=0)")
    (here / "mine.py").write_text(text)
    assert main(["lab", "1", "--file", "mine.py", "--solution"]) == 1
    out = capsys.readouterr().out
    assert "db: likely: averaged over the batch" in out
    assert "tensor  shape  yours" in out and "0.2" in out
    assert re.search(r"part 2, dense_backward: fail\n(  .*\n)+  its formula: see "
                     "scratchae.formulas.dense.dense_backward\n", out)
    assert ".sum(" not in out


@pytest.mark.parametrize("path", ["none.py", "."])
def test_a_file_that_is_none_is_refused(here, capsys, path):
    assert main(["lab", "1", "--file", path]) == 2
    assert capsys.readouterr().err == f"scratchae: --file: {path} is not a file\n"


def test_the_confusion_matrix_is_a_command(here, capsys):
    assert main(["lab", "01", "--confusion"]) == 0
    out = capsys.readouterr().out
    assert "dW_for_W" in out and out.endswith(" slips in tensors, 0 named otherwise\n")


@pytest.mark.parametrize("typed", [
    "start --watch", "--watch", "--confusion --solution", "start 01 --file a.py",
])
def test_an_option_that_would_do_nothing_is_refused(here, capsys, typed):
    assert main(["lab", *typed.split()]) == 2
    assert "means nothing for" in capsys.readouterr().err
    assert not [*here.iterdir()]


def test_files_as_they_were_handed_out_are_not_run(here, capsys, monkeypatch):
    main(["lab", "start"])
    monkeypatch.setattr(command, "check", None)
    assert main(["lab"]) == 1
    out = capsys.readouterr().out
    assert re.search(r"the dense layer +01 +0 of 8 +1:- 2:- 3:-\n", out)
    assert f"0 of {len(LABS)} labs done, 0 of" in out


def test_an_unknown_lab_is_an_error_in_one_line(here, capsys):
    assert main(["lab", "77"]) == 2
    assert "no lab '77'; expected one of 01" in capsys.readouterr().err


@pytest.mark.parametrize("typed, end", [
    ("lab 77", "16, start, export, grade."), ("lab start 77", "16."),
    ("lab export out --labs 77", "16."), ("lab grade out --labs 77", "16."),
    ("lab starts", "16, start, export, grade. Did you mean 'start'?"),
    ("lab gradee x", "16, start, export, grade. Did you mean 'grade'?")])
def test_where_no_lab_is_meant_only_what_could_stand_there_is_offered(
    typed, end, capsys
):
    assert main(typed.split()) == 2
    assert capsys.readouterr().err.endswith(end + "\n")
    assert main(["lab", "0"]) == 2
    assert "Did you mean '01'?" in capsys.readouterr().err


def saved_in_turn(path, *texts):
    """What a watching that waits sees: a text is saved, or nothing; then Ctrl-C."""
    left = iter(texts)

    def pause():
        try:
            text = next(left)
        except StopIteration:
            raise KeyboardInterrupt from None
        if text is not None:
            path.write_text(text)

    return pause


def test_a_watched_file_is_checked_again_when_it_is_saved(here, capsys, monkeypatch):
    mine = here / "mine.py"
    mine.write_text("")
    solved = SOLVED.read_text()
    saved = saved_in_turn(mine, "", solved[:90], solved, None, solved, None)
    monkeypatch.setattr(command, "pause", saved)
    assert main(["lab", "1", "--file", "mine.py", "--watch"]) == 130
    out = capsys.readouterr().out
    assert out.count("Lab 01") == 2, "not without a change, not half written"
    assert out.index("0 of 3 parts pass") < out.index("3 of 3 parts pass")


def test_a_notebook_that_cannot_be_read_ends_no_watching(here, capsys, monkeypatch):
    mine = here / "mine.ipynb"
    mine.write_text("[]")
    cell = {"cell_type": "code", "source": SOLVED.read_text()}
    saved = saved_in_turn(mine, "{", None, json.dumps({"cells": [cell]}), None)
    monkeypatch.setattr(command, "pause", saved)
    assert main(["lab", "1", "--file", "mine.ipynb", "--watch"]) == 130
    out = capsys.readouterr().out
    assert out.count("mine.ipynb: not a notebook: ") == 2 and "3 of 3 parts pass" in out
    mine.write_text("[]")
    assert main(["lab", "1", "--file", "mine.ipynb"]) == 2
    assert "scratchae: mine.ipynb: not a notebook" in capsys.readouterr().err


def test_pytest_runs_the_part_of_a_lab_by_its_marker(here):
    labs = here / "labs"
    labs.mkdir()
    (labs / "conftest.py").write_text((lab_files.STUBS / "conftest.py").read_text())
    wrong = SOLVED.read_text().replace("dy.sum(axis=0)", "dy.mean(axis=0)")
    (labs / "01_dense.py").write_text(wrong)
    (labs / "02_activations.py").write_text("")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "labs",
         "-m", "lab01"], capture_output=True, text=True,
    )
    assert "2 failed, 1 passed, 5 deselected" in run.stdout, run.stdout
    assert "db: likely: averaged over the batch" in run.stdout, run.stdout
    assert "_ lab 01, dense_backward _" in run.stdout


@pytest.mark.parametrize("typed, words", [
    ("lab 01 --seed 0", "--seed means nothing without export or grade"),
    ("lab export out --seed 0", "--seed means nothing for export; it is for scratchae "
     "lab grade DIR --seed"),
    ("lab export out --watch", "--watch means nothing for export"),
    ("lab grade out --solution", "--solution means nothing for grade"),
    ("lab grade out --file x", "--file means nothing for grade"),
    ("lab start --confusion", "--confusion means nothing for start"),
])
def test_an_option_of_another_command_is_refused_and_nothing_written(
    typed, words, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    assert main(typed.split()) == 2
    assert words in capsys.readouterr().err and not [*tmp_path.iterdir()]


def test_a_lab_that_is_named_twice_is_written_once(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["lab", "start", "1", "01"]) == 0
    assert "is there already" not in capsys.readouterr().out
