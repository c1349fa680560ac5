"""A linear probe: how much of the label can be read off a code (slide S16)."""

import numpy as np

from scratchae.constraints import Number, check_table, whole
from scratchae.conventions import (
    Classifier,
    Conventions,
    check_feature_names,
    check_is_fitted,
)
from scratchae.errors import sklearn_warning, warn
from scratchae.formulas.dense import dense_forward, dense_weight_gradient
from scratchae.formulas.lbfgs import lbfgs
from scratchae.formulas.softmax import (
    softmax,
    softmax_nll_backward,
    softmax_nll_forward,
)
from scratchae.formulas.subspaces import near_one
from scratchae.labels import check_labels, find_classes
from scratchae.pulse import doing
from scratchae.validation import check_data

FLAT = 0.1  # of the mean variance: flatter axes are curved by the penalty, not by data


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


class LinearProbe(Classifier, Conventions):
    """Multinomial logistic regression on the codes of any model, trained to the end.

    weight_decay : of the weights, not of the biases
    tol : the training ends when the gradient of J, equation (3.12), is at most this
        part of what it is at W = 0, b = 0; both lengths in all weights and biases
    max_iter : steps (of L-BFGS, all rows at once) after which it ends with a warning

    Codes are centred and divided by one number, their overall standard deviation, so
    that one weight_decay serves all models and a rotated code gives the same answer.
    J is convex and nothing is drawn: the same data give the same probe.
    After `fit`: `classes_`, `W_` (k, classes), `b_`, `mean_` (k,), `scale_`, `n_iter_`.
    """

    constraints = {
        "weight_decay": Number(0),
        "tol": Number(0, 1, without=(0, 1)),
        "max_iter": whole(1),
    }

    def __init__(self, *, weight_decay=1e-5, tol=1e-6, max_iter=3000):
        self.weight_decay = weight_decay
        self.tol = tol
        self.max_iter = max_iter

    def fit(self, X, y):
        """X : (n, k) codes of any model, y : (n,) labels of any kind.  Returns self."""
        owner = type(self).__name__
        check_table(self.constraints, vars(self), owner)
        codes = check_data(X, dtype=np.float64, squares=True, owner=owner)
        labels = check_labels(y, len(codes), owner)
        classes = find_classes(labels, owner, at_least=2)
        mean = codes.mean(axis=0)
        centred, unit = near_one(codes - mean)
        scale = float(centred.std()) or 1.0
        numbers = np.searchsorted(classes, labels)
        self.W_, self.b_, self.n_iter_ = self._minimise(centred / scale, numbers)
        self.classes_, self.mean_, self.scale_ = classes, mean, scale * unit
        self.n_features_in_ = codes.shape[1]
        return self

    def _minimise(self, codes, labels):
        """W, b and the number of steps, found in the codes' principal axes."""
        k, classes = codes.shape[1], labels.max() + 1
        variances, axes = np.linalg.eigh(codes.T @ codes / len(codes))
        turned = codes @ axes  # the penalty does not feel a rotation

        def loss(theta):
            W, b = theta[:-classes].reshape(k, classes), theta[-classes:]
            J, dW, db = probe_loss(W, b, turned, labels, self.weight_decay)
            return J, np.append(dW, db)

        curvature = np.append(np.repeat(variances + FLAT, classes), np.ones(classes))
        start = np.zeros((k + 1) * classes)
        with doing("training a linear probe"):
            theta, steps, left = lbfgs(loss, start, self.tol, self.max_iter,
                                       1 / curvature)
        if left > self.tol:
            warn(f"lbfgs failed to converge after {steps} iteration(s): the gradient "
                 f"is {left:.1e} of what it was at the start, tol={self.tol:g}. "
                 f"Increase the number of iterations (max_iter={self.max_iter}) or "
                 "scale the codes.", sklearn_warning("ConvergenceWarning"))
        return axes @ theta[:-classes].reshape(k, classes), theta[-classes:], steps

    def predict_proba(self, X):
        """p(y|h) of each class, in the order of `classes_` : (n, classes)."""
        check_is_fitted(self)
        check_feature_names(self, X)
        codes = check_data(X, owner=type(self).__name__, dtype=np.float64,
                           n_features=self.n_features_in_)
        return softmax((codes - self.mean_) / self.scale_ @ self.W_ + self.b_)

    def error_rate(self, X, y):
        """Share of labels that are wrong."""
        return 1 - self.score(X, y)
