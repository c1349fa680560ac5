"""What a network's losses are on given images, without learning."""

import numpy as np

from scratchae.rows import blocks_of

EVALUATION_BATCH = 1000  # images at a time where nothing is learned
EVALUATION_SEED = 0  # the noise of every evaluation, so that epochs compare


def evaluate(network, x, rng=None):
    """Mean losses over all images of x : (n, d), without learning.

    The noise comes from a generator with a fixed seed unless one is given, so that two
    evaluations of the same network agree. Returns the dict of `network.loss`.
    """
    rng = np.random.default_rng(EVALUATION_SEED) if rng is None else rng
    totals = {}
    for rows in blocks_of(x, EVALUATION_BATCH, "validating"):
        losses = network.loss(**network.draw(rows, rng))
        for name, value in losses.items():
            totals[name] = totals.get(name, 0.0) + float(value) * len(rows)
    return {name: total / len(x) for name, total in totals.items()}
