"""In a lecture a name stands for one thing.

A reader who steps through the cells has the earlier thing in mind where a name comes
again. Those that come in more than one cell are listed, so that a new one is thought
about.
"""

import ast

import pytest
from scripts import SCRIPTS, cells, of_lecture

# Names that are bound in several cells, each for things of one kind.
AGAIN = {
    "01": "_ h lines name rows shape title trace",
    "02": "figure k model name title x",
    "03": "figure h i model name title weight",
    "12": "axes figure name start value",
}
LECTURES = [of_lecture(script) for script in SCRIPTS if script.stem[:2] in AGAIN]


def bound(code):
    """The names that a cell binds, but for those inside its functions."""
    kinds = ast.FunctionDef, ast.ClassDef
    body = ast.parse(code).body
    inside = [node for part in body if not isinstance(part, kinds)
              for node in ast.walk(part)]
    return {node.name for node in body if isinstance(node, kinds)} | {
        node.id for node in inside
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


@pytest.mark.parametrize("script", LECTURES)
def test_a_name_that_comes_again_is_one_of_those_that_may(script):
    seen, again = set(), set()
    for kind, text in cells(script):
        names = set() if kind else bound(text)
        again |= seen & names
        seen |= names
    assert again == {*AGAIN[script.stem[:2]].split()}
