"""What questions about codes say of constant, tiny and broken input."""

import warnings

import numpy as np
import pytest

from scratchae.analysis import LinearProbe, auc, factor_directions

CODES = np.random.default_rng(0).normal(size=(60, 3))
LABELS = np.arange(60) % 3


@pytest.mark.parametrize("constant", [0.0, 0.1, -7.3])
def test_a_probe_of_constant_codes_is_at_its_end_and_says_nothing(constant):
    """With as many of each label the gradient at the start is only rounding."""
    codes = np.full((60, 3), constant)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        probe = LinearProbe().fit(codes, LABELS)
    np.testing.assert_allclose(probe.predict_proba(codes), 1 / 3)


@pytest.mark.parametrize("unit", [1e-100, 1e-18, 1.0, 1e100])
@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_a_factor_is_read_off_codes_in_any_unit_and_place(unit, offset):
    factor = CODES @ [1.0, -2.0, 0.5]
    r2, step = factor_directions(unit * (CODES + offset), {"f": factor})["f"]
    assert r2 == pytest.approx(1, abs=1e-9)
    expected = np.array([1.0, -2.0, 0.5]) / 5.25
    np.testing.assert_allclose(step / unit, expected, rtol=1e-8)


@pytest.mark.parametrize("constant", [0.0, 0.1])
def test_a_factor_that_does_not_vary_has_no_direction(constant):
    found = factor_directions(CODES, {"f": np.full(60, constant)})["f"]
    assert found[0] == 0 and not found[1].any()


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_codes_and_factors_that_are_not_finite_are_refused_by_name(value):
    broken = CODES.copy()
    broken[3, 1] = value
    with pytest.raises(ValueError, match="^Input codes contains"):
        factor_directions(broken, {"slant": LABELS})
    with pytest.raises(ValueError, match="^Input factor 'slant' contains"):
        factor_directions(CODES, {"slant": broken[:, 1]})
    with pytest.raises(ValueError, match="factor 'slant' has 3 values for 60 codes"):
        factor_directions(CODES, {"slant": LABELS[:3]})


def test_scores_kept_as_objects_are_numbers():
    assert auc(np.array([1, 2], object), [3, 2**70]) == 1
    with pytest.raises(ValueError, match="contain NaN"):
        auc([None], [1])
    with pytest.raises(ValueError, match="could not convert"):
        auc(["a"], ["b"])
