"""Every line that a command prints, by hand; and that it leaves nothing else behind."""

import csv
import os
import re
import signal
import sys
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest
from data_files import write_text

from scratchae import cli, load, pulse
from scratchae.cli import evaluate, main, train
from scratchae.cli.options import without_infinity
from scratchae.course import Lecture
from scratchae.data import load_strokes
from scratchae.text_table import text_table

pytestmark = pytest.mark.usefixtures("small")


@pytest.mark.parametrize(
    "model", ["pca", "ppca", "autoencoder", "sparse", "denoising", "vae", "cvae"]
)
def test_train_says_its_model_time_figures_and_checkpoint(model, capsys):
    """The figures are those of the test images, of the model in the file."""
    arguments = ["train", model, "--latent", "3"]
    arguments += [] if "pca" in model else ["--hidden", "16", "--epochs", "1"]
    assert main(arguments) == 0
    first, time, *figures, last = capsys.readouterr().out.splitlines()
    path, digits = f"runs/{model}-strokes.npz", load_strokes(300, 100)
    trained = load(path)
    told = (digits.labels[1],) if model == "cvae" else ()
    measures = trained.evaluate(digits.x[1], *told)
    epochs = "" if "pca" in model else "1 epoch, "
    assert first == repr(trained) and last == f"checkpoint: {path}"
    assert re.fullmatch(rf"trained on 300 images in {epochs}\d+\.\d s(, of .*)?", time)
    assert figures == [f"test {train.describe(*one)}" for one in measures.items()]


def test_evaluate_says_who_made_it_what_on_and_what_its_units_are(checkpoint, capsys):
    assert main(["evaluate", checkpoint]) == 0
    model = load(checkpoint)
    figures = model.evaluate(load_strokes(300, 100).x[1])
    assert capsys.readouterr().out.splitlines() == [
        "made by: scratchae train vae --hidden 16 --latent 2 --epochs 1", repr(model),
        "100 test images of strokes, divided by 255",
        *(train.describe(*one) for one in figures.items()),
        "units: SSE is the squared error summed over an image: lower is better; nats "
        "are logarithms of a probability of an image: elbo = -(reconstruction + kl), "
        "higher is better"]


ELBO = "elbo = -(reconstruction + kl), higher is better"
NATS = "nats are logarithms of a probability of"


@pytest.mark.parametrize("measures, items, said", [
    ("sse", "images", "SSE is the squared error summed over an image: lower is better"),
    ("elbo bound reconstruction kl", "images",
     f"{NATS} an image: {ELBO}, bound, higher is better"),
    ("reconstruction log_likelihood", "rows",
     f"{NATS} a row: log_likelihood, higher is better, reconstruction, lower is "
     "better"),
    ("clean_sse probe_error", "rows",
     "SSE is the squared error summed over a row: lower is better; errors are shares "
     "of wrong labels: lower is better"),
    ("error", "images", "errors are shares of wrong labels: lower is better"),
])
def test_units_are_explained_of_the_measures_that_there_are(measures, items, said):
    measures = dict.fromkeys(measures.split())
    assert evaluate.explained(measures, items) == f"units: {said}"


def test_numbers_of_a_sample_have_their_labels_and_the_units_of_the_data(capsys):
    main("train cvae --hidden 4 --latent 2 --epochs 1".split())
    capsys.readouterr()
    assert main("sample runs/cvae-strokes.npz -n 12 --out a.csv".split()) == 0
    assert capsys.readouterr().out == (
        "a.csv: 12 samples from ConditionalVariationalAutoencoder, k = 2\n")
    with open("a.csv", newline="") as file:
        head, *rows = csv.reader(file)
    assert head == ["label", *(f"pixel{i}" for i in range(784))]
    labels = np.arange(12) % 10
    x = load("runs/cvae-strokes.npz").sample(labels, random_state=0).astype(float)
    assert rows == [[str(label), *(f"{v:.7g}" for v in 255 * row)]
                    for label, row in zip(labels, x, strict=True)]


def test_a_table_of_texts_is_aligned_to_the_left_and_ends_where_its_text_does():
    rows = [("xyz", "b"), ("", "cc")]
    assert text_table(("a", "name"), rows) == ["a    name", "xyz  b", "     cc"]
    assert text_table(("long", "b"), [("x", "y")]) == ["long  b", "x     y"]
    assert text_table(("a", "b"), []) == ["a  b"]
    assert text_table(("a", "b"), [("c", "")]) == ["a  b", "c"]


def test_data_show_says_all_that_is_known_of_a_table(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("scratchae.plots.save_figure", lambda figure, path: path)
    rows = "".join(f"{i},7,{i * i},{'xy'[i % 2]}\n" for i in range(10))
    write_text(tmp_path / "t.csv", "a,b,c,kind\n" + rows)
    assert main("data show t.csv --test t.csv --out there.png".split()) == 0
    assert capsys.readouterr().out == """\
rows      10 training, 10 test
numbers   3 per row: rows of 3 columns
range     0 to 81 in the training rows
scaling   columns standardised
labels    2 classes: x (5), y (5)
missing   none
constant  1 column: 'b'
notes     labels: column 'kind'; the test rows are the training rows
picture   there.png
"""


def test_the_museum_counts_faults_and_names_those_that_survive(monkeypatch, capsys):
    def matrix(say):
        say("sign")
        return {"sign": {"gradient check": True, "kill": False},
                "scale": {"gradient check": False, "kill": True},
                "seed": {"gradient check": False, "kill": False},
                "time": {"gradient check": False, "kill": False}}

    monkeypatch.setattr("scratchae.museum.matrix", matrix)
    monkeypatch.setattr("scratchae.museum.as_markdown", lambda rows: f"| {[*rows]} |")
    assert main("museum --markdown".split()) == 1
    out, err = capsys.readouterr()
    assert err == "planting sign\n"
    assert out.splitlines() == [
        "| ['sign', 'scale', 'seed', 'time'] |",
        "4 faults; 3 pass the plain gradient check; 2 survive everything seed time"]


def test_infinities_of_json_are_null_and_each_is_named_by_its_key():
    document = {"a": 1.5, "b": {"c": [np.inf, 2, ("x", -np.inf)]}, "d": True}
    with pytest.warns(UserWarning) as said:
        assert without_infinity(document) == {
            "a": 1.5, "b": {"c": [None, 2, ["x", None]]}, "d": True}
    assert [str(w.message) for w in said] == [
        f"c is {value}, which JSON cannot say: it is null there" for value in
        ("inf", "-inf")]


def state():
    """What belongs to the process, not to a command."""
    return (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM),
            [*sys.argv], sys.stdout, sys.stderr, Path.cwd(), dict(os.environ),
            warnings.showwarning, [*warnings.filters], np.geterr(), Lecture.stopped_by,
            threading.active_count(), [*pulse._works], np.random.get_state()[2])


@pytest.mark.parametrize("typed, status", [
    ("train autoencoder --latent 2 --hidden 4 --epochs 1", 0), ("sample none.npz", 2),
    ("evaluate CKPT --json", 0), ("sample CKPT -n 2 --out s.csv", 0), ("course 9", 1),
])
def test_a_command_leaves_the_process_as_it_was(
    typed, status, checkpoint, tmp_path, monkeypatch
):
    monkeypatch.setattr("scratchae.cli.course.LECTURES", tmp_path)
    (tmp_path / "09_a.py").write_text(
        "from scratchae.course import Lecture\n"
        "lecture = Lecture('A title.')\nlecture.holds('it falls', False)\n")
    before = state()
    assert main(typed.replace("CKPT", checkpoint).split()) == status
    assert state() == before


def test_each_file_of_the_command_line_is_a_command_or_told_of_where_one_enters():
    commands = {Path(module.__file__).name for module in cli.COMMANDS}
    beside = {path.name for path in Path(cli.__file__).parent.glob("*.py")} - commands
    assert beside - {"__init__.py"} == {
        name for name in re.findall(r"\w+\.py", cli.__doc__) if name in beside}
