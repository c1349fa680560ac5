"""The rounds of the benchmark: turns, medians, shares of the limit."""

import io
import os

import pytest

from scratchae.benchmark import run
from scratchae.benchmark.limits import Limits
from scratchae.benchmark.works import Work

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


# A product of 2 * 1024^3 operations in 2 s and 28 * 4e6 bytes in 0.5 s; the work has
# as many operations in its products, and moves half as many bytes: 2 + 0.25 s.
class Fake(Work):
    name, flops, parameters, bytes = "fake 1-1", 2 * 1024**3, 4_000_000, 56e6


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
    for found in document["results"]:
        assert found["product_gflops"] == round(1024**3 / 1e9, 1)
        assert (found["bandwidth_gb_per_s"], found["least_ms"]) == (0.2, 2250.0)
    assert lines[1].split()[-2:] == ["0.75", "1.00"]
    assert lines[2].split()[-2:] == ["0.25", "3.00"]
    assert document["ratios"][0]["ratio"] == 3


def test_every_number_of_a_step_is_printed_and_in_the_document(monkeypatch):
    """107 of 215 GFLOP/s; beside 10 ms of products, 56 MB at 20 GB/s."""
    limits = {"product": [0.01], "stream": [112e6 / 20e9]}
    document, lines, _ = timed(monkeypatch, 0.02, 0.06, **limits)
    cells = [line.split() for line in lines]
    assert cells[0] == "training step batch who ms GFLOP/s of limit ratio".split()
    assert cells[1] == "fake 1-1 1 numba 20.00 107.4 0.64 1.00".split()
    assert cells[2] == "fake 1-1 1 numpy 60.00 35.8 0.21 3.00".split()
    assert lines[3:] == [
        "of limit: the least time that these limits allow / the least time taken",
        "limits of these works: products, GFLOP/s: 215; memory, GB/s: 20"]
    work = {"work": "fake 1-1", "batch": 1}
    limits = {"product_gflops": 214.7, "bandwidth_gb_per_s": 20.0, "least_ms": 12.8}
    assert document == {
        "machine": {},
        "results": [
            {**work, "who": "numba", "threads": 2, "median_ms": 20.0, "best_ms": 20.0,
             "gflops": 107.37, "limit_share": 0.64, **limits},
            {**work, "who": "numpy", "threads": 2, "median_ms": 60.0, "best_ms": 60.0,
             "gflops": 35.79, "limit_share": 0.2133, **limits}],
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


def test_each_work_has_the_limit_of_a_stream_as_long_as_its_own(monkeypatch):
    """What a cache holds is no limit for what it does not hold."""
    asked = []

    class Streaming:
        def ask(self, task, repeats, size=None):
            asked.append((task, size))
            return {"product": [2.0], "stream": [size and size * 28 / 1e6]}[task]

    limits = Limits([Streaming()])
    for work in run.WORKS:
        limits.measure(work)
    sizes = [work.parameters for work in run.WORKS]
    assert [size for task, size in asked if task == "stream"] == sizes
    found = [limits.bandwidth(work) for work in run.WORKS]
    assert found == pytest.approx([1e6] * len(sizes))


def test_a_work_has_the_limits_of_its_own_rounds():
    """Else the first share is of limits that a later work has moved."""
    asked, first, second = [], OneWork, Fake("fake", (1, 2), 1)
    limits = Limits([Scripted("numba", asked, 3.0, [2.0, 1.0], [0.5, 0.25])])
    limits.measure(first)
    before = limits.share(first, 3.0)
    limits.measure(second)
    assert limits.share(first, 3.0) == before == 0.75
    assert limits.share(second, 3.0) == 0.375


def test_the_share_is_of_the_best_step_and_the_ratio_of_the_median(monkeypatch):
    monkeypatch.setattr(run, "WORKS", [OneWork])
    document, asked = {"machine": {}, "results": [], "ratios": []}, []
    contenders = [Scripted("numba", asked, 3.0, product=[2.0], stream=[0.5]),
                  Scripted("numpy", asked, 9.0, product=[50.0])]
    contenders[0].seconds["step"] = [3.0, 3.0, 6.0, 2.5, 6.0, 6.0]
    run._time_steps(document, contenders, lambda line: None, 3)
    assert document["results"][0]["limit_share"] == 0.9  # 2.25 / 2.5
    assert document["ratios"][0]["ratio"] == 1.5  # 9 / 6


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
    assert found == {fast: pytest.approx((2e-3, 1e-3)), slow: pytest.approx((2, 1))}
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


def test_peers_that_are_not_there_are_left_out_in_words(kernels, monkeypatch):
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
    assert lines == ["jax is not installed: left out "
                     "(pip install -e '.[peers]' in a checkout)"]
    threads = document["machine"]["threads"]
    assert started[:3] == [(who, threads) for who in ("numba", "numpy", "torch")]
    assert threads == run._threads() and 1 <= threads <= os.cpu_count()
    assert started[3:] == ["closed"] * 3
    assert document["machine"]["peak_megabytes"] == {"numba": 10, "numpy": 21,
                                                     "torch": 30}
    assert document["machine"]["kernels"] == ["kernels"]


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
