"""Questions to practise on: numbers drawn anew, answers computed by the library."""

from scratchae.exam import autoencoders, generative, implementation, probability
from scratchae.exam.answers import read_answers
from scratchae.exam.kinds import Numeric, Oral
from scratchae.exam.sitting import draw, grade, parse_number, sit

__all__ = ["Numeric", "Oral", "autoencoders", "draw", "generative", "grade",
           "implementation", "parse_number", "probability", "read_answers", "sit"]
