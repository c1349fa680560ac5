"""What is said of a checkpoint that is refused, word for word: which file, what it
has, and what was expected."""

import numpy as np
import pytest
import recipes
from data_files import rewrite
from estimators import data, fitted, make

from scratchae import VariationalAutoencoder, backend, load
from scratchae.checkpoints.format import read_checkpoint, to_json
from scratchae.errors import CheckpointError

X, Y = data()
MODELS = ["Autoencoder", "ConditionalVariationalAutoencoder", "DenoisingAutoencoder",
          "PCA", "ProbabilisticPCA", "SparseAutoencoder", "StackedClassifier",
          "VariationalAutoencoder"]


@pytest.fixture(autouse=True)
def plain():
    with backend("numpy"):
        yield


@pytest.fixture
def path(tmp_path):
    return tmp_path / "m.npz"


def said_by(refused, *given, **options):
    with pytest.raises(CheckpointError) as caught:
        refused(*given, **options)
    return str(caught.value)


def test_a_folder_and_nothing_are_told_as_what_they_are(path):
    assert said_by(load, path) == f"{path}: no such checkpoint"
    path.mkdir()
    assert said_by(load, path) == f"{path} is a folder, not a checkpoint"


@pytest.mark.parametrize("changes, said", [
    ({"history": {"loss": "low"}}, "{path} holds no Autoencoder: expected a history, "
     "lists of numbers by name, got {{'loss': 'low'}}"),
    ({"feature_names": ["a", "b"]}, "expected 6 feature names, got ['a', 'b']"),
    ({"feature_names": [1, 2, 3, 4, 5, 6]},
     "expected 6 feature names, got [1, 2, 3, 4, 5, 6]"),
    ({"about": [1]}, "expected a dict about the fit, got [1]"),
    ({"training": [1]}, "the checkpoint describes no stopped training"),
    ({"n_features": 0}, "{path} describes no valid Autoencoder: The 'n_features' "
     "parameter of Autoencoder must be an int in the range [1, 16777216]. Got 0 "
     "instead."),
])
def test_a_description_that_fits_no_model_is_told(changes, said, path):
    fitted("Autoencoder").save(path)
    rewrite(path, changes)
    assert said_by(load, path) == said.format(path=path)


@pytest.mark.parametrize("changes, name", [
    ({"model": "Forest"}, "Forest"), ({"params": [3]}, "Autoencoder")])
def test_of_what_is_no_model_all_models_are_told(changes, name, path):
    fitted("Autoencoder").save(path)
    rewrite(path, changes)
    got, models = said_by(load, path).split("; expected one of ")
    assert got == f"{path} holds a model {name!r}"
    assert all(repr(model) in models for model in MODELS)  # and others' own ones


@pytest.mark.parametrize("classes", [[1, 0], "ab", None, [*range(1001)]],
                         ids=lambda classes: str(classes)[:12])
def test_classes_that_no_fit_leaves_are_told(classes, path):
    fitted("ConditionalVariationalAutoencoder", X, Y % 2).save(path)
    rewrite(path, {"classes": classes})
    assert said_by(load, path) == f"expected a list of classes, got {classes!r}"


@pytest.mark.parametrize("labels", [[3], [0, 2], ["a", "b", "c"], [-1, 5]])
def test_classes_of_any_fit_come_back_from_its_file(labels, path):
    y = np.array(labels)[np.arange(40) % len(labels)]
    fitted("ConditionalVariationalAutoencoder", X, y, epochs=1).save(path)
    assert load(path).classes_.tolist() == labels


def test_a_stack_has_as_many_histories_as_layers(path):
    fitted("StackedClassifier", epochs=1, hidden_layer_sizes=(4, 3)).save(path)
    rewrite(path, {"layer_histories": [{}]})
    assert said_by(load, path) == "expected 2 layer_histories, got [{}]"


def test_principal_components_of_no_rows_are_refused(path):
    for n in (0, -1):
        fitted("PCA").save(path)
        rewrite(path, n_samples_=np.array(n))
        assert said_by(load, path) == (
            f"{path} holds no PCA: expected at least 1 row in training, got {n}")


def test_a_resume_tells_all_that_differs_and_the_ways_out(path):
    fitted("Autoencoder").fit(X, checkpoint=path)
    other = make("Autoencoder", epochs=9, learning_rate=0.5, dtype="float64")
    assert said_by(other.fit, X, resume=path) == (
        f"{path} was trained with learning_rate=0.001, now 0.5; epochs=2, now 9; "
        "dtype='float32', now 'float64'. Resume with the same parameters, or start "
        "anew.")
    assert said_by(make("SparseAutoencoder").fit, X, resume=path) == (
        f"{path} holds a 'Autoencoder'; expected a 'SparseAutoencoder'")
    assert said_by(make("Autoencoder").fit, X[1:], resume=path) == (
        f"{path} was trained on other data; resume needs the same images in the same "
        "order (and the same validation data)")
    fitted("Autoencoder").save(path)
    assert said_by(make("Autoencoder").fit, X, resume=path) == (
        f"{path} does not say what it was trained on, so that it cannot be resumed; "
        "`load` reads it")


def test_damage_is_told_with_the_name_of_its_array(path):
    fitted("PCA").save(path)
    rewrite(path, mean_=np.array([0, 1, 2, np.nan, 4, 5]))
    assert said_by(load, path) == (
        f"{path}: array 'mean_' holds values that are not finite")


def test_what_cannot_be_written_is_told_by_its_type():
    with pytest.raises(TypeError) as caught:
        to_json(X.mean)
    kind = "builtin_function_or_method"
    assert str(caught.value) == f"{kind} cannot be written to a checkpoint"


def test_the_description_alone_can_be_read(path):
    fitted("PCA").save(path)
    description, arrays = read_checkpoint(path, None)
    assert description["model"] == "PCA" and not arrays


class Sized(recipes.Softplus):
    def __init__(self, size):
        self.told = size

    def size(self, k):
        return self.told


@pytest.mark.filterwarnings("ignore:no kernel for")
@pytest.mark.parametrize("size", [0, -2, 4.0, None, "4"])
def test_a_posterior_of_no_size_is_told_by_its_class(size):
    with pytest.raises(TypeError) as caught:
        VariationalAutoencoder(2, posterior=Sized(size)).fit(X)
    assert str(caught.value) == (
        f"Sized.size returned {size!r}; expected a positive int")


@pytest.mark.filterwarnings("ignore:no kernel for")
def test_a_size_may_be_an_integer_of_numpys():
    options = recipes.KINDS["posterior"][3] | recipes.OPTIONS
    model = VariationalAutoencoder(**options, posterior=Sized(np.int64(4))).fit(X)
    assert model.transform(X).shape == (40, 2)
