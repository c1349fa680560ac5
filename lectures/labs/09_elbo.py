"""Lab 09: the ELBO on a model that is solved

Lectures 06 and 07, slides S32-S36 and S46-S50. Here every term of the bound has a
closed form, and so has what it bounds. So the bound can be seen to be one. Fill the
holes, then type `scratchae lab 09`.
"""

# %%
import numpy as np

# %% [markdown]
# ## The model
#
# z ~ N(0, 1) and x|z ~ N(w z, sigma^2). x : (n,) holds one number for each image; w and
# sigma are the same for all. x is w z plus independent noise: a sum of normal numbers.
# What is its mean, and what its variance?


# %%
def log_evidence(x, w, sigma):
    """log p(x) : (n,), in nats."""
    raise NotImplementedError("Lab 09, part 1: log_p (about 2 lines)")


# %% [markdown]
# ## The posterior
#
# log p(x|z) + log p(z) is a parabola in z. The factor of -z^2 / 2 is one over the
# variance of z given x, the factor of z is mean over variance.


# %%
def posterior(x, w, sigma):
    """mean : (n,) and variance, a number, of z given x."""
    raise NotImplementedError("Lab 09, part 2: mean, variance (about 2 lines)")


# %% [markdown]
# ## The bound
#
# Choose any q(z) = N(m, v), for each image its own. Then
#
#     ELBO = E_q[log p(x|z)] - KL(q || p(z))
#
# For the first term you need E_q[(x - w z)^2]: the square of a mean and a variance. The
# second is derived in lecture 08 and lab 10; take it from there, in one dimension:
#
#     KL(N(m, v) || N(0, 1)) = (m^2 + v - 1 - log v) / 2


# %%
def elbo(x, w, sigma, m, v):
    """The bound and its two terms, reconstruction and divergence, each (n,)."""
    raise NotImplementedError("Lab 09, part 3: elbo, recon, kl (about 5 lines)")


# %% [markdown]
# ## Climb
#
# Differentiate the bound in m and in log v. (v must stay positive, log v need not.)


# %%
def elbo_gradient(x, w, sigma, m, v):
    """dm, dlog_v : (n,), of the bound, not of a loss."""
    raise NotImplementedError("Lab 09, part 4: dm, dlog_v (about 2 lines)")


# %% [markdown]
# ## What the bound lacks
#
# log p(x) - ELBO is a divergence. Compute it by your own functions or as the divergence
# that it is.


# %%
def gap(x, w, sigma, m, v):
    """log p(x) - ELBO : (n,)."""
    raise NotImplementedError("Lab 09, part 5: gap (about 2 lines)")


# %% [markdown]
# ## What to see
#
# Put the posterior's mean and variance in as q: the gap is 0 and the gradient is 0.
# With any other q the gap is positive. A bound that exceeds log p(x) has a mistake in
# it.
