"""Two processes share out the compiling: nothing twice, nothing lost, nobody left."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import HANGS
from kernel_tools import double, empty_cache, run
from without_numba import numba_or_skip

numba = numba_or_skip()
if numba.config.DISABLE_JIT:
    pytest.skip("nothing is compiled here", allow_module_level=True)

from scratchae import kernels  # noqa: E402
from scratchae.files import for_a_process  # noqa: E402
from scratchae.kernels import ahead, cache  # noqa: E402
from scratchae.kernels.compile import compile_seconds, kernel  # noqa: E402

pytestmark = pytest.mark.lecture13


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """An empty place for compiled kernels, and nothing said yet."""
    return empty_cache(tmp_path, monkeypatch)


def called(compiled):
    """What the kernel makes of ones, and how many were found on disk."""
    x = np.ones(3, np.float32)
    compiled(x)
    return x.tolist(), sum(compiled.stats.cache_hits.values())


@contextlib.contextmanager
def held(compiled):
    """Another process has this kernel's turn, until the event is set."""
    there, done, entries = threading.Event(), threading.Event(), compiled._cache

    def hold():
        with contextlib.ExitStack() as stack:
            entries._cache_file.take_turn(stack, contextlib.nullcontext)
            there.set()
            done.wait(HANGS)

    other = threading.Thread(target=hold)
    other.start()
    there.wait(HANGS)
    try:
        yield done
    finally:
        done.set()
        other.join()


def test_who_waited_for_another_process_finds_its_kernel(folder, monkeypatch):
    called(kernel(double))
    (entry,) = folder.rglob("*.nbc")
    content = entry.read_bytes()
    entry.unlink()
    waiting = kernel(double)
    before, looks = compile_seconds(), []
    with held(waiting) as done:

        def look(seconds):
            looks.append(seconds)
            if len(looks) == 3:  # the other has compiled it
                entry.write_bytes(content)
                done.set()
            pause(0.01)

        pause = time.sleep
        monkeypatch.setattr(cache, "time",
                            SimpleNamespace(sleep=look, monotonic=time.monotonic))
        assert called(waiting) == ([2, 2, 2], 1)
    assert len(looks) >= 3
    assert compile_seconds() > before  # a user waited for a compiler
    assert not [*folder.rglob(".*.lock")]


def test_who_does_not_move_is_not_waited_for(folder, monkeypatch):
    monkeypatch.setattr(cache, "LONGEST", 0.05)
    compiled = kernel(double)
    with held(compiled):
        assert called(compiled) == ([2, 2, 2], 0)
    assert called(kernel(double)) == ([2, 2, 2], 1)


def test_where_files_cannot_be_locked_each_compiles(folder, monkeypatch):
    def refused(path):
        raise PermissionError("no locks here")

    monkeypatch.setattr(cache, "holding", refused)
    assert called(kernel(double)) == ([2, 2, 2], 0)
    assert called(kernel(double)) == ([2, 2, 2], 1)


def test_a_kernel_that_is_kept_may_be_compiled_by_others(folder):
    compiled = kernel(double)
    called(compiled)
    with held(compiled):  # this thread's turn is over
        assert called(kernel(double)) == ([2, 2, 2], 1)


ALL = """
import numpy as np
from scratchae import VariationalAutoencoder
from scratchae.kernels import ahead, brush, dense, gaussian, losses, noise, optimizers
from scratchae.kernels.product import threads

def kept():
    rooms = (brush, dense, gaussian, losses, noise, optimizers, threads)
    return {(name, signature) for room in rooms for name, f in vars(room).items()
            for signature in getattr(f, "signatures", ())}

for call in ahead.CALLS:
    call()
before = kept()
model = VariationalAutoencoder(2, (3,), epochs=1, random_state=0, verbose=False)
model.fit(np.random.default_rng(0).random((9, 5), dtype=np.float32))
print(len(before) > 5, sorted(name for name, _ in kept() - before))
"""


def test_a_training_compiles_nothing_that_was_not_compiled_ahead():
    assert run(ALL) == "True []"


class Child:
    """A process that is at work for so many looks."""

    def __init__(self, looks=9):
        self.looks, self.ended = looks, []

    def poll(self):
        self.looks -= 1
        return None if self.looks >= 0 else 0

    def terminate(self):
        self.ended.append("terminated")

    def wait(self):
        self.ended.append("waited for")


@pytest.fixture
def popen(monkeypatch):
    """What was started, in place of processes; the calls that were made here."""
    log = SimpleNamespace(children=[], commands=[], calls=[], atexit=[], looks=9,
                          streams={})

    def start(command, **streams):
        log.commands.append(command)
        log.streams = streams
        log.children.append(Child(log.looks))
        return log.children[-1]

    monkeypatch.setattr(ahead.subprocess, "Popen", start)
    monkeypatch.setattr(ahead.atexit, "register", lambda *a: log.atexit.append(a))
    monkeypatch.setattr(ahead, "CALLS", [lambda i=i: log.calls.append(i)
                                         for i in range(5)])
    monkeypatch.setattr(ahead, "THREADS", 2)
    monkeypatch.setattr(ahead.products._cache, "kept", lambda: False)
    return log


def test_the_second_process_has_the_products_and_this_one_the_rest_from_its_end(popen):
    with ahead.compiling_ahead():
        assert len(popen.commands) == 1 and popen.calls == []
    assert popen.calls == [4, 3, 2, 1]
    command = popen.commands[0]
    assert command[1:] == ["-m", "scratchae.kernels.ahead", str(os.getpid())]
    (end, *arguments), = popen.atexit
    end(*arguments)
    assert popen.children[0].ended == ["terminated", "waited for"]


def test_the_second_process_says_nothing_and_reads_nothing(popen):
    """The first says that kernels are compiled, and has the terminal to itself."""
    with ahead.compiling_ahead():
        pass
    streams = dict.fromkeys(("stdin", "stdout", "stderr"), ahead.subprocess.DEVNULL)
    assert popen.streams == streams | for_a_process()


def test_the_second_process_runs_this_package_wherever_it_is_started(
    tmp_path, monkeypatch
):
    """`python -m` looks in the working folder first."""
    other = tmp_path / "scratchae/kernels"
    other.mkdir(parents=True)
    for folder in other, other.parent:
        (folder / "__init__.py").write_text("")
    (tmp_path / "signal.py").write_text("raise RuntimeError")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NUMBA_CACHE_DIR", "kept here")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["libs", *sys.path[1:]]))
    told = for_a_process()
    assert told["env"]["NUMBA_CACHE_DIR"] == str(tmp_path / "kept here")
    assert told["env"]["PYTHONPATH"].startswith(str(tmp_path / "libs") + os.pathsep)
    code = "import scratchae.kernels, signal; print(scratchae.kernels.__file__)"
    done = subprocess.run([sys.executable, "-c", code], **told, capture_output=True)
    assert done.stdout.decode().strip() == kernels.__file__


def test_this_process_helps_no_longer_than_the_products_take(popen, monkeypatch):
    answers = iter([False, False, False, True])
    monkeypatch.setattr(ahead.products._cache, "kept", lambda: next(answers))
    with ahead.compiling_ahead():
        pass
    assert popen.calls == [4, 3]


def test_a_second_process_that_died_is_not_relied_on(popen):
    popen.looks = 1
    with ahead.compiling_ahead():
        pass
    assert popen.calls == [4]


@pytest.mark.parametrize("why, where, name, value", [
    ("kept already", ahead.products._cache, "kept", lambda: True),
    ("one thread", ahead, "THREADS", 1),
    ("nothing can be kept", ahead, "keeps", lambda: False),
    ("no Python to start", ahead.sys, "executable", None),
])
def test_no_second_process_where_it_is_of_no_use(why, where, name, value, popen,
                                                 monkeypatch):
    monkeypatch.setattr(where, name, value)
    with ahead.compiling_ahead():
        pass
    assert popen.commands == popen.calls == []


def test_a_system_that_starts_no_process_is_no_error(popen, monkeypatch):
    def full(*_, **__):
        raise BlockingIOError("no more processes")

    monkeypatch.setattr(ahead.subprocess, "Popen", full)
    with ahead.compiling_ahead():
        pass
    assert popen.calls == []


@pytest.mark.parametrize("parent, made", [(os.getppid(), 5), (0, 0)])
def test_the_second_process_ends_with_the_first(parent, made, popen, monkeypatch):
    signals = {}
    monkeypatch.setattr(ahead.signal, "signal", signals.__setitem__)
    ahead.main(parent)
    assert popen.calls == [*range(made)]
    assert signals == {signal.SIGINT: signal.SIG_IGN}


def test_the_second_process_does_not_compile_to_the_end_first(folder, monkeypatch):
    """Else Ctrl-C would wait for the largest kernel."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(folder))
    monkeypatch.setattr(ahead, "THREADS", 2)
    monkeypatch.setattr(ahead.products._cache, "kept", lambda: False)
    child = ahead.started()
    while not [*folder.rglob(".*.products.*.lock")]:
        assert child.poll() is None
        time.sleep(0.02)
    ahead.end(child)
    assert child.returncode == -signal.SIGTERM
    assert not [*folder.rglob("*.products.*.nbc")]
