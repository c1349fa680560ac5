"""Reports of the gradient checker: parameters by name, tables, what raises."""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from gradient_cases import RIGHT, WRONG, A, X

import scratchae
from scratchae.gradcheck import (
    METHODS,
    GradientReport,
    GradientRow,
    check_gradient,
    check_parameters,
)
from scratchae.gradcheck.tensors import direction_of

COS = np.cos(X)
every_method = pytest.mark.parametrize("method", METHODS)


def test_parameters_that_the_loss_writes_to_keep_their_values():
    def loss(p):
        p["a"] *= 2
        p["b"] += 1
        return np.sum(p["a"] * p["b"])

    point = {"a": X.copy(), "b": COS.copy()}
    gradients = {"a": 2 * (COS + 1), "b": 2 * X}
    assert check_parameters(loss, point, gradients).passed
    assert np.array_equal(point["a"], X) and np.array_equal(point["b"], COS)


def product(p):
    return np.sum(np.sin(p["a"]) * p["b"])


POINT = {"a": X, "b": A[0, 0] * X[::-1]}
GRADIENTS = {"a": COS * POINT["b"], "b": np.sin(X)}


def verdicts(gradients, **settings):
    report = check_parameters(product, POINT, gradients, **settings)
    return report.passed, {row.name: row.verdict for row in report.rows}


@every_method
def test_parameters_are_checked_each_by_name(method):
    assert verdicts(GRADIENTS, method=method) == (True, {"a": "ok", "b": "ok"})
    passed, rows = verdicts(GRADIENTS | {"b": -np.sin(X)}, method=method)
    assert not passed and rows == {"a": "ok", "b": "FAILED: sign flipped?"}


def test_missing_surplus_and_misshapen_gradients_fail_in_their_row():
    for missing in ({"a": GRADIENTS["a"]}, GRADIENTS | {"b": None}):
        passed, rows = verdicts(missing)
        assert not passed and rows["b"] == "FAILED: no gradient was given"
    passed, rows = verdicts(GRADIENTS | {"c": [9.0]})
    assert not passed and "there is no parameter of this name" in rows["c"]
    passed, rows = verdicts(GRADIENTS | {"b": np.sin(X)[None]})
    assert not passed and rows["b"] == "FAILED: has shape (1, 4); expected (4,)"
    assert verdicts({})[0] is False
    wrong = GRADIENTS | {"b": None, "c": [9.0]}
    rows = check_parameters(product, POINT, wrong, "central", model="vae").rows
    assert [(row.model, row.name, row.shape, row.method) for row in rows] == [
        ("vae", "a", (4,), "central"), ("vae", "b", (4,), "central"),
        ("vae", "c", (), "central")]


def test_nothing_to_check_does_not_pass():
    report = check_parameters(lambda p: 0.0, {}, {})
    assert not report.passed and "no gradient to check" in str(report)
    assert report.to_json_dict() == {"method": [], "passed": False, "rows": []}
    assert not GradientReport([]).passed


def test_what_failed_raises_with_its_table_and_what_passed_goes_on():
    right, wrong = (check_gradient(np.sum, X, np.ones(4) * c) for c in (1, 2))
    assert right.raise_if_failed() is right
    report = GradientReport([right])
    assert report.raise_if_failed() is report
    for failed in (wrong, GradientReport([right, wrong])):
        with pytest.raises(scratchae.GradientCheckError, match="factor 2"):
            failed.raise_if_failed()


def test_tied_parameters_in_shared_memory_are_checked_each_for_itself():
    point = {"W": A, "W_T": A.T}

    def loss(p):
        return np.sum(np.tanh(p["W"] @ p["W_T"]))

    inner = 1 - np.tanh(A @ A.T) ** 2
    gradients = {"W": inner @ A, "W_T": A.T @ inner}
    assert check_parameters(loss, point, gradients).passed
    assert not check_parameters(loss, point, gradients | {"W_T": inner @ A}).passed


def test_tolerance_and_step_reach_the_rows_of_parameters():
    wrong = GRADIENTS | {"b": 1.01 * np.sin(X)}
    assert verdicts(wrong, tolerance=0.02)[0] and not verdicts(wrong, tolerance=5e-3)[0]
    assert not verdicts(GRADIENTS, method="central", step=0.5)[0]


def test_kinks_reach_the_rows_of_parameters():
    """x^2 has none at 0, but the user says so of one of two tensors."""
    point = {"a": X * [0, 1, 1, 1], "b": X * [0, 1, 1, 1]}
    gradients = {name: 2 * value for name, value in point.items()}

    def loss(p):
        return np.sum(p["a"] ** 2 + p["b"] ** 2)

    assert check_parameters(loss, point, gradients).passed
    report = check_parameters(loss, point, gradients, kinks=lambda p: p["b"] > 0)
    assert [row.kinks for row in report.rows] == [(), ((0,),)]


def test_a_parameter_that_the_loss_ignores_has_gradient_zero():
    point, gradients = POINT | {"c": X}, GRADIENTS | {"c": 0 * X}
    assert check_parameters(product, point, gradients).passed
    assert not check_parameters(product, point, gradients | {"c": X}).passed


def test_the_printed_table_has_the_note_and_the_document_has_the_verdict():
    report = check_parameters(lambda p: np.abs(p["a"]).sum(), {"a": X}, {"a": X})
    assert "note on a: the complex step does not apply" in str(report)
    row = json.loads(json.dumps(report.to_json_dict()))["rows"][0]
    assert row["verdict"] == "FAILED" and row["method"] == "richardson"
    assert "does not apply" in row["note"] and row["passed"] is False


def test_the_printed_table_shows_every_field_of_its_rows_and_the_first_that_failed():
    rows = [
        GradientRow("x", (), 0.0, (), 2.0, 2.0, 1e-9, "complex", "vae", note="why"),
        GradientRow("W", (2, 3), 1.5e-3, (1, 2), 3.0, 2.0, 1e-9, "complex", "vae",
                    kinks=((0, 1),), suspects=((1, 0), (1, 2))),
        GradientRow("b", (7,), 1.0, (6,), 4.0, 0.0, 1e-9, "central", problem="zero"),
    ]
    text = str(GradientReport(rows)).splitlines()
    assert [line.split() for line in text[:4]] == [
        "model name shape max rel. error worst index analytic numeric ratio "
        "verdict".split(),
        "vae x scalar 0.0e+00 () 2 2 1 ok".split(),
        "vae W 2x3 1.5e-03 (1, 2) 3 2 1.5 FAILED".split(),
        "b 7 1.0e+00 (6,) 4 0 nan FAILED: zero".split(),
    ]
    assert text[4:] == ["note on vae x: why", "2 of 3 failed; the first is vae W"]
    suspects = GradientReport(rows).to_json_dict()["rows"][1]["suspects"]
    assert suspects == [[1, 0], [1, 2]]
    assert str(rows[0]).endswith("note on vae x: why\nall 1 gradients agree")


def test_check_gradient_and_check_parameters_are_public():
    assert {"check_gradient", "check_parameters"} <= set(scratchae.__all__)
    assert scratchae.check_parameters is check_parameters


def test_the_readme_says_how_many_gradients_were_tried():
    text = Path(scratchae.gradcheck.__file__).with_name("README.md").read_text()
    said = f"On {len(WRONG)} wrong and {len(RIGHT)} right gradients"
    assert said in " ".join(text.split())


@pytest.mark.parametrize("method", ["auto", "richardson"])
def test_the_place_around_which_f_is_not_finite_is_named(method):
    def loss(x):  # finite at the point itself
        return np.sum(x**2) + (0.0 if x[1] == 2.0 else np.nan)

    check = check_gradient(loss, [1.0, 2.0], [2.0, 4.0], method=method)
    assert check.problem == "f is not finite around (1,)" and check.worst_index == (1,)
    assert check.analytic == 4.0 and np.isnan(check.numeric) and not check.passed


SEEN = {  # f, x, the gradient that is given, and of which entry something is said
    "kink at (1,)": (lambda v: np.sum(np.abs(v)), [1, 0, 2], [1, 7, 1]),
    "f is not finite around (2,)": (lambda v: np.sum(np.sqrt(v)), [1, 4, 0],
                                    [0.5, 0.25, 7]),
    "the small entry (1,)": (lambda v: v @ [1, 1e-6, 1], [1, 1, 1], [1, 3e-6, 1]),
    "zero, to the rounding of f": (lambda v: 1 + 0 * np.sum(v), [1, 2, 3],
                                   [0, 1e-17, 0]),
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("words", SEEN)
def test_the_entry_that_something_is_said_of_is_shown(words):
    f, x, given = SEEN[words]
    row = check_gradient(f, np.array(x, float), np.array(given, float))
    at = 2 if "(2,)" in words else 1
    assert words in row.problem + row.note
    assert (row.worst_index, row.analytic) == ((at,), given[at])


CALLS, V = itertools.count(1), direction_of(np.array([2.0, 3.0]))
SENTENCES = {  # f, x, the gradient that is given, settings
    "f is not deterministic: f(x) is 1 and then 2; draw the noise once, outside of f": (
        lambda v: float(next(CALLS)), [1, 1], [1, 1], {}),
    "the gradient is not finite at (1,)": (lambda v: v @ v, [1, 1], [2, np.inf], {}),
    "not resolvable at (0,): f is 2, and its differences give the derivative to 0.06 "
    "only": (lambda v: v[0] ** 3 + v[1], [1, 1], [3, 1],
             {"method": "central", "step": 0.1}),  # 2 * 3 step^2
    "not resolvable: f = 1e+06 changes less than its rounding": (
        lambda v: 1e6 + 1e-10 * np.abs(v).sum(), [1, 2], [0, 0], {}),
    "kink at (1,) and 2 more: move the point": (
        lambda v: np.abs(v).sum(), [1, 0, 0, 2, 0], [1, 0, 0, 1, 0], {}),
    "the complex step does not apply: f is another for complex numbers, 16 and not 8; "
    "use method='auto'": (lambda v: np.sum(v ** (3 if np.iscomplexobj(v) else 2)),
                          [2, 2], [4, 4], {"method": "complex"}),
    "the complex step does not apply: f raises KeyError for complex numbers: 'no'; "
    "use method='auto'": (lambda v: {}["no"] if np.iscomplexobj(v) else v @ v,
                          [2, 2], [4, 4], {"method": "complex"}),
    f"the complex step does not apply: its slope {[4, 6] @ V:.3g} along a random "
    f"direction is off by {abs(np.sum(V)):.1g} (is there an abs, norm, conj or max?); "
    "use method='auto'": (lambda v: np.sum(v**2 + np.abs(v)), [2, 3], [5, 7],
                          {"method": "complex"}),
}


@pytest.mark.parametrize("sentence", SENTENCES)
def test_sentences_have_the_numbers_of_the_case(sentence):
    f, x, given, settings = SENTENCES[sentence]
    row = check_gradient(f, np.array(x, float), np.array(given, float), **settings)
    assert row.problem == sentence and row.verdict == f"FAILED: {sentence}"


def test_a_model_too_large_to_be_checked_is_refused_at_once(rng):
    model = scratchae.Autoencoder(20, (200,))
    with pytest.raises(ValueError, match="has 48520 parameters; expected at most"):
        scratchae.check_model(model, rng.uniform(size=(3, 100)))
