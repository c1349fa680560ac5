"""What other systems do: locks by position, handles that may write, streams of None."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from scratchae import files, locks, pulse
from scratchae.checkpoints import resume
from scratchae.cli import exam, main
from scratchae.files import replacing

ROOT = Path(files.__file__).parent


@pytest.fixture
def windows(monkeypatch):
    """Locks as Windows has them, of the byte at which a file stands."""
    locked = []
    monkeypatch.setattr(locks, "flock", None)
    monkeypatch.setattr(locks, "LK_NBLCK", 0, raising=False)
    monkeypatch.setattr(locks, "locking", lambda number, *_: locked.append(
        os.lseek(number, 0, os.SEEK_CUR)))
    monkeypatch.setattr(files, "WINDOWS", True)
    return locked


def test_a_file_begins_at_its_beginning_whatever_byte_is_locked(windows, tmp_path):
    with replacing(tmp_path / "a.txt") as file:
        file.write(b"hello")
    assert (tmp_path / "a.txt").read_bytes() == b"hello"
    assert windows == [locks.FAR]
    with open(tmp_path / "a.txt", "r+b") as file:
        file.seek(2)
        assert locks.lock(file) and file.tell() == 2


def test_nothing_is_synced_that_was_opened_to_be_read():
    """Windows refuses: the handle must be one that may write."""
    for path in ROOT.rglob("*.py"):
        for block in ast.walk(ast.parse(path.read_text())):
            if isinstance(block, ast.With) and any(
                    "fsync" in ast.unparse(line) for line in block.body):
                opened = " ".join(ast.unparse(item) for item in block.items)
                assert "'rb'" not in opened, (path.name, opened)


NONE = """
import sys
sys.stdout = sys.stderr = sys.stdin = None
from scratchae.cli import main
status = main(sys.argv[1:])
open("status", "w").write(str(status))
"""


@pytest.mark.parametrize("typed, status", [
    ("train pca --data t.csv --latent 1", 0),
    ("train autoencoder --data t.csv --latent 1 --hidden 3 --epochs 2", 0),
    ("train pca --data none.csv", 2),
])
def test_a_command_does_its_work_without_any_stream(typed, status, tmp_path):
    np.savetxt(tmp_path / "t.csv", np.random.default_rng(0).normal(size=(30, 3)))
    run = subprocess.run([sys.executable, "-c", NONE, *typed.split()], cwd=tmp_path,
                         env=os.environ | {"SCRATCHAE_BACKEND": "numpy"})
    assert run.returncode == 0
    assert (tmp_path / "status").read_text() == str(status)
    assert len([*tmp_path.glob("runs/*.npz")]) == (status == 0)


def test_work_is_shown_nowhere_where_there_is_no_stream(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    with pulse.shown("work"):
        print("a result")
        list(pulse.steps(range(0, 10, 5), "steps", "rows"))


def test_an_exam_without_anybody_to_answer_ends(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(EOFError):
        exam.ask("> ")


def test_a_link_leads_to_what_is_written(tmp_path):
    (tmp_path / "far").mkdir()
    real, link = tmp_path / "far/real.txt", tmp_path / "link.txt"
    real.write_text("old")
    link.symlink_to(real)
    with replacing(link) as file:
        file.write(b"new")
    assert link.is_symlink() and real.read_text() == "new"
    assert [p.name for p in (tmp_path / "far").iterdir()] == ["real.txt"]
    with pytest.raises(OSError, match="link.txt"):
        real.unlink()
        real.mkdir()
        with replacing(link) as file:
            pass


def test_what_a_link_leads_to_must_be_writable_and_is_put_back(tmp_path):
    link = tmp_path / "link.npz"
    link.symlink_to(tmp_path / "gone/m.npz")
    with pytest.raises(FileNotFoundError):
        files.check_writable(link)
    (tmp_path / "gone").mkdir()
    files.check_writable(link)
    put_back = resume._putting_back(link)
    with replacing(link) as file:
        file.write(b"new")
    put_back()
    assert link.is_symlink() and not (tmp_path / "gone/m.npz").exists()


def test_an_empty_word_is_no_lecture(capsys):
    assert main(["course", ""]) == 2
    assert "no lecture ''" in capsys.readouterr().err


@pytest.mark.parametrize("age, stays", [(60, True), (86000, True), (86800, False)])
def test_on_windows_what_is_a_day_old_was_left_behind(
    age, stays, tmp_path, monkeypatch
):
    monkeypatch.setattr(files, "WINDOWS", True)
    part = tmp_path / f".m.{'0f' * 16}.tmp"
    part.write_bytes(b"half")
    now = part.stat().st_mtime
    monkeypatch.setattr(files.time, "time", lambda: now + age)
    with files.replacing(tmp_path / "m") as file:
        file.write(b"new")
    assert part.exists() is stays and (tmp_path / "m").read_bytes() == b"new"


@pytest.mark.parametrize("host, said", [("", "process 7"), ("here", "process 7"),
                                        ("there", "process 7 on there")])
def test_who_holds_a_path_is_named_with_the_machine_if_it_is_another(
    host, said, monkeypatch
):
    monkeypatch.setattr("socket.gethostname", lambda: "here")
    assert locks._refusal("m", "7", host) == (
        f"m: {said} is writing it; wait for its end, or write elsewhere")
