"""The parameter vector and the multilayer perceptron."""

import copy
import math
import pickle

import numpy as np
import pytest

from scratchae.formulas.activations import ACTIVATIONS
from scratchae.networks.autoencoder import AutoencoderNetwork
from scratchae.nn.mlp import MLP, Mirrored, mlp_shapes
from scratchae.nn.parameters import ALIGNMENT, Parameters
from scratchae.nn.per_thread import PerThread

pytestmark = pytest.mark.lecture01


@pytest.fixture
def parameters():
    return Parameters({"a.W": (3, 5), "a.b": (5,), "c.W": (5, 2)}, np.float64)


def test_views_write_to_the_one_vector(parameters):
    parameters.values["a.b"][...] = 3
    assert parameters.theta.sum() == 15


def test_gradient_views_mirror_the_parameters(parameters):
    parameters.gradients["c.W"][...] = 1
    assert parameters.grad.sum() == 10 and parameters.theta.sum() == 0


def test_every_tensor_starts_on_a_cache_line(parameters):
    for view in parameters.values.values():
        assert view.ctypes.data % ALIGNMENT == 0


def test_size_counts_parameters_and_not_the_padding(parameters):
    assert parameters.size == 15 + 5 + 10


def test_weights_are_all_matrices_and_nothing_else(parameters):
    parameters.weights[...] = 1
    assert parameters.values["a.b"].sum() == 0
    assert parameters.values["a.W"].all() and parameters.values["c.W"].all()


def test_a_matrix_is_a_weight_whatever_its_name_and_however_narrow():
    p = Parameters({"b": (3,), "one.row": (1, 4), "a.V": (4, 1), "s": (1,)})
    p.weights[...] = 1
    assert p.values["one.row"].all() and p.values["a.V"].all()
    assert not p.values["b"].any() and not p.values["s"].any()


@pytest.mark.parametrize("shape", [(), (3,), (2, 3, 4), (1, 1, 1), (2, 1, 2, 1)])
def test_parameters_without_rows_and_columns_neither_shrink_nor_start_at_random(shape):
    """A number, or a stack of matrices: as a layer of one's own may have."""
    class Stacked:
        def shapes(self, d_in, d_out):
            return {"s": shape, "W": (d_in, d_out)}

    sizes = (4, 5, 2)
    p = Parameters(mlp_shapes("m", sizes, layer=Stacked()), np.float64)
    p.theta[...] = 7
    mlp = MLP(p, "m", sizes, layer=Stacked())
    mlp.initialise(np.random.default_rng(0))
    assert p.values["m.0.s"].shape == shape and not p.values["m.0.s"].any()
    assert p.values["m.0.W"].all() and p.size == 20 + math.prod(shape) + 12
    p.weights[...] = 1
    assert not p.values["m.0.s"].any()
    assert (p.values["m.0.W"] == 1).all() and (p.values["m.1.W"] == 1).all()


def test_set_values_refuses_another_shape_and_changes_nothing(parameters):
    values = {name: np.ones(shape) for name, shape in parameters.shapes.items()}
    values["c.W"] = np.ones((2, 5))
    with pytest.raises(ValueError, match=r"'c.W' got shape \(2, 5\); expected \(5, 2"):
        parameters.set_values(values)
    assert not parameters.theta.any()


def test_set_values_refuses_unknown_names(parameters):
    message = r"got parameters \['other'\]; expected \['a\.W', 'a\.b', 'c\.W'\]"
    with pytest.raises(ValueError, match=message):
        parameters.set_values({"other": np.ones(1)})


def test_parameter_count_of_hinton_and_salakhutdinov():
    sizes = (784, 1000, 500, 250, 30)
    shapes = mlp_shapes("encoder", sizes) | mlp_shapes("decoder", sizes[::-1])
    assert sum(int(np.prod(shape)) for shape in shapes.values()) == 2_837_314


@pytest.fixture
def tied(rng):
    parameters = Parameters(
        mlp_shapes("encoder", (7, 6, 3)) | mlp_shapes("decoder", (3, 6, 7), tied=True),
        np.float64,
    )
    encoder = MLP(parameters, "encoder", (7, 6, 3), "tanh")
    decoder = MLP(parameters, "decoder", (3, 6, 7), "tanh", mirror=encoder)
    encoder.initialise(rng)
    decoder.initialise(rng)
    return parameters, encoder, decoder


def test_tied_decoder_shares_the_encoders_memory(tied):
    parameters, encoder, decoder = tied
    parameters.theta += 1
    for layer, owner in zip(decoder.layers, encoder.layers[::-1], strict=True):
        assert np.shares_memory(layer.W, owner.W)
        np.testing.assert_array_equal(layer.W, owner.W.T)


def test_eq_2_6_planted_gradient_of_one_path_only_differs(tied, rng, monkeypatch):
    parameters, encoder, decoder = tied
    out = decoder.forward(encoder.forward(rng.normal(size=(5, 7))))
    gradients = []
    for add in (Mirrored.add_gradient, lambda self: None):
        monkeypatch.setattr(Mirrored, "add_gradient", add)
        for _ in range(2):  # a second call gives the same answer
            encoder.backward(decoder.backward(np.ones_like(out)), input_gradient=False)
            gradients.append(parameters.grad.copy())
    np.testing.assert_array_equal(*gradients[:2])
    assert np.abs(gradients[0] - gradients[2]).max() > 0.1


def test_first_layer_skips_the_input_gradient_on_request(rng):
    parameters = Parameters(mlp_shapes("m", (7, 6)), np.float64)
    mlp = MLP(parameters, "m", (7, 6), last="tanh")
    mlp.forward(rng.normal(size=(5, 7)))
    assert mlp.backward(np.ones((5, 6)), input_gradient=False) is None


def test_a_layer_gives_the_input_gradient_unless_told_not_to(rng):
    parameters = Parameters(mlp_shapes("m", (7, 6)), np.float64)
    layer = MLP(parameters, "m", (7, 6)).layers[0]
    layer.W[...] = rng.normal(size=(7, 6))
    _, cache = layer.forward(rng.normal(size=(5, 7)))
    da = rng.normal(size=(5, 6))
    np.testing.assert_allclose(layer.backward(da, cache), da @ layer.W.T)
    assert layer.backward(da, cache, input_gradient=False) is None


def test_output_is_what_the_last_forward_returned(rng):
    parameters = Parameters(mlp_shapes("m", (7, 6, 3)), np.float64)
    mlp = MLP(parameters, "m", (7, 6, 3), "tanh")
    mlp.initialise(rng)
    mlp.forward(rng.normal(size=(2, 7)))
    last = mlp.forward(rng.normal(size=(5, 7)))
    assert mlp.output is last and last.shape == (5, 3)


def test_initialise_gives_zero_biases_and_random_weights(rng):
    parameters = Parameters(mlp_shapes("m", (70, 60, 5)), np.float64)
    MLP(parameters, "m", (70, 60, 5)).initialise(rng)
    assert not parameters.values["m.0.b"].any()
    # He for the ReLU layer, Glorot for the linear one.
    assert parameters.values["m.0.W"].var() == pytest.approx(2 / 70, rel=0.1)
    assert parameters.values["m.1.W"].var() == pytest.approx(2 / 65, rel=0.2)


@pytest.mark.parametrize("activation", ["identity", "relu", "elu", "tanh", "silu"])
def test_predict_gives_an_array_of_its_own_and_is_not_in_the_way_of_backward(
    activation, rng
):
    parameters = Parameters(mlp_shapes("m", (7, 6, 3)), np.float64)
    mlp = MLP(parameters, "m", (7, 6, 3), activation, activation)
    mlp.initialise(rng)
    x, dh = rng.normal(size=(4, 7)), rng.normal(size=(4, 3))
    expected = mlp.forward(x).copy(), mlp.backward(dh).copy(), parameters.grad.copy()
    kept, predicted = mlp.forward(x), mlp.predict(x)
    mlp.predict(-x)
    for array in (kept, predicted):
        np.testing.assert_array_equal(array, expected[0])
    np.testing.assert_array_equal(mlp.backward(dh), expected[1])
    np.testing.assert_array_equal(parameters.grad, expected[2])


@pytest.mark.parametrize("again", [copy.deepcopy, lambda kept: pickle.loads(
    pickle.dumps(kept))])
def test_a_copy_has_nothing_of_what_a_forward_pass_kept_and_says_so(again):
    kept = PerThread()
    kept.cache = 1
    empty = again(kept)
    with pytest.raises(RuntimeError, match="backward was called before forward"):
        empty.cache  # noqa: B018
    assert kept.cache == 1


@pytest.mark.parametrize("activation", ["relu", "elu", "tanh", "silu"])
def test_input_gradient_is_that_of_backward_and_writes_nothing(activation, rng):
    parameters = Parameters(mlp_shapes("m", (7, 6, 5, 3)), np.float64)
    mlp = MLP(parameters, "m", (7, 6, 5, 3), activation, "sigmoid")
    mlp.initialise(rng)
    x, dh = rng.normal(size=(4, 7)), rng.normal(size=(4, 3))
    mlp.forward(x)
    expected = mlp.backward(dh).copy()
    before = parameters.grad.copy(), mlp.kink_pattern()
    np.testing.assert_array_equal(mlp.input_gradient(x, dh), expected)
    mlp.input_gradient(-x, -dh)
    np.testing.assert_array_equal(parameters.grad, before[0])
    np.testing.assert_array_equal(mlp.kink_pattern(), before[1])


def test_tied_weights_start_as_those_of_an_encoder_alone(rng):
    """The decoder's layers, of other activations, draw none of their own."""
    starts = []
    for tied in (False, True):
        network = AutoencoderNetwork((30, 20, 5), tied_weights=tied)
        network.initialise(np.random.default_rng(0), rng.random((9, 30)))
        starts.append([layer.W.copy() for layer in network.encoder.layers])
    for alone, shared in zip(*starts, strict=True):
        np.testing.assert_array_equal(alone, shared)


@pytest.mark.parametrize("loss", ["squared_error", "bernoulli"])
@pytest.mark.parametrize("output", sorted(ACTIVATIONS))
def test_an_output_starts_at_the_mean_where_its_bias_is_that(output, loss, rng):
    x = rng.uniform(0.1, 0.9, (30, 3))
    network = AutoencoderNetwork((3, 2), output_activation=output, loss=loss)
    network.initialise(rng, x)
    mean = x.mean(axis=0)
    start = mean if loss == "squared_error" else np.log(mean / (1 - mean))
    expected = start if output == "identity" else np.zeros(3)
    np.testing.assert_allclose(network.decoder.layers[-1].b, expected, rtol=1e-5)


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_a_unit_just_at_its_kink_is_on_the_side_that_is_off(activation):
    """There its slope is that of the left: all weights are 0."""
    parameters = Parameters(mlp_shapes("m", (2, 3)), np.float64)
    mlp = MLP(parameters, "m", (2, 3), last=activation)
    mlp.forward(np.ones((4, 2)))
    kinked = ACTIVATIONS[activation].kinked
    assert mlp.kink_pattern().tolist() == [False] * (12 if kinked else 0)


def test_without_a_bias_all_parameters_are_weights_and_without_a_matrix_none():
    matrices = Parameters({"W": (3, 4), "V": (4, 1)})
    matrices.weights[...] = 1
    assert all(value.all() for value in matrices.values.values())
    assert Parameters({"b": (3,)}).weights.size == 0


def test_ten_million_parameters_and_more_are_asked_for_with_their_gradient(monkeypatch):
    asked = []
    monkeypatch.setattr("scratchae.nn.parameters.check_memory",
                        lambda n, what: asked.append((n, what)))
    Parameters({"W": (2500, 4000)})
    assert asked == []
    Parameters({"W": (2500, 4016)})
    assert asked == [(2 * 4 * 10_040_000, "10040000 parameters")]


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_weights_before_a_kink_start_wider_and_biases_at_zero(activation, tied):
    """He's variance 2 / d_in before a kink, else Glorot's 2 / (d_in + d_out)."""
    sizes, kinks = (300, 200), {"relu", "leaky_relu", "elu"}
    shapes = mlp_shapes("m", sizes) | mlp_shapes("n", sizes[::-1], tied=tied)
    p = Parameters(shapes, np.float64)
    p.theta[...] = 7
    first = MLP(p, "m", sizes, last=activation)
    mirror = first if tied else None
    second = MLP(p, "n", sizes[::-1], last=activation, mirror=mirror)
    for mlp in (first, second):
        mlp.initialise(np.random.default_rng(0))
    for mlp, d_in in ((first, 300), (second, 300 if tied else 200)):
        (layer,) = mlp.layers
        expected = 2 / d_in if activation in kinks else 2 / 500
        assert layer.W.var() == pytest.approx(expected, rel=0.02)
        assert abs(layer.W.mean()) < 0.001 and not layer.b.any()
    assert np.shares_memory(first.layers[0].W, second.layers[0].W) is tied
