"""`set_params` after a fit: the fitted model stays what it is, in files too."""

import copy
import inspect
import pickle

import numpy as np
import pytest
from estimators import CLASSES, data, fitted, labels_of

from scratchae import analysis, backend, load
from scratchae.checkpoints import resume
from scratchae.explorer.described import describe
from scratchae.explorer.page import what_differs
from scratchae.formulas.activations import Activation

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


OTHERS = {"dtype": ["float32", "float64"], "loss": ["squared_error", "bernoulli"],
          "decoder": ["bernoulli", "gaussian"], "missing": ["error", "mask"],
          "output_activation": ["sigmoid"], "code_activation": ["tanh"],
          "objective": ["iwae"], "n_samples": [3], "penalty": ["l1", "top_k"],
          "tied_weights": [True], "n_active": [1],
          "rho": [0.5], "level": [0.9], "penalty_weight": [9.0],
          "corrupted_weight": [3.0], "kl_weight": [0.5], "free_bits": [1.0],
          "binarize": [False], "decoder_variance": [0.2], "batch_size": [3],
          "random_state": [5], "validation_fraction": [0.5], "fine_tune_level": [0.5],
          "pretrain_epochs": [3], **{name: [value] for name, value in CHANGES.items()}}
HOLES = np.where(np.arange(X.size).reshape(X.shape) % 7 == 0, np.nan, X)
METHODS = ["transform", "reconstruct", "score", "evaluate", "reconstruction_error",
           "encode_distribution", "log_likelihood", "predict_proba"]


def said(method, *given):
    """What a method returns, with its dtype, or the words of its refusal."""
    try:
        found = method(*given, *labels_of(method, Y))
    except ValueError as error:
        return str(error)
    found = getattr(found, "log_likelihood", found)
    parts = found if isinstance(found, tuple) else (found,)
    parts = found.values() if isinstance(found, dict) else parts
    return [(np.asarray(part).dtype, np.asarray(part).tolist()) for part in parts]


def answers(model):
    """Of rows as they were, far outside and with holes; of codes and their names; and
    what is drawn."""
    told = {(name, kind): said(getattr(model, name), rows) for name in METHODS
            if hasattr(model, name)
            for kind, rows in {"X": X, "far": 5 * X - 1, "holes": HOLES}.items()}
    told["names"] = model.get_feature_names_out().tolist()
    if hasattr(model, "inverse_transform"):
        told["codes"] = said(model.inverse_transform, np.ones((2, 2)))
    if hasattr(model, "sample"):
        told["drawn"] = model.sample(Y[:3] if labels_of(model.fit, Y) else 3,
                                     random_state=0).dtype
    return told


@pytest.mark.parametrize("name, option", [
    (name, option) for name in SAVED for option in OTHERS
    if option in CLASSES[name]().get_params()])
def test_what_is_set_after_a_fit_changes_no_answer(name, option):
    """It holds for the next fit: neither which rows are taken nor what is returned."""
    with backend("numpy"):
        model = fitted(name)
        before = answers(model)
        for value in OTHERS[option]:
            assert answers(model.set_params(**{option: value})) == before


def loaded(model, path):
    model.save(path)
    return load(path)


WAYS = {"file": loaded, "pickle": lambda model, path: pickled(model),
        "deepcopy": lambda model, path: copy.deepcopy(model)}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", SAVED)
def test_nor_does_it_where_the_model_comes_from_a_file_or_is_a_copy(
    name, way, tmp_path
):
    """All options at once, each to its last value in OTHERS."""
    with backend("numpy"):
        model = fitted(name)
        before = answers(model)
        again = WAYS[way](model, tmp_path / "model.npz")
        assert answers(again) == before
        others = {n: v[-1] for n, v in OTHERS.items() if n in model.get_params()}
        assert answers(again.set_params(**others)) == before
        written = loaded(again, tmp_path / "again.npz")
        assert written.get_params() == model.get_params() != again.get_params()


def asked_elsewhere(model):
    """Of the analysis and of a page, which ask any model; or the words of a refusal."""
    told = {}
    for name in analysis.__all__:
        ask = getattr(analysis, name)
        first = [*inspect.signature(ask).parameters][:2]
        if first == ["model", "X"] or first[:1] == ["model"]:
            given = [X] if "X" in first else []
            more = {"rng": 0} if name == "mutual_information" else {}
            labels = labels_of(model.fit, Y) if given else ()
            told[name] = reply(ask, model, *given, *labels, **more)
    told["page"] = reply(lambda m: describe(m, X), model)
    told["label"] = reply(lambda m: what_differs([m, fitted(type(m).__name__)]), model)
    return told


def reply(ask, *given, **more):
    try:
        return repr(ask(*given, **more))
    except (AttributeError, TypeError, ValueError) as error:
        return f"{type(error).__name__} {str(error).partition('(')[0]}"


@pytest.mark.parametrize("name", SAVED)
def test_nor_does_it_change_what_the_analysis_and_a_page_say(name):
    """All options one by one, then all at once."""
    with backend("numpy"):
        model = fitted(name)
        before = asked_elsewhere(model)
        assert {"maximising_images", "page"} <= before.keys()
        for options in ({n: v} for n, values in OTHERS.items() for v in values
                        if n in model.get_params()):
            assert asked_elsewhere(model.set_params(**options)) == before, options


@pytest.mark.parametrize("options, wrong", [
    ({"penalty": "top_k", "n_active": 1}, {"penalty": "l1"}),
    ({"penalty": "l1"}, {"penalty": "top_k"}),
    ({"activation": "tanh", "hidden_layer_sizes": (3,)}, {"activation": Activation(
        "sine", np.sin, np.cos)}),
])
def test_whether_a_page_shows_a_model_is_told_by_its_fit(options, wrong):
    with backend("numpy"):
        model = fitted("SparseAutoencoder", **options)
        before = reply(describe, model, X)
        assert reply(describe, model.set_params(**wrong), X) == before
