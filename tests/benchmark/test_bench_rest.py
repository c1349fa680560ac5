"""A contender of the benchmark hands over when its threads have come to rest."""

import pytest

from scratchae.benchmark import worker as worker_room
from scratchae.benchmark.worker import Worker

pytestmark = pytest.mark.lecture13


class Clock:
    """Stands in for `time`: each sleep lasts as it is told, and so much is worked."""

    def __init__(self, *worked):
        self.worked, self.now, self.busy, self.sleeps = [*worked], 0.0, 0.0, 0

    def perf_counter(self):
        return self.now

    def process_time(self):
        return self.busy

    def sleep(self, seconds):
        self.sleeps, self.now = self.sleeps + 1, self.now + seconds
        self.busy += seconds * (self.worked.pop(0) if len(self.worked) > 1
                                else self.worked[0])


@pytest.mark.parametrize("worked, sleeps", [
    ((0.0,), 1), ((0.05,), 1), ((1.0, 1.0, 0.2, 0.0), 4), ((2.0, 0.0), 2),
])
def test_a_worker_waits_until_its_threads_have_come_to_rest(
    worked, sleeps, monkeypatch
):
    """Of two processors; a thread that spins takes one whole."""
    clock = Clock(*worked)
    monkeypatch.setattr(worker_room, "time", clock)
    worker_room.come_to_rest()
    assert clock.sleeps == sleeps


def test_a_worker_whose_threads_never_rest_waits_for_a_second(monkeypatch):
    clock = Clock(1.0)
    monkeypatch.setattr(worker_room, "time", clock)
    worker_room.come_to_rest()
    assert clock.now == pytest.approx(1.0, abs=0.02)


def test_a_worker_answers_when_it_has_come_to_rest(monkeypatch):
    """Whoever is next begins with the answer."""
    done = []
    monkeypatch.setattr(worker_room, "come_to_rest", lambda: done.append("at rest"))
    monkeypatch.setattr(worker_room, "print", lambda answer, flush: done.append(answer),
                        raising=False)
    monkeypatch.setattr(Worker, "step", lambda self, work: [work], raising=True)
    monkeypatch.setattr(worker_room.sys, "argv", ["worker", "torch", "1"])
    orders = ['{"task": "step", "work": 2}', '{"task": "step", "work": 3}']
    monkeypatch.setattr(worker_room.sys, "stdin", orders)
    worker_room.main()
    assert done == ["at rest", "[2]", "at rest", "[3]"]
