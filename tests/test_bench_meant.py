"""What the benchmark is meant to run: busy processes, epochs, sizes, peers, limits."""

import ast
import platform
import re
import sys

import numpy as np
import pytest
from llvmlite import binding
from numba import config

from scratchae import backend
from scratchae.benchmark import epochs, growth, peers, run
from scratchae.benchmark.worker import Worker
from scratchae.benchmark.works import WORKS, Work, our_step
from scratchae.networks.autoencoder import AutoencoderNetwork

pytestmark = pytest.mark.lecture13


def test_a_busy_process_never_ends_by_itself(monkeypatch):
    commands = []

    class Process:
        def __init__(self, command):
            commands.append(command)

        def kill(self):
            pass

        wait = kill

    monkeypatch.setattr(epochs.subprocess, "Popen", Process)
    with epochs.busy_processes(3):
        assert len(commands) == 3
    for command in commands:
        assert command[0] == sys.executable and command[-2] == "-c"
        (loop,) = ast.parse(command[-1]).body
        assert isinstance(loop, ast.While) and loop.test.value is True
        assert [type(line) for line in loop.body] == [ast.Pass]


def test_epochs_are_of_works_that_one_of_our_models_does():
    """A denoising one would be timed as a plain autoencoder's."""
    kinds = [WORKS[index].kind for index in epochs.EPOCHS]
    assert {*kinds} == {"vae", "autoencoder"}
    assert len({*epochs.EPOCHS}) == len(epochs.EPOCHS)
    first = WORKS[epochs.EPOCHS[0]]  # of which the README has a table
    assert (first.name, first.batch) == ("vae 784-400-20", 128)


def test_the_machine_is_described_by_its_own_words():
    machine = run._machine(7)
    assert machine["system"] == platform.platform() and machine["threads"] == 7
    assert machine["python"].split(".")[:2] == [*map(str, sys.version_info[:2])]
    assert machine["processor"] == run._processor()
    name = config.CPU_NAME or binding.get_host_cpu_name()
    assert re.fullmatch(rf"{name}, (256|512)-bit registers", machine["target"])


def test_both_curves_have_five_sizes_from_small_to_large(monkeypatch):
    timed = []
    monkeypatch.setattr(growth, "our_step", lambda work: work)
    monkeypatch.setattr(growth, "_median_ms",
                        lambda work, seconds: timed.append(work) or seconds)
    series = growth.step_times(100.0, 10.0, seconds=7.5)
    for curves in series.values():
        assert curves["taken"][1] == [7.5] * 5
        for sizes, ms in curves.values():
            assert sizes == sorted(sizes) and len(sizes) == len(ms) == 5
    assert [w.sizes[1] for w in timed[:5]] == series["width"]["taken"][0]
    assert [w.batch for w in timed[5:]] == series["batch size"]["taken"][0]
    assert {(w.kind, w.sizes[0], w.sizes[-1]) for w in timed} == {("vae", 784, 20)}


def test_the_denoiser_loses_three_pixels_of_ten(monkeypatch):
    given, loss = [], AutoencoderNetwork.loss
    monkeypatch.setattr(AutoencoderNetwork, "loss", lambda self, x, target: (
        given.append((x, target)) or loss(self, x, target=target)))
    with backend("numpy"):
        our_step(Work("denoising", (784, 3), 20))()
    ((noisy, clean),) = given
    assert 1 - noisy.sum() / clean.sum() == pytest.approx(0.3, abs=0.03)


@pytest.mark.parametrize("library", peers.PEERS)
def test_a_peer_is_the_file_of_its_own_library(library, monkeypatch):
    asked = []
    monkeypatch.setattr(peers, "import_module", asked.append)
    peers.peer(library)
    assert asked == [f"scratchae.benchmark.in_{library}"]


def test_limits_are_those_of_single_precision():
    """28 bytes for each number of the stream; and Adam moves nothing."""
    seen = {}

    class Seen:
        def layer_forward(self, x, W, b):
            seen["product"] = x, W, b

        def adam_step(self, theta, grad, m, v, t, rate):
            seen["stream"] = theta, grad, m, v
            seen["rate"] = rate

    worker = Worker.__new__(Worker)
    worker.ops, worker.built = Seen(), {}
    worker.product(1)
    worker.stream(1)
    arrays = *seen["product"], *seen["stream"]
    assert {array.dtype for array in arrays} == {np.dtype(np.float32)}
    assert seen["rate"] == 0 and all((a >= 0).all() for a in seen["stream"])


class Counted:
    """A contender that counts what it is asked."""

    asked = []

    def __init__(self, who, threads):
        self.who, self.threads = who, threads

    def ask(self, task, repeats=1, **order):
        self.asked.append((self.who, task))
        return [1.0] * repeats

    def close(self):
        pass


@pytest.fixture
def asked(monkeypatch):
    """What all contenders are asked, of one work and one product; torch is there."""
    monkeypatch.setattr(Counted, "asked", [])
    monkeypatch.setattr(run, "Contender", Counted)
    monkeypatch.setattr(run, "_rounded", lambda megabytes: 1)
    monkeypatch.setattr(run, "WORKS", WORKS[:1])
    monkeypatch.setattr(run, "kernel_calls", lambda: {"h V": (None, 9)})
    monkeypatch.setattr(run.importlib.util, "find_spec", lambda name: name == "torch")
    monkeypatch.setattr(epochs, "EPOCHS", (0,))
    return Counted.asked


@pytest.mark.parametrize("rounds", [1, 4])
def test_rounds_are_as_many_as_were_asked_for_in_every_table(rounds, asked):
    """Steps and kernels are asked twice before, epochs and matmul once."""
    run.run(["torch"], lambda line: None, rounds)
    for who in "numba", "numpy", "torch":
        assert asked.count((who, "step")) == rounds + 2
        assert asked.count((who, "peak")) == 1
    assert asked.count(("numpy", "kernel")) == rounds + 2
    assert asked.count(("numba", "kernel")) == 2 * rounds + 3
    assert asked.count(("numpy", "matmul")) == rounds + 1
    assert asked.count(("numba", "stream")) == asked.count(("numpy", "product")) == (
        rounds)


@pytest.mark.parametrize("rounds", [1, 4])
def test_epochs_are_timed_with_peers_in_as_many_rounds(rounds, asked):
    lines = []
    document = run.run_epochs(["torch", "jax"], lines.append, rounds, (0,))
    assert [row["who"] for row in document["epochs"]] == ["numba", "torch"]
    for who in "numba", "torch":
        assert asked.count((who, "epoch")) == rounds + 1
    assert [line.split()[0] for line in lines] == ["jax", "epoch", "vae", "vae"]
