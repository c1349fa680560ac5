"""The works in other libraries: a file for each, imported when it is asked for."""

from importlib import import_module

PEERS = ("torch", "jax")


def peer_step(who, work, threads):
    """A function that does one step of a work in the library `who`."""
    return import_module(f"scratchae.benchmark.in_{who}").step_of(work, threads)


def peer_epoch(who, work, x, threads):
    """A function that trains one epoch on x there, and returns its seconds."""
    library = import_module(f"scratchae.benchmark.in_{who}")
    return library.epoch_of(work, x, threads)
