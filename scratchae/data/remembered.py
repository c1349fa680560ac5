"""What a checkpoint remembers of its data: where they are, and how they were read."""

import hashlib

import numpy as np

from scratchae.rows import BLOCK, MappedRows


def described(dataset, reading):
    """What a checkpoint remembers of its data, ready for JSON.

    reading : the parameters with which `load_dataset` read them
    """
    classes = None if dataset.labels is None else dataset.classes.tolist()
    return {
        "source": dataset.source,
        "shape": dataset.shape and [*dataset.shape],
        "columns": dataset.columns and [*dataset.columns],
        "named": dataset.named,
        "classes": classes,
        "label": dataset.label,
        "scaling": dataset.scaling.described(),
        "reading": reading,
        "digest": digest(dataset),
        "test_rows": len(dataset.x[1]),
    }


def data_of(model):
    """What a model remembers of its data as `described` has it, a dict, or None.

    `about_` is also for what somebody else wants to remember.
    """
    about = getattr(model, "about_", None)
    data = about.get("data") if isinstance(about, dict) else None
    return data if isinstance(data, dict) and "source" in data else None


def digest(dataset):
    """What tells the training rows, and how many are tested, from others.

    Of a file larger than memory only the first rows, drawn from everywhere, are read.
    """
    return digest_of_rows(dataset.x[0], len(dataset.x[1]))


def digest_of_rows(x, n_test):
    """The `digest` of a data set with the training rows x and so many test rows."""
    part = x[:BLOCK] if isinstance(x, MappedRows) else np.ascontiguousarray(x)
    found = hashlib.sha256(f"{x.shape} {n_test} {part.dtype} ".encode())
    found.update(part)
    return found.hexdigest()[:32]


def in_unit_interval(about):
    """Whether the numbers of the training were in [0, 1], so that nothing was done."""
    return about["scaling"]["kind"] == "none" and about["reading"].get("scale") is None
