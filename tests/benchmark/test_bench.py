"""`scratchae bench` times what it says."""

import contextlib
import io
import json
import re
import sys
import time
from types import SimpleNamespace

import numpy as np
import pytest
from without_numba import numba_or_skip

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
from scratchae.cli.bench import print_steps
from scratchae.networks.autoencoder import AutoencoderNetwork
from scratchae.nn.backend import ops
from scratchae.nn.optimizers import Adam

pytestmark = pytest.mark.lecture13


def test_flops_of_the_vae_step_are_those_of_its_products():
    small = Work("vae", (5, 3, 2), 7)
    assert small.layers == [(5, 3), (3, 4), (2, 3), (3, 5)]
    assert small.flops == 2 * 7 * (3 * (15 + 12 + 6 + 15) - 15)
    assert Work("vae", (5, 2), 7).flops == 2 * 7 * (3 * (20 + 10) - 20)


def test_parameters_are_counted_as_the_network_does():
    from scratchae.networks.variational import VariationalNetwork

    network = VariationalNetwork((784, 400, 20))
    assert WORKS[0].parameters == network.parameters.size


@pytest.mark.parametrize("kind", ["vae", "autoencoder", "denoising"])
def test_a_step_changes_the_parameters(kind, monkeypatch):
    steps = []
    monkeypatch.setattr("scratchae.nn.optimizers.Adam.step",
                        lambda self, rate: steps.append(rate) or 0.0)
    our_step(Work(kind, (784, 12), 5))()
    assert steps == [RATE]


@pytest.mark.parametrize("kind", ["autoencoder", "denoising"])
def test_only_the_denoiser_sees_other_images_than_it_gives(kind, monkeypatch):
    given, is_denoiser = [], kind == "denoising"
    loss = AutoencoderNetwork.loss

    def seen(self, x, **options):
        given.append((x, options.get("target")))
        return loss(self, x, **options)

    monkeypatch.setattr(AutoencoderNetwork, "loss", seen)
    work = Work(kind, (784, 12), 5)
    our_step(work)()
    (x, clean), images = given[0], work.inputs()[0]
    assert np.array_equal(x, images) != is_denoiser
    assert np.array_equal(clean, images) if is_denoiser else clean is None


@pytest.mark.parametrize("work", [
    Work("vae", (7, 5, 3), 4), Work("autoencoder", (7, 5, 3), 4),
    Work("denoising", (7, 5), 4),
])
def test_a_batch_is_not_learned_by_heart_while_it_is_timed(work, monkeypatch):
    norms, move = [], Adam.step
    monkeypatch.setattr(Adam, "step",
                        lambda *given: norms.append(move(*given)) or norms[-1])
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


def test_bytes_are_the_seven_passes_of_adam_over_the_parameters():
    """The products' own are hidden behind their arithmetic, by (13.2)."""
    small = Work("autoencoder", (5, 3, 2), 7)
    assert small.layers == [(5, 3), (3, 2), (2, 3), (3, 5)]
    assert small.parameters == 18 + 8 + 9 + 20
    assert small.bytes == 4 * 55 * 7
    products = 2 * 7 * (2 * 15 + 3 * (6 + 6 + 15))
    assert small.flops == products
    assert small.least(10.0, 100.0) == products / 10 + 4 * 55 * 7 / 100


def test_the_products_that_are_compared_with_matmul_are_of_its_shapes():
    usual = kernel_calls.__defaults__[:3], matmul_calls.__defaults__
    assert usual == ((128, 784, 400),) * 2
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
    numba_or_skip()
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
        "work", "batch", "who", "threads", "median_ms", "best_ms", "gflops",
        "limit_share", "product_gflops", "bandwidth_gb_per_s", "least_ms",
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
    machine = document["machine"]
    assert machine["threads"] >= 1 and machine["processor"]
    assert re.fullmatch(r"\S+, (256|512)-bit registers", machine["target"])


@pytest.mark.parametrize("system, unit", [("linux", 1024), ("darwin", 1)])
def test_memory_is_in_units_of_each_system(system, unit, monkeypatch):
    """Kilobytes of 1024 on Linux, bytes on macOS."""
    usage = SimpleNamespace(ru_maxrss=5e6)
    monkeypatch.setattr("resource.getrusage", lambda who: usage)
    monkeypatch.setattr(worker_room.sys, "platform", system)
    assert Worker.peak(None) == pytest.approx(5 * unit)


def test_where_nobody_knows_the_memory_the_figures_are_printed_all_the_same(
    monkeypatch, capsys
):
    monkeypatch.setitem(sys.modules, "resource", None)  # as on Windows
    assert Worker.peak(None) is None
    print_steps({"machine": {"peak_megabytes": {"numba": None}}, "ratios": []})
    assert "peak memory: not known on this system\n" in capsys.readouterr().out


TASKS = {"step": {"work": 4}, "kernel": {"name": "Adam"}, "matmul": {"name": "h V"},
         "stream": {"size": 60}}


@pytest.mark.parametrize("task", TASKS)
def test_a_worker_answers_with_the_seconds_of_every_repeat(task, monkeypatch):
    with backend("numpy"):
        monkeypatch.setattr("scratchae.nn.backend.set_backend", lambda name: None)
        start = time.perf_counter()
        worker = Worker("numpy", 1)
        times = getattr(worker, task)(**TASKS[task], repeats=3)
        assert len(times) == 3 and min(times) > 0
        assert sum(times) <= time.perf_counter() - start


def test_limits_are_measured_on_what_their_formulas_count():
    """2 * 1024^3 operations; 652 288 numbers in each of Adam's four vectors."""
    shapes = {}

    class Asked:
        def __getattr__(self, name):
            return lambda *a, **more: shapes.setdefault(name, [np.shape(v) for v in a])

    worker = Worker.__new__(Worker)
    worker.ops, worker.built = Asked(), {}
    assert len(worker.product(2)) == len(worker.stream(77, 2)) == 2
    product, stream = shapes.values()
    assert product[:2] == [(1024, 1024)] * 2 and stream[:4] == [(77,)] * 4


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


@pytest.mark.parametrize("users", [None, "1", "64"])
def test_a_worker_has_its_name_and_as_many_threads_as_it_is_told(users, monkeypatch):
    """Whatever the user's environment says of threads."""
    started, pools = [], ("NUMBA", "OMP", "OPENBLAS", "MKL")
    for pool in pools:
        monkeypatch.delenv(f"{pool}_NUM_THREADS", raising=False)
        if users:
            monkeypatch.setenv(f"{pool}_NUM_THREADS", users)
    monkeypatch.setattr(run.subprocess, "Popen",
                        lambda command, env, **more: started.append((command, env)))
    run.Contender("numpy", 3)
    ((command, environment),) = started
    assert command[1:] == ["-m", "scratchae.benchmark.worker", "numpy", "3"]
    assert {environment[f"{pool}_NUM_THREADS"] for pool in pools} == {"3"}
    assert environment["PATH"]  # the rest is as it was


def test_a_worker_that_stopped_is_an_error_that_names_it():
    contender = run.Contender("no such backend", 1)
    with pytest.raises(ChildProcessError, match="benchmark of no such backend stopped"):
        contender.ask("peak")
    contender.close()


def test_ratio_is_their_time_over_ours(document):
    ms = {r["who"]: r["median_ms"] for r in document["results"]}
    assert document["ratios"][0]["ratio"] == pytest.approx(
        ms["numpy"] / ms["numba"], rel=1e-2
    )
