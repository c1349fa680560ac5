"""`scratchae bench` times what it says."""

import contextlib
import io
import json

import pytest

from scratchae.benchmark import run
from scratchae.benchmark.works import WORKS, Work, our_step
from scratchae.cli import main

pytestmark = pytest.mark.lecture13


def test_flops_of_the_vae_step_are_those_of_its_products():
    small = Work("vae", (5, 3, 2), 7)
    assert small.layers == [(5, 3), (3, 4), (2, 3), (3, 5)]
    assert small.flops == 2 * 7 * (3 * (15 + 12 + 6 + 15) - 15)


def test_parameters_are_counted_as_the_network_does():
    from scratchae.networks.variational import VariationalNetwork

    network = VariationalNetwork((784, 400, 20))
    assert WORKS[0].parameters == network.parameters.size


@pytest.mark.parametrize("kind", ["vae", "autoencoder", "denoising"])
def test_a_step_changes_the_parameters(kind, monkeypatch):
    steps = []
    monkeypatch.setattr("scratchae.nn.optimizers.Adam.step",
                        lambda self, rate: steps.append(rate))
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
    }
    assert set(document["ratios"][0]) == {"work", "batch", "against", "ratio"}
    assert {r["who"] for r in document["results"]} == {"numba", "numpy"}
    shares = [r["limit_share"] for r in document["results"]]
    assert all(share is None or 0 < share <= 1 for share in shares)


def test_ratio_is_their_time_over_ours(document):
    ms = {r["who"]: r["median_ms"] for r in document["results"]}
    assert document["ratios"][0]["ratio"] == pytest.approx(
        ms["numpy"] / ms["numba"], rel=1e-2
    )


class Scripted:
    """A contender whose answers are seconds that we choose."""

    def __init__(self, who, asked, step, product=(1.0,), stream=(1.0,)):
        self.who, self.threads, self.asked = who, 2, asked
        self.seconds = {"step": [step], "product": [*product], "stream": [*stream]}

    def ask(self, task, repeats, **order):
        self.asked.append((self.who, task))
        times = self.seconds[task]
        return [times.pop(0) if len(times) > 1 else times[0]] * repeats


# A product of 2 * 1024^3 operations in 2 s and 28 * 652288 bytes in 0.5 s; the work
# has as many operations in its products, and moves half as many bytes: 2 + 0.25 s.
class OneWork:
    name, batch, flops, bytes = "fake 1-1", 1, 2 * 1024**3, 14 * 652_288


def timed(monkeypatch, ours, theirs, rounds=3, **limits):
    """Document, printed lines and the order of the questions."""
    monkeypatch.setattr(run, "WORKS", [OneWork])
    document, lines, asked = {"machine": {}, "results": [], "ratios": []}, [], []
    contenders = [Scripted("numba", asked, ours, **limits),
                  Scripted("numpy", asked, theirs, product=[50.0])]
    run._time_steps(document, contenders, lines.append, rounds)
    return document, lines, asked


def test_the_share_of_the_limit_is_least_time_over_time_taken(monkeypatch):
    limits = {"product": [2.0], "stream": [0.5]}
    document, lines, _ = timed(monkeypatch, 3.0, 9.0, **limits)
    shares = {r["who"]: r["limit_share"] for r in document["results"]}
    assert shares == {"numba": 0.75, "numpy": 0.25}
    assert document["machine"]["product_gflops"] == round(1024**3 / 1e9, 1)
    assert document["machine"]["bandwidth_gb_per_s"] == round(2 * 28 * 652_288 / 1e9, 1)
    assert lines[1].split()[-2:] == ["0.75", "1.00"]
    assert lines[2].split()[-2:] == ["0.25", "3.00"]
    assert document["ratios"][0]["ratio"] == 3


def test_the_limits_are_the_best_of_the_same_rounds(monkeypatch):
    """One bad moment, even the first, changes nothing."""
    limits = {"product": [9.0, 2.0, 7.0], "stream": [4.0, 0.5, 0.8]}
    document, _, asked = timed(monkeypatch, 3.0, 9.0, **limits)
    assert document["results"][0]["limit_share"] == 0.75
    one_round = [("numba", "step"), ("numpy", "step"), ("numba", "product"),
                 ("numpy", "product"), ("numba", "stream")]
    assert asked[-15:] == one_round * 3


def test_a_share_above_one_is_not_printed(monkeypatch):
    limits = {"product": [2.0], "stream": [0.5]}
    document, lines, _ = timed(monkeypatch, 2.2, 9.0, **limits)
    shares = {r["who"]: r["limit_share"] for r in document["results"]}
    assert shares == {"numba": None, "numpy": 0.25}
    assert lines[1].split()[-2:] == ["n/a", "1.00"]
    assert lines[-1].startswith("n/a: a step faster than these limits allow")


def test_unknown_peer_is_refused(capsys):
    with pytest.raises(SystemExit):
        main(["bench", "--peers", "theano"])
    assert "unknown peer 'theano'" in capsys.readouterr().err
