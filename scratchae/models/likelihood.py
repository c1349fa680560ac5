"""Importance-sampled log p(x) of a variational autoencoder (slide S58, lecture 11)."""

from dataclasses import dataclass

import numpy as np

from scratchae.formulas.importance import StreamedLogMean

IMAGES = 100  # images at a time
ROWS = 2000  # images times samples at a time: what bounds the memory


@dataclass(frozen=True)
class ImportanceEstimate:
    """log p(x) of each image from K samples of q(z|x), equation (11.1).

    log_likelihood : (n,) in nats; too low on average, ever less so as K grows
    standard_error : (n,) in nats, to first order
    effective_sample_size : (n,), from 1 to K; near 1 the estimate cannot be trusted
    """

    log_likelihood: np.ndarray
    standard_error: np.ndarray
    effective_sample_size: np.ndarray

    @property
    def mean(self):
        """Mean log p(x) in nats per image."""
        return float(self.log_likelihood.mean())


def importance_sampling(network, x, n_importance, rng):
    """Estimate log p(x) with n_importance samples of q(z|x) per image.

    x : (n, d) images, with one-hot labels beside them for a conditional network; they
        are binarised once, if the network does that. The samples stream through
        memory of a fixed size. Returns an ImportanceEstimate.
    """
    estimates = []
    for start in range(0, len(x), IMAGES):
        drawn = network.draw(x[start : start + IMAGES], rng)
        images, label = drawn["x"].copy(), drawn.get("label")
        beside = images if label is None else np.concatenate([images, label], axis=1)
        head = network.encoder.predict(beside)
        stream = StreamedLogMean(len(images))
        while stream.count < n_importance:
            samples = min(max(1, ROWS // len(images)), n_importance - stream.count)
            eps = rng.standard_normal((samples * len(images), network.k), x.dtype)
            stream.add(network.log_weights(head, images, eps, label))
        estimates.append(stream)
    return ImportanceEstimate(
        np.concatenate([stream.log_mean for stream in estimates]),
        np.concatenate([stream.standard_error for stream in estimates]),
        np.concatenate([stream.effective_sample_size for stream in estimates]),
    )
