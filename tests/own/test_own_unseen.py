"""Mistakes in a piece of one's own, or with it, that used to go without a word."""

from copy import deepcopy
from pickle import dumps, loads

import numpy as np
import pytest

from scratchae import Autoencoder, SparseAutoencoder, VariationalAutoencoder
from scratchae.models import check_model

pytestmark = [pytest.mark.lecture14,
              pytest.mark.filterwarnings("ignore:no kernel", "ignore:.*training ended")]
SMALL = {"n_components": 2, "hidden_layer_sizes": (4, 4), "epochs": 2, "batch_size": 20,
         "verbose": False, "random_state": 0}


@pytest.fixture
def x():
    return np.random.default_rng(0).random((40, 6))


class Scaled:
    """Squared error with a scale that is learned."""

    shapes = {"log_s": (1,)}

    def attach(self, parameters):
        self.log_s = parameters.values["log_s"]
        self.d_log_s = parameters.gradients["log_s"]

    def forward(self, out, x):
        away = (out - x) * np.exp(-self.log_s)
        return np.sum(0.5 * away**2 + self.log_s, axis=1), away

    def backward(self, d_loss, away):
        self.fill(np.sum(d_loss[:, None] * (1 - away**2)))
        return d_loss[:, None] * away * np.exp(-self.log_s)

    def fill(self, gradient):
        self.d_log_s[...] = gradient


class AddedUp(Scaled):
    def fill(self, gradient):
        self.d_log_s[...] += gradient


def test_a_gradient_that_is_added_up_from_batch_to_batch_is_found(x):
    assert check_model(Autoencoder(**SMALL, loss=Scaled()), x[:3]).passed
    assert not check_model(Autoencoder(**SMALL, loss=AddedUp()), x[:3]).passed


class Plain:
    """A dense layer."""

    def shapes(self, d_in, d_out):
        return {"W": (d_in, d_out)}

    def forward(self, x, p):
        return x @ p["W"], x

    def backward(self, dy, p, x):
        return dy @ p["W"].T, {"W": x.T @ dy}


class WritesForward(Plain):
    def forward(self, x, p):
        W = p["W"]
        W *= 0.5
        return x @ W, x


class WritesBackward(Plain):
    def backward(self, dy, p, x):
        p["W"][...] -= 0.1 * (x.T @ dy)
        return super().backward(dy, p, x)


@pytest.mark.parametrize("layer", [WritesForward(), WritesBackward()])
def test_a_layer_only_reads_its_parameters(layer, x):
    with pytest.raises(ValueError, match="read-only"):
        Autoencoder(**SMALL, layer=layer).fit(x)


def test_a_forward_that_writes_leaves_a_fitted_model_as_it_was(x):
    layer = Plain()
    model = Autoencoder(**SMALL, layer=layer).fit(x)
    before = model.transform(x)
    for own in model.encoder_.layers[:-1]:
        own.layer = WritesForward()
    with pytest.raises(ValueError, match="read-only"):
        model.transform(x)
    for own in model.encoder_.layers[:-1]:
        own.layer = layer
    np.testing.assert_array_equal(model.transform(x), before)


class Returned(Plain):
    def initialise(self, p, rng):
        return {name: rng.normal(size=value.shape) for name, value in p.items()}


def test_an_initialise_that_returns_its_numbers_is_told_where_they_belong(x):
    with pytest.raises(TypeError, match=r"Returned\.initialise returned dict; expected "
                                        r"None: it writes into p"):
        Autoencoder(**SMALL, layer=Returned()).fit(x)


class Remembers:
    """Keeps what it needs in a dict of its own."""

    def __init__(self):
        self.kept, self.seen = {}, []

    def forward(self, a):
        self.kept["h"] = np.tanh(a)
        self.seen.append(float(a.real.mean()))
        return self.kept["h"], None

    def backward(self, dh, _):
        return dh * (1 - self.kept["h"] ** 2)


def test_what_a_piece_keeps_in_a_dict_or_list_is_of_one_layer(x):
    piece = Remembers()
    assert check_model(Autoencoder(**SMALL, activation=piece), x[:3]).passed
    Autoencoder(**SMALL, activation=piece).fit(x)
    assert piece.kept == {} and piece.seen == []


class Softplus:
    """The posterior of lecture 14, with two answers that may be wrong."""

    def size(self, k):
        return 2 * k

    def forward(self, head, eps):
        mu, sigma = head[:, :2], np.log1p(np.exp(head[:, 2:]))
        kl = np.sum(0.5 * (mu**2 + sigma**2 - 1) - np.log(sigma), axis=1)
        return mu + sigma * eps, kl, (mu, sigma, eps)

    def backward(self, dz, d_kl, cache):
        mu, sigma, eps = cache
        da = (dz * eps + d_kl * (sigma - 1 / sigma)) * (1 - np.exp(-sigma))
        return np.concatenate([dz + d_kl * mu, da], axis=1)

    def std(self, head):
        return np.log1p(np.exp(head[:, 2:])).sum(axis=1)

    def log_ratio(self, head, eps, z):
        return np.sum(eps**2 - z**2, axis=1, keepdims=True)


@pytest.mark.parametrize("ask, said", [
    (lambda m, x: m.encode_distribution(x), r"Softplus\.std returned sigma of shape "),
    (lambda m, x: m.log_likelihood(x, n_importance=3),
     r"Softplus\.log_ratio returned log p - log q of shape "),
])
def test_what_a_posterior_answers_has_its_shape(ask, said, x):
    model = VariationalAutoencoder(**SMALL, decoder="gaussian", posterior=Softplus())
    model.fit(x)
    with pytest.raises(ValueError, match=said):
        ask(model, x)


class Half:
    def forward(self, h):
        return np.mean(h**2), h

    def backward(self, d_penalty, h):
        return d_penalty * 2 * h / h.size

    def restrict(self, h):
        return np.tanh(h), None


def test_a_restriction_without_its_gradient_is_refused(x):
    with pytest.raises(TypeError, match="Half has one of restrict and restrict_back"):
        SparseAutoencoder(**SMALL, penalty=Half()).fit(x)


class Taken(Scaled):
    shapes = {"decoder.0.W": (2, 4)}


def test_pixels_do_not_take_the_name_of_a_layers_parameter(x):
    with pytest.raises(ValueError, match=r"Taken\.shapes has 'decoder\.0\.W'"):
        Autoencoder(**SMALL, loss=Taken()).fit(x)


class Numbered(Plain):
    def shapes(self, d_in, d_out):
        return {0: (d_in, d_out)}


def test_parameters_have_names(x):
    with pytest.raises(TypeError, match=r"Numbered\.shapes returned \{0:"):
        Autoencoder(**SMALL, layer=Numbered()).fit(x)


class Steep:
    def __init__(self):
        self.slope = 1.0

    def forward(self, a):
        return np.tanh(self.slope * a), None

    def backward(self, dh, cache):
        return dh


def test_a_piece_changed_after_the_fit_is_copied_as_it_was(x):
    piece, widths = Steep(), [4]
    model = Autoencoder(**SMALL | {"hidden_layer_sizes": widths}, activation=piece)
    before = model.fit(x).transform(x)
    piece.slope, widths[0] = 9.0, 7
    np.testing.assert_array_equal(deepcopy(model).transform(x), before)
    np.testing.assert_array_equal(loads(dumps(model)).transform(x), before)
