"""What a variational autoencoder reports equals the numbers of `measures_by_hand`."""

from types import SimpleNamespace

import numpy as np
import pytest
from measures_by_hand import BLOCKS, D, K, N, by_hand, layers

from scratchae import (
    ConditionalVariationalAutoencoder,
    VariationalAutoencoder,
    backend,
)
from scratchae.analysis import (
    active_units,
    anomaly_scores,
    diagnosis,
    kl_per_dimension,
    loss_panel,
    mutual_information,
)
from scratchae.networks.posteriors import DiagonalPosterior

pytestmark = pytest.mark.lecture11

OPTIONS = {
    "plain": {},
    "grey": {"binarize": False},
    "beta": {"kl_weight": 2.5},
    "no divergence": {"kl_weight": 0.0},
    "warm-up": {"kl_warmup_epochs": 9},
    "free bits": {"free_bits": 0.4},
    "free bits and beta": {"free_bits": 0.4, "kl_weight": 2.5},
    "samples": {"n_samples": 3},
    "full": {"posterior": "full"},
    "full, samples": {"posterior": "full", "n_samples": 2, "kl_weight": 0.5},
    "importance-weighted": {"objective": "iwae", "n_samples": 4},
    "full, importance-weighted": {"objective": "iwae", "n_samples": 4,
                                  "posterior": "full"},
    "gaussian": {"decoder": "gaussian"},
    "gaussian, fixed": {"decoder": "gaussian", "decoder_variance": 0.3},
}


@pytest.fixture(scope="module")
def x():
    """Grey, and in each block another mean, so that uneven parts count."""
    grey = np.random.default_rng(1).uniform(size=(N, D))
    return np.concatenate([grey[BLOCKS[0]], grey[BLOCKS[1]] ** 4, grey[BLOCKS[2]] / 9])


def fitted(x, kind=VariationalAutoencoder, labels=(), **options):
    """A model of random weights, large enough to make every term matter."""
    settings = {"epochs": 1, "random_state": 0, "verbose": False, "dtype": "float64"}
    with backend("numpy"):
        model = kind(K, (4,), activation="tanh", **settings, **options).fit(x, *labels)
    rng = np.random.default_rng(2)
    for name, value in model.parameters_.values.items():
        if name != "pixel_log_var":
            value += rng.normal(size=value.shape) * 0.6
    return model


@pytest.fixture(params=OPTIONS)
def model(request, x):
    return fitted(x, **OPTIONS[request.param])


def test_evaluate_reports_the_means_over_all_images(model, x):
    _, _, _, recon, kl, bound = by_hand(model, x, seed=5)
    measures = model.evaluate(x, random_state=5)
    assert measures["reconstruction"] == pytest.approx(recon.mean(), rel=1e-9)
    assert measures["kl"] == pytest.approx(kl.sum(axis=1).mean(), rel=1e-9)
    elbo = -recon.mean() - kl.sum(axis=1).mean()  # whatever kl_weight and free_bits
    assert measures["elbo"] == pytest.approx(elbo, rel=1e-9)
    assert ("bound" in measures) == (model.objective == "iwae")
    if model.objective == "iwae":
        assert measures["bound"] == pytest.approx(bound.mean(), rel=1e-9)
    assert set(measures) - {"bound"} == {"sse", "elbo", "reconstruction", "kl"}


@pytest.mark.parametrize("posterior", ["diagonal", "full"])
def test_eq_11_4_one_weight_is_the_ratio_of_the_densities(posterior, x):
    """`by_hand` has p(x|z), p(z) and q(z|x) apart, and takes log of their quotient."""
    model = fitted(x, objective="iwae", n_samples=1, posterior=posterior)
    log_w = by_hand(model, x, seed=5)[5]
    bound = model.evaluate(x, random_state=5)["bound"]
    assert bound == pytest.approx(log_w.mean(), rel=1e-9)


def test_score_is_the_elbo_with_the_fixed_noise(model, x):
    _, _, _, recon, kl, _ = by_hand(model, x)
    assert model.score(x) == pytest.approx(-np.mean(recon + kl.sum(axis=1)), rel=1e-9)


def test_divergences_by_dimension_add_up_to_the_kl_of_evaluate(model, x):
    for seed in (0, 3):
        by_dimension = kl_per_dimension(model, x, random_state=seed)
        expected = by_hand(model, x, seed)[4].mean(axis=0)
        np.testing.assert_allclose(by_dimension, expected, rtol=1e-9)
        kl = model.evaluate(x, random_state=seed)["kl"]
        assert by_dimension.sum() == pytest.approx(kl, rel=1e-12)
    assert (kl_per_dimension(model, x) == kl_per_dimension(model, x)).all()


def test_eq_10_8_and_eq_11_3_validation_losses_are_those_of_the_objective(model, x):
    """The loss has the final weight, and the floor of each block under free bits."""
    trained = type(model)(**model.get_params()).set_params(learning_rate=1e-3)
    with backend("numpy"):
        history = trained.fit(x[:200], validation_data=x).history_
    _, _, _, recon, kl, bound = by_hand(trained, x)
    floored = sum(
        len(rows) * np.maximum(kl[rows].mean(axis=0), trained.free_bits).sum()
        for rows in BLOCKS
    )
    loss = recon.mean() + trained.kl_weight * floored / N
    if trained.objective == "iwae":
        loss = -bound.mean()
    assert history["val_loss"] == [pytest.approx(loss, rel=1e-9)]
    assert history["val_recon"] == [pytest.approx(recon.mean(), rel=1e-9)]
    assert history["val_kl"] == [pytest.approx(kl.sum(axis=1).mean(), rel=1e-9)]


def test_codes_and_reconstructions_are_of_the_grey_values(model, x):
    """A row's code depends on the row alone, and not on its place or on any draw."""
    values = model.parameters_.values
    mu = layers(values, "encoder", x)[:, :K]
    np.testing.assert_allclose(model.transform(x), mu)
    np.testing.assert_allclose(model.encode_distribution(x)[0], mu)
    np.testing.assert_array_equal(model.transform(x[::-1])[::-1], model.transform(x))
    out = layers(values, "decoder", mu)
    mean = 1 / (1 + np.exp(-out)) if model.decoder == "bernoulli" else out
    np.testing.assert_allclose(model.reconstruct(x), mean, rtol=1e-9)
    squares = np.sum((x - mean) ** 2, axis=1)
    np.testing.assert_allclose(anomaly_scores(model, x), squares)
    for sse in (model.reconstruction_error(x), model.evaluate(x)["sse"]):
        assert sse == pytest.approx(squares.mean(), rel=1e-9)


def test_eq_10_1_the_standard_deviation_is_that_of_each_dimension(model, x):
    head = layers(model.parameters_.values, "encoder", x[:7])
    std = model.encode_distribution(x[:7])[1]
    L = [np.diag(np.exp(row[K : 2 * K] / 2)) for row in head]
    if model.posterior == "full":
        for factor, row in zip(L, head, strict=True):
            factor[np.tril_indices(K, -1)] = row[2 * K :]
    covariance = [np.sqrt(np.diag(factor @ factor.T)) for factor in L]
    np.testing.assert_allclose(std, covariance)


def test_a_unit_is_active_from_a_variance_of_a_hundredth_on():
    """Its mean's variance; the rest of the head, here the log-variances, is no mean."""
    two = np.array([[-1.0], [1]])  # of variance 1
    head = two * np.sqrt([0.0099, 0.0101, 4.0])
    model = SimpleNamespace(network_=SimpleNamespace(posterior=DiagonalPosterior(2)),
                            encoder_output=lambda X, random_state: head)
    assert active_units(model, two).tolist() == [False, True]
    assert active_units(model, two, threshold=0.0105).tolist() == [False, False]


def test_active_units_are_counted_on_the_images_of_evaluate(model, x):
    variance = by_hand(model, x)[1].var(axis=0)
    threshold = np.sort(variance)[1] * 1.0001
    counted = active_units(model, x, threshold=threshold)
    np.testing.assert_array_equal(counted, variance > threshold)
    assert counted.sum() == 1 and active_units(model, x, threshold=0).all()


@pytest.mark.parametrize("posterior", ["diagonal", "full"])
def test_mutual_information_is_that_of_the_densities(posterior, x):
    model, some = fitted(x, posterior=posterior), x[:40]
    head = model.encoder_output(some)
    mu, std = head[:, :K], np.exp(head[:, K : 2 * K] / 2)
    L = np.einsum("nj,jk->njk", std, np.eye(K))
    if posterior == "full":
        rows, columns = np.tril_indices(K, -1)
        L[:, rows, columns] = head[:, 2 * K :]
    eps = np.random.default_rng(4).standard_normal((40, K))
    z = mu + np.einsum("nij,nj->ni", L, eps)
    log_q = np.empty((40, 40))  # of z_i under q(z|x_j)
    for j in range(40):
        inverse = np.linalg.inv(L[j] @ L[j].T)
        r = z - mu[j]
        log_q[:, j] = -0.5 * np.einsum("ni,ij,nj->n", r, inverse, r)
        log_q[:, j] -= np.log(std[j]).sum() + K / 2 * np.log(2 * np.pi)
    marginal = np.log(np.mean(np.exp(log_q), axis=1))
    expected = np.mean(np.diag(log_q) - marginal)
    got = mutual_information(model, some, rng=np.random.default_rng(4))
    assert got == pytest.approx(expected, rel=1e-9)
    assert 0.1 < got <= np.log(40)


def test_the_importance_weighted_bound_lies_between_the_elbo_and_log_p(x):
    model = fitted(x, objective="iwae", n_samples=4)
    measures = model.evaluate(x)
    log_p = model.log_likelihood(x[:300], 400).mean
    some = model.evaluate(x[:300])
    assert measures["elbo"] < measures["bound"]
    assert some["elbo"] < some["bound"] < log_p


def test_every_row_of_the_panel_and_its_unit(x):
    model = fitted(x, kl_weight=2.5, free_bits=0.4)
    _, _, _, recon, kl, _ = by_hand(model, x)
    recon, kl = recon.mean(), kl.sum(axis=1).mean()
    log_p = model.log_likelihood(x, 6).log_likelihood.mean()
    squares = np.mean(np.sum((x - model.reconstruct(x)) ** 2, axis=1))
    expected = {
        ("reconstruction", "nats/img"): recon,
        ("KL", "nats/img"): kl,
        ("ELBO", "nats/img"): -recon - kl,
        ("log p(x), 6 samples", "nats/img"): log_p,
        # a fair coin for each pixel costs one bit per pixel, ln 2 nats
        ("-log p(x)", "bits/dim"): -log_p / 5 / 0.6931471805599453,
        ("squared error", "SSE/img"): squares,
        ("squared error", "mean over pixels"): squares / 5,
        ("reconstruction", "nats, mean over pixels"): recon / 5,
        ("mean over pixels + KL means beta", "here"): 5,
        ("KL times 1/d to it means beta", "here"): 1,
    }
    rows = loss_panel(model, x, n_importance=6)
    assert [(name, unit) for name, _, unit in rows] == [*expected]
    np.testing.assert_allclose([r[1] for r in rows], [*expected.values()], rtol=1e-9)
    printed = diagnosis.print_panel(rows).splitlines()
    assert len(printed) == 10
    assert printed[0].split() == ["reconstruction", f"{recon:.4f}", "nats/img"]


def test_a_coin_for_each_pixel_costs_one_bit_per_dimension(x):
    model = fitted(x)
    model.parameters_.theta[...] = 0
    panel = {(name, unit): v for name, v, unit in loss_panel(model, x, n_importance=3)}
    assert panel["-log p(x)", "bits/dim"] == pytest.approx(1)
    assert panel["reconstruction", "nats/img"] == pytest.approx(5 * np.log(2))
    assert panel["KL", "nats/img"] == 0


@pytest.mark.lecture10
@pytest.mark.parametrize("options", ["plain", "full", "importance-weighted"])
def test_the_conditional_model_reports_the_same_numbers(options, x):
    y = np.random.default_rng(3).integers(0, 3, N)
    model = fitted(x, ConditionalVariationalAutoencoder, (y,), **OPTIONS[options])
    _, mu, _, recon, kl, bound = by_hand(model, x, one_hot=np.eye(3)[y])
    measures = model.evaluate(x, y)
    assert measures["reconstruction"] == pytest.approx(recon.mean(), rel=1e-9)
    assert measures["kl"] == pytest.approx(kl.sum(axis=1).mean(), rel=1e-9)
    assert model.score(x, y) == pytest.approx(-np.mean(recon + kl.sum(axis=1)))
    if options == "importance-weighted":
        assert measures["bound"] == pytest.approx(bound.mean(), rel=1e-9)
    by_dimension = kl_per_dimension(model, x, y)
    np.testing.assert_allclose(by_dimension, kl.mean(axis=0), rtol=1e-9)
    threshold = np.sort(mu.var(axis=0))[1] * 1.0001
    assert active_units(model, x, y, threshold).sum() == 1
    assert mutual_information(model, x[:50], y[:50], rng=np.random.default_rng(0)) > 0
    panel = loss_panel(model, x[:50], y[:50], n_importance=3)
    assert panel[1][1] == model.evaluate(x[:50], y[:50])["kl"]
    squares = np.sum((x - model.reconstruct(x, y)) ** 2, axis=1)
    assert measures["sse"] == pytest.approx(squares.mean())
    assert model.reconstruction_error(x, y) == pytest.approx(squares.mean())


def test_float32_sums_agree_as_well(x):
    with backend("numpy"):
        model = VariationalAutoencoder(K, (4,), epochs=1, random_state=0,
                                       verbose=False).fit(x)
        by_dimension = kl_per_dimension(model, x)
        assert by_dimension.sum() == pytest.approx(model.evaluate(x)["kl"], rel=1e-6)


def test_the_bounds_of_single_images_have_the_mean_that_is_reported(model, x):
    _, _, _, recon, kl, _ = by_hand(model, x)
    each = model.evaluate(x, each=True)
    np.testing.assert_allclose(each["elbo"], -recon - kl.sum(axis=1), rtol=1e-9)
    assert each["elbo"].mean() == pytest.approx(model.score(x), rel=1e-9)
    np.testing.assert_allclose(each["reconstruction"], recon, rtol=1e-9)
    np.testing.assert_allclose(each["kl"], kl.sum(axis=1), rtol=1e-9)
