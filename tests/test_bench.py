"""`scratchae bench` times what it says."""

import contextlib
import io
import json
import sys
import time

import numpy as np
import pytest

from scratchae import backend
from scratchae.benchmark import run
from scratchae.benchmark import worker as worker_room
from scratchae.benchmark.worker import Worker
from scratchae.benchmark.works import (
    RATE,
    WORKS,
    Work,
    kernel_calls,
    matmul_calls,
    our_step,
)
from scratchae.cli import main
from scratchae.nn.backend import ops

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
    assert steps == [RATE]


@pytest.mark.parametrize("work", [
    Work("vae", (7, 5, 3), 4), Work("autoencoder", (7, 5, 3), 4),
    Work("denoising", (7, 5), 4),
])
def test_a_batch_is_not_learned_by_heart_while_it_is_timed(work, monkeypatch):
    norms = []
    squared_norm = ops.squared_norm

    def keep(gradient):
        norms.append(float(squared_norm(gradient)))
        return norms[-1]

    monkeypatch.setattr(type(ops), "squared_norm", staticmethod(keep), raising=False)
    step = our_step(work)
    step()
    step()
    assert norms[0] == pytest.approx(norms[1], rel=1e-3) and norms[0] > 0


def test_inputs_are_binary_images_normal_noise_and_uniform_numbers():
    work = Work("vae", (40, 30, 50), 200)
    x, eps, uniform = work.inputs()
    assert x.shape == uniform.shape == (200, 40) and eps.shape == (200, 50)
    assert set(np.unique(x)) == {0, 1} and x.mean() == pytest.approx(0.3, abs=0.02)
    assert eps.mean() == pytest.approx(0, abs=0.05) and eps.std() == pytest.approx(
        1, abs=0.05)
    assert 0 <= uniform.min() < 0.01 and 0.99 < uniform.max() < 1
    for array, again in zip((x, eps, uniform), work.inputs(), strict=True):
        assert array.dtype == np.float32
        np.testing.assert_array_equal(array, again)


def test_bytes_are_eleven_passes_over_the_parameters():
    """W read twice, dW written and read, seven vectors of Adam; 4 bytes each."""
    small = Work("autoencoder", (5, 3, 2), 7)
    assert small.layers == [(5, 3), (3, 2), (2, 3), (3, 5)]
    assert small.parameters == 18 + 8 + 9 + 20
    assert small.bytes == 4 * 55 * 11


def test_the_products_that_are_compared_with_matmul_are_of_its_shapes():
    n, d, h = 3, 7, 5
    kernels = kernel_calls(n, d, h, 2)
    shapes = {"x W, ReLU": (n, h), "h V": (n, d), "x^T da": (d, h), "h^T da": (h, d),
              "da V^T": (n, h)}
    products = matmul_calls(n, d, h)
    assert {name: call().shape for name, call in products.items()} == shapes
    with backend("numpy"):
        for name, (call, flops) in kernels.items():
            assert flops == (2 * n * d * h if name in products else 0)
            call(ops)


@pytest.fixture(scope="module")
def document():
    """One short run of the command, for the smallest work."""
    text = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(text):
        patch.setattr("scratchae.benchmark.run.ROUND_SECONDS", 0.001)
        patch.setattr("scratchae.benchmark.run.WORKS", WORKS[:1])
        few = {name: kernel_calls()[name] for name in ("h V", "gradient norm")}
        patch.setattr("scratchae.benchmark.run.kernel_calls", lambda: few)
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


def test_kernels_have_times_and_products_their_rates(document):
    product, norm = document["machine"]["kernels"]
    assert (product["kernel"], norm["kernel"]) == ("h V", "gradient norm")
    assert set(norm) == {"kernel", "us", "twin_us"}
    assert set(product) - set(norm) == {"gflops", "matmul_gflops"}
    for row in (product, norm):
        assert all(0 < value < 1e7 for name, value in row.items() if name != "kernel")
    peaks = document["machine"]["peak_megabytes"]
    assert peaks.keys() == {"numba", "numpy"}
    assert all(20 < megabytes < 5000 for megabytes in peaks.values())
    assert document["machine"]["threads"] >= 1 and document["machine"]["processor"]


TASKS = {"step": {"work": 4}, "kernel": {"name": "Adam"}, "matmul": {"name": "h V"},
         "stream": {}}


@pytest.mark.parametrize("task", TASKS)
def test_a_worker_answers_with_the_seconds_of_every_repeat(task, monkeypatch):
    with backend("numpy"):
        monkeypatch.setattr("scratchae.nn.backend.set_backend", lambda name: None)
        start = time.perf_counter()
        worker = Worker("numpy", 1)
        times = getattr(worker, task)(**TASKS[task], repeats=3)
        assert len(times) == 3 and min(times) > 0
        assert sum(times) <= time.perf_counter() - start


def test_a_worker_builds_what_it_times_once():
    built = []
    worker = Worker.__new__(Worker)
    worker.built = {}
    for _ in range(2):
        assert worker._kept("key", lambda: built.append(1) or "thing") == "thing"
    assert built == [1]


def test_a_worker_reads_orders_and_writes_one_line_each(monkeypatch, capsys):
    class Told:
        def __init__(self, *arguments):
            self.arguments = arguments

        def step(self, repeats):
            return [*self.arguments, repeats]

    monkeypatch.setattr(worker_room, "Worker", Told)
    monkeypatch.setattr(sys, "argv", ["worker", "numpy", "2"])
    lines = io.StringIO('{"task": "step", "repeats": 3}\n' * 2)
    monkeypatch.setattr(sys, "stdin", lines)
    worker_room.main()
    assert capsys.readouterr().out == '["numpy", 2, 3]\n' * 2


def test_a_worker_that_stopped_is_an_error_that_names_it():
    contender = run.Contender("no such backend", 1)
    with pytest.raises(RuntimeError, match="benchmark of no such backend stopped"):
        contender.ask("peak")
    contender.close()


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


@pytest.mark.parametrize("text, processor, name", [
    ("flags\t: fpu\nmodel name\t: Brand: 3000\nmodel name\t: x\n", "p", "Brand: 3000"),
    ("flags\t: fpu\n", "p", "p"), (None, "p", "p"), (None, "", "m"),
])
def test_the_processor_is_named_as_well_as_the_system_can(
    text, processor, name, monkeypatch
):
    def opened(path):
        if text is None:
            raise OSError
        return io.StringIO(text)

    monkeypatch.setattr(run, "open", opened, raising=False)
    monkeypatch.setattr(run.platform, "processor", lambda: processor)
    monkeypatch.setattr(run.platform, "machine", lambda: "m")
    assert run._processor() == name


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
            return 123.4

        def close(self):
            started.append("closed")

    monkeypatch.setattr(run, "Contender", Silent)
    monkeypatch.setattr(run, "_time_kernels", lambda say, rounds: ["kernels"])
    monkeypatch.setattr(run, "_time_steps", lambda *a: None)
    there = {"torch"}
    monkeypatch.setattr(run.importlib.util, "find_spec", lambda name: name in there)
    document = run.run(["torch", "jax"], lines.append, 3)
    assert lines == ["jax is not installed: left out (pip install 'scratchae[peers]')"]
    assert [who for who, _ in started[:3]] == ["numba", "numpy", "torch"]
    assert started[3:] == ["closed"] * 3
    assert document["machine"]["peak_megabytes"] == dict.fromkeys(
        ("numba", "numpy", "torch"), 123)
    assert document["machine"]["kernels"] == ["kernels"]


DOCUMENT = {
    "machine": {"peak_megabytes": {"numba": 1, "numpy": 2}},
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
    assert out.startswith("a line\npeak memory: numba 1 MB, numpy 2 MB\n") and not err
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
