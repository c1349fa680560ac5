"""What models say when they refuse something, word for word: who, what it got, and
what it expects instead."""

import numpy as np
import pytest
import recipes
from estimators import data, fitted, make

from scratchae import backend, check_model


@pytest.fixture(autouse=True)
def plain():
    with backend("numpy"):
        yield


X, Y = data()
LAST = np.where(np.arange(40) < 36, Y % 2, 2 + np.arange(40) % 2)  # 2, 3 at the end
LINEAR = recipes.Gated()

OF_PARAMETERS = [
    ("Autoencoder", {"loss": "bernoulli", "output_activation": "tanh"},
     "loss='bernoulli' reads the decoder's output as logits; got "
     "output_activation='tanh', expected 'identity'"),
    ("DenoisingAutoencoder", {"tied_weights": True, "decoder_layer_sizes": (5,)},
     "DenoisingAutoencoder: tied_weights=True needs a decoder of the encoder's layers; "
     "expected decoder_layer_sizes=None and layer='dense'"),
    ("VariationalAutoencoder", {"layer": LINEAR, "activation": "tanh"},
     "VariationalAutoencoder: activation='tanh' is for dense layers; a layer of one's "
     "own has its own. Leave activation as it is"),
    ("VariationalAutoencoder", {"objective": "iwae", "kl_weight": 0.5},
     "VariationalAutoencoder: objective='iwae' has no divergence term to weigh; "
     "expected kl_weight=1, kl_warmup_epochs=0 and free_bits=0"),
    ("ConditionalVariationalAutoencoder", {"gradient_samples": 3, "n_samples": 5},
     "ConditionalVariationalAutoencoder: gradient_samples=3 draws samples by their "
     "weights, which are those of objective='iwae'"),
    ("VariationalAutoencoder", {"free_bits": 0.5, "posterior": "full"},
     "VariationalAutoencoder: free_bits counts the divergence of each dimension apart; "
     "expected posterior='diagonal'"),
    ("VariationalAutoencoder", {"objective": "iwae", "posterior": recipes.Softplus()},
     "VariationalAutoencoder: the gradient of objective='iwae' is derived for "
     "posterior='diagonal' and 'full'"),
    ("DenoisingAutoencoder", {"corrupted_weight": 2.5, "loss": "bernoulli"},
     "DenoisingAutoencoder: corrupted_weight=2.5 is for loss='squared_error'; got "
     "loss='bernoulli'"),
    ("SparseAutoencoder", {"penalty": "kl", "code_activation": "tanh"},
     "SparseAutoencoder: penalty='kl' reads code units as probabilities; got "
     "code_activation='tanh', expected 'sigmoid'"),
    ("SparseAutoencoder", {"penalty": "contractive", "hidden_layer_sizes": (7, 9)},
     "SparseAutoencoder: penalty='contractive' is derived for one encoder layer with a "
     "code_activation among ['sigmoid', 'tanh']; got hidden_layer_sizes=(7, 9) and "
     "'sigmoid'"),
    ("SparseAutoencoder", {"penalty": "top_k", "n_active": 9, "n_components": 7},
     "SparseAutoencoder: n_active=9 must not be more than the n_components=7 units of "
     "the code"),
    ("PCA", {"n_components": 1.5},
     "The 'n_components' parameter of PCA must be an int in the range [1, inf), a "
     "float in the range (0.0, 1.0) or None. Got 1.5 instead."),
]


@pytest.mark.parametrize("name, options, said", OF_PARAMETERS)
def test_parameters_that_do_not_go_together_are_told_with_the_way_out(
    name, options, said
):
    options = {"hidden_layer_sizes": (), **options}
    with pytest.raises(ValueError) as caught:
        make(name, **options).check_parameters()
    assert str(caught.value) == said


@pytest.mark.parametrize("options, told", [
    ({"corrupted_weight": 2.5}, "corrupted_weight=2.5"),
    ({"corrupted_weight": 0}, "corrupted_weight=0"),
    ({"missing": "mask"}, "missing='mask'")])
def test_weights_of_pixels_are_for_no_loss_of_ones_own(options, told):
    mine = recipes.LogisticPixels()
    with pytest.raises(ValueError) as caught:
        make("DenoisingAutoencoder", loss=mine, **options).fit(X)
    assert str(caught.value) == (
        f"DenoisingAutoencoder: {told} is for loss='squared_error'; got loss={mine!r}")


OF_DATA = [
    ("PCA", {"n_components": 5}, X[:4],
     "n_components=5 must be between 1 and min(n_samples, n_features)=4; got "
     "n_samples=4, n_features=6"),
    ("ProbabilisticPCA", {}, X[:1],
     "ProbabilisticPCA needs at least 2 rows of at least 2 features; got n_samples = "
     "1, n_features = 6"),
    ("ProbabilisticPCA", {"n_components": 3}, X[:, [0, 1, 1, 0, 1]],
     "ProbabilisticPCA got data without variance outside n_components=3 directions: "
     "sigma^2 is 0 and the likelihood has no maximum. Use fewer components or PCA; "
     "scale the columns if one is far larger than the others."),
    ("Autoencoder", {"shift": 1.5, "image_shape": (2, 4)}, X,
     "Autoencoder: shift=1.5 moves images, and 6 features are none of "
     "image_shape=(2, 4); expected (height, width) or (height, width, colours) with a "
     "product of 6"),
    ("SparseAutoencoder", {"patience": 3}, X,
     "SparseAutoencoder got patience=3 but nothing to validate on; pass "
     "validation_data or a larger validation_fraction."),
    ("VariationalAutoencoder", {"decoder": "gaussian"}, 0 * X[:9],
     "The data have no variance (n_samples = 9): with a learned decoder_variance the "
     "likelihood has no maximum. Give a number."),
    ("DenoisingAutoencoder", {"missing": "mask"},
     np.where(np.arange(6) % 3 == 1, np.nan, X),
     "Column 1 of X has no number at all: leave it out."),
]


@pytest.mark.parametrize("name, options, x, said", OF_DATA)
def test_data_that_a_fit_refuses_are_told_by_their_numbers(name, options, x, said):
    with pytest.raises(ValueError) as caught:
        make(name, **options).fit(x)
    assert str(caught.value) == said


@pytest.mark.parametrize("name, way_out", [
    ("StackedClassifier", ""),
    ("ConditionalVariationalAutoencoder", ", or pass validation_data")])
def test_labels_that_a_model_refuses_are_told_by_what_they_are(name, way_out):
    with pytest.raises(ValueError) as caught:
        make(name, validation_fraction=0.1).fit(X, LAST)
    assert str(caught.value) == (
        f"{name} got the classes [2, 3] in the last rows only, which "
        "validation_fraction=0.1 keeps from training. Shuffle the rows"
        f"{way_out}.")
    with pytest.raises(ValueError) as caught:
        make(name, patience=2).fit(X, Y)
    ways = "a larger" if not way_out else "validation_data or a larger"
    assert str(caught.value) == (f"{name} got patience=2 but nothing to validate on; "
                                 f"pass {ways} validation_fraction.")


def test_unknown_labels_are_told_with_the_known_ones():
    model = fitted("ConditionalVariationalAutoencoder", epochs=1)
    for y, unknown in (([0, 5, 7], [5, 7]), (9, [9])):
        with pytest.raises(ValueError) as caught:
            model.transform(X[:3], y)
        assert str(caught.value) == (f"ConditionalVariationalAutoencoder got unknown "
                                     f"labels {unknown}; expected some of [0, 1, 2]")


def test_validation_data_without_labels_are_told_by_their_type():
    for validation, kind in ((X, "ndarray"), ((X, Y, Y), "tuple")):
        with pytest.raises(ValueError) as caught:
            make("ConditionalVariationalAutoencoder").fit(
                X, Y, validation_data=validation)
        assert str(caught.value) == (
            "ConditionalVariationalAutoencoder validates on a pair (X, y), rows and "
            f"their labels; got one {kind}")


@pytest.mark.parametrize("together", [tuple, list])
def test_rows_and_labels_to_validate_on_are_a_tuple_or_a_list(together):
    model = make("ConditionalVariationalAutoencoder", epochs=2)
    model.fit(X, Y, validation_data=together([X[:9], Y[:9]]))
    assert np.isfinite(model.history_["val_loss"]).tolist() == [True, True]


def test_what_cannot_be_checked_by_its_gradient_is_told_with_what_can():
    for model, error, said in (
        (make("VariationalAutoencoder", objective="iwae", gradient_samples=3),
         ValueError, "check_model(VariationalAutoencoder): with gradient_samples=3 the "
         "gradient is that of a draw, which no numerical derivative gives; expected "
         "gradient_samples=None"),
        (make("Autoencoder", hidden_layer_sizes=(3000,)), ValueError,
         "check_model(Autoencoder) has 54008 parameters; expected at most 20000: take "
         "fewer features and smaller layers"),
        (make("PCA"), TypeError, "check_model expects a model that learns by "
         "gradients, such as Autoencoder(); got PCA(n_components=2)"),
    ):
        with pytest.raises(error) as caught:
            check_model(model, X)
        assert str(caught.value) == said


@pytest.mark.parametrize("name", ["Autoencoder", "PCA"])
def test_names_of_columns_are_compared_with_those_of_the_fit(name):
    model = fitted(name)
    with pytest.raises(ValueError) as caught:
        model.get_feature_names_out(list("abcde"))
    assert str(caught.value) == ("input_features should have length equal to number "
                                 "of features (6), got 5")


def test_a_code_as_wide_as_the_data_is_warned_of_by_its_numbers():
    for k in (6, 8):
        with pytest.warns(UserWarning) as caught:
            make("Autoencoder", n_components=k, epochs=1).fit(X)
        assert str(caught[0].message) == (
            f"Autoencoder: n_components={k} is not smaller than the 6 features, and "
            "nothing regularises the code. The network can copy its input without "
            "learning about the data.")


@pytest.mark.parametrize("name, method, what", [
    ("PCA", "evaluate", "the squared error"), ("PCA", "score", "the squared error"),
    ("ProbabilisticPCA", "log_likelihood", "log p(x)"),
    ("ProbabilisticPCA", "score", "log p(x)"),
    ("ProbabilisticPCA", "reconstruction_error", "the squared error"),
    ("Autoencoder", "evaluate", "the squared error"),
    ("SparseAutoencoder", "score", "the squared error"),
    ("DenoisingAutoencoder", "reconstruction_error", "the squared error"),
])
def test_what_overflows_is_told_with_its_rows_and_how_many_there_are(
    name, method, what
):
    model, far = fitted(name, dtype="float64"), X[:9].astype(float)
    far[[2, 5]] = [[1e200], [-1e200]]
    with pytest.warns(RuntimeWarning) as caught:
        getattr(model, method)(far)
    assert {str(warning.message) for warning in caught} == {
        f"{name}: {what} is not finite in row 2, 5 (2 of 9): so far from the training "
        "data the numbers overflow."}
