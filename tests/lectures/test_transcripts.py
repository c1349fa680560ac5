"""All that a quick run of a lecture prints, line by line, as it was found right, and
the words of its figures' axes.

Of lectures that train networks the words, of the others the numbers too. A line that is
changed on purpose is written into transcripts, once its new numbers are right.
"""

import re
from pathlib import Path

import pytest
from scripts import SCRIPTS, of_lecture
from without_numba import numba_or_skip

FOLDER = Path(__file__).with_name("transcripts")
NUMBER = re.compile(r"(?<![\w.])[-+]?\d+(?:,\d{3})*(?:\.\d*)?(?:e[+-]?\d+)?")
COMPUTED = ("05", "07", "08", "09", "12", "14")  # by formulas and draws alone
TABLE = re.compile(r"^model +name +shape .*\n(?:.*\n)*?"
                   r"(?=(?:all )?\d+ (?:gradients agree|of \d+ failed))", re.M)


def lines_of(text):
    """The lines without what depends on rounding: the tables of gradient checks."""
    return [" ".join(line.split()) for line in TABLE.sub("", text).splitlines()]


def axes_in(figures):
    """A line for each of a figure's axes: title, axes, legend."""
    return [f"{name}: {' | '.join((a.title, a.x_label, a.y_label, *a.legend))}"
            for name, figure in sorted(figures.items()) for a in figure.axes]


def words_of(line):
    return " ".join(NUMBER.sub("#", line).replace("[ ", "[").split())


def close_enough(a, b):
    """Within one and a half of the last digit of b, or both zero but for rounding."""
    mantissa, _, power = b.partition("e")
    last = 10.0 ** (int(power or 0) - len(mantissa.partition(".")[2]))
    small = max(abs(float(a)), abs(float(b))) < 1e-8
    return small or abs(float(a) - float(b)) <= 1.5 * last * ("." in b or "e" in b)


# From the last to the first, while test_lectures on another core goes the other way.
@pytest.mark.parametrize("script", [*map(of_lecture, reversed(SCRIPTS))])
def test_a_lecture_prints_these_lines(script, seen):
    if script.stem[:2] == "14":  # whose table has both backends
        numba_or_skip()
    number, run = script.stem[:2], seen(script.stem[:2])
    printed = lines_of(run.text + "\n".join(axes_in(run.figures)))
    kept = lines_of((FOLDER / f"{number}.txt").read_text())
    assert [*map(words_of, printed)] == [*map(words_of, kept)]
    for line, other in zip(printed, kept, strict=True) if number in COMPUTED else ():
        for a, b in zip(NUMBER.findall(line), NUMBER.findall(other), strict=True):
            assert close_enough(a, b), f"{line}\n{other}"


def test_numbers_are_compared_to_their_last_digit():
    for a, b, same in (("1.234", "1.235", True), ("1.234", "1.236", False),
                       ("2e-03", "3e-03", True), ("2e-03", "4e-03", False),
                       ("3", "3", True), ("3", "4", False), ("2e-16", "9e-17", True)):
        assert close_enough(a, b) is same
    assert words_of("mu = 0.5: a  -1.2e-05 nats, W1, k=3") == words_of(
        "mu = 12: a 7 nats, W1, k=4")
    assert words_of("1.2 nats") != words_of("1.2 bits")


def test_every_transcript_is_of_a_lecture():
    assert sorted(path.stem for path in FOLDER.iterdir()) == [
        script.stem[:2] for script in SCRIPTS]
