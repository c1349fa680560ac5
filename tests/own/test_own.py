"""Pieces of one's own, of every kind: they train as the package's do, on both backends.

The pieces are those of lecture 14. What happens to a wrong one: test_own_mistakes.py.
"""

import copy
import pickle
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import recipes
from readings import bits
from recipes import KINDS, model_of, piece_of
from sklearn.base import clone

from scratchae import Autoencoder, VariationalAutoencoder, backend, check_model, load
from scratchae.formulas.activations import ACTIVATIONS
from scratchae.models import try_backends
from scratchae.networks.corruptions import Masking
from scratchae.networks.penalties import L1, TopK
from scratchae.networks.pixels import BernoulliPixels, GaussianPixels
from scratchae.networks.posteriors import DiagonalPosterior, FullPosterior
from scratchae.training import loop

pytestmark = [pytest.mark.lecture14,
              pytest.mark.filterwarnings("ignore:no kernel for:UserWarning")]
every_kind = pytest.mark.parametrize("kind", KINDS)
both_backends = pytest.mark.parametrize("which", ["numpy", "numba"])


@pytest.fixture(scope="module")
def x():
    return recipes.clocks(np.random.default_rng(0).uniform(0, 6.28, 48))


@every_kind
@both_backends
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_it_trains_in_the_models_dtype_and_the_loss_falls(kind, which, dtype, x):
    with backend(which):
        model = model_of(kind, dtype=dtype, epochs=20).fit(x)
    assert model.transform(x).dtype == model.parameters_.theta.dtype == dtype
    assert model.history_["loss"][-1] < model.history_["loss"][0]


@every_kind
@both_backends
def test_its_gradient_is_checked_by_one_call(kind, which, x):
    columns = slice(None if kind == "corruption" else 16)  # that one needs a picture
    with backend(which):
        report = check_model(model_of(kind), x[:2, columns])
    assert report.passed and len(report.rows) >= 8, report


@every_kind
def test_kernels_and_numpy_give_the_same_training(kind, x):
    found = []
    for which in ("numpy", "numba"):
        with backend(which):
            found.append(model_of(kind, dtype="float64").fit(x).parameters_.theta)
    scale = np.abs(found[0]).max()
    np.testing.assert_allclose(found[1], found[0], rtol=0, atol=1e-9 * scale)


@every_kind
def test_a_saved_model_comes_back_with_the_same_bits(kind, x, tmp_path):
    model = model_of(kind).fit(x)
    model.save(tmp_path / "own.npz")
    again = load(tmp_path / "own.npz", **piece_of(kind))
    assert np.array_equal(again.transform(x), model.transform(x))
    assert np.array_equal(again.reconstruct(x), model.reconstruct(x))


@every_kind
def test_a_pickled_and_a_copied_model_have_the_same_bits(kind, x):
    model = model_of(kind).fit(x)
    for again in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        assert np.array_equal(again.transform(x), model.transform(x))


@every_kind
def test_a_clone_has_its_parameters_and_trains_to_the_same_bits(kind, x):
    model = model_of(kind).fit(x)
    again = clone(model)
    for name in piece_of(kind):
        assert type(again.get_params()[name]) is type(model.get_params()[name])
    assert np.array_equal(again.fit(x).transform(x), model.transform(x))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if piece_of(kind)])
def test_set_params_takes_an_object_for_a_name_and_a_name_for_an_object(kind, x):
    own, named = model_of(kind), type(model_of(kind))()
    for name, piece in piece_of(kind).items():
        default = named.get_params()[name]
        assert own.set_params(**{name: default}).get_params()[name] == default
        assert own.fit(x).set_params(**{name: piece}).get_params()[name] is piece
        assert np.isfinite(own.fit(x).history_["loss"]).all()


@every_kind
def test_a_stopped_training_resumes_to_the_same_bits(kind, x, tmp_path, monkeypatch):
    whole, path = model_of(kind).fit(x), tmp_path / "own.npz"
    part, keep = model_of(kind), []

    def stop(network, *args, train_epoch=loop._train_epoch, **kwargs):
        keep.append(1)
        if len(keep) > 2:
            raise KeyboardInterrupt
        return train_epoch(network, *args, **kwargs)

    monkeypatch.setattr(loop, "_train_epoch", stop)
    part.fit(x, checkpoint=path)
    monkeypatch.undo()
    assert len(part.history_["loss"]) == 2
    resumed = model_of(kind).fit(x, resume=path)
    assert np.array_equal(resumed.parameters_.theta, whole.parameters_.theta)


@every_kind
def test_several_threads_ask_and_train_at_once(kind, x):
    """With one object in all models: it has no state of a training."""
    model, piece = model_of(kind).fit(x), piece_of(kind)
    with ThreadPoolExecutor(4) as pool:
        codes = [*pool.map(lambda _: model.transform(x), range(8))]
        fits = [*pool.map(lambda _: model_of(kind, **piece).fit(x), range(4))]
    assert all(np.array_equal(c, model.transform(x)) for c in codes)
    assert all(np.array_equal(m.parameters_.theta, model.parameters_.theta)
               for m in fits)


NAMED = [
    ("Autoencoder", "activation", "tanh", ACTIVATIONS["tanh"]),
    ("Autoencoder", "loss", "bernoulli", BernoulliPixels()),
    ("DenoisingAutoencoder", "corruption", "masking", Masking(0.3)),
    ("VariationalAutoencoder", "decoder", "bernoulli", BernoulliPixels()),
    ("VariationalAutoencoder", "decoder", "gaussian", GaussianPixels()),
    ("VariationalAutoencoder", "posterior", "diagonal", DiagonalPosterior(2)),
    ("VariationalAutoencoder", "posterior", "full", FullPosterior(2)),
    ("SparseAutoencoder", "penalty", "l1", L1()),
    ("SparseAutoencoder", "penalty", "top_k", TopK(1)),
]


@both_backends
@pytest.mark.parametrize("model, parameter, name, piece", NAMED)
def test_a_name_and_the_packages_own_object_give_one_training(
    model, parameter, name, piece, which, x, tmp_path
):
    cls = getattr(recipes.scratchae, model)
    with backend(which):
        more = {"n_active": 1} if parameter == "penalty" else {}
        named, own = (
            cls(**recipes.OPTIONS | more | {parameter: value, "dtype": "float64"})
            .fit(x) for value in (name, piece)
        )
        own.save(tmp_path / "m.npz")
        given = {} if parameter == "activation" else {parameter: piece}
        again = load(tmp_path / "m.npz", **given)
    np.testing.assert_allclose(own.parameters_.theta, named.parameters_.theta,
                               rtol=0, atol=1e-9)
    np.testing.assert_array_equal(again.transform(x), own.transform(x))


def test_a_posterior_of_another_width_is_refused(x):
    model = model_of("posterior", posterior=DiagonalPosterior(3), n_components=2)
    with pytest.raises(ValueError, match="has k=3; expected n_components=2"):
        model.fit(x)


class Scaled(recipes.LogisticPixels):
    """Squared error times exp(v), minus v: one parameter of its own, learned."""

    shapes = {"v": (1,)}

    def attach(self, parameters):
        self.v, self.dv = parameters.values["v"], parameters.gradients["v"]

    def forward(self, m, x):
        e, n = m - x, len(x)
        square = np.sum(e * e, axis=1)
        return np.exp(self.v) * square - self.v, (e, np.exp(self.v) * square, n)

    def backward(self, d_loss, cache):
        e, scaled, _ = cache
        self.dv[...] = np.sum(d_loss * (scaled - 1))
        return 2 * np.exp(self.v) * d_loss[:, None] * e


@both_backends
def test_pixels_may_have_a_parameter_of_their_own(which, x):
    with backend(which):
        model = VariationalAutoencoder(**recipes.OPTIONS, decoder=Scaled())
        report = check_model(model, x[:2])
        assert report.passed and "v" in [row.name for row in report.rows], report
        assert model.fit(x).parameters_.values["v"] != 0


def test_models_with_one_object_do_not_share_its_parameters(x):
    pixels = Scaled()
    one, other = (VariationalAutoencoder(**recipes.OPTIONS, decoder=pixels)
                  for _ in range(2))
    before = one.fit(x).score(x)
    other.set_params(epochs=20).fit(x)
    assert one.score(x) == before


def test_that_there_is_no_kernel_is_said_once_where_kernels_serve(x, kernels):
    class Fresh(recipes.Gated):
        pass

    def said(which):
        with backend(which), warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            Autoencoder(**recipes.OPTIONS, layer=Fresh()).fit(x)
        return [str(w.message) for w in caught if "no kernel" in str(w.message)]

    assert said("numpy") == []
    assert said("numba") == ["no kernel for Fresh(): its own functions serve"]
    assert said("numba") == []


@pytest.mark.parametrize("kind", [k for k in KINDS if k not in ("penalty", "model")])
def test_every_kind_of_piece_that_kernels_would_serve_says_so(kind, x, kernels):
    _, parameter, piece, _ = KINDS[kind]
    fresh = type(f"Fresh {kind}", (getattr(recipes, piece),), {})
    model = model_of(kind, epochs=1, **{parameter: fresh()})
    with backend("numba"), pytest.warns(UserWarning) as caught:
        model.fit(x)
    said = [str(w.message) for w in caught if "kernel" in str(w.message)]
    assert said == [f"no kernel for Fresh {kind}(): its own functions serve"]


def test_the_model_that_is_tried_on_the_backends_stays_as_it_is(x, kernels):
    model = Autoencoder(**recipes.OPTIONS | {"random_state": np.random.default_rng(0)})
    before = bits(vars(model))
    assert try_backends(model, x, x[:2]) == ["numba", "numpy"]
    assert bits(vars(model)) == before


def test_a_model_whose_loss_has_not_fallen_serves_on_no_backend(x):
    one_epoch = Autoencoder(**recipes.OPTIONS | {"epochs": 1})
    assert try_backends(one_epoch, x, x[:2]) == []


def test_an_own_loss_is_among_the_figures_and_is_the_score(x):
    model = model_of("loss", dtype="float64").fit(x)
    out = model.decoder_.predict(model.encoder_.predict(x))
    losses, _ = recipes.LogisticPixels().forward(out, np.asarray(x, np.float64))
    figures = model.evaluate(x)
    assert figures["reconstruction"] == pytest.approx(losses.mean(), rel=1e-12)
    assert model.score(x) == -figures["reconstruction"] != -figures["sse"]


def test_a_posterior_without_log_ratio_estimates_no_log_p(x):
    """The one of mu and log_var would give another number for another q."""
    model = model_of("posterior").fit(x)
    with pytest.raises(AttributeError, match="Softplus has no method 'log_ratio'"):
        model.log_likelihood(x, 5)


def test_a_posterior_is_drawn_from_as_in_training(x):
    model = model_of("posterior", dtype="float64").fit(x)
    head = model.encoder_.predict(x)
    eps = np.random.default_rng(0).normal(size=(len(x), 2))
    z = model.network_.posterior.sample(head, eps)
    np.testing.assert_allclose(z, head[:, :2] + np.log1p(np.exp(head[:, 2:])) * eps)
    assert model.reconstruct(x, mode="sample", random_state=0).shape == x.shape
