"""PCA against scikit-learn's and against closed forms."""

import numpy as np
import pytest
from sklearn.decomposition import PCA as Oracle

from scratchae import PCA

pytestmark = pytest.mark.lecture02


@pytest.fixture
def x(rng):
    return rng.normal(size=(200, 9)) @ rng.normal(size=(9, 9)) + 3


def test_codes_agree_with_scikit_learn_up_to_sign(x):
    ours, theirs = PCA(4).fit_transform(x), Oracle(4).fit_transform(x)
    np.testing.assert_allclose(np.abs(ours), np.abs(theirs), rtol=1e-8, atol=1e-10)


def test_reconstructions_agree_with_scikit_learn(x):
    oracle = Oracle(4).fit(x)
    expected = oracle.inverse_transform(oracle.transform(x))
    np.testing.assert_allclose(PCA(4).fit(x).reconstruct(x), expected, rtol=1e-8)


def test_eq_2_3_error_is_the_sum_of_the_dropped_eigenvalues(x):
    pca = PCA(4).fit(x)
    dropped = pca.eigenvalues_[4:].sum()
    assert pca.reconstruction_error(x) == pytest.approx(dropped, rel=1e-10)


def test_components_are_orthonormal(x):
    V = PCA(4).fit(x).components_
    np.testing.assert_allclose(V @ V.T, np.eye(4), atol=1e-12)


def test_all_components_reconstruct_exactly(x):
    np.testing.assert_allclose(PCA(9).fit(x).reconstruct(x), x, rtol=1e-10)


def test_planted_uncentred_projection_has_a_larger_error(x):
    pca = PCA(4).fit(x)
    wrong = x @ pca.components_.T @ pca.components_
    assert ((x - wrong) ** 2).sum(axis=1).mean() > 1.1 * pca.reconstruction_error(x)


def test_more_components_than_features_is_refused(x):
    with pytest.raises(ValueError, match=r"an int in the range \[1, 9\]. Got 10"):
        PCA(10).fit(x)
