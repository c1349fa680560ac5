"""How a notebook begins, and a lecture: what is installed, set, typeset, written."""

import configparser
import importlib.util
import re
from pathlib import Path

import pytest
from equations import PROJECT

from scratchae import course
from scratchae.course import Lecture
from scratchae.notebooks import INSTALL, typeset


@pytest.mark.parametrize("there", [True, False])
def test_the_first_cell_installs_the_package_where_it_is_not_there(there, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: (
        there if name == "scratchae" else None) or None)
    typed = []
    code = re.sub(r"^( *)%pip (.*)$", r"\1typed.append('\2')", INSTALL, flags=re.M)
    exec(code, {"typed": typed})
    setup = configparser.ConfigParser()
    setup.read(PROJECT / "setup.cfg")
    name = setup["metadata"]["name"]
    assert typed == ([] if there else [f"install --quiet {name}"])


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
