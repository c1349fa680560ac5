"""What is typed amiss, option by option: no number, or none of the words there are."""

import argparse
from pathlib import Path

import pytest

from scratchae.cli import build_parser

COUNTS = {  # of at least 1
    "anomalies m --data d": "--top", "evaluate m": "--samples", "explore m": "--points",
    "sample m": "-n", "data show": "--per-class",
    "train vae": "--latent --active --samples --gradient-samples --epochs --batch-size "
                 "--patience --hidden",
}
FROM_0 = {
    "exam": "--seed", "sample m": "--seed", "gradcheck": "--seed", "lab": "--seed",
    "evaluate m": "--seed",
    "train vae": "--pretrain-epochs --samples-warmup --kl-warmup --seed",
}
NUMBERS = {
    "gradcheck": "--step --tolerance", "evaluate m": "--probe-decay",
    "anomalies m --data d": "--threshold", "bench": "--rounds --busy",
    "train vae": "--penalty-weight --rho --level --fine-tune-level --variance "
                 "--kl-weight --free-bits --learning-rate --weight-decay --shift "
                 "--validation",
}


def rows(table):
    return [(command, option) for command in table
            for option in table[command].split()]


def typed_numbers(parser, name=""):
    """(command, option) of all whose text is made a number."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for word, below in action.choices.items():
                yield from typed_numbers(below, f"{name} {word}")
        elif action.type not in (None, Path) and action.dest != "peers":
            yield name.split()[0], action.option_strings[0]


def test_every_option_with_a_number_has_a_row():
    listed = [(command.split()[0], option) for table in (COUNTS, FROM_0, NUMBERS)
              for command, option in rows(table)]
    assert sorted(listed) == sorted(typed_numbers(build_parser()))


@pytest.mark.parametrize("wrong, tables", [
    ("x", (COUNTS, FROM_0, NUMBERS)), ("-1", (COUNTS, FROM_0)), ("0", (COUNTS,)),
    ("1.5", (COUNTS, FROM_0)), ("1e3", (COUNTS, FROM_0)),
])
def test_what_is_not_the_number_that_is_asked_for_is_refused(wrong, tables, capsys):
    parser = build_parser()
    for command, option in (row for table in tables for row in rows(table)):
        with pytest.raises(SystemExit):
            parser.parse_args([*command.split(), f"{option}={wrong}"])
        err = capsys.readouterr().err
        assert f" {option}: " in err and f"{wrong!r}" in err, (command, option)


@pytest.mark.parametrize("typed, option", [
    ("gradcheck --sizes wide", "--sizes"), ("gradcheck --method simple", "--method"),
    ("sample m --mode median", "--mode"), ("data fetch emnist", "NAME"),
])
def test_a_word_that_is_none_of_those_there_are_is_refused(typed, option, capsys):
    with pytest.raises(SystemExit):
        build_parser().parse_args(typed.split())
    assert f"{option}: no '{typed.split()[-1]}'; expected " in capsys.readouterr().err
