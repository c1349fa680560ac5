"""What a model says in Python is said on the command line in the words to be typed."""

import warnings

import numpy as np
import pytest

from scratchae import (
    PCA,
    Autoencoder,
    ConditionalVariationalAutoencoder,
    DenoisingAutoencoder,
    ProbabilisticPCA,
    StackedClassifier,
    VariationalAutoencoder,
    backend,
)
from scratchae.cli.words import typed_words
from scratchae.validation import scale_advice

X = np.random.default_rng(0).uniform(size=(10, 4))
LAST = np.arange(10) // 9  # a class that the last row alone has
LATE = {"validation_fraction": 0.1}
EARLY = {"patience": 2, "validation_fraction": 0.05}
VAE = VariationalAutoencoder
SAID = [  # class, options, what is given to fit, what is said
    (PCA, {"n_components": 30}, [X[:5]],
     "--latent 30 must be between 1 and 4: there are 5 training rows of 4 numbers"),
    (ProbabilisticPCA, {}, [X[:1]],
     "needs at least 2 rows of at least 2 features; got 1 training rows of 4 numbers"),
    (VAE, {"decoder": "gaussian"}, [np.ones((5, 4))],
     "The data have no variance (5 training rows): with a learned --variance the "
     "likelihood has no maximum. Give a number."),
    (Autoencoder, EARLY, [X],
     "got --patience 2 but nothing to validate on; give a larger --validation."),
    (StackedClassifier, EARLY, [X, LAST],
     "got --patience 2 but nothing to validate on; pass a larger --validation."),
    (ConditionalVariationalAutoencoder, LATE, [X, LAST],
     "the classes [1] in the last rows only, which --validation 0.1 keeps from "
     "training. Shuffle the rows."),
    (StackedClassifier, LATE, [X, LAST],
     "the classes [1] in the last rows only, which --validation 0.1 keeps from "
     "training. Shuffle the rows."),
    (VAE, {}, [X * 300],
     "Scale the columns with --scale minmax, or use --decoder gaussian."),
    (Autoencoder, {"loss": "bernoulli"}, [X - 0.1],
     "to another part of the data: --scale minmax, or use --loss squared_error."),
    (DenoisingAutoencoder, {"missing": "mask"}, [np.where([0, 1, 0, 0], np.nan, X)],
     "Column 1 has no number at all: leave it out."),
]


@pytest.mark.parametrize("cls, options, given, said", SAID)
def test_an_error_of_a_fit_names_what_is_typed(cls, options, given, said):
    if cls not in (PCA, ProbabilisticPCA):
        options = options | {"hidden_layer_sizes": (3,), "epochs": 1, "verbose": False}
    with backend("numpy"), pytest.raises(ValueError) as caught, typed_words(cls):
        cls(**options).fit(*given)
    text = str(caught.value)
    assert text.endswith(said)
    assert text.removesuffix(said).strip() in ("", cls.__name__) or " got " in text


@pytest.mark.parametrize("said, typed", [
    ("n_components=3 and hidden_layer_sizes=(9, 8)", "--latent 3 and --hidden 9,8"),
    ("hidden_layer_sizes=(9,) or ()", "--hidden 9 or ()"),
    ("tied_weights=True needs loss='bernoulli'", "--tied needs --loss bernoulli"),
    ("a smaller 'learning_rate' or weight_decay",
     "a smaller --learning-rate or --weight-decay"),
    ("The 'level' parameter of Model must be", "--level must be"),
    ("the level of rho and loss", "the level of rho and loss"),
    (scale_advice(X * [1, 1, 1, 5e6]),
     f"Column 3 ranges from {5e6 * X[:, 3].min():.6g} to {5e6 * X[:, 3].max():.6g}; "
     "scale the columns, e.g. with --scale standard."),
])
def test_a_warning_is_said_in_typed_words_too(said, typed):
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        told = warnings.showwarning
        models = Autoencoder, DenoisingAutoencoder
        with typed_words(models["level" in said]):
            warnings.warn(said, UserWarning, stacklevel=1)
        assert warnings.showwarning is told
    assert [str(warning.message) for warning in found] == [typed]
