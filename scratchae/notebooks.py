"""Notebooks from the lecture scripts: the same cells, as JSON (nbformat 4.5).

That a notebook is made needs no library that a student would have to install.

A script is in the percent format: `# %% [markdown]` begins a cell of text, whose lines
begin with `# `, and `# %%` one of code. Its docstring becomes the title cell. The
numbered equations, plain in the script, stand as the formula sheet typesets them. A
cell may have tags: `# %% tags=["measured"]` prints times, which differ in each run.
"""

import ast
import hashlib
import inspect
import json
import re
import sys
from pathlib import Path
from typing import NamedTuple

from scratchae.files import replacing

MARKER = re.compile(r"^# %%(?: \[(markdown)\])?(?: tags=\[(.*)\])?\n", re.M)
# Lines for Jupyter: %pip, !ls, files = !ls, t = %timeit f(), ?f, f?, with all lines
# that go on behind a backslash; and cells for another language than Python.
JUPYTER = re.compile(
    r"^([ \t]{0,99})((?:[\w., \t]{1,99}=[ \t]{0,9})?(?:%%?[A-Za-z]|!(?!=))"
    r"(?:.*\\\n)*.*|\?.*|[^\n#'\"]{0,99}\?[ \t;]{0,9})$", re.M)
FOREIGN = re.compile(r"\s*%%(?!time|capture|prun)[A-Za-z!]")
SHEET = "formulas.md"  # beside the scripts
TYPESET = re.compile(r"^\$\$\n[^$]*\\tag\{(\d+\.\d+)\}\n\$\$$", re.M)
STATED = re.compile(r"  ((?:\(\d+\.\d+\) ?)+)[.,]?$", re.M)
WHEEL = "pip wheel --no-deps ."  # in a checkout; no index has a package of this name
INSTALL_PACKAGE = f"""\
# Where the package is not installed, as in a hosted notebook: put its wheel beside the
# notebook, or one folder above. No index has it; `{WHEEL}` in a checkout makes it.
import glob
import importlib.util

if importlib.util.find_spec("scratchae") is None:
    wheels = glob.glob("scratchae-*.whl") + glob.glob("../scratchae-*.whl")
    if wheels:
        %pip install --quiet {{wheels[0]}}
    else:
        print("no scratchae-*.whl beside this notebook or one folder above")\
"""
INSTALL = INSTALL_PACKAGE + """

# A variable of the environment chooses a short, true run (`--quick`), if it is set in
# this cell. Figures are shown below their cells; no files are written.
import os

# os.environ["SCRATCHAE_QUICK"] = "1"\
"""


def runs_in_kernel():
    """Whether a notebook's kernel runs this, not a program that imports one."""
    ipython = sys.modules.get("IPython")
    return hasattr(ipython and ipython.get_ipython(), "kernel")


def source_of(thing):
    """The source of a function or a class, of one that a notebook's cell defines too.

    Of the latter Python finds only the functions.
    """
    try:
        return inspect.getsource(thing)
    except (OSError, TypeError):
        functions = filter(inspect.isfunction, vars(thing).values())
        sources = "".join(map(inspect.getsource, functions))
        return f"class {thing.__name__}:\n{sources}"


class Cell(NamedTuple):
    """One cell of a script: its text, the line where that begins, and its tags."""

    kind: str  # "markdown" or "code"
    text: str
    line: int = 1
    tags: tuple = ()


def located_cells(text):
    """The cells of a script, in order : list of Cell."""
    marks = [*MARKER.finditer(text)]
    head = text[: marks[0].start()] if marks else text  # cells may have %pip in them
    title, *rest = ast.get_docstring(ast.parse(head)).split("\n", 1)
    cells = [Cell("markdown", f"# {title}\n{''.join(rest)}")]
    ends = [*(mark.start() for mark in marks), len(text)][1:]
    for mark, end in zip(marks, ends, strict=True):
        part, tags = text[mark.end() : end], re.findall(r"\w+", mark[2] or "")
        above = text[: mark.end()] + part[: len(part) - len(part.lstrip("\n"))]
        if mark[1]:
            part = re.sub(r"^# ?", "", part, flags=re.M)
        cells.append(Cell(mark[1] or "code", part.strip("\n"), above.count("\n") + 1,
                          tuple(tags)))
    return cells


def read_formulas(path):
    """The equations of a formula sheet : {"10.1": "$$...$$"}, in its order."""
    text = Path(path).read_text(encoding="utf-8")
    return {found[1]: found[0] for found in TYPESET.finditer(text)}


def typeset(text, formulas):
    """A text cell with its numbered equations as they are in `formulas`.

    A block, indented between two empty lines, is replaced as a whole by the equations
    that its lines number. It stays where it numbers none, or one that is not there.
    """
    blocks = text.split("\n\n")
    for i, block in enumerate(blocks):
        numbers = re.findall(r"\d+\.\d+", " ".join(STATED.findall(block)))
        indented = all(line.startswith("    ") for line in block.splitlines())
        if numbers and indented and {*numbers} <= {*formulas}:
            blocks[i] = "\n\n".join(formulas[number] for number in numbers)
    return "\n\n".join(blocks)


def notebook(text, formulas=(), install=INSTALL):
    """A script's text as a notebook : a dict, ready for JSON.

    formulas : what `read_formulas` gives; without it equations stay plain
    install : the cell after the title
    The ids of cells are made of their text, so that the same script gives the same
    bytes.
    """
    cells = []
    for kind, words, line, tags in located_cells(text):
        if kind == "markdown":
            words = typeset(words, formulas)
        cells.append(Cell(kind, words, line, tags))
    cells.insert(1, Cell("code", install))
    python = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {
        "cells": [_cell(i, cell) for i, cell in enumerate(cells)],
        "metadata": {"kernelspec": python, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _cell(number, cell):
    name = hashlib.sha256(f"{number} {cell.kind} {cell.text}".encode()).hexdigest()[:12]
    made = {"cell_type": cell.kind, "id": name, "source": cell.text,
            "metadata": {"tags": [*cell.tags]} if cell.tags else {}}
    if cell.kind == "code":
        made |= {"execution_count": None, "outputs": []}
    return made


def notebook_code(data):
    """The code of a notebook, as text, and of each line its (code cell, line), from 1.

    data : a notebook's bytes; ValueError says what is not one
    Lines for Jupyter, as `%pip`, `files = !ls` and `f?`, do nothing in it, and so do
    cells for other languages, as `%%bash`.
    """
    try:
        cells = json.loads(data)["cells"]
        sources = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
        codes = [text if isinstance(text, str) else "".join(text) for text in sources]
    except UnicodeDecodeError as error:
        line, byte = data.count(b"\n", 0, error.start) + 1, data[error.start]
        raise ValueError(f"not a notebook: line {line}: a byte that is not UTF-8, "
                         f"{byte:#04x}: save the file as UTF-8") from None
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"not a notebook: {type(error).__name__}") from None
    lines, places = [], []
    for i, code in enumerate(codes, 1):
        # As Python counts lines: not at every mark that ends one for str.splitlines.
        code = re.sub(r"\r\n?", "\n", code)
        pattern = re.compile("()(.+)", re.S) if FOREIGN.match(code) else JUPYTER
        found = pattern.sub(_idle, code).split("\n")
        lines += found
        places += [(i, j) for j in range(1, len(found) + 1)]
    return "\n".join(lines) + "\n", places


def _idle(found):
    """Lines that do nothing, in the place of those that were found."""
    return f"{found[1]}pass  # " + found[2].replace("\n", "\n# ")


def write_notebooks(scripts, folder):
    """Write NAME.ipynb for each script into a folder; returns the paths.

    The formula sheet is read where the scripts are.
    """
    formulas = read_formulas(Path(scripts[0]).parent / SHEET)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{Path(script).stem}.ipynb" for script in scripts]
    for script, path in zip(scripts, paths, strict=True):
        made = notebook(Path(script).read_text(encoding="utf-8"), formulas)
        text = json.dumps(made, indent=1, ensure_ascii=False)
        with replacing(path) as file:
            file.write(text.encode() + b"\n")
    return paths
