"""A folder of IDX files under any of the names that sets like MNIST's have."""

import re

from scratchae.data.idx import read_idx
from scratchae.data.raw import Raw, as_labels, check_counts
from scratchae.errors import DataError

# emnist-letters-test-images-idx3-ubyte.gz, train-images.idx3-ubyte, T10K-LABELS...
NAME = re.compile(
    r"(?P<set>.*?)[-_.]?(?P<part>train|t10k|test)[-_.](?P<what>images|labels)"
    r"[-_.]idx\d[-_.]ubyte(\.gz)?", re.IGNORECASE)


def is_idx_folder(folder):
    """Whether a folder has a file of such a name."""
    return any(map(is_idx_file, folder.iterdir()))


def is_idx_file(path):
    """Whether a file has such a name."""
    return NAME.fullmatch(path.name) is not None


def read_idx_folder(folder):
    """The images and labels of a folder, its test files as test part.

    Raises DataError where files are missing, belong to several sets or do not fit.
    """
    files = _find_files(folder)
    if ("train", "images") not in files:
        listed = ", ".join(path.name for path in files.values())
        raise DataError(f"{folder} has {listed}, but no training images "
                        "(train-images-idx3-ubyte)")
    parts = [p for p in ("train", "test") if (p, "images") in files]
    labelled = [p for p in ("train", "test") if (p, "labels") in files]
    if labelled and labelled != parts:
        raise DataError(f"{folder} has images of {' and '.join(parts)}, but labels of "
                        f"{' and '.join(labelled)}")
    x = [read_idx(files[p, "images"], n_dims=3) for p in parts]
    labels = [as_labels(read_idx(files[p, "labels"], n_dims=1), files[p, "labels"])
              for p in labelled]
    for part, images, told in zip(parts, x, labels or [None] * len(x), strict=True):
        check_counts(images, told, (files[part, "images"], files.get((part, "labels"))))
    if x[0].shape[1:] != x[-1].shape[1:]:
        raise DataError(f"{files['train', 'images']} has images of {x[0].shape[1:]} "
                        f"pixels, {files['test', 'images']} of {x[-1].shape[1:]}")
    return Raw(x, labels or None, x[0].shape[1:])


def _find_files(folder):
    """{("train" or "test", "images" or "labels"): path}; one set only."""
    files, sets = {}, {}
    for path in sorted(folder.iterdir()):
        name = NAME.fullmatch(path.name)
        if name:
            part = "train" if name["part"].lower() == "train" else "test"
            files[part, name["what"].lower()] = path  # the packed one comes last
            sets.setdefault(name["set"].lower(), path)
    if len(sets) > 1:
        some = " and ".join(path.name for path in [*sets.values()][:2])
        raise DataError(f"{folder} has files of {len(sets)} sets ({some}); put those "
                        "of one into a folder of their own")
    return files


def read_idx_file(path):
    """The images of one IDX file; a label file is an error."""
    x = read_idx(path, n_dims=3)
    return Raw([x], None, x.shape[1:])
