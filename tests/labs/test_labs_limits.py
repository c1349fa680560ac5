"""What a student's process is refused: limits, and a hook that is asked beforehand."""

import json
import os
import sys
import types

import pytest
from lab_tools import LABS

from scratchae.labs import child, runner, watching
from scratchae.labs.specification import Lab

WRITING = [os.O_WRONLY, os.O_RDWR, os.O_CREAT, os.O_TRUNC]
MOVING = ["os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink",
          "os.chmod", "os.chown", "os.truncate", "shutil.rmtree", "shutil.move"]
NEVER = {
    "processes": ["os.fork", "os.forkpty", "os.exec", "os.posix_spawn", "os.spawn",
                  "os.system", "subprocess.Popen"],
    "signals": ["os.kill", "os.killpg"],
    "connections": ["socket.__new__", "socket.connect", "socket.getaddrinfo"],
}


@pytest.fixture
def limited(tmp_path, monkeypatch):
    """The hook of a process whose results go to out/, and the limits it has set."""
    hooks, limits = [], {}
    (tmp_path / "out").mkdir()
    kinds = {f"RLIMIT_{kind}": kind for kind in ("AS", "FSIZE", "CORE", "NPROC")}
    monkeypatch.setitem(sys.modules, "resource", types.SimpleNamespace(
        **kinds, setrlimit=limits.__setitem__))
    monkeypatch.setattr(sys, "addaudithook", hooks.append)
    child.limit({"memory": 4000, "bytes": 300, "folder": str(tmp_path / "out")})
    return hooks[0], limits


def refused(hook, event, *given):
    """What is said of an event, "" if nothing speaks against it."""
    try:
        hook(event, given)
    except (PermissionError, ImportError) as error:
        return str(error)
    return ""


def test_each_limit_of_the_system_has_its_own_number(limited):
    assert limited[1] == {"AS": (4000, 4000), "FSIZE": (300, 300), "CORE": (0, 0),
                          "NPROC": (0, 0)}


def test_a_lab_says_how_much_memory_its_process_has(tmp_path):
    lab = Lab("99", "", "", LABS["01"].parts, memory=12345)
    cases = [part.cases() for part in lab.parts]
    order = json.loads(runner._order(
        lab, "a.py", cases, tmp_path / "w", 1, ()).read_text())
    assert (order["memory"], order["bytes"]) == (12345, watching.BYTES)
    assert order["first"] == 1 and LABS["01"].memory == 2 * 1024**3


@pytest.mark.parametrize("what", NEVER)
def test_what_arrays_never_need_is_refused_by_its_name(limited, what):
    for event in NEVER[what]:
        assert refused(limited[0], event, 1, 2) == f"a lab makes no {what}: {event}"


@pytest.mark.parametrize("name", ["a", "out2/a", "out2", "..", "out/../a"])
def test_nothing_is_written_or_moved_beside_the_results(limited, tmp_path, name):
    path = str(tmp_path / name)
    said = f"a lab writes no files: {os.path.realpath(path)}"
    for flag in WRITING:
        assert refused(limited[0], "open", path, None, flag) == said
        assert refused(limited[0], "open", path.encode(), None, flag) == said
    assert {refused(limited[0], event, path, "b") for event in MOVING} == {said}


@pytest.mark.parametrize("event", ["os.rename", "os.link", "os.symlink", "shutil.move"])
def test_nothing_is_moved_out_of_the_results(limited, tmp_path, event):
    """os.replace, with a file of its own, would write any other."""
    inside, outside = str(tmp_path / "out/a"), str(tmp_path / "a")
    said = f"a lab writes no files: {os.path.realpath(outside)}"
    assert refused(limited[0], event, inside, outside, -1, -1) == said


def test_results_are_written_and_everything_is_read(limited, tmp_path):
    inside = str(tmp_path / "out/0.npz")
    for path in inside, str(tmp_path / "out"), os.devnull, 3:
        assert not refused(limited[0], "open", path, "w", os.O_WRONLY | os.O_CREAT)
    assert not any(refused(limited[0], event, inside, f"{inside}.b")
                   for event in MOVING)
    assert not refused(limited[0], "open", "/etc/hosts", "r", os.O_RDONLY)
    assert not refused(limited[0], "open", "/etc/hosts", "r", None)


def test_no_part_of_the_library_is_imported(limited):
    for name in "scratchae", "scratchae.formulas.dense":
        assert refused(limited[0], "import", name) == (
            "a lab is written without the library")
    assert not any(refused(limited[0], "import", name)
                   for name in ("numpy", "scratchaeology", "my.scratchae"))
