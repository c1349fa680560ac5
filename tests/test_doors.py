"""From the door to the mathematics: every option and every parameter arrives.

An option or a parameter without a row in the tables below fails.
"""

import argparse
import inspect
import json
from types import SimpleNamespace

import numpy as np
import pytest
from estimators import CLASSES, data, fitted, labels_of, make

import scratchae
from scratchae import course
from scratchae.cli import build_parser, evaluate, main, train
from scratchae.networks.variational import VariationalNetwork

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
    "--pretrain-epochs": ("3", 3),
    "--fine-tune-level": ("0.35", 0.35),
    "--decoder": ("gaussian", "gaussian"),
    "--variance": ("0.5", 0.5),
    "--posterior": ("full", "full"),
    "--objective": ("iwae", "iwae"),
    "--samples": ("6", 6),
    "--free-bits": ("0.2", 0.2),
    "--kl-weight": ("0.4", 0.4),
    "--kl-warmup": ("11", 11),
    "--epochs": ("13", 13),
    "--batch-size": ("17", 17),
    "--learning-rate": ("0.03", 0.03),
    "--optimizer": ("momentum", "momentum"),
    "--schedule": ("step", "step"),
    "--weight-decay": ("0.06", 0.06),
    "--validation": ("0.25", 0.25),
    "--patience": ("19", 19),
    "--seed": ("23", 23),
}
NEEDS = {"--patience": ["--validation", "0.1"], "--variance": ["--decoder", "gaussian"]}
NO_PARAMETER = {  # tested below or in test_cli_files
    "--data", "--data-dir", "--resume", "--out", "--overwrite", "--debug", "--help",
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
    monkeypatch.setitem(course.SIZES, ("strokes", False), (60, 30))
    with scratchae.backend("numpy"):
        yield


@pytest.fixture
def asked(monkeypatch):
    """What `train` asks for: the model it fits, the data, the paths."""
    got = SimpleNamespace()

    def load(*arguments):
        got.data = arguments
        return SimpleNamespace(images=([], []), labels=([], []))

    def fit(model, x, labels, path, resume):
        got.model, got.path, got.resume = model, path, resume
        raise KeyboardInterrupt

    monkeypatch.setattr(train, "load_digits", load)
    monkeypatch.setattr(train, "fit", fit)
    return got


def test_every_option_of_train_has_a_row():
    assert options_of("train") == TYPED.keys() | NO_PARAMETER


def test_every_option_names_the_parameter_that_it_gives():
    given = {f"--{name.replace('_', '-')}" for name in train.PARAMETERS}
    assert given == TYPED.keys()


# The tables of names are the code's; what each means is said here once more.
MEANS = {
    "--latent": "n_components", "--hidden": "hidden_layer_sizes",
    "--tied": "tied_weights", "--active": "n_active", "--variance": "decoder_variance",
    "--samples": "n_samples", "--kl-warmup": "kl_warmup_epochs",
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
        if option != "--seed":  # models that draw nothing have no use for the default
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


def test_resume_reaches_train(asked, tmp_path):
    (tmp_path / "old.npz").write_bytes(b"")
    main("train vae --resume old.npz".split())
    assert str(asked.path) == str(asked.resume) == "old.npz"


def weights(*typed):
    """Weights of a VAE that the command line trains."""
    command = "train vae --hidden 6 --latent 2 --epochs 2 --overwrite"
    assert main([*command.split(), *typed]) == 0
    return scratchae.load("runs/vae-strokes.npz").parameters_.theta


def test_equal_seeds_train_alike_and_others_do_not():
    first = weights("--seed", "1")
    np.testing.assert_array_equal(weights("--seed", "1"), first)
    assert not np.allclose(weights("--seed", "2"), first)


@pytest.fixture
def vae():
    weights()
    return "runs/vae-strokes.npz"


def drawn(checkpoint, capsys, monkeypatch, *typed):
    """The images that `sample` draws into a grid."""
    got = []
    grid = "scratchae.plots.image_grid"
    monkeypatch.setattr(grid, lambda images, title: got.append((images, title)))
    monkeypatch.setattr("scratchae.plots.save_figure", lambda figure, path: path)
    assert main(["sample", checkpoint, *typed]) == 0
    return got[0]


def test_every_option_of_sample_and_evaluate_is_tested():
    shared = {"--debug", "--help"}
    assert options_of("sample") == shared | {
        "-n", "--mode", "--seed", "--out", "--overwrite",
    }
    assert options_of("evaluate") == shared | {
        "--data", "--data-dir", "--samples", "--probe", "--panel", "--json",
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
    assert capsys.readouterr().out == "there.png\n"


def figures(vae, capsys, *typed):
    capsys.readouterr()
    assert main(["evaluate", vae, "--json", *typed]) == 0
    return json.loads(capsys.readouterr().out)


def test_options_of_evaluate_reach_its_figures(vae, capsys, monkeypatch):
    plain = figures(vae, capsys)
    assert "probe_error" in figures(vae, capsys, "--probe").keys() - plain.keys()
    one = figures(vae, capsys, "--samples", "1")["effective_sample_size"]
    many = figures(vae, capsys, "--samples", "30")["effective_sample_size"]
    assert one == pytest.approx(1) and 1 < many <= 30
    panel = figures(vae, capsys, "--panel")["panel"]
    assert ["ELBO", pytest.approx(plain["elbo"]), "nats/img"] in panel
    main(["evaluate", vae])
    text = capsys.readouterr().out
    main(["evaluate", vae, "--panel"])
    assert "bits/dim" in capsys.readouterr().out and "bits/dim" not in text
    asked, load = [], evaluate.load_digits
    monkeypatch.setattr(evaluate, "load_digits",
                        lambda *a: asked.append(a) or load("strokes"))
    figures(vae, capsys, "--data", "mnist", "--data-dir", "there")
    assert asked == [("mnist", "there")]


# Another value of every constructor parameter, and what it needs to have an effect.
OTHER = {
    "n_components": (3, {}),
    "hidden_layer_sizes": ((5,), {}),
    "activation": ("tanh", {}),
    "code_activation": ("sigmoid", {"penalty": "l1"}),
    "output_activation": ("sigmoid", {}),
    "loss": ("bernoulli", {}),
    "tied_weights": (True, {}),
    "optimizer": ("momentum", {}),
    "learning_rate": (0.05, {}),
    "schedule": ("constant", {}),
    "weight_decay": (0.1, {}),
    "batch_size": (7, {}),
    "epochs": (3, {}),
    "validation_fraction": (0.3, {}),
    "patience": (1, {"validation_fraction": 0.3, "epochs": 60, "learning_rate": 0.1}),
    "random_state": (1, {}),
    "binarize": (False, {}),
    "decoder": ("gaussian", {}),
    "decoder_variance": (0.1, {"decoder": "gaussian"}),
    "posterior": ("full", {}),
    "objective": ("iwae", {"n_samples": 3}),
    "n_samples": (3, {}),
    "kl_weight": (0.5, {}),
    "kl_warmup_epochs": (4, {}),
    "free_bits": (1.0, {}),
    "corruption": ("gaussian", {}),
    "level": (0.6, {}),
    "corrupted_weight": (5.0, {}),
    "penalty": ("l1", {}),
    "penalty_weight": (2.0, {}),
    "rho": (0.3, {}),
    "n_active": (1, {"penalty": "top_k", "n_components": 4}),
    "pretrain_epochs": (3, {}),
    "fine_tune_level": (0.5, {}),
    "whiten": (True, {}),
    "tol": (0.1, {}),
    "max_iter": (1, {}),
    "dtype": (None, {}),  # below
    "verbose": (True, {}),  # below
}
ALL = [(name, parameter) for name, cls in CLASSES.items()
       for parameter in inspect.signature(cls).parameters]
QUIET = ("dtype", "verbose")


def test_every_constructor_parameter_has_a_row():
    assert {parameter for _, parameter in ALL} == OTHER.keys()


def learned(name, **options):
    """What training has found: weights, or what the model answers where it has none."""
    model, X = fitted(name, **options), data()[0]
    if hasattr(model, "parameters_"):
        return model.parameters_.theta
    if hasattr(model, "predict_proba"):
        return model.predict_proba(X)
    return model.transform(X)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "name, parameter", [(n, p) for n, p in ALL if p not in QUIET]
)
def test_parameter_changes_what_is_learned(name, parameter):
    value, needed = OTHER[parameter]
    known = inspect.signature(CLASSES[name]).parameters
    needed = {key: v for key, v in needed.items() if key in known}
    if parameter == "n_active":
        needed["n_active"] = 2
    before = learned(name, **needed)
    np.testing.assert_array_equal(learned(name, **needed), before)
    after = learned(name, **needed | {parameter: value})
    assert after.shape != before.shape or not np.allclose(after, before, atol=1e-7)


@pytest.mark.parametrize("name", sorted({n for n, p in ALL if p == "dtype"}))
def test_dtype_is_that_of_the_codes(name):
    X, y = data()
    for dtype in ("float32", "float64"):
        model = fitted(name, dtype=dtype)
        assert model.transform(X, *labels_of(model.transform, y)).dtype == dtype


@pytest.mark.parametrize("name", sorted({n for n, p in ALL if p == "verbose"}))
def test_verbose_shows_the_epochs_and_changes_nothing(name, capsys):
    quiet = learned(name)
    assert "epoch" not in capsys.readouterr().err
    np.testing.assert_array_equal(learned(name, verbose=True), quiet)
    assert "epoch 2/2" in capsys.readouterr().err


def test_warm_up_reaches_the_draw_of_each_epoch(rng):
    network = VariationalNetwork((6, 4, 2), kl_weight=0.8, kl_warmup_epochs=4)
    x = np.ones((3, 6), np.float32)
    weights = [network.draw(x, rng, epoch)["kl_weight"] for epoch in (1, 2, 4, 9, None)]
    np.testing.assert_allclose(weights, [0.2, 0.4, 0.8, 0.8, 0.8])


def test_encoder_and_decoder_are_told_the_label():
    X, y = data()
    model = fitted("ConditionalVariationalAutoencoder")
    codes, other = model.transform(X, y), (y + 1) % 3
    assert np.abs(model.transform(X, other) - codes).max(axis=1).min() > 1e-6
    decoded = model.inverse_transform(codes, y)
    assert np.abs(model.inverse_transform(codes, other) - decoded).max(axis=1).min() > 0
    means = [model.encode_distribution(X, labels)[0] for labels in (y, other)]
    assert np.abs(means[1] - means[0]).max(axis=1).min() > 1e-6
    heads = [model.encoder_output(X, labels) for labels in (y, other)]
    assert np.abs(heads[1] - heads[0]).max(axis=1).min() > 1e-6
    kl = [model.evaluate(X, labels)["kl"] for labels in (y, other)]
    assert kl[0] != kl[1]


def test_pretraining_has_the_seed_of_its_classifier():
    layers = [fitted("StackedClassifier", random_state=s).layers_[0] for s in (0, 0, 1)]
    theta = [layer.parameters_.theta for layer in layers]
    np.testing.assert_array_equal(theta[0], theta[1])
    assert not np.allclose(theta[0], theta[2])


def test_gradient_reaches_the_label_columns_of_the_encoder():
    X, y = data()
    start = make("ConditionalVariationalAutoencoder", learning_rate=1e-12).fit(X, y)
    end = make("ConditionalVariationalAutoencoder", learning_rate=0.1).fit(X, y)
    first = [m.encoder_.layers[0].W[X.shape[1] :] for m in (start, end)]
    assert np.abs(first[1] - first[0]).max(axis=1).min() > 1e-3


def test_pretraining_has_its_classifiers_options_and_fine_tuning_its_layers():
    given = {
        "corruption": "gaussian", "level": 0.6, "batch_size": 7, "learning_rate": 0.02,
        "dtype": "float64", "fine_tune_level": 0.1, "pretrain_epochs": 3,
    }
    model = fitted("StackedClassifier", **given)
    shared = given.keys() - {"fine_tune_level", "pretrain_epochs"}
    for layer in model.layers_:
        told = layer.get_params()
        assert {n: told[n] for n in shared} == {n: given[n] for n in shared}
        assert len(layer.history_["loss"]) == 3
    network = model._build_network(6, 3)
    network.pretrained = model.layers_
    network.initialise(np.random.default_rng(0), None)
    for mine, layer in zip(network.encoder.layers, model.layers_, strict=False):
        for name in ("W", "b"):
            trained = getattr(layer.encoder_.layers[0], name)
            assert trained.any()
            np.testing.assert_array_equal(getattr(mine, name), trained)
