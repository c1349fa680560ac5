"""Lab 16: each program of the hand-out passes the gradient check, and is wrong."""

import numpy as np
import pytest
from lab_tools import LABS, result_of, stub_of

from scratchae import check_gradient
from scratchae.exact import LinearGaussian
from scratchae.museum import FAULTS
from scratchae.nn.backend import backend

PARTS = {part.function: part for part in LABS["16"].parts}
PROGRAMS = {name: getattr(stub_of("16"), name.replace("corrected", "program"))
            for name in PARTS}
# What each gradient of a program belongs to, and the museum's fault that it has.
ARGUMENTS = {"corrected_1": ("m", "log_v"), "corrected_2": ("mu", "log_var"),
             "corrected_3": ("log_w",), "corrected_4": ("W", "V"),
             "corrected_5": ("h",)}
FAULT = {"corrected_1": "std_is_variance", "corrected_2": "kl_without_half",
         "corrected_3": "mean_of_logs", "corrected_5": "rho_swapped"}
every_program = pytest.mark.parametrize("name", PROGRAMS)


@every_program
def test_the_program_passes_the_gradient_check(name):
    inputs = PARTS[name].cases()[0].inputs
    _, *gradients = PROGRAMS[name](**inputs)
    for argument, gradient in zip(ARGUMENTS[name], gradients, strict=True):
        check = check_gradient(
            lambda value, argument=argument: np.sum(
                PROGRAMS[name](**inputs | {argument: value})[0]),
            inputs[argument], gradient, method="complex")
        assert check.passed, check


@every_program
def test_the_program_as_it_is_handed_out_is_told_from_a_corrected_one(name):
    result = result_of(PARTS[name], PROGRAMS[name])
    assert not result.passed and result.rows[0].code == "still_there"


@pytest.mark.parametrize("name", FAULT)
def test_the_mistake_is_an_exhibit_of_the_museum(name):
    part = PARTS[name]
    for case in part.cases()[:2]:
        with backend("numpy"), FAULTS[FAULT[name]].planted():
            planted = part.expected(case)
        value, *_ = PROGRAMS[name](**case.inputs)
        np.testing.assert_allclose(vars(planted)[part.tensors[0].name], value)


def test_an_oracle_finds_program_1_where_the_gradient_check_does_not():
    """With the posterior as q every draw gives log p(x): the gap is 0."""
    model, x = LinearGaussian(2.0, 0, 1.0), np.full(200_000, 3.0)
    mean, variance = model.posterior(3.0)
    m, log_v = np.full(x.shape, mean[0, 0]), np.full(x.shape, np.log(variance[0, 0]))
    eps = np.random.default_rng(0).standard_normal(x.shape)
    bound, *_ = PROGRAMS["corrected_1"](x, eps, 2.0, 1.0, m, log_v)
    error = bound.std() / np.sqrt(len(x))
    assert abs(bound.mean() - model.log_likelihood(3.0)[0]) > 20 * error
