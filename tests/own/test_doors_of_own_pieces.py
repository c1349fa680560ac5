"""Which rows are let in: a loss of one's own says so, and the gradient check asks."""

from itertools import count

import numpy as np
import pytest

from scratchae import (
    PCA,
    Autoencoder,
    LinearProbe,
    VariationalAutoencoder,
    check_model,
)
from scratchae.models import checking, try_backends
from scratchae.nn.backend import BACKENDS, backend, get_backend

pytestmark = pytest.mark.filterwarnings("ignore:no kernel for:UserWarning")
X = np.random.default_rng(0).uniform(size=(9, 4))
OUTSIDE = X + 0.25  # some of them are above 1
SMALL = {"n_components": 2, "hidden_layer_sizes": (), "epochs": 1, "verbose": False}


class Squares:
    """Half the squared error, of numbers of any size."""

    def forward(self, out, x):
        return 0.5 * np.sum((out - x) ** 2, axis=1), out - x

    def backward(self, d_loss, cache):
        return d_loss[:, None] * cache


class Shares(Squares):
    """The same, of numbers in [0, 1]."""

    in_unit_interval = True


@pytest.mark.parametrize("model, option, other", [
    (Autoencoder, "loss", "loss='squared_error'"),
    (VariationalAutoencoder, "decoder", "decoder='gaussian'"),
])
def test_rows_of_an_own_loss_are_in_the_unit_interval_where_it_says_so(
    model, option, other
):
    model(**SMALL, **{option: Squares()}).fit(OUTSIDE)
    model(**SMALL, **{option: Shares()}).fit(X)
    with pytest.raises(ValueError, match=f"values in .0, 1..*, or use {other}"):
        model(**SMALL, **{option: Shares()}).fit(OUTSIDE)


@pytest.mark.parametrize("model", [
    Autoencoder(**SMALL, loss="bernoulli"), Autoencoder(**SMALL, loss=Shares()),
    VariationalAutoencoder(**SMALL),
])
def test_a_gradient_check_takes_the_rows_that_a_fit_would_take(model):
    with pytest.raises(ValueError, match=r"^check_model\(.*\) with a Bernoulli loss"):
        check_model(model, OUTSIDE)
    with pytest.raises(ValueError, match="^Input X contains NaN"):
        check_model(model, np.where(X > 0.9, np.nan, X))


def test_a_gradient_check_is_of_as_many_parameters_as_it_says(monkeypatch):
    assert checking.LARGEST == 20_000
    model = Autoencoder(1, (), epochs=1)  # of 4 features: 4 + 1 + 4 + 4 parameters
    monkeypatch.setattr(checking, "LARGEST", 13)
    assert check_model(model, X).passed
    monkeypatch.setattr(checking, "LARGEST", 12)
    with pytest.raises(ValueError, match="has 13 parameters; expected at most 12"):
        check_model(model, X)


@pytest.mark.parametrize("model", [PCA(2), LinearProbe(), Autoencoder, "vae", None])
def test_what_has_no_gradient_is_refused_in_words(model):
    for check in (check_model, lambda *given: try_backends(*given, X[:2])):
        with pytest.raises(TypeError, match="^check_model expects a model that learns"):
            check(model, X)


def test_a_table_of_named_fields_is_refused_in_words():
    table = np.zeros(5, [("a", float), ("b", int)])
    for rows in (table, table.view(np.recarray), np.stack([table, table])):
        with pytest.raises(ValueError, match=r"fields with names, \('a', 'b'\)"):
            PCA(1).fit(rows)


class Restless(Autoencoder):
    """A model whose codes are others each time."""

    times = count()

    def transform(self, X):
        return super().transform(X) + next(self.times)


@pytest.mark.parametrize("model, backends", [
    (Autoencoder, ["numba", "numpy"]), (Restless, []),
])
def test_a_backend_serves_where_the_loaded_model_has_the_same_codes(
    model, backends, kernels
):
    tried = model(2, (), epochs=3, learning_rate=0.01, random_state=0, verbose=False)
    assert try_backends(tried, X, X[:2]) == backends


@pytest.mark.parametrize("outside", BACKENDS)
def test_a_model_is_checked_trained_and_read_on_each_backend_in_turn(
    outside, kernels, monkeypatch
):
    used = []

    def noted(what, function):
        def wrapped(*args, **options):
            used.append((what, get_backend()))
            return function(*args, **options)

        return wrapped

    monkeypatch.setattr(checking, "check_model", noted("checked", check_model))
    monkeypatch.setattr(checking, "load", noted("read", checking.load))
    monkeypatch.setattr(Autoencoder, "_train", noted("trained", Autoencoder._train))
    with backend(outside):
        try_backends(Autoencoder(**SMALL), X, X[:2])
        assert get_backend() == outside
    steps = ("checked", "trained", "read")
    assert used == [(what, name) for name in BACKENDS for what in steps]
