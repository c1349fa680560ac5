"""The lecture scripts as parameters of tests, and their prose as sentences."""

import ast
import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[1] / "lectures"
SCRIPTS = sorted(FOLDER.glob("[0-9][0-9]_*.py"))


def of_lecture(script):
    """The script as a parameter with its lecture's marker."""
    marker = getattr(pytest.mark, f"lecture{script.stem[:2]}")
    return pytest.param(script, id=script.stem, marks=marker)


def cells(script):
    """The cells of a script in the percent format : pairs (kind, text), from its first
    marker on; the kind is "" for code and "markdown" for text."""
    marker = r"^# %%(?: \[(\w+)\])?(?: tags=.*)?\n"
    marked = re.split(marker, script.read_text(), flags=re.M)
    pairs = zip(marked[1::2], marked[2::2], strict=True)
    return [(kind or "", text) for kind, text in pairs]


every_lecture = pytest.mark.parametrize("script", [*map(of_lecture, SCRIPTS)])


def sentences(script):
    """The sentences of a script's docstring and comments, headings left out."""
    text = re.sub(r"^# ## .*$", "#", script.read_text(), flags=re.M)
    lines = [line[1:] if line.startswith("#") else "" for line in text.splitlines()]
    # What is indented is an equation, and ends a paragraph.
    kept = ["" if re.match(r"    | %%", line) else line for line in lines]
    prose = ast.get_docstring(ast.parse(text)) + "\n\n" + "\n".join(kept)
    found = []
    for paragraph in re.split(r"\n\s*\n", prose):
        found += re.split(r"(?<=[.!?:])\s+(?=[A-Z])", " ".join(paragraph.split()))
    return found


def claims(script):
    """The claims that a script makes by `lecture.holds(claim, ...)`."""
    return [
        node.args[0].value
        for node in ast.walk(ast.parse(script.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "holds"
    ]


def alternative_texts(script):
    """The third arguments of `lecture.save` in a script, as nodes of its tree."""
    return alternatives_in(script.read_text())


def alternatives_in(code):
    calls = [node for node in ast.walk(ast.parse(code))
             if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    return [node.args[2] for node in calls
            if ast.unparse(node.func) == "lecture.save" and len(node.args) == 3]
