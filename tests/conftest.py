"""Fixtures shared by all tests."""

import functools
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
from browser import address as address
from browser import browser as browser
from browser import explored as explored
from browser import explored_digits as explored_digits
from browser import opened as opened
from browser import page as page
from equations import LECTURES, all_stated, named
from hypothesis import settings
from ledger import LEDGER
from page_in_node import node as node
from page_in_node import walked as walked
from seen import Seen
from without_numba import kernels as kernels
from without_numba import numba_or_skip, skip_numbas_cases

NO_MNIST = "real MNIST not found"
# The same examples in each run, and none fails by the clock.
settings.register_profile("suite", derandomize=True, deadline=None)
settings.load_profile("suite")
# A shell makes what it runs in the background deaf to Ctrl-C, which some tests send.
if threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture(autouse=True)
def same_signals():
    """No test leaves its handler to those behind it."""
    numbers = signal.SIGINT, signal.SIGTERM
    before = [*map(signal.getsignal, numbers)]
    yield
    assert [*map(signal.getsignal, numbers)] == before


@pytest.fixture(autouse=True)
def no_pulse(monkeypatch):
    """A slow machine adds no lines to what a command says."""
    from scratchae import pulse

    monkeypatch.setattr(pulse, "LOG", float("inf"))


@pytest.fixture(autouse=True)
def same_backend():
    """No test leaves another backend to those behind it, nor what it set to choose one
    by: the process has chosen before the first."""
    from scratchae.nn.backend import get_backend

    with warnings.catch_warnings():  # that Numba cannot be used, where CI takes it away
        warnings.simplefilter("ignore")
        before = get_backend()
    yield
    assert get_backend() == before


@pytest.fixture
def plain_backend(monkeypatch):
    """NumPy, here and in a process that is started: it says nothing of compiling."""
    from scratchae.nn.backend import backend

    monkeypatch.setenv("SCRATCHAE_BACKEND", "numpy")
    with backend("numpy"):
        yield


@pytest.fixture
def small(tmp_path, monkeypatch):
    """An empty working folder and a small built-in data set."""
    from scratchae import data_options

    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(data_options.SIZES, ("strokes", False), (300, 100))


@pytest.fixture
def checkpoint(small, capsys):
    """A VAE that the command line has trained and saved."""
    from scratchae.cli import main

    assert main("train vae --hidden 16 --latent 2 --epochs 1".split()) == 0
    capsys.readouterr()
    return "runs/vae-strokes.npz"


@pytest.fixture(scope="session")
def mnist_dir():
    """Folder with the four real MNIST files, or a skip that says how to give it."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data" / "mnist"
    folder = Path(os.environ.get("SCRATCHAE_DATA") or beside)
    if not any(folder.glob("train-images*")):
        pytest.skip(f"{NO_MNIST} in {folder}; set SCRATCHAE_DATA to have it")
    return folder


@pytest.fixture(scope="session")
def mnist(mnist_dir):
    """The real images and labels, read once; whoever changes them has copied them."""
    from scratchae.data import load_mnist

    digits = load_mnist(mnist_dir)
    for array in (*digits.x, *digits.labels):
        array.flags.writeable = False
    return digits


# Ends a test that hangs; far above any run, so that no test fails by the clock.
HANGS = 3600  # seconds
SEEN = Path(__file__).with_name("seen.py")


def quick_run_of(number, data, folder, env):
    """The folder, in which the lecture has been run with --quick."""
    (script,) = LECTURES.glob(f"{number}_*.py")
    process = subprocess.run(
        [sys.executable, SEEN, script, "--quick", "--data", data, "--out", "figures"],
        cwd=folder, capture_output=True, text=True, timeout=HANGS, env=env,
    )
    assert process.returncode == 0, process.stderr
    (folder / "printed.txt").write_text(process.stdout)
    return folder


@pytest.fixture(scope="session")
def quick_run(tmp_path_factory):
    """A function that runs a lecture script with --quick: its output and its files.

    One run serves all workers, which share a folder. One thread each where tests run
    side by side: the bits are the same.
    """
    shared, env = tmp_path_factory.getbasetemp(), None
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
        env = os.environ | {"NUMBA_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

    def run(number, data="strokes"):
        if number == "13":
            numba_or_skip()
        done = shared / f"lecture_{number}_{data}"
        while not done.exists():
            try:
                done.with_suffix(".running").mkdir()
            except FileExistsError:  # another worker has begun
                time.sleep(0.1)
                continue
            try:
                if not done.exists():
                    folder = tmp_path_factory.mktemp(number)
                    quick_run_of(number, data, folder, env).rename(done)
            finally:
                done.with_suffix(".running").rmdir()
        return (done / "printed.txt").read_text(), sorted((done / "figures").iterdir())

    return run


@pytest.fixture(scope="session")
def seen(quick_run):
    """A function of a lecture's number: what its quick run drew and computed, `Seen`.
    """
    return functools.cache(lambda number: Seen(*quick_run(number)))


class Outcomes:
    """Which tests passed in this session, on all of its workers."""

    def __init__(self):
        self.results = {}

    def note(self, report):
        """Keep one report's outcome under "file::test", its parameters left out.

        And under (10, 7), an equation's number, with `eq_10_7` in its name or id.
        """
        file, _, name = report.nodeid.partition("::")
        without_mnist = report.skipped and NO_MNIST in str(report.longrepr)
        outcome = NO_MNIST if without_mnist else report.outcome
        test = f"{Path(file).stem}::{name.partition('[')[0]}"
        for key in (test, *named(name)):
            self.results.setdefault(key, set()).add(outcome)

    def passed(self, key):
        """Whether every case under a key that ran passed, and at least one did.

        A test that has no MNIST to run on is not held against anybody.
        """
        results = self.results.get(key, set())
        return bool(results & {"passed", NO_MNIST}) and "failed" not in results


outcomes = Outcomes()
# Files that take longest come first, so that no worker ends long before the others.
LONGEST = ("test_lectures", "test_museum", "test_conformance", "test_linear_models",
           "test_gradient_checks", "test_kernels_process", "test_kernel_threads")


def pytest_configure(config):
    if getattr(config.option, "numprocesses", None):
        # For the workers: OpenBLAS's threads wait for each other awake.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False  # by the number of tests


def pytest_collection_modifyitems(items):
    skip_numbas_cases(items)
    items.sort(key=lambda item: LONGEST.index(item.path.stem)
               if item.path.stem in LONGEST else len(LONGEST))


def pytest_runtest_logreport(report):
    if report.when == "call" or report.outcome != "passed":
        outcomes.note(report)


def is_complete(config):
    """Whether all tests were selected, to be run."""
    option = config.option
    narrowed = option.keyword or option.markexpr or option.collectonly
    whole = {str(argument).rstrip("/") for argument in config.args}
    return not narrowed and whole <= {
        str(config.rootpath), str(config.rootpath / "tests"), "tests", "."
    }


def pytest_sessionfinish(session, exitstatus):
    """A run of everything fails if a slide or an equation has no test that passed."""
    is_worker = hasattr(session.config, "workerinput")
    if is_worker or exitstatus != pytest.ExitCode.OK or not is_complete(session.config):
        return
    expected = {test for row in LEDGER for test in row.tests} | {*all_stated()}
    missing = sorted(str(key) for key in expected if not outcomes.passed(key))
    if missing:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        reporter = session.config.pluginmanager.get_plugin("terminalreporter")
        reporter.write_line(f"tests of the ledger that did not pass: {missing}")


def pytest_terminal_summary(terminalreporter, exitstatus, config):
    if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
        terminalreporter.write_line(
            f"No test was selected by -m {config.option.markexpr!r} "
            f"-k {config.option.keyword!r}. Markers are lecture01 to lecture14 and "
            "mnist; see pytest --markers."
        )
