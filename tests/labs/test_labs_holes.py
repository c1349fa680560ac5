"""The files that students fill in: what their code says and does (words: proofread.py).
"""

import inspect

import numpy as np
import pytest
from lab_tools import LABS, solution_of, stub_of

EACH = [(number, part.function) for number, lab in LABS.items() for part in lab.parts
        if part.race is None]


@pytest.mark.parametrize("number, function", EACH)
def test_a_hole_has_the_parameters_of_its_solution_in_their_order(number, function):
    """A student's own functions call each other by places."""
    asked, solved = (list(inspect.signature(getattr(module, function)).parameters)
                     for module in (stub_of(number), solution_of(number)))
    assert asked == solved


def test_the_plain_loop_of_lab_15_is_the_product_in_the_order_that_is_told():
    rng = np.random.default_rng(0)
    A, B = rng.normal(size=(2, 5)), rng.normal(size=(5, 3))
    lab = stub_of("15")
    lab.plain_loop = getattr(lab.plain_loop, "py_func", lab.plain_loop)
    found = lab.plain(A, B)
    for i, j in np.ndindex(2, 3):
        total = 0.0
        for a, b in zip(A[i].tolist(), B[:, j].tolist(), strict=True):
            total += a * b
        assert found[i, j] == total
    assert found.shape == (2, 3)
