"""Lab 10: the divergence between Gaussians

Lecture 08, slide S52, and lecture 10, slide S38. The second term of the VAE's loss,
first for a diagonal covariance, as the VAE needs it, then for any. Fill the holes, then
type `scratchae lab 10`.
"""

# %%
import numpy as np

# %% [markdown]
# ## Diagonal, from the prior
#
# q = N(mu, diag(sigma^2)) and the prior N(0, I) are products over code units, so the
# divergence is a sum over units. For one of them,
#
#     KL = E_q[log q(z) - log p(z)]
#     log q(z) = -1/2 (log 2 pi + log sigma^2 + (z - mu)^2 / sigma^2)
#     log p(z) = -1/2 (log 2 pi + z^2)
#
# E_q[(z - mu)^2] is sigma^2, and E_q[z^2] is mu^2 + sigma^2. The network gives log_var,
# which is log sigma^2.


# %%
def kl_diagonal(mu, log_var):
    """The divergence of each image : (n,), in nats.  mu, log_var : (n, k)."""
    raise NotImplementedError("Lab 10, part 1: kl (about 2 lines)")


# %% [markdown]
# ## Its gradient
#
# d_kl : (n,) says how much the loss changes with each image's divergence. Derive in
# log_var, not in sigma: sigma^2 = exp(log_var).


# %%
def kl_diagonal_backward(d_kl, mu, log_var):
    """dmu, dlog_var : (n, k)."""
    raise NotImplementedError("Lab 10, part 2: dmu, dlog_var (about 2 lines)")


# %% [markdown]
# ## Any two Gaussians
#
# With covariances S0 and S1 the slide's formula is
#
#     KL = 1/2 (log det S1 / det S0 - k + tr(S1^-1 S0)
#               + (mu1 - mu0) S1^-1 (mu1 - mu0)^T)
#
# Here S = L L^T, with L lower triangular: L0, L1 : (n, k, k). Put that in; with A =
# L1^-1 L0 and m = (mu1 - mu0) L1^-T the trace and the distance become sums of squares.
# The determinant of a triangle is the product of its diagonal. np.linalg.solve(L, B)
# takes all n at once, if a vector has an axis more, v[:, :, None]; nothing needs to be
# inverted.


# %%
def kl_gaussian(mu0, L0, mu1, L1):
    """KL(N(mu0, S0) || N(mu1, S1)) of each image : (n,), in nats."""
    raise NotImplementedError("Lab 10, part 3: kl (about 5 lines)")


# %% [markdown]
# ## The VAE's case with correlations
#
# From the prior the formula is 1/2 (sum of L_ij^2 + |mu|^2 - k) - sum of log L_jj.
# Which entries of L does each term depend on?


# %%
def kl_prior_backward(d_kl, mu, L):
    """dmu : (n, k), dL : (n, k, k)."""
    raise NotImplementedError("Lab 10, part 4: dmu, dL (about 3 lines)")


# %% [markdown]
# ## All four arguments
#
# Write delta for a small change. 1/2 |m|^2 changes by the product of m and delta m, and
# 1/2 |A|^2 by tr(A^T delta A). L1 acts through its inverse: L1 L1^-1 = I does not
# change, so delta(L1^-1) = -L1^-1 delta L1 L1^-1. Collect what multiplies each entry of
# delta L. Only the lower triangle of a factor is free.


# %%
def kl_gaussian_backward(d_kl, mu0, L0, mu1, L1):
    """dmu0, dL0, dmu1, dL1, in this order, each of its argument's shape."""
    raise NotImplementedError("Lab 10, part 5: all four gradients (about 8 lines)")


# %% [markdown]
# ## What to see
#
# The diagonal formula is the full one at L = diag(sigma). A constant that is forgotten
# changes no gradient; only a comparison of values finds it.
