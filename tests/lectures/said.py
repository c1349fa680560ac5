"""Sentences of the course that say what can be computed, and what computes it.

A test quotes the words and computes what they say, so neither can be changed alone.
"""

import ast
import re

import numpy as np
import pytest
from scripts import FOLDER, SCRIPTS

close = np.testing.assert_allclose


def prose(name):
    """The words of a text, one space between any two.

    name : "07" is a lecture's docstring and text, "answers/07" what is below lectures/
    """
    if not name[:2].isdigit():
        return " ".join((FOLDER / f"{name}.md").read_text().split())
    (script,) = (path for path in SCRIPTS if path.stem[:2] == name)
    text = script.read_text()
    lines = re.findall(r"^# (?!%%)(.*)", text, re.M)
    return " ".join(" ".join([ast.get_docstring(ast.parse(text)), *lines]).split())


def says(said, name, *words):
    """A decorator: `name` has these words, and the function computes what they say."""
    def keep(function):
        said[f"{name} {words[0][:50]}"] = name, words, function
        return function

    return keep


def each(said):
    """The parameter `claim` of a test, each with its lecture's marker."""
    return pytest.mark.parametrize("claim", [
        pytest.param(claim, id=claim, marks=[
            getattr(pytest.mark, f"lecture{n}")
            for n in re.findall(r"\d\d", claim.split()[0])]) for claim in said])


def check(said, claim):
    name, words, function = said[claim]
    text = prose(name)
    for part in words:
        assert " ".join(part.split()) in text, part
    function()


def slope(f, x, h=1e-6):
    """df/dx at x : a number or an array, by central differences, entry by entry."""
    x = np.asarray(x, float)
    out = np.empty(x.shape)
    for at in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[at] = h
        out[at] = (f(x + step) - f(x - step)) / (2 * h)
    return out
