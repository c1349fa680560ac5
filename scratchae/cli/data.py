"""`scratchae data`: fetch MNIST, or look at a data set."""

from pathlib import Path

from scratchae.cli.options import (
    add_data_options,
    add_overwrite,
    check_output,
    load_data,
    positive_int,
)

NAME = "data"
HELP = "Download MNIST (fetch) or draw a contact sheet of a data set (show)."
EXAMPLE = "scratchae data show --data strokes --out runs/strokes.png"


def add_arguments(parser):
    """fetch | show, and what each needs."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="fetch|show")
    fetch = actions.add_parser("fetch", help="download the four files and verify them")
    fetch.add_argument("--to", type=Path, metavar="DIR", help="default: user's cache")
    show = actions.add_parser("show", help="contact sheet, ten images per class")
    add_data_options(show)
    show.add_argument("--per-class", type=positive_int, default=12, metavar="N",
                      help="default: 12")
    show.add_argument("--out", type=Path, metavar="FILE.png",
                      help="default: runs/DATA.png")
    add_overwrite(show)


def run(options):
    """Do what the action says."""
    if options.action == "fetch":
        from scratchae.data import fetch_mnist

        print(fetch_mnist(options.to))
        return
    print(contact_sheet(options))


def contact_sheet(options):
    """Write one row of training images per class; returns the path."""
    import numpy as np

    from scratchae.plots import image_grid, save_figure

    path = options.out or Path(f"runs/{options.data}.png")
    check_output(path, options.overwrite)
    dataset = load_data(options)
    (x, _), (y, _) = dataset.x, dataset.labels
    rows = [np.flatnonzero(y == label)[: options.per_class] for label in np.unique(y)]
    title = f"{options.data}: {len(x)} training images, {len(rows)} classes"
    figure = image_grid(x[np.concatenate(rows)], title, columns=options.per_class)
    return save_figure(figure, path)
