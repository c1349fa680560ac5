"""`scratchae bench` times what it says."""

import contextlib
import io
import json

import pytest

from scratchae.benchmark.works import WORKS, Work, our_step
from scratchae.cli import main

pytestmark = pytest.mark.lecture13


def test_flops_of_the_vae_step_are_those_of_its_products():
    small = Work("vae", (5, 3, 2), 7)
    assert small.layers == [(5, 3), (3, 4), (2, 3), (3, 5)]
    assert small.flops == 2 * 7 * (3 * (15 + 12 + 6 + 15) - 15)


def test_parameters_are_counted_as_the_network_does():
    from scratchae.models.variational_network import VariationalNetwork

    network = VariationalNetwork((784, 400, 20))
    assert WORKS[0].parameters == network.parameters.size


@pytest.mark.parametrize("kind", ["vae", "autoencoder", "denoising"])
def test_a_step_changes_the_parameters(kind, monkeypatch):
    steps = []
    monkeypatch.setattr("scratchae.nn.optimizers.Adam.step",
                        lambda self, rate: steps.append(rate))  # fmt: skip
    our_step(Work(kind, (784, 12), 5))()
    assert len(steps) == 1


@pytest.fixture(scope="module")
def document():
    """One short run of the command, for the smallest work."""
    text = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(text):
        patch.setattr("scratchae.benchmark.run.ROUND_SECONDS", 0.001)
        patch.setattr("scratchae.benchmark.run.WORKS", WORKS[:1])
        assert main(["bench", "--json", "--rounds", "1"]) == 0
    return json.loads(text.getvalue())


def test_json_has_the_promised_keys(document):
    assert set(document) == {"machine", "results", "ratios"}
    assert set(document["results"][0]) == {
        "work", "batch", "who", "threads", "median_ms", "gflops", "limit_share"
    }  # fmt: skip
    assert set(document["ratios"][0]) == {"work", "batch", "against", "ratio"}
    assert {r["who"] for r in document["results"]} == {"numba", "numpy"}


def test_ratio_is_their_time_over_ours(document):
    ms = {r["who"]: r["median_ms"] for r in document["results"]}
    assert document["ratios"][0]["ratio"] == pytest.approx(
        ms["numpy"] / ms["numba"], rel=1e-2
    )


def test_unknown_peer_is_refused(capsys):
    with pytest.raises(SystemExit):
        main(["bench", "--peers", "theano"])
    assert "unknown peer 'theano'" in capsys.readouterr().err
