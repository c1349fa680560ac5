"""What is typed or given arrives where it acts: a seed, a share, an older file."""

import json

import numpy as np
import pytest
from lab_tools import LABS

from scratchae import Autoencoder, VariationalAutoencoder, labs
from scratchae.checkpoints.format import as_read
from scratchae.cli import main
from scratchae.cli.again import differences
from scratchae.labs.runner import Child, Outcome
from scratchae.labs.specification import Part

LAB = LABS["02"]
CELL = {"cell_type": "code", "source": "x = 1", "metadata": {}, "outputs": [],
        "execution_count": None}
FILES = {"a.py": "x = 1", "a.ipynb": json.dumps(
    {"cells": [CELL], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("seed", [0, 3])
def test_a_file_is_run_on_the_inputs_of_the_seed(name, seed, tmp_path, monkeypatch):
    ran = []

    def run_file(lab, path, cases, *how):
        ran.append((lab, cases, how))
        return [Outcome("unwritten") for _ in lab.parts], ""

    monkeypatch.setattr(labs, "run_file", run_file)
    (tmp_path / name).write_text(FILES[name])
    labs.check(LAB, tmp_path / name, seed, 0.5, "cages")
    ((lab, cases, how),) = ran
    assert lab is LAB and how[:2] == (0.5, "cages")
    assert list(how[2]) == ([1] if name == "a.ipynb" else [])  # where cells begin
    for part, given in zip(LAB.parts, cases, strict=True):
        rng = np.random.default_rng([seed, 0])
        wanted = part.inputs(rng, part.sizes[0])
        assert given[0].inputs.keys() == wanted.keys()
        for key, value in wanted.items():
            np.testing.assert_array_equal(given[0].inputs[key], value)


def test_students_have_the_inputs_of_seed_0_and_the_labs_own_seconds(
    tmp_path, monkeypatch
):
    """A grader has others: who copies numbers gets none of the points."""
    ran = []
    monkeypatch.setattr(labs, "run_file", lambda lab, path, cases, *how: (
        ran.append((cases, how)) or ([Outcome("unwritten") for _ in lab.parts], "")))
    (tmp_path / "a.py").write_text("")
    labs.check(LAB, tmp_path / "a.py")
    ((cases, how),) = ran
    assert how[:2] == (None, Child)
    for part, *given in zip(LAB.parts, cases, map(Part.cases, LAB.parts),
                            strict=True):
        wanted = part.inputs(np.random.default_rng([0, 1]), part.sizes[1])
        for found in given:
            assert all(np.array_equal(found[1].inputs[name], value)
                       for name, value in wanted.items())


def of_older_file(model, without):
    """What a checkpoint of this model says that was written before one option was."""
    params = as_read(model.get_params())
    del params[without]
    return {"params": params}


@pytest.mark.parametrize("kind, name, value, said", [
    (Autoencoder, "tied_weights", True, "--tied not given, now given"),
    (VariationalAutoencoder, "free_bits", 0.5, "--free-bits 0.0, now 0.5"),
    (VariationalAutoencoder, "weight_decay", 0.1, "--weight-decay 0.0, now 0.1"),
])
def test_an_option_younger_than_a_file_had_its_default_there(kind, name, value, said):
    old = of_older_file(kind(3), name)
    assert differences(kind(3), old) == []
    assert differences(kind(3, **{name: value}), old) == [said]


def test_the_share_that_is_typed_is_that_of_the_other_file(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    for name, n in ("t", 30), ("other", 20):
        np.savetxt(f"{name}.csv", rng.normal(size=(n, 3)), delimiter=",",
                   header="a,b,c", comments="")
    assert main("train pca --data t.csv --latent 1".split()) == 0
    typed = "evaluate runs/pca-t.npz --data other.csv --test"
    for share, rows in (0.5, 10), (0.25, 5):
        capsys.readouterr()
        assert main([*typed.split(), str(share)]) == 0
        assert f"\n{rows} test rows of other.csv" in capsys.readouterr().out
