"""How a submission's process is confined, where it cannot be seen from outside: what
is asked of the system, and how systems without forks or without Linux are served.
"""

import builtins
import importlib
import io
import json
import os
import signal
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from lab_tools import LABS, SOLUTIONS

import scratchae
from scratchae.labs import check, child
from scratchae.labs.grading import cages

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="Unix")
LIBRARY = str(Path(scratchae.__file__).resolve().parent)
SPACES = 0x20000000 | 0x40000000 | 0x08000000  # CLONE_NEWPID, _NEWNET, _NEWIPC
NEW_USER = 0x10000000
ORDER = {"loop": "/w/loop.txt", "student": "/s/01_a.py", "folder": "/w/out"}


@pytest.fixture
def confined(monkeypatch):
    """confined.py as a module; as a script it imports its neighbours."""
    monkeypatch.syspath_prepend(str(Path(cages.CONFINED).parent))
    return importlib.import_module("confined")


class Libc:
    """Writes down what is asked of it; `allowed` is what unshare answers in turn."""

    def __init__(self, *allowed):
        self.asked, self.allowed = [], [*allowed]

    def prctl(self, *given):
        self.asked.append(("prctl", *given))

    def capset(self, *given):
        self.asked.append(("capset",))

    def unshare(self, kinds):
        self.asked.append(("unshare", kinds))
        return self.allowed.pop(0)


@pytest.fixture
def restrained(confined, monkeypatch):
    """A function: what holds of the layers and what was asked for them, in order."""

    def restrain(*without, holds=True):
        libc = Libc()
        asked = libc.asked
        monkeypatch.setattr(confined, "libc", libc)
        monkeypatch.setattr(confined.landlock, "restrict", lambda *given: (
            asked.append(("files", *given[1:])), holds)[1])
        monkeypatch.setattr(confined.seccomp, "refuse", lambda given: (
            asked.append(("calls",)), holds)[1])
        return confined.restrain(ORDER, child.__file__, *without), asked

    return restrain


FILES = ("files", ["/w", "/s"], ["/w/out", "/w/loop.txt"], LIBRARY)
ASKED = [("prctl", 38, 1, 0, 0, 0), FILES, ("capset",), ("calls",)]


def test_files_are_read_in_two_folders_and_the_whole_library_is_hidden(restrained):
    """No formula of it is a submission's; and nothing is given up for a program."""
    assert restrained() == (["files", "calls"], ASKED)
    assert restrained(holds=False) == ([], ASKED)


@pytest.mark.parametrize("without, left", [
    ("files", "calls"), ("calls", "files"), ("namespaces,files", "calls")])
def test_a_layer_that_is_left_out_is_not_asked_for(restrained, without, left):
    held, asked = restrained(without)
    assert held == [left]
    assert {words[0] for words in asked} == {"prctl", "capset", left}


@pytest.mark.parametrize("allowed, held, asked", [
    ((0,), True, [SPACES]), ((-1, 0), True, [SPACES, SPACES | NEW_USER]),
    ((-1, -1), False, [SPACES, SPACES | NEW_USER])])
def test_who_is_not_root_has_namespaces_by_one_of_users_if_at_all(
        confined, monkeypatch, allowed, held, asked):
    libc, written = Libc(*allowed), {}
    user, group = os.getuid() + 7, os.getgid() + 9

    def opened(path, mode, encoding):
        written[path] = io.StringIO()
        written[path].close = lambda: None
        return written[path]

    monkeypatch.setattr(confined, "libc", libc)
    monkeypatch.setattr(confined.os, "getuid", lambda: user)
    monkeypatch.setattr(confined.os, "getgid", lambda: group)
    with monkeypatch.context() as patch:
        patch.setattr(builtins, "open", opened)
        assert confined.separate() is held
    assert libc.asked == [("unshare", kinds) for kinds in asked]
    names = {"setgroups": "deny", "uid_map": f"{user} {user} 1",
             "gid_map": f"{group} {group} 1"} if held and len(allowed) > 1 else {}
    assert {path: file.getvalue() for path, file in written.items()} == {
        f"/proc/self/{name}": text for name, text in names.items()}


@pytest.mark.parametrize("namespaces, others", [
    (True, ["calls"]), (False, ["files", "calls"]), (False, [])])
def test_each_layer_is_said_to_be_here_if_it_held(
        confined, monkeypatch, namespaces, others):
    monkeypatch.setattr(confined, "separate", lambda: namespaces)
    monkeypatch.setattr(confined, "restrain", lambda given, child: others)
    monkeypatch.setattr(confined, "libc", Libc())
    assert confined.layers() == {"namespaces": namespaces, "files": "files" in others,
                                 "calls": "calls" in others}
    monkeypatch.setattr(confined, "libc", None)  # not Linux
    assert confined.layers() == dict.fromkeys(("namespaces", "files", "calls"), False)


def test_to_be_ended_means_at_once_and_other_signals_are_passed_on(
        confined, monkeypatch):
    heard, told = {}, []
    monkeypatch.setattr(confined.signal, "signal", heard.__setitem__)
    monkeypatch.setattr(confined.os, "kill", lambda *given: told.append(given))
    confined.pass_on([77, 78])
    for number in signal.SIGTERM, signal.SIGUSR1:
        heard[number](number, None)
    assert told == [(77, signal.SIGKILL), (78, signal.SIGKILL),
                    (77, signal.SIGUSR1), (78, signal.SIGUSR1)]


def test_all_below_a_process_is_found_whatever_it_calls_itself(confined, monkeypatch):
    """A name may have brackets and spaces, in the line that tells its parent."""
    me, processes = os.getpid(), {
        "1": b"1 (init) S 0 0", "70": b"70 (a) S %d 0", "71": b"71 (b) S 70 0",
        "72": b"72 () S 1 (x) R) S 71 0", "80": b"80 (c) S 1 0", "81": b"81 (d) S 80 0"}

    def opened(path, mode):
        line = processes[path.split("/")[2]]
        return io.BytesIO(line % me if b"%d" in line else line)

    with monkeypatch.context() as patch:
        patch.setattr(confined.os, "listdir", lambda path: ["self", *processes])
        patch.setattr(builtins, "open", opened)
        found = confined.descendants()
    assert sorted(found) == [70, 71, 72]


@pytest.mark.parametrize("system, forks, kind", [
    ("linux", True, "Forked"), ("darwin", True, "Caged"), ("win32", False, "Child")])
def test_each_system_has_the_kind_of_process_that_it_can_have(
        monkeypatch, system, forks, kind):
    made = []
    for name in "Forked", "Caged", "Child", "Nursery":
        monkeypatch.setattr(cages, name, lambda *given, name=name, **how: made.append(
            (name, given, how)) or name)
    start = cages.Cages("calls", ("numba",))
    monkeypatch.setattr(cages, "sys", SimpleNamespace(platform=system))
    monkeypatch.setattr(cages, "os", os if forks else SimpleNamespace(name="nt"))
    assert start.start("order.json", {"env": {"A": "1"}}) == kind
    script = (cages.CONFINED, child.__file__, str(os.getpid()), "calls")
    given = {"Forked": ("Nursery", "order.json"), "Caged": ("order.json", script),
             "Child": ("order.json",)}[kind]
    assert made[-1] == (kind, given, {"env": {"A": "1"}})
    assert made[:-1] == ([("Nursery", ("calls", ("numba",), {"A": "1"}), {})]
                         if kind == "Forked" else [])


@pytest.mark.parametrize("deaf", [False, True])
def test_a_confined_process_is_told_to_end_what_is_below_it_before_it_is_killed(
        monkeypatch, deaf):
    told, process = [], object.__new__(cages.Caged)

    def wait(self, timeout=None):
        told.append(("wait", timeout))
        if deaf and timeout:
            raise cages.subprocess.TimeoutExpired("confined.py", timeout)

    monkeypatch.setattr(cages.Caged, "terminate", lambda self: told.append("terminate"))
    monkeypatch.setattr(cages.Caged, "wait", wait)
    monkeypatch.setattr(cages.Child, "end", lambda self: told.append("kill"))
    process.end()
    assert told == ["terminate", ("wait", 15.0), "kill"]


ENDS = '''import ctypes
import os


def dense_backward(dy, x, W):
    ctypes.string_at(0)


def two_layers_backward(dy, x, W1, b1, W2):
    os._exit(0)
'''


def test_without_linux_a_process_is_confined_and_its_end_told_as_well(
        tmp_path, monkeypatch):
    path, start = tmp_path / "01_dense.py", cages.Cages("namespaces,files,calls")
    path.write_text(ENDS + (SOLUTIONS / "01_dense.py").read_text().split("def ")[0]
                    + "def dense_forward(x, W, b):\n    return x @ W + b\n")
    monkeypatch.setattr(cages, "sys", SimpleNamespace(
        platform="darwin", executable=sys.executable))
    right, crashes, exits = check(LABS["01"], path, process=start).parts
    living = [*start.living]
    start.stop()
    assert right.passed
    assert crashes.text == "the process was ended by SIGSEGV before it had an answer"
    assert exits.text == "the process was ended before it had an answer"
    assert all(type(process) is cages.Caged for process in living)


@pytest.fixture
def steps(confined, monkeypatch):
    """What main and work do, in order, with all that would act written down only."""
    done = []
    for name in "pass_on", "separate", "end_all", "restrain":
        monkeypatch.setattr(confined, name, lambda *given, n=name: done.append(n))
    monkeypatch.setattr(confined, "limit", lambda *given: done.append(given))
    monkeypatch.setattr(confined, "libc", SimpleNamespace(
        prctl=lambda *given: done.append(given[:2])))
    monkeypatch.setattr(confined.os, "fork", lambda: done.append("fork") or 77)
    monkeypatch.setattr(confined.os, "setsid", lambda: done.append("setsid"))
    monkeypatch.setattr(confined.os, "waitpid", lambda process, how: (
        done.append(("wait", process, how)), (process, 11))[1])
    monkeypatch.setattr(confined.signal, "signal", lambda *given: done.append(given))
    return done


DIES = (1, signal.SIGKILL)  # of prctl: when its parent has ended


@pytest.mark.parametrize("without, spaces", [("", ["separate"]), ("files,calls", [
    "separate"]), ("namespaces", [])])
def test_who_confines_ends_with_its_parent_and_when_nothing_is_left_below(
        confined, steps, without, spaces):
    assert confined.main("child.py", f"{os.getppid()}", without, "order") == -11
    assert steps == ["pass_on", ("CORE", 0), *spaces, (36, 1), DIES, "fork",
                     ("wait", 77, 0), "end_all"]


def test_whose_parent_has_ended_already_starts_nothing(confined, steps, monkeypatch):
    monkeypatch.setattr(confined.os, "_exit", lambda code: sys.exit(f"ended: {code}"))
    with pytest.raises(SystemExit, match="ended: 1"):
        confined.main("child.py", f"{os.getppid() + 1}", "", "order")
    assert "fork" not in steps


def test_a_submission_is_run_when_all_is_given_up_and_not_before(
        confined, steps, tmp_path, monkeypatch):
    order = tmp_path / "order.json"
    order.write_text(json.dumps({"loop": str(tmp_path / "loop.txt")}))
    monkeypatch.setattr(sys, "path", ["here", "there"])
    monkeypatch.setattr(confined, "work_of", lambda given: SimpleNamespace(
        main=lambda given: steps.append((given, [*sys.path]))))
    confined.work("child.py", order, "")
    assert steps == ["setsid", DIES, (signal.SIGUSR1, signal.SIG_DFL),
                     (signal.SIGTERM, signal.SIG_DFL), ("NOFILE", 64), "restrain",
                     (order, ["there"])]
    assert (tmp_path / "loop.txt").read_bytes() == b""


def test_what_is_below_is_stopped_and_killed_again_until_nothing_is_left(
        confined, monkeypatch):
    """What is stopped forks no more. After 10 s, what cannot be killed is left."""
    left, told, answers = [5, 6], [], iter([(5, 9), (0, 0), (6, 9)])

    def waited(which, how):
        assert (which, how) == (-1, os.WNOHANG)
        if not left:
            raise ChildProcessError
        found = next(answers, (0, 0))
        left[:] = [number for number in left if number != found[0]]
        return found

    now = iter(range(0, 99, 3))
    monkeypatch.setattr(confined.os, "kill", lambda *given: told.append(given))
    monkeypatch.setattr(confined.os, "waitpid", waited)
    monkeypatch.setattr(confined, "descendants", lambda: [*left])
    monkeypatch.setattr(confined, "time", SimpleNamespace(
        monotonic=lambda: next(now), sleep=lambda seconds: None))
    confined.end_all()
    stop, kill = signal.SIGSTOP, signal.SIGKILL
    both = [(5, stop), (6, stop), (5, kill), (6, kill)]
    assert told == [*both, (6, stop), (6, kill)] and not left
    left[:] = 5, 6
    told.clear()
    confined.end_all()
    assert told == 3 * both
