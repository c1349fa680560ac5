"""`scratchae course` runs lecture scripts and ends with a table."""

import pytest

from scratchae.cli import course, main

SCRIPT = '''"""A tiny lecture."""
from scratchae.course import Lecture
from scratchae.plots import curves
lecture = Lecture(__doc__)
lecture.number("answer", 6.5 * 7, "nats/img")
lecture.save(curves({"line": ([0, 1], [0, 1])}, "x", "y", "A line"), "01_line")
'''


@pytest.fixture
def lectures(tmp_path, monkeypatch):
    folder = tmp_path / "lectures"
    folder.mkdir()
    (folder / "01_tiny.py").write_text(SCRIPT)
    (folder / "02_other.py").write_text(SCRIPT.replace("01_line", "02_line"))
    monkeypatch.setattr(course, "LECTURES", folder)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_course_runs_all_and_closes_with_seconds_numbers_and_figures(lectures, capsys):
    assert main(["course"]) == 0
    out = capsys.readouterr().out
    table = out[out.index("key numbers and figures") :]
    assert "01_tiny" in table and "02_other" in table
    assert "answer: 45.5 nats/img" in table and "runs/figures/01_line.png" in table
    assert "2 lectures in" in table


def test_course_runs_only_what_is_named(lectures, capsys):
    assert main(["course", "02", "--out", "here"]) == 0
    assert "01_tiny" not in capsys.readouterr().out
    assert [p.name for p in (lectures / "here").iterdir()] == ["02_line.png"]


def test_course_ends_with_the_claims_and_fails_if_one_does_not_hold(lectures, capsys):
    script = lectures / "lectures" / "01_tiny.py"
    script.write_text(SCRIPT + "lecture.holds('two is more', 2 > 1)\n")
    assert main(["course"]) == 0
    assert "1 of 1 claims of the prose hold" in capsys.readouterr().out
    script.write_text(script.read_text() + "lecture.holds('it falls', 1 > 2)\n")
    assert main(["course", "--overwrite"]) == 1
    out = capsys.readouterr().out
    assert "1 of 2 claims of the prose hold" in out
    assert out.rstrip().endswith("DOES NOT HOLD in 01_tiny: it falls")


def test_course_without_scripts_says_where_they_come_from(lectures, capsys):
    for script in (lectures / "lectures").iterdir():
        script.unlink()
    assert main(["course"]) == 2
    assert "clone the repository" in capsys.readouterr().err


def test_options_reach_the_script(lectures, capsys):
    script = lectures / "lectures" / "01_tiny.py"
    script.write_text(SCRIPT + "print('quick', lecture.quick)\n")
    main(["course", "01", "--quick"])
    assert "quick True" in capsys.readouterr().out
