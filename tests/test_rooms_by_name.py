"""`import scratchae` gives what a lecture or README names, and costs what it did."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import scratchae

HOUSE = Path(scratchae.__file__).resolve().parents[1]
PAGES = [HOUSE / "README.md", HOUSE / "scratchae/README.md",
         *HOUSE.glob("lectures/*.py")]
NAMED = {room for page in PAGES
         for room in re.findall(r"\bscratchae\.([a-z_]+)", page.read_text())}


def fresh(code):
    """What a new process prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    return done.stdout + done.stderr


def test_every_room_that_a_lecture_or_readme_names_is_there_and_listed(kernels):
    assert {"analysis", "data", "exact", "plots"} <= NAMED
    code = ("import scratchae\n"
            f"print({NAMED} - {{*dir(scratchae)}})\n"
            f"for room in {NAMED}:\n"
            "    getattr(scratchae, room)\n")
    assert fresh(code) == "set()\n"


def test_a_room_is_imported_when_it_is_named_and_not_before():
    code = ("import sys, scratchae\n"
            "dir(scratchae)\n"
            "print('scratchae.data' in sys.modules, 'scratchae.plots' in sys.modules)")
    assert fresh(code) == "False False\n"


def test_what_is_no_room_is_an_attribute_error_in_pythons_words():
    with pytest.raises(AttributeError, match="'scratchae' has no attribute 'dataa'"):
        scratchae.dataa  # noqa: B018
    assert not hasattr(scratchae, "museums")
