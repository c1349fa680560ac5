"""An exam: its questions, what is typed, and the marks."""

import re
import textwrap
from dataclasses import dataclass
from functools import partial

import numpy as np

from scratchae.exam.kinds import DRAWN, Numeric, Oral, drawn

SCALE = (("A", 90), ("B", 80), ("C", 65), ("D", 0))  # from how many per cent on
NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
JUDGED = {"yes": 1.0, "half": 0.5, "no": 0.0}
ORAL = 4  # questions in words of an exam over several lectures


def draw(lectures, seed, answers):
    """The questions of an exam; the same seed draws the same ones.

    lectures : such as ["08"]   answers : a function of a lecture that gives its answers
    Of one lecture all questions, else one with numbers of each lecture, and a few in
    words. Numeric ones come first.
    """
    rng, several = np.random.default_rng([seed, len(lectures)]), len(lectures) > 1
    numeric, oral = [], []
    for lecture in lectures:
        names = [*DRAWN[lecture]]
        asked = [int(rng.integers(len(names)))] if several else range(len(names))
        for i in asked:  # its numbers do not depend on what else is asked
            own = np.random.default_rng([seed, int(lecture), i])
            numeric.append(drawn(lecture, names[i], own))
        for number, (text, answer) in answers(lecture).items():
            if not text.startswith("Numeric"):
                oral.append(Oral(lecture, number, text, answer))
    if several:
        kept = sorted(rng.permutation(len(oral))[:ORAL])
        oral = [oral[i] for i in kept]
    return numeric + oral


def parse_number(text, unit="", whole=False):
    """A number as it is typed: 0.25, 1e-3 or 1/3, the unit behind it or not.

    whole : whether it is to be a whole one, in which a comma can only part thousands
    Raises ValueError that says what is wrong.
    """
    text = text.strip()
    if unit and text.lower().endswith(unit.lower()):
        text = text[: -len(unit)].strip()
    text = without_commas(text, whole)
    found = re.fullmatch(rf"({NUMBER})(?:\s*/\s*({NUMBER}))?", text)
    if not found:
        raise ValueError(f"expected a number such as 0.25, 1e-3 or 1/3, got {text!r}")
    below = float(found[2] or 1)
    if below == 0:
        raise ValueError(f"{text}: a division by 0")
    number = float(found[1]) / below
    if not np.isfinite(number):
        raise ValueError(f"{text} is too large for a number")
    return number


def without_commas(text, whole):
    """A text without the commas of a whole number's thousands.

    Raises ValueError for other commas, in all the ways in which they can be meant.
    """
    thousands = re.fullmatch(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?", text)
    if thousands and whole:
        return text.replace(",", "")
    advice = []
    if re.fullmatch(r"[+-]?\d*,\d+", text):
        advice += [f"decimals have a point here, as in {text.replace(',', '.')}"]
    if thousands:
        advice += [f"thousands have no comma here, as in {text.replace(',', '')}"]
    if advice:
        raise ValueError(f"{text}: {'; '.join(advice)}")
    return text


def grade(points, possible):
    """The letter of the course's scale: A from 90 %, B from 80, C from 65, else D."""
    return next(letter for letter, least in SCALE if 100 * points >= least * possible)


@dataclass
class Marks:
    """Points so far. A question that was skipped counts, with none.

    total : questions of the exam; there is no grade before the last one is done
    """

    total: int
    points: float = 0.0
    possible: int = 0
    skipped: int = 0

    def add(self, points):
        """Count one question; None for one that was skipped."""
        self.possible += 1
        self.skipped += points is None
        self.points += points or 0.0

    def __str__(self):
        if not self.possible:
            return "no question was answered"
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        points = f"{self.points:g} of {self.possible} points"
        if self.possible < self.total:
            done = f"{self.possible} of {self.total} questions done{skipped}"
            return f"{done}: {points} so far, and no grade"
        share = 100 * self.points // self.possible  # rounded down, as the grade has it
        return f"{points}, {share:.0f} %{skipped}: {grade(self.points, self.possible)}"


def sit(questions, ask, say):
    """Put the questions one after the other; yields the marks after each.

    ask : a function of a prompt that returns what was typed, or raises EOFError
    say : a function that prints a text
    """
    marks = Marks(len(questions))
    for i, question in enumerate(questions, 1):
        title = f"[{i}/{len(questions)}] lecture {question.lecture}"
        say(f"\n{title}\n{textwrap.fill(question.text, 80)}")
        put = put_numeric if isinstance(question, Numeric) else put_oral
        marks.add(put(question, ask, say))
        yield marks


def put_numeric(question, ask, say):
    """Ask for a number; 1 or 0 points, None if the answer was empty."""
    unit = f" in {question.unit}" if question.unit else ""
    prompt = f"answer{unit}, {question.tolerance}: "
    parse = partial(parse_number, unit=question.unit, whole=question.whole)
    answer = until_valid(prompt, parse, ask, say)
    if answer is None:
        verdict, points = "skipped", None
    elif question.accepts(answer):
        verdict, points = "right", 1.0
    else:
        verdict, points = "not right", 0.0
    say(f"{verdict}: {question.shown}, by {question.equation}, {question.where}")
    return points


def put_oral(question, ask, say):
    """Show the model answer; the student says how near her own one was."""
    ask("your answer, aloud or on paper; then Enter: ")
    say(f"\n{question.answer}\n")
    return until_valid("was yours right? [y]es, [h]alf, [n]o, Enter to skip: ",
                       parse_judgement, ask, say)


def parse_judgement(text):
    """The points of yes, half and no, or of how one of them begins.

    Raises ValueError for anything else.
    """
    word = text.strip().lower()
    for full, points in JUDGED.items():
        if word and full.startswith(word):
            return points
    raise ValueError(f"expected y, h or n, got {text.strip()!r}")


def until_valid(prompt, parse, ask, say):
    """What is typed, once it can be read; None if it is empty."""
    while text := ask(prompt).strip():
        try:
            return parse(text)
        except ValueError as error:
            say(str(error))
    return None
