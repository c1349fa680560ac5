"""A far row and a loss of one's own: infinity and a warning, never NaN or an error."""

import warnings

import numpy as np
import pytest
from estimators import CLASSES, fitted, labels_of
from test_far_rows import answers, numbers

from scratchae import backend

X, Y, ROW = np.random.default_rng(0).normal(size=(40, 5)), np.arange(40) % 3, 3
OPTIONS = [(name, option) for name, cls in CLASSES.items()
           for option in ("loss", "decoder") if option in cls.__init__.__signature__.
           parameters]


class Expanded:
    """|out - x|^2 as three sums, the second of which may be inf - inf."""

    def forward(self, out, x):
        return np.sum(out**2 - 2 * out * x + x**2, axis=1), out - x

    def backward(self, d_loss, residual):
        return 2 * d_loss[:, None] * residual


class Squared(Expanded):
    """The same as one sum, which overflows to inf."""

    def forward(self, out, x):
        return np.sum((out - x) ** 2, axis=1), out - x


@pytest.mark.parametrize("own", [Expanded, Squared])
@pytest.mark.parametrize(("name", "option"), OPTIONS)
def test_no_answer_is_nan_and_what_is_infinite_names_the_row(name, option, own):
    rows = X[:6].copy()
    rows[ROW] *= 1e20
    with backend("numpy"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = fitted(name, X, Y, **{option: own()})
        found = answers(model, rows, Y[:6])
    for question, (answer, told) in found.items():
        values = numbers(answer)
        assert not np.isnan(values).any(), question
        if np.isinf(values).any():
            assert f"row {ROW}" in told, question
        assert "encountered" not in told, question


@pytest.mark.parametrize(("name", "option"), OPTIONS)
def test_the_score_of_a_far_row_is_minus_infinity(name, option):
    rows = X[:6] * np.where(np.arange(6) == ROW, 1e20, 1)[:, None]
    with backend("numpy"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = fitted(name, X, Y, **{option: Expanded()})
    with pytest.warns(RuntimeWarning, match=f"{name}: .* is not finite in row {ROW} "):
        assert model.score(rows, *labels_of(model.score, Y[:6])) == -np.inf


@pytest.mark.filterwarnings("error:.*encountered:RuntimeWarning")
def test_a_far_row_without_a_label_has_a_code_and_the_others_keep_theirs():
    """Its bound is minus infinity under each class, and no NaN."""
    rows = X[:6] * np.where(np.arange(6) == ROW, 1e20, 1)[:, None]
    with backend("numpy"):
        model = fitted("ConditionalVariationalAutoencoder", X, Y, decoder=Expanded())
        codes, near = model.transform(rows), model.transform(X[:6])
    others = np.arange(6) != ROW
    assert not np.isnan(codes).any()
    np.testing.assert_allclose(codes[others], near[others], rtol=1e-5)
