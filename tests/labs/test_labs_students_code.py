"""What a student's code may be like, and what is said of what it returns or raises."""

import sys

import numpy as np
import pytest
from grading import read_rows
from lab_tools import result_of, run_here
from test_labs_judging import chain as asked
from test_labs_judging import inputs

from scratchae.cli import main
from scratchae.labs import child
from scratchae.labs.specification import Part, Tensor

PRODUCTS = ("A @ B", "np.dot(A, B)", "A.dot(B)", "np.matmul(A, B)", "np.vdot(A, B)",
            "np.inner(A, B.T)", "np.einsum('ij,jk', A, B)", "np.tensordot(A, B, 1)",
            "np.linalg.multi_dot([A, B])")


def made(source):
    """The functions of a text, as a student's file has them."""
    known = {"np": np}
    exec(source, known)
    return known


@pytest.mark.usefixtures("kernels")
@pytest.mark.parametrize("product", PRODUCTS)
@pytest.mark.parametrize("place", ["product", "helper"])
def test_every_product_of_numpys_is_none_of_ones_own(product, place):
    source = f"def {place}(A, B):\n    return {product}\n"
    if place == "helper":
        source += "def product(A, B):\n    return helper(A, B)\n"
    assert child.uncompiled(made(source)["product"], ()) == [
        f"right, but {place} leaves the product to NumPy: the loop is asked for"]


class _Hidden(ValueError):
    """An error whose class has a name as NumPy's own have."""


@pytest.mark.parametrize("error, status, text", [
    (NotImplementedError(), "unwritten", "not written yet"),
    (NotImplementedError("Lab 99"), "unwritten", "Lab 99"),
    (RuntimeError(), "error", "RuntimeError"),
    (RuntimeError("now"), "error", "RuntimeError: now"),
    (_Hidden("now"), "error", "Hidden: now"),
])
def test_an_error_is_told_by_its_class_and_its_words_if_there_are_any(
        error, status, text):
    def chain(x, W):
        raise error

    outcome = run_here(asked(), asked().cases(), chain)
    assert (outcome.status, outcome.text) == (status, text)


@pytest.mark.parametrize("returned, text", [
    (None, "returns nothing; expected a, b"),
    (np.ones(3), "returns one ndarray; expected a, b"),
    (1.5, "returns one float; expected a, b"),
    ({"a": 1.0}, "b is a NoneType; expected an array of numbers"),
    ((1.0, "s"), "b is a str; expected an array of numbers"),
    (({1.0}, 1.0), "a is a set; expected an array of numbers"),
    ((1.0,), "returns 1 values; expected 2: a, b; if your file asks for others, it is "
             "older than this lab"),
])
def test_what_is_returned_in_the_place_of_two_arrays_is_told(returned, text):
    outcome = run_here(asked(), asked().cases(), lambda x, W: returned)
    assert (outcome.status, outcome.text) == ("fail", text)


@pytest.mark.parametrize("data, name", [
    (b"# -*- coding: latin-1 -*-\nname = '\xfc'\n", "ü"),
    ("\ufeffname = 'ü'\r\n".encode(), "ü"),
    (b"name = __file__\n", None),
    (b"from __future__ import annotations\nfrom dataclasses import dataclass\n\n"
     b"@dataclass\nclass Layer:\n    width: int = 3\n\nname = Layer().width\n", 3),
])
def test_a_file_is_read_as_python_reads_it(data, name, tmp_path, monkeypatch):
    """In its own encoding; with its path; and its classes know their module."""
    path = str(tmp_path / "mine.py")
    (tmp_path / "mine.py").write_bytes(data)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setitem(sys.modules, "lab file", None)  # and taken out again
    module, failures = child.imported(path)
    assert not failures and module.name == (path if name is None else name)
    assert sys.path[0] == str(tmp_path)


def warned(x, W):
    np.log(-1 - x * x)
    np.exp(800 + 0 * x)
    return x.copy()


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_the_first_warning_is_told_of_what_is_right_and_none_of_what_is_wrong():
    right, wrong = (Part("warned", inputs, (Tensor("y", of),), "", asks=("quiet",))
                    for of in (lambda v: v.x, lambda v: np.cos(v.x)))
    told = result_of(right, warned)
    assert (told.status, told.code) == ("fail", "asked")
    assert told.text.startswith("right, but with a warning: invalid value encountered")
    told = result_of(wrong, warned)
    assert (told.status, told.code, told.text) == ("fail", "", "")


@pytest.mark.parametrize("own, helper, line, where, text", [
    ("x = 1\n\ny = = 2\n", "", 3, "", "SyntaxError: invalid syntax"),
    ("x = 1\nimport a_helper\n", "\n\n\n\ny = = 2\n", 2, "<module>",
     "SyntaxError: invalid syntax (a_helper.py, line 5)"),
    ("x = 1\nimport a_helper\n", "\n\n\n\ny = nothing\n", 2, "<module>",
     "NameError: name 'nothing' is not defined"),
])
def test_an_error_beside_the_file_is_told_with_the_line_that_leads_there(
        own, helper, line, where, text, tmp_path, monkeypatch):
    """A line of the helper would be looked for in the file."""
    (tmp_path / "mine.py").write_text(own)
    (tmp_path / "a_helper.py").write_text(helper)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setitem(sys.modules, "lab file", None)
    module, (told,) = child.imported(str(tmp_path / "mine.py"))
    assert module is None and told == {"status": "error", "text": text, "line": line,
                                       "where": where, "case": None}


SOURCE = "def dense_forward(x, W, b):\n    return x @ W + b\n# \xfc\nname = 'a\xfc'\n"
UTF16 = (1, "bytes as UTF-16 has them: save the file as UTF-8")
UNREAD = {  # (line, what is said)
    SOURCE.encode("latin-1"): (3, "a byte that is not UTF-8, 0xfc: save the file as "
                                  "UTF-8"),
    SOURCE.encode("utf-16"): UTF16, SOURCE.encode("utf-16-le"): UTF16,
    b"\xfe\xff" + SOURCE.encode("utf-16-be"): UTF16,
    b"x = 1\n\0\n": (2, UTF16[1]),
    b"# coding: latin-1\nx = '\xfc'\ny = = 2\n": (3, "SyntaxError: invalid syntax"),
}


@pytest.mark.parametrize("data", UNREAD)
def test_a_file_that_is_not_in_utf8_is_told_with_its_line(data, tmp_path, monkeypatch):
    (tmp_path / "mine.py").write_bytes(data)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setitem(sys.modules, "lab file", None)
    module, (told,) = child.imported(str(tmp_path / "mine.py"))
    assert module is None and (told["line"], told["text"]) == UNREAD[data]


def test_a_notebook_that_is_not_in_utf8_is_told_with_its_line_and_to_the_lecturer(
        tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    said = ("not a notebook: line 2: a byte that is not UTF-8, 0xfc: save the file as "
            "UTF-8")
    (tmp_path / "subs/ann").mkdir(parents=True)
    path = tmp_path / "subs/ann/01_dense.ipynb"
    path.write_bytes(b'{"cells":\n [{"cell_type": "code", "source": "# \xfc"}]}')
    assert main(["lab", "01", "--file", str(path)]) == 2
    assert capsys.readouterr().err == f"scratchae: {path}: {said}\n"
    assert main(["lab", "grade", "--labs", "01", "subs"]) == 0
    assert {row["reason"] for row in read_rows(tmp_path / "grades.csv")["ann"]} == {
        f"01_dense.ipynb cannot be graded: ValueError: {said}"}
