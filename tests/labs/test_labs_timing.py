"""Lab 15's race: its clock and its numbers are out of the student's reach."""

import contextlib
import itertools
import math
import os
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest
from conftest import HANGS
from lab_tools import LABS

from scratchae.labs import check, runner, timing
from scratchae.labs.specification import Lab, Part, Race, Tensor

RACE, B = Race("product", 3, enough=3.0), np.random.default_rng(0).random((5, 4))


@pytest.fixture
def loop_of_6_s(monkeypatch):
    """The plain loop takes 8, 6, 8, 6, ... seconds by a clock that is none."""
    ticks = itertools.accumulate(itertools.cycle([1, 8, 1, 6]))
    monkeypatch.setattr(timing, "CLOCK", lambda: next(ticks))
    monkeypatch.setattr(timing, "plain_loop",
                        lambda: lambda A, B, C: np.matmul(A, B, out=C))


def test_the_ratio_is_that_of_the_shortest_rounds(loop_of_6_s):
    seconds = itertools.chain([9.0, 5.0, 2.0, 5.0, 9.0], itertools.repeat(1.0))
    assert timing.times_faster(RACE, B, lambda A: (A @ B, next(seconds))) == 3.0


def test_who_is_too_slow_has_more_rounds_until_patience_ends(loop_of_6_s, monkeypatch):
    seconds = itertools.chain([9.0] * 20, itertools.repeat(1.5))
    assert timing.times_faster(RACE, B, lambda A: (A @ B, next(seconds))) == 4.0
    monkeypatch.setattr(timing, "PATIENCE", 0.0)
    assert timing.times_faster(RACE, B, lambda A: (A @ B, 12.0)) < 1


def last_row(C, times):
    C[-1, -1] *= times
    return C


def test_one_wrong_answer_ends_the_race(loop_of_6_s):
    answers = itertools.chain([1.0] * 3, itertools.repeat(1 + 1e-6))
    with pytest.raises(timing.Wrong, match=r"wrong for A \(3, 5\) and B \(5, 4\)"):
        timing.times_faster(RACE, B, lambda A: (last_row(A @ B, next(answers)), 1.0))
    assert timing.times_faster(RACE, B, lambda A: (None, math.inf)) is None


FAKES = """
import time
import numpy as np

time.perf_counter = time.process_time = time.thread_time = lambda: 0.0
measured = {"ratio": 99.0}
kept = []

def speed(A, B):
    return 99.0

def plain(A, B):
    time.sleep(1)

"""


@pytest.mark.parametrize("product, status, words", [
    ("time.sleep(0.01); return A @ B", "fail", ""),  # right, but as slow as it is
    ("kept.append(A @ B); return kept[0]", "fail", "product is wrong for A (3, 5)"),
    ("return (A @ B)[:2]", "fail", "product is of another size"),
    ("return np.ones((9, 9))", "fail", "product is of another size"),
    ("return A @ B[0]", "error", "ValueError: "),
    ("raise NotImplementedError('Lab 99, part 1: y')", "not written yet", "Lab 99"),
    ("import os; os._exit(0)", "error", "the process was ended before"),
])
def test_no_clock_of_a_students_file_counts(tmp_path, monkeypatch, product, status,
                                            words):
    monkeypatch.setattr(timing, "PATIENCE", 0.0 if not words else 10.0)
    path = tmp_path / "mine.py"
    path.write_text(FAKES + f"def product(A, B):\n{textwrap.indent(product, '    ')}\n")
    race = Part("speed", lambda rng, s: {"B": B}, equal=False, solution="nowhere",
                race=Race("product", 3, enough=1e6),
                tensors=(Tensor("times", lambda v: np.array(1e6)),))
    (part,) = check(Lab("99", "a lab", "", (race,), seconds=60.0), path).parts
    assert part.status == status and words in part.text, part
    assert bool(part.said) == (status == "fail" and not words)


def test_the_speed_that_is_told_is_the_one_that_was_reached():
    part = Part("speed", lambda rng, s: {"B": B}, (Tensor("times", None),), "nowhere",
                race=RACE)
    for end, kept in (99.26, 3.0), (2.24, 2.24):
        found = runner._raced(part, runner.Outcome("returned"), end)
        assert found.said == f"product is {end:.1f} times as fast as the plain loop"
        assert [float(answers[0]["times"]) for answers in found.answers.values()] == [
            kept] * 3


def test_a_clock_of_another_process_is_that_of_the_work_and_not_of_the_waiting():
    code = ("import time; t = time.process_time\nwhile t() < 0.1: pass\n"
            "print(t(), flush=True); input()")
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as process:
        used = float(process.stdout.readline())
        clock = timing.clock_of(process)
        if clock is not time.perf_counter:
            assert used <= clock() < 10 * used
        process.stdin.write(b"\n")


def test_five_rounds_are_run_at_least_each_with_numbers_that_nobody_knows(loop_of_6_s):
    asked = []
    for _ in range(2):
        assert timing.times_faster(RACE, B, lambda A: (asked.append(A), (A @ B, 0.5))[
            1]) == 12
    assert len(asked) == 10 and {A.shape for A in asked} == {(3, 5)}
    assert len({A.tobytes() for A in asked}) == 10


@pytest.mark.parametrize("off, right", [(1e-12, True), (1e-7, False)])
def test_rounding_in_another_order_is_no_wrong_answer(loop_of_6_s, off, right):
    found = contextlib.nullcontext() if right else pytest.raises(timing.Wrong)
    with found:
        timing.times_faster(RACE, B, lambda A: (last_row(A @ B, 1 + off), 0.5))


def test_lab_15_times_a_large_product_three_times_the_plain_loops_speed_being_enough():
    """As the hand-out and lecture 13 say: sizes that no number of steps divides."""
    *_, speed = LABS["15"].parts
    (n, d), rows = np.shape(speed.cases()[0].inputs["B"]), speed.race.rows
    assert (speed.race.function, speed.race.enough) == ("product", 3.0)
    assert speed.tensors[0].right(None) == 3.0
    assert rows * n * d > 3e7 and all(size % m for size in (rows, n, d)
                                      for m in range(2, 12))


def test_the_loop_that_is_raced_against_is_compiled_whatever_is_set(kernels):
    """A student's is: against an interpreted one any would be fast enough."""
    code = ("from numba import config\nfrom scratchae.labs.timing import plain_loop\n"
            "print(type(plain_loop()).__name__, config.DISABLE_JIT)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                          env=os.environ | {"NUMBA_DISABLE_JIT": "1"}, timeout=HANGS)
    assert done.stdout == "CPUDispatcher 1\n", done.stderr
