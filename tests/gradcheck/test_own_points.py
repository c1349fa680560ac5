"""Where the pairs of a file of one's own are checked: arguments and points."""

import numpy as np
import pytest

from scratchae.gradcheck import random_projection
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


COUNTED = """
import numpy as np
def f_forward(x, counts, log):
    counts += 1
    log.append("called")
    return x * counts[0] * len(log), (counts[0], len(log))
def f_backward(dy, cache):
    number, calls = cache
    return dy * number * calls, None, None
def f_example(rng):
    return rng.normal(size=3), np.zeros(2, int), []
"""


def test_each_call_gets_the_example_as_it_was(verdicts):
    """Also what is no array of floats, and so is not checked."""
    assert verdicts(COUNTED) == {"x": "ok"}


SQUARED = """
import numpy as np
calls = []
def forward(x):
    return x * x, x
def backward(dy, x):
    return 2 * x * dy * FACTOR
def example(rng):
    calls.append(1)
    return np.abs(rng.normal(size=4)) + 0.5
"""


@pytest.mark.parametrize("factor, verdict", [
    ("-1", "FAILED: sign flipped?"),
    ("0.3", "FAILED: factor 0.3 in all entries"),
    ("5", "FAILED: factor 5: a sum or a mean too many?"),
    ("(4 + len(calls))", "FAILED: factor 5: a sum or a mean too many?"),
    ("(0.3 if len(calls) == 1 else 0.7)", "FAILED"),  # of one point only: no slip
    ("(-1 if len(calls) == 1 else 0.5)", "FAILED"),
    ("(-1 if len(calls) == 1 else 1)", "FAILED"),
])
def test_words_of_a_slip_are_said_if_a_second_point_says_them(
    factor, verdict, verdicts
):
    """A whole factor is a sum or a mean, over a size that may be another there."""
    assert verdicts(SQUARED.replace("FACTOR", factor)) == {"x": verdict}


def test_the_second_point_is_another_one(tmp_path):
    """Else it would say what the first says."""
    path, seen = tmp_path / "own.py", tmp_path / "seen.txt"
    note = f"    open({str(seen)!r}, 'a').write(f'{{x[0]}}\\n')\n"
    path.write_text(SQUARED.replace("FACTOR", "-1").replace(
        "    return 2", note + "    return 2"))
    run_file(path)
    first = seen.read_text().split()
    assert len({*first}) == 2
    run_file(path, seed=1)
    assert not {*first} & {*seen.read_text().split()[len(first):]}


SOFTMAX = """
import numpy as np
def forward(a):
    e = np.exp(a - a.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return p, p
def backward(dp, p):
    return RIGHT * p * (dp - np.sum(dp * p, axis=1, keepdims=True))
"""


def test_what_sums_to_1_is_no_constant_to_the_checker(verdicts):
    """Summed up with weights of 1 its gradient would be 0, and 0 would be right."""
    assert verdicts(SOFTMAX.replace("RIGHT", "1"))["a"] == "ok"
    assert "all zero" in verdicts(SOFTMAX.replace("RIGHT", "0"))["a"]


def test_random_weights_of_a_tensor_are_drawn_from_the_generator():
    first, same, other = (random_projection((300, 7), np.random.default_rng(seed))
                          for seed in (5, 5, 6))
    assert np.array_equal(first, same) and first.shape == (300, 7)
    assert len({*np.abs(first).ravel()}) == 2100 and not np.any(first == other)


def test_a_backward_may_write_to_the_gradient_that_it_is_given(verdicts):
    assert verdicts("""
def forward(x):
    return 3 * x, None
def backward(dy, cache):
    dy *= 3
    return dy
""") == {"x": "ok"}


def test_a_slip_is_asked_of_a_second_point_though_another_gradient_is_right(verdicts):
    assert verdicts("""
import numpy as np
calls = []
def forward(x, b):
    return x * x + b, x
def backward(dy, x):
    return 2 * x * dy * (-1 if len(calls) == 1 else 0.5), dy
def example(rng):
    calls.append(1)
    return rng.normal(size=4), rng.normal(size=4)
""") == {"x": "FAILED", "b": "ok"}


@pytest.mark.parametrize("example", [
    "", "def example(rng):\n    return rng.normal(size=(5, 7))"])
def test_a_seed_makes_the_point_with_and_without_an_example(example, tmp_path):
    path, points = tmp_path / "own.py", []
    path.write_text("def forward(x):\n    raise ValueError(x.tolist())\n"
                    f"def backward(dy, x):\n    return dy\n{example}\n")
    for seed in 3, 3, 4:
        with pytest.raises(ValueError) as raised:
            run_file(path, seed=seed)
        points.append(str(raised.value))
    assert points[0] == points[1] != points[2]
