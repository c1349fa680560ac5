"""Many samples go through a decoder a few rows at a time: memory does not grow."""

import numpy as np
import pytest

from scratchae import backend
from scratchae.networks.likelihood import ImportanceEstimate, importance_sampling
from scratchae.networks.variational import VariationalNetwork

pytestmark = pytest.mark.lecture11


def counted(network):
    """The list of how many rows each question to the decoder has."""
    rows, predict = [], network.decoder.predict

    def counting(z):
        rows.append(len(z))
        return predict(z)

    network.decoder.predict = counting
    return rows


@pytest.mark.parametrize("images, samples", [(7, 900), (1, 3000), (130, 50)])
def test_importance_samples_are_of_2000_rows_at_most_and_as_many_as_asked(
    images, samples, rng
):
    network, x = VariationalNetwork((4, 2)), rng.random((images, 4), np.float32)
    rows = counted(network)
    with backend("numpy"):
        importance_sampling(network, x, samples, rng)
    assert max(rows) <= 2000 and sum(rows) == images * samples


@pytest.mark.parametrize("labels", [0, 2])
@pytest.mark.parametrize("images, samples, most", [(7, 300, 1000), (1200, 2, 1200)])
def test_terms_and_drawn_gradients_look_at_1000_rows_or_one_sample_at_a_time(
    images, samples, most, labels, rng
):
    network = VariationalNetwork((4, 2), objective="iwae", n_samples=samples,
                                 gradient_samples=1, n_classes=labels)
    x = rng.random((images, 4 + labels), np.float32)
    rows = counted(network)
    with backend("numpy"):
        drawn = network.draw(x, rng)
        for question in (network.terms, network.loss):
            rows.clear()
            question(**drawn)
            assert max(rows) <= most and sum(rows) == images * samples


def test_the_mean_of_an_estimate_is_that_of_log_p_and_not_of_p():
    nothing = np.zeros(3)  # nor is it the number in the middle
    log_p = np.array([-1.0, -3.0, -11.0])
    assert ImportanceEstimate(log_p, nothing, nothing).mean == -5.0
