"""Small files of every kind: data to be read, rows and checkpoints that are odd."""

import gzip
import json

import numpy as np
from PIL import Image

from scratchae.checkpoints.format import DESCRIPTION
from scratchae.rows import MappedRows


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


def rewrite(path, description=None, **changes):
    """Write the checkpoint again with members changed or (None) left out."""
    with np.load(path, allow_pickle=False) as file:
        members = dict(file)
    if description is not None:
        content = json.loads(members[DESCRIPTION].tobytes()) | description
        text = json.dumps(content).encode()
        members[DESCRIPTION] = np.frombuffer(text, np.uint8)
    members |= changes
    np.savez(path, **{k: v for k, v in members.items() if v is not None})


class InItsFile(MappedRows):
    """Rows that nobody may read all at once."""

    def __getitem__(self, which):
        found = super().__getitem__(which)
        assert isinstance(found, MappedRows) or len(found) <= 1024, "read as a whole"
        return found

    def __array__(self, *_, **__):
        raise AssertionError("read as a whole")
