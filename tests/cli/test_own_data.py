"""Data of one's own on the command line: trained on, evaluated, sampled, looked at."""

import csv
import json
import re

import numpy as np
import pytest
from data_files import pixels, write_idx, write_pictures, write_text
from PIL import Image

from scratchae import load
from scratchae.cli import main
from scratchae.data import load_dataset

SMALL = ["--hidden", "4", "--latent", "2", "--epochs", "1", "--batch-size", "5"]


@pytest.fixture(autouse=True)
def folder(tmp_path, plain_backend, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, shade in (("cat", 0), ("dog", 120), ("owl", 240)):
        images = pixels(10, 6, 5, 3, seed=shade) // 2 + np.uint8(shade // 2)
        write_pictures(tmp_path / "zoo" / name, images)
    rng = np.random.default_rng(0)
    rows = np.column_stack([rng.normal([170, 60], [10, 5], (40, 2)), np.arange(40) % 2])
    lines = [f"{a:.4f},{b:.4f},{'mf'[int(c)]}" for a, b, c in rows]
    write_text(tmp_path / "people.csv", "\n".join(["height,mass,sex", *lines]))
    np.save(tmp_path / "grey.npy", pixels(30, 20, 15))
    return tmp_path


def said(capsys, *typed):
    """What a command prints; it must succeed."""
    capsys.readouterr()
    assert main([*typed]) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def error(capsys, *typed):
    """The one line of a command that is refused."""
    capsys.readouterr()
    assert main([*typed]) == 2
    out, err = capsys.readouterr()
    assert err.startswith("scratchae: ") and err.count("\n") == 1
    return err.removeprefix("scratchae: ").rstrip()


def train(capsys, model, data, *more):
    return said(capsys, "train", model, "--data", data, *SMALL, *more)


def test_training_says_what_was_found_and_the_checkpoint_remembers_it(capsys):
    out = train(capsys, "vae", "zoo")
    assert out.startswith("zoo: 24 training and 6 test images of 6 x 5 pixels, in "
                          "colour, divided by 255; in colour, as found; 20% for "
                          "testing, drawn at random, of each class alike\n")
    about = load("runs/vae-zoo.npz").about_["data"]
    assert about["source"] == "zoo" and about["shape"] == [6, 5, 3]
    assert about["classes"] == ["cat", "dog", "owl"] and about["columns"] is None
    assert about["scaling"] == {"kind": "pixels", "shift": 0, "scale": 255}


def test_a_table_gives_a_vae_a_gaussian_decoder_unless_one_was_typed(capsys):
    out = train(capsys, "vae", "people.csv")
    assert "not all numbers are in [0, 1]: --decoder gaussian\n" in out
    assert load("runs/vae-people.npz").decoder == "gaussian"
    assert "trained on 32 rows" in out
    assert "rows" not in train(capsys, "vae", "grey.npy")
    assert load("runs/vae-grey.npz").decoder == "bernoulli"
    typed = "train vae --data people.csv --decoder bernoulli --out b"
    assert error(capsys, *typed.split()) == (
        "--decoder bernoulli takes numbers in [0, 1], and people.csv has others, "
        "columns standardised: train with --decoder gaussian (or with --scale minmax, "
        "if no row may lie beyond those of the training)")
    train(capsys, "vae", "people.csv", "--variance", "0.5", "--out", "v")
    assert load("v/vae-people.npz").decoder_variance == 0.5
    typed = "train vae --data grey.npy --variance 0.5 --out g"
    assert error(capsys, *typed.split()) == "--variance 0.5 needs --decoder gaussian"
    train(capsys, "vae", "people.csv", "--scale", "minmax", "--test", "people.csv",
          "--out", "m")
    assert load("m/vae-people.npz").decoder == "bernoulli"


@pytest.mark.parametrize("typed, option", [
    ("vae --decoder bernoulli", "--decoder gaussian"),
    ("autoencoder --loss bernoulli", "--loss squared_error"),
])
def test_test_rows_beyond_the_training_are_refused_before_it(typed, option, capsys):
    message = error(capsys, "train", *typed.split(), "--data", "people.csv", "--scale",
                    "minmax", "--epochs", "1")
    assert message.endswith(f"train with {option}") and "brought to [0, 1]" in message


def test_a_finished_training_typed_again_is_complete(capsys):
    first = train(capsys, "vae", "people.csv")
    again = train(capsys, "vae", "people.csv")
    assert [line for line in first.splitlines() if "test" in line] == [
        line for line in again.splitlines() if "test" in line]


@pytest.mark.parametrize("data", ["zoo", "people.csv", "grey.npy"])
def test_evaluate_without_data_takes_those_of_the_training(data, capsys):
    first = train(capsys, "autoencoder", data)
    name = data.split(".")[0]
    again = said(capsys, "evaluate", f"runs/autoencoder-{name}.npz")
    sse = re.findall("sse: (.*)", first + again)
    assert len(sse) == 2 and sse[0] == sse[1]
    assert f" of {data}, " in again


def test_evaluate_scales_another_file_as_the_training_was_scaled(folder, capsys):
    said(capsys, "train", "pca", "--data", "people.csv", "--latent", "1")
    scaled = load_dataset("people.csv")
    write_text(folder / "new.csv", "mass,name,height\n61,Ann,171\n58,Bob,165\n")
    out = said(capsys, "evaluate", "runs/pca-people.npz", "--data", "new.csv", "--json")
    document = json.loads(out)
    assert document["n"] == 2 and document["data"] == "new.csv"
    x = scaled.scaling.apply(np.array([[171.0, 61], [165, 58]]))
    expected = load("runs/pca-people.npz").reconstruction_error(x)
    assert document["sse"] == pytest.approx(expected, rel=1e-5)


def test_evaluate_gives_other_pictures_the_size_of_the_training(folder, capsys):
    train(capsys, "autoencoder", "zoo")
    write_pictures(folder / "large", pixels(4, 60, 50))
    out = said(capsys, "evaluate", "runs/autoencoder-zoo.npz", "--data", "large")
    assert "4 test images of large, divided by 255\n" in out


MISFITS = {
    "grey.npy": "images of 20 x 15 pixels", "people.csv": "rows of 2 numbers",
}


@pytest.mark.parametrize("data", MISFITS)
def test_what_does_not_fit_the_model_is_said_in_shapes(data, capsys):
    train(capsys, "autoencoder", "zoo")
    typed = "evaluate", "runs/autoencoder-zoo.npz", "--data", data
    assert error(capsys, *typed) == (
        f"{data} has {MISFITS[data]}; the model was trained on images of 6 x 5 "
        "pixels in colour, zoo")


def test_data_that_are_gone_are_asked_for(folder, capsys):
    train(capsys, "autoencoder", "grey.npy")
    (folder / "grey.npy").rename(folder / "moved.npy")
    message = error(capsys, "evaluate", "runs/autoencoder-grey.npz")
    assert message == ("grey.npy, on which the model was trained, is not there: --data "
                       "PATH says where it is")
    typed = "evaluate", "runs/autoencoder-grey.npz", "--data", "moved.npy"
    assert "6 test images of moved.npy" in said(capsys, *typed)


def test_a_probe_needs_labels_and_training_rows(capsys):
    train(capsys, "autoencoder", "zoo")
    typed = "evaluate", "runs/autoencoder-zoo.npz", "--probe"
    assert "probe_error" in said(capsys, *typed)
    typed = *typed, "--data", "zoo/cat"
    assert "--probe: zoo/cat has no labels" in error(capsys, *typed)
    train(capsys, "autoencoder", "grey.npy")
    assert "has no labels" in error(capsys, "evaluate", "runs/autoencoder-grey.npz",
                                    "--probe")


def test_a_model_of_labels_says_where_they_come_from(capsys):
    message = error(capsys, "train", "cvae", "--data", "grey.npy", *SMALL)
    assert message.startswith("ConditionalVariationalAutoencoder needs labels, and "
                              "grey.npy has none: subfolders of pictures are classes")


def test_sample_writes_a_table_in_the_units_of_the_user(capsys):
    train(capsys, "vae", "people.csv")
    said(capsys, "sample", "runs/vae-people.npz", "-n", "50", "--out", "new.csv")
    with open("new.csv", newline="") as file:
        names, *rows = csv.reader(file)
    assert names == ["height", "mass"] and len(rows) == 50
    means = np.array(rows, float).mean(axis=0)
    np.testing.assert_allclose(means, [170, 60], atol=8)


def test_sample_writes_arrays_of_the_shape_and_range_of_the_data(capsys):
    train(capsys, "cvae", "zoo")
    said(capsys, "sample", "runs/cvae-zoo.npz", "-n", "5", "--out", "new.npy")
    new = np.load("new.npy")
    assert new.shape == (5, 6, 5, 3) and 1 < new.max() <= 255
    said(capsys, "sample", "runs/cvae-zoo.npz", "-n", "4", "--out", "new.csv")
    with open("new.csv", newline="") as file:
        names, *rows = csv.reader(file)
    assert names[:2] == ["label", "pixel0"]
    assert [row[0] for row in rows] == ["cat", "dog", "owl", "cat"]


@pytest.mark.parametrize("data", ["zoo", "people.csv"])
def test_sample_draws_what_the_data_are(data, capsys):
    train(capsys, "vae", data)
    name = data.split(".")[0]
    assert said(capsys, "sample", f"runs/vae-{name}.npz", "-n", "4") == (
        "runs/samples.png: 4 samples from VariationalAutoencoder, k = 2\n")
    with Image.open("runs/samples.png") as picture:
        assert picture.width > 100


@pytest.mark.parametrize("data", ["zoo", "people.csv", "grey.npy", "idx"])
def test_data_show_prints_what_is_there_and_draws_it(data, folder, capsys):
    write_idx(folder / "idx" / "train-images.idx3-ubyte", pixels(20, 5, 5))
    rows = ["--per-class", "2"] * (data != "people.csv")
    out = said(capsys, "data", "show", data, *rows)
    lines = dict(line.split(maxsplit=1) for line in out.splitlines())
    name = data.split(".")[0]
    assert lines["picture"] == f"runs/{name}.png" and lines["missing"] == "none"
    shape = {"zoo": "90 per row: images of 6 x 5 pixels, in colour",
             "people.csv": "2 per row: rows of 2 columns",
             "grey.npy": "300 per row: images of 20 x 15 pixels, grey",
             "idx": "25 per row: images of 5 x 5 pixels, grey"}
    assert lines["numbers"] == shape[data]
    with Image.open(f"runs/{name}.png") as picture:
        assert picture.width > 100


def test_data_show_counts_what_each_column_lacks_and_training_says_the_ways_out(
    folder, capsys
):
    write_text(folder / "h.csv", "a,b,c\n1,,\n,,4\n3,5,\n2,7,\n4,1,\n" + "5,2,\n" * 9)
    lines = dict(line.split(maxsplit=1)
                 for line in said(capsys, "data", "show", "h.csv").splitlines())
    assert lines["missing"] == "16 numbers, by column: 'a' 1, 'b' 2, 'c' 13"
    with Image.open("runs/h.png") as picture:
        assert picture.width > 100
    assert error(capsys, "train", "pca", "--data", "h.csv").endswith(
        "or keep them: train denoising --missing mask")
    write_text(folder / "e.csv", "a,b\n" + "1,\n2,\n" * 4)
    assert "constant  none\n" in said(capsys, "data", "show", "e.csv")
    typed = "train denoising --missing mask --data e.csv"
    assert error(capsys, *typed.split()) == (
        "e.csv: column 'b' has no number in any training row: leave it out")


TYPED = {
    "--data-dir x": "--data-dir x means nothing to zoo; it is the folder of mnist, "
                    "fashion-mnist, kmnist",
    "--label sex": "--label sex: zoo is a folder of pictures, to which that means "
                   "nothing",
    "--size 3": "--size 3: expected height x width, such as 28x28",
    "--test 1.5": "--test must be a float in the range (0, 1]. Got 1.5 instead.",
    "--test none": "none: no such file or folder;",
    "--scale std": "--scale must be a str among {'minmax', 'none', 'standard'}. Got "
                   "'std' instead.",
}


@pytest.mark.parametrize("typed", TYPED)
def test_errors_name_the_option_that_was_typed(typed, capsys):
    command = "train", "pca", "--data", "zoo", *typed.split()
    assert error(capsys, *command).startswith(TYPED[typed])


def test_grey_is_named_as_it_was_typed(capsys):
    message = error(capsys, "train", "pca", "--data", "people.csv", "--grey")
    assert message == "--grey: people.csv is a table, to which that means nothing"


def test_no_name_is_no_data(capsys):
    message = error(capsys, "train", "pca", "--data", "")
    assert message == "--data must be a name or a path. Got '' instead."


@pytest.mark.parametrize("data", ["strokes", "mnist"])
def test_a_folder_is_for_published_sets_only(data, capsys, monkeypatch):
    monkeypatch.delenv("SCRATCHAE_DATA", raising=False)
    message = error(capsys, "train", "pca", "--data", data, "--data-dir", "zoo")
    expected = {"strokes": "--data-dir zoo means nothing to strokes;",
                "mnist": "zoo has no train-images-idx3-ubyte"}
    assert message.startswith(expected[data])


@pytest.mark.parametrize("command", ["train pca", "data show"])
def test_a_share_of_one_leaves_no_training_rows(command, capsys):
    typed = f"{command} --data people.csv --test 1".split()
    assert error(capsys, *typed) == "--test 1 leaves no training rows"


@pytest.mark.parametrize("command", ["train pca", "data show"])
def test_a_share_means_nothing_to_a_set_with_a_test_part(command, capsys):
    typed = f"{command} --data strokes --test 0.3".split()
    assert error(capsys, *typed) == ("--test 0.3 means nothing to strokes, which has a "
                                     "test part")


def test_evaluate_says_the_scaling_and_the_units_of_rows(capsys):
    out = train(capsys, "vae", "people.csv")
    assert re.search("test elbo: .* nats/row\n", out)
    out = said(capsys, "evaluate", "runs/vae-people.npz", "--panel")
    assert "8 test rows of people.csv, columns standardised\n" in out
    assert re.search("sse: .* SSE/row\n", out) and "/img" not in out
    assert re.search("sse: .* SSE/img\n", train(capsys, "vae", "zoo"))
