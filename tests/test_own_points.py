"""Where the pairs of a file of one's own are checked: arguments and points."""

import pytest

from scratchae.gradient_checks.own_file import run_file

SCALED = """
def scaled_forward(x, factor=3.0, shift=1.0):
    return factor * x + shift, factor
def scaled_backward(dy, factor):
    return (factor * dy,)
def scaled_example(rng):
    return (rng.normal(size=4),)
"""
RELU = """
import numpy as np
calls = []
def relu_forward(x):
    return np.maximum(x, 0), x > 0
def relu_backward(dy, on):
    return dy * on
def relu_example(rng):
    calls.append(1)
    return np.full(4, float(len(calls) > KINKS))
"""


@pytest.fixture
def verdicts(tmp_path):
    def run(text):
        (tmp_path / "own.py").write_text(text)
        return {row.name: row.verdict for row in run_file(tmp_path / "own.py").rows}

    return run


def test_arguments_with_defaults_need_not_be_in_the_example(verdicts):
    assert verdicts(SCALED) == {"x": "ok"}


@pytest.mark.parametrize("kinks, words", [(9, "ok"), (10, "FAILED: kink at (0,)")])
def test_points_that_are_kinks_are_drawn_anew_ten_times(kinks, words, verdicts):
    assert verdicts(RELU.replace("KINKS", str(kinks)))["x"].startswith(words)
