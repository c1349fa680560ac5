"""Lab 03: squared error and Bernoulli loss

Lecture 01, slides S10 and S37-S38. A loss is a number per image: summed over the
pixels, and over the images not at all. Fill the holes, then type `scratchae lab 03`.
"""

# %%
import numpy as np

# %% [markdown]
# ## The squared error
#
#     L_i = sum_j (x_hat_ij - x_ij)^2         x_hat, x : (n, d)   L : (n,)


# %%
def squared_error(x_hat, x):
    """The loss of each image : (n,)."""
    raise NotImplementedError("Lab 03, part 1: the squared error (about 1 line)")


# %% [markdown]
# Somebody above us gives d_loss = dJ/dL : (n,). If J is the mean of all L_i, all of its
# entries are 1/n; that is not our business here. L_i depends on x_hat_ij of its own row
# only, so
#
#     dJ/dx_hat_ij = dJ/dL_i * dL_i/dx_hat_ij


# %%
def squared_error_backward(d_loss, x_hat, x):
    """dx_hat : (n, d)."""
    raise NotImplementedError("Lab 03, part 2: dx_hat (about 1 line)")


# %% [markdown]
# ## The Bernoulli loss, from logits
#
# A pixel is white with probability p = 1 / (1 + exp(-a)); a is its logit. Minus the
# logarithm of what the image has as a probability is
#
#     L_i = -sum_j ( x_ij log p_ij + (1 - x_ij) log(1 - p_ij) )
#
# At a = 40, p has rounded to 1 and log(1 - p) is lost. So put p into it by hand and
# simplify, until a stands there alone; log p = -log(1 + exp(-a)) is a beginning, and
# 1 - p has the same form. `np.logaddexp(0, a)` is log(1 + exp(a)) without overflow.


# %%
def bernoulli_nll(logits, x):
    """The loss of each image in nats : (n,), exact for |logits| up to 1e4."""
    raise NotImplementedError("Lab 03, part 3: the Bernoulli loss (about 2 lines)")


# %% [markdown]
# Differentiate what you have written in a. It becomes simple.


# %%
def bernoulli_nll_backward(d_loss, logits, x):
    """dlogits : (n, d)."""
    raise NotImplementedError("Lab 03, part 4: dlogits (about 2 lines)")


# %% [markdown]
# ## The mean over the batch
#
# J = 1/n sum_i L_i is what a training makes small. Use what you have.


# %%
def mean_bernoulli_nll(logits, x):
    """J, a number, and its gradient dlogits : (n, d)."""
    raise NotImplementedError("Lab 03, part 5: J, dlogits (about 4 lines)")


# %% [markdown]
# ## What to see
#
# The gradient in the logit has no p (1 - p) in it. With the squared error behind a
# sigmoid it would, and a pixel that is wrong and certain of it would learn nothing.
