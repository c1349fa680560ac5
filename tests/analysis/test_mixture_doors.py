"""What a mixture refuses and in whose name, and what it leaves as it was."""

import numpy as np
import pytest

from scratchae import NotFittedError
from scratchae.analysis import GaussianMixture, nearest_neighbours, neighbour_error

CODES = np.random.default_rng(0).normal(size=(30, 2))
QUESTIONS = ["score_samples", "score"]


def fitted():
    return GaussianMixture(2, max_iter=5, tol=0, random_state=0).fit(CODES)


def spoiled(value):
    codes = CODES.copy()
    codes[-1, 0] = value
    return codes


BAD = {
    "NaN": (spoiled(np.nan), "Input X contains NaN"),
    "infinity": (spoiled(-np.inf), "Input X contains infinity"),
    "one row": (CODES[0], "Expected 2D array, got 1D"),
    "no rows": (CODES[:0], r"0 sample\(s\).*required by GaussianMixture"),
}
OTHERS = {  # one column would be compared with both means of a component
    width: (np.ones((9, width)), f"X has {width} features, but GaussianMixture is "
            "expecting 2 features") for width in (1, 3)}


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("case", [*BAD, *OTHERS])
def test_codes_without_a_density_are_refused(case, question):
    codes, words = (BAD | OTHERS)[case]
    with pytest.raises(ValueError, match=words):
        getattr(fitted(), question)(codes)


@pytest.mark.parametrize("case", BAD)
def test_a_second_fit_that_is_refused_leaves_the_first(case):
    codes, words = BAD[case]
    mixture, as_before = fitted(), fitted().score_samples(CODES)
    with pytest.raises(ValueError, match=words):
        mixture.fit(codes)
    np.testing.assert_array_equal(mixture.score_samples(CODES), as_before)
    assert len(mixture.history_) == 5


def test_a_second_fit_that_collapses_leaves_the_first():
    mixture, as_before = fitted(), fitted().score_samples(CODES)
    mixture.set_params(reg_covar=0.0)
    with pytest.raises(ValueError, match="collapsed onto too few rows"):
        mixture.fit(np.outer(np.arange(9.0), [1, 2, 3]))
    np.testing.assert_array_equal(mixture.score_samples(CODES), as_before)
    assert mixture.n_features_in_ == 2 and len(mixture.history_) == 5


@pytest.mark.parametrize("ask", [*QUESTIONS, "sample"])
def test_before_its_fit_a_mixture_has_no_density(ask):
    given = () if ask == "sample" else (CODES,)
    with pytest.raises(NotFittedError, match="This GaussianMixture instance"):
        getattr(GaussianMixture(2), ask)(*given)


@pytest.mark.parametrize("bad", [0, -1, 1.5, "2", None])
def test_samples_are_a_whole_number_of_them_and_one_unless_told_otherwise(bad):
    assert fitted().sample().shape == (1, 2) and fitted().sample(7).shape == (7, 2)
    with pytest.raises(ValueError,
                       match="'n_samples' parameter of GaussianMixture.sample"):
        fitted().sample(bad)


def test_the_codes_stay_as_they_are_and_are_computed_with_in_64_bits():
    codes = CODES.astype(np.float32)
    codes.flags.writeable = False
    mixture = fitted().fit(codes)
    exact = fitted().fit(codes.astype(float))
    np.testing.assert_array_equal(mixture.covariances_, exact.covariances_)
    assert mixture.score_samples(codes).dtype == mixture.means_.dtype == np.float64


def test_labels_beside_the_codes_change_nothing():
    """As a Pipeline hands them on."""
    labels = np.arange(30) % 3
    mixture = GaussianMixture(2, max_iter=5, tol=0, random_state=0).fit(CODES, labels)
    np.testing.assert_array_equal(mixture.means_, fitted().means_)
    assert mixture.score(CODES, labels) == fitted().score(CODES)


@pytest.mark.parametrize("bad", [{"tol": -1e-3}, {"max_iter": 0}, {"tol": np.nan},
                                 {"n_components": 1.5}, {"random_state": "one"}])
def test_a_parameter_that_makes_no_mixture_is_named(bad):
    (name,) = bad
    with pytest.raises(ValueError, match=f"'{name}' parameter of GaussianMixture"):
        GaussianMixture(**bad).fit(CODES)


@pytest.mark.parametrize("which, name", [(0, "codes_train"), (1, "codes_test")])
def test_codes_without_neighbours_are_refused_by_their_name(which, name):
    labels = np.arange(30) % 2
    for codes, words in BAD.values():
        given = [CODES, CODES]
        given[which] = codes
        words = words.replace("Input X", f"Input {name}").split(r"\(")[0]
        with pytest.raises(ValueError, match=words):
            nearest_neighbours(*given)
        with pytest.raises(ValueError):
            neighbour_error(given[0], labels[: len(given[0])], given[1],
                            labels[: len(given[1])])
    with pytest.raises(ValueError, match="codes_test has 1 features, but nearest_neig"
                       "hbours is expecting 2"):
        nearest_neighbours(CODES, CODES[:, :1])
