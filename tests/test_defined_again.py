"""A class of one's own that is defined again, as a cell that is run twice does."""

import pytest
from estimators import CLASSES, SMALL, data, labels_of

from scratchae import load
from scratchae.nn.backend import backend

SAVED = sorted(name for name, cls in CLASSES.items() if hasattr(cls, "save"))


def defined(name, told):
    """A new class, by the same name each time."""
    class Cell(CLASSES[name]):
        words = told

    return Cell


@pytest.mark.parametrize("name", SAVED)
def test_a_file_is_read_as_the_class_that_was_defined_last(name, tmp_path):
    X, y = data()
    versions = [defined(name, told) for told in ("first", "second", "third")]
    known = CLASSES[name]().get_params()
    for cls in versions:
        model = cls(**{key: v for key, v in SMALL.items() if key in known})
        with backend("numpy"):
            model.fit(X, *labels_of(model.fit, y)).save(tmp_path / "model.npz")
            assert load(tmp_path / "model.npz").words == "third"
    assert load(tmp_path / "model.npz").get_params() == model.get_params()


@pytest.mark.parametrize("parents", [
    ("Autoencoder", "DenoisingAutoencoder"), ("DenoisingAutoencoder", "Autoencoder"),
    ("PCA", "ProbabilisticPCA"), ("VariationalAutoencoder", "PCA"),
    ("PCA", "VariationalAutoencoder"), ("SparseAutoencoder", "Autoencoder"),
], ids="-".join)
def test_the_parent_may_be_another_one(parents, tmp_path):
    X, _ = data()
    classes = [defined(parent, parent) for parent in parents]  # both are kept
    known = CLASSES[parents[1]]().get_params()
    model = classes[1](**{key: v for key, v in SMALL.items() if key in known})
    with backend("numpy"):
        model.fit(X).save(tmp_path / "model.npz")
        assert type(load(tmp_path / "model.npz")) is classes[1]
