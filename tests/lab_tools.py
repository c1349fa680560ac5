"""Labs as the tests need them: solutions, stubs, and wrong answers."""

import contextlib
import importlib.util
from pathlib import Path

from scratchae.cli.lab_files import STUBS
from scratchae.labs import child, labs, runner
from scratchae.labs.judging import judge
from scratchae.labs.runner import Outcome
from scratchae.museum.planting import edited

SOLUTIONS = Path(__file__).parent / "labs"
LABS = labs()


def module_of(path):
    """A file of ours as a module: a stub or a solution."""
    spec = importlib.util.spec_from_file_location(f"lab_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def solution_of(number):
    """The module of a lab's hidden solution."""
    (path,) = SOLUTIONS.glob(f"{number}_*.py")
    return module_of(path)


def stub_of(number):
    """The module of a lab as it is handed out."""
    (path,) = STUBS.glob(f"{number}_*.py")
    return module_of(path)


def run_here(part, cases, function):
    """The Outcome of a function that is trusted, in this process."""
    module = type("module", (), {part.function: staticmethod(function)})
    asked = {"function": part.function, "names": part.names, "asks": part.asks,
             "given": part.given, "others": []}
    inputs = [case.inputs for case in cases]
    return runner._outcome(*child.answer(module, asked, inputs,
                                         function.__code__.co_filename))


def judge_values(part, cases, values):
    """The PartResult of tensors that somebody computed: a dict for each case."""
    answers = {i: [found, found] for i, found in enumerate(values)}
    return judge(part, 0, cases, Outcome("returned", answers=answers))


def result_of(part, function, seed=0):
    """The PartResult of a function, in this process."""
    cases = part.cases(seed)
    return judge(part, 1, cases, run_here(part, cases, function))


def results_of(lab, module, seed=0):
    """The PartResults of all parts of a lab in which something is written."""
    return [result_of(part, getattr(module, part.function), seed) for part in lab.parts
            if part.race is None]


def part_of(lab, function):
    """The part of a lab that asks for a function."""
    return next(part for part in lab.parts if part.function == function)


def diagnosis_of(lab, module, wrong):
    """(tensor, slip) that is named for a wrong answer; the first tensor that fails.

    wrong : (function, text, text in its place, tensor, slip), as solutions list them
    """
    function, old, new, *_ = wrong
    target = getattr(module, function)
    with edited(target, old, new) if old else contextlib.nullcontext():
        result = result_of(part_of(lab, function), target)
    if result.passed:
        return "passes", ""
    if result.code or not result.rows:
        return "", result.code or result.status
    row = next(row for row in result.rows if row.verdict != "ok")
    return row.name, row.code or row.verdict
