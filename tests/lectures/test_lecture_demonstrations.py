"""What a slide speaks of is run: each rule, each use, a code wider than the data."""

import re

import numpy as np
import pytest
from scripts import SCRIPTS


def script(number):
    """The text of a lecture's script."""
    return next(path.read_text() for path in SCRIPTS if path.stem[:2] == number)


@pytest.mark.lecture01
def test_01_each_area_is_shown_and_names_the_lecture_that_does_it_well(quick_run):
    """Compress, denoise, generate, detect anomalies: the areas of slide S02."""
    (cell,) = re.findall(r"^# ## What autoencoders are for.*?^# ## The family",
                         script("01"), re.M | re.S)
    words = " ".join(re.findall("^# (.*)", cell, re.M))
    for area, where in ("Compress", "02"), ("Denoise", "04"), ("Generate", "10"), (
            "Detect anomalies", "10"):
        (text,) = re.findall(rf"{area}: (.*?) To do it well: [^(]*\({where}\)", words)
        assert "To do it well" not in text
    text, figures = quick_run("01")
    noisy, denoised = re.findall(r"noisy (\S+), denoised (\S+) SSE/img", text)[0]
    assert float(noisy) == pytest.approx(784 * 0.3**2, rel=0.02)
    assert float(denoised) < float(noisy)
    assert "01_uses.png" in {path.name for path in figures}


@pytest.mark.lecture01
def test_01_every_rule_that_is_stated_is_run(quick_run):
    """(1.14) to (1.17): four runs, and in one of them the weights decay."""
    found = re.findall(r"^(\w.*?) +start (\S+), end (\S+), \|W\| (\S+)$",
                       quick_run("01")[0], re.M)
    assert [row[0] for row in found] == ["gradient descent", "momentum",
                                         "momentum, decay", "Adam"]
    starts, ends, norms = np.array([row[1:] for row in found], float).T
    assert len({*starts}) == 1 and np.all(ends < 0.5 * starts)
    assert norms[2] < 0.9 * norms[1]  # in 60 steps of 0.5 % each
    code = script("01")
    for step in "sgd", "momentum", "weight_decay", "adam":
        assert f"optimizers.{step}_step(value" in code


@pytest.mark.lecture02
def test_02_errors_fall_with_the_width_and_lie_below_those_of_pca(quick_run):
    """By how much: at most nine tenths are left, as the prose says."""
    rows = np.array(re.findall(r"^k = +(\d+): PCA +(\S+), autoencoder +(\S+) SSE",
                               quick_run("02")[0], re.M), float)
    assert [*rows[:, 0]] == [2, 5, 10]
    assert np.all(np.diff(rows[:, 1:], axis=0) < 0)
    assert np.all(rows[:, 2] < rows[:, 1]) and rows[2, 2] <= 0.9 * rows[2, 1]


@pytest.mark.lecture03
def test_03_a_penalty_finds_causes_in_a_code_wider_than_the_data(quick_run):
    found = re.findall(r"^lambda (\S+): (\S+) SSE/row, (\d+) degrees from a cause",
                       quick_run("03")[0], re.M)
    (plain, copied, apart), (weight, lost, near) = np.array(found, float)
    assert plain == 0 < weight and copied < lost and near < 30 < 40 < apart
