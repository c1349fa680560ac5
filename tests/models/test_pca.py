"""PCA against scikit-learn's and against closed forms."""

import math

import numpy as np
import pytest
from sklearn.decomposition import PCA as Oracle

from scratchae import PCA, ProbabilisticPCA, load
from scratchae.checkpoints.format import write_checkpoint
from scratchae.errors import CheckpointError
from scratchae.formulas.subspaces import principal_angles

pytestmark = pytest.mark.lecture02


@pytest.fixture
def x(rng):
    return rng.normal(size=(200, 9)) @ rng.normal(size=(9, 9)) + 3


SHAPES = [(200, 9), (40, 9), (9, 9), (5, 9), (2, 9), (300, 1), (7, 1)]
OF_SCIKIT_LEARN = (
    "components_", "mean_", "explained_variance_", "explained_variance_ratio_",
    "singular_values_", "n_components_", "n_samples_", "n_features_in_",
)


@pytest.mark.parametrize("whiten", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_all_that_is_learned_agrees_with_scikit_learn(shape, whiten, rng):
    """Signs too: the largest entry of a component is positive. Rank of all: n - 1."""
    n, d = shape
    x = rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + 3
    k = min(n - 1, d)
    ours = PCA(k, whiten=whiten).fit(x)
    theirs = Oracle(k, whiten=whiten, svd_solver="full").fit(x)
    for name in OF_SCIKIT_LEARN:
        np.testing.assert_allclose(
            getattr(ours, name), getattr(theirs, name), rtol=1e-7, atol=1e-9,
            err_msg=name,
        )
    new = 5 * rng.normal(size=(6, d))
    for method in ("transform", "inverse_transform"):
        data = new if method == "transform" else rng.normal(size=(6, k))
        np.testing.assert_allclose(
            getattr(ours, method)(data), getattr(theirs, method)(data), rtol=1e-6,
            atol=1e-8,
        )


@pytest.mark.parametrize("part", [0.01, 0.5, 0.9, 0.99, 1 - 1e-9])
@pytest.mark.parametrize("shape", [(200, 9), (5, 9)])
def test_a_fraction_is_a_number_of_components_as_in_scikit_learn(part, shape, rng):
    x = rng.normal(size=shape) @ rng.normal(size=(9, 9))
    k = PCA(part).fit(x).n_components_
    assert k == Oracle(part, svd_solver="full").fit(x).n_components_
    share = PCA(None).fit(x).explained_variance_ratio_.cumsum()
    assert share[k - 1] > part and (k == 1 or share[k - 2] <= part)


def test_a_fraction_that_is_reached_exactly_takes_one_component_more():
    cross = np.array([[1, 0], [-1, 0], [0, 1], [0, -1.0]])
    assert PCA(0.5).fit(cross).n_components_ == 2
    assert Oracle(0.5, svd_solver="full").fit(cross).n_components_ == 2


def test_none_is_all_components(x):
    assert PCA(None).fit(x).n_components_ == 9
    assert PCA(None).fit(x[:4]).transform(x).shape == (200, 4)


def test_an_explained_variance_is_that_of_its_codes_and_all_add_up(x):
    pca = PCA(None).fit(x)
    np.testing.assert_allclose(
        pca.explained_variance_, pca.transform(x).var(axis=0, ddof=1)
    )
    assert pca.explained_variance_ratio_.sum() == pytest.approx(1)
    assert pca.eigenvalues_.sum() == pytest.approx(x.var(axis=0).sum())


def test_white_codes_have_unit_variance_and_no_correlation(x):
    pca = PCA(4, whiten=True).fit(x)
    np.testing.assert_allclose(np.cov(pca.transform(x).T), np.eye(4), atol=1e-10)
    plain = PCA(4).fit(x)
    np.testing.assert_allclose(pca.reconstruct(x), plain.reconstruct(x), rtol=1e-8)
    assert pca.score(x) == pytest.approx(plain.score(x))


@pytest.mark.parametrize("n", [30, 300])  # singular values; eigenvalues
def test_a_large_offset_costs_no_digits(n, rng):
    noise = rng.normal(size=(n, 4)) * [4, 3, 2, 1]
    near, far = PCA(2).fit(noise), PCA(2).fit(noise + 1e6)
    np.testing.assert_allclose(far.mean_ - 1e6, near.mean_, atol=1e-9)
    np.testing.assert_allclose(far.components_, near.components_, atol=1e-8)
    np.testing.assert_allclose(far.eigenvalues_, near.eigenvalues_, rtol=1e-8)
    np.testing.assert_allclose(far.transform(noise + 1e6), near.transform(noise),
                               atol=1e-7)


def test_the_mean_of_many_large_numbers_is_exact(rng):
    """Row after row added up in one number would be off by 1e-7 here."""
    x = 1e6 + rng.normal(size=(50_000, 2))
    exact = [math.fsum(column) / len(x) for column in x.T]
    np.testing.assert_allclose(PCA(1).fit(x).mean_, exact, rtol=0, atol=3e-10)


@pytest.mark.parametrize("n", [30, 300])
@pytest.mark.parametrize("size", [1e-150, 1e-9, 1e9, 1e150])
def test_the_unit_of_the_data_changes_nothing(size, n, rng):
    x = rng.normal(size=(n, 4)) * [4, 3, 2, 1]
    unit, other = PCA(2).fit(x), PCA(2, whiten=True).fit(x * size)
    np.testing.assert_allclose(other.components_, unit.components_, atol=1e-9)
    np.testing.assert_allclose(other.explained_variance_ratio_,
                               unit.explained_variance_ratio_)
    np.testing.assert_allclose(other.transform(x * size).var(axis=0, ddof=1), 1)


@pytest.mark.parametrize("n", [30, 300])
def test_directions_are_found_where_squares_are_below_all_numbers(n, rng):
    x = rng.normal(size=(n, 4)) * [4, 3, 2, 1]
    tiny = PCA(2).fit(x * 1e-170)
    np.testing.assert_allclose(tiny.components_, PCA(2).fit(x).components_, atol=1e-9)


def test_directions_that_hardly_vary_are_found_where_squares_would_lose_them(rng):
    """Standard deviations 1 and 1e-10: the variances' ratio is beyond float64."""
    turn = np.linalg.qr(rng.normal(size=(2, 2)))[0]
    x = (rng.normal(size=(15, 2)) * [1, 1e-10]) @ turn
    theirs = Oracle(2, svd_solver="full").fit(x)
    np.testing.assert_allclose(
        PCA(2).fit(x).singular_values_, theirs.singular_values_, rtol=1e-4
    )


POOR = {
    "one row": np.full((1, 4), 3.0),
    "one column": np.arange(30.0)[:, None],
    "constant": np.full((30, 4), 0.1),
    "zero": np.zeros((30, 4)),
    "constant columns": np.arange(60.0).reshape(60, 1) * [1, 0, 2, 0] + 5,
    "two rows": np.arange(8.0).reshape(2, 4),
    "equal rows": np.ones((3, 1)) * np.arange(4.0),
    "rank 1": np.outer(np.arange(50.0), [1, 2, 3, 4]),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("whiten", [False, True])
@pytest.mark.parametrize("n_components", [1, 0.9, None])
@pytest.mark.parametrize("case", POOR)
def test_poor_data_are_copied_exactly_by_finite_orthonormal_numbers(
    case, n_components, whiten
):
    x = POOR[case]
    pca = PCA(n_components, whiten=whiten).fit(x)
    V = pca.components_
    np.testing.assert_allclose(V @ V.T, np.eye(len(V)), atol=1e-12)
    for name in OF_SCIKIT_LEARN:
        assert np.isfinite(getattr(pca, name)).all(), name
    np.testing.assert_allclose(pca.reconstruct(x), x, atol=1e-9)  # rank 1 at most
    far = pca.transform(x + 1e6)
    assert np.isfinite(far).all()
    assert pca.inverse_transform(far).shape == x.shape


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("whiten", [False, True])
def test_rows_far_away_have_finite_codes_and_errors(whiten, dtype, x):
    for kind in (np.float32, np.float64):
        pca = PCA(4, whiten=whiten, dtype=dtype).fit(x.astype(kind))
        mean = x.mean(axis=0)
        far = (mean + 1e6 * (x - mean)).astype(kind)
        assert np.isfinite(pca.transform(far)).all()
        assert np.isfinite(pca.reconstruct(far)).all()
        error = pca.reconstruction_error(far)
        assert error == pytest.approx(1e12 * PCA(4).fit(x).reconstruction_error(x),
                                      rel=0.1)


def test_the_data_type_is_that_of_what_comes_out_and_not_of_the_computation(rng):
    x = rng.normal(size=(300, 4)) * [4, 3, 2, 1] + 1e6
    single, double = PCA(2, dtype="float32").fit(x), PCA(2).fit(x)
    np.testing.assert_array_equal(single.components_, double.components_)
    codes = single.transform(x)
    assert codes.dtype == single.inverse_transform(codes).dtype == np.float32
    np.testing.assert_allclose(codes, double.transform(x), atol=1e-5)


def test_order_in_memory_and_a_second_fit_change_nothing_nor_do_they_the_data(x):
    before, first = x.copy(), PCA(3).fit(x)
    for same in (x, np.asfortranarray(x), x[::-1][::-1]):
        again = PCA(3).fit(same)
        np.testing.assert_array_equal(again.components_, first.components_)
        np.testing.assert_array_equal(again.transform(same), first.transform(x))
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("n", [1001, 2000, 2500])
def test_reconstruction_error_is_the_mean_over_all_rows(n, rng):
    """Rows are taken a thousand at a time; the last part counts by its rows."""
    x = rng.normal(size=(n, 3)) * np.linspace(1, 5, n)[:, None]
    pca = PCA(1).fit(x)
    each = np.sum((x - pca.reconstruct(x)) ** 2, axis=1)
    assert pca.reconstruction_error(x) == pytest.approx(each.mean(), rel=1e-12)
    assert pca.evaluate(x) == {"sse": pytest.approx(each.mean())}


def test_score_is_minus_the_error_so_that_a_search_finds_the_better(x):
    few, many = PCA(2).fit(x), PCA(5).fit(x)
    assert few.score(x) == -few.reconstruction_error(x) < many.score(x) < 0


@pytest.mark.parametrize("options", [{"n_components": 0.8}, {"n_components": None},
                                     {"whiten": True, "n_components": 2}])
def test_a_file_keeps_what_was_chosen(options, x, tmp_path):
    pca = PCA(**options).fit(x)
    pca.save(tmp_path / "pca.npz")
    again = load(tmp_path / "pca.npz")
    assert again.get_params() == pca.get_params()
    np.testing.assert_array_equal(again.transform(x), pca.transform(x))
    for name in OF_SCIKIT_LEARN:
        np.testing.assert_array_equal(getattr(again, name), getattr(pca, name))
    pca.set_params(n_components=1).save(tmp_path / "pca.npz")  # of the next fit
    assert load(tmp_path / "pca.npz").n_components_ == again.n_components_


@pytest.mark.parametrize(
    "key, value, message",
    [("n_components", 10, "range"), ("n_components", None, "range"),
     ("n_samples_", 0, "at least 1 row")],
)
def test_a_file_that_claims_what_cannot_be_is_refused(key, value, message, x, tmp_path):
    pca = PCA(2).fit(x)
    description, arrays = pca.description(), pca.arrays()
    if key in arrays:
        arrays[key] = np.array(value)
    else:
        description[key] = value
    write_checkpoint(tmp_path / "pca.npz", description, arrays)
    with pytest.raises(CheckpointError, match=message):
        load(tmp_path / "pca.npz")


def test_reconstructions_agree_with_scikit_learn(x):
    oracle = Oracle(4).fit(x)
    expected = oracle.inverse_transform(oracle.transform(x))
    np.testing.assert_allclose(PCA(4).fit(x).reconstruct(x), expected, rtol=1e-8)


@pytest.mark.parametrize("n, k, most", [(200, 10, 9), (5, 6, 5), (1, 2, 1)])
def test_more_components_than_rows_or_features_are_refused(n, k, most, x):
    words = rf"n_components={k} must be between 1 and min\(n_samples, n_features\)"
    with pytest.raises(ValueError, match=rf"{words}={most}; got n_samples={n}, n_f"):
        PCA(k).fit(x[:n])


@pytest.mark.parametrize("bad", [0, -1, 0.0, 1.0, 1.5, -0.5, np.nan, "all", True, [2]])
@pytest.mark.parametrize("kind", [PCA, ProbabilisticPCA])
def test_what_is_no_number_of_components_is_refused(kind, bad, x):
    with pytest.raises(ValueError, match=rf"of {kind.__name__} must be an int in.*Got"):
        kind(bad).fit(x)


@pytest.mark.parametrize("bad", [{"whiten": "yes"}, {"dtype": "float16"}])
def test_bad_options_are_named(bad, x):
    with pytest.raises(ValueError, match=f"The '{next(iter(bad))}' parameter of PCA"):
        PCA(2, **bad).fit(x)


def test_planes_at_right_angles_have_right_angles():
    """Sines of 1 are rounded to more than 1 in most of these."""
    for seed in range(20):
        Q = np.linalg.qr(np.random.default_rng(seed).normal(size=(6, 6)))[0]
        np.testing.assert_allclose(principal_angles(Q[:3], Q[3:]), np.pi / 2)


@pytest.mark.parametrize("n", [30, 300])  # singular values; eigenvalues
def test_white_codes_of_constant_columns_are_numbers_and_bring_them_back(n, rng):
    x = np.column_stack([rng.normal(size=(n, 2)), np.ones((n, 2))])
    codes = (pca := PCA(4, whiten=True).fit(x)).transform(x)
    assert np.isfinite(codes).all() and np.abs(codes[:, 2:]).max() < 2
    np.testing.assert_allclose(pca.inverse_transform(codes), x, atol=1e-12)
