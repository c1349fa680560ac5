"""`scratchae explore`: a page in which saved models are walked through."""

import os
from pathlib import Path

from scratchae import load
from scratchae.cli.options import add_overwrite, positive_int
from scratchae.cli.outputs import check_output
from scratchae.cli.trained_data import check_checkpoints, load_data_of
from scratchae.cli.words import typed_words
from scratchae.data import check_fits, data_of
from scratchae.data_options import add_data_options
from scratchae.explorer import POINTS, explorer_page
from scratchae.explorer.pieces import pieces_of
from scratchae.files import replacing

NAME = "explore"
HELP = "Write a page, one file that opens from a folder, to walk through latent spaces."
EXAMPLE = ("scratchae explore runs/autoencoder-strokes.npz runs/vae-strokes.npz "
           "--out runs/explorer.html")


def add_arguments(parser):
    """The checkpoints, whose images are the points, how many, and the file."""
    parser.add_argument("checkpoints", metavar="CKPT", nargs="+",
                        help="files written by train: two are shown side by side, of "
                        "more each side has a slider")
    add_data_options(parser, default=None, again=True)
    parser.add_argument("--points", type=positive_int, default=POINTS, metavar="N",
                        help="test images in the plane (default: %(default)s)")
    parser.add_argument("--no-drawing", action="store_true",
                        help="leave out the encoders, with which a digit drawn by hand "
                        "is encoded: half the size")
    parser.add_argument("--out", type=Path, default=Path("runs/explorer.html"),
                        metavar="FILE", help=".html (default: %(default)s)")
    add_overwrite(parser)


def run(options):
    """Load the models and their data, and write the page."""
    check_checkpoints(options.checkpoints)
    check_output(options.out, options.overwrite, kinds=(".html", ".htm"), reads=options)
    models = {}
    for path in options.checkpoints:
        if any(os.path.exists(path) and os.path.samefile(path, p) for p in models):
            raise ValueError(f"{path} was given twice")
        models[path] = load(path)
        refuse_in(path, models[path])
    dataset = load_data_of(next(iter(models.values())), options)
    for model in models.values():
        about = data_of(model)
        check_fits(dataset, about, model.n_features_in_)
    page = explorer_page(models, dataset, options.points, not options.no_drawing)
    page = page.encode("utf-8", "backslashreplace")  # of paths that are no letters
    options.out.parent.mkdir(parents=True, exist_ok=True)
    with replacing(options.out) as file:
        file.write(page)
    print(f"{options.out} ({len(page) / 1e6:.2f} MB)")


def refuse_in(path, model):
    """Raise ValueError before any work for a model that a page cannot show."""
    try:
        with typed_words(type(model)):
            pieces_of(model)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
