"""What training shows: a bar in a terminal, plain lines everywhere else."""

import io

import numpy as np
import pytest
from estimators import fitted

from scratchae import Autoencoder
from scratchae.training.progress import Progress


class Terminal(io.StringIO):
    """A terminal, as far as it is asked."""

    def isatty(self):
        return True


class Log:
    """A stream that can only be written to; what it has shown is what was flushed."""

    def __init__(self):
        self.waiting, self.shown = "", ""

    def write(self, text):
        self.waiting += text

    def flush(self):
        self.shown, self.waiting = self.shown + self.waiting, ""


def two_epochs(stream, **options):
    """Two epochs of three batches each."""
    progress = Progress(2, stream=stream, **options)
    for epoch in (1, 2):
        list(progress.batches(range(3), epoch))
        progress.epoch(epoch, {"loss": 1.5, "kl": 0.5, "seconds": 0.1}, "nats/img")
    return stream


LINES = [
    "epoch 1/2  loss 1.500  kl 0.500  nats/img  0.1 s",
    "epoch 2/2  loss 1.500  kl 0.500  nats/img  0.1 s",
]


def test_progress_prints_one_plain_line_per_epoch_without_a_terminal():
    assert two_epochs(io.StringIO()).getvalue().splitlines() == LINES


def test_a_stream_that_cannot_say_whether_it_is_a_terminal_is_none():
    assert two_epochs(Log()).shown.splitlines() == LINES


def test_each_line_is_seen_at_once():
    log = Log()
    Progress(2, stream=log).note("epoch 1")
    assert log.shown == "epoch 1\n"


def test_a_terminal_has_a_bar_with_the_epoch_and_its_batches_as_well():
    shown = two_epochs(Terminal()).getvalue()
    assert "epoch 2/2:   0%|" in shown and "/3 [" in shown and "batch/s" in shown
    assert all(line in shown for line in LINES)
    assert left_on(shown) == LINES


def left_on(shown):
    """The lines that a terminal has in the end: \\r goes back to a line's start."""
    rows = []
    for line in shown.split("\n"):
        row = ""
        for part in line.split("\r"):
            row = part + row[len(part) :]
        rows.append(row.rstrip())
    return [row for row in rows if row]


@pytest.mark.parametrize("stream", [Terminal, io.StringIO])
def test_a_quiet_training_shows_nothing(stream):
    assert two_epochs(stream(), verbose=False).getvalue() == ""


def test_epochs_are_written_in_the_width_of_the_last():
    stream = io.StringIO()
    losses = {"loss": 1.0, "val_loss": 3.0, "learning_rate": 0.1, "kl_weight": 1.0,
              "n_samples": 5, "seconds": 2.0}
    Progress(10, stream=stream).epoch(3, losses, "SSE/img")
    assert stream.getvalue() == (
        "epoch  3/10  loss 1.000  val_loss 3.000  SSE/img  2.0 s\n")


def test_rows_of_a_table_with_named_columns_are_not_called_images(capsys):
    table = pytest.importorskip("pandas").DataFrame(np.eye(4)).add_prefix("c")
    for data, unit in ((np.eye(4), "SSE/img"), (table, "SSE/row")):
        Autoencoder(2, (3,), epochs=1, batch_size=4).fit(data)
        assert f"  {unit}  " in capsys.readouterr().err


class Gone(io.StringIO):
    """A terminal that was closed, or a disk that is full."""

    def write(self, text):
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize("stream", [None, Gone()], ids=["none", "gone"])
def test_a_training_goes_on_where_nobody_can_be_told(stream, monkeypatch, rng):
    """Under pythonw, or after `2>&-`, sys.stderr is None."""
    x = rng.uniform(size=(40, 6))
    options = {"epochs": 3, "random_state": 0}
    quiet = Autoencoder(2, (4,), verbose=False, **options).fit(x)
    monkeypatch.setattr("sys.stderr", stream)
    model = Autoencoder(2, (4,), **options).fit(x)
    np.testing.assert_array_equal(model.parameters_.theta, quiet.parameters_.theta)


@pytest.mark.parametrize("name, options, unit", [
    ("Autoencoder", {}, "SSE/img"), ("SparseAutoencoder", {}, "SSE/img"),
    ("Autoencoder", {"loss": "bernoulli"}, "nats/img"),
    ("DenoisingAutoencoder", {"loss": "bernoulli"}, "nats/img"),
    ("VariationalAutoencoder", {}, "nats/img"),
    ("ConditionalVariationalAutoencoder", {"decoder": "gaussian"}, "nats/img"),
    ("StackedClassifier", {"pretrain_epochs": 0}, "nats/img"),
])
def test_an_epoch_is_told_in_the_unit_of_its_loss(name, options, unit, capsys):
    fitted(name, verbose=True, epochs=2, **options)
    lines = [s for s in capsys.readouterr().err.splitlines() if s.startswith("epoch")]
    assert len(lines) == 2 and all(f"  {unit}  " in line for line in lines)
