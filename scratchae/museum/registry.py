"""The list of exhibits."""

import contextlib

FAULTS = {}  # name -> (context manager that plants it, what it is, where it was seen)


def fault(text, seen_in):
    """Register a generator function, which plants a mistake, as an exhibit."""

    def register(plant):
        FAULTS[plant.__name__] = (contextlib.contextmanager(plant), text, seen_in)
        return plant

    return register
