"""For a fit that fails to leave no trace, it works on a twin of the model."""

import copy

import numpy as np

STATES = (np.random.Generator, np.random.RandomState)


def twin_of(model):
    """A model with the same attributes and a copy of its Generator, if it has one."""
    twin = object.__new__(type(model))
    vars(twin).update(vars(model))
    if isinstance(vars(model).get("random_state"), STATES):
        twin.random_state = copy_of_random_state(model.random_state)
    return twin


def copied(value, memo=None):
    """A deep copy; the value itself where Python has none, as of what holds a module.

    memo : as `copy.deepcopy` has it
    """
    trial = dict(memo or {})
    try:
        twin = copy.deepcopy(value, trial)
    except TypeError:  # such as "cannot pickle 'module' object"
        return value
    if memo is not None:
        memo |= trial
    return twin


def take_over(model, twin):
    """Give model the attributes of its twin; constructor parameters stay."""
    if hasattr(twin, "random_state"):
        catch_up(model.random_state, twin.random_state)
    parameters = model.get_params(deep=False)
    learned = {n: v for n, v in vars(twin).items() if n not in parameters}
    dropped = [n for n in vars(model) if n not in learned and n not in parameters]
    vars(model).update(learned)  # at once: no other thread runs in between
    for name in dropped:
        delattr(model, name)
    return model


def copy_of_random_state(value):
    """A Generator or RandomState that gives the same numbers; anything else itself."""
    if isinstance(value, np.random.RandomState):
        return copy.deepcopy(value)
    if not isinstance(value, np.random.Generator):
        return value
    kind, seeds = type(value.bit_generator), value.bit_generator.seed_seq
    if not isinstance(seeds, np.random.SeedSequence):
        return copy.deepcopy(value)
    # Older versions of NumPy lose the seeds of children in a deep copy.
    bits = kind(np.random.SeedSequence(
        seeds.entropy, spawn_key=seeds.spawn_key, pool_size=seeds.pool_size,
        n_children_spawned=seeds.n_children_spawned,
    ))
    bits.state = value.bit_generator.state
    return np.random.Generator(bits)


def catch_up(value, ahead):
    """Move a Generator or RandomState on to where its copy is."""
    if isinstance(value, np.random.RandomState):
        value.set_state(ahead.get_state(legacy=False))
    if not isinstance(value, np.random.Generator):
        return
    value.bit_generator.state = ahead.bit_generator.state
    seeds = value.bit_generator.seed_seq
    if isinstance(seeds, np.random.SeedSequence):
        spawned = ahead.bit_generator.seed_seq.n_children_spawned
        seeds.spawn(spawned - seeds.n_children_spawned)
