"""How functions in a file of one's own are called, and what is said of odd ones."""

import sys

import pytest

from scratchae.gradient_checks.own_file import run_file

PAIR = """
import numpy as np
from functools import partial
def forward({arguments}):
    return {out}, x
def backward(d, x):
    return {gradient}
def example(rng):
    return {example}
"""
GIVEN = {"arguments": "x", "out": "x ** 2", "gradient": "2 * x * d",
         "example": "rng.normal(size=3)"}
LOSS = """
import numpy as np
def loss(p):
    return np.sum(p["W"] ** {power})
def gradients(p):
    return {{"W": {power} * p["W"] ** ({power} - 1)}}
def example(rng):
    return {example}
"""


@pytest.fixture
def run(tmp_path):
    def run(text):
        path = tmp_path / "mine.py"
        path.write_text(text)
        return run_file(path)

    return run


def pair(**changed):
    return PAIR.format(**GIVEN | changed)


@pytest.mark.parametrize("changed", [
    {"arguments": "x, /"},
    {"arguments": "x, /, n", "example": "rng.normal(size=3), 2", "out": "x ** n"},
    {"arguments": "x, Ws", "example": "rng.normal(size=3), [np.eye(2), np.eye(3)]"},
], ids=["by place", "by place and name", "a list of weights"])
def test_arguments_by_place_and_lists_of_arrays_are_handed_on(changed, run):
    assert run(pair(**changed)).passed
    assert not run(pair(**changed, gradient="3 * x * d")).passed


def test_a_function_made_by_partial_is_one_of_the_file(run):
    text = pair().replace("def forward(x):\n    return x ** 2, x",
                          "def power(n, x):\n    return x ** n, x\n"
                          "forward = partial(power, 2)")
    assert run(text).passed


@pytest.mark.parametrize("example", ['{"W": [1.5, 2.5]}', '{"W": 1.5}',
                                     '{"W": np.arange(1, 4)}'])
def test_loss_and_gradients_get_the_same_arrays(example, run):
    assert run(LOSS.format(example=example, power=2)).passed
    assert run(LOSS.format(example=example, power=-1)).passed


@pytest.mark.parametrize("text, words", [
    (pair(out="None"), "forward must return an array of numbers as out. Got None"),
    (pair(out="'abc'"), "forward must return an array of numbers as out. Got 'abc'"),
    (pair(arguments="*x"), r"forward\(\*x\): expected arguments with names"),
    (LOSS.format(example="(np.ones(2),)", power=2), "example must return a dict"),
    ("x = '\0'\n", "mine.py: "),
], ids=["no out", "text", "any number", "a tuple", "NUL"])
def test_what_cannot_be_checked_is_called_by_its_name(text, words, run):
    with pytest.raises(ValueError, match=words):
        run(text)


@pytest.mark.parametrize("name", ["forward", "backward"])
def test_a_function_that_is_missing_has_the_name_that_it_needs(name, run):
    text = pair().replace(f"def {name}", "def other")
    row, = run(text).rows
    assert row.problem == f"there is no {name}" and not row.passed


@pytest.mark.parametrize("text", ["1 / 0", pair(gradient="nothing"),
                                  pair(example="()"), "x = ("],
                         ids=["at once", "in backward", "no arguments", "no Python"])
def test_a_file_that_cannot_be_checked_leaves_no_trace(text, run):
    before = [*sys.path], {*sys.modules}, sys.stdout
    with pytest.raises(ValueError):
        run(text)
    assert ([*sys.path], {*sys.modules}, sys.stdout) == before


AS_RUN = """
from __future__ import annotations
import sys
from dataclasses import dataclass
from pathlib import Path
import numpy as np
@dataclass
class Kept:
    x: Array
assert sys.modules[__name__].Kept is Kept
power = int((Path(__file__).parent / "power.txt").read_text())
def forward(x):
    return x ** power, Kept(x)
def backward(d, kept):
    return power * kept.x ** (power - 1) * d
"""


def test_a_file_is_a_module_that_finds_itself_and_what_lies_beside_it(run, tmp_path):
    (tmp_path / "power.txt").write_text("3")
    assert run(AS_RUN).passed
    assert not run(AS_RUN.replace("return power *", "return")).passed


ONE_OF_THREE = """
def f_forward(x):
    raise RuntimeError("not today")
def f_backward(d_out, cache):
    return d_out
def g_forward(x):
    return x**2, x
def g_backward(d_out, x):
    return 2 * x * d_out
def h_loss(parameters):
    return 0.0
def h_gradients(parameters):
    return {}
"""


def test_a_pair_that_cannot_be_run_is_a_row_beside_the_others(tmp_path):
    path = tmp_path / "own.py"
    path.write_text(ONE_OF_THREE)
    assert [(row.model, row.passed, row.problem) for row in run_file(path).rows] == [
        ("f", False, f"{path}:3: in f_forward: RuntimeError: not today"),
        ("g", True, ""),
        ("h", False, "there is no h_example(rng) of the parameters")]
    with pytest.raises(ValueError, match="in f_forward: RuntimeError: not today"):
        run_file(path, ["f"])


@pytest.mark.parametrize("given", [{"method": "none"}, {"step": 0}, {"tolerance": -1}])
def test_a_setting_that_cannot_be_is_no_row(given, tmp_path):
    path = tmp_path / "own.py"
    path.write_text(ONE_OF_THREE)
    with pytest.raises(ValueError, match=f"^{next(iter(given))} must "):
        run_file(path, **given)
