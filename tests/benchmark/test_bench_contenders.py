"""What each contender of the benchmark is asked, how often, and on which machine."""

import platform
import re
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from scratchae import backend
from scratchae.benchmark import epochs, peers, run
from scratchae.benchmark.worker import Worker
from scratchae.benchmark.works import WORKS, Work, our_step
from scratchae.networks.autoencoder import AutoencoderNetwork

pytestmark = pytest.mark.lecture13


def test_the_machine_is_described_by_its_own_words(kernels):
    from llvmlite import binding
    from numba import config

    machine = run._machine(7)
    assert machine["system"] == platform.platform() and machine["threads"] == 7
    assert machine["python"].split(".")[:2] == [*map(str, sys.version_info[:2])]
    name = re.escape(config.CPU_NAME or binding.get_host_cpu_name())
    assert re.fullmatch(f"{name}, (256|512)-bit registers", machine["target"])


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
    worker.stream(60, 1)
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
def test_rounds_are_as_many_as_were_asked_for_in_every_table(rounds, kernels, asked):
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
def test_epochs_are_timed_with_peers_in_as_many_rounds(rounds, kernels, asked):
    lines = []
    document = run.run_epochs(["torch", "jax"], lines.append, rounds, (0,))
    assert [row["who"] for row in document["epochs"]] == ["numba", "torch"]
    for who in "numba", "torch":
        assert asked.count((who, "epoch")) == rounds + 1
    assert [line.split()[0] for line in lines] == ["jax", "epoch", "vae", "vae"]


def test_a_contender_in_the_middle_of_a_work_ends_at_once_and_says_nothing(capfd):
    contender = run.Contender("numpy", 1)
    process = contender.process
    process.stdin.write('{"task": "product", "repeats": 1000000000}\n')
    process.stdin.flush()
    contender.close()
    assert process.poll() is not None and capfd.readouterr().err == ""


def test_a_contender_is_ended_and_waited_for(monkeypatch):
    done = []

    class Process:
        stdin = SimpleNamespace(close=lambda: done.append("input"))
        stdout = SimpleNamespace(close=lambda: done.append("output"))

        def __init__(self, *command, **options):
            pass

        def kill(self):
            done.append("ended")

        def wait(self, timeout):
            done.append("waited for")

    monkeypatch.setattr(run.subprocess, "Popen", Process)
    run.Contender("numpy", 1).close()
    assert done == ["ended", "input", "output", "waited for"]
