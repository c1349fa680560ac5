"""Whether data are like those that a model was trained on: width, shape and units."""

import numpy as np

from scratchae.data.remembered import in_unit_interval
from scratchae.data.scaling import OF_BYTES, Scaling
from scratchae.data.statistics import are_whole
from scratchae.errors import DataError


def check_fits(dataset, about, n_features):
    """DataError unless items have the width, shape and units that the model knows.

    about : as `described`, or None
    """
    width, shape = dataset.x[1].shape[1], dataset.shape and [*dataset.shape]
    known = (about or {}).get("shape")
    if width == n_features and (not shape or not known or shape == known):
        _check_units(dataset, about)
        return
    trained = f"rows of {n_features} numbers" if not known else _pixels(known)
    given = f"rows of {width} numbers" if not shape else _pixels(shape)
    source = f", {about['source']}" if about else ""
    raise DataError(f"{dataset.source} has {given}; the model was trained on {trained}"
                    f"{source}")


def _check_units(dataset, about):
    """DataError if test rows were not scaled as the training rows were, or need not be.

    Of a training in [0, 1] single rows of a table may lie beyond it. Images do not, nor
    are all their numbers whole.
    """
    if about is None:
        return
    theirs, ours = about["scaling"], dataset.scaling.described()
    unit = in_unit_interval(about)
    if theirs != ours and not (unit and ours == OF_BYTES.described()):
        trained = Scaling.from_description(theirs)
        raise DataError(f"{dataset.source} has other units, {dataset.scaling}; the "
                        f"model was trained on {about['source']}, {trained}")
    if not unit and theirs["kind"] != "pixels":
        return
    high = float(np.fmax.reduce(dataset.x[1].max(axis=0)))  # fmax passes nan over
    images = about["columns"] is None or dataset.shape is not None
    if unit and high >= 2 and (images or are_whole(dataset.x[1])):
        raise DataError(f"{dataset.tested} has numbers up to {high:g}; the model was "
                        f"trained on numbers in [0, 1], {about['source']}. Divide them "
                        "by 255 if they have 8 bits, else by the largest possible")
    high = float(dataset.scaling.restore(high))
    if 0 < high < 1.5 and theirs["shift"] == 0 and theirs["scale"] >= 2:
        raise DataError(f"{dataset.tested} has numbers up to {high:g}: they are scaled "
                        f"already. Multiply them by {theirs['scale']:g}: those of "
                        f"{about['source']} were {dataset.scaling} for the training")


def _pixels(shape):
    return f"images of {shape[0]} x {shape[1]} pixels{' in colour' * (len(shape) == 3)}"
