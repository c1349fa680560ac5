"""Whose rows a command takes and tells of: a file's, a training's, a page's."""

import numpy as np
import pytest
from data_files import pixels, write_table, write_text

from scratchae import PCA, backend, load
from scratchae.cli import explore, main, train
from scratchae.data import Dataset, Scaling
from scratchae.training.progress import Progress


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with backend("numpy"):
        yield tmp_path


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
    write_table("t.csv", 20), write_table("new.csv", 9, 1, 1.5)
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
    write_table("t.csv", 20), write_table("u.csv", 20, 1)
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
    (said,) = [str(w.message) for w in recwarn if w.category is UserWarning]
    assert said.startswith("column 'b' is up to 12 standard deviations")


def test_a_far_pixel_is_told_by_its_number_and_has_another_way_out(recwarn):
    """Pictures are in [0, 1] where nobody standardises them."""
    x = np.array([[0.0, 1, 0, 25.4], [1, 0, 1, -1]])
    scaling = Scaling("standard", np.zeros(4), np.ones(4))
    for shape, columns in ((2, 2), None), (None, tuple("abcd")):
        train.warn_of_far_numbers(
            Dataset((x, x[1:]), None, None, "mine", shape, columns, scaling))
    rest = ("is up to 25 standard deviations away, since it hardly varies else: no "
            "model copies that, and losses are huge; train")
    assert [str(w.message) for w in recwarn if w.category is UserWarning] == [
        f"pixel 3 {rest} without --scale", f"column 'd' {rest} with --scale minmax"]


def test_a_model_that_python_saved_is_evaluated_without_a_word_of_a_command(
    small, here, capsys
):
    """By the drawn digits, which it does not say it was trained on."""
    x = np.random.default_rng(0).uniform(size=(20, 784))
    model = PCA(2).fit(x)
    model.save("m.npz")
    assert main(["evaluate", "m.npz"]) == 0
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert first == repr(model)
    assert second == "100 test images of strokes, divided by 255"
    assert main(["evaluate", "m.npz", "--json"]) == 0
    assert '"command"' not in capsys.readouterr().out
