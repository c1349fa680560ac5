"""Equations: each stated once, in one lecture, in order; cited ones exist, all named.

A statement is a line of a lecture's prose that ends with the number, set apart by two
spaces at least; every other mention is a citation.
"""

import re

from conftest import LECTURES

PROJECT = LECTURES.parent
STATED = re.compile(r"  ((?:\(\d+\.\d+\) ?)+)[.,]?$")
NUMBER = r"\((\d{1,2})\.(\d{1,2})\)"
RANGE = re.compile(rf"{NUMBER}(?:-| to ){NUMBER}")
# Products with a column on the right, as the slides have them.
COLUMNS = re.compile(r"\bL eps\b|\bA x~|\bW z\b|\bm m\^T|\beps eps\^T|\)\(x_i - m\)\^T")
IN_A_NAME = re.compile(r"eq_(\d+)_(\d+)(?:_to_(\d+)_(\d+))?")
# Numbers that end a calculation in code, such as `binomial(0.57)`, are no citations.
CODE_CALL = re.compile(r"(?<=[\w\])])\(\d+\.\d+\)")


def stated():
    """The numbers (lecture, equation) in the order in which the prose states them."""
    numbers = []
    for script in sorted(LECTURES.glob("[0-9][0-9]_*.py")):
        for line in script.read_text().splitlines():
            if line.startswith("#") and (found := STATED.search(line)):
                numbers += [(script.stem[:2], *pair)
                            for pair in re.findall(NUMBER, found[1])]
    return [(script, int(a), int(b)) for script, a, b in numbers]


def cited(text):
    """The numbers in a text, ranges such as (8.2) to (8.5) and names of tests too."""
    text = CODE_CALL.sub("", text)
    pairs = {(int(a), int(b)) for a, b in re.findall(NUMBER, text)}
    for a, first, _, last in (*RANGE.findall(text), *IN_A_NAME.findall(text)):
        first, last = int(first), int(last or first)
        pairs |= {(int(a), i) for i in range(first, last + 1)}
    return pairs


def texts(*folders):
    return {path: path.read_text() for folder in folders
            for path in (PROJECT / folder).rglob("*.py")}


def test_vectors_are_rows_in_every_formula():
    for path, text in texts("lectures", "scratchae").items():
        for line in text.splitlines():
            assert "slide" in line or not COLUMNS.search(line), f"{path.name}: {line}"


def test_each_equation_is_stated_in_its_own_lecture():
    assert not [number for number in stated() if int(number[0]) != number[1]]


def test_equations_are_stated_once_and_in_order():
    for lecture in range(1, 14):
        numbers = [b for _, a, b in stated() if a == lecture]
        assert numbers == list(range(1, len(numbers) + 1)), f"lecture {lecture:02d}"


def test_every_cited_equation_is_stated():
    known = {(a, b) for _, a, b in stated()}
    for path, text in texts("lectures", "scratchae", "tests").items():
        assert cited(text) <= known, f"{path.name}: {sorted(cited(text) - known)}"


def test_every_equation_is_named_by_a_function_or_a_test():
    named = set().union(*map(cited, texts("scratchae", "tests").values()))
    assert not {(a, b) for _, a, b in stated()} - named
