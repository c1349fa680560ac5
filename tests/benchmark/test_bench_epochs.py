"""`scratchae bench --epochs`, and how the time of a step grows."""

import ast
import contextlib
import importlib.util
import sys
import time
from types import SimpleNamespace

import numpy as np
import pytest

from scratchae.benchmark import epochs, growth, run
from scratchae.benchmark.worker import Worker
from scratchae.benchmark.works import WORKS, Work
from scratchae.cli import bench, main

pytestmark = pytest.mark.lecture13


@pytest.fixture
def few_images(monkeypatch):
    monkeypatch.setattr(epochs.images, "__defaults__", (150,))
    monkeypatch.setattr("scratchae.benchmark.epochs.EPOCHS", (0, 4))


@pytest.mark.filterwarnings("ignore::scratchae.errors.UndertrainedWarning")
def test_whole_epochs_are_timed_beside_busy_processes(
    few_images, kernels, capsys, monkeypatch
):
    """With workers in this process; the peers' epochs are tried where they are."""
    asked, alive = [], []

    class Here(Worker):
        def ask(self, task, **order):
            asked.append((self.who, order["work"]))
            alive.extend(process for process in started if process.poll() is None)
            return getattr(self, task)(**order)

    started = []
    popen = epochs.subprocess.Popen
    monkeypatch.setattr(epochs.subprocess, "Popen",
                        lambda *a, **k: started.append(popen(*a, **k)) or started[-1])
    names = ["numba", *filter(importlib.util.find_spec, ("torch", "jax"))]
    rows = epochs.time_epochs([Here(who, 2) for who in names], [0, 2], 2, print)
    assert len(rows) == 2 * 2 * len(names)
    assert all(row[name] > 0 for row in rows
               for name in ("seconds", "ratio", "of_fair"))
    assert len(started) == 4 and alive and all(p.poll() is not None for p in started)
    assert capsys.readouterr().out.count("\n") == 1 + len(rows)


def test_an_epoch_is_compared_with_ours_and_with_its_own_beside_nobody(monkeypatch):
    seconds, busy = {"numba": (1.0, 3.0), "torch": (4.0, 10.0)}, []

    class Told:
        def __init__(self, who):
            self.who, self.threads = who, 2

        def ask(self, task, work, repeats):
            return [seconds[self.who][bool(busy and busy[-1])]] * repeats

    monkeypatch.setattr(epochs, "EPOCHS", (0,))
    monkeypatch.setattr(epochs, "busy_processes",
                        lambda number: busy.append(number) or contextlib.nullcontext())
    lines = []
    rows = epochs.time_epochs([Told(who) for who in seconds], [0, 2], 3, lines.append)
    found = [[row[name] for name in ("busy", "who", "seconds", "ratio", "of_fair")]
             for row in rows]  # beside two, half of the processors is a fair share
    assert found == [[0, "numba", 1, 1, 1], [0, "torch", 4, 4, 1],
                     [2, "numba", 3, 1, 1.5], [2, "torch", 10, 3.333, 1.25]]
    assert {(row["work"], row["batch"]) for row in rows} == {("vae 784-400-20", 128)}
    assert [line.split() for line in lines] == [row.split() for row in (
        "epoch of 20 000 images batch busy who s ratio of fair",
        "vae 784-400-20 128 0 numba 1.00 1.00 1.00",
        "vae 784-400-20 128 0 torch 4.00 4.00 1.00",
        "vae 784-400-20 128 2 numba 3.00 1.00 1.50",
        "vae 784-400-20 128 2 torch 10.00 3.33 1.25")]


def test_images_are_20_000_and_grey_in_one_pixel_of_five():
    x = epochs.images(60)
    assert x.shape == (20_000, 60) and x.dtype == np.float32
    assert (x == 0).mean() == pytest.approx(0.8, abs=0.01)
    assert 0.8 < x[x > 0].min() < x.max() < 1


@pytest.mark.parametrize("work, model", [
    (Work("vae", (7, 5, 3), 4), "VariationalAutoencoder"),
    (Work("autoencoder", (7, 6, 5, 3), 9), "Autoencoder"),
])
def test_our_epoch_is_one_of_the_model_that_the_work_names(work, model, monkeypatch):
    made = []

    class Model:
        def __init__(self, *sizes, **options):
            made.append((*sizes, options))
            self.history_ = {"seconds": [1.5]}

        def fit(self, x):
            made.append(x)
            return self

    monkeypatch.setattr(f"scratchae.models.{model}", Model)
    assert epochs.our_epoch(work, "images")() == 1.5
    options = {"batch_size": work.batch, "epochs": 1, "random_state": 0,
               "verbose": False}
    assert made == [(3, work.sizes[1:-1], options), "images"]


@pytest.mark.parametrize("kind", ["vae", "autoencoder"])
def test_nobody_is_told_that_the_one_epoch_of_a_benchmark_is_few(kind, recwarn):
    seconds = epochs.our_epoch(Work(kind, (7, 5, 3), 4), epochs.images(7, 90))()
    assert seconds > 0 and not recwarn.list


def test_the_document_of_epochs_has_their_rows_and_the_machine(
    kernels, monkeypatch
):
    asked = []

    class Silent:
        def __init__(self, *who_and_threads):
            asked.append(who_and_threads)

        def close(self):
            asked.append("closed")

    monkeypatch.setattr(run, "Contender", Silent)
    monkeypatch.setattr(run, "_threads", lambda: 7)
    monkeypatch.setattr(run, "time_epochs", lambda contenders, *given: [*given])
    document = run.run_epochs((), print, 4, (0, 2))
    assert document == {"machine": run._machine(7), "epochs": [(0, 2), 4, print]}
    assert document["machine"]["threads"] == 7
    assert asked == [("numba", 7), "closed"]


def test_busy_is_refused_without_epochs(capsys):
    assert main(["bench", "--busy", "1"]) == 2
    assert "--busy is of whole epochs: add --epochs" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["bench", "--epochs", "--busy", "some"])
    assert "--busy" in capsys.readouterr().err


def test_the_limit_grows_as_the_work_and_a_step_takes_its_time(monkeypatch):
    monkeypatch.setattr(growth, "our_step", lambda work: lambda: time.sleep(0.002))
    series = growth.step_times(100.0, 10.0, most=2, seconds=0.01)
    assert [*series] == ["width", "batch size"]
    (widths, taken), (_, least) = series["width"].values()
    assert widths == [100, 400] and all(2 <= ms < 2000 for ms in taken)
    work = Work("vae", (784, 400, 20), 128)
    by_hand = 1e3 * (work.flops / 100e9 + work.bytes / 10e9)
    assert least[1] == pytest.approx(by_hand)
    sizes, least = series["batch size"]["least possible"]
    small = Work("vae", (784, 400, 20), 16)
    assert least[0] == pytest.approx(
        1e3 * (small.flops / 100e9 + small.bytes / 10e9))
    assert series["batch size"]["taken"][0] == sizes == [16, 64]


def test_a_step_is_repeated_as_long_as_there_is_time_and_once_at_least():
    for seconds, least in (0.05, 4), (0.0, 2):  # the first is not counted
        steps = []
        taken = growth._median_ms(lambda done=steps: done.append(time.sleep(0.001)),
                                  seconds)
        assert len(steps) >= least and taken >= 1


def test_the_time_of_a_step_is_the_median_in_milliseconds(monkeypatch):
    # the end is at 100 s; steps of 1, 9 and 2 s, then it is too late for another
    now = iter([0, 0, 1, 1, 1, 10, 10, 10, 12, 200])
    monkeypatch.setattr(growth, "time", SimpleNamespace(perf_counter=now.__next__))
    assert growth._median_ms(lambda: None, 100) == 2000


def test_steps_have_twelve_rounds_and_epochs_three(monkeypatch):
    machine = {"peak_megabytes": {}, "processor": "", "target": "", "threads": 2}
    asked, document = [], {"machine": machine, "ratios": []}
    for name in "run", "run_epochs":
        monkeypatch.setattr(run, name, lambda *given: asked.append(given) or document)
    main(["bench"])
    main(["bench", "--epochs"])
    main(["bench", "--epochs", "--rounds", "5", "--busy", "2,1"])
    assert [given[2:] for given in asked] == [(12,), (3, [0]), (5, [0, 1, 2])]


MACHINE = {"processor": "Brand", "target": "zen", "threads": 3}


def test_a_benchmark_says_what_its_ratios_are(monkeypatch, capsys):
    ratios = [{"against": "numpy", "ratio": 2.0}]
    bench.print_steps({"machine": {"peak_megabytes": {"numba": 5}}, "ratios": ratios})
    assert capsys.readouterr().out.splitlines() == [
        "peak memory: numba 5 MB",
        "ratio = their time / ours (numba). Faster here: SCRATCHAE_BACKEND=numba"]
    monkeypatch.setattr(run, "run_epochs", lambda *given: {"machine": MACHINE})
    assert main("bench --epochs".split()) == 0
    assert capsys.readouterr().out.splitlines() == [
        "processor: Brand (zen), threads: 3",
        "ratio = seconds / ours; of fair = seconds / what a fair share of the "
        "processors would take"]


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
