"""Lab 08: entropy and divergence, with the worms

Lecture 05, slides S21-S26. What an outcome costs, what a wrong model costs more, and
the best binomial for a thousand worms. Fill the holes, then type `scratchae lab 08`.
"""

# %%
import math

import numpy as np

# %% [markdown]
# ## Entropy
#
# An outcome of probability p_i is worth -log p_i. The entropy is the mean worth, here
# in bits: with logarithms to base 2. What cannot happen adds nothing, since p log p
# goes to 0 with p; but NumPy says nan. Sum over the others only.


# %%
def entropy(p):
    """H(p) in bits, a number.  p : probabilities, some of them may be 0."""
    raise NotImplementedError("Lab 08, part 1: H (about 2 lines)")


# %% [markdown]
# ## Divergence
#
# Code outcomes of p with a code that is made for q: each costs -log q_i instead of -log
# p_i. D(p||q) is the mean excess, in bits. The mean is over what happens. Where p is 0
# nothing happens; where q is 0 and p is not, D is infinite.


# %%
def divergence(p, q):
    """D(p||q) in bits, a number, or np.inf."""
    raise NotImplementedError("Lab 08, part 2: D (about 4 lines)")


# %% [markdown]
# ## A model of the worms
#
# A worm has ten places, each with a tooth with probability t, independently. How
# probable are i teeth? Multiply the chances of one arrangement, then count the
# arrangements: math.comb(10, i).


# %%
def binomial(t):
    """q_i for i = 0 ... 10 : (11,)."""
    raise NotImplementedError("Lab 08, part 3: q (about 2 lines)")


# %% [markdown]
# ## The best one
#
# counts has how many worms have 0, 1, ..., 10 teeth. The best t matches the mean of the
# data. Give it, and D(observed||binomial) in bits, with the shares as the observed
# distribution. For the thousand worms it is 0.477. Their counts are a reconstruction:
# lecture 05 says of what.


# %%
def fit(counts):
    """t and D, two numbers."""
    raise NotImplementedError("Lab 08, part 4: t, D (about 4 lines)")


# %% [markdown]
# ## Why the mean?
#
# D(p||binomial(t)) = sum_i p_i log p_i - sum_i p_i log q_i(t). Differentiate in t, with
# natural logarithms: log q_i = log C(10, i) + i log t + (10 - i) log(1 - t).


# %%
def slope(p, t):
    """dD/dt in nats, a number.  p : (11,)."""
    raise NotImplementedError("Lab 08, part 5: dD (about 2 lines)")


# %% [markdown]
# ## Sent home
#
# How many bits does it take to send all worms one after the other, each with its number
# of teeth, with a code that is made for q?


# %%
def message(counts, q):
    """Bits of the whole message, a number."""
    raise NotImplementedError("Lab 08, part 6: bits (about 1 line)")


# %% [markdown]
# ## What to see
#
# The slope is 0 at t = mean / 10: fitting by divergence, matching the mean and maximum
# likelihood are one thing here.
