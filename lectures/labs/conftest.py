"""`pytest labs -m lab01` checks lab 01 as `scratchae lab 01` does."""

from scratchae.labs.collecting import *  # noqa: F403
