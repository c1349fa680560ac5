"""No command puts its result in the place of the data that it reads."""

import os

import numpy as np
import pytest
from data_files import pixels, write_pictures

from scratchae.cli import main, outputs


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.savez("rows.npz", x=np.random.default_rng(0).random((60, 6), "f4"))
    return tmp_path / "rows.npz"


@pytest.mark.parametrize("option", ["--data", "--test"])
@pytest.mark.parametrize("name", ["rows.npz", "link.npz"])
def test_train_refuses_to_write_over_its_data(option, name, data, capsys):
    os.link(data, "link.npz")
    np.savez("others.npz", x=np.zeros((60, 6), "f4"))
    before = data.read_bytes()
    typed = ["train", "pca", "--latent", "2", option, str(data), "--out", name,
             "--overwrite"]
    assert main(typed + ([] if option == "--data" else ["--data", "others.npz"])) == 2
    assert f"--out: {name} is what {option} reads" in capsys.readouterr().err
    assert data.read_bytes() == before


def test_anomalies_refuse_to_write_over_their_rows(data, capsys):
    rows = "\n".join(["a,b,c", *(f"{i / 60},{i % 7 / 7},0.5" for i in range(60))])
    data.with_name("rows.csv").write_text(rows)
    train = "train pca --latent 2 --data rows.csv --out model.npz"
    assert main(train.split()) == 0
    capsys.readouterr()
    typed = "anomalies model.npz --data rows.csv --out rows.csv --overwrite"
    assert main(typed.split()) == 2
    assert "--out: rows.csv is what --data reads" in capsys.readouterr().err
    assert data.with_name("rows.csv").read_text() == rows


@pytest.fixture
def models(data, plain_backend):
    """A VAE of a table, whose test rows are in another, and one of pictures."""
    for i, name in enumerate(["rows.csv", "test.csv"]):
        x = np.random.default_rng(i).random((60, 3))
        np.savetxt(name, x, delimiter=",", header="a,b,c", comments="")
    write_pictures(data.with_name("p"), pixels(20, 8, 8))
    train = "train vae --hidden 4 --latent 2 --epochs 1"
    assert main(f"{train} --data rows.csv --test test.csv".split()) == 0
    assert main(f"{train} --data p".split()) == 0
    np.savetxt("new.csv", x, delimiter=",", header="a,b,c", comments="")
    os.link("rows.csv", "link.csv")


ROWS, P = "runs/vae-rows.npz", "runs/vae-p.npz"


@pytest.mark.parametrize("typed, said", [
    (f"sample {ROWS} --out rows.csv", "rows.csv is what the model was trained on"),
    (f"sample {ROWS} --out link.csv", "link.csv is what the model was trained on"),
    (f"sample {ROWS} --out test.csv", "test.csv is what the model was tested on"),
    (f"anomalies {ROWS} --data new.csv --out rows.csv",
     "rows.csv is what the model was trained on"),
    (f"anomalies {ROWS} --data new.csv --out test.csv",
     "test.csv is what the model was tested on"),
    (f"anomalies {ROWS} --data rows.csv --normal new.csv --out new.csv",
     "new.csv is what --normal reads"),
    (f"sample {P} --out p/00.png", "p/00.png would be one of the pictures of p, "
     "which is what the model was trained on"),
    (f"sample {P} --out p/sub/new.png", "p/sub/new.png would be one of the pictures"),
    ("data show p --out p/00.png", "p/00.png would be one of the pictures of p, "
     "which is what --data reads; expected another folder"),
    ("data show --data p --out p/new.png", "p/new.png would be one of the pictures"),
    ("course 01 --data p --out p", "p/01_autoencoder.png would be one of the pictures"),
], ids=str)
def test_no_command_writes_over_the_data_of_its_model(
        typed, said, models, data, capsys):
    before = {path: path.read_bytes() for path in data.parent.rglob("*.[pc]*")
              if path.is_file()}
    capsys.readouterr()
    assert main([*typed.split(), "--overwrite"]) == 2
    assert capsys.readouterr().err.startswith(f"scratchae: --out: {said}")
    assert before == {path: path.read_bytes() for path in data.parent.rglob("*.[pc]*")
                      if path.is_file()}


def test_every_command_that_reads_data_and_writes_a_file_looks(models, monkeypatch):
    """What it does before is not asked: the check is the same for all."""
    asked = []
    monkeypatch.setattr(outputs, "refuse_what_is_read",
                        lambda path, typed, about=None: asked.append(
                            (path.name, typed is not None)))
    for typed in (f"explore {P} --points 9 --out e.html", "data show p --out d.png",
                  "train pca --latent 2 --data p --out m.npz"):
        assert main(typed.split()) == 0
        assert asked[-1] == (typed.split()[-1], True)


def test_what_is_not_read_may_lie_in_a_folder_of_pictures(models, monkeypatch):
    monkeypatch.chdir("p")
    assert main("train pca --latent 2 --data . --out runs/m.npz".split()) == 0
    assert main("explore runs/m.npz --points 9 --out runs/e.html".split()) == 0
