"""The rounds of the benchmark: turns, medians, shares of the limit, options."""

import io
import json
import os

import pytest

from scratchae.benchmark import run
from scratchae.benchmark.works import Work
from scratchae.cli import main

pytestmark = pytest.mark.lecture13


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
class Fake(Work):
    name, flops, bytes = "fake 1-1", 2 * 1024**3, 14 * 652_288


OneWork = Fake("fake", (1, 1), 1)


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


def test_every_number_of_a_step_is_printed_and_in_the_document(monkeypatch):
    """107 of 215 GFLOP/s; beside 10 ms of products, 14 * 652288 bytes at 20 GB/s."""
    limits = {"product": [0.01], "stream": [28 * 652_288 / 20e9]}
    document, lines, _ = timed(monkeypatch, 0.02, 0.06, **limits)
    cells = [line.split() for line in lines]
    assert cells[0] == "training step batch who ms GFLOP/s of limit ratio".split()
    assert cells[1] == "fake 1-1 1 numba 20.00 107.4 0.52 1.00".split()
    assert cells[2] == "fake 1-1 1 numpy 60.00 35.8 0.17 3.00".split()
    assert lines[3:] == ["limits, the best of all rounds: products 215 GFLOP/s, "
                         "memory 20 GB/s"]
    work = {"work": "fake 1-1", "batch": 1}
    assert document == {
        "machine": {"product_gflops": 214.7, "bandwidth_gb_per_s": 20.0},
        "results": [
            {**work, "who": "numba", "threads": 2, "median_ms": 20.0, "gflops": 107.37,
             "limit_share": 0.5228},
            {**work, "who": "numpy", "threads": 2, "median_ms": 60.0, "gflops": 35.79,
             "limit_share": 0.1743}],
        "ratios": [{**work, "against": "numpy", "ratio": 3.0}],
    }


def test_the_limits_are_the_best_of_the_same_rounds(monkeypatch):
    """One bad moment, even the first, changes nothing."""
    limits = {"product": [9.0, 2.0, 7.0], "stream": [4.0, 0.5, 0.8]}
    document, _, asked = timed(monkeypatch, 3.0, 9.0, **limits)
    assert document["results"][0]["limit_share"] == 0.75
    one_round = [("numba", "step"), ("numpy", "step"), ("numba", "product"),
                 ("numpy", "product"), ("numba", "stream")]
    assert asked[-15:] == one_round * 3


def test_peers_do_not_measure_the_limits(monkeypatch):
    monkeypatch.setattr(run, "WORKS", [OneWork])
    asked = []
    contenders = [Scripted(who, asked, 3.0) for who in ("numba", "numpy", "torch")]
    run._time_steps({"machine": {}, "results": [], "ratios": []}, contenders,
                    lambda line: None, 2)
    assert {task for who, task in asked if who == "torch"} == {"step"}


def test_a_share_above_one_is_not_printed(monkeypatch):
    limits = {"product": [2.0], "stream": [0.5]}
    document, lines, _ = timed(monkeypatch, 2.2, 9.0, **limits)
    shares = {r["who"]: r["limit_share"] for r in document["results"]}
    assert shares == {"numba": None, "numpy": 0.25}
    assert lines[1].split()[-2:] == ["n/a", "1.00"]
    assert lines[-1].startswith("n/a: a step faster than these limits allow")


class Counting:
    """A contender whose repeats take 1, 2, 9, 1, 2, 9, ... times a unit."""

    def __init__(self, unit):
        self.unit, self.repeats = unit, []

    def ask(self, task, repeats):
        self.repeats.append(repeats)
        return [self.unit * (1, 2, 9)[i % 3] for i in range(repeats)]


def test_rounds_take_turns_and_give_medians():
    between, fast, slow = [], Counting(1e-3), Counting(1.0)
    order = {"task": "step"}
    found = run.interleaved([fast, slow], order, 4, lambda: between.append(1))
    assert found == {fast: pytest.approx(2e-3), slow: pytest.approx(2)}
    # 0.15 s at 2 ms are 75 repeats; never fewer than 3, and never more than 200
    assert fast.repeats == [3, 5, *[75] * 4] and slow.repeats == [3, 5, *[3] * 4]
    assert len(between) == 4
    quick = Counting(1e-6)
    run.interleaved([quick], order, 1)
    assert quick.repeats == [3, 5, 200]


def test_the_first_round_against_matmul_is_not_counted():
    asked = []

    class Slower:
        def __init__(self, *seconds):
            self.seconds = iter(seconds)

        def ask(self, task, **order):
            asked.append((task, order))
            return [next(self.seconds)]

    ours, theirs = Slower(50, 2, 1, 3), Slower(60, 4, 6, 5)
    assert run._against_matmul(ours, theirs, "h V", 3) == (2, 5)
    order = {"name": "h V", "repeats": 60}
    assert asked == [("kernel", order), ("matmul", order)] * 4


def test_peers_that_are_not_there_are_left_out_in_words(monkeypatch):
    started, lines = [], []

    class Silent:
        def __init__(self, who, threads):
            started.append((who, threads))
            self.who = who

        def ask(self, task):
            return {"numba": 10.4, "numpy": 20.6, "torch": 30.1}[self.who]

        def close(self):
            started.append("closed")

    monkeypatch.setattr(run, "Contender", Silent)
    monkeypatch.setattr(run, "_time_kernels", lambda say, rounds: ["kernels"])
    monkeypatch.setattr(run, "_time_steps", lambda *a: None)
    there = {"torch"}
    monkeypatch.setattr(run.importlib.util, "find_spec", lambda name: name in there)
    document = run.run(["torch", "jax"], lines.append, 3)
    assert lines == ["jax is not installed: left out (pip install 'scratchae[peers]')"]
    threads = document["machine"]["threads"]
    assert started[:3] == [(who, threads) for who in ("numba", "numpy", "torch")]
    assert threads == run._threads() and 1 <= threads <= os.cpu_count()
    assert started[3:] == ["closed"] * 3
    assert document["machine"]["peak_megabytes"] == {"numba": 10, "numpy": 21,
                                                     "torch": 30}
    assert document["machine"]["kernels"] == ["kernels"]


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
    assert main("bench --rounds 0".split()) == 2
    assert "--rounds must be at least 1. Got 0." in capsys.readouterr().err


def test_unknown_peer_is_refused(capsys):
    with pytest.raises(SystemExit):
        main(["bench", "--peers", "theano"])
    assert "unknown peer 'theano'" in capsys.readouterr().err


@pytest.mark.parametrize("text, processor, name", [
    ("flags\t: fpu\nmodel name\t: Brand: 3000\nmodel name\t: x\n", "p", "Brand: 3000"),
    ("flags\t: fpu\n", "p", "p"), (None, "p", "p"), (None, "", "m"),
])
def test_the_processor_is_named_as_well_as_the_system_can(
    text, processor, name, monkeypatch
):
    def opened(path, encoding):
        if text is None:
            raise OSError
        return io.StringIO(text)

    monkeypatch.setattr(run, "open", opened, raising=False)
    monkeypatch.setattr(run.platform, "processor", lambda: processor)
    monkeypatch.setattr(run.platform, "machine", lambda: "m")
    assert run._processor() == name


def test_kernels_stand_beside_their_twins_and_products_beside_matmul(monkeypatch):
    started, lines = [], []
    seconds = {("numba", "kernel"): 2e-3, ("numpy", "kernel"): 6e-3,
               ("numpy", "matmul"): 1e-3}

    class Fixed:
        def __init__(self, who, threads):
            self.who = who
            started.append((who, threads))

        def ask(self, task, name, repeats):
            return [seconds[self.who, task]] * repeats

        def close(self):
            started.append("closed")

    calls = {"h V": (None, 4_000_000), "Adam": (None, 0)}
    monkeypatch.setattr(run, "Contender", Fixed)
    monkeypatch.setattr(run, "kernel_calls", lambda: calls)
    rows = run._time_kernels(lines.append, 2)
    assert started == [("numba", 1), ("numpy", 1), "closed", "closed"]
    twins = {"us": 2000.0, "twin_us": 6000.0}
    assert rows == [
        {"kernel": "h V", **twins, "gflops": 2.0, "matmul_gflops": 4.0},
        {"kernel": "Adam", **twins},
    ]
    assert lines[1].split() == "h V 2000 6000 3.00 2.0 4.0 0.50".split()
    assert lines[2].split() == "Adam 2000 6000 3.00".split()
