"""The museum's tools: planting, watching and comparing, without its long table."""

import contextlib
import json
import os
import sys
import warnings
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

from scratchae import museum
from scratchae.museum import FAULTS, KERNELS, footprint, in_kernels, matrix
from scratchae.museum.planting import changed_source, edited
from scratchae.museum.registry import Exhibit
from scratchae.nn import plain


@pytest.mark.parametrize("name", FAULTS)
def test_every_edit_of_an_exhibit_fits_the_code_as_it_is(name):
    exhibit = FAULTS[name]
    assert exhibit.edits
    for function, *changes in exhibit.edits:
        assert changed_source(function, changes)


def test_who_is_profiling_goes_on_after_a_footprint():
    def mine(frame, event, argument):
        pass

    before = sys.getprofile()
    sys.setprofile(mine)
    try:
        footprint(lambda: None)
        after = sys.getprofile()
    finally:
        sys.setprofile(before)
    assert after is mine


def test_a_footprint_is_of_the_plain_backend_whoever_asks():
    from scratchae.nn.backend import ops

    x = np.ones((2, 2))
    ran = footprint(lambda: ops.layer_forward(x, x, x[0], "tanh"))
    assert plain.layer_forward.__code__ in ran


def test_an_edit_is_undone_where_the_block_fails():
    def value(x, y=1):
        return x + y

    with pytest.raises(ZeroDivisionError):
        with edited(value, "x + y", "x - y", "y=1", "y=5"):
            assert value(1) == -4
            raise ZeroDivisionError
    assert value(1) == 2


def test_an_exhibit_of_two_functions_is_planted_in_both():
    def one():
        return 1

    def two():
        return 2

    exhibit = Exhibit("t", "s", ((one, "1", "10"), (two, "2", "20")))
    assert exhibit.targets == [one, two]
    with exhibit.planted():
        assert (one(), two()) == (10, 20)
    assert (one(), two()) == (1, 2)


def test_a_mistake_is_shown_to_the_checks_that_run_its_code_and_to_no_other(
    monkeypatch,
):
    def area(a, b):
        return a * b

    def looks():
        assert area(2, 3) == 6

    def looks_away():
        raise_if = area.__name__ != "area"
        assert not raise_if

    def is_blind():
        assert area(1, 1)

    monkeypatch.setattr(museum, "CHECKS", {
        "looks": [is_blind, looks], "away": [looks_away], "blind": [is_blind]})
    faults = {"sum": Exhibit("a sum", "here", ((area, "a * b", "a + b"),))}
    monkeypatch.setattr(museum, "FAULTS", faults)
    monkeypatch.setattr(in_kernels, "noticed", lambda: {"sum": True})
    told = []
    assert matrix(told.append) == {
        "sum": {"looks": True, "away": False, "blind": False, KERNELS: True}}
    assert told == ["sum"] and area(2, 3) == 6


@pytest.mark.parametrize("off, differ", [(1e-9, True), (1e-12, False)])
def test_a_kernel_may_differ_from_its_twin_by_rounding_only(
    off, differ, kernels, monkeypatch
):
    def results(ops):
        here = ops is kernels
        return [("sum", np.array([1.0, np.nan])), ("mean", np.array([1 + off * here]))]

    monkeypatch.setattr(in_kernels, "results", results)
    assert in_kernels.disagreements() == ["mean"] * differ


def test_nothing_is_planted_where_kernels_differ_already(
    kernels, monkeypatch, capsys
):
    monkeypatch.setattr(in_kernels, "disagreements", lambda: ["mask"])
    with pytest.raises(SystemExit, match=r"kernels and twins differ: \['mask'\]"):
        in_kernels.main()
    assert not capsys.readouterr().out


def test_a_mistake_in_a_kernel_is_noticed_only_where_it_makes_a_difference(
        kernels, monkeypatch, capsys):
    differ = []

    @contextlib.contextmanager
    def planted(names):
        differ.extend(names)
        yield
        differ.clear()

    faults = {
        name: SimpleNamespace(kernel=kernel, planted_in_kernels=partial(planted, found))
        for name, kernel, found in (("seen", ("a",), ["mask"]), ("unseen", ("a",), []),
                                    ("none", (), ["mask"]))
    }
    monkeypatch.setattr("scratchae.museum.in_kernels.FAULTS", faults)
    monkeypatch.setattr(in_kernels, "disagreements", lambda: [*differ])
    in_kernels.main()
    assert json.loads(capsys.readouterr().out) == {"seen": True, "unseen": False}


@pytest.mark.parametrize("code", [0, 1])
def test_kernels_are_compared_by_a_process_without_compiler(code, monkeypatch):
    def run(command, env, **_):
        assert command[0] == sys.executable and env["NUMBA_DISABLE_JIT"] == "1"
        assert {*os.environ} <= {*env}
        return SimpleNamespace(returncode=code, stdout='{"a": true}', stderr="oops")

    monkeypatch.setattr(in_kernels.subprocess, "run", run)
    if code:
        with pytest.raises(RuntimeError, match="kernels cannot be compared:\noops"):
            in_kernels.noticed()
    else:
        assert in_kernels.noticed() == {"a": True}


def test_a_number_that_overflows_is_no_catch_where_warnings_are_errors():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not museum._is_caught([lambda: np.exp(np.array([1e4]))])
        assert not museum._is_caught([lambda: np.log(np.zeros(1))])
