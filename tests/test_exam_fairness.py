"""What an exam takes for an answer, and that no question is empty or without one."""

import numpy as np
import pytest
from questions import ANSWERS
from scripts import SCRIPTS

from scratchae.cli import main
from scratchae.exam import Numeric, draw, read_answers
from scratchae.exam.kinds import DRAWN, drawn
from scratchae.exam.probability import shares, two_shares
from scratchae.exam.sitting import parse_judgement

LECTURES = [script.stem[:2] for script in SCRIPTS]


@pytest.mark.parametrize("typed, points", [
    ("y", 1), ("ye", 1), ("yes", 1), (" Yes \n", 1), ("h", 0.5), ("half", 0.5),
    ("HAL", 0.5), ("n", 0), ("no", 0), ("No", 0),
])
def test_a_judgement_is_the_beginning_of_one_of_three_words(typed, points):
    assert parse_judgement(typed) == points


@pytest.mark.parametrize("typed", ["nonsense", "yep", "help", "not", "halfway", "es",
                                   "0", "1", "y n", "", " "])
def test_another_word_is_no_judgement(typed):
    with pytest.raises(ValueError) as caught:
        parse_judgement(typed)
    assert str(caught.value) == f"expected y, h or n, got {typed.strip()!r}"


@pytest.mark.parametrize("n", [2, 3, 4])
def test_shares_are_twentieths_above_0_and_no_two_distributions_are_one(n):
    rng = np.random.default_rng(0)
    for _ in range(60):
        p, q = two_shares(rng, n)
        assert not np.array_equal(p, q)
        for values in p, q, shares(rng, n):
            assert len(values) == n and values.sum() == pytest.approx(1)
            assert values.min() >= 0.05 - 1e-12
            np.testing.assert_allclose(20 * values, np.round(20 * values))


@pytest.mark.parametrize("lecture", LECTURES)
def test_every_answer_is_a_number(lecture):
    for name in DRAWN[lecture]:
        for seed in range(12):
            assert np.isfinite(drawn(lecture, name, np.random.default_rng(seed)).value)


def test_a_step_downhill_is_not_always_taken():
    """A question whose answer is always 1 asks nothing."""
    found = [drawn("07", "accepted", np.random.default_rng(i)).value for i in range(40)]
    assert max(found) < 1


def test_the_course_asks_a_question_with_the_numbers_that_its_lecture_does():
    for seed in range(3):
        alone = {q.name: q for lecture in LECTURES
                 for q in draw([lecture], seed, lambda _: {})}
        together = draw(LECTURES, seed, lambda _: {})
        assert [q.lecture for q in together] == LECTURES
        assert all(q == alone[q.name] for q in together)


def test_a_float_without_decimals_is_right_within_one_per_cent_too():
    asked = Numeric("01", "a", "?", 2.0, "", "(1.1)", "f")
    assert (asked.tolerance, asked.shown) == ("to 1 %", "2")
    assert asked.accepts(2.015) and not asked.accepts(2.03)


def test_a_command_says_how_many_questions_there_are_and_how_to_leave(
    monkeypatch, capsys
):
    monkeypatch.setattr("sys.stdin", None)
    for typed in "--lecture 08", "--lecture 08 01", "":
        names = typed.split()[1:] or LECTURES
        n = len(draw(sorted(names), 3, lambda name: read_answers(
            ANSWERS / f"{name}.md")))
        assert main(f"exam {typed} --seed 3".split()) == 0
        assert capsys.readouterr().out.splitlines()[0] == (
            f"{n} questions; the same ones again: --seed 3. An empty answer skips a "
            "question, Ctrl-C ends the exam.")
