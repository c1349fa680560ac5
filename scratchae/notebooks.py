"""Notebooks from the lecture scripts: the same cells, as JSON (nbformat 4.5).

That a notebook is made needs no library that a student would have to install.

A script is in the percent format: `# %% [markdown]` begins a cell of text, whose lines
begin with `# `, and `# %%` one of code. Its docstring becomes the title cell. The
numbered equations, plain in the script, stand as the formula sheet typesets them.
"""

import ast
import hashlib
import json
import re
from pathlib import Path

from scratchae.files import replacing

MARKER = re.compile(r"^# %%(?: \[(markdown)\])?\n", re.M)
SHEET = "formulas.md"  # beside the scripts
TYPESET = re.compile(r"^\$\$\n[^$]*\\tag\{(\d+\.\d+)\}\n\$\$$", re.M)
STATED = re.compile(r"  ((?:\(\d+\.\d+\) ?)+)[.,]?$", re.M)
INSTALL = """\
# In a hosted notebook: installs the package where it is not there yet. A variable of
# the environment chooses a short, true run (`--quick`), if it is set in this cell.
import importlib.util
import os

if importlib.util.find_spec("scratchae") is None:
    %pip install --quiet scratchae
# os.environ["SCRATCHAE_QUICK"] = "1"\
"""


def script_cells(text):
    """The cells of a script : pairs of "markdown" or "code" and the cell's text."""
    head, *marked = MARKER.split(text)
    title, *rest = ast.get_docstring(ast.parse(head)).split("\n", 1)
    cells = [("markdown", f"# {title}\n{''.join(rest)}")]
    for kind, part in zip(marked[::2], marked[1::2], strict=True):
        if kind:
            part = re.sub(r"^# ?", "", part, flags=re.M)
        cells.append((kind or "code", part.strip("\n")))
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


def notebook(text, formulas=()):
    """A script's text as a notebook : a dict, ready for JSON.

    formulas : what `read_formulas` gives; without it equations stay plain
    The ids of cells are made of their text, so that the same script gives the same
    bytes.
    """
    cells = [(kind, typeset(cell, formulas) if kind == "markdown" else cell)
             for kind, cell in script_cells(text)]
    cells.insert(1, ("code", INSTALL))
    python = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {
        "cells": [_cell(i, *cell) for i, cell in enumerate(cells)],
        "metadata": {"kernelspec": python, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _cell(number, kind, text):
    name = hashlib.sha256(f"{number} {kind} {text}".encode()).hexdigest()[:12]
    cell = {"cell_type": kind, "id": name, "metadata": {}, "source": text}
    return cell | ({"execution_count": None, "outputs": []} if kind == "code" else {})


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
