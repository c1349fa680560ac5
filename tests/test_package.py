"""The house rules: what imports what, and what an import costs."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import scratchae

ROOT = Path(scratchae.__file__).resolve().parent
# Floors from the ground up; a room may import rooms on lower floors and its own.
FLOORS = {
    "errors": -1, "validation": 0, "files": 0, "gradcheck": 0, "kernels": 0,
    "labels": 0, "frames": 0, "transaction": 0, "conventions": 1, "formulas": 1,
    "exact": 2, "nn": 2, "checkpoints": 3, "networks": 3, "training": 4, "models": 5,
    "analysis": 5, "data": 5, "plots": 5, "gradient_checks": 6, "course": 6,
    "benchmark": 6, "museum": 7, "cli": 8,
}
PUBLIC = 5  # names that `from scratchae import` gives
FREE = {"__init__", "__main__"}


def room_of(module):
    return module.split(".")[1] if "." in module else "__init__"


def imports_of(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            yield node.module
            if node.module == "scratchae":
                yield from (f"scratchae.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


FILES = sorted(ROOT.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_down(path):
    room = path.relative_to(ROOT).parts[0].removesuffix(".py")
    for module in imports_of(path):
        if module.startswith("scratchae.") and room not in FREE:
            other = room_of(module)
            below = other == room or FLOORS.get(other, PUBLIC) < FLOORS[room]
            assert below, f"{path.name} imports {module}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_only_plots_imports_matplotlib(path):
    drawn = any(m.split(".")[0] == "matplotlib" for m in imports_of(path))
    assert not drawn or path.parent.name == "plots"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_files_and_functions_are_short(path):
    text = path.read_text()
    assert len(text.splitlines()) <= 300
    assert max(map(len, text.splitlines()), default=0) <= 88


def test_import_is_light():
    heavy = ("matplotlib", "pooch", "sklearn", "hypothesis")
    code = f"import sys, scratchae; print([m for m in {heavy} if m in sys.modules])"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True
    )
    assert result.stdout.strip() == "[]", result.stderr


def test_nobody_touches_the_global_random_state():
    for path in FILES:
        text = path.read_text()
        assert "np.random.seed" not in text and "RandomState(" not in text, path


def test_no_test_fails_by_the_clock():
    """A wait ends a test that hangs, after conftest's HANGS and not sooner."""
    for path in Path(__file__).parent.glob("*.py"):
        assert not re.search(r"timeout=\d|\.(wait|join)\(\d", path.read_text()), (
            path.name
        )
