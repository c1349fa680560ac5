"""The ledger is kept: each slide has a cell, functions that are called, and tests.

That all named tests passed is asked at the end of a run of everything (conftest.py).
"""

import re
from types import SimpleNamespace

import conftest
import ledger
import pytest
from equations import LECTURES, TESTS, all_stated, named_tests
from ledger import LAST_SLIDE, LEDGER, slide_ids
from used import find, is_used

ROWS = [pytest.param(row, id=f"{row.slides}-{row.lecture}") for row in LEDGER]


def script_of(row):
    (script,) = LECTURES.glob(f"{row.lecture}_*.py")
    return script.read_text()


def headings(text):
    """The headings of text cells."""
    return re.findall(r"^# ## (.+)$", text, re.M)


def test_every_slide_is_covered_and_no_other():
    covered = set().union(*(slide_ids(row.slides) for row in LEDGER))
    assert covered == {f"S{i:02d}" for i in range(1, LAST_SLIDE + 1)} | {"S02a"}


@pytest.mark.parametrize("row", ROWS)
def test_the_cell_exists(row):
    assert row.cell in headings(script_of(row))


@pytest.mark.parametrize("row", ROWS)
def test_every_function_exists_and_is_used_by_the_lecture(row):
    for name in row.functions:
        assert callable(find(name)), name
        assert is_used(name, script_of(row)), name


@pytest.mark.parametrize("row", ROWS)
def test_every_named_test_exists(row):
    for test in row.tests:
        file, name = test.split("::")
        text = next(TESTS.rglob(f"{file}.py")).read_text()
        assert re.search(rf"^def {name}\(", text, re.M), test


def test_every_equation_of_the_lectures_has_a_test():
    """In which lecture, and in order: test_equations.py."""
    assert {*all_stated()} == {*named_tests()}


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
        test_every_named_test_exists(row)


def test_another_classes_method_of_the_same_name_is_not_that_of_the_row():
    text = script_of(SimpleNamespace(lecture="10"))
    assert "vae.sample(" in text
    for lecture, used in ((text, True), (text.replace("vae.sample(", "mixture.sample("),
                                         False)):
        assert is_used("VariationalAutoencoder.sample", lecture) == used
        assert is_used("analysis.GaussianMixture.sample", lecture)


def test_a_function_of_the_scripts_own_is_not_the_packages():
    text = "def entropy(p):\n    return 0\nentropy(1)"
    assert not is_used("formulas.information.entropy", text)
    given = "from scratchae.formulas.information import entropy as of"
    assert not is_used("formulas.information.entropy", given)
    assert is_used("formulas.information.entropy", f"{given}\nof(1)")
    room = "from scratchae.formulas import information\ninformation.entropy(1)"
    assert is_used("formulas.information.entropy", room)


@pytest.mark.parametrize("line", [
    "PCA(2).fit(x).transform(x)", "one = PCA(2)\none.transform(x)",
    "_, one = 1, PCA(2)\none.transform(x)", "PCA.transform(PCA(2), x)",
    "many = {k: PCA(k).fit(x) for k in (1, 2)}\nmany[1].transform(x)",
    "many = {'a': PCA(2)} | {'b': PCA(3)}\n"
    "for name, (i, one) in enumerate(many.items()):\n    one.transform(x)",
    "def made():\n    return PCA(2).fit(x)\nmade().transform(x)",
    "[one.transform(x) for one in (PCA(1), PCA(2))]",
])
def test_a_method_is_used_whatever_its_object_went_through(line):
    text = f"from scratchae import PCA, ProbabilisticPCA\nx = 1\n{line}"
    assert is_used("PCA.transform", text)
    assert not is_used("PCA.inverse_transform", text)
    assert not is_used("ProbabilisticPCA.transform", text)


def test_ids_are_read_from_ranges_and_lists():
    assert slide_ids("S06-S08, S02a") == {"S06", "S07", "S08", "S02a"}


def test_the_ledger_prints_a_slide_with_its_cell_and_an_equation_with_its_tests():
    text = ledger.ledger_text()
    assert "S52" in text and "lecture 08: The formula (S52)" in text
    assert "(10.7)     tests test_variational_formulas::test_eq_10_7_" in text


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


def finish(monkeypatch, passed, **option):
    """Exit status of a run of all tests in which these names and equations passed."""
    seen = conftest.Outcomes()
    seen.results = {key: {"passed"} for key in passed}
    monkeypatch.setattr(conftest, "outcomes", seen)
    option = {"keyword": "", "markexpr": "", "collectonly": False} | option
    reporter = SimpleNamespace(write_line=lambda line: None)
    config = SimpleNamespace(
        option=SimpleNamespace(**option), args=["tests"], rootpath=TESTS.parent,
        pluginmanager=SimpleNamespace(get_plugin=lambda name: reporter),
    )
    session = SimpleNamespace(config=config, exitstatus=0)
    conftest.pytest_sessionfinish(session, 0)
    return session.exitstatus


def test_a_run_of_everything_fails_without_the_test_of_a_slide_or_an_equation(
    monkeypatch
):
    everything = {test for row in LEDGER for test in row.tests} | {*all_stated()}
    assert finish(monkeypatch, everything) == 0
    assert finish(monkeypatch, everything - {LEDGER[3].tests[0]}) == 1
    assert finish(monkeypatch, everything - {(10, 7)}) == 1
    assert finish(monkeypatch, set(), keyword="dense") == 0
    assert finish(monkeypatch, set(), collectonly=True) == 0


def test_a_result_counts_for_the_equations_in_the_name_and_in_the_id():
    seen = conftest.Outcomes()
    node = "tests/test_some.py::test_eq_3_1_it[one-eq_3_2]"
    seen.note(SimpleNamespace(nodeid=node, outcome="passed", skipped=False))
    assert seen.passed((3, 1)) and seen.passed((3, 2)) and not seen.passed((3, 3))
