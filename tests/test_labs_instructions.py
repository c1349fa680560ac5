"""What a lecturer hands out, word by word, and where a student is sent to begin."""

import pytest
from lab_tools import LABS, SOLUTIONS

from scratchae.cli import main

README = """\
# Labs: write the gradient yourself

You write the functions; `scratchae` checks them, and says which tensor is wrong, where,
and what was probably done.

## Install

Python 3.10 or later, and `scratchae`, in which the checks are: nothing in this folder
has to be kept as it is.

    python -m venv .venv
    . .venv/bin/activate            # on Windows: .venv\\Scripts\\activate
    pip install scratchae           # or the .whl file or folder that you were given

## Work

Each lab is a file in `labs/`. Write your lines in the place of each `raise
NotImplementedError("Lab 02, part 1: ...")`. Keep the functions' names and
parameters, and the order of what they return. NumPy is all you need. From this folder:

    scratchae lab 02 --watch        # checks it now, and again at each save
    scratchae lab                   # all labs, and how far you are

The same labs are in `notebooks/`, for those who would rather work there; the last cell
of each checks it. One of the two is enough: what counts is the better one.

Two sizes of random input are tried, and one where all sizes are equal; a function gets
fresh copies, is called twice, and has 5 seconds unless its lab says otherwise. It
reads and writes no files, starts no processes, and gets on without `import scratchae`.

## Hand in

One folder with your name, and in it the files under the names they have: `02_*`.

| lab | parts | points |
|---|---|---|
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_instructions_of_a_hand_out_are_these(here, capsys):
    assert main("lab export out --labs 2".split()) == 0
    functions = ", ".join(f"`{part.function}`" for part in LABS["02"].parts)
    points = sum(part.points for part in LABS["02"].parts)
    row = f"| 02 {LABS['02'].title} | {functions} | {points} |\n"
    assert (here / "out/README.md").read_text() == README + row
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
