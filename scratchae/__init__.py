"""Autoencoders from scratch in NumPy, the companion to a lecture."""

import importlib

from scratchae import startup  # noqa: F401  (before what takes long)
from scratchae.analysis import LinearProbe
from scratchae.errors import (
    CheckpointError,
    DataError,
    DivergedError,
    GradientCheckError,
    NotFittedError,
    UndertrainedWarning,
)
from scratchae.gradcheck import check_gradient, check_parameters
from scratchae.models import (
    PCA,
    Autoencoder,
    ConditionalVariationalAutoencoder,
    DenoisingAutoencoder,
    ProbabilisticPCA,
    SparseAutoencoder,
    StackedClassifier,
    VariationalAutoencoder,
    check_model,
    load,
)
from scratchae.nn.backend import backend, get_backend, set_backend

__version__ = "0.1.0"
__all__ = ["PCA", "Autoencoder", "CheckpointError", "ConditionalVariationalAutoencoder",
           "DataError", "DenoisingAutoencoder", "DivergedError", "GradientCheckError",
           "NotFittedError", "LinearProbe", "ProbabilisticPCA", "SparseAutoencoder",
           "StackedClassifier", "UndertrainedWarning", "VariationalAutoencoder",
           "backend", "check_gradient", "check_model", "check_parameters",
           "get_backend", "load", "set_backend"]
_LATER = ("benchmark", "course", "data", "exact", "kernels", "notebooks", "plots")


def __getattr__(name):
    """A room that a script may name, imported when it is: matplotlib takes long."""
    if name in _LATER:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *_LATER})
