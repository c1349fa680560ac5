"""Lines that somebody took out, or wrote otherwise, without a test that said so."""

import os
import signal
import threading

import numpy as np
import pytest
from drawn import labels_of
from estimators import fitted
from lab_tools import LABS

from scratchae import SparseAutoencoder, check_model, files, plots
from scratchae.cli import main
from scratchae.data import check_fits, described, load_dataset
from scratchae.errors import DataError
from scratchae.files import replacing
from scratchae.formulas.penalties import contractive_forward
from scratchae.gradcheck import check_gradient
from scratchae.labs.grading.rows import COLUMNS, Table
from scratchae.labs.grading.submissions import Student
from scratchae.nn import backend as backends
from scratchae.nn import plain
from scratchae.nn.per_thread import PerThread
from scratchae.plots.style import CLASS_COLOURS

both = pytest.mark.parametrize("number", ["01", "07", "15"])


@both
def test_another_seed_gives_a_lab_other_inputs(number):
    for part in LABS[number].parts:
        one, same, other = (part.cases(seed)[0].inputs for seed in (3, 3, 4))
        arrays = [name for name, value in one.items() if np.ndim(value)]
        assert all(np.array_equal(one[name], same[name]) for name in arrays)
        assert not all(np.array_equal(one[name], other[name]) for name in arrays)


def test_a_student_who_is_graded_again_has_her_new_rows_only(tmp_path):
    table, student = Table(tmp_path / "t.csv"), Student("ann", tmp_path / "ann")
    for points in "12":
        table.add(student, [dict.fromkeys(COLUMNS, points) | {"student": "ann"}])
    assert [row["points"] for row in table.rows["ann"]] == ["2"]


def test_a_file_of_ones_own_beside_the_labs_stays(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "labs").mkdir()
    (tmp_path / "labs/conftest.py").write_text("mine")
    assert main(["lab", "start", "01"]) == 0
    assert (tmp_path / "labs/conftest.py").read_text() == "mine"


def test_images_of_another_shape_do_not_fit_whatever_their_number_of_pixels(tmp_path):
    x = np.random.default_rng(0).integers(0, 256, (9, 4, 16)).astype(np.uint8)
    np.save(tmp_path / "a.npy", x)
    np.save(tmp_path / "b.npy", x.reshape(9, 8, 8))
    one, other = (load_dataset(tmp_path / f"{name}.npy") for name in "ab")
    check_fits(one, described(one, {}), 64)
    with pytest.raises(DataError, match="has images of 8 x 8 pixels; the model was tr"):
        check_fits(other, described(one, {}), 64)


def test_what_takes_a_files_place_is_on_the_disk_before(tmp_path, monkeypatch):
    path, seen, synced = tmp_path / "a.txt", [], []
    path.write_bytes(b"old")
    fsync, rename = os.fsync, os.replace
    monkeypatch.setattr(files.os, "fsync", lambda n: (synced.append(n), fsync(n)))
    monkeypatch.setattr(files.os, "replace", lambda part, to: (
        seen.append((len(synced), part.read_bytes())), rename(part, to)))
    with replacing(path) as file:
        file.write(b"new")
    assert seen == [(1, b"new")]


def test_points_of_long_tables_have_the_colours_of_their_own_rows():
    n = 5000
    x = np.column_stack([np.arange(n), np.arange(n)]).astype(float)
    y = np.where(np.arange(n) < n // 2, "low", "up")
    axes = plots.pair_plots(x, ["a", "b"], y).axes[1]
    low, up = (c.get_offsets()[:, 0] for c in axes.collections)
    assert low.max() < n // 2 <= up.min() and CLASS_COLOURS
    assert labels_of(axes, "x") is not None


@pytest.mark.skipif(os.name == "nt", reason="os.kill(SIGINT) ends a process there")
def test_the_first_signal_that_came_meanwhile_is_handled():
    interrupts = pytest.importorskip("scratchae.interrupts")
    with pytest.raises(KeyboardInterrupt):
        with interrupts.held_back():
            os.kill(os.getpid(), signal.SIGINT)
            inside = True
    assert inside


@pytest.mark.skipif(os.name == "nt", reason="SIGINT ends a process there")
def test_ctrl_c_waits_for_the_end_of_an_import(monkeypatch):
    """A library that is there by halves is so for the rest of the process."""
    whole = []

    def importing(name):
        signal.raise_signal(signal.SIGINT)
        whole.append(name)
        return plain

    monkeypatch.setattr(backends, "import_module", importing)
    monkeypatch.setattr(backends, "_modules", {})
    with pytest.raises(KeyboardInterrupt):
        backends._import("numpy")
    assert whole == ["scratchae.nn.plain"]


def test_what_a_thread_keeps_no_other_sees():
    kept, found = PerThread(), []
    kept.caches = "mine"

    def look():
        with pytest.raises(RuntimeError, match="backward was called before forward"):
            found.append(kept.caches)
        kept.caches = "theirs"

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert kept.caches == "mine" and not found


@pytest.mark.parametrize("name", ["sigmoid", "tanh"])
def test_a_contractive_penalty_is_of_the_codes_own_activation(name):
    x = np.random.default_rng(0).uniform(size=(20, 6))
    model = SparseAutoencoder(3, penalty="contractive", code_activation=name, epochs=1,
                              batch_size=20, learning_rate=1e-300, dtype="float64",
                              random_state=0, verbose=False).fit(x)
    layer = model.encoder_.layers[-1]
    expected, _ = contractive_forward(model.transform(x), layer.W, name)
    assert model.history_["penalty"][0] == pytest.approx(expected.mean(), rel=1e-12)
    assert check_model(model, x[:3]).passed


def test_the_classes_of_the_last_rows_are_those_that_are_not_trained():
    x, y = np.random.default_rng(0).uniform(size=(40, 6)), np.arange(40) % 2
    last, first = np.where(np.arange(40) >= 36, 2, y), np.where(np.arange(40) < 4, 2, y)
    options = {"validation_fraction": 0.1, "epochs": 1}
    with pytest.raises(ValueError, match=r"the classes \[2\] in the last rows only"):
        fitted("StackedClassifier", x, last, **options)
    model = fitted("StackedClassifier", x, first, **options)
    assert model.classes_.tolist() == [0, 1, 2]


def test_a_function_that_writes_to_its_argument_moves_no_point():
    def f(x):
        x *= 2
        return np.sum(x**3)

    x = np.array([0.7, -1.3, 2.1])
    for method in ("auto", "complex", "richardson", "central"):
        assert check_gradient(f, x, 24 * x**2, method).passed, method
    assert x.tolist() == [0.7, -1.3, 2.1]
