"""The IDX file format: how MNIST is stored.

    byte 0, 1   0
    byte 2      type of the numbers; 8 is an unsigned byte, the only one MNIST uses
    byte 3      number of dimensions
    then        the size of each dimension as a big-endian 4-byte integer
    then        the numbers, the last dimension running fastest

Source: LeCun, Cortes & Burges, the MNIST database.
"""

import math
import zlib
from pathlib import Path

import numpy as np

from scratchae.data.raw import cannot_read, opened
from scratchae.errors import DataError

MAX_BYTES = 2**30  # more than any file this reader is meant for
MAX_DIMENSIONS = 4
CHUNK = 2**16  # bytes that are read at once, whatever the header claims
UNSIGNED_BYTE = 8
KINDS = {1: "labels", 3: "images"}


def read_idx(path, *, n_dims=None, max_bytes=MAX_BYTES):
    """Return the uint8 array in an IDX file, plain or gzip-compressed.

    n_dims : the number of dimensions that is expected (1: labels, 3: images)
    max_bytes : largest array that a header may claim

    The header is checked before anything is allocated, and no more is decompressed
    than it claims. Raises DataError, naming the file, if the file is missing, damaged,
    truncated, too long, or of another kind.
    """
    path = Path(path)
    try:
        with opened(path) as file:
            shape = _read_shape(file, path, n_dims, max_bytes)
            return _read_values(file, path, shape)
    except (OSError, EOFError, zlib.error) as error:
        raise cannot_read(path, error) from error


def _read_dimensions(file, path, n_dims):
    """How many dimensions the header claims."""
    head = file.read(4)
    if head[:2] == b"\0\0" and len(head) < 4:
        raise DataError(f"{path} is truncated: its header ends after {len(head)} "
                        "bytes; expected at least 8")
    if len(head) < 4 or head[:2] != b"\0\0":
        raise DataError(f"{path} starts with the bytes {head.hex(' ') or '(none)'}; "
                        "expected an IDX file, which starts with 00 00")
    kind, dims = head[2], head[3]
    if kind != UNSIGNED_BYTE:
        raise DataError(
            f"{path} holds IDX type 0x{kind:02x}; expected 0x08, unsigned bytes"
        )
    if n_dims is not None and dims != n_dims:
        raise DataError(f"{path} holds {_kind(dims)}; expected {_kind(n_dims)}")
    if not 1 <= dims <= MAX_DIMENSIONS:
        raise DataError(f"{path} has {dims} dimensions; expected 1 to {MAX_DIMENSIONS}")
    return dims


def _read_shape(file, path, n_dims, max_bytes):
    dims = _read_dimensions(file, path, n_dims)
    sizes = file.read(4 * dims)
    if len(sizes) < 4 * dims:
        raise DataError(f"{path} is truncated: its header ends after {4 + len(sizes)} "
                        f"bytes; expected {4 + 4 * dims}")
    shape = tuple(int(size) for size in np.frombuffer(sizes, ">u4"))
    if 0 in shape:
        raise DataError(f"{path} holds an array of shape {shape}: there is nothing in "
                        "it")
    if math.prod(shape) > max_bytes:
        raise DataError(f"{path} claims an array of shape {shape}, {math.prod(shape)} "
                        f"bytes; expected at most {max_bytes}")
    return shape


def _kind(dims):
    return f"{dims}-dimensional {KINDS.get(dims, 'data')}"


def _read_values(file, path, shape):
    claimed, got = math.prod(shape), 0
    chunks = []
    while got <= claimed:  # one byte more than claimed is enough to know
        chunk = file.read(min(CHUNK, claimed + 1 - got))
        if not chunk:
            break
        chunks.append(chunk)
        got += len(chunk)
    if got != claimed:
        fault = f"truncated after {got} bytes" if got < claimed else "too long"
        raise DataError(f"{path} is {fault}; expected {claimed} bytes of data, as its "
                        f"header says shape {shape}")
    return np.frombuffer(b"".join(chunks), np.uint8).reshape(shape)
