"""The linear probe and its solver, against scikit-learn and closed forms."""

import re
import warnings

import numpy as np
import pytest
from sklearn.base import is_classifier
from sklearn.datasets import load_digits, load_iris
from sklearn.exceptions import ConvergenceWarning, DataConversionWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score

from scratchae import LinearProbe, NotFittedError
from scratchae.analysis.probe import probe_loss

pytestmark = pytest.mark.lecture03


def blobs(rng, n=300):
    y = rng.integers(0, 3, n)
    centres = np.array([[0, 0, 0, 0], [2, 0, 1, 0], [0, 2, 0, 1.0]])
    return centres[y] + rng.normal(size=(n, 4)), np.array(["ape", "bee", "cat"])[y]


@pytest.fixture(scope="module")
def digits():
    x, y = load_digits(return_X_y=True)
    return x / 16, y


def oracle(probe, x, y):
    """Logistic regression at the same objective, as far as it goes, and its inputs."""
    scaled = (x - probe.mean_) / probe.scale_
    C = 1 / (probe.weight_decay * len(x))  # its penalty is 1/2 W^2, its loss C sum
    model = LogisticRegression(C=C, tol=1e-11, max_iter=10_000).fit(scaled, y)
    return model, scaled


def loss_at(W, b, scaled, y, weight_decay):
    logits = scaled @ W + b
    nll = np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(y)), y]
    return nll.mean() + weight_decay / 2 * np.sum(W**2)


def test_probe_agrees_with_scikit_learn(digits):
    """The default, on data where early stopping would show: no training error."""
    x, y = digits
    probe = LinearProbe().fit(x, y)
    theirs, scaled = oracle(probe, x, y)
    best = loss_at(theirs.coef_.T, theirs.intercept_, scaled, y, 1e-5)
    ours = loss_at(probe.W_, probe.b_, scaled, y, 1e-5)
    assert ours == pytest.approx(best, rel=1e-5)
    np.testing.assert_allclose(
        probe.predict_proba(x), theirs.predict_proba(scaled), atol=3e-4
    )
    np.testing.assert_allclose(probe.W_, theirs.coef_.T, atol=0.03)  # entries up to 4.2
    np.testing.assert_array_equal(probe.predict(x), theirs.predict(scaled))
    assert probe.n_iter_ < 200


def test_eq_3_12_coefficients_agree_to_many_digits_where_the_minimum_is_sharp(rng):
    x, y = blobs(rng)
    probe = LinearProbe(weight_decay=1e-2, tol=1e-10).fit(x, y)
    theirs, _ = oracle(probe, x, y)
    np.testing.assert_allclose(probe.W_, theirs.coef_.T, atol=1e-6)
    np.testing.assert_allclose(probe.b_, theirs.intercept_, atol=1e-6)


def gradient_left(probe, x, y):
    """Length of the gradient of J in parts of that at W = 0, b = 0."""
    scaled, labels = (x - probe.mean_) / probe.scale_, np.unique(y, return_inverse=1)[1]

    def size(W, b):
        _, dW, db = probe_loss(W, b, scaled, labels, probe.weight_decay)
        return np.hypot(np.linalg.norm(dW), np.linalg.norm(db))

    return size(probe.W_, probe.b_) / size(np.zeros((4, 3)), np.zeros(3))


@pytest.mark.parametrize("weight_decay", [0, 1e-5, 1e-2])
def test_the_gradient_is_tol_of_what_it_was_at_the_start(weight_decay, rng):
    x, y = blobs(rng)
    probe = LinearProbe(weight_decay=weight_decay).fit(x, y)
    assert gradient_left(probe, x, y) <= 1.001e-6


def test_a_smaller_tol_takes_more_steps_and_leaves_a_smaller_gradient(rng):
    x, y = blobs(rng)
    tols = (0.3, 1e-2, 1e-4, 1e-9)
    probes = [LinearProbe(weight_decay=1e-2, tol=tol).fit(x, y) for tol in tols]
    left = [gradient_left(probe, x, y) for probe in probes]
    assert all(size <= 1.001 * tol for size, tol in zip(left, tols, strict=True))
    assert left == sorted(left, reverse=True) and left[0] > 1e-2 > left[1] > 1e-4
    steps = [probe.n_iter_ for probe in probes]
    assert steps == sorted({*steps})


def test_iris_in_three_folds_is_as_good_as_logistic_regression():
    scores = cross_val_score(LinearProbe(), *load_iris(return_X_y=True), cv=3)
    assert scores.min() >= 0.94 and scores.mean() > 0.965


def test_a_huge_decay_leaves_the_frequencies_of_the_classes(rng):
    """The bias is not decayed: p(y) is what a probe without weights can know."""
    x, y = blobs(rng)
    p = LinearProbe(weight_decay=1e6).fit(x, y).predict_proba(x)
    frequency = np.unique(y, return_counts=True)[1] / len(y)
    np.testing.assert_allclose(p, np.tile(frequency, (len(x), 1)), atol=1e-5)


def test_a_code_that_is_turned_shifted_and_scaled_gives_the_same_answer(rng):
    x, y = blobs(rng)
    turn = np.linalg.qr(rng.normal(size=(4, 4)))[0]
    moved = 1e3 * x @ turn + 1e6
    probe, again = LinearProbe().fit(x, y), LinearProbe().fit(moved, y)
    np.testing.assert_allclose(
        again.predict_proba(moved), probe.predict_proba(x), atol=1e-4
    )


def test_codes_far_from_zero_keep_their_digits(rng):
    """At 1e9 float32 has steps of 64."""
    x, y = blobs(rng)
    probe, far = LinearProbe().fit(x, y), LinearProbe().fit(x + 1e9, y)
    np.testing.assert_allclose(
        far.predict_proba(x + 1e9), probe.predict_proba(x), atol=1e-3
    )


def test_unequal_columns_stay_unequal_and_one_number_scales_them_all(rng):
    x, y = blobs(rng)
    x *= np.array([1, 10, 0.1, 3])
    turned = x @ np.linalg.qr(rng.normal(size=(4, 4)))[0]
    probe, again = (LinearProbe(weight_decay=0.1).fit(z, y) for z in (x, turned))
    assert probe.scale_ == pytest.approx(np.sqrt(x.var(axis=0).mean()))
    np.testing.assert_allclose(
        again.predict_proba(turned), probe.predict_proba(x), atol=1e-4
    )


def test_two_fits_are_equal_and_leave_data_and_order_of_memory_alone(rng):
    x, y = blobs(rng)
    before = x.copy()
    first = LinearProbe().fit(x, y)
    np.testing.assert_array_equal(first.W_, LinearProbe().fit(x, y).W_)
    turned = LinearProbe().fit(np.asfortranarray(x), y)
    np.testing.assert_allclose(turned.W_, first.W_, atol=1e-8)
    np.testing.assert_array_equal(x, before)


def test_stopping_early_is_said_in_scikit_learns_class_of_warning(rng):
    x, y = blobs(rng)
    words = r"converge after 3 iter.*max_iter=3"
    with pytest.warns(ConvergenceWarning, match=words) as said:
        probe = LinearProbe(max_iter=3, tol=2e-5).fit(x, y)
    assert probe.n_iter_ == 3
    numbers = re.search(r"is (\S+) of what.*tol=(\S+)\. ", str(said[0].message))
    left, tol = numbers.groups()
    assert float(left) == pytest.approx(gradient_left(probe, x, y), rel=0.06)
    assert float(tol) == 2e-5
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        LinearProbe().fit(x, y)


def test_it_is_a_classifier_whose_columns_are_the_sorted_classes(rng):
    x, y = blobs(rng)
    probe = LinearProbe().fit(x, y)
    assert is_classifier(probe) and probe.classes_.tolist() == ["ape", "bee", "cat"]
    p = probe.predict_proba(x)
    assert p.shape == (300, 3)
    np.testing.assert_allclose(p.sum(axis=1), 1)
    np.testing.assert_array_equal(probe.predict(x), probe.classes_[p.argmax(axis=1)])
    for label, column in zip(probe.classes_, p.T, strict=True):
        assert column[y == label].mean() > 2 * column[y != label].mean()


def test_score_is_the_share_of_right_labels_whatever_their_form(rng):
    x, y = blobs(rng)
    probe = LinearProbe().fit(x, y)
    right = np.mean([a == b for a, b in zip(probe.predict(x), y, strict=True)])
    assert 0.6 < probe.score(x, y) == pytest.approx(right)
    assert probe.error_rate(x, y) == pytest.approx(1 - right)
    assert probe.score(x, y.astype(object)) == probe.score(x, y.tolist())
    with pytest.warns(DataConversionWarning):
        assert probe.score(x, y[:, None]) == probe.score(x, y)


def test_labels_in_a_column_fit_the_same_probe(rng):
    x, y = blobs(rng)
    with pytest.warns(DataConversionWarning, match="column-vector y"):
        probe = LinearProbe().fit(x, y[:, None])
    np.testing.assert_array_equal(probe.W_, LinearProbe().fit(x, y).W_)


REFUSED = {
    "one class": (["a"] * 300, "at least 2 classes in the data.*one class: "),
    "floats": (np.linspace(0, 1, 300), "Unknown label type: continuous"),
    "too few": (["a", "b"], r"y of shape \(2,\)"),
    "missing": (None, "requires y to be passed"),
    "NaN": (np.r_[np.nan, np.zeros(299)], "Input y contains NaN"),
    "a class for each row": (np.arange(1200), "1200 classes"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_labels_that_are_no_classes_are_refused(case, rng):
    y, message = REFUSED[case]
    x = rng.normal(size=(1200 if case.startswith("a ") else 300, 4))
    probe = LinearProbe()
    with pytest.raises(ValueError, match=message):
        probe.fit(x, y)
    assert not [name for name in vars(probe) if name.endswith("_")]


@pytest.mark.parametrize(
    "bad", [{"weight_decay": -1}, {"tol": 0}, {"tol": 1}, {"max_iter": 0}]
)
def test_bad_parameters_are_named(bad, rng):
    name = next(iter(bad))
    with pytest.raises(ValueError, match=f"The '{name}' parameter of LinearProbe must"):
        LinearProbe(**bad).fit(*blobs(rng))


def test_one_row_is_a_table_of_one_row_and_a_vector_is_told_so(rng):
    x, y = blobs(rng)
    probe = LinearProbe().fit(x, y)
    np.testing.assert_allclose(
        probe.predict_proba(x[:1]), probe.predict_proba(x)[:1], rtol=1e-12
    )
    with pytest.raises(ValueError, match=r"Expected 2D array.*reshape\(1, -1\)"):
        probe.predict_proba(x[0])
    with pytest.raises(ValueError, match="X has 3 features, but LinearProbe"):
        probe.predict(x[:, :3])
    with pytest.raises(NotFittedError):
        LinearProbe().predict(x)
    with pytest.raises(TypeError, match="does not support sample_weight"):
        probe.fit(x, y, sample_weight=np.ones(300))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rows_far_away_have_probabilities(dtype, rng):
    x, y = blobs(rng)
    probe = LinearProbe().fit(x.astype(dtype), y)
    for size in (1e6, -1e6, 1e30):
        p = probe.predict_proba((x * size).astype(dtype))
        np.testing.assert_allclose(p.sum(axis=1), 1)


def test_codes_that_say_nothing_give_the_frequencies(rng):
    y = rng.integers(0, 2, 100)
    probe = LinearProbe().fit(np.full((100, 3), 0.1), y)
    np.testing.assert_allclose(probe.predict_proba(np.full((1, 3), 0.1))[0, 1],
                               y.mean(), rtol=1e-4)


def test_codes_that_are_all_the_same_give_the_frequencies():
    probe = LinearProbe().fit(np.full((5, 2), 3.0), [0, 1, 1, 1, 0])
    np.testing.assert_allclose(probe.predict_proba([[3.0, 3.0]]), [[0.4, 0.6]])
