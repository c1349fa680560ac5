"""What a variational autoencoder says about each image: q(z|x), the bound, and
importance-sampled log p(x) (slide S58, lecture 11)."""

from dataclasses import dataclass

import numpy as np

from scratchae.formulas.importance import StreamedLogMean
from scratchae.nn.evaluation import EVALUATION_BATCH
from scratchae.pulse import steps
from scratchae.rows import blocks_of
from scratchae.validation import warn_of_far_rows

IMAGES = 100  # images at a time
ROWS = 2000  # images times samples at a time: what bounds the memory


@dataclass(frozen=True)
class ImportanceEstimate:
    """log p(x) of each image from K samples of q(z|x), equation (11.1).

    log_likelihood : (n,) in nats; too low on average, ever less so as K grows
    standard_error : (n,) in nats, of the K samples; inf where it would be above 0.1,
        since too few of them count to tell. How much the mean over images would
        change with other images is another quantity: std(log_likelihood) / sqrt(n)
    effective_sample_size : (n,), from 1 to K; near 1 the estimate cannot be trusted
    """

    log_likelihood: np.ndarray
    standard_error: np.ndarray
    effective_sample_size: np.ndarray

    @property
    def mean(self):
        """Mean log p(x) in nats per image."""
        return float(self.log_likelihood.mean())


def encoder_output(network, x, rng):
    """The encoder's output for the images of `evaluate` with this rng : (n, size)."""
    return np.concatenate(
        [network.encode(**drawn) for drawn in _draws(network, x, rng)]
    )


def terms_of_each(network, x, rng, owner):
    """`network.terms` of all images, {name: (n,)}, with the draws of `evaluate`.

    A warning names the rows whose bound is infinite.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        blocks = [network.terms(**drawn) for drawn in _draws(network, x, rng)]
    terms = {name: np.concatenate([block[name] for block in blocks])
             for name in blocks[0]}
    warn_of_far_rows(np.column_stack([*terms.values()]), "the bound", owner)
    return terms


def _draws(network, x, rng):
    """What `nn.evaluation.evaluate` draws with rng, block by block."""
    for rows in blocks_of(x, EVALUATION_BATCH, "evaluating"):
        yield network.draw(rows, rng)


def importance_sampling(network, x, n_importance, rng, owner="log_likelihood"):
    """Estimate log p(x) with n_importance samples of q(z|x) per image.

    x : (n, d) images, with one-hot labels beside them for a conditional network; they
        are binarised once, if the network does that. The samples stream through
        memory of a fixed size.
    Returns an ImportanceEstimate; a warning names the rows whose log p(x) is -inf.
    """
    starts = steps(range(0, len(x), IMAGES), "importance sampling", "images")
    with np.errstate(over="ignore", invalid="ignore"):
        streams = [_log_mean(network, x[start : start + IMAGES], n_importance, rng)
                   for start in starts]
        log_p = np.concatenate([stream.log_mean for stream in streams])
    warn_of_far_rows(log_p, "log p(x)", owner)
    return ImportanceEstimate(
        log_p,
        np.concatenate([stream.standard_error for stream in streams]),
        np.concatenate([stream.effective_sample_size for stream in streams]),
    )


def _log_mean(network, x, n_importance, rng):
    """The weights of a few images, as a `StreamedLogMean`."""
    drawn = network.draw(x, rng)
    images, label = drawn["x"], drawn.get("label")
    head = network.encode(images, label)
    stream = StreamedLogMean(len(images))
    while stream.count < n_importance:
        samples = min(max(1, ROWS // len(images)), n_importance - stream.count)
        eps = rng.standard_normal((samples * len(images), network.k), x.dtype)
        stream.add(network.log_weights(head, images, eps, label))
    return stream
