"""Which models the command line trains, the options of each, and what they ask for."""

from collections.abc import Callable
from typing import NamedTuple

from scratchae import (
    PCA,
    Autoencoder,
    ConditionalVariationalAutoencoder,
    DenoisingAutoencoder,
    ProbabilisticPCA,
    SparseAutoencoder,
    StackedClassifier,
    VariationalAutoencoder,
)
from scratchae.cli.options import layer_sizes, non_negative_int, positive_int
from scratchae.data import NAMED

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
SEED = 0  # where none is typed


class Need(NamedTuple):
    """What an option asks for: without that it would change nothing.

    What the models refuse themselves, in Python too, has no row here.
    """

    name: str  # of the parameter that the option gives
    what: str  # as it is typed
    is_met: Callable  # of the model's parameters


def is_pretrained(model):
    """Whether corruption plays a part: a stack's is of its pretraining."""
    return getattr(model, "pretrain_epochs", 1) > 0


NEEDS = (
    Need("activation", "hidden layers (--hidden)", lambda p: p.hidden_layer_sizes),
    Need("penalty_weight", "another --penalty than top_k",
         lambda p: p.penalty != "top_k"),
    Need("rho", "--penalty kl", lambda p: p.penalty == "kl"),
    Need("n_active", "--penalty top_k", lambda p: p.penalty == "top_k"),
    Need("corruption", "pretraining (--pretrain-epochs)", is_pretrained),
    Need("level", "pretraining (--pretrain-epochs)", is_pretrained),
    Need("decoder_variance", "--decoder gaussian", lambda p: p.decoder == "gaussian"),
    Need("samples_warmup_epochs", "more than 1 of --samples",
         lambda p: p.n_samples > 1),
    Need("samples_warmup_epochs", "more than 1 epoch to rise in",
         lambda p: p.samples_warmup_epochs > 1),
    Need("samples_warmup_epochs", "at least as many --epochs",
         lambda p: p.samples_warmup_epochs <= p.epochs),
    Need("kl_weight", "--objective elbo", lambda p: p.objective == "elbo"),
    Need("kl_warmup_epochs", "a --kl-weight above 0", lambda p: p.kl_weight > 0),
    Need("kl_warmup_epochs", "more than 1 epoch to rise in",
         lambda p: p.kl_warmup_epochs > 1),
    Need("kl_warmup_epochs", "at least as many --epochs",
         lambda p: p.kl_warmup_epochs <= p.epochs),
    Need("free_bits", "a --kl-weight above 0", lambda p: p.kl_weight > 0),
    Need("undo_shift", "--shift", lambda p: p.shift > 0),
    Need("patience", "a --validation part to watch", lambda p: p.validation_fraction),
)


def of_models(parser):
    """An `add` for the options below: it tells whose each is, and what holds without.

    Both are the models' own, and an option stands among those of the same models.
    """
    known, groups = {name: model().get_params() for name, model in MODELS.items()}, {}

    def add(option, help, dest=None, **more):
        dest = dest or parameter(option)
        usual = {name: p[dest] for name, p in known.items() if dest in p}
        title = ", ".join(usual)
        if title not in groups:
            groups[title] = parser.add_argument_group(title)
        if dest == "random_state":
            usual = dict.fromkeys(usual, SEED)
        groups[title].add_argument(option, dest=dest, help=help + in_words(usual),
                                   **more)

    return add


def in_words(usual):
    """" (default: 1)" or " (default: pca 30; sparse 200)", or "" where none has one.

    usual : the value of a parameter by model
    """
    models = {}
    for name, value in usual.items():
        models.setdefault(as_typed(value), []).append(name)
    if [*models] == [as_typed(None)]:
        return ""
    told = [f"{', '.join(names)} {value}" for value, names in models.items()]
    if len(models) == 1:
        told = [*models]
    return f" (default: {'; '.join(told)})"


def parameter(option):
    """The constructor parameter that an option gives, if both have the same name."""
    return option.removeprefix("--").replace("-", "_")


def add_model_options(add):
    """The options whose `dest` is the constructor parameter that they give."""
    add("--latent", dest="n_components", type=positive_int, metavar="K",
        help="width of the code")
    add("--hidden", dest="hidden_layer_sizes", type=layer_sizes, metavar="H,H",
        help="widths of hidden layers")
    add("--activation", help="of the hidden layers, such as relu, tanh, silu")
    add("--loss", help="squared_error or bernoulli")
    add("--tied", dest="tied_weights", action="store_true", default=None,
        help="the decoder has the weights of the encoder")
    add("--penalty", help="kl, l1, top_k or contractive")
    add("--penalty-weight", type=float, metavar="W", help="of the penalty")
    add("--rho", type=float, metavar="R", help="kl: mean activation")
    add("--active", dest="n_active", type=positive_int, metavar="N",
        help="top_k: units kept")
    add("--corruption", help="gaussian, masking or salt_and_pepper")
    add("--level", type=float, metavar="L", help="how much noise")
    add("--missing", help="mask, to learn from rows that lack numbers, or error")
    add("--pretrain-epochs", type=non_negative_int, metavar="E",
        help="of each layer")
    add("--fine-tune-level", type=float, metavar="L", help="share of pixels masked")
    _add_vae_options(add)
    _add_training_options(add)


def _add_vae_options(add):
    add("--decoder", help="bernoulli or gaussian, which data of a path get that are "
        "not all in [0, 1]")
    add("--variance", dest="decoder_variance", type=float, metavar="V",
        help="gaussian: fixed, not learned")
    add("--posterior", help="diagonal or full")
    add("--objective", help="elbo or iwae")
    add("--samples", dest="n_samples", type=positive_int, metavar="K",
        help="per image and step")
    add("--samples-warmup", dest="samples_warmup_epochs", type=non_negative_int,
        metavar="E", help="epoch e of the first E has K^(e/E) of them, rounded")
    add("--gradient-samples", type=positive_int, metavar="M",
        help="iwae: the gradient is that of M of them, drawn by weight")
    add("--kl-weight", type=float, metavar="B", help="weight of the divergence")
    add("--kl-warmup", dest="kl_warmup_epochs", type=non_negative_int, metavar="E",
        help="it rises over E epochs")
    add("--free-bits", type=float, metavar="F", help="nats per dimension")


def _add_training_options(add):
    add("--epochs", type=positive_int, metavar="N", help="passes over the data")
    add("--batch-size", type=positive_int, metavar="N", help="images per step")
    add("--learning-rate", type=float, metavar="R", help="of the first step")
    add("--optimizer", help="adam, momentum or sgd")
    add("--schedule", help="cosine, constant or step")
    add("--weight-decay", type=float, metavar="R", help="of the weight matrices")
    add("--shift", type=float, metavar="S",
        help="move each training image anew by about so many pixels")
    add("--undo-shift", action="store_true", default=None,
        help="reconstruct the image before its move")
    add("--validation", dest="validation_fraction", type=float, metavar="F",
        help="share of the training rows, the last ones, that is watched")
    add("--patience", type=positive_int, metavar="E",
        help="stop after so many epochs without a better val_loss")
    add("--seed", dest="random_state", type=non_negative_int, metavar="SEED",
        help="of start, order and noise")


TYPED = {}  # constructor parameter -> its option


def _note(option, dest=None, **_):
    TYPED[dest or parameter(option)] = option


add_model_options(_note)


def build_model(options):
    """The unfitted model that the options describe; ValueError if it is none."""
    model = MODELS[options.model]()
    given = {name: getattr(options, name) for name in TYPED
             if getattr(options, name) is not None}
    known = model.get_params()
    if "random_state" in known:
        given.setdefault("random_state", SEED)
    for name in given:
        if name not in known:
            useful = ", ".join(o for p, o in TYPED.items() if p in known)
            raise ValueError(
                f"{TYPED[name]} means nothing to {options.model}; it has {useful}"
            )
    model.set_params(**given).check_parameters()
    later = ("decoder_variance",) if decoder_is_open(options) else ()
    check_needs(model, options, later)
    return model


def decoder_is_open(options):
    """Whether a VAE's decoder is chosen by what the data, which are one's own, are."""
    variational = issubclass(MODELS[options.model], VariationalAutoencoder)
    return variational and options.decoder is None and options.data not in NAMED


def check_needs(model, options, later=()):
    """Raise ValueError for an option that was typed and would change nothing.

    later : parameters of which that is not known before the data are read
    """
    for need in NEEDS:
        value = getattr(options, need.name)
        if value and need.name not in later and not need.is_met(model):
            raise ValueError(f"{TYPED[need.name]} {as_typed(value)} needs {need.what}")


def as_typed(value):
    """A parameter's value as it is typed behind its option."""
    if isinstance(value, (list, tuple)):
        return ",".join(map(str, value)) or '""'
    if value is None or value is False:
        return "not given"
    return "given" if value is True else str(value)
