"""How pages are put where they go, with a stand-in for Sphinx, and what they say."""

import base64
import hashlib
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from scratchae.site import build as building
from scratchae.site import build_site, tables
from scratchae.site.finish import (
    _around,
    search_index,
    with_policy,
    without_dead_links,
)
from scratchae.site.links import cut, linked, part, plain, without_slides
from scratchae.site.running import Ran


@pytest.fixture
def sphinx(monkeypatch):
    """What Sphinx is asked, and how it ends; it makes one page."""
    asked, ends = [], {"returncode": 0, "stderr": ""}

    def run(command, env, **how):
        asked.append(([str(word) for word in command[1:]], env, how))
        command[-1].mkdir()
        (command[-1] / "index.html").write_text("new")
        return SimpleNamespace(**ends)

    monkeypatch.setattr(building.subprocess, "run", run)
    monkeypatch.setattr(building, "finish", lambda folder, lectures: None)
    monkeypatch.setattr(building, "write_sources",
                        lambda lectures, folder: folder.mkdir())
    return asked, ends


def test_sphinx_makes_pages_of_the_sources_the_same_each_time(sphinx, tmp_path):
    asked, _ = sphinx
    building.run_sphinx(tmp_path)
    (words, env, how), = asked
    assert words == ["-m", "sphinx", "-q", "-b", "html", "-d",
                     str(tmp_path / "doctrees"), str(tmp_path / "sources"),
                     str(tmp_path / "pages")]
    fixed = {"NUMBA_DISABLE_JIT": "1", "SOURCE_DATE_EPOCH": "0", "PYTHONHASHSEED": "0",
             "SCRATCHAE_BACKEND": "numpy"}
    assert fixed.items() <= env.items() and "PATH" in env
    elsewhere = Path(building.__file__).parents[2]  # where no file is called sphinx.py
    assert how == {"text": True, "capture_output": True, "cwd": elsewhere}


def test_what_sphinx_says_is_said_and_a_failure_ends_the_command(
    sphinx, tmp_path, capsys
):
    _, ends = sphinx
    ends |= {"stderr": " a warning\n"}
    building.run_sphinx(tmp_path)
    assert capsys.readouterr().err == "a warning\n"
    ends |= {"returncode": 2, "stderr": "no theme\n"}
    (tmp_path / "pages/index.html").unlink()
    (tmp_path / "pages").rmdir()
    with pytest.raises(OSError, match="^Sphinx failed:\nno theme$"):
        building.run_sphinx(tmp_path)


def test_pages_take_the_place_of_others_when_they_are_whole(sphinx, tmp_path):
    _, ends = sphinx
    for folder in "a/site", "a/site", "b":
        build_site([], [], tmp_path / folder)
        assert (tmp_path / folder / "index.html").read_text() == "new"
    (tmp_path / "b/old.html").write_text("old")
    ends |= {"returncode": 1}
    with pytest.raises(ChildProcessError):
        build_site([], [], tmp_path / "b")
    assert (tmp_path / "b/old.html").exists()
    ends |= {"returncode": 0}
    build_site([], [], tmp_path / "b")
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")} == {
        "a", "a/site", "a/site/index.html", "b", "b/index.html"}


def test_pages_that_cannot_take_their_place_leave_those_before(
    sphinx, tmp_path, monkeypatch
):
    build_site([], [], tmp_path / "b")
    (tmp_path / "b/old.html").write_text("old")
    rename = Path.rename

    def renamed(path, target):
        if path.name == "pages":
            raise PermissionError(13, "Permission denied")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", renamed)
    for folder in "b", "c":
        with pytest.raises(PermissionError):
            build_site([], [], tmp_path / folder)
    assert sorted(path.name for path in tmp_path.rglob("*")) == [
        "b", "index.html", "old.html"]


# The first page


def page(name, text, *below):
    cells = [Ran("markdown", text), *(Ran("markdown", cell) for cell in below)]
    return SimpleNamespace(name=name, number=name[:2], title=text.split("\n")[0][2:],
                           cells=cells, headings=[])


LECTURES = [page("01_a", "# Lecture 01: A\n\nSlides S01-S03. What? It is. Run time: 1 "
                 "s."), page("02_b", "# Lecture 02: B\n\nSlide S04.\n\nAbout b.")]
LABS = [page("lab_01_c", "# Lab 01: C\n\nDo."), page("lab_02_d", "# Lab 02: D\n\nDo.")]


def test_the_contents_lead_to_every_page_under_its_heading():
    text = tables.contents(LECTURES, LABS)
    trees = [tree.split("```")[0].split() for tree in text.split("```{toctree}")[1:]]
    assert trees == [
        [":hidden:", ":caption:", "Lectures", "01_a", "02_b"],
        [":hidden:", ":caption:", "To", "practise", "lab_01_c", "lab_02_d", "exam"],
        [":hidden:", ":caption:", "To", "look", "up", *tables.OTHERS]]
    rows = [line for line in text.splitlines() if line.startswith("| [")]
    assert [row.split(" | ")[0] for row in rows] == [
        "| [Lecture 01: A](01_a.md)", "| [Lecture 02: B](02_b.md)"]
    assert [row.split(" | ")[1] for row in rows] == [
        '<a href="slides.html#S01">S01</a> Autoencoders; <a href="slides.html#S02">S02'
        '</a> Contents; <a href="slides.html#S03">S03</a> Course Structure',
        '<a href="slides.html#S04">S04</a> Grading']
    assert [row.split(" | ")[2] for row in rows] == ["What? It is. |", "About b. |"]
    assert "- [Lab 01: C](lab_01_c.md)\n- [Lab 02: D](lab_02_d.md)\n" in text
    for name, (title, what) in tables.OTHERS.items():
        assert f"- [{title}]({name}.md): {what}\n" in text


def test_every_page_of_the_contents_is_made(monkeypatch, tmp_path):
    for name in ("sheet_page", "museum_page", "references_page", "text_page"):
        monkeypatch.setattr(building, name, lambda *a, _n=name: _n)
    monkeypatch.setattr(building, "reference_pages", lambda: {"reference": "r"})
    made = building.texts_of(tmp_path, LECTURES, LABS, {})
    assert {*tables.OTHERS, "index", "exam"} == {*made}
    assert made["formulas"] == "sheet_page" and made["museum"] == "museum_page"
    assert made["references"] == "references_page" and made["papers"] == "text_page"
    assert made["slides"].startswith("# Slides") and "# Exam" in made["exam"]
    assert made["index"].startswith("# Autoencoders from scratch")


def test_a_slide_of_several_parts_leads_to_each_in_order():
    one, two = LECTURES
    one.headings, two.headings = ["X (S09)", "Y (S05, S09)"], ["Z (S09-S10)"]
    rows = dict(line.removeprefix('<tr id="').split('"', 1) for line in
                tables.slides_page([one, two]).splitlines() if line.startswith("<tr "))
    one.headings, two.headings = [], []
    assert [*rows] == ["S01", "S02", "S03", "S04", "S05", "S09", "S10"]
    assert rows["S09"].split("<td>")[2] == (
        '<a href="01_a.html#lecture-01-part-1">01: X</a><br>'
        '<a href="01_a.html#lecture-01-part-2">01: Y</a><br>'
        '<a href="02_b.html#lecture-02-part-1">02: Z</a></td></tr>')


# Texts


def test_around_an_equation_there_are_the_120_signs_before_it():
    words = " ".join(f"w{i:03}" for i in range(60))
    found = _around(f"{words}\n    a = b      (1.2)", "1.2")  # 14, 4, 20 times 5, 2
    assert found.endswith("w059 a = b") and found.split()[:2] == ["8", "w039"]
    assert _around("a = b  (1.2) and  (1.2)", "1.2") == "a = b"


def test_a_policy_names_each_script_of_a_page_once_in_the_head():
    text = "<head lang=en></head><script>1</script><script>1</script>"
    made = with_policy(text)
    assert made.count("sha256-") == 1 and made.startswith("<head lang=en>\n    <meta ")
    assert made.endswith("></head><script>1</script><script>1</script>")
    assert with_policy("<head></head>").count("sha256-") == 0


def test_a_page_may_load_what_lies_beside_it_and_its_own_styles_and_nothing_else():
    policy = re.search(r'content="([^"]*)"', with_policy("<head></head>"))[1]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    beside = "'self' file:"
    assert {name: sources.strip() for name, sources in rules.items()} == {
        "default-src": "'none'", "script-src": beside, "base-uri": "'none'",
        "style-src": f"{beside} 'unsafe-inline'", "img-src": f"{beside} data:",
        "font-src": f"{beside} data:", "frame-src": beside, "form-action": beside}


@pytest.mark.parametrize("script", [" 1 ", "\n  let x = 1;\n", "if (a &lt; b) c()\n"])
@pytest.mark.parametrize("tag", ["<script>", '<script type="module">'])
def test_a_browser_takes_the_hash_of_all_signs_between_the_tags(script, tag):
    made = with_policy(f"<head></head>{tag}{script}</script>")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'self' file: 'sha256-{digest}';" in made


def test_signs_of_markdown_are_left_as_they_are():
    assert plain("a_b * [c] #1 | <d> ~$x") == (
        r"a\_b \* \[c\] \#1 \| \<d\> \~\$x")


@pytest.mark.parametrize("heading, without", [
    ("The loss (S10)", "The loss"), ("Two (S10, S12-S14)", "Two"),
    ("Of (10.4)", "Of (10.4)"), ("S10", "S10"),
])
def test_slides_at_the_end_of_a_heading_are_no_part_of_it(heading, without):
    assert without_slides(heading) == without


def test_a_text_is_cut_at_its_headings():
    assert cut("a\n\n## B\n\nc\n## D\n") == [("", "a\n\n"), ("B", "c\n"), ("D", "")]
    assert cut("## B\nc") == [("B", "c")] and cut("a") == [("", "a")]
    assert part("10", 3) == "lecture-10-part-3"


def test_only_equations_of_lectures_that_are_there_are_links():
    pages = {"1": "01_a.html", "10": "10_b.html"}
    assert linked("(1.12)", pages) == '<a href="01_a.html#equation-1-12">(1.12)</a>'
    assert linked("(10.1)", pages) == '<a href="10_b.html#equation-10-1">(10.1)</a>'
    assert linked("(2.1) (1.123) 1.2", pages) == "(2.1) (1.123) 1.2"


def test_each_of_several_references_in_one_bracket_is_a_link():
    assert linked("[CS231n2017, Lin1991] [Lin1991](x) [Lin1991, x]", {}) == (
        '[<a href="references.html#CS231n2017">CS231n2017</a>, '
        '<a href="references.html#Lin1991">Lin1991</a>] [Lin1991](x) [Lin1991, x]')


def test_a_page_of_source_keeps_only_the_ways_back_that_lead_somewhere(tmp_path):
    (tmp_path / "a.html").touch()
    there, gone = (f'<a class="viewcode-back" href="../../r.html#{name}">[docs]</a>'
                   for name in ("f", "g"))
    listed, not_made = (f'<li><a href="{name}.html">{name}</a></li>\n'
                        for name in ("a", "builtins"))
    page = without_dead_links(there + gone + listed + not_made, {"r.html#f"}, tmp_path)
    assert page == there + listed


def test_the_policy_allows_the_scripts_of_the_page_and_nothing_from_elsewhere():
    page = with_policy("<html><head></head><script>1</script><script src=a></script>"
                       "<script>2</script>")
    assert page.count("sha256-") == 2 and "default-src 'none'" in page
    assert not re.search("https?:", page)
    assert page.index("<meta") < page.index("<script")
    assert "searchindex" not in with_policy(
        '<head><script src="searchindex.js"></script></head>')


def test_the_search_has_headings_of_other_pages_and_docstrings_of_the_reference(
    tmp_path
):
    article = '<body><article class="bd-article">{}</article></body>'
    for name, text in {
        "reference_nn": '<section id="nn"><dl><dt class="sig py" id="scratchae.nn.mlp.'
            'MLP">MLP(sizes)</dt>\n<dd><p>Some layers.</p></dd></dl>\n</section>',
        "lab_01_a": '<section id="lab">\n<h1>Lab 01: a<a class="headerlink">#</a></h1>'
            '<p>Do.</p><section id="see">\n<h2>See</h2><p>All &lt; 1.</p></section>'
            "</section>",
        "search": "<p>Search.</p>", "slides": "",
    }.items():
        (tmp_path / f"{name}.html").write_text(article.format(text))
    assert search_index(tmp_path, []) == [
        ["Lab 01: a", "lab_01_a.html#lab", "Do."],
        ["See", "lab_01_a.html#see", "All < 1."],
        ["nn.mlp.MLP", "reference_nn.html#scratchae.nn.mlp.MLP",
         "MLP(sizes) Some layers."]]
