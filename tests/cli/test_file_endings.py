"""The ending of a file that a command writes says what is put into it."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from scratchae import load
from scratchae.cli import lab_grade, main


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
