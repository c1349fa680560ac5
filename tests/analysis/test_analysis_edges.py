"""Questions about codes at their edges: what is blamed, counted and said there."""

from types import SimpleNamespace

import numpy as np
import pytest

from scratchae.analysis import (
    GaussianMixture,
    active_units,
    anomaly_parts,
    factor_directions,
    nearest_neighbours,
    neighbour_error,
    print_panel,
)
from scratchae.networks.posteriors import DiagonalPosterior

CODES = np.random.default_rng(0).normal(size=(60, 3))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("constant", ["fitted", "measured"])
def test_a_factor_that_is_constant_in_one_half_of_the_rows_is_not_carried(constant):
    factor = CODES[:, 0].copy()
    factor[:30] = factor[:30] if constant == "measured" else 1.0
    factor[30:] = factor[30:] if constant == "fitted" else 1.0
    r2, step = factor_directions(CODES, {"f": factor})["f"]
    assert r2 <= 0 and np.isfinite([r2, *step]).all()
    assert r2 == 0 or constant == "fitted"


@pytest.mark.parametrize("n", [59, 61, 120])
def test_a_factor_of_more_values_or_fewer_than_codes_is_refused(n):
    with pytest.raises(ValueError, match=f"factor 'f' has {n} values for 60 codes"):
        factor_directions(CODES, {"f": np.ones(n)})


@pytest.mark.parametrize("which", ["labels_train", "labels_test"])
@pytest.mark.parametrize("bad", [np.arange(59), np.linspace(0, 1, 60), None])
def test_labels_that_are_none_are_refused_by_their_own_name(which, bad):
    labels = {"labels_train": np.arange(60) % 2, "labels_test": np.arange(60) % 2}
    labels[which] = bad
    with pytest.raises(ValueError, match=rf"neighbour_error: {which}\b"):
        neighbour_error(CODES, labels["labels_train"], CODES, labels["labels_test"])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_row_far_away_has_its_own_rounding_beside_a_near_one(seed):
    """Training codes in rows across the view from afar are equally near in pairs."""
    rng = np.random.default_rng(seed)
    train, axes = rng.choice([-0.3, -0.1, 0.1, 0.3], (40, 2)), np.eye(2)
    test = np.vstack([[[0.01, 0.02]], *(far * np.vstack([axes, -axes])
                                        for far in (1e2, 1e4, 1e5))])
    squares = np.sum((test[:, None] - train) ** 2, axis=2)
    expected = np.argsort(squares, axis=1, kind="stable")[:, :5]
    np.testing.assert_array_equal(nearest_neighbours(train, test, 5), expected)


def test_a_unit_that_is_the_same_for_all_images_is_active_at_no_threshold():
    head = np.array([[1.0, -0.1, 0], [1.0, 0.1, 0]])
    model = SimpleNamespace(network_=SimpleNamespace(posterior=DiagonalPosterior(2)),
                            encoder_output=lambda X, random_state: head)
    assert active_units(model, head, threshold=0).tolist() == [False, True]


def test_a_row_whose_code_alone_is_too_far_is_named():
    """Its features are copied exactly, and its divergence is infinite."""
    posterior = SimpleNamespace(divergence=lambda head: head.sum(axis=1))
    model = SimpleNamespace(
        reconstruct=lambda X: X, network_=SimpleNamespace(
            pixels=SimpleNamespace(variance=2.0), posterior=posterior),
        encoder_output=lambda X: np.where(X > 0.9, np.inf, X))
    x = np.zeros((5, 2))
    x[3, 1] = 1.0
    with pytest.warns(RuntimeWarning, match="row 3"):
        parts, code = anomaly_parts(model, x)
    assert not parts.any() and code.tolist() == [0, 0, 0, np.inf, 0]


def test_a_row_of_the_panel_has_its_name_its_number_and_its_unit_in_columns():
    rows = [("KL", 12.34567, "nats/img"), ("-log p(x)", -0.5, "bits/dim")]
    assert print_panel(rows).splitlines() == [
        "KL" + 34 * " " + "     12.3457  nats/img",
        "-log p(x)" + 27 * " " + "     -0.5000  bits/dim"]


def test_a_component_that_no_row_belongs_to_stays_a_number():
    mixture = GaussianMixture(2, reg_covar=0.1)
    mixture._step(CODES, np.vstack([np.ones(60), np.zeros(60)]))
    for found in (mixture.weights_, mixture.means_, mixture.covariances_):
        assert np.isfinite(found).all()
    np.testing.assert_allclose(mixture.weights_, [1, 0], atol=1e-12)
    np.testing.assert_allclose(mixture.means_[0], CODES.mean(axis=0))


def test_codes_beyond_all_density_are_named():
    mixture = GaussianMixture(2, random_state=0).fit(CODES)
    rows = CODES[:5].copy()
    rows[2] = 1e200
    with np.errstate(over="ignore"), pytest.warns(RuntimeWarning, match="row 2"):
        log_p = mixture.score_samples(rows)
    assert np.isneginf(log_p).tolist() == [False, False, True, False, False]


@pytest.mark.parametrize("unit", [1.0, 2.0**-400, 2.0**400])
@pytest.mark.parametrize("offset", [0.0, 1024.0, -3.0])
@pytest.mark.parametrize("k", [1, 2, 3])
def test_of_whole_numbers_equally_far_away_the_first_is_nearest(k, unit, offset):
    """Their mean, 8 / 3 of 0, 7 and 1, is rounded: to it no two are equally far."""
    rng = np.random.default_rng(0)
    line = [[0.0], [7.0], [1.0]], [[4.0]]
    grids = [(rng.integers(0, 9, (n, d)), rng.integers(0, 9, (20, d)))
             for n, d in ((7, 1), (31, 2), (50, 3))]
    for train, test in (line, *grids):
        train, test = (unit * (np.array(x, float) + offset) for x in (train, test))
        far = np.sum(((test[:, None] - train) / unit) ** 2, axis=2)
        expected = np.argsort(far, axis=1, kind="stable")[:, :k]
        np.testing.assert_array_equal(nearest_neighbours(train, test, k), expected)
