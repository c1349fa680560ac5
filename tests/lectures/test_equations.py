"""Equations: each is stated once and in order, those cited exist, each has its test."""

import re

from equations import PROJECT, all_stated, cited, named, named_tests, stated
from scripts import every_lecture

# Products with a column on the right, as the slides have them.
COLUMNS = re.compile(r"\bL eps\b|\bA x~|\bW z\b|\bm m\^T|\beps eps\^T|\)\(x_i - m\)\^T")


def texts(*folders):
    return {path: path.read_text() for folder in folders
            for path in (PROJECT / folder).rglob("*.py")}


def test_vectors_are_rows_in_every_formula():
    for path, text in texts("lectures", "scratchae").items():
        for line in text.splitlines():
            assert "slide" in line or not COLUMNS.search(line), f"{path.name}: {line}"


@every_lecture
def test_equations_are_stated_once_in_their_own_lecture_and_in_order(script):
    numbers, lecture = stated(script), int(script.stem[:2])
    assert numbers == [(lecture, b) for b in range(1, len(numbers) + 1)]


def test_every_cited_equation_is_stated():
    known = {*all_stated()}
    for path, text in texts("lectures", "scratchae", "tests").items():
        assert cited(text) <= known, f"{path.name}: {sorted(cited(text) - known)}"


def test_every_equation_is_named_by_a_test():
    assert not sorted({*all_stated()} - {*named_tests()})


def test_names_and_ids_are_read_and_numbers_in_calls_are_not():
    assert named("test_eq_8_2_and_eq_8_3_the_gradient_eq_10_11") == {
        (8, 2), (8, 3), (10, 11)
    }
    assert cited("see (8.2)-(8.4), (9.1); binomial(0.57), eq_12_6") == {
        (8, 2), (8, 3), (8, 4), (9, 1), (12, 6)
    }


def test_a_name_or_an_id_without_a_test_is_noticed(tmp_path):
    (tmp_path / "test_some.py").write_text(
        "@mark('n', [param(1, id='eq_3_1'), param(2, id='eq_3_2')])\n"
        "def test_both(n):\n    'eq_3_3'\n\n\ndef helper_eq_3_4():\n    pass\n"
    )
    both = ["test_some::test_both"]
    assert named_tests(tmp_path) == {(3, 1): both, (3, 2): both}
