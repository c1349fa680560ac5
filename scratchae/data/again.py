"""Reading data as those of a checkpoint were read: its scaling, shape and columns."""

import contextlib
import math
import os
from pathlib import Path

from scratchae.data.columns import UNNAMED
from scratchae.data.kinds import NAMED, kind_of
from scratchae.data.load import load_dataset
from scratchae.data.raw import NoSuchColumn
from scratchae.data.remembered import digest, digest_of_rows, in_unit_interval
from scratchae.data.scaling import OF_BYTES, Scaling
from scratchae.data.split import SHARE
from scratchae.data.tables import has_names
from scratchae.errors import DataError


def load_again(about, source=None, *, seen=False, **given):
    """The data that `described` told of, or others in the same way.

    source : None for the same data. Of others all rows are test rows; a file with the
        same rows in the same order is the same, wherever it is
    seen : whether all rows of the source are taken, those of the training too
    given : parameters of `load_dataset` in place of those of the checkpoint
    Raises DataError where rows of the training would be test rows: the file is that
    of the training, by its path or its rows, and the split would be another; or all
    that would be tested was trained on. Single rows in a file of others are not known.
    """
    source = about["source"] if source is None else source
    if source in NAMED:
        told = about["reading"] if source == about["source"] else {}
        return load_dataset(source, **(told | given))
    told = about["reading"] | {"scale": Scaling.from_description(about["scaling"])}
    told |= _as_learned(source, about)
    if seen:
        return _load_whole(source, about, told, given | {"test_fraction": 1.0})
    if "test" in given:
        _refuse_trained(given["test"], about, told)
        return _unseen(_load_whole(source, about, told, given), about)
    if is_same(source, about["source"]):
        _refuse_lost_test(told)
        return _load_trained(source, about, told, given)
    moved = _found(source, about, told)
    if moved is None:
        _refuse_moved_without_test(source, about, told)
        return _load_unseen(source, about, told, given)
    if not given:
        return moved
    if "test" in told:
        told["test"] = moved.test_source
    return _load_trained(source, about, told, given)


def _as_learned(source, about):
    """Which columns a table of the training had, where a reader might find others now.
    """
    if not os.path.exists(source) or kind_of(Path(source)) != "table":
        return {}
    columns, label = about["columns"], _label_of("table", about)
    told = {} if label is None else {"label": label}
    if any(name in UNNAMED for name in columns or ()):
        told["columns"] = columns
    return told


def _load_whole(source, about, told, given):
    """All rows of a source, or those that are given as test rows."""
    if not is_same(source, about["source"]):
        return _load_other(source, about, told, given)
    told = {n: v for n, v in told.items() if n not in ("test", "test_fraction")}
    return load_dataset(source, **(told | given))


def _load_trained(source, about, told, given):
    """The data of the training, with its split; DataError if that is another now."""
    share = given.get("test_fraction")
    trained = told.get("test_fraction", None if "test" in told else SHARE)
    if share not in (None, trained):
        raise DataError(f"test_fraction={share:g}: the model was trained on a part of "
                        f"{source}, and another share would have rows that it has "
                        "seen; test=FILE gives others")
    dataset = load_dataset(source, **(told | given))
    if about.get("digest") not in (None, digest(dataset)):
        raise DataError(f"{source} has changed since the training, or is read in "
                        "another way: rows that the model has seen may be among its "
                        "test rows. Give other rows, or train again")
    return dataset


def _found(source, about, told):
    """The data of the training if they are at another place now, else None.

    Their file of test rows may have moved with them. A set that has a name may be read
    from its files.
    """
    if about.get("digest") is None:
        return None
    told = {n: v for n, v in told.items() if n != "data_dir"}
    if "test" in told and not os.path.exists(told["test"]):
        told["test"] = _beside(source, told["test"])
    with contextlib.suppress(ValueError):  # others may be read in another way
        dataset = load_dataset(source, **told)
        if digest(dataset) == about["digest"]:
            return dataset
    return None


def _beside(source, test):
    """Where the file of test rows is if it has moved with those of the training."""
    place = Path(source).parent / Path(test).name
    return test if is_same(place, source) else str(place)


def _refuse_lost_test(told):
    """DataError where the file of test rows is nowhere: all rows would be tested, those
    that the model has seen."""
    test = told.get("test")
    if test is not None and not os.path.exists(test):
        raise DataError(_lost(test))


def _refuse_moved_without_test(source, about, told):
    """The same where the training rows may have moved, and the test rows not with them:
    a file of their name, where there is none at their own place."""
    test = told.get("test")
    if test is None or os.path.exists(test) or os.path.exists(_beside(source, test)):
        return
    alike = Path(source).name == Path(about["source"]).name
    if alike and os.path.exists(source) and not os.path.exists(about["source"]):
        raise DataError(f"{source} is called as what the model was trained on, and "
                        f"{_lost(test)}")


def _lost(test):
    return f"{test}, which had the test rows, is not there; test=FILE names them"


def _refuse_trained(test, about, told):
    """DataError for a file of test rows that has those of the training."""
    if is_same(test, about["source"]) or _found(test, about, told) is not None:
        raise DataError(f"test={test}: the model was trained on rows of this file; "
                        "expected others")


def _load_unseen(source, about, told, given):
    """All rows of another source; DataError where they are those of the training.

    That is asked of all, in the type of the training, whatever is given.
    """
    later = {"test_fraction", "dtype"} & {*given}
    others = {n: v for n, v in given.items() if n not in later}
    whole = _unseen(_load_other(source, about, told, others), about)
    return _load_other(source, about, told, given) if later else whole


def _unseen(dataset, about):
    """The data set; DataError if its test rows are those of the training, all."""
    tested = digest_of_rows(dataset.x[1], about.get("test_rows"))
    if about.get("digest") == tested:
        raise DataError(f"{dataset.tested} has the rows that the model was trained on, "
                        f"those of {about['source']}; test=FILE gives others")
    return dataset


def _load_other(source, about, told, given):
    """All rows of another source, or those that are given as test rows."""
    kind = kind_of(Path(source)) if os.path.exists(source) else None
    told = {n: told[n] for n in ("scale", "missing") if n in told}
    kinds = {kind, kind_of(Path(given["test"]))} if "test" in given else {kind}
    if kinds <= {"pictures", "idx"} and in_unit_interval(about):
        told["scale"] = OF_BYTES
    if "test" not in given:
        told["test_fraction"] = 1.0
    told |= _as_shaped(source, kind, about) | given
    label = _label_of(kind, about)
    if label is None or "label" in given:
        return load_dataset(source, **told)
    return _load_labelled(source, label, about, told)


def _load_labelled(source, label, about, told):
    """Rows whose labels are in the column `label`, or that lack the labels of the
    training: then they are as wide as its rows without that column."""
    width = len(about["columns"] or ()) or math.prod(about["shape"])
    for column in (label, "none"):
        try:
            dataset = load_dataset(source, **told, label=column)
            if dataset.x[1].shape[1] == width:
                return dataset
        except NoSuchColumn:
            label = "none"
        except DataError:
            continue  # what is wrong is said below
    return load_dataset(source, **told, label=label)


def _label_of(kind, about):
    """The column in which another file has its labels; None where it is looked for.

    A table has it where the table of the training had it, whoever found it there.
    """
    found, typed = about.get("label"), about["reading"].get("label")
    if kind == "table":
        return typed if found is None else found
    return typed if kind == "array" and found is None else None


def is_same(one, other):
    """Whether two sources are the same name, or paths of the same file or folder."""
    there = os.path.exists(one) and os.path.exists(other)
    return os.path.samefile(one, other) if there else one == other


def _as_shaped(source, kind, about):
    """How items of another file get the shape, or the columns, of the checkpoint's.

    Columns whose names were made up of their numbers are taken in their order, unless
    a header has those names: `sample` writes them so.
    """
    shape, columns = about["shape"], about["columns"]
    if shape and kind == "pictures":
        return {"size": shape[:2], "colour": len(shape) == 3}
    if shape and kind in ("table", "array") and about["reading"].get("size"):
        return {"size": shape[:2]}
    if columns and kind == "table":
        named = about.get("named", not columns[0].startswith("column "))
        if named or has_names(source, columns):
            return {"columns": columns}
    return {}
