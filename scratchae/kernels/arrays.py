"""What a kernel may be given: contiguous, aligned, writeable arrays of one dtype.

Numba compiles anew for every dtype, memory layout and read-only flag it meets, so the
public functions bring their arguments into one form first. An array that has it
already, as in a training step, is passed on as it is.
"""

import numpy as np

DTYPES = (np.dtype(np.float32), np.dtype(np.float64))


def check_dtype(array, name):
    """The dtype to compute in, or a TypeError if there is no kernel for it."""
    if array.dtype not in DTYPES:
        raise TypeError(
            f"kernels work in float32 and float64; got {name} of dtype {array.dtype}"
        )
    return array.dtype


def check_shape(array, name, shape):
    """Raise a ValueError unless array has this shape."""
    if array.shape != shape:
        raise ValueError(f"{name} got shape {array.shape}; expected {shape}")


def check_not_empty(n, d_in, d_out):
    """Raise a ValueError for a layer without images, inputs or outputs."""
    if not (n and d_in and d_out):
        raise ValueError(
            f"expected at least one image, input and output; got n = {n}, "
            f"d_in = {d_in}, d_out = {d_out}"
        )


def plain(array, dtype):
    """The array itself if it is plain C-ordered memory of that dtype, else a copy.

    Raises TypeError for complex numbers, of which a copy would be the real part.
    """
    if (
        type(array) is np.ndarray
        and array.dtype == dtype
        and array.flags.carray  # C-ordered, aligned, writeable
    ):
        return array
    array = np.asarray(array)
    if array.dtype.kind == "c":
        raise TypeError(f"kernels work with real numbers; got dtype {array.dtype}")
    return np.require(array, dtype, ["C", "A", "W", "E"])


def check_output(array, name, shape, dtype):
    """Raise a ValueError unless a kernel can write its result into array."""
    if (
        type(array) is not np.ndarray
        or array.dtype != dtype
        or array.shape != shape
        or not array.flags.carray
    ):
        raise ValueError(
            f"{name} must be a C-ordered, aligned, writeable {dtype} array of shape "
            f"{shape}; got {_told(array)}"
        )


def _told(array):
    """Type, dtype and shape of an array, and what else may stand in the way."""
    if type(array) is not np.ndarray:
        return f"{type(array).__name__} of shape {np.shape(array)}"
    flags = array.flags
    lacks = [word for word, there in (("not C-ordered", flags.c_contiguous),
                                      ("not aligned", flags.aligned),
                                      ("read-only", flags.writeable)) if not there]
    return ", ".join([f"{array.dtype} of shape {array.shape}", *lacks])
