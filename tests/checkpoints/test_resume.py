"""Stopping and resuming gives the bits of never having stopped."""

import json
import shutil

import numpy as np
import pytest
from readings import bits, each_epoch

from scratchae import (
    Autoencoder,
    CheckpointError,
    ConditionalVariationalAutoencoder,
    DenoisingAutoencoder,
    SparseAutoencoder,
    VariationalAutoencoder,
    load,
)
from scratchae.checkpoints import format as files

VAE = VariationalAutoencoder
LATE = {"validation_fraction": 0.25, "patience": 3, "learning_rate": 0.02}
FAST = {"learning_rate": 0.2, "schedule": "constant", "epochs": 14}
CASES = {
    "vae": (VAE, {"kl_warmup_epochs": 3}),
    "iwae": (VAE, {"objective": "iwae", "n_samples": 2}),
    "drawn": (VAE, {"objective": "iwae", "n_samples": 3, "samples_warmup_epochs": 3,
                    "gradient_samples": 2}),
    "gaussian, full": (VAE, {"decoder": "gaussian", "posterior": "full"}),
    "free bits": (VAE, {"free_bits": 0.2}),
    "warm-up, then patience": (VAE, {"kl_warmup_epochs": 2, **LATE, **FAST}),
    "denoising": (DenoisingAutoencoder, {"level": 0.2}),
    "sparse": (SparseAutoencoder, {"loss": "bernoulli"}),
    "tied": (Autoencoder, {"tied_weights": True}),
    "momentum": (Autoencoder, {"optimizer": "momentum", "schedule": "step"}),
    "sgd": (Autoencoder, {"optimizer": "sgd", "schedule": "constant"}),
    "decay": (Autoencoder, {"weight_decay": 0.1, "schedule": "step"}),
    "float64": (Autoencoder, {"dtype": "float64"}),
    "moved": (Autoencoder, {"shift": 1.0, "image_shape": (3, 4)}),
    "patience": (Autoencoder, {"epochs": 12, **LATE}),
    "conditional": (ConditionalVariationalAutoencoder, {"kl_warmup_epochs": 2}),
}


@pytest.fixture
def x(rng):
    return rng.uniform(size=(90, 12)).astype(np.float32)


def make(case, **changes):
    model, options = CASES[case]
    common = {"epochs": 5, "batch_size": 16, "random_state": 0, "verbose": False}
    return model(3, (8,), **common | options | changes)


def fit(model, x, **files):
    """Labels for the model that wants them."""
    conditional = isinstance(model, ConditionalVariationalAutoencoder)
    return model.fit(x, *([np.arange(len(x)) % 3] if conditional else []), **files)


def losses(model):
    return {k: v for k, v in model.history_.items() if k != "seconds"}


def assert_same_training(model, whole):
    np.testing.assert_array_equal(model.parameters_.theta, whole.parameters_.theta)
    assert losses(model) == losses(whole)


def copies_after_each_epoch(model, x, folder):
    """Checkpoints as a power cut after each of the epochs would leave them."""
    labels = [np.arange(len(x)) % 3] if "Conditional" in type(model).__name__ else []
    return each_epoch(model, folder / "model.npz", x, *labels)


def description_of(path):
    """What a checkpoint says of itself."""
    with np.load(path) as file:
        return json.loads(file[files.DESCRIPTION].tobytes())


def rewrite(path, **changes):
    """Change what a checkpoint says of itself."""
    with np.load(path) as file:
        members = dict(file)
    text = json.dumps(description_of(path) | changes).encode()
    np.savez(path, **members | {files.DESCRIPTION: np.frombuffer(text, np.uint8)})


@pytest.mark.parametrize("case", CASES)
def test_resumed_training_has_the_bits_of_an_uninterrupted_one(case, x, tmp_path):
    """Stopped after each of its epochs, also after the last one, while the checkpoint
    does not yet say that it was the last."""
    whole = fit(make(case), x)
    copies = copies_after_each_epoch(make(case), x, tmp_path)
    assert len(copies) == len(whole.history_["loss"])
    for path in copies:
        assert_same_training(fit(make(case), x, resume=path), whole)
        assert_same_training(load(path), whole)
        assert "training" not in description_of(path)


@pytest.mark.parametrize("case", ["patience", "warm-up, then patience"])
def test_these_cases_stop_at_stops_before_at_and_after_the_best_epoch(case, x):
    """And while the patience runs: the best is neither the first nor the last."""
    model = fit(make(case), x)
    validation, epochs = model.history_["val_loss"], len(model.history_["val_loss"])
    warm_up = model.get_params().get("kl_warmup_epochs", 1) - 1
    best = warm_up + int(np.argmin(validation[warm_up:]))
    assert warm_up < best == epochs - 1 - model.patience
    assert epochs < model.epochs


def test_validation_data_resume_too_and_no_others(x, tmp_path):
    options = {"validation_fraction": 0.0}
    whole = make("patience", **options).fit(x[:60], validation_data=x[60:])
    path = tmp_path / "model.npz"
    stopped = each_epoch(
        make("patience", **options), path, x[:60], validation_data=x[60:]
    )[1]
    for other in (x[61:], x[60:] + 0.01, x[:60]):
        for file in (stopped, path):
            with pytest.raises(CheckpointError, match="the same validation data"):
                make("patience", **options).fit(
                    x[:60], validation_data=other, resume=file
                )
    again = make("patience", **options).fit(
        x[:60], validation_data=x[60:], resume=stopped
    )
    assert_same_training(again, whole)


@pytest.mark.parametrize("kind", [np.random.default_rng, np.random.RandomState])
def test_a_resumed_training_draws_from_the_file_and_its_generator_moves_on(
    kind, x, tmp_path
):
    given = kind(5)
    whole = fit(make("denoising", random_state=given), x)
    first = make("denoising", random_state=kind(5))
    paths = copies_after_each_epoch(first, x, tmp_path)
    resumed = fit(make("denoising", random_state=kind(6)), x, resume=paths[1])
    assert_same_training(resumed, whole)
    again = kind(5)
    resumed = fit(make("denoising", random_state=again), x, resume=paths[2])
    assert_same_training(resumed, whole)
    assert bits(again) == bits(given)


def test_with_two_paths_the_first_file_stays_and_the_other_is_written(either, x):
    whole, content = make("vae").fit(x), either.read_bytes()
    other = either.with_name("other.npz")
    assert_same_training(make("vae").fit(x, resume=either, checkpoint=other), whole)
    assert_same_training(load(other), whole)
    assert "training" not in description_of(other)
    assert either.read_bytes() == content


def test_a_checkpoint_under_way_loads_as_a_model(x, tmp_path):
    model = load(copies_after_each_epoch(make("vae"), x, tmp_path)[1])
    assert len(model.history_["loss"]) == 2
    assert model.transform(x).shape == (90, 3)


def test_resuming_a_complete_training_changes_nothing(x, tmp_path):
    path = tmp_path / "model.npz"
    whole = make("vae").fit(x, checkpoint=path)
    content = path.read_bytes()
    again = make("vae").fit(x, resume=path)
    np.testing.assert_array_equal(again.parameters_.theta, whole.parameters_.theta)
    assert path.read_bytes() == content


@pytest.fixture
def stopped(x, tmp_path):
    return copies_after_each_epoch(make("vae"), x, tmp_path)[1]


@pytest.fixture(params=["stopped", "finished"])
def either(request, stopped):
    """The file of a training under way, or that of one that is done."""
    return stopped if request.param == "stopped" else stopped.with_name("model.npz")


def test_other_data_are_refused(either, x):
    for other in (x[::-1], x[1:], x + np.float32(1e-6)):
        with pytest.raises(CheckpointError, match="trained on other data"):
            make("vae").fit(other.clip(0, 1), resume=either)


@pytest.mark.parametrize("change, message", [
    ({"learning_rate": 1e-2}, "learning_rate=0.002, now 0.01"),
    ({"epochs": 9}, "epochs=5, now 9"),
    ({"n_components": 2}, "n_components=3, now 2"),
    ({"dtype": "float64"}, "dtype='float32', now 'float64'"),
    ({"random_state": np.int64(1)}, "random_state=0, now 1"),
])
def test_other_parameters_are_named(either, x, change, message):
    with pytest.raises(CheckpointError, match=message):
        make("vae").set_params(**change).fit(x, resume=either)


def test_each_parameter_but_verbose_is_compared(either, x):
    for name, value in make("vae").get_params().items():
        rewrite(either, params=description_of(either)["params"] | {name: "other"})
        if name != "verbose":
            with pytest.raises(CheckpointError, match=f"with {name}='other', now"):
                make("vae").fit(x, resume=either)
        rewrite(either, params=description_of(either)["params"] | {name: value})


def test_other_columns_are_named(either, x):
    with pytest.raises(CheckpointError, match="n_features=12, now 11"):
        make("vae").fit(x[:, 1:], resume=either)


def test_other_names_of_the_columns_are_refused(x, tmp_path):
    pandas, path = pytest.importorskip("pandas"), tmp_path / "model.npz"
    names = list("abcdefghijkl")
    make("vae").fit(pandas.DataFrame(x, columns=names), checkpoint=path)
    table = pandas.DataFrame(x, columns=[*names[1:], "z"])
    with pytest.raises(CheckpointError, match=r"names=\['a', .*now \['b', .* 'z'\]"):
        make("vae").fit(table, resume=path)


def test_another_kind_of_model_is_refused(either, x):
    with pytest.raises(CheckpointError, match="holds a 'VariationalAutoencoder'"):
        make("sgd").fit(x, resume=either)


def test_other_names_of_the_same_classes_are_refused(x, tmp_path):
    y = np.arange(len(x)) % 3
    path = tmp_path / "model.npz"
    stopped = each_epoch(make("conditional"), path, x, y)[1]
    for file in (stopped, path):
        with pytest.raises(
            CheckpointError, match=r"classes=\[0, 1, 2\], now \[1, 2, 3"
        ):
            make("conditional").fit(x, y + 1, resume=file)
        with pytest.raises(CheckpointError, match=r"classes=\[0, 1, 2\], now \[0, 1\]"):
            make("conditional").fit(x, y % 2, resume=file)
        with pytest.raises(CheckpointError, match="trained on other data"):
            make("conditional").fit(x, y[::-1], resume=file)


def test_verbose_may_change(stopped, x, capsys):
    make("vae").set_params(verbose=True).fit(x, resume=stopped)
    assert "epoch 3/5" in capsys.readouterr().err


@pytest.mark.parametrize("change", [
    {"epoch": 3}, {"generators": {}}, {"generators": 3}, {"steps": "many"},
    {"waited": None}, {"best_loss": "small"}, {"waited": 2}, {"best_loss": 0.5},
])
def test_a_crafted_state_is_refused_and_the_model_is_as_before(stopped, x, change):
    training = description_of(stopped)["training"] | change
    rewrite(stopped, training=training)
    model = make("vae").fit(x)
    before, history = model.parameters_.theta.copy(), model.history_
    with pytest.raises(CheckpointError):
        model.fit(x, resume=stopped)
    np.testing.assert_array_equal(model.parameters_.theta, before)
    assert model.history_ is history


def test_forgotten_adam_state_would_be_noticed(stopped, x, monkeypatch):
    whole = make("vae").fit(x)
    monkeypatch.setattr("scratchae.nn.optimizers.Adam.arrays", lambda self: {})
    monkeypatch.setattr("scratchae.checkpoints.format._read_arrays", _all_arrays)
    resumed = make("vae").fit(x, resume=stopped)
    assert (resumed.parameters_.theta != whole.parameters_.theta).any()


def _all_arrays(archive, path, layout):
    return {name: files._read(archive, f"{name}.npy") for name in layout}


def test_a_folder_that_vanishes_is_named_and_the_error_has_the_training(
    x, tmp_path, monkeypatch
):
    (folder := tmp_path / "runs").mkdir()
    write = files.write_checkpoint

    def write_and_lose(*arguments):
        write(*arguments)
        shutil.rmtree(folder)

    monkeypatch.setattr("scratchae.checkpoints.resume.write_checkpoint", write_and_lose)
    model = make("vae")
    match = "cannot write the file.*model.npz"
    with pytest.raises(FileNotFoundError, match=match) as caught:
        model.fit(x, checkpoint=folder / "model.npz")
    trained = caught.value.model
    assert np.isfinite(trained.transform(x)).all()
    assert len(trained.history_["loss"]) == 2
