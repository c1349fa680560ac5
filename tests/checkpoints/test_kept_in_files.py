"""What a file says of a model comes back whole: types, digests, one's own objects."""

import copy
import json
import pickle

import numpy as np
import pytest
from estimators import CLASSES, data, fitted, labels_of, make

from scratchae import Autoencoder, CheckpointError, backend, load
from scratchae.formulas.activations import ACTIVATIONS, Activation
from scratchae.networks import corruptions

X, Y = data()
SAVED = [name for name, cls in CLASSES.items() if hasattr(cls, "save")]
LEARNED_IN_EPOCHS = [name for name in SAVED if hasattr(CLASSES[name], "build_network")]


def through_a_file(model, path):
    model.save(path)
    return load(path)


def described(model):
    """What the model's file would say, as text: a list is no tuple's equal in JSON."""
    return json.loads(json.dumps(model.description()))


@pytest.mark.parametrize("name", LEARNED_IN_EPOCHS)
def test_widths_and_shapes_are_tuples_again(name, tmp_path):
    options = {"hidden_layer_sizes": (4, 3), "decoder_layer_sizes": (3, 5),
               "image_shape": (2, 3), "shift": 0.5}
    model = fitted(name, **options)
    again = through_a_file(model, tmp_path / "m.npz").get_params()
    for option in options.keys() & again.keys():
        assert again[option] == options[option]
        assert type(again[option]) is type(options[option]), option


@pytest.mark.parametrize("way", ["file", "deepcopy", "pickle"])
@pytest.mark.parametrize("name", [name for name in LEARNED_IN_EPOCHS
                                  if name != "StackedClassifier"])
def test_what_it_was_trained_on_is_known_after_a_file_and_in_a_copy(
    name, way, tmp_path
):
    model = make(name)
    model.fit(X, *labels_of(model.fit, Y), checkpoint=tmp_path / "m.npz")
    again = {"file": lambda: load(tmp_path / "m.npz"),
             "deepcopy": lambda: copy.deepcopy(model),
             "pickle": lambda: pickle.loads(pickle.dumps(model))}[way]()
    assert described(model)["data"] is not None
    assert described(again) == described(model)


def cubed(a):
    return a**3, a


def cubed_backward(dy, a):
    return 3 * a**2 * dy


def test_an_activation_with_a_kink_is_another_than_one_without(tmp_path):
    smooth = Activation("cube", cubed, cubed_backward)
    options = {"epochs": 1, "verbose": False, "random_state": 0}
    model = Autoencoder(2, (3,), activation=smooth, **options).fit(X)
    model.save(path := tmp_path / "m.npz")
    np.testing.assert_array_equal(load(path, activation=smooth).transform(X),
                                  model.transform(X))
    for other in (smooth._replace(kinked=True), smooth._replace(name="third")):
        with pytest.raises(CheckpointError, match="was saved with an object for activ"):
            load(path, activation=other)


def test_an_object_for_a_parameter_that_has_none_is_refused_with_those_that_have(
    tmp_path
):
    smooth = Activation("cube", cubed, cubed_backward)
    options = {"epochs": 1, "verbose": False}
    Autoencoder(2, (3,), activation=smooth, **options).fit(X).save(tmp_path / "m.npz")
    with pytest.raises(CheckpointError) as caught:
        load(tmp_path / "m.npz", activation=smooth, layer=smooth)
    assert str(caught.value).endswith("has no object for ['layer']; load takes only "
                                      "what was saved as an object: ['activation']")


@pytest.mark.parametrize("state", [np.random.default_rng, np.random.RandomState])
@pytest.mark.parametrize("name", LEARNED_IN_EPOCHS)
def test_of_a_generator_no_seed_is_made_up(name, state, tmp_path):
    """A loaded model that is fitted again twice starts from other numbers each time."""
    with backend("numpy"):
        again = through_a_file(fitted(name, random_state=state(0)), tmp_path / "m.npz")
        assert again.get_params()["random_state"] is None
        labels = labels_of(again.fit, Y)
        one, other = (again.fit(X, *labels).parameters_.theta.copy() for _ in range(2))
    assert not np.array_equal(one, other)


def test_numbers_of_a_history_that_are_none_come_back_too(tmp_path):
    """A loss to validate on may have been infinite, or told from some epoch on only."""
    model = fitted("Autoencoder")
    model.history_ = {"loss": [2.0, 1.5], "val_loss": [np.nan, np.inf], "steps": [3, 6]}
    again = through_a_file(model, tmp_path / "m.npz").history_
    assert again.keys() == model.history_.keys()
    for name, column in model.history_.items():
        np.testing.assert_array_equal(again[name], column)
        assert [*map(type, again[name])] == [*map(type, column)]


@pytest.mark.parametrize("seed", [3, np.int64(3)])
def test_a_seed_is_kept(seed, tmp_path):
    model = through_a_file(fitted("Autoencoder", random_state=seed), tmp_path / "m.npz")
    assert model.get_params()["random_state"] == 3


class Steeper:
    """x, times a slope."""

    def __init__(self, slope, name="mine"):
        self.slope, self.name = slope, name

    def forward(self, a):
        return self.slope * a, None

    def backward(self, dh, cache):
        return self.slope * dh


@pytest.mark.filterwarnings("ignore:no kernel for")
def test_another_object_than_the_saved_one_is_told_with_both(tmp_path):
    """By class and by all that they hold, as one would write them."""
    path, wanted = tmp_path / "m.npz", "Steeper(slope=0.5, name='mine')"
    options = {"epochs": 1, "verbose": False}
    with backend("numpy"):
        Autoencoder(2, (3,), code_activation=Steeper(0.5), **options).fit(X).save(path)
    for given, words in {
        "none": {}, "Steeper(slope=0.25, name='mine')": {"code_activation": 0.25},
    }.items():
        own = {name: Steeper(slope) for name, slope in words.items()}
        with pytest.raises(CheckpointError) as caught:
            load(path, **own)
        assert str(caught.value) == (
            f"{path} was saved with an object for code_activation, {wanted}; load got "
            f"{given}. Expected load(path, code_activation={wanted})")
    assert load(path, code_activation=Steeper(0.5)).code_activation.slope == 0.5


@pytest.mark.filterwarnings("ignore:no kernel for")
@pytest.mark.parametrize("held, other", [
    (2.5, 2.0), (3, 4), (True, False), (None, 0), ("up", "down"), ([1, 2], [1, 3]),
    ((1, 2), (2, 1)), ([1.5, "a"], []), (np.float32(0.5), np.float32(0.25)),
    (np.arange(3.0), np.ones(3)), (np.eye(2), np.eye(2)[0]), (np.bool_(True), False),
    (np.arange(999), np.arange(999)[::-1]), (np.zeros(99), np.zeros(99, "f4")),
    ({"a": 1}, {"a": 2}), ({"a": 1}, {"b": 1}), ({1, 2}, {1, 3}),
    ({"a": [np.zeros(2), (3, {"b": np.ones(2)})]},
     {"a": [np.zeros(2), (3, {"b": np.zeros(2)})]}),
    ([np.sin, 2], [np.sin, 3]), (np.sin, np.cos), (cubed, cubed_backward),
    (Steeper, Activation),
    (Steeper(2), Steeper(3)), ([Steeper(np.ones(2))], [Steeper(np.zeros(2))]),
    ], ids=lambda held: str(held)[:20])
def test_whatever_of_these_an_object_holds_tells_it_from_another(held, other, tmp_path):
    path, options = tmp_path / "m.npz", {"epochs": 1, "verbose": False}
    with backend("numpy"):
        model = Autoencoder(2, (3,), activation=Steeper(1.0, held), **options)
        model.fit(X, checkpoint=path)
        for same in (held, copy.deepcopy(held)):
            assert load(path, activation=Steeper(1.0, same)).activation.name is same
            model.set_params(activation=Steeper(1.0, same)).fit(X, resume=path)
        with pytest.raises(CheckpointError, match="was saved with an object for activ"):
            load(path, activation=Steeper(1.0, other))
        with pytest.raises(CheckpointError, match="was trained with activation="):
            model.set_params(activation=Steeper(1.0, other)).fit(X, resume=path)


@pytest.mark.filterwarnings("ignore:no kernel for")
def test_what_an_object_holds_is_told_as_one_would_write_it(tmp_path):
    path, options = tmp_path / "m.npz", {"epochs": 1, "verbose": False}
    held = [Steeper(2.0, cubed), {"a": np.arange(2)}, np.zeros((9, 9))]
    with backend("numpy"):
        Autoencoder(2, (3,), activation=Steeper(1, held), **options).fit(X).save(path)
    with pytest.raises(CheckpointError) as caught:
        load(path)
    assert str(caught.value).split("activation=")[1] == (
        "Steeper(slope=1, name=[Steeper(slope=2.0, name='cubed'), {'a': [0, 1]}, 'array"
        " of float64 (9, 9), 5f07d2b9f63d7faa']))")


@pytest.mark.filterwarnings("ignore:no kernel for")
def test_an_object_that_holds_itself_is_saved(tmp_path):
    path, around = tmp_path / "m.npz", Steeper(0.5)
    around.name = [around]
    with backend("numpy"):
        options = {"epochs": 1, "verbose": False}
        Autoencoder(2, (3,), activation=around, **options).fit(X).save(path)
        assert load(path, activation=around).activation is around


def test_an_activation_called_as_one_of_the_packages_is_still_ones_own(tmp_path):
    mine = Activation("tanh", cubed, cubed_backward)
    options = {"epochs": 1, "verbose": False}
    with backend("numpy"):
        model = Autoencoder(2, (3,), activation=mine, **options).fit(X)
        model.save(path := tmp_path / "m.npz")
        with pytest.raises(CheckpointError, match="was saved with an object for activ"):
            load(path)
        np.testing.assert_array_equal(load(path, activation=mine).transform(X),
                                      model.transform(X))


@pytest.mark.filterwarnings("ignore:no kernel for")
@pytest.mark.parametrize("which", ["numpy", "numba"])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_called_as_one_of_the_packages_is_the_one_that_serves(
    name, which
):
    class Third:
        forward, backward = staticmethod(cubed), staticmethod(cubed_backward)

    options = {"epochs": 1, "verbose": False, "random_state": 0, "dtype": "float64"}
    with backend(which):
        one, other = (
            Autoencoder(2, (3,), output_activation=mine, **options).fit(X).transform(X)
            for mine in (Third(), Activation(name, cubed, cubed_backward)))
    np.testing.assert_array_equal(one, other)


def test_the_packages_own_activation_stays_so_in_a_copy(tmp_path):
    tanh = copy.deepcopy(ACTIVATIONS["tanh"])
    model = Autoencoder(2, (3,), activation=tanh, epochs=1, verbose=False).fit(X)
    model.save(path := tmp_path / "m.npz")
    assert load(path).activation == "tanh"
    assert model.encoder_.layers[0].activation is ACTIVATIONS["tanh"]


@pytest.mark.filterwarnings("ignore:no kernel for")
def test_an_object_of_ones_own_is_none_of_the_packages_of_that_name(tmp_path):
    class Masking:
        def __init__(self, level):
            self.level = level

        def corrupt(self, x, rng):
            return x

    ours, mine = corruptions.Masking(0.3), Masking(0.3)
    for saved, other, said in (
        (ours, mine, "scratchae.networks.corruptions.Masking(level=0.3)"),
        (mine, ours, "Masking(level=0.3)"),
    ):
        model = fitted("DenoisingAutoencoder", corruption=saved)
        model.save(path := tmp_path / "m.npz")
        assert load(path, corruption=saved).corruption is saved
        with pytest.raises(CheckpointError, match="saved with an obj") as caught:
            load(path, corruption=other)
        assert str(caught.value).endswith(f"load(path, corruption={said})")
        path.unlink()


@pytest.mark.filterwarnings("ignore:no kernel for")
def test_an_object_is_known_by_its_class_wherever_that_was_defined(tmp_path):
    class Stretched(Steeper):
        pass

    here, path = Stretched(0.5), tmp_path / "m.npz"
    with backend("numpy"):
        Autoencoder(2, (3,), activation=here, epochs=1, verbose=False).fit(X).save(path)
        elsewhere = type("Stretched", (Steeper,), {})(0.5)
        assert load(path, activation=elsewhere).activation is elsewhere
        with pytest.raises(CheckpointError, match=r"activation, Stretched\(slope=0.5"):
            load(path, activation=Steeper(0.5))
