"""The works in other libraries: a file for each, imported when it is asked for."""

from importlib import import_module

PEERS = ("torch", "jax")


def peer(who):
    """The file of the library `who`, with its `step_of` and `epoch_of` of a work."""
    return import_module(f"scratchae.benchmark.in_{who}")
