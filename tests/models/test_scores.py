"""Figures of each row, beside the means: `evaluate(X, each=True)`."""

import numpy as np
import pytest
from estimators import CLASSES, data, fitted, labels_of
from readings import id_of, variants

from scratchae import backend
from scratchae.nn.evaluation import evaluate

X, Y = data(23)
both = pytest.mark.parametrize("engine", ["numpy", "numba"])
every = pytest.mark.parametrize(
    ("name", "options"),
    [(n, o) for n, o in variants() if hasattr(CLASSES[n], "evaluate")], ids=id_of,
)


@both
@every
def test_the_mean_of_the_rows_is_the_mean_that_is_reported(name, options, engine):
    with backend(engine):
        model = fitted(name, **options)
        labels = labels_of(model.evaluate, Y)
        means, each = model.evaluate(X, *labels), model.evaluate(X, *labels, each=True)
        assert means.keys() == each.keys()
        for figure, values in each.items():
            assert values.shape == (len(X),) and values.dtype == np.float64
            assert values.mean() == pytest.approx(means[figure], rel=1e-12), figure


@every
def test_a_rows_figures_are_those_that_it_has_alone(name, options):
    """Except for what is drawn: then the rows before it have drawn as well."""
    with backend("numpy"):
        model = fitted(name, dtype="float64", **options)
        labels = labels_of(model.evaluate, Y)
        each = model.evaluate(X, *labels, each=True)
        first = model.evaluate(X[:1], *(y[:1] for y in labels), each=True)
        for figure in ("sse", "log_likelihood", "error"):
            if figure in each:
                assert first[figure][0] == pytest.approx(each[figure][0], rel=1e-9)


@pytest.mark.parametrize("options", [
    {}, {"decoder": "gaussian", "posterior": "full"}, {"free_bits": 0.1},
    {"objective": "iwae", "n_samples": 3}, {"kl_weight": 0.3},
], ids=id_of)
def test_the_rows_of_a_bound_have_the_mean_losses_of_its_network(options):
    with backend("numpy"):
        model = fitted("VariationalAutoencoder", dtype="float64", **options)
        losses = evaluate(model.network_, model._check_fitted_input(X))
        each = model.evaluate(X, each=True)
    assert each["reconstruction"].mean() == pytest.approx(losses["recon"], rel=1e-12)
    assert each["kl"].mean() == pytest.approx(losses["kl"], rel=1e-12)
    np.testing.assert_allclose(each["elbo"], -each["reconstruction"] - each["kl"])
    if "objective" in options:
        assert each["bound"].mean() == pytest.approx(-losses["loss"], rel=1e-12)
        assert (each["bound"] > each["elbo"]).mean() > 0.5  # L_3 lies above L_1


@pytest.mark.parametrize("options", [{}, {"objective": "iwae", "n_samples": 3}],
                         ids=id_of)
def test_with_any_number_of_samples_the_terms_are_those_of_their_row(options):
    """A decoder without weights gives every z the picture of its biases."""
    model = fitted("VariationalAutoencoder", binarize=False, **options)
    for name, values in model.parameters_.values.items():
        values[...] = 0 if name in ("decoder.0.W", "decoder.1.W") else values
    each = model.evaluate(X, each=True)
    mean, std = (a.astype(float) for a in model.encode_distribution(X))
    kl = 0.5 * np.sum(mean**2 + std**2 - 1 - 2 * np.log(std), axis=1)
    np.testing.assert_allclose(each["kl"], kl, rtol=1e-4, atol=1e-6)
    p = model.inverse_transform(np.zeros((1, 2))).astype(float)
    recon = -np.sum(X * np.log(p) + (1 - X) * np.log(1 - p), axis=1)
    np.testing.assert_allclose(each["reconstruction"], recon, rtol=1e-5)


@pytest.mark.parametrize("name", ["VariationalAutoencoder",
                                  "ConditionalVariationalAutoencoder"])
def test_samples_that_are_looked_at_in_blocks_give_the_same_terms(name, monkeypatch):
    """23 images of 5 samples: all at once, and two samples at a time."""
    with backend("numpy"):
        model = fitted(name, objective="iwae", n_samples=5, dtype="float64")
        labels = labels_of(model.evaluate, Y)
        whole = model.evaluate(X, *labels, each=True)
        monkeypatch.setattr("scratchae.networks.variational.ROWS", 60)
        in_blocks = model.evaluate(X, *labels, each=True)
    assert "bound" in whole
    for figure, values in whole.items():
        np.testing.assert_allclose(in_blocks[figure], values, rtol=1e-12)


def test_the_noise_of_an_evaluation_is_that_of_its_generator():
    model = fitted("VariationalAutoencoder")
    one, same, other = (evaluate(model.network_, X, np.random.default_rng(seed))
                        for seed in (1, 1, 2))
    assert one == same != other and evaluate(model.network_, X) not in (one, other)


def test_the_figures_of_each_row_by_hand():
    for name in ("PCA", "Autoencoder", "VariationalAutoencoder", "SparseAutoencoder"):
        model = fitted(name)
        by_hand = np.sum((X.astype(float) - model.reconstruct(X)) ** 2, axis=1)
        np.testing.assert_allclose(model.evaluate(X, each=True)["sse"], by_hand,
                                   rtol=1e-5)
    ppca = fitted("ProbabilisticPCA")
    np.testing.assert_array_equal(ppca.evaluate(X, each=True)["log_likelihood"],
                                  ppca.log_likelihood(X))
    bernoulli = fitted("Autoencoder", loss="bernoulli")
    p = bernoulli.reconstruct(X).astype(float)
    by_hand = np.sum(X * np.log(p) + (1 - X) * np.log1p(-p), axis=1)
    np.testing.assert_allclose(bernoulli.evaluate(X, each=True)["reconstruction"],
                               -by_hand, rtol=1e-5)


def test_the_error_of_each_row_says_which_labels_are_wrong():
    model = fitted("StackedClassifier")
    wrong = model.evaluate(X, Y, each=True)["error"]
    np.testing.assert_array_equal(wrong, model.predict(X) != Y)


@pytest.mark.parametrize("posterior", ["diagonal", "full"])
def test_the_covariance_of_a_posterior_is_that_of_its_samples(posterior):
    model = fitted("VariationalAutoencoder", posterior=posterior, n_components=3)
    x = X[:5]
    mean, covariance = model.encode_distribution(x, return_cov=True)
    same_mean, std = model.encode_distribution(x)
    assert covariance.shape == (5, 3, 3)
    np.testing.assert_array_equal(mean, same_mean)
    variances = np.diagonal(covariance, axis1=1, axis2=2)
    np.testing.assert_allclose(np.sqrt(variances), std, rtol=1e-5)
    np.testing.assert_array_equal(covariance, covariance.transpose(0, 2, 1))
    head = np.repeat(model.encoder_.predict(x), 40_000, axis=0)
    eps = np.random.default_rng(0).standard_normal((len(head), 3))
    z = model.network_.posterior.sample(head, eps).reshape(5, -1, 3)
    sampled = [np.cov(rows.T) for rows in z]
    np.testing.assert_allclose(covariance, sampled, atol=0.03 * variances.max())
    apart = np.abs(covariance - variances[:, :, None] * np.eye(3)).max()
    assert (apart > 0) == (posterior == "full")


def test_codes_of_a_stack_without_layers_are_a_copy_of_the_rows():
    model = fitted("StackedClassifier", hidden_layer_sizes=())
    before = X.astype(np.float32)
    model.transform(before)[:] = 7
    np.testing.assert_array_equal(before, X.astype(np.float32))
