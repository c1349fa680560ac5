"""Every parameter of every constructor reaches what is learned."""

import inspect

import numpy as np
import pytest
from estimators import CLASSES, data, fitted, labels_of, make

import scratchae
from scratchae.networks.variational import VariationalNetwork


@pytest.fixture(autouse=True)
def plain():
    with scratchae.backend("numpy"):
        yield


class Doubled:
    """A layer of one's own, y = 2 x W."""

    def shapes(self, d_in, d_out):
        return {"W": (d_in, d_out)}

    def forward(self, x, p):
        return 2 * x @ p["W"], x

    def backward(self, dy, p, x):
        return 2 * dy @ p["W"].T, {"W": 2 * x.T @ dy}


# Another value of every constructor parameter, and what it needs to have an effect.
OTHER = {
    "n_components": (3, {}),
    "hidden_layer_sizes": ((5,), {}),
    "decoder_layer_sizes": ((4, 6), {}),
    "layer": (Doubled(), {}),
    "activation": ("tanh", {}),
    "code_activation": ("sigmoid", {"penalty": "l1"}),
    "output_activation": ("sigmoid", {}),
    "loss": ("bernoulli", {}),
    "tied_weights": (True, {}),
    "optimizer": ("momentum", {}),
    "momentum": (0.5, {"optimizer": "momentum"}),
    "beta1": (0.5, {}),
    "beta2": (0.9, {}),
    "learning_rate": (0.05, {}),
    "schedule": ("constant", {}),
    "weight_decay": (0.1, {}),
    "shift": (1.0, {"image_shape": (2, 3)}),
    "undo_shift": (True, {"shift": 1.0, "image_shape": (2, 3)}),
    "image_shape": ((3, 2), {"shift": 1.0, "image_shape": (2, 3)}),
    "batch_size": (7, {}),
    "epochs": (3, {}),
    "validation_fraction": (0.3, {}),
    "patience": (1, {"validation_fraction": 0.3, "epochs": 60, "learning_rate": 0.1}),
    "random_state": (1, {}),
    "binarize": (False, {}),
    "decoder": ("gaussian", {}),
    "decoder_variance": (0.1, {"decoder": "gaussian"}),
    "posterior": ("full", {}),
    "objective": ("iwae", {"n_samples": 3}),
    "n_samples": (3, {}),
    "samples_warmup_epochs": (2, {"n_samples": 2}),
    "gradient_samples": (1, {"objective": "iwae", "n_samples": 3}),
    "kl_weight": (0.5, {}),
    "kl_warmup_epochs": (4, {}),
    "free_bits": (1.0, {}),
    "corruption": ("gaussian", {}),
    "level": (0.6, {}),
    "corrupted_weight": (5.0, {}),
    "missing": ("mask", {}),  # below
    "penalty": ("l1", {}),
    "penalty_weight": (2.0, {}),
    "rho": (0.3, {}),
    "n_active": (1, {"penalty": "top_k", "n_components": 4}),
    "pretrain_epochs": (3, {}),
    "fine_tune_level": (0.5, {}),
    "whiten": (True, {}),
    "tol": (0.1, {}),
    "max_iter": (1, {}),
    "dtype": (None, {}),  # below
    "verbose": (True, {}),  # below
}
ALL = [(name, parameter) for name, cls in CLASSES.items()
       for parameter in inspect.signature(cls).parameters]
QUIET = ("dtype", "verbose", "missing")


def test_every_constructor_parameter_has_a_row():
    assert {parameter for _, parameter in ALL} == OTHER.keys()


def learned(name, **options):
    """What training has found: weights, or what the model answers where it has none."""
    model, X = fitted(name, **options), data()[0]
    if hasattr(model, "parameters_"):
        return model.parameters_.theta
    if hasattr(model, "predict_proba"):
        return model.predict_proba(X)
    return model.transform(X)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "name, parameter", [(n, p) for n, p in ALL if p not in QUIET]
)
def test_parameter_changes_what_is_learned(name, parameter):
    value, needed = OTHER[parameter]
    known = inspect.signature(CLASSES[name]).parameters
    needed = {key: v for key, v in needed.items() if key in known}
    if parameter == "n_active":
        needed["n_active"] = 2
    before = learned(name, **needed)
    np.testing.assert_array_equal(learned(name, **needed), before)
    after = learned(name, **needed | {parameter: value})
    assert after.shape != before.shape or not np.allclose(after, before, atol=1e-7)


@pytest.mark.parametrize("name", sorted({n for n, p in ALL if p == "dtype"}))
def test_dtype_is_that_of_the_codes(name):
    X, y = data()
    for dtype in ("float32", "float64"):
        model = fitted(name, dtype=dtype)
        assert model.transform(X, *labels_of(model.transform, y)).dtype == dtype


@pytest.mark.parametrize("name", sorted({n for n, p in ALL if p == "verbose"}))
def test_verbose_shows_the_epochs_and_changes_nothing(name, capsys):
    quiet = learned(name)
    assert "epoch" not in capsys.readouterr().err
    np.testing.assert_array_equal(learned(name, verbose=True), quiet)
    assert "epoch 2/2" in capsys.readouterr().err


def test_warm_up_reaches_the_draw_of_each_epoch(rng):
    network = VariationalNetwork((6, 4, 2), kl_weight=0.8, kl_warmup_epochs=4)
    x = np.ones((3, 6), np.float32)
    weights = [network.draw(x, rng, epoch)["kl_weight"] for epoch in (1, 2, 4, 9, None)]
    np.testing.assert_allclose(weights, [0.2, 0.4, 0.8, 0.8, 0.8])


def test_encoder_and_decoder_are_told_the_label():
    X, y = data()
    model = fitted("ConditionalVariationalAutoencoder")
    codes, other = model.transform(X, y), (y + 1) % 3
    assert np.abs(model.transform(X, other) - codes).max(axis=1).min() > 1e-6
    decoded = model.inverse_transform(codes, y)
    assert np.abs(model.inverse_transform(codes, other) - decoded).max(axis=1).min() > 0
    means = [model.encode_distribution(X, labels)[0] for labels in (y, other)]
    assert np.abs(means[1] - means[0]).max(axis=1).min() > 1e-6
    heads = [model.encoder_output(X, labels) for labels in (y, other)]
    assert np.abs(heads[1] - heads[0]).max(axis=1).min() > 1e-6
    kl = [model.evaluate(X, labels)["kl"] for labels in (y, other)]
    assert kl[0] != kl[1]


def test_pretraining_has_the_seed_of_its_classifier():
    layers = [fitted("StackedClassifier", random_state=s).layers_[0] for s in (0, 0, 1)]
    theta = [layer.parameters_.theta for layer in layers]
    np.testing.assert_array_equal(theta[0], theta[1])
    assert not np.allclose(theta[0], theta[2])


def test_gradient_reaches_the_label_columns_of_the_encoder():
    X, y = data()
    start = make("ConditionalVariationalAutoencoder", learning_rate=1e-12).fit(X, y)
    end = make("ConditionalVariationalAutoencoder", learning_rate=0.1).fit(X, y)
    first = [m.encoder_.layers[0].W[X.shape[1] :] for m in (start, end)]
    assert np.abs(first[1] - first[0]).max(axis=1).min() > 1e-3


def test_pretraining_has_its_classifiers_options_and_fine_tuning_its_layers():
    given = {
        "corruption": "gaussian", "level": 0.6, "batch_size": 7, "learning_rate": 0.02,
        "dtype": "float64", "fine_tune_level": 0.1, "pretrain_epochs": 3,
        "activation": "tanh",
    }
    model = fitted("StackedClassifier", **given)
    shared = given.keys() - {"fine_tune_level", "pretrain_epochs", "activation"}
    for layer in model.layers_:
        told = layer.get_params()
        assert {n: told[n] for n in shared} == {n: given[n] for n in shared}
        assert told["code_activation"] == "tanh"  # as its layer of the stack
        assert len(layer.history_["loss"]) == 3
    network = model.build_network(6, 3)
    network.pretrained = model.layers_
    network.initialise(np.random.default_rng(0), None)
    for mine, layer in zip(network.encoder.layers, model.layers_, strict=False):
        for name in ("W", "b"):
            trained = getattr(layer.encoder_.layers[0], name)
            assert trained.any()
            np.testing.assert_array_equal(getattr(mine, name), trained)
