"""Questions of the analysis to every model."""

import numpy as np
import pytest
from estimators import CLASSES, data, fitted, is_finite, make

import scratchae as s
from scratchae import analysis, backend

X, Y = data()


of_every_question = pytest.mark.parametrize("question", [
    "anomaly_scores", "kl_per_dimension", "active_units", "loss_panel",
    "mutual_information"])


@of_every_question
@pytest.mark.parametrize(
    "name", ["VariationalAutoencoder", "ConditionalVariationalAutoencoder"]
)
def test_questions_to_a_variational_model_pass_its_labels_on(name, question, rng):
    """The labels follow the images, as everywhere."""
    model, ask = fitted(name), getattr(analysis, question)
    told = (Y,) if hasattr(model, "classes_") else ()
    more = {"rng": rng} if question == "mutual_information" else {}
    result = ask(model, X, *told, **more)
    if question == "loss_panel":
        result = [value for _, value, _ in result]
    assert is_finite(result)


@of_every_question
@pytest.mark.parametrize("y", [Y, 0.05], ids=["labels", "a number"])
def test_labels_are_refused_by_the_name_of_a_model_that_takes_none(question, y, rng):
    more = {"rng": rng} if question == "mutual_information" else {}
    with pytest.raises(TypeError, match="^VariationalAutoencoder takes no labels. Got"):
        getattr(analysis, question)(fitted("VariationalAutoencoder"), X, y, **more)


WITH_LAYERS = [n for n in CLASSES if "activation" in make(n).get_params()]


@pytest.mark.parametrize("sizes", [(), (8,)], ids=str)
@pytest.mark.parametrize("name", WITH_LAYERS)
def test_filters_and_maximising_images_are_images_of_every_model_with_layers(
    name, sizes
):
    model = fitted(name, hidden_layer_sizes=sizes)
    assert analysis.filters(model).shape[1] == X.shape[1]
    images = analysis.maximising_images(model, norm=2.0, steps=3)
    units = 3 if name == "StackedClassifier" else 2
    assert images.shape == (units, X.shape[1])
    np.testing.assert_allclose(np.linalg.norm(images, axis=1), 2, rtol=1e-5)


@pytest.fixture
def interpreted():
    """Nothing is compiled: what is asked matters, not the kernel."""
    with backend("numpy"):
        yield


@pytest.mark.usefixtures("interpreted")
@pytest.mark.parametrize("sizes", [(), (8,)], ids=str)
@pytest.mark.parametrize("name", WITH_LAYERS)
def test_filters_are_the_weights_of_the_pixels_unit_by_unit(name, sizes):
    """A model that is told labels has theirs below them in its first layer."""
    model = fitted(name, hidden_layer_sizes=sizes)
    W = model.encoder_.layers[0].W
    expected = [[W[pixel, unit] for pixel in range(X.shape[1])]
                for unit in range(W.shape[1])]
    np.testing.assert_array_equal(analysis.filters(model), expected)


@pytest.mark.usefixtures("interpreted")
@pytest.mark.parametrize("sizes", [(), (8,)], ids=str)
@pytest.mark.parametrize("name", WITH_LAYERS)
def test_what_excites_a_unit_has_nothing_of_a_labels_weights(name, sizes):
    """No class is told, so whatever a class would add is not seen."""
    model = fitted(name, hidden_layer_sizes=sizes)
    before = analysis.maximising_images(model, steps=3)
    model.encoder_.layers[0].W[X.shape[1]:] += 7
    np.testing.assert_array_equal(analysis.maximising_images(model, steps=3), before)


@pytest.mark.parametrize("name", WITH_LAYERS)
@pytest.mark.parametrize("question", [analysis.filters, analysis.maximising_images])
def test_who_writes_on_an_answer_changes_no_model(name, question):
    model = fitted(name, hidden_layer_sizes=())
    answer, before = question(model), model.encoder_.layers[0].W.copy()
    answer[...] = 7
    np.testing.assert_array_equal(model.encoder_.layers[0].W, before)


@pytest.mark.parametrize("ask, name, bad", [
    *[(analysis.maximising_images, "norm", bad) for bad in (0, -1.0, np.nan, "1")],
    *[(analysis.loss_panel, "n_importance", bad) for bad in (0, -3, 1.5, "9", None)],
], ids=lambda value: getattr(value, "__name__", str(value)))
def test_a_number_that_makes_no_answer_is_refused_by_its_name(ask, name, bad):
    more = (X,) if ask is analysis.loss_panel else ()
    with pytest.raises(ValueError, match=rf"'{name}' parameter of {ask.__name__}"):
        ask(fitted("VariationalAutoencoder"), *more, **{name: bad})


@pytest.mark.parametrize("bad", [0, 3, 1.5, "1"])
def test_neighbours_are_as_many_as_there_are_rows_at_most(bad):
    near = analysis.nearest_neighbours
    assert near([[0.0], [5]], [[4.0]], 2).tolist() == [[1, 0]]
    with pytest.raises(ValueError, match="'n_neighbours' parameter of nearest_neigh"):
        near([[0.0], [5]], [[4.0]], bad)


@pytest.mark.parametrize("question", [analysis.filters, analysis.maximising_images])
def test_what_has_no_layers_has_no_filters(question):
    with pytest.raises(TypeError, match="a model with layers; got a PCA"):
        question(s.PCA(2).fit(X))
    with pytest.raises(s.NotFittedError, match="is not fitted yet"):
        question(make("Autoencoder"))
