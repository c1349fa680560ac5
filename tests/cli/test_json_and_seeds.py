"""Figures as one JSON document, and the seed of the noise that is in them."""

import argparse
import json
from pathlib import Path

import numpy as np
import pytest

from scratchae import analysis, load
from scratchae.cli import COMMANDS, build_parser, main
from scratchae.cli.trained_data import load_data_of
from scratchae.data import NAMED

# Commands that print no figures: what they make is a file, or is read as it passes.
WITHOUT_JSON = {"course", "lab", "train", "sample", "explore", "museum", "data fetch"}
WITHOUT_SEED = {  # and why
    "course": "each lecture has its own", "explore": "the codes of the test images",
    "anomalies": "a score is at the mean code", "museum": "each exhibit has its own",
    "bench": "each task has its own", "data fetch": "a file", "data show": "a file",
}


@pytest.fixture
def table(tmp_path, monkeypatch):
    """A table of four columns, and rows of which one lies far from it."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    for name, n in (("t", 60), ("new", 8)):
        x = rng.normal(size=(n, 2)) @ rng.normal(size=(2, 4))
        x[-1] += 9 * (name == "new")
        np.savetxt(f"{name}.csv", x, "%.4f", ",", header="a,b,c,d", comments="")


def said(capsys, *typed):
    """What a command prints that ends well."""
    capsys.readouterr()
    assert main(" ".join(typed).split()) == 0
    return capsys.readouterr().out


def document(capsys, *typed):
    return json.loads(said(capsys, *typed, "--json"))


def options_of(parser, name=""):
    """The options of each command, and of each of its actions if it has some."""
    below = [action for action in parser._actions
             if isinstance(action, argparse._SubParsersAction)]
    for action in below:
        for word, other in action.choices.items():
            yield from options_of(other, f"{name} {word}".strip())
    if not below:
        yield name, {o for action in parser._actions for o in action.option_strings}


def test_every_command_that_prints_figures_has_json_and_that_draws_noise_a_seed():
    found = dict(options_of(build_parser()))
    assert {name.split()[0] for name in found} == {c.NAME for c in COMMANDS}
    assert {name for name, has in found.items() if "--json" not in has} == WITHOUT_JSON
    assert {name for name, has in found.items() if "--seed" not in has} == {
        *WITHOUT_SEED}


@pytest.mark.parametrize("model", ["vae", "denoising"])
def test_the_seed_of_an_evaluation_is_that_of_its_noise(model, table, capsys):
    said(capsys, f"train {model} --data t.csv --hidden 8 --latent 2 --epochs 1")
    path = f"runs/{model}-t.npz"
    usual, zero, other = (document(capsys, "evaluate", path, seed) for seed in (
        "", "--seed 0", "--seed 5"))
    assert "seed" not in usual and zero == usual | {"seed": 0} and other["seed"] == 5
    fitted = load(path)
    x = load_data_of(fitted, build_parser().parse_args(["evaluate", path])).x[1]
    name = "elbo" if model == "vae" else "denoising_sse"
    assert other[name] == fitted.evaluate(x, random_state=5)[name] != usual[name]
    assert other["sse"] == usual["sse"]  # of the rows as they are


def test_the_seed_is_that_of_the_likelihood_and_of_the_panel_too(table, capsys):
    said(capsys, "train vae --data t.csv --hidden 8 --latent 2 --epochs 1")
    path = "runs/vae-t.npz"
    found = document(capsys, "evaluate", path, "--samples 4 --panel --seed 5")
    vae = load(path)
    x = load_data_of(vae, build_parser().parse_args(["evaluate", path])).x[1]
    assert found["log_likelihood"] == vae.log_likelihood(x, 4, random_state=5).mean
    rows = analysis.loss_panel(vae, x, random_state=5)
    assert [row[1] for row in found["panel"]] == [value for _, value, _ in rows]
    assert rows[0] != analysis.loss_panel(vae, x)[0]
    assert rows[3] != analysis.loss_panel(vae, x)[3]  # log p(x)


def test_a_seed_of_figures_without_noise_is_refused(table, capsys):
    said(capsys, "train pca --data t.csv --latent 2")
    assert main("evaluate runs/pca-t.npz --seed 0".split()) == 2
    assert capsys.readouterr().err == (
        "scratchae: --seed is for a vae, cvae or denoising; runs/pca-t.npz holds a "
        "PCA, whose figures have no noise\n")


def test_anomalies_in_json_are_those_that_are_printed(table, capsys):
    said(capsys, "train vae --data t.csv --hidden 8 --latent 2 --epochs 1")
    ask = "anomalies runs/vae-t.npz --data new.csv --top 3 --threshold 0.5"
    first, second, *lines = said(capsys, ask).splitlines()
    found = document(capsys, ask, "--out s.csv")
    assert first == (f"threshold: {found['threshold']:.4g}, the {found['quantile']:g} "
                     f"quantile of {found['normal']} normal rows")
    assert second == f"above it: {found['above']} of {found['n']} rows"
    assert found["scores"] == "s.csv" and Path("s.csv").exists()
    for row, line in zip(found["rows"], lines, strict=True):
        what = "; ".join("{feature} {value:.4g} (expected {expected:.4g}, {share:.0%})"
                         .format(**feature) for feature in row["features"])
        mark = "*" if row["above"] else " "
        assert line == f"{mark} row {row['row']}: {row['score']:.4g}  {what}"


def test_a_missing_value_is_null_and_no_warning(table, capsys):
    text = Path("t.csv").read_text()
    Path("t.csv").write_text(text.replace(text.splitlines()[5].split(",")[0], "", 1))
    Path("new.csv").write_text("a,b,c,d\n,,0.1,0.2\n")
    said(capsys, "train denoising --missing mask --data t.csv --hidden 4 --epochs 1")
    row, = document(capsys, "anomalies runs/denoising-t.npz --data new.csv")["rows"]
    values = {one["feature"]: one["value"] for one in row["features"]}
    told = {values[name] for name in "ab" if name in values}
    assert told == {None} and values.keys() & {*"cd"}
    assert "JSON cannot say" not in capsys.readouterr().err


def test_a_data_set_in_json_is_what_is_printed(table, capsys):
    lines = said(capsys, "data show t.csv").splitlines()
    found = document(capsys, "data show t.csv --out p.png")
    assert found.pop("picture") == "p.png" and Path("p.png").exists()
    assert lines[:-1] == [f"{what:<9} {text}" for what, text in
                          found.pop("told").items()]
    assert "t.csv" not in NAMED and found == {
        "data": "t.csv", "training": 48, "test": 12, "numbers": 4, "shape": None,
        "columns": [*"abcd"]}
