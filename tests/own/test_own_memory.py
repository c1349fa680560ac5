"""Pieces of one's own that keep something as they run, and what a file says of them."""

from fractions import Fraction

import numpy as np
import pytest
import recipes
from recipes import KINDS, model_of

from scratchae import Autoencoder, CheckpointError, load
from scratchae.networks.penalties import L1
from scratchae.networks.posteriors import DiagonalPosterior

pytestmark = [pytest.mark.lecture14,
              pytest.mark.filterwarnings("ignore:no kernel for:UserWarning")]


@pytest.fixture(scope="module")
def x():
    return recipes.clocks(np.random.default_rng(0).uniform(0, 6.28, 48))


def remembering(kind):
    """{parameter: piece} whose methods each keep how often they were asked."""
    _, parameter, piece, _ = KINDS[kind]
    right = getattr(recipes, piece)

    def kept(name):
        def method(self, *given):
            vars(self)[f"times_{name}"] = getattr(self, f"times_{name}", 0) + 1
            return getattr(right, name)(self, *given)
        return method

    methods = {name: kept(name) for name in vars(right) if not name.startswith("_")}
    return {parameter: type("Remembers", (right,), methods)()}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if KINDS[kind][1]])
def test_what_a_piece_keeps_as_it_runs_is_not_in_the_file(kind, x, tmp_path):
    given = remembering(kind)
    model = model_of(kind, **given).fit(x, checkpoint=tmp_path / "m.npz")
    assert all(not vars(piece) for piece in given.values())
    again = load(tmp_path / "m.npz", **remembering(kind))
    np.testing.assert_array_equal(again.transform(x), model.transform(x))
    model_of(kind, **remembering(kind)).fit(x, resume=tmp_path / "m.npz")


class MyL1(L1):
    def forward(self, h, layer):
        self.times = getattr(self, "times", 0) + 1
        return super().forward(h, layer)


class MyPosterior(DiagonalPosterior):
    def forward(self, head, eps):
        self.times = getattr(self, "times", 0) + 1
        return super().forward(head, eps)


@pytest.mark.parametrize("kind, make", [
    ("penalty", MyL1), ("posterior", lambda: MyPosterior(2)),
])
def test_nor_is_it_of_a_piece_that_inherits_from_one_of_ours(kind, make, x, tmp_path):
    path, piece = tmp_path / "m.npz", make()
    model = model_of(kind, **{kind: piece}).fit(x, checkpoint=path)
    assert not hasattr(piece, "times")
    again = load(path, **{kind: make()})
    np.testing.assert_array_equal(again.transform(x), model.transform(x))
    model_of(kind, **{kind: make()}).fit(x, resume=path)


class First:
    """The first d_out numbers of x, by a width that `shapes` was told."""

    def shapes(self, d_in, d_out):
        self.d_out = d_out
        return {}

    def forward(self, x, p):
        return x[:, : self.d_out], x.shape[1]

    def backward(self, dy, p, d_in):
        return np.pad(dy, ((0, 0), (0, d_in - dy.shape[1]))), {}


def test_each_layer_keeps_its_own_widths(x):
    options = recipes.OPTIONS | {"hidden_layer_sizes": (7, 5), "layer": First(),
                                 "decoder_layer_sizes": ()}
    model = Autoencoder(**options).fit(x)
    assert model.encoder_.layers[0].forward(x)[0].shape == (48, 7)
    assert model.encoder_.layers[1].forward(x[:, :7])[0].shape == (48, 5)


class Holds(recipes.Sine):
    def __init__(self, value):
        self.value = value


@pytest.mark.parametrize("value", [1j, Fraction(1, 3), [np.sin], [object()]])
def test_a_piece_may_hold_what_a_file_cannot(value, x, tmp_path):
    model = Autoencoder(**recipes.OPTIONS, activation=Holds(value))
    model.fit(x, checkpoint=tmp_path / "m.npz")
    again = load(tmp_path / "m.npz", activation=Holds(value))
    np.testing.assert_array_equal(again.transform(x), model.transform(x))


@pytest.mark.parametrize("one, other", [(1j, 2j), (Fraction(1, 3), Fraction(2, 3))])
def test_numbers_of_any_kind_tell_two_pieces_apart(one, other, x, tmp_path):
    Autoencoder(**recipes.OPTIONS, activation=Holds(one)).fit(x).save(
        path := tmp_path / "m.npz")
    with pytest.raises(CheckpointError, match="was saved with an object for activati"):
        load(path, activation=Holds(other))
