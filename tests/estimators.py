"""Every public estimator, small: what a test over all of them goes through.

They are collected from the package's public names, so a new one is in every such test
at once. OPTIONS holds what an estimator needs besides what SMALL gives to all.
"""

import inspect

import numpy as np

import scratchae

SMALL = {
    "n_components": 2, "hidden_layer_sizes": (8,), "epochs": 2, "pretrain_epochs": 1,
    "batch_size": 16, "verbose": False, "random_state": 0,
}
OPTIONS = {}
CLASSES = {
    name: value
    for name in scratchae.__all__
    if inspect.isclass(value := getattr(scratchae, name)) and hasattr(value, "fit")
}


def make(name, **options):
    """An unfitted small estimator; options that it does not have are left out."""
    known = inspect.signature(CLASSES[name]).parameters
    given = SMALL | OPTIONS.get(name, {}) | options
    return CLASSES[name](**{key: v for key, v in given.items() if key in known})


def data(n=40, d=6, seed=0):
    """Rows in [0, 1] : (n, d), and labels of three classes : (n,)."""
    X = np.random.default_rng(seed).uniform(size=(n, d)).astype(np.float32)
    return X, np.arange(n) % 3


def labels_of(method, y):
    """(y,) where a method takes labels that matter, else nothing."""
    parameter = inspect.signature(method).parameters.get("y")
    needed = parameter is not None and parameter.default is parameter.empty
    return (y,) if needed else ()


def fitted(name, X=None, y=None, **options):
    """The small estimator, fitted to `data()` or to X, y."""
    X, y = data() if X is None else (X, y)
    model = make(name, **options)
    return model.fit(X, *labels_of(model.fit, y))


def is_finite(result):
    """Whether all numbers in a result are finite; text is."""
    if isinstance(result, dict):
        return all(map(is_finite, result.values()))
    if isinstance(result, tuple):
        return all(map(is_finite, result))
    if hasattr(result, "log_likelihood"):
        return is_finite(result.log_likelihood)
    array = np.asarray(result)
    return array.dtype.kind not in "fc" or bool(np.isfinite(array).all())
