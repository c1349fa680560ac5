"""A linear probe: how much of the label can be read off a code (slide S16)."""

import numpy as np

from scratchae.conventions import Conventions
from scratchae.formulas.dense import dense_forward, dense_weight_gradient
from scratchae.formulas.optimizers import adam_step
from scratchae.formulas.schedules import cosine
from scratchae.formulas.softmax import (
    softmax,
    softmax_nll_backward,
    softmax_nll_forward,
)
from scratchae.validation import check_data, check_number, check_random_state


def probe_loss(W, b, codes, labels, weight_decay):
    """J = 1/n sum_i -log p(y_i | h_i) + weight_decay / 2 sum W^2, equation (3.12).

    W : (k, classes)   b : (classes,)   codes : (n, k)   labels : (n,) ints
    Returns J, dW, db: multinomial logistic regression with its gradient by hand.
    """
    n = len(codes)
    logits, dense_cache = dense_forward(codes, W, b)
    losses, cache = softmax_nll_forward(logits, labels)
    dlogits = softmax_nll_backward(np.full(n, 1 / n, codes.dtype), cache)
    dW, db = dense_weight_gradient(dlogits, dense_cache)
    penalty = 0.5 * weight_decay * np.sum(W * W)
    return losses.mean() + penalty, dW + W.dtype.type(weight_decay) * W, db


class LinearProbe(Conventions):
    """Multinomial logistic regression on the codes of any model.

    weight_decay : of the weights, not of the biases
    epochs, batch_size, learning_rate : of Adam with a cosine schedule
    random_state : None, int or Generator; the order of the batches

    Codes are centred and divided by one number, their overall standard deviation, so
    that one learning rate serves all models.
    After `fit`: `classes_`, `W_` (k, classes), `b_`, `mean_` (k,), `scale_`.
    """

    def __init__(
        self,
        *,
        weight_decay=1e-5,
        epochs=20,
        batch_size=256,
        learning_rate=2e-3,
        random_state=None,
    ):
        self.weight_decay = weight_decay
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.random_state = random_state

    def fit(self, X, y):
        """X : (n, k) codes of any model, y : (n,) labels of any kind.  Returns self."""
        check = {"owner": "LinearProbe"}
        check_number(self.weight_decay, "weight_decay", low=0, **check)
        check_number(self.learning_rate, "learning_rate", low=0, closed="neither",
                     **check)  # fmt: skip
        for name in ("epochs", "batch_size"):
            check_number(getattr(self, name), name, low=1, integer=True, **check)
        codes = check_data(X, **check)
        labels = _check_labels(y, len(codes))
        rng = check_random_state(self.random_state, **check)
        self.classes_, y = np.unique(labels, return_inverse=True)
        self.n_features_in_ = codes.shape[1]
        self.mean_ = codes.mean(axis=0, dtype=np.float64).astype(np.float32)
        centred = codes - self.mean_
        self.scale_ = float(centred.std(dtype=np.float64)) or 1.0
        centred /= np.float32(self.scale_)
        self._descend(centred, y, rng)
        return self

    def _descend(self, codes, y, rng):
        k, classes = codes.shape[1], len(self.classes_)
        theta = np.zeros(k * classes + classes, np.float32)
        W, b = theta[: k * classes].reshape(k, classes), theta[k * classes :]
        m, v, t = np.zeros_like(theta), np.zeros_like(theta), 0
        starts = range(0, len(codes), self.batch_size)
        for _ in range(self.epochs):
            order = rng.permutation(len(codes))
            for start in starts:
                rows = order[start : start + self.batch_size]
                _, dW, db = probe_loss(W, b, codes[rows], y[rows], self.weight_decay)
                rate = self.learning_rate * cosine(t / (self.epochs * len(starts)))
                t += 1
                adam_step(theta, np.concatenate([dW.ravel(), db]), m, v, t, rate)
        self.W_, self.b_ = W, b

    def predict_proba(self, X):
        """Probability of each class, (n, classes)."""
        self._check_is_fitted()
        codes = check_data(X, owner="LinearProbe", n_features=self.n_features_in_)
        centred = (codes - self.mean_) / np.float32(self.scale_)
        return softmax(centred @ self.W_ + self.b_)

    def predict(self, X):
        """The most probable label, (n,)."""
        p = self.predict_proba(X)
        return self.classes_[p.argmax(axis=1)]

    def score(self, X, y):
        """Share of labels that are right."""
        predicted = self.predict(X)
        return float(np.mean(predicted == _check_labels(y, len(predicted))))

    def error_rate(self, X, y):
        """Share of labels that are wrong."""
        return 1 - self.score(X, y)


def _check_labels(labels, n):
    labels = np.asarray(labels)
    if labels.shape != (n,):
        raise ValueError(
            f"LinearProbe got labels of shape {labels.shape}; expected ({n},)"
        )
    return labels
