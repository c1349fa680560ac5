"""What hidden units look for (slides S16, S19)."""

import numpy as np

from scratchae.validation import check_number


def filters(model):
    """The first layer's weights of each unit as an image : (units, d)."""
    return model.encoder_.layers[0].W.T.copy()


def maximising_images(model, norm=1.0, steps=100, rate=0.1, random_state=0):
    """For each code unit the image of this norm that excites it most : (k, d).

    For one layer it is W_j / |W_j| times the norm, equation (3.9). Through several
    layers it is found by gradient ascent: the gradient of h_j in x is what
    `input_gradient` gives, and after each step the image is scaled back to the norm.
    """
    check_number(norm, "norm", owner="maximising_images", low=0, closed="neither")
    encoder = model.encoder_
    if len(encoder.layers) == 1:
        W = filters(model)[: model.n_components]
        return norm * W / np.linalg.norm(W, axis=1, keepdims=True)
    d, k = model.n_features_in_, int(model.n_components)
    rng = np.random.default_rng(random_state)
    x = np.abs(rng.normal(size=(k, d))).astype(encoder.layers[0].W.dtype)
    x *= norm / np.linalg.norm(x, axis=1, keepdims=True)
    one_hot = np.eye(k, encoder.layers[-1].W.shape[1], dtype=x.dtype)
    for _ in range(steps):
        dx = encoder.input_gradient(x, one_hot)
        size = np.linalg.norm(dx, axis=1, keepdims=True)
        x = x + rate * norm * dx / np.maximum(size, np.finfo(dx.dtype).tiny)
        x *= norm / np.linalg.norm(x, axis=1, keepdims=True)
    return x
