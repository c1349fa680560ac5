"""Labs as pytest's tests: which files are collected, and what is said of them."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from lab_tools import LABS

from scratchae.labs import collecting


@pytest.mark.parametrize("name, number", [
    ("01_dense.py", "01"), ("16_mine.py", "16"), ("01_a_b.py", "01"),
    ("99_notes.py", None), ("00_a.py", None), ("1_dense.py", None), ("01.py", None),
    ("01_dense.ipynb", None), ("conftest.py", None), ("101_dense.py", None),
])
def test_a_file_is_collected_if_it_has_the_number_of_a_lab(name, number, monkeypatch):
    """Others may lie beside, as 99_notes.py: they are in nobody's way."""
    monkeypatch.setattr(collecting.LabFile, "from_parent",
                        lambda parent, path, lab: (parent, path, lab.number))
    found = collecting.pytest_collect_file(Path("a", name), "parent")
    assert found == (None if number is None else ("parent", Path("a", name), number))


def test_pytest_knows_each_labs_marker_by_its_number_and_title():
    told = []
    collecting.pytest_configure(SimpleNamespace(
        addinivalue_line=lambda *line: told.append(line)))
    assert told == [("markers", f"lab{number}: {lab.title}")
                    for number, lab in LABS.items()]


@pytest.mark.parametrize("error, said", [
    (collecting.LabFailure("the table"), "the table"),
    (OSError("no such file"), "with its traceback"),
])
def test_a_failure_is_its_table_and_any_other_error_has_its_traceback(
        error, said, monkeypatch):
    monkeypatch.setattr(pytest.Item, "repr_failure",
                        lambda self, excinfo, style=None: "with its traceback")
    item = object.__new__(collecting.LabItem)
    assert item.repr_failure(SimpleNamespace(value=error)) == said


def test_each_part_is_an_item_of_its_own_number(monkeypatch):
    monkeypatch.setattr(collecting.LabItem, "from_parent",
                        lambda parent, name, number: (parent, name, number))
    file = SimpleNamespace(lab=LABS["01"])
    assert [*collecting.LabFile.collect(file)] == [
        (file, "dense_forward", 0), (file, "dense_backward", 1),
        (file, "two_layers_backward", 2)]
    item = SimpleNamespace(parent=file, path="a/01_b.py", name="dense_backward")
    assert collecting.LabItem.reportinfo(item) == (
        "a/01_b.py", 0, "lab 01, dense_backward")
