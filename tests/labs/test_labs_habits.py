"""What students do beside writing a function: calls at the end, helpers, kernels."""

import json

import numpy as np
import pytest
from lab_tools import LABS as SPECIFIED
from lab_tools import SOLUTIONS, result_of, solution_of

from scratchae.cli import main
from scratchae.labs import check, lab_of

HOLE = 'raise NotImplementedError("Lab 01, part 2: dx, dW, db")'


def solved(number, *changes):
    """The text of a lab's solution without its wrong answers, with changes."""
    (path,) = SOLUTIONS.glob(f"{number}_*.py")
    text = path.read_text().split("# (function, what stands there")[0]
    text = text.split("WRONG = [")[0]
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def parts_of(number, text, path):
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return check(lab_of(number), path, seconds=60.0).parts


BACKWARD = ("    db = dy.sum(axis=0)\n    dW = x.T @ dy\n    dx = dy @ W.T\n"
            "    return dx, dW, db\n", f"    {HOLE}\n")


def test_a_call_at_the_end_of_what_is_not_written_is_an_error_with_its_line(tmp_path):
    text = solved("01", BACKWARD) + "\nprint(dense_backward(1, 2, 3))\n"
    parts = parts_of("01", text, tmp_path / "01_dense.py")
    line = len(text.splitlines())
    assert {(p.status, p.line) for p in parts} == {("error", line)}
    assert {p.text for p in parts} == {"calls dense_backward, which is not written yet"}


def test_a_part_that_is_written_is_not_called_unwritten(tmp_path):
    first, second, third = parts_of("01", solved("01", BACKWARD), tmp_path / "01_a.py")
    assert (first.status, second.status, third.status) == (
        "pass", "not written yet", "error")
    assert third.text.startswith("calls dense_backward, which is not written yet")


def test_an_error_while_the_file_is_read_tells_no_shapes(tmp_path):
    """Nothing was given; all parts end alike."""
    text = solved("01") + ("\nimport numpy as np\n"
                           "dense_forward(np.ones((2, 4)), np.ones((3, 4)), 0)\n")
    parts = parts_of("01", text, tmp_path / "01_a.py")
    (told,) = {part.text for part in parts}
    assert told.startswith("ValueError") and "given" not in told


def test_of_a_call_that_fails_it_is_said_whose_part_that_is(tmp_path):
    *_, third = parts_of("01", solved("01", ("return dx, dW, db", "return dx, dW")),
                         tmp_path / "01_a.py")
    assert third.status == "error"
    assert "calls dense_backward, which fails: part 2 first" in third.text


def test_of_what_returns_nothing_too_it_is_said_whose_part_fails(tmp_path):
    text = solved("01", ("return dx, dW, db", "pass"),
                  ("dh, dW2, db2 = dense", "return dense"))
    *_, third = parts_of("01", text, tmp_path / "01_a.py")
    assert third.text.endswith("; calls dense_backward, which fails: part 2 first")
    assert third.text.startswith("returns nothing") and third.status == "fail"


def notebook(path, *cells):
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {},
                                "cells": [{"cell_type": "code", "source": cell}
                                          for cell in cells]}))


def test_a_notebook_is_told_the_cell_in_which_to_go_on(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    notebook(tmp_path / "01.ipynb", "import numpy as np", solved("01", BACKWARD))
    assert main(["lab", "01", "--file", "01.ipynb"]) == 1
    line = solved("01", BACKWARD).splitlines().index(f"    {HOLE}") + 1
    assert f"next: part 2, 01.ipynb, code cell 2, line {line}: your" in (
        capsys.readouterr().out)


@pytest.mark.parametrize("name", ["helper", "notebook", "lab", "n"])
def test_a_notebook_may_import_what_lies_beside_it(name, tmp_path):
    (tmp_path / f"{name}.py").write_text("def twice(x):\n    return 2 * x\n")
    notebook(tmp_path / "n.ipynb", f"from {name} import twice", solved("01"))
    assert check(lab_of("01"), tmp_path / "n.ipynb", seconds=60.0).passed


@pytest.mark.parametrize("name", ["n.IPYNB", "n.Ipynb"])
def test_a_notebook_is_one_whatever_its_ending_is_written_like(name, tmp_path):
    notebook(tmp_path / name, solved("01"))
    assert check(lab_of("01"), tmp_path / name, seconds=60.0).passed


@pytest.mark.parametrize("name", ["matmul", "dot", "inner"])
def test_a_kernel_of_ones_own_may_be_called_as_numpys_is(name, tmp_path):
    text = solved("15").replace("along_rows", name)
    product, *_ = parts_of("15", text, tmp_path / "15_a.py")
    assert product.status == "pass", product


@pytest.mark.parametrize("returned", [
    "A @ B", "np.dot(A, B)", "A.dot(B)", "dot(A, B)", "np.einsum('ik,kj', A, B)"])
def test_a_product_of_numpys_is_none_of_ones_own(returned, kernels, tmp_path):
    text = "from numpy import dot\n" + solved("15", (
        "    along_rows(A, B, C)\n    return C\n", f"    return {returned}\n"))
    product, *_ = parts_of("15", text, tmp_path / "15_a.py")
    assert "leaves the product to NumPy" in product.text


def test_an_endless_loop_is_found_under_any_path(tmp_path):
    text = solved("01", ("return x @ W + b", "while True: pass"))
    folder = tmp_path / "Jürgen ü"
    folder.mkdir()
    (folder / "01_dense.py").write_text(text, encoding="utf-8")
    first, *_ = check(lab_of("01"), folder / "01_dense.py", seconds=2.0).parts
    assert first.line == text.splitlines().index("    while True: pass") + 1


def part(number, function):
    return next(p for p in SPECIFIED[number].parts if p.function == function)


def test_sigmoid_is_asked_at_zero_too():
    def sigmoid(a):
        h = np.zeros_like(a)
        h[a > 0] = 1 / (1 + np.exp(-a[a > 0]))
        h[a < 0] = np.exp(a[a < 0]) / (1 + np.exp(a[a < 0]))
        return h

    assert not result_of(part("02", "sigmoid"), sigmoid).passed


def test_pythons_zero_is_a_number():
    def entropy(p):
        return 0 if p.max() == 1 else float(-np.sum(p[p > 0] * np.log2(p[p > 0])))

    assert result_of(part("08", "entropy"), entropy).passed


@pytest.mark.parametrize("wrong", [
    lambda kl: kl + 0j, lambda kl: np.abs(kl).astype(np.uint8),
], ids=["complex", "unsigned"])
def test_a_tensor_of_another_kind_costs_its_own_part_only(wrong):
    right = solution_of("09").elbo

    def elbo(*given, **named):
        bound, recon, kl = right(*given, **named)
        return 2 * bound, recon, wrong(kl)

    assert result_of(part("09", "elbo"), elbo).status == "fail"


@pytest.mark.parametrize("name", ["inner", "dot"])
def test_a_variable_may_be_called_as_a_product_is(name, tmp_path):
    text = solved("15").replace("for k in", f"for {name} in").replace(
        "A[i, k] * B[k, j]", f"A[i, {name}] * B[{name}, j]").replace(
        "x[i, k] * W[k, j]", f"x[i, {name}] * W[{name}, j]")
    product, *_ = parts_of("15", text, tmp_path / "15_a.py")
    assert product.status == "pass", product


def test_a_file_that_says_itself_that_it_is_not_written(tmp_path):
    text = 'raise NotImplementedError("tomorrow")\n'
    parts = parts_of("01", text, tmp_path / "01.py")
    assert {(part.status, part.text) for part in parts} == {
        ("not written yet", "tomorrow")}


def test_of_a_part_that_hangs_in_another_ones_function_this_is_told(tmp_path):
    text = solved("01", ("return x @ W + b", "while True: pass"))
    (tmp_path / "01_a.py").write_text(text)
    first, _, third = check(lab_of("01"), tmp_path / "01_a.py", seconds=0.5).parts
    assert first.text == "not done after 0.5 s: an endless loop?"
    assert third.text == (f"{first.text}; calls dense_forward, which fails: part 1 "
                          "first")
