"""A claim of a lecture holds as far as its sentence says, and fails beyond.

The conditions of `lecture.holds` are taken out of the scripts and given numbers that
are made up (worlds_01_07.py, worlds_08_14.py): first such of which the sentence is just
true, then such of which it is not. A condition that no run can break would let every
change of a model pass.
"""

import ast
import functools
from types import SimpleNamespace

import numpy as np
import pytest
import worlds_01_07
import worlds_08_14
from scripts import SCRIPTS

WORLDS = worlds_01_07.WORLDS | worlds_08_14.WORLDS
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


@pytest.mark.parametrize("lecture, claim", [
    pytest.param(lecture, claim, marks=getattr(pytest.mark, f"lecture{lecture}"))
    for lecture, claims in WORLDS.items() for claim in claims])
def test_a_claim_holds_where_it_is_true_and_fails_where_it_is_not(lecture, claim):
    code, (true, *false) = conditions(lecture)[claim], WORLDS[lecture][claim]
    assert holds(code, true)
    assert [holds(code, names) for names in false] == [False] * len(false)


@pytest.mark.parametrize("lecture", WORLDS)
def test_every_claim_is_tried_in_both(lecture):
    assert {*WORLDS[lecture]} == {*conditions(lecture)}
    assert all(len(tried) > 1 for tried in WORLDS[lecture].values())


def test_every_lecture_is_here():
    assert [*WORLDS] == [script.stem[:2] for script in SCRIPTS]
