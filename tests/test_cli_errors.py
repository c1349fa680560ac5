"""The command line says what is wrong in one line, and writes JSON that can be read."""

import json
import warnings

import numpy as np
import pytest

from scratchae import load
from scratchae.cli import main

pytestmark = pytest.mark.usefixtures("small")


@pytest.mark.parametrize(
    "arguments, message",
    [
        ("train vae --activation rellu", "Did you mean 'relu'?"),
        ("train pca --epochs 3", "--epochs means nothing to pca; it has --latent"),
        ("train vae --tied", "--tied means nothing to vae; it has --latent"),
        ("evaluate none.npz", "none.npz: no such checkpoint"),
        ("sample none.npz", "no such checkpoint"),
        ("evaluate none.npz --data mnist --data-dir nowhere", "no such checkpoint"),
        ("train pca --data mnist --data-dir nowhere", "nowhere"),
        ("course 99", "no lecture '99'; expected one of 01_autoencoder"),
    ],
)
def test_user_errors_are_one_line_on_stderr_and_status_2(arguments, message, capsys):
    assert main(arguments.split()) == 2
    out, err = capsys.readouterr()
    assert message in err and err.count("\n") == 1 and "Traceback" not in err
    assert out == ""


@pytest.mark.parametrize(
    "arguments",
    ["train", "train gan", "train vae --epochs 0", "train vae --latent x", "frobnicate",
     "train vae --hidden 400,-1", "train vae --seed -1", "sample c.npz -n 0"],
)
def test_usage_errors_exit_with_status_2(arguments):
    with pytest.raises(SystemExit) as caught:
        main(arguments.split())
    assert caught.value.code == 2


ENDLESS = {"sse": np.inf, "panel": [["ELBO", -np.inf, "nats"]], "kl": 2.5}


@pytest.mark.parametrize("command, place, answer", [
    ("evaluate c.npz", "scratchae.VariationalAutoencoder.evaluate", dict(ENDLESS)),
    ("gradcheck l1", "scratchae.gradcheck.GradientReport.to_json_dict", ENDLESS),
    ("bench", "scratchae.benchmark.run.run", ENDLESS),
])
def test_json_has_null_and_stderr_a_line_for_what_is_infinite(
    command, place, answer, checkpoint, monkeypatch, capsys
):
    monkeypatch.setattr(place, lambda *a: answer)
    assert main([*command.replace("c.npz", checkpoint).split(), "--json"]) == 0
    out, err = capsys.readouterr()
    document = json.loads(out, parse_constant=pytest.fail)  # Infinity is no JSON
    assert document["sse"] is None and document["kl"] == 2.5
    assert document["panel"] == [["ELBO", None, "nats"]]
    assert err.splitlines() == [
        "warning: sse is inf, which JSON cannot say: it is null there",
        "warning: panel is -inf, which JSON cannot say: it is null there",
    ]


def test_a_warning_is_one_line_on_stderr_if_python_is_to_show_it(monkeypatch, capsys):
    def show(_):
        warnings.warn("of two\nlines", RuntimeWarning, stacklevel=1)

    monkeypatch.setattr("scratchae.cli.data.show", show)
    said = {"always": "warning: of two lines\n", "ignore": ""}
    for choice, text in said.items():
        with warnings.catch_warnings():
            warnings.simplefilter(choice)
            before = warnings.showwarning
            assert main(["data", "show"]) == 0
            assert warnings.showwarning is before
        assert capsys.readouterr().err == text
    with warnings.catch_warnings(), pytest.raises(RuntimeWarning):
        warnings.simplefilter("error")
        main(["data", "show"])


def test_debug_shows_the_traceback():
    with pytest.raises(ValueError):
        main("evaluate none.npz --debug".split())


def test_refused_training_leaves_no_file(tmp_path):
    main("train vae --activation rellu".split())
    assert not list(tmp_path.iterdir())


def test_diverged_training_keeps_the_last_finite_weights(capsys):
    arguments = "train autoencoder --optimizer sgd --learning-rate 1e12 --epochs 2"
    with np.errstate(all="ignore"):
        assert main(arguments.split()) == 2
    assert "training diverged in epoch 1" in capsys.readouterr().err
    weights = load("runs/autoencoder-strokes-diverged.npz").parameters_.theta
    assert np.isfinite(weights).all()
