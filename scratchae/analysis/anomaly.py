"""Anomalies: images that a model reconstructs badly (slide S02, lecture 01)."""

import numpy as np


def anomaly_scores(model, X, y=None):
    """Squared reconstruction error of each image, (n,) in SSE.

    model : any fitted model with `reconstruct`; what it has not seen in training it
    reconstructs badly.   y : (n,) labels for a model that takes them
    """
    labels = () if y is None else (y,)
    residual = np.asarray(X) - model.reconstruct(X, *labels)
    return np.sum(residual.astype(np.float64) ** 2, axis=1)


def auc(normal, anomalous):
    """Probability that an anomaly scores higher than a normal image; ties count half.

    The area under the curve of hits against false alarms, from the ranks (Mann &
    Whitney 1947). 0.5 is guessing.  normal : (n,), anomalous : (m,) scores.
    Raises ValueError if either is empty or has a NaN, which has no rank.
    """
    normal, anomalous = np.sort(np.ravel(normal)), np.ravel(anomalous)
    if not (normal.size and anomalous.size):
        raise ValueError("auc expects at least one score of each kind; got none")
    if np.isnan(normal).any() or np.isnan(anomalous).any():
        raise ValueError("auc got scores that contain NaN.")
    below = np.searchsorted(normal, anomalous, side="left")
    not_above = np.searchsorted(normal, anomalous, side="right")
    return float(np.mean(below + not_above) / (2 * normal.size))
