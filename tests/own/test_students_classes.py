"""A student's own class of model, whose constructor takes a few parameters only."""

import copy

import numpy as np
import pandas
import pytest
from estimators import CLASSES, data, labels_of, make
from sklearn.base import clone

from scratchae import CheckpointError, backend, load

pytestmark = pytest.mark.filterwarnings("ignore")
FEW = {"epochs": 2, "verbose": False, "batch_size": 16, "pretrain_epochs": 1}
X, Y = data()


def short(name):
    """A subclass that chooses all but two of the parent's parameters itself."""
    parent = CLASSES[name]
    known = [*parent._defaults()]
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


class Near:
    """How near two codes are, for a loss of one's own."""

    def __init__(self, width):
        self.width = width

    def __call__(self, a, b):
        return np.exp(-np.sum((a - b) ** 2, axis=1) / self.width)


class Compared(CLASSES["Autoencoder"]):
    """A model with a parameter that is none of the package's."""

    def __init__(self, how=None, epochs=1):
        super().__init__(2, (3,), epochs=epochs, random_state=0, verbose=False)
        self.how = how


@pytest.mark.parametrize("how, other, said", [
    (Near(2), Near(3), "Near(width=2)"),
    (np.exp, np.log, "ufunc(value='exp')"), (np.arange(3), np.ones(3), None),
    ({1, 2}, {1}, "set(value=[1, 2])"), (np, copy, None),
    ({"a": np.ones(2)}, {"a": np.zeros(2)}, "dict(value={'a': [1.0, 1.0]})"),
    (lambda a: a, np.exp, "function(value='<lambda>')"),
])
def test_a_parameter_of_any_kind_is_asked_for_by_load_and_compared(
    how, other, said, tmp_path
):
    """Before, a file could not be written: after the first epoch, without its name."""
    path = tmp_path / "m.npz"
    model = Compared(how).fit(X, checkpoint=path)
    assert load(path, how=how).how is how
    for asked in ({}, {"how": other}):
        with pytest.raises(CheckpointError, match="saved with an object for how") as e:
            load(path, **asked)
        assert said is None or str(e.value).endswith(f"Expected load(path, how={said})")
    model.fit(X, resume=path)
    with pytest.raises(CheckpointError, match="was trained with how="):
        Compared(other).fit(X, resume=path)


@pytest.mark.parametrize("how", [None, True, 3, 2.5, np.float32(0.5), np.int8(4), "far",
                                 [1, 2.5], {"a": [1, None]}, np.bool_(True)], ids=str)
def test_a_parameter_that_a_file_has_comes_back_from_it(how, tmp_path):
    Compared(how).fit(X).save(tmp_path / "m.npz")
    assert load(tmp_path / "m.npz").how == how
