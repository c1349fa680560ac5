"""Labs in notebooks with scratch cells: what is for Jupyter, and what fails."""

import json

import pytest
from lab_tools import LABS, SOLUTIONS
from without_numba import numba_or_skip

from scratchae.cli import main
from scratchae.cli.lab_files import file_of
from scratchae.labs import check
from scratchae.notebooks import notebook_code

SOLVED = next(SOLUTIONS.glob("01_*.py")).read_text()
SCRATCH = [
    "np.tanh?", "?np.sum", "np.tanh??  ", "display(np.ones(2))", "files = !ls",
    "get_ipython().run_line_magic('matplotlib', 'inline')", "t = %timeit -o 1",
    "%%bash\nls | wc\nif [ a ]; then\nfi", "%%html\n<b>a</b>\n\n<i>",
    "!pip install \\\n    a \\\n    b", "%%time\nnp.ones(2)", "%load_ext a\n1 + 1",
]
FAILS = ["1 / 0", "x = = 2", "import asyncio\nawait asyncio.sleep(0)", "assert False",
         "raise SystemExit", "import no_such_package", "dense_forward(1)"]


def checked(path, *cells):
    path.write_text(json.dumps({"cells": [
        {"cell_type": "code", "source": cell} for cell in cells]}))
    return check(LABS["01"], path, seconds=60.0)


@pytest.mark.parametrize("scratch", SCRATCH)
def test_what_is_for_jupyter_does_nothing(scratch, tmp_path):
    report = checked(tmp_path / "a.ipynb", "import numpy as np", scratch, SOLVED)
    assert report.passed and report.printed == ""


@pytest.mark.parametrize("scratch", FAILS)
def test_a_cell_that_fails_costs_itself_and_is_told(scratch, tmp_path):
    report = checked(tmp_path / "a.ipynb", scratch, SOLVED)
    assert report.passed and "code cell 1, line " in report.printed


def test_a_cell_that_fails_is_the_reason_of_what_it_should_define(tmp_path):
    head, rest = SOLVED.split("def dense_backward", 1)
    report = checked(tmp_path / "a.ipynb", "1 / 0", head, f"def dense_backward{rest}(")
    first, second, third = report.parts
    assert first.passed and second.status == third.status == "error"
    assert second.text.startswith("code cell 3, line ") and "Syntax" in second.text


def test_a_cell_that_failed_is_told_of_an_error_that_came_after_it(tmp_path):
    report = checked(tmp_path / "a.ipynb", "1 / 0\nimport numpy as np",
                     SOLVED.replace("return x @ W + b", "return np.add(x @ W, b)"))
    assert report.parts[0].text.endswith(
        "NameError: name 'np' is not defined; code cell 1, line 1 has failed: "
        "ZeroDivisionError: division by zero")


def test_lines_that_are_python_stay_as_they_are():
    cell = ('x = 1  # why?\ny = "a?"\nz = 7 != 8\nu = (7\n  != 8)\nv = x if z else y\n'
            "w = [x, y]\n")
    data = json.dumps({"cells": [{"cell_type": "code", "source": cell}]}).encode()
    assert notebook_code(data)[0] == cell + "\n"


def test_a_long_line_of_a_stranger_is_read_in_no_time():
    cell = " " * 10**6 + "x\n" + "a." * 10**6 + "\n" + "?;" * 10**6
    data = json.dumps({"cells": [{"cell_type": "code", "source": cell}]}).encode()
    assert notebook_code(data)[1] == [(1, 1), (1, 2), (1, 3)]


@pytest.mark.parametrize("room", [".", "notebooks"])
def test_a_notebook_is_seen_where_it_was_handed_out(room, tmp_path, monkeypatch,
                                                    capsys):
    assert main(["lab", "export", str(tmp_path), "--labs", "01-02"]) == 0
    here = tmp_path if room == "." else tmp_path / room
    monkeypatch.chdir(here)
    first = file_of(LABS["01"])  # the script, as nothing is written yet
    assert first.as_posix() == ("labs/01_dense.py" if room == "." else "01_dense.ipynb")
    checked(tmp_path / "notebooks/01_dense.ipynb", SOLVED)
    (tmp_path / "notebooks/02_activations.ipynb").write_text("{")
    capsys.readouterr()
    assert main(["lab"]) == 1
    out = capsys.readouterr().out
    assert "8 of 8" in out and "1:pass 2:pass 3:pass" in out
    assert "02_activations.ipynb: not a notebook" in out
    assert main(["lab", "01"]) == 0
    assert "01_dense.ipynb" in capsys.readouterr().out


def test_of_two_files_the_one_that_was_begun_is_checked(tmp_path, monkeypatch):
    assert main(["lab", "export", str(tmp_path), "--labs", "01"]) == 0
    monkeypatch.chdir(tmp_path)
    (tmp_path / "01_notes.py").write_text("")  # has no hole, and is none of these
    (tmp_path / "labs/01_dense.py").write_text(SOLVED)
    assert file_of(LABS["01"]).as_posix() == "labs/01_dense.py"


@pytest.mark.parametrize("way", ["beside", "compiled itself", "in a closure"])
def test_a_compiled_loop_is_found_wherever_it_is(way, tmp_path):
    numba_or_skip()
    head, rest = (next(SOLUTIONS.glob("15_*.py")).read_text().split("# (function")[0]
                  .split("def product(", 1))
    text = f"{head}def product({rest}"
    if way == "beside":
        (tmp_path / "kernels.py").write_text(head)
        text = f"import numpy as np\nimport kernels\n\ndef product({rest}"
        text = text.replace("along_rows(", "kernels.along_rows(")
        text = text.replace("@njit", "@kernels.njit")
    elif way == "compiled itself":
        text = f"{head}@njit\ndef product({rest}"
    else:
        text += ("\ndef made(loop):\n    def product(A, B):\n"
                 "        C = np.zeros((len(A), B.shape[1]))\n        loop(A, B, C)\n"
                 "        return C\n    return product\n\nproduct = made(along_rows)\n")
    (tmp_path / "15_a.py").write_text(text)
    product = check(LABS["15"], tmp_path / "15_a.py").parts[0]
    assert product.status == "pass", product


@pytest.mark.parametrize("magic", ["time", "timeit", "capture", "capture out", "prun",
                                   "prun -q"])
def test_a_cell_that_is_timed_or_profiled_is_run(magic, tmp_path):
    assert checked(tmp_path / "a.ipynb", f"%%{magic}\n{SOLVED}").passed
