"""The lines of `scratchae course`, by hand: which lectures, the table, the claims."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from scratchae.cli import course
from scratchae.course import Lecture, refuse_to_replace
from scratchae.data_options import READING

NAMES = ["01_autoencoder.py", "02_pca.py", "10_vae.py", "11_extensions.py"]


@pytest.fixture
def lectures(tmp_path, monkeypatch):
    for name in [*reversed(NAMES), "helper.py", "1_short.py", "12.py", "x01_no.py"]:
        (tmp_path / name).touch()
    monkeypatch.setattr(course, "LECTURES", tmp_path)


@pytest.mark.parametrize("typed, found", [
    ([], NAMES), (["1"], NAMES[:1]), (["01"], NAMES[:1]), (["10_v"], NAMES[2:3]),
    (["11", "2"], [NAMES[1], NAMES[3]]), (["10", "10_vae"], NAMES[2:3]),
    (["02_pca"], NAMES[1:2]),
])
def test_lectures_are_found_by_their_beginning_in_their_order(typed, found, lectures):
    assert [path.name for path in course.find_lectures(typed)] == found


@pytest.mark.parametrize("typed", ["12", "vae", "", "0", "3", "10_vae.py", "x01"])
def test_what_is_no_lecture_is_refused_with_those_there_are(typed, lectures):
    known = ", ".join(Path(name).stem for name in NAMES)
    shown = typed.zfill(2) if typed.isdecimal() else typed
    with pytest.raises(ValueError) as caught:
        course.find_lectures(["01", typed])
    said = f"no lecture {shown!r}; expected one of {known}"
    assert str(caught.value).startswith(said)


def lecture(numbers=(), figures=(), claims=()):
    return SimpleNamespace(numbers=dict(numbers), figures=[*map(Path, figures)],
                           claims=dict(claims))


def test_the_closing_table_has_a_line_for_each_number_and_figure():
    ran = {"01_a": lecture({"loss": "3 nats", "k": "2"}, ["out/01_x.png"]),
           "02_empty": lecture(), "10_last": lecture(figures=["10.png"])}
    text = course.closing_table(ran, {"01_a": 1.25, "02_empty": 0, "10_last": 1234.56})
    assert text.splitlines() == [
        "lecture                      seconds  key numbers and figures",
        "01_a                             1.2  loss: 3 nats",
        "                                      k: 2",
        "                                      out/01_x.png",
        "02_empty                         0.0  ",
        "10_last                       1234.6  10.png"]


def test_claims_are_counted_over_all_lectures_and_those_that_fail_are_named(capsys):
    ran = {"01_a": lecture(claims={"it falls": True, "it rises": False}),
           "02_b": lecture(), "03_c": lecture(claims={"one": False, "two": True})}
    assert course.report_claims(ran) == 1
    assert capsys.readouterr().out.splitlines() == [
        "2 of 4 claims of the prose hold", "DOES NOT HOLD in 01_a: it rises",
        "DOES NOT HOLD in 03_c: one"]
    assert course.report_claims({"01_a": lecture(claims={"it falls": True})}) == 0
    assert course.report_claims({"02_b": lecture()}) == 0
    assert capsys.readouterr().out == ("1 of 1 claims of the prose hold\n"
                                       "0 of 0 claims of the prose hold\n")


def test_figures_of_other_lectures_are_in_nobodys_way(tmp_path):
    for name in "02_x.png", "10_t.md", "010_y.png", "1_z.png":
        (tmp_path / name).touch()
    refuse_to_replace(["01", "03"], tmp_path)
    refuse_to_replace(["10"], tmp_path / "none")
    for number, name in ("02", "02_x.png"), ("10", "10_t.md"):
        with pytest.raises(FileExistsError) as caught:
            refuse_to_replace(["01", number], tmp_path)
        assert str(caught.value) == (
            f"{tmp_path / name} is there already: --overwrite replaces the figures of "
            "the lectures that run, --out puts them elsewhere")


def test_a_script_has_its_own_command_line_and_sees_signals_while_it_runs():
    before, signals = sys.argv, []
    with pytest.raises(OSError), course.script_arguments(Path("a.py"), ["--quick"]):
        with course.stopped_by(signals):
            assert sys.argv == ["a.py", "--quick"] and not Lecture.stopped_by
            signals.append(15)
            assert Lecture.stopped_by
            raise OSError
    assert sys.argv is before and not Lecture.stopped_by


@pytest.mark.parametrize("typed, said", [
    ({"quick": True}, "--quick"), ({"data": "mnist"}, "--data mnist"),
    ({"label": "y"}, "--label y"), ({"out": Path("a b")}, "--out 'a b'"),
    ({"html": Path("h"), "quick": True}, "--quick --html h"),
    ({"colour": False}, "--grey"), ({"data_dir": "d"}, "--data-dir d"),
])
def test_notebooks_name_each_option_of_a_run(typed, said):
    plain = dict.fromkeys(READING)
    plain |= {"data": "strokes", "quick": False, "out": None, "html": None}
    course.refuse_what_runs(SimpleNamespace(**plain))
    with pytest.raises(ValueError) as caught:
        course.refuse_what_runs(SimpleNamespace(**plain | typed))
    assert str(caught.value) == (
        f"{said} means nothing with --notebooks, which runs no lecture")
