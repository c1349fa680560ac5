"""How many times a student's function is as fast as a plain loop, by a clock of ours.

The clock is never in the student's process. It runs from the moment before A is sent, a
new one in every round, to the moment at which the whole of A B is here, and this has to
be right. B is there before, so that little is read while the clock runs. Where the
system has such clocks they count the processor's time that the student's process used,
all its threads, and that the plain loop used, which has its turns in this process: what
else runs on the machine makes neither longer.
"""

import contextlib
import functools
import itertools
import math
import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from scratchae.labs.results import read_bytes
from scratchae.labs.watching import BYTES

ROUNDS = 5  # at least
PATIENCE = 10.0  # seconds in which more are run, as long as it is too slow
TICK = 0.0005  # seconds between two looks at whether there is an answer,
LOOK = 0.01  # and at whether the process is ready
MEANWHILE = 60  # such looks, after which what is waited for compiles, and so do we
CLOCK = (time.thread_time if time.get_clock_info("thread_time").resolution < 1e-5
         else time.perf_counter)


@dataclass(frozen=True)
class Race:
    """function : of the student's file, that is to give A B   rows : of A
    enough : times the plain loop's speed, more than which is not asked
    """

    function: str
    rows: int
    enough: float


class Wrong(Exception):
    """What is wrong with an answer, in words."""


def loop_ijk(A, B, C):
    """C = A B, as it is handed out."""
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            total = 0.0
            for k in range(A.shape[1]):
                total += A[i, k] * B[k, j]
            C[i, j] = total


@functools.cache
def plain_loop():
    """The loop, compiled; without Numba as it is.

    The student's, in a process of its own, is compiled whatever NUMBA_DISABLE_JIT says.
    """
    try:
        from numba import config, njit
    except ImportError:
        return loop_ijk
    before, config.DISABLE_JIT = config.DISABLE_JIT, 0
    try:
        loop = njit(nogil=True)(loop_ijk)
        loop(np.ones((1, 1)), np.ones((1, 1)), np.empty((1, 1)))
    finally:
        config.DISABLE_JIT = before
    return loop


def times_faster(race, B, ask):
    """The ratio of the shortest rounds; None if the answers end, Wrong if one is.

    ask : function of A; the answer, or None, and the seconds that it took
    """
    loop = plain_loop()
    rng = np.random.default_rng()  # nobody is to know the numbers before
    own = plain = math.inf
    start = time.monotonic()
    for turn in itertools.count(1):
        A, C = rng.random((race.rows, len(B))), np.empty((race.rows, B.shape[1]))
        before = CLOCK()
        loop(A, B, C)
        plain = min(plain, CLOCK() - before)
        answer, seconds = ask(A)
        if answer is None:
            return None
        if not np.allclose(answer, C, rtol=1e-9, atol=1e-9):
            raise Wrong(f"{race.function} is wrong for A {A.shape} and B {B.shape}")
        own = min(own, seconds)
        late = time.monotonic() - start > PATIENCE
        if late or turn >= ROUNDS and plain / own >= race.enough:
            return plain / own


def clock_of(process):
    """A clock of the processor's time that a process used; of all time without Linux.

    A process that confines another one is not it: its child is.
    """
    with contextlib.suppress(OSError, ValueError, AttributeError):
        pid = process.pid
        path = Path(f"/proc/{pid}/task/{pid}/children")
        if children := path.read_text(encoding="utf-8").split():
            pid = int(children[0])
        number = ~pid << 3 | 2  # Linux' clock of a process, by its number
        time.clock_gettime(number)
        return functools.partial(time.clock_gettime, number)
    return time.perf_counter


class Timer(threading.Thread):
    """Holds the races of a process while it runs.

    work : the folder of its order, with out/ of its answers
    races : {number of a part: (Race, B)}
    ends : {number: times faster, None or words}, filled in as they are run
    """

    def __init__(self, process, work, races):
        super().__init__(daemon=True)
        self.process, self.work, self.races, self.ends = process, work, races, {}

    def run(self):
        """One race after the other, each when the process says that it is ready."""
        for number, (race, B) in self.races.items():
            if not self.wait_for(number):
                return
            try:
                self.ends[number] = times_faster(race, B, self.asking(number, race, B))
            except Wrong as wrong:
                self.ends[number] = str(wrong)
            except OSError:  # the process has ended
                self.ends[number] = None
        if self.races:
            with contextlib.suppress(OSError):
                self.process.stdin.close()

    def wait_for(self, number):
        """Whether the process says that it is ready for a race before it ends."""
        for look in itertools.count():
            if (self.work / f"out/{number}.ready.json").exists():
                return True
            if self.process.poll() is not None:
                return False
            if look == MEANWHILE:
                plain_loop()
            time.sleep(LOOK)

    def asking(self, number, race, B):
        """The function that sends A and waits for the answer."""
        n, h = race.rows, B.shape[1]
        answer, clock = self.work / f"out/{number}.answer", clock_of(self.process)

        def ask(A):
            start = clock()
            (self.work / f"{number}.question").write_bytes(A.tobytes())
            self.process.stdin.write(b"?")
            self.process.stdin.flush()
            while (data := read_bytes(answer, BYTES)) is None:
                if self.process.poll() is not None:
                    return None, math.inf
                time.sleep(TICK)
            seconds = clock() - start
            os.unlink(answer)
            if len(data) != 8 * n * h:
                raise Wrong(f"{race.function} is of another size for A {A.shape} and "
                            f"B {B.shape}")
            return np.frombuffer(data).reshape(n, h), seconds

        return ask
