"""Checkpoints: one .npz file with a JSON description and named arrays.

Writing is all or nothing: a temporary file in the same folder is flushed, fsynced and
renamed. Reading believes nothing: names, shapes and dtypes are compared with what the
description implies before an array is allocated, and nothing is ever unpickled.
"""

import json
import numbers
import tokenize
import zipfile
from pathlib import Path

import numpy as np
from numpy.lib import format as npy

from scratchae.errors import CheckpointError
from scratchae.files import replacing
from scratchae.interrupts import held_back

FORMAT = "scratchae checkpoint 1"
DESCRIPTION = "description"
MAX_DESCRIPTION = 2**28  # bytes; a history of 100 000 epochs takes 18 million
WRITTEN = "Expected a file that `scratchae train` or a model's `save` wrote."
SIGNS = {  # how files of other kinds begin
    b"\x89PNG": "a picture", b"\xff\xd8\xff": "a picture", b"GIF8": "a picture",
    b"\x93NUMPY": "an array, which --data reads as .npy",
    b"\x89HDF": "an HDF5 file, as Keras writes them",
    b"\x1f\x8b": "packed by gzip", b"\x80": "a pickle, which is never read",
    b"%PDF": "a PDF", b"PK": "a .npz or zip file that is damaged or not complete",
}
HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
# zipfile raises RuntimeError for encryption; NumPy's reader of headers, what Python's
# tokenizer says.
_DAMAGE = (zipfile.BadZipFile, ValueError, EOFError, OSError, KeyError, RuntimeError,
           tokenize.TokenError, SyntaxError)


def write_checkpoint(path, description, arrays):
    """Write a description (JSON-able dict) and arrays by name to path, atomically."""
    path = Path(path)
    text = json.dumps({"format": FORMAT, **description}, default=to_json)
    text = np.frombuffer(text.encode(), dtype=np.uint8)
    with replacing(path) as file, held_back():  # zipfile turns Ctrl-C into ValueError
        np.savez(file, **{DESCRIPTION: text}, **arrays)


def read_checkpoint(path, expected):
    """Return (description, arrays) of a checkpoint, or raise CheckpointError.

    expected : function of the description that returns {name: (shape, dtype)}, or
        None to read the description alone
    """
    path = Path(path)
    if path.exists() and not path.is_file():  # a pipe would be waited for
        what = "a folder" if path.is_dir() else "no regular file"
        raise CheckpointError(f"{path} is {what}, not a checkpoint")
    try:
        return _read_archive(path, expected)
    except FileNotFoundError:
        raise CheckpointError(f"{path}: no such checkpoint") from None
    except CheckpointError:
        raise
    except MemoryError as error:
        raise CheckpointError(f"{path} describes what does not fit into memory: {error}"
                              ) from error
    except zipfile.BadZipFile as error:
        raise CheckpointError(
            f"{path} is no checkpoint: it seems to be {_kind_of(path)}. {WRITTEN}"
        ) from error
    except _DAMAGE as error:
        raise CheckpointError(
            f"{path} is no readable checkpoint: {error}. {WRITTEN}"
        ) from error


def _read_archive(path, expected):
    with zipfile.ZipFile(path) as archive:
        _check_members(archive, path)
        _check_size(archive, path)
        description = _read_description(archive, path)
        if expected is None:
            return description, {}
        return description, _read_arrays(archive, path, expected(description))


def _kind_of(path):
    """What a file that is no archive, or a damaged one, seems to be, in words."""
    with open(path, "rb") as file:
        start = file.read(512)
    if not start:
        return "empty"
    for sign, what in SIGNS.items():
        if start.startswith(sign):
            return what
    return "something else" if b"\0" in start else "a text, as --data reads tables"


def _check_members(archive, path):
    """An archive without our description is data, or of another library."""
    names = archive.namelist()
    if f"{DESCRIPTION}.npy" in names:
        return
    if any(name.endswith("data.pkl") for name in names):
        what = "a file of PyTorch"
    elif names and all(name.endswith(".npy") for name in names):
        some = ", ".join(name.removesuffix(".npy") for name in names[:5])
        what = f"data, the arrays {some}, which --data reads"
    else:
        what = f"an archive of {', '.join(names[:5]) or 'nothing'}"
    raise CheckpointError(f"{path} is no checkpoint: it seems to be {what}. {WRITTEN}")


def _check_size(archive, path):
    """Nothing is compressed here: what the members claim lies in the file."""
    claimed = sum(member.file_size for member in archive.infolist())
    if claimed > path.stat().st_size:
        raise CheckpointError(
            f"{path} has {path.stat().st_size} bytes and claims {claimed} bytes of data"
        )
    for member in archive.infolist():
        if member.compress_type != zipfile.ZIP_STORED:
            raise ValueError(f"member {member.filename} is compressed")


def _read_description(archive, path):
    name = f"{DESCRIPTION}.npy"
    shape, dtype = _header(archive, name)
    if dtype != np.uint8 or len(shape) != 1 or shape[0] > MAX_DESCRIPTION:
        raise CheckpointError(f"{path}: the description has {dtype} of shape {shape}")
    description = json.loads(_read(archive, name).tobytes())
    got = description.get("format") if isinstance(description, dict) else None
    if got != FORMAT:
        raise CheckpointError(f"{path} has format {got!r}; expected {FORMAT!r}")
    return description


def _read_arrays(archive, path, layout):
    members = {name.removesuffix(".npy") for name in archive.namelist()}
    members.remove(DESCRIPTION)
    if members != set(layout):
        raise CheckpointError(
            f"{path} holds the arrays {sorted(members)}; expected {sorted(layout)}"
        )
    for name, wanted in layout.items():
        got = _header(archive, f"{name}.npy")
        if got != (tuple(wanted[0]), np.dtype(wanted[1])):
            raise CheckpointError(
                f"{path}: array {name!r} has shape {got[0]} and dtype {got[1]}; "
                f"expected shape {tuple(wanted[0])} and dtype {np.dtype(wanted[1])}"
            )
    arrays = {}
    for name in layout:
        arrays[name] = _read(archive, f"{name}.npy")
        if not np.isfinite(arrays[name]).all():
            raise CheckpointError(
                f"{path}: array {name!r} holds values that are not finite"
            )
    return arrays


def _read(archive, name):
    with archive.open(name) as file:
        array = npy.read_array(file, allow_pickle=False)
        if file.read(1):  # reading to the end also compares the checksum
            raise ValueError(f"member {name} is longer than its header says")
    return array


def _header(archive, name):
    """Shape and dtype that a member claims, without reading its data."""
    with archive.open(name) as file:
        version = npy.read_magic(file)
        if version not in HEADERS:
            raise ValueError(f"member {name} has .npy version {version}")
        try:
            shape, _, dtype = HEADERS[version](file)
        except (TypeError, LookupError) as error:  # of another dict, or no dtype
            raise ValueError(f"member {name} has a header that is none: {error}"
                             ) from error
    return shape, dtype


def to_json(value):
    """NumPy numbers and arrays as Python's, and numbers that JSON has not as text."""
    if isinstance(value, np.floating):  # `item` of a longdouble is none of Python's
        return float(value)
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, numbers.Number):  # complex, a Fraction
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be written to a checkpoint")


def as_read(description):
    """What a file would give back of a description."""
    return json.loads(json.dumps(description, default=to_json))
