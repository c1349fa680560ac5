"""Damaged files: `python tests/fuzz.py --files 20000`.

Each file is a good one with bits flipped, cut, repeated or replaced, or random bytes.
A reader may return, or raise this package's own error; anything else is a finding. So
is memory beyond four times the good file's size (and a fixed allowance for Python).
"""

import argparse
import gzip
import os
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path

import numpy as np
from PIL import Image

from scratchae import CheckpointError, DataError, VariationalAutoencoder, load
from scratchae.data import load_dataset, read_idx

ALLOWANCE = 2**19  # bytes that opening any file and raising an error may take
OF_LIBRARIES = 2**21  # the same where NumPy, Pillow or zlib read in blocks of their own


def good_checkpoint(folder):
    x = np.random.default_rng(0).uniform(size=(40, 200)).astype(np.float32)
    path = folder / "good.npz"
    model = VariationalAutoencoder(8, (64,), epochs=1, random_state=0, verbose=False)
    model.fit(x).save(path)
    return path.read_bytes()


def good_idx(folder):
    images = np.random.default_rng(0).integers(0, 256, (100, 28, 28), dtype=np.uint8)
    header = bytes([0, 0, 8, 3]) + np.array(images.shape, ">i4").tobytes()
    return header + images.tobytes()


def good_array(folder):
    path = folder / "good.npy"
    np.save(path, np.random.default_rng(0).integers(0, 256, (100, 20, 15), np.uint8))
    return path.read_bytes()


def good_archive(folder):
    rng, path = np.random.default_rng(0), folder / "good.npz"
    np.savez_compressed(path, x=rng.uniform(size=(40, 60)), y=np.arange(40) % 3)
    return path.read_bytes()


def good_table(folder):
    rows = np.random.default_rng(0).normal(size=(200, 5))
    lines = [",".join(f"{v:.4f}" for v in row) + ",'a kind'" for row in rows]
    return "\n".join(["a,b,c,d,e,label", *lines]).encode()


def good_packed_table(folder):
    return gzip.compress(good_table(folder))


def good_picture(folder):
    image = np.random.default_rng(0).integers(0, 256, (40, 30, 3), np.uint8)
    path = folder / "good.png"
    Image.fromarray(image).save(path)
    content = path.read_bytes()
    path.unlink()
    return content


def all_of(path):
    """Every row, since a large array is not read before."""
    return [np.asarray(x) for x in load_dataset(path, test_fraction=1.0).x]


def picture(path):
    folder = path.parent / "pictures"
    folder.mkdir(exist_ok=True)
    os.replace(path, folder / path.name)
    return all_of(folder)


READERS = {
    "checkpoint": (good_checkpoint, load, CheckpointError, ".npz"),
    "idx": (good_idx, read_idx, DataError, ".idx"),
    "npy": (good_array, all_of, DataError, ".npy"),
    "npz": (good_archive, all_of, DataError, ".npz"),
    "csv": (good_table, all_of, DataError, ".csv"),
    "csv.gz": (good_packed_table, all_of, DataError, ".csv.gz"),
    "png": (good_picture, picture, DataError, ".png"),
}


def damaged(good, rng):
    """One more bad file."""
    content, kind = bytearray(good), rng.integers(6)
    place = int(rng.integers(len(content)))
    if kind == 0:  # some bits, more often near the start, where headers are
        for at in (rng.power(0.3, size=rng.integers(1, 9)) * len(content)).astype(int):
            content[min(at, len(content) - 1)] ^= 1 << rng.integers(8)
    elif kind == 1:
        content = content[:place]
    elif kind == 2:
        content[place : place + 8] = rng.bytes(8)
    elif kind == 3:
        content = content[:place] + content[place // 2 :]
    elif kind == 4:
        content = bytearray(rng.bytes(int(rng.integers(2000))))
    else:  # the end, where a zip file keeps its directory
        at = len(content) - 1 - int(rng.integers(min(1500, len(content))))
        content[at] = int(rng.integers(256))
    return bytes(content)


def findings(reader, files, seed, folder):
    """[(number of the file, what happened)] for one reader."""
    make, read, own_error, suffix = READERS[reader]
    good, rng, found = make(folder), np.random.default_rng(seed), []
    path = folder / f"bad{suffix}"
    allowance = ALLOWANCE if reader in ("checkpoint", "idx") else OF_LIBRARIES
    tracemalloc.start()
    for i in range(files):
        path.write_bytes(damaged(good, rng))
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        start = time.process_time()  # a busy machine does not count
        try:
            read(path)
        except own_error:
            pass
        except Exception as error:
            found.append((i, repr(error)))
        if tracemalloc.get_traced_memory()[1] - before > 4 * len(good) + allowance:
            found.append((i, "too much memory"))
        if time.process_time() - start > 5:
            found.append((i, "too slow"))
    tracemalloc.stop()
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    bad = 0
    for name in READERS:
        with tempfile.TemporaryDirectory() as folder:
            found = findings(name, options.files, options.seed, Path(folder))
        print(f"{name}: {options.files} files, {len(found)} findings {found[:5]}")
        bad += len(found)
    sys.exit(bad > 0)
