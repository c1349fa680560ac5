"""`scratchae sample`: draw new images, or rows of a table, from a saved model."""

from pathlib import Path

import numpy as np

from scratchae import ConditionalVariationalAutoencoder, load
from scratchae.cli.model_options import MODELS
from scratchae.cli.options import add_overwrite, non_negative_int, positive_int
from scratchae.cli.outputs import check_output, refuse_what_is_read
from scratchae.cli.trained_data import check_checkpoints, column_names
from scratchae.data import Scaling, data_of, in_digits
from scratchae.files import replacing, write_csv

ENDINGS = (".png", ".csv", ".npy")
UNKNOWN = {"shape": None, "columns": None, "scaling": Scaling().described()}
NAME = "sample"
SAMPLED = " or ".join(n for n, model in MODELS.items() if hasattr(model, "sample"))
HELP = f"Draw new items from a saved {SAMPLED}: a picture, or numbers as .csv or .npy."
EXAMPLE = "scratchae sample runs/vae-strokes.npz -n 64 --out runs/samples.png"


def add_arguments(parser):
    """CKPT, how many, the seed, and the file."""
    parser.add_argument("checkpoint", metavar="CKPT", help="file written by train")
    parser.add_argument("-n", type=positive_int, default=64, metavar="N",
                        help="how many (default: 64)")
    parser.add_argument(
        "--mode", choices=("mean", "sample"), default="mean",
        help="E[x|z], or pixels drawn from p(x|z) (default: %(default)s)",
    )
    parser.add_argument("--seed", type=non_negative_int, default=0, help="default: 0")
    parser.add_argument(
        "--out", type=Path, default=Path("runs/samples.png"), metavar="FILE",
        help=".png, or .csv or .npy for numbers in the units of the data (default: "
        "%(default)s)",
    )
    add_overwrite(parser)


def run(options):
    """Sample and write the file; a model without a prior says so."""
    from scratchae.plots import save_figure

    check_checkpoints([options.checkpoint])
    check_output(options.out, options.overwrite, kinds=ENDINGS)
    model = load(options.checkpoint)
    about = data_of(model)
    refuse_what_is_read(options.out, options, about)
    name = type(model).__name__
    if not hasattr(model, "sample"):
        raise ValueError(f"{name} has no distribution over codes, so it cannot be "
                         f"sampled from; train a {SAMPLED}")
    what, labels = options.n, None
    if isinstance(model, ConditionalVariationalAutoencoder):
        what = labels = model.classes_[np.arange(options.n) % len(model.classes_)]
    x = model.sample(what, mode=options.mode, random_state=options.seed)
    about = about or UNKNOWN
    title = f"{options.n} samples from {name}, k = {len(model.get_feature_names_out())}"
    if options.out.suffix.lower() == ".png":
        save_figure(picture(x, about, title), options.out)
    else:
        write_numbers(x, labels, about, options.out)
    print(f"{options.out}: {title}")


def picture(x, about, title):
    """A figure of images of the shape of the data, or of the rows of a table."""
    from scratchae import plots

    scaling, shape = Scaling.from_description(about["scaling"]), about["shape"]
    if about["columns"]:
        return plots.bar_rows({"sample": scaling.restore(x)}, about["columns"], title)
    return plots.image_grid(scaling.drawn(x), title, shape=shape and tuple(shape))


def write_numbers(x, labels, about, path):
    """Write x : (n, d) in the units of the data as .csv or .npy."""
    scaling = Scaling.from_description(about["scaling"])
    x, scales = scaling.restore(x), np.broadcast_to(scaling.scale, x.shape[1])
    if path.suffix.lower() == ".npy":
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as file:
            np.save(file, x.reshape(len(x), *(about["shape"] or x.shape[1:])))
        return
    names = column_names(about, x.shape[1])
    rows = [[in_digits(*pair, 7) for pair in zip(row, scales, strict=True)]
            for row in x]
    if labels is not None:
        names = [label_name(about), *names]
        rows = [[label, *row] for label, row in zip(labels, rows, strict=True)]
    write_csv(path, names, rows)


def label_name(about):
    """What the column of labels is called in the table of the training, or "label"."""
    label = about.get("label")
    return label if isinstance(label, str) else "label"
