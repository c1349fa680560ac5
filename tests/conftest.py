"""Fixtures shared by all tests."""

import os
from pathlib import Path

import numpy as np
import pytest

NO_MNIST = "real MNIST not found"


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture(scope="session")
def mnist_dir():
    """Folder with the four real MNIST files, or a skip that says how to give it."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data" / "mnist"
    folder = Path(os.environ.get("SCRATCHAE_DATA") or beside)
    if not any(folder.glob("train-images*")):
        pytest.skip(f"{NO_MNIST} in {folder}; set SCRATCHAE_DATA to have it")
    return folder


class Outcomes:
    """Which tests passed in this session, and whether all were selected."""

    def __init__(self):
        self.names, self.complete = {}, True

    def passed(self, test):
        """Whether every case of "file::test" that ran passed, and at least one did.

        A test that has no MNIST to run on is not held against anybody.
        """
        results = self.names.get(test, set())
        return bool(results & {"passed", NO_MNIST}) and "failed" not in results


def pytest_configure(config):
    config.outcomes = Outcomes()


@pytest.fixture(scope="session")
def outcomes(request):
    return request.config.outcomes


def pytest_collection_modifyitems(config, items):
    """The test that asks what ran comes last."""
    items.sort(key=lambda item: item.name == "test_every_named_test_ran")
    # pytest removes what -k or -m does not select after this; parts of paths before.
    narrowed = config.option.keyword or config.option.markexpr
    whole = {str(argument).rstrip("/") for argument in config.args}
    config.outcomes.complete = not narrowed and whole <= {
        str(config.rootpath), str(config.rootpath / "tests"), "tests", "."
    }  # fmt: skip


def is_without_mnist(report):
    return report.skipped and NO_MNIST in str(report.longrepr)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.when == "call" or report.outcome != "passed":
        name = f"{item.path.stem}::{item.originalname}"
        outcome = NO_MNIST if is_without_mnist(report) else report.outcome
        item.config.outcomes.names.setdefault(name, set()).add(outcome)


def pytest_terminal_summary(terminalreporter, exitstatus, config):
    if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
        terminalreporter.write_line(
            f"No test was selected by -m {config.option.markexpr!r} "
            f"-k {config.option.keyword!r}. Markers are lecture01 to lecture13 and "
            "mnist; see pytest --markers."
        )
