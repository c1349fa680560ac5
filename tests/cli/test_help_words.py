"""What each help says of each option, word by word, and that its examples can be typed.

help_texts.txt has the words. Whoever changes an option on purpose reads them beside
test_defaults.py, which has the defaults, and puts the new ones there.
"""

import argparse
import re
import shlex
from pathlib import Path

import pytest

from scratchae.cli import COMMANDS, build_parser
from scratchae.gradient_checks import CHECKS

TEXTS = Path(__file__).with_name("help_texts.txt")


def shown(action):
    """The help of an option as it is shown, one space between any two words."""
    text = (action.help or "").replace(", ".join(CHECKS), "CHECKS")
    return " ".join((text % vars(action)).split())


def said(parser, name=""):
    """(command, what an option or the command is called, its words)."""
    if parser.description:
        yield name or "scratchae", "description", " ".join(parser.description.split())
    if not name:
        yield "scratchae", "epilog", " ".join(parser.epilog.split())
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for word, below in action.choices.items():
                yield from said(below, f"{name} {word}".strip())
        elif action.dest not in ("help", "debug", "version"):
            option = " ".join([*action.option_strings, str(action.metavar or "")])
            yield name or "scratchae", option.strip(), shown(action)


def written():
    """(command, option) -> its words in the file, where `#` has commands."""
    found, commands = {}, [""]
    for block in re.split(r"\n(?=\S)", TEXTS.read_text(encoding="utf-8").rstrip()):
        head, *lines = block.split("\n")
        if head.startswith("# "):
            commands = head[2:].split(", ")
        else:
            text = " ".join(" ".join(lines).split())
            found |= {(command, head): text for command in commands}
    return found


def test_every_option_is_said_to_be_what_it_is():
    found = {(command, option): text for command, option, text in said(build_parser())}
    wanted = written()
    assert {*found} == {*wanted}
    assert {key: text for key, text in found.items() if text != wanted[key]} == {}


@pytest.mark.parametrize("module", COMMANDS)
def test_the_example_of_a_help_can_be_typed(module):
    for typed in module.EXAMPLE.split("; "):
        command, *words = shlex.split(typed)
        assert command == "scratchae"
        assert build_parser().parse_args(words).command == module.NAME
