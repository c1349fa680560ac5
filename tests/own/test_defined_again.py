"""A class of one's own that is defined again, as a cell that is run twice does, or is
called as one of the package's."""

import gc

import pytest
from estimators import CLASSES, SMALL, data, labels_of

from scratchae import Autoencoder, CheckpointError, load
from scratchae.checkpoints.format import read_checkpoint
from scratchae.models.persistence import models_by_name
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


@pytest.fixture
def namesake(request):
    """An own class called as one of ours; then it is no more."""
    made = []

    def make(name):
        made.append(type(name, (Autoencoder,), {"__module__": "mine"}))
        return made[-1](2, (3,), epochs=1, verbose=False)

    yield make
    made.clear()
    gc.collect()
    assert not [name for name, own in models_by_name() if own and name in CLASSES]


@pytest.mark.parametrize("name", SAVED)
def test_a_class_called_as_ours_is_the_other_one_in_a_file(name, tmp_path, namesake):
    X, y = data()
    known = CLASSES[name]().get_params()
    paths = [tmp_path / "a.npz", tmp_path / "b.npz"]
    ours = CLASSES[name](**{key: v for key, v in SMALL.items() if key in known})
    with backend("numpy"):
        ours.fit(X, *labels_of(ours.fit, y)).save(paths[0])
        mine = namesake(name).fit(X, checkpoint=paths[1])
        for model, path in zip((ours, mine), paths, strict=True):
            assert type(load(path)) is type(model)
        namesake(name).fit(X, resume=paths[1])
    assert type(load(paths[1])) is not type(mine)  # that which was defined last


def test_a_training_is_not_resumed_by_a_class_called_as_ours(tmp_path, namesake):
    X, _ = data()
    ours, mine = Autoencoder(2, (3,), epochs=1, verbose=False), namesake("Autoencoder")
    with backend("numpy"):
        for one, other, words in ((ours, mine, "a 'Autoencoder'; expected a 'Autoencod"
                                   "er' of one's own"),
                                  (mine, ours, "a 'Autoencoder' of one's own; expected "
                                   "a 'Autoencoder'")):
            one.fit(X, checkpoint=(path := tmp_path / f"{words[:30]}.npz"))
            with pytest.raises(CheckpointError) as caught:
                other.fit(X, resume=path)
            assert str(caught.value) == f"{path} holds {words}"


def test_a_class_called_as_ours_that_is_not_there_is_asked_for(tmp_path, monkeypatch,
                                                              namesake):
    X, _ = data()
    path = tmp_path / "m.npz"
    with backend("numpy"):
        namesake("PCA").fit(X).save(path)
    assert read_checkpoint(path, None)[0]["own"] is True
    ours = {key: cls for key, cls in models_by_name().items() if key != ("PCA", True)}
    monkeypatch.setattr("scratchae.models.persistence.models_by_name", lambda: ours)
    with pytest.raises(CheckpointError, match="holds a model 'PCA' of one's own; exp"):
        load(path)
