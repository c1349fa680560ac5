"""A val_loss is of the weights at the epoch's end, and what is for training is not in
it: no mask of a fine-tuning, no warm-up."""

import numpy as np
import pytest
from estimators import data, fitted, labels_of, make

from scratchae.nn.backend import backend

X, Y = data(60)
KEPT = 30  # the last half
WARMING_UP = {"kl_warmup_epochs": 9, "kl_weight": 1.0}
CASES = {  # what of `evaluate` a val_loss is, with its sign
    "Autoencoder": ({}, "sse", 1),
    "Autoencoder of nats": ({"loss": "bernoulli"}, "reconstruction", 1),
    "SparseAutoencoder": ({"penalty_weight": 0.0}, "sse", 1),
    "DenoisingAutoencoder": ({"level": 0.4}, "denoising_sse", 1),
    "VariationalAutoencoder": (WARMING_UP, "elbo", -1),
    "VariationalAutoencoder of L_K": (
        {"objective": "iwae", "n_samples": 4, "samples_warmup_epochs": 9}, "bound", -1),
    "ConditionalVariationalAutoencoder": (WARMING_UP, "elbo", -1),
}


@pytest.fixture(autouse=True)
def plain():
    with backend("numpy"):
        yield


@pytest.mark.parametrize("case", CASES)
def test_the_last_val_loss_is_what_evaluate_says_of_those_rows(case):
    options, figure, sign = CASES[case]
    model = fitted(case.split()[0], X, Y, validation_fraction=0.5, **options)
    labels = labels_of(model.evaluate, Y[KEPT:])
    expected = sign * model.evaluate(X[KEPT:], *labels)[figure]
    assert model.history_["val_loss"][-1] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("level", [0.0, 0.9])
def test_no_pixel_is_masked_of_the_rows_that_a_fine_tuning_is_validated_on(level):
    model = make("StackedClassifier", fine_tune_level=level, validation_fraction=0.5,
                 learning_rate=0.05, epochs=5).fit(X, Y)
    p = model.predict_proba(X[KEPT:])[np.arange(KEPT), Y[KEPT:]]
    by_hand = -np.log(p.astype(float)).mean()
    assert model.history_["val_loss"][-1] == pytest.approx(by_hand, rel=1e-5)


@pytest.mark.parametrize("name", ["Autoencoder", "VariationalAutoencoder"])
@pytest.mark.parametrize("beside", [Y, X, None], ids=["labels", "target", "nothing"])
@pytest.mark.parametrize("pair", [tuple, list])
def test_rows_and_their_target_are_no_validation_data_of_an_autoencoder(
    name, beside, pair
):
    """Other libraries ask for a pair; NumPy would speak of an inhomogeneous shape."""
    with pytest.raises(ValueError, match="validates on rows alone, which are their"):
        make(name).fit(X, validation_data=pair((X, beside)))
    two = pair(X[:2].tolist())
    assert "val_loss" in make(name).fit(X, validation_data=two).history_
