"""`scratchae train`: fit a model and save it."""

import contextlib
import itertools
import time
from pathlib import Path

import numpy as np

from scratchae import (
    CheckpointError,
    DivergedError,
    StackedClassifier,
    load,
)
from scratchae.cli.again import (
    ELSEWHERE,
    RESUMED,
    WITHOUT_RESUME,
    epochs_of,
    going_on,
    is_stopped,
    target,
)
from scratchae.cli.data_checks import (
    labels_of,
    refuse_empty_columns,
    refuse_outside,
    refuse_untrained_classes,
    warn_of_far_numbers,
    what_may_be_missing,
)
from scratchae.cli.model_options import (
    MODELS,
    add_model_options,
    build_model,
    check_needs,
    decoder_is_open,
    of_models,
)
from scratchae.cli.options import add_overwrite
from scratchae.cli.outputs import check_output
from scratchae.cli.words import typed_words
from scratchae.data import NAMED, described, headline
from scratchae.data_options import add_data_options, load_data, reading
from scratchae.locks import holding
from scratchae.nn.backend import compile_seconds, compiling_ahead
from scratchae.pulse import tell, unit_of

NAME = "train"
HELP = "Train a model, print its test figures and save a checkpoint."
EXAMPLE = "scratchae train vae --hidden 400 --latent 20 --epochs 20 --seed 0"
UNITS = {"effective_sample_size": "samples (median)", "error": "of the labels",
         "probe_error": "of the labels"}  # of measures that are not per row


def add_arguments(parser):
    """MODEL, the data set, and the parameters a student turns most."""
    add = parser.add_argument
    add("model", choices=MODELS, metavar="MODEL", help=", ".join(MODELS))
    add_data_options(parser)
    add_model_options(of_models(parser))
    add("--resume", type=Path, metavar="CKPT",
        help="go on in the file of a stopped training, wherever it is: the same "
             "command again, with this")
    add("--out", type=Path, metavar="DIR|FILE.npz",
        help="folder in which MODEL-DATA.npz goes (default: runs), or the file; one "
             "that was stopped there goes on")
    add_overwrite(parser)


def run(options):
    """Train, save, and print the figures of the test images."""
    with typed_words(MODELS[options.model]):
        model = build_model(options)  # before the data: typos cost nothing
        path = target(options)
        resumed = options.resume is not None
        check_output(path, overwrite=True, reads=options)
        with held(path), saying_what_is_kept(path, model):
            own = load_own(model, options)
            anew = options.overwrite and not resumed
            resume = None if anew else going_on(path, model, resumed)
            with beside(model):
                dataset = own or load_data(options)
            refuse_untrained_classes(model, dataset)
            if isinstance(model, StackedClassifier):
                tell("a stack is saved at its end: stopped before, it starts anew")
            model.about_ = {"command": options.typed,
                            "data": described(dataset, reading(options)
                                              | what_may_be_missing(model))}
            try:
                model = train(model, dataset, path, resume)
            except CheckpointError as error:  # trained on other data
                ways_out = RESUMED if resumed else ELSEWHERE
                error.args = (f"{str(error).rstrip('.')}. {ways_out}",)
                raise
            report(model, dataset, path, anew)


def beside(model):
    """The context in which data are loaded: kernels are compiled, if it needs them."""
    learns_by_steps = "epochs" in model.get_params()
    return compiling_ahead() if learns_by_steps else contextlib.nullcontext()


def load_own(model, options):
    """The data of a path, said in a line; None for those that have a name.

    What is not in [0, 1] gives a VAE a Gaussian decoder, unless --decoder was typed.
    """
    if options.data in NAMED:
        return None
    dataset = load_data(options, **what_may_be_missing(model))
    print("; ".join([headline(dataset), *dataset.notes]))
    if decoder_is_open(options) and not dataset.in_unit_interval:
        model.set_params(decoder="gaussian")
        print("not all numbers are in [0, 1]: --decoder gaussian")
    check_needs(model, options)
    if options.shift:
        tell_shape(model, dataset)
    refuse_outside(model, dataset)
    refuse_empty_columns(model, dataset)
    warn_of_far_numbers(dataset)
    return dataset


def tell_shape(model, dataset):
    """Let the model know which images it moves. Raises ValueError for a table."""
    if dataset.shape is None:
        raise ValueError(f"--shift moves images, and {dataset.source} is a table; if "
                         "its rows are images, --size HxW says their shape")
    model.set_params(image_shape=dataset.shape)


def train(model, dataset, path, resume):
    """Fit, print the seconds it took, and return what is in the checkpoint."""
    before, x_train = version(path), dataset.x[0]
    start, compiled = time.perf_counter(), compile_seconds()
    fit(model, x_train, labels_of(model, dataset, 0), path, resume)
    seconds = time.perf_counter() - start
    share = compiling(compile_seconds() - compiled)
    if resume is None and version(path) == before:  # Ctrl-C came before the first save
        raise KeyboardInterrupt
    if is_stopped(path):  # perhaps while an epoch was being saved: the file counts
        model = load(path)
    print(f"{model!r}\ntrained on {len(x_train)} {dataset.items} in "
          f"{epochs_of(model)}{seconds:.1f} s{share}")
    return model


def report(model, dataset, path, anew):
    """Print the test figures and where the checkpoint is, complete or not.

    anew : whether the same command would replace it
    """
    measures = model.evaluate(dataset.x[1], *labels_of(model, dataset, 1))
    for name, value in measures.items():
        print(f"test {describe(name, value, dataset.items)}")
    print(f"checkpoint: {path}")
    if is_stopped(path):
        what = "command without --overwrite" if anew else "command again"
        print(f"stopped after {epochs_of(model)}the same {what} goes on")


@contextlib.contextmanager
def held(path):
    """Let no other process write the checkpoint; its error names the option."""
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(holding(path))
        except BlockingIOError as error:
            raise BlockingIOError(f"{error} (--out)") from None
        yield


@contextlib.contextmanager
def saying_what_is_kept(path, model):
    """Let an interruption say what there is of this training."""
    before = version(path)
    try:
        yield
    except KeyboardInterrupt:
        if path.exists():
            same = version(path) == before
            what = f"{path} {'is as before' if same else 'has what was trained'}"
        elif isinstance(model, WITHOUT_RESUME):
            what = "no file was written; the same command starts anew"
        else:
            what = "before the first epoch was complete: no file was written"
        raise KeyboardInterrupt(what) from None


def version(path):
    """What differs between two files that were written to the same path."""
    return path.stat().st_mtime_ns if path.exists() else None


def fit(model, x_train, labels, path, resume):
    """Train, with a checkpoint at path after every epoch where there are epochs."""
    if isinstance(model, WITHOUT_RESUME):
        model.fit(x_train, *labels)
        model.save(path)
        return
    try:
        with np.errstate(all="ignore"):  # the loop looks for what is not finite
            model.fit(x_train, *labels, checkpoint=path, resume=resume)
    except DivergedError as error:
        kept = unused(path.with_stem(f"{path.stem}-diverged"))
        error.model.save(kept)
        epoch = len(error.model.history_.get("loss", ()))
        which = f"after epoch {epoch}" if epoch else "that it began with"
        tell(f"the weights {which} are in {kept}")
        raise


def unused(path):
    """The path, or with the first number behind it where no file is."""
    numbered = (path.with_stem(f"{path.stem}-{i}") for i in itertools.count(2))
    return next(p for p in itertools.chain([path], numbered) if not p.exists())


def compiling(seconds):
    """How much of the time went into compiling kernels, or nothing."""
    if seconds < 0.05:
        return ""
    return f", of which {seconds:.1f} s compiling kernels (once)"


def describe(name, value, items="images"):
    """A measure with its unit: squared errors, a number of samples, else nats."""
    if name in UNITS:
        unit = UNITS[name]
    else:
        unit = unit_of("SSE/img" if name.endswith("sse") else "nats/img", items)
    digits = 4 if "error" in name else 3
    return f"{name}: {value:.{digits}f} {unit}"
