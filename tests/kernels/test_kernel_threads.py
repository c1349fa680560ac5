"""Kernels on threads: equal bits, two callers at once, and how threads meet."""

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from kernel_tools import run
from without_numba import numba_or_skip

numba = numba_or_skip()
if numba.config.DISABLE_JIT:
    pytest.skip("nothing is compiled here", allow_module_level=True)

from scratchae import kernels  # noqa: E402
from scratchae.kernels import pool as pools  # noqa: E402
from scratchae.kernels.compile import kernel  # noqa: E402
from scratchae.kernels.pool import Pool, on_all_threads  # noqa: E402
from scratchae.kernels.shares import FIRST, next_rows, shares_of, take  # noqa: E402
from scratchae.kernels.tasks import EachThread  # noqa: E402

pytestmark = pytest.mark.lecture13

STEP = """
import hashlib
import numpy as np
from scratchae import kernels as K

rng = np.random.default_rng(0)
W, V = (0.05 * rng.normal(size=s).astype("f4") for s in ((77, 61), (61, 77)))
theta = [W.ravel().copy(), V.ravel().copy()]
state = [[np.zeros_like(t) for _ in range(2)] for t in theta]
b, c = np.zeros(61, "f4"), np.zeros(77, "f4")
for t in range(1, 201):
    W, V = theta[0].reshape(77, 61), theta[1].reshape(61, 77)
    x = rng.random((51, 77), dtype="f4")
    h, below = K.layer_forward(x, W, b, "relu")
    logits, above = K.layer_forward(h, V, c)
    loss, da = K.bernoulli_nll(logits, x, 1 / 51)
    dV, dc, dW, db = (np.empty_like(p) for p in (V, c, W, b))
    da = K.layer_backward(da, above, dV, dc, below)
    K.layer_backward(da, below, dW, db, input_gradient=False)
    for p, (g, s) in enumerate(zip((dW, dV), state)):
        K.adam_step(theta[p], g.ravel(), *s, t)
long = rng.normal(size=(4, 50_000)).astype("f4")  # some blocks for each thread
long[3] **= 2
squares = K.adam_step(*long, 9), K.squared_norm(long[1]), K.mean_loss(loss)
results = b"".join(p.tobytes() for p in (*theta, loss, dc, db, long))
line = f"{hashlib.sha256(results).hexdigest()} {squares}"
print(line + "\\n", end="")  # one write, as two threads share the terminal
"""


def test_weights_have_the_same_bits_for_one_and_two_threads():
    one, two = (run(STEP, NUMBA_NUM_THREADS=threads) for threads in "12")
    assert one == two


def test_two_python_threads_may_train_at_once():
    code = "\n".join(
        ["import threading", "def work():"]
        + ["    " + line for line in STEP.strip().splitlines()]
        + ["threads = [threading.Thread(target=work) for _ in range(2)]"]
        + ["for t in threads: t.start()", "for t in threads: t.join()"]
    )
    lines = run(code, NUMBA_NUM_THREADS="2")
    assert len(set(lines.splitlines())) == 1


@EachThread
def count_blocks(thread, pool, taken, by):
    for turn in range(shares_of(pool)):
        share = (thread + turn) % shares_of(pool)
        block = take(pool, FIRST, share)
        while block < taken.shape[1]:
            taken[share, block] += 1
            by[thread] += 1
            block = take(pool, FIRST, share)


@kernel
def count_all(pool, taken, by, regions, worth):
    for _ in range(regions):
        on_all_threads(pool, count_blocks, (taken, by), worth)


@pytest.fixture(params=[1, 2, 5])
def pool(request, monkeypatch):
    """A pool of so many threads, which may be more than there are cores."""
    monkeypatch.setattr(pools, "THREADS", request.param)
    pool = Pool()
    yield pool
    pool.stop()
    assert not any(thread.is_alive() for thread in pool.threads)


def test_every_block_of_every_share_is_taken_once(pool):
    with pool.lock:
        words = pool.running()
        threads = shares_of.py_func(words)
        taken, by = np.zeros((threads, 1000), int), np.zeros(threads, int)
        for _ in range(20):
            count_all(words, taken, by, 20, True)
    assert (taken == 400).all() and by.sum() == taken.sum()


def test_threads_come_where_there_is_work_and_only_as_many_as_are_in_use(pool):
    with pool.lock:
        words = pool.running()
        threads = shares_of.py_func(words)
        taken, by = np.zeros((threads, 10**5), int), np.zeros(threads, int)
        count_all(words, taken, by, 1, False)
        assert not by[1:].any(), "not worth waking anybody"
    end = time.monotonic() + 60  # a busy machine may keep some away for long
    while not by.all() and time.monotonic() < end:
        with pool.lock:
            words = pool.running()
            count_all(words, taken, by, 1, True)
    assert by.all()
    pool.limit(1)
    by[:] = 0
    with pool.lock:
        words = pool.running()
        count_with_all_then_alone(words, taken, by)
    assert not by[1:].any()


@kernel
def count_with_all_then_alone(pool, taken, by):
    """While the others are still awake, and would come."""
    for _ in range(50):
        pool[pools.IN_USE] = pool[pools.THREADS_AT]
        on_all_threads(pool, count_blocks, (taken[:, :99], by.copy()), True)
        pool[pools.IN_USE] = 1
        on_all_threads(pool, count_blocks, (taken, by), True)


@kernel
def comes_in(pool, number):
    return pools.come_in(pool, number)


def test_nobody_comes_into_a_region_that_is_closed_or_another():
    words = np.zeros(pools.HEAD, np.int64)
    for word in (7 * pools.NUMBER, 7 * pools.NUMBER + 2, 8 * pools.NUMBER + pools.OPEN):
        words[pools.REGION] = word
        assert not comes_in(words, 7) and words[pools.REGION] == word
    assert comes_in(words, 8) and words[pools.REGION] == word + 1


@EachThread
def wait_long(thread, pool, done, rounds):
    first, last = next_rows(pool, done.size, 1)
    while first < last:
        x = 1.0
        for _ in range(rounds if thread > 0 else 1):  # the caller is through at once
            x = x / 3 + 1
        done[first] = x
        first, last = next_rows(pool, done.size, 1)


@kernel
def wait_for_all(pool, done, rounds):
    on_all_threads(pool, wait_long, (done, rounds), True)


def test_more_threads_than_there_are_and_none_are_refused(pool):
    for threads in 0, pools.THREADS + 1:
        words = f"threads must be from 1 to {pools.THREADS}. Got {threads}."
        with pytest.raises(ValueError, match=f"^{re.escape(words)}$"):
            pool.limit(threads)


def test_ctrl_c_while_threads_start_leaves_the_kernels_to_others(monkeypatch):
    def interrupted(words, number):
        raise KeyboardInterrupt

    monkeypatch.setattr(pools, "THREADS", 2)
    monkeypatch.setattr(pools, "started", interrupted)
    pool = Pool()
    for _ in range(2):  # the second would wait for ever
        with pytest.raises(KeyboardInterrupt), pool.lock:
            pool.running()
        with ThreadPoolExecutor(1) as another:  # whoever has it may take it again
            assert another.submit(pool.lock.acquire, False).result()
            another.submit(pool.lock.release).result()


def test_where_no_thread_can_be_started_the_caller_does_all(monkeypatch):
    def refuse(self):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(pools, "THREADS", 3)
    monkeypatch.setattr(pools.threading.Thread, "start", refuse)
    pool = Pool()
    with pool.lock:
        words = pool.running()
        taken, by = np.zeros((3, 50), int), np.zeros(3, int)
        count_all(words, taken, by, 2, True)
    assert (taken == 2).all() and not by[1:].any() and not pool.threads
    pool.stop()


def test_the_caller_waits_for_all_who_are_inside(pool):
    """Longer than it spins: it sleeps, and the last who leaves wakes it."""
    for _ in range(20):
        done = np.zeros(200)
        with pool.lock:
            words = pool.running()
            wait_for_all(words, done, 10**5)
        assert done.all()


def test_the_pool_is_entered_by_its_lock_alone():
    """Ctrl-C inside an `__enter__` of Python's leaves the lock taken for ever."""
    assert not hasattr(Pool, "__enter__") and not hasattr(Pool, "__exit__")
    assert type(pools.POOL.lock) is type(threading.RLock())


def test_what_a_signal_asks_for_inside_the_pool_is_done_there():
    """A model that is scored by a handler, while another is trained."""
    x = np.ones((300, 200), np.float32)
    with pools.POOL.lock:
        assert kernels.squared_error(x, x, 1.0)[0].sum() == 0


def test_threads_that_have_gone_to_sleep_are_woken(pool):
    with pool.lock:
        words = pool.running()
        asleep = words[pools.ASLEEP :: pools.RECORD][1:]
        for _ in range(5):
            end = time.monotonic() + 60
            while not asleep.all() and time.monotonic() < end:
                time.sleep(0.01)
            assert asleep.all(), "who has nothing to do sleeps"
            done = np.zeros(100)
            wait_for_all(words, done, 10**5)
            assert done.all()


@pytest.mark.parametrize("pause", [1e-8, 6e-8])
def test_threads_wait_awake_for_a_time_however_long_a_pause_is(pause, monkeypatch):
    now, tries = [0.0], [0]

    def spin(words, turns):
        tries[0] += 1
        now[0] += turns * pause * (50 if tries[0] == 3 else 1)  # once interrupted

    monkeypatch.setattr(pools, "spin", spin)
    monkeypatch.setattr(pools.time, "perf_counter", lambda: now[0])
    turns = pools.turns_in(pools.SPIN, None)
    assert turns * pause == pytest.approx(pools.SPIN, rel=1e-3)


def test_the_threads_of_a_pool_know_how_many_turns_they_wait(pool):
    with pool.lock:
        words = pool.running()
        assert words[pools.TURNS] > 100


@EachThread
def fail(thread, pool, who):
    first, last = next_rows(pool, 100, 1)
    while first < last:
        if thread == who:
            raise ValueError
        for _ in range(10**5):
            pool[pools.DATA + 4] += 1
        first, last = next_rows(pool, 100, 1)


@kernel
def fail_in(pool, who):
    on_all_threads(pool, fail, (who,), True)


def test_a_failure_in_any_thread_is_raised_and_the_next_kernel_works(pool):
    with pool.lock:
        words = pool.running()
        for who in range(shares_of.py_func(words)):
            end = time.monotonic() + 60
            with pytest.raises(RuntimeError, match="a kernel failed"):
                while time.monotonic() < end:
                    fail_in(words, who)
        words[pools.FAILED] = 1  # another thread failed as well
        with pytest.raises(RuntimeError, match="a kernel failed"):
            fail_in(words, 0)
        done = np.zeros(10)
        wait_for_all(words, done, 10)
        assert done.all()
