"""Questions that are put in a form that has no answer, or in another right one."""

import warnings

import numpy as np
import pytest

from scratchae import (
    PCA,
    LinearProbe,
    SparseAutoencoder,
    VariationalAutoencoder,
    backend,
)
from scratchae.analysis import (
    active_units,
    anomaly_parts,
    anomaly_scores,
    auc,
    interpolate,
    kl_per_dimension,
    loss_panel,
    maximising_images,
    mutual_information,
)
from scratchae.exact import LinearGaussian
from scratchae.exact.inference import chain_mean_error, importance_weighted_bound
from scratchae.formulas.information import entropy, jensen_shannon, kl_divergence
from scratchae.formulas.softmax import softmax

X = np.random.default_rng(0).normal(size=(12, 4))
Y = np.arange(12) % 2
QUIET = {"epochs": 1, "verbose": False, "random_state": 0}


@pytest.fixture(scope="module")
def vae():
    with backend("numpy"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return VariationalAutoencoder(2, (3,), decoder="gaussian", **QUIET).fit(X)


def holed():
    return np.ma.array(X, mask=np.arange(48).reshape(12, 4) == 7)


@pytest.mark.parametrize("ask", [
    lambda: PCA(2).fit(list(holed())),
    lambda: anomaly_scores(PCA(2).fit(X), holed()),
    lambda: anomaly_parts(PCA(2).fit(X), holed()),
    lambda: interpolate(holed()[1], X[0]),
    lambda: auc(holed()[1], [1.0]),
    lambda: auc([1.0], holed()[1]),
], ids=range(6))
def test_masked_numbers_are_never_taken_for_numbers(ask):
    with pytest.raises(ValueError, match="masked"):
        ask()


@pytest.mark.parametrize("ask", [
    kl_per_dimension, active_units, loss_panel,
    lambda m, x: mutual_information(m, x, rng=np.random.default_rng(0))], ids=range(4))
def test_a_model_without_a_distribution_of_codes_is_told_so(ask):
    for model in PCA(2).fit(X), LinearProbe().fit(X, Y):
        with pytest.raises(TypeError, match=f"got a {type(model).__name__}"):
            ask(model, X)
    with pytest.raises(ValueError, match="not fitted yet"):
        ask(VariationalAutoencoder(), X)


@pytest.mark.parametrize("ask", [anomaly_scores, anomaly_parts])
def test_a_model_that_reconstructs_nothing_has_no_anomalies(ask):
    with pytest.raises(TypeError, match=r"reconstructs; got a LinearProbe\(\)"):
        ask(LinearProbe().fit(X, Y), X)


def test_a_seed_does_where_a_generator_does(vae):
    drawn = [mutual_information(vae, X, rng=rng)
             for rng in (5, np.random.default_rng(5), 6, np.random.RandomState(5))]
    assert drawn[0] == drawn[1] != drawn[2] and np.isfinite(drawn).all()


@pytest.mark.parametrize("option, value", [
    ("rate", np.nan), ("rate", 0), ("steps", "3"), ("steps", 1.5), ("norm", -1)])
def test_an_ascent_needs_numbers_that_make_one(option, value, vae):
    with pytest.raises(ValueError, match=f"The '{option}' parameter of maximising_im"):
        maximising_images(vae, **{option: value})


@pytest.mark.parametrize("threshold", [np.nan, -1, "0.1"])
def test_a_threshold_of_activity_is_a_number_from_0_on(threshold, vae):
    with pytest.raises(ValueError, match="The 'threshold' parameter of active_units"):
        active_units(vae, X, threshold=threshold)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_a_unit_without_weights_has_no_image_that_excites_it():
    with backend("numpy"):
        model = SparseAutoencoder(3, penalty="l1", **QUIET).fit(X)
        model.parameters_.values["encoder.0.W"][:, 1] = 0
        images = maximising_images(model, norm=2.0)
    assert not images[1].any()
    np.testing.assert_allclose(np.linalg.norm(images[[0, 2]], axis=1), 2, rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_probabilities_sum_to_1_as_exactly_as_their_type_can(dtype):
    rng = np.random.default_rng(1)
    for _ in range(20):
        p, q = softmax(rng.normal(size=(2, 300)).astype(dtype)).astype(dtype)
        exact = p.astype(float)
        by_hand = -np.sum(exact[exact > 0] * np.log2(exact[exact > 0]))
        assert entropy(p) == pytest.approx(by_hand, rel=1e-12)
        assert kl_divergence(p, q) > 0 and 0 < jensen_shannon(p, q) < 1
    for wrong in ([0.5, 0.51], [0.25, 0.25]):
        with pytest.raises(ValueError, match="sum to 1"):
            entropy(np.array(wrong, dtype))
    with pytest.raises(ValueError, match="sum to 1"):
        entropy([0.5, 0.5 + 1e-7])


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_an_error_that_nothing_tells_is_infinite():
    assert chain_mean_error(np.arange(49.0)) == np.inf
    assert np.isfinite(chain_mean_error(np.arange(50.0)))
    model, rng = LinearGaussian(2.0), np.random.default_rng(0)
    assert importance_weighted_bound(model, 1.0, 5, 1, rng)[1] == np.inf
    assert np.isfinite(importance_weighted_bound(model, 1.0, 5, 2, rng)[1])


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_logits_at_both_ends_of_the_range_have_their_probabilities():
    np.testing.assert_array_equal(softmax(np.array([[1e308, -1e308]])), [[1, 0]])
