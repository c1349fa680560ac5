"""`scratchae data`: fetch a published set, or look at any data set."""

from pathlib import Path

import numpy as np

from scratchae.cli.options import add_overwrite, positive_int, print_json
from scratchae.cli.outputs import check_folder, check_output
from scratchae.data import NAMED, PUBLISHED, fetch_published, summary
from scratchae.data_options import DEFAULT, add_data_options, load_data, stem

NAME = "data"
HELP = "Download a published data set (fetch), or look at any data set (show)."
EXAMPLE = "scratchae data show my_pictures --size 28x28"
PER_CLASS = 12
ROWS = 10  # of a contact sheet of images without labels
CLASSES = 60  # of which a contact sheet has a row
SHOWN = 5000  # rows of a table from which histograms are drawn


def add_arguments(parser):
    """fetch | show, and what each needs."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="fetch|show")
    fetch = actions.add_parser("fetch", help="download the four files and verify them")
    fetch.add_argument("name", nargs="?", default="mnist", choices=PUBLISHED,
                       metavar="NAME", help=f"{', '.join(PUBLISHED)} (default: mnist)")
    fetch.add_argument("--to", type=Path, metavar="DIR",
                       help="default: the user's cache")
    show = actions.add_parser(
        "show", help="what a data set holds, and a picture of it",
        description="Print what was found, and draw images class by class, or the "
        "histograms of a table.")
    show.add_argument("source", nargs="?", metavar="NAME|PATH", help="same as --data")
    add_data_options(show, default=None)
    show.add_argument("--per-class", type=positive_int, metavar="N",
                      help=f"images in a row (default: {PER_CLASS})")
    show.add_argument("--out", type=Path, metavar="FILE.png",
                      help="default: runs/DATA.png")
    show.add_argument("--json", action="store_true", help="one JSON document")
    add_overwrite(show)


def run(options):
    """Do what the action says."""
    if options.action == "fetch":
        if options.to is not None:
            check_folder(options.to, "--to")
        print(fetch_published(options.name, options.to))
        return
    if options.source and options.data:
        raise ValueError(f"{options.source} and --data {options.data} are two data "
                         "sets: expected one")
    options.data = options.source or options.data or DEFAULT
    show(options)


def show(options):
    """Print what is in the data set, and the path of its picture."""
    from scratchae.plots import save_figure

    path = options.out or Path(f"runs/{stem(options.data)}.png")
    check_output(path, options.overwrite, kinds=(".png",), reads=options)
    kept = {} if options.data in NAMED else {"missing": "mask"}
    dataset = load_data(options, **kept)
    if options.per_class and dataset.shape is None:
        raise ValueError(f"--per-class {options.per_class}: {options.data} is a table, "
                         "of which histograms are drawn")
    if not options.json:
        for what, text in summary(dataset).items():
            print(f"{what:<9} {text}")
    if dataset.shape is None:
        figure = histograms(dataset)
    else:
        figure = contact_sheet(dataset, options.per_class or PER_CLASS)
    picture = save_figure(figure, path)
    if options.json:
        print_json(document(dataset) | {"picture": str(picture)})
        return
    print(f"picture   {picture}")


def document(dataset):
    """What is in the data set, for JSON: numbers as such, and all that is printed."""
    x_train, x_test = dataset.x
    return {"data": dataset.source, "training": len(x_train), "test": len(x_test),
            "numbers": x_train.shape[1], "shape": dataset.shape,
            "columns": dataset.columns, "told": summary(dataset)}


def contact_sheet(dataset, columns):
    """A figure of training images, a row for each class with its name."""
    from scratchae.plots import image_grid, image_rows

    x, drawn = dataset.x[0], dataset.scaling.drawn
    title = f"{dataset.source}: {len(x)} training images"
    if dataset.labels is None:
        return image_grid(drawn(x[: ROWS * columns]), title, columns, dataset.shape)
    y, classes = dataset.labels[0], np.unique(dataset.labels[0])
    title = f"{title}, {len(classes)} classes"
    rows = {str(label): drawn(x[np.flatnonzero(y == label)[:columns]])
            for label in classes[:CLASSES]}
    return image_rows(rows, title, dataset.shape)


def histograms(dataset):
    """A figure of the columns of a table, in the units of the file."""
    from scratchae import plots

    x = dataset.scaling.restore(dataset.x[0][:SHOWN])
    title = f"{dataset.source}: {len(dataset.x[0])} training rows"
    return plots.histograms(x, dataset.columns, title)
