"""What a command says it is doing, while it does; and what it looks at first of all."""

import io
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from lab_tools import LABS

from scratchae import PCA, ProbabilisticPCA, backend, pulse
from scratchae.cli import anomalies, course, data, evaluate, explore, lab, lab_grade
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


# First of all


def late(*given, **more):
    raise AssertionError("this should have come later")


@pytest.mark.parametrize("module, words, said", [
    (explore, "explore m.npz --out f/p.html", "--out: f is not a folder"),
    (explore, "explore m.npz --out f.html", "f.html is there already"),
    (anomalies, "anomalies m.npz --data t --out f/s.csv", "--out: f is not a folder"),
    (anomalies, "anomalies m.npz --data t --out f.csv", "f.csv is there already"),
    (anomalies, "anomalies m.npz --data t --threshold 2", "--threshold is a share"),
    (anomalies, "anomalies m.npz --data t --overwrite", "--overwrite means nothing"),
])
def test_a_place_that_is_taken_is_noticed_before_a_model_is_loaded(
    module, words, said, here, monkeypatch, capsys
):
    for name in "f", "f.html", "f.csv":
        Path(name).write_text("")
    monkeypatch.setattr(module, "load", late)
    assert main(words) == 2
    assert capsys.readouterr().err.startswith(f"scratchae: {said}")


@pytest.mark.parametrize("module, words, said", [
    (evaluate, "evaluate m.npz --panel", "--panel is for a vae or cvae"),
    (evaluate, "evaluate m.npz --samples 3", "--samples is for a vae or cvae"),
    (evaluate, "evaluate m.npz --probe-decay 1", "--probe-decay 1 needs --probe"),
    (explore, "explore m.npz", "m.npz: PCA has codes of one number"),
    (explore, "explore n.npz m.npz", "m.npz: PCA has codes of one number"),
    (explore, "explore m.npz ./m.npz", "m.npz: PCA has codes of one number"),
    (explore, "explore n.npz ./n.npz", "./n.npz was given twice"),
])
def test_what_a_model_has_no_answer_to_is_said_before_data_are_read(
    module, words, said, here, monkeypatch, capsys
):
    x = np.random.default_rng(0).normal(size=(20, 4))
    PCA(1).fit(x).save("m.npz")
    ProbabilisticPCA(2).fit(x).save("n.npz")
    monkeypatch.setattr(module, "load_data_of", late)
    assert main(words) == 2
    assert capsys.readouterr().err.startswith(f"scratchae: {said}")
