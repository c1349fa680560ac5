"""What Landlock is told of files, heard by a stand-in for the kernel."""

import os
import struct
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from scratchae.labs.grading import landlock

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Landlock is Linux'")
# Kinds of access, by their place in the kernel's header landlock.h.
KINDS = ("execute", "write_file", "read_file", "read_dir", "remove_dir", "remove_file",
         "make_char", "make_dir", "make_reg", "make_sock", "make_fifo", "make_block",
         "make_sym", "refer", "truncate", "ioctl_dev")
READ = {"read_file", "read_dir"}
WRITTEN_FILE = {"read_file", "write_file", "truncate"}
WRITTEN = READ | WRITTEN_FILE | {"remove_file", "remove_dir", "make_reg", "make_dir"}


def kinds(access):
    """The names of the bits of a number."""
    return {name for i, name in enumerate(KINDS) if access >> i & 1}


class Kernel:
    """Hears of a rule set, of paths, and that all else is closed."""

    def __init__(self, version, held=0):
        self.version, self.held, self.handled, self.rules = version, held, None, {}

    def syscall(self, number, *given):
        if number == 444 and given[0] is None:
            assert given[1:] == (0, 1)  # no size, and the flag that asks the version
            return self.version
        if number == 444:
            asked, size, flags = given
            assert size == len(asked) and not flags
            self.handled = struct.unpack("Q" * (size // 8), asked)
            return os.open(os.devnull, os.O_RDONLY)
        if number == 446:
            return self.held
        assert number == 445 and given[1] == 1 and given[3] == 0  # beneath a path
        access, place = struct.unpack("=Qi", given[2])
        self.rules[os.readlink(f"/proc/self/fd/{place}")] = kinds(access)
        return 0


@pytest.fixture
def told(tmp_path):
    """A function that restricts to folders below a path, and the rules that it gave."""
    for name in "in/sub", "out", "lib/other", "lib/hidden/deep", "lib/hidden2":
        (tmp_path / name).mkdir(parents=True)
    for name in "loop.txt", "in/a.py", "lib/b.py", "lib/hidden/c.py":
        (tmp_path / name).write_text("")

    def restrict(version, held=0):
        kernel = Kernel(version, held)
        names = [[f"{tmp_path}/{name}" for name in those] for those in (
            ("in", "in/a.py", "lib", "none"), ("out", "loop.txt", "none"))]
        done = landlock.restrict(kernel, *names, f"{tmp_path}/lib/hidden")
        mine = {path.removeprefix(f"{tmp_path}/"): access for path, access in
                kernel.rules.items() if path.startswith(f"{tmp_path}/")}
        return done, kernel, mine

    return restrict


def test_a_student_reads_two_folders_writes_one_and_does_not_see_the_hidden_one(told):
    done, kernel, mine = told(5)
    assert done and mine == {
        "in": READ, "in/a.py": {"read_file"}, "out": WRITTEN, "loop.txt": WRITTEN_FILE,
        "lib": {"read_dir"}, "lib/b.py": {"read_file"}, "lib/other": READ,
        "lib/hidden2": READ,
    }
    assert kernel.rules[os.devnull] == WRITTEN_FILE
    assert {*map(frozenset, kernel.rules.values())} <= {
        frozenset(known) for known in (READ, {"read_file"}, {"read_dir"}, WRITTEN,
                                       WRITTEN_FILE)}


@pytest.mark.parametrize("version, handled, more", [
    (1, 13, ()), (2, 14, ()), (3, 15, ()), (4, 15, (3,)), (5, 16, (3,)),
    (6, 16, (3, 3)), (9, 16, (3, 3))])
def test_each_version_is_asked_for_what_it_knows(told, version, handled, more):
    """All kinds of access to files, then to TCP, then signals and sockets outside."""
    done, kernel, mine = told(version)
    assert done and kernel.handled == (2**handled - 1, *more)
    assert ("truncate" in mine["out"]) == (version > 2)


def test_without_landlock_nothing_is_held_and_nothing_asked(told):
    for version in 0, -1:
        done, kernel, _ = told(version)
        assert not done and kernel.handled is None and not kernel.rules
    assert not told(5, held=-1)[0]


def test_neither_homes_nor_passwords_are_among_what_is_read(told):
    _, kernel, _ = told(5)
    for path in "/", "/etc", "/etc/passwd", "/root", "/home", "/tmp", "/proc", "/dev":
        assert path not in kernel.rules


def test_what_python_needs_is_read_wherever_it_lies(told, tmp_path, monkeypatch):
    numpy = tmp_path / "elsewhere/numpy"
    numpy.mkdir(parents=True)
    monkeypatch.setitem(sys.modules, "numpy", SimpleNamespace(
        __file__=f"{numpy}/__init__.py"))
    more = "s/site-packages", "d/dist-packages", "own"
    for name in more:
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.setattr(sys, "path", [*sys.path, *(
        f"{tmp_path}/{name}{end}" for name, end in zip(more, ("", os.sep, ""),
                                                       strict=True))])
    _, kernel, mine = told(5)
    assert mine["elsewhere/numpy"] == mine[more[0]] == mine[more[1]] == READ
    assert "own" not in mine  # a folder in which somebody works
    folders = ("/usr/lib", "/usr/share", "/sys/devices/system/cpu",
               os.path.dirname(os.__file__), os.path.dirname(pytest.__file__))
    files = ("/etc/ld.so.cache", "/etc/localtime", "/proc/cpuinfo", "/proc/meminfo",
             "/dev/urandom", "/dev/random", "/dev/zero")
    for path in filter(os.path.exists, (*folders, *files)):
        real = Path(os.path.realpath(path))
        known = [kernel.rules[str(place)] for place in (real, *real.parents)
                 if str(place) in kernel.rules]
        assert known and known[0] in (READ, {"read_file"}), path
