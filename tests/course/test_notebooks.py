"""Lectures as notebooks: the same cells, which run from top to bottom."""

import inspect
import json
import os
import re

import pytest
from equations import LECTURES, all_stated
from scripts import SCRIPTS, every_lecture

from scratchae import course
from scratchae.cli import main
from scratchae.notebooks import (
    INSTALL,
    SHEET,
    located_cells,
    notebook,
    notebook_code,
    read_formulas,
    source_of,
    write_notebooks,
)

TINY = '''"""Lecture 99: a tiny one

Slides S98.
"""

# %%
x = 1

# %% [markdown]
# ## A heading
#
# Prose of x_1 and
#
#     y = x                                                              (1.4)

# %%
# a comment
print(f"x = {x}")
'''


def test_cells_of_a_script_are_those_of_its_notebook():
    made = notebook(TINY)
    got = [(cell["cell_type"], cell["source"]) for cell in made["cells"]]
    assert got == [
        ("markdown", "# Lecture 99: a tiny one\n\nSlides S98."),
        ("code", INSTALL),
        ("code", "x = 1"),
        ("markdown", "## A heading\n\nProse of x_1 and\n\n    y = x" + " " * 62
         + "(1.4)"),
        ("code", '# a comment\nprint(f"x = {x}")'),
    ]
    assert (made["nbformat"], made["nbformat_minor"]) == (4, 5)
    ids = [cell["id"] for cell in made["cells"]]
    assert len({*ids}) == len(ids) and all(re.fullmatch(r"[\w-]{1,64}", i) for i in ids)
    twice = notebook('"""T"""\n' + 2 * "\n# %%\nsame = 1\n")["cells"]
    assert len({cell["id"] for cell in twice}) == len(twice) == 4


def test_a_block_with_numbers_gives_way_to_their_typeset_form_and_no_other_does():
    script = '''"""T"""
# %% [markdown]
#     y = x
#       + 1    (1.4)
#     z = x    (1.5)
#
#     plain = code
#
# as in (1.4)
#
#     w = x    (1.6)
#
#     y = x    (1.4)
#     w = x    (1.6)
'''
    formulas = {"1.4": "$$ y = x + 1 $$", "1.5": "$$ z = x $$"}
    assert notebook(script, formulas)["cells"][-1]["source"].split("\n\n") == [
        "$$ y = x + 1 $$", "$$ z = x $$", "    plain = code", "as in (1.4)",
        "    w = x    (1.6)", "    y = x    (1.4)\n    w = x    (1.6)",
    ]


def test_every_number_of_the_sheet_is_typeset_in_the_notebooks_once_and_in_order():
    formulas = read_formulas(LECTURES / SHEET)
    cells = [cell["source"] for script in SCRIPTS
             for cell in notebook(script.read_text(), formulas)["cells"]]
    tags = re.findall(r"\\tag\{(\d+)\.(\d+)\}\n\$\$$", "\n".join(cells), re.M)
    assert [(int(a), int(b)) for a, b in tags] == all_stated()


@every_lecture
def test_a_notebook_has_a_text_cell_for_each_heading_and_code_that_compiles(script):
    cells = [cell[:2] for cell in located_cells(script.read_text())]
    headings = re.findall("^# ## ", script.read_text(), re.M)
    assert sum(kind == "markdown" for kind, _ in cells) > len(headings) > 4
    for kind, text in cells:
        if kind == "code":
            compile(text, script.name, "exec")


@every_lecture
def test_jupytext_reads_the_same_cells(script):
    jupytext = pytest.importorskip("jupytext", reason="the extra docs is not installed")
    theirs = jupytext.read(script, fmt="py:percent").cells[1:]  # ours has its docstring
    ours = [cell[:2] for cell in located_cells(script.read_text())[1:]]
    assert [(c.cell_type, c.source) for c in theirs] == ours


def test_the_command_writes_what_it_says_and_replaces_nothing(small, tmp_path, capsys):
    assert main("course 05 08 --notebooks nb".split()) == 0
    names = ["05_entropy_and_kl.ipynb", "08_gaussian_kl.ipynb"]
    assert capsys.readouterr().out.split() == [f"nb/{name}" for name in names]
    assert sorted(path.name for path in (tmp_path / "nb").iterdir()) == names
    before = (tmp_path / "nb" / names[0]).read_bytes()
    assert json.loads(before)["cells"][0]["source"].startswith("# Lecture 05: ")
    assert before.count(rb"\\tag{5.2}") == 1
    assert main("course 05 --notebooks nb".split()) == 2
    assert "--overwrite replaces it, --notebooks puts" in capsys.readouterr().err
    assert main("course 05 --notebooks nb --overwrite".split()) == 0
    assert (tmp_path / "nb" / names[0]).read_bytes() == before


@every_lecture
@pytest.mark.slow
def test_a_notebook_runs_from_top_to_bottom(script, tmp_path, monkeypatch):
    """All fourteen with SCRATCHAE_FULL=1, else the two that are done in seconds."""
    if script.stem[:2] not in ("05", "08") and not os.environ.get("SCRATCHAE_FULL"):
        pytest.skip("SCRATCHAE_FULL=1 runs it")
    nbclient = pytest.importorskip("nbclient", reason="the extra docs is not installed")
    nbformat = pytest.importorskip("nbformat")
    monkeypatch.setenv("SCRATCHAE_QUICK", "1")
    made = nbformat.from_dict(notebook(script.read_text()))
    nbformat.validate(made)
    where = {"metadata": {"path": str(tmp_path)}}
    done = nbclient.NotebookClient(made, timeout=None, resources=where).execute()
    shown = [output for cell in done.cells for output in cell.get("outputs", [])]
    text = "".join(output.get("text", "") for output in shown)
    assert "DOES NOT HOLD" not in text and "=====" not in text
    pictures = sum("image/png" in output.get("data", {}) for output in shown)
    assert pictures == len(re.findall("^figure: ", text, re.M)) > 0


def test_tags_install_cell_and_outputs_are_those_of_a_notebook():
    script = ('"""T"""\n# %% tags=["measured", "slow"]\nx = 1\n# %% [markdown]\n# a\n'
              "#b\n")
    title, install, code, text = notebook(script, install="pass")["cells"]
    assert install["source"] == "pass" and install["metadata"] == {}
    assert code["metadata"] == {"tags": ["measured", "slow"]}
    assert code["outputs"] == [] and code["execution_count"] is None
    assert text["source"] == "a\nb" and "outputs" not in text
    kernel = notebook(script)["metadata"]["kernelspec"]
    assert kernel == {"display_name": "Python 3", "language": "python",
                      "name": "python3"}


def test_the_code_of_a_notebook_has_for_each_line_its_cell_and_line():
    cells = [{"cell_type": "code", "source": "x = 1\ry = 2"},
             {"cell_type": "markdown", "source": ["prose"]},
             {"cell_type": "code", "source": ["%pip install a\n", "  !ls\n", "x != y\n",
                                              "%%time\n", "z = x %y"]}]
    code, places = notebook_code(json.dumps({"cells": cells}).encode())
    assert code.splitlines() == [
        "x = 1", "y = 2", "pass  # %pip install a", "  pass  # !ls", "x != y",
        "pass  # %%time", "z = x %y"]
    assert places == [(1, 1), (1, 2), *((2, line) for line in range(1, 6))]
    assert code.endswith("\n")


@pytest.mark.parametrize("data, why", [
    (b"{", "JSONDecodeError"), (b"[]", "TypeError"), (b"{}", "KeyError"),
    (b'{"cells": [{"cell_type": "code"}]}', "KeyError"),
    (b"\xff", "line 1: a byte that is not UTF-8, 0xff: save the file as UTF-8"),
    (b'{"cells": [{"cell_type": "code", "source": 3}]}', "TypeError")])
def test_what_is_no_notebook_is_refused(data, why):
    with pytest.raises(ValueError, match=f"not a notebook: {why}"):
        notebook_code(data)


def test_a_cell_has_the_line_on_which_it_starts_in_its_script():
    script = '"""A lecture\n\nIt is short.\n"""\n\n# %%\n\n\nx = 1\n# %%\ny = 2\n'
    assert [(c.text, c.line) for c in located_cells(script)[1:]] == [
        ("x = 1", 9), ("y = 2", 11)]
    (title,) = located_cells('"""A title."""\n')
    assert (title.kind, title.text) == ("markdown", "# A title.\n")


def test_notebooks_are_written_as_text_into_folders_that_are_made(tmp_path):
    (tmp_path / SHEET).write_text("$$\ny = \\beta x \\tag{1.4}\n$$\n")
    script = tmp_path / "01_tiny.py"
    script.write_text(TINY.replace("Prose", "Prosa für Hörer"), encoding="utf-8")
    (path,) = write_notebooks([script], tmp_path / "a" / "b")
    assert path == tmp_path / "a" / "b" / "01_tiny.ipynb"
    data = path.read_bytes()
    assert data.endswith(b"}\n") and "Prosa für Hörer".encode() in data
    cells = json.loads(data)["cells"]
    assert cells[3]["source"].endswith("and\n\n$$\ny = \\beta x \\tag{1.4}\n$$")


def test_a_notebook_that_is_nested_too_deeply_is_refused():
    with pytest.raises(ValueError, match="not a notebook: RecursionError"):
        notebook_code(b"[" * 200_000)


@pytest.mark.parametrize("value, quick", [(None, False), ("", False), ("0", False),
                                          ("1", True)])
def test_a_variable_stands_for_the_option_in_a_kernel(value, quick, monkeypatch):
    monkeypatch.setattr(course, "runs_in_kernel", lambda: True)
    monkeypatch.setattr("sys.argv", ["kernel", "--no-option-of-ours"])
    if value is None:
        monkeypatch.delenv("SCRATCHAE_QUICK", raising=False)
    else:
        monkeypatch.setenv("SCRATCHAE_QUICK", value)
    assert course.Lecture("Lecture 01").quick is quick


@pytest.mark.parametrize("kernel, printed", [(True, ""),
                                             (False, "A title.\n========\n")])
def test_a_notebook_has_its_title_in_a_cell_and_prints_none(
    kernel, printed, monkeypatch, capsys
):
    monkeypatch.setattr(course, "runs_in_kernel", lambda: kernel)
    monkeypatch.setattr("sys.argv", ["01_a.py"])
    lecture = course.Lecture("A title.\n\nMore.")
    assert capsys.readouterr().out == printed and lecture.in_notebook is kernel
    assert (str(lecture.out) == "runs/figures") is not kernel


@pytest.mark.parametrize("doc", [None, "Automatically created module for IPython."])
def test_a_kernels_docstring_is_no_title_and_its_words_are_no_options(doc, monkeypatch):
    monkeypatch.setattr(course, "runs_in_kernel", lambda: True)
    monkeypatch.setattr("sys.argv", ["kernel", "--quick", "-f", "connection.json"])
    monkeypatch.delenv("SCRATCHAE_QUICK", raising=False)
    lecture = course.Lecture(doc)
    assert lecture.title == "a lecture" and not lecture.quick


def test_the_source_of_a_class_that_a_notebook_defines_is_that_of_its_functions():
    class Own:
        def forward(self, a):
            return a, a

    assert source_of(Own) == inspect.getsource(Own)
    Own.__module__ = "no such module"  # as in a kernel: there is no file to look in
    text = source_of(Own)
    assert text.startswith("class Own:\n") and "return a, a" in text
