"""Autoencoders from scratch in NumPy, the companion to a lecture."""

from scratchae.errors import (
    CheckpointError,
    DataError,
    DivergedError,
    GradientCheckError,
    NotFittedError,
)
from scratchae.gradcheck import check_gradient
from scratchae.models import PCA, Autoencoder, VariationalAutoencoder, load

__version__ = "0.1.0"
__all__ = [
    "PCA",
    "Autoencoder",
    "CheckpointError",
    "DataError",
    "DivergedError",
    "GradientCheckError",
    "NotFittedError",
    "VariationalAutoencoder",
    "check_gradient",
    "load",
]
