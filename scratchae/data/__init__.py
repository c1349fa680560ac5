"""Data: drawn digits, published sets of images, and your own files of any kind."""

from scratchae.data.again import is_same, load_again
from scratchae.data.dataset import Dataset
from scratchae.data.fits import check_fits
from scratchae.data.idx import read_idx
from scratchae.data.kinds import NAMED
from scratchae.data.load import load_dataset
from scratchae.data.overview import headline, in_digits, summary
from scratchae.data.published import (
    PUBLISHED,
    fetch_mnist,
    fetch_published,
    load_mnist,
    load_published,
)
from scratchae.data.remembered import data_of, described
from scratchae.data.scaling import Scaling
from scratchae.data.strokes import load_strokes, vary_strokes

__all__ = ["NAMED", "PUBLISHED", "Dataset", "Scaling", "check_fits", "data_of",
           "described", "fetch_mnist", "fetch_published", "headline", "in_digits",
           "is_same", "load_again", "load_dataset", "load_mnist", "load_published",
           "load_strokes", "read_idx", "summary", "vary_strokes"]
