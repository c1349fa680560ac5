"""What hidden units look for (slides S16, S19), and which causes codes carry (S28)."""

import numpy as np

from scratchae.conventions import check_is_fitted
from scratchae.formulas.subspaces import near_one
from scratchae.validation import check_data, check_number, check_random_state


def filters(model):
    """The first layer's weights of each unit as an image : (units, d).

    Of a conditional model without the weights of the labels.
    """
    W = _encoder(model, "filters").layers[0].W
    return W[: model.n_features_in_].T.copy()


def maximising_images(model, norm=1.0, steps=100, rate=0.1, random_state=0):
    """For each code unit the image of this norm that excites it most : (k, d).

    Of a classifier, for each class its logit. A conditional model is told no class.
    For one layer it is W_j / |W_j| times the norm, equation (3.9), and 0 of a unit
    whose weights are all 0. Through several layers it is found by gradient ascent: the
    gradient of h_j in x is what `input_gradient` gives, and after each step the image
    is scaled back to the norm.
    """
    owner = "maximising_images"
    for value, name in (norm, "norm"), (rate, "rate"):
        check_number(value, name, owner=owner, low=0, without=(0,))
    check_number(steps, "steps", owner=owner, low=0, integer=True)
    encoder = _encoder(model, owner)
    d, width = model.n_features_in_, encoder.layers[-1].W.shape[1]
    k = _first_outputs(model, width, owner)
    if len(encoder.layers) == 1:
        return norm * _directions(filters(model)[:k])
    rng = check_random_state(random_state, owner=owner)
    x = np.abs(rng.normal(size=(k, d))).astype(encoder.layers[0].W.dtype)
    x *= norm / np.linalg.norm(x, axis=1, keepdims=True)
    no_class = np.zeros((k, len(encoder.layers[0].W) - d), x.dtype)
    one_hot = np.eye(k, width, dtype=x.dtype)
    for _ in range(steps):
        dx = encoder.input_gradient(np.hstack([x, no_class]), one_hot)[:, :d]
        x = x + rate * norm * _directions(dx)
        x *= norm / np.linalg.norm(x, axis=1, keepdims=True)
    return x


def _directions(rows):
    """Each row at length 1 : (k, d), whose squares may be too small to add up; a row
    of zeros stays 0."""
    largest = np.abs(rows).max(axis=1, keepdims=True)
    rows = rows / np.where(largest > 0, largest, 1)
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1)


def _first_outputs(model, width, owner):
    """How many of the encoder's outputs, the first ones, are the code."""
    network, some = model.network_, np.eye(width) - 0.3
    k = network.sizes[-1]
    if hasattr(network, "posterior"):
        if not np.array_equal(network.posterior.mean(some), some[:, :k]):
            raise TypeError(f"{owner} expects a code that is the first {k} outputs of "
                            f"the encoder; the posterior of {model!r} has another mean")
    return k


def factor_directions(codes, factors):
    """For each factor the direction of codes along which it is read best, best first.

    codes : (n, k)   factors : dict of name -> values (n,), such as those of the
        training rows, `dataset.factors[0]`
    A factor is fitted as a straight line f = c + h w by least squares, on the first
    half of the rows. R^2 is the share of its variance that the line explains on the
    other half: 1 at most, about 0 where the codes carry nothing of it.
    Returns a dict of name -> (R^2, step : (k,)), step = w / |w|^2: the shortest way
    along which the line says that the factor grows by 1. What does not vary in the
    first half tells nothing: of such a factor the step is 0, and of such a code.
    """
    owner, found = "factor_directions", {}
    if not hasattr(factors, "items"):
        raise ValueError(f"The 'factors' parameter of {owner} must be a dict of name "
                         "-> values (n,), such as dataset.factors[0], those of the "
                         f"training rows. Got a {type(factors).__name__} instead.")
    codes = check_data(codes, "codes", owner=owner, dtype=np.float64, squares=True)
    half, ones = len(codes) // 2, np.ones((len(codes), 1))
    varies = (codes[:half] != codes[0]).any(axis=0)          # (k,)
    centred, unit = near_one((codes - codes.mean(axis=0)) * varies)
    scale = float(centred.std()) or 1.0  # beside 1, so that none is taken for rounding
    h = np.hstack([centred / scale, ones])                   # (n, k + 1)
    for name, values in factors.items():
        f, unit_of_f = near_one(_factor(values, name, len(codes), owner))
        w, r2 = _line(h, f, half)
        w = w / scale
        step = w / max(np.sum(w**2), np.finfo(float).tiny)
        found[name] = r2, step * unit / unit_of_f
    return dict(sorted(found.items(), key=lambda item: -item[1][0]))


def _line(h, f, half):
    """The line f = c + h w by least squares on the first half, R^2 on the other.

    h : (n, k + 1), whose last column is 1   f : (n,).  Returns w : (k,), R^2.
    """
    w = np.append(np.zeros(h.shape[1] - 1), f[0])            # (k + 1,)
    if (f[:half] != f[0]).any():
        w = np.linalg.lstsq(h[:half], f[:half], rcond=None)[0]
    missed = np.mean((h[half:] @ w - f[half:]) ** 2)
    r2 = 1 - missed / np.var(f[half:]) if np.ptp(f[half:]) else 0.0
    return w[:-1], float(r2)


def _factor(values, name, n, owner):
    """The values of a factor that are checked : (n,)."""
    column = np.reshape(values, (-1, 1))
    if len(column) != n:
        raise ValueError(f"{owner}: factor {name!r} has {len(column)} values for {n} "
                         "codes")
    return check_data(column, f"factor {name!r}", owner=owner, dtype=np.float64,
                      squares=True)[:, 0]


def _encoder(model, owner):
    check_is_fitted(model)
    if not hasattr(model, "encoder_"):
        raise TypeError(f"{owner} expects a model with layers; got a {model!r}")
    if not all(hasattr(layer, "W") for layer in model.encoder_.layers):
        raise TypeError(f"{owner} expects dense layers; got {model.encoder_.layers}")
    return model.encoder_
