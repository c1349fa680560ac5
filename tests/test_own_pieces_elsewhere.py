"""Pieces of one's own in the models that lecture 14 does not give them to."""

import copy
import pickle

import numpy as np
import pytest
import recipes
from estimators import data, labels_of, make

from scratchae import CheckpointError, SparseAutoencoder, backend, check_model, load

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
