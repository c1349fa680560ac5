"""`scratchae train` typed again, stopped, or twice at once: no work is lost."""

import os
import re
import signal
from pathlib import Path

import numpy as np
import pytest

from scratchae import PCA, Autoencoder, load
from scratchae.cli import build_parser, main, train
from scratchae.cli.again import epochs_of, target
from scratchae.locks import holding
from scratchae.training.progress import Progress

pytestmark = pytest.mark.usefixtures("small")

VAE = "train vae --hidden 8 --latent 2 --epochs 5"
PATH = Path("runs/vae-strokes.npz")
ROOT = Path(__file__).parents[2]
STATUS = [(signal.SIGINT, 130), (signal.SIGTERM, 143)]
WAYS = "--overwrite replaces it, --out puts the new one elsewhere"


def send(number, monkeypatch, at):
    """Let this process get a signal at the end of an epoch, as from a shell."""
    epoch = Progress.epoch

    def then(self, number_of_epoch, *rest):
        epoch(self, number_of_epoch, *rest)
        if number_of_epoch == at and signal.getsignal(number) != signal.SIG_DFL:
            os.kill(os.getpid(), number)

    monkeypatch.setattr(Progress, "epoch", then)


@pytest.mark.parametrize("number, status", STATUS)
def test_a_stopped_training_keeps_its_epochs(number, status, monkeypatch, capsys):
    before = signal.getsignal(number)
    send(number, monkeypatch, at=2)
    assert main("train vae --hidden 8 --latent 2 --epochs 5".split()) == status
    out, err = capsys.readouterr()
    assert "interrupted: kept the weights after epoch" in err
    assert "checkpoint: runs/vae-strokes.npz" in out and "Traceback" not in err
    assert len(load("runs/vae-strokes.npz").history_["loss"]) in (1, 2)
    assert signal.getsignal(number) == before


def test_a_stopped_stack_does_not_go_on_with_its_next_layer(monkeypatch, capsys):
    send(signal.SIGTERM, monkeypatch, at=1)
    command = "train stacked --hidden 8,8 --pretrain-epochs 3 --epochs 1"
    assert main(command.split()) == 143
    err = capsys.readouterr().err
    assert "a stack is saved at its end: stopped before, it starts anew\n" in err
    assert err.endswith("interrupted: no file was written; the same command starts "
                        "anew\n")
    assert not os.path.exists("runs/stacked-strokes.npz")


def test_a_stack_that_is_there_is_neither_trained_again_nor_said_to_go_on(capsys):
    command = "train stacked --hidden 8,8 --pretrain-epochs 1 --epochs 1".split()
    assert main(command) == 0
    with open("runs/stacked-strokes.npz", "rb") as file:
        content = file.read()
    capsys.readouterr()
    assert main(command) == 2
    err = capsys.readouterr().err
    assert "runs/stacked-strokes.npz is there already, trained with these" in err
    with open("runs/stacked-strokes.npz", "rb") as file:
        assert file.read() == content


def test_ignored_signals_stay_ignored(monkeypatch):
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        send(signal.SIGTERM, monkeypatch, at=1)
        assert main(VAE.split()) == 0
    finally:
        signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize("done, epochs, said", [
    (1, 1, "1 epoch, "), (3, 3, "3 epochs, "), (1, 3, "1 of 3 epochs, "),
])
def test_epochs_are_counted_and_of_how_many_where_some_are_left(done, epochs, said):
    model = Autoencoder(epochs=epochs)
    model.history_ = {"loss": [0.0] * done}
    assert epochs_of(model) == said
    assert epochs_of(PCA()) == ""


def test_missing_checkpoint_to_resume_is_noticed_before_the_data(monkeypatch, capsys):
    monkeypatch.setattr(train, "load_data", None)
    assert main("train vae --resume none.npz".split()) == 2
    assert "--resume: none.npz: no such checkpoint" in capsys.readouterr().err


def test_models_that_cannot_be_resumed_say_so_before_the_data(monkeypatch, capsys):
    monkeypatch.setattr(train, "load_data", None)
    assert main("train pca --resume none.npz".split()) == 2
    assert "pca starts anew" in capsys.readouterr().err


def run(command, monkeypatch=None, stop=None):
    """The exit status, with Ctrl-C at the end of an epoch if it is to stop."""
    if stop is None:
        return main(command.split())
    with monkeypatch.context() as patch:
        send(signal.SIGINT, patch, at=stop)
        return main(command.split())


def test_the_same_command_again_goes_on_and_ends_as_if_never_stopped(
    monkeypatch, capsys
):
    assert run(VAE) == 0
    whole = load(PATH)
    PATH.unlink()
    assert run(VAE, monkeypatch, stop=2) == 130
    done = len(load(PATH).history_["loss"])
    said = capsys.readouterr().out.splitlines()[-1]
    assert said == f"stopped after {done} of 5 epochs, the same command again goes on"
    assert run(VAE) == 0
    out, err = capsys.readouterr()
    assert f"{PATH} goes on after {done} of 5 epochs\n" in err
    assert "epoch 1/5" not in err
    assert "trained on 300 images in 5 epochs" in out and "stopped" not in out
    again = load(PATH)
    np.testing.assert_array_equal(again.parameters_.theta, whole.parameters_.theta)


def test_a_complete_training_typed_again_trains_nothing_and_says_its_figures(capsys):
    run(VAE)
    figures, content = capsys.readouterr().out.splitlines()[2:], PATH.read_bytes()
    assert run(VAE) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[2:] == figures and PATH.read_bytes() == content
    assert err == f"{PATH} is complete: 5 of 5 epochs\n"


@pytest.mark.parametrize("change, differs", [
    ("--epochs 6", "--epochs 5, now 6"),
    ("--seed 1", "--seed 0, now 1"),
    ("--hidden 8,4", "--hidden 8, now 8,4"),
    ("--decoder gaussian --variance 1",
     "--decoder bernoulli, now gaussian; --variance not given, now 1.0"),
])
@pytest.mark.parametrize("stop", [None, 2])
def test_other_options_are_refused_with_what_differs_and_the_ways_out(
    stop, change, differs, monkeypatch, capsys
):
    run(VAE, monkeypatch, stop)
    content = PATH.read_bytes()
    capsys.readouterr()
    assert run(f"{VAE} {change}") == 2
    out, err = capsys.readouterr()
    assert out == "" and PATH.read_bytes() == content
    assert err == f"scratchae: {PATH} was trained with {differs}: {WAYS}\n"
    assert run(f"{VAE} {change} --out elsewhere") == 0
    assert run(f"{VAE} {change} --overwrite") == 0


def test_other_data_are_refused_with_the_ways_out(monkeypatch, capsys):
    run(VAE)
    content = PATH.read_bytes()
    load_data = train.load_data
    monkeypatch.setattr(train, "load_data", lambda o: load_data(o).first(200, 50))
    assert run(VAE) == 2
    err = capsys.readouterr().err.splitlines()[-1]
    assert "was trained on other data" in err and err.endswith(WAYS)
    assert PATH.read_bytes() == content


def test_a_file_of_another_model_is_refused(capsys):
    run("train pca --latent 2")
    PATH.parent.joinpath("pca-strokes.npz").rename(PATH)
    assert run(VAE) == 2
    expected = f"{PATH} holds a PCA, not a VariationalAutoencoder: {WAYS}"
    assert expected in capsys.readouterr().err


def test_a_second_process_is_refused_at_once_and_named_the_first(monkeypatch, capsys):
    monkeypatch.setattr(train, "load_data", None)
    monkeypatch.setattr("scratchae.locks._held", set())  # as if it were another's
    with holding(PATH):
        monkeypatch.setattr("scratchae.locks._held", set())
        assert run(VAE) == 2
        err = capsys.readouterr().err
        who = f"process {os.getpid()}"
        assert err.startswith(f"scratchae: {PATH}: {who} is writing it; ")
    assert err.endswith("(--out)\n")
    assert not PATH.parent.exists()


def test_a_training_can_be_evaluated_while_it_goes_on(monkeypatch, capsys):
    figures, epoch = [], Progress.epoch

    def then(self, number, *rest):
        epoch(self, number, *rest)
        if number == 3:
            figures.append(main(["evaluate", str(PATH)]))

    monkeypatch.setattr(Progress, "epoch", then)
    assert run(VAE) == 0 and figures == [0]
    assert capsys.readouterr().out.count("elbo: ") == 2


@pytest.mark.parametrize("change, message", [
    ("--out elsewhere", f"--out elsewhere: --resume {PATH} goes on in that file, and "
     "elsewhere/vae-strokes.npz is another"),
    ("--seed 1", "was trained with --seed 0, now 1: --resume goes on with the same"),
    ("--seed 1 --overwrite", "was trained with --seed 0, now 1: --resume goes on with"),
])
def test_resume_takes_a_place_and_options_that_are_its_own(change, message, capsys):
    run(VAE)
    before = PATH.read_bytes()
    assert run(f"{VAE} --resume {PATH} {change}") == 2
    assert message in capsys.readouterr().err and PATH.read_bytes() == before


@pytest.mark.parametrize("rest, path, same", [
    ("", PATH, "same command again"),
    ("--out there", Path("there") / PATH.name, "same command again"),
    ("--out own.npz", Path("own.npz"), "same command again"),
    ("--overwrite", PATH, "same command without --overwrite"),
])
def test_the_same_command_with_resume_goes_on(rest, path, same, monkeypatch, capsys):
    assert run(f"{VAE} {rest}", monkeypatch, stop=2) == 130
    assert f"stopped after 2 of 5 epochs, the {same} goes on" in capsys.readouterr().out
    assert run(f"{VAE} {rest} --resume {path}") == 0
    assert f"{path} goes on after 2 of 5 epochs" in capsys.readouterr().err
    assert run(f"{VAE} --out whole.npz") == 0
    resumed, whole = load(path).parameters_.theta, load("whole.npz").parameters_.theta
    np.testing.assert_array_equal(resumed, whole)


def commands_of_the_papers():
    """The commands of papers.md that train a model which can be resumed, in words."""
    text = ROOT.joinpath("lectures/papers.md").read_text(encoding="utf-8")
    typed = re.findall(r"^scratchae (train .+)$", text.replace("\\\n", ""), re.M)
    return [line.split() for line in typed if "train stacked" not in line]


@pytest.mark.parametrize("words", commands_of_the_papers(), ids=" ".join)
def test_every_command_of_the_papers_may_have_resume_added(words):
    path = target(build_parser().parse_args(words))
    path.parent.mkdir(parents=True)
    path.touch()
    assert target(build_parser().parse_args([*words, "--resume", str(path)])) == path


def test_other_columns_than_those_of_the_file_are_refused_in_whole_sentences(capsys):
    rows = np.random.default_rng(0).uniform(size=(30, 4))
    rows[:, 3] = np.arange(30) % 2
    np.savetxt("t.csv", rows, delimiter=",", header="a,b,c,kind", comments="")
    typed = "train vae --hidden 4 --latent 1 --epochs 1 --data t.csv --label"
    assert main([*typed.split(), "kind"]) == 0
    assert main([*typed.split(), "none"]) == 2
    said = capsys.readouterr().err
    assert "n_features=3, now 4." in said and ".." not in said and said.endswith(
        f" start anew. {WAYS}\n")
