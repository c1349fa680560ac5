"""The models of the lecture: each an encoder, a decoder, a loss and its gradient."""

from scratchae.models.autoencoder import Autoencoder
from scratchae.models.checking import check_model, try_backends
from scratchae.models.conditional import ConditionalVariationalAutoencoder
from scratchae.models.denoising import DenoisingAutoencoder
from scratchae.models.pca import PCA
from scratchae.models.persistence import load
from scratchae.models.ppca import ProbabilisticPCA
from scratchae.models.sparse import SparseAutoencoder
from scratchae.models.stacked import StackedClassifier
from scratchae.models.vae import VariationalAutoencoder

__all__ = ["PCA", "Autoencoder", "ConditionalVariationalAutoencoder",
           "DenoisingAutoencoder", "ProbabilisticPCA", "SparseAutoencoder",
           "StackedClassifier", "VariationalAutoencoder", "check_model", "try_backends",
           "load"]
