"""`scratchae exam`: fresh numbers, right answers, and the course's scale."""

import importlib
import io
import json
import re
from dataclasses import replace

import numpy as np
import pytest
from exam_by_hand import BY_HAND
from questions import ANSWERS, answers
from scripts import SCRIPTS

import scratchae
from scratchae import pulse
from scratchae.cli import main
from scratchae.exam import Numeric, Oral, draw, grade, parse_number, read_answers, sit
from scratchae.exam.kinds import DRAWN, drawn

LECTURES = [script.stem[:2] for script in SCRIPTS]
ASKED = [pytest.param(lecture, name, id=name,
                      marks=getattr(pytest.mark, f"lecture{lecture}"))
         for lecture in LECTURES for name in DRAWN[lecture]]
every_question = pytest.mark.parametrize(("lecture", "name"), ASKED)


def read(lecture):
    return read_answers(ANSWERS / f"{lecture}.md")


def question(value, text="How much?"):
    return Numeric("08", "made_up", text, value, "nats", "(8.1)", "nowhere")


def sitting(questions, *typed):
    """What is said to somebody who types these lines, and the marks."""
    lines, said = iter(typed), []

    def ask(prompt):
        said.append(prompt)
        return next(lines)

    *_, marks = sit(questions, ask, said.append)
    return "\n".join(said), str(marks)


@pytest.fixture
def type_in(monkeypatch, capsys):
    """Run the command with these lines in a pipe; its status and what it prints."""

    def run(arguments, lines):
        monkeypatch.setattr("sys.stdin", io.StringIO(lines))
        status = main(["exam", *arguments.split()])
        return status, capsys.readouterr()

    return run


# The questions


@every_question
def test_the_answer_is_that_of_the_numbers_in_the_text_by_hand(lecture, name):
    for seed in range(8):
        asked = drawn(lecture, name, np.random.default_rng(seed))
        numbers = map(float, re.findall(r"-?\d+(?:\.\d+)?", asked.text))
        by_hand = BY_HAND[name](*numbers)
        if name == "noise":
            by_hand = by_hand["baseline" in asked.text]
        assert asked.value == pytest.approx(by_hand, rel=1e-6), asked.text


@every_question
def test_the_function_that_answered_exists(lecture, name):
    where = drawn(lecture, name, np.random.default_rng(0)).where
    if where in scratchae.__all__:
        return
    *module, last = where.split(".")
    if hasattr(scratchae, module[0]) and module[0] in scratchae.__all__:
        assert hasattr(getattr(scratchae, module[0]), last)
        return
    try:
        owner = importlib.import_module(".".join(["scratchae", *module]))
    except ModuleNotFoundError:
        owner = importlib.import_module(".".join(["scratchae", *module[:-1]]))
        owner = getattr(owner, module[-1])
    assert hasattr(owner, last), where


def test_each_lecture_has_at_least_two_questions_with_numbers():
    assert [*DRAWN] and {*DRAWN} == {*LECTURES}
    assert all(len(names) >= 2 for names in DRAWN.values())
    names = [name for of_lecture in DRAWN.values() for name in of_lecture]
    assert len(names) == len({*names}) and {*names} == {*BY_HAND}


@every_question
def test_no_answer_is_so_near_to_0_that_one_per_cent_is_nothing(lecture, name):
    values = [drawn(lecture, name, np.random.default_rng(seed)).value
              for seed in range(30)]
    assert min(map(abs, values)) >= 1e-3
    assert len({*values}) > 2


def test_the_same_seed_asks_the_same_and_another_one_does_not():
    one, again, other = (draw(["08"], seed, read) for seed in (1, 1, 2))
    assert one == again
    texts = [{q.text for q in exam if isinstance(q, Numeric)} for exam in (one, other)]
    assert not texts[0] & texts[1]


def test_one_lecture_is_asked_whole_and_the_course_in_parts():
    exam = draw(["08"], 0, read)
    assert [q.name for q in exam[:3]] == [*DRAWN["08"]]
    assert [q.text for q in exam[3:]] == [answers("08")[n][0] for n in (1, 2)]
    exam = draw(LECTURES, 0, read)
    assert [q.lecture for q in exam[:14]] == LECTURES
    assert sum(isinstance(q, Oral) for q in exam) == 4
    assert {q.name for seed in range(40) for q in draw(LECTURES, seed, read)[:14]} == {
        *BY_HAND}


def test_answers_are_read_as_they_are_written():
    for lecture in LECTURES:
        assert read(lecture) == answers(lecture)


# What is typed


@pytest.mark.parametrize(("typed", "value"), [
    ("0.25", 0.25), ("1e-3", 0.001), ("1/3", 1 / 3), (" -2.5E+2 ", -250), (".5", 0.5),
    ("3.", 3), ("+7", 7), ("-1 / 4", -0.25), ("2e3/4e1", 50),
])
def test_a_number_is_read(typed, value):
    assert parse_number(typed) == value


@pytest.mark.parametrize(("typed", "why"), [
    ("0,25", "0,25: decimals have a point here, as in 0.25"),
    ("-3,5", "as in -3.5"),
    ("1/0", "a division by 0"),
    ("about 3", "expected a number such as 0.25, 1e-3 or 1/3, got 'about 3'"),
    ("1,000,5", "expected a number"), ("0x10", "expected a number"),
    ("nan", "expected a number"), ("1_000", "expected a number"),
    ("1/2/3", "expected a number"), ("1e400", "1e400 is too large for a number"),
    ("1e300/1e-300", "too large"), ("1.57 nats", "expected a number"),
])
def test_what_is_no_number_is_refused_with_the_reason(typed, why):
    with pytest.raises(ValueError, match=re.escape(why)):
        parse_number(typed, "bits")


def test_the_unit_that_is_asked_for_may_be_typed_too():
    assert parse_number("1.57 bits", "bits") == parse_number("1.57BITS", "bits") == 1.57
    for number in "2", "-0.5", "3/4", "123456.5":  # as long as the unit, and not
        assert parse_number(f"{number} bits", "bits") == parse_number(number)
    asked = replace(question(1.57), unit="bits")
    assert sitting([asked], "1.57 bits")[1] == "1 of 1 points, 100 %: A"


@pytest.mark.parametrize("seed", range(26, 34))
def test_no_count_of_components_is_decided_by_rounding(seed):
    asked = drawn("02", "components", np.random.default_rng([seed, 2, 1]))
    *values, share = map(float, re.findall(r"\d+\.?\d*", asked.text))
    kept = np.cumsum(np.sort(values)[::-1]) / sum(values)
    assert min(abs(kept - share / 100)) > 1e-9
    assert asked.value == 1 + np.sum(kept < share / 100)


@pytest.mark.parametrize(("value", "typed", "right"), [
    (2.0, 2.019, True), (2.0, 2.021, False), (-2.0, -1.981, True), (-2.0, 2.0, False),
    (29744, 29744, True), (29744, 29745, False), (2.0, float("inf"), False),
])
def test_a_float_is_right_within_one_per_cent_and_a_count_exactly(value, typed, right):
    assert question(value).accepts(typed) is right


def test_a_typing_error_asks_again_and_costs_nothing():
    said, marks = sitting([question(0.5)], "0,5", "1/2")
    assert "decimals have a point" in said
    assert marks == "1 of 1 points, 100 %: A"


def test_the_answer_is_shown_with_its_equation_and_function():
    said, _ = sitting([question(0.5)], "3")
    assert "not right: 0.5 nats, by (8.1), nowhere" in said


def test_an_empty_answer_skips_and_has_no_point():
    said, marks = sitting([question(0.5), question(0.5)], "", "0.5")
    assert "skipped: 0.5 nats" in said
    assert marks == "1 of 2 points, 50 %, 1 skipped: D"


def test_an_oral_question_shows_the_model_answer_and_the_student_judges():
    asked = [Oral("08", 1, f"Why {i}?", f"Because of {i}.") for i in range(4)]
    said, marks = sitting(asked, "well", "y", "", "Half", "", "maybe", "no", "", "")
    assert said.index("Why 0?") < said.index("Because of 0.") < said.index("Why 1?")
    assert "expected y, h or n, got 'maybe'" in said
    assert marks == "1.5 of 4 points, 37 %, 1 skipped: D"


@pytest.mark.parametrize(("points", "possible", "letter"), [
    (9, 10, "A"), (8.5, 10, "B"), (8, 10, "B"), (7.5, 10, "C"), (13, 20, "C"),
    (12.5, 20, "D"), (0, 3, "D"), (3, 3, "A"), (89.5, 100, "B"),
])
def test_the_scale_is_that_of_the_course(points, possible, letter):
    assert grade(points, possible) == letter


# The command


def test_right_answers_in_a_pipe_get_an_a(type_in):
    exam = draw(["08"], 3, read)
    lines = [f"{q.value:.6g}" if isinstance(q, Numeric) else "aloud\ny" for q in exam]
    status, said = type_in("--lecture 8 --seed 3", "\n".join(lines))
    assert status == 0 and "5 of 5 points, 100 %: A" in said.out
    assert "the same ones again: --seed 3" in said.out
    assert lines[0] in said.out  # a pipe's answers are seen


def test_lectures_may_be_named_behind_one_option_or_several(capsys):
    asked = []
    for typed in "--lecture 08 09", "--lecture 08 --lecture 9":
        assert main(f"exam --json --seed 3 {typed}".split()) == 0
        asked.append(json.loads(capsys.readouterr().out))
    assert asked[0] == asked[1]
    assert {q["lecture"] for q in asked[0]["questions"]} == {"08", "09"}


def test_a_pipe_that_ends_gives_the_marks_so_far(type_in):
    status, said = type_in("--lecture 08 --seed 3", "99\n\n")
    assert status == 0
    assert said.out.endswith("the answers have ended\n\n2 of 5 questions done, 1 "
                             "skipped: 0 of 2 points so far, and no grade\n")
    assert type_in("--seed 3", "")[1].out.endswith("\nno question was answered\n")


def test_ctrl_c_ends_with_the_marks_so_far(monkeypatch, capsys):
    class Keyboard(io.StringIO):
        def readline(self):
            return super().readline() or self.stop()

        def stop(self):
            raise KeyboardInterrupt

    monkeypatch.setattr("sys.stdin", Keyboard("99\n"))
    assert main(["exam", "--seed", "3"]) == 130
    said = capsys.readouterr()
    assert said.out.endswith("\n1 of 18 questions done: 0 of 1 points so far, and no "
                             "grade\n")
    assert said.err == "scratchae: interrupted\n"


def test_without_a_seed_the_questions_are_others_each_time(type_in):
    seeds = {re.search(r"--seed (\d+)", type_in("", "")[1].out)[1] for _ in range(3)}
    assert len(seeds) == 3
    first = json.loads(type_in("--json", "")[1].out)
    again = type_in(f"--json --seed {first['seed']}", "")[1].out
    assert json.loads(again) == first


def test_json_has_the_questions_with_their_answers_and_asks_nothing(type_in):
    status, said = type_in("--seed 3 --json", "")
    document = json.loads(said.out)
    assert status == 0 and document["seed"] == 3
    exam = draw(LECTURES, 3, read)
    assert [q["text"] for q in document["questions"]] == [q.text for q in exam]
    assert document["questions"][0]["value"] == exam[0].value
    assert {q["kind"] for q in document["questions"]} == {"numeric", "oral"}


def test_an_unknown_lecture_is_refused_before_any_question(type_in):
    status, said = type_in("--lecture 99", "")
    assert status == 2 and "no lecture '99'" in said.err and not said.out


def test_no_bar_moves_while_a_person_thinks():
    with pulse.doing("exam"):
        with pulse.waiting():
            assert not pulse._works
        assert [work.what for work in pulse._works] == ["exam"]
