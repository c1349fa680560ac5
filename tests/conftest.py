"""Fixtures shared by all tests."""

import os
from pathlib import Path

import numpy as np
import pytest


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture(scope="session")
def mnist_dir():
    """Folder with the four real MNIST files, or a skip that says how to give it."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data" / "mnist"
    folder = Path(os.environ.get("SCRATCHAE_DATA") or beside)
    if not any(folder.glob("train-images*")):
        pytest.skip(f"real MNIST not found in {folder}; set SCRATCHAE_DATA to have it")
    return folder
