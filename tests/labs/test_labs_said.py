"""What `scratchae lab` says and hands out: next steps, watched files, notebooks."""

import json
from types import SimpleNamespace

import pytest
from lab_tools import LABS

from scratchae.cli import lab, lab_files, main
from scratchae.cli.lab_export import NAME_OF_WHEEL
from scratchae.labs.confusion import Confused
from scratchae.labs.judging import UNWRITTEN
from scratchae.notebooks import INSTALL_PACKAGE, WHEEL


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("numbers, lines", [
    ("01", 1), ("01 02 03", 3), ("01 02 03 04", 1),
])
def test_up_to_three_files_are_named_one_by_one(numbers, lines, here, capsys):
    assert main(["lab", "start", *numbers.split()]) == 0
    said = capsys.readouterr().out.split("\n\n")[0].splitlines()
    assert len(said) == lines
    if lines == 1 and numbers != "01":
        assert said[0].startswith("4 files, labs/01_")
    assert (here / "labs/conftest.py").read_bytes() == (
        lab_files.STUBS / "conftest.py").read_bytes()


@pytest.mark.parametrize("line, where, status, said", [
    (7, None, UNWRITTEN, "next: part 1, a.py:7: your lines in the place of `raise`\n"),
    (None, "code cell 2, line 3", UNWRITTEN, "next: part 1, a.py, code cell 2, line 3: "
     "your lines in the place of `raise`\n"),
    (None, None, UNWRITTEN, ""), (7, None, "fail", ""), (7, "", "error", ""),
])
def test_the_next_step_has_a_place_or_is_not_said(line, where, status, said):
    part = SimpleNamespace(passed=False, number=1, line=line, where=where,
                           status=status)
    assert lab.next_step(SimpleNamespace(parts=[part], path="a.py")) == said


@pytest.mark.parametrize("last, said", [
    ("01", "done; next: scratchae lab 02\n"), ([*LABS][-1], "done\n"),
])
def test_after_the_last_lab_there_is_no_next_one(last, said):
    report = SimpleNamespace(parts=[], lab=LABS[last])
    assert lab.next_step(report) == said


@pytest.mark.parametrize("terminal", [True, False])
def test_only_a_terminal_is_cleared(terminal, here, monkeypatch, capsys):
    def stop():
        raise KeyboardInterrupt

    (here / "a.py").write_text("")
    monkeypatch.setattr(lab, "show", lambda *a: print("report"))
    monkeypatch.setattr(lab, "pause", stop)
    monkeypatch.setattr(lab.sys.stdout, "isatty", lambda: terminal, raising=False)
    with pytest.raises(KeyboardInterrupt):
        lab.watch(LABS["01"], here / "a.py", None)
    start = "\033[2J\033[H" if terminal else ""
    assert capsys.readouterr().out == f"{start}report\n\nwatching {here / 'a.py'}; " + (
        "Ctrl-C ends\n")


def test_a_notebook_that_is_handed_out_installs_what_checks_it(here, capsys):
    assert main("lab export out --labs 2".split()) == 0
    book, = (here / "out/notebooks").glob("*.ipynb")
    cells = ["".join(cell["source"])
             for cell in json.loads(book.read_text())["cells"]]
    assert cells.count(INSTALL_PACKAGE) == 1
    assert cells[-1] == f"!scratchae lab 02 --file {book.name}"
    assert capsys.readouterr().out.splitlines()[-2:] == [
        f"Hand out out, and in it {NAME_OF_WHEEL}, which checks: `{WHEEL}` in a "
        "checkout makes it.",
        "`scratchae lab grade DIR` grades what comes back."]
    assert main("lab export out --labs 2".split()) == 2
    assert capsys.readouterr().err.endswith("another DIR puts the new one elsewhere\n")


@pytest.mark.parametrize("failing, status", [(None, 0), ("01", 1), ([*LABS][-1], 1)])
def test_the_overview_succeeds_where_every_lab_is_done(
    failing, status, here, capsys, monkeypatch
):
    def check(one, path):
        done = one.number != failing
        parts = [SimpleNamespace(number=1, status="pass" if done else "fail")]
        return SimpleNamespace(passed=done, points=one.points - (not done), parts=parts)

    for number in LABS:
        (here / f"{number}_mine.py").write_text("")
    monkeypatch.setattr(lab, "check", check)
    assert main(["lab"]) == status
    said = capsys.readouterr().out.splitlines()
    every = sum(one.points for one in LABS.values())
    counted = f"{16 - status} of 16 labs done, {every - status} of {every} points"
    assert any(line.startswith(counted) for line in said)
    assert [line.split()[-1] for line in said if line.startswith("next: ")] == (
        [failing] if failing else [])


def test_a_part_that_is_not_written_yet_is_a_dash_in_the_overview(
    here, capsys, monkeypatch
):
    parts = [SimpleNamespace(number=i, status=status)
             for i, status in enumerate(("pass", UNWRITTEN, "error"), 1)]
    monkeypatch.setattr(lab, "check", lambda one, path: SimpleNamespace(
        passed=False, points=2, parts=parts))
    (here / "01_mine.py").write_text("")
    assert main(["lab"]) == 1
    _, first, second, *_ = capsys.readouterr().out.splitlines()
    for line, number, ending in ((first, "01", "2 of {} 1:pass 2:- 3:error"),
                                 (second, "02", "0 of {} not started")):
        points = ending.format(LABS[number].points)
        assert " ".join(line.split()).endswith(f"{LABS[number].lecture[:2]} {points}")


@pytest.mark.parametrize("named, status", [("sign", 0), ("none", 1), ("twice", 1)])
def test_a_slip_that_is_taken_for_another_is_no_success(
    named, status, monkeypatch, capsys
):
    rows = [Confused("01", "f", "a", "sign", "sign"),
            Confused("01", "f", "b", "sign", named)]
    monkeypatch.setattr("scratchae.labs.confusion.confusion", lambda chosen: (
        [*chosen], rows)[1])
    assert main("lab 01 --confusion".split()) == status
    assert f"2 slips in tensors, {status} named otherwise" in capsys.readouterr().out
