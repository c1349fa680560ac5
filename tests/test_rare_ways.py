"""What happens seldom: errors and ends that an ordinary run never comes to."""

import os
import threading
import zipfile
from types import SimpleNamespace

import numpy as np
import pytest
from data_files import rewrite
from estimators import data, fitted, make

from scratchae import Autoencoder, CheckpointError, VariationalAutoencoder, load
from scratchae.analysis.features import filters, maximising_images
from scratchae.data import load_dataset
from scratchae.errors import DataError
from scratchae.exam.sitting import Marks
from scratchae.formulas.lbfgs import lbfgs
from scratchae.gradcheck.verdict import relative_error
from scratchae.labels import check_labels
from scratchae.nn.own_layer import OwnLayer
from scratchae.rows import MappedRows


@pytest.fixture
def saved(tmp_path):
    """A checkpoint of a small model."""
    fitted("Autoencoder").save(tmp_path / "model.npz")
    return tmp_path / "model.npz"


def archive(path, members):
    """A file of these names and bytes."""
    with zipfile.ZipFile(path, "w") as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


@pytest.mark.parametrize("members, words", [
    (["weights/data.pkl", "weights/version"], "a file of PyTorch"),
    (["x.npy", "y.npy"], "data, the arrays x, y, which --data reads"),
    (["a.txt", "x.npy"], "an archive of a.txt, x.npy"), ([], "an archive of nothing"),
])
def test_an_archive_that_is_no_checkpoint_is_named_for_what_it_is(
    members, words, tmp_path
):
    path = archive(tmp_path / "f.npz", dict.fromkeys(members, b""))
    with pytest.raises(CheckpointError, match="is no checkpoint") as error:
        load(path)
    assert f"it seems to be {words}." in str(error.value)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
@pytest.mark.parametrize("name, read, error", [
    ("model.npz", lambda path: load(path), CheckpointError),
    ("a.png", lambda path: load_dataset(path.parent), DataError),
    ("train-images-idx3-ubyte", lambda path: load_dataset(path.parent), DataError),
])
def test_a_pipe_is_refused_and_not_waited_for(name, read, error, tmp_path):
    path, over = tmp_path / name, threading.Event()
    os.mkfifo(path)

    def write():  # or who reads it would wait for ever
        while not over.is_set():
            path.open("wb").close()

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    with pytest.raises(error, match=f"{name} is no regular file"):
        read(path)
    over.set()
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    writer.join()
    os.close(reader)


def test_a_stopped_training_that_is_no_dict_is_refused(tmp_path):
    path = tmp_path / "model.npz"
    model = make("Autoencoder").fit(data()[0], checkpoint=path)
    rewrite(path, {"training": [1, 2]})
    with pytest.raises(CheckpointError, match="describes no stopped training"):
        load(path)
    with pytest.raises(CheckpointError, match="describes no stopped training"):
        Autoencoder(**model.get_params()).fit(data()[0], resume=path)


def test_what_a_file_remembers_of_its_fit_is_a_dict(saved):
    rewrite(saved, {"about": ["mnist"]})
    with pytest.raises(CheckpointError, match=r"a dict about the fit, got \['mnist'\]"):
        load(saved)


@pytest.mark.parametrize("told", [{}, [], [{}] * 5, None])
def test_the_histories_of_a_stack_are_one_for_each_of_its_layers(told, tmp_path):
    path, model = tmp_path / "model.npz", fitted("StackedClassifier")
    model.save(path)
    rewrite(path, {"layer_histories": told})
    with pytest.raises(CheckpointError) as error:
        load(path)
    expected = f"expected {len(model.layers_)} layer_histories, got {told!r}"
    assert expected in str(error.value)


class Posterior:
    def __init__(self, size):
        self._size = size

    def size(self, k):
        return self._size

    def forward(self, head, eps):
        raise AssertionError("never called")

    backward = forward


@pytest.mark.parametrize("size", [0, -1, 2.0, None, "4"])
def test_a_posterior_says_how_many_numbers_it_needs(size):
    model = VariationalAutoencoder(2, (3,), posterior=Posterior(size), verbose=False)
    with pytest.raises(TypeError, match="size returned .*; expected a positive int"):
        model.fit(np.full((4, 5), 0.5))
    assert not hasattr(model, "network_")


def test_lbfgs_ends_where_no_step_is_small_enough():
    """A gradient of the wrong sign: the value falls nowhere along it."""
    calls, start = [], np.array([1.0, -1.0])

    def uphill(x):
        calls.append(x)
        return x.sum(), -np.ones(2)

    x, iterations, size = lbfgs(uphill, start, 1e-6, 1000)
    np.testing.assert_array_equal(x, start)
    assert iterations == 0 and size == 1 and len(calls) < 100


def test_an_error_is_infinite_where_an_entry_is_and_0_where_there_is_none():
    assert relative_error(np.zeros((0, 3)), np.zeros((0, 3))) == (0.0, ())
    for bad in (np.nan, np.inf, -np.inf):
        a = np.ones((2, 3))
        a[1, 2] = bad
        assert relative_error(a, np.ones((2, 3))) == (np.inf, (1, 2))
        assert relative_error(np.ones((2, 3)), a) == (np.inf, (1, 2))
        assert relative_error(a, a) == (np.inf, (1, 2))


@pytest.mark.skipif(not hasattr(np.dtypes, "StringDType"), reason="NumPy 2 has it")
def test_labels_of_any_length_are_text():
    y = np.array(["a", "bcd", "a"], dtype=np.dtypes.StringDType())
    checked = check_labels(y, 3, "Model")
    assert checked.dtype.kind == "U" and checked.tolist() == ["a", "bcd", "a"]


def test_marks_without_a_question_say_so():
    assert str(Marks(3)) == "no question was answered"


def test_rows_on_disk_and_layers_of_ones_own_say_what_they_are(tmp_path):
    np.save(tmp_path / "x.npy", np.zeros((3, 4), np.uint8))
    rows = MappedRows(np.load(tmp_path / "x.npy", mmap_mode="r"))
    assert repr(rows) == "MappedRows(shape=(3, 4), dtype=float32)"
    own = SimpleNamespace(shapes=lambda d_in, d_out: {})
    assert repr(OwnLayer(own, {}, {}, 3, 2)) == "SimpleNamespace()"


@pytest.mark.parametrize("ask", [filters, maximising_images])
def test_what_a_unit_looks_for_is_asked_of_dense_layers(ask):
    encoder = SimpleNamespace(layers=[SimpleNamespace(gain=1)])
    model = SimpleNamespace(encoder_=encoder, __sklearn_is_fitted__=lambda: True,
                            fit=None)
    with pytest.raises(TypeError, match=f"{ask.__name__} expects dense layers; got"):
        ask(model)
