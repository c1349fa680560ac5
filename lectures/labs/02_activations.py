"""Lab 02: activations

Lecture 01, slide S09. A unit bends what the layer below has computed, h = phi(a). What
it does to a gradient on the way down is one factor, and most often the wrong one.
Fill the holes, then type `scratchae lab 02`.
"""

# %%
import numpy as np

# %% [markdown]
# ## Forward
#
# The sigmoid is h = 1 / (1 + exp(-a)). Written like this it overflows at a = -1000,
# where the answer is simply 0. Take exp of numbers only that are not positive, and look
# at a > 0 and a < 0 apart: both have an expression of their own, in exp(-|a|).
# Nothing is cut off: at a = -40, h is small, and not 0.


# %%
def sigmoid(a):
    """h : of a's shape, for |a| up to 1e4; exact where it is tiny, without a warning.
    """
    raise NotImplementedError("Lab 02, part 1: the sigmoid (about 2 lines)")


# %% [markdown]
# ## Backward
#
# h_ij depends on a_ij alone, so there is no sum:
#
#     da_ij = dJ/da_ij = dJ/dh_ij * phi'(a_ij)
#
# Differentiate each phi; for the sigmoid and tanh the derivative can be written in h.
# At its kink a = 0, relu(a) = max(a, 0) has no derivative; take 0 there.


# %%
def sigmoid_backward(dh, a):
    """da from dh = dJ/dh and the pre-activation a."""
    raise NotImplementedError("Lab 02, part 2: da of the sigmoid (about 2 lines)")


# %%
def tanh_backward(dh, a):
    """The same for h = tanh(a)."""
    raise NotImplementedError("Lab 02, part 3: da of tanh (about 1 line)")


# %%
def relu_backward(dh, a):
    """The same for h = max(a, 0)."""
    raise NotImplementedError("Lab 02, part 4: da of relu (about 1 line)")


# %% [markdown]
# ## A layer with an activation
#
# h = tanh(x W + b). From dh first through the activation, then through the affine map
# of lab 01. You are given what forward was given.


# %%
def tanh_layer_backward(dh, x, W, b):
    """da, dx, dW, db, in this order."""
    raise NotImplementedError("Lab 02, part 5: a layer (about 5 lines)")


# %% [markdown]
# ## What to see
#
# At a saturated unit, |a| large, nearly nothing of a gradient passes: that is how
# learning stops in a deep network of sigmoids.
