"""What a network starts from, keeps, and says of itself while it is not trained."""

import numpy as np
import pytest

from scratchae import backend
from scratchae.networks.autoencoder import AutoencoderNetwork
from scratchae.networks.checking import checkable, random_parameters
from scratchae.networks.pixels import BernoulliPixels
from scratchae.networks.variational import VariationalNetwork


def test_logits_start_within_one_in_a_thousand_of_certainty():
    """Of a pixel that is never inked, always, and half of the time."""
    x = np.array([[0, 1, 0], [0, 1, 1]], np.float32)
    edge = np.log(0.999 / 0.001)
    np.testing.assert_allclose(BernoulliPixels().start(x), [-edge, edge, 0])


SCHEDULES = [
    ({}, {"kl_weight": 1.0}),
    ({"kl_weight": 0.5, "kl_warmup_epochs": 4}, {"kl_weight": 0.25}),
    ({"samples_warmup_epochs": 4, "n_samples": 9}, {"kl_weight": 1.0, "n_samples": 3}),
    ({"objective": "iwae", "n_samples": 9}, {}),
    ({"objective": "iwae", "n_samples": 9, "samples_warmup_epochs": 4},
     {"n_samples": 3}),
]


@pytest.mark.parametrize("options, said", SCHEDULES)
def test_a_history_has_what_rises_in_an_epoch_and_no_weight_that_does_not_count(
    options, said
):
    network = VariationalNetwork((4, 3, 2), **options)
    assert network.scheduled(2) == said
    last = {"kl_weight": network.kl_weight, "n_samples": network.n_samples}
    assert network.scheduled() == {name: last[name] for name in said}


def test_gradients_to_be_checked_stay_when_the_network_goes_on(rng):
    network, twin = (AutoencoderNetwork((4, 3, 2), dtype=d) for d in (float, complex))
    point = random_parameters(network, rng)
    with backend("numpy"):
        _, gradients, _ = checkable(network, twin, {"x": rng.random((5, 4))}, point)
        before = {name: gradient.copy() for name, gradient in gradients.items()}
        network.loss(rng.random((5, 4)))
        network.backward()
    for name, gradient in gradients.items():
        np.testing.assert_array_equal(gradient, before[name])


def test_random_weights_keep_the_size_of_signals_and_biases_are_of_size_one():
    network = AutoencoderNetwork((900, 100), dtype=np.float64)
    point = random_parameters(network, np.random.default_rng(0))
    sizes = {name: value.std() for name, value in point.items()}
    expected = {"encoder.0.W": 1 / 30, "decoder.0.W": 1 / 10, "encoder.0.b": 1,
                "decoder.0.b": 1}
    assert sizes == pytest.approx(expected, rel=0.2)


def test_a_question_between_forward_and_backward_changes_no_gradient(rng):
    network = AutoencoderNetwork((4, 3, 2), dtype=np.float64)
    x, other = rng.random((2, 5, 4))
    network.initialise(rng, x)
    with backend("numpy"):
        gradients = []
        for asked in (False, True):
            network.loss(x)
            if asked:
                network.encoder.input_gradient(other, np.ones((5, 2)))
                network.decoder.predict(np.ones((5, 2)))
            network.backward()
            gradients.append(network.parameters.grad.copy())
    np.testing.assert_array_equal(*gradients)
