"""What a page is told of a model: its layers, the codes of its images, its settings."""

import numpy as np

from scratchae import (
    Autoencoder,
    ConditionalVariationalAutoencoder,
    VariationalAutoencoder,
)
from scratchae.explorer.rounding import MOST_BITS, columns, floats, matrix

ACTIVATIONS = ("identity", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "softplus",
               "silu")  # those that sources/weights.js has
DECODER_BITS, ENCODER_BITS = 11, 12
PIXEL_ERROR, CODE_ERROR = 5e-4, 2e-3  # more bits are taken until a page is as near
FOLLOWED = 500  # rows that the rounding of weights looks at; others are checked
ACTIVE = 8  # dimensions that a wide code has sliders for


def describe(model, x, with_encoder=True):
    """A fitted model and its codes of images x : (n, d), as a dict ready for JSON.

    Raises ValueError for a model that a page cannot show.
    """
    refuse(model)
    heads = (model.encoder_.predict(x) if _is_variational(model)
             else model.transform(x)).astype(np.float64)
    k = int(model.n_components)
    decoder, pixel_error = _decoder(model, heads[:, :k])
    order, measure = _activity(model, heads)
    told = {
        "class": type(model).__name__,
        "k": k,
        "unit": model.network_.unit,
        "pixels": model.decoder if _is_variational(model) else model.loss,
        "posterior": model.posterior if _is_variational(model) else None,
        "decoder": decoder,
        "pixel_error": pixel_error,
        "encoder": None,
        "heads": columns(heads),
        "active": order[:ACTIVE].tolist(),
        "activity": measure[order[:ACTIVE]].tolist(),
        "command": getattr(model, "about_", {}).get("command"),
    }
    if told["pixels"] == "gaussian":
        told["log_var"] = float(model.network_.pixels.log_var[0])
    if with_encoder:
        told["encoder"], told["code_error"] = _encoder(model, x)
    return told


def refuse(model):
    """Raise ValueError for a model whose codes, or whose pieces, a page cannot show."""
    name = type(model).__name__
    if isinstance(model, ConditionalVariationalAutoencoder):
        raise ValueError(f"{name} decodes a code and a label, and a plane has no place "
                         "for the label; expected a vae or an autoencoder")
    if not isinstance(model, (Autoencoder, VariationalAutoencoder)):
        raise ValueError(f"{name} has no decoder of layers for a page to draw with; "
                         "expected a vae or an autoencoder")
    if int(model.n_components) < 2:
        raise ValueError(f"{name} has codes of one number, which make no plane; "
                         "expected n_components of at least 2")
    if getattr(model, "penalty", None) == "top_k":
        raise ValueError(f"{name} with penalty='top_k' keeps other units for each "
                         "image, so its codes lie in no one plane")
    own = [name for name, value in model.get_params().items()
           if hasattr(value, "forward") or hasattr(value, "corrupt")]
    layers = [*model.encoder_.layers, *model.decoder_.layers]
    own += [layer.activation.name for layer in layers if hasattr(layer, "activation")
            and layer.activation.name not in ACTIVATIONS]
    if own:
        raise ValueError(f"{name} has pieces of one's own, {', '.join(own)}: a page "
                         "knows those of the package only")


def _is_variational(model):
    return isinstance(model, VariationalAutoencoder)


def _activity(model, heads):
    """The dimensions of the code, most active first, and how active each is.

    Of a VAE the mean divergence from the prior in nats, else the variance. Two stay in
    their order.
    """
    if _is_variational(model):
        measure = model.network_.posterior.divergences(heads).mean(axis=0)
    else:
        measure = heads.var(axis=0)
    if len(measure) == 2:
        return np.arange(2), measure
    return np.argsort(-measure, kind="stable"), measure


def _decoder(model, codes):
    """The decoder's layers, and by how much a pixel is off, at most of many codes."""
    rng = np.random.default_rng(0)
    low, high = codes.min(axis=0), codes.max(axis=0)
    seen, others = (rng.uniform(low, high, (n, codes.shape[1])) for n in (500, 1000))
    seen = np.concatenate([seen, codes[:FOLLOWED]])
    others = np.concatenate([others, codes])
    mean, layers = model.network_.pixels.mean, model.decoder_.layers
    exact = mean(_forward(layers, others))
    for bits in range(DECODER_BITS, MOST_BITS + 1):
        told, stored = _stored(layers, bits, seen)
        error = float(np.abs(mean(_forward(layers, others, stored)) - exact).max())
        if error <= PIXEL_ERROR:
            break
    return told, error


def _encoder(model, x):
    """The encoder's layers, and by how much a mean code is off, at most of x."""
    layers, k = model.encoder_.layers, int(model.n_components)
    x = x.astype(np.float64)
    exact = _forward(layers, x)
    for bits in range(ENCODER_BITS, MOST_BITS + 1):
        told, stored = _stored(layers, bits, x[:FOLLOWED])
        off = np.abs(_forward(layers, x, stored) - exact)[:, :k]
        if off.max() <= CODE_ERROR:
            break
    return told, float(off.max())


def _stored(layers, bits, x):
    """Layers for a page, and their matrices as they are there; x is their input."""
    told, stored = [], []
    for layer in layers:
        described, W = matrix(layer.W, bits, x)
        b = {"b": floats(layer.b), "activation": layer.activation.name}
        told.append(described | b)
        stored.append(W)
        x = _forward([layer], x)
    return told, stored


def _forward(layers, x, matrices=None):
    """The output of dense layers in float64, with other matrices if they are given."""
    for i, layer in enumerate(layers):
        W = layer.W if matrices is None else matrices[i]
        a = x @ W.astype(np.float64) + layer.b.astype(np.float64)
        x, _ = layer.activation.forward(a)
    return x
