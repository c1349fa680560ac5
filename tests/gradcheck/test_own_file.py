"""`scratchae gradcheck FILE.py`: a student's own functions, and errors in one line."""

import json
import re
from pathlib import Path

import gradient_cases
import pytest

import scratchae
from scratchae.cli import main
from scratchae.gradient_checks.own_file import run_file

README = Path(scratchae.__file__).parent / "gradcheck" / "README.md"
SQUARE = """
import numpy as np

def square_forward(x):
    return x**2, x

def square_backward(dy, x):
    return {factor} * x * dy
"""
LAYER = """
import numpy as np

def layer_forward(x, W, b=None):
    return x @ W + b, (x, W)

def layer_backward(dy, cache):
    x, W = cache
    return {returned}

def layer_example(rng):
    return {example}
"""
SUMS = "dy @ W.T, x.T @ dy, dy.sum(axis=0)"
ARRAYS = "rng.normal(size=(4, 3)), rng.normal(size=(3, 2)), rng.normal(size=2)"
LOSS = """
import numpy as np

def loss(p):
    return np.sum(np.sin(p["a"]) * p["b"])

def gradients(p):
    return {returned}

def example(rng):
    return {{"a": rng.normal(size=3), "b": rng.normal(size=3)}}
"""
BOTH = '{"a": np.cos(p["a"]) * p["b"], "b": np.sin(p["a"])}'


@pytest.fixture
def checked(tmp_path, capsys):
    """Writes a file and runs the command: (exit status, stdout, stderr)."""

    def run(text, *options, name="mine.py"):
        path = tmp_path / name
        path.write_text(text)
        status = main(["gradcheck", str(path), *options])
        return status, *capsys.readouterr()

    return run


def verdicts(text, *options, checked):
    status, out, _ = checked(text, *options, "--json")
    rows = json.loads(out)["rows"]
    assert status == (not all(row["passed"] for row in rows))
    return {f"{row['model']} {row['name']}".strip(): row["verdict"] for row in rows}


def test_the_example_of_the_readme_passes(checked):
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(), flags=re.S)
    (text,) = [block for block in blocks if "layer_forward" in block]
    assert verdicts(text, checked=checked) == {
        "layer x": "ok", "layer W": "ok", "layer b": "ok"}
    wrong = text.replace("da.sum(axis=0)", "da.mean(axis=0)")
    assert "factor 1/5" in verdicts(wrong, checked=checked)["layer b"]


def test_the_readme_counts_the_cases_as_they_are():
    text = " ".join(README.read_text().split())
    wrong, right = len(gradient_cases.WRONG), len(gradient_cases.RIGHT)
    assert f"On {wrong} wrong and {right} right gradients" in text


@pytest.mark.parametrize("factor, status", [(2, 0), (1, 1), (-2, 1), (2.002, 1)])
def test_exit_status_tells_whether_a_row_failed(factor, status, checked):
    assert checked(SQUARE.format(factor=factor))[0] == status


@pytest.mark.parametrize(
    "returned, failing",
    [
        (SUMS, set()),
        ('{"x": dy @ W.T, "W": x.T @ dy, "b": dy.sum(axis=0)}', set()),
        ("None, x.T @ dy, dy.sum(axis=0)", set()),
        ("dy @ W.T, x.T @ dy, dy.mean(axis=0)", {"layer b"}),
        ("dy @ W.T, x.T @ dy", {"layer b"}),
        ("dy @ W.T, x.T @ dy, dy.sum(axis=0), dy", {"layer gradient 4"}),
        ("x.T @ dy, dy @ W.T, dy.sum(axis=0)", {"layer x", "layer W"}),
        ('{"x": dy @ W.T, "w": x.T @ dy, "b": dy.sum(axis=0)}', {"layer W", "layer w"}),
        ("None, None, None", {"layer"}),
        ("dy @ W.T, x.T @ dy, dy.sum(axis=0) + 1j", {"layer b"}),
    ],
)
def test_gradients_belong_to_the_arguments_in_their_order(returned, failing, checked):
    rows = verdicts(LAYER.format(returned=returned, example=ARRAYS), checked=checked)
    assert {name for name, verdict in rows.items() if verdict != "ok"} == failing


def test_of_what_has_no_gradient_it_is_said_that_it_was_not_checked(checked):
    """A backward that forgets one must not look like one that is right in all."""
    for returned, names in (("dy @ W.T, None, dy.sum(axis=0)", "W"),
                            ("None, x.T @ dy, None", "x, b"), (SUMS, "")):
        status, _, err = checked(LAYER.format(returned=returned, example=ARRAYS))
        said = f"layer: backward gives None for {names}: not checked"
        assert status == 0 and (said in err if names else "None" not in err)


def test_an_example_may_be_a_dict_and_hold_what_is_not_checked(checked):
    text = """
import numpy as np

def nll_forward(logits, labels, kind):
    assert kind == "sum" and labels.dtype.kind == "i"
    shifted = logits - logits.max(axis=1, keepdims=True)
    p = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(len(p)), labels]), (p, labels)

def nll_backward(d, cache):
    p, labels = cache
    return (p - np.eye(p.shape[1])[labels]) * d[:, None]

nll_example = {"logits": np.random.default_rng(0).normal(size=(5, 3)),
               "labels": np.array([0, 1, 2, 1, 0]), "kind": "sum"}
"""
    assert verdicts(text, checked=checked) == {"nll logits": "ok"}


@pytest.mark.parametrize(
    "returned, failing",
    [
        (BOTH, set()),
        (f"p.update({BOTH}) or p", set()),  # it writes to a copy
        ('{"a": np.cos(p["a"]) * p["b"]}', {"b"}),
        ("dict(a=np.cos(p['a']) * p['b'], b=np.sin(p['a']), c=1.0)", {"c"}),
        ("dict(a=np.cos(p['a']), b=np.sin(p['a']))", {"a"}),
    ],
)
def test_a_loss_is_checked_in_every_parameter(returned, failing, checked):
    rows = verdicts(LOSS.format(returned=returned), checked=checked)
    wrong = {name for name, verdict in rows.items() if verdict != "ok"}
    assert wrong == {f"mine {name}" for name in failing}


@pytest.mark.parametrize(
    "backward",
    [
        "    x *= 2\n    return x * dy",
        "    global total\n    total = total + 2 * x * dy\n    return total",
    ],
)
def test_a_backward_that_changes_something_is_found_out(backward, checked):
    text = SQUARE.split("def square_backward")[0] + (
        f"total = 0\ndef square_backward(dy, x):\n{backward}\n"
    )
    status, out, _ = checked(text)
    assert status == 1 and "another gradient when it is called twice" in out


def test_pairs_can_be_chosen_and_half_a_pair_fails(checked):
    text = SQUARE.format(factor=2) + "\ndef relu_forward(x):\n    return x, x\n"
    assert verdicts(text, "square", checked=checked) == {"square x": "ok"}
    rows = verdicts(text, checked=checked)
    assert rows["relu"] == "FAILED: there is no relu_backward"
    alone = text.replace("relu_forward", "relu_backward")
    assert (
        verdicts(alone, checked=checked)["relu"] == "FAILED: there is no relu_forward"
    )


def test_what_a_file_imports_is_not_its_own(checked):
    text = "from scratchae.formulas.dense import *\n" + SQUARE.format(factor=2)
    assert verdicts(text, checked=checked) == {"square x": "ok"}


def test_a_file_may_import_its_neighbour_and_print(checked, tmp_path):
    (tmp_path / "neighbour_of_mine.py").write_text("two = 2\n")
    text = SQUARE.replace("import numpy as np", "from neighbour_of_mine import two")
    text = 'print("hello")\n' + text.format(factor="two")
    status, out, err = checked(text, "--json")
    assert status == 0 and json.loads(out)["passed"] and "hello" in err


def test_files_leave_no_trace(checked, tmp_path):
    import sys

    before = list(sys.path), set(sys.modules)
    checked(SQUARE.format(factor=2), name="never_read_before.py")
    assert (list(sys.path), set(sys.modules)) == before
    assert [path.name for path in tmp_path.iterdir()] == ["never_read_before.py"]


def test_method_step_tolerance_and_seed_apply(checked):
    cube = SQUARE.replace("x**2", "x**3").format(factor="3 * x")
    assert checked(cube, "--method", "central", "--step", "0.5")[0] == 1
    assert checked(cube, "--method", "central", "--step", "1e-4")[0] == 0
    wrong = SQUARE.format(factor=2.002)
    assert checked(wrong, "--tolerance", "0.01")[0] == 0
    assert checked(wrong, "--tolerance", "1e-4")[0] == 1
    seeds = [json.loads(checked(cube, "--json", "--seed", seed)[1]) for seed in "001"]
    assert seeds[0] == seeds[1] != seeds[2]
    assert json.loads(checked(cube, "--json", "--method", "richardson")[1])[
        "method"] == "richardson"


@pytest.mark.parametrize(
    "text, words",
    [
        ("", "has no pair"),
        ("def helper(x):\n    return x\n", "has no pair"),
        ("def f(:\n    pass\n", "mine.py:1: "),
        ("x = 1\nif x:\nprint(x)\n", "mine.py:3: "),
        ("\n\nx = 1 / 0\n", "mine.py:3: in <module>: ZeroDivisionError: division"),
        ("def f():\n    raise KeyError\n\nf()\n", "mine.py:2: in f: KeyError"),
        ("import numpyy\n", "mine.py:1: in <module>: ModuleNotFoundError"),
        ("import sys\nsys.exit(3)\n", "mine.py:2: in <module>: SystemExit: 3"),
        (SQUARE.format(factor="y"), "mine.py:8: in square_backward: NameError"),
        (SQUARE.replace(", x\n", "\n", 1), "square_forward must return out, cache"),
        (LAYER.split("def layer_example")[0].format(returned=SUMS),
         "write layer_example(rng), which returns the arguments x, W, b"),
        (LAYER.format(returned=SUMS, example="1, 2, 3"), "no float array among"),
        (LAYER.format(returned=SUMS, example="rng.normal(size=(4, 3)), rng.normal("
         "size=(2, 2)), rng.normal(size=2)"), "in layer_forward: ValueError: matmul"),
        (LOSS.format(returned="1.0"), "gradients must return a dict of arrays"),
        (LOSS.split("def ex")[0].format(returned=BOTH), "there is no example(rng)"),
        (LOSS.format(returned=BOTH).replace("np.sum", ""), "expected one real number"),
        ("# coding: latin-99\n", "mine.py"),
        (SQUARE.format(factor=2) + LOSS.format(returned=BOTH).replace(
            "def ", "def square_"), "mine.py has both square_forward or backward and "
         "square_loss or gradients"),
        ("x = '\0'\n", "mine.py"),
    ],
)
def test_what_cannot_be_run_is_one_line_and_exit_2(text, words, checked):
    status, out, err = checked(text)
    assert status == 2 and not out and err.count("\n") == 1 and words in err


def test_files_that_cannot_be_read_are_one_line_and_exit_2(tmp_path, capsys):
    (tmp_path / "folder.py").mkdir()
    (tmp_path / "bytes.py").write_bytes(b"\xff\xfe\x00")
    for name in ("folder.py", "missing.py", "bytes.py"):
        assert main(["gradcheck", str(tmp_path / name)]) == 2
        captured = capsys.readouterr()
        assert captured.err.count("\n") == 1 and name in captured.err


def test_an_unknown_pair_lists_those_of_the_file(checked):
    status, _, err = checked(SQUARE.format(factor=2), "cube")
    assert status == 2 and "['cube']" in err and "['square']" in err


@pytest.mark.parametrize("option", ["--step", "--tolerance"])
@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf", "small"])
def test_step_and_tolerance_are_positive_numbers(option, value, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["gradcheck", "dense", f"{option}={value}"])
    assert stop.value.code == 2
    assert "expected a positive number" in capsys.readouterr().err


def test_help_states_the_convention(capsys):
    with pytest.raises(SystemExit):
        main(["gradcheck", "--help"])
    text = " ".join(capsys.readouterr().out.split())
    for words in ("FILE.py", "relu_forward(x)", "relu_backward(d_out, cache)",
                  "relu_example(rng)", "f_loss(parameters)"):
        assert words in text


def test_run_file_is_the_command_without_the_printing(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(SQUARE.format(factor=2))
    assert run_file(path).passed and run_file(path, ["square"]).passed
