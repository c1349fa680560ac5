"""What the settings of Sphinx do when it calls them, without Sphinx."""

import json
import runpy
from types import SimpleNamespace

import pytest

from scratchae.site.build import SOURCES


@pytest.fixture(scope="module")
def conf():
    return SimpleNamespace(**runpy.run_path(str(SOURCES / "conf.py")))


def literal(conf, *lines):
    """What a docstring of these lines becomes."""
    given = [*lines]
    conf.literal_docstrings(None, "function", "f", None, {}, given)
    return given


def test_a_docstring_is_a_sentence_of_prose_and_below_it_its_lines_as_they_stand(conf):
    assert literal(conf, "One line.") == ["One line.", ""]
    told = literal(conf, "    What it is,", "    on two lines.", "",
                   "    x : (n, d)", "      h : more", "", "    Last.")
    assert told == ["What it is,", "on two lines.", "", "::", "", "    x : (n, d)",
                    "      h : more", "    ", "    Last.", ""]


def test_a_layout_right_below_the_first_line_is_kept_with_all_that_follows(conf):
    told = literal(conf, "A model.", "x : images", "    in rows", "", "Raises none.")
    assert told == ["A model.", "", "::", "", "    x : images", "        in rows",
                    "    ", "    Raises none.", ""]


def test_signs_of_markup_in_a_first_sentence_are_signs(conf):
    assert literal(conf, r"a * b, `c`, |x|, d_j, \n, e+f.") == [
        r"a \* b, \`c\`, \|x\|, d\_j, \\n, e+f.", ""]


def test_what_the_reference_describes_is_listed_by_name_with_page_and_place(
    conf, tmp_path
):
    found = [("scratchae.b", "shown b", "function", "reference_b", "place-b", 1),
             ("scratchae.a", "shown a", "class", "reference_a", "place-a", 1)]
    domains = {"py": SimpleNamespace(get_objects=lambda: iter(found))}
    app = SimpleNamespace(outdir=tmp_path,
                          env=SimpleNamespace(get_domain=domains.__getitem__))
    conf.list_objects(app, ValueError("Sphinx has failed"))
    assert not list(tmp_path.iterdir())
    conf.list_objects(app, None)
    assert json.loads((tmp_path / "objects.json").read_text()) == [
        ["scratchae.a", "reference_a.html#place-a"],
        ["scratchae.b", "reference_b.html#place-b"]]


def test_each_of_them_is_called_when_it_is_wanted_and_no_other_search_is_made(conf):
    heard, builder = {}, SimpleNamespace(search=True)
    conf.setup(SimpleNamespace(connect=lambda event, call: heard.update({event: call})))
    assert heard == {"autodoc-process-docstring": conf.literal_docstrings,
                     "build-finished": conf.list_objects,
                     "builder-inited": conf.without_search}
    conf.without_search(SimpleNamespace(builder=builder))
    assert not builder.search
