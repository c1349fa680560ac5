"""Equations: where lectures state them, texts cite them, and which tests are theirs.

A statement is a line of a lecture's prose that ends with the number, set apart by two
spaces at least; every other mention is a citation. The test of equation (10.7) has
`eq_10_7` in its name or in the id of a parameter, so that `pytest -k eq_10_7` finds it.
"""

import ast
import functools
import re
from pathlib import Path

TESTS = Path(__file__).resolve().parent
PROJECT = TESTS.parent
LECTURES = PROJECT / "lectures"
STATED = re.compile(r"  ((?:\(\d+\.\d+\) ?)+)[.,]?$")
NUMBER = r"\((\d{1,2})\.(\d{1,2})\)"
RANGE = re.compile(rf"{NUMBER}(?:-| to ){NUMBER}")
IN_A_NAME = re.compile(r"eq_(\d+)_(\d+)")
# Numbers that end a calculation in code, such as `binomial(0.57)`, are no citations.
CODE_CALL = re.compile(r"(?<=[\w\])])\(\d+\.\d+\)")


def pairs(found):
    """Pairs of digits as pairs of ints."""
    return [(int(a), int(b)) for a, b in found]


def stated(script):
    """The numbers (lecture, equation) that a script's prose states, in its order."""
    lines = [line for line in script.read_text().splitlines() if line.startswith("#")]
    statements = filter(None, map(STATED.search, lines))
    texts = [found[1] for found in statements]
    return [pair for text in texts for pair in pairs(re.findall(NUMBER, text))]


def all_stated():
    """The numbers that the lectures state, one after the other."""
    scripts = sorted(LECTURES.glob("[0-9][0-9]_*.py"))
    return [pair for script in scripts for pair in stated(script)]


def cited(text):
    """The numbers in a text, with those inside of ranges such as (8.2) to (8.5)."""
    text = CODE_CALL.sub("", text)
    numbers = {*pairs(re.findall(NUMBER, text)), *named(text)}
    for a, first, _, last in RANGE.findall(text):
        numbers |= {(int(a), b) for b in range(int(first), int(last) + 1)}
    return numbers


def named(text):
    """The numbers that a name such as test_eq_8_2_the_gradient has in it."""
    return {*pairs(IN_A_NAME.findall(text))}


@functools.cache
def named_tests(folder=TESTS):
    """{(lecture, equation): its tests as "file::test"}, by names and parameters' ids.

    Only texts that stand in the decorator itself are taken for ids.
    """
    tests = {}
    for path in sorted(folder.rglob("test_*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for number in named(" ".join([node.name, *_texts(node)])):
                    tests.setdefault(number, []).append(f"{path.stem}::{node.name}")
    return tests


def _texts(function):
    """All strings in a function's decorators."""
    inside = [part for one in function.decorator_list for part in ast.walk(one)]
    constants = [part.value for part in inside if isinstance(part, ast.Constant)]
    return [value for value in constants if isinstance(value, str)]
