"""The silence test (silence.py) has every command, or says why not."""

import argparse

import pytest
from silence import COMMANDS, FAIL, LEFT_OUT, PAGES

from scratchae.cli import build_parser
from scratchae.cli.model_options import MODELS


def commands_of(parser, name=""):
    """The commands, each with its actions if it has some."""
    below = [action for action in parser._actions
             if isinstance(action, argparse._SubParsersAction)]
    for action in below:
        for word, other in action.choices.items():
            yield from commands_of(other, f"{name} {word}".strip())
    if not below:
        yield name


def test_every_command_and_every_model_is_run_or_it_is_said_why_not():
    known = {*commands_of(build_parser())} | {f"train {name}" for name in MODELS}
    assert {"train vae", "data show", "lab", "museum"} <= known
    run = [*COMMANDS, *PAGES, *LEFT_OUT]
    for name in known:
        assert any(f"{line} ".startswith(f"{name} ") for line in run), name


@pytest.mark.parametrize("line", [*COMMANDS, *PAGES])
def test_what_is_run_can_be_typed(line):
    build_parser().parse_args(line.split())


def test_what_may_fail_is_run():
    assert {*FAIL} <= {*COMMANDS}
