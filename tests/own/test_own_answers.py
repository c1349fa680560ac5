"""What pixels, a posterior and a penalty of one's own may answer besides: of another
shape, or None, the error names class and method, and the fitted model stays."""

import numpy as np
import pytest
import recipes
from recipes import KINDS, model_of
from test_own_restriction import Halved

from scratchae import backend

pytestmark = [pytest.mark.lecture14,
              pytest.mark.filterwarnings("ignore:no kernel for:UserWarning")]


@pytest.fixture
def rows(rng):
    return rng.uniform(size=(40, 6)).astype(np.float32)


WRONG = [lambda out: out[1:], lambda out: out[:, :1], lambda out: 3.0,
         lambda out: None, lambda out: "three"]


def mine(kind, **methods):
    _, parameter, piece, _ = KINDS[kind]
    own = type("Mine", (getattr(recipes, piece),), methods)()
    return model_of(kind, epochs=1, **{parameter: own})


def asked(kind, method, rows):
    """The question of a model that comes to a method of its piece."""
    answers = {"pixels": {"mean": lambda m: m.reconstruct(rows),
                          "sample": lambda m: m.sample(3, mode="sample")},
               "posterior": {"mean": lambda m: m.transform(rows)}}
    return answers[kind][method]


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("kind, method", [
    ("pixels", "mean"), ("pixels", "sample"), ("posterior", "mean")])
def test_an_answer_of_another_shape_is_named(kind, method, wrong, rows):
    def answer(self, array, *rest):
        return wrong(array)

    with backend("numpy"), np.errstate(all="ignore"):
        with pytest.raises((TypeError, ValueError), match=rf"Mine\.{method} returned"):
            model = mine(kind, **{method: answer}).fit(rows)
            asked(kind, method, rows)(model)


@pytest.mark.parametrize("start", [lambda x: x, lambda x: 0.0, lambda x: None])
@pytest.mark.parametrize("kind", ["loss", "pixels"])
def test_a_start_that_is_not_one_number_for_each_column_is_named(kind, start, rows):
    model = mine(kind, start=lambda self, x: start(x))
    with pytest.raises((TypeError, ValueError), match=r"Mine\.start returned"):
        model.fit(rows)
    assert not hasattr(model, "network_")


@pytest.mark.parametrize("method, wrong, message", [
    ("restrict", lambda h: h, "ndarray; expected h, cache"),
    ("restrict", lambda h: (h[1:], None), "h of shape"),
    ("restrict", lambda h: (None, None), "None for h"),
    ("restrict_backward", lambda dh: dh[:, :1], "dh of shape"),
    ("restrict_backward", lambda dh: None, "None for dh"),
])
def test_a_wrong_restriction_is_named(method, wrong, message, rows):
    own = type("Mine", (Halved,), {method: lambda self, h, *rest: wrong(h)})()
    model = model_of("penalty", epochs=1, penalty=own, code_activation="tanh")
    with pytest.raises((TypeError, ValueError), match=rf"{method} returned {message}"):
        model.fit(rows)
    assert not hasattr(model, "network_")


def test_whole_numbers_that_are_drawn_have_the_dtype_of_the_model(rows):
    model = mine("pixels", sample=lambda self, out, rng: (out > 0).astype(int))
    drawn = model.fit(rows).sample(4, mode="sample")
    assert drawn.dtype == model.sample(4).dtype
    assert set(np.unique(drawn)) <= {0, 1}


def complex_too(returned):
    """The first of what a method returned, with an imaginary part."""
    if isinstance(returned, tuple):
        return complex_too(returned[0]), *returned[1:]
    return np.asarray(returned) + 0.5j


@pytest.mark.parametrize("kind, method", [
    (kind, method) for kind, (_, _, piece, _) in KINDS.items()
    for method in ("forward", "backward", "corrupt", "mean", "sample")
    if piece and hasattr(getattr(recipes, piece), method)])
def test_complex_numbers_are_not_trained_by_their_real_part(kind, method, rng):
    base = getattr(getattr(recipes, KINDS[kind][2]), method)
    model = mine(kind, **{
        method: lambda self, *given: complex_too(base(self, *given))})
    x = rng.uniform(size=(40, recipes.SIDE**2)).astype(np.float32)
    with backend("numpy"), pytest.raises(TypeError, match=(
            rf"Mine\.{method} returned complex numbers for \w+; expected real ones")):
        model.fit(x)
        model.reconstruct(x)
        model.sample(3, mode="sample")
    assert hasattr(model, "network_") == (method in ("mean", "sample"))
