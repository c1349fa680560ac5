"""Reading what a student's process has written, in which anything may stand."""

import io
import json
import os
import subprocess
import zipfile

import numpy as np
import pytest
from lab_tools import LABS

from scratchae.labs import results, runner, watching
from scratchae.labs.results import read_arrays, read_bytes, read_json


def test_only_small_regular_files_are_read(tmp_path):
    file, link = tmp_path / "a", tmp_path / "link"
    file.write_bytes(b"abc")
    link.symlink_to(file)
    os.mkfifo(tmp_path / "pipe")
    held = os.open(tmp_path / "pipe", os.O_RDWR | os.O_NONBLOCK)  # who reads, waits not
    assert read_bytes(file, 3) == b"abc"
    assert read_bytes(file, 2) is None
    for path in link, tmp_path / "pipe", tmp_path, tmp_path / "none":
        assert read_bytes(path, 99) is None
    os.close(held)


def test_a_pipe_is_not_waited_for_and_a_link_not_followed(tmp_path, monkeypatch):
    """Nobody may write into the pipe, ever."""
    asked = []

    def opened(path, flags):
        asked.append(flags)
        raise OSError

    monkeypatch.setattr(results.os, "open", opened)
    assert read_bytes(tmp_path / "a", 9) is None
    for flag in "O_NONBLOCK", "O_NOFOLLOW":
        assert asked[0] & getattr(os, flag)


def test_a_json_file_of_anything_else_is_empty(tmp_path):
    for data in b"", b"[1]", b"{", b"\xff", b"[" * 60_000:
        (tmp_path / "a").write_bytes(data)
        assert read_json(tmp_path / "a") == {}
    assert read_json(tmp_path / "b") is None


def test_arrays_are_read_without_unpickling_and_within_their_size(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, **{"0.0.y": np.arange(3.0)})
    assert np.array_equal(read_arrays(path, 10**6)["0.0.y"], [0, 1, 2])
    np.savez(path, **{"0.0.y": np.array([None])})
    assert read_arrays(path, 10**6) == {}
    np.savez_compressed(path, **{"0.0.y": np.zeros(10**6)})
    assert path.stat().st_size < 10**5 and read_arrays(path, 10**6) == {}
    each = {"0.0.y": np.zeros(80_000), "0.1.y": np.zeros(80_000)}  # small but together
    np.savez_compressed(path, **each)
    assert read_arrays(path, 10**6) == {} != read_arrays(path, 2 * 10**6)
    path.write_bytes(b"PK")
    assert read_arrays(path, 10**6) == {}
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"shape": (10**13,), "fortran_order": False, "descr": "<f8"})
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("0.0.y.npy", header.getvalue() + bytes(8))
    assert read_arrays(path, 10**6) == {}, "a header that promises more than is there"


@pytest.mark.parametrize("header", [
    "{1: 2, 'a': 3}", "(", "{[]: 1}", "[" * 5000,
    "{'descr': (), 'fortran_order': False, 'shape': (1,)}"])
def test_a_header_of_anything_else_is_no_array_and_ends_nobody(header, tmp_path):
    """NumPy's reader raises TypeError, TokenError, IndexError and more of these."""
    data = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode()
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as packed:
        packed.writestr("0.0.y.npy", data + bytes(8))
    assert read_arrays(tmp_path / "a.npz", 10**6) == {}


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="by /proc")
def test_a_folder_in_the_place_of_a_file_is_closed_again(tmp_path):
    """A race looks for its answer thousands of times: the grader ran out of files."""
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(9):
        assert read_bytes(tmp_path, 99) is None
    assert len(os.listdir("/proc/self/fd")) == before


class Busy:
    """A process that never ends, and does something whenever it is looked at."""

    def __init__(self, folder, act):
        (folder / "out").mkdir()
        (folder / "loop.txt").write_text("asked, and answered")
        self.out, self.act, self.looks = folder / "out", act, 0

    def poll(self):
        self.looks += 1
        self.act(self)

    def send_signal(self, number):
        pass


def one_more(process):
    (process.out / f"{process.looks}.json").write_text("{}")


def one_large(process):
    with open(process.out / "large", "wb") as file:
        file.truncate(watching.MOST[1] + 1)


@pytest.mark.parametrize("act, why", [(one_more, "loops"), (one_large, "writes")])
def test_no_process_gets_time_or_room_by_what_it_says(tmp_path, monkeypatch, act, why):
    """Each outcome that is there gives the next part its seconds, but not for ever."""
    monkeypatch.setattr(watching, "START", 0.05)
    monkeypatch.setattr(watching, "IMPORT", 0.0)
    assert watching.watch(Busy(tmp_path, act), tmp_path, 0.05, total=1) == why


def test_a_process_is_given_one_thread_its_own_folders_and_nothing_of_ours(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("A_SECRET", "x")
    monkeypatch.setenv("LANG", "C.UTF-8")
    given, folder = runner._environment(tmp_path), str(tmp_path / "out")
    assert {name for name, value in given.items() if value == folder} == {
        "HOME", "TMPDIR", "NUMBA_CACHE_DIR", "USERPROFILE"}
    assert {name for name, value in given.items() if value == "1"} == {
        "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS",
        "NUMBA_NUM_THREADS", "PYTHONDONTWRITEBYTECODE", "PYTHONUTF8"}
    assert "A_SECRET" not in given and given["LANG"] == "C.UTF-8"


def test_results_are_not_read_where_a_link_leads(tmp_path):
    there = tmp_path / "another's"
    there.mkdir()
    for name in "imported", "0", "1", "2":
        (there / f"{name}.json").write_text('{"status": "unwritten"}')
    (tmp_path / "out").symlink_to(there)
    (first, *_) = runner._collect(LABS["01"], "mine.py", tmp_path, 0, "it has ended")
    assert (first.status, first.text) == ("error", "it has ended")


class Stream:
    """A pipe of which as many bytes can be read as are asked for, and then no more."""

    closed = False

    def __init__(self, *sizes):
        self.sizes = [*sizes]

    def read1(self, most):
        return b"a" * min(self.sizes.pop(0), most) if self.sizes else b""

    def close(self):
        self.closed = True


@pytest.mark.parametrize("sizes", [(10,), (3999, 5, 7), (4000, 1), (65536,) * 9])
def test_of_what_is_printed_no_more_is_kept_and_all_is_read(sizes):
    stream, printed = Stream(*sizes), []
    watching.read(stream, printed)
    assert len(b"".join(printed)) == min(sum(sizes), 4000) and not stream.sizes
    assert stream.closed


def test_arrays_of_every_case_and_kind_of_number_are_read_and_no_other_names(tmp_path):
    kept = {"0.0.y": np.arange(3), "12.1.dlog_var": np.array(1 + 2j),
            f"1.0.{'a' * 40}": np.ones((2, 0)), "2.1.b": np.array([True])}
    others = {"0.2.y": np.ones(1), "100.0.y": np.ones(1), "0.0.": np.ones(1),
              "y": np.ones(1), f"0.0.{'a' * 41}": np.ones(1), "0.0.a b": np.ones(1)}
    np.savez(tmp_path / "a.npz", **kept, **others)
    found = read_arrays(tmp_path / "a.npz", 10**6)
    assert found.keys() == kept.keys()
    for name, value in kept.items():
        assert found[name].dtype == value.dtype and np.array_equal(found[name], value)


def test_a_long_report_is_read(tmp_path):
    """The longest message, each letter of which is an escape, and a list of names."""
    told = {"text": "\u202e" * 500, "calls": ["f" * 40] * 20, "where": "g" * 500}
    (tmp_path / "0.json").write_text(json.dumps(told))
    assert read_json(tmp_path / "0.json") == told


@pytest.mark.parametrize("line, kept", [
    (1, 1), (123, 123), (999_999, 999_999), (10**6, 0), (-1, 0), (2.0, 0), ("3", 0)])
def test_a_line_is_told_if_a_file_can_have_it(line, kept):
    report = {"status": "error", "text": "t", "line": line}
    assert runner._outcome(report, {}).line == kept


def test_where_python_and_its_modules_are_a_process_knows(tmp_path, monkeypatch):
    names = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "SYSTEMROOT", "VIRTUAL_ENV")
    for name in (*names, "HTTP_PROXY", "PYTHONSTARTUP", "LD_PRELOAD"):
        monkeypatch.setenv(name, f"of {name}")
    given = runner._environment(tmp_path)
    assert {name for name, value in given.items() if value == f"of {name}"} == {*names}


@pytest.mark.skipif(os.name != "posix", reason="by rm")
def test_a_folder_that_is_deeper_than_python_goes_is_removed(tmp_path, monkeypatch):
    def ends(folder, ignore_errors):  # as rmtree does a thousand folders down
        raise RecursionError

    (tmp_path / "-top/d/d").mkdir(parents=True)
    (tmp_path / "-top/d/file").write_text("")
    monkeypatch.setattr(runner.shutil, "rmtree", ends)
    runner._remove(tmp_path / "-top")
    assert not [*tmp_path.iterdir()]


class Ended:
    """A process that has printed something, and ended."""

    returncode, stdin = 0, None

    def __init__(self, printed, started):
        self.stdout, self.started = io.BufferedReader(io.BytesIO(printed)), started

    def __call__(self, order, **how):
        self.started.append((order, how))
        return self

    def poll(self):
        return 0

    def end(self):
        self.started.append("end")


@pytest.mark.parametrize("printed, shown", [
    (b"a\xffb\n", "a\ufffdb\n"), ("ü\u2028".encode(), "ü\u2028"),
    (b"a" * 4500, "a" * 4000)])
def test_what_is_printed_is_shown_though_it_be_no_text(printed, shown, tmp_path):
    started, lab = [], LABS["01"]
    (tmp_path / "out").mkdir()
    found = runner._run("order.json", tmp_path, 5.0, lab, [], Ended(printed, started))
    assert found == (shown, "the process was ended before it had an answer", {})
    (order, how), end = started
    assert (order, end, how["cwd"]) == ("order.json", "end", tmp_path / "home")
    assert how["env"] == runner._environment(tmp_path)
    assert (how["stdin"], how["stdout"], how["stderr"]) == (
        subprocess.DEVNULL, subprocess.PIPE, subprocess.STDOUT)
