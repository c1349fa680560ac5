"""A wrong piece of one's own: the error names her class and method, or check_model the
tensor. Right ones: test_own.py."""

import numpy as np
import pytest
import recipes
from recipes import KINDS, model_of
from test_own import both_backends, x  # noqa: F401

from scratchae import Autoencoder, CheckpointError, backend, check_model, load

pytestmark = [pytest.mark.lecture14,
              pytest.mark.filterwarnings("ignore:no kernel for:UserWarning")]


class Other(recipes.Sine):
    """The same activation under another name."""


def wrong(kind, method, change):
    """A model whose piece's method returns what `change` makes of the right answer."""
    _, parameter, piece, _ = KINDS[kind]
    right = getattr(recipes, piece)

    def changed(self, *args):
        return change(getattr(right, method)(self, *args))

    return model_of(kind, **{parameter: type("Mine", (right,), {method: changed})()})


def first(change):
    """The same change to the first of two things, or three."""
    return lambda returned: (change(returned[0]), *returned[1:])


def without_W(returned):
    dx, gradients = returned
    return dx, {name: g for name, g in gradients.items() if name != "W"}


def fewer_rows(array):
    return array[1:]


def one_column(array):
    return array[:, :1]


MISTAKES = [
    ("activation", "backward", one_column, r"Mine\.backward returned da of shape"),
    ("activation", "forward", first(fewer_rows),
     r"Mine\.forward returned h of shape"),
    ("activation", "forward", lambda r: r[0], r"Mine\.forward returned ndarray; exp"),
    ("activation", "backward", lambda r: None,
     r"Mine\.backward returned None for da"),
    ("layer", "backward", without_W,
     r"Mine\.backward returned gradients of \['V', 'b', 'c'\]; expected those of "
     r"\['V', 'W', 'b', 'c'\]"),
    ("layer", "backward", lambda r: (r[0], r[1] | {"U": 0}),
     r"Mine\.backward returned gradients of \['U', 'V', 'W', 'b', 'c'\]; expected"),
    ("layer", "backward", lambda r: (r[0], [*r[1].values()]),
     r"Mine\.backward returned gradients of <class 'list'>; expected those of"),
    ("layer", "backward", lambda r: (r[0], r[1] | {"W": r[1]["W"].T}),
     r"Mine\.backward returned dW of shape \(\d+, \d+\); expected \(\d+, \d+\)"),
    ("layer", "backward", first(one_column), r"Mine\.backward returned dx of shape"),
    ("layer", "backward", lambda r: r[0], r"Mine\.backward returned ndarray; expected"),
    ("layer", "forward", first(fewer_rows), r"Mine\.forward returned y of shape"),
    ("layer", "shapes", lambda r: [*r], r"Mine\.shapes returned .*; expected a dict"),
    ("layer", "shapes", lambda r: r | {"b": [3]}, r"Mine\.shapes returned .*; exp"),
    ("layer", "shapes", lambda r: r | {"b": (1.5,)}, r"Mine\.shapes returned .* ints"),
    ("layer", "shapes", lambda r: r | {"b": (-1,)}, r"Mine\.shapes returned .* ints"),
    ("layer", "shapes", lambda r: r | {"b": (True,)}, r"Mine\.shapes returned .* ints"),
    ("activation", "backward", lambda r: (r, None),
     r"Mine\.backward returned tuple for da; expected numbers of shape"),
    ("activation", "forward", first(lambda h: h.real.astype(str) + "?"),
     r"Mine\.forward returned ndarray for h; expected numbers of shape"),
    ("corruption", "corrupt", lambda r: (r, None),
     r"Mine\.corrupt returned tuple for x_tilde; expected numbers of shape"),
    ("penalty", "forward", first(lambda p: np.full(3, p)),
     r"Mine\.forward returned P of shape \(3,\); expected \(\)"),
    ("penalty", "backward", fewer_rows, r"Mine\.backward returned dh of shape"),
    ("penalty", "forward", lambda r: r[0], r"Mine\.forward returned float"),
    ("corruption", "corrupt", fewer_rows,
     r"Mine\.corrupt returned x_tilde of shape"),
    ("corruption", "corrupt", lambda r: None, r"Mine\.corrupt returned None for x_"),
    ("loss", "forward", first(np.mean), r"Mine\.forward returned losses of shape \(\)"),
    ("loss", "backward", one_column, r"Mine\.backward returned d_out of shape"),
    ("pixels", "forward", lambda r: r[0], r"Mine\.forward returned ndarray; expected"),
    ("pixels", "backward", fewer_rows, r"Mine\.backward returned d_out of shape"),
    ("posterior", "forward", first(one_column), r"Mine\.forward returned z of shape"),
    ("posterior", "forward", lambda r: r[:2], r"Mine\.forward returned tuple; expected "
     "z, kl, cache"),
    ("posterior", "forward", lambda r: (r[0], r[1].sum(), r[2]),
     r"Mine\.forward returned kl of shape"),
    ("posterior", "backward", one_column, r"Mine\.backward returned dhead of shape"),
    ("posterior", "size", float, r"Mine\.size returned 4\.0; expected a positive int"),
    ("posterior", "size", lambda size: 0, r"Mine\.size returned 0; expected a positiv"),
]


@both_backends
@pytest.mark.parametrize("kind, method, change, message", MISTAKES)
def test_a_wrong_return_is_named_by_class_and_method(
    kind, method, change, message, which, x  # noqa: F811
):
    model = wrong(kind, method, change)
    with backend(which), pytest.raises((TypeError, ValueError), match=message):
        model.fit(x)
    with backend(which), pytest.raises((TypeError, ValueError), match=message):
        check_model(model, x[:2])
    assert not hasattr(model, "network_")


@pytest.mark.parametrize("shapes", [[3], {"v": 1}, {"v": (1.0,)}, max])
@pytest.mark.parametrize("kind", ["loss", "pixels"])
def test_shapes_of_pixels_that_are_none_are_named(kind, shapes, x):  # noqa: F811
    _, parameter, piece, _ = KINDS[kind]
    own = type("Mine", (getattr(recipes, piece),), {"shapes": shapes})
    with pytest.raises(TypeError, match=r"Mine\.shapes is .*; expected a dict of name"):
        model_of(kind, **{parameter: own()}).fit(x)


DOORS = [
    ({"activation": recipes.Sine}, r"Sine is a class\. Did you mean Sine\(\)\?"),
    ({"layer": recipes.Gated}, r"Gated is a class\. Did you mean Gated\(\)\?"),
    ({"activation": "sliu"}, r"'activation'.* Did you mean 'silu'\?"),
    ({"loss": "squared_eror"}, r"'loss'.* Did you mean 'squared_error'\?"),
    ({"layer": recipes.Sine()}, r"'layer'.* Sine has no method 'shapes'"),
    ({"activation": object()}, r"'activation'.* an object with forward and backward"),
    ({"layer": recipes.Gated(), "tied_weights": True}, r"tied_weights.*layer='dense'"),
    ({"layer": recipes.Gated(), "activation": "tanh"},
     "activation='tanh' is for dense layers; a layer of one's own has its own"),
]


@pytest.mark.parametrize("given, message", DOORS)
def test_what_is_no_piece_is_refused_at_the_door(given, message, x):  # noqa: F811
    with pytest.raises(ValueError, match=message):
        Autoencoder(**recipes.OPTIONS | given).fit(x)


def test_a_method_that_is_missing_is_named(x):  # noqa: F811
    class Half:
        def forward(self, a):
            return a, None

    with pytest.raises(ValueError, match="Half has no method 'backward'"):
        Autoencoder(**recipes.OPTIONS, activation=Half()).fit(x)


@both_backends
@pytest.mark.parametrize("kind", ["activation", "layer", "penalty", "pixels"])
def test_float64_results_become_float32_in_a_float32_model(
    kind, which, x  # noqa: F811
):
    def wide(returned):
        array, rest = returned
        return np.asarray(array, np.float64), rest

    with backend(which):
        codes, exact = (m.fit(x).transform(x) for m in
                        (wrong(kind, "forward", wide), model_of(kind)))
    assert codes.dtype == np.float32
    np.testing.assert_allclose(codes, exact, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("given, message", [
    ({}, r"Sine\(\); load got none. Expected load\(path, activation=Sine\(\)\)"),
    ({"activation": Other()}, r"Sine\(\); load got Other\(\)\. Expected"),
    ({"activation": recipes.Sine}, r"load got Sine, which is a class\. Expected"),
    ({"activation": "relu"}, r"Sine\(\); load got 'relu'\. Expected"),
    ({"activation": recipes.Sine(), "layer": recipes.Gated()},
     r"no object for \['layer'\].*saved as an object: \['activation'\]"),
])
def test_load_says_which_object_it_needs(given, message, x, tmp_path):  # noqa: F811
    model_of("activation").fit(x).save(tmp_path / "own.npz")
    with pytest.raises(CheckpointError, match=message):
        load(tmp_path / "own.npz", **given)


def test_a_training_is_not_resumed_with_another_class(x, tmp_path):  # noqa: F811
    model_of("activation").fit(x, checkpoint=tmp_path / "own.npz")
    with pytest.raises(CheckpointError, match="Sine.*now.*Other"):
        model_of("activation", activation=Other()).fit(
            x, resume=tmp_path / "own.npz")


WRONG_VALUES = [
    ("activation", lambda da: 2 * da, "decoder.0.b"),
    ("code activation", lambda da: -da, "encoder.1.b"),
    ("layer", lambda r: (r[0], r[1] | {"c": 2 * r[1]["c"]}), "decoder.1.c"),
    ("layer", first(lambda dx: -dx), "decoder.0.c"),
    ("penalty", lambda dh: 0.5 * dh, "encoder.1.b"),
    ("loss", lambda d_out: d_out * 2, "decoder.1.b"),
    ("pixels", lambda d_out: d_out / 3, "decoder.1.b"),
    ("posterior", lambda dhead: dhead * np.array([1, 1, 1, 2]), "encoder.1.b"),
]


@both_backends
@pytest.mark.parametrize("kind, change, tensor", WRONG_VALUES)
def test_a_wrong_gradient_is_found_with_its_tensor(
    kind, change, tensor, which, x  # noqa: F811
):
    """The first row that fails, from the loss backwards."""
    with backend(which):
        report = check_model(wrong(kind, "backward", change), x[:2, :16])
    assert [row.name for row in report.rows if not row.passed][0] == tensor, report


class Scaled(recipes.Sine):
    """sin(a / s)."""

    def __init__(self, s=1.0):
        self.s = s

    def forward(self, a):
        return np.sin(a / self.s), np.cos(a / self.s) / self.s


def test_an_object_with_other_numbers_is_another(x, tmp_path):  # noqa: F811
    model = model_of("activation", activation=Scaled(2.0)).fit(x)
    model.save(path := tmp_path / "m.npz")
    same = load(path, activation=Scaled(2.0)).transform(x)
    np.testing.assert_array_equal(same, model.transform(x))
    with pytest.raises(CheckpointError, match=r"Scaled\(s=2.0\); load got Scaled\(s=5"):
        load(path, activation=Scaled(5.0))
    other = model_of("activation", activation=Scaled(5.0))
    with pytest.raises(CheckpointError, match="trained with activation="):
        other.fit(x, resume=path)


def test_the_last_class_of_a_name_is_the_one_that_is_loaded(x, tmp_path):  # noqa: F811
    for version in (1, 2):  # as a cell that is run again
        cls = type("MineAgain", (Autoencoder,), {"version": version})
        cls(2, (4,), epochs=1, verbose=False).fit(x).save(path := tmp_path / "m.npz")
        assert load(path).version == version
        path.unlink()


def test_one_posterior_object_serves_models_of_several_widths(x):  # noqa: F811
    class Remembers(recipes.Softplus):
        def size(self, k):
            self.k = k
            return 2 * k

        def std(self, head):
            return np.log1p(np.exp(head[:, self.k :]))

    one = Remembers()
    models = [model_of("posterior", posterior=one, n_components=k) for k in (2, 3)]
    for model in [*models, *models]:
        assert model.fit(x).transform(x).shape[1] == model.n_components


def test_iwae_is_refused_for_a_posterior_of_ones_own(x):  # noqa: F811
    model = model_of("posterior", objective="iwae", n_samples=3)
    with pytest.raises(ValueError, match="derived for posterior='diagonal' and 'full'"):
        model.fit(x)


def test_backward_before_forward_says_so(x):  # noqa: F811
    network = model_of("loss").build_network(x.shape[1])
    with pytest.raises(RuntimeError, match="backward was called before forward"):
        network.backward()
