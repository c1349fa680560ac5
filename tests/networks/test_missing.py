"""Rows that lack something: refused with the ways out, or learned from by a mask."""

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_wine

from scratchae import DenoisingAutoencoder, backend, check_model, load
from scratchae.gradient_checks import run_checks
from scratchae.networks.corruptions import CORRUPTIONS
from scratchae.networks.denoising import DenoisingNetwork, known_mean
from scratchae.rows import MappedRows

pytestmark = pytest.mark.lecture04
SMALL = {"n_components": 3, "epochs": 2, "random_state": 0, "verbose": False}
both = pytest.mark.parametrize("engine", ["numpy", "numba"])


@pytest.fixture
def holes(rng):
    """Standard rows (30, 5), a fifth of them NaN."""
    x = rng.normal(size=(30, 5))
    return np.where(rng.random(x.shape) < 0.2, np.nan, x)


def network(**options):
    return DenoisingNetwork((5, 4, 3), "masking", 0.3, missing=True, dtype=np.float64,
                            **options)


@both
def test_eq_4_2_a_missing_entry_has_weight_zero(engine, holes, rng):
    with backend(engine):
        check_by_hand(holes, rng)


def check_by_hand(holes, rng):
    """Against a sum over what is known, entry by entry."""
    net = network(corrupted_weight=3.0)
    net.initialise(rng, holes)
    drawn = net.draw(holes, rng)
    loss = net.loss(**drawn)["loss"]
    out = net.decoder.predict(net.encoder.predict(drawn["x"]))
    by_hand = 0.0
    for i, j in np.argwhere(~np.isnan(holes)):
        weight = 3.0 if drawn["x"][i, j] != holes[i, j] else 1.0
        by_hand += weight * (out[i, j] - holes[i, j]) ** 2 / len(holes)
    assert loss == pytest.approx(by_hand, rel=1e-12)
    assert (drawn["x"][np.isnan(holes)] == 0).all()


@pytest.mark.parametrize("corruption", CORRUPTIONS)
@both
def test_no_corruption_puts_anything_where_an_entry_is_missing(
    corruption, engine, holes, rng
):
    net = DenoisingNetwork((5, 4, 3), corruption, 0.5, missing=True, dtype=np.float64)
    with backend(engine):
        drawn = net.draw(holes, rng, 1)
    gone = np.isnan(holes)
    assert (drawn["x"][gone] == 0).all() and (drawn["x"] != holes)[~gone].any()
    np.testing.assert_array_equal(drawn["target"], holes)


@pytest.mark.parametrize("weight", [0.0, 0.5, 1.0, 3.0])
@pytest.mark.parametrize("corruption", CORRUPTIONS)
def test_eq_4_2_pixels_that_were_changed_have_their_weight_below_1_too(
    corruption, weight, rng
):
    net = DenoisingNetwork((5, 4, 3), corruption, 0.4, weight, dtype=np.float64)
    x = rng.random((30, 5))
    net.initialise(rng, x)
    with backend("numpy"):
        drawn = net.draw(x, rng, 1)
        loss = net.loss(**drawn)["loss"]
        out = net.decoder.predict(net.encoder.predict(drawn["x"]))
    squares, changed = (out - x) ** 2, drawn["x"] != x
    by_hand = (weight * squares[changed].sum() + squares[~changed].sum()) / 30
    assert loss == pytest.approx(by_hand, rel=1e-12)


def test_the_output_starts_at_the_mean_of_what_is_known(holes, rng):
    net = network()
    net.initialise(rng, holes + 5)
    means = [column[~np.isnan(column)].mean() + 5 for column in holes.T]
    np.testing.assert_allclose(net.decoder.layers[-1].b, means, rtol=1e-12)


@pytest.mark.parametrize("where", ["in memory", "in a file"])
def test_means_are_of_all_blocks_of_rows(where, tmp_path, rng, monkeypatch):
    """Of 2100, and a column that has no number in the first thousand."""
    x = rng.random((2100, 3))
    x[:1000, 1], x[rng.random(2100) < 0.5, 2] = np.nan, np.nan
    means = np.nanmean(x, axis=0)
    if where == "in a file":
        np.save(tmp_path / "x.npy", x)
        x = MappedRows(np.load(tmp_path / "x.npy", mmap_mode="r"), dtype=np.float64)
        monkeypatch.setattr(MappedRows, "__array__", lambda *_: pytest.fail("at once"))
    np.testing.assert_allclose(known_mean(x), means, rtol=1e-12)
    monkeypatch.undo()


def test_of_columns_without_any_number_the_first_is_named(holes, rng):
    holes[:, [1, 3]] = np.nan
    with pytest.raises(ValueError, match="Column 1 of X has no number at all"):
        network().initialise(rng, holes)


@pytest.mark.parametrize("sizes", ["different", "equal", "narrow"])
@both
def test_the_gradient_through_the_mask_agrees_with_the_complex_step(engine, sizes):
    with backend(engine):
        run_checks(["denoising_missing"], sizes=sizes).raise_if_failed()


compare = DenoisingNetwork._compare


def whole_residual(self, out, x, target):
    """Planted: the loss has the mask, its gradient has not."""
    losses, _ = compare(self, out, x, target)
    return losses, out - np.nan_to_num(target)


def zero_for_nan(self, out, x, target):
    """Planted: what is missing is learned as if it were 0."""
    return compare(self, out, x, np.nan_to_num(target))


def test_a_backward_that_forgets_the_mask_is_noticed(monkeypatch):
    monkeypatch.setattr(DenoisingNetwork, "_compare", whole_residual)
    assert not run_checks(["denoising_missing"]).passed


def test_zeros_learned_for_what_is_missing_are_noticed_by_hand(monkeypatch, holes, rng):
    """Loss and gradient agree in that mistake, so that their check passes."""
    monkeypatch.setattr(DenoisingNetwork, "_compare", zero_for_nan)
    assert run_checks(["denoising_missing"]).passed
    with pytest.raises(AssertionError):
        check_by_hand(holes, rng)


def test_without_holes_the_loss_is_that_of_a_network_without_a_mask(rng):
    x, net = rng.normal(size=(30, 5)), network()
    plain = DenoisingNetwork((5, 4, 3), "masking", 0.3, dtype=np.float64)
    for one in (net, plain):
        one.initialise(np.random.default_rng(0), x)
    drawn = [one.draw(x, np.random.default_rng(1)) for one in (net, plain)]
    np.testing.assert_array_equal(drawn[0]["x"], drawn[1]["x"])
    losses = [one.loss(**drawn[1])["loss"] for one in (net, plain)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-12)


@pytest.fixture(scope="module")
def wine():
    """The table of 178 wines, standardised, and the same with a fifth hidden."""
    x = load_wine().data
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    return x, np.where(np.random.default_rng(0).random(x.shape) < 0.2, np.nan, x)


def test_what_is_filled_in_is_nearer_than_the_columns_mean(wine):
    x, holed = wine
    model = DenoisingAutoencoder(3, (20,), missing="mask", level=0.2, epochs=150,
                                 batch_size=32, code_activation="identity",
                                 random_state=0, verbose=False)
    with backend("numpy"):
        filled = model.fit(holed).impute(holed)
    hidden = np.isnan(holed)
    np.testing.assert_array_equal(filled[~hidden], holed[~hidden])
    mean = np.broadcast_to(np.nanmean(holed, axis=0), x.shape)
    errors = [np.mean((guess[hidden] - x[hidden]) ** 2) for guess in (filled, mean)]
    assert errors[0] < 0.75 * errors[1]


@pytest.mark.parametrize("missing", ["error", "mask"])
def test_where_nothing_is_missing_nothing_is_filled_in(missing, holes):
    known = np.nan_to_num(holes)
    model = DenoisingAutoencoder(3, epochs=1, verbose=False, missing=missing).fit(known)
    np.testing.assert_array_equal(model.impute(known), known)
    if missing == "error":
        with pytest.raises(ValueError, match=r"DenoisingAutoencoder\(missing='mask'\)"):
            model.impute(holes)


def test_the_figures_of_a_model_are_of_what_is_known(holes):
    model = DenoisingAutoencoder(**SMALL, missing="mask").fit(holes)
    seen, known = model.reconstruct(holes), ~np.isnan(holes)
    assert np.isfinite(seen).all() and np.isfinite(model.transform(holes)).all()
    by_hand = np.sum(np.where(known, seen - holes, 0) ** 2, axis=1)
    np.testing.assert_allclose(model.evaluate(holes, each=True)["sse"], by_hand,
                               rtol=1e-5)
    assert np.isfinite([*model.evaluate(holes).values()]).all()
    np.testing.assert_array_equal(np.isnan(model.corrupt(holes, 0)), ~known)


def test_a_model_with_a_mask_is_saved_checked_and_resumed(holes, tmp_path):
    model = DenoisingAutoencoder(**SMALL, missing="mask")
    check_model(model, holes[:6]).raise_if_failed()
    model.fit(holes, checkpoint=tmp_path / "m.npz")
    again = load(tmp_path / "m.npz")
    np.testing.assert_array_equal(again.impute(holes), model.impute(holes))
    model.fit(holes, resume=tmp_path / "m.npz")


def test_nan_is_refused_by_the_names_of_the_columns_with_the_ways_out(rng):
    table = pd.DataFrame(rng.normal(size=(9, 3)), columns=["age", "height", "weight"])
    table.loc[[2, 5], "age"] = np.nan
    table.loc[5, "weight"] = np.nan
    ways = "Leave those rows out, or fill them in.*DenoisingAutoencoder"
    with pytest.raises(ValueError, match="Input X contains NaN in 2 of 9 rows: columns "
                       f"'age', 'weight'. {ways}"):
        DenoisingAutoencoder(**SMALL).fit(table)
    with pytest.raises(ValueError, match=r"NaN in 1 of 1 rows: column 2\. "):
        DenoisingAutoencoder(**SMALL).fit([[1.0, 2.0, np.nan]])


@pytest.mark.parametrize("change, message", [
    ({"loss": "bernoulli"}, "missing='mask' is for loss='squared_error'"),
    ({"missing": "maks"}, "Did you mean 'mask'"),
])
def test_what_a_mask_asks_for_is_said(change, message, holes):
    with pytest.raises(ValueError, match=message):
        DenoisingAutoencoder(**SMALL | {"missing": "mask"} | change).fit(holes)


def test_a_column_without_any_number_and_infinity_are_refused(holes):
    model = DenoisingAutoencoder(**SMALL, missing="mask")
    with pytest.raises(ValueError, match="contains infinity"):
        model.fit(np.where(holes > 1, np.inf, holes))
    holes[:, 3:] = np.nan  # of several the first is named
    with pytest.raises(ValueError, match="Column 3 of X has no number at all"):
        model.fit(holes)
    assert not hasattr(model, "network_")


@pytest.mark.parametrize("convert", ["convert_dtypes", "astype"])
def test_what_pandas_calls_na_is_missing_too(convert, holes):
    frame = pd.DataFrame(holes, columns=list("abcde"))
    given = frame.convert_dtypes() if convert == "convert_dtypes" else (
        frame.astype(object).where(frame.notna(), pd.NA))
    one, other = (DenoisingAutoencoder(missing="mask", **SMALL).fit(table)
                  for table in (frame, given))
    np.testing.assert_array_equal(one.parameters_.theta, other.parameters_.theta)
    np.testing.assert_array_equal(one.impute(frame), one.impute(given))
    with pytest.raises(ValueError, match="contains NaN in .* of 30 rows: columns 'a'"):
        DenoisingAutoencoder(**SMALL).fit(given)


@pytest.mark.parametrize("missing", ["error", "mask"])
def test_scikit_learn_is_told_whether_nan_is_taken(missing):
    tags = DenoisingAutoencoder(missing=missing).__sklearn_tags__()
    assert tags.input_tags.allow_nan is (missing == "mask")


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("given", [np.float32, np.float16, np.float64])
def test_numbers_of_any_precision_are_taken_without_a_warning(given, holes):
    model = DenoisingAutoencoder(**SMALL, missing="mask")
    filled = model.fit(holes.astype(given)).impute(holes.astype(given))
    assert np.isfinite(filled).all()


@pytest.mark.parametrize("given, filled", [
    (np.float64, np.float64), (np.float32, np.float32), (np.float16, np.float32),
    (np.longdouble, np.float64), (list, np.float64), ("Float64", np.float64)])
def test_what_is_known_comes_back_as_it_was(given, filled):
    """Not rounded to the float32 of the model; what is whole or text, as float64."""
    holes = np.random.default_rng(0).normal(size=(30, 4))
    holes[::3, 1] = np.nan
    model = DenoisingAutoencoder(**SMALL, missing="mask").fit(holes)
    if given is list:
        rows = holes.tolist()
    elif given == "Float64":
        rows = pd.DataFrame(holes).astype(given)
    else:
        rows = holes = holes.astype(given)
    new = model.impute(rows)
    known = ~np.isnan(holes)
    assert new.dtype == filled and np.isfinite(new).all()
    np.testing.assert_array_equal(new[known], holes[known].astype(filled))
    np.testing.assert_array_equal(new[~known], model.reconstruct(rows)[~known])
    whole = np.array([[2**40 + 1, 0, 1, 2]])
    np.testing.assert_array_equal(model.impute(whole), whole)
