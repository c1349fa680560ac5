"""A mixture of normal distributions on codes, by EM (lecture 10)."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.stats import multivariate_normal
from sklearn.mixture import GaussianMixture as Theirs

from scratchae.analysis import GaussianMixture

pytestmark = pytest.mark.lecture10
EXACT = {"reg_covar": 0, "tol": 0, "random_state": 0}


@pytest.fixture
def codes(rng):
    """Three groups of different width and tilt, in two dimensions."""
    L = np.array([[[1, 0], [0.8, 0.3]], [[0.2, 0], [0, 0.2]], [[0.5, 0], [-1, 0.5]]])
    group = rng.choice(3, 600, p=[0.5, 0.2, 0.3])
    eps = rng.standard_normal((600, 2))
    return np.array([[0, 0], [4, 1], [-3, 4]])[group] + np.einsum(
        "nij,nj->ni", L[group], eps)


def of_parts(mixture, h):
    return np.array([w * multivariate_normal(m, S).pdf(h) for w, m, S in zip(
        mixture.weights_, mixture.means_, mixture.covariances_, strict=True)])


def test_eq_10_14_the_density_is_the_weighted_sum_of_normal_ones(codes):
    mixture = GaussianMixture(3, random_state=0).fit(codes)
    h = codes[:50] + 1
    np.testing.assert_allclose(np.exp(mixture.score_samples(h)),
                               of_parts(mixture, h).sum(axis=0), rtol=1e-10)
    assert mixture.score(h) == pytest.approx(mixture.score_samples(h).mean())


def test_eq_10_14_the_density_integrates_to_one(codes):
    mixture = GaussianMixture(3, random_state=0).fit(codes)
    axis = np.linspace(-15, 15, 401)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    total = np.exp(mixture.score_samples(grid)).sum() * (axis[1] - axis[0]) ** 2
    assert total == pytest.approx(1, abs=1e-6)


def test_eq_10_15_and_eq_10_16_one_step_by_plain_sums(codes):
    """From the mixture after two steps to that after three."""
    two, three = (GaussianMixture(3, max_iter=steps, **EXACT).fit(codes)
                  for steps in (2, 3))
    parts = of_parts(two, codes)
    r = parts / parts.sum(axis=0)
    for j in range(3):
        mean = sum(r[j, i] * codes[i] for i in range(len(codes))) / r[j].sum()
        S = sum(r[j, i] * np.outer(codes[i] - mean, codes[i] - mean)
                for i in range(len(codes))) / r[j].sum()
        assert three.weights_[j] == pytest.approx(r[j].mean())
        np.testing.assert_allclose(three.means_[j], mean)
        np.testing.assert_allclose(three.covariances_[j], S, rtol=1e-9)


@pytest.mark.parametrize("k", [1, 3, 7])
def test_no_step_lowers_the_likelihood(codes, k):
    history = GaussianMixture(k, max_iter=60, **EXACT).fit(codes).history_
    assert len(history) == 60
    assert np.diff(history).min() > -1e-12
    assert k == 1 or history[-1] > history[0] + 0.1


def test_the_steps_are_those_of_scikit_learn_from_the_same_start(codes):
    start = GaussianMixture(3, max_iter=1, **EXACT).fit(codes)
    mine = GaussianMixture(3, max_iter=26, **EXACT).fit(codes)
    theirs = Theirs(3, max_iter=25, tol=0, reg_covar=0, weights_init=start.weights_,
                    means_init=start.means_,
                    precisions_init=np.linalg.inv(start.covariances_))
    with pytest.warns(UserWarning, match="converge"):
        theirs.fit(codes)
    np.testing.assert_allclose(mine.weights_, theirs.weights_, rtol=1e-8)
    np.testing.assert_allclose(mine.means_, theirs.means_, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(mine.covariances_, theirs.covariances_, rtol=1e-7,
                               atol=1e-9)
    np.testing.assert_allclose(mine.score_samples(codes), theirs.score_samples(codes))


def test_its_own_start_ends_as_high_as_theirs(codes):
    best = max(GaussianMixture(3, random_state=seed).fit(codes).score(codes)
               for seed in range(3))
    assert best > Theirs(3, n_init=3, random_state=0).fit(codes).score(codes) - 0.01


def test_one_component_is_the_normal_distribution_of_the_rows(codes):
    one = GaussianMixture(1, reg_covar=0).fit(codes)
    np.testing.assert_allclose(one.means_[0], codes.mean(axis=0))
    np.testing.assert_allclose(one.covariances_[0], np.cov(codes.T, bias=True))
    np.testing.assert_allclose(one.weights_, 1)


def test_codes_of_other_columns_have_no_density():
    table = pd.DataFrame(np.random.default_rng(0).normal(size=(9, 2)), columns=[*"uv"])
    mixture = GaussianMixture(1).fit(table)
    with pytest.raises(ValueError, match="in the same order as they were in fit"):
        mixture.score_samples(table[["v", "u"]])


def test_samples_have_the_moments_of_the_mixture(codes):
    mixture = GaussianMixture(3, random_state=0).fit(codes)
    drawn = mixture.sample(200_000, random_state=1)
    m = mixture.weights_ @ mixture.means_
    second = np.einsum("k,kij->ij", mixture.weights_, mixture.covariances_ + np.einsum(
        "ki,kj->kij", mixture.means_, mixture.means_))
    np.testing.assert_allclose(drawn.mean(axis=0), m, atol=0.02)
    np.testing.assert_allclose(np.cov(drawn.T), second - np.outer(m, m), atol=0.1)
    np.testing.assert_array_equal(mixture.sample(5, random_state=1),
                                  mixture.sample(5, random_state=1))


def test_the_seed_is_the_start_and_the_same_seed_gives_the_same_bits(codes):
    means = [GaussianMixture(3, max_iter=1, tol=0, random_state=seed).fit(codes).means_
             for seed in (0, 0, 1)]
    np.testing.assert_array_equal(means[0], means[1])
    assert not np.allclose(means[0], means[2])


def test_rows_that_are_all_in_one_direction_are_kept_apart_from_zero_volume(rng):
    line = rng.normal(size=(100, 1)) * [1.0, 2.0]
    assert np.isfinite(GaussianMixture(2, random_state=0).fit(line).score(line))
    with pytest.raises(ValueError, match="collapsed.*larger reg_covar"):
        GaussianMixture(2, reg_covar=0, random_state=0).fit(line)


@pytest.mark.parametrize("options, message", [
    ({"n_components": 0}, "'n_components' parameter of GaussianMixture"),
    ({"reg_covar": -1}, "'reg_covar'"),
    ({"n_components": 601}, "n_samples=600, n_components=601"),
])
def test_bad_parameters_are_refused_and_leave_no_trace(codes, options, message):
    mixture = GaussianMixture(**options)
    with pytest.raises(ValueError, match=message):
        mixture.fit(codes)
    assert vars(mixture) == vars(GaussianMixture(**options))


@pytest.mark.parametrize("rows, k", [(1, 1), (2, 3)])
def test_fewer_rows_than_components_or_two_are_refused(codes, rows, k):
    with pytest.raises(ValueError, match=f"least 2; got n_samples={rows},.*={k}"):
        GaussianMixture(k).fit(codes[:rows])
    assert GaussianMixture(2, random_state=0).fit(codes[:2]).n_features_in_ == 2


def test_steps_that_do_not_suffice_are_said(codes):
    with pytest.warns(UserWarning, match="EM failed to converge after 2 steps"):
        GaussianMixture(3, max_iter=2, tol=1e-6, random_state=0).fit(codes)


def test_a_second_fit_has_a_history_of_its_own_and_weights_that_add_up(codes):
    mixture = GaussianMixture(3, random_state=0).fit(codes)
    first = mixture.history_
    again = mixture.fit(codes[::-1].copy()).fit(codes).history_
    assert again == first and again is not first
    assert mixture.weights_.sum() == pytest.approx(1, abs=1e-15)


def test_the_variance_that_is_added_is_seen_in_the_covariances(codes):
    one = GaussianMixture(1, reg_covar=0.5).fit(codes)
    np.testing.assert_allclose(one.covariances_[0],
                               np.cov(codes.T, bias=True) + 0.5 * np.eye(2))


def test_who_asks_for_all_steps_is_not_told_that_they_did_not_suffice(codes):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        GaussianMixture(3, max_iter=2, **EXACT).fit(codes)


def test_the_steps_end_at_the_first_rise_below_the_tolerance(codes):
    rises = np.diff(GaussianMixture(3, tol=1e-2, random_state=0).fit(codes).history_)
    assert rises[-1] < 1e-2 <= rises[:-1].min() and 2 < len(rises) < 100


def test_the_start_is_distinct_rows_of_equal_weight_that_share_the_volume(
    codes, monkeypatch
):
    monkeypatch.setattr(GaussianMixture, "_climb", lambda *_: None)
    k = len(codes)
    start = GaussianMixture(k, reg_covar=0).fit(codes)
    np.testing.assert_array_equal(np.sort(start.means_, axis=0), np.sort(codes, axis=0))
    np.testing.assert_allclose(start.weights_, 1 / k)
    volume = np.sqrt(np.linalg.det(np.cov(codes.T, bias=True)))
    np.testing.assert_allclose(np.sqrt(np.linalg.det(start.covariances_)), volume / k)


def test_the_history_is_the_mean_log_density_before_each_step(codes):
    """In nats per row, of the mixture that so many steps less have made."""
    history = GaussianMixture(3, max_iter=5, **EXACT).fit(codes).history_
    assert len(history) == 5
    for steps in (1, 2, 4):
        before = GaussianMixture(3, max_iter=steps, **EXACT).fit(codes)
        expected = np.log(of_parts(before, codes).sum(axis=0)).mean()
        assert history[steps] == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("tol", [0.02, 0.002])
def test_the_steps_end_at_the_first_rise_of_less_than_tol_in_nats_per_row(tol, codes):
    rises = np.diff(GaussianMixture(3, max_iter=60, **EXACT).fit(codes).history_)
    first = int(np.argmax(rises < tol))
    ended = GaussianMixture(3, max_iter=60, tol=tol, reg_covar=0, random_state=0)
    assert 0 < first < 50 and len(ended.fit(codes).history_) == first + 2
