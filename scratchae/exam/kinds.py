"""The two kinds of questions, and the list of those with numbers."""

import math
from dataclasses import asdict, dataclass

TOLERANCE = 0.01  # relative, of an answer that is no whole number
SMALLEST = 1e-3  # numbers whose answer is nearer to 0 are drawn again
DRAWN = {}  # lecture: {name: (function of a generator, equation, where, unit)}


@dataclass(frozen=True)
class Numeric:
    """A question whose answer is a number.

    equation : of the lectures, such as "(10.4)"   where : the function that answered
    An int is to be hit exactly, a float within 1 %; where it is asked how many, a whole
    number, rounded up, will do as well.
    """

    lecture: str
    name: str
    text: str
    value: float
    unit: str
    equation: str
    where: str

    @property
    def whole(self):
        """Whether the answer is a whole number."""
        return isinstance(self.value, int)

    @property
    def counts(self):
        """Whether it asks how many, and the answer is no whole number."""
        return not self.whole and "How many" in self.text

    @property
    def tolerance(self):
        """How near an answer has to be, in words."""
        if self.whole:
            return "exactly"
        return "to 1 %, or rounded up" if self.counts else "to 1 %"

    @property
    def shown(self):
        """The answer with its unit."""
        value = self.value
        number = f"{value}" if self.whole else f"{value:.4g}"
        return f"{number} {self.unit}".strip()

    def accepts(self, answer):
        """Whether a number is near enough."""
        allowed = 0 if self.whole else TOLERANCE * abs(self.value)
        if abs(answer - self.value) <= allowed:
            return True
        if not self.counts or not float(answer).is_integer():
            return False
        low, high = self.value - allowed, self.value + allowed
        return math.ceil(low) <= answer <= math.ceil(high)

    def described(self):
        """The question and its answer as a dict."""
        return {"kind": "numeric", **asdict(self), "tolerance": self.tolerance}


@dataclass(frozen=True)
class Oral:
    """A question that is answered in words, with the model answer to compare with."""

    lecture: str
    number: int
    text: str
    answer: str

    def described(self):
        """The question and its answer as a dict."""
        return {"kind": "oral", **asdict(self)}


def numeric(lecture, equation, where, unit=""):
    """A decorator: `draw(rng)` returns the text of a question and its answer.

    Numbers are drawn with the few digits that the text shows, and no more.
    """

    def keep(draw):
        of_lecture = DRAWN.setdefault(lecture, {})
        of_lecture[draw.__name__] = draw, equation, where, unit
        return draw

    return keep


def drawn(lecture, name, rng):
    """One question of the list with its numbers."""
    draw, equation, where, unit = DRAWN[lecture][name]
    text, value = draw(rng)
    while abs(value) < SMALLEST:
        text, value = draw(rng)
    value = value if isinstance(value, int) else float(value)
    return Numeric(lecture, name, text, value, unit, equation, where)
