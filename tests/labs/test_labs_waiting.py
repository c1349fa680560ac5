"""A process that is waited for: the place where it hangs, its files, its clock."""

import os
import signal
import time
from types import SimpleNamespace

import pytest

from scratchae.labs import timing, watching


class Hanging:
    """Writes more of its answer at each look, and ends after some, if ever."""

    def __init__(self, answer, written, looks=None):
        self.answer, self.written, self.looks = answer, [*written], looks
        self.now, self.slept, self.told = 0.0, 0, []

    def poll(self):
        return 0 if self.slept == self.looks else None

    def send_signal(self, number):
        self.told.append(number)

    def sleep(self, seconds):
        self.now, self.slept = self.now + seconds, self.slept + 1
        if self.written:
            with open(self.answer, "a") as file:
                file.write(self.written.pop(0))


@pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="Unix")
@pytest.mark.parametrize("written, looks, slept", [
    (["", "", "File", " line", " 3", ""], None, 6),  # until nothing more is written
    (["File"], None, 2), ([""] * 99, None, 40),  # 2 s, and no longer
    ([""] * 99, 3, 3), (["File", " line"], 1, 1),  # it has ended
])
def test_a_process_that_hangs_is_waited_for_until_it_has_said_where(
        written, looks, slept, tmp_path, monkeypatch):
    process = Hanging(tmp_path / "loop.txt", written, looks)
    monkeypatch.setattr(watching, "time", SimpleNamespace(
        monotonic=lambda: round(process.now, 9), sleep=process.sleep))
    watching.ask(process, process.answer)
    assert process.slept == slept and process.told == [signal.SIGUSR1]


def test_where_a_process_cannot_be_asked_it_is_not(tmp_path, monkeypatch):
    process = Hanging(tmp_path / "loop.txt", [])
    monkeypatch.setattr(watching, "signal", SimpleNamespace())  # as on Windows
    watching.ask(process, process.answer)
    assert not process.slept and not process.told


def test_a_link_to_something_large_is_small(tmp_path):
    with open(tmp_path / "large", "wb") as file:
        file.truncate(10**9)
    (tmp_path / "out").mkdir()
    (tmp_path / "out/link").symlink_to(tmp_path / "large")
    done, files, size = watching.left(tmp_path / "out")
    assert (done, files) == (0, 1) and size < 10**4


@pytest.mark.parametrize("below, whose", [("", 4321), ("77 78 ", 77)])
def test_the_clock_is_that_of_the_process_that_works_and_not_of_who_confines_it(
        below, whose, monkeypatch):
    """clock_getcpuclockid(3): the number's complement, three bits, of them 2."""
    read, asked = [], []
    monkeypatch.setattr(timing, "Path", lambda path: read.append(path) or (
        SimpleNamespace(read_text=lambda encoding: below)))
    monkeypatch.setattr(time, "clock_gettime", asked.append, raising=False)
    timing.clock_of(SimpleNamespace(pid=4321))()
    assert read == ["/proc/4321/task/4321/children"]
    assert asked == [-8 * (whose + 1) + 2] * 2


def test_without_such_clocks_all_time_counts(monkeypatch):
    def none(number):
        raise OSError("no such clock")

    monkeypatch.setattr(time, "clock_gettime", none, raising=False)
    assert timing.clock_of(SimpleNamespace(pid=os.getpid())) is time.perf_counter


@pytest.mark.parametrize("files, size, why", [
    (100, 0, ""), (101, 0, "writes"), (1, 2**26, ""), (1, 2**26 + 1, "writes")])
def test_a_hundred_files_and_64_megabytes_may_be_left_and_no_more(
        files, size, why, tmp_path):
    (tmp_path / "out").mkdir()
    for i in range(files):
        (tmp_path / f"out/{i}").touch()
    with open(tmp_path / "out/0", "wb") as file:
        file.truncate(size)
    ends = iter([None, 0])
    process = SimpleNamespace(poll=lambda: next(ends))
    assert watching.watch(process, tmp_path, 5.0, 1) == why
