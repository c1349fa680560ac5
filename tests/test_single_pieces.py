"""Small pieces that everything uses: memory, files, silence, errors, course options."""

import os
import pickle
import runpy
import sys
import warnings
from argparse import ArgumentParser
from types import SimpleNamespace

import numpy as np
import pytest
import sklearn.exceptions

from scratchae import Autoencoder, NotFittedError, errors, files, locks, memory, pulse
from scratchae.course import DEFAULT, add_data_options, load_data, stem
from scratchae.data import load_dataset
from scratchae.pulse import unit_of
from scratchae.rows import MappedRows
from scratchae.text_table import text_table
from scratchae.validation import check_data, refuse_pair

LOG = pulse.LOG  # before a test sets it

# What is free


def place(folder, **says):
    folder.mkdir()
    for name, text in says.items():
        (folder / f"memory.{name}").write_text(f"{text}\n")
    return folder


@pytest.mark.parametrize("container, free", [
    ({}, 900 * 1024), ({"max": "max", "current": 50}, 900 * 1024),
    ({"max": 5000, "current": 1000}, 4000),
    ({"max": 5000, "current": 1000, "stat": "file 7\ninactive_file 300"}, 4300),
    ({"max": 5000, "current": 1000, "stat": "active_file 200\ninactive_file 300"},
     4500),
    ({"max": 10**9, "current": 0}, 900 * 1024),
])
def test_free_is_what_the_machine_and_its_container_leave(
    container, free, tmp_path, monkeypatch
):
    """A container without a limit says max, and none need say how much is of files."""
    (tmp_path / "info").write_text("MemTotal: 9999 kB\nMemFree: 5 kB\n"
                                   "MemAvailable:     900 kB\nCached: 7 kB\n")
    monkeypatch.setattr(memory, "MACHINE", tmp_path / "info")
    monkeypatch.setattr(memory, "CONTAINER", place(tmp_path / "c", **container))
    memory.check_memory(free, "this")
    with pytest.raises(MemoryError, match="^this would take"):
        memory.check_memory(free + 1, "this")


def test_a_machine_that_does_not_say_what_is_available_has_all_its_pages(
    tmp_path, monkeypatch
):
    (tmp_path / "info").write_text("MemTotal: 5 kB\n")
    monkeypatch.setattr(memory, "MACHINE", tmp_path / "info")
    monkeypatch.setattr(memory, "CONTAINER", tmp_path / "none")
    monkeypatch.setattr(memory.os, "sysconf", {"SC_PHYS_PAGES": 1000,
                                               "SC_PAGE_SIZE": 3 * 10**6}.get)
    memory.check_memory(3 * 10**9, "this")
    with pytest.raises(MemoryError, match="take 4.5 GB of memory, of which 3 GB are f"):
        memory.check_memory(4.5e9, "this")
    monkeypatch.delattr(memory.os, "sysconf")
    memory.check_memory(10**30, "this")  # nobody knows


# Files and locks


@pytest.mark.parametrize("age, stays", [(60, True), (86000, True), (86800, False)])
def test_on_windows_what_is_a_day_old_was_left_behind(
    age, stays, tmp_path, monkeypatch
):
    monkeypatch.setattr(files, "WINDOWS", True)
    part = tmp_path / f".m.{'0f' * 16}.tmp"
    part.write_bytes(b"half")
    now = part.stat().st_mtime
    monkeypatch.setattr(files.time, "time", lambda: now + age)
    with files.replacing(tmp_path / "m") as file:
        file.write(b"new")
    assert part.exists() is stays and (tmp_path / "m").read_bytes() == b"new"


def test_asking_whether_a_file_can_be_written_leaves_nothing_and_changes_nothing(
    tmp_path
):
    files.check_writable(tmp_path / "new")
    (tmp_path / "old").write_bytes(b"old")
    files.check_writable(tmp_path / "old")
    assert os.listdir(tmp_path) == ["old"]
    assert (tmp_path / "old").read_bytes() == b"old"
    for wrong in tmp_path, tmp_path / "none" / "m", tmp_path / "old" / "m":
        with pytest.raises(OSError) as caught:
            files.check_writable(wrong)
        assert caught.value.filename == str(wrong)


@pytest.mark.parametrize("host, said", [("", "process 7"), ("here", "process 7"),
                                        ("there", "process 7 on there")])
def test_who_holds_a_path_is_named_with_the_machine_if_it_is_another(
    host, said, monkeypatch
):
    monkeypatch.setattr("socket.gethostname", lambda: "here")
    assert locks._refusal("m", "7", host) == (
        f"m: {said} is writing it; wait for its end, or write elsewhere")


# What is shown


@pytest.mark.parametrize("terminal, silence, shows", [
    (True, 0.7, False), (True, 1.0, True), (False, 4.5, False), (False, 5.5, True),
])
def test_silence_is_ended_after_a_second_in_a_terminal_and_after_five_in_a_log(
    terminal, silence, shows, monkeypatch
):
    shown, ticks, waited = [], iter([False, True]), []
    one = pulse._Pulse(SimpleNamespace(isatty=lambda: terminal))
    one.stop = SimpleNamespace(wait=lambda s: waited.append(s) or next(ticks))
    one.last = 100.0
    monkeypatch.setattr(pulse, "LOG", LOG)
    monkeypatch.setattr(one, "show", shown.append)
    with pulse.doing("this"), monkeypatch.context() as patch:
        patch.setattr(pulse.time, "monotonic", lambda: 100 + silence)
        one.beat()
    assert bool(shown) is shows and max(waited) <= 0.2


@pytest.mark.parametrize("done, said", [
    (0, "reading: 0 of 40 rows, 60 s"),
    (10, "reading: 10 of 40 rows, 60 s, 180 s left"),
    (40, "reading: 40 of 40 rows, 60 s, 0 s left"),
])
def test_what_is_left_is_said_once_something_is_done(done, said, monkeypatch):
    monkeypatch.setattr(pulse.time, "monotonic", lambda: 160.0)
    assert pulse._Work("reading", "rows", 40, done, 100.0).line() == said
    assert pulse._Work("reading", start=100.0).line() == "reading: 60 s"
    assert pulse._Work("reading", start=100.0).bar(99) == "reading: 01:00"


@pytest.mark.parametrize("items, expected", [("rows", "nats/row"),
                                             ("images", "nats/img")])
def test_a_unit_is_per_row_of_rows_and_per_image_of_images(items, expected):
    assert unit_of("nats/img", items) == expected
    assert unit_of("nats/img") == "nats/img" and unit_of("s", items) == "s"


def test_a_table_of_texts_is_aligned_and_has_no_blanks_at_its_ends():
    assert text_table(["a", "long"], [["bbb", "c"], ["", "d"], ["e", ""]]) == [
        "a    long", "bbb  c", "     d", "e"]


# Errors


def test_an_error_of_an_unfitted_model_is_scikit_learns_too_also_after_a_pickle():
    with pytest.raises(NotFittedError) as caught:
        Autoencoder(2).transform(np.eye(3))
    again = pickle.loads(pickle.dumps(caught.value))
    for error in caught.value, again:
        assert isinstance(error, sklearn.exceptions.NotFittedError)
        assert isinstance(error, NotFittedError)
        assert str(error).startswith("This Autoencoder instance is not fitted yet.")


def test_without_scikit_learn_errors_and_warnings_are_the_packages_own(monkeypatch):
    assert errors.sklearn_warning("DataConversionWarning") is (
        sklearn.exceptions.DataConversionWarning)
    monkeypatch.delitem(sys.modules, "sklearn.exceptions")
    assert type(errors.not_fitted("x")) is NotFittedError
    assert errors.sklearn_warning("DataConversionWarning") is UserWarning


@pytest.mark.parametrize("word, nearest", [
    ("ada", "adamw"), ("adamw", "adamw"), ("tan", "tanh"), ("sigmoyd", "sigmoid"),
])
def test_a_beginning_goes_before_what_is_only_alike(word, nearest):
    names = ["da", "adamw", "tanh", "sigmoid", "aad"]
    assert errors.did_you_mean(word, names) == f" Did you mean {nearest!r}?"


def deep(levels, name):
    """Whether a warning met so many calls below this package points at `name`."""
    source = "def at(n, warn):\n    warn('m') if n == 0 else at(n - 1, warn)\n"
    inside, outside = {"__name__": "scratchae.some.module"}, {"__name__": name}
    exec(compile(source, "inside.py", "exec"), inside)
    exec(compile("def call(at, *a):\n    at(*a)\n", "outside.py", "exec"), outside)
    with warnings.catch_warnings(record=True) as met:
        warnings.simplefilter("always")
        outside["call"](inside["at"], levels, errors.warn)
    return [w.filename for w in met] == ["outside.py"]


@pytest.mark.parametrize("name", ["__main__", "scratchae_of_mine", "mine.scratchae"])
@pytest.mark.parametrize("levels", [0, 1, 5, 30])
def test_a_warning_points_at_who_called_the_package_however_deep_it_is_met(
    levels, name
):
    assert deep(levels, name)


@pytest.mark.parametrize("loss, said", [(123456.789, "123457"), (1e-9, "1e-09"),
                                        (-0.1234567, "-0.123457")])
def test_the_last_finite_loss_is_said_in_six_digits(loss, said):
    error = errors.DivergedError("the loss", 1, 2, loss)
    assert f"the last finite loss was {said}. Try a smaller learning_" in str(error)


# Rows at the door


@pytest.fixture
def rows(tmp_path):
    """Rows of a file in which the 1203rd has a number without a square."""
    x = np.random.default_rng(0).normal(size=(2500, 3))
    x[1203, 1] = 1e200
    np.save(tmp_path / "x.npy", x)
    return MappedRows(np.load(tmp_path / "x.npy", mmap_mode="r"), dtype=np.float64)


def test_what_is_said_of_rows_in_a_file_has_their_name_and_number(rows):
    given = {"owner": "Model", "dtype": np.float64, "mapped": True}
    with pytest.raises(ValueError, match=r"^Input rows contains .* in row 1203, column"
                       " 1[.]"):
        check_data(rows, "rows", squares=True, **given)
    assert check_data(rows, "rows", **given)[1203][1] == 1e200
    with pytest.raises(ValueError, match="^rows has 3 features, but Model is expecting "
                       "4 features"):
        check_data(rows, "rows", n_features=4, **given)
    with pytest.raises(ValueError, match="expects rows with values in .*: "):
        check_data(rows, "rows", unit=True, **given)


@pytest.mark.parametrize("make", [list, tuple])
def test_rows_of_a_list_keep_their_masks(make):
    masked = np.ma.masked_array([1.0, 2, 3], [False, True, False])
    with pytest.raises(ValueError, match="^Input X is a masked array with masked val"):
        check_data(make([np.zeros(3), masked]), owner="Model")
    plain = make([np.zeros(3), np.ma.masked_array([1.0, 2, 3])])
    assert check_data(plain, owner="Model").tolist() == [[0, 0, 0], [1, 2, 3]]


@pytest.mark.parametrize("make", [list, tuple])
def test_validation_data_are_no_pair_of_rows_and_labels(make):
    x = np.zeros((4, 3))
    with pytest.raises(ValueError, match="^Model validates on rows alone"):
        refuse_pair(make([x, np.zeros(4)]), "Model")
    for fine in x, x[:2], make([x[0], x[1]]), make([x, x, x]), None:
        refuse_pair(fine, "Model")


# Course options


def test_what_a_command_asks_for_goes_before_what_is_typed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.save("x.npy", np.arange(60.0).reshape(30, 2))
    parser = ArgumentParser()
    add_data_options(parser)
    options = parser.parse_args("--data x.npy --test 0.5 --scale minmax".split())
    found = load_data(options, test_fraction=1.0, missing="mask", scale="none")
    np.testing.assert_array_equal(found.x[1], np.load("x.npy"))
    assert len(load_data(options).x[1]) == 15
    expected = load_dataset("x.npy", test_fraction=0.5, scale="minmax")
    np.testing.assert_array_equal(load_data(options).x[0], expected.x[0])
    options = parser.parse_args("--data x.npy --size 3x3".split())
    with pytest.raises(ValueError, match="^--size 3x3: the rows of x.npy have 2"):
        load_data(options)


@pytest.mark.parametrize("default", [DEFAULT, None])
def test_the_help_of_the_data_options_says_the_default_if_there_is_one(default):
    parser = ArgumentParser()
    add_data_options(parser, default)
    text = " ".join(parser.format_help().split())
    assert ("(default: strokes)" in text) is (default is not None)
    assert parser.parse_args([]).data == default
    for said in ("strokes, mnist, fashion-mnist, kmnist; or a folder of pictures",
                 "four files of mnist or fashion-mnist or kmnist (else SCRATCHAE_DATA, "
                 "else a download)", "the share that is split off (default: 0.2)",
                 "(default: pictures to [0, 1], tables standard)"):
        assert said in text


def test_the_root_of_all_files_has_a_name_too():
    assert stem(os.sep) == "data"


def test_the_module_is_the_command_and_ends_with_its_status(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["scratchae", "evaluate", "none.npz"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("scratchae", run_name="__main__")
    assert ended.value.code == 2 and "none.npz" in capsys.readouterr().err
