"""Models whose log p(x) is known: what bounds and estimators are tested against."""

from scratchae.exact.belief_net import BeliefNet
from scratchae.exact.discrete import DiscreteLatent, derivation, jensen_steps
from scratchae.exact.linear_gaussian import LinearGaussian
from scratchae.exact.mixture import TwoHills

__all__ = ["BeliefNet", "DiscreteLatent", "LinearGaussian", "TwoHills", "derivation",
           "jensen_steps"]
