"""The words of each question of the exam, which its answer by hand goes with.

exam_texts.txt has them, with # for each number that is drawn. Whoever changes
one on purpose reads it beside exam_by_hand.py, and puts it there.
"""

import re
from pathlib import Path

import numpy as np
import pytest

from scratchae.exam.kinds import DRAWN, drawn

TEXTS = Path(__file__).with_name("exam_texts.txt")
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def words(lecture, name):
    """The texts of a question; numbers that are always the same stay."""
    found = {}
    for seed in range(12):
        text = drawn(lecture, name, np.random.default_rng(seed)).text
        found.setdefault(NUMBER.sub("#", text), []).append(NUMBER.findall(text))
    for text, numbers in sorted(found.items()):
        shown = iter([column[0] if len({*column}) == 1 else "#"
                      for column in zip(*numbers, strict=True)])
        yield re.sub("#", lambda _, shown=shown: next(shown), text)


def written():
    """(lecture, name) -> its texts in the file."""
    found = {}
    for block in re.split(r"\n(?=\S)", TEXTS.read_text(encoding="utf-8")):
        lecture, name, *text = block.split()
        found.setdefault((lecture, name), []).append(" ".join(text))
    return found


@pytest.mark.parametrize("lecture, name", [
    pytest.param(lecture, name, id=name) for lecture in sorted(DRAWN)
    for name in DRAWN[lecture]])
def test_a_question_asks_what_was_answered_by_hand(lecture, name):
    assert [*words(lecture, name)] == written()[lecture, name]


def test_every_text_is_of_a_question():
    assert {*written()} == {(lecture, name) for lecture, names in DRAWN.items()
                            for name in names}
