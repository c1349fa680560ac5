"""Pixels, penalties and networks piece by piece: types, defaults and edges."""

from functools import partial

import numpy as np
import pytest
import recipes

from scratchae import (
    Autoencoder,
    DenoisingAutoencoder,
    SparseAutoencoder,
    VariationalAutoencoder,
    backend,
)
from scratchae.networks.classifier import ClassifierNetwork
from scratchae.networks.own import pixels_of
from scratchae.networks.penalties import L1, Contractive, KLSparsity, TopK
from scratchae.networks.pixels import BernoulliPixels, GaussianPixels, SquaredError
from scratchae.networks.sparse import SparseNetwork
from scratchae.networks.variational import VariationalNetwork
from scratchae.nn.mlp import MLP, mlp_shapes
from scratchae.nn.own import shaped
from scratchae.nn.parameters import Parameters

PIXELS = {"squared error": SquaredError, "bernoulli": BernoulliPixels,
          "fixed variance": partial(GaussianPixels, 0.5),
          "learned variance": GaussianPixels}


@pytest.mark.parametrize("which", ["numpy", "numba"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", PIXELS)
def test_losses_and_gradients_have_the_dtype_of_the_parameters(kind, dtype, which, rng):
    pixels = PIXELS[kind]()
    pixels.attach(Parameters({"b": (2,)} | pixels.shapes, dtype))
    out, x = rng.random((2, 5, 3)).astype(dtype)
    with backend(which):
        losses, cache = pixels.forward(out, x)
        d_out = pixels.backward(np.full(5, 0.2, dtype), cache)
    assert losses.dtype == d_out.dtype == pixels.sample(out, rng).dtype == dtype


def test_a_learned_variance_starts_at_the_one_of_the_data_and_needs_some():
    """Of variance 1 exactly as well."""
    pixels = GaussianPixels()
    pixels.attach(Parameters(pixels.shapes, np.float64))
    for spread in (1.0, 3.0):
        start = pixels.start(np.array([[-spread, 2], [spread, 2]]))
        assert pixels.variance == pytest.approx(spread**2 / 2)
        np.testing.assert_array_equal(start, [0, 2])
    pixels.start(np.array([[-1.0], [1.0]]))
    assert pixels.variance == 1
    with pytest.raises(ValueError, match=r"no variance \(n_samples = 4\)"):
        pixels.start(np.full((4, 2), 0.5))


def test_a_vae_without_any_variance_to_learn_says_what_to_do():
    model = VariationalAutoencoder(1, (2,), decoder="gaussian", verbose=False)
    with pytest.raises(ValueError, match="decoder_variance .* Give a number"):
        model.fit(np.full((4, 3), 0.5))


class Bare:
    """A distribution of one's own with no more than is needed."""

    def forward(self, out, x):
        return np.sum((out - x) ** 2, axis=1), out - x

    def backward(self, d_loss, cache):
        return 2 * d_loss[:, None] * cache


class Full(Bare):
    """And one that says all that a distribution can say."""

    unit, in_unit_interval, shapes = "points", True, {"scale": (2,)}

    def attach(self, parameters):
        self.scale = parameters.values["scale"]

    def start(self, x):
        return x[0]

    def mean(self, out):
        return 2 * out

    def sample(self, out, rng):
        return 3 * out


def test_what_an_own_distribution_does_not_say_is_the_default(rng):
    pixels, x = pixels_of(Bare(), {}), np.array([[1.0, 2], [3, 5]])
    said = pixels.unit, pixels.in_unit_interval, pixels.shapes, pixels.attach(None)
    assert said == ("nats/img", False, {}, None)
    np.testing.assert_array_equal(pixels.start(x), [2, 3.5])
    np.testing.assert_array_equal(pixels.mean(x), x)
    np.testing.assert_array_equal(pixels.sample(x, rng), x)


def test_what_an_own_distribution_says_is_what_counts(rng):
    pixels, x = pixels_of(Full(), {}), np.array([[1.0, 2], [3, 5]])
    said = pixels.unit, pixels.in_unit_interval, pixels.shapes
    assert said == ("points", True, {"scale": (2,)})
    pixels.attach(Parameters(pixels.shapes, np.float64))
    np.testing.assert_array_equal(pixels.start(x), [1, 2])
    np.testing.assert_array_equal(pixels.mean(x), 2 * x)
    np.testing.assert_array_equal(pixels.sample(x, rng), 3 * x)


def test_the_kinks_of_a_penalty_are_where_its_formula_has_them():
    h = np.array([[0.5, -0.5, 2.0], [-3.0, 0.1, 0.0]])
    np.testing.assert_array_equal(L1().kinks(h), h > 0)
    np.testing.assert_array_equal(
        TopK(1).kinks(h), [[False, False, True], [False, True, False]]
    )
    np.testing.assert_array_equal(TopK(2).kinks(h - 4), TopK(2).kinks(h))
    assert KLSparsity(0.1).kinks(h).size == Contractive().kinks(h).size == 0


UNITS = [  # a model, and the unit of what its training shows
    (Autoencoder(2), "SSE/img"), (Autoencoder(2, loss="bernoulli"), "nats/img"),
    (Autoencoder(2, loss=Full()), "points"), (SparseAutoencoder(2), "SSE/img"),
    (DenoisingAutoencoder(2, loss="bernoulli"), "nats/img"),
    (DenoisingAutoencoder(2, corrupted_weight=3.0), "SSE/img"),
    (VariationalAutoencoder(2), "nats/img"),
    (VariationalAutoencoder(2, decoder="gaussian"), "nats/img"),
    (VariationalAutoencoder(2, decoder=Full()), "points"),
]


@pytest.mark.parametrize("model, unit", UNITS)
def test_the_losses_of_a_training_are_in_the_unit_of_their_loss(model, unit):
    assert model.build_network(4).unit == unit


class Bent:
    """A penalty of one's own that bends where a unit is 0.3."""

    def forward(self, h):
        return np.abs(h - 0.3).sum(), np.sign(h - 0.3)

    def backward(self, d_penalty, sign):
        return d_penalty * sign

    def kinks(self, h):
        return h > 0.3


@pytest.mark.parametrize("penalty, least", [(Bent(), 0.3), ("l1", 0)])
def test_kinks_of_a_sparse_network_are_those_of_its_units_and_of_its_code(
    penalty, least, rng
):
    network = SparseNetwork((5, 3, 4), penalty, 0.1)
    x = rng.normal(size=(9, 5)).astype(np.float32)
    network.initialise(rng, x)
    network.loss(x)
    code = network.encoder.predict(x)
    units = [network.encoder.kink_pattern(), network.decoder.kink_pattern()]
    assert [len(sides) for sides in units] == [9 * 3, 9 * 3]  # the hidden layers
    expected = [*units[0], *units[1], *(code > least).ravel()]
    np.testing.assert_array_equal(network.kink_pattern(), expected)


def test_kinks_of_free_bits_are_the_dimensions_above_the_floor(rng):
    network = VariationalNetwork((5, 4, 3), free_bits=0.5, dtype=np.float64)
    x, eps = rng.uniform(size=(9, 5)), rng.normal(size=(9, 3))
    network.initialise(rng, x)
    network.encoder.layers[-1].b[...] = [0, 2, 0, 0, 0, -3]  # means, log-variances
    network.loss(x, eps)
    divergences = network.posterior.divergences(network.encoder.predict(x))
    above = divergences.mean(axis=0) > 0.5
    assert above.tolist() == [False, True, True]
    np.testing.assert_array_equal(network.kink_pattern()[-3:], above)
    assert len(network.kink_pattern()) == 9 * 4 + 9 * 4 + 3


def test_a_classifier_masks_its_level_while_training_and_by_default_nothing(rng):
    x = np.hstack([np.ones((50, 40)), np.eye(2)[np.arange(50) % 2]])
    for options, in_training in (({}, 0), ({"level": 0.3}, 0.3)):
        network = ClassifierNetwork((40, 2), **options)
        for epoch, share in ((1, in_training), (None, 0)):
            drawn = network.draw(x, rng, epoch)
            assert np.mean(drawn["x"] == 0) == pytest.approx(share, abs=0.05)
            np.testing.assert_array_equal(drawn["labels"], np.arange(50) % 2)


def test_what_an_own_piece_returns_takes_the_dtype_asked_for():
    for dtype, given, kept in (("f4", "f8", "f4"), ("c16", "f8", "c16")):
        array = np.asfortranarray(np.ones((3, 2), given))
        made = shaped(array, (3, 2), np.dtype(dtype), "Mine.forward", "y")
        assert made.dtype == kept and made.flags.c_contiguous


def test_the_input_gradient_of_an_own_layer_is_that_of_backward(rng):
    sizes, layer = (7, 6, 3), recipes.Gated()
    parameters = Parameters(mlp_shapes("m", sizes, layer=layer), np.float64)
    mlp = MLP(parameters, "m", sizes, layer=layer)
    mlp.initialise(rng)
    x, dh = rng.normal(size=(4, 7)), rng.normal(size=(4, 3))
    mlp.forward(x)
    expected = mlp.backward(dh).copy()
    assert expected.shape == x.shape and expected.any()
    np.testing.assert_allclose(mlp.input_gradient(x, dh), expected, rtol=1e-12)


class Started(recipes.Gated):
    """It says how it starts."""

    def initialise(self, p, rng):
        p["c"][...] = rng.random()


def test_an_own_layer_starts_as_it_says_or_from_glorot_and_zeros(rng):
    sizes = (300, 200, 2)
    for layer, expected in ((recipes.Gated(), 2 / 500), (Started(), 0)):
        parameters = Parameters(mlp_shapes("m", sizes, layer=layer), np.float64)
        MLP(parameters, "m", sizes, layer=layer).initialise(np.random.default_rng(3))
        W, V, b, c = (parameters.values[f"m.0.{name}"] for name in "WVbc")
        assert [M.var() for M in (W, V)] == pytest.approx(2 * [expected], rel=0.02)
        first = np.random.default_rng(3).random()
        assert (b == 0).all() and (c == (0 if expected else first)).all()
