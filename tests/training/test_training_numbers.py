"""Numbers and generators of other kinds than Python's own, given to a training."""

import numpy as np
import pytest

from scratchae import Autoencoder, backend
from scratchae.nn import plain

SMALL = {"n_components": 3, "hidden_layer_sizes": (8,), "batch_size": 32,
         "random_state": 0, "verbose": False}


@pytest.fixture
def x(rng):
    return rng.uniform(size=(100, 12)).astype(np.float32)


def test_a_narrow_integer_is_the_number_that_it_says(x):
    options = {"n_components": 1, "hidden_layer_sizes": (2,), "random_state": 0,
               "verbose": False}
    whole = {"epochs": 100, "batch_size": 1, "validation_fraction": 0.25}
    narrow = {"epochs": np.int8(100), "batch_size": np.int8(1),
              "validation_fraction": np.float16(0.25)}
    one, other = (Autoencoder(**options | g).fit(x[:4]) for g in (whole, narrow))
    assert one.history_["learning_rate"] == other.history_["learning_rate"]
    np.testing.assert_array_equal(one.parameters_.theta, other.parameters_.theta)
    Autoencoder(**options, epochs=1, batch_size=np.int8(100)).fit(np.tile(x, (3, 1)))


def test_a_generator_of_an_old_state_is_one(x):
    def trained(rng):
        return Autoencoder(**SMALL | {"random_state": rng, "epochs": 1}).fit(x)

    def made(seed):
        return np.random.Generator(np.random.RandomState(seed)._bit_generator)

    same = made(3)
    thetas = [trained(rng).parameters_.theta for rng in (made(3), same, same, made(4))]
    np.testing.assert_array_equal(thetas[0], thetas[1])
    assert (thetas[2] != thetas[1]).any() and (thetas[3] != thetas[1]).any()


def test_each_batch_is_shifted_by_numbers_of_its_own_that_the_seed_gives(
    x, monkeypatch
):
    drawn, shift_images = [], plain.shift_images

    def noted(images, normal, *how):
        drawn.append(normal.ravel().tolist())
        return shift_images(images, normal, *how)

    monkeypatch.setattr(plain, "shift_images", noted)
    moved = {"epochs": 2, "batch_size": 25, "shift": 1.0, "image_shape": (3, 4)}
    for seed in (0, 0, 1):
        with backend("numpy"):
            Autoencoder(**SMALL | {"random_state": seed} | moved).fit(x)
    first, again, other = drawn[:8], drawn[8:16], drawn[16:]
    assert first == again and len(other) == 8
    numbers = [number for batch in (*first, *other) for number in batch]
    assert len({*numbers}) == len(numbers) == 16 * 2 * 25
