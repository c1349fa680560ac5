"""What the slides are called: told wherever their numbers stand in a table."""

import html
import re

import ledger
import pytest
from equations import PROJECT
from scripts import SCRIPTS

from scratchae.notebooks import located_cells
from scratchae.site import finish
from scratchae.site.lectures import LecturePage
from scratchae.site.links import slide_numbers
from scratchae.site.running import Ran
from scratchae.site.slides import TITLES, UNNUMBERED, titles_of
from scratchae.site.tables import contents, slides_page

README = (PROJECT / "README.md").read_text().partition("| slides |")[2]
SAID = re.compile(r"(S\d\d(?:-S\d\d)?) ((?:(?! \||;|S\d\d).)+)")
OTHER_WORDS = {"again", "and", "as", "by", "it", "its", "line", "maximum", "the", "vae",
               "vaes", "variants"}  # of the README about slides: the rest is of titles


@pytest.fixture(scope="module")
def lectures():
    """The pages of all lectures, of which none has run."""
    return [LecturePage(script, [Ran(cell.kind, cell.text, (), cell.tags) for cell in
                                 located_cells(script.read_text())], {})
            for script in SCRIPTS]


def test_every_slide_has_a_title_that_no_other_has():
    assert [*TITLES] == [f"S{number:02}" for number in range(1, ledger.LAST_SLIDE + 1)]
    assert len({*TITLES.values()}) == len(TITLES)
    assert all(title.strip() and title[0].isupper() for title in TITLES.values())


def test_what_the_readme_calls_slides_are_words_of_their_titles():
    said = SAID.findall(README.partition("\n\n")[0])
    assert len(said) > 35
    for slides, words in said:
        titles = " ".join(TITLES[f"S{number:02}"] for number in slide_numbers(slides))
        known = {*re.findall("[a-z]+", titles.lower())} | OTHER_WORDS
        assert {*re.findall("[a-z]+", words.lower())} <= known, slides


def test_slides_of_one_title_side_by_side_are_told_once():
    assert titles_of({12, 13, 14, 45, 33}) == [
        (12, 14, "Undercomplete Autoencoders"), (33, 33, "Solution"),
        (45, 45, "Variational Inference")]
    assert titles_of({34, 36}) == [(n, n, "Variational Inference") for n in (34, 36)]


def test_the_page_of_slides_has_all_titles_in_order_and_those_without_a_number(
    lectures
):
    rows = re.findall(r'<tr id="(.*?)"><th scope="row">(.*?)</th><td>(.*?)</td>',
                      slides_page(lectures))
    at = [*TITLES].index("S60")
    told = [(name, name, title) for name, title in TITLES.items()]
    told[at:at] = [("thank-you", "no number", "Thank You"),
                   ("appendix", "no number", "Appendix")]
    assert rows == told and UNNUMBERED == {"S60": ("Thank You", "Appendix")}


def test_the_contents_have_the_titles_of_each_lectures_slides(lectures):
    rows = re.findall(r"^\| \[.*?\]\(\w+\.md\) \| (.*?) \|",
                      contents(lectures, []), re.M)
    for page, row in zip(lectures, rows, strict=True):
        told = re.sub("<.*?>", "", html.unescape(row))
        numbers = slide_numbers(page.cells[0].text)
        for _, _, title in titles_of(numbers):
            assert title in told, page.name
        assert slide_numbers(told) == numbers


def test_the_ledger_has_the_titles_of_each_rows_slides():
    text = ledger.ledger_text()
    for name, title in TITLES.items():
        assert f'"{title}"' in text, name
    row = text.partition("S42-S45 ")[2].splitlines()
    assert row[1].split("titled ")[1] == ", ".join(
        f'"{TITLES[name]}"' for name in ("S42", "S43", "S44", "S45"))


def test_the_search_has_each_slide_by_its_number_and_title(lectures, tmp_path):
    (tmp_path / "slides.html").write_text(slides_page(lectures))
    index = finish.search_index(tmp_path, [])
    assert [(title, address) for title, address, _ in index
            if title.partition(":")[0] in TITLES] == [
        (f"{name}: {title}", f"slides.html#{name}") for name, title in TITLES.items()]
    assert ["Thank You", "slides.html#thank-you"] in [place[:2] for place in index]
    texts = {title[:3]: text for title, _, text in index}
    assert texts["S54"].startswith("09: ")  # where it is treated
