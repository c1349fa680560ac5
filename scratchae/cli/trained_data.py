"""Checkpoints and their data, which are read and scaled as for the training."""

import os

from scratchae.cli.data_checks import refuse_outside
from scratchae.data import NAMED, Scaling, check_fits, data_of, is_same, load_again
from scratchae.data_options import DEFAULT, in_options, load_data, reading
from scratchae.errors import DataError
from scratchae.pulse import tell


def check_checkpoints(paths):
    """Raise FileNotFoundError for one that is not there, before any other question."""
    for path in paths:
        if not os.path.exists(path):
            raise FileNotFoundError(f"{path}: no such checkpoint")


def load_data_of(model, options):
    """The data that --data names, read and scaled as those of the checkpoint were.

    Without --data they are the same ones. Raises DataError where they do not fit.
    """
    about = data_of(model)
    source = options.data or (about["source"] if about else DEFAULT)
    given = reading(options)
    if about is not None:
        refuse_other_reading(about, given)
    if about is None or source == "strokes":
        options.data = source
        dataset = load_data(options, **given)
    elif options.data is None and not is_there(source):
        raise DataError(f"{source}, on which the model was trained, is not there: "
                        "--data PATH says where it is")
    else:
        with in_options():
            dataset = load_again(about, options.data, **given)
    if about and dataset.test_source and is_same(dataset.test_source, about["source"]):
        tell(f"the test rows are the training rows, {about['source']}")
    check_fits(dataset, about, model.n_features_in_)
    refuse_outside(model, dataset)
    return dataset


def refuse_other_reading(about, given):
    """ValueError for an option that would undo how the model's data were scaled."""
    if "scale" in given:
        trained = Scaling.from_description(about["scaling"])
        raise ValueError(f"--scale {given['scale']}: rows are scaled as those of the "
                         f"training were, {trained}")


def column_names(about, d):
    """The names of d columns, as a checkpoint remembers its data; pixels have numbers.
    """
    return about["columns"] or [f"pixel{i}" for i in range(d)]


def is_there(source):
    """Whether a data set is a name, or a path at which something is."""
    return source in NAMED or os.path.exists(source)
