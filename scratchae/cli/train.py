"""`scratchae train`: fit a model and save it."""

import contextlib
import itertools
import sys
import time
from pathlib import Path

import numpy as np

from scratchae import (
    PCA,
    Autoencoder,
    ConditionalVariationalAutoencoder,
    DenoisingAutoencoder,
    DivergedError,
    ProbabilisticPCA,
    SparseAutoencoder,
    StackedClassifier,
    VariationalAutoencoder,
)
from scratchae.cli.options import (
    add_data_options,
    add_overwrite,
    check_output,
    in_typed_words,
    layer_sizes,
    load_data,
    non_negative_int,
    positive_int,
)
from scratchae.nn.backend import compile_seconds

NAME = "train"
HELP = "Train a model, print its test figures and save a checkpoint."
EXAMPLE = "scratchae train vae --hidden 400 --latent 20 --epochs 20 --seed 0"
MODELS = {
    "pca": PCA,
    "ppca": ProbabilisticPCA,
    "autoencoder": Autoencoder,
    "sparse": SparseAutoencoder,
    "denoising": DenoisingAutoencoder,
    "stacked": StackedClassifier,
    "vae": VariationalAutoencoder,
    "cvae": ConditionalVariationalAutoencoder,
}
WITHOUT_RESUME = (PCA, ProbabilisticPCA, StackedClassifier)
LABELLED = (StackedClassifier, ConditionalVariationalAutoencoder)
# option -> constructor parameter, for what the student left unset is not passed on
PARAMETERS = {
    "latent": "n_components",
    "hidden": "hidden_layer_sizes",
    "activation": "activation",
    "loss": "loss",
    "tied": "tied_weights",
    "penalty": "penalty",
    "penalty_weight": "penalty_weight",
    "rho": "rho",
    "active": "n_active",
    "corruption": "corruption",
    "level": "level",
    "pretrain_epochs": "pretrain_epochs",
    "fine_tune_level": "fine_tune_level",
    "decoder": "decoder",
    "variance": "decoder_variance",
    "posterior": "posterior",
    "objective": "objective",
    "samples": "n_samples",
    "kl_weight": "kl_weight",
    "kl_warmup": "kl_warmup_epochs",
    "free_bits": "free_bits",
    "epochs": "epochs",
    "batch_size": "batch_size",
    "learning_rate": "learning_rate",
    "optimizer": "optimizer",
    "schedule": "schedule",
    "weight_decay": "weight_decay",
    "validation": "validation_fraction",
    "patience": "patience",
    "seed": "random_state",
}
TYPED = {name: f"--{option.replace('_', '-')}" for option, name in PARAMETERS.items()}


def add_arguments(parser):
    """MODEL, the data set, and the parameters a student turns most."""
    add = parser.add_argument
    add("model", choices=MODELS, metavar="MODEL", help=", ".join(MODELS))
    add_data_options(parser)
    _add_model_options(add)
    _add_vae_options(add)
    _add_training_options(add)
    add("--resume", type=Path, metavar="CKPT",
        help="go on with a stopped training; the same options again")
    add("--seed", type=non_negative_int, default=0, help="default: 0")
    add("--out", type=Path, default=Path("runs"), metavar="DIR",
        help="where MODEL-DATA.npz goes (default: %(default)s)")
    add_overwrite(parser)


def _add_model_options(add):
    add("--latent", type=positive_int, metavar="K", help="width of the code")
    add("--hidden", type=layer_sizes, metavar="H,H", help="widths of hidden layers")
    add("--activation", help="of the hidden layers, such as relu, tanh, silu")
    add("--loss", help="autoencoder: squared_error or bernoulli")
    add("--tied", action="store_true", default=None, help="autoencoder: tied weights")
    add("--penalty", help="sparse: kl, l1, top_k or contractive")
    add("--penalty-weight", type=float, metavar="W", help="sparse: its weight")
    add("--rho", type=float, metavar="R", help="sparse, kl: mean activation")
    add("--active", type=positive_int, metavar="N", help="sparse, top_k: units kept")
    add("--corruption", help="denoising: gaussian, masking or salt_and_pepper")
    add("--level", type=float, metavar="L", help="denoising: how much noise")
    add("--pretrain-epochs", type=non_negative_int, metavar="E", help="stacked")
    add("--fine-tune-level", type=float, metavar="L", help="stacked: pixels masked")


def _add_vae_options(add):
    add("--decoder", help="vae: bernoulli or gaussian")
    add("--variance", type=float, metavar="V", help="vae, gaussian: fixed, not learned")
    add("--posterior", help="vae: diagonal or full")
    add("--objective", help="vae: elbo or iwae")
    add("--samples", type=positive_int, metavar="K", help="vae: per image and step")
    add("--free-bits", type=float, metavar="F", help="vae: nats per dimension")
    add("--kl-weight", type=float, metavar="B", help="vae: weight of the divergence")
    add("--kl-warmup", type=non_negative_int, metavar="E", help="vae: over E epochs")


def _add_training_options(add):
    add("--epochs", type=positive_int, metavar="N", help="passes over the data")
    add("--batch-size", type=positive_int, metavar="N", help="images per step")
    add("--learning-rate", type=float, metavar="R", help="of the first step")
    add("--optimizer", help="adam, momentum or sgd")
    add("--schedule", help="cosine, constant or step")
    add("--weight-decay", type=float, metavar="R", help="of the weight matrices")
    add("--validation", type=float, metavar="F", help="last part of the data, 0 to 1")
    add("--patience", type=positive_int, metavar="E", help="early stopping")


def run(options):
    """Train, save, and print the figures of the test images."""
    with typed_words():
        model = build_model(options)
        model.check_parameters()  # before the data are loaded: typos cost nothing
        path = output(options)
        dataset = load_data(options)
        path.parent.mkdir(parents=True, exist_ok=True)
        train(model, dataset, path, options)


def train(model, dataset, path, options):
    """Fit, and print the seconds, the test figures and where the checkpoint is."""
    x_train, x_test = dataset.x
    start, compiled = time.perf_counter(), compile_seconds()
    fit(model, x_train, labels_for(model, dataset.labels[0]), path, options.resume)
    seconds = time.perf_counter() - start
    share = compiling(compile_seconds() - compiled)
    print(f"{model!r}\ntrained on {len(x_train)} images in {seconds:.1f} s{share}")
    measures = model.evaluate(x_test, *labels_for(model, dataset.labels[1]))
    for name, value in measures.items():
        print(f"test {describe(name, value)}")
    print(f"checkpoint: {path}")


def output(options):
    """The checkpoint's path, if it may be written; the file to resume, if it is there.

    Raises ValueError or OSError that names the option.
    """
    if options.resume is None:
        path = options.out / f"{options.model}-{options.data}.npz"
        try:
            check_output(path, options.overwrite)
        except FileExistsError as error:
            raise FileExistsError(f"{error}, --resume {path} goes on with it") from None
        return path
    if issubclass(MODELS[options.model], WITHOUT_RESUME):
        raise ValueError(
            "--resume is for models that train epoch by epoch in one go; "
            f"{options.model} starts anew"
        )
    if not options.resume.is_file():
        raise FileNotFoundError(f"--resume: {options.resume}: no such checkpoint")
    return options.resume


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
        print(f"the last finite weights are in {kept}", file=sys.stderr)
        raise


def unused(path):
    """The path, or with the first number behind it where no file is."""
    numbered = (path.with_stem(f"{path.stem}-{i}") for i in itertools.count(2))
    return next(p for p in itertools.chain([path], numbered) if not p.exists())


def labels_for(model, labels):
    """The labels where the model is told them, else nothing."""
    return (labels,) if isinstance(model, LABELLED) else ()


def compiling(seconds):
    """How much of the time went into compiling kernels, or nothing."""
    if seconds < 0.05:
        return ""
    return f", of which {seconds:.1f} s compiling kernels (once)"


def build_model(options):
    """The unfitted model that the options describe."""
    model = MODELS[options.model]()
    given = {
        name: getattr(options, option)
        for option, name in PARAMETERS.items()
        if getattr(options, option) is not None
    }
    known = model.get_params()
    if "random_state" not in known:
        given.pop("random_state")
    for name in given.keys() - known.keys():
        useful = ", ".join(o for p, o in TYPED.items() if p in known)
        raise ValueError(
            f"{TYPED[name]} means nothing to {options.model}; it has {useful}"
        )
    return model.set_params(**given)


@contextlib.contextmanager
def typed_words():
    """Let errors name the options that were typed, not the model's parameters."""
    try:
        yield
    except (ValueError, ArithmeticError) as error:
        error.args = (in_typed_words(str(error), TYPED), *error.args[1:])
        raise


def describe(name, value):
    """A measure with its unit: squared errors, a number of samples, else nats."""
    unit = "SSE/img" if name.endswith("sse") else "nats/img"
    unit = {"effective_sample_size": "samples (median)", "error": "of the labels",
            "probe_error": "of the labels"}.get(name, unit)
    digits = 4 if "error" in name else 3
    return f"{name}: {value:.{digits}f} {unit}"
