"""`scratchae anomalies`: which rows a saved model copies badly, and in what."""

from pathlib import Path

import numpy as np

from scratchae import load
from scratchae.analysis import anomaly_parts
from scratchae.cli.data_checks import refuse_outside, what_may_be_missing
from scratchae.cli.options import add_overwrite, positive_int, print_json
from scratchae.cli.outputs import (
    check_output,
    refuse_overwrite_alone,
    refuse_what_is_read,
)
from scratchae.cli.trained_data import (
    check_checkpoints,
    column_names,
    is_there,
)
from scratchae.data import (
    NAMED,
    Scaling,
    check_fits,
    data_of,
    in_digits,
    load_again,
)
from scratchae.data_options import in_options
from scratchae.files import write_csv
from scratchae.rows import blocks_of

MOST = 3  # features that are named of each row
NAME = "anomalies"
HELP = ("Score the rows of a file by how badly a saved model copies them, and in what: "
        "squared error of the scaled columns, or minus the ELBO of a vae or cvae "
        "with a Gaussian decoder.")
EXAMPLE = "scratchae anomalies runs/pca-wine.npz --data new.csv --out runs/scores.csv"


def add_arguments(parser):
    """CKPT, the rows, what is normal, and where all scores go."""
    add = parser.add_argument
    add("checkpoint", metavar="CKPT", help="file written by train, on normal rows")
    add("--data", required=True, metavar="PATH", help="rows to be scored, all of them")
    add("--label", metavar="COLUMN",
        help="of the rows: a column of labels, by name or number, or none; it is left "
        "out (default: as in the training)")
    add("--top", type=positive_int, default=10, metavar="N",
        help="how many of the worst are shown (default: %(default)s)")
    add("--threshold", type=float, default=0.99, metavar="QUANTILE",
        help="share of normal rows that shall lie below it (default: %(default)s)")
    add("--normal", metavar="PATH",
        help="other normal rows for the threshold (default: the test part of the data "
        "that the model was trained on, of which it has not seen any)")
    add("--out", type=Path, metavar="FILE", help=".csv of the scores of all rows")
    add("--json", action="store_true", help="one JSON document")
    add_overwrite(parser)


def run(options):
    """Print the threshold and the worst rows; write all, if asked for."""
    if not 0 < options.threshold < 1:
        raise ValueError("--threshold is a share of the normal rows, above 0 and below "
                         f"1; got {options.threshold:g}")
    refuse_overwrite_alone(options, "out")
    check_checkpoints([options.checkpoint])
    if options.out is not None:
        check_output(options.out, options.overwrite, kinds=(".csv",), reads=options)
    model = load(options.checkpoint)
    about = what_it_knows(model, options.checkpoint)
    if options.out is not None:
        refuse_what_is_read(options.out, options, about)
    normal = normal_rows(model, about, options.normal)
    told = {} if options.label is None else {"label": options.label}
    x = rows_of(model, about, options.data, seen=True, **told)
    levels = np.concatenate(
        [scores(anomaly_parts(model, block)) for block in blocks_of(normal)])
    threshold = float(np.quantile(levels, options.threshold))
    table = explained(model, about, x, threshold)
    tell(options, table, {
        "threshold": threshold, "quantile": options.threshold, "normal": len(levels),
        "n": len(x), "above": sum(row["above"] for row in table)})


def tell(options, table, about):
    """Write the scores, if asked for; print what is about all rows, and the worst."""
    path = None if options.out is None else str(write(table, options.out))
    if options.json:
        print_json(about | {"rows": documents(table, options.top), "scores": path})
        return
    print("threshold: {threshold:.4g}, the {quantile:g} quantile of {normal} normal "
          "rows\nabove it: {above} of {n} rows".format(**about))
    show(table, options.top)
    if path is not None:
        print(f"scores: {path}")


def what_it_knows(model, path):
    """What a checkpoint remembers of its data. ValueError for what cannot score."""
    if not hasattr(model, "reconstruct"):
        raise ValueError(f"a {type(model).__name__} reconstructs nothing, so that it "
                         "has no scores: train an autoencoder, a vae or a pca")
    about = data_of(model)
    if about is None:
        raise ValueError(f"{path} does not say what it was trained on, so that rows "
                         "cannot be scaled as those were; scratchae train writes that")
    return about


def normal_rows(model, about, path):
    """Rows for the threshold: held out of the training, or of a file of their own."""
    if path is not None:
        try:
            return rows_of(model, about, path, seen=True)
        except ValueError as error:
            raise ValueError(str(error).replace("--data", "--normal")) from error
    test = about["reading"].get("test")
    for source, whose in (about["source"], "test part gives"), (test, "rows give"):
        if source is not None and not is_there(source):
            raise ValueError(f"{source}, whose {whose} the threshold, is not there: "
                             "--normal PATH names other normal rows")
    return rows_of(model, about, None)


def rows_of(model, about, source, **given):
    """Rows read as those of the checkpoint were, in the order of their file."""
    if source not in NAMED:
        given |= what_may_be_missing(model)
    with in_options():
        dataset = load_again(about, source, **given)
    check_fits(dataset, about, model.n_features_in_)
    refuse_outside(model, dataset)
    return dataset.x[1]


def scores(parts):
    """The sum of what `anomaly_parts` gives : (n,)."""
    of_features, of_code = parts
    return of_features.sum(axis=1) + of_code


def explained(model, about, x, threshold):
    """For each row of x what it scores, and the features that have most of it.

    Values are in the units of the data; `expected` is the model's reconstruction. What
    the code of a VAE has of the score belongs to no feature.
    """
    scaling, d = Scaling.from_description(about["scaling"]), x.shape[1]
    told, table = (column_names(about, d), np.broadcast_to(scaling.scale, d)), []
    for block in blocks_of(x):
        parts = anomaly_parts(model, block)
        rows = zip(scores(parts), parts[0], scaling.restore(block),
                   scaling.restore(model.reconstruct(block)), strict=True)
        for score, of_features, values, expected in rows:
            table.append({
                "row": len(table) + 1, "score": float(score),
                "above": bool(score > threshold),
                "features": most_of(score, told, of_features, values, expected)})
    return table


def most_of(score, told, parts, values, expected):
    """(name, value, expected value, share, scale) of the features with most of a score.

    told : names and scales of the features
    """
    names, scales = told
    order = np.argsort(-parts, kind="stable")[:MOST]
    return [(names[j], float(values[j]), float(expected[j]),
             float(parts[j] / (score or 1.0)), float(scales[j])) for j in order]


def worst(table, top):
    """The rows of the highest scores, the worst first."""
    return sorted(table, key=lambda row: -row["score"])[:top]


def documents(table, top):
    """The worst rows for JSON, which has null for a value that is missing."""
    found = []
    for row in worst(table, top):
        features = [{"feature": name, "value": None if np.isnan(value) else value,
                     "expected": expected, "share": share}
                    for name, value, expected, share, _ in row["features"]]
        found.append(row | {"features": features})
    return found


def show(table, top):
    """Print the worst rows, one a line."""
    for row in worst(table, top):
        what = "; ".join(
            f"{name} {in_digits(value, scale, 4)} (expected "
            f"{in_digits(expected, scale, 4)}, {share:.0%})"
            for name, value, expected, share, scale in row["features"])
        mark = "*" if row["above"] else " "
        print(f"{mark} row {row['row']}: {row['score']:.4g}  {what}")


def write(table, path):
    """All rows, in the order of their file, as .csv; returns the path."""
    parts = ("feature", "value", "expected", "share")
    found = len(table[0]["features"])
    names = [f"{part}{i + 1}" for i in range(found) for part in parts]
    rows = []
    for row in table:
        cells = [row["row"], f"{row['score']:.6g}", int(row["above"])]
        for name, value, expected, share, scale in row["features"]:
            cells += [name, in_digits(value, scale, 6), in_digits(expected, scale, 6),
                      f"{share:.6g}"]
        rows.append(cells)
    write_csv(path, ["row", "score", "above", *names], rows)
    return path
