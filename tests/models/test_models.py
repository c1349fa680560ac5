"""What every model promises, whichever it is."""

import numpy as np
import pytest

from scratchae import (
    PCA,
    Autoencoder,
    CheckpointError,
    NotFittedError,
    VariationalAutoencoder,
    check_gradient,
    load,
)

SMALL = {"hidden_layer_sizes": (8,), "epochs": 2, "batch_size": 32, "verbose": False}


def make_models():
    """One small unfitted model of each kind."""
    return [
        PCA(n_components=3),
        Autoencoder(n_components=3, random_state=0, **SMALL),
        Autoencoder(n_components=3, loss="bernoulli", random_state=0, **SMALL),
        Autoencoder(n_components=3, tied_weights=True, random_state=0, **SMALL),
        VariationalAutoencoder(n_components=3, random_state=0, **SMALL),
    ]


@pytest.fixture
def x(rng):
    return rng.uniform(size=(100, 12)).astype(np.float32)


@pytest.fixture(params=range(5), ids=["pca", "ae", "bernoulli", "tied", "vae"])
def model(request):
    return make_models()[request.param]


def arrays_of(model):
    return {name: array.copy() for name, array in model.arrays().items()}


def test_transform_and_back_have_the_shapes_of_the_slides(model, x):
    codes = model.fit(x).transform(x)
    assert codes.shape == (100, 3)
    assert model.inverse_transform(codes).shape == (100, 12)


@pytest.mark.lecture01
def test_eq_1_1_the_output_is_the_decoder_of_the_encoder(x):
    """f and g once more, from the weights: tanh inside, linear at code and output."""
    model = Autoencoder(3, activation="tanh", random_state=0, **SMALL).fit(x)
    W = model.parameters_.values
    inside = np.tanh(x @ W["encoder.0.W"] + W["encoder.0.b"])
    h = inside @ W["encoder.1.W"] + W["encoder.1.b"]
    inside = np.tanh(h @ W["decoder.0.W"] + W["decoder.0.b"])
    x_hat = inside @ W["decoder.1.W"] + W["decoder.1.b"]
    np.testing.assert_allclose(model.transform(x), h, atol=1e-5)
    np.testing.assert_allclose(model.reconstruct(x), x_hat, atol=1e-5)


def test_reconstruct_is_decode_of_encode(model, x):
    model.fit(x)
    np.testing.assert_array_equal(
        model.reconstruct(x), model.inverse_transform(model.transform(x))
    )


def test_eq_1_3_sse_sums_over_pixels_and_averages_over_images(model, x):
    model.fit(x)
    by_hand = ((x - model.reconstruct(x)) ** 2).sum(axis=1).mean()
    assert model.evaluate(x)["sse"] == pytest.approx(by_hand, rel=1e-5)


def test_transform_before_fit_raises(model, x):
    with pytest.raises(NotFittedError, match="is not fitted yet. Call 'fit'"):
        model.transform(x)


def test_constructor_only_stores_its_arguments(model):
    assert vars(model) == model.get_params()


def test_clone_is_equal_and_unfitted(model, x):
    from sklearn.base import clone

    copy = clone(model.fit(x))
    assert copy.get_params() == model.get_params()
    assert not hasattr(copy, "n_features_in_")


def test_works_as_a_step_of_a_pipeline(model, x):
    from sklearn.pipeline import make_pipeline

    assert make_pipeline(model).fit_transform(x).shape == (100, 3)


def test_set_params_refuses_an_unknown_name_and_changes_nothing(model):
    before = model.get_params()
    with pytest.raises(ValueError, match="Invalid parameter 'layers'"):
        model.set_params(n_components=2, layers=3)
    assert model.get_params() == before


def test_a_model_is_shown_with_what_differs_from_the_defaults():
    assert repr(PCA()) == "PCA()"
    model = Autoencoder(3, (5,), learning_rate=1e-3, loss="bernoulli", verbose=False)
    assert repr(model) == (
        "Autoencoder(n_components=3, hidden_layer_sizes=(5,), loss='bernoulli', "
        "verbose=False)")


def test_save_and_load_give_the_same_model(model, x, tmp_path):
    model.fit(x).save(tmp_path / "m.npz")
    copy = load(tmp_path / "m.npz")
    assert repr(copy) == repr(model)
    np.testing.assert_array_equal(copy.transform(x), model.transform(x))
    assert copy.evaluate(x) == model.evaluate(x)


def test_loaded_history_is_the_history(x, tmp_path):
    model = make_models()[-1].fit(x)
    model.save(tmp_path / "m.npz")
    assert load(tmp_path / "m.npz").history_ == model.history_


def test_same_seed_gives_identical_bits(model, x):
    first, history = arrays_of(model.fit(x)), getattr(model, "history_", {})
    second = arrays_of(model.fit(x))
    for name in first:
        np.testing.assert_array_equal(first[name], second[name])
    timeless = [
        {k: v for k, v in h.items() if k != "seconds"}
        for h in (history, getattr(model, "history_", {}))
    ]
    assert timeless[0] == timeless[1]


def test_other_seed_gives_other_weights(x):
    weights = [
        Autoencoder(n_components=3, random_state=seed, **SMALL).fit(x).parameters_.theta
        for seed in (0, 1)
    ]
    assert np.abs(weights[0] - weights[1]).max() > 0.01


def test_data_are_never_written_to(model, x):
    x.setflags(write=False)
    model.fit(x).evaluate(x)


def test_data_frames_lists_and_other_layouts_give_the_same_codes(model, x):
    model.fit(x)
    expected = model.transform(x)
    for same in (x.tolist(), np.asfortranarray(x), np.repeat(x, 2, axis=0)[::2]):
        np.testing.assert_array_equal(model.transform(same), expected)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (Autoencoder, {}),
        (VariationalAutoencoder, {}),
        (VariationalAutoencoder, {"decoder": "gaussian", "posterior": "full"}),
        (VariationalAutoencoder, {"decoder": "gaussian", "decoder_variance": 0.5}),
    ],
)
def test_every_answer_has_the_dtype_of_the_model(kind, options, dtype, x):
    model = kind(n_components=3, dtype=dtype, random_state=0, **options, **SMALL)
    codes = model.fit(x).transform(x)
    answers = [codes, model.reconstruct(x), model.inverse_transform(codes)]
    if kind is VariationalAutoencoder:
        answers += [model.sample(4, mode, 0) for mode in ("mean", "sample")]
        answers += [model.reconstruct(x, "sample", 0), *model.encode_distribution(x)]
    assert {answer.dtype for answer in answers} == {np.dtype(dtype)}


@pytest.mark.parametrize("model_class", [Autoencoder, VariationalAutoencoder])
def test_every_parameter_moves_after_one_step(model_class, x):
    options = SMALL | {"epochs": 1, "batch_size": 100, "activation": "tanh"}
    model = model_class(n_components=3, random_state=0, **options)
    network = model.build_network(12)
    network.initialise(np.random.default_rng(0).spawn(3)[0], x)
    before = {name: value.copy() for name, value in network.parameters.values.items()}
    after = model.fit(x).parameters_.values
    for name in before:
        assert (before[name] != after[name]).all(), name


@pytest.mark.parametrize(
    "model",
    [
        Autoencoder(3, (8,)),
        Autoencoder(3, (8,), loss="bernoulli"),
        VariationalAutoencoder(3, (8,)),
        VariationalAutoencoder(3, (8,), decoder="gaussian"),
    ],
    ids=["squared error", "bernoulli", "vae", "gaussian vae"],
)
def test_the_output_starts_at_each_pixels_mean_and_at_their_mean_variance(model, rng):
    x = rng.uniform(size=(100, 12)) * np.linspace(0.2, 1, 12)  # means differ
    network = model.set_params(dtype="float64").build_network(12)
    network.initialise(rng, x)
    network.decoder.layers[-1].W[...] = 0
    out = network.decoder.predict(np.ones((1, 3)))[0]
    if model._needs_unit_interval(vars(model)):
        out = 1 / (1 + np.exp(-out))
    np.testing.assert_allclose(out, x.mean(axis=0), rtol=1e-12)
    if getattr(model, "decoder", None) == "gaussian":
        around = np.mean((x - x.mean(axis=0)) ** 2)
        assert network.pixels.variance == pytest.approx(around)


@pytest.mark.lecture02
def test_eq_2_6_a_tied_weight_moves_by_the_gradient_of_both_paths(x):
    """One step of gradient descent, against the numerical derivative of the loss."""
    def fit(rate):
        model = Autoencoder(
            3, (), tied_weights=True, optimizer="sgd", schedule="constant", epochs=1,
            batch_size=100, learning_rate=rate, dtype="float64", random_state=0,
            verbose=False,
        ).fit(x)
        return {name: v.copy() for name, v in model.parameters_.values.items()}

    def loss(W):
        h = x @ W + start["encoder.0.b"]
        return np.sum((h @ W.T + start["decoder.0.b"] - x) ** 2) / len(x)

    start, end = fit(1e-300), fit(0.01)
    moved = (start["encoder.0.W"] - end["encoder.0.W"]) / 0.01
    check = check_gradient(loss, start["encoder.0.W"], moved)
    assert check.max_relative_error < 1e-10, check


def test_history_has_keras_names(x):
    history = make_models()[1].fit(x, validation_data=x).history_
    assert set(history) == {"loss", "val_loss", "learning_rate", "seconds"}
    history = make_models()[4].fit(x).history_
    assert set(history) == {
        "loss", "recon", "kl", "learning_rate", "kl_weight", "seconds"
    }


def test_overcomplete_unregularised_autoencoder_warns(x):
    with pytest.warns(UserWarning, match="not smaller than the 12 features"):
        Autoencoder(n_components=12, **SMALL).fit(x)


def test_overcomplete_vae_does_not_warn(x, recwarn):
    VariationalAutoencoder(n_components=12, **SMALL).fit(x)
    assert not [w for w in recwarn if w.category is UserWarning]


@pytest.mark.parametrize("names", [["a", "b"], "abcdef", [1, 2, 3, 4, 5, 6], None])
def test_a_file_has_a_name_for_each_feature_or_none(names):
    model = PCA(1).fit(np.eye(6))
    if names is None:
        return model.restore_names({})
    with pytest.raises(CheckpointError, match="expected 6 feature names, got"):
        model.restore_names({"feature_names": names})
    assert not hasattr(model, "feature_names_in_")


def test_figures_are_of_the_loss_that_was_trained(rng):
    x = rng.uniform(size=(40, 6))
    model = Autoencoder(2, loss="squared_error", random_state=0, **SMALL).fit(x)
    before, score = model.evaluate(x), model.score(x)
    model.set_params(loss="bernoulli")
    assert model.evaluate(x) == before and model.score(x) == score
