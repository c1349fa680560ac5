"""What a lecturer hands out (words: proofread.py), and where a student begins."""

import re

import pytest
from lab_tools import LABS, SOLUTIONS

from scratchae.cli import main


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_instructions_of_a_hand_out_speak_of_its_labs(here, capsys):
    assert main("lab export out --labs 2".split()) == 0
    functions = ", ".join(f"`{part.function}`" for part in LABS["02"].parts)
    points = sum(part.points for part in LABS["02"].parts)
    row = f"| 02 {LABS['02'].title} | {functions} | {points} |\n"
    text = (here / "out/README.md").read_text()
    assert text.endswith("\n| lab | parts | points |\n|---|---|---|\n" + row)
    for words in ('raise\nNotImplementedError("Lab 02, part 1: ...")', "`02_*`",
                  "\n    scratchae lab 02 --watch ", "has 5 seconds unless its lab"):
        assert text.count(words) == 1
    assert not {"FIRST", "SECONDS", "LABS"} & {*re.findall("[A-Z]+", text)}
    written = {str(p.relative_to(here)) for p in here.rglob("*") if p.is_file()}
    said = capsys.readouterr().out.split("\n\n")[0].splitlines()
    assert sorted(said) == sorted(written) and said[0] == "out/README.md"


@pytest.mark.parametrize("name", ["README.md", "labs/conftest.py",
                                  "notebooks/01_dense.ipynb", "labs/01_dense.py"])
def test_no_file_of_a_hand_out_is_replaced_unasked(name, here, capsys):
    path = here / "out" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("mine")
    assert main("lab export out --labs 1".split()) == 2
    assert f"out/{name} is there already: --overwrite" in capsys.readouterr().err
    assert [p for p in here.rglob("*") if p.is_file()] == [path]
    assert path.read_text() == "mine"


def test_who_starts_is_sent_to_the_first_lab_that_was_named(here, capsys):
    for typed, number in ("3 2", "03"), ("2 16", "02"), ("", "01"):
        (stub,) = (path.name for path in SOLUTIONS.glob(f"{number}_*.py"))
        assert main(["lab", "start", *typed.split()]) == 0
        assert capsys.readouterr().out.split("\n\n")[1].splitlines() == [
            f"Open labs/{stub}, write your lines where it says `raise "
            "NotImplementedError`,",
            f"then type scratchae lab {number}, or with --watch: again at each save"]


def test_a_formula_is_shown_to_those_only_who_ask_for_it(here, capsys):
    (here / "mine.py").write_text("")
    for more, times in ("", 0), ("--solution", 3):
        assert main(f"lab 1 --file mine.py {more}".split()) == 1
        out = capsys.readouterr().out
        assert out.count("its formula: see scratchae.formulas.dense.") == times


@pytest.mark.parametrize("typed, place, said", [
    ("start", "labs", "labs: labs is not a folder"),
    ("export out --labs 1", "out", "another DIR: out is not a folder"),
    ("export out --labs 1", "out/labs", "another DIR: out/labs is not a folder"),
    ("grade out", "out", "lab grade: there is no folder out"),
])
def test_a_file_in_the_place_of_a_folder_is_named(typed, place, said, here, capsys):
    path = here / place
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine")
    assert main(["lab", *typed.split()]) == 2
    assert capsys.readouterr() == ("", f"scratchae: {said}\n")
    assert [p for p in here.rglob("*") if p.is_file()] == [path]
