"""No row that a model was trained on is tested later, as far as that is known."""

import os
from pathlib import Path

import numpy as np
import pytest
from data_files import pixels, write_idx

from scratchae.cli import main
from scratchae.data import described, load_again, load_dataset
from scratchae.errors import DataError


@pytest.fixture(autouse=True)
def folder(tmp_path, plain_backend, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for place in "train", "test", "there":
        (tmp_path / place).mkdir()
    for i, name in enumerate(["t.csv", "te.csv", "new.csv"]):
        rows = np.random.default_rng(i).normal([170, 60], [9, 5], (30 - i, 2))
        np.savetxt(name, rows, delimiter=",", header="a,b", comments="")
    return tmp_path


def trained(source="t.csv", **reading):
    """What a checkpoint remembers of its data, and the rows of its training."""
    dataset = load_dataset(source, **reading)
    return described(dataset, reading), {row.tobytes() for row in dataset.x[0]}


def kept_apart(about, rows, *source, **given):
    """Whether the test rows are others, or a DataError says that they would not be."""
    try:
        found = load_again(about, *source, **given)
    except DataError as error:
        return any(words in str(error) for words in (
            "rows that it has seen", "rows that the model has seen", "was trained on"))
    tested = {row.tobytes() for row in found.x[1].astype(np.float32)}
    return bool(tested) and not tested & rows


GIVEN = [{}, {"test_fraction": 0.5}, {"test_fraction": 1}, {"test_fraction": 0.2},
         {"test": "new.csv"}, {"test": "t.csv"}, {"test": "moved.csv"},
         {"random_state": 4}, {"dtype": "float64"}, {"label": "none"},
         {"columns": ["b", "a"]}]


@pytest.mark.parametrize("reading", [
    {}, {"test_fraction": 0.3}, {"test": "te.csv"}], ids=str)
@pytest.mark.parametrize("given", GIVEN, ids=str)
@pytest.mark.parametrize("source", ["t.csv", "moved.csv", "te.csv", "new.csv"])
@pytest.mark.parametrize("lost", [(), ("t.csv",), ("t.csv", "te.csv")], ids=str)
def test_rows_of_the_training_are_never_tested(lost, source, given, reading):
    about, rows = trained(**reading)
    Path("moved.csv").write_bytes(Path("t.csv").read_bytes())
    for name in lost:
        os.remove(name)
    if not {*lost} & {source, given.get("test")}:
        assert kept_apart(about, rows, source, **given)


@pytest.mark.parametrize("given, words", [
    ({"test_fraction": 0.5}, "^test_fraction=0.5: the model was trained on a part of "
     "moved.csv, and another share would have rows that it has seen; test=FILE gives"),
    ({"test": "t.csv"}, "^test=t.csv: the model was trained on rows of this file"),
    ({"random_state": 1}, "^moved.csv has changed since the training, or is read in"),
])
def test_of_a_file_that_was_moved_the_reason_is_said(given, words):
    about, _ = trained()
    os.rename("t.csv", "moved.csv")
    with pytest.raises(DataError, match=words):
        load_again(about, "moved.csv", **given)


def test_the_share_of_the_training_is_no_other_share():
    for reading, share in ({}, 0.2), ({"test_fraction": 0.3}, 0.3):
        about, rows = trained(**reading)
        assert kept_apart(about, rows, "t.csv", test_fraction=share)
        assert len(load_again(about, test_fraction=share).x[1]) == round(30 * share)


def test_a_file_of_before_is_known_by_its_path_only():
    about, rows = trained()
    for old in about | {"digest": None}, {k: about[k] for k in about
                                          if k not in ("digest", "test_rows")}:
        for given in {}, {"test_fraction": 0.5}, {"test": "t.csv"}:
            assert kept_apart(old, rows, "t.csv", **given)


def test_all_rows_are_taken_where_they_are_asked_for():
    about, _ = trained()
    Path("moved.csv").write_bytes(Path("t.csv").read_bytes())
    for source in None, "t.csv", "moved.csv":
        found = load_again(about, source, seen=True)
        assert [len(x) for x in found.x] == [0, 30]


def test_training_rows_do_not_become_their_own_test_file():
    """Both files have one name, and as many rows."""
    os.rename("t.csv", "train/d.csv")
    os.rename("te.csv", "test/d.csv")
    rows = Path("train/d.csv").read_text().splitlines()[:30]
    Path("train/d.csv").write_text("\n".join(rows) + "\n")
    about, rows = trained("train/d.csv", test="test/d.csv")
    os.rename("train/d.csv", "there/d.csv")
    os.remove("test/d.csv")
    with pytest.raises(DataError, match="test/d.csv, which had the test rows, is not"):
        load_again(about, "there/d.csv")
    os.rename("there/d.csv", "there/e.csv")
    with pytest.raises(DataError, match="e.csv has the rows that the model was "):
        load_again(about, "there/e.csv")


def test_a_test_file_that_has_moved_is_found_with_other_options_too():
    about, rows = trained(test="te.csv")
    for name in "t.csv", "te.csv":
        os.rename(name, f"there/{name}")
    found = load_again(about, "there/t.csv", label="none")
    assert [len(x) for x in found.x] == [30, 29]
    assert kept_apart(about, rows, "there/t.csv", label="none")


def test_a_set_with_a_name_is_known_in_its_own_files(monkeypatch):
    x = pixels(12, 3, 3)
    for name, part in ("train", x[:8]), ("t10k", x[8:]):
        write_idx(Path(f"d/{name}-images-idx3-ubyte"), part)
    dataset = load_dataset("d")
    about = described(dataset, {"data_dir": "d"}) | {"source": "mnist"}
    assert [len(part) for part in load_again(about, "d").x] == [8, 4]
    with pytest.raises(DataError, match="has the rows that the model was trained on"):
        load_again(about, "d/train-images-idx3-ubyte")
    assert len(load_again(about, "d/t10k-images-idx3-ubyte").x[1]) == 4


@pytest.mark.parametrize("typed, words", [
    ("--test 0.5", "--test 0.5: the model was trained on a part of moved.csv"),
    ("--test 1", "--test 1: the model was trained on a part of moved.csv"),
    ("--test moved.csv", "--test moved.csv: the model was trained on rows of this"),
    ("--test ./moved.csv --data new.csv", "--test ./moved.csv: the model was trained"),
])
@pytest.mark.parametrize("command", ["evaluate", "explore"])
def test_commands_refuse_them_in_the_words_that_were_typed(
        command, typed, words, capsys):
    assert main("train pca --data t.csv --latent 2".split()) == 0
    os.rename("t.csv", "moved.csv")
    capsys.readouterr()
    assert main(f"{command} runs/pca-t.npz --data moved.csv {typed}".split()) == 2
    assert capsys.readouterr().err.startswith(f"scratchae: {words}")


def test_a_model_that_is_tested_on_its_training_rows_says_so(capsys):
    typed = "train pca --data t.csv --test t.csv --latent 1"
    assert main(typed.split()) == 0
    capsys.readouterr()
    assert main("evaluate runs/pca-t.npz".split()) == 0
    assert capsys.readouterr().err == (
        "the test rows are the training rows, t.csv\n")
