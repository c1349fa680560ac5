"""The line that a student is sent to: hers, and of those the one where it went wrong.
"""

import json

import numpy as np
import pytest
from lab_tools import LABS, run_here
from test_labs_judging import chain

from scratchae import labs
from scratchae.labs import check
from scratchae.notebooks import notebook


def breaks(x):
    y = 2 * x
    return y[99]


def hole():
    raise NotImplementedError("Lab 99, part 1: y (1 line)")


def of_numpy(x):
    return np.linalg.inv(x)


def through(x, W):
    return breaks(x)


def by_two(x, W):
    return through(x, W)


def under(x, W):
    return of_numpy(x)


def calls(x, W):
    return between()


def between():
    return hole()


def line_of(function, text):
    """The number of a line of this file."""
    first = function.__code__.co_firstlineno
    with open(__file__, encoding="utf-8") as file:
        lines = file.read().splitlines()[first - 1 :]
    return first + next(i for i, line in enumerate(lines) if text in line)


@pytest.mark.parametrize("function, place, text", [
    (through, breaks, "y[99]"), (by_two, breaks, "y[99]"), (under, of_numpy, "inv(x)"),
])
def test_of_an_error_the_innermost_line_of_the_file_is_told(function, place, text):
    """Not the call that leads there, and none of NumPy's."""
    part = chain()
    outcome = run_here(part, part.cases(), function)
    assert outcome.status == "error"
    assert (outcome.where, outcome.line) == (place.__name__, line_of(place, text))


def test_what_is_not_written_is_named_and_told_where_it_is_called():
    part = chain()
    outcome = run_here(part, part.cases(), calls)
    assert (outcome.status, outcome.text) == (
        "error", "calls hole, which is not written yet")
    assert (outcome.where, outcome.line) == ("calls", line_of(calls, "between()"))


LOUD = '''"""T"""

# %%
import sys
print("seen")
print("seen too", file=sys.stderr, flush=True)


def dense_forward(x, W, b):
    print("of a call", file=sys.stderr, flush=True)
    return x @ W + b
'''


@pytest.mark.parametrize("kind", ["py", "ipynb"])
def test_what_a_file_prints_is_shown_wherever_to_and_of_the_first_call_alone(
    kind, tmp_path
):
    text = LOUD if kind == "py" else json.dumps(notebook(LOUD))
    (tmp_path / f"a.{kind}").write_text(text)
    report = check(LABS["01"], tmp_path / f"a.{kind}")
    assert report.parts[0].passed
    assert report.printed == "seen\nseen too\nof a call\n"
    assert "\nyour file printed:\nseen\nseen too\nof a call\n\n" in str(report)


def test_what_lies_beside_a_notebook_and_is_no_file_is_in_nobodys_way(tmp_path):
    (tmp_path / "old.py").mkdir()
    (tmp_path / "gone.py").symlink_to(tmp_path / "none")
    (tmp_path / "a.ipynb").write_text(json.dumps(notebook(LOUD)))
    assert check(LABS["01"], tmp_path / "a.ipynb").parts[0].passed


def test_fifty_files_beside_a_notebook_are_there_and_its_text_whatever_is_in_it(
    tmp_path, monkeypatch
):
    seen = []

    def checked(lab, path, *how):
        seen.extend([path.read_bytes(), *sorted(p.name for p in path.parent.iterdir())])
        return (), ""

    monkeypatch.setattr(labs, "_checked", checked)
    for i in range(52):
        (tmp_path / f"h{i:02}.py").write_text("")
    book = json.dumps(notebook('"""T"""\n# %%\nx\n'))
    (tmp_path / "a.ipynb").write_text(
        book.replace('"x"', '"x = \'\\ud800 \\u00fc\'"'))
    labs.check(LABS["01"], tmp_path / "a.ipynb")
    assert b"x = '\xed\xa0\x80 \xc3\xbc'\n" in seen[0]
    assert seen[1:] == ["code-cells.py", *(f"h{i:02}.py" for i in range(50))]
