"""Using codes: softmax, nearest neighbours, anomaly scores (lecture 03)."""

import os
import tracemalloc

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import KNeighborsClassifier

from scratchae import PCA
from scratchae.analysis import neighbours
from scratchae.analysis.anomaly import anomaly_scores, auc
from scratchae.analysis.neighbours import nearest_neighbours, neighbour_error
from scratchae.formulas import softmax as softmax_room
from scratchae.formulas.softmax import (
    softmax,
    softmax_nll_backward,
    softmax_nll_forward,
)
from scratchae.gradcheck import check_gradient
from scratchae.gradient_checks import run_checks

pytestmark = pytest.mark.lecture03


def blobs(rng, n=600):
    y = rng.integers(0, 3, n)
    centres = np.array([[0, 0, 0, 0], [2, 0, 1, 0], [0, 2, 0, 1.0]])
    return centres[y] + rng.normal(size=(n, 4)), np.array(["ape", "bee", "cat"])[y]


def test_eq_3_10_softmax_nll_by_hand():
    logits = np.log([[0.2, 0.3, 0.5]])
    loss, _ = softmax_nll_forward(logits, np.array([1]))
    assert loss[0] == pytest.approx(-np.log(0.3))
    np.testing.assert_allclose(softmax(logits + 7), [[0.2, 0.3, 0.5]])


def test_eq_3_11_the_gradient_in_the_logits(rng):
    logits, labels = rng.normal(size=(5, 4)), rng.integers(0, 4, 5)
    d_loss = rng.normal(size=5)
    _, cache = softmax_nll_forward(logits, labels)
    check = check_gradient(
        lambda a: softmax_nll_forward(a, labels)[0] @ d_loss, logits,
        softmax_nll_backward(d_loss, cache),
    )
    assert check.max_relative_error < 1e-13, check


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


def by_definition(train, test, k):
    """All distances at once, ties by index."""
    squares = ((test[:, None].astype(float) - train.astype(float)) ** 2).sum(axis=2)
    return np.argsort(squares, axis=1, kind="stable")[:, :k]


@pytest.mark.parametrize("k", [1, 4, 30])
@pytest.mark.parametrize("rows", [1, 3, 7, 20])
def test_neighbours_are_the_same_in_blocks_of_any_size(rows, k, rng, monkeypatch):
    train, test = rng.normal(size=(30, 3)), rng.normal(size=(20, 3))
    monkeypatch.setattr(neighbours, "BLOCK_BYTES", rows * 30 * 16)
    np.testing.assert_array_equal(
        nearest_neighbours(train, test, k), by_definition(train, test, k)
    )


def test_neighbours_never_hold_all_distances_at_once(rng, monkeypatch):
    monkeypatch.setattr(neighbours, "BLOCK_BYTES", 2**16)
    codes = rng.normal(size=(1000, 2))  # their distances would be 8 MB
    nearest_neighbours(codes[:10], codes[:10])
    tracemalloc.start()
    nearest_neighbours(codes, codes)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10**6


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_equally_near_neighbours_come_in_the_order_of_their_rows(dtype, rng):
    train = rng.integers(0, 3, size=(200, 2)).astype(dtype)  # nine places
    test = rng.integers(0, 6, size=(50, 2)).astype(dtype) / 2
    for k in (1, 5, 200):
        np.testing.assert_array_equal(
            nearest_neighbours(train, test, k), by_definition(train, test, k)
        )


def test_codes_that_are_all_alike_are_all_equally_near():
    alike = np.full((6, 2), 0.3)
    assert nearest_neighbours(alike, alike[:2], 3).tolist() == [[0, 1, 2]] * 2


@pytest.mark.parametrize("offset, spread", [(1e8, 1.0), (1e4, 1e-6), (0, 1e-150)])
def test_a_common_offset_or_unit_of_the_codes_costs_no_neighbour(offset, spread, rng):
    train = offset + spread * rng.normal(size=(300, 4))
    test = offset + spread * rng.normal(size=(40, 4))
    np.testing.assert_array_equal(
        nearest_neighbours(train, test, 3), by_definition(train / spread,
                                                          test / spread, 3)
    )


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rows_far_away_have_their_nearest_neighbours(dtype, rng):
    """One step of a million ahead: nearest is what lies furthest that way."""
    train = rng.normal(size=(300, 3)).astype(dtype)
    far = (1e6 * np.eye(3)).astype(dtype)
    found = nearest_neighbours(train, far, 2)
    np.testing.assert_array_equal(found, np.argsort(-train, axis=0)[:2].T)
    far = 1e6 * rng.normal(size=(20, 3)).astype(dtype)
    np.testing.assert_array_equal(nearest_neighbours(far, far)[:, 0], np.arange(20))


def test_votes_that_tie_go_to_the_smallest_label_and_one_test_label_is_one_error():
    train = [[0.0], [1.0], [10.0], [11.0]]
    labels = ["b", "a", "c", "c"]
    for label, k, error in (("b", 1, 0), ("a", 2, 0), ("b", 2, 1), ("a", 3, 0),
                            ("c", 4, 0)):
        assert neighbour_error(train, labels, [[0.1]], [label], k) == error, (label, k)
    assert neighbour_error(train, labels, [[0.1], [0.2], [9.0]], ["b", "b", "a"]) == (
        pytest.approx(1 / 3)
    )
    assert neighbour_error(train, labels, [[0.1]], ["unseen"]) == 1


@pytest.mark.parametrize(
    "labels, message",
    [
        ([0, 1], r"labels_test got y of shape \(2,\)"),
        (["a"], "with labels that are numbers, such as 0; got text, such as 'a'"),
        ([0.5], "continuous"),
        (None, "labels_test estimator requires y"),
    ],
)
def test_labels_that_cannot_be_compared_are_refused(labels, message):
    with pytest.raises(ValueError, match=message):
        neighbour_error([[0.0], [1.0]], [0, 1], [[0.0]], labels)


@pytest.mark.parametrize("normal, anomalous, words", [
    ([1, np.nan], [2], "contain NaN"), ([1], [np.nan], "contain NaN"),
    ([], [1], "at least one score of each kind"),
    ([1], [], "at least one score of each kind"),
])
def test_scores_without_a_rank_have_no_auc(normal, anomalous, words):
    with pytest.raises(ValueError, match=words):
        auc(normal, anomalous)


def test_auc_by_hand_and_against_scikit_learn(rng):
    assert auc([1, 2, 3], [4, 5]) == 1
    assert auc([1, 2], [2]) == 0.75  # above one, tied with the other
    assert auc([1, 2], [0]) == 0
    normal, anomalous = rng.normal(size=50).round(1), rng.normal(1, 1, 30).round(1)
    theirs = roc_auc_score(np.r_[np.zeros(50), np.ones(30)], np.r_[normal, anomalous])
    assert auc(normal, anomalous) == pytest.approx(theirs)


@pytest.mark.parametrize("n", [40, 1000, 2001])
def test_anomaly_scores_are_each_rows_own_error_whatever_the_block(n, rng):
    x = rng.normal(size=(n, 6))
    pca = PCA(2).fit(x)
    expected = np.sum((x - pca.reconstruct(x)) ** 2, axis=1)
    np.testing.assert_allclose(anomaly_scores(pca, x), expected, rtol=1e-12)
    assert expected.mean() == pytest.approx(pca.reconstruction_error(x))


class Recording:
    """A model whose reconstruction of anything is 0 and that notes what it got."""

    def __init__(self):
        self.rows = []

    def reconstruct(self, X):
        self.rows.append(len(X))
        return np.zeros(np.shape(X), np.float32)


def test_anomaly_scores_never_hold_all_reconstructions_at_once(rng):
    model, x = Recording(), rng.uniform(size=(4500, 3)).astype(np.float32)
    scores = anomaly_scores(model, x)
    assert max(model.rows) <= 1000 and sum(model.rows) == 4500
    np.testing.assert_allclose(scores, np.sum(x.astype(float) ** 2, axis=1))
    np.testing.assert_array_equal(anomaly_scores(model, [[3, 4], [0, 1]]), [25, 1])
    far = anomaly_scores(model, np.full((2, 3), 1e30, np.float32))
    np.testing.assert_allclose(far, 3e60, rtol=1e-6)  # beyond what a float32 holds


@pytest.mark.parametrize("n", [40, 1500])
def test_anomaly_scores_give_each_row_its_own_label(n, rng):
    class Labelled:
        def reconstruct(self, X, y):
            return np.zeros_like(X) + np.reshape(y, (-1, 1))

    x, y = np.ones((n, 2)), np.arange(n) % 7
    np.testing.assert_array_equal(anomaly_scores(Labelled(), x, y), 2.0 * (1 - y) ** 2)
    np.testing.assert_array_equal(anomaly_scores(Labelled(), x, 3), np.full(n, 8))
    with pytest.raises(ValueError, match=r"anomaly_scores got y of shape \(1501,\)"):
        anomaly_scores(Labelled(), np.ones((1500, 2)), np.arange(1501))


@pytest.mark.filterwarnings("error")  # of names that are missing
def test_anomaly_scores_of_a_table_keep_its_column_names(rng):
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame(rng.normal(size=(1500, 3)), columns=list("abc"))
    table.index = table.index[::-1]
    scores = anomaly_scores(PCA(1).fit(table), table)
    plain = table.to_numpy()
    np.testing.assert_allclose(scores, anomaly_scores(PCA(1).fit(plain), plain))


@pytest.mark.mnist
def test_mnist_neighbour_errors_on_pca_codes(mnist):
    """Wrong images for 1-NN and 5-NN, scikit-learn's number: no tolerance.

    Of two numbers each, the table's 61.02 and 57.57 %, and of the first 2000 images;
    the rest of the table with SCRATCHAE_FULL=1.
    """
    (x, x_test), (y, y_test) = mnist.x, mnist.labels
    pca = PCA(30).fit(x)
    codes, codes_test = pca.transform(x), pca.transform(x_test)
    every = ((10_000, 2, 6102, 5757), (2000, 30, 83, 66), (10_000, 10, 863, 724),
             (10_000, 30, 282, 245))
    for m, k, one, five in every if os.environ.get("SCRATCHAE_FULL") else every[:2]:
        nearest = y[nearest_neighbours(codes[:, :k], codes_test[:m, :k], 5)]  # (m, 5)
        votes = np.stack([(nearest == c).sum(axis=1) for c in range(10)], axis=1)
        assert np.sum(nearest[:, 0] != y_test[:m]) == one, k
        assert np.sum(votes.argmax(axis=1) != y_test[:m]) == five, k
