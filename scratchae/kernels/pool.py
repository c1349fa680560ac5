"""The threads that kernels run on, and how they meet.

A kernel says what one thread does; `on_all_threads` opens a *region*, in which each
thread that is awake does it. The work is shared out by counters (`shares.py`), so that
whoever comes does what is left. Nobody is waited for who has not come in: the caller
does the work of those who sleep, closes the region when nothing is left, and waits only
for those inside to finish the block that they hold. So a processor that another program
has taken costs little more than its share of the work. Threads that have nothing to do
sleep after a short spin. Results do not depend on who came.

One word says all about a region, and is changed in single steps:

    number of the region  |  SLEEPS: wake the caller  |  OPEN: come in  |  who is inside

The threads are Python's, in a loop that needs no GIL. They start with the first kernel,
and anew in a process that was forked.
"""

import atexit
import contextlib
import os
import threading
import time

import numpy as np
from numba import config, types

from scratchae.kernels.atomic import (
    acquire,
    add,
    change,
    look,
    new_bed,
    pause,
    swap,
    wake,
    wake_up,
)
from scratchae.kernels.compile import THREADS, inline, kernel
from scratchae.kernels.shares import HEAD, LINE, RECORD, THREADS_AT, start_shares
from scratchae.kernels.tasks import run_task, task_of

OPEN, SLEEPS, NUMBER = 1 << 16, 1 << 17, 1 << 18  # below: how many are inside
INSIDE = OPEN - 1

# Words of a pool. A thread's record begins with whether it sleeps, and where.
REGION, TASK, DATA, STOP, FAILED = 0, LINE, LINE + 1, LINE + 2, LINE + 3
ASLEEP, BED = HEAD, HEAD + 1
IN_USE, TURNS = THREADS_AT + 1, THREADS_AT + 2  # threads that may come in; SPIN

SPIN = 1e-4  # seconds that a thread waits awake: to be woken takes half of that
TRIED = 1000  # turns of its loop, to see how long they take


@inline
def on_all_threads(pool, part, arguments, worth):
    """part(thread, pool, *arguments) on each thread that comes, and on this one.

    part : an EachThread
    worth : False where the work is less than it takes to wake a thread
    """
    start_shares(pool)
    task, data = task_of(part, pool, arguments)
    if worth:
        open_region(pool, task, data)
    failed = run_task(task, data, 0)
    if worth:
        close_region(pool)
    if swap(pool, FAILED, 0) or failed:
        # NUMBA_BOUNDSCHECK=1 has found an index, or there is no memory for a thread.
        raise RuntimeError("a kernel failed")


@inline
def open_region(pool, task, data):
    """Let threads come in, and wake those that sleep."""
    pool[TASK], pool[DATA] = task, data
    swap(pool, REGION, (look(pool, REGION) // NUMBER + 1) * NUMBER + OPEN)
    for thread in range(1, pool[IN_USE]):
        if look(pool, ASLEEP + thread * RECORD) and swap(
            pool, ASLEEP + thread * RECORD, 0
        ):
            wake(pool[BED + thread * RECORD])


@inline
def close_region(pool):
    """Nobody comes in any more; wait for those who are inside."""
    add(pool, REGION, -OPEN)
    for _ in range(pool[TURNS]):
        if look(pool, REGION) & INSIDE == 0:
            return
        pause()
    if add(pool, REGION, SLEEPS) & INSIDE:  # the last to leave will see it
        acquire(pool[BED], 1)
    add(pool, REGION, -SLEEPS)


@kernel
def serve(pool, thread):
    """What a thread does all its life: wait for a region, come in, work, leave."""
    seen = 0
    while True:
        seen = next_region(pool, thread, seen)
        if pool[STOP]:
            return
        if thread < pool[IN_USE] and come_in(pool, seen):
            if run_task(pool[TASK], pool[DATA], thread):
                swap(pool, FAILED, 1)
            before = add(pool, REGION, -1)
            if before & SLEEPS and before & INSIDE == 1:
                wake(pool[BED])


@inline
def next_region(pool, thread, seen):
    """The number of an open region that is not the one seen last; spin, then sleep."""
    while True:
        for _ in range(pool[TURNS]):
            word = look(pool, REGION)
            if is_new(word, seen):
                return word // NUMBER
            pause()
        swap(pool, ASLEEP + thread * RECORD, 1)
        # The caller opens first and then looks who sleeps; here it is the other way
        # round, so that one of the two sees the other.
        if not is_new(look(pool, REGION), seen) or not swap(
            pool, ASLEEP + thread * RECORD, 0
        ):
            acquire(pool[BED + thread * RECORD], 1)


@inline
def is_new(word, seen):
    """Whether this region is open, and another than the one seen last."""
    return word & OPEN != 0 and word // NUMBER != seen


@inline
def come_in(pool, number):
    """Be counted among those inside; False where the region has been closed."""
    while True:
        word = look(pool, REGION)
        if word & OPEN == 0 or word // NUMBER != number:
            return False
        if change(pool, REGION, word, word + 1):
            return True


@kernel
def let_go(pool):
    """All threads end: STOP is there before the region that they look up at."""
    swap(pool, STOP, 1)
    swap(pool, REGION, (look(pool, REGION) // NUMBER + 1) * NUMBER + OPEN)


@kernel
def spin(pool, turns):
    """So many turns of the loops above, in vain."""
    for _ in range(turns):
        look(pool, REGION)
        pause()


def turns_in(seconds, pool):
    """How many turns take so long: a pause is 10 to 60 ns, as the processor likes."""
    spin(pool, 1)
    took = []
    for _ in range(5):  # of which other programs may have interrupted some
        start = time.perf_counter()
        spin(pool, TRIED)
        took.append(time.perf_counter() - start)
    return int(seconds / min(took) * TRIED)


class Pool:
    """The threads of this process: `with POOL.lock: a_kernel(POOL.running(), ...)`.

    One Python thread at a time is inside; the others wait. The lock is Python's own,
    whose `with` no Ctrl-C comes between: an `__enter__` written here could be left with
    the lock taken, and every kernel after it would wait for ever. The thread that has
    it may take it again: a signal's handler that scores a model comes between two
    kernels, or before the first.
    """

    def __init__(self):
        self.words, self.threads, self.lock = None, [], threading.RLock()
        atexit.register(self.stop)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self.forget)

    def running(self):
        """Its words, for who holds the lock; the threads start with the first call."""
        if self.words is None:
            self.start()
        return self.words

    def start(self):
        """All threads but the caller's. Where the system gives fewer, they do more."""
        words = np.zeros(HEAD + THREADS * RECORD, np.int64)
        words[THREADS_AT] = words[IN_USE] = THREADS
        if not config.DISABLE_JIT:
            words[BED::RECORD] = [new_bed() for _ in range(THREADS)]
            words[TURNS] = turns_in(SPIN, words)
            serve.compile((types.int64[::1], types.intp))
            let_go.compile((types.int64[::1],))
            with contextlib.suppress(RuntimeError):  # no more threads are to be had
                for number in range(1, THREADS):
                    self.threads.append(started(words, number))
        self.words = words

    def limit(self, threads=THREADS):
        """Use so many threads from now on in this process; all without an argument."""
        if not 1 <= threads <= THREADS:
            raise ValueError(f"threads must be from 1 to {THREADS}. Got {threads}.")
        with self.lock:
            self.running()[IN_USE] = threads

    def stop(self):
        """End the threads, before Python takes away what they stand on."""
        if not self.threads or not self.lock.acquire(timeout=1):
            return
        let_go(self.words)
        for bed in self.words[BED::RECORD][1:]:
            wake_up(bed)
        for thread in self.threads:
            thread.join(timeout=1)
        self.lock.release()

    def forget(self):
        """In a new child: its parent's threads, and who held the lock, are not here."""
        self.words, self.threads, self.lock = None, [], threading.RLock()


def started(words, number):
    """A thread that serves these words as long as it lives."""
    thread = threading.Thread(target=serve, args=(words, number), daemon=True,
                              name=f"kernels {number}")
    thread.start()
    return thread


POOL = Pool()

if config.DISABLE_JIT:

    def on_all_threads(pool, part, arguments, worth):
        start_shares(pool)
        for thread in range(THREADS):
            part(thread, pool, *arguments)


def check_process():
    """Raise RuntimeError where kernels would crawl."""
    if config.DISABLE_JIT:
        raise RuntimeError(
            "with NUMBA_DISABLE_JIT=1 Python would run their loops, for hours; what "
            "chooses NumPy is SCRATCHAE_BACKEND=numpy"
        )
