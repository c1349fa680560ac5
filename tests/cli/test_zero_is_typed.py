"""Nought is an answer: an option of 0 is not the lack of one."""

import json

import numpy as np
import pytest

from scratchae import Autoencoder
from scratchae.cli import build_parser, evaluate, main
from scratchae.cli.model_options import build_model
from scratchae.data import Dataset

ZEROS = {  # options of train whose default is another number
    "vae --kl-weight 0": ("kl_weight", 0.0),
    "vae --hidden=": ("hidden_layer_sizes", ()),
    "autoencoder --hidden=": ("hidden_layer_sizes", ()),
    "sparse --penalty-weight 0": ("penalty_weight", 0.0),
    "denoising --level 0": ("level", 0.0),
    "stacked --level 0": ("level", 0.0),
    "stacked --pretrain-epochs 0": ("pretrain_epochs", 0),
}


@pytest.mark.parametrize("typed", ZEROS)
def test_an_option_of_train_that_is_0_reaches_the_model(typed):
    name, zero = ZEROS[typed]
    model = build_model(build_parser().parse_args(["train", *typed.split()]))
    assert getattr(model, name) == zero != type(model)().get_params()[name]
    assert model.random_state == 0


@pytest.mark.parametrize("typed", [
    "vae --samples-warmup 0", "vae --kl-warmup 0 --kl-weight 0",
    "vae --free-bits 0 --kl-weight 0",
    "stacked --level 0 --pretrain-epochs 0", "sparse --penalty-weight 0 --penalty l1",
    "sparse --penalty-weight 0 --penalty top_k", "vae --hidden= --samples-warmup 0",
])
def test_an_option_of_0_asks_for_nothing(typed):
    """What would be refused of another number: there is nothing of it to be done."""
    options = build_parser().parse_args(["train", *typed.split()])
    build_model(options)


def test_a_probe_without_decay_is_trained_without(monkeypatch):
    class Probe:
        def __init__(self, weight_decay=1e-3):
            self.weight_decay = weight_decay

        def fit(self, codes, labels):
            return self

        def score(self, codes, labels):
            return self.weight_decay

    monkeypatch.setattr(evaluate, "LinearProbe", Probe)
    x, y = np.random.default_rng(0).uniform(size=(6, 4)), np.arange(6) % 2
    data = Dataset((x[:4], x[4:]), (y[:4], y[4:]), None, "mine")
    model = Autoencoder(2, (), epochs=1, verbose=False).fit(x)
    kept = [1 - evaluate.probe_error(model, data, decay) for decay in (0.0, 0.5, None)]
    assert kept == pytest.approx([0.0, 0.5, 1e-3], abs=1e-12)


def test_questions_of_seed_0_are_asked_again(capsys):
    asked = []
    for _ in range(2):
        assert main("exam --lecture 08 --seed 0 --json".split()) == 0
        asked.append(json.loads(capsys.readouterr().out))
    assert asked[0] == asked[1] and asked[0]["seed"] == 0


def test_a_decay_of_0_means_nothing_without_a_probe_either(tmp_path, capsys):
    x = np.random.default_rng(0).uniform(size=(6, 4))
    Autoencoder(2, (), epochs=1, verbose=False).fit(x).save(tmp_path / "m.npz")
    assert main(["evaluate", str(tmp_path / "m.npz"), "--probe-decay", "0"]) == 2
    assert capsys.readouterr().err == "scratchae: --probe-decay 0 needs --probe\n"
