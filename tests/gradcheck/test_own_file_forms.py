"""`scratchae gradcheck FILE.py`: functions and examples of other forms than meant."""

import sys

import pytest
import test_own_file
from test_own_file import LAYER, SQUARE, SUMS, verdicts

from scratchae.cli import main
from scratchae.gradient_checks.own_file import run_file

checked = test_own_file.checked  # the fixture


def test_a_gradient_that_is_not_finite_is_no_other_one_the_second_time(checked):
    text = SQUARE.format(factor="np.nan")
    status, out, _ = checked(text)
    assert status == 1 and "called twice" not in out


def test_noise_drawn_inside_is_named(checked):
    text = """
import numpy as np
rng = np.random.default_rng(0)

def dropout_forward(x):
    mask = rng.random(x.shape) < 0.5
    return x * mask, mask

def dropout_backward(dy, mask):
    return dy * mask
"""
    assert "not deterministic" in verdicts(text, checked=checked)["dropout x"]


def test_gradients_are_in_the_order_of_the_arguments_whatever_the_dicts_is(checked):
    text = '''
import numpy as np

def f_forward(A, B):
    return A @ B, (A, B)

def f_backward(d, cache):
    A, B = cache
    return d @ B.T, A.T @ d

def f_example(rng):
    return {"B": rng.normal(size=(4, 4)), "A": rng.normal(size=(4, 4))}
'''
    assert verdicts(text, checked=checked) == {"f A": "ok", "f B": "ok"}


@pytest.mark.parametrize("old, new, words", [
    ("def square_backward(dy, x)", "def square_backward(dy)", "positional argument"),
    ("def square_forward(x)", "def square_forward(x, /, W)", "square_example(rng)"),
    ("    return {factor}", "    yield {factor}", "cannot pickle 'generator'"),
])
def test_functions_of_another_form_are_one_line_and_exit_2(old, new, words, checked):
    status, out, err = checked(SQUARE.replace(old, new).format(factor=2))
    assert status == 2 and err.count("\n") == 1 and words in err


@pytest.mark.parametrize("example, words", [
    ("rng.normal(size=3),", "missing 1 required positional"),
    ("1.0, 2.0, 3.0, 4.0", "the example has 4 arguments; forward takes x, W, b"),
    ("dict(x=rng.normal(size=(2, 3)), w=1.0, b=1.0)", "keyword argument 'w'"),
])
def test_examples_that_do_not_fit_are_one_line_and_exit_2(example, words, checked):
    text = LAYER.format(returned=SUMS, example=example)
    status, out, err = checked(text)
    assert status == 2 and err.count("\n") == 1 and words in err, err


def test_what_an_example_holds_beside_arrays_stays_what_it_is(checked):
    text = """
from collections import namedtuple
import numpy as np
Sizes = namedtuple("Sizes", "k by")

def f_forward(x, more, sizes):
    return x * (more + [sizes.k])[-1] * sizes.by, (more, sizes)

def f_backward(d, cache):
    more, sizes = cache
    return d * sizes.k * sizes.by, None, None

def f_example(rng):
    return rng.normal(size=3).astype("f4"), [3, 4], Sizes(2, np.float64(3))
"""
    assert verdicts(text, checked=checked) == {"f x": "ok"}


SEEING = """
import numpy as np
shapes = set()
def f_forward(a):
    shapes.add(a.shape)
    return np.sin(a), a
def f_backward(d, a):
    assert shapes == {(5, 7)}, shapes
    return d * np.cos(a)
"""


def test_a_forward_of_one_argument_gets_5_by_7_numbers_without_an_example(checked):
    assert verdicts(SEEING, checked=checked) == {"f a": "ok"}


def test_a_file_is_read_in_the_coding_that_it_names(checked, tmp_path):
    text = SQUARE.format(factor=2) + "\nassert len('\xe4') == 1\n"
    (tmp_path / "latin.py").write_bytes(
        ("# -*- coding: latin-1 -*-\n" + text).encode("latin-1"))
    assert run_file(tmp_path / "latin.py").passed


def test_a_neighbour_goes_before_a_module_of_its_name_elsewhere(
    checked, tmp_path, monkeypatch
):
    """As when the file is run."""
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    (tmp_path / "colorsys.py").write_text("two = 2\n")
    text = "from colorsys import two\n" + SQUARE.format(factor="two")
    try:
        assert verdicts(text, checked=checked) == {"square x": "ok"}
    finally:
        sys.modules.pop("colorsys", None)


@pytest.mark.parametrize("factor, verdict", [
    ("1.4", "FAILED: factor 0.7 in all entries"), ("-2", "FAILED: sign flipped?"),
    ("6", "FAILED: factor 3: a sum or a mean too many?"), ("2 * x[:1]", "FAILED")])
def test_what_is_wrong_at_both_random_points_is_said(factor, verdict, checked):
    text = SQUARE.format(factor=factor)
    assert verdicts(text, checked=checked) == {"square x": verdict}


def test_what_an_example_holds_is_as_it_was_at_every_call(checked):
    """A generator draws the same mask, and a list of calls is as long as before."""
    text = """
import numpy as np

def mask_forward(x, rng, calls):
    calls.append("another")
    mask = rng.random(x.shape) < 0.5
    return x * mask * len(calls), (mask, len(calls))

def mask_backward(d, cache):
    mask, calls = cache
    return d * mask * calls

def mask_example(rng):
    return rng.normal(size=(3, 4)), np.random.default_rng(1), ["first"]
"""
    assert verdicts(text, checked=checked) == {"mask x": "ok"}


@pytest.mark.parametrize("names, words", [
    (["mine.ipynb"], "mine.ipynb is no file of Python's: expected FILE.py"),
    (["folder"], "folder is no file of Python's"),
    (["dense", "mine.py"], "mine.py: a file goes first"),
])
def test_what_is_no_file_of_pythons_is_not_looked_for_among_the_checks(
        names, words, tmp_path, monkeypatch, capsys):
    (tmp_path / "folder").mkdir()
    (tmp_path / "mine.ipynb").write_text("{}")
    monkeypatch.chdir(tmp_path)
    assert main(["gradcheck", *names]) == 2
    assert words in capsys.readouterr().err


def test_the_ending_of_a_file_may_have_capitals(tmp_path, capsys):
    (tmp_path / "MINE.PY").write_text("def f_forward(x): return 3 * x, None\n"
                                      "def f_backward(d, cache): return 3 * d\n")
    assert main(["gradcheck", str(tmp_path / "MINE.PY")]) == 0


DROPOUT = """
import numpy as np


def drop_forward(x, mask, p):
    return x * mask * p * p, (x, mask, p)


def drop_backward(d, cache):
    x, mask, p = cache
    dx, dp = d * mask * p * p, np.sum(2 * d * x * mask * p)
    return {returned}


def drop_example(rng):
    return rng.normal(size=(5, 4)), rng.random((5, 4)) < 0.5, {rate}
"""


@pytest.mark.parametrize("rate, returned, rows", [
    ("0.5", "dx", {"x": True}),
    ("0.5", "dx, None, None", {"x": True}),
    ("0.5", "{'x': dx}", {"x": True}),
    ("0.5", "dx, dp", {"x": True, "p": True}),
    ("0.5", "dx, None, 2 * dp", {"x": True, "p": False}),
    ("0.5", "2 * dx", {"x": False}),
    ("np.array(0.5)", "dx", {"x": True, "p": False}),
    ("np.float64(0.5)", "dx", {"x": True, "p": False}),
])
def test_a_python_float_is_a_constant_unless_it_has_a_gradient(
    rate, returned, rows, tmp_path, capsys
):
    path = tmp_path / "mine.py"
    path.write_text(DROPOUT.replace("{returned}", returned).replace("{rate}", rate))
    assert {row.name: row.passed for row in run_file(path).rows} == rows
    assert ("None for p" in capsys.readouterr().err) == returned.endswith("None")


@pytest.mark.parametrize("pair, helper", [
    ("square_", "_square_"), ("", "_"), ("", "_any_")])
@pytest.mark.parametrize("before", [True, False])
def test_a_helper_with_an_underscore_needs_no_gradient(pair, helper, before, checked):
    text = SQUARE.format(factor=2).replace("square_", pair)
    own = f"def {helper}forward(x):\n    return x\n"
    status, out, _ = checked(own + text if before else text + own)
    assert status == 0 and "all 1 gradients agree" in out


@pytest.mark.parametrize("change", [
    "pop(0)", "insert(0, 'elsewhere')", "append('elsewhere')", "clear()"])
def test_a_file_may_change_where_it_imports_from(change, checked):
    before, text = [*sys.path], f"import sys\n{SQUARE.format(factor=2)}"
    status, out, err = checked(f"{text}\nsys.path.{change}\n")
    assert (status, err) == (0, "") and sys.path == before


@pytest.mark.parametrize("prefix", ["mine_", "mine__"])
def test_two_pairs_of_one_name_are_refused(prefix, tmp_path):
    """One of them would not be checked, and whether it is right nobody would know."""
    path, right = tmp_path / "mine.py", SQUARE.format(factor=2)
    other = SQUARE.format(factor=3).replace("def ", f"def {prefix}")
    path.write_text(right.replace("square_", "") + other.replace("square_", ""))
    with pytest.raises(ValueError, match=rf"two pairs mine, forward and {prefix}forw"):
        run_file(path)
