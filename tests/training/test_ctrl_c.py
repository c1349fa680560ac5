"""Ctrl-C keeps the last epoch; at any line it leaves no trace, or a whole fit."""

import linecache
import os
import subprocess
import sys
from inspect import signature

import numpy as np
import pytest
from estimators import CLASSES, fitted, make
from readings import bits
from traces import LABELS, Everything, X, Y

from scratchae import Autoencoder, backend, cli, load, pulse, startup
from scratchae.checkpoints import resume
from scratchae.checkpoints.state import TrainingState
from scratchae.nn.evaluation import evaluate
from scratchae.nn.optimizers import Adam
from scratchae.training.loop import TrainingSettings, train
from scratchae.training.progress import Progress

pytestmark = pytest.mark.filterwarnings("ignore")

NEURAL = [n for n, c in CLASSES.items() if "resume" in signature(c.fit).parameters]
TRAINED = [name for name, cls in CLASSES.items() if hasattr(cls, "_train")]
ATOMIC = {"take_over", "held_back", "_noted"}  # signals are held back there
EVERY = pytest.mark.parametrize("name", CLASSES)


@pytest.fixture(autouse=True)
def plain():
    """What is tried here lies above the kernels; a busy machine slows those down.

    Ctrl-C on the very line that ends a piece of work leaves it begun; not for others.
    """
    begun = [*pulse._works]
    with backend("numpy"), np.errstate():
        yield
    pulse._works[:] = begun


class Interruption:
    """Presses Ctrl-C at the n-th line of the package that runs; counts them."""

    def __init__(self, at=None):
        self.at, self.lines, self.where = at, 0, None

    def __enter__(self):
        self.before = sys.gettrace()
        sys.settrace(self.trace)
        return self

    def __exit__(self, *error):
        sys.settrace(self.before)

    def trace(self, frame, event, argument):
        inside = "/scratchae/" in frame.f_code.co_filename
        if not inside or frame.f_code.co_name in ATOMIC:
            return None
        if event == "line":
            self.lines += 1
            if self.lines == self.at:
                code = frame.f_code
                self.where = f"{code.co_filename}:{frame.f_lineno} {code.co_name}"
                raise KeyboardInterrupt
        return self.trace


def moments(fit, count):
    """Line numbers to interrupt at: evenly spread, the first and the last included."""
    fit()  # what is done once only
    with Interruption() as whole:
        fit()
    return np.unique(np.linspace(1, whole.lines, count).astype(int))


def weights_after_each_epoch(name, labels):
    """{number of complete epochs: bits of the weights} of the last training."""
    weights, keep = {}, TrainingState.keep

    def spy(state, theta, losses=None):
        keep(state, theta, losses)
        weights[state.epoch] = bits(theta)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TrainingState, "keep", spy)
        final = make(name).fit(X, *labels)
    assert bits(final.parameters_.theta) == weights[2] != weights[1]
    return weights


def is_adopting(where):
    """Whether all that is left to do is to take the new fit over."""
    file, line = where.split()[0].rsplit(":", 1)
    leaving = "resume.py" in where and where.endswith((" __exit__", " _end"))
    leaving |= linecache.getline(file, int(line)).strip() in ("with record:",
                                                              "return self")
    return "conventions.py" in where or "transaction.py" in where or leaving


def interrupted(name, at, path):
    """Whether a fit goes on to an end after Ctrl-C at this line, and the model then.

    Where it does not, the model is as before.
    """
    model = fitted(name)
    before = vars(model).copy(), bits(vars(model))
    file = {"checkpoint": path} if name in NEURAL else {}
    with Interruption(at) as stop:
        try:
            model.fit(X, *LABELS[name], **file)
        except KeyboardInterrupt:
            now = vars(model)
            assert list(now) == list(before[0]), stop.where
            assert all(now[n] is value for n, value in before[0].items())
            assert bits(now) == before[1], stop.where
            assert not path.exists() or is_adopting(stop.where), stop.where
            return False, model
    assert stop.where is None or name in TRAINED, stop.where
    return stop.where is not None, model


@EVERY
def test_ctrl_c_at_any_line_leaves_no_trace_or_a_whole_fit(name, tmp_path):
    """A model that keeps epochs is as after one of them, any other as before; and what
    is in the checkpoint can be resumed."""
    path, labels = tmp_path / "m.npz", LABELS[name]
    file = {"checkpoint": path} if name in NEURAL else {}
    epochs = weights_after_each_epoch(name, labels) if name in TRAINED else {}
    kept = 0
    for at in moments(lambda: make(name).fit(X, *labels, **file), 40):
        path.unlink(missing_ok=True)
        whole, model = interrupted(name, at, path)
        if whole:
            lengths = {len(values) for values in model.history_.values()}
            assert len(lengths) == 1, at
            assert bits(model.parameters_.theta) == epochs[lengths.pop()], at
            kept += 1
        if path.exists():
            again = make(name).fit(X, *labels, resume=path)
            assert bits(again.parameters_.theta) == epochs[2], at
    assert kept > 10 or not file


def test_ctrl_c_while_a_stack_is_pretrained_ends_it_all(tmp_path, monkeypatch):
    """Each layer keeps its epochs, but half a stack is no model."""

    steps = []

    def stop(*given):
        steps.append(1)
        if len(steps) == 5:  # in the second epoch of the first layer
            raise KeyboardInterrupt
        return 1.0

    model = fitted("StackedClassifier", pretrain_epochs=3)
    before = Everything(model, tmp_path)
    monkeypatch.setattr(Adam, "step", stop)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y)
    before.assert_unchanged("pretraining")


class InterruptedNetwork:
    """Passes everything on and presses Ctrl-C at the given call of `loss`."""

    def __init__(self, network, at):
        self._network, self._calls, self._at = network, 0, at

    def __getattr__(self, name):
        return getattr(self._network, name)

    def loss(self, **inputs):
        self._calls += 1
        if self._calls == self._at:
            raise KeyboardInterrupt
        return self._network.loss(**inputs)


def train_interrupted(x, at, verbose=False):
    network = Autoencoder(3, (8,)).build_network(12)
    network.initialise(np.random.default_rng(0), x)
    settings = TrainingSettings(epochs=5, batch_size=32, learning_rate=1e-2)
    rngs = np.random.default_rng(1).spawn(2)
    history = train(
        InterruptedNetwork(network, at), x, settings, shuffle_rng=rngs[0],
        noise_rng=rngs[1], progress=Progress(5, verbose=verbose), x_val=x,
    )
    return network, history


IMPORT = """
import os, signal, sys

class Finder:
    def find_spec(self, name, *_):
        if name == "numpy":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Finder())
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.argv, sys.orig_argv = sys.argv[1:2], ["python", *sys.argv[1:]]
import scratchae.cli
"""


@pytest.mark.skipif(os.name == "nt", reason="os.kill(SIGINT) ends a process there")
@pytest.mark.parametrize("started, silent", [
    ("/usr/bin/scratchae", True), ("-m scratchae train", True),
    ("-m scratchae.benchmark.worker", True), ("my_program.py", False),
    ("-m theirs scratchae", False), ("-m", False),
])
def test_ctrl_c_during_the_imports_of_a_command_is_silent(started, silent):
    """Of somebody else's module, which imports the package, it is not."""
    run = subprocess.run([sys.executable, "-c", IMPORT, *started.split()],
                         capture_output=True, text=True)
    said = (run.returncode, run.stdout, run.stderr)
    assert said == (130, "", "") if silent else "KeyboardInterrupt" in run.stderr


@pytest.mark.parametrize("words, module", [
    (["-m", "scratchae", "train"], "scratchae"), (["-mscratchae"], "scratchae"),
    (["-Im", "theirs"], "theirs"), (["-W", "ignore", "-X", "dev", "-m", "a.b"], "a.b"),
    (["--check-hash-based-pycs", "-m"], ""), ([], ""),
    (["-Ximporttime", "-Wonce::ImportWarning", "-m", "scratchae"], "scratchae"),
    (["-Wignore", "-m", "scratchae"], "scratchae"), (["-Xdev", "-m", "a"], "a"),
])
def test_the_module_is_known_before_python_has_found_it(words, module, monkeypatch):
    monkeypatch.setattr(sys, "orig_argv", ["python", *words])
    assert startup._module() == module


def test_ctrl_c_before_a_command_begins_is_silent(monkeypatch, capsys):
    def parser():
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "build_parser", parser)
    assert cli.main(["data", "show"]) == 130
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("at, epochs", [(6, 1), (10, 1), (12, 2)])
def test_ctrl_c_keeps_the_last_complete_epoch(at, epochs, rng):
    # An epoch calls loss 4 times to train and once to validate: call 12 is in epoch 3.
    x = rng.uniform(size=(100, 12)).astype(np.float32)
    network, history = train_interrupted(x, at)
    assert len(history["loss"]) == epochs
    assert evaluate(network, x)["loss"] == pytest.approx(history["val_loss"][-1])


def test_ctrl_c_says_which_epoch_was_kept(rng, capsys):
    train_interrupted(rng.uniform(size=(100, 12)), at=12, verbose=True)
    text = "".join(capsys.readouterr())
    assert "interrupted: kept the weights after epoch 2" in text


def test_ctrl_c_in_the_first_epoch_is_raised_again(rng):
    with pytest.raises(KeyboardInterrupt):
        train_interrupted(rng.uniform(size=(100, 12)), at=3)


def test_ctrl_c_while_an_epoch_is_being_saved_saves_it_first(tmp_path, monkeypatch):
    """What is said to be kept is in the model and in the file."""
    x, path = np.random.default_rng(0).uniform(size=(60, 6)), tmp_path / "m.npz"
    model, saves, write = make("Autoencoder", epochs=9), [], resume.write_checkpoint

    def interrupted(*given):
        saves.append(given)
        if len(saves) == 4:
            raise KeyboardInterrupt
        write(*given)

    monkeypatch.setattr(resume, "write_checkpoint", interrupted)
    model.fit(x, checkpoint=path)
    kept = len(load(path).history_["loss"])
    assert kept == len(model.history_["loss"]) < 9
    np.testing.assert_array_equal(load(path).transform(x), model.transform(x))


@pytest.mark.parametrize("words, command", [
    (["/usr/bin/scratchae"], True), (["there/scratchae.exe", "train"], True),
    (["scratchae.py"], False), (["my_scratchae"], False), ([""], False), ([], False),
    (["-c"], False),
])
def test_a_command_is_known_by_what_was_started(words, command, monkeypatch):
    monkeypatch.setattr(sys, "argv", words)
    monkeypatch.setattr(sys, "orig_argv", ["python", *words])
    assert startup.is_a_command() is command
