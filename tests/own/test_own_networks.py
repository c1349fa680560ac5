"""A whole network of one's own: right with every parameter of its model, or an error at
the door that names class and method."""

import copy

import numpy as np
import pytest
import recipes

from scratchae import Autoencoder, VariationalAutoencoder, check_model, load
from scratchae.models import ConditionalVariationalAutoencoder, StackedClassifier
from scratchae.networks import AutoencoderNetwork

pytestmark = [pytest.mark.lecture14, pytest.mark.filterwarnings("ignore")]
X = np.random.default_rng(0).uniform(size=(40, 9))
OPTIONS = recipes.OPTIONS | {"hidden_layer_sizes": (4,)}


def model_with(**attributes):
    """A model whose network has other methods or attributes; None: no such method."""
    network = type("MyNetwork", (AutoencoderNetwork,), attributes)

    class Mine(Autoencoder):
        def build_network(self, d):
            return network(**self.network_options(d))

    return Mine(**OPTIONS)


def more(method, change):
    """The method, with what it returned changed."""
    usual = getattr(AutoencoderNetwork, method)

    def changed(self, *given, **named):
        return change(usual(self, *given, **named))

    return {method: changed}


NUMBERS = r"; expected a dict of numbers by name$"
OF_LOSS = r"; expected a dict of arguments of loss by name$"
WRONG = {
    "a loss alone": (more("loss", lambda d: d["loss"]),
                     r"^MyNetwork\.loss returned float(\d\d)?" + NUMBERS),
    "no loss": (more("loss", lambda d: None),
                r"^MyNetwork\.loss returned NoneType" + NUMBERS),
    "another name": (more("loss", lambda d: {"recon": d["loss"]}),
                     r"^MyNetwork\.loss returned \['recon'\]; expected 'loss' amo"),
    "a number as a name": (more("loss", lambda d: d | {3: 1.0}),
                           r"^MyNetwork\.loss returned \['loss', 3\]" + NUMBERS),
    "each row's loss": (more("loss", lambda d: {"loss": np.ones(3)}),
                        r"^MyNetwork\.loss returned 'loss' of shape \(3,\); expec"),
    "a text": (more("loss", lambda d: {"loss": "low"}),
               r"^MyNetwork\.loss returned str for 'loss'; expected numbers"),
    "a complex loss": (more("loss", lambda d: {"loss": d["loss"] + 1j}),
                       r"^MyNetwork\.loss returned complex numbers for 'loss'"),
    "a second one that is none": (more("loss", lambda d: d | {"extra": None}),
                                  r"^MyNetwork\.loss returned None for 'extra'"),
    "nothing drawn": (more("draw", lambda d: None),
                      r"^MyNetwork\.draw returned NoneType" + OF_LOSS),
    "an array": (more("draw", lambda d: d["x"]),
                 r"^MyNetwork\.draw returned ndarray" + OF_LOSS),
    "a tuple": (more("draw", lambda d: (d["x"],)),
                r"^MyNetwork\.draw returned tuple" + OF_LOSS),
    "no names": (more("draw", lambda d: {1: d["x"]}),
                 r"^MyNetwork\.draw returned \[1\]" + OF_LOSS),
    "a draw without epoch": ({"draw": lambda self, x, rng: {"x": x}},
                             r"^MyNetwork\.draw cannot be called as draw\(x, rng, ep"),
    "a draw that wants more": ({"draw": lambda self, x, rng, epoch, y: {"x": x}},
                               r"^MyNetwork\.draw cannot be called as .*argument: 'y'"),
    "a backward that wants d": ({"backward": lambda self, d: None},
                                r"^MyNetwork\.backward cannot be called as backward\("),
    "a list of weights": (more("scheduled", lambda d: [1.0]),
                          r"^MyNetwork\.scheduled returned list" + NUMBERS),
    "a weight that is none": (more("scheduled", lambda d: {"w": "high"}),
                              r"^MyNetwork\.scheduled returned str for 'w'"),
} | {
    f"{how} {name}": ({name: value}, rf"^MyNetwork has no method '{name}'$")
    for name in ("initialise", "draw", "loss", "backward", "scheduled", "kink_pattern")
    for how, value in (("no", None), ("a number as", 3))
}


@pytest.mark.parametrize("attributes, message", WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_named_before_a_step(attributes, message, monkeypatch):
    model = model_with(**attributes)
    with pytest.raises((TypeError, ValueError), match=message):
        model.fit(X)
    assert not hasattr(model, "network_")
    with pytest.raises((TypeError, ValueError), match=message):
        check_model(model, X[:2])


def test_a_loss_that_is_wrong_for_validation_rows_alone_is_named():
    odd = more("loss", lambda d: d)
    odd["loss"] = lambda self, x: {"loss": x} if len(x) == 7 else {
        "loss": AutoencoderNetwork.loss(self, x)["loss"]}
    with pytest.raises(ValueError, match=r"^MyNetwork\.loss returned 'loss' of shape"):
        model_with(**odd).fit(X, validation_data=X[:7])


@pytest.mark.parametrize("returned, said", [
    (None, "NoneType, which has no 'sizes'"), (3, "int, which has no 'sizes'"),
    (AutoencoderNetwork, "a class, which has no 'sizes'"),
    (AutoencoderNetwork((9, 2)).encoder, "MLP, which has no 'sizes'"),
])
@pytest.mark.parametrize("parent", [
    Autoencoder, VariationalAutoencoder, StackedClassifier,
    ConditionalVariationalAutoencoder])
def test_what_is_no_network_is_refused(parent, returned, said):
    class Mine(parent):
        def build_network(self, *sizes):
            return returned

    model, y = Mine(hidden_layer_sizes=(3,)), np.arange(40) % 2
    for ask in (lambda: model.fit(X, y), lambda: check_model(model, X, y)):
        with pytest.raises(TypeError) as caught:
            ask()
        assert str(caught.value) == (
            f"Mine.build_network returned {said}; expected a network, such as an object"
            " of a subclass of AutoencoderNetwork")


@pytest.mark.parametrize("changed, said", [
    ({"dtype": "float32"}, "rameters of float32; expected the model's dtype, float64"),
    ({"sizes": (8, 4, 2)}, r"of sizes \(8, 4, 2\); expected 9 features first"),
])
def test_a_network_of_another_model_is_refused(changed, said):
    """One that leaves out an option of its model would be trained with another."""
    class Mine(Autoencoder):
        def build_network(self, d):
            return AutoencoderNetwork(**self.network_options(d) | changed)

    model = Mine(**OPTIONS, dtype="float64")
    with pytest.raises(ValueError, match=r"^Mine\.build_network returned A.*" + said):
        model.fit(X)


def test_moves_that_are_undone_need_a_loss_with_a_target():
    options = OPTIONS | {"shift": 1.0, "undo_shift": True}
    with pytest.raises(TypeError, match=r"^EvenNetwork\.loss has no parameter 'target'"
                       ", which undo_shift=True is given in$"):
        recipes.EvenAutoencoder(**options).fit(X)
    Autoencoder(**options).fit(X)
    recipes.EvenAutoencoder(**options | {"shift": 0.0}).fit(X)
    recipes.EvenAutoencoder(**options | {"undo_shift": False}).fit(X)


class Target(AutoencoderNetwork):
    def loss(self, x, **more):
        return super().loss(x, more.get("target"))


def test_a_loss_that_takes_any_name_takes_a_target():
    class Mine(Autoencoder):
        def build_network(self, d):
            return Target(**self.network_options(d))

    Mine(**OPTIONS, shift=1.0, undo_shift=True).fit(X)


# Every parameter of its parent that a network of one's own is built with.
GIVEN = [
    {"tied_weights": True}, {"tied_weights": True, "activation": recipes.Sine()},
    {"tied_weights": True, "hidden_layer_sizes": (5, 4)}, {"n_components": 3},
    {"n_components": 1}, {"loss": "bernoulli"}, {"loss": recipes.LogisticPixels()},
    {"decoder_layer_sizes": (3, 5)}, {"code_activation": "tanh"},
    {"output_activation": "sigmoid"}, {"layer": recipes.Gated()}, {"shift": 0.5},
]


@pytest.mark.parametrize("given", GIVEN)
def test_the_recipe_of_a_whole_model_is_right_with_all_that_its_parent_takes(
    given, tmp_path
):
    model = recipes.EvenAutoencoder(**OPTIONS | given, dtype="float64")
    report = check_model(model, X[:3])
    assert report.passed, report
    model.fit(X, checkpoint=tmp_path / "m.npz")
    own = {n: copy.copy(v) for n, v in given.items() if hasattr(v, "forward")}
    again = load(tmp_path / "m.npz", **own)
    np.testing.assert_array_equal(again.transform(X), model.transform(X))


def test_tied_weights_are_right_in_any_network_that_goes_backwards_through_both():
    """(2.6) is no business of whoever writes a `backward`."""
    class Mine(AutoencoderNetwork):
        def backward(self):
            n = len(self.decoder.output)
            each = np.full(n, 1 / n, self.parameters.dtype)
            dh = self.decoder.backward(self.pixels.backward(each, self._last.cache))
            self.encoder.backward(dh, input_gradient=False)

    options = {"sizes": (9, 4, 2), "tied_weights": True, "dtype": np.float64}
    gradients = []
    for network in (AutoencoderNetwork(**options), Mine(**options)):
        network.initialise(np.random.default_rng(0), X)
        network.loss(X)
        network.backward()
        gradients.append(network.parameters.grad)
    np.testing.assert_array_equal(*gradients)


def test_sides_of_kinks_may_be_a_list_and_must_be_some(monkeypatch):
    relu = {"activation": "relu", "code_activation": "relu"}

    class Mine(recipes.OnTheCircle):
        sides = None

        def kinks(self, h):
            return self.sides(h)

    for sides in (lambda h: (h > 0).tolist(), lambda h: h > 0, lambda h: None):
        monkeypatch.setattr(Mine, "sides", staticmethod(sides))
        model = recipes.SparseAutoencoder(**OPTIONS, **relu, penalty=Mine())
        assert check_model(model, X[:2]).passed
        network = model_with(kink_pattern=lambda self, sides=sides: sides(
            self.encoder.output))
        assert check_model(network, X[:2]).passed
    monkeypatch.setattr(Mine, "sides", staticmethod(lambda h: "left"))
    with pytest.raises(TypeError, match=r"^Mine\.kinks returned str; expected an arr"):
        check_model(model, X[:2])
    with pytest.raises(TypeError, match=r"^MyNetwork\.kink_pattern returned dict; exp"):
        check_model(model_with(kink_pattern=lambda self: {}), X[:2])


NO_METHODS = [
    (Autoencoder, "activation", recipes.Sine, "backward", r"^The 'activation' parameter"
     r".* Mine has no method 'backward'\.$"),
    (Autoencoder, "layer", recipes.Gated, "shapes", r"Mine has no method 'shapes'\.$"),
    (Autoencoder, "layer", recipes.Gated, "initialise", r"^Mine\.initialise is 3"),
    (Autoencoder, "loss", recipes.LogisticPixels, "mean", r"^Mine\.mean is 3; expect"),
    (Autoencoder, "loss", recipes.LogisticPixels, "unit", r"^Mine\.unit is 3; expected "
     "a str$"),
    (VariationalAutoencoder, "posterior", recipes.Softplus, "mean", r"^Mine\.mean is"),
    (VariationalAutoencoder, "posterior", recipes.Softplus, "size", r"^Mine\.size is"),
    (recipes.SparseAutoencoder, "penalty", recipes.OnTheCircle, "kinks", r"Mine\.kink"),
    (recipes.DenoisingAutoencoder, "corruption", recipes.Patch, "corrupt",
     r"The 'corruption' parameter of DenoisingAutoencoder must be .* corrupt\. Got"),
]


@pytest.mark.parametrize("model, parameter, piece, method, message", NO_METHODS)
def test_a_method_of_a_piece_that_cannot_be_called_is_named(
    model, parameter, piece, method, message
):
    mine = type("Mine", (piece,), {method: 3})()
    given = {"code_activation": "relu"} if parameter == "penalty" else {}
    tried = model(**OPTIONS, **given, **{parameter: mine})
    with pytest.raises((TypeError, ValueError), match=message):
        tried.fit(X)
        check_model(tried, X[:2])  # kinks are asked for by the check alone


def test_what_a_posterior_is_asked_for_later_may_be_no_method_either():
    mine = type("Mine", (recipes.Softplus,), {"covariance": None})()
    model = VariationalAutoencoder(**OPTIONS, posterior=mine, decoder="gaussian").fit(X)
    with pytest.raises(TypeError, match=r"^Mine\.covariance is None; expected a meth"):
        model.encode_distribution(X, return_cov=True)


@pytest.mark.parametrize("name", ["encoder.0.W", "decoder.9.c", "training.m",
                                  "description", "file", "allow_pickle"])
def test_a_parameter_of_pixels_has_no_name_that_a_file_has_already(name):
    mine = type("Mine", (recipes.LogisticPixels,), {"shapes": {name: (1,)}})()
    with pytest.raises(ValueError, match=rf"^Mine\.shapes has '{name}', as layers'"):
        Autoencoder(**OPTIONS, loss=mine).fit(X)


@pytest.mark.parametrize("name", ["v", "files", "train", "described"])
def test_any_other_name_of_a_parameter_is_saved(name, tmp_path):
    mine = type("Mine", (recipes.LogisticPixels,), {"shapes": {name: (1,)}})
    Autoencoder(**OPTIONS, loss=mine()).fit(X, checkpoint=tmp_path / "m.npz")
    assert name in load(tmp_path / "m.npz", loss=mine()).parameters_.values


@pytest.mark.parametrize("kinked", ["yes", 1, np.array([True, False]), lambda self: 0])
def test_whether_an_activation_has_a_kink_is_a_bool(kinked):
    mine = type("Mine", (recipes.Sine,), {"kinked": kinked})()
    with pytest.raises(TypeError, match=r"^Mine\.kinked is .*; expected a bool"):
        Autoencoder(**OPTIONS, activation=mine).fit(X)
