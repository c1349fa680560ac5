"""What is a label, and what is refused as one, for every estimator that takes them."""

import numpy as np
import pandas as pd
import pytest
from estimators import CLASSES, data, fitted, labels_of, make

from scratchae import CheckpointError, load
from scratchae.labels import MAX_CLASSES, check_labels, most_probable
from scratchae.validation import check_random_state

X, Y = data(n=45)
NAMES = np.array(["one", "two", "three"])
TOLD = [name for name, cls in CLASSES.items() if labels_of(cls.fit, Y)]
CLASSIFIERS = [name for name in TOLD if hasattr(CLASSES[name], "predict")]


def apart(n=45):
    """Rows of three classes that are far apart, in [0, 1], and their numbers."""
    y = np.arange(n) % 3
    noise = np.random.default_rng(1).uniform(size=(n, 3))
    return (0.8 * np.eye(3)[y] + 0.2 * noise).astype(np.float32), y


def learned(name, X, y):
    return make(name, epochs=60, learning_rate=0.01).fit(X, y)


def test_three_estimators_are_told_labels():
    assert TOLD == [
        "ConditionalVariationalAutoencoder", "LinearProbe", "StackedClassifier"
    ]


@pytest.mark.parametrize("name", TOLD)
@pytest.mark.parametrize(
    "same",
    [
        lambda y: y.tolist(),
        lambda y: y.astype(np.uint8),
        lambda y: y.astype(float),
        lambda y: y.astype(object),
        lambda y: pd.Series(y, index=y + 7),
        lambda y: pd.Series(y, dtype="Int64"),
        lambda y: pd.Series(y, dtype="category"),
    ],
)
def test_labels_of_any_type_mean_the_same(name, same):
    y, model, other = same(Y), fitted(name, X, Y), make(name).fit(X, same(Y))
    np.testing.assert_array_equal(other.classes_, model.classes_)
    assert other.score(X, y) == model.score(X, Y)


@pytest.mark.parametrize("name", TOLD)
@pytest.mark.parametrize(
    "column", [lambda y: y[:, None], lambda y: pd.DataFrame({"label": y})]
)
def test_a_column_of_labels_is_flattened_with_a_warning(name, column):
    from sklearn.exceptions import DataConversionWarning

    expected = fitted(name, X, Y).score(X, Y)
    with pytest.warns(DataConversionWarning, match="column-vector y") as seen:
        model = make(name).fit(X, column(Y))
    assert seen[0].filename == __file__
    with pytest.warns(DataConversionWarning, match="column-vector y"):
        assert model.score(X, column(Y)) == expected


@pytest.mark.parametrize("name", CLASSIFIERS)
@pytest.mark.parametrize("text", [NAMES, NAMES.astype(object)], ids=["str", "object"])
def test_text_is_a_label_also_after_a_file(name, text, tmp_path):
    x, y = apart()
    model = learned(name, x, text[y])
    assert model.score(x, text[y]) > 0.95
    assert model.score(x, text[y].tolist()) == model.score(x, text[y])
    assert model.predict(x)[0] in NAMES
    if hasattr(model, "save"):
        model.save(tmp_path / "model.npz")
        again = load(tmp_path / "model.npz")
        np.testing.assert_array_equal(again.predict(x), model.predict(x))
        assert again.score(x, text[y]) == model.score(x, text[y])


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_probabilities_are_in_the_order_of_the_classes_and_sum_to_one(name):
    x, y = apart()
    model = learned(name, x, NAMES[y])
    p = model.predict_proba(x)
    assert p.shape == (len(x), 3)
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_array_equal(model.classes_, sorted(NAMES))
    np.testing.assert_array_equal(model.classes_[p.argmax(axis=1)], model.predict(x))
    right = p[np.arange(len(x)), np.searchsorted(model.classes_, NAMES[y])]
    assert right.min() > 0.5


REFUSED = {
    "continuous": (np.linspace(0, 1, 45), "Unknown label type: continuous"),
    "NaN": (np.where(Y, Y, np.nan), "Input y contains NaN"),
    "masked": (np.ma.masked_equal(Y, Y[7]), "y with masked labels"),
    "None inside": (np.where(Y, Y, None), "Input y contains NaN"),
    "NA": (pd.Series([pd.NA, *Y[1:]], dtype="Int64"), "Input y contains NaN"),
    "infinite": (np.where(Y, Y, np.inf), "Input y contains infinity"),
    "mixed list": (["a", 1, 2] * 15, "uniformly strings or numbers"),
    "mixed": (np.array(["a", 1, 2] * 15, dtype=object), "uniformly strings or number"),
    "no time among text": (np.array([pd.NaT, *"ab" * 22]), "Input y contains NaN"),
    "complex": (Y + 1j, "Unknown label type"),
    "times": (Y.astype("datetime64[D]"), "Unknown label type"),
    "bytes": (Y.astype("S1"), "Unknown label type"),
    "two columns": (np.stack([Y, Y], axis=1), "y should be a 1d array"),
    "too few": (Y[:-1], "one label for each of the 45 rows"),
    "a single one": (3, "y should be a 1d array"),
    "None": (None, "requires y to be passed"),
}


@pytest.mark.parametrize("name", TOLD)
@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_label_is_refused_by_fit_and_by_score(name, case):
    y, message = REFUSED[case]
    with pytest.raises(ValueError, match=message):
        make(name).fit(X, y)
    if name in CLASSIFIERS or case != "a single one":  # one label for all rows
        with pytest.raises(ValueError, match=message):
            fitted(name, X, Y).score(X, y)


@pytest.mark.parametrize("name", TOLD)
def test_numbers_where_text_was_learned_are_refused_and_the_reverse(name):
    with pytest.raises(ValueError, match="are numbers, such as .* got text"):
        fitted(name, X, Y).score(X, Y.astype(str))
    with pytest.raises(ValueError, match="are text, such as .* got numbers"):
        fitted(name, X, NAMES[Y]).score(X, Y)


@pytest.mark.parametrize("name", TOLD)
def test_as_many_classes_as_a_file_may_have_and_no_more(name, tmp_path):
    many, short = np.arange(MAX_CLASSES + 1), {"epochs": 1, "max_iter": 1}
    rows = np.tile(X[:1], (len(many), 1)) * (many / len(many))[:, None]
    with pytest.raises(ValueError, match="1001 classes; expected at most 1000"):
        make(name, **short).fit(rows, many)
    model = make(name, **short).fit(rows[:-1], many[:-1])
    if hasattr(model, "save"):
        model.save(tmp_path / "model.npz")
        np.testing.assert_array_equal(load(tmp_path / "model.npz").classes_, many[:-1])


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_one_class_is_nothing_to_classify(name):
    with pytest.raises(ValueError, match="only one class"):
        make(name).fit(X, np.zeros(45))


@pytest.mark.parametrize("classes", [[2, 1, 0], [1, 1, 2], [[0], [1], [2]], [0, 1, "a"],
                                     [0, 1, None], [], "abc", [0.5, 1, 2]])
def test_a_file_with_classes_that_fit_cannot_leave_is_refused(classes, tmp_path):
    model = fitted("StackedClassifier", X, Y)
    described = model.description() | {"classes": classes}
    model.description = lambda: described
    model.save(tmp_path / "model.npz")
    with pytest.raises(CheckpointError, match="expected a list of classes"):
        load(tmp_path / "model.npz")


def conditional(X, y, **options):
    options = {"decoder": "gaussian", "epochs": 80, "learning_rate": 0.01} | options
    return make("ConditionalVariationalAutoencoder", **options).fit(X, y)


def test_a_class_of_the_last_rows_alone_is_refused_where_they_are_not_trained_on():
    model = make("ConditionalVariationalAutoencoder", validation_fraction=0.2)
    y = np.where(np.arange(45) < 36, Y, 7)
    with pytest.raises(ValueError, match=r"the classes \[7\] in the last rows only"):
        model.fit(X, y)
    model.fit(
        X, y, validation_data=(X, y)
    )  # all rows are trained on: nothing to refuse
    with pytest.raises(ValueError, match=r"unknown labels \[7\]"):
        model.fit(X, Y, validation_data=(X, y))


def test_labels_that_are_not_given_are_those_of_the_highest_bound():
    x, y = apart()
    model = conditional(x, NAMES[y])
    for answer in ("transform", "reconstruct", "reconstruction_error"):
        told, guessed = getattr(model, answer)(x, NAMES[y]), getattr(model, answer)(x)
        np.testing.assert_array_equal(guessed, told)
    wrong = model.transform(x, NAMES[(y + 1) % 3])
    assert not np.allclose(wrong, model.transform(x), atol=0.01)
    np.testing.assert_array_equal(model.encoder_output(x, random_state=3),
                                  model.encoder_output(x, NAMES[y], random_state=3))
    for a, b in zip(model.encode_distribution(x),
                    model.encode_distribution(x, NAMES[y]), strict=True):
        np.testing.assert_array_equal(a, b)


def test_guessed_labels_do_not_depend_on_the_other_rows():
    x, y = data(n=2500)
    model = conditional(x, y, epochs=1)
    some = np.r_[0:3, 990:1010, 2490:2500]
    np.testing.assert_allclose(model.transform(x)[some], model.transform(x[some]),
                               atol=1e-5)


@pytest.mark.parametrize("method", ["score", "evaluate", "log_likelihood",
                                    "inverse_transform", "fit"])
def test_what_is_of_p_of_x_given_y_needs_y(method):
    model = fitted("ConditionalVariationalAutoencoder")
    argument = X[:, :2] if method == "inverse_transform" else X
    with pytest.raises(ValueError, match="requires y to be passed"):
        getattr(model, method)(argument, None)


def test_the_conditional_bound_of_several_samples_is_evaluated():
    """L_K of q(z|x, y) lies above the ELBO, and is that of the network's own loss."""
    model = conditional(X, Y, objective="iwae", n_samples=5, epochs=20)
    measures = model.evaluate(X, Y)
    assert measures["bound"] > measures["elbo"]
    many = model.log_likelihood(X, Y, n_importance=300).mean
    assert measures["elbo"] < measures["bound"] < many + 0.1


def test_the_conditional_squared_error_is_over_pixels_and_not_over_labels():
    model = conditional(X, Y, epochs=1)
    residual = X - model.reconstruct(X, Y)
    by_hand = np.sum(residual.astype(np.float64) ** 2, axis=1).mean()
    assert model.reconstruction_error(X, Y) == pytest.approx(by_hand, rel=1e-6)
    assert model.evaluate(X, Y)["sse"] == pytest.approx(by_hand, rel=1e-6)


def test_drawn_reconstructions_of_a_conditional_model_follow_its_label():
    x, y = apart()
    model = conditional(x, y)
    drawn = model.reconstruct(x, y, mode="sample", random_state=0)
    again = model.reconstruct(x, y, mode="sample", random_state=1)
    assert not np.array_equal(drawn, again)
    assert np.mean(drawn.argmax(axis=1) == y) > 0.7  # one in three by chance


def test_a_random_state_gives_the_seed_of_a_generator_and_moves_on():
    def draws(state):
        return check_random_state(state, owner="test").random(4)

    one, same = np.random.RandomState(5), np.random.RandomState(5)
    first = draws(one)
    np.testing.assert_array_equal(draws(same), first)
    second = draws(one)
    assert not np.array_equal(second, first)
    np.testing.assert_array_equal(draws(same), second)
    assert not np.array_equal(draws(np.random.RandomState(6)), first)


def test_without_scikit_learn_a_column_is_warned_of_as_well(monkeypatch):
    import sys

    monkeypatch.delitem(sys.modules, "sklearn.exceptions")
    with pytest.warns(UserWarning, match="column-vector y") as seen:
        check_labels(Y[:, None], 45, "test")
    assert seen[0].category is UserWarning


@pytest.mark.parametrize("broken", [[0, np.nan, 1], [np.nan] * 3])
def test_a_row_with_any_score_that_is_nan_has_no_class(broken):
    scores = np.array([[0, 1, 2], broken])
    with pytest.raises(ValueError, match="no prediction for row 1: its scores are NaN"):
        most_probable(scores, np.arange(3), "Model")


@pytest.mark.parametrize("names", [NAMES, np.arange(3)], ids=["text", "numbers"])
@pytest.mark.parametrize("none", [[], np.zeros(0), np.zeros(0, str)], ids=repr)
def test_samples_of_no_label_are_refused(names, none):
    model = conditional(X, names[Y], epochs=1)
    with pytest.raises(ValueError, match=r"Found array with 0 sample\(s\)"):
        model.sample(none)


@pytest.mark.parametrize("given", [X, X[:2], (X,), (X, Y, Y), "xy"],
                         ids=["rows", "two rows", "one", "three", "text"])
def test_validation_data_are_rows_and_their_labels(given):
    with pytest.raises(ValueError, match=r"validates on a pair \(X, y\), rows and"):
        fitted("ConditionalVariationalAutoencoder").fit(X, Y, validation_data=given)
