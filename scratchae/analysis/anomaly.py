"""Anomalies: images that a model reconstructs badly (slide S02, lecture 01)."""

import numpy as np

from scratchae.labels import check_labels, labels_for
from scratchae.validation import check_data, warn_of_far_rows

BLOCK = 1000  # rows that are reconstructed at a time


def anomaly_parts(model, X):
    """What each row's score is the sum of: of its features (n, d), of its code (n,).

    The squared reconstruction error of each feature, and 0 for the code: their sum is
    `anomaly_scores`. Of a VAE with a Gaussian decoder, in nats, at the mean code,

        sum_j (x_j - x_hat_j)^2 / (2 sigma^2) + KL(q(z|x) || p(z)),

    minus the ELBO but for a constant: a row that is copied well because it is only
    larger than all others has a code far from the prior. What a row lacks (NaN, of a
    model with missing="mask") counts 0.
    """
    blocks = _blocks(X)
    parts = np.concatenate([_squares(model, block) for block in blocks])
    kl = np.zeros(len(parts))
    pixels = getattr(getattr(model, "network_", None), "pixels", None)
    variance = getattr(pixels, "variance", None)
    if variance is not None:
        divergence = model.network_.posterior.divergence
        with np.errstate(over="ignore"):
            kl = np.concatenate([divergence(model.encoder_output(x)) for x in blocks])
        parts, kl = parts / (2 * variance), kl.astype(np.float64)
    warn_of_far_rows(parts.sum(axis=1) + kl, "the score", "anomaly_parts")
    return parts, kl


def anomaly_scores(model, X, y=None):
    """Squared reconstruction error of each image, (n,) in SSE.

    model : any fitted model with `reconstruct`; what it has not seen in training it
    reconstructs badly.   y : (n,) labels, or one, for a model that takes them
    """
    blocks = _blocks(X)
    labels = len(blocks) * [y]
    if len(blocks) > 1 and np.ndim(y):
        labels = _blocks(check_labels(y, _count(X), "anomaly_scores"))
    scores = np.concatenate([_squares(model, x, told).sum(axis=1)
                             for x, told in zip(blocks, labels, strict=True)])
    return warn_of_far_rows(scores, "the score", "anomaly_scores")


def _blocks(X):
    """X in blocks of rows; without rows as it is: the model says what is wrong."""
    starts = range(0, _count(X), BLOCK)  # tables keep their names, lists their masks
    return [X[i : i + BLOCK] for i in starts] or [X]


def _count(X):
    shape = np.shape(X)  # of whatever has one: tables, rows in their file
    return shape[0] if shape else 0


def _squares(model, X, y=None):
    """Squared reconstruction error of each feature : (n, d), 0 of what is missing."""
    if not hasattr(model, "reconstruct"):
        raise TypeError(f"anomaly scores are those of a model that reconstructs; got a "
                        f"{model!r}")
    labels = labels_for(model.reconstruct, y)
    seen = model.reconstruct(X, *labels)  # refuses what are no images
    X = check_data(X, owner="anomaly_scores", dtype=np.float64, missing=True)
    with np.errstate(over="ignore"):
        return np.where(np.isnan(X), 0, X - seen) ** 2


def auc(normal, anomalous):
    """Probability that an anomaly scores higher than a normal image; ties count half.

    The area under the curve of hits against false alarms, from the ranks (Mann &
    Whitney 1947). 0.5 is guessing.  normal : (n,), anomalous : (m,) scores.
    Raises ValueError if either is empty or has a NaN, which has no rank.
    """
    if np.ma.is_masked(normal) or np.ma.is_masked(anomalous):
        raise ValueError("auc got masked scores, which have no rank. Leave them out.")
    normal, anomalous = (np.ravel(np.asarray(scores, dtype=np.float64))
                         for scores in (normal, anomalous))
    normal = np.sort(normal)
    if not (normal.size and anomalous.size):
        raise ValueError("auc expects at least one score of each kind; got none")
    if np.isnan(normal).any() or np.isnan(anomalous).any():
        raise ValueError("auc got scores that contain NaN.")
    below = np.searchsorted(normal, anomalous, side="left")
    not_above = np.searchsorted(normal, anomalous, side="right")
    return float(np.mean(below + not_above) / (2 * normal.size))
