"""Published sets of four IDX files: found in a folder, or downloaded once and verified.

Mirrors of MNIST compress the files differently, so what is verified is the decompressed
content. Of the others only the sums of the compressed files are published. A file that
has another sum is refused.

Sources: LeCun, Cortes & Burges, MNIST; Xiao, Rasul & Vollgraf 2017, Fashion-MNIST;
Clanuwat et al. 2018, Kuzushiji-MNIST.
"""

import hashlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from scratchae.data.dataset import Dataset
from scratchae.data.idx import read_idx
from scratchae.data.scaling import OF_BYTES
from scratchae.errors import DataError
from scratchae.files import user_cache
from scratchae.pulse import tell
from scratchae.validation import check_choice, check_dtype

ENVIRONMENT = "SCRATCHAE_DATA"
FILES = {  # of the four files, and how many dimensions each has
    "train-images-idx3-ubyte": 3,
    "train-labels-idx1-ubyte": 1,
    "t10k-images-idx3-ubyte": 3,
    "t10k-labels-idx1-ubyte": 1,
}
MAX_BYTES = 2**26  # the largest of the four has 47 million bytes


@dataclass(frozen=True)
class Published:
    """A set of four files and what their bytes must be.

    title : what it is called in texts
    mirrors : addresses of folders, in the order in which they are tried
    sums : SHA-256 of the four files, in the order of FILES
    compressed : whether the sums are those of the .gz files, not of what is in them
    """

    title: str
    mirrors: tuple[str, ...]
    sums: tuple[str, str, str, str]
    compressed: bool = True

    def sum_of(self, name):
        """The SHA-256 that one of the four files has."""
        return self.sums[[*FILES].index(name)]


PUBLISHED = {
    "mnist": Published(
        "MNIST",
        ("https://ossci-datasets.s3.amazonaws.com/mnist/",
         "https://storage.googleapis.com/cvdf-datasets/mnist/"),
        ("ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
         "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
         "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
         "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
        compressed=False,
    ),
    "fashion-mnist": Published(
        "Fashion-MNIST",
        ("https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/"
         "fashion/",
         "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"),
        ("3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
         "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
         "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
         "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
    ),
    "kmnist": Published(
        "KMNIST",
        ("http://codh.rois.ac.jp/kmnist/dataset/kmnist/",),
        ("51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
         "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
         "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
         "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c"),
    ),
}


def load_published(which, data_dir=None, dtype=np.float32):
    """A published set as `Dataset`: values in [0, 1], labels 0 ... 9.

    The folder is `data_dir`, else that of the environment variable SCRATCHAE_DATA (for
    other sets than MNIST its subfolder of their name, if it is there), else the user's
    cache, which is filled by a download when it has to be.
    Raises ValueError for another name, DataError if the files are not there, damaged,
    or cannot be had.
    """
    check_choice(which, "which", PUBLISHED, owner="load_published")
    dtype = check_dtype(dtype, owner="load_published")
    folder = data_dir or _folder_of_environment(which)
    folder = Path(folder) if folder else fetch_published(which)
    if folder.exists() and not folder.is_dir():
        raise DataError(f"{folder} is a file: {which} is a folder of four. "
                        f"{how_to_provide(folder.parent, which)}")
    x_train, y_train, x_test, y_test = (
        read_verified(find(folder, name, which), name, which) for name in FILES
    )
    images = tuple(OF_BYTES.apply(x.reshape(len(x), -1), dtype)
                   for x in (x_train, x_test))
    labels = tuple(y.astype(np.int64) for y in (y_train, y_test))
    return Dataset(images, labels, None, which, scaling=OF_BYTES)


def load_mnist(data_dir=None, dtype=np.float32):
    """MNIST as `Dataset`: 60 000 training and 10 000 test images."""
    return load_published("mnist", data_dir, dtype)


def _folder_of_environment(which):
    folder = os.environ.get(ENVIRONMENT)
    if not folder or which == "mnist":
        return folder
    own = Path(folder) / which
    return own if own.is_dir() else None


def find(folder, name, which):
    """The path of NAME.gz or NAME in a folder; DataError says what belongs there."""
    for path in (folder / f"{name}.gz", folder / name):
        if os.path.lexists(path):
            return path
    raise DataError(f"{folder} has no {name} or {name}.gz. "
                    f"{how_to_provide(folder, which)}")


def how_to_provide(folder, which):
    """What to put where, for a machine without a network."""
    names = ", ".join(f"{name}.gz" for name in FILES)
    plain = "" if PUBLISHED[which].compressed else " (or the same decompressed)"
    environment = f" or {ENVIRONMENT}=DIR" if which == "mnist" else ""
    return (f"Put the four files {names}{plain} into {folder}, or name the folder that "
            f"has them with --data-dir DIR{environment}.")


def read_verified(path, name, which):
    """The array in path, whose bytes must be the published ones."""
    published, n_dims = PUBLISHED[which], FILES[name]
    array = read_idx(path, n_dims=n_dims, max_bytes=MAX_BYTES)
    if published.compressed:
        what, digest = "", hashlib.sha256(path.read_bytes())
    else:
        what, sizes = "decompressed ", np.array(array.shape, ">u4")
        digest = hashlib.sha256(b"\0\0\x08" + bytes([n_dims]) + sizes.tobytes())
        digest.update(array)
    if digest.hexdigest() != published.sum_of(name):
        raise DataError(
            f"{path} is damaged or another file: its {what}bytes have SHA-256 "
            f"{digest.hexdigest()}; expected {published.sum_of(name)}. Another set, or "
            f"a part of this one, is read by its folder: --data {path.parent}"
        )
    return array


def fetch_published(which, cache_dir=None, mirrors=None):
    """Download the four files that are missing or damaged; returns their folder.

    cache_dir : default: the user's cache, as the operating system places it
    A damaged file is set aside as NAME.gz.damaged and fetched once more. Mirrors are
    tried in order. Raises DataError, saying which files to put where, if none serves.
    """
    check_choice(which, "which", PUBLISHED, owner="fetch_published")
    if cache_dir is None:
        cache_dir = user_cache() if which == "mnist" else user_cache() / which
    folder = Path(cache_dir)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"cannot make the folder {folder}: {error}") from error
    for name in FILES:
        if not _is_good(folder / f"{name}.gz", name, which):
            _download(folder, name, which, mirrors or PUBLISHED[which].mirrors)
    return folder


def fetch_mnist(cache_dir=None, mirrors=None):
    """`fetch_published` of MNIST."""
    return fetch_published("mnist", cache_dir, mirrors)


def _is_good(path, name, which):
    if not path.exists():
        return False
    try:
        read_verified(path, name, which)
    except DataError as error:
        aside = path.with_name(f"{path.name}.damaged")
        os.replace(path, aside)
        tell(f"{error}; set aside as {aside.name}")
        return False
    return True


def _download(folder, name, which, mirrors):
    failures = []
    for mirror in mirrors:
        try:
            _download_from(f"{mirror.rstrip('/')}/{name}.gz", folder, name, which)
        except (OSError, ValueError) as error:  # requests' errors are OSErrors
            failures.append(f"{mirror}: {error}")
        else:
            return
    raise DataError(f"{name} could not be downloaded ({'; '.join(failures)}). "
                    f"{how_to_provide(folder, which)}")


def _download_from(url, folder, name, which):
    """Fetch to a temporary name, verify the content, then let it take its place."""
    import pooch

    temporary = f".{name}.{os.getpid()}.part"
    terminal = sys.stderr.isatty()
    if not terminal:
        tell(f"downloading {url}")
    pooch.get_logger().setLevel("ERROR")
    download = pooch.HTTPDownloader(progressbar=terminal, timeout=30)
    try:
        pooch.retrieve(url, None, fname=temporary, path=folder, downloader=download)
        read_verified(folder / temporary, name, which)
        with open(folder / temporary, "r+b") as file:  # Windows: not of one to be read
            os.fsync(file.fileno())
        os.replace(folder / temporary, folder / f"{name}.gz")
    finally:
        (folder / temporary).unlink(missing_ok=True)
