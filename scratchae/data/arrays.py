"""Arrays in .npy and .npz files, read without pickle; a .npy is mapped, not read."""

import math

import numpy as np

from scratchae.data.raw import (
    LABEL_NAMES,
    NoSuchColumn,
    Raw,
    as_labels,
    cannot_read,
    check_counts,
    shape_of_rows,
    square,
)
from scratchae.errors import DataError

ARRAY, ARCHIVE = b"\x93NUMPY", b"PK"  # how the files begin
MAX_HEADER = 2**16  # bytes of a .npy file's header; NumPy's own have 118
# (data, its labels) of one or two parts, under the names that libraries give them.
KEYS = (
    (("x_train", "y_train"), ("x_test", "y_test")),  # Keras
    (("train_images", "train_labels"), ("test_images", "test_labels")),  # MedMNIST
    (("x", "y"),),
    (("images", "labels"),),
    (("data", "target"),),  # scikit-learn
    (("data", "labels"),),
)
LIKE_LABELS = (*LABEL_NAMES, "targets", "classes")
PARTS = ("train", "test", "val", "valid", "validation")


def read_npy(path, size, label):
    """The one array of a .npy file, mapped into memory."""
    _check_header(path)
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except Exception as error:  # a damaged header is read as Python and raises anything
        raise _refusal(path, error) from error
    if not isinstance(array, np.ndarray):
        array.close()
        raise DataError(f"{path} is an archive of arrays; call it .npz")
    return _raw_of(path, [array], None, size, label)


def read_npz(path, size, label):
    """The arrays of an .npz file by the names that libraries give them."""
    _check_header(path)
    try:
        file = np.load(path, allow_pickle=False)
        if isinstance(file, np.ndarray):
            raise DataError(f"{path} is a single array; call it .npy")
        with file:
            return _read_named(path, file, size, label)
    except DataError:
        raise
    except Exception as error:
        raise _refusal(path, error) from error


def _check_header(path):
    """DataError where there is no header, of which NumPy says that it is a pickle, or
    where it claims to be longer than any is, which NumPy believes."""
    with open(path, "rb") as file:
        start = file.read(12)
    if start[:6] != ARRAY and start[:2] != ARCHIVE:
        raise DataError(f"{path} is no {path.suffix.lower()} file, as NumPy writes "
                        "them, whatever its name says")
    if start[:6] == ARRAY:
        length = int.from_bytes(start[8 : 10 if start[6] == 1 else 12], "little")
        if length > MAX_HEADER:
            raise DataError(f"{path} is damaged: its header claims {length} bytes")


def _refusal(path, error):
    if "allow_pickle" in str(error) or "Python objects" in str(error):
        return DataError(
            f"{path} holds Python objects, which are not read (they can run anything): "
            "save numbers, array.astype(float), or text, .astype(str)")
    return cannot_read(path, error)


def _read_named(path, file, size, label):
    names = {name.lower(): name for name in file.files}
    if len(file.files) == 1:
        return _raw_of(path, [file[file.files[0]]], None, size, label)
    keys = usual = _keys_of(path, file, names)
    arrays = {x: file[names[x]] for x, _ in keys if x in names}
    labels = []
    if label != "none":
        keys = [(x, _labels_for(x, y, path, file, arrays)) for x, y in usual]
        labels = [as_labels(file[names[y]], path) for _, y in keys if y in names]
    if labels and len(labels) != len(arrays):
        listed = ", ".join(file.files[:8])
        raise DataError(f"{path} has {len(arrays)} arrays of data, but {len(labels)} "
                        f"of labels: {listed}")
    for (name, array), told in zip(arrays.items(), labels, strict=False):
        check_counts(array, told, (f"{path}: {name}", "its array of labels"))
    raw = _raw_of(path, [*arrays.values()], labels or None, size, label)
    known = {name for pair in keys for name in pair}
    raw.notes += tuple(f"labels: {names[y]}" for x, y in keys if (x, y) not in usual)
    raw.notes += tuple(f"{name} is left out" for name in file.files
                       if name.lower() not in known)
    return raw


def _keys_of(path, file, names):
    """Those of KEYS by which an archive calls its data, and its labels if it can."""
    found = [keys for keys in KEYS if keys[0][0] in names]
    if not found:
        if "description" in names:
            raise DataError(f"{path} is a saved model, not data")
        listed = ", ".join(file.files[:8]) or "none"
        raise DataError(f"{path} has the arrays {listed}; expected x_train, y_train, "
                        "x_test, y_test, or x and y, images and labels, data and "
                        "target, or a single one")
    return max(found, key=lambda keys: keys[0][1] in names)  # of equals the first


def _labels_for(x, usual, path, file, arrays):
    """The name of the labels of the data x, which may be called otherwise than usual.

    arrays : the data by their names. Their labels are of the same part, or the only
    ones beside a single array, and as many
    """
    names = {name.lower(): name for name in file.files}
    if x not in arrays or usual in names:
        return usual
    parts = {_part(x)[0]} | ({"", "train"} if len(arrays) == 1 else set())
    like = [name for name in names if _part(name)[0] in parts
            and _part(name)[1] in LIKE_LABELS and name not in arrays
            and _are_labels(file[names[name]], len(arrays[x]))]
    if len(like) > 1:
        raise DataError(f"{path}: {' and '.join(like)} could both be the labels of "
                        f"{x}; expected one of them")
    return like[0] if like else usual


def _part(name):
    """("train", "labels") of train_labels or labels_train; "" without a part."""
    words = name.split("_")
    part = next((word for word in words if word in PARTS), "")
    return part, "_".join(word for word in words if word != part)


def _are_labels(array, n):
    """Whether there is a whole number or a text for each of n items."""
    flat = array.shape in ((n,), (n, 1)) and array.dtype.kind in "biufUS"
    return flat and (array.dtype.kind in "US" or bool((array == np.rint(array)).all()))


def _raw_of(path, arrays, labels, size, label):
    """Arrays of any of the usual shapes as `Raw`; what they are the first one says."""
    for array in arrays:
        _check_numbers(array, path)
    arrays = [_channels_last(array) for array in arrays]
    if len({array.shape[1:] for array in arrays}) > 1:
        listed = " and ".join(str(array.shape) for array in arrays)
        raise DataError(f"{path}: the training and the test array have shapes {listed}")
    if label == "none":
        labels = None
    elif labels is None and arrays[0].ndim == 2:
        arrays, labels = _without_labels(arrays, label, path)
    elif label is not None:
        raise DataError(f"label={label}: {path} has no columns of which one could be "
                        "the label")
    return Raw(arrays, labels, _item_shape(arrays[0], size, path))


def _without_labels(arrays, label, path):
    """(arrays without their column of labels, the labels), or as they are and None."""
    column = _label_column(arrays[0], label, path)
    if column is None:
        return arrays, None
    labels = [as_labels(np.array(array[:, column]), path) for array in arrays]
    rest = slice(1, None) if column == 0 else slice(-1)
    return [array[:, rest] for array in arrays], labels


def _check_numbers(array, path):
    if array.dtype.kind in "mM":
        raise DataError(f"{path} holds times ({array.dtype}), not numbers")
    if array.dtype.kind not in "biuf":
        raise DataError(f"{path} holds an array of {array.dtype}; expected real "
                        "numbers")
    if array.ndim not in (2, 3, 4) or 0 in array.shape:
        raise DataError(f"{path} holds an array of shape {array.shape}; expected rows "
                        "(n, d) or images (n, h, w) or (n, h, w, 3)")
    if array.ndim == 4 and not {1, 3} & {array.shape[1], array.shape[3]}:
        raise DataError(f"{path} holds an array of shape {array.shape}; expected "
                        "images of 1 or 3 channels, (n, h, w, 3) or (n, 3, h, w)")


def _channels_last(array):
    """(n, h, w) or (n, h, w, 3) of images, also of (n, 3, h, w) and of one channel."""
    if array.ndim == 4 and array.shape[3] not in (1, 3):
        array = np.moveaxis(array, 1, 3)
    return array[..., 0] if array.ndim == 4 and array.shape[3] == 1 else array


def _label_column(array, label, path):
    """Which column, 0 or the last, is the label; None without any."""
    d = array.shape[1]
    if label is not None:
        if str(label) not in ("0", "-1", str(d - 1)):
            raise NoSuchColumn(f"label={label}: the label of an array is its first "
                               f"column or its last, 0 or -1; {path} has {d} columns")
        if d == 1:
            raise DataError(f"{path} has one column only: there are no numbers beside "
                            "the label")
        return 0 if str(label) == "0" else d - 1
    if array.dtype == np.uint8 and square(d - 1):
        raise DataError(label_or_not(path, d))
    return None


def label_or_not(path, d):
    """What to say of d columns of grey values, one more than a square has."""
    side = math.isqrt(d - 1)
    return (f"{path} has {d} columns of whole numbers up to 255: {side} x {side} "
            "pixels and a label? label=0 takes the first column as label, "
            "label=-1 the last, label=none takes all as numbers")


def _item_shape(array, size, path):
    """What the numbers of one item are: (h, w), (h, w, 3), or None for a table."""
    if array.ndim > 2:
        if size is not None and size != array.shape[1:3]:
            raise DataError(f"size={size[0]}x{size[1]}: the images of {path} are "
                            f"{array.shape[1]} x {array.shape[2]}; only files of "
                            "images are resized")
        return array.shape[1:]
    if size is not None:
        return shape_of_rows(array.shape[1], size, path)
    return square(array.shape[1]) if array.dtype == np.uint8 else None
