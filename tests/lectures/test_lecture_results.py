"""Results of lectures that are printed or drawn beside the numbers which they keep.

Columns of tables, standard errors, counts: each by another way, as in
test_printed_lines.py.
"""

import ast
import re
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
from drawn import every_figure, shows
from scripts import SCRIPTS
from test_printed_lines import LOG_P

from scratchae import LinearProbe

RESULTS = {}
results_of = partial(shows, RESULTS)


def wrong_in_percent(h, y, h_test, y_test, **options):
    """Of a linear probe that learns from the first codes and reads the others."""
    probe = LinearProbe(**options).fit(h, y)
    return 100 * np.mean(probe.predict(h_test) != y_test)


@results_of("03")
def _(v):
    codes = v.narrow.transform(v.x_train[:1000]), v.narrow.transform(v.x_test)
    errors = [wrong_in_percent(codes[0], v.y_train[:1000], codes[1], v.y_test, **decay)
              for decay in ({}, {"weight_decay": 0.01})]
    pixels = wrong_in_percent(v.x_train[:1000], v.y_train[:1000], v.x_test, v.y_test)
    noise = np.diag(v.narrow.transform(v.start)).mean()
    return {r"^narrow, 30 +(\S+) +(\S+) ": [errors], r"^raw pixels +(\S+) ": [[pixels]],
            r"^mean h_j: (\S+) for noise": [[noise]],
            r"^test error in % with (\d+) labels": [[len(v.some[1])]]}


@results_of("06")
def _(v):
    return {r"^mean of the estimates (\S+),": [[np.exp(v.estimates).mean()]],
            r"^Question 3: (\d+) %": [[100 * np.mean(np.array(v.five) < LOG_P)]]}


def grey_per_unit(model, x):
    """What grey values change per unit of z, by central differences, half the codes on
    each axis."""
    z = model.transform(x).astype(float)
    moved = [model.inverse_transform(z[i::2] + e) - model.inverse_transform(z[i::2] - e)
             for i, e in enumerate(np.eye(2) / 40)]
    return np.abs(np.vstack(moved)).sum(axis=1).mean() * 20


@results_of("10")
def _(v):
    active = np.sum(v.model.transform(v.x_test).astype(float).var(axis=0) > 0.01)
    for name, model in ("AE", v.ae), ("VAE", v.vae2):
        shown = v.lecture.numbers[f"{name}: grey values changed per unit of z"]
        assert float(shown) == pytest.approx(grey_per_unit(model, v.x_test), rel=0.01)
    return {r"^4\.0 .* (\d+)$": [[active]]}


def off_by_principal_components(truth, n, repeats):
    """Mean relative error of the covariance that PPCA fits: (11.7), two components."""
    C, errors = truth.W @ truth.W.T + 0.25 * np.eye(6), []
    for seed in range(repeats):
        x = truth.sample(n, np.random.default_rng([n, seed]))
        values, axes = np.linalg.eigh(np.cov(x.T, bias=True))
        values[:4] = values[:4].mean()
        errors.append(np.linalg.norm(axes * values @ axes.T - C) / np.linalg.norm(C))
    return np.mean(errors)


@results_of("11")
def _(v):
    model = v.family["PCA"]
    codes = model.transform(v.x_train[:5000]), model.transform(v.x_test)
    wrong = wrong_in_percent(codes[0], v.y_train[:5000], codes[1], v.y_test)
    assert [*v.seconds] == [*v.family] and min(v.seconds.values()) > 0
    for name, taken in v.seconds.items():  # they reach the course's closing table
        assert v.lecture.numbers[f"{name}, training"] == f"{taken:.3g} s"
    return {
        r"^PCA +30 +\S+ +- +- +(\S+)$": [[wrong]],
        r"^the probe learns from (\d+) labelled": [[min(len(v.x_train), 5000)]],
        r"^n = +(\d+): PPCA, linear VAE off by \[(\S+) ": [
            [n, off_by_principal_components(v.truth, n, 2)] for n in v.sizes],
    }


# What claims compare: each from the models, where no line or figure shows it.
COMPARED = {}
compared_in = partial(shows, COMPARED)


@compared_in("03")
def _(v):
    h = v.codes["KL"]
    off = np.mean(h <= 0.1 * h.max(), axis=0)
    assert np.array_equal(v.off, off) and np.allclose(v.rho_hat, h.mean(), atol=0.01)


@compared_in("04")
def _(v):
    errors = [[np.sum((model.reconstruct(v.masked[level]) - v.x_test) ** 2, axis=1)
               .mean() for level in (0, 0.3, 0.5)] for model in v.models.values()]
    assert np.allclose(v.matrix, errors, rtol=1e-4) and [*v.models] == [0, 0.3, 0.5]


@compared_in("07")
def _(v):
    assert v.at_first == v.exact[0] - v.bounds[0]
    assert v.at_last == v.exact[-1] - v.bounds[-1]


@compared_in("09")
def _(v):
    """The last 20 of 150 steps, each a mean over the runs."""
    assert np.allclose(v.at_last, [np.sum(w[130:]) / 20 for _, w in v.walks.values()])


@compared_in("10")
def _(v):
    """inside[i, j]: the middle of i lies in the ellipse of j."""
    m, s = (part[:1000].astype(float) for part in v.vae2.encode_distribution(v.x_test))
    for i in range(0, len(v.inside), 37):
        assert np.mean(v.inside[i] == (np.hypot(*((m - m[i]) / s).T) < 1)) > 0.995


@compared_in("12")
def _(v):
    assert v.drop == v.close[0.01] / v.close[0.001]


@every_figure(COMPARED)
def test_a_claim_compares_what_it_says(name, seen):
    COMPARED[name](seen(name))


@every_figure(RESULTS)
def test_what_a_lecture_prints_is_this(name, seen):
    run = seen(name)
    for pattern, values in RESULTS[name](run).items():
        found = re.findall(pattern, run.text, re.M)
        rows = [[row] if isinstance(row, str) else row for row in found]
        assert len(rows) == len(values), pattern
        for row, wanted in zip(rows, values, strict=True):
            for shown, value in zip(row, wanted, strict=True):
                last = 10.0 ** -len(shown.partition(".")[2])
                assert abs(float(shown) - value) <= 0.52 * last, f"{pattern}: {shown}"


def test_the_standard_error_of_a_bound_is_that_of_its_draws(seen):
    """Of x = 3 from the prior log p(x|z) has the variance 16 (2 + 4 * 1.5^2) / 4."""
    (shown,) = re.findall(r"^L_1: .* nats\n  \+- (\S+),", seen("11").text, re.M)
    assert float(shown) == pytest.approx(np.sqrt(44 / 50_000), rel=0.03)


def test_a_step_of_lecture_13_takes_the_median_of_its_calls_after_the_first():
    (script,) = (path for path in SCRIPTS if path.stem[:2] == "13")
    (function,) = (node for node in ast.parse(script.read_text()).body
                   if isinstance(node, ast.FunctionDef) and node.name == "seconds")
    now, taken = [0.0], iter([50.0, 1, 3, 8, 2, 4])

    def call(what):
        assert what == "x"
        now[0] += next(taken)

    clock = SimpleNamespace(perf_counter=lambda: now[0])
    names = {"time": clock, "np": np, "SECONDS": 17.5}
    exec(compile(ast.Module([function], []), script.name, "exec"), names)
    assert names["seconds"](call, "x") == 3.0
