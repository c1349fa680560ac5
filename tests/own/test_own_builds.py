"""Pieces of one's own that are built in unusual ways, or draw what others compute."""

import copy
import threading
from types import ModuleType
from typing import NamedTuple

import numpy as np
import pandas
import pytest
import recipes
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from scratchae import (
    Autoencoder,
    CheckpointError,
    DenoisingAutoencoder,
    SparseAutoencoder,
    VariationalAutoencoder,
    backend,
    load,
)
from scratchae.formulas.activations import Activation
from scratchae.models import try_backends
from scratchae.networks import AutoencoderNetwork
from scratchae.networks.denoising import DenoisingNetwork
from scratchae.networks.posteriors import DiagonalPosterior
from scratchae.networks.sparse import SparseNetwork
from scratchae.nn.own import parts, shaped


@pytest.fixture(scope="module")
def x():
    return recipes.clocks(np.random.default_rng(0).uniform(0, 6.28, 48))


class Stretched:
    __slots__ = ("by",)

    def __init__(self, by):
        self.by = by

    def forward(self, a):
        return self.by * a, None

    def backward(self, dh, cache):
        return self.by * dh


class Shown(Stretched):
    """What tells it from another is in the slots of its parent."""

    __slots__ = ("where",)

    def __init__(self, by):
        super().__init__(by)
        self.where = "here"


def twice_forward(a):
    return 2 * a, None


def twice_backward(dh, cache):
    return 2 * dh


class Twice:
    """What it is told is in no attribute: it is a number, a list, a dict of numbers."""

    def forward(self, a):
        return 2 * a, None

    def backward(self, dh, cache):
        return 2 * dh


class InFields(NamedTuple):
    by: float
    forward = Twice.forward
    backward = Twice.backward


class Hidden(Twice):
    __slots__ = ("__by",)

    def __init__(self, by):
        self.__by = by


class Explained(Twice):
    __slots__ = {"by": "how many times as large"}

    def __init__(self, by):
        self.by = by


def holding(kind, contents):
    """Makes a piece that is a subclass of a built-in type and holds what it is told."""
    return lambda by: type("Held", (Twice, kind), {})(contents(by))


@pytest.mark.parametrize("make", [
    lambda by: Activation(f"times {by}", twice_forward, twice_backward),
    Stretched, Shown, InFields, Hidden, Explained,
    holding(dict, lambda by: {"by": by}), holding(list, lambda by: [by]),
    holding(tuple, lambda by: (by,)), holding(frozenset, lambda by: {by}),
    holding(float, float), holding(int, int),
], ids=["an Activation", "slots", "slots of a parent", "fields", "private slots",
        "slots with texts", "dict", "list", "tuple", "frozenset", "float", "int"])
def test_an_object_of_any_build_is_saved_and_told_from_another(make, x, tmp_path):
    options = recipes.OPTIONS | {"activation": make(2), "hidden_layer_sizes": (4,)}
    model = Autoencoder(**options).fit(x)
    model.save(tmp_path / "own.npz")
    back = load(tmp_path / "own.npz", activation=make(2))
    np.testing.assert_array_equal(back.transform(x), model.transform(x))
    np.testing.assert_array_equal(copy.deepcopy(model).transform(x), model.transform(x))
    with pytest.raises(CheckpointError, match="saved with an object for activation"):
        load(tmp_path / "own.npz", activation=make(3))
    other = Autoencoder(**options | {"activation": make(3)})
    with pytest.raises(CheckpointError):
        other.fit(x, resume=tmp_path / "own.npz")


class Drawn(DiagonalPosterior):
    """Its divergence is an estimate, of each sample another."""

    def size(self, k):
        return 2 * k

    def __init__(self):
        super().__init__(2)

    def forward(self, head, eps):
        z, _, cache = super().forward(head, eps)
        return z, -self.log_ratio(head, eps, z), cache


def test_a_divergence_that_differs_between_samples_is_their_mean(x):
    model = VariationalAutoencoder(**recipes.OPTIONS, posterior=Drawn(), n_samples=5,
                                   dtype="float64", binarize=False).fit(x)
    drawn = model.network_.draw(x, np.random.default_rng(0))
    means, each = model.network_.loss(**drawn), model.network_.terms(**drawn)
    assert each["kl"].mean() == pytest.approx(means["kl"], rel=1e-12)
    assert each["recon"].mean() == pytest.approx(means["recon"], rel=1e-12)


class Turned(recipes.Gated):
    """Its shapes are what NumPy counted."""

    wrong = {}

    def shapes(self, d_in, d_out):
        shapes = super().shapes(d_in, d_out)
        return {n: tuple(np.array(s)) for n, s in shapes.items()} | self.wrong


@pytest.mark.filterwarnings("ignore:no kernel for:UserWarning")
def test_a_shape_of_numpys_ints_is_one_and_a_shape_without_numbers_is_none(x):
    with backend("numpy"):
        model = Autoencoder(**recipes.OPTIONS, layer=Turned()).fit(x)
        plain = Autoencoder(**recipes.OPTIONS, layer=recipes.Gated()).fit(x)
    np.testing.assert_array_equal(model.parameters_.theta, plain.parameters_.theta)
    empty = type("Mine", (Turned,), {"wrong": {"b": (0,)}})()
    with pytest.raises(TypeError, match=r"Mine\.shapes returned .*positive ints"):
        Autoencoder(**recipes.OPTIONS, layer=empty).fit(x)


def test_a_module_with_both_functions_is_a_piece(x):
    """As a file that is imported: it has no copies."""
    mine, sine = ModuleType("mine"), recipes.Sine()
    mine.forward, mine.backward = sine.forward, sine.backward
    with backend("numpy"):
        thetas = [Autoencoder(**recipes.OPTIONS, activation=piece).fit(x)
                  .parameters_.theta for piece in (mine, sine)]
    np.testing.assert_array_equal(*thetas)


@pytest.mark.filterwarnings("ignore:no kernel for:UserWarning")
def test_a_module_is_told_from_another_by_what_stands_in_it(x, tmp_path):
    def mine(by):
        module, sine = ModuleType("mine", f"written {by} times"), recipes.Sine()
        module.forward, module.backward, module.by = sine.forward, sine.backward, by
        module.__file__ = f"/home/{by}/mine.py"
        return module

    Autoencoder(**recipes.OPTIONS, activation=mine(2)).fit(x).save(tmp_path / "m.npz")
    elsewhere = mine(2)
    elsewhere.__file__ = "/tmp/mine.py"
    load(tmp_path / "m.npz", activation=elsewhere)
    with pytest.raises(CheckpointError, match=r"by=2\); load got module\(.*by=3\)"):
        load(tmp_path / "m.npz", activation=mine(3))


class Holds(recipes.Sine):
    def __init__(self, held):
        self.held = held


WITHOUT_COPIES = {
    "a module": lambda: Holds(np), "a lock": lambda: Holds(threading.Lock()),
    "rows one by one": lambda: Holds([iter(()), (i for i in range(3))]),
    "a dict of modules": lambda: Holds({"np": np}),
    "itself a module": lambda: sine_of_a_module(),
}


def sine_of_a_module():
    module, sine = ModuleType("mine"), recipes.Sine()
    module.forward, module.backward = sine.forward, sine.backward
    return module


@pytest.mark.filterwarnings("ignore:no kernel for:UserWarning")
@pytest.mark.parametrize("make", WITHOUT_COPIES.values(), ids=WITHOUT_COPIES)
def test_models_with_a_piece_that_has_no_copies_are_copied_and_cloned(make, x, kernels):
    """They share it: what it keeps as it runs is a network's."""
    piece = make()
    model = Autoencoder(**recipes.OPTIONS, activation=piece, code_activation=piece)
    model.set_output(transform="pandas")
    codes = copy.deepcopy(model).fit(x).transform(x)
    for again in (clone(model).fit(x), copy.deepcopy(model.fit(x)), clone(model).fit(x),
                  copy.copy(model), copy.deepcopy([model, model])[1]):
        assert again is not model
        assert again.activation is again.code_activation is piece
        pandas.testing.assert_frame_equal(again.transform(x), codes)
    assert not hasattr(clone(model), "network_")
    own = {"activation": piece, "code_activation": piece}
    assert try_backends(model, x, x[:2], **own) == ["numba", "numpy"]
    found = GridSearchCV(model, {"epochs": [1, 2]}, cv=2).fit(x)
    assert found.best_estimator_.activation is piece


def test_a_copy_of_a_model_has_pieces_and_lists_of_its_own():
    held, sizes = [1, 2], [4, 3]
    piece = Holds(held)
    model = Autoencoder(2, sizes, activation=piece, code_activation=piece)
    for again in (clone(model), copy.deepcopy(model)):
        assert again.activation is not piece and again.hidden_layer_sizes is not sizes
        assert again.activation.held == held and again.activation.held is not held
    model.itself = [model]
    again = copy.deepcopy(model)
    assert again.itself[0] is again
    both = copy.deepcopy([model, piece])
    assert both[0].activation is both[0].code_activation is both[1]


def test_a_constructor_that_changes_what_it_is_given_is_still_refused_by_clone():
    class Doubles(Autoencoder):
        def __init__(self, n_components=2):
            super().__init__(2 * n_components)

    with pytest.raises(RuntimeError, match="either does not set or modifies param"):
        clone(Doubles(3))


@pytest.mark.parametrize("returned", [3 * (None,), (None,), [None, None], None])
def test_one_thing_or_three_are_not_the_two_that_are_asked_for(returned):
    kind = type(returned).__name__
    with pytest.raises(TypeError, match=f"Mine.forward returned {kind}; expected h, c"):
        parts(returned, "Mine.forward", "h, cache")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_a_piece_returns_lies_row_by_row_whatever_its_own_order(dtype):
    """As the kernels read it."""
    turned = np.asfortranarray(np.arange(6.0, dtype=dtype).reshape(2, 3))
    taken = shaped(turned, (2, 3), np.dtype(dtype), "Mine.forward", "h")
    assert taken.flags.c_contiguous and taken.dtype == dtype
    np.testing.assert_array_equal(taken, turned)


@pytest.mark.parametrize("base, network, own", [
    (SparseAutoencoder, SparseNetwork, {"penalty": "l1", "penalty_weight": 0.5}),
    (DenoisingAutoencoder, DenoisingNetwork, {"corruption": "gaussian", "level": 0.5}),
])
def test_who_builds_a_network_says_what_is_its_own(base, network, own):
    """`network_options` are those of every autoencoder: any of these takes them."""
    class Mine(base):
        def build_network(self, d):
            AutoencoderNetwork(**self.network_options(d))
            return network(**own, **self.network_options(d))

    assert Mine(3, code_activation="sigmoid").build_network(9).sizes == (9, 3)
