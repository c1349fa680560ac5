"""How the tests themselves are run: what CI shows to whom, and what a clone has."""

import ast
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import settings

HOUSE = Path(__file__).resolve().parents[1]
CI = (HOUSE / ".ci/run").read_text()
README = (HOUSE / "tests/README.md").read_text()


def files_of(step):
    """The test files of a step of CI."""
    (body,) = re.findall(rf"^{step}\(\) \{{(.+?)^\}}", CI, re.M | re.S)
    return re.findall(r"tests/[\w/]+\.py", body)


def doors_in(files):
    """The names of kernels that files take from the package."""
    trees = [ast.parse((HOUSE / file).read_text()) for file in files]
    return {node.attr for tree in trees for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "kernels"}


@pytest.mark.parametrize("step", ["checked", "interpreted"])
def test_every_kernel_is_run_with_bounds_checked_and_interpreted(step):
    """Not only shown what it refuses at its door, which names it by a text."""
    kernels = pytest.importorskip("scratchae.kernels")
    doors = {*kernels.__all__} - {"check_process", "compile_seconds"}
    assert doors - doors_in(files_of(step)) == set()
    assert all((HOUSE / file).is_file() for file in files_of(step))


def test_examples_are_the_same_in_each_run_and_none_fails_by_the_clock():
    assert settings.default.derandomize and settings.default.deadline is None


@pytest.mark.skipif(not (HOUSE / ".git").exists() or not shutil.which("git"),
                    reason="no checkout")
def test_a_file_that_a_test_reads_is_not_ignored():
    """A test of it would be green here and red in a clone."""
    folders = {file.parent for file in (HOUSE / "tests").rglob("*.npz")}
    assert folders
    for folder in folders:
        asked = ["git", "check-ignore", "-q", str(folder / "another.npz")]
        assert subprocess.run(asked, cwd=HOUSE).returncode == 1, folder


def test_what_runs_only_if_it_is_asked_for_is_told_and_ci_asks_for_some_of_it():
    named = {*re.findall(r"`(test_\w+\.py)`", README.partition("SCRATCHAE_FULL=1")[2]
                         .partition("\n\n")[0])}
    asked = {file.name for file in (HOUSE / "tests").rglob("test_*.py")
             if 'environ.get("SCRATCHAE_FULL")' in file.read_text()}
    assert named == asked - {Path(__file__).name}
    (chosen,) = re.findall(r"SCRATCHAE_FULL=1 pytest .* -k (\w+)", CI)
    (file,) = files_of("on_mnist")
    assert f"{chosen}(" in (HOUSE / file).read_text()
