"""No word of the course is changed without being read once more (proofread.py)."""

import pytest
from proofread import KEPT, digest, lines, words_of_code

CODE = '''def f(x):
    """Twice x."""
    return 2 * x  # not 3 x


lecture.save(figure, "01_a", f"It rises to {f(1)} "
             "and falls.")
'''


def of(place, ledger):
    return [line for line in ledger if place in line]


@pytest.mark.parametrize("place", [
    *(pytest.param(f"lectures/{n:02d}_", marks=getattr(pytest.mark, f"lecture{n:02d}"))
      for n in range(1, 15)),
    "lectures/answers/", "lectures/labs/", "lectures/formulas", "lectures/papers",
    "lectures/references", " README", " scratchae/"])
def test_words_are_those_that_were_proofread(place):
    """If a change is meant: read the part, and run python tests/proofread.py."""
    assert of(place, lines()) == of(place, KEPT.read_text().splitlines())


def test_every_page_and_lecture_is_among_them():
    kept = KEPT.read_text().splitlines()
    assert len(kept) == len(lines()) > 350
    assert len({line.split()[1] for line in kept}) >= 14 + 14 + 4 + 6


def test_of_code_comments_docstrings_and_alternative_texts_are_words():
    assert words_of_code(CODE).split() == (
        "# not 3 x Twice x. It rises to and falls.".split())


def test_one_letter_is_another_digest_and_a_line_break_is_not():
    assert digest("more than one") == digest("more\nthan  one")
    assert digest("more than one") != digest("less than one")
