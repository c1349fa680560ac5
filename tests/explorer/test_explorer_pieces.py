"""What the explorer computes with: layers that are those of a model."""

import numpy as np
import pytest

from scratchae import PCA, ProbabilisticPCA
from scratchae.explorer.pieces import pieces_of


@pytest.mark.parametrize("model", [PCA(2), PCA(2, whiten=True), ProbabilisticPCA(2)],
                         ids=repr)
def test_principal_components_need_no_square_of_the_pixels(model, rng):
    """The layer is that of the model, whatever `set_output` makes of its codes."""
    x = rng.normal(size=(30, 50)) * np.linspace(1, 3, 50) + 7
    codes = model.fit(x).transform(x)
    pieces = pieces_of(model.set_output(transform="pandas"))
    layer = pieces.encoder[0]
    np.testing.assert_allclose((x @ layer.W + layer.b)[:, :2], codes, atol=1e-9)
