"""No command puts its result in the place of the data that it reads."""

import os

import numpy as np
import pytest

from scratchae.cli import main


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
