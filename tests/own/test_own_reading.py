"""What a piece of one's own is given it may only read: a write is an error at once."""

import numpy as np
import pytest
import recipes
from recipes import KINDS, model_of
from test_own import both_backends

from scratchae import backend
from scratchae.networks.own import penalty_of, pixels_of, posterior_of

pytestmark = [pytest.mark.lecture14,
              pytest.mark.filterwarnings("ignore:no kernel for:UserWarning")]


@pytest.fixture(scope="module")
def x():
    return recipes.clocks(np.random.default_rng(0).uniform(0, 6.28, 8))


def writing(kind, method, place):
    """A model whose piece writes into what that method is given in this place."""
    _, parameter, piece, _ = KINDS[kind]
    right = getattr(recipes, piece)

    def writes(self, *given):
        given[place][...] = 0
        return getattr(right, method)(self, *given)

    return model_of(kind, **{parameter: type("Writes", (right,), {method: writes})()})


@both_backends
@pytest.mark.parametrize("kind, method, place", [
    *((kind, method, 0) for method in ("forward", "backward")
      for kind in ("activation", "layer", "loss", "pixels", "posterior")),
    ("penalty", "forward", 0), ("loss", "forward", 1), ("pixels", "forward", 1),
    ("posterior", "forward", 1), ("corruption", "corrupt", 0),
])
def test_no_array_that_is_given_can_be_written_to(kind, method, place, which, x):
    """What is computed from it later would be another."""
    before = x.copy()
    with backend(which), pytest.raises(ValueError, match="destination is read-only"):
        writing(kind, method, place).fit(x)
    np.testing.assert_array_equal(x, before)


class Told:
    """The numbers of a loss, a penalty or a posterior, and every answer it may give."""

    def asked(self, *given):
        given[self.place][...] = 0

    start = mean = sample = restrict = restrict_backward = kinks = asked
    std = covariance = divergences = log_ratio = standardised = log_det = asked

    def size(self, k):
        return 2 * k


QUESTIONS = {  # a piece as the networks hold it, and what each answer is given
    "pixels": (lambda own: pixels_of(own, {}),
               {"start": 1, "mean": 1, "sample": 1}),
    "penalty": (lambda own: penalty_of(own, 0.1, 1),
                {"restrict": 1, "restrict_backward": 1, "kinks": 1}),
    "posterior": (lambda own: posterior_of(own, 2),
                  {"mean": 1, "sample": 2, "std": 1, "covariance": 1,
                   "divergences": 1, "log_ratio": 3, "standardised": 2, "log_det": 1}),
}


@pytest.mark.parametrize("kind, name, place", [
    (kind, name, place) for kind, (_, names) in QUESTIONS.items()
    for name, count in names.items() for place in range(count)
])
def test_a_question_cannot_be_answered_by_writing_to_what_is_asked_about(
    kind, name, place
):
    own, (held, names) = Told(), QUESTIONS[kind]
    own.place = place
    given = [np.ones((3, 4)) for _ in range(names[name])]
    with pytest.raises(ValueError, match="destination is read-only"):
        getattr(held(own), name)(*given)
    assert all((array == 1).all() for array in given)


@pytest.mark.parametrize("kind", QUESTIONS)
def test_an_answer_that_is_what_was_asked_about_can_be_written_to(kind):
    class Same(Told):
        def asked(self, array, *others):
            return array

        mean = kinks = asked

        def start(self, x):
            return x[0]

        def restrict(self, h):
            return h, None

    held, names = QUESTIONS[kind]
    for name in ("mean", "start", "kinks", "restrict"):
        if name in names:
            given = np.ones((3, 2))
            answer = getattr(held(Same()), name)(given)
            answer = answer[0] if name == "restrict" else answer
            np.testing.assert_array_equal(answer, 1)
            answer[...] = 0
            assert (given == 1).all()


class Marks:
    """A corruption that writes into the images that it is given."""

    def corrupt(self, x, rng):
        x[:, 0] = 0
        return x


class InPlace(recipes.Sine):
    """An activation whose backward writes into the gradient that it is given."""

    def backward(self, dh, slope):
        dh *= slope
        return dh


class Rebinds(recipes.Gated):
    """A layer whose start makes a new W and does not fill the one that is trained."""

    def initialise(self, p, rng):
        p["W"] = rng.normal(size=p["W"].shape)


@pytest.mark.parametrize("model, error", [
    (model_of("corruption", corruption=Marks()), "read-only"),
    (model_of("activation", activation=InPlace()), "read-only"),
    (model_of("activation", output_activation=InPlace()), "read-only"),
    (model_of("layer", layer=Rebinds()), "does not support item assignment"),
])
def test_a_piece_that_writes_where_it_may_only_read_is_stopped(model, error, x):
    before = x.copy()
    with pytest.raises((ValueError, TypeError), match=error):
        model.fit(x, validation_data=x)
    np.testing.assert_array_equal(x, before)
