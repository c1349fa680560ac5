"""What an exam says, word by word: a sitting, units, equations, oral questions."""

import re
from types import SimpleNamespace

import numpy as np
import pytest
from equations import LECTURES
from questions import ANSWERS
from scripts import SCRIPTS

from scratchae.exam import Numeric, Oral, draw, read_answers, sit
from scratchae.exam.kinds import DRAWN, drawn
from scratchae.exam.numbers import decimal, row
from scratchae.exam.sitting import Marks

SITTING = """\

[1/3] lecture 08
How much? How much? How much? How much? How much? How much? How much? How much?
How much?
answer in nats, to 1 %: |
expected a number such as 0.25, 1e-3 or 1/3, got 'x'
answer in nats, to 1 %: |
right: 12.35 nats, by (8.1), f.g

[2/3] lecture 02
How many?
answer, exactly: |
not right: 7, by (2.2), h

[3/3] lecture 08
Why?
your answer, aloud or on paper; then Enter: |

Because.

was yours right? [y]es, [h]alf, [n]o, Enter to skip: |"""
ASKED = [Numeric("08", "a", " ".join(["How much?"] * 9), 12.34567, "nats", "(8.1)",
                 "f.g"),
         Numeric("02", "b", "How many?", 7, "", "(2.2)", "h"),
         Oral("08", 3, "Why?", "Because.")]


def test_a_sitting_is_this_text():
    typed, said = iter(["x", "12.4", "7.5", "", "h"]), []
    marks = [str(marks) for marks in sit(ASKED, lambda prompt: (
        said.append(f"{prompt}|"), next(typed))[1], said.append)]
    assert "\n".join(said) == SITTING
    assert marks == ["1 of 3 questions done: 1 of 1 points so far, and no grade",
                     "2 of 3 questions done: 1 of 2 points so far, and no grade",
                     "1.5 of 3 points, 50 %: D"]


def test_a_question_as_a_dict_has_all_of_it():
    assert ASKED[1].described() == {
        "kind": "numeric", "lecture": "02", "name": "b", "text": "How many?",
        "value": 7, "unit": "", "equation": "(2.2)", "where": "h",
        "tolerance": "exactly"}
    assert ASKED[0].described()["tolerance"] == "to 1 %"
    assert ASKED[2].described() == {"kind": "oral", "lecture": "08", "number": 3,
                                    "text": "Why?", "answer": "Because."}


UNITS = {
    "SSE/img": "squared_error pca_error left_over copied", "rad": "angle",
    "nats": "one_pixel sparsity rate bound_of_an_image grey_pixel weighted_bound "
            "free_bits logistic_pixel softplus_code evidence bound gap two_normals "
            "to_the_prior no_correlation",
    "bits": "bits divergence message middle", "ms": "least_time adam_time",
    "operations per byte": "intensity",
}


def test_each_answer_has_the_unit_that_its_text_asks_for():
    found = {}
    for lecture, questions in DRAWN.items():
        for name, (*_, unit) in questions.items():
            found.setdefault(unit, []).append(name)
            text = drawn(lecture, name, np.random.default_rng(0)).text
            assert ("bits" in text.replace("free bits", "")) == (unit == "bits"), name
            assert ("milliseconds" in text) == (unit == "ms"), name
    assert {unit: {*names} for unit, names in found.items() if unit} == {
        unit: {*names.split()} for unit, names in UNITS.items()}


# Whose equation stands in the sheet beside another function than the one that answers.
APART = {"parameters", "bound_of_an_image", "gap", "accepted", "to_the_prior", "gate",
         "logistic_pixel", "softplus_code", "middle"}


def test_the_equation_of_a_question_is_that_of_its_function():
    sheet = (LECTURES / "formulas.md").read_text()
    row = r"^\| (\(\d+\.\d+\)) \|[^|]*\| ([^|]*) \|"
    functions = dict(re.findall(row, sheet, re.M))
    for questions in DRAWN.values():
        for name, (_, equation, where, _) in questions.items():
            owner = functions[equation]
            words = [word for word in where.split(".") if word[0].isupper()]
            known = any(word in owner for word in [*words, where.split(".")[-1]])
            assert known or owner == "-" or name in APART, (name, equation, owner)


def test_only_two_questions_have_words_that_are_drawn_and_all_of_them_come():
    found = {}
    for lecture, questions in DRAWN.items():
        for name in questions:
            texts = {re.sub(r"-?\d+(\.\d+)?", "#", drawn(
                lecture, name, np.random.default_rng(seed)).text) for seed in range(12)}
            found[name] = {re.sub("#(-#)+", "#", text) for text in texts}
    assert {name: len(texts) for name, texts in found.items() if len(texts) > 1} == {
        "noise": 2, "one_pixel": 2}


def test_black_is_0_and_white_is_1():
    for seed in range(4):
        text = drawn("01", "one_pixel", np.random.default_rng(seed)).text
        assert "black (x = 0)" in text or "white (x = 1)" in text


def test_an_exam_of_the_course_asks_other_questions_in_words_with_each_seed():
    lectures = [script.stem[:2] for script in SCRIPTS]
    answers = {lecture: read_answers(ANSWERS / f"{lecture}.md") for lecture in lectures}
    chosen, every = [], [(lecture, number) for lecture in lectures
                         for number, (words, _) in answers[lecture].items()
                         if not words.startswith("Numeric")]
    for seed in range(30):
        oral = [q for q in draw(lectures, seed, answers.get) if isinstance(q, Oral)]
        for question in oral:
            assert (question.text, question.answer) == answers[question.lecture][
                question.number]
        chosen.append([(q.lecture, q.number) for q in oral])
        assert chosen[-1] == sorted(chosen[-1]) and len({*chosen[-1]}) == 4
    often = np.bincount([every.index(q) for exam in chosen for q in exam],
                        minlength=len(every))
    assert often.max() < 15 and np.mean(often > 0) > 0.9


@pytest.mark.parametrize("lecture", DRAWN)
def test_numbers_in_an_exam_do_not_depend_on_what_else_is_asked(lecture):
    """The same seed asks the same of a lecture, whatever its questions are called."""
    alone = draw([lecture], 5, lambda _: {})
    assert [q.name for q in alone] == [*DRAWN[lecture]]
    for i, question in enumerate(alone):
        assert question == drawn(lecture, question.name, np.random.default_rng(
            [5, int(lecture), i]))


def test_nothing_that_is_shown_is_minus_0():
    """Rounded, a small negative number would be."""
    low = SimpleNamespace(uniform=lambda *_: -0.04)
    assert row([-0.0, 1.5, -2.0]) == "(0, 1.5, -2)"
    assert f"{decimal(low, -1, 1):g} {decimal(low, -1, 1, 2):g}" == "0 -0.04"


def test_a_question_whose_answer_is_nearly_0_is_drawn_again(monkeypatch):
    answers = iter([0, -0.0009, 0.0009, np.float32(-0.001953125), 3, np.int64(4)])
    monkeypatch.setitem(DRAWN, "01", {"made_up": (
        lambda rng: ("?", next(answers)), "(1.1)", "where", "ms")})
    found = [drawn("01", "made_up", None) for _ in range(3)]
    assert [q.value for q in found] == [-0.001953125, 3, 4]
    assert [type(q.value) for q in found] == [float, int, float]
    assert [q.shown for q in found] == ["-0.001953 ms", "3 ms", "4 ms"]


def test_marks_without_a_question_are_none():
    assert str(Marks(5)) == "no question was answered"


def test_answers_may_have_numbers_of_two_digits_and_headings_of_their_own(tmp_path):
    text = "# Title\n\n## 9. Why?\n\nSo.\n\n### More\n\n## 10. How? (8.2)\n\n10. x\n"
    (tmp_path / "a.md").write_text(text)
    assert read_answers(tmp_path / "a.md") == {
        9: ("Why?", "So.\n\n### More"), 10: ("How? (8.2)", "10. x")}
