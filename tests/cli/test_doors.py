"""From the door to the mathematics: every option and every parameter arrives.

An option or a parameter without a row in the tables below fails.
"""

import argparse
import json
from types import SimpleNamespace

import numpy as np
import pytest

import scratchae
from scratchae import data_options
from scratchae.cli import build_parser, evaluate, main, model_options, train
from scratchae.data import Dataset

TYPED = {  # option of train: what is typed, and the value that the model has then
    "--latent": ("7", 7),
    "--hidden": ("9,8", (9, 8)),
    "--activation": ("tanh", "tanh"),
    "--loss": ("bernoulli", "bernoulli"),
    "--tied": (None, True),
    "--penalty": ("l1", "l1"),
    "--penalty-weight": ("0.7", 0.7),
    "--rho": ("0.21", 0.21),
    "--active": ("5", 5),
    "--corruption": ("gaussian", "gaussian"),
    "--level": ("0.45", 0.45),
    "--missing": ("mask", "mask"),
    "--pretrain-epochs": ("3", 3),
    "--fine-tune-level": ("0.35", 0.35),
    "--decoder": ("gaussian", "gaussian"),
    "--variance": ("0.5", 0.5),
    "--posterior": ("full", "full"),
    "--objective": ("iwae", "iwae"),
    "--samples": ("6", 6),
    "--samples-warmup": ("7", 7),
    "--gradient-samples": ("2", 2),
    "--free-bits": ("0.2", 0.2),
    "--kl-weight": ("0.4", 0.4),
    "--kl-warmup": ("11", 11),
    "--epochs": ("13", 13),
    "--batch-size": ("17", 17),
    "--learning-rate": ("0.03", 0.03),
    "--optimizer": ("momentum", "momentum"),
    "--schedule": ("step", "step"),
    "--weight-decay": ("0.06", 0.06),
    "--shift": ("0.4", 0.4),
    "--undo-shift": (None, True),
    "--validation": ("0.25", 0.25),
    "--patience": ("19", 19),
    "--seed": ("23", 23),
}
NEEDS = {
    "--patience": ["--validation", "0.1"],
    "--variance": ["--decoder", "gaussian"],
    "--active": ["--penalty", "top_k"],
    "--activation": ["--hidden", "9,8"],
    "--gradient-samples": ["--objective", "iwae"],
    "--samples-warmup": ["--samples", "3"],
    "--undo-shift": ["--shift", "1"],
}
DATA = ("--data", "--data-dir", "--test", "--size", "--colour", "--grey", "--label",
        "--scale")
NO_PARAMETER = {  # tested below or in test_cli_files
    *DATA, "--resume", "--out", "--overwrite", "--debug", "--help",
}


def options_of(*names):
    """The options of a command, as they are typed."""
    parser = build_parser()
    for name in names:
        (commands,) = (a for a in parser._actions
                       if isinstance(a, argparse._SubParsersAction))
        parser = commands.choices[name]
    strings = (a.option_strings for a in parser._actions if a.option_strings)
    return {some[-1] for some in strings}


@pytest.fixture(autouse=True)
def small(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(data_options.SIZES, ("strokes", False), (60, 30))
    with scratchae.backend("numpy"):
        yield


@pytest.fixture
def vae():
    """The path of a VAE that the command line has trained."""
    weights()
    return "runs/vae-strokes.npz"


@pytest.fixture
def asked(monkeypatch):
    """What `train` asks for: the model it fits, the data, the paths."""
    got = SimpleNamespace()

    def load(options):
        got.data = options.data, options.data_dir
        return Dataset((np.zeros((1, 4)),) * 2, (np.zeros(1, int),) * 2, None, "x")

    def fit(model, x, labels, path, resume):
        got.model, got.path, got.resume = model, path, resume
        raise KeyboardInterrupt

    monkeypatch.setattr(train, "load_data", load)
    monkeypatch.setattr(train, "fit", fit)
    return got


def test_every_option_of_train_has_a_row():
    assert options_of("train") == TYPED.keys() | NO_PARAMETER


def test_every_option_names_the_parameter_that_it_gives():
    assert {*model_options.TYPED.values()} == TYPED.keys()


# The tables of names are the code's; what each means is said here once more.
MEANS = {
    "--latent": "n_components", "--hidden": "hidden_layer_sizes",
    "--tied": "tied_weights", "--active": "n_active", "--variance": "decoder_variance",
    "--samples": "n_samples", "--samples-warmup": "samples_warmup_epochs",
    "--kl-warmup": "kl_warmup_epochs",
    "--validation": "validation_fraction", "--seed": "random_state",
}


@pytest.mark.parametrize("model", train.MODELS)
@pytest.mark.parametrize("option", TYPED)
def test_option_of_train_reaches_the_model_or_is_refused(model, option, asked, capsys):
    name = MEANS.get(option, option.lstrip("-").replace("-", "_"))
    text, value = TYPED[option]
    typed = [option] if text is None else [option, text]
    before = train.MODELS[model]().get_params()
    if name not in before:
        assert main(["train", model, *typed]) == 2
        assert option in capsys.readouterr().err
        return
    needed = NEEDS.get(option, [])
    assert main(["train", model, *needed, *typed]) == 130
    after = asked.model.get_params()
    assert after[name] == value != before[name]
    also = {"random_state"} | (
        {MEANS.get(needed[0], needed[0][2:])} if needed else set()
    )
    assert {n for n in after if after[n] != before[n]} - also <= {name}


@pytest.mark.parametrize("model", train.MODELS)
def test_without_options_train_has_the_defaults_and_seed_0(model, asked):
    main(["train", model])
    expected = train.MODELS[model]().get_params()
    if "random_state" in expected:
        expected["random_state"] = 0
    assert asked.model.get_params() == expected


def test_options_of_the_data_and_the_place_reach_train(asked):
    main("train vae --data mnist --data-dir there --out here".split())
    assert asked.data == ("mnist", "there")
    assert str(asked.path) == "here/vae-mnist.npz" and asked.resume is None


def test_resume_reaches_train(vae, asked):
    command = f"train vae --hidden 6 --latent 2 --epochs 2 --resume {vae}"
    main(command.split())
    assert str(asked.path) == str(asked.resume) == vae


def weights(*typed):
    """Weights of a VAE that the command line trains."""
    command = "train vae --hidden 6 --latent 2 --epochs 2 --overwrite"
    assert main([*command.split(), *typed]) == 0
    return scratchae.load("runs/vae-strokes.npz").parameters_.theta


def test_equal_seeds_train_alike_and_others_do_not():
    first = weights("--seed", "1")
    np.testing.assert_array_equal(weights("--seed", "1"), first)
    assert not np.allclose(weights("--seed", "2"), first)


def drawn(checkpoint, capsys, monkeypatch, *typed):
    """The images that `sample` draws into a grid."""
    got = []
    grid = "scratchae.plots.image_grid"
    monkeypatch.setattr(grid, lambda images, title, **_: got.append((images, title)))
    monkeypatch.setattr("scratchae.plots.save_figure", lambda figure, path: path)
    assert main(["sample", checkpoint, *typed]) == 0
    return got[0]


def test_every_option_of_sample_and_evaluate_is_tested():
    shared = {"--debug", "--help"}
    assert options_of("sample") == shared | {
        "-n", "--mode", "--seed", "--out", "--overwrite",
    }
    assert options_of("evaluate") == shared | {
        "--samples", "--probe", "--probe-decay", "--panel", "--seed", "--json", *DATA,
    }


@pytest.mark.parametrize("model", ["vae", "cvae", "ppca"])
def test_options_of_sample_reach_the_draw(model, capsys, monkeypatch):
    epochs = [] if model == "ppca" else ["--epochs", "1", "--hidden", "6"]
    main(["train", model, "--latent", "2", *epochs])
    draw = [f"runs/{model}-strokes.npz", capsys, monkeypatch]
    first, title = drawn(*draw, "-n", "5", "--seed", "3")
    assert len(first) == 5 and title.startswith("5 samples")
    np.testing.assert_array_equal(drawn(*draw, "-n", "5", "--seed", "3")[0], first)
    assert not np.allclose(drawn(*draw, "-n", "5", "--seed", "4")[0], first)
    pixels = drawn(*draw, "-n", "5", "--seed", "3", "--mode", "sample")[0]
    assert not np.allclose(pixels, first)
    capsys.readouterr()
    drawn(*draw, "--out", "there.png")
    assert capsys.readouterr().out.startswith("there.png: 64 samples from ")


def figures(vae, capsys, *typed):
    capsys.readouterr()
    assert main(["evaluate", vae, "--json", *typed]) == 0
    return json.loads(capsys.readouterr().out)


def test_options_of_evaluate_reach_its_figures(vae, capsys, monkeypatch):
    plain = figures(vae, capsys)
    assert "probe_error" in figures(vae, capsys, "--probe").keys() - plain.keys()
    flat = figures(vae, capsys, "--probe", "--probe-decay", "1e9")["probe_error"]
    digits, model = scratchae.data.load_strokes(60, 30), scratchae.load(vae)
    codes = [*map(model.transform, digits.x)]
    probe = scratchae.LinearProbe(weight_decay=1e9).fit(codes[0], digits.labels[0])
    assert flat == probe.error_rate(codes[1], digits.labels[1])
    one = figures(vae, capsys, "--samples", "1")["effective_sample_size"]
    many = figures(vae, capsys, "--samples", "30")["effective_sample_size"]
    assert one == pytest.approx(1) and 1 < many <= 30
    panel = figures(vae, capsys, "--panel")["panel"]
    assert ["ELBO", pytest.approx(plain["elbo"]), "nats/img"] in panel
    main(["evaluate", vae])
    text = capsys.readouterr().out
    main(["evaluate", vae, "--panel"])
    assert "bits/dim" in capsys.readouterr().out and "bits/dim" not in text
    asked, load = [], evaluate.load_data_of

    def remember(model, options):
        asked.append((options.data, options.data_dir))
        options.data, options.data_dir = "strokes", None
        return load(model, options)

    monkeypatch.setattr(evaluate, "load_data_of", remember)
    figures(vae, capsys, "--data", "mnist", "--data-dir", "there")
    assert asked == [("mnist", "there")]
