"""What a command does where something is seldom: few columns, no memory, other files.
"""

import csv
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from lab_tools import LABS, SOLUTIONS

from scratchae import PCA, ProbabilisticPCA, SparseAutoencoder
from scratchae.cli import lab, lab_grade, main, train
from scratchae.data import Dataset

SOLVED = (SOLUTIONS / "01_dense.py").read_text()


@pytest.fixture(autouse=True)
def here(tmp_path, plain_backend, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("columns", [2, 3, 4])
def test_scores_name_as_many_features_as_there_are_and_three_at_most(columns):
    names, found = "abcd"[:columns], min(columns, 3)
    x = np.random.default_rng(0).normal(size=(20, columns))
    np.savetxt("t.csv", x, delimiter=",", header=",".join(names), comments="")
    assert main("train pca --data t.csv --latent 1".split()) == 0
    assert main("anomalies runs/pca-t.npz --data t.csv --out s.csv".split()) == 0
    with open("s.csv", newline="") as file:
        head, *rows = csv.reader(file)
    assert head == ["row", "score", "above", *(
        f"{part}{i + 1}" for i in range(found)
        for part in ("feature", "value", "expected", "share"))]
    assert len(rows) == 20
    for row in rows:
        assert len(row) == len(head) and len({*row[3::4]} & {*names}) == found


def test_a_model_that_knows_nothing_of_its_data_is_sampled_as_it_was_trained():
    """It was saved in Python: numbers are its own, and have no names."""
    x = np.random.default_rng(0).normal(5, 2, (30, 4))
    model = ProbabilisticPCA(2, dtype="float64").fit(x)
    model.save("m.npz")
    drawn = model.sample(3, random_state=0)
    for name in "s.csv", "s.npy", "s.png":
        assert main(f"sample m.npz -n 3 --out {name}".split()) == 0
    with open("s.csv", newline="") as file:
        head, *rows = csv.reader(file)
    assert head == ["pixel0", "pixel1", "pixel2", "pixel3"]
    np.testing.assert_allclose(np.array(rows, float), drawn, rtol=1e-5)
    np.testing.assert_allclose(np.load("s.npy"), drawn, rtol=1e-6)
    assert Path("s.png").read_bytes().startswith(b"\x89PNG")


def test_the_file_of_a_lab_is_looked_for_in_labs_then_here_then_in_a_checkout():
    places = [Path("lectures/labs/01_z.py"), Path("01_b.py"), Path("01_a.py"),
              Path("labs/01_y.py")]
    assert lab.file_of(LABS["01"]) is None
    for path in places:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
        assert lab.file_of(LABS["01"]) == path
    assert lab.file_of(LABS["02"]) is None


def test_a_watched_file_may_be_away_for_a_moment(monkeypatch, capsys):
    """Editors put another in its place."""
    mine, turns = Path("mine.py"), iter([None, SOLVED, SOLVED, KeyboardInterrupt])

    def pause():
        text = next(turns)
        if text is KeyboardInterrupt:
            raise text
        if text is None:
            mine.unlink()
        else:
            mine.write_text(text)

    mine.write_text("")
    monkeypatch.setattr(lab, "pause", pause)
    assert main("lab 1 --file mine.py --watch".split()) == 130
    out = capsys.readouterr().out
    assert out.index("0 of 3 parts pass") < out.index("3 of 3 parts pass")


def test_a_hand_out_is_replaced_where_that_is_asked_for(here):
    typed = "lab export out --labs 01".split()
    assert main(typed) == 0
    written = {path: path.read_bytes() for path in here.rglob("*") if path.is_file()}
    assert len(written) == 4
    for path in written:
        path.write_text("of last year")
    assert main([*typed, "--overwrite"]) == 0
    assert {path: path.read_bytes() for path in here.rglob("*")
            if path.is_file()} == written


@pytest.mark.parametrize("typed", ["lab export out --labs 01 --overwrite",
                                   "lab start 01"])
def test_a_disk_that_is_full_leaves_no_half_of_what_is_handed_out(
    typed, here, monkeypatch, capsys
):
    def full(number):
        raise OSError("disk full")

    for name in ("README.md", "labs/01_dense.py", "notebooks/01_dense.ipynb"):
        (here / "out" / name).parent.mkdir(parents=True, exist_ok=True)
        (here / "out" / name).write_text("of last year")
    before = {path for path in here.rglob("*") if path.is_file()}
    monkeypatch.setattr("scratchae.files.os.fsync", full)
    assert main(typed.split()) == 2
    assert capsys.readouterr().err == "scratchae: disk full\n"
    assert {path for path in here.rglob("*") if path.is_file()} == before
    assert {path.read_text() for path in before} == {"of last year"}


@pytest.mark.parametrize("out", ["in/a.csv", "in/ann/a.csv", "in/ann/new/a.csv"])
def test_no_table_of_grades_lies_among_what_was_handed_in(out, here, capsys):
    Path("in/ann").mkdir(parents=True)
    assert main(f"lab grade in --labs 01 --out {out}".split()) == 2
    both = f"{out} and {out[:-4]}/NAME/results.json"
    assert capsys.readouterr().err == (
        f"scratchae: --out: {both} would be in in, where each entry is a student's\n")
    assert sorted(here.rglob("*")) == [here / "in", here / "in/ann"]


@pytest.mark.parametrize("stopped", [True, False])
def test_the_figures_of_a_stopped_training_are_those_of_its_file(
    stopped, monkeypatch, capsys
):
    """It may have been stopped while an epoch was being saved."""
    x = np.random.default_rng(0).normal(size=(20, 4))
    ours, saved = PCA(1).fit(x), PCA(2).fit(x)
    monkeypatch.setattr(train, "is_stopped", lambda path: stopped)
    monkeypatch.setattr(train, "load", lambda path: saved)
    dataset = SimpleNamespace(x=(x, x), labels=None, items="rows")
    found = train.train(ours, dataset, Path("m.npz"), None)
    assert found is (saved if stopped else ours)
    assert capsys.readouterr().out.startswith(f"{found!r}\ntrained on 20 rows in ")


@pytest.mark.parametrize("model, said", [
    (PCA(1), "PCA has codes of one number, which make no plane; expected --latent of "
             "at least 2"),
    (SparseAutoencoder(4, (), penalty="top_k", n_active=2, epochs=1, verbose=False),
     "SparseAutoencoder with --penalty top_k keeps other units for each image, so its "
     "codes lie in no one plane"),
])
def test_what_a_page_cannot_show_is_said_in_the_words_that_were_typed(
    model, said, capsys
):
    model.fit(np.random.default_rng(0).uniform(size=(20, 4))).save("m.npz")
    capsys.readouterr()
    assert main("explore m.npz".split()) == 2
    assert capsys.readouterr().err == f"scratchae: m.npz: {said}\n"


@pytest.mark.parametrize("typed", ["--data y.npy", "--data x.npy --normal y.npy"])
@pytest.mark.parametrize("shape, highest, said", [
    ((2, 8), 255, "y.npy has images of 2 x 8 pixels; the model was trained on images "
                  "of 4 x 4 pixels, x.npy"),
    ((4, 4), 1, "y.npy has numbers up to 1: they are scaled already. Multiply them by "
                "255: those of x.npy were divided by 255 for the training"),
])
def test_rows_of_another_shape_or_in_other_units_are_not_scored(
    typed, shape, highest, said, capsys
):
    """They have as many numbers as the model wants."""
    rng = np.random.default_rng(0)
    np.save("x.npy", rng.integers(0, 256, (20, 4, 4), np.uint8))
    np.save("y.npy", (highest * rng.integers(0, 2, (20, *shape))).astype(np.uint8))
    assert main("train pca --data x.npy --latent 1".split()) == 0
    capsys.readouterr()
    assert main(f"anomalies runs/pca-x.npz {typed}".split()) == 2
    assert capsys.readouterr().err == f"scratchae: {said}\n"


@pytest.mark.parametrize("word", ["1", "01", "01_dense", "01_dense.py", "01_mine"])
def test_a_lab_may_be_named_as_its_file_is(word):
    assert lab.find([word, "1"]) == [LABS["01"]]


@pytest.mark.parametrize("out, said", [
    ("text/a.csv", "text is not a folder"),
    ("/nope/x/a.csv", "there is no folder /nope; outside the working folder only the "
                      "last folder of a path is made"),
])
def test_a_place_for_grades_that_cannot_be_is_refused_before_any_work(
    out, said, monkeypatch, capsys
):
    Path("in").mkdir()
    Path("text").write_text("")
    monkeypatch.setattr(lab_grade, "missing_layers", None)
    assert main(f"lab grade in --labs 01 --out {out}".split()) == 2
    assert capsys.readouterr().err == f"scratchae: --out: {said}\n"


def test_what_was_compiled_before_a_training_took_none_of_its_time(
    here, monkeypatch, capsys
):
    seconds = iter([5.0, 7.5])
    monkeypatch.setattr(train, "compile_seconds", lambda: next(seconds))
    x = np.random.default_rng(0).uniform(size=(6, 4))
    train.train(PCA(1), Dataset((x, x), None, None, "mine"), here / "m.npz", None)
    out = capsys.readouterr().out
    assert out.endswith(" s, of which 2.5 s compiling kernels (once)\n")
