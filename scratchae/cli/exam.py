"""`scratchae exam`: questions with fresh numbers, and a mark at the end."""

import sys

import numpy as np

from scratchae.cli.course import LECTURES, find_lectures
from scratchae.cli.options import non_negative_int, print_json
from scratchae.pulse import waiting

NAME = "exam"
HELP = ("Ask questions with numbers drawn anew, and give a mark at the end: A from "
        "90 %, B from 80 %, C from 65 %.")
EXAMPLE = "scratchae exam --lecture 08 --seed 3"


def add_arguments(parser):
    """Which lectures, which numbers, or the questions with their answers."""
    parser.add_argument("--lecture", nargs="+", action="extend", default=[],
                        metavar="NAME",
                        help="such as 08: all its questions (default, and for several: "
                        "one with numbers of each, and a few in words)")
    parser.add_argument("--seed", type=non_negative_int,
                        help="the same seed asks the same (default: another each time)")
    parser.add_argument("--json", action="store_true",
                        help="ask nothing: the questions with their answers, one JSON "
                        "document")


def run(options):
    """Put the questions and print the marks, after Ctrl-C those so far."""
    from scratchae.exam import draw, read_answers, sit

    lectures = [script.stem[:2] for script in find_lectures(options.lecture)]
    seed = options.seed
    if seed is None:
        seed = int(np.random.default_rng().integers(1_000_000))
    exam = draw(lectures, seed, lambda name: read_answers(
        LECTURES / "answers" / f"{name}.md"))
    if options.json:
        asked = [question.described() for question in exam]
        return print_json({"seed": seed, "questions": asked})
    print(f"{len(exam)} questions; the same ones again: --seed {seed}. An empty answer "
          "skips a question, Ctrl-C ends the exam without a grade.")
    marks = "no question was answered"
    try:
        for done in sit(exam, ask, print):
            marks = str(done)
    except EOFError:
        print("\nthe answers have ended")
    finally:
        print(f"\n{marks}")


def ask(prompt):
    """What is typed after a prompt, or the next line of a pipe, which is shown.

    Raises EOFError where there is nothing more to read.
    """
    print(prompt, end="", flush=True)
    with waiting():
        try:
            line = sys.stdin.readline() if sys.stdin is not None else ""
        except UnicodeDecodeError:
            line = "\ufffd\n"  # what is put in the place of what cannot be read
    if not line:
        raise EOFError
    if not sys.stdin.isatty():
        print(line.rstrip("\n"))
    return line
