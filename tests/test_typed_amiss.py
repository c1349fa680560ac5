"""What is typed amiss, option by option: no number, of no use, or in capitals."""

import argparse
import contextlib
import os
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from scratchae import PCA, load
from scratchae.cli import build_parser, lab_grade, main
from scratchae.cli.lab import numbers_of
from scratchae.cli.options import check_folder

COUNTS = {  # of at least 1
    "anomalies m --data d": "--top", "evaluate m": "--samples", "explore m": "--points",
    "sample m": "-n", "data show": "--per-class",
    "train vae": "--latent --active --samples --gradient-samples --epochs --batch-size "
                 "--patience --hidden",
}
FROM_0 = {
    "exam": "--seed", "sample m": "--seed", "gradcheck": "--seed", "lab": "--seed",
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


# Labs: which options mean nothing to which words

ALL = "file watch solution confusion labs out seed overwrite".split()
VALUES = {"file": "a.py", "labs": "01", "out": "a.csv", "seed": "0"}
TAKEN = {  # words : options that mean something to them
    "start": "", "start 01": "", "": "confusion", "--confusion": "",
    "01 --confusion": "", "01": "file watch solution confusion",
    "export d": "labs overwrite", "grade d": "labs out seed overwrite",
}
IDLE = [(words, option) for words in TAKEN for option in ALL
        if option not in TAKEN[words].split() and f"--{option}" not in words
        and (words, option) != ("", "file")]


@pytest.mark.parametrize("words, option", IDLE)
def test_an_option_that_means_nothing_to_a_word_is_refused(
    words, option, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    typed = ["lab", *words.split(), f"--{option}", *VALUES.get(option, "").split()]
    assert main(typed) == 2
    assert capsys.readouterr().err.startswith(
        f"scratchae: --{option} means nothing ")
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("typed, said", [
    ("export", "lab export: say one folder, as in scratchae lab export DIR"),
    ("grade", "lab grade: say one folder, as in scratchae lab grade DIR"),
    ("grade a b", "lab grade: say one folder, as in scratchae lab grade DIR"),
    ("grade none", "lab grade: there is no folder none"),
    ("grade . --out a.txt", "--out: a.txt should end in .csv"),
    ("grade . --out a", "--out: a should end in .csv"),
])
def test_a_folder_and_a_table_of_grades_are_asked_for(
    typed, said, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    assert main(["lab", *typed.split()]) == 2
    assert capsys.readouterr().err == f"scratchae: {said}\n"


@pytest.mark.parametrize("typed", ["01x", "x01", "1-", "-1", "1--3", "1,,2", "001",
                                   "01 02", "01;02", "start"])
def test_what_is_no_list_of_labs_is_refused_whole(typed):
    with pytest.raises(ValueError) as caught:
        numbers_of(typed)
    assert str(caught.value) == (
        f"--labs: expected such as 01-06 or 01,03, got {typed!r}")


# Endings


@pytest.fixture
def room(tmp_path, monkeypatch):
    """A table, and a model of it that knows its columns."""
    monkeypatch.chdir(tmp_path)
    x = np.random.default_rng(0).normal(size=(20, 3))
    np.savetxt("t.csv", x, delimiter=",", header="a,b,c", comments="")
    assert main("train ppca --data t.csv --latent 1 --out M.NPZ".split()) == 0
    return tmp_path


def test_the_ending_of_a_file_may_be_in_capitals(room, monkeypatch):
    """What is in the file is that of the ending."""
    assert load("M.NPZ").n_features_in_ == 3
    monkeypatch.setattr("scratchae.museum.matrix", lambda say: {})
    monkeypatch.setattr("scratchae.museum.as_text", lambda rows: "")
    monkeypatch.setattr("scratchae.cli.museum.draw",
                        lambda *given: given[-1].write_bytes(b"\x89PNG"))
    for typed in ("sample M.NPZ -n 4 --out S.PNG", "sample M.NPZ -n 4 --out S.CSV",
                  "sample M.NPZ -n 4 --out S.NPY", "museum --figure F.PNG",
                  "anomalies M.NPZ --data t.csv --out A.CSV"):
        assert main(typed.split()) == 0, typed
    for name in "S.PNG", "F.PNG":
        assert (room / name).read_bytes().startswith(b"\x89PNG")
    assert (room / "S.CSV").read_text().startswith("a,b,c\n")
    assert (room / "A.CSV").read_text().startswith("row,score,above,feature1,")
    assert np.load("S.NPY").shape == (4, 3)


def test_the_table_of_grades_may_end_in_capitals(room, monkeypatch, capsys):
    monkeypatch.setattr(lab_grade, "missing_layers", list)
    monkeypatch.setattr(lab_grade, "grade", lambda *a: (SimpleNamespace(rows={}), [],
                                                        [], []))
    (room / "in").mkdir()
    assert main("lab grade in --out G.CSV".split()) == 0
    assert capsys.readouterr().out.endswith("\nG.CSV\nG/*/results.json\n")


KINDS = {  # command that writes: what its file may end in
    "sample M.NPZ --out": ".png or .csv or .npy", "data show t.csv --out": ".png",
    "anomalies M.NPZ --data t.csv --out": ".csv", "museum --figure": ".png",
    "explore M.NPZ --out": ".html or .htm",
}


@pytest.mark.parametrize("command", KINDS)
def test_a_file_of_another_kind_is_refused_with_those_there_are(command, room, capsys):
    capsys.readouterr()
    for name in "a.txt", "a", "a.csv.gz":
        assert main([*command.split(), name]) == 2
        option = command.split()[-1]
        assert capsys.readouterr().err == (
            f"scratchae: {option}: {name} should end in {KINDS[command]}\n")
        assert not Path(name).exists()


@pytest.mark.parametrize("lacks, refused", [
    (os.W_OK, True), (os.X_OK, True), (os.R_OK, False),
])
def test_a_folder_has_to_be_written_and_entered_and_need_not_be_read(
    lacks, refused, tmp_path, monkeypatch
):
    asked = []
    monkeypatch.setattr("scratchae.cli.options.os.access", lambda path, mode: (
        asked.append(path) or not mode & lacks))
    with pytest.raises(PermissionError, match="^--to: cannot write into ") if (
            refused) else contextlib.nullcontext():
        check_folder(tmp_path / "new", "--to")
    assert asked == [tmp_path]


def test_a_model_that_python_saved_is_evaluated_without_a_word_of_a_command(
    small, capsys
):
    """By the drawn digits, which it does not say it was trained on."""
    x = np.random.default_rng(0).uniform(size=(20, 784))
    model = PCA(2).fit(x)
    model.save("m.npz")
    assert main(["evaluate", "m.npz"]) == 0
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert first == repr(model)
    assert second == "100 test images of strokes, divided by 255"
    assert main(["evaluate", "m.npz", "--json"]) == 0
    assert '"command"' not in capsys.readouterr().out
