"""Long work always moves: a bar in a terminal, a line in a log, nothing in Python."""

import io
import sys
import time
from contextlib import contextmanager, redirect_stderr
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import HANGS
from test_progress import Log, Terminal

from scratchae import PCA, VariationalAutoencoder, pulse
from scratchae.pulse import doing, shown, steps, unit_of
from scratchae.rows import MappedRows

LOG = pulse.LOG  # before a test sets it


@pytest.fixture(params=[io.StringIO, Terminal])
def stream(request, monkeypatch):
    """What stderr is, with a pulse that beats fast."""
    monkeypatch.setattr(pulse, "LOG", 0.01)
    monkeypatch.setattr(pulse, "TERMINAL", 0.01)
    monkeypatch.setattr(pulse, "TICK", 0.001)
    monkeypatch.setattr(pulse, "_works", [])  # whatever Ctrl-C at any line has left
    return request.param()


@contextmanager
def seen(what, stream):
    with redirect_stderr(stream), shown(what):
        yield


def wait_for(stream, text):
    """Until something is shown that was not there before."""
    before, start = len(stream.getvalue()), time.monotonic()
    while text not in stream.getvalue()[before:]:
        time.sleep(0.001)
        assert time.monotonic() < start + HANGS


def test_what_is_counted_says_how_far_it_is_and_what_is_left(stream):
    with seen("evaluate", stream):
        for item in steps(range(0, 350, 100), "importance sampling", "images"):
            if item == 300:
                wait_for(stream, "300")
    text = stream.getvalue()
    if stream.isatty():
        assert "importance sampling:" in text and "| 300/350 [" in text
        assert "images/s" in text
    else:
        last = text.splitlines()[-1]
        assert last == "importance sampling: 300 of 350 images, 0 s, 0 s left"


def test_what_is_left_takes_as_long_as_what_is_done():
    work = pulse._Work("training", "epochs", 40, 30, time.monotonic() - 60)
    assert work.line() == "training: 30 of 40 epochs, 60 s, 20 s left"
    assert "30/40 [01:00<00:20" in work.bar(200)


@pytest.mark.parametrize("work", [pulse._Work("w" * 99), pulse._Work("w", "x", 9, 3)])
def test_a_bar_fits_its_line_with_a_place_for_the_cursor(work, monkeypatch):
    monkeypatch.setattr(pulse.shutil, "get_terminal_size",
                        lambda: SimpleNamespace(columns=40))
    shower = pulse._Pulse(Terminal())
    shower.show(work)
    assert 20 < shower.drawn == len(shower.stream.getvalue()) <= 39


def test_the_innermost_work_is_named_and_then_what_is_around_it(stream):
    with seen("train", stream):
        wait_for(stream, "train: 0")
        with doing("compiling kernels"):
            wait_for(stream, "compiling kernels: 0")
        wait_for(stream, "train: 0")


def test_what_is_written_wipes_the_bar_and_waits_for_the_next_silence(stream, capsys):
    with seen("train", stream):
        wait_for(stream, "train")
        print("epoch 1", file=sys.stderr)
        print("a result")
    text = stream.getvalue()
    if stream.isatty():  # a bar, as many blanks, the line at the line's start
        assert "\r" + " " * len("train: 00:00") + "\repoch 1\n" in text
        assert text.endswith(("\n", "\r"))
    assert capsys.readouterr().out == "a result\n"


def test_nothing_is_shown_in_python(stream):
    with doing("much"):
        assert list(steps("abc", "some", "letters")) == ["a", "b", "c"]
    time.sleep(0.02)
    assert stream.getvalue() == "" and not pulse._works


def test_an_error_and_a_loop_that_is_left_end_their_work(stream):
    with pytest.raises(KeyError), seen("train", stream):
        for _ in steps("abc", "some", "letters"):
            raise KeyError
    for _ in steps("abc", "some", "letters"):
        break
    assert not pulse._works


class Gone(Terminal):
    """A terminal that has been closed."""

    def write(self, text):
        raise OSError("Input/output error")


def test_a_terminal_that_is_gone_ends_the_pulse_and_not_the_work(stream):
    with seen("train", Gone()):
        time.sleep(0.05)


def mapped(x, folder):
    """The rows x as those of a file."""
    np.save(folder / "x.npy", x)
    return MappedRows(np.load(folder / "x.npy", mmap_mode="r", allow_pickle=False))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("work, unit, ask", [
    ("reading", "rows", lambda model, x, folder: model.fit(mapped(x, folder))),
    ("reading", "rows", lambda model, x, folder: model.fit(x, checkpoint=folder / "m")),
    ("validating", "rows", lambda model, x, folder: model.fit(x, validation_data=x)),
    ("evaluating", "rows", lambda model, x, folder: model.evaluate(x)),
    ("reconstructing", "rows", lambda model, x, folder: model.evaluate(x)),
    ("importance sampling", "images",
     lambda model, x, folder: model.log_likelihood(x, 2)),
])
def test_what_goes_through_all_rows_says_what_it_does(
    work, unit, ask, tmp_path, monkeypatch
):
    done, x = {}, np.random.default_rng(0).random((1500, 4), np.float32)
    model = VariationalAutoencoder(2, (3,), epochs=1, random_state=0, verbose=False)
    model.fit(x)

    class Noted(list):
        def remove(self, work):
            done[work.what] = work.done, work.total, work.unit
            super().remove(work)

    monkeypatch.setattr("scratchae.pulse._works", Noted())
    ask(model, x, tmp_path)
    assert done[work] == (1500, 1500, unit)


def test_principal_axes_say_of_how_many_rows_they_are(monkeypatch):
    said = []
    monkeypatch.setattr("scratchae.models.pca.doing", lambda what: (
        said.append(what), doing(what))[1])
    PCA(2).fit(np.random.default_rng(0).random((30, 4)))
    assert said == ["principal axes of 30 rows"]


def test_while_a_person_is_waited_for_nothing_is_done_and_then_the_same(stream):
    with doing("grading"), doing("reading"):
        with pytest.raises(KeyError), pulse.waiting():
            assert not pulse._works
            raise KeyError
        assert [work.what for work in pulse._works] == ["grading", "reading"]


def test_what_is_done_is_counted_in_items_and_never_beyond_the_last(monkeypatch):
    monkeypatch.setattr(pulse, "_works", [])
    for size in (1, 3, 4, 10, 11):
        for item in steps(range(0, 10, size), "reading", "rows"):
            work = pulse._works[-1]
            assert (work.done, work.total) == (item, 10)
        assert work.done == 10


def test_a_stream_that_does_not_say_so_is_no_terminal():
    assert pulse._Pulse(object()).terminal is False
    assert pulse._Pulse(SimpleNamespace(isatty=lambda: True)).terminal is True


def test_who_writes_a_line_is_followed_by_silence_and_has_the_bar_wiped(monkeypatch):
    monkeypatch.setattr(pulse.time, "monotonic", lambda: 7.0)
    for terminal in io.StringIO(), Terminal():
        one = pulse._Pulse(terminal)
        one.last, one.drawn = 0.0, 3 * terminal.isatty()
        assert pulse._Stream(terminal, one).write("a line\n") == 7
        assert (one.last, one.drawn) == (7, 0)
        wiped = "\r   \r" if terminal.isatty() else ""
        assert terminal.getvalue() == f"{wiped}a line\n"


def test_a_bar_has_how_many_a_second_apart_from_their_unit(monkeypatch):
    monkeypatch.setattr(pulse.time, "monotonic", lambda: 102.0)
    bar = pulse._Work("reading", "rows", 40, 30, 100.0).bar(99)
    assert bar.startswith("reading:  75%|") and bar.endswith(
        "| 30/40 [00:02<00:00, 15.00 rows/s]")


@pytest.mark.parametrize("terminal, silence, shows", [
    (True, 0.7, False), (True, 1.0, True), (False, 4.5, False), (False, 5.5, True),
])
def test_silence_is_ended_after_a_second_in_a_terminal_and_after_five_in_a_log(
    terminal, silence, shows, monkeypatch
):
    shown_works, ticks, waited = [], iter([False, True]), []
    one = pulse._Pulse(SimpleNamespace(isatty=lambda: terminal))
    one.stop = SimpleNamespace(wait=lambda s: waited.append(s) or next(ticks))
    one.last = 100.0
    monkeypatch.setattr(pulse, "LOG", LOG)
    monkeypatch.setattr(one, "show", shown_works.append)
    with doing("this"), monkeypatch.context() as patch:
        patch.setattr(pulse.time, "monotonic", lambda: 100 + silence)
        one.beat()
    assert bool(shown_works) is shows and max(waited) <= 0.2


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


@pytest.mark.parametrize("terminal", [False, True])
def test_what_is_shown_is_seen_at_once_and_does_not_wait_for_the_next_line(terminal):
    log = Log()
    log.isatty = lambda: terminal
    pulse._Pulse(log).show(pulse._Work("reading"))
    assert log.shown.startswith("reading: ") and not log.waiting
    assert log.shown.endswith("\n") is not terminal
