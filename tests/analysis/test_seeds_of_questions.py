"""A seed that is given to a question is the one with which it draws."""

from types import SimpleNamespace

import numpy as np
import pytest
from estimators import data, fitted

from scratchae import analysis, backend

X, Y = data()
NAMES = ["VariationalAutoencoder", "ConditionalVariationalAutoencoder"]
QUESTIONS = {
    "kl_per_dimension": {},
    "active_units": {},
    "mutual_information": {"rng": 3},
}


@pytest.fixture(autouse=True)
def numpy_only():
    """Nothing is compiled: the seed matters, not the kernel."""
    with backend("numpy"):
        yield


def asked(model, question, **more):
    """The answer, with a generator of its own where one is needed."""
    given = {name: np.random.default_rng(s) for name, s in QUESTIONS[question].items()}
    return getattr(analysis, question)(model, X, **given, **more)


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("name", NAMES)
def test_a_question_is_about_the_binary_images_of_its_seed(name, question):
    model = fitted(name, binarize=True)
    labels = {"y": Y} if hasattr(model, "classes_") else {}
    heads = [model.encoder_output(X, *labels.values(), random_state=seed)
             for seed in (7, 8)]
    spreads = [head[:, : model.network_.k].var(axis=0) for head in heads]
    assert (spreads[0] != spreads[1]).all()  # other draws, other codes
    more = labels
    if question == "active_units":  # one unit is active with one seed only
        more = labels | {"threshold": float((spreads[0][0] + spreads[1][0]) / 2)}
    answers = [asked(model, question, random_state=seed, **more) for seed in (7, 8)]
    for head, answer in zip(heads, answers, strict=True):
        known = SimpleNamespace(network_=model.network_,
                                encoder_output=lambda X, y=None, head=head, **_: head)
        np.testing.assert_array_equal(answer, asked(known, question, **more))
    assert np.any(answers[0] != answers[1])


@pytest.mark.parametrize("name", NAMES)
def test_without_a_seed_a_question_is_about_the_images_of_evaluate(name):
    model = fitted(name, binarize=True)
    labels = (Y,) if hasattr(model, "classes_") else ()
    told = {"y": Y} if labels else {}
    kl = analysis.kl_per_dimension(model, X, **told).sum()
    assert kl == pytest.approx(model.evaluate(X, *labels)["kl"], rel=1e-5)
    other = analysis.kl_per_dimension(model, X, random_state=99, **told).sum()
    assert other != pytest.approx(kl, rel=1e-5)


def test_codes_of_a_mixture_are_drawn_by_the_seed_of_their_draw(rng):
    codes = rng.normal(size=(50, 2))
    mixture = analysis.GaussianMixture(2, tol=0.1, random_state=0).fit(codes)
    one, two, again = (mixture.sample(5, random_state=seed) for seed in (1, 2, 1))
    assert not np.any(one == two)
    np.testing.assert_array_equal(one, again)
    assert not np.any(mixture.sample(5) == mixture.sample(5))  # none: new ones
    generator = np.random.default_rng(1)
    np.testing.assert_array_equal(mixture.sample(5, generator), one)
    assert not np.any(mixture.sample(5, generator) == one)  # it goes on


def test_a_fit_spawns_from_a_generator_and_draws_nothing_all_else_draws():
    rng, same = np.random.default_rng(3), np.random.default_rng(3)
    seeds = rng.bit_generator.seed_seq
    model = fitted("Autoencoder").set_params(random_state=rng)
    first, again = (model.fit(X).arrays()["encoder.0.W"].copy() for _ in range(2))
    assert not np.array_equal(first, again) and seeds.n_children_spawned == 6
    assert rng.random() == same.random()
    fitted(NAMES[0]).sample(3, random_state=rng)
    assert rng.random() != same.random() and seeds.n_children_spawned == 6
    before = rng.bit_generator.state
    analysis.GaussianMixture(2, random_state=rng).fit(X)
    assert rng.bit_generator.state != before and seeds.n_children_spawned == 6
