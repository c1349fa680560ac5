"""Lab 06: sparsity

Lecture 03, slides S15-S17. Two penalties that keep units quiet: one of each image,
one of the whole batch. Fill the holes, then type `scratchae lab 06`.
"""

# %%
import numpy as np

# %% [markdown]
# ## L1
#
#     P_i = sum_j |h_ij|         h : (n, k)   P : (n,)
#
# |h| has a kink at 0. Any slope from -1 to 1 will do there; take 0, so that a unit that
# is off is left alone.


# %%
def l1(h):
    """The penalty of each image : (n,)."""
    raise NotImplementedError("Lab 06, part 1: the L1 penalty (about 1 line)")


# %%
def l1_backward(d_penalty, h):
    """dh : (n, k), from d_penalty = dJ/dP : (n,)."""
    raise NotImplementedError("Lab 06, part 2: its gradient (about 1 line)")


# %% [markdown]
# ## A target for the mean activation
#
# The codes of a sigmoid are between 0 and 1. A unit's mean over the batch,
#
#     rho_hat_j = 1/n sum_i h_ij
#
# shall be near a small rho. Read both as coins; the penalty is the divergence of the
# second coin from the first, summed over the units, one number for the batch:
#
#     P = sum_j ( rho log(rho / rho_hat_j)
#                 + (1 - rho) log((1 - rho) / (1 - rho_hat_j)) )


# %%
def kl_sparsity(h, rho):
    """P, a number in nats."""
    raise NotImplementedError("Lab 06, part 3: the divergence (about 3 lines)")


# %% [markdown]
# How does P depend on one h_ij? Through rho_hat_j only, but so do all h_1j ... h_nj:
#
#     dP/dh_ij = dP/d rho_hat_j * d rho_hat_j/dh_ij
#
# Both factors are yours. Note what i does in the result.


# %%
def kl_sparsity_backward(d_penalty, h, rho):
    """dh : (n, k); d_penalty = dJ/dP is a number."""
    raise NotImplementedError("Lab 06, part 4: dh (about 4 lines)")


# %% [markdown]
# ## In a network
#
# J = (loss of the reconstruction) + weight * P. From the decoder comes dh_decoder, the
# part of dJ/dh that the reconstruction has; the penalty has its own. Both then go
# through the sigmoid, h = sigmoid(a).


# %%
def sparse_code_backward(dh_decoder, h, rho, weight):
    """dh, of the whole of J, and da : (n, k) each."""
    raise NotImplementedError("Lab 06, part 5: dh, da (about 2 lines)")


# %% [markdown]
# ## What to see
#
# Leave an image out of the batch, and the gradient of every other image is another one.
# A check that looks at images one by one cannot notice that 1/n is missing.
