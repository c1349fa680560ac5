"""The ledger is kept: each slide has a cell, functions that are called, and tests.

That all named tests passed is asked at the end of a run of everything (conftest.py).
"""

import ast
import functools
import importlib
import re
from pathlib import Path
from types import SimpleNamespace

import conftest
import ledger
import pytest
from ledger import LAST_SLIDE, LEDGER, slide_ids

TESTS = Path(__file__).parent
LECTURES = TESTS.parent / "lectures"
ROWS = [pytest.param(row, id=f"{row.slides}-{row.lecture}") for row in LEDGER]
NAMED_TESTS = sorted({test for row in LEDGER for test in row.tests})


def script_of(row):
    (script,) = LECTURES.glob(f"{row.lecture}_*.py")
    return script.read_text()


def headings(text):
    """Lines of comment that are underlined with dashes."""
    return re.findall(r"^# (.+)\n# -+$", text, re.M)


def called_names(text):
    """Names and attributes that the script uses anywhere but in its imports."""
    tree = ast.parse(text)
    return {
        node.id if isinstance(node, ast.Name) else node.attr
        for node in ast.walk(tree)
        if isinstance(node, (ast.Name, ast.Attribute))
    } | {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname
    }


def find(name):
    """The object with a dotted name below the package; a module as far as it goes."""
    parts, module = name.split("."), importlib.import_module("scratchae")
    while parts:
        try:
            module = importlib.import_module(f"{module.__name__}.{parts[0]}")
        except (ModuleNotFoundError, AttributeError):
            break
        parts.pop(0)
    return functools.reduce(getattr, parts, module)


def test_every_slide_is_covered_and_no_other():
    covered = set().union(*(slide_ids(row.slides) for row in LEDGER))
    assert covered == {f"S{i:02d}" for i in range(1, LAST_SLIDE + 1)} | {"S02a"}


@pytest.mark.parametrize("row", ROWS)
def test_the_cell_exists(row):
    assert row.cell in headings(script_of(row))


@pytest.mark.parametrize("row", ROWS)
def test_every_function_exists_and_is_used_by_the_lecture(row):
    used = called_names(script_of(row))
    for name in row.functions:
        assert callable(find(name)), name
        assert name.rsplit(".", 1)[-1] in used, name


@pytest.mark.parametrize("test", NAMED_TESTS)
def test_every_named_test_exists(test):
    file, name = test.split("::")
    assert re.search(rf"^def {name}\(", (TESTS / f"{file}.py").read_text(), re.M)


@pytest.mark.parametrize("change", [
    {"cell": "No such cell"}, {"functions": ("formulas.dense.dense_sideways",)},
    {"functions": ("formulas.dense.dense_weight_gradient",)},
    {"tests": ("test_dense::test_no_such_test",)},
])
def test_a_renamed_cell_function_or_test_is_noticed(change):
    row = LEDGER[0]._replace(**change)
    with pytest.raises((AssertionError, AttributeError)):
        test_the_cell_exists(row)
        test_every_function_exists_and_is_used_by_the_lecture(row)
        for test in row.tests:
            test_every_named_test_exists(test)


def test_ids_are_read_from_ranges_and_lists():
    assert slide_ids("S06-S08, S02a") == {"S06", "S07", "S08", "S02a"}


def test_the_ledger_prints_a_slide_with_its_cell():
    text = ledger.ledger_text()
    assert "S52" in text and "lecture 08: The formula (S52)" in text


@pytest.mark.parametrize("outcomes, passed", [
    (["passed", "passed"], True), (["passed", "failed"], False), (["skipped"], False),
    (["passed", "skipped"], True), ([], False),
])
def test_a_named_test_passed_only_if_none_of_its_cases_failed(outcomes, passed):
    seen = conftest.Outcomes()
    for case, outcome in enumerate(outcomes):
        seen.note(
            SimpleNamespace(
                nodeid=f"tests/test_dense.py::test_it[{case}]", outcome=outcome,
                skipped=outcome == "skipped", longrepr="",
            )
        )
    assert seen.passed("test_dense::test_it") == passed


def test_a_run_of_everything_fails_without_a_named_test(monkeypatch):
    def finish(**option):
        option = SimpleNamespace(**{"keyword": "", "markexpr": ""} | option)
        reporter = SimpleNamespace(write_line=lambda line: None)
        manager = SimpleNamespace(get_plugin=lambda name: reporter)
        config = SimpleNamespace(
            option=option, args=["tests"], rootpath=TESTS.parent, pluginmanager=manager
        )
        session = SimpleNamespace(config=config, exitstatus=0)
        conftest.pytest_sessionfinish(session, 0)
        return session.exitstatus

    monkeypatch.setattr(conftest, "outcomes", conftest.Outcomes())
    assert finish() == 1
    assert finish(keyword="dense") == 0
