"""What a page is told of a model: its layers, the codes of its images, its settings."""

import numpy as np

from scratchae.explorer.pieces import Affine, pieces_of
from scratchae.explorer.rounding import MOST_BITS, column_error, columns, floats, matrix
from scratchae.formulas.activations import logistic

DECODER_BITS, ENCODER_BITS = 11, 12
PIXEL_ERROR, CODE_ERROR = 5e-4, 2e-3  # more bits are taken until a page is as near
FOLLOWED = 500  # rows that the rounding of weights looks at; others are checked
CHECKED = 1000  # codes at random, of which no pixel is off by more than is told


def describe(model, x, with_encoder=True):
    """A fitted model and its codes of images x : (n, d), as a dict ready for JSON.

    Raises ValueError for a model that a page cannot show.
    """
    pieces = pieces_of(model)
    heads = forward(pieces.encoder, x.astype(np.float64))
    decoder, pixel_error = round_decoder(pieces, heads[:, : pieces.k])
    encoder, code_error = round_encoder(pieces, x) if with_encoder else (None, None)
    measure = pieces.activity(heads)
    order = np.arange(2) if pieces.k == 2 else np.argsort(-measure, kind="stable")
    return {
        "class": type(model).__name__,
        "k": pieces.k,
        "unit": pieces.unit,
        "pixels": pieces.pixels,
        "log_var": pieces.log_var,
        "posterior": pieces.posterior,
        "decoder": decoder,
        "pixel_error": pixel_error,
        "encoder": encoder,
        "code_error": code_error,
        "heads": columns(heads),
        "point_error": column_error(heads[:, : pieces.k]),
        "active": order.tolist(),
        "activity": measure[order].tolist(),
        "command": getattr(model, "about_", {}).get("command"),
    }


def round_decoder(pieces, codes):
    """The decoder's layers, and by how much a pixel is off, at most of many codes."""
    rng = np.random.default_rng(0)
    low, high = codes.min(axis=0), codes.max(axis=0)
    seen = rng.uniform(low, high, (FOLLOWED, pieces.k))
    others = rng.uniform(low, high, (CHECKED, pieces.k))
    seen = np.concatenate([seen, codes[:FOLLOWED]])
    others = np.concatenate([others, codes])

    def decoded(layers):
        out = forward(layers, others)
        return logistic(out) if pieces.pixels == "bernoulli" else out

    exact = decoded(pieces.decoder)
    return in_few_bits(pieces.decoder, DECODER_BITS, seen, PIXEL_ERROR,
                       lambda layers: np.abs(decoded(layers) - exact))


def round_encoder(pieces, x):
    """The encoder's layers, and by how much a mean code is off, at most of x."""
    x = x.astype(np.float64)
    exact = forward(pieces.encoder, x)
    return in_few_bits(pieces.encoder, ENCODER_BITS, x[:FOLLOWED], CODE_ERROR,
                       lambda layers: np.abs(forward(layers, x) - exact)[:, : pieces.k])


def in_few_bits(layers, least, x, allowed, off):
    """Layers for a page in as many bits as it takes, and the largest error.

    x : what they are given   off : function of rounded layers that gives the errors
    """
    for bits in range(least, MOST_BITS + 1):
        told, stored = round_layers(layers, bits, x)
        error = float(off(stored).max())
        if error <= allowed:
            break
    return told, error


def round_layers(layers, bits, x):
    """Layers for a page, and the same as they are there; x is what they are given."""
    told, stored = [], []
    for layer in layers:
        described, W = matrix(layer.W, bits, x)
        b = layer.b.astype(np.float32)
        told.append(described | {"b": floats(b), "activation": layer.activation.name})
        stored.append(Affine(W, b, layer.activation))
        x = layer.forward(x)
    return told, stored


def forward(layers, x):
    """The output of the last layer."""
    for layer in layers:
        x = layer.forward(x)
    return x
