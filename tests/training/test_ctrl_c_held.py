"""Ctrl-C, as a signal, where it could only do harm: it waits for the end of that."""

import contextlib
import io
import signal

import numpy as np
import pytest
from estimators import CLASSES, make
from readings import bits
from traces import LABELS, X

from scratchae import Autoencoder, conventions, interrupts, load
from scratchae.checkpoints import format as checkpoints
from scratchae.checkpoints.state import TrainingState
from scratchae.nn.optimizers import Adam

pytestmark = [pytest.mark.filterwarnings("ignore"),
              pytest.mark.skipif(not hasattr(signal, "pthread_kill"),
                                 reason="SIGINT ends a process there")]


def press(number=signal.SIGINT):
    signal.raise_signal(number)


@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_comes_while_handlers_go_back_takes_none_along(
    first, monkeypatch
):
    """The first handler that is back may raise before the other one is back."""
    put = signal.signal
    before = signal.getsignal(signal.SIGINT), lambda *given: press()
    theirs = put(signal.SIGTERM, before[1])

    def one_by_one(number, handler):
        was = put(number, handler)
        if number == first and handler in before:
            press(number)
        return was

    monkeypatch.setattr(interrupts.signal, "signal", one_by_one)
    try:
        with pytest.raises(KeyboardInterrupt), interrupts.held_back():
            pass
        assert before == (signal.getsignal(signal.SIGINT),
                          signal.getsignal(signal.SIGTERM))
    finally:
        put(signal.SIGTERM, theirs)
        put(signal.SIGINT, before[0])


class Pressing(io.BytesIO):
    """A file at whose n-th writing somebody presses Ctrl-C."""

    def __init__(self, at):
        super().__init__()
        self.at, self.writes = at, 0

    def write(self, data):
        self.writes += 1
        if self.writes == self.at:
            press()
        return super().write(data)


@pytest.mark.parametrize("at", [1, 2, 3, 5, 8])
def test_ctrl_c_while_a_checkpoint_is_written_stays_ctrl_c(at, monkeypatch, tmp_path):
    """zipfile, closing an archive that is half written, raises ValueError instead."""
    model, file = make("Autoencoder").fit(X), Pressing(at)
    monkeypatch.setattr(checkpoints, "replacing",
                        lambda path: contextlib.nullcontext(file))
    with pytest.raises(KeyboardInterrupt):
        model.save(tmp_path / "m.npz")
    assert file.writes > 8
    path = tmp_path / "whole.npz"
    path.write_bytes(file.getvalue())
    assert bits(load(path).transform(X)) == bits(model.transform(X))


def test_a_training_interrupted_while_its_epoch_is_written_keeps_it(
    monkeypatch, tmp_path
):
    path, made = tmp_path / "m.npz", []
    replacing = checkpoints.replacing

    @contextlib.contextmanager
    def watched(path):
        with replacing(path) as file:
            made.append(path)
            pressing = Pressing(3 if len(made) == 2 else 0)
            yield pressing
            file.write(pressing.getvalue())

    monkeypatch.setattr(checkpoints, "replacing", watched)
    model = make("Autoencoder", epochs=4).fit(X, checkpoint=path)
    assert len(model.history_["loss"]) == 2 == len(load(path).history_["loss"])
    assert bits(load(path).transform(X)) == bits(model.transform(X))


class Impatient:
    """Weights of an epoch; while they are copied, somebody presses Ctrl-C."""

    def __init__(self, theta):
        self.theta = theta.copy()

    def __array__(self, dtype=None, copy=None):
        press()
        return self.theta


def test_a_second_ctrl_c_while_weights_go_back_does_not_mix_two_epochs(monkeypatch):
    weights, keep, step = [], TrainingState.keep, Adam.step

    def kept(state, theta, losses):
        keep(state, theta, losses)
        state._kept = Impatient(theta), state.history
        weights.append(bits(theta))

    def stop(*given):
        stop.steps += 1
        if stop.steps == 8:  # in the second epoch, two steps behind the first
            press()
        return step(*given)

    stop.steps = 0
    monkeypatch.setattr(TrainingState, "keep", kept)
    monkeypatch.setattr(Adam, "step", stop)
    model = make("Autoencoder", epochs=2, batch_size=8, schedule="constant").fit(X)
    assert len(model.history_["loss"]) == len(weights) == 1
    assert bits(model.parameters_.theta) == weights[0]


@pytest.mark.parametrize("name", CLASSES)
def test_ctrl_c_while_a_fit_is_handed_over_comes_after_it(name, monkeypatch):
    """Each step of handing over, remembered parameters included, is done or is not."""
    wanted, model = make(name).fit(X, *LABELS[name]), make(name)
    take_over = conventions.take_over
    monkeypatch.setattr(conventions, "take_over", lambda into, twin: (
        press() if into is model else None, take_over(into, twin))[1])  # not a layer
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, *LABELS[name])
    answer = "transform" if hasattr(model, "transform") else "predict"
    assert bits(getattr(model, answer)(X)) == bits(getattr(wanted, answer)(X))


def test_a_generator_moves_on_with_the_fit_that_is_handed_over(monkeypatch):
    catch_up = conventions.take_over.__globals__["catch_up"]
    monkeypatch.setitem(conventions.take_over.__globals__, "catch_up",
                        lambda *pair: (catch_up(*pair), press()))
    model = Autoencoder(2, (4,), epochs=1, verbose=False,
                        random_state=np.random.default_rng(3))
    with pytest.raises(KeyboardInterrupt):
        model.fit(X)
    assert len(model.history_["loss"]) == 1
    assert model.random_state.bit_generator.seed_seq.n_children_spawned == 3
