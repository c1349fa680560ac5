"""Conditions of the lectures' claims, tried with numbers that are made up."""

import ast
import functools
from types import SimpleNamespace

import numpy as np
import pytest
from scripts import SCRIPTS

KNOWN = {"np": np, "UNITS": 400, "RHO": 0.05, "lecture": SimpleNamespace(quick=True)}


@functools.cache
def conditions(lecture):
    """{claim: the code of its condition} of a script, by its number."""
    (script,) = (path for path in SCRIPTS if path.stem[:2] == lecture)
    return {node.args[0].value: compile(ast.Expression(node.args[1]), script, "eval")
            for node in ast.walk(ast.parse(script.read_text()))
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "lecture.holds"}


def holds(code, names):
    """What `lecture.holds` would say where the script's variables are these."""
    return bool(np.all(eval(code, KNOWN | names)))


def check(lecture, claim, true, *false):
    """The claim holds in the first world and in none of the others."""
    code = conditions(lecture)[claim]
    assert holds(code, true)
    assert [holds(code, names) for names in false] == [False] * len(false)


def each(worlds):
    """The parameters `lecture` and `claim` of a test, with the lecture's marker."""
    return pytest.mark.parametrize("lecture, claim", [
        pytest.param(lecture, claim, marks=getattr(pytest.mark, f"lecture{lecture}"))
        for lecture, claims in worlds.items() for claim in claims])
