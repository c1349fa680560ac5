"""What commands do to files: nothing is replaced unasked or noticed too late."""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from conftest import HANGS
from without_numba import numba_or_skip

from scratchae import PCA, VariationalAutoencoder, data_options, load
from scratchae.cli import (
    build_parser,
    data,
    main,
    outputs,
    sample,
    train,
)
from scratchae.cli import course as course_command
from scratchae.cli.outputs import check_output
from scratchae.data import Scaling

LECTURE = '''"""A tiny lecture."""
from scratchae.course import Lecture
from scratchae.plots import curves
lecture = Lecture(__doc__)
lecture.save(curves({"line": ([0, 1], [0, 1])}, "x", "y", str(lecture.quick)), "01_a",
             "A line that rises.")
'''
VAE = "train vae --hidden 16 --latent 2 --epochs 2"
PNG = "runs/samples.png"
WRITES = {  # command that writes: the file
    VAE: "runs/vae-strokes.npz",
    "train pca --latent 3": "runs/pca-strokes.npz",
    "sample model.npz -n 4": PNG,
    "sample model.npz -n 4 --out runs/s.csv": "runs/s.csv",
    "sample model.npz -n 4 --out runs/s.npy": "runs/s.npy",
    "anomalies model.npz --data x.npy --normal x.npy --out runs/a.csv": "runs/a.csv",
    "explore model.npz --points 9": "runs/explorer.html",
    "data show --per-class 2": "runs/strokes.png",
    "course 01": "runs/figures/01_a.png",
    "museum --figure runs/museum.png": "runs/museum.png",
}


@pytest.fixture(autouse=True)
def small(tmp_path, monkeypatch):
    """An empty working folder with a small data set, one lecture and no faults."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(data_options.SIZES, ("strokes", False), (300, 100))
    monkeypatch.setattr(course_command, "LECTURES", tmp_path / "lectures")
    monkeypatch.setattr("scratchae.museum.matrix", lambda say: {})
    monkeypatch.setattr("scratchae.museum.as_text", lambda rows: "")
    monkeypatch.setattr(
        "scratchae.cli.museum.draw", lambda *a: a[-1].write_bytes(b"new")
    )
    np.save("x.npy", np.random.default_rng(1).uniform(size=(3, 784)))
    (tmp_path / "runs").mkdir()
    (tmp_path / "lectures").mkdir()
    (tmp_path / "lectures" / "01_tiny.py").write_text(LECTURE)


@pytest.fixture
def model(trained):
    shutil.copy(trained, "model.npz")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "model.npz"
    x = np.random.default_rng(0).uniform(size=(20, 784))
    model = VariationalAutoencoder(2, (8,), epochs=1, verbose=False).fit(x)
    model.about_ = {"data": {"source": "strokes", "shape": [28, 28], "columns": None,
                             "scaling": Scaling().described(), "reading": {}}}
    model.save(path)
    return path


def subcommands(parser):
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, command in action.choices.items():
                yield from ((f"{name} {rest}".strip(), deepest)
                            for rest, deepest in subcommands(command))
            return
    yield "", parser


def test_every_command_that_writes_a_file_has_overwrite_and_a_row_here():
    writing = set()
    for name, parser in subcommands(build_parser()):
        dests = {action.dest for action in parser._actions}
        if dests & {"out", "figure"}:
            assert "overwrite" in dests, name
            writing.add(name)
    writing.remove("lab")  # grade, typed again, adds to its table: see test_grading.py
    assert writing == {n for n in writing if any(c.startswith(n) for c in WRITES)}


@pytest.mark.parametrize("command", WRITES)
def test_a_second_run_replaces_nothing_unless_asked(command, model, tmp_path, capsys):
    path = tmp_path / WRITES[command]
    assert main(command.split()) == 0
    path.write_bytes(b"of an evening")
    before = sorted(tmp_path.rglob("*"))
    capsys.readouterr()
    assert main(command.split()) == 2
    out, err = capsys.readouterr()
    assert path.read_bytes() == b"of an evening"
    assert sorted(tmp_path.rglob("*")) == before
    assert out == "" and err.count("\n") == 1
    assert f"{WRITES[command]} is there already: --overwrite replaces" in err
    option = "--figure" if "--figure" in command else "--out"
    assert re.search(rf"{option} puts (the new one|them) elsewhere", err)
    assert main([*command.split(), "--overwrite"]) == 0
    assert path.read_bytes() != b"of an evening"


def test_a_file_without_a_byte_is_a_file_too(tmp_path):
    (tmp_path / "a.csv").touch()
    with pytest.raises(FileExistsError, match="a.csv is there already"):
        check_output(tmp_path / "a.csv", overwrite=False)


WHOLE = sorted(command for command in WRITES if not command.startswith("museum"))


@pytest.mark.parametrize("command", WHOLE)
def test_a_disk_that_is_full_leaves_what_was_there(
    command, model, tmp_path, monkeypatch, capsys
):
    def full(number):
        raise OSError("disk full")

    path = tmp_path / WRITES[command]
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"of an evening")
    monkeypatch.setattr("scratchae.files.os.fsync", full)
    assert main([*command.split(), "--overwrite"]) == 2
    assert capsys.readouterr().err.endswith("scratchae: disk full\n")
    assert path.read_bytes() == b"of an evening"
    assert [other.name for other in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("command", sorted(WRITES))
def test_a_file_in_the_way_of_the_folder_is_noticed_first(
    command, model, monkeypatch, capsys, tmp_path
):
    def work(*arguments, **more):
        raise AssertionError("this should have come later")

    for module in (train, data):
        monkeypatch.setattr(module, "load_data", work)
    monkeypatch.setattr(sample, "load", work)
    monkeypatch.setattr("scratchae.museum.matrix", work)
    monkeypatch.setattr(course_command.runpy, "run_path", work)
    (tmp_path / "runs").rmdir()
    (tmp_path / "runs").write_bytes(b"a file")
    capsys.readouterr()
    assert main(command.split()) == 2
    err = capsys.readouterr().err
    option = "--figure" if "figure" in command else "--out"
    assert f"{option}: " in err and "runs is not a folder" in err


@pytest.mark.parametrize("command", sorted(set(WRITES) - {"course 01"}))
def test_a_folder_that_cannot_be_written_is_noticed_first(
    command, model, monkeypatch, capsys
):
    monkeypatch.setattr(outputs.os, "access", lambda path, mode: False)
    assert main(command.split()) == 2
    assert "cannot write into" in capsys.readouterr().err


@pytest.mark.parametrize("command", WRITES)
def test_a_missing_folder_is_made(command, model, tmp_path):
    if "figure" not in command:
        name = WRITES[command].split("/")[-1]
        where = "a/b" if command.startswith(("train", "course")) else f"a/b/{name}"
        assert main([*command.split(), "--out", where]) == 0
        assert (tmp_path / "a" / "b" / name).exists()


def test_a_folder_in_place_of_the_file_is_refused(model, capsys):
    os.makedirs("here.png")
    assert main("sample model.npz --out here.png --overwrite".split()) == 2
    assert "--out: here.png is a folder" in capsys.readouterr().err


def test_weights_of_a_second_divergence_have_a_file_of_their_own(tmp_path, capsys):
    command = "train autoencoder --optimizer sgd --learning-rate 1e12 --epochs 2"
    assert main(command.split()) == 2
    first = tmp_path / "runs" / "autoencoder-strokes-diverged.npz"
    content = first.read_bytes()
    assert main(command.split()) == 2
    assert first.read_bytes() == content
    assert load("runs/autoencoder-strokes-diverged-2.npz").n_features_in_ == 784
    said = capsys.readouterr().err.splitlines()[-2:]
    assert "Try a smaller --learning-rate" in said[1] and "-diverged-2.npz" in said[0]


STATUS = [(signal.SIGINT, 130), (signal.SIGTERM, 143)]


@pytest.mark.parametrize("number, status", STATUS)
def test_any_command_stops_with_the_status_of_its_signal(
    number, status, monkeypatch, capsys
):
    def show(_):
        if signal.getsignal(number) != signal.SIG_DFL:  # pytest would end too
            os.kill(os.getpid(), number)

    monkeypatch.setattr(data, "show", show)
    assert main("data show".split()) == status


def test_commands_outside_the_main_thread_leave_signals_alone():
    got = []
    thread = threading.Thread(target=lambda: got.append(main(["gradcheck", "l1"])))
    thread.start()
    thread.join()
    assert got == [0]


BEFORE = "before the first epoch was complete: no file was written"
SMALL = """
import sys
from scratchae import cli, data_options
data_options.SIZES["strokes", False] = 300, 100
sys.exit(cli.main("train autoencoder --latent 2 --epochs 100000".split()))
"""


def test_ctrl_c_while_compiling_ends_with_130_and_one_line(tmp_path):
    numba_or_skip()
    choice = {"NUMBA_CACHE_DIR": str(tmp_path / "cache"), "SCRATCHAE_BACKEND": "numba"}
    process = subprocess.Popen(
        [sys.executable, "-c", SMALL], env={**os.environ, **choice},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )
    try:
        while "compiling kernels" not in process.stderr.readline():
            assert process.poll() is None
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=HANGS)
    finally:
        process.kill()
    assert process.returncode == 128 + signal.SIGINT, err
    assert err.splitlines()[-1] == f"scratchae: interrupted: {BEFORE}" and out == ""
    assert "Traceback" not in err


def stopped_by_ctrl_c(path, model, writes=""):
    """What is said where Ctrl-C ends a training that has written this, or nothing."""
    with pytest.raises(KeyboardInterrupt) as caught:
        with train.saying_what_is_kept(path, model):
            if writes:
                path.write_text(writes)
                os.utime(path, ns=(1, 1))
            raise KeyboardInterrupt
    return str(caught.value)


def test_ctrl_c_says_what_there_is_of_a_training(tmp_path):
    path, model = tmp_path / "m.npz", VariationalAutoencoder()
    assert stopped_by_ctrl_c(path, model) == BEFORE
    assert stopped_by_ctrl_c(path, PCA()) == (
        "no file was written; the same command starts anew")
    assert stopped_by_ctrl_c(path, model, "an epoch") == f"{path} has what was trained"
    assert stopped_by_ctrl_c(path, model) == f"{path} is as before"
    path.write_text("of an earlier training")
    assert stopped_by_ctrl_c(path, PCA(), "new") == f"{path} has what was trained"


def test_pixels_without_names_are_counted_in_a_table(tmp_path):
    about = {"scaling": Scaling().described(), "columns": None, "shape": None}
    sample.write_numbers(np.array([[0.5, 2, 3]]), ["a"], about, tmp_path / "x.csv")
    assert (tmp_path / "x.csv").read_text().split() == [
        "label,pixel0,pixel1,pixel2", "a,0.5,2,3"]
