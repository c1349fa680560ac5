"""What commands tell to the last word and digit: scores, sheets, times, whose rows."""

import numpy as np
import pytest
from data_files import pixels, write_text

from scratchae import PCA, backend, load
from scratchae.analysis import anomaly_parts
from scratchae.cli import anomalies, bench, explore, main, train
from scratchae.data import Dataset, Scaling, load_again
from scratchae.training.progress import Progress


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with backend("numpy"):
        yield tmp_path


def table(name, n, seed=0, highest=1.0):
    """A table of two columns from 0 to `highest`, and its name."""
    x = np.random.default_rng(seed).uniform(size=(n, 2))
    x[0], x[1] = 0, highest
    np.savetxt(name, x, delimiter=",", header="a,b", comments="")
    return name


# Scores

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
    table("t.csv", 40), table("new.csv", 9, 1, 3.0)
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
    written = np.genfromtxt("s.csv", delimiter=",", names=True, dtype=None)
    np.testing.assert_allclose(written["score"], parts.sum(axis=1) + code, rtol=1e-5)
    np.testing.assert_allclose(written["share1"] + written["share2"],
                               parts.sum(axis=1) / written["score"], rtol=1e-4)


# Sheets and times


def test_a_row_of_a_sheet_has_twelve_images_where_nothing_is_typed(here, monkeypatch):
    y, shown = np.arange(60) % 2, []
    np.savez("x.npz", x=pixels(60, 4, 4), y=y)
    monkeypatch.setattr("scratchae.plots.image_rows", lambda *a: shown.append(a[0]))
    monkeypatch.setattr("scratchae.plots.save_figure", lambda figure, path: path)
    assert main("data show x.npz".split()) == 0
    assert {len(images) for images in shown[0].values()} == {12}


MACHINE = {"processor": "Brand", "target": "zen", "threads": 3}


def test_a_benchmark_says_what_its_ratios_are(monkeypatch, capsys):
    ratios = [{"against": "numpy", "ratio": 2.0}]
    bench.print_steps({"machine": {"peak_megabytes": {"numba": 5}}, "ratios": ratios})
    assert capsys.readouterr().out.splitlines() == [
        "peak memory: numba 5 MB",
        "ratio = their time / ours (numba). Faster here: SCRATCHAE_BACKEND=numba"]
    asked = []
    monkeypatch.setattr("scratchae.benchmark.run.run_epochs", lambda *a: asked.append(
        a[2:]) or {"machine": MACHINE})
    assert main("bench --epochs".split()) == 0
    assert main("bench --epochs --busy 4,1 --rounds 1".split()) == 0
    assert asked == [(3, [0]), (1, [0, 1, 4])]
    assert capsys.readouterr().out.splitlines() == 2 * [
        "processor: Brand (zen), threads: 3",
        "ratio = seconds / ours; of fair = seconds / what a fair share of the "
        "processors would take"]


# Whose rows


def test_a_probe_needs_rows_to_be_trained_on(here, capsys):
    rows = [f"{i},{i * i % 7},{'xy'[i % 2]}" for i in range(20)]
    for name, n in ("t.csv", 20), ("new.csv", 9):
        write_text(here / name, "\n".join(["a,b,kind", *rows[:n]]) + "\n")
    assert main("train pca --data t.csv --latent 1".split()) == 0
    assert main("evaluate runs/pca-t.npz --probe".split()) == 0
    for more, said in ("", "training rows (--test SHARE)"), ("--label none", "labels"):
        capsys.readouterr()
        typed = f"evaluate runs/pca-t.npz --probe --data new.csv {more}"
        assert main(typed.split()) == 2
        assert capsys.readouterr().err == f"scratchae: --probe: new.csv has no {said}\n"


def test_the_images_of_a_page_are_those_of_its_first_model(here, monkeypatch):
    asked = []
    monkeypatch.setattr(explore, "explorer_page", lambda models, dataset, *_: (
        asked.append(([*models], dataset.source)) or ""))
    for name in "ab":
        np.save(f"{name}.npy", pixels(30, 4, 4, seed=ord(name)))
        typed = f"train ppca --latent 2 --data {name}.npy --out {name}.npz"
        assert main(typed.split()) == 0
    for pair in "a.npz b.npz", "b.npz a.npz":
        assert main(f"explore {pair} --overwrite --out p.html".split()) == 0
    assert asked == [(["a.npz", "b.npz"], "a.npy"), (["b.npz", "a.npz"], "b.npy")]


def test_numbers_beyond_those_of_the_training_are_not_evaluated_by_bernoulli(
    here, capsys
):
    table("t.csv", 20), table("new.csv", 9, 1, 1.5)
    typed = "train vae --data t.csv --test t.csv --scale minmax --latent 1 --hidden 3"
    assert main(f"{typed} --epochs 1".split()) == 0
    for more in "", "--data t.csv":
        assert main(f"evaluate runs/vae-t.npz {more}".split()) == 0
    capsys.readouterr()
    assert main("evaluate runs/vae-t.npz --data new.csv".split()) == 2
    assert capsys.readouterr().err.startswith(
        "scratchae: --decoder bernoulli takes numbers in [0, 1], and new.csv has rows "
        "beyond those of the training, ")


def test_a_training_that_is_resumed_by_name_takes_no_other_data(
    here, monkeypatch, capsys
):
    table("t.csv", 20), table("u.csv", 20, 1)
    epoch = Progress.epoch

    def stop(self, number, *rest):
        epoch(self, number, *rest)
        if number == 2:
            raise KeyboardInterrupt

    typed = "train autoencoder --latent 1 --hidden 3 --epochs 4 --data"
    with monkeypatch.context() as patch:
        patch.setattr(Progress, "epoch", stop)
        main(f"{typed} t.csv --out m.npz".split())
    done = len(load("m.npz").history_["loss"])
    assert 1 <= done < 4
    capsys.readouterr()
    assert main(f"{typed} u.csv --resume m.npz".split()) == 2
    err = capsys.readouterr().err
    assert "was trained on other data" in err and err.endswith(
        " validation data). --resume goes on with the same options and data only\n")
    assert len(load("m.npz").history_["loss"]) == done
    assert main(f"{typed} t.csv --resume m.npz".split()) == 0
    assert len(load("m.npz").history_["loss"]) == 4


@pytest.mark.parametrize("part", [0, 1])
def test_a_far_number_is_told_where_the_other_rows_lack_the_column(part, recwarn):
    x = [np.array([[0.0, np.nan], [1.0, np.nan]]), np.array([[0.0, 12.0], [1.0, 0.5]])]
    x = tuple(x[::-1] if part == 0 else x)
    scaling = Scaling("standard", np.zeros(2), np.ones(2))
    rows = Dataset(x, None, None, "t.csv", None, ("a", "b"), scaling)
    train.warn_of_far_numbers(rows)
    (warning,) = recwarn
    assert str(warning.message).startswith("column 'b' is up to 12 standard deviations")


def test_a_far_pixel_is_told_by_its_number_and_has_another_way_out(recwarn):
    """Pictures are in [0, 1] where nobody standardises them."""
    x = np.array([[0.0, 1, 0, 25.4], [1, 0, 1, -1]])
    scaling = Scaling("standard", np.zeros(4), np.ones(4))
    for shape, columns in ((2, 2), None), (None, tuple("abcd")):
        train.warn_of_far_numbers(
            Dataset((x, x[1:]), None, None, "mine", shape, columns, scaling))
    rest = ("is up to 25 standard deviations away, since it hardly varies else: no "
            "model copies that, and losses are huge; train")
    assert [str(warning.message) for warning in recwarn] == [
        f"pixel 3 {rest} without --scale", f"column 'd' {rest} with --scale minmax"]
