"""Learning rate as a function of training progress: 0 at the start, 1 at the end."""

import math


def constant(progress):
    """The factor is 1 throughout."""
    return 1.0


def cosine(progress):
    """Half a cosine from 1 to 0: (1 + cos(pi progress)) / 2 (Loshchilov 2017)."""
    return 0.5 * (1 + math.cos(math.pi * progress))


def step(progress):
    """1, then 0.1 from half of the training on, then 0.01 in its last quarter."""
    if progress < 0.5:
        return 1.0
    return 0.1 if progress < 0.75 else 0.01


SCHEDULES = {"constant": constant, "cosine": cosine, "step": step}
