"""A student's own class of model, whose constructor takes a few parameters only."""

import copy

import numpy as np
import pandas
import pytest
from estimators import CLASSES, data, labels_of, make
from sklearn.base import clone

from scratchae import backend, load

pytestmark = pytest.mark.filterwarnings("ignore")
FEW = {"epochs": 2, "verbose": False, "batch_size": 16, "pretrain_epochs": 1}
X, Y = data()


def short(name):
    """A subclass that chooses all but two of the parent's parameters itself."""
    parent = CLASSES[name]
    known = parent._parameter_names()
    width = "n_components" if "n_components" in known else "hidden_layer_sizes"
    chosen = {n: v for n, v in (FEW | {"dtype": "float64"}).items() if n in known}

    def init(self, width=2, random_state=0):
        self.width = width
        seed = {"random_state": random_state} if "random_state" in known else {}
        parent.__init__(self, width, **seed, **chosen)
        self.random_state = random_state

    assert width == next(iter(known))
    return type(f"Short{name}", (parent,), {"__init__": init})


@pytest.mark.parametrize("name", [n for n in CLASSES if hasattr(CLASSES[n], "save")])
def test_a_subclass_with_a_short_constructor_is_a_whole_model(name, tmp_path):
    labels = labels_of(CLASSES[name].fit, Y)
    model = short(name)().fit(X, *labels)
    codes = model.transform(X)
    assert codes.dtype == np.float64 and np.isfinite(model.score(X, *labels))
    model.save(tmp_path / "m.npz")
    for again in (load(tmp_path / "m.npz"), copy.deepcopy(model)):
        np.testing.assert_array_equal(again.transform(X), codes)
        assert again.get_params() == {"width": 2, "random_state": 0}
    np.testing.assert_array_equal(clone(model).fit(X, *labels).transform(X), codes)


@pytest.mark.parametrize("name", CLASSES)
def test_a_fit_that_calls_its_parents_keeps_the_names_of_its_table(name):
    """Whatever it hands on: here an array, after what it has learned itself."""
    parent = CLASSES[name]

    class Centred(parent):
        def fit(self, X, y=None):
            self.centre_ = np.asarray(X).mean(axis=0)
            return super().fit(np.asarray(X), *labels_of(parent.fit, y))

    Centred.__init__.__signature__ = parent.__init__.__signature__
    model = Centred(**make(name).get_params())
    with backend("numpy"):
        for names in ("abcdef", "uvwxyz"):
            assert model.fit(pandas.DataFrame(X, columns=[*names]), Y) is model
            assert model.feature_names_in_.tolist() == [*names]
            np.testing.assert_allclose(model.centre_, X.mean(axis=0), rtol=1e-5)
        model.fit(X, Y)
    assert not hasattr(model, "feature_names_in_")
