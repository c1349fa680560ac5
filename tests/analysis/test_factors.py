"""Which causes a code carries, and along which direction."""

import numpy as np
import pandas
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score

from scratchae.analysis import factor_directions
from scratchae.data import load_strokes


@pytest.fixture
def codes(rng):
    return rng.normal(size=(4000, 5))


def test_a_factor_is_found_along_its_direction_with_its_share_of_variance(codes, rng):
    w = np.array([0.0, 3, 0, -4, 0])
    factors = {
        "noise": rng.normal(size=4000),
        "exact": 7 + codes @ w,
        "half": codes @ w + 5 * rng.normal(size=4000),  # variance 25 of 50
    }
    found = factor_directions(codes, factors)
    assert [*found] == ["exact", "half", "noise"]  # the best carried comes first
    assert [r2 for r2, _ in found.values()] == pytest.approx([1, 0.5, 0], abs=0.04)
    np.testing.assert_allclose(found["exact"][1], w / 25, atol=1e-9)


def test_a_step_along_the_direction_raises_the_factor_by_one(codes):
    w = np.array([1.0, -2, 0.5, 0, 3])
    (_, step), = factor_directions(codes, {"f": codes @ w}).values()
    assert step @ w == pytest.approx(1)


def test_r2_is_of_rows_that_the_line_has_not_seen(rng):
    """As many codes as rows fit anything, and explain nothing of other rows."""
    codes, noise = rng.normal(size=(80, 39)), rng.normal(size=80)
    (r2, _), = factor_directions(codes, {"noise": noise}).values()
    assert r2 < 0


@pytest.mark.parametrize("constant", [0.0, 3.0, 0.1, -1e6])
def test_what_does_not_vary_in_the_first_half_has_no_step(constant, codes):
    """As of rows that are sorted: a step of 1e16 would be one over a rounding."""
    late = np.where(np.arange(4000) < 2000, constant, constant + codes[:, 0])
    line, rest = codes @ [0.0, 2, 0, 0, 0], late[2000:]
    (r2, step), = factor_directions(codes, {"f": late}).values()
    np.testing.assert_array_equal(step, np.zeros(5))
    assert r2 == pytest.approx(1 - np.mean((rest - constant) ** 2) / rest.var())
    h = np.column_stack([late, codes[:, 1:]])
    (_, step), = factor_directions(h, {"f": line + codes[:, 0]}).values()
    assert step[0] == 0 and step[1] == pytest.approx(0.5, rel=0.1)


def test_the_factors_of_a_data_set_are_those_of_one_of_its_parts(codes):
    data = load_strokes(40, 40)
    assert factor_directions(codes[:40], data.factors[0]).keys() == {*data.factors[0]}
    table = pandas.DataFrame({"f": codes[:, 0]})
    assert factor_directions(codes, table)["f"][0] == pytest.approx(1)
    for given in data.factors, [codes[:, 0]], None, codes:
        with pytest.raises(ValueError, match=(
                r"^The 'factors' parameter of factor_directions must be a dict .*"
                r"dataset\.factors\[0\].* Got .* instead\.$")):
            factor_directions(codes[:40], given)


def test_a_factor_that_never_varies_is_not_carried(codes):
    (r2, step), = factor_directions(codes, {"f": np.full(4000, 3.0)}).values()
    assert r2 == 0 and np.isfinite(step).all()


@pytest.mark.parametrize("spread, shift", [(1, 0), (3, 0), (0.3, 0), (1, 5)])
def test_the_share_is_of_the_variance_in_the_rows_that_were_not_fitted(
    spread, shift, codes, rng
):
    """Those of the other half may be spread and lie otherwise."""
    f = codes @ [1.0, 2, 0, 0, -1] + rng.normal(size=4000)
    h = codes.copy()
    h[2000:] *= spread
    f[2000:] = f[2000:] * spread + shift
    line = LinearRegression().fit(h[:2000], f[:2000])
    expected = r2_score(f[2000:], line.predict(h[2000:]))
    (r2, _) = factor_directions(h, {"f": f})["f"]
    assert r2 == pytest.approx(expected, rel=1e-9)
