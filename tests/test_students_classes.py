"""A student's own class of model, whose constructor takes a few parameters only."""

import copy

import numpy as np
import pytest
from estimators import CLASSES, data, labels_of
from sklearn.base import clone

from scratchae import load

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
