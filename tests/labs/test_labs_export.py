"""`scratchae lab export`, and labs that are written in notebooks."""

import json
from types import SimpleNamespace

import pytest
from lab_tools import LABS, SOLUTIONS

from scratchae.cli import lab, lab_grade, main
from scratchae.cli.lab_export import NAME_OF_WHEEL, readme
from scratchae.cli.lab_files import stub_of
from scratchae.labs import check
from scratchae.notebooks import notebook, notebook_code

LAB = LABS["01"]


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_hand_out_has_stubs_notebooks_and_instructions_of_the_labs_asked_for(here):
    assert main(["lab", "export", "out", "--labs", "01-02"]) == 0
    found = {str(path.relative_to(here / "out")) for path in here.rglob("*.*")}
    names = [stub_of(LABS[number]).stem for number in ("01", "02")]
    assert found == {"README.md", "labs/conftest.py", *(f"labs/{n}.py" for n in names),
                     *(f"notebooks/{n}.ipynb" for n in names)}
    stub = here / f"out/labs/{names[0]}.py"
    assert stub.read_bytes() == stub_of(LAB).read_bytes()
    readme = (here / "out/README.md").read_text()
    for text in "install ./" + NAME_OF_WHEEL, "scratchae lab 01", "`dense_backward`":
        assert text in readme
    typed = [line for line in readme.splitlines() if line.startswith("    ")]
    assert typed and not any("*" in line for line in typed)  # Windows has no patterns


@pytest.mark.parametrize("typed, numbers", [
    (None, []), ("01-03", ["01", "02", "03"]), ("3,1", ["01", "03"]), ("16", ["16"]),
    ("02 , 1-2", ["01", "02"]), ("15-99", ["15", "16"]), ("3-1", ["3-1"]),
])
def test_labs_are_chosen_by_numbers_and_ranges_in_order(typed, numbers):
    assert lab.numbers_of(typed) == numbers


def test_a_reader_is_told_the_shortest_time_the_first_lab_and_all_points():
    names = ("number", "title", "points", "parts")
    chosen = [SimpleNamespace(**{n: getattr(LABS[number], n) for n in names}, seconds=s)
              for number, s in (("03", 7), ("01", 2))]
    text = readme(chosen)
    assert "has 2 seconds unless its lab" in text and "scratchae lab 03 --watch" in text
    for one in chosen:
        functions = ", ".join(f"`{part.function}`" for part in one.parts)
        assert f"| {one.number} {one.title} | {functions} | {one.points} |\n" in text
    assert "they have: `03_*`, `01_*`." in text


def test_statuses_are_counted_over_students_part_by_part():
    rows = [{"lab": "01", "part": part, "function": f"f{part}", "status": status}
            for part, status in (("2", "fail"), ("1", "pass"))]
    other = [rows[0] | {"status": "pass"}, rows[1]]
    lines = lab_grade.by_part([rows, rows, other])
    assert [line.split() for line in lines[1:]] == [
        ["01", "1", "f1", "3"], ["01", "2", "f2", "1", "2"]]
    ends = [lines[0].index("pass"), lines[0].index("fail")]
    assert [lines[2][i] for i in ends] == ["1", "2"]


@pytest.mark.parametrize("typed, seed", [([], 1), (["--seed", "0"], 0)])
def test_the_seed_of_the_inputs_is_1_or_as_typed(typed, seed, here, monkeypatch):
    asked = []
    monkeypatch.setattr(lab_grade, "missing_layers", list)
    monkeypatch.setattr(lab_grade, "grade", lambda run, *a: asked.append(run) or (
        SimpleNamespace(rows={}), [], [], []))
    (here / "s").mkdir()
    assert main(["lab", "grade", "s", "--labs", "2", *typed]) == 0
    assert asked[0].seed == seed and [one.number for one in asked[0].labs] == ["02"]


def book_of(text):
    """A notebook's bytes."""
    return json.dumps(notebook(text)).encode()


def test_a_notebook_is_checked_as_the_script_is(here):
    text = next(SOLUTIONS.glob("01_*.py")).read_text()
    title, rest = text.split("\n", 1)
    path = here / "mine.ipynb"
    path.write_bytes(book_of(f"{title}\n\n# %%\nimport numpy as np\n%pylab\n\n# %%\n"
                             f"!ls\n{rest}".replace("dy @ W.T", "dy @ W.T[99]")))
    report = check(LAB, path)
    first, second, _ = report.parts
    assert first.passed and "code cell 3, line" in second.text
    assert ", in dense_backward: IndexError" in second.text
    assert str(path) in str(report)


def test_a_hole_of_a_notebook_says_what_it_is_in_its_own_words(here):
    (here / "mine.ipynb").write_bytes(book_of(stub_of(LAB).read_text()))
    for i, part in enumerate(check(LAB, here / "mine.ipynb").parts, 1):
        assert part.text.startswith(f"Lab 01, part {i}: ")


def test_an_error_outside_all_functions_is_told_with_its_cell_alone(here):
    (here / "mine.ipynb").write_bytes(book_of('"""T"""\n\n# %%\nx = 1\ny = x / 0\n'))
    for part in check(LAB, here / "mine.ipynb").parts:
        assert part.text == "code cell 2, line 2: ZeroDivisionError: division by zero"


def test_lines_of_a_notebook_are_counted_as_python_counts_them():
    code, places = notebook_code(book_of('"""T\n"""\n# %%\nx = "a\x0cb\u2028c"\n'
                                         'y = 1\n'))
    assert places[-1] == (2, 2) and "a\x0cb\u2028c" in code


def test_lines_for_jupyter_do_nothing_and_operators_stay():
    code, places = notebook_code(book_of(
        '"""T\n"""\n# %%\nif 1:\n    %pip x\n\n# %%\n%%time\n!ls\nx = (7\n    % 4\n'
        '    != 2)\n'))
    found = {}
    exec(code, found)
    assert found["x"] is True
    assert places[-1] == (3, 5) and code.splitlines()[-1] == "    != 2)"


@pytest.mark.parametrize("data", [
    b"", b"\xff", b"[]", b"{}", b'{"cells": 1}', b'{"cells": [1]}', b"[" * 10**5,
    b'{"cells": [{"cell_type": "code", "source": [1]}]}', b'{"cells": [{}]}',
])
def test_what_is_no_notebook_is_refused(data):
    with pytest.raises(ValueError, match="not a notebook"):
        notebook_code(data)
