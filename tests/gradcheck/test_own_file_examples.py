"""Own files: examples of every form and precision, and manners that are allowed."""

import pytest

from scratchae import backend
from scratchae.gradient_checks.own_file import run_file

LAYER = """
import numpy as np
from collections import namedtuple
Pair = namedtuple("Pair", "x W")
def forward({arguments}):
    {unpacked}
    h = np.tanh(x @ W)
    return h, (x, W, h)
def backward(d, cache):
    x, W, h = cache
    da = d * (1 - h * h)
    dx, dW = {factor} * da @ W.T, x.T @ da
    return {returned}
def made(rng):
    x, W = (rng.normal(size=s).astype("f4") for s in ((4, 3), (3, 2)))
    return {example}
{given}
"""
FORMS = {  # arguments, where x and W are among them, gradients, example
    "a tuple": ("x, W", "pass", "dx, dW", "x, W"),
    "a list": ("x, W", "pass", "dx, dW", "[x, W]"),
    "a dict": ("x, W", "pass", "dx, dW", "dict(x=x, W=W)"),
    "a named tuple": ("x, W", "pass", "dx, dW", "Pair(x, W)"),
    "a dict inside": ("p", "x, W = p['x'], p['W']", "{'p': dict(x=dx, W=dW)}",
                      "[dict(x=x, W=W)]"),
    "a list inside": ("p", "assert type(p) is list; x, W = p", "{'p': [dx, dW]}",
                      "[[x, W]]"),
    "a tuple inside": ("p", "assert type(p) is tuple; x, W = p", "{'p': [dx, dW]}",
                       "dict(p=(x, W))"),
    "a dict of lists": ("p", "x, (W,) = p['x'], p['Ws']",
                        "{'p': dict(x=dx, Ws=[dW])}", "[dict(x=x, Ws=[W])]"),
    "what is not checked in a named tuple": (
        "x, other", "W = other.W", "dx, None", "x, Pair(x, W)"),
}
GIVEN = {"a function": "example = made",
         "what it is": "example = made(np.random.default_rng(0))"}


@pytest.fixture
def rows(tmp_path):
    """The rows of a file with this text."""
    def rows(text, *names):
        path = tmp_path / "mine.py"
        path.write_text("import numpy as np\n" + text)
        with backend("numpy"):
            return run_file(path, [*names] or None).rows

    return rows


@pytest.mark.parametrize("given", GIVEN)
@pytest.mark.parametrize("form", FORMS)
def test_an_example_of_any_form_in_single_precision_is_checked_in_double(
    form, given, rows
):
    """Else a gradient in float64 has the rounding of float32 and would be wrong."""
    names = dict(zip(("arguments", "unpacked", "returned", "example"), FORMS[form],
                     strict=True), given=GIVEN[given])
    right = rows(LAYER.format(factor=1, **names))
    assert len(right) == 2 - ("other" in names["arguments"])
    assert all(row.passed and row.max_relative_error < 1e-12 for row in right), right
    wrong = rows(LAYER.format(factor=1 + 1e-7, **names))
    assert [row.passed for row in wrong] == [False, True][: len(right)]


MANNERS = {
    "backward may fill one array at every call": """
kept = np.empty((5, 7))
def forward(a):
    return np.sin(a), a
def backward(d, a):
    np.multiply(d, np.cos(a), out=kept)
    return kept
""",
    "an argument with a default needs no example": """
def forward(x, slope=0.1):
    return np.where(x.real > 0, x, slope * x), (x, slope)
def backward(d, cache):
    x, slope = cache
    return np.where(x > 0, d, slope * d)
""",
    "a loss may write to its parameters": """
def loss(p):
    p["a"] *= 2
    return np.sum(p["a"] ** 2)
def gradients(p):
    p["a"] *= 8
    return p
def example(rng):
    return {"a": rng.normal(size=3)}
""",
}


@pytest.mark.parametrize("manner", MANNERS)
def test_what_is_allowed_is_no_mistake(manner, rows):
    found = rows(MANNERS[manner])
    assert [row.verdict for row in found] == ["ok"]


ADDS = {
    "backward": """
kept = np.zeros((5, 7))
def forward(a):
    return np.sin(a), a
def backward(d, a):
    global kept
    kept += d * np.cos(a)
    return kept
""",
    "gradients": """
kept = np.zeros(3)
def loss(p):
    return np.sum(np.sin(p["a"]))
def gradients(p):
    global kept
    kept += np.cos(p["a"])
    return {"a": kept}
def example(rng):
    return {"a": rng.normal(size=3)}
""",
}


@pytest.mark.parametrize("name", ADDS)
def test_gradients_that_are_added_to_those_before_are_found_out(name, rows):
    first, last = rows(ADDS[name])
    assert first.name == "a"
    assert last.problem == (
        f"{name} gives another gradient when it is called twice")


TWO = """
def a_forward(x):
    return 2 * x, None
def a_backward(d, _):
    return 2 * d
def b_forward(x):
    return 3 * x, None
def b_backward(d, _):
    return 3 * d
"""


@pytest.mark.parametrize("names", [(), ("b",), ("b", "a")])
def test_the_pairs_that_are_asked_for_are_checked_in_that_order(names, rows):
    assert [row.model for row in rows(TWO, *names)] == [*(names or "ab")]


def test_a_wrong_type_inside_of_a_file_is_blamed_on_its_line(rows):
    text = TWO.replace("return 3 * x, None", "return 'x' + x, None")
    with pytest.raises(ValueError, match=r"mine\.py:8: in b_forward: "):
        rows(text, "b")
