"""The real MNIST: found in a folder, or downloaded once and verified.

Mirrors compress the four files differently, so what is verified is the decompressed
content: its bytes are the original ones, or the file is refused.
"""

import hashlib
import os
import sys
from pathlib import Path

import numpy as np

from scratchae.data.dataset import Dataset
from scratchae.data.idx import read_idx
from scratchae.data.scaling import Scaling
from scratchae.errors import DataError

ENVIRONMENT = "SCRATCHAE_DATA"
MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
# name -> (SHA-256 of the decompressed file, number of dimensions)
FILES = {
    "train-images-idx3-ubyte": (
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db", 3),
    "train-labels-idx1-ubyte": (
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5", 1),
    "t10k-images-idx3-ubyte": (
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7", 3),
    "t10k-labels-idx1-ubyte": (
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2", 1),
}
MAX_BYTES = 2**26  # the largest of the four has 47 million bytes


def load_mnist(data_dir=None, dtype=np.float32):
    """MNIST as `Dataset`: 60 000 training and 10 000 test images, values in [0, 1].

    The folder is `data_dir`, else the environment variable SCRATCHAE_DATA, else the
    user's cache, which is filled by a download when it has to be. The files may be
    gzip-compressed (.gz) or plain.
    Raises DataError if they are not there, damaged, or cannot be had.
    """
    folder = data_dir or os.environ.get(ENVIRONMENT)
    folder = Path(folder) if folder else fetch_mnist()
    arrays = {name: read_verified(find(folder, name), name) for name in FILES}
    x_train, y_train, x_test, y_test = arrays.values()
    images = tuple(_to_images(x, dtype) for x in (x_train, x_test))
    labels = tuple(y.astype(np.int64) for y in (y_train, y_test))
    return Dataset(images, labels, None, "mnist", scaling=Scaling("pixels", 0.0, 255.0))


def _to_images(x, dtype):
    return x.reshape(len(x), -1).astype(dtype) / np.dtype(dtype).type(255)


def find(folder, name):
    """The path of NAME.gz or NAME in a folder; DataError says what belongs there."""
    for path in (folder / f"{name}.gz", folder / name):
        if path.is_file():
            return path
    raise DataError(f"{folder} has no {name} or {name}.gz. {how_to_provide(folder)}")


def how_to_provide(folder):
    """What to put where, for a machine without a network."""
    names = ", ".join(f"{name}.gz" for name in FILES)
    return (
        f"Put the four files {names} (or the same decompressed) into {folder}, or name "
        f"the folder that has them with --data-dir DIR or {ENVIRONMENT}=DIR."
    )


def read_verified(path, name):
    """The array in path, whose decompressed bytes must be those of the original."""
    sha256, n_dims = FILES[name]
    array = read_idx(path, n_dims=n_dims, max_bytes=MAX_BYTES)
    header = b"\0\0\x08" + bytes([n_dims]) + np.array(array.shape, ">u4").tobytes()
    digest = hashlib.sha256(header)
    digest.update(array)
    if digest.hexdigest() != sha256:
        raise DataError(
            f"{path} is damaged or another file: its decompressed bytes have SHA-256 "
            f"{digest.hexdigest()}; expected {sha256}"
        )
    return array


def fetch_mnist(cache_dir=None, mirrors=MIRRORS):
    """Download the four files that are missing or damaged; returns their folder.

    cache_dir : default: the user's cache, as the operating system places it
    A damaged file is set aside as NAME.gz.damaged and fetched once more. Mirrors are
    tried in order. Raises DataError, saying which files to put where, if none serves.
    """
    if cache_dir is None:
        import pooch

        cache_dir = pooch.os_cache("scratchae")
    folder = Path(cache_dir)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"cannot make the folder {folder}: {error}") from error
    for name in FILES:
        if not _is_good(folder / f"{name}.gz", name):
            _download(folder, name, mirrors)
    return folder


def _is_good(path, name):
    if not path.exists():
        return False
    try:
        read_verified(path, name)
    except DataError as error:
        aside = path.with_name(f"{path.name}.damaged")
        os.replace(path, aside)
        print(f"{error}; set aside as {aside.name}", file=sys.stderr)
        return False
    return True


def _download(folder, name, mirrors):
    failures = []
    for mirror in mirrors:
        try:
            _download_from(f"{mirror.rstrip('/')}/{name}.gz", folder, name)
        except (OSError, ValueError) as error:  # requests' errors are OSErrors
            failures.append(f"{mirror}: {error}")
        else:
            return
    raise DataError(
        f"{name} could not be downloaded ({'; '.join(failures)}). "
        f"{how_to_provide(folder)}"
    )


def _download_from(url, folder, name):
    """Fetch to a temporary name, verify the content, then let it take its place."""
    import pooch

    temporary = f".{name}.{os.getpid()}.part"
    terminal = sys.stderr.isatty()
    if not terminal:
        print(f"downloading {url}", file=sys.stderr)
    pooch.get_logger().setLevel("ERROR")
    download = pooch.HTTPDownloader(progressbar=terminal, timeout=30)
    try:
        pooch.retrieve(url, None, fname=temporary, path=folder, downloader=download)
        read_verified(folder / temporary, name)
        with open(folder / temporary, "rb") as file:
            os.fsync(file.fileno())
        os.replace(folder / temporary, folder / f"{name}.gz")
    finally:
        (folder / temporary).unlink(missing_ok=True)
