"""A parameter may be a small integer of NumPy's: what it is multiplied with is not."""

import numpy as np
import pytest
from estimators import CLASSES, data, labels_of, make

X, Y = data(n=300)  # more rows than an int8 can count
MORE = {"batch_size": 100, "n_active": 1, "max_iter": 20, "image_shape": (2, 3),
        "shift": 0.5, "samples_warmup_epochs": 1, "patience": 100,
        "validation_fraction": 0.4}


def narrow(value):
    """The same value, its integers in eight bits."""
    if isinstance(value, tuple):
        return tuple(map(narrow, value))
    return np.int8(value) if type(value) is int else value


def losses(model):
    """Of every epoch, where there are epochs."""
    return getattr(model, "history_", {}).get("loss")


@pytest.mark.parametrize("name", CLASSES)
def test_integers_of_eight_bits_give_the_bits_of_pythons(name):
    plain = make(name, **MORE)
    small = make(name, **MORE)
    small.set_params(**{n: narrow(v) for n, v in plain.get_params().items()})
    labels = labels_of(plain.fit, Y)
    found, expected = (model.fit(X, *labels).score(X, *labels_of(model.score, Y))
                       for model in (small, plain))
    assert found == expected
    assert losses(small) == losses(plain)


@pytest.mark.parametrize("objective, gradient_samples", [("elbo", None), ("iwae", 2)])
def test_numbers_of_samples_may_be_narrow_too(objective, gradient_samples):
    model = make("VariationalAutoencoder", objective=objective, n_samples=np.int8(3),
                 gradient_samples=gradient_samples and np.int8(gradient_samples))
    plain = make("VariationalAutoencoder", objective=objective, n_samples=3,
                 gradient_samples=gradient_samples)
    assert losses(model.fit(X)) == losses(plain.fit(X))
