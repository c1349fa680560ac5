"""The pages of the course: what they are made of, and as a browser sees them."""

import html
import json
import os
import posixpath
import re
import shutil
import sys
from types import SimpleNamespace

import pytest
from browser import Log
from equations import LECTURES, all_stated
from scripts import SCRIPTS
from typeset import SHEET, typeset

from scratchae.cli import course, main
from scratchae.notebooks import located_cells, read_formulas
from scratchae.site import build as building
from scratchae.site import build_site, run_cells
from scratchae.site.lectures import MEASURED, LabPage, LecturePage
from scratchae.site.links import linked, slide_numbers
from scratchae.site.mathematics import KEPT, formulas_of
from scratchae.site.package import reference_pages
from scratchae.site.running import Ran
from scratchae.site.slides import TITLES

PAGES = {str(int(path.stem[:2])): f"{path.stem}.html" for path in SCRIPTS}
FORMULAS = read_formulas(SHEET)
EACH_KIND = ("index", "05_entropy_and_kl", "10_vae", "formulas", "slides", "museum",
             "exam", "lab_01_dense", "reference_formulas", "search",
             "_modules/scratchae/formulas/dense")
TINY = '''"""Lecture 05: a tiny one

Slides S20. Tiny.
"""

# %%
from scratchae.course import Lecture
lecture = Lecture(__doc__)
print("before")
figure = __import__("matplotlib.figure", fromlist=["x"]).Figure()
lecture.save(figure, "05_none", 'Nothing is "drawn".')
print("after")

# %% tags=["measured"]
print(f"{31 / 10} s")

# %% [markdown]
# ## A heading (S21)
#
# ## Questions
'''


def not_run(script):
    """The cells of a script, and a lecture that drew nothing."""
    cells = [Ran(cell.kind, cell.text, (), cell.tags)
             for cell in located_cells(script.read_text())]
    return cells, SimpleNamespace(alts={})


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A tiny script of lecture 05, its cells as they ran, and its lecture."""
    folder = tmp_path_factory.mktemp("tiny")
    script = folder / "05_entropy_and_kl.py"
    script.write_text(TINY)
    (folder / "answers").mkdir()
    shutil.copy(LECTURES / "answers/05.md", folder / "answers")
    with course.script_arguments(script, ["--out", str(folder / "out")]):
        cells, lecture = run_cells(script)
    return script, cells, lecture


@pytest.fixture(scope="module")
def site(tiny, tmp_path_factory):
    """All pages; lecture 05 shows what the tiny one did; the reference has one room."""
    pytest.importorskip("sphinx_codeautolink", reason="the extra docs is not installed")
    ran = [not_run(script) for script in SCRIPTS]
    cells, ran[4] = ran[4][0], (ran[4][0], tiny[2])
    cells[1] = cells[1]._replace(output=tiny[1][1].output)
    room = "reference_formulas"
    only = {room: building.reference_pages()[room],
            "reference": f"# Reference\n\n```{{toctree}}\n{room}\n```\n"}
    folder = tmp_path_factory.mktemp("site")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "reference_pages", lambda: only)
        for name in ("one", "two") if os.environ.get("SCRATCHAE_FULL") else ("one",):
            build_site(SCRIPTS, ran, folder / name)
    return folder / "one"


def test_every_formula_of_the_sheet_is_kept_typeset():
    kept = json.loads(KEPT.read_text())
    assert kept.keys() == formulas_of(SHEET.read_text()).keys()
    assert len(kept) > len(FORMULAS) > 100
    assert all(made.startswith("<math") for made in kept.values())


def test_what_is_kept_is_what_the_typesetter_makes_of_the_sheet():
    folder = os.environ.get("SCRATCHAE_TEMML")
    if not folder or not shutil.which("node"):
        pytest.skip("needs Node, and in SCRATCHAE_TEMML the folder with Temml")
    assert typeset(folder) == json.loads(KEPT.read_text())


def test_a_script_runs_cell_by_cell_and_each_keeps_what_it_printed(tiny):
    script, cells, lecture = tiny
    assert [cell.kind for cell in cells] == ["markdown", "code", "code", "markdown"]
    text, figure, after = cells[1].output
    assert text.endswith("before") and after == "after"
    assert figure == script.parent / "out/05_none.png" and "05_none" in lecture.alts
    assert cells[2].output == ("3.1 s",) and cells[2].tags == ("measured",)


def test_what_a_cell_prints_is_on_the_screen_and_the_main_module_comes_back(
        tmp_path, capsys):
    script, before = tmp_path / "01_a.py", sys.modules["__main__"]
    script.write_text('"""T\n\nProse.\n"""\n# %%\n'
                      "lecture = __doc__\nprint(1, __name__)\n")
    cells, doc = run_cells(script)
    assert capsys.readouterr().out == "1 __main__\n" and doc == "T\n\nProse."
    assert cells[1].output == ("1 __main__",) and sys.modules["__main__"] is before


def test_an_error_in_a_cell_names_the_line_of_its_script(tmp_path):
    script = tmp_path / "01_bad.py"
    script.write_text('"""T"""\n\n# %%\nx = 1\n\n# %%\n\n1 / 0\n')
    with pytest.raises(ZeroDivisionError) as caught:
        run_cells(script)
    assert caught.traceback[-1].lineno + 1 == 8
    assert str(caught.traceback[-1].path) == str(script)


def test_a_page_has_pictures_with_their_text_and_no_measured_seconds(tiny):
    script, cells, lecture = tiny
    text = LecturePage(script, cells, lecture.alts).markdown(FORMULAS, PAGES)
    assert "{image} figures/05_none.png\n:alt: Nothing is \"drawn\".\n" in text
    assert MEASURED in text and "3.1 s" not in text and "====" not in text
    assert '<p class="slides">Slides: <a href="slides.html#S21">S21</a></p>' in text
    assert text.count('<details class="answer">') == 3


def test_prose_gets_links_and_code_and_formulas_are_left_alone():
    assert linked("as S28-S31 says in (10.5) of [Burda2016]", PAGES) == (
        'as <a href="slides.html#S28">S28-S31</a> says in '
        '<a href="10_vae.html#equation-10-5">(10.5)</a> of '
        '[<a href="references.html#Burda2016">Burda2016</a>]')
    linked_below = linked("    S28\n\nand S28\n\n```\nS28\n```\nS28", PAGES)
    assert linked_below.count("<a") == 2
    for text in ("`S28` and <b>", "    S28 (10.5)\n", "```python\nS28\n```",
                 "(99" + ".1)", "[text](S28)"):
        assert linked(text, PAGES) == text
    assert slide_numbers("S01-S03, S07") == {1, 2, 3, 7}


def test_a_page_of_a_lab_has_its_prose_as_prose_and_its_code_as_code(tmp_path):
    script = tmp_path / "01_lab.py"
    script.write_text('"""A lab\n\nTo be done.\n"""\n\n# %% [markdown]\n# Why.\n'
                      "\n# %%\nx = 1\n")
    text = LabPage(script).markdown({}, {})
    assert text.startswith('# A lab\n\nTo be done.\n\n<p class="downloads">')
    assert "\n\nWhy.\n\n" in text and text.count("Download") == 1
    assert "python\n\nx = 1\n```" in text and text.count("{code-block}") == 1


def test_the_reference_has_every_room_but_those_that_are_not_for_reading(kernels):
    pages = reference_pages()
    rooms = {page.removeprefix("reference_") for page in pages} - {"reference"}
    assert {"formulas", "models", "nn", "benchmark", "files"} <= rooms
    assert not rooms & {"cli", "site", "labs", "startup", "__main__"}
    assert all(page in pages["reference"] for page in pages)
    assert "in_jax" not in pages["reference_benchmark"]  # it would be imported
    assert "scratchae.formulas.dense" in pages["reference_formulas"]


def test_every_number_of_the_sheet_is_on_the_pages_and_on_the_sheet(site):
    ids = {f"equation-{a}-{b}" for a, b in all_stated()}
    sheet = (site / "formulas.html").read_text()
    lectures = "".join((site / f"{path.stem}.html").read_text() for path in SCRIPTS[:4])
    assert {*re.findall(r'id="(equation-\d+-\d+)"', sheet)} == ids
    expected = {name for name in ids if int(name.split("-")[1]) < 5}
    assert {*re.findall(r'id="(equation-\d+-\d+)"', lectures)} == expected
    assert sheet.count("<math") > len(ids)


def test_every_link_leads_somewhere(site):
    """All but those to modules of rooms that this reference leaves out."""
    known = {path.relative_to(site).as_posix(): {
        "", *map(html.unescape, re.findall(r'\bid="([^"]+)"', path.read_text()))}
        for path in site.rglob("*.html")}
    count, rooms = 0, 0
    for page in known:
        for target in re.findall(r'href="([^"]*)"', (site / page).read_text()):
            path, _, name = html.unescape(target).partition("#")
            path = path.partition("?")[0]
            if path.startswith(("http", "data:")):
                continue
            path = posixpath.normpath(posixpath.join(posixpath.dirname(page), path)
                                      if path else page)
            if path.startswith("reference_") and path not in known:
                continue
            count += 1
            rooms += path.startswith(("reference_", "_modules"))
            assert (site / path).exists(), (page, target)
            if path.endswith(".html"):
                assert name in known[path], (page, target)
    assert count > 1000 and rooms > 200


def test_every_page_is_looked_through_by_the_search_and_each_place_is_there(site):
    text = (site / "_static/search_index.js").read_text()
    index = json.loads(text[len("const SEARCH = ") : -len(";\n")])
    pages = {address.partition("#")[0] for _, address, _ in index}
    assert {path.name for path in site.glob("*.html")} - pages == {
        "explorer.html", "formulas.html", "py-modindex.html", "search.html"}
    for _, address, _ in index:
        page, _, name = address.partition("#")
        assert not name or f'id="{html.escape(name)}"' in (site / page).read_text()
    said = {title: text for title, _, text in index}
    assert "(n, d_out)" in said["formulas.dense.dense_forward"]
    assert any(title.startswith("Lab 03: ") for title in said)
    assert {f"{name}: {title}" for name, title in TITLES.items()} <= {*said}


def test_two_builds_have_the_same_bytes(site):
    if not (site.parent / "two").exists():
        pytest.skip("SCRATCHAE_FULL=1 builds the pages twice")
    first, second = ({path.relative_to(folder): path.read_bytes()
                      for path in folder.rglob("*") if path.is_file()}
                     for folder in (site, site.parent / "two"))
    assert first == second and len(first) > 50


def test_pages_open_from_a_folder_without_an_error_or_a_request_elsewhere(
    site, browser
):
    context = browser.new_context(offline=True)
    page = context.new_page()
    log = Log(page)
    for name in EACH_KIND:
        page.goto((site / f"{name}.html").as_uri())
        policy = page.locator('meta[http-equiv="Content-Security-Policy"]')
        assert "default-src 'none'" in policy.get_attribute("content")
    context.close()
    assert [text for text in log if "[PST]" not in text] == []
    assert {url.split(":")[0] for url in log.asked} <= {"file", "data", "blob"}


def test_the_search_finds_equations_slides_functions_and_words(site, browser):
    page = browser.new_page()
    for typed, address in {
        "10.7": "10_vae.html#equation-10-7", "S28": "slides.html#S28",
        "dense_forward": "reference_formulas.html#scratchae.formulas.dense."
                         "dense_forward",
        "eq. 10.7": "10_vae.html#equation-10-7", "S9": "slides.html#S09",
        "lab 03": "lab_03_losses.html#lab-03-squared-error-and-bernoulli-loss",
        "Another prospective": "slides.html#S43", "Thank You": "slides.html#thank-you",
        "dense_forward()": "reference_formulas.html#scratchae.formulas.dense."
                           "dense_forward",
        "worms teeth": "05_entropy_and_kl.html",
    }.items():
        page.goto(f"{(site / 'search.html').as_uri()}?q={typed}")
        found = page.locator("#found a").evaluate_all(
            "all => all.map((a) => a.getAttribute('href'))")
        assert address in found[:2] or typed == "worms teeth" and found, typed
    page.close()


def test_pages_fit_a_phone(site, browser):
    page = browser.new_page(viewport={"width": 320, "height": 700})
    for name in "index", "formulas", "01_autoencoder", "museum", "slides", "exam":
        page.goto((site / f"{name}.html").as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, name
    page.close()


@pytest.mark.parametrize("typed, words", [
    ("05 --html site", "05 means nothing with --html"),
    ("--html site --out here", "--out here means nothing with --html"),
    ("--html full", "--html full is a folder with other files"),
    ("--html file", "--html file is a file"), ("--html made", "--overwrite replaces"),
])
def test_pages_replace_nothing_unasked(typed, words, small, tmp_path, capsys):
    (tmp_path / "file").write_text("mine")
    for name in ("full/mine", "made/_static/search_index.js"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    assert main(["course", *typed.split()]) == 2
    assert words in capsys.readouterr().err
    assert sorted(tmp_path.rglob("*")) == before


def test_without_the_extra_the_command_says_what_to_install(small, monkeypatch, capsys):
    monkeypatch.setattr(building.importlib.util, "find_spec", lambda name: None)
    assert main(["course", "--html", "site"]) == 2
    assert "pip install -e '.[docs]' in a checkout" in capsys.readouterr().err
