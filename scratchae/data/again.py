"""Reading data as those of a checkpoint were read: its scaling, shape and columns."""

import os
from pathlib import Path

from scratchae.data.kinds import NAMES, kind_of
from scratchae.data.load import load_dataset
from scratchae.data.scaling import Scaling
from scratchae.errors import DataError


def described(dataset, reading):
    """What a checkpoint remembers of its data, ready for JSON.

    reading : the parameters with which `load_dataset` read them
    """
    classes = None if dataset.labels is None else dataset.classes.tolist()
    return {
        "source": dataset.source,
        "shape": dataset.shape and [*dataset.shape],
        "columns": dataset.columns and [*dataset.columns],
        "classes": classes,
        "scaling": dataset.scaling.described(),
        "reading": reading,
    }


def load_again(about, source=None, **given):
    """The data that `described` told of, or others in the same way.

    source : None for the same data. Of others all rows are test rows
    given : parameters of `load_dataset` in place of those of the checkpoint
    """
    source = about["source"] if source is None else source
    if source in NAMES:
        return load_dataset(source, **(about["reading"] | given
                                       if source == about["source"] else given))
    told = about["reading"] | {"scale": Scaling.from_description(about["scaling"])}
    if not _is_same(source, about["source"]):
        told = {name: told[name] for name in ("label", "scale", "missing")
                if name in told}
        told |= _as_shaped(source, about) | {"test_fraction": 1.0}
    if "test" in given:
        told.pop("test_fraction", None)
    return load_dataset(source, **(told | given))


def _is_same(one, other):
    there = os.path.exists(one) and os.path.exists(other)
    return os.path.samefile(one, other) if there else one == other


def _as_shaped(source, about):
    """How another file's items get the shape, or the columns, of the checkpoint's."""
    shape, columns = about["shape"], about["columns"]
    kind = kind_of(Path(source)) if os.path.exists(source) else None
    if shape and kind == "pictures":
        return {"size": shape[:2], "colour": len(shape) == 3}
    if columns and kind == "table" and not columns[0].startswith("column "):
        return {"columns": columns}
    return {}


def check_fits(dataset, about, n_features):
    """DataError unless the items are of the width and shape that the model knows.

    about : as `described`, or None
    """
    width, shape = dataset.x[1].shape[1], dataset.shape and [*dataset.shape]
    known = (about or {}).get("shape")
    if width == n_features and (not shape or not known or shape == known):
        return
    trained = f"rows of {n_features} numbers" if not known else _pixels(known)
    given = f"rows of {width} numbers" if not shape else _pixels(shape)
    source = f", {about['source']}" if about else ""
    raise DataError(f"{dataset.source} has {given}; the model was trained on {trained}"
                    f"{source}")


def _pixels(shape):
    return f"images of {shape[0]} x {shape[1]} pixels{' in colour' * (len(shape) == 3)}"
