"""What the pages of the course are made of, before Sphinx sees them."""

import pydoc
import re
from types import SimpleNamespace

import pytest
from equations import LECTURES
from scripts import SCRIPTS
from typeset import SHEET

from scratchae.exam import draw
from scratchae.notebooks import located_cells, read_formulas
from scratchae.site import build as building
from scratchae.site.lectures import LabPage, LecturePage
from scratchae.site.links import slide_numbers
from scratchae.site.running import Ran
from scratchae.site.tables import exam_page, references_page, sheet_page, slides_page

PAGES = {str(int(path.stem[:2])): f"{path.stem}.html" for path in SCRIPTS}


@pytest.fixture(scope="module")
def lectures():
    """The pages of all lectures, of which none has run."""
    return [LecturePage(script, [Ran(cell.kind, cell.text, (), cell.tags) for cell in
                                 located_cells(script.read_text())], {})
            for script in SCRIPTS]


@pytest.fixture(scope="module")
def texts(lectures):
    formulas = read_formulas(SHEET)
    return {page.name: page.markdown(formulas, PAGES) for page in lectures}


def test_every_page_that_is_made_is_listed_and_the_other_way_round(
    lectures, monkeypatch
):
    monkeypatch.setattr(building, "museum_page", str)  # it loads matplotlib
    monkeypatch.setattr(building, "reference_pages", lambda: {"reference": ""})
    labs = [LabPage(path) for path in sorted((LECTURES / "labs").glob("[0-9]*.py"))]
    made = building.texts_of(LECTURES, lectures, labs, PAGES)
    pages = {*made, *(page.name for page in lectures + labs)} - {"index"}
    linked = re.findall(r"\]\((\w+)\.md\)", made["index"])
    trees = re.findall(r"^:caption: .*\n\n((?:\w+\n)+)```", made["index"], re.M)
    rows = re.findall(r"^\| \[.*\]\((\w+)\.md\) \| (.*) \| (.*) \|$", made["index"],
                      re.M)
    assert [name for name, *_ in rows] == [page.name for page in lectures]
    assert all("#S" in slides for _, slides, _ in rows[:12])
    assert all(about.endswith((".", "?")) for *_, about in rows)
    assert "Run time" not in made["index"] and {*linked} == pages
    assert sorted(name for tree in trees for name in tree.split()) == sorted(pages)
    assert [tree.split()[0] for tree in trees] == [
        "01_autoencoder", labs[0].name, "formulas"]


def test_a_slide_leads_to_the_parts_that_name_it_or_to_its_lecture(lectures, texts):
    headings = {f"{name}.html#{part}": heading for name, text in texts.items()
                for part, heading in re.findall(r"^\((lecture-\S+)\)=\n## (.*)$", text,
                                                re.M)}
    page = slides_page(lectures)
    rows = dict(re.findall(r'<tr id="(S\d\d)">.*?<td>(.*?)</td>', page))
    assert len(rows) == 66 and [*rows] == sorted(rows)
    named = {f"S{number:02}" for script in SCRIPTS for heading in re.findall(
        r"^# ## .* \((S\d.*)\)$", script.read_text(), re.M)
        for number in slide_numbers(heading)}
    assert {slide for slide, links in rows.items() if "#" in links} == named
    for slide, links in rows.items():
        for target, said in re.findall(r'<a href="([^"]*)">([^<]*)</a>', links):
            number, _, heading = said.partition(": ")
            if "#" in target:
                assert target.startswith(number) and headings[target] == heading, slide
            else:
                assert target in PAGES.values(), slide


def test_what_prose_and_sheet_point_at_is_there(texts):
    ids = {*re.findall(r'id="(\w+)"', references_page(LECTURES))}
    cited = {name for text in texts.values()
             for name in re.findall(r'references\.html#(\w+)"', text)}
    assert cited and cited <= ids
    sheet = sheet_page(LECTURES, PAGES)
    found = re.findall(r'href="reference_(\w+)\.html#(scratchae\.\1\.[^"]+)"', sheet)
    assert len(found) > 50
    assert all(pydoc.locate(name) is not None for _, name in found)


def test_the_exam_on_the_pages_has_an_answer_below_each_question(lectures):
    page = exam_page(lectures, PAGES)
    for lecture in lectures:
        of_lecture = page.partition(f"({lecture.name}.md)")[2].partition("\n## ")[0]
        asked = draw([lecture.number], 0, lambda name: {})
        answers = re.findall(r"<summary>Answer</summary>\n\n(.*), by .*\n\n</det",
                             of_lecture)
        assert answers == [question.shown for question in asked], lecture.name


@pytest.mark.parametrize("fails", [True, False])
def test_pages_are_replaced_as_a_whole_or_not_at_all(fails, tmp_path, monkeypatch):
    (tmp_path / "site").mkdir()
    (tmp_path / "site/before").write_text("")

    def sphinx(command, **how):
        (command[-1]).mkdir()
        (command[-1] / "after").write_text("")
        return SimpleNamespace(returncode=int(fails), stderr="words\n")

    monkeypatch.setattr(building, "write_sources", lambda *a: None)
    monkeypatch.setattr(building, "finish", lambda *a: None)
    monkeypatch.setattr(building.subprocess, "run", sphinx)
    if fails:
        with pytest.raises(ChildProcessError, match="Sphinx failed:\nwords"):
            building.build_site([], [], tmp_path / "site")
    else:
        building.build_site([], [], tmp_path / "site")
    found = sorted(path.name for path in tmp_path.rglob("*"))
    assert found == ["before" if fails else "after", "site"]
