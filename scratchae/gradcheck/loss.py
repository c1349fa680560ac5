"""The function whose gradient is checked, as the checker needs it: one number out."""

import warnings

import numpy as np

from scratchae.errors import ScratchaeError

SAME = 1e3  # two calls may differ by this many roundings: threads add in any order


class Inapplicable(ScratchaeError, ValueError):
    """A numerical derivative cannot be had of this function; the text says why."""


class Loss:
    """f : function of an array of x's shape   x : real numbers, kept as float64

    Every call gets a fresh copy, so that f may write to its argument.
    Raises ValueError if x is not real or f(x) is not one number.
    """

    def __init__(self, f, x):
        self.f, self.x = f, real_array(x, "x")
        value = self._call(self.x)
        self.value, self.precision = real_number(value), _precision_of(value)
        self.noise = None  # `noise_of` measures it once (rounding.py)

    def _call(self, x):
        with np.errstate(all="ignore"):
            return self.f(np.array(x, order="K"))

    def near(self, x):
        """f(x), or nan where f has no finite real value: outside its domain.

        Whatever f raises there: it has served at the point, and students' errors are
        of any class.
        """
        try:
            value = real_number(self._call(x))
        except Exception:
            return np.nan
        return value if np.isfinite(value) else np.nan

    def imaginary(self, x):
        """Re f(x) and Im f(x) at a complex x; raises Inapplicable where f drops Im."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", np.exceptions.ComplexWarning)
                value = np.asarray(self._call(x))
        except np.exceptions.ComplexWarning:
            raise Inapplicable("f discards the imaginary part") from None
        except Exception as error:
            first = str(error).strip().split("\n")[0]
            text = f"f raises {type(error).__name__} for complex numbers: {first}"
            raise Inapplicable(text) from error
        if value.size != 1 or value.dtype.kind != "c":
            raise Inapplicable(f"f returns {_described(value[()])} for complex numbers")
        if not np.isfinite(value).all():
            raise Inapplicable("f(x + ih) is not finite")
        return float(value.real.item()), float(value.imag.item())

    def changes(self, calls=1):
        """Another value of f(x) if f does not always return the same, else None."""
        for _ in range(calls):
            again = self.near(self.x)
            largest = max(abs(self.value), abs(again))
            if not abs(again - self.value) <= SAME * self.precision * largest:
                return again
        return None


def real_array(values, name):
    """`values` as float64 in memory of its own; ValueError if they are not real."""
    try:
        array = np.asarray(values)
        if array.dtype.kind in "cSUmM" or np.ma.is_masked(values):
            raise TypeError
        if array.dtype.kind == "O":  # np.array would make nan of None
            array = np.reshape([float(value) for value in array.flat], array.shape)
        return np.array(array, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must hold real numbers. Got {values!r:.80}") from None


def real_number(value):
    """The one real number in a scalar, or in an array, list or tuple of size 1."""
    try:
        array = np.asarray(value)
        if array.size != 1 or value is None or array.dtype.kind in "SUmM":
            raise TypeError
        number = complex(array.item())
    except (TypeError, ValueError, RuntimeError):
        raise ValueError(
            f"f returned {_described(value)}; expected one real number (of a tensor, "
            "the sum of its product with random_projection(shape, rng))"
        ) from None
    if abs(number.imag) > 1e-9 * abs(number.real):
        raise ValueError(f"f returned the complex number {number}; expected a real one")
    return number.real


def _described(value):
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if isinstance(value, list | tuple):
        return f"a {type(value).__name__} of length {len(value)}"
    if isinstance(value, int | float):
        return f"the real number {value:.6g}"
    if value is None:
        return "None"
    return f"a {type(value).__name__}"


def _precision_of(value):
    """Rounding of f's own type: 1.2e-7 for float32."""
    dtype = np.asarray(value).dtype
    return float(np.finfo(dtype if dtype.kind in "fc" else float).eps)
