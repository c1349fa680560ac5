"""`scratchae course --html`: lectures run cell by cell, then the pages are made."""

import sys
import tempfile
from pathlib import Path

import pytest

from scratchae.cli import course, main
from scratchae.course import Lecture
from scratchae.site import MADE, run_cells
from scratchae.site.lectures import fenced

SCRIPT = '''"""Lecture NN: a title

Prose.
"""

# %%
from scratchae.course import Lecture
lecture = Lecture(__doc__)
lecture.number("is short", int(lecture.quick))
from matplotlib.figure import Figure
lecture.save(Figure(), "NN_f", "Nothing is drawn in this figure.")
lecture.table("NN_t", ["a"], [["1"]])
lecture.holds("it is one", NN == 1)
'''


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """Two lectures, and what the maker of pages is given; nothing is made."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lectures").mkdir()
    for number in "01", "02":
        text = SCRIPT.replace("NN ==", f"{int(number)} ==").replace("NN", number)
        (tmp_path / f"lectures/{number}_a.py").write_text(text)
    asked = []
    monkeypatch.setattr(course, "LECTURES", tmp_path / "lectures")
    monkeypatch.setattr(course, "check_generator", lambda: asked.append("generator"))
    monkeypatch.setattr(course, "build_site", lambda *given: asked.append(given))
    return asked


def test_pages_are_made_of_all_lectures_as_they_ran(asked, tmp_path, capsys):
    assert main("course --quick --html sub/site".split()) == 1  # as of any course
    generator, (scripts, ran, folder) = asked
    assert generator == "generator" and folder == Path("sub/site")
    assert [script.name for script in scripts] == ["01_a.py", "02_a.py"]
    for number, (cells, lecture) in zip(("01", "02"), ran, strict=True):
        assert cells[0].text.startswith(f"# Lecture {number}: a title")
        assert "is short: 1" in cells[1].output[0] and lecture.quick
        assert lecture.numbers == {"is short": "1"}
    out = capsys.readouterr().out
    assert out.index("[1/2] 01_a") < out.index("[2/2] 02_a") < out.index("\n02_t\n")
    assert "\nfigure: 01_f.png\n" in out and out.count("02_f.png") == 2
    assert tempfile.gettempdir() not in out  # what is there is gone afterwards
    assert ran[0][0][1].output[1] == ran[0][1].figures[0]
    assert "1 of 2 claims of the prose hold\nDOES NOT HOLD in 02_a: it is one\n" in out
    assert out.endswith(f"\npages: {Path('sub/site/index.html')}\n")
    assert {path.name for path in tmp_path.iterdir()} == {"lectures", "sub"}


def test_pages_replace_pages_where_that_is_asked_for(asked, tmp_path):
    (tmp_path / "site" / MADE).parent.mkdir(parents=True)
    (tmp_path / "site" / MADE).write_text("")
    assert main("course --quick --html site".split()) == 2 and asked == []
    assert main("course --quick --html site --overwrite".split()) == 1
    assert asked[1][2] == Path("site")


def test_an_empty_folder_is_free_for_pages_and_one_of_others_never(asked, tmp_path):
    (tmp_path / "empty").mkdir()
    assert main("course --quick --html empty".split()) == 1
    assert main("course --html lectures --overwrite".split()) == 2
    assert len(asked) == 2


@pytest.mark.parametrize("place, said", [
    ("text/site", "/text is not a folder"), ("../new/site", "there is no folder "),
])
def test_a_place_where_no_pages_can_be_is_noticed_before_any_lecture_runs(
    place, said, asked, tmp_path, capsys
):
    (tmp_path / "text").write_text("")
    before = sorted(tmp_path.rglob("*"))
    assert main(["course", "--quick", "--html", place]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("scratchae: --html: ") and said in err
    assert asked == [] and sorted(tmp_path.rglob("*")) == before


def test_no_lecture_runs_where_pages_cannot_be_made(asked, monkeypatch, capsys):
    def missing():
        raise OSError("no generator")

    monkeypatch.setattr(course, "check_generator", missing)
    assert main("course --html site".split()) == 2
    out, err = capsys.readouterr()
    assert (out, err) == ("", "scratchae: no generator\n")


@pytest.mark.parametrize("script", ["1 / 0", "raise KeyboardInterrupt", "exit()"])
def test_a_script_that_fails_leaves_the_process_as_it_was(script, tmp_path, capsys):
    path = tmp_path / "01_a.py"
    path.write_text(f'"""T"""\n\n# %%\nprint("seen")\n{script}\n')
    before = sys.modules["__main__"], sys.stdout, sys.argv, Lecture.stopped_by
    with pytest.raises((ZeroDivisionError, KeyboardInterrupt, SystemExit)):
        run_cells(path)
    assert (sys.modules["__main__"], sys.stdout, sys.argv, Lecture.stopped_by) == before
    assert capsys.readouterr().out == "seen\n"


def test_a_cell_is_seen_while_it_runs(tmp_path, monkeypatch):
    class Screen:
        def __init__(self):
            self.done = []

        def write(self, text):
            self.done.append(text)

        def flush(self):
            self.done.append("flushed")

    screen = Screen()
    monkeypatch.setattr(sys, "stdout", screen)
    (tmp_path / "01_a.py").write_text(
        '"""T"""\n\n# %%\nprint("now", flush=True)\nprint("then")\nlecture = 1\n')
    run_cells(tmp_path / "01_a.py")
    assert screen.done == ["now", "\n", "flushed", "then", "\n"]


def test_a_class_of_a_script_is_found_where_python_looks_for_it(tmp_path):
    """As in a script that Python runs: pickle and dataclasses need it."""
    (tmp_path / "01_a.py").write_text(
        '"""T"""\n\n# %%\nimport pickle\nclass A:\n    pass\n'
        "lecture = type(pickle.loads(pickle.dumps(A()))) is A\nfile = __file__\n")
    cells, lecture = run_cells(tmp_path / "01_a.py")
    assert lecture is True and len(cells) == 2


def test_what_was_not_printed_has_no_block():
    assert fenced("none", "", "output") == ""
    assert fenced("none", "a", "output") == (
        "````{code-block} none\n:class: output\n\na\n````")
    assert fenced("python", "a") == "````{code-block} python\n\na\n````"
