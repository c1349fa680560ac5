"""Labs: solutions pass, stubs say so, wrong answers are named, nothing else is."""

import numpy as np
import pytest
from lab_tools import LABS, diagnosis_of, results_of, solution_of, stub_of

from scratchae.labs.confusion import as_text, confusion
from scratchae.labs.judging import judge_values
from scratchae.labs.specification import FIRST, SECOND
from scratchae.museum import FAULTS, footprint
from scratchae.nn.backend import backend

WRONG = {
    f"{number} {i}": (number, wrong)
    for number in LABS
    for i, wrong in enumerate(getattr(solution_of(number), "WRONG", ()))
}
every_lab = pytest.mark.parametrize("number", LABS)


@every_lab
@pytest.mark.parametrize("seed", [0, 7])
def test_the_solution_of_a_lab_passes(number, seed):
    for result in results_of(LABS[number], solution_of(number), seed):
        assert result.passed, result


@every_lab
def test_a_stub_fails_with_the_message_of_its_hole(number):
    for i, result in enumerate(results_of(LABS[number], stub_of(number)), 1):
        assert result.status == "not written yet" and result.points == 0
        assert result.text.startswith(f"Lab {number}, part {i}: ")
        assert "line" in result.text, "how long the answer is"


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


def test_sizes_are_different_primes_above_2():
    for sizes in FIRST, SECOND:
        found = [*vars(sizes).values()]
        assert len({*found}) == len(found)
        assert all(size > 2 and all(size % m for m in range(2, size)) for size in found)


def planted_values(part, cases, fault):
    """The tensors of a part as the library computes them with a fault in it."""
    with backend("numpy"), np.errstate(all="ignore"), FAULTS[fault].planted():
        return [vars(part.expected(case)) for case in cases]


def concerned():
    """(lab, part, fault) where a fault is in a function that the lab's answer uses."""
    for number, lab in LABS.items():
        for part in lab.parts:
            codes = footprint(lambda p=part: [p.expected(c) for c in p.cases()])
            for fault, exhibit in FAULTS.items():
                if not codes.isdisjoint(f.__code__ for f in exhibit.targets):
                    yield number, part.function, fault


@pytest.mark.parametrize("number, function, fault", [*concerned()])
def test_no_fault_of_the_museum_passes_a_lab(number, function, fault):
    part = next(p for p in LABS[number].parts if p.function == function)
    cases = part.cases()
    assert not judge_values(part, cases, planted_values(part, cases, fault)).passed
