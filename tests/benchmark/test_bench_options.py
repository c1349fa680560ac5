"""`scratchae bench`: its options, and what it prints and writes of a run."""

import json
import os

import pytest

from scratchae.benchmark import run
from scratchae.cli import main

pytestmark = pytest.mark.lecture13

DOCUMENT = {
    "machine": {"peak_megabytes": {"numba": 1, "numpy": 2}, "processor": "Brand",
                "target": "zen9, 99-bit registers", "threads": 3},
    "ratios": [{"against": "numpy", "ratio": r} for r in (1.1, 1.2, 0.9)]
    + [{"against": "torch", "ratio": 0.1}] * 5,
}


@pytest.mark.parametrize("typed, asked", [
    ("", ((), 12)), ("--peers torch,jax --rounds 3", (["torch", "jax"], 3)),
])
def test_options_of_bench_reach_the_run(typed, asked, monkeypatch, capsys):
    got = []

    def timed(peers, say, rounds):
        got.append((peers, rounds))
        say("a line")
        return DOCUMENT

    monkeypatch.setattr(run, "run", timed)
    assert main(["bench", *typed.split()]) == 0
    assert got == [asked]
    out, err = capsys.readouterr()
    assert out.startswith("a line\nprocessor: Brand (zen9, 99-bit registers), "
                          "threads: 3\npeak memory: numba 1 MB, numpy 2 MB\n")
    assert not err
    assert out.endswith("Faster here: SCRATCHAE_BACKEND=numba\n")
    assert main(["bench", "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out) == DOCUMENT and err == "a line\n"


def test_where_numpy_is_faster_in_most_steps_that_is_said(monkeypatch, capsys):
    ratios = [{"against": "numpy", "ratio": r} for r in (9.0, 0.9, 0.9, 1.1)]
    monkeypatch.setattr(run, "run", lambda *a: DOCUMENT | {"ratios": ratios})
    main(["bench"])
    assert "SCRATCHAE_BACKEND=numpy" in capsys.readouterr().out  # half is not most


def test_no_rounds_are_refused(capsys):
    for rounds in "0", "-1", "2.5", "few":
        with pytest.raises(SystemExit, match="2"):
            main(["bench", "--rounds", rounds])
        said = f"--rounds: expected a positive integer, got {rounds!r}"
        assert said in capsys.readouterr().err


def test_unknown_peer_is_refused(capsys):
    with pytest.raises(SystemExit):
        main(["bench", "--peers", "theano"])
    assert "unknown peer 'theano'" in capsys.readouterr().err


def test_a_library_that_cannot_be_imported_ends_it_in_one_line(
    kernels, tmp_path, monkeypatch, capfd
):
    (tmp_path / "jax.py").write_text("raise ImportError('half installed')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(run, "time_epochs", lambda contenders, *_: (
        contenders[1].ask("epoch", work=0, repeats=1)))
    assert main("bench --epochs --peers jax".split()) == 2
    err = capfd.readouterr().err
    assert "half installed" in err
    assert err.endswith("scratchae: the benchmark of jax stopped; see above\n")
