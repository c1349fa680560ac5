"""Lab 11: reparameterization

Lecture 09, slides S54-S56. The dice are moved aside, so that a gradient can pass: first
for each code unit by itself, then with correlations. Fill the holes, then type
`scratchae lab 11`.
"""

# %%
import numpy as np

# %% [markdown]
# ## The draw
#
# z is to be a draw from N(mu, sigma^2), and eps is one from N(0, 1), which is given.
# The network's second output is log_var, the logarithm of the VARIANCE. Write z as a
# function of mu, log_var and eps; draw nothing yourself.


# %%
def sample(mu, log_var, eps):
    """z : (n, k).  mu, log_var, eps : (n, k)."""
    raise NotImplementedError("Lab 11, part 1: z (about 1 line)")


# %% [markdown]
# ## Its gradient
#
# For fixed eps z is an ordinary function. Each z_ij depends on mu_ij and log_var_ij
# alone:
#
#     dmu = dz * dz/dmu,   dlog_var = dz * dz/dlog_var


# %%
def sample_backward(dz, log_var, eps):
    """dmu, dlog_var : (n, k)."""
    raise NotImplementedError("Lab 11, part 2: dmu, dlog_var (about 2 lines)")


# %% [markdown]
# ## A factor that is always allowed
#
# For a covariance that is not diagonal, sigma becomes a lower triangle L with a
# positive diagonal. The network gives any numbers: log_var : (n, k) and lower : (n, k
# (k - 1) / 2). The diagonal of L is what sigma was before; below it stand the numbers
# of lower, row by row; above it 0. Hint: np.tril_indices(k, -1) are rows and columns
# below the diagonal, row by row.


# %%
def cholesky_factor(log_var, lower):
    """L : (n, k, k)."""
    raise NotImplementedError("Lab 11, part 3: L (about 5 lines)")


# %% [markdown]
# ## The draw with correlations
#
# With rows, z = mu + eps L^T for each image. Its covariance is L E[eps^T eps] L^T. Each
# image has its own L; np.einsum takes all at once.


# %%
def sample_full(mu, L, eps):
    """z : (n, k).  mu, eps : (n, k)   L : (n, k, k)."""
    raise NotImplementedError("Lab 11, part 4: z (about 1 line)")


# %% [markdown]
# ## Its gradient
#
# z_i = mu_i + sum_j L_ij eps_j. Which z's does L_ij act on, and by how much? What is
# above the diagonal of L is 0 and stays so: it is no parameter.


# %%
def sample_full_backward(dz, eps):
    """dmu : (n, k), dL : (n, k, k)."""
    raise NotImplementedError("Lab 11, part 5: dmu, dL (about 2 lines)")


# %% [markdown]
# ## Back to the network's numbers
#
# From dL to the two outputs of part 3: through exp on the diagonal, straight below it.


# %%
def cholesky_factor_backward(dL, L):
    """dlog_var : (n, k), dlower : (n, k (k - 1) / 2)."""
    raise NotImplementedError("Lab 11, part 6: dlog_var, dlower (about 3 lines)")


# %% [markdown]
# ## What to see
#
# A sampler with the wrong sigma and the gradient that fits it pass every gradient
# check. Only its values betray it, here, or the moments of many draws, in lecture 09.
