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
    """An autoencoder or a VAE: the layers of its MLPs."""
    told = model.description()["params"]  # of the fit, whatever was set since
    _refuse_own(type(model).__name__, told)
    network = model.network_
    pieces = Pieces(
        k=network.sizes[-1], encoder=_layers(model.encoder_),
        decoder=_layers(model.decoder_), unit=network.unit,
        pixels=told["decoder"] if "decoder" in told else told["loss"],
        posterior=told.get("posterior"))
    if pieces.pixels == "gaussian":
        pieces.log_var = float(network.pixels.log_var[0])
    return pieces


def _layers(mlp):
    """The layers of an MLP as a page has them."""
    return [Affine(layer.W, layer.b, layer.activation) for layer in mlp.layers]


def _refuse_own(name, told):
    """Raise ValueError for a model with pieces that no page has."""
    if told.get("penalty") == "top_k":
        raise ValueError(f"{name} with penalty='top_k' keeps other units for each "
                         "image, so its codes lie in no one plane")
    own = [option for option, value in told.items()
           if isinstance(value, dict) and option != "corruption"]  # of training
    if own:
        raise ValueError(f"{name} has {', '.join(own)} of one's own: a page computes "
                         "with the package's pieces only")


def _of_principal_components(model):
    """A layer there and a layer back, which are affine whatever kind of PCA it is.

    Of the probabilistic one the variance of z given x is the same for every x (11.7).
    """
    k, V = int(model.n_components_), model.components_.T  # (d, k)
    # As arrays, whatever `set_output` says.
    codes = np.asarray(model.transform(model.mean_ + V.T))
    W = V @ (codes - np.asarray(model.transform(model.mean_[None])))  # (d, k)
    b = -model.mean_ @ W
    mean = model.inverse_transform(np.zeros((1, k)))[0]
    decoder = [Affine(model.inverse_transform(np.eye(k)) - mean, mean)]
    if not isinstance(model, ProbabilisticPCA):
        return Pieces(k=k, encoder=[Affine(W, b)], decoder=decoder,
                      pixels="squared_error", unit="SSE/img")
    _, covariance = model.posterior(model.mean_[None])
    log_var = np.log(np.diag(covariance))
    encoder = [Affine(np.concatenate([W, np.zeros_like(W)], axis=1),
                      np.concatenate([b, log_var]))]
    return Pieces(k=k, encoder=encoder, decoder=decoder, pixels="gaussian",
                  unit="nats/img", posterior="diagonal",
                  log_var=float(np.log(model.noise_variance_)))
