"""What lecture 13 makes of the seconds that it measures: operations, bytes, limits.

The seconds differ in each run, so the script's own lines are run with seconds that are
made up, and a stand-in for each call that would take them.
"""

import ast
import inspect
from collections import defaultdict
from unittest.mock import MagicMock

import numpy as np
import pytest
from scripts import SCRIPTS

from scratchae.benchmark.growth import step_times

pytestmark = pytest.mark.lecture13
(SCRIPT,) = (path for path in SCRIPTS if path.stem[:2] == "13")
TREE = ast.parse(SCRIPT.read_text())
N, D, H, P = 128, 784, 400, 652_800
FLOPS = 2 * N * D * H
TARGETS = ("FLOPS", "P", "stream", "update", "bandwidth", "loss", "operations",
           "traffic", "taken", "blas", "best")


def statements(chosen):
    return [node for node in TREE.body if isinstance(node, ast.Assign)
            and chosen(ast.unparse(node.targets[0]))]


def computed(taken=0.5, **seconds):
    """The script's numbers, where a call of this kernel takes so many seconds."""
    def time_of(function, *arguments):
        return seconds.get(getattr(function, "name", None), taken)

    def stand_in(*names):
        made = MagicMock()
        for name in names:
            getattr(made, name).name = name
        return made

    names = defaultdict(MagicMock, {
        "seconds": time_of, "rate": {}, "max": max, "THREADS": 2, "small": (),
        "njit": lambda f: f, "layer": (), "large": (), "triple_loop": None,
        "along_rows": None, "reuse": None, "abs": abs,
        "kernels": stand_in("add_gaussian_noise", "adam_step", "layer_forward"),
        "plain": stand_in("bernoulli_nll")})
    code = statements(lambda name: name.startswith("rate[") or name in TARGETS
                      or name == "(n, d, h)")
    exec(compile(ast.Module(code, []), SCRIPT.name, "exec"), names)
    return names


def test_a_rate_is_two_operations_for_each_i_j_and_k_over_the_seconds():
    rates = computed(0.5)["rate"]
    one, *others = rates.values()
    assert one == pytest.approx(2 * 20**3 / 0.5 / 1e9)
    assert len(others) == 5
    assert others == [pytest.approx(FLOPS / 0.5 / 1e9)] * 5
    assert computed(0.25)["blas"] == pytest.approx(FLOPS / 0.25 / 1e9)


def test_the_machine_at_best_is_the_fastest_product_of_all():
    large = 2 * 1024**3 / 0.5 / 1e9
    assert computed(0.5)["best"] == pytest.approx(large)
    others = computed(0.5, layer_forward=50.0)  # then another step is the fastest
    assert others["best"] == pytest.approx(FLOPS / 0.5 / 1e9)


@pytest.mark.parametrize("stream, update", [(1.0, 9.0), (9.0, 1.0)])
def test_bandwidth_is_that_of_the_better_stream_of_12_or_28_bytes(stream, update):
    found = computed(add_gaussian_noise=stream, adam_step=update)
    assert found["bandwidth"] == pytest.approx(
        max(12 * P / stream, 28 * P / update) / 1e9)


def test_work_is_operations_bytes_and_seconds():
    found = computed(0.5, adam_step=2.0)
    assert found["operations"] == {
        "product": FLOPS, "Bernoulli loss": 40 * N * D, "Adam": 12 * P}
    assert found["traffic"] == {"product": 4 * (N * D + D * H + N * H),
                                "Bernoulli loss": 12 * N * D, "Adam": 28 * P}
    assert found["taken"] == {"product": pytest.approx(0.5),  # of the fastest step
                              "Bernoulli loss": 0.5, "Adam": 2.0}


def test_how_much_slower_numpy_is_is_its_time_over_the_kernels():
    code = statements(lambda name: name == "slower")
    first = eval(compile(ast.Expression(code[0].value), SCRIPT.name, "eval"),
                 {"seconds": lambda *a: 3.0, "plain": MagicMock(), "logits": 0,
                  "white": 0, "loss": 4.0})
    assert first == 3.0 / 4.0
    shown = [ast.unparse(node) for node in ast.walk(TREE) if isinstance(node, ast.Call)
             and "kernel's" in ast.unparse(node) and "number" in ast.unparse(node.func)]
    assert [call.endswith(", slower)") for call in shown] == [True, True]


def test_growth_is_told_the_rate_and_then_the_bandwidth():
    (call,) = (node for node in ast.walk(TREE) if isinstance(node, ast.Call)
               and ast.unparse(node.func) == "step_times")
    told = [ast.unparse(argument) for argument in call.args]
    assert dict(zip(inspect.signature(step_times).parameters, told, strict=False)) == {
        "rate": "best", "bandwidth": "bandwidth"}


def test_step_3_rounds_each_step_as_lab_15_which_names_it_asks():
    numba = pytest.importorskip("numba")
    (along_rows,) = (node for node in TREE.body
                     if isinstance(node, ast.FunctionDef) and node.name == "along_rows")
    names = {"njit": numba.njit}
    exec(ast.unparse(along_rows), names)
    rng = np.random.default_rng(0)
    A, B = (rng.standard_normal((30, 30), dtype=np.float32) for _ in range(2))
    C, expected = np.empty((30, 30), np.float32), np.zeros((30, 30), np.float32)
    names["along_rows"](A, B, C)
    for k in range(30):
        expected += A[:, [k]] * B[k]
    np.testing.assert_array_equal(C, expected)
