"""Data: the built-in drawn digits, and the real MNIST."""

from scratchae.data.dataset import Dataset
from scratchae.data.idx import read_idx
from scratchae.data.mnist import fetch_mnist, load_mnist
from scratchae.data.strokes import load_strokes

__all__ = ["Dataset", "fetch_mnist", "load_mnist", "load_strokes", "read_idx"]
