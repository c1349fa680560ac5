"""Small data files of every kind, for the tests of `load_dataset`."""

import gzip

import numpy as np
from PIL import Image


def pixels(*shape, seed=0):
    """Grey values 0 to 255, both ends among them."""
    values = np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
    values.flat[:2] = 0, 255
    return values


def write_idx(path, array):
    """An IDX file, packed if its name says so."""
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    content = b"\0\0\x08" + bytes([array.ndim]) + sizes + array.tobytes()
    path.parent.mkdir(exist_ok=True)
    packed = path.name.lower().endswith(".gz")
    path.write_bytes(gzip.compress(content) if packed else content)


def write_pictures(folder, images, ending=".png"):
    """images : arrays (h, w) or (h, w, 3) of uint8, as 00.png, 01.png, ..."""
    folder.mkdir(parents=True, exist_ok=True)
    for i, image in enumerate(images):
        Image.fromarray(image).save(folder / f"{i:02}{ending}")
    return folder


def write_text(path, text):
    """A text file, packed if its name says so."""
    content = text.encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def write_table(name, n, seed=0, highest=1.0):
    """A table of two columns from 0 to `highest`."""
    x = np.random.default_rng(seed).uniform(size=(n, 2))
    x[0], x[1] = 0, highest
    np.savetxt(name, x, delimiter=",", header="a,b", comments="")
