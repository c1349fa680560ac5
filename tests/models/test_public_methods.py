"""Every public method of every estimator works, or is not there.

Both tables fill themselves: the estimators from the package's public names, the
methods from each class. What a parameter is called says what it is given.
"""

import copy
import inspect
import json
import pickle

import joblib
import numpy as np
import pytest
from estimators import CLASSES, data, fitted, is_finite, labels_of, make
from readings import BUILDING, bits, id_of, outcome, readings, variants
from sklearn.base import clone

import scratchae as s

X, Y = data()
METHODS = [
    (name, method)
    for name, cls in CLASSES.items()
    for method in sorted({*dir(cls)} - BUILDING)
    if not method.startswith("_") and callable(getattr(cls, method))
]
READING = [
    (name, method)
    for name, method in METHODS
    if not method.startswith(("fit", "set_")) and method != "save"
]


def arguments(name, tmp_path):
    """A value for every parameter of a public method, by the parameter's name."""
    codes = np.ones((len(X), 2), np.float32)
    return {
        "X": X, "y": Y, "codes": codes, "path": tmp_path / "model.npz",
        "random_state": 0, "mode": "sample", "deep": True, "transform": "default",
        "input_features": None, "checkpoint": tmp_path / "training.npz",
        "resume": None, "validation_data": validation_data(name),
        "n_samples": 3, "n_importance": 4, "each": True, "return_cov": True,
    }


def validation_data(name):
    needed = labels_of(CLASSES[name].fit, Y)
    return (X[:9], *(label[:9] for label in needed)) if needed else X[:9]


def call(model, name, method, tmp_path, optional):
    """Call it with what it requires, and with all that it offers if `optional`."""
    bound = getattr(model, method)
    values = arguments(name, tmp_path)
    given = {}
    for parameter in inspect.signature(bound).parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD:
            continue
        required = parameter.default is parameter.empty
        assert parameter.name in values, f"what is {method}'s {parameter.name}?"
        told = parameter.name == "y" and hasattr(model, "classes_")
        if required or optional or (told and method.startswith("fit")):
            given[parameter.name] = values[parameter.name]
    return bound(**given)


@pytest.mark.filterwarnings("ignore:.*early|.*converge")
@pytest.mark.parametrize("optional", [False, True], ids=["required", "all"])
@pytest.mark.parametrize(("name", "method"), METHODS)
def test_every_public_method_works_with_its_documented_arguments(
    name, method, optional, tmp_path
):
    result = call(fitted(name), name, method, tmp_path, optional)
    if method in ("fit", "set_params", "set_output"):
        assert isinstance(result, CLASSES[name])
    elif method == "save":
        assert result is None and (tmp_path / "model.npz").exists()
    else:
        assert is_finite(result)


@pytest.mark.parametrize(("name", "method"), READING)
def test_reading_methods_give_one_row_for_each_row_and_leave_the_model_alone(
    name, method, tmp_path
):
    model = fitted(name)
    before = pickle.dumps(model)
    first = call(model, name, method, tmp_path, optional=True)
    again = call(model, name, method, tmp_path, optional=True)
    assert pickle.dumps(model) == before
    assert pickle.dumps(again) == pickle.dumps(first)
    per_row = "X" in inspect.signature(getattr(model, method)).parameters
    if per_row and isinstance(first, np.ndarray):
        assert len(first) == len(X)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize(("name", "options"), variants(), ids=id_of)
def test_an_answer_stays_as_it_is_whatever_is_asked_next(
    name, options, backend, tmp_path
):
    with s.backend(backend):
        model, path = fitted(name, **options), tmp_path / "model.npz"
        asked, next_one = (readings(model, *data(12, seed=i), path) for i in (1, 2))
        answers = 0
        for reading, ask in asked.items():
            try:
                answer = ask()
            except (ValueError, TypeError, AttributeError):
                continue  # does not apply to this model
            before = bits(answer)
            outcome(next_one[reading])
            assert bits(answer) == before, reading
            answers += 1
    assert answers >= 7


@pytest.mark.parametrize(
    "name", [n for n, method in METHODS if method == "fit_transform"]
)
def test_fit_transform_gives_the_codes_of_the_same_rows_and_labels(name):
    model = fitted(name)
    codes = model.transform(X, *labels_of(model.fit_transform, Y))
    np.testing.assert_array_equal(make(name).fit_transform(X, Y), codes)


SEEDED = [
    (name, method)
    for name, method in READING
    if "random_state" in inspect.signature(getattr(CLASSES[name], method)).parameters
]


@pytest.mark.parametrize(("name", "method"), SEEDED)
def test_another_random_state_gives_another_answer(name, method):
    bound = getattr(fitted(name), method)
    parameters = inspect.signature(bound).parameters
    values = {"X": X, "y": Y, "mode": "sample", "n_importance": 3}
    given = {n: value for n, value in values.items() if n in parameters}
    seeded = [bits(bound(**given, random_state=seed)) for seed in (0, 0, 1)]
    assert seeded[0] == seeded[1] != seeded[2]


@pytest.mark.parametrize(("name", "method"), READING)
def test_before_fit_every_method_that_needs_it_says_so(name, method, tmp_path):
    from sklearn.exceptions import NotFittedError

    if method in ("get_params", "get_metadata_routing", "corrupt"):
        return
    with pytest.raises(s.NotFittedError, match="is not fitted yet") as caught:
        call(make(name), name, method, tmp_path, optional=True)
    assert isinstance(caught.value, NotFittedError)
    assert type(pickle.loads(pickle.dumps(caught.value))) is type(caught.value)


@pytest.mark.parametrize("name", [n for n in CLASSES if hasattr(CLASSES[n], "save")])
def test_a_loaded_model_has_the_fitted_attributes_of_the_saved_one(name, tmp_path):
    model = fitted(name)
    model.save(tmp_path / "model.npz")
    again = s.load(tmp_path / "model.npz")
    assert fitted_attributes(again) == fitted_attributes(model)
    assert again.get_params() == model.get_params()


def test_pretrained_layers_are_in_the_file_of_a_classifier(tmp_path):
    model = fitted("StackedClassifier", hidden_layer_sizes=(5, 4))
    model.save(tmp_path / "model.npz")
    for again in (s.load(tmp_path / "model.npz"), copy.deepcopy(model)):
        codes = X
        for layer, other in zip(model.layers_, again.layers_, strict=True):
            np.testing.assert_array_equal(
                other.transform(codes), layer.transform(codes)
            )
            np.testing.assert_array_equal(
                other.reconstruct(codes), layer.reconstruct(codes)
            )
            assert other.history_ == layer.history_
            codes = layer.transform(codes)


def fitted_attributes(model):
    return {a for a in dir(model) if a.endswith("_") and not a.startswith("_")}


def answers(model):
    """Codes or predictions of a fitted model."""
    method = getattr(model, "transform", None) or model.predict
    return np.asarray(method(X, *labels_of(method, Y)))


COPIES = {
    "pickle": lambda model, path: pickle.loads(pickle.dumps(model)),
    "deepcopy": lambda model, path: copy.deepcopy(model),
    "joblib": lambda model, path: joblib.load(joblib.dump(model, path / "m")[0]),
    "clone": lambda model, path: clone(model),
}


@pytest.mark.parametrize("way", ["pickle", "deepcopy", "joblib"])
@pytest.mark.parametrize("name", CLASSES)
def test_a_copied_model_gives_the_same_answers(name, way, tmp_path):
    model = fitted(name)
    again = COPIES[way](model, tmp_path)
    np.testing.assert_array_equal(answers(again), answers(model))
    assert fitted_attributes(again) == fitted_attributes(model)


@pytest.mark.parametrize("way", COPIES)
@pytest.mark.parametrize("name", CLASSES)
def test_a_model_that_could_not_be_fitted_is_copied_as_an_unfitted_one(
    name, way, tmp_path
):
    model = make(name)
    for _ in range(2):
        again = COPIES[way](model, tmp_path)
        assert fitted_attributes(again) == fitted_attributes(make(name))
        assert again.get_params() == model.get_params()
        with pytest.raises(ValueError, match="contains NaN"):
            model.fit(np.full_like(X, np.nan), *labels_of(model.fit, Y))


@pytest.mark.parametrize("name", CLASSES)
def test_a_refused_fit_leaves_a_fitted_model_as_it_was(name):
    model = fitted(name)
    before, codes = pickle.dumps(model), answers(model)
    with pytest.raises(ValueError, match="contains NaN"):
        model.fit(np.full((9, 3), np.nan), *labels_of(model.fit, Y[:9]))
    assert pickle.dumps(model) == before
    np.testing.assert_array_equal(answers(model), codes)


@pytest.mark.parametrize("name", CLASSES)
def test_set_params_changes_all_that_it_is_given_or_nothing(name):
    model = make(name)
    before = model.get_params()
    first = next(iter(before))
    with pytest.raises(ValueError, match="Invalid parameter 'no_such'"):
        model.set_params(**{first: 7, "no_such": 1})
    assert model.get_params() == before
    assert model.set_params(**{first: 7}) is model
    assert model.get_params() == before | {first: 7}


@pytest.mark.parametrize("name", CLASSES)
def test_deep_parameters_are_the_parameters_since_no_model_has_models_inside(name):
    model = make(name)
    assert model.get_params(deep=True) == model.get_params(deep=False)
    assert set(model.get_params()) == set(inspect.signature(CLASSES[name]).parameters)


@pytest.mark.parametrize("method", ["fit", "score"])
@pytest.mark.parametrize("name", CLASSES)
def test_weights_of_rows_are_refused_with_a_clear_word(name, method):
    model = fitted(name)
    if "sample_weight" in inspect.signature(getattr(model, method)).parameters:
        return
    message = f"{name}.{method} does not support sample_weight"
    with pytest.raises(TypeError, match=message):
        getattr(model, method)(X, Y, sample_weight=np.ones(len(X)))


RANDOM = [n for n in CLASSES if "random_state" in make(n).get_params()]


@pytest.mark.parametrize("name", RANDOM)
def test_a_random_state_of_either_kind_is_accepted_and_repeats(name):
    def codes(state):
        return answers(fitted(name, random_state=state))

    for kind in (np.random.RandomState, np.random.default_rng, np.int64):
        np.testing.assert_array_equal(codes(kind(3)), codes(kind(3)))
    np.testing.assert_array_equal(codes(np.int64(3)), codes(3))
    state = np.random.RandomState(3)
    first = codes(state)
    if make(name).get_params()["random_state"] is not None and name in TRAINED:
        assert not np.array_equal(codes(state), first)


TRAINED = [n for n in RANDOM if "epochs" in make(n).get_params()]


PLAIN = (float, int, str, bool, type(None))
ONE_NUMBER = [(name, method) for name, method in READING
              if method in ("score", "reconstruction_error", "evaluate")]


@pytest.mark.parametrize(("name", "method"), ONE_NUMBER)
def test_one_number_is_pythons_own_which_json_understands(name, method):
    ask = getattr(fitted(name), method)
    answer = ask(X, *labels_of(ask, Y))
    if method == "evaluate":
        assert {type(value) for value in answer.values()} <= {*PLAIN}
        assert json.loads(json.dumps(answer)) == answer
    else:
        assert type(answer) is float
