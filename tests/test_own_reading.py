"""What a piece of one's own is given it may only read: a write is an error at once."""

import numpy as np
import pytest
import recipes
from recipes import KINDS, model_of
from test_own import both_backends

from scratchae import backend

pytestmark = [pytest.mark.lecture14,
              pytest.mark.filterwarnings("ignore:no kernel for:UserWarning")]


@pytest.fixture(scope="module")
def x():
    return recipes.clocks(np.random.default_rng(0).uniform(0, 6.28, 8))


def writing(kind, method, place):
    """A model whose piece writes into what that method is given in this place."""
    _, parameter, piece, _ = KINDS[kind]
    right = getattr(recipes, piece)

    def writes(self, *given):
        given[place][...] = 0
        return getattr(right, method)(self, *given)

    return model_of(kind, **{parameter: type("Writes", (right,), {method: writes})()})


@both_backends
@pytest.mark.parametrize("kind, method, place", [
    *((kind, method, 0) for method in ("forward", "backward")
      for kind in ("activation", "layer", "loss", "pixels", "posterior")),
    ("penalty", "forward", 0), ("loss", "forward", 1), ("pixels", "forward", 1),
    ("posterior", "forward", 1), ("corruption", "corrupt", 0),
])
def test_no_array_that_is_given_can_be_written_to(kind, method, place, which, x):
    """What is computed from it later would be another."""
    before = x.copy()
    with backend(which), pytest.raises(ValueError, match="destination is read-only"):
        writing(kind, method, place).fit(x)
    np.testing.assert_array_equal(x, before)


class Marks:
    """A corruption that writes into the images that it is given."""

    def corrupt(self, x, rng):
        x[:, 0] = 0
        return x


class InPlace(recipes.Sine):
    """An activation whose backward writes into the gradient that it is given."""

    def backward(self, dh, slope):
        dh *= slope
        return dh


class Rebinds(recipes.Gated):
    """A layer whose start makes a new W and does not fill the one that is trained."""

    def initialise(self, p, rng):
        p["W"] = rng.normal(size=p["W"].shape)


@pytest.mark.parametrize("model, error", [
    (model_of("corruption", corruption=Marks()), "read-only"),
    (model_of("activation", activation=InPlace()), "read-only"),
    (model_of("activation", output_activation=InPlace()), "read-only"),
    (model_of("layer", layer=Rebinds()), "does not support item assignment"),
])
def test_a_piece_that_writes_where_it_may_only_read_is_stopped(model, error, x):
    before = x.copy()
    with pytest.raises((ValueError, TypeError), match=error):
        model.fit(x, validation_data=x)
    np.testing.assert_array_equal(x, before)
