"""Pieces of one's own in the models that lecture 14 does not give them to."""

import copy
import pickle

import numpy as np
import pytest
import recipes
from estimators import data, labels_of, make

from scratchae import CheckpointError, SparseAutoencoder, backend, check_model, load
from scratchae.analysis import active_units, anomaly_parts, mutual_information

pytestmark = [pytest.mark.lecture14, pytest.mark.filterwarnings("ignore")]
X, Y = data()


@pytest.fixture(autouse=True)
def plain():
    with backend("numpy"):
        yield


class Dimmed:
    """A corruption of rows of any width."""

    def corrupt(self, x, rng):
        return x * rng.random((len(x), 1), dtype=x.dtype)


PIECES = [
    ("StackedClassifier", {"corruption": Dimmed, "activation": recipes.Sine}),
    ("ConditionalVariationalAutoencoder",
     {"decoder": recipes.LogisticPixels, "posterior": recipes.Softplus}),
    ("ConditionalVariationalAutoencoder", {"layer": recipes.Gated}),
    ("DenoisingAutoencoder", {"loss": recipes.LogisticPixels,
                              "output_activation": recipes.Sine}),
    ("SparseAutoencoder", {"layer": recipes.Gated, "penalty": recipes.OnTheCircle}),
]


def own(pieces):
    return {parameter: piece() for parameter, piece in pieces.items()}


def answered(model):
    return model.transform(X, *labels_of(model.fit, Y)[:hasattr(model, "sample")])


@pytest.mark.parametrize("name, pieces", PIECES)
def test_they_are_learned_with_and_come_back_from_a_file(name, pieces, tmp_path):
    model = make(name, n_components=2, **own(pieces))
    model.fit(X, *labels_of(model.fit, Y)).save(tmp_path / "m.npz")
    given = own(pieces)
    for again in (load(tmp_path / "m.npz", **given), copy.deepcopy(model),
                  pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(answered(again), answered(model))
        assert again.get_params().keys() == model.get_params().keys()
    for one in pieces:
        assert load(tmp_path / "m.npz", **given).get_params()[one] is given[one]
        with pytest.raises(CheckpointError, match=f"saved with an object for {one}, "):
            load(tmp_path / "m.npz", **{n: v for n, v in given.items() if n != one})


@pytest.mark.parametrize("name, pieces", PIECES)
def test_their_gradient_is_checked_by_the_same_call(name, pieces):
    model = make(name, n_components=2, dtype="float64", **own(pieces))
    assert check_model(model, X[:4], *labels_of(model.fit, Y[:4])).passed


class Drawn(recipes.Softplus):
    """With a mean of its own, the last columns, and a divergence that is an estimate,
    as it is where no closed form is known."""

    def mean(self, head):
        return head[:, head.shape[1] // 2 :]

    def forward(self, head, eps):
        z, kl, cache = super().forward(head, eps)
        return z, kl + np.sum(eps, axis=1), cache


def conditional(posterior, **options):
    return make("ConditionalVariationalAutoencoder", n_components=2, dtype="float64",
                posterior=posterior, **options).fit(X, Y)


@pytest.mark.parametrize("posterior", [recipes.Softplus, Drawn])
def test_a_conditional_model_asks_a_posterior_for_nothing_but_its_recipe(posterior):
    """Labels are those of the highest bound at z = mu, whose kl `forward` gives."""
    model = conditional(posterior())
    bounds, q = [], model.network_.posterior
    for label in model.classes_:
        rows = np.hstack([X, np.tile(model.classes_ == label, (len(X), 1))])
        head = model.encoder_.predict(rows.astype(float))
        kl = posterior().forward(head, np.zeros((len(X), 2)))[1]
        seen = np.hstack([q.mean(head), rows[:, X.shape[1] :]])
        bounds.append(-model.network_.pixels.forward(
            model.decoder_.predict(seen), X.astype(float))[0] - kl)
    labels = model.classes_[np.argmax(bounds, axis=0)]
    np.testing.assert_array_equal(model.transform(X), model.transform(X, labels))
    np.testing.assert_array_equal(model.reconstruct(X), model.reconstruct(X, labels))


def test_scores_of_anomalies_need_no_more_of_a_posterior_than_its_recipe_has():
    model = make("VariationalAutoencoder", n_components=2, decoder="gaussian",
                 posterior=recipes.Softplus(), dtype="float64").fit(X)
    head = model.encoder_.predict(np.asarray(X, float))
    kl = recipes.Softplus().forward(head, np.zeros((len(X), 2)))[1]
    np.testing.assert_allclose(anomaly_parts(model, X)[1], kl, rtol=1e-12)


def test_active_units_are_those_of_the_means_that_a_posterior_tells():
    model = conditional(Drawn())
    varied = model.encoder_output(X, Y).var(axis=0)
    for threshold in 0.999 * varied:
        found = active_units(model, X, Y, threshold)
        np.testing.assert_array_equal(found, varied[2:] > threshold)


def test_the_information_of_a_posterior_of_ones_own_is_not_guessed():
    """Its numbers are no mu and log_var."""
    class Standardised(recipes.Softplus):
        def standardised(self, z, row):
            return (z - row[:2]) / self.std(row[None])

    model = make("VariationalAutoencoder", n_components=2, posterior=Standardised())
    with pytest.raises(AttributeError, match="Standardised has no method 'log_det'"):
        mutual_information(model.fit(X), X, rng=0)


@pytest.mark.parametrize("penalty, said", [
    ("kl", "reads code units as probabilities"),
    ("contractive", "is derived for one encoder layer")])
def test_a_penalty_that_needs_a_named_code_takes_none_of_ones_own(penalty, said):
    for mine in (recipes.Sine(), Listed()):
        with pytest.raises(ValueError, match=f"penalty='{penalty}' {said}"):
            SparseAutoencoder(2, penalty=penalty, code_activation=mine).fit(X)


class Listed(recipes.Sine):
    """One that can be compared and so has no hash."""

    def __eq__(self, other):
        return isinstance(other, Listed)

    __hash__ = None


@pytest.mark.parametrize("name, pieces", PIECES)
def test_each_of_them_reaches_the_network(name, pieces):
    def weights(some):
        model = make(name, n_components=2, epochs=1, **own(some))
        return model.fit(X, *labels_of(model.fit, Y)).parameters_.theta

    whole = weights(pieces)
    for one in pieces:
        without = weights({n: v for n, v in pieces.items() if n != one})
        assert not np.array_equal(without, whole), one
