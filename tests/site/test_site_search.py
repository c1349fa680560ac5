"""The parts of the pages that find each other by name: templates, settings, scripts."""

import json
import re
import runpy
import shutil
import subprocess

import pytest

from scratchae.site import build as building

SOURCES = building.SOURCES
SEARCHED = [["10: By (10.7)", "h.html", ""], ["(10.7)", "a.html", "the loss"],
            ["S28", "s.html", "worms"], ["dense", "d.html", "a layer"],
            ["S54: Reparameterization Trick (z is calculated)", "s.html#S54",
             "09: z = mu + sigma eps"],
            ["09: One way (S09-S10)", "o.html", "S90"],
            ["S09: Learning", "s.html#S09", "one way"],
            ["Lecture 02: the autoencoder", "l.html", "a VAE's beta, KL divergence"],
            ["models.vae.Autoencoder.fit", "f.html", "Autoencoder"],
            ["models.vae.Autoencoder", "c.html", "its load"], ["load", "p.html", ""]]
CODE = """const made = () => ({ heard: {}, addEventListener(name, f) {
          this.heard[name] = f; }, append(...c) { this.c = c; },
        replaceChildren(...c) { this.c = c; } });
    const ids = {}, document = { createElement: made,
          getElementById: (id) => ids[id] ||= made() };
    const location = { search: "?q=S28" };
    { SCRIPT }
    const look = () => [ids.query.value, ids.found.c.map(({ c: [a] }) => a.href),
          ids.count.textContent];
    const seen = [look()];
    for (const typed of TYPED) {
      ids.query.value = typed; ids.query.heard.input(); seen.push(look());
    }
    console.log(JSON.stringify(seen))"""


@pytest.mark.skipif(not shutil.which("node"), reason="no node: apt-get install nodejs")
def test_the_search_follows_the_address_and_then_what_is_typed():
    found = looked_for("LOSS", "(10.7)", "dense()", "nothing of this", "")
    assert found == [
        ["S28", ["s.html"], "1 found"], ["LOSS", ["a.html"], "1 found"],
        ["(10.7)", ["a.html", "h.html"], "2 found"],  # the equation itself first
        ["dense()", ["d.html"], "1 found"],
        ["nothing of this", [], "0 found"], ["", [], ""]]


@pytest.mark.skipif(not shutil.which("node"), reason="no node: apt-get install nodejs")
@pytest.mark.parametrize("typed, places", {
    "reparameterization trick": ["s.html#S54"], "S9": ["s.html#S09", "o.html"],
    "s09": ["s.html#S09", "o.html"], "S54": ["s.html#S54"], "S5": [],
    "eq. 10.7": ["a.html", "h.html"], "Equation (10.7)": ["a.html", "h.html"],
    "eqs 10.7.": ["a.html", "h.html"], "KL-divergence": ["l.html"],
    "beta-VAE": ["l.html"], "z = mu": ["s.html#S54"],
    "Autoencoder": ["c.html", "l.html", "f.html"],
    "models.vae.Autoencoder": ["c.html", "f.html"], "load": ["p.html", "c.html"],
    "scratchae.load()": ["p.html", "c.html"]}.items())
def test_what_students_type_finds_its_place_first(typed, places):
    _, (_, found, _) = looked_for(typed)
    assert found == places


def looked_for(*typed):
    """What the box, the list and the count show at first and for each text typed."""
    code = CODE.replace("SCRIPT", (SOURCES / "search.js").read_text())
    given = f"const SEARCH = {json.dumps(SEARCHED)}, TYPED = {json.dumps(typed)};"
    done = subprocess.run(["node", "-e", given + code], check=True, text=True,
                          capture_output=True)
    return json.loads(done.stdout)


def test_the_form_on_every_page_asks_what_the_page_of_the_search_answers():
    form, page = ((SOURCES / name).read_text() for name in (
        "searchfor.html", "search.html"))
    script = (SOURCES / "search.js").read_text()
    (asked,) = re.findall(r'\.get\("(\w+)"\)', script)
    for text in form, page:
        assert re.findall(r'<input[^>]* name="(\w+)"', text) == [asked]
    assert "pathto('search')" in form and 'action="search.html"' in page
    read = {*re.findall(r'getElementById\("(\w+)"\)', script)}
    assert read == {*re.findall(r'id="(\w+)"', page)}
    loaded = re.findall(r'<script src="([^"]+)">', page)
    assert loaded == [building.MADE, "_static/search.js"]  # the index comes first


def test_the_settings_name_what_is_put_beside_them():
    """By the names under which `write_sources` copies it."""
    conf = runpy.run_path(str(SOURCES / "conf.py"))
    assert {*conf["html_css_files"]} == {name for name in building.STATIC
                                         if name.endswith(".css")}
    assert conf["html_additional_pages"] == {"search": "search.html"}
    shown = [*conf["html_theme_options"]["navbar_persistent"],
             *conf["html_sidebars"]["**"], *conf["html_additional_pages"]]
    assert {f"{name}.html" for name in shown} == {*building.TEMPLATES}
    assert (conf["html_static_path"], conf["templates_path"],
            conf["html_extra_path"]) == (["_static"], ["_templates"], ["_extra"])


def test_the_settings_leave_texts_as_they_are_and_ask_for_nothing_elsewhere():
    conf = runpy.run_path(str(SOURCES / "conf.py"))
    assert not conf["smartquotes"] and conf["highlight_language"] == "none"
    assert {"myst_parser", *building.NEEDED[3:], "sphinx.ext.autodoc",
            "sphinx.ext.viewcode"} == {*conf["extensions"]}
    assert conf["html_theme"] == "pydata_sphinx_theme" and not conf["html_copy_source"]
    assert conf["html_last_updated_fmt"] is None  # the same bytes each time
    assert conf["codeautolink_concat_default"]  # a lecture's cells are one program
    texts = [path.read_text() for path in SOURCES.glob("*.html")]
    assert not any(re.search("https?:", text) for text in texts)


def test_what_the_settings_load_is_what_is_asked_for_before():
    """`check_generator` names what lacks, before any lecture runs."""
    conf = runpy.run_path(str(SOURCES / "conf.py"))
    packages = {name.split(".")[0] for name in conf["extensions"]}
    assert {*building.NEEDED} == packages | {conf["html_theme"]}
    assert building.NEEDED[0] == "sphinx"
