"""Each question of the lectures has its written answer, and the numbers are right."""

import functools
import re

import numpy as np
import pytest
from equations import TESTS
from questions import ANSWERS, answers, questions
from scripts import SCRIPTS, every_lecture

from scratchae import PCA
from scratchae.data import load_strokes
from scratchae.data.worms import binomial, load_worms
from scratchae.exact import LinearGaussian, TwoHills
from scratchae.exact.estimators import score_function
from scratchae.exact.inference import importance_weighted_bound
from scratchae.formulas.divergences import kl_diag_gaussian_forward
from scratchae.formulas.information import cross_entropy, entropy, kl_divergence
from scratchae.formulas.losses import bernoulli_nll_forward, squared_error_forward
from scratchae.formulas.penalties import kl_sparsity_forward
from scratchae.formulas.wiener import wiener_denoiser

LINE = LinearGaussian(W=2, sigma=1)  # of lectures 06, 07 and 11, with x = 3


@every_lecture
def test_every_question_has_an_answer_under_the_same_words(script):
    asked, given = questions(script), answers(script.stem[:2])
    assert asked == {number: words for number, (words, _) in given.items()}
    assert [*asked] == [1, 2, 3]
    assert all(len(answer) > 100 for _, answer in given.values())


@every_lecture
def test_the_lines_of_a_derivation_are_lettered_in_order(script):
    for number, (words, answer) in answers(script.stem[:2]).items():
        letters = re.findall(r"^    .*  \(([a-z])\)$", answer, re.M)
        assert letters == [*"abcdefghijk"[: len(letters)]], number
        if words.startswith("Derive"):
            assert len(letters) >= 3, number


@every_lecture
def test_an_answer_is_a_page_of_88_columns_with_no_other_heading(script):
    text = (ANSWERS / f"{script.stem[:2]}.md").read_text()
    title, *lines = text.splitlines()
    assert title == f"# Answers to the questions of lecture {script.stem[:2]}"
    for line in lines:
        assert len(line) <= 88 or line.startswith("## "), line
        assert not line.startswith("#") or re.match(r"## \d\. [A-Z]", line), line


def test_no_file_of_answers_is_without_its_lecture():
    expected = [f"{script.stem[:2]}.md" for script in SCRIPTS]
    assert sorted(path.name for path in ANSWERS.iterdir()) == expected


def test_every_derivation_has_a_test_of_its_last_line():
    tests = (TESTS / "lectures/test_derivations.py").read_text()
    for script in SCRIPTS:
        for number, words in questions(script).items():
            name = f"def test_answer_{script.stem[:2]}_{number}_"
            assert words.startswith("Derive") == (name in tests), name


# The numbers in backticks, each by a function of the library, in their order.


@functools.cache
def digits():
    """Those of a quick run of the course."""
    return load_strokes(2000, 500, random_state=0).x


def of_01_3():
    x, x_test = digits()
    mean = np.broadcast_to(x.mean(axis=0), x_test.shape)
    left = [squared_error_forward(guess, x_test)[0].mean() for guess in (mean, 0)]
    assert left[1] > left[0]
    return [f"{value:.1f}" for value in left]


def of_02_3():
    share = np.cumsum(PCA(100).fit(digits()[0]).eigenvalues_)
    return [f"{np.searchsorted(share / share[-1], 0.9) + 1}"]


def of_03_3():
    one, all_of_them = (kl_sparsity_forward(np.full((1, n), 0.1), 0.05)[0]
                        for n in (1, 400))
    return [f"{one:.4f}", f"{all_of_them:.2f}"]


def of_04_3():
    A, _ = wiener_denoiser(np.zeros(1), np.array([[0.3**2]]), 0.3)
    return [f"{A[0, 0]:.2f}"]


def of_05_3():
    worms = load_worms() / load_worms().sum()
    q = binomial(worms @ np.arange(11) / 10)
    bits = cross_entropy(worms, q), entropy(worms), kl_divergence(worms, q)
    return [f"{1000 * value:.0f}" for value in bits]


def share_too_low(draws, dimensions, repeats):
    """Of naive estimates of p(x), with x = 3 in each dimension, in per cent."""
    z = np.random.default_rng(1).standard_normal((repeats, draws, dimensions))
    log_p = LINE.log_conditional(np.array([3.0]), z[..., None]).sum(axis=2)
    truth = np.exp(dimensions * LINE.log_likelihood(3.0)[0])
    return f"{100 * np.mean(np.exp(log_p).mean(axis=1) < truth):.0f}"


def of_06_1():
    return [share_too_low(1, 1, 100_000), share_too_low(271, 10, 1000)]


def of_06_3():
    return [share_too_low(5, 1, 200_000), share_too_low(1, 1, 100_000)]


def of_07_3():
    bound = LINE.elbo(3.0, [[0.0]], [[[1.0]]])
    values = bound["elbo"][0], LINE.log_likelihood(3.0)[0], bound["gap"][0]
    return [f"{value:.3f}" for value in values]


def of_08_3():
    cost = kl_diag_gaussian_forward(np.zeros((1, 1)), np.full((1, 1), np.log(0.25)))
    move = np.sqrt(2 * cost[0][0])
    same = kl_diag_gaussian_forward(np.full((1, 1), move), np.zeros((1, 1)))[0][0]
    assert abs(same - cost[0][0]) < 1e-12
    return [f"{cost[0][0]:.3f}", f"{move:.3f}"]


def of_09_3():
    points, mass = np.polynomial.hermite_e.hermegauss(8)  # exact for these moments
    mass = mass / mass.sum()

    def variance(c):
        drawn = score_function(1.0, points, c)
        return mass @ drawn**2 - (mass @ drawn) ** 2

    grid = np.arange(0, 8, 0.5)
    best = grid[np.argmin([variance(c) for c in grid])]
    return [f"{value:.0f}" for value in (best, variance(best), variance(2.0))]


def of_10_3():
    kl = kl_diag_gaussian_forward(np.zeros((1, 2)), np.zeros((1, 2)))[0]
    x = (np.arange(784) % 3 == 0).astype(float)[None]
    return [f"{-(bernoulli_nll_forward(np.zeros((1, 784)), x)[0] + kl)[0]:.1f}"]


def of_11_3():
    elbo = LINE.elbo(3.0, [[0.0]], [[[1.0]]])["elbo"][0]
    rng = np.random.default_rng(0)
    five, error = importance_weighted_bound(LINE, 3.0, 5, 100_000, rng)
    assert error < 0.01
    return [f"{five - elbo:.1f}"]


def of_12_1():
    p, q = 0.5, 1.0
    assert p * np.log(q / p) > np.log(p * (q / p))
    return [f"{p * np.log(q / p):.3f}"]


def of_12_3():
    x = np.linspace(-8, 8, 20_001)
    hills = TwoHills(2.0, 0.5)
    log_q = -((x - 1.99) ** 2) / 0.5 - np.log(0.5 * np.sqrt(2 * np.pi))
    p = np.exp(hills.log_density(x))
    terms = p * (hills.log_density(x) - log_q) * (x[1] - x[0])
    both = hills.forward_kl(1.99, np.log(0.5))[0]
    return [f"{v:.3f}" for v in (terms[x < 0].sum(), terms[x > 0].sum(), both)]


def of_13_2():
    d, h, ridge = 784, 400, 10
    intensity = [2 * n * d * h / (4 * (n * d + d * h + n * h)) for n in range(1, 200)]
    return [f"{1 + np.argmax(np.array(intensity) > ridge)}", f"{intensity[127]:.1f}"]


def of_13_3():
    moved = 7 * 4 * 652_800
    return [f"{moved / 1e6:.1f}", f"{moved / 10e9 * 1e3:.2f}"]


def of_14_3():
    u = np.linspace(-3, 3, 601)
    loss = 2 * np.log(np.cosh(u)) + np.log(4 * 0.1)
    return [f"{loss.min():.3f}", f"{np.exp(-loss).max():.1f}"]


NUMBERS = {name[3:]: value for name, value in globals().items()
           if name.startswith("of_")}


@pytest.mark.parametrize("which", [
    pytest.param(name, marks=getattr(pytest.mark, f"lecture{name[:2]}"))
    for name in NUMBERS])
def test_numbers_in_backticks_are_those_of_the_library(which):
    lecture, number = which.split("_")
    _, answer = answers(lecture)[int(number)]
    assert re.findall(r"`(-?\d[\d.]*)`", answer) == NUMBERS[which]()


@every_lecture
def test_every_number_in_backticks_is_computed_by_one_of_these(script):
    for number, (_, answer) in answers(script.stem[:2]).items():
        marked = re.search(r"`-?\d", answer) is not None
        assert marked == (f"{script.stem[:2]}_{number}" in NUMBERS), number
