"""How long a student's process is waited for, by a clock that is none."""

from types import SimpleNamespace

import pytest

from scratchae.labs import check, lab_of, runner, watching

SECONDS, PARTS = 5.0, 3


class Process:
    """Leaves an outcome at each of some times, and ends by itself after the last.

    The first says that it has started, the second that the file has been read; then
    there is one for each part.
    """

    def __init__(self, folder, times, ends):
        (folder / "out").mkdir()
        (folder / "loop.txt").write_text("asked, and answered")
        self.out, self.times, self.ends, self.now = folder / "out", times, ends, 0.0

    def poll(self):
        for i, time in enumerate(self.times):
            if time <= self.now:
                (self.out / f"{i}.json").touch()
        return 0 if self.ends and self.now >= self.times[-1] else None

    def send_signal(self, number):
        pass

    def sleep(self, seconds):
        self.now += 0.25


@pytest.fixture
def watched(tmp_path, monkeypatch):
    """A function of times: how such a process has ended, and when."""

    def watch(*times, ends=True):
        process = Process(tmp_path, times, ends)
        monkeypatch.setattr(watching, "ask", lambda *given: None)
        monkeypatch.setattr(watching, "time", SimpleNamespace(
            monotonic=lambda: process.now, sleep=process.sleep))
        return watching.watch(process, tmp_path, SECONDS, PARTS), process.now

    return watch


def test_seconds_are_those_that_lecturers_are_told():
    assert (watching.START, watching.IMPORT) == (20.0, 10.0)


@pytest.mark.parametrize("asked, given", [(None, SECONDS), (0.25, 0.25), (70.0, 70.0)])
def test_a_part_may_take_what_is_asked_for_and_else_what_its_lab_says(
    asked, given, tmp_path, monkeypatch
):
    told = []
    monkeypatch.setattr(runner, "_run", lambda order, work, seconds, *more: (
        told.append(seconds), ("", "ended", {}))[1])
    (tmp_path / "04.py").touch()
    report = check(lab_of("04"), tmp_path / "04.py", seconds=asked)
    assert told == [given] and report.parts[0].text == "ended"


@pytest.mark.parametrize("times", [
    (1, 2, 3, 4, 5), (19, 20, 21, 22, 23),  # a cold disk
    (1, 15.5, 16, 17, 18),  # what the file imports is Numba
    (1, 2, 6.5, 11, 15.5),  # each part takes nearly all of its time
    (19, 33, 37.5, 42, 46),  # all of these at once
])
def test_who_is_slow_within_each_time_that_is_given_is_waited_for(times, watched):
    assert watched(*times) == ("", times[-1])


@pytest.mark.parametrize("times, when", [
    ((), 20), ((19,), 34), ((1,), 16), ((1, 2), 7), ((1, 2, 6), 11), ((1, 15), 20),
    ((1, 2, 3, 7), 12),
])
def test_who_leaves_nothing_any_more_has_the_time_of_one_step(times, when, watched):
    assert watched(*times, ends=False) == ("loops", when + 0.25)


def test_who_says_more_than_there_is_to_say_has_not_more_than_all_parts_may_take(
    watched
):
    whole = 20 + 10 + (PARTS + 1) * SECONDS
    assert watched(*range(0, 90, 4), ends=False) == ("loops", whole + 0.25)
