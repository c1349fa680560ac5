"""The models of the lecture: each an encoder, a decoder, a loss and its gradient."""

from scratchae.models.autoencoder import Autoencoder
from scratchae.models.pca import PCA
from scratchae.models.persistence import load
from scratchae.models.vae import VariationalAutoencoder

__all__ = ["PCA", "Autoencoder", "VariationalAutoencoder", "load"]
