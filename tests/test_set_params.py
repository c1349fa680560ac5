"""`set_params` after a fit: the fitted model stays what it is, in files too."""

import copy
import pickle

import numpy as np
import pytest
from estimators import CLASSES, data, fitted, labels_of

from scratchae import load
from scratchae.checkpoints import resume
from scratchae.nn.backend import backend

X, Y = data()
CHANGES = {"n_components": 5, "hidden_layer_sizes": (4, 3), "activation": "tanh",
           "epochs": 9, "whiten": True, "posterior": "full", "corruption": "gaussian"}
SAVED = [name for name, cls in CLASSES.items() if hasattr(cls, "save")]


def changed(name):
    model = fitted(name)
    known = model.get_params()
    return model.set_params(**{n: v for n, v in CHANGES.items() if n in known})


def weights(model):
    return {name: array.tobytes() for name, array in model.arrays().items()}


@pytest.mark.parametrize("name", SAVED)
def test_a_file_has_the_parameters_that_the_fit_had(name, tmp_path):
    model, before = changed(name), fitted(name)
    model.save(tmp_path / "model.npz")
    again = load(tmp_path / "model.npz")
    assert again.get_params() == before.get_params() != model.get_params()
    assert weights(again) == weights(before)
    labels = labels_of(again.transform, Y)
    np.testing.assert_array_equal(again.transform(X, *labels),
                                  before.transform(X, *labels))


def pickled(model):
    return pickle.loads(pickle.dumps(model))


@pytest.mark.parametrize("way", [copy.deepcopy, pickled])
@pytest.mark.parametrize("name", SAVED)
def test_a_copy_has_the_fit_and_the_parameters_set_since(name, way, tmp_path):
    model = changed(name)
    again = way(model)
    assert weights(again) == weights(model) == weights(fitted(name))
    assert again.get_params() == model.get_params()
    again.save(tmp_path / "model.npz")
    assert load(tmp_path / "model.npz").get_params() == fitted(name).get_params()


@pytest.mark.parametrize("name", SAVED)
def test_the_next_fit_has_the_parameters_set_since(name, tmp_path):
    model = changed(name)
    model.fit(X, *labels_of(model.fit, Y)).save(tmp_path / "model.npz")
    assert load(tmp_path / "model.npz").get_params() == model.get_params()


@pytest.mark.parametrize("name", [n for n in SAVED if hasattr(CLASSES[n], "_train")
                                  and n != "StackedClassifier"])
def test_a_file_under_way_has_the_parameters_of_its_own_fit(
    name, tmp_path, monkeypatch
):
    model, described, write = changed(name), [], resume.write_checkpoint

    def seen(path, description, arrays):
        described.append(description["params"]["activation"])
        write(path, description, arrays)

    monkeypatch.setattr(resume, "write_checkpoint", seen)
    model.fit(X, *labels_of(model.fit, Y), checkpoint=tmp_path / "m.npz")
    assert {*described[:-1]} == {"tanh"} and len(described) == 9


OTHERS = CHANGES | {
    "loss": "bernoulli", "output_activation": "sigmoid", "code_activation": "sigmoid",
    "tied_weights": True, "penalty": "top_k", "n_active": 1, "rho": 0.5, "level": 0.9,
    "penalty_weight": 9.0, "corrupted_weight": 3.0, "decoder": "gaussian",
    "objective": "iwae", "n_samples": 3, "kl_weight": 0.5, "free_bits": 1.0,
    "binarize": False, "decoder_variance": 0.2, "batch_size": 3, "random_state": 5,
    "validation_fraction": 0.5, "fine_tune_level": 0.5, "pretrain_epochs": 3,
}


def answers(model):
    """What a fitted model says of rows : {method: bytes}."""
    found = {}
    for name in ("transform", "reconstruct", "evaluate", "score", "predict"):
        if method := getattr(model, name, None):
            answer = method(X, *labels_of(method, Y))
            told = answer if isinstance(answer, dict) else {"": answer}
            found[name] = {n: np.asarray(v).tobytes() for n, v in told.items()}
    return found


@pytest.mark.parametrize("name", SAVED)
def test_a_fitted_model_answers_as_it_was_fitted_whatever_is_set(name):
    starts = [{"whiten": False}, {"whiten": True}] if name == "PCA" else [{}]
    for start in starts:
        with backend("numpy"):
            model = fitted(name, **start)
            before, parameters = answers(model), model.get_params()
            for key in OTHERS.keys() & parameters.keys():
                other = not start[key] if key == "whiten" else OTHERS[key]
                model.set_params(**{key: other})
                assert answers(model) == before, key
                model.set_params(**{key: parameters[key]})
