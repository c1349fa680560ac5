"""The class that a conditional VAE takes a row for: log p(x|z, y) - KL, by hand."""

import numpy as np
import pytest

from scratchae import ConditionalVariationalAutoencoder, backend

pytestmark = pytest.mark.lecture10
N, D, K, CLASSES = 20, 4, 2, np.array(["a", "b", "c"])


@pytest.fixture(autouse=True)
def plain():
    with backend("numpy"):
        yield


def unfamiliar(rng, **options):
    """A model that has learned nothing yet."""
    return ConditionalVariationalAutoencoder(
        K, (3,), epochs=1, random_state=0, verbose=False, dtype="float64", **options
    ).fit(rng.random((9, D)), np.tile(CLASSES, 3))


def fits(model, x, z, label):
    """log p(x|z, y) up to a constant : (n,)."""
    mean = model.inverse_transform(z, label)
    if model.decoder == "bernoulli":
        return np.sum(x * np.log(mean) + (1 - x) * np.log(1 - mean), axis=1)
    return -0.5 * np.sum((x - mean) ** 2, axis=1) / model.decoder_variance


def costs(mean, Sigma):
    """KL(N(mean, Sigma) || N(0, I)) of each row : (n,)."""
    trace = np.trace(Sigma, axis1=1, axis2=2)
    squares, log_det = np.sum(mean**2, axis=1), np.linalg.slogdet(Sigma)[1]
    return 0.5 * (trace + squares - K - log_det)


def terms(model, x):
    """The fit and the cost of each row under each class : (classes, n)."""
    fit, kl = [], []
    for label in CLASSES:
        mean, Sigma = model.encode_distribution(x, label, return_cov=True)
        fit.append(fits(model, x, mean, label))
        kl.append(costs(mean, Sigma))
    return np.array(fit), np.array(kl)


@pytest.mark.parametrize("posterior", ["diagonal", "full"])
@pytest.mark.parametrize("decoder", ["bernoulli", "gaussian"])
def test_a_row_is_of_the_class_with_the_highest_bound_at_the_mean(
    decoder, posterior, rng
):
    """And not of that which fits it best, nor of that which costs least."""
    model, x = unfamiliar(rng, decoder=decoder, posterior=posterior,
                          decoder_variance=0.3), rng.random((N, D))
    others = []
    for _ in range(30):  # models with weights of size 1
        for values in model.parameters_.values.values():
            values[...] = rng.normal(size=values.shape)
        fit, kl = terms(model, x)
        best = (fit - kl).argmax(axis=0)
        np.testing.assert_allclose(model.transform(x),
                                   model.transform(x, CLASSES[best]), rtol=1e-12)
        others.append([best != fit.argmax(axis=0), best != kl.argmin(axis=0)])
    assert (np.mean(others, axis=(0, 2)) > 0.05).all()


def test_rows_of_a_second_block_are_of_their_own_class_too(rng):
    """A thousand rows are asked at a time; the short block behind them counts."""
    model = unfamiliar(rng)
    for values in model.parameters_.values.values():
        values[...] = rng.normal(size=values.shape)
    x = rng.random((1030, D))
    fit, kl = terms(model, x)
    best = CLASSES[(fit - kl).argmax(axis=0)]
    assert len({*best[1000:]}) > 1
    np.testing.assert_allclose(model.transform(x), model.transform(x, best), rtol=1e-12)


@pytest.mark.parametrize("label", ["a", "b", "c", "mixed"])
def test_a_label_that_is_given_counts_whatever_is_most_probable(label, rng):
    model, x = unfamiliar(rng, binarize=False), rng.random((N, D))
    y = np.resize(CLASSES[[2, 0, 0, 1]], N) if label == "mixed" else np.full(N, label)
    beside = np.concatenate([x, y[:, None] == CLASSES], axis=1)
    head = model.encoder_.predict(beside)
    mean, given = head[:, :K], y if label == "mixed" else label
    out = model.decoder_.predict(np.concatenate([mean, beside[:, D:]], axis=1))
    decoded = 1 / (1 + np.exp(-out))
    for found, expected in (
        (model.transform(x, given), mean),
        (model.encode_distribution(x, given)[0], mean),
        (model.encode_distribution(x, given)[1], np.exp(head[:, K:] / 2)),
        (model.encoder_output(x, given), head),
        (model.inverse_transform(mean, given), decoded),
        (model.reconstruct(x, given), decoded),
        (model.reconstruction_error(x, given), np.sum((decoded - x) ** 2, 1).mean()),
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-9)
    assert not np.allclose(mean, model.transform(x))


def test_codes_of_a_fit_are_those_of_the_labels_it_was_told(rng):
    x, y = rng.random((N, D)), np.resize(CLASSES, N)
    model = ConditionalVariationalAutoencoder(K, (3,), epochs=1, random_state=0,
                                              verbose=False, dtype="float64")
    codes = model.fit_transform(x, y)
    np.testing.assert_array_equal(codes, model.transform(x, y))
    assert not np.allclose(codes, model.transform(x))
