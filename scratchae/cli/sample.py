"""`scratchae sample`: draw new images from a saved model."""

from pathlib import Path

import numpy as np

from scratchae import ConditionalVariationalAutoencoder, load
from scratchae.cli.options import (
    add_overwrite,
    check_output,
    non_negative_int,
    positive_int,
)

NAME = "sample"
HELP = "Draw new images from a saved generative model into a PNG."
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
        "--out", type=Path, default=Path("runs/samples.png"), metavar="FILE.png",
        help="default: %(default)s",
    )
    add_overwrite(parser)


def run(options):
    """Sample and write the grid; a model without a prior says so."""
    from scratchae.plots import image_grid, save_figure

    check_output(options.out, options.overwrite)
    model = load(options.checkpoint)
    name = type(model).__name__
    if not hasattr(model, "sample"):
        raise ValueError(
            f"{name} has no distribution over codes, so it cannot be sampled from; "
            "train a vae"
        )
    what = options.n
    if isinstance(model, ConditionalVariationalAutoencoder):
        what = model.classes_[np.arange(options.n) % len(model.classes_)]
    images = model.sample(what, mode=options.mode, random_state=options.seed)
    title = f"{options.n} samples from {name}, k = {model.n_components}"
    print(save_figure(image_grid(images, title), options.out))
