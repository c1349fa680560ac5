"""Every line of the pages of one tiny lecture, and what is made beside them."""

import base64
import hashlib
import html
import json

import pytest

from scratchae.exam import draw
from scratchae.site import build as building
from scratchae.site import check_generator
from scratchae.site.finish import LEFT_OVER, finish, search_index
from scratchae.site.lectures import EMBED, MEASURED, LabPage, LecturePage
from scratchae.site.links import linked, plain
from scratchae.site.mathematics import KEPT, mathematics
from scratchae.site.package import TEXTS, _room_page, museum_page, text_page
from scratchae.site.running import Ran
from scratchae.site.tables import (
    contents,
    exam_page,
    references_page,
    sheet_page,
    slides_page,
)

EQUATION = "$$\nL(x, \\hat x) = \\sum_j (x_j - \\hat x_j)^2\n\\tag{1.2}\n$$"
LATEX = EQUATION.split("\n")[1]
PAGES = {"1": "01_tiny.html", "5": "05_x.html"}
SCRIPT = '''"""Lecture 01: tiny

Slides S02-S03. It is small. Run time: seconds.
"""

# %%
x = 1

# %% [markdown]
# ## A part (S04, S06)
#
# By (5.1) and (9.1):
#
#     L = (x - x_hat)^2                                                (1.2)
#
# ## Questions
#
# 1. Why?
'''
ANSWERS = "# Answers\n\n## 1. Why?\n\nSee S01.\n\n## 2. How?\n\nSo.\n"


@pytest.fixture
def tiny(tmp_path):
    """A lecture that printed, drew the figure with the explorer, and measured."""
    script = tmp_path / "lectures/01_tiny.py"
    (script.parent / "answers").mkdir(parents=True)
    script.write_text(SCRIPT)
    (script.parent / "answers/01.md").write_text(ANSWERS)
    (script.parent / "formulas.md").write_text(EQUATION)
    for name in ("10_decoded_grids.png", "measured.png"):
        (tmp_path / name).write_text(name)
    cells = [
        Ran("markdown", "# Lecture 01: tiny\n\nSlides S02-S03. It is small. Run time: "
            "seconds."),
        Ran("code", "x = 1", ("Lecture 01: tiny\n================\none",
                              tmp_path / "10_decoded_grids.png", "two")),
        Ran("code", "t = 2", ("3.1 s", tmp_path / "measured.png"), ("measured",)),
        Ran("markdown", "## A part (S04, S06)\n\nBy (5.1) and (9.1):\n\n    L = (x - "
            "x_hat)^2      (1.2)\n\n## Questions\n\n1. Why?"),
        Ran("code", "last = 3"),
    ]
    return LecturePage(script, cells, {"10_decoded_grids": 'A "grid".'})


def slide(number):
    return f'<a href="slides.html#S{number}">S{number}</a>'


def equation(label, ids, side):
    """The Markdown of equation (1.2)."""
    mathml = json.loads(KEPT.read_text())[LATEX]
    return ('```{raw} html\n<div class="equation" id="equation-1-2"><div class="wide" '
            f'tabindex="0" role="group" aria-label="equation 1.2: {LATEX}">{mathml}'
            f'</div><a class="number" href="{side}#equation-1-2" title="equation 1.2, '
            f'typeset on the {label}">(1.2)</a></div>\n```')


def test_a_page_has_all_that_its_lecture_said_drew_and_asks_in_order(tiny):
    parts = [
        "# Lecture 01: tiny", f"Slides {slide('02')[:-7]}S02-S03</a>. It is small. Run "
        "time: seconds.",
        '<p class="downloads">Download: <a href="scripts/01_tiny.py" '
        'download>script</a>, <a href="notebooks/01_tiny.ipynb" download>notebook</a>'
        "</p>",
        "````{code-block} python\n\n\nx = 1\n````",
        "````{code-block} none\n:class: output\n\n\none\n````",
        '```{image} figures/10_decoded_grids.png\n:alt: A "grid".\n:class: drawn\n```',
        EMBED, "````{code-block} none\n:class: output\n\n\ntwo\n````",
        "````{code-block} python\n\n\nt = 2\n````",
        f"````{{code-block}} none\n:class: output\n\n\n{MEASURED}\n````",
        "(lecture-01-part-1)=\n## A part\n\n"
        f'<p class="slides">Slides: {slide("04")}, {slide("06")}</p>',
        'By <a href="05_x.html#equation-5-1">(5.1)</a> and (9.1):',
        equation("formula sheet", "", "formulas.html"), "",
        "(lecture-01-part-2)=\n## Questions", "1. Why?",
        '<details class="answer"><summary>Answer to question 1</summary>',
        f"See {slide('01')}.", "</details>",
        '<details class="answer"><summary>Answer to question 2</summary>', "So.",
        "</details>", "````{code-block} python\n\n\nlast = 3\n````\n",
    ]
    made = tiny.markdown({"1.2": EQUATION}, PAGES)
    assert [text for text in made.splitlines() if text] == [
        text for text in "\n\n".join(parts).splitlines() if text]


def test_files_of_a_page_lie_where_it_names_them(tiny, tmp_path):
    tiny.copy_files(tmp_path / "out", tmp_path / "extra")
    assert {path.relative_to(tmp_path / "out").as_posix(): path.read_text()
            for path in (tmp_path / "out").rglob("*.*")} == {
        "figures/10_decoded_grids.png": "10_decoded_grids.png"}
    files = {path.relative_to(tmp_path / "extra").as_posix()
             for path in (tmp_path / "extra").rglob("*.*")}
    assert files == {"scripts/01_tiny.py", "notebooks/01_tiny.ipynb"}
    assert (tmp_path / "extra/scripts/01_tiny.py").read_text() == SCRIPT


def test_the_first_page_has_a_row_for_the_lecture(tiny):
    row, = [line for line in contents([tiny], []).splitlines() if "01_tiny" in line
            and line.startswith("|")]
    slides = f"{slide('02')} Contents; {slide('03')} Course Structure"
    assert row == f"| [Lecture 01: tiny](01_tiny.md) | {slides} | It is small. |"


def test_slides_of_a_part_lead_there_and_others_to_their_lecture(tiny):
    later = LecturePage("02_later.py", [*tiny.cells[:1], Ran("code", "")], {})
    page = slides_page([tiny, later])
    rows = [line for line in page.splitlines() if line.startswith("<tr id")]
    lecture = '<a href="01_tiny.html">Lecture 01: tiny</a>'
    part = '<a href="01_tiny.html#lecture-01-part-1">01: A part</a>'
    told = {"02": ("Contents", lecture), "03": ("Course Structure", lecture),
            "04": ("Grading", part), "06": ("Autoencoder", part)}
    assert rows == [f'<tr id="S{n}"><th scope="row">S{n}</th><td>{title}</td>'
                    f"<td>{link}</td></tr>" for n, (title, link) in told.items()]


def test_an_answer_of_the_exam_names_its_equation_and_where_it_is_computed(tiny):
    page = exam_page([tiny], PAGES)
    for question in draw(["01"], 0, lambda name: {}):
        answer = f"{question.shown}, by {question.equation}, `{question.where}`"
        assert f"{plain(question.text)}\n\n" in page
        assert f"</summary>\n\n{linked(answer, PAGES)}\n\n</details>" in page
    assert "\n\n## [Lecture 01: tiny](01_tiny.md)\n\n" in page


def test_a_row_of_the_sheet_links_number_slides_and_function(tmp_path):
    (tmp_path / "formulas.md").write_text(
        f"# Sheet\n\n{EQUATION}\n\n| equation | slides | function | tests |\n"
        "|---|---|---|---|\n| (1.2) | S10 | `formulas.losses.f` | 3 |\n"
        "| (1.3) | S11 | none | 0 |\n")
    page = sheet_page(tmp_path, PAGES)
    assert page.startswith("# Sheet\n\n" + equation("lecture", "", "01_tiny.html"))
    assert ('| <a href="01_tiny.html#equation-1-2">(1.2)</a> | ' + slide(10) + ' | <a '
            'href="reference_formulas.html#scratchae.formulas.losses.f"><code>'
            "formulas.losses.f</code></a> | 3 |\n| ") in page
    assert page.rstrip().endswith(f"(1.3)</a> | {slide(11)} | none | 0 |\n\n</div>")


def test_references_have_their_keys_as_ids(tmp_path):
    (tmp_path / "references.md").write_text("| key | what |\n|---|---|\n| Kao | A. |\n")
    assert references_page(tmp_path) == (
        '| key | what |\n|---|---|\n| <span id="Kao">Kao</span> | A. |\n')


def test_formulas_in_a_line_are_typeset_and_raw_html_is_left_alone():
    kept = json.loads(KEPT.read_text())
    raw = "```{raw} html\n<b>$k$</b>\n```"
    assert mathematics(f"of $k$ numbers\n\n{raw}\n\n$k$") == (
        f"of {kept['k']} numbers\n\n{raw}\n\n{kept['k']}")
    for latex in (latex for latex in kept if {*latex} & {*'&<"'}):
        label = html.escape(f"equation: {latex}")
        assert f'aria-label="{label}">' in mathematics(f"$$\n{latex}\n$$")
    with pytest.raises(KeyError):
        mathematics("$no such formula$")


def test_texts_of_a_checkout_keep_the_words_of_their_links(tmp_path):
    (tmp_path / "a.md").write_text("![p](q.png)\nsee [the code](x.py), [s](https://a.b)"
                                   " and [h](#h)")
    assert text_page(tmp_path / "a.md") == "see the code, [s](https://a.b) and [h](#h)"
    assert {name: path.parent.name for name, path in TEXTS.items()} == {
        "models": "scratchae", "gradcheck": "gradcheck", "benchmark": "benchmark"}


def test_the_museum_shows_each_fault_as_a_change_of_lines():
    from scratchae.museum.registry import FAULTS

    page = museum_page()
    assert page.count("\n### ") == len(FAULTS)
    name, fault = next((name, fault) for name, fault in FAULTS.items()
                       if [len(edit) for edit in fault.edits] == [3])
    part = page.partition(f"### {plain(fault.text)}\n\n`{name}`; seen in: ")[2]
    part = part.partition("\n### ")[0]
    assert part.startswith(plain(fault.seen_in))
    (function, old, new), = fault.edits
    assert f"# {function.__module__}.{function.__qualname__}\n" in part
    gone, come = ({line.strip() for line in text.splitlines()} for text in (old, new))
    lines = part.splitlines()
    assert {line[2:].strip() for line in lines if line.startswith("- ")} == gone - come
    assert {line[2:].strip() for line in lines if line.startswith("+ ")} == come - gone


def test_a_page_of_the_reference_names_each_module_of_its_room():
    page = _room_page("explorer", ["scratchae.explorer", "scratchae.explorer.page"])
    assert page.startswith("# explorer\n\nA page in which")
    for name in ("scratchae.explorer", "scratchae.explorer.page"):
        assert (f"## {name}\n\n```{{eval-rst}}\n.. automodule:: {name}\n   :members:\n"
                ) in page


# After and around the generator
def test_the_search_has_every_lecture_part_equation_and_slide(tiny, tmp_path):
    (tmp_path / "slides.html").write_text(
        '<tr id="S02"><th scope="row">S02</th><td>T</td><td><a>A &amp; B</a></td></tr>')
    index = search_index(tmp_path, [tiny])
    part = "By (5.1) and (9.1):\n\n    L = (x - x_hat)^2      (1.2)\n\n"
    assert [entry[:2] for entry in index] == [
        ["Lecture 01: tiny", "01_tiny.html"],
        ["01: A part (S04, S06)", "01_tiny.html#lecture-01-part-1"],
        ["(1.2)", "01_tiny.html#equation-1-2"],
        ["01: Questions", "01_tiny.html#lecture-01-part-2"],
        ["S02: T", "slides.html#S02"]]
    texts = [text for *_, text in index]
    assert "It is small" in texts[0] and "x = 1" in texts[0] and "t = 2" in texts[0]
    assert texts[1] == part
    assert texts[2].endswith("(5.1) and (9.1): L = (x - x_hat)^2")
    assert texts[3].split() == ["1.", "Why?", "last", "=", "3"]
    assert texts[4].split() == ["A", "&", "B"]


def test_finished_pages_have_their_scripts_hashes_and_nothing_left_over(tiny, tmp_path):
    site, page = tmp_path / "site", "<head></head><script>let x = 'ä';</script>"
    for name in ("_static/a.html", "explorer.html", "index.html", "_modules/b.html",
                 *LEFT_OVER, "slides.html", "objects.json"):
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text("[]" if name == "objects.json" else page)
    (site / "_sources").mkdir()
    finish(site, [tiny])
    digest = hashlib.sha256("let x = 'ä';".encode()).digest()
    expected = f"'sha256-{base64.b64encode(digest).decode()}'"
    for name in ("index.html", "_modules/b.html", "slides.html"):
        assert expected in (site / name).read_text()
    for name in ("_static/a.html", "explorer.html"):
        assert (site / name).read_text() == page
    assert not any((site / name).exists() for name in (*LEFT_OVER, "_sources"))
    index = (site / building.MADE).read_text()
    assert json.loads(index.removeprefix("const SEARCH = ").removesuffix(";\n"))


def test_what_sphinx_reads_is_written(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(building, "texts_of", lambda *a: {"index": "# I", "a": "# A"})
    (tiny.script.parent / "explorer.html").write_text("")
    lab = tiny.script.parent / "labs/01_lab.py"
    lab.parent.mkdir()
    lab.write_text('"""A lab\n\nTo do.\n"""\n# %%\nx = 1\n')
    (lab.parent / "12_lab.py").write_text('"""Another\n\nTo do.\n"""\n')
    (lab.parent / "helper.py").write_text("")
    building.write_sources([tiny], tmp_path / "out")
    files = {path.relative_to(tmp_path / "out").as_posix(): path
             for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert files.keys() == {
        "index.md", "a.md", "01_tiny.md", "lab_01_lab.md", "conf.py",
        "lab_12_lab.md", "_extra/labs/12_lab.py", "figures/10_decoded_grids.png",
        "_extra/explorer.html", "_extra/labs/01_lab.py",
        "_extra/scripts/01_tiny.py", "_extra/notebooks/01_tiny.ipynb",
        *(f"_static/{name}" for name in building.STATIC),
        *(f"_templates/{name}" for name in building.TEMPLATES)}
    assert files["01_tiny.md"].read_text() == tiny.markdown(
        {"1.2": EQUATION}, {"1": "01_tiny.html"})
    assert files["lab_01_lab.md"].read_text() == LabPage(lab).markdown({}, {})


def test_what_is_missing_is_named_with_what_installs_it(monkeypatch):
    for name in building.NEEDED:
        found = {*building.NEEDED} - {name}
        monkeypatch.setattr(building.importlib.util, "find_spec", {
            other: other for other in found}.get)
        with pytest.raises(OSError, match=f"and {name} is not installed"):
            check_generator()
