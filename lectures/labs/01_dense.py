"""Lab 01: the dense layer

Lecture 01, slides S08-S09. Write the layer's two directions by hand: your lines in the
place of each `raise NotImplementedError`. Then type `scratchae lab 01`: it says which
tensor is wrong, at which entry, and what is likely to have happened.
"""

# %%
import numpy as np

# %% [markdown]
# ## Forward
#
# A batch x of n images, a row each, goes through an affine map:
#
#     y_ij = sum_m x_im W_mj + b_j        x : (n, d)   W : (d, h)   b : (h,)
#
# Write it for the whole batch at once, without a loop.


# %%
def dense_forward(x, W, b):
    """The layer's output y : (n, h)."""
    raise NotImplementedError("Lab 01, part 1: y (about 1 line)")


# %% [markdown]
# ## Backward
#
# Somebody above us has computed dy = dJ/dy, of y's shape. J depends on W_mj through
# y_ij of every image i, so by the chain rule
#
#     dJ/dW_mj = sum_i dJ/dy_ij * dy_ij/dW_mj,    and dy_ij/dW_mj = ...
#
# Go on from here. Do the same for b_j, a sum over images, and for x_im, a sum over
# units. Then write each sum as one product or one sum of arrays. A gradient has the
# shape of what it is the gradient of. A layer divides by nothing: where there is a 1/n,
# the loss has put it into dy.


# %%
def dense_backward(dy, x, W):
    """dx : (n, d), dW : (d, h), db : (h,) from dy : (n, h)."""
    raise NotImplementedError("Lab 01, part 2: dx, dW, db (about 3 lines)")


# %% [markdown]
# ## Two layers in a row
#
# h = x W1 + b1 and y = h W2 + b2. Begin at the loss: what the second layer says of its
# input is the first layer's dy. Call your own functions.


# %%
def two_layers_backward(dy, x, W1, b1, W2):
    """dW2, db2, dh, dW1, db1, dx, in this order; dh is the gradient of h."""
    raise NotImplementedError("Lab 01, part 3: two layers (about 4 lines)")


# %% [markdown]
# ## What to see
#
# Each line of forward has a line of backward, in reverse order. In an error of part 3
# look at the first row that fails: those below may only have inherited it.
