"""`train` typed again: an evening's work goes on, and is not replaced unasked."""

from pathlib import Path

from scratchae import PCA, CheckpointError, ProbabilisticPCA, StackedClassifier
from scratchae.checkpoints.format import as_read, read_checkpoint
from scratchae.checkpoints.resume import changed
from scratchae.cli.model_options import MODELS, TYPED, as_typed
from scratchae.cli.outputs import WAYS_OUT, is_same_file
from scratchae.data_options import stem
from scratchae.pulse import tell

ELSEWHERE = WAYS_OUT.format("--out")
RESUMED = "--resume goes on with the same options and data only"
WITHOUT_RESUME = (PCA, ProbabilisticPCA, StackedClassifier)


def target(options):
    """The checkpoint's path. Raises ValueError or OSError that names the option."""
    if options.resume is None:
        return place(options)
    if issubclass(MODELS[options.model], WITHOUT_RESUME):
        raise ValueError("--resume is for models that train epoch by epoch in one go; "
                         f"{options.model} starts anew")
    if not options.resume.is_file():
        raise FileNotFoundError(f"--resume: {options.resume}: no such checkpoint")
    if options.out and not is_same_file(place(options), options.resume):
        raise ValueError(f"--out {options.out}: --resume {options.resume} goes on in "
                         f"that file, and {place(options)} is another")
    return options.resume


def place(options):
    """Where --out puts the checkpoint."""
    out = options.out or Path("runs")
    if out.suffix.lower() == ".npz":
        return out
    return out / f"{options.model}-{stem(options.data)}.npz"


def going_on(path, model, resumed):
    """The checkpoint that a training of this model goes on with; None without any.

    Says on stderr how far it is. Raises FileExistsError for a file of something else,
    with what differs in the words that were typed, and the ways out.

    resumed : whether the path was typed, as --resume
    """
    ways_out = RESUMED if resumed else ELSEWHERE
    if not path.exists():
        return None
    try:
        description, _ = read_checkpoint(path, None)
    except CheckpointError as error:
        if resumed:
            raise
        there = f"{path} is there already"
        raise FileExistsError(f"{there}: {ways_out} ({error})") from None
    kind, mine = description.get("model"), type(model).__name__
    if kind != mine:
        raise FileExistsError(f"{path} holds a {kind}, not a {mine}: {ways_out}")
    differ = differences(model, description)
    if differ:
        what = f"{path} was trained with {'; '.join(differ)}"
        raise FileExistsError(f"{what}: {ways_out}")
    if isinstance(model, WITHOUT_RESUME):
        raise FileExistsError(f"{path} is there already, trained with these options: "
                              f"{ways_out}")
    say_how_far(path, description, model.epochs)
    return path


def say_how_far(path, description, epochs):
    """One line on stderr: what is there, and what is left to do."""
    done = len(description.get("history", {}).get("loss", ()))
    if description.get("training") is None:
        tell(f"{path} is complete: {done} of {epochs} epochs")
    else:
        tell(f"{path} goes on after {done} of {epochs} epochs")


def differences(model, description):
    """What a checkpoint's options were and now are, "--latent 3, now 4", each."""
    defaults = as_read(type(model)().get_params())  # for options younger than the file
    theirs, mine = defaults | description["params"], as_read(model.get_params())
    return [f"{TYPED.get(name, name)} {as_typed(old)}, now {as_typed(new)}"
            for name, old, new in changed(mine, theirs)]


def epochs_of(model):
    """The epochs that a model has seen, "3 of 40 epochs, "; "" for one without any."""
    if not hasattr(model, "epochs"):
        return ""
    done = len(model.history_["loss"])
    if done < model.epochs:
        return f"{done} of {model.epochs} epochs, "
    return "1 epoch, " if done == 1 else f"{done} epochs, "


def is_stopped(path):
    """Whether the training of a checkpoint has not come to its end."""
    return read_checkpoint(path, None)[0].get("training") is not None
