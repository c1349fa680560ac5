"""What an exam takes for an answer, and that no question is empty or without one."""

import re

import numpy as np
import pytest
from questions import ANSWERS
from scripts import SCRIPTS

from scratchae.cli import main
from scratchae.exam import Numeric, draw, parse_number, read_answers, sit
from scratchae.exam.kinds import DRAWN, drawn
from scratchae.exam.numbers import shares, two_shares
from scratchae.exam.sitting import Marks, parse_judgement

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
            "question, Ctrl-C ends the exam without a grade.")


@pytest.mark.parametrize("lecture, name", [
    pytest.param(lecture, name, id=name) for lecture in LECTURES
    for name in DRAWN[lecture]])
def test_where_it_is_asked_how_many_the_next_whole_number_is_right_too(lecture, name):
    """Nobody draws a part of a sample; elsewhere 1 % is 1 %."""
    for seed in range(30):
        asked = drawn(lecture, name, np.random.default_rng(seed))
        how_many = name in ("parameters", "components", "message", "darts")
        assert asked.accepts(asked.value) and not asked.accepts(1.011 * asked.value + 1)
        if how_many:
            assert asked.accepts(np.ceil(asked.value)), asked
            assert asked.accepts(np.ceil(1.009 * asked.value)) or asked.whole
        else:
            assert asked.accepts(np.ceil(asked.value)) == (
                np.ceil(asked.value) - asked.value <= 0.01 * abs(asked.value))
        assert asked.counts == (how_many and not asked.whole)


def test_a_count_may_be_rounded_up_and_not_down():
    asked = Numeric("06", "a", "How many draws?", 3.4, "", "(6.5)", "f")
    assert asked.tolerance == "to 1 %, or rounded up"
    assert [asked.accepts(x) for x in (3, 3.37, 3.4, 3.43, 3.5, 4, 5, np.inf)] == [
        False, True, True, True, False, True, False, False]


def test_the_per_cent_that_are_printed_have_the_letter_that_is_printed():
    """Rounded to the nearest, 64.5 % would be 65 % and a D."""
    for possible in range(1, 80):
        for points in np.arange(0, possible + 0.5, 0.5):
            said = str(Marks(possible, points, possible))
            share, letter = re.fullmatch(r".* points, (\d+) %: (\w)", said).groups()
            assert letter == next(name for name, least in zip(
                "ABCD", (90, 80, 65, 0), strict=True) if int(share) >= least), said
            assert 0 <= points / possible - int(share) / 100 < 0.01


@pytest.mark.parametrize("typed, value", [
    ("28,448", 28448), ("+28,448", 28448), ("1,234,567", 1234567), ("28,448.0", 28448),
    ("28448", 28448)])
def test_commas_may_part_the_thousands_of_a_whole_number(typed, value):
    assert parse_number(typed, "", True) == value
    asked = Numeric("01", "a", "How many?", value, "", "(1.4)", "f")
    said = []
    *_, marks = sit([asked], lambda prompt: typed, said.append)
    assert marks.points == 1 and str(marks) == "1 of 1 points, 100 %: A"


@pytest.mark.parametrize("typed, whole, advice", [
    ("28,448", False, "decimals have a point here, as in 28.448; thousands have no "
                      "comma here, as in 28448"),
    ("-1,234,567", False, "thousands have no comma here, as in -1234567"),
    ("1,000.5", False, "thousands have no comma here, as in 1000.5"),
    ("0,250", False, "decimals have a point here, as in 0.250"),
    ("0,250", True, "decimals have a point here, as in 0.250"),
    ("28,44", True, "decimals have a point here, as in 28.44"),
    (",5", True, "decimals have a point here, as in .5"),
])
def test_a_comma_is_told_in_all_the_ways_in_which_it_can_be_meant(typed, whole, advice):
    with pytest.raises(ValueError) as caught:
        parse_number(typed, "", whole)
    assert str(caught.value) == f"{typed}: {advice}"
