"""Files of principal components, and what a fitted model keeps."""

import numpy as np
import pytest

from scratchae import PCA, CheckpointError, ProbabilisticPCA, load
from scratchae.checkpoints.format import write_checkpoint

pytestmark = pytest.mark.lecture02


@pytest.fixture
def x(rng):
    return rng.normal(size=(200, 9)) @ rng.normal(size=(9, 9)) + 3


def test_codes_are_those_of_the_fit_and_of_its_file(x, tmp_path):
    model = PCA(3).fit(x)
    before = model.transform(x)
    model.set_params(whiten=True).save(tmp_path / "pca.npz")
    for one in (model, load(tmp_path / "pca.npz")):
        np.testing.assert_array_equal(one.transform(x), before)
    assert not np.allclose(model.fit(x).transform(x), before)


def test_rows_may_be_as_wide_as_large_pictures(tmp_path):
    x = np.random.default_rng(0).uniform(size=(3, 2**20))
    PCA(1).fit(x).save(tmp_path / "pca.npz")
    assert load(tmp_path / "pca.npz").n_features_in_ == 2**20


def test_a_damaged_file_of_probabilistic_pca_is_a_checkpoint_error(x, tmp_path):
    model = ProbabilisticPCA(3).fit(x)
    arrays = model.arrays() | {"eigenvalues_": np.zeros(9)}
    write_checkpoint(tmp_path / "p.npz", model.description(), arrays)
    with pytest.raises(CheckpointError, match="holds no ProbabilisticPCA: .* variance"):
        load(tmp_path / "p.npz")
