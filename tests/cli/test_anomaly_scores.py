"""Scores of `scratchae anomalies`: above what, of which columns, in how many digits."""

import numpy as np
import pytest
from data_files import write_table

from scratchae import PCA, DenoisingAutoencoder, backend, load
from scratchae.analysis import anomaly_parts, anomaly_scores
from scratchae.cli import anomalies, main
from scratchae.data import Scaling, load_again


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with backend("numpy"):
        yield tmp_path


ABOUT = {"columns": None, "scaling": Scaling().described()}
X = np.random.default_rng(0).normal(size=(20, 4))


def test_a_score_at_the_threshold_is_not_above_it():
    model = PCA(1).fit(X)
    score = anomalies.explained(model, ABOUT, X, np.inf)[7]["score"]
    for threshold, above in (score, False), (np.nextafter(score, 0), True):
        found = anomalies.explained(model, ABOUT, X, threshold)[7]
        assert (found["row"], found["above"]) == (8, above)


@pytest.mark.parametrize("worst", range(4))
def test_pixels_are_counted_from_0_and_columns_have_their_names(worst):
    model = PCA(1).fit(X * [4, 4, 4, 4])
    x = np.zeros((1, 4))
    x[0, worst] = 1e3
    for columns, names in (None, "pixel0 pixel1 pixel2 pixel3"), (list("abcd"),
                                                                  "a b c d"):
        (row,) = anomalies.explained(model, ABOUT | {"columns": columns}, x, 0.0)
        left = (x - model.reconstruct(x))[0] ** 2
        assert [name for name, *_ in row["features"]] == [
            names.split()[j] for j in np.argsort(-left)[:3]]


def test_scores_are_written_with_six_digits_and_shown_with_four(here, capsys):
    told = {"row": 3, "score": 2 / 3, "above": True, "features": [
        ("age", 123.456789, -0.0123456789, 1 / 3, 100.0), ("b", 7.0, 7.0, 0.0, 1.0)]}
    assert anomalies.write([told], here / "s.csv") == here / "s.csv"
    assert (here / "s.csv").read_text().splitlines() == [
        "row,score,above,feature1,value1,expected1,share1,feature2,value2,expected2,"
        "share2", "3,0.666667,1,age,123.457,-0.0123457,0.333333,b,7,7,0"]
    anomalies.show([told, told | {"row": 4, "score": 1.0, "above": False}], 9)
    what = "age 123.5 (expected -0.01235, 33%); b 7 (expected 7, 0%)"
    assert capsys.readouterr().out.splitlines() == [
        f"  row 4: 1  {what}", f"* row 3: 0.6667  {what}"]


def test_the_code_of_a_vae_counts_in_scores_and_in_their_threshold(here, capsys):
    write_table("t.csv", 40), write_table("new.csv", 9, 1, 3.0)
    typed = "train vae --data t.csv --latent 2 --hidden 3 --epochs 1 --scale standard"
    assert main(typed.split()) == 0
    model = load("runs/vae-t.npz")
    held_out = load_again(model.about_["data"]).x[1]
    rows = load_again(model.about_["data"], "new.csv", test_fraction=1.0).x[1]
    parts, code = anomaly_parts(model, held_out)
    assert code.mean() > 0.5
    level = np.quantile(parts.sum(axis=1) + code, 0.5)
    capsys.readouterr()
    ask = "anomalies runs/vae-t.npz --data new.csv --threshold 0.5 --out s.csv"
    assert main(ask.split()) == 0
    assert capsys.readouterr().out.startswith(f"threshold: {level:.4g}, the 0.5 ")
    parts, code = anomaly_parts(model, rows)
    written = np.genfromtxt("s.csv", delimiter=",", names=True)
    np.testing.assert_allclose(written["score"], parts.sum(axis=1) + code, rtol=1e-5)
    np.testing.assert_allclose(written["share1"] + written["share2"],
                               parts.sum(axis=1) / written["score"], rtol=1e-4)


@pytest.mark.parametrize("dtype", ["Float64", "Int64", object])
def test_what_pandas_calls_na_counts_nothing(dtype):
    pandas = pytest.importorskip("pandas")
    holes = np.round(9 * X)
    holes[::3, 1] = np.nan
    model = DenoisingAutoencoder(2, missing="mask", epochs=1, verbose=False).fit(holes)
    frame = pandas.DataFrame(holes).astype(dtype)
    table = frame.where(frame.notna(), pandas.NA)
    np.testing.assert_array_equal(anomaly_scores(model, table),
                                  anomaly_scores(model, holes))
    np.testing.assert_array_equal(anomaly_parts(model, table)[0],
                                  anomaly_parts(model, holes)[0])


def test_rows_with_a_mask_in_a_list_are_refused_as_everywhere():
    rows = [np.ma.array(row, mask=[0, 1, 0, 0]) for row in X]
    for ask in anomaly_scores, anomaly_parts:
        with pytest.raises(ValueError, match="X is a masked array with masked values"):
            ask(PCA(1).fit(X), rows)
