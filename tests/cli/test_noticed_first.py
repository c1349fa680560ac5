"""What a command notices before it loads a model or reads data, which take time."""

from pathlib import Path

import numpy as np
import pytest

from scratchae import PCA, ProbabilisticPCA, backend
from scratchae.cli import anomalies, evaluate, explore, main


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with backend("numpy"):
        yield tmp_path


def late(*given, **more):
    raise AssertionError("this should have come later")


@pytest.mark.parametrize("module, words, said", [
    (explore, "explore m.npz --out f/p.html", "--out: f is not a folder"),
    (explore, "explore m.npz --out f.html", "f.html is there already"),
    (anomalies, "anomalies m.npz --data t --out f/s.csv", "--out: f is not a folder"),
    (anomalies, "anomalies m.npz --data t --out f.csv", "f.csv is there already"),
    (anomalies, "anomalies m.npz --data t --threshold 2", "--threshold is a share"),
    (anomalies, "anomalies m.npz --data t --overwrite", "--overwrite means nothing"),
])
def test_a_place_that_is_taken_is_noticed_before_a_model_is_loaded(
    module, words, said, here, monkeypatch, capsys
):
    for name in "f", "f.html", "f.csv", "m.npz":
        Path(name).write_text("")
    monkeypatch.setattr(module, "load", late)
    assert main(words.split()) == 2
    assert capsys.readouterr().err.startswith(f"scratchae: {said}")


@pytest.mark.parametrize("words", ["explore m.npz", "explore there.npz m.npz",
                                   "sample m.npz", "evaluate m.npz",
                                   "anomalies m.npz --data t.csv --out runs/a.csv"])
def test_a_checkpoint_that_is_not_there_is_said_before_a_place_that_is_taken(
    words, here, capsys
):
    Path("runs").mkdir()
    for name in "runs/explorer.html", "runs/samples.png", "runs/a.csv", "there.npz":
        Path(name).write_text("")
    assert main(words.split()) == 2
    assert capsys.readouterr().err == "scratchae: m.npz: no such checkpoint\n"


@pytest.mark.parametrize("module, words, said", [
    (evaluate, "evaluate m.npz --panel", "--panel is for a vae or cvae"),
    (evaluate, "evaluate m.npz --samples 3", "--samples is for a vae or cvae"),
    (evaluate, "evaluate m.npz --probe-decay 1", "--probe-decay 1 needs --probe"),
    (explore, "explore m.npz", "m.npz: PCA has codes of one number"),
    (explore, "explore n.npz m.npz", "m.npz: PCA has codes of one number"),
    (explore, "explore m.npz ./m.npz", "m.npz: PCA has codes of one number"),
    (explore, "explore n.npz ./n.npz", "./n.npz was given twice"),
])
def test_what_a_model_has_no_answer_to_is_said_before_data_are_read(
    module, words, said, here, monkeypatch, capsys
):
    x = np.random.default_rng(0).normal(size=(20, 4))
    PCA(1).fit(x).save("m.npz")
    ProbabilisticPCA(2).fit(x).save("n.npz")
    monkeypatch.setattr(module, "load_data_of", late)
    assert main(words.split()) == 2
    assert capsys.readouterr().err.startswith(f"scratchae: {said}")
