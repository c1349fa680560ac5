"""File names that the terminal, or the pipe, has no letters for."""

import io
import sys

import numpy as np
import pytest

from scratchae.cli import main


@pytest.mark.parametrize("name", ["数", "\udce4"])
@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_a_name_that_stdout_cannot_write_ends_no_command(
    name, encoding, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    rows = np.random.default_rng(0).uniform(size=(30, 4))
    np.savetxt(f"{name}.csv", rows, delimiter=",", header="a,b,c,d", comments="")
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding))
    assert main(["train", "pca", "--data", f"{name}.csv", "--latent", "2"]) == 0
    sys.stdout.flush()
    written = sys.stdout.buffer.getvalue().decode(encoding)
    assert f"pca-\\{'u6570' if name == '数' else 'udce4'}.npz" in written
