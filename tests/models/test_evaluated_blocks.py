"""More rows than are answered at a time: each row has its own figures all the same."""

import numpy as np
import pytest
from estimators import CLASSES, data, fitted, labels_of

from scratchae.nn.evaluation import EVALUATION_BATCH
from scratchae.rows import MappedRows

X, Y = data(n=EVALUATION_BATCH + 40)
RECONSTRUCTING = [name for name, cls in CLASSES.items() if hasattr(cls, "reconstruct")]


def told(method):
    """The labels of the rows where the method takes them."""
    return labels_of(method, Y)


@pytest.mark.parametrize("name", RECONSTRUCTING)
def test_squared_errors_are_those_of_each_rows_own_reconstruction(name):
    model = fitted(name, *(a[:40] for a in (X, Y)))
    labels = told(model.evaluate)
    by_hand = (X - model.reconstruct(X, *labels)).astype(float) ** 2
    found = model.evaluate(X, *labels, each=True)["sse"]
    np.testing.assert_allclose(found, by_hand.sum(axis=1), rtol=1e-5)


def test_without_noise_the_error_of_a_noisy_image_is_that_of_the_clean_one():
    model = fitted("DenoisingAutoencoder", X[:40], level=0.0)
    measures = model.evaluate(X, each=True)
    np.testing.assert_array_equal(measures["denoising_sse"], measures["sse"])


@pytest.mark.parametrize("name", ["Autoencoder", "SparseAutoencoder",
                                  "DenoisingAutoencoder"])
def test_a_loss_of_logits_is_that_of_each_rows_own_image(name):
    model = fitted(name, X[:40], loss="bernoulli")
    p = model.reconstruct(X).astype(float)
    by_hand = -(X * np.log(p) + (1 - X) * np.log(1 - p)).sum(axis=1)
    found = model.evaluate(X, each=True)["reconstruction"]
    np.testing.assert_allclose(found, by_hand, rtol=1e-4)
    assert model.score(X) == pytest.approx(-by_hand.mean(), rel=1e-5)


MEASURES = ("evaluate", "score", "reconstruction_error", "log_likelihood", "predict",
            "predict_proba", "transform", "encode_distribution", "encoder_output")
WHOLE = {"LinearProbe"}  # of codes, which are narrow


@pytest.mark.parametrize("name", sorted(CLASSES.keys() - WHOLE))
def test_of_rows_in_a_file_at_most_a_thousand_are_in_memory(
    name, tmp_path, monkeypatch
):
    """Of 1030: whoever takes them all reads them at once, or makes an array of them."""
    rows, y = data(1030)
    np.save(tmp_path / "x.npy", rows)
    model, seen = fitted(name, rows[:40], y[:40]), []
    methods = [getattr(model, n) for n in MEASURES if hasattr(model, n)]
    expected = [method(rows, *labels_of(method, y)) for method in methods]
    read = MappedRows._read
    monkeypatch.setattr(MappedRows, "_read", lambda x, rows: seen.append(len(rows))
                        or read(x, rows))
    monkeypatch.setattr(MappedRows, "__array__", lambda *_: pytest.fail("all at once"))
    mapped = MappedRows(np.load(tmp_path / "x.npy", mmap_mode="r"))
    for method, wanted in zip(methods, expected, strict=True):
        found = method(mapped, *labels_of(method, y))
        for a, b in zip(numbers(found), numbers(wanted), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    assert max(seen) == 1000


def numbers(found):
    """The arrays of what a method returned."""
    if isinstance(found, dict):
        return [*found.values()]
    return [getattr(found, "log_likelihood", found)]
