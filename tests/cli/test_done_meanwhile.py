"""What a command says it is doing, while it does."""

import io
from pathlib import Path
from types import SimpleNamespace

import pytest
from lab_tools import LABS

from scratchae import backend, pulse
from scratchae.cli import course, data, lab, lab_grade
from scratchae.cli import main as typed

LECTURE = """\
from scratchae import pulse
from scratchae.course import Lecture
lecture = Lecture("A title.")
print("doing", [work.what for work in pulse._works])
"""


def doing():
    """What is being done at this moment, the innermost last."""
    return [work.what for work in pulse._works]


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with backend("numpy"):
        yield tmp_path


def main(words):
    return typed(words.split())


def test_a_command_is_what_is_done_until_it_is_over(monkeypatch):
    seen = []
    monkeypatch.setattr(data, "show", lambda options: seen.append(doing()))
    assert main("data show") == 0
    assert seen == [["data"]] and doing() == []


def test_a_course_says_in_which_lecture_it_is(here, monkeypatch, capsys):
    monkeypatch.setattr(course, "LECTURES", here)
    for name in "01_a", "02_b":
        (here / f"{name}.py").write_text(LECTURE)
    assert main("course") == 0
    said = [line for line in capsys.readouterr().out.splitlines() if "doing" in line]
    assert said == [f"doing ['course', 'lecture {name}']" for name in ("01_a", "02_b")]


def test_nothing_is_done_while_an_answer_is_waited_for(monkeypatch):
    seen = []

    class Keyboard(io.StringIO):
        def readline(self):
            seen.append(doing())
            return "" if len(seen) == 3 else "1\n"

    monkeypatch.setattr("sys.stdin", Keyboard())
    with pulse.doing("around"):
        assert main("exam --lecture 08 --seed 3") == 0
        assert doing() == ["around"]
    assert seen == [[]] * 3


def checked(seen):
    """A check that notes what is being done, and how much of it there is."""
    def check(one, path):
        seen.append((doing(), pulse._works[-1].total))
        parts = [SimpleNamespace(number=1, status="pass", passed=True)]
        return SimpleNamespace(passed=True, points=1, parts=parts, lab=one, path=path,
                               text=lambda solutions: "report")

    return check


def test_a_lab_says_which_file_is_checked_and_waits_for_the_next_save(
    here, monkeypatch
):
    seen, waited = [], []
    monkeypatch.setattr(lab, "check", checked(seen))

    def pause():
        waited.append(doing())
        raise KeyboardInterrupt

    monkeypatch.setattr(lab, "pause", pause)
    Path("mine.py").write_text("")
    assert main("lab 1 --file mine.py") == 0
    assert main("lab 1 --file mine.py --watch") == 130
    assert seen == [(["lab", "checking mine.py"], None)] * 2 and waited == [[]]


def test_of_all_labs_it_is_counted_how_many_are_checked(here, monkeypatch):
    seen = []
    monkeypatch.setattr(lab, "check", checked(seen))
    for number in "01", "03":
        Path(f"{number}_mine.py").write_text("")
    assert main("lab") == 1
    assert seen == [(["lab", "checking labs"], len(LABS))] * 2
    monkeypatch.setattr("scratchae.labs.confusion.confusion", lambda chosen: [
        seen.append((doing(), pulse._works[-1].total)) for _ in chosen] and [])
    assert main("lab 01 02 03 --confusion") == 0
    assert seen[2:] == [(["lab", "running slips"], 3)] * 3


def test_a_grading_looks_at_the_system_first(here, monkeypatch):
    seen = []
    monkeypatch.setattr(lab_grade, "missing_layers", lambda: seen.append(doing()) or [])
    monkeypatch.setattr(lab_grade, "grade", lambda *a: seen.append(doing()) or (
        SimpleNamespace(rows={}), [], [], []))
    (here / "in").mkdir()
    assert main("lab grade in") == 0
    assert seen == [["lab", "looking at this system"], ["lab"]]
