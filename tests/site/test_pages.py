"""What the pages of the course are made of, before Sphinx sees them."""

import json
import pydoc
import re
import runpy
import shutil
import subprocess
import sys
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
    rows = dict(re.findall(r'<tr id="(S\d\d)">.*<td>(.*)</td></tr>', page))
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


def test_sphinx_gets_the_folders_and_settings_that_give_the_same_bytes(
    tmp_path, monkeypatch, capsys
):
    asked = []

    def sphinx(command, env, **how):
        asked.append(([str(part) for part in command], env))
        return SimpleNamespace(returncode=0, stderr=" a warning\n")

    monkeypatch.setattr(building.subprocess, "run", sphinx)
    monkeypatch.setenv("KEPT", "yes")
    building.run_sphinx(tmp_path)
    (command, env), = asked
    assert command[:3] == [sys.executable, "-m", "sphinx"]
    assert command[-2:] == [str(tmp_path / "sources"), str(tmp_path / "pages")]
    assert command[command.index("-b") + 1] == "html"
    assert command[command.index("-d") + 1] == str(tmp_path / "doctrees")
    wanted = {"NUMBA_DISABLE_JIT": "1", "SOURCE_DATE_EPOCH": "0", "KEPT": "yes",
              "PYTHONHASHSEED": "0", "SCRATCHAE_BACKEND": "numpy"}
    assert wanted.items() <= env.items()
    assert capsys.readouterr().err.endswith("a warning\n")


def test_docstrings_keep_their_layout_on_pages(tmp_path):
    conf = runpy.run_path(str(building.SOURCES / "conf.py"))
    for docstring, made in {
        "One * sentence_.\n\n    y = x W\n\nx : (n, d)": [
            r"One \* sentence\_.", "", "::", "", "        y = x W", "    ",
            "    x : (n, d)", ""],
        "A\n  laid-out\ntext.": ["A", "", "::", "", "      laid-out", "    text.", ""],
        "Short.": ["Short.", ""],
    }.items():
        lines = docstring.splitlines()
        conf["literal_docstrings"](None, "function", "f", None, {}, lines)
        assert lines == made
    rows = [("b.f", "f", "function", "reference_b", "b.f", 1),
            ("a", "a", "module", "reference_a", "module-a", 0)]
    app = SimpleNamespace(outdir=tmp_path, env=SimpleNamespace(
        get_domain=lambda name: SimpleNamespace(get_objects=lambda: rows)))
    conf["list_objects"](app, None)
    assert json.loads((tmp_path / "objects.json").read_text()) == [
        ["a", "reference_a.html#module-a"], ["b.f", "reference_b.html#b.f"]]
    connected = {}
    conf["setup"](SimpleNamespace(connect=connected.__setitem__))
    assert {name: event.__name__ for name, event in connected.items()} == {
        "autodoc-process-docstring": "literal_docstrings",
        "build-finished": "list_objects", "builder-inited": "without_search"}


SEARCHED = [
    ["10: The loss", "10_vae.html#p", f"text of 10.7 and {'many words ' * 30}Dense"],
    ["(10.7)", "10_vae.html#equation-10-7", "the loss"],
    ["nn.dense.dense_forward", "reference_nn.html", "scratchae.nn.dense.dense_forward"],
    ["S28", "slides.html#S28", "S28 Dense"], ["dense", "d.html", ""],
    *([f"x{i}", f"x{i}.html", "common"] for i in range(60)),
]
FOUND = {
    "10.7": ["(10.7)", "10: The loss"], "LOSS": ["10: The loss", "(10.7)"],
    "dense": ["dense", "nn.dense.dense_forward", "10: The loss", "S28"],
    "dense  loss": ["10: The loss"], "s28": ["S28"], "": [],
    "den": ["nn.dense.dense_forward", "dense", "10: The loss", "S28"],
    "common": [f"x{i}" for i in range(50)], "10.7 many dense": ["10: The loss"],
}


@pytest.mark.skipif(not shutil.which("node"), reason="no node: apt-get install nodejs")
def test_the_search_puts_titles_before_texts_and_needs_every_word():
    """Run in Node, with as much of a document as it asks for."""
    script = (building.SOURCES / "search.js").read_text()
    code = """const made = () => ({ addEventListener() {}, append(...c) { this.c = c; },
            replaceChildren(...c) { this.c = c; } });
        const seen = QUERIES.map((query) => { const ids = {}, document = {
              createElement: made, getElementById: (id) => ids[id] ||= made() };
            const location = { search: "?q=" + encodeURIComponent(query) };
            { SCRIPT }
            return [ids.found.c.map(({ c: [a, p] }) => [a.textContent, a.href,
                p.textContent]), ids.count.textContent]; });
        console.log(JSON.stringify(seen))"""
    given = f"const QUERIES = {json.dumps([*FOUND])}, SEARCH = {json.dumps(SEARCHED)};"
    code = given + code.replace("SCRIPT", script)
    done = subprocess.run(["node", "-e", code], check=True, text=True,
                          capture_output=True)
    addresses = {title: address for title, address, _ in SEARCHED}
    answers = json.loads(done.stdout)
    for (query, titles), (found, count) in zip(FOUND.items(), answers, strict=True):
        assert [title for title, *_ in found] == titles, query
        assert all(addresses[title] == address for title, address, _ in found)
        assert count == ("60 found, the first 50" if query == "common" else
                         f"{len(titles)} found" if query else "")
    text = answers[2][0][2][2]  # what is around the word "dense" in a long one
    assert text.startswith("\u2026 ") and text.endswith("Dense \u2026")
    assert len(text) == 60 + len("Dense") + 4
    assert answers[-1][0][0][2].startswith("text of 10.7")  # the first word is asked
