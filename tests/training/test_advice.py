"""What a training says about itself: why it diverged, and that it was too short."""

import inspect
import pickle
import warnings

import numpy as np
import pytest
from sklearn.datasets import load_digits

import scratchae
from scratchae import (
    Autoencoder,
    ConditionalVariationalAutoencoder,
    DivergedError,
    SparseAutoencoder,
    UndertrainedWarning,
    VariationalAutoencoder,
)
from scratchae.models.neural import NeuralModel
from scratchae.rows import MappedRows
from scratchae.training.undertrained import undertrained
from scratchae.validation import scale_advice

QUIET = {"hidden_layer_sizes": (8,), "verbose": False, "random_state": 0}
TRAINED = {
    name: thing for name, thing in vars(scratchae).items()
    if inspect.isclass(thing) and issubclass(thing, NeuralModel)
}


def table():
    """Four columns of a table as it comes: the third in the millions."""
    x = np.random.default_rng(0).uniform(size=(200, 4))
    return x * [1, 20, 1.2e6, 0.01]


WIDE = {
    "plain": lambda **o: Autoencoder(2, **QUIET | o),
    "sparse": lambda **o: SparseAutoencoder(2, **QUIET | o),
    "gaussian": lambda **o: VariationalAutoencoder(2, decoder="gaussian", **QUIET | o),
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("negative", [False, True])
@pytest.mark.parametrize("name", WIDE)
def test_an_unscaled_table_is_told_which_column_to_scale(name, negative):
    x, options = 1e16 * table(), {"optimizer": "sgd", "schedule": "constant"}
    x[:, 2] -= x[:, 2].max() if negative else 0  # its largest number is then 0
    with pytest.raises(DivergedError) as caught:
        WIDE[name](epochs=50, **options).fit(x)
    text = str(caught.value)
    low, high = x[:, 2].min(), x[:, 2].max()
    assert f"Column 2 ranges from {low:.6g} to {high:.6g}; scale the columns" in text
    assert "sklearn.preprocessing.StandardScaler" in text


def test_empty_cells_of_a_file_are_passed_over_block_by_block(tmp_path, monkeypatch):
    x = np.full((2100, 3), np.nan)
    x[1, 0], x[1500, 1], x[2000, 1] = 0.5, -7e6, 3.0
    told = scale_advice(x)
    assert told.startswith("Column 1 ranges from -7e+06 to 3; scale")
    np.save(tmp_path / "x.npy", x)
    rows = MappedRows(np.load(tmp_path / "x.npy", mmap_mode="r"))
    monkeypatch.setattr(MappedRows, "__array__", lambda *_: pytest.fail("all at once"))
    assert scale_advice(rows) == told


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("decoder_variance", [None, 1e-40])
def test_labels_beside_a_table_do_not_hide_that_its_numbers_are_tiny(decoder_variance):
    """One-hot columns are the largest then, and are none of the user's."""
    model = ConditionalVariationalAutoencoder(
        2, decoder="gaussian", decoder_variance=decoder_variance, **QUIET)
    x = np.random.default_rng(0).normal(size=(60, 5)) * [1, 1, 3, 1, 1] * 1e-30
    with pytest.raises(DivergedError) as caught:
        model.fit(x, np.arange(60) % 3)
    assert "Column 2 ranges from -" in str(caught.value)
    assert "learning_rate" not in str(caught.value)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_before_the_first_step_the_learning_rate_is_not_at_fault():
    with pytest.raises(DivergedError) as caught:
        WIDE["plain"]().fit(1e22 * table())
    error = caught.value
    assert (error.epoch, error.batch) == (1, 1)
    assert "learning_rate" not in str(error) and "there was no finite loss" in str(
        error
    )


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_after_the_first_step_scale_and_learning_rate_are_advised():
    with pytest.raises(DivergedError) as caught:
        WIDE["plain"](optimizer="sgd", dtype="float64").fit(1e60 * table())
    assert (caught.value.epoch, caught.value.batch) == (1, 2)
    text = str(caught.value)
    assert "Column 2 ranges from" in text
    assert text.endswith("If that does not help: try a smaller learning_rate.")


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", WIDE)
def test_scaled_data_are_told_to_lower_the_learning_rate(name):
    x = np.random.default_rng(0).normal(size=(200, 4))
    with pytest.raises(DivergedError, match="Try a smaller learning_rate") as caught:
        WIDE[name](epochs=50, learning_rate=1e9, optimizer="sgd").fit(x)
    assert "Column" not in str(caught.value)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_diverged_error_keeps_its_words_when_it_is_pickled():
    with pytest.raises(DivergedError) as caught:
        WIDE["plain"]().fit(1e22 * table())
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == str(caught.value)
    assert (again.epoch, again.batch) == (1, 1) and np.isnan(again.last_loss)


def test_a_diverged_error_has_its_numbers_in_their_places():
    error = pickle.loads(pickle.dumps(DivergedError("the loss", 3, 7, 0.125, "Rest.")))
    assert (error.what, error.epoch, error.batch) == ("the loss", 3, 7)
    assert (error.last_loss, error.advice, error.model) == (0.125, "Rest.", None)
    assert str(error) == (
        "training diverged in epoch 3, batch 7: the loss is not finite; the last "
        "finite loss was 0.125. Rest.")
    assert "no finite loss before" in str(DivergedError("x", 1, 1, np.nan))


def told(model, *data, **options):
    """The words of the UndertrainedWarnings of a fit."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(*data, **options)
    return [str(w.message) for w in caught if w.category is UndertrainedWarning]


@pytest.fixture(scope="module")
def digits():
    x, y = load_digits(return_X_y=True)
    return (x[:1200] / 16).astype(np.float32), y[:1200]


@pytest.mark.parametrize("name", TRAINED)
def test_every_model_says_that_200_steps_are_few(name, digits):
    known = inspect.signature(TRAINED[name]).parameters
    options = {"verbose": False, "random_state": 0}
    if sum(known["hidden_layer_sizes"].default) > 1000:
        options |= {"hidden_layer_sizes": (50,)}  # what takes seconds
    texts = told(TRAINED[name](**options), *digits)
    (text,) = [text for text in texts if "pretrain_epochs" not in text]  # of its layers
    assert text.startswith(f"{name}: training ended after 200 steps (20 epochs of 10")
    assert "(100 make 1000 steps) or a smaller batch_size" in text
    assert len(text.splitlines()) == 1


def test_a_thousand_steps_by_epochs_or_by_batches_are_enough(digits):
    x, small = digits[0][:160], QUIET | {"hidden_layer_sizes": ()}
    for epochs, batch_size in ((100, 16), (25, 4)):
        assert not told(
            Autoencoder(5, epochs=epochs, batch_size=batch_size, **small), x
        )
    assert told(Autoencoder(5, epochs=99, batch_size=16, **small), x)


def test_a_loss_that_stands_still_is_not_undertrained():
    model = Autoencoder(2, epochs=400, learning_rate=0.02, **QUIET)
    assert not told(model, np.full((40, 6), 0.5))


def test_a_training_that_stopped_by_itself_is_not_undertrained(digits):
    noise = np.random.default_rng(1).uniform(size=(40, 64))
    model = Autoencoder(5, patience=1, learning_rate=0.05, **QUIET)
    assert not told(model, digits[0][:100], validation_data=noise)
    assert len(model.history_["loss"]) < 20


FALLING = [10.0, 6.0, 4.0, 3.5, 3.2, 3.0]


@pytest.mark.parametrize("history, n_batches, epochs, expected", [
    ({"loss": FALLING}, 10, 6, True),
    ({"loss": FALLING}, 167, 6, False),  # 1002 steps
    ({"loss": FALLING}, 166, 6, True),
    ({"loss": FALLING}, 10, 7, False),  # stopped before its time
    ({"loss": [7.0]}, 10, 1, True),
    ({"loss": [10.0, 4.0, 3.01, 3.0, 3.0, 3.0]}, 10, 6, False),
    ({"loss": FALLING, "val_loss": [5.0, 4.0, 3.0, 3.0, 3.1, 3.2]}, 10, 6, False),
    ({"loss": [3.0] * 6, "val_loss": FALLING}, 10, 6, True),
    ({"loss": [3.0] * 6}, 10, 6, False),
    ({"loss": [0.0] * 6}, 10, 6, False),
    ({"loss": [3.0, 3.0]}, 10, 2, False),
    ({"loss": [100 + loss for loss in FALLING]}, 10, 6, True),
    ({"loss": [3.0, 3.0001, 3.0002, 3.0001, 3.0, 3.0001]}, 10, 6, False),  # noise
    ({"loss": [5.0, 1.0, 0.1, 0.01, 1e-3, 1e-4]}, 10, 6, False),
    ({"loss": [390.0, *np.linspace(60, 9, 19)]}, 10, 20, True),  # a bad start
    ({"loss": [-900.0, -990.0, -994.0, -996.0, -998.0, -1e3]}, 10, 6, True),
    ({"loss": [3.0, 3.2, 3.5, 4.0, 4.0, 5.0]}, 10, 6, False),  # a warm-up
])
def test_what_counts_as_undertrained(history, n_batches, epochs, expected):
    """In whatever unit the loss is."""
    for unit in (1, 1e-6, 1e6):
        losses = {name: [unit * v for v in told] for name, told in history.items()}
        assert bool(undertrained(losses, n_batches, epochs)) is expected, unit


def test_the_advice_says_what_was_done_what_was_seen_and_what_would_do():
    """77 epochs of 13 batches are the first to make 1000 steps."""
    assert undertrained({"loss": FALLING}, 13, 6) == (
        "training ended after 78 steps (6 epochs of 13 batches), with a loss still "
        "falling: 4 halfway, 3 at the end. Use more epochs (77 make 1000 steps) or a "
        "smaller batch_size.")
    assert undertrained({"loss": [7.0]}, 250, 1) == (
        "training ended after 250 steps (1 epoch of 250 batches). Whether that is too "
        "short cannot be judged: one epoch does not tell whether its loss still falls. "
        "Use more epochs (4 make 1000 steps) or a smaller batch_size.")
    assert undertrained({"loss": [7.0]}, 1, 1).startswith(
        "training ended after 1 step (1 epoch of 1 batch). Whether")
    assert undertrained({"loss": [7.0, 5.0]}, 1, 2).startswith(
        "training ended after 2 steps (2 epochs of 1 batch), with a loss still falling")


def test_the_warning_points_at_the_callers_line(digits):
    with pytest.warns(UndertrainedWarning) as caught:
        Autoencoder(5, **QUIET | {"epochs": 1}).fit(digits[0])
    assert caught[0].filename == __file__
