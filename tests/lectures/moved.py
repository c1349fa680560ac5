"""How many arrays an expression reads and writes, counted while it is computed."""

import numpy as np


class Counted(np.ndarray):
    """An array whose operations are counted in `moves`, and those of what they make.

    An operation moves each array that it reads and the one that it writes. Products of
    matrices, masks and what has another size than `size` are left out.
    """

    size_counted, moves = 0, 0

    @staticmethod
    def note(*arrays):
        Counted.moves += sum(np.size(a) == Counted.size_counted for a in arrays
                             if np.asarray(a).dtype != bool)

    def __array_ufunc__(self, ufunc, method, *inputs, out=(), **options):
        read = [np.asarray(x) for x in inputs]
        if out:
            options["out"] = tuple(np.asarray(x) for x in out)
        result = getattr(ufunc, method)(*read, **options)
        if ufunc is not np.matmul:
            Counted.note(*read, result)
        return out[0] if out else np.asarray(result).view(Counted)

    def __array_function__(self, function, types, args, options):
        result = super().__array_function__(function, types, args, options)
        if function is np.where:
            Counted.note(*args, result)
            return result.view(Counted)
        return result


def arrays_moved(function, *arguments, size):
    """Arrays of `size` numbers that the call moves; arrays among its arguments are
    copied first."""
    Counted.size_counted, Counted.moves = size, 0
    function(*(a.copy().view(Counted) if isinstance(a, np.ndarray) else a
               for a in arguments))
    return Counted.moves


def arrays_needed(function, *arguments, size):
    """Those that no call can do without: its arguments, what it returns or changes."""
    before = [a.copy() for a in arguments if isinstance(a, np.ndarray)]
    given = [a.copy() for a in before]
    rest = [a for a in arguments if not isinstance(a, np.ndarray)]
    returned = function(*given, *rest)
    changed = [a for a, b in zip(given, before, strict=True) if np.any(a != b)]
    made = returned if isinstance(returned, tuple) else ()
    return sum(np.size(a) == size for a in (*before, *changed, *made))
