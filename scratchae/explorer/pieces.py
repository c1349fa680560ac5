"""The pieces of a model that a page computes with, whatever kind of model it is."""

from dataclasses import dataclass

import numpy as np

from scratchae import (
    PCA,
    Autoencoder,
    ConditionalVariationalAutoencoder,
    ProbabilisticPCA,
    VariationalAutoencoder,
)
from scratchae.formulas.activations import ACTIVATIONS, Activation
from scratchae.networks.posteriors import POSTERIORS


@dataclass
class Affine:
    """h = phi(x W + b), W : (d_in, d_out), b : (d_out,)."""

    W: np.ndarray
    b: np.ndarray
    activation: Activation = ACTIVATIONS["identity"]

    def forward(self, x):
        """x : (n, d_in).  Returns h : (n, d_out), float64."""
        a = x @ self.W.astype(np.float64) + self.b.astype(np.float64)
        return self.activation.forward(a)[0]


@dataclass
class Pieces:
    """Layers there and back, and what their outputs mean.

    encoder : its output is the code, or mu and log sigma^2 (and what is below the
        diagonal of a full covariance's factor) of q(z|x)
    pixels : "bernoulli" (the decoder's output is logits), "gaussian" with log_var, or
        "squared_error"
    posterior : "diagonal", "full" or None
    """

    k: int
    encoder: list
    decoder: list
    pixels: str
    unit: str
    posterior: str | None = None
    log_var: float | None = None

    def activity(self, heads):
        """Of each dimension its mean divergence in nats, else its variance : (k,)."""
        if self.posterior is None:
            return heads.var(axis=0)
        return POSTERIORS[self.posterior](self.k).divergences(heads).mean(axis=0)


def pieces_of(model):
    """The `Pieces` of a fitted model; ValueError for one that a page cannot show."""
    name = type(model).__name__
    if isinstance(model, PCA):
        pieces = _of_principal_components(model)
    elif isinstance(model, ConditionalVariationalAutoencoder):
        raise ValueError(f"{name} decodes a code and a label, and a plane has no place "
                         "for the label; expected a vae, an autoencoder or pca")
    elif isinstance(model, (Autoencoder, VariationalAutoencoder)):
        pieces = _of_network(model)
    else:
        raise ValueError(f"{name} has no decoder for a page to draw with; expected a "
                         "vae, an autoencoder or pca")
    if pieces.k < 2:
        raise ValueError(f"{name} has codes of one number, which make no plane; "
                         "expected n_components of at least 2")
    return pieces


def _of_network(model):
    told = model.description()["params"]  # of the fit, whatever was set since
    _refuse_own(type(model).__name__, told)
    network, variational = model.network_, isinstance(model, VariationalAutoencoder)
    kind = told["decoder" if variational else "loss"]
    layers = ([Affine(layer.W, layer.b, layer.activation) for layer in part.layers]
              for part in (model.encoder_, model.decoder_))
    return Pieces(network.sizes[-1], *layers, kind, network.unit,
                  told["posterior"] if variational else None,
                  float(network.pixels.log_var[0]) if kind == "gaussian" else None)


def _refuse_own(name, told):
    if told.get("penalty") == "top_k":
        raise ValueError(f"{name} with penalty='top_k' keeps other units for each "
                         "image, so its codes lie in no one plane")
    own = [option for option, value in told.items()
           if isinstance(value, dict) and option != "corruption"]  # of training
    if own:
        raise ValueError(f"{name} has {', '.join(own)} of one's own: a page computes "
                         "with the package's pieces only")


def _of_principal_components(model):
    """PCA is a layer there and a layer back; of its probabilistic form the variance of
    z given x is the same for every x (11.7)."""
    (d,), k = model.mean_.shape, int(model.n_components_)
    code, V = model.inverse_transform, model.components_.T  # (d, k)
    codes = np.asarray(model.transform(model.mean_ + V.T))  # whatever `set_output` says
    W = V @ (codes - np.asarray(model.transform(model.mean_[None])))  # (d, k)
    nothing = -model.mean_ @ W
    mean = code(np.zeros((1, k)))[0]
    back = [Affine(code(np.eye(k)) - mean, mean)]
    if not isinstance(model, ProbabilisticPCA):
        return Pieces(k, [Affine(W, nothing)], back, "squared_error", "SSE/img")
    _, covariance = model.posterior(model.mean_[None])
    log_var = np.log(np.diag(covariance))
    there = Affine(np.concatenate([W, np.zeros((d, k))], axis=1),
                   np.concatenate([nothing, log_var]))
    return Pieces(k, [there], back, "gaussian", "nats/img", "diagonal",
                  float(np.log(model.noise_variance_)))
