"""Using codes: softmax, nearest neighbours, anomaly scores (lecture 03)."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import KNeighborsClassifier

from scratchae import PCA
from scratchae.analysis.anomaly import anomaly_scores, auc
from scratchae.analysis.neighbours import nearest_neighbours, neighbour_error
from scratchae.data import load_mnist
from scratchae.formulas import softmax as softmax_room
from scratchae.formulas.softmax import softmax, softmax_nll_forward
from scratchae.gradient_checks import run_checks

pytestmark = pytest.mark.lecture03


def blobs(rng, n=600):
    y = rng.integers(0, 3, n)
    centres = np.array([[0, 0, 0, 0], [2, 0, 1, 0], [0, 2, 0, 1.0]])
    return centres[y] + rng.normal(size=(n, 4)), np.array(["ape", "bee", "cat"])[y]


def test_softmax_nll_by_hand():
    logits = np.log([[0.2, 0.3, 0.5]])
    loss, _ = softmax_nll_forward(logits, np.array([1]))
    assert loss[0] == pytest.approx(-np.log(0.3))
    np.testing.assert_allclose(softmax(logits + 7), [[0.2, 0.3, 0.5]])


def test_softmax_stays_finite_far_out():
    loss, _ = softmax_nll_forward(np.array([[1000.0, 0.0]]), np.array([1]))
    assert loss[0] == 1000
    np.testing.assert_array_equal(softmax(np.array([[1000.0, 0.0]])), [[1, 0]])


def test_planted_gradient_without_the_label_fails(monkeypatch):
    assert run_checks(["softmax_nll", "linear_probe"]).passed
    monkeypatch.setattr(
        softmax_room, "softmax_nll_backward", lambda d, c: softmax(c[0]) * d[:, None]
    )
    assert not run_checks(["softmax_nll"]).passed


@pytest.mark.parametrize("k", [1, 5])
def test_neighbours_agree_with_scikit_learn(k, rng):
    (x, y), (x_test, y_test) = blobs(rng), blobs(rng)
    oracle = KNeighborsClassifier(k, algorithm="brute").fit(x, y)
    error = neighbour_error(x, y, x_test, y_test, k)
    assert error == pytest.approx(1 - oracle.score(x_test, y_test))
    np.testing.assert_array_equal(
        nearest_neighbours(x, x_test, k),
        oracle.kneighbors(x_test, return_distance=False),
    )


def test_every_point_is_its_own_neighbour_and_k_is_checked(rng):
    x, _ = blobs(rng)
    np.testing.assert_array_equal(nearest_neighbours(x, x)[:, 0], np.arange(len(x)))
    with pytest.raises(ValueError, match="n_neighbours"):
        nearest_neighbours(x, x, 601)


def test_auc_by_hand_and_against_scikit_learn(rng):
    assert auc([1, 2, 3], [4, 5]) == 1
    assert auc([1, 2], [2]) == 0.75  # above one, tied with the other
    assert auc([1, 2], [0]) == 0
    normal, anomalous = rng.normal(size=50).round(1), rng.normal(1, 1, 30).round(1)
    theirs = roc_auc_score(np.r_[np.zeros(50), np.ones(30)], np.r_[normal, anomalous])
    assert auc(normal, anomalous) == pytest.approx(theirs)
    with pytest.raises(ValueError, match="at least one score"):
        auc([], [1])


def test_anomaly_scores_add_up_to_the_reconstruction_error(rng):
    x = rng.normal(size=(40, 6))
    pca = PCA(2).fit(x)
    assert anomaly_scores(pca, x).mean() == pytest.approx(pca.reconstruction_error(x))


@pytest.mark.mnist
def test_mnist_neighbour_errors_on_pca_codes(mnist_dir):
    digits = load_mnist(mnist_dir)
    (x, x_test), (y, y_test) = digits.images, digits.labels
    pca = PCA(30).fit(x)
    codes, codes_test = pca.transform(x), pca.transform(x_test)
    # 1-NN, 5-NN in per cent, as published beside the data
    for k, one, five in ((2, 60.99, 57.59), (10, 8.63, 7.24), (30, 2.82, 2.45)):
        nearest = y[nearest_neighbours(codes[:, :k], codes_test[:, :k], 5)]  # (m, 5)
        votes = np.stack([(nearest == c).sum(axis=1) for c in range(10)], axis=1)
        error_one = 100 * np.mean(nearest[:, 0] != y_test)
        error_five = 100 * np.mean(votes.argmax(axis=1) != y_test)
        # With two numbers per image some distances tie but for the last digit: the
        # nearest of 3 images in 10 000 depends on the order of the arithmetic.
        near = 0.035 if k == 2 else 0.006
        assert error_one == pytest.approx(one, abs=near), k
        assert error_five == pytest.approx(five, abs=near), k
