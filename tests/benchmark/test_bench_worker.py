"""What a contender of the benchmark runs: its own steps, and no step that diverged."""

import contextlib
import math
import re
from pathlib import Path

import numpy as np
import pytest

from scratchae.benchmark import epochs, run, works
from scratchae.benchmark import worker as worker_room
from scratchae.benchmark.worker import Worker
from scratchae.benchmark.works import Work, our_network, our_step
from scratchae.networks.autoencoder import AutoencoderNetwork
from scratchae.nn.optimizers import Adam

pytestmark = pytest.mark.lecture13
TWO = [Work("vae", (7, 5, 3), 4), Work("denoising", (7, 5), 9)]


@pytest.fixture
def done(monkeypatch):
    """What was built and run, by stand-ins for our steps and epochs of two works."""
    done = []

    def step(work):
        done.append(("build step", work))
        return lambda: done.append(("step", work))

    def epoch(work, x):
        done.append(("build epoch", work, x.shape))
        return lambda: done.append(("epoch", work)) or 2.5

    monkeypatch.setattr(worker_room, "WORKS", TWO)
    monkeypatch.setattr(worker_room, "our_step", step)
    monkeypatch.setattr(worker_room, "our_epoch", epoch)
    monkeypatch.setattr("scratchae.nn.backend.set_backend", lambda name: None)
    return done


def test_a_worker_keeps_steps_and_epochs_of_each_work_apart(done):
    """Each is built once, also where the same work is asked for both."""
    worker, (first, second) = Worker("numpy", 1), TWO
    for _ in range(2):
        for work in 0, 1:
            assert len(worker.step(work, 2)) == 2
            assert worker.epoch(work, 3) == [2.5] * 3
    built = [what for what in done if what[0].startswith("build")]
    assert built == [("build step", first), ("build epoch", first, (20_000, 7)),
                     ("build step", second), ("build epoch", second, (20_000, 7))]
    assert [done.count(("step", work)) for work in TWO] == [4, 4]
    assert [done.count(("epoch", work)) for work in TWO] == [6, 6]


def test_a_worker_uses_the_backend_of_its_name_and_a_peer_none(monkeypatch):
    chosen, peers = [], []

    class Peer:
        def step_of(self, work, threads):
            peers.append(("step", work, threads))
            return lambda: None

        def epoch_of(self, work, x, threads):
            peers.append(("epoch", work, x.shape, threads))
            return lambda: 1.5

    monkeypatch.setattr(worker_room, "WORKS", TWO)
    monkeypatch.setattr("scratchae.nn.backend.set_backend", chosen.append)
    monkeypatch.setattr(worker_room, "peer", {"torch": Peer()}.__getitem__)
    Worker("numpy", 1)
    other = Worker("torch", 3)
    assert len(other.step(1, 2)) == 2 and other.epoch(0, 2) == [1.5] * 2
    assert chosen == ["numpy"]
    assert peers == [("step", TWO[1], 3), ("epoch", TWO[0], (20_000, 7), 3)]


@pytest.mark.parametrize("what", ["loss", "norm"])
@pytest.mark.parametrize("bad", [math.inf, math.nan])
def test_a_step_that_diverged_is_an_error_that_names_the_work(what, bad, monkeypatch):
    """It is not timed as if it were one."""
    loss = AutoencoderNetwork.loss
    if what == "loss":
        monkeypatch.setattr(AutoencoderNetwork, "loss", lambda self, x:
                            loss(self, x) | {"loss": bad})
    else:
        monkeypatch.setattr(Adam, "step", lambda *given: bad)
    with pytest.raises(FloatingPointError) as error:
        our_step(Work("autoencoder", (7, 3), 4))()
    assert str(error.value) == "autoencoder 7-3: the loss is not finite"


def test_the_works_are_those_of_the_tables_of_the_readme():
    text = Path(works.__file__).with_name("README.md").read_text()
    rows = re.findall(r"^\| (\w+ [\d-]+) \| (\d+) \|", text, flags=re.M)
    steps = [(work.name, work.batch) for work in works.WORKS]
    by_busy = [steps[index] for index in epochs.EPOCHS for busy in (0, 1, 2, 4, 8)]
    assert [(name.lower(), int(batch)) for name, batch in rows] == steps + by_busy


@pytest.mark.parametrize("kind, code, loss", [
    ("vae", "identity", "BernoulliPixels"), ("autoencoder", "identity", "SquaredError"),
    ("denoising", "sigmoid", "BernoulliPixels"),
])
def test_a_network_has_the_layers_that_its_work_counts(kind, code, loss):
    work = Work(kind, (7, 5, 3), 4)
    network = our_network(work)
    layers = [*network.encoder.layers, *network.decoder.layers]
    assert [layer.W.shape for layer in layers] == work.layers
    names = [layer.activation.name for layer in network.encoder.layers]
    assert names == ["relu", code]
    assert type(network.pixels).__name__ == loss
    assert network.parameters.size == work.parameters


def test_kernels_are_timed_on_the_same_numbers_that_stay_the_same():
    """Squares of gradients are not negative, and grey values lie in [0, 1]."""
    given = {}

    class Seen:
        def __getattr__(self, name):
            def call(*arguments, **options):
                given.setdefault(name, (arguments, options))
                return None, None, "cache"

            return call

    first, second = works.kernel_calls(3, 7, 5, 2), works.kernel_calls(3, 7, 5, 2)
    for call, _ in first.values():
        call(Seen())
    theta, grad, m, v, t = given["adam_step"][0]
    assert (v >= 0).all() and {a.size for a in (theta, grad, m, v)} == {2 * 7 * 5}
    assert t == 9 and not np.array_equal(v, m)
    grey = given["binarize"][0][0]
    assert grey.dtype == np.float32 and 0 <= grey.min() and grey.max() < 1
    assert given["gaussian_head_forward"][0][0].shape == (3, 4)
    seen = dict(given)
    given.clear()
    for call, _ in second.values():
        call(Seen())
    np.testing.assert_array_equal(given["adam_step"][0][1], seen["adam_step"][0][1])


def test_a_contender_that_fails_to_start_leaves_none_of_the_others(monkeypatch):
    closed = []

    class Some:
        def __init__(self, who, threads):
            if who == "third":
                raise OSError("no more processes")
            self.who = who

        def close(self):
            closed.append(self.who)

    monkeypatch.setattr(run, "Contender", Some)
    with pytest.raises(OSError), run.started(("first", "second", "third"), 1):
        pass
    assert closed == ["second", "first"]


def test_a_worker_that_has_ended_already_is_an_error_that_names_it(capfd):
    """And no broken pipe, which a command takes for a reader who has gone away."""
    contender = run.Contender("no such backend", 1)
    contender.process.wait()
    with pytest.raises(ChildProcessError, match="benchmark of no such backend stopped"):
        contender.ask("peak")
    contender.close()
    assert contender.process.stdin.closed and contender.process.stdout.closed


def test_busy_processes_end_also_where_not_all_could_be_started(monkeypatch):
    popen, alive = epochs.subprocess.Popen, []

    def start(command):
        if len(alive) == 2:
            raise OSError("no more processes")
        alive.append(popen(command))
        return alive[-1]

    monkeypatch.setattr(epochs.subprocess, "Popen", start)
    try:
        with pytest.raises(OSError, match="no more"), epochs.busy_processes(3):
            pass
        assert len(alive) == 2 and all(p.returncode is not None for p in alive)
    finally:
        for process in alive:
            process.kill()
            process.wait()


def test_busy_processes_are_waited_for_at_the_end():
    """None is left as a zombie."""
    started, popen = [], epochs.subprocess.Popen
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(epochs.subprocess, "Popen",
                      lambda command: started.append(popen(command)) or started[-1])
        with epochs.busy_processes(2):
            assert [process.poll() for process in started] == [None] * 2
    assert len(started) == 2 and all(p.returncode is not None for p in started)


def test_threads_are_as_many_as_the_processors_that_we_may_use(monkeypatch):
    monkeypatch.setattr(run.os, "sched_getaffinity", lambda process: {3, 5, 7},
                        raising=False)
    monkeypatch.setattr(run.os, "cpu_count", lambda: 64)
    assert run._threads() == 3
    monkeypatch.delattr(run.os, "sched_getaffinity")
    assert run._threads() == 64


def test_kernels_products_and_large_arrays_are_built_once(monkeypatch):
    """Else their caches are made while the clock runs."""
    built, calls = [], []

    def build(what, thing):
        built.append(what)
        return thing

    monkeypatch.setattr("scratchae.nn.backend.set_backend", lambda name: None)
    monkeypatch.setattr(worker_room, "kernel_calls", lambda: build("kernels", {
        "Adam": (calls.append, 0), "h V": (calls.append, 9)}))
    monkeypatch.setattr(worker_room, "matmul_calls", lambda: build("matmul", {
        "h V": lambda: calls.append("matmul")}))
    worker = Worker("numpy", 1)
    for _ in range(2):
        assert len(worker.kernel("Adam", 2)) == len(worker.kernel("h V", 1)) + 1 == 2
        worker.matmul("h V", 1)
    assert built == ["kernels", "matmul"]
    assert calls == [worker.ops, worker.ops, worker.ops, "matmul"] * 2


def test_each_contender_has_an_epoch_before_the_first_that_is_timed(monkeypatch):
    """There it compiles, and beside nobody."""
    asked, busy = [], []

    @contextlib.contextmanager
    def beside(number):
        busy.append(number)
        yield
        busy.pop()

    class Told:
        threads = 2

        def __init__(self, who):
            self.who = who

        def ask(self, task, work, repeats):
            asked.append((self.who, *busy))
            return [1.0] * repeats

    monkeypatch.setattr(epochs, "busy_processes", beside)
    epochs._in_turn([Told("numba"), Told("torch")], 0, 3, 2)
    assert asked == [("numba",), ("torch",), *[("numba", 3), ("torch", 3)] * 2]


def test_of_all_rounds_the_median_counts_and_no_lucky_one(monkeypatch):
    """Steps : medians of 2, 1 and 9 ms in a round. Epochs : one each."""
    class Moody:
        who = "numba"

        def __init__(self, *rounds):
            self.rounds = iter(rounds)

        def ask(self, task, repeats, work=0):
            return [next(self.rounds)] * repeats

    steps, one = Moody(1.0, 1.0, 2e-3, 1e-3, 9e-3), Moody(1.0, 2e-3, 1e-3, 9e-3)
    found = run.interleaved([steps], {"task": "step"}, 3)
    assert found == {steps: (2e-3, 1e-3)}
    assert epochs._in_turn([one], 0, 0, 3) == {one: 2e-3}


def test_peers_are_named_in_their_order_and_once_each(monkeypatch):
    lines, there = [], {"b", "d"}
    monkeypatch.setattr(run.importlib.util, "find_spec", lambda name: name in there)
    asked = ["d", "c", "b", "e", "a", "d", "c"]
    assert run._installed(asked, lines.append) == ["d", "b"]
    assert [line.split()[0] for line in lines] == ["c", "e", "a"]
    assert run._installed((), lines.append) == [] and len(lines) == 3
