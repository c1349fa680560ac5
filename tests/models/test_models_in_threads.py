"""Models in several Python threads: the bits of each alone."""

import threading

import numpy as np
from conftest import HANGS

from scratchae import VariationalAutoencoder


def vae(**options):
    quiet = {"epochs": 2, "random_state": 0, "verbose": False}
    return VariationalAutoencoder(2, (4,), **quiet | options)


def in_threads(work, count):
    """Results of work(0), work(1), ... run at the same time."""
    results = [None] * count

    def run(i):
        results[i] = work(i)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(HANGS)
    return results


def test_two_models_trained_at_once_have_the_bits_of_each_alone(rng):
    x = rng.uniform(size=(300, 30))

    def train(seed):
        model = vae(random_state=seed, epochs=4, batch_size=32)
        return model.fit(x).parameters_.theta.copy()

    together = in_threads(train, 2)
    for seed in (0, 1):
        np.testing.assert_array_equal(together[seed], train(seed))


def test_predictions_from_four_threads_are_those_of_one(rng):
    x = rng.uniform(size=(400, 30)).astype(np.float32)
    model = vae().fit(x)
    parts = np.split(x, 4)
    together = in_threads(lambda i: [model.transform(parts[i]) for _ in range(20)], 4)
    for part, answers in zip(parts, together, strict=True):
        for answer in answers:
            np.testing.assert_array_equal(answer, model.transform(part))
