"""Labs: solutions pass, stubs say so, wrong answers are named, nothing else is."""

import pkgutil
import re
from dataclasses import replace

import numpy as np
import pytest
from lab_tools import (
    LABS,
    diagnosis_of,
    judge_values,
    results_of,
    solution_of,
    stub_of,
)
from without_numba import numba_or_skip

from scratchae.gradcheck.slips import same
from scratchae.labs.confusion import as_text, confusion
from scratchae.labs.specification import FIRST, SECOND, Slip
from scratchae.museum import FAULTS, footprint
from scratchae.nn.backend import backend

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of wrong answers

WRONG = {
    f"{number} {i}": (number, wrong)
    for number in LABS
    for i, wrong in enumerate(getattr(solution_of(number), "WRONG", ()))
}
MARKS = {  # of a lab's slips, by `mark_of`
    "01": -51.35053, "02": -27.76642, "03": 2142.60724, "04": 3.02025,
    "05": -247.59593, "06": 12.60892, "07": -51.80277, "08": -305.84228,
    "09": -32.69778, "10": -114.91467, "11": -76.49074, "12": 45.01173,
    "13": 1.27117, "14": 152.01101, "15": -2.78757, "16": -59.07275,
}
every_lab = pytest.mark.parametrize("number", LABS)


def test_a_warning_is_heard_whatever_was_set_before():
    number, wrong = next(case for case in WRONG.values() if case[1][4] == "asked")
    with np.errstate(all="ignore"):
        assert diagnosis_of(LABS[number], solution_of(number), wrong) == wrong[3:]


@every_lab
@pytest.mark.parametrize("seed", [0, 7])
def test_the_solution_of_a_lab_passes(number, seed):
    for result in results_of(LABS[number], solution_of(number), seed):
        assert result.passed, result


@every_lab
def test_no_number_that_is_given_is_the_same_on_both_inputs(number):
    """Else it could be typed in."""
    for part in LABS[number].parts:
        first, second = (case.inputs for case in part.cases()[:2])
        alike = [name for name, value in first.items()
                 if not np.ndim(value) and value == second[name]]
        assert not alike, part.function


@every_lab
def test_a_stub_fails_with_the_message_of_its_hole(number):
    for i, result in enumerate(results_of(LABS[number], stub_of(number)), 1):
        assert result.status == "not written yet" and result.points == 0
        assert result.text.startswith(f"Lab {number}, part {i}: ")
        assert "line" in result.text, "how long the answer is"


@every_lab
def test_where_a_solution_stands_is_a_public_name(number):
    if number == "15":  # in the kernels
        numba_or_skip()
    for part in LABS[number].parts:
        for name in re.findall(r"scratchae(?:\.\w+)+", part.solution):
            assert pkgutil.resolve_name(name) is not None
            assert "._" not in name


@every_lab
def test_a_lab_is_found_by_its_number(number):
    assert LABS[number].number == number


@every_lab
def test_each_lab_has_four_wrong_answers(number):
    assert len(solution_of(number).WRONG) >= 4


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_answer_is_called_by_its_name(case):
    number, wrong = WRONG[case]
    assert diagnosis_of(LABS[number], solution_of(number), wrong) == wrong[3:]


@every_lab
def test_no_slip_is_taken_for_another(number):
    rows = confusion([LABS[number]])
    assert all(row.named == row.code for row in rows), as_text(rows)


@every_lab
def test_every_slip_of_a_lab_is_a_wrong_answer_for_any_seed(number):
    """Else a right answer would be given its name."""
    for part in LABS[number].parts:
        for case in part.cases(seed=3)[:2]:
            v = part.expected(case)
            for tensor in part.tensors:
                right = vars(v)[tensor.name]
                for slip in tensor.slips:
                    wrong = np.asarray(slip.wrong(v))
                    assert wrong.shape != right.shape or not np.allclose(wrong, right)


def mark_of(lab):
    """One number of all that a lab's slips compute, in every case of the first seed."""
    marks = []
    for part in lab.parts:
        slips = [slip for tensor in part.tensors for slip in tensor.slips]
        for v in map(part.expected, part.cases(seed=0)):
            for slip in slips:
                wrong = np.nan_to_num(np.asarray(slip.wrong(v), float)).ravel()
                marks.append(np.cos(np.arange(wrong.size)) @ np.arcsinh(wrong))
    return np.cos(np.arange(len(marks))) @ marks


@every_lab
def test_slips_compute_what_they_computed_when_each_was_read(number):
    """Two thirds of them have no wrong answer that is called by their name.

    A changed mark: see that the slip's words say what it computes, and write the mark.
    """
    assert mark_of(LABS[number]) == pytest.approx(MARKS[number], abs=1e-4)


def test_an_infinite_hypothesis_explains_nothing():
    """exp of a large loss is inf, beside which every difference is small."""
    assert not same(np.array(3.0), np.array(np.inf))


def test_sizes_are_different_primes_above_2():
    for sizes in FIRST, SECOND:
        found = [*vars(sizes).values()]
        assert len({*found}) == len(found)
        assert all(size > 2 and all(size % m for m in range(2, size)) for size in found)


def planted_result(part, fault):
    """The PartResult of what the library computes with a fault in it."""
    cases = part.cases()
    with backend("numpy"), np.errstate(all="ignore"), FAULTS[fault].planted():
        values = [vars(part.expected(case)) for case in cases]
    return judge_values(part, cases, values)


def changes_code(fault):
    """Whether a fault is more than other defaults, all of which a lab gives itself."""
    targets = FAULTS[fault].targets
    before = [f.__defaults__ for f in targets]
    with FAULTS[fault].planted():
        return [f.__defaults__ for f in targets] == before


def concerned(lab):
    """The faults in functions that a lab's right answer calls."""
    codes = footprint(lambda: [p.expected(c) for p in lab.parts for c in p.cases()])
    return [
        fault for fault, exhibit in FAULTS.items()
        if not codes.isdisjoint(f.__code__ for f in exhibit.targets)
        and changes_code(fault)
    ]


@every_lab
def test_no_fault_of_the_museum_passes_a_lab(number):
    parts = LABS[number].parts
    passing = [fault for fault in concerned(LABS[number])
               if all(planted_result(part, fault).passed for part in parts)]
    assert not passing


def test_the_museum_has_faults_for_these_labs():
    assert "bias_gradient_averaged" in concerned(LABS["01"])
    assert "probabilities_clipped" in concerned(LABS["03"])


def test_two_slips_that_cannot_be_told_apart_are_found_by_the_matrix():
    part = LABS["01"].parts[0]
    (tensor,) = part.tensors
    copy = Slip("copy", "", tensor.slips[0].wrong)
    twice = replace(tensor, slips=(*tensor.slips, copy))
    lab = replace(LABS["01"], parts=(replace(part, tensors=(twice,)),))
    wrong = {row.code: row.named for row in confusion([lab]) if row.code != row.named}
    assert wrong == {tensor.slips[0].code: "none", "copy": "none"}
