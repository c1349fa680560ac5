"""A class that only test rows have: said before an evening's training, not after."""

import pytest

from scratchae.cli import main

OTHERS = {  # file: test rows with a class of their own
    "text": "a,b,kind\n1,2,x\n3,5,z\n", "number": "a,b,kind\n1,2,1\n3,5,7\n"}
TRAIN = {"text": ("x", "y"), "number": ("1", "2")}


@pytest.mark.parametrize("kind", OTHERS)
def test_a_cvae_is_not_trained_for_test_rows_of_another_class(
    kind, tmp_path, plain_backend, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    rows = [f"{i},{i * i % 7},{TRAIN[kind][i % 2]}\n" for i in range(12)]
    (tmp_path / "tr.csv").write_text("".join(["a,b,kind\n", *rows]))
    (tmp_path / "te.csv").write_text(OTHERS[kind])
    typed = "--label kind --data tr.csv --test te.csv --epochs 1".split()
    assert main(["train", "cvae", "--latent", "1", "--hidden", "3", *typed]) == 2
    said = capsys.readouterr()
    new = "z" if kind == "text" else "7"
    assert f"te.csv: there are test rows of {new}, and no training row" in said.err
    assert "trained on" not in said.out and not [*tmp_path.rglob("*.npz")]
    assert main(["train", "cvae", "--latent", "1", "--hidden", "3", *typed[:4],
                 "--epochs", "1"]) == 0
    assert main(["train", "stacked", "--hidden", "3", *typed]) == 0  # an error it makes
    assert "test error: " in capsys.readouterr().out
