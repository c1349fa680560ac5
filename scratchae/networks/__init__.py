"""Encoder, decoder, loss and the hand-written gradient: what a model trains.

A model of one's own is a subclass of one of these networks and of its estimator, whose
`build_network(d)` returns it (lecture 14).
"""

from scratchae.networks.autoencoder import AutoencoderNetwork
from scratchae.networks.classifier import ClassifierNetwork
from scratchae.networks.denoising import DenoisingNetwork
from scratchae.networks.sparse import SparseNetwork
from scratchae.networks.variational import VariationalNetwork

__all__ = ["AutoencoderNetwork", "ClassifierNetwork", "DenoisingNetwork",
           "SparseNetwork", "VariationalNetwork"]
