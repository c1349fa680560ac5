"""How a notebook begins, and a lecture: what is installed, set, typeset, written."""

import ast
import configparser
import importlib.util
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from equations import PROJECT
from scripts import every_lecture

from scratchae import course
from scratchae.cli.lab_export import NAME_OF_WHEEL
from scratchae.course import Lecture
from scratchae.errors import to_install
from scratchae.notebooks import INSTALL, WHEEL, typeset
from scratchae.plots import curves

NAME = "scratchae-0.1.0-py3-none-any.whl"


@pytest.mark.parametrize("there, place, typed", [
    (True, ".", None), (False, None, None),
    (False, ".", NAME), (False, "..", f"../{NAME}"),  # as in a hand-out's notebooks/
])
def test_the_first_cell_installs_a_wheel_that_is_near_and_no_name(
    there, place, typed, monkeypatch, tmp_path, capsys
):
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    if place:
        Path(place, NAME).write_bytes(b"")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: (
        there if name == "scratchae" else None) or None)
    told = []  # Jupyter puts what stands in {} into such a line, as an f-string does
    code = re.sub(r"^( *)%pip (.*)$", r"\1told.append(f'\2')", INSTALL, flags=re.M)
    exec(code, {"told": told})
    assert told == ([f"install --quiet {typed}"] if typed else [])
    missing = "no scratchae-*.whl beside this notebook or one folder above"
    assert (missing in capsys.readouterr().out) == (not there and place is None)


def test_the_wheel_has_the_name_that_is_said_and_is_made_as_is_said():
    setup = configparser.ConfigParser()
    setup.read(PROJECT / "setup.cfg")
    assert setup["metadata"]["name"] == "scratchae" and WHEEL in INSTALL
    version = setup["metadata"]["version"]
    assert f"scratchae-{version}-py3-none-any.whl" == NAME_OF_WHEEL == NAME


def test_nothing_is_installed_by_a_name_that_nobody_holds():
    """No index has a package of ours; who gave one this name would be run by all."""
    by_name = re.compile(r"pip install[^\n`&]*?[ '\"](scratchae)\b(?!-\*|-\d)")
    assert by_name.search("%pip install --quiet scratchae")
    assert by_name.search("pip install 'scratchae[docs]'")
    for path in PROJECT.rglob("*"):
        if path.suffix in (".py", ".md", ".txt", ".cfg", ".ipynb", ".html") and (
                PROJECT / "tests" not in path.parents):
            assert not by_name.search(path.read_text(encoding="utf-8")), path


def test_what_to_install_of_an_extra_is_one_of_the_extras():
    setup = configparser.ConfigParser()
    setup.read(PROJECT / "setup.cfg")
    for extra in ("docs", "peers"):
        assert extra in setup["options.extras_require"]
        assert to_install(extra) == f"pip install -e '.[{extra}]' in a checkout"


def test_what_the_first_cell_offers_to_set_is_what_a_lecture_reads(monkeypatch):
    (line,) = re.findall(r"^# (os\.environ.*)$", INSTALL, re.M)
    monkeypatch.setattr(course, "runs_in_kernel", lambda: True)
    monkeypatch.setenv("SCRATCHAE_QUICK", "0")
    assert not Lecture("A title").quick
    exec(line, {"os": course.os})
    assert Lecture("A title").quick


@pytest.mark.parametrize("end", ["", ".", ","])
def test_an_equation_at_the_end_of_a_sentence_is_typeset_too(end):
    text = f"So\n\n    y = x      (1.4){end}\n\nfollows"
    assert typeset(text, {"1.4": "$$E$$"}) == "So\n\n$$E$$\n\nfollows"


def test_figures_go_below_runs_where_nothing_is_typed():
    assert Lecture("A title", []).out == Path("runs/figures")


@pytest.fixture
def drawn(tmp_path, monkeypatch):
    """A folder in which a full run has left a figure of lecture 98."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs/figures").mkdir(parents=True)
    (tmp_path / "runs/figures/98_line.png").write_bytes(b"full run")
    return tmp_path / "runs/figures"


def test_a_script_that_runs_alone_refuses_to_replace_figures_before_it_starts(
    drawn, monkeypatch, capsys
):
    monkeypatch.setattr("sys.argv", ["98_a.py", "--quick"])
    with pytest.raises(SystemExit) as caught:
        Lecture("Lecture 98: a line")
    out, err = capsys.readouterr()
    assert caught.value.code == 2 and not out and err == (
        "98_a.py: runs/figures/98_line.png is there already: --overwrite replaces the "
        "figures of the lectures that run, --out puts them elsewhere. See 98_a.py "
        "--help.\n")
    assert Lecture("Lecture 97: another").out == Path("runs/figures")
    for more in ["--overwrite"], ["--out", "there"]:
        monkeypatch.setattr("sys.argv", ["98_a.py", "--quick", *more])
        assert Lecture("Lecture 98: a line").quick
    assert (drawn / "98_line.png").read_bytes() == b"full run"


def test_a_notebook_runs_twice_and_leaves_files_as_they_are(
    drawn, monkeypatch, capsys
):
    monkeypatch.setattr(course, "runs_in_kernel", lambda: True)
    shown, figure = [], curves({"": ([0, 1], [0, 1])}, "x", "y")
    there = SimpleNamespace(display=shown.append, Image=lambda filename, alt: (
        Path(filename).read_bytes()[1:4], alt))
    monkeypatch.setitem(sys.modules, "IPython.display", there)
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(display=there))
    for _ in range(2):
        lecture = Lecture("Lecture 98: a line")
        for _ in range(2):  # a cell that is run again
            lecture.save(figure, "98_line", "Rises.")
            lecture.table("98_t", ["a"], [["1"]])
    assert shown == 4 * [(b"PNG", "Rises.")]
    assert [path.name for path in drawn.iterdir()] == ["98_line.png"]
    assert (drawn / "98_line.png").read_bytes() == b"full run"
    said = re.findall("^figure: (.*)", capsys.readouterr().out, re.M)
    assert said == 4 * ["98_line.png"]  # no place: none of them stays


@every_lecture
def test_files_of_a_lecture_begin_with_its_number_by_which_they_are_looked_for(script):
    text, number = script.read_text(), script.stem[:2]
    assert text.startswith(f'"""Lecture {number}: ')
    names = re.findall(r'lecture\.table\(\s*"([^"]+)"', text)
    names += [ast.unparse(node.args[1]).strip("f'") for node in ast.walk(
        ast.parse(text)) if isinstance(node, ast.Call)
        and ast.unparse(node.func) == "lecture.save"]
    assert names and all(name.startswith(f"{number}_") for name in names), names
