"""A training that diverges by a piece of one's own names the piece, not the rate."""

from types import SimpleNamespace

import numpy as np
import pytest
import recipes
from recipes import KINDS, model_of

from scratchae import Autoencoder, DivergedError, backend
from scratchae.nn.own import read_only
from scratchae.nn.own_network import not_finite_first

pytestmark = [pytest.mark.lecture14, pytest.mark.filterwarnings("ignore")]
RATE = "Try a smaller learning_rate."
RETURNED = {
    ("activation", "forward"): "h", ("activation", "backward"): "da",
    ("code activation", "forward"): "h", ("code activation", "backward"): "da",
    ("layer", "forward"): "y", ("layer", "backward"): "dx",
    ("layer of a VAE", "forward"): "y", ("layer of a VAE", "backward"): "dx",
    ("penalty", "forward"): "P", ("penalty", "backward"): "dh",
    ("corruption", "corrupt"): "x_tilde",
    ("loss", "forward"): "losses", ("loss", "backward"): "d_out",
    ("pixels", "forward"): "losses", ("pixels", "backward"): "d_out",
    ("posterior", "forward"): "z", ("posterior", "backward"): "dhead",
}


@pytest.fixture(scope="module")
def x():
    return recipes.clocks(np.random.default_rng(0).uniform(0, 6.28, 48))


def spoiled(returned, value):
    """The first array of what a method returned, with one number that is not finite."""
    if isinstance(returned, tuple):
        return spoiled(returned[0], value), *returned[1:]
    wrong = np.array(returned)
    wrong.reshape(-1)[-1] = value
    return wrong


def model_with(kind, method, value, calls_before):
    """A model whose piece's method is right so many times."""
    _, parameter, piece, _ = KINDS[kind]
    right, left = getattr(recipes, piece), [calls_before]

    def wrong(self, *given):
        left[0] -= 1
        returned = getattr(right, method)(self, *given)
        return returned if left[0] >= 0 else spoiled(returned, value)

    return model_of(kind, **{parameter: type("Mine", (right,), {method: wrong})()})


def error_of(model, x):
    with pytest.raises(DivergedError) as caught:
        model.fit(x)
    return caught.value


@pytest.mark.parametrize("which", ["numpy", "numba"])
@pytest.mark.parametrize("kind, method", RETURNED)
def test_what_a_piece_returned_is_named_alone_in_the_first_batch(
    kind, method, which, x
):
    """Before any step the rate cannot be at fault."""
    with backend(which):
        error = error_of(model_with(kind, method, np.nan, 0), x)
    assert (error.epoch, error.batch) == (1, 1)
    assert error.advice == (f"The first that is not finite is {RETURNED[kind, method]} "
                            f"that Mine.{method} returned: look there.")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("kind, method", [
    pair for pair in RETURNED if pair not in [("posterior", "forward")]])
def test_later_both_are_told_the_piece_first(kind, method, value, x):
    with backend("numpy"):
        error = error_of(model_with(kind, method, value, 7), x)
    assert (error.epoch, error.batch) > (1, 1)
    assert error.advice == (f"The first that is not finite is {RETURNED[kind, method]} "
                            f"that Mine.{method} returned: look there. {RATE}")


@pytest.mark.parametrize("piece", [
    {}, {"activation": recipes.Sine()}, {"layer": recipes.Gated()},
    {"loss": recipes.LogisticPixels()}])
def test_pieces_that_are_given_what_is_not_finite_are_not_at_fault(piece, x):
    options = recipes.OPTIONS | piece | {"optimizer": "sgd", "epochs": 9}
    for cls in (Autoencoder, recipes.EvenAutoencoder):
        if "loss" not in piece or cls is Autoencoder:
            error = error_of(cls(**options | {"learning_rate": 1e30}), x)
            assert error.advice == RATE


def test_nobody_looks_any_more_once_a_search_has_ended(x, monkeypatch):
    for model in (Autoencoder(**recipes.OPTIONS | {"learning_rate": 1e30}),
                  model_with("activation", "forward", np.nan, 0)):
        error_of(model.set_params(optimizer="sgd", epochs=9), x)
        with monkeypatch.context() as patch:
            patch.setattr(np, "isfinite", None)
            read_only(np.ones(3))


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_a_rate_that_overflows_by_itself_is_at_fault_whoever_wrote_the_network(
    optimizer, x
):
    options = recipes.OPTIONS | {"optimizer": optimizer, "learning_rate": 1e308}
    error = error_of(recipes.EvenAutoencoder(**options), 9 * x)
    assert (error.what, error.advice) == ("the gradient", RATE)


class Moved:
    """One's own network, without layers, whose weights a step has spoiled."""

    parameters = SimpleNamespace(grad=np.ones(3))

    def loss(self, x):
        return {"loss": np.inf}


def test_a_gradient_that_is_finite_is_nobodys_fault_whatever_the_weights_are_now():
    inputs = {"x": np.ones((2, 2))}
    assert not_finite_first(Moved(), inputs) == "what Moved.loss made"
    assert not_finite_first(Moved(), inputs, of_gradient=True) == ""


class Draws(recipes.EvenNetwork):
    def draw(self, x, rng, epoch=None):
        return super().draw(x * np.nan, rng)


class Loses(recipes.EvenNetwork):
    def loss(self, x, u):
        losses = super().loss(x, u)
        return losses | {"loss": np.log(losses["loss"] - losses["loss"] - 1)}


class Descends(recipes.EvenNetwork):
    def backward(self):
        self.d_match = self.d_match / 0
        super().backward()


@pytest.mark.parametrize("network, method", [
    (Draws, "draw"), (Loses, "loss"), (Descends, "backward")])
def test_a_method_of_an_own_network_is_named(network, method, x):
    class Mine(recipes.EvenAutoencoder):
        def build_network(self, d):
            return network(**self.network_options(d))

    assert error_of(Mine(**recipes.OPTIONS), x).advice == (
        f"The first that is not finite is what {network.__name__}.{method} made: look "
        "there.")


class Counts(recipes.Sine):
    asked = 0

    def forward(self, a):
        type(self).asked += 1
        return super().forward(a)


def test_nobody_looks_as_long_as_all_goes_well(x, monkeypatch):
    """A piece runs once for each batch."""
    def never(*given):
        raise AssertionError("looked")

    monkeypatch.setattr("scratchae.training.loop.not_finite_first", never)
    monkeypatch.setattr("scratchae.nn.own.first_not_finite", never)
    with backend("numpy"):
        Autoencoder(**recipes.OPTIONS, code_activation=Counts()).fit(x)
    assert Counts.asked == 3 * 3


def test_a_piece_that_raises_when_it_is_asked_again_hides_nothing(x):
    class Once(recipes.Sine):
        def forward(self, a):
            self.asked = getattr(self, "asked", 0) + 1
            if self.asked > 1:
                raise RuntimeError("no more")
            return a * np.nan, a

    error = error_of(Autoencoder(**recipes.OPTIONS, code_activation=Once()), x)
    assert (error.what, error.advice) == ("the loss", RATE)
