"""Lab 14: the importance-weighted bound

Lecture 11, slide S58. K draws for each image, averaged before the logarithm is taken:
one bracket moved, and the bound comes nearer to log p(x). Fill the holes, then type
`scratchae lab 14`.
"""

# %%
import numpy as np

# %% [markdown]
# ## The weights
#
# K draws for each of n images, z = mu + exp(log_var / 2) eps with eps : (K, n, k). The
# weight of a draw is w = p(x|z) p(z) / q(z|x). log_p_x : (K, n) is log p(x|z), which a
# decoder has computed. The prior is N(0, I), and q is N(mu, diag(exp(log_var))); write
# both densities as sums of logarithms over the k code units. What is (z - mu)^2 /
# sigma^2?


# %%
def log_weights(log_p_x, mu, log_var, eps):
    """log_w, log_prior = log p(z) and log_q = log q(z|x), each (K, n)."""
    raise NotImplementedError("Lab 14, part 1: log_w and two terms (about 4 lines)")


# %% [markdown]
# ## The bound
#
# L_K = log( 1/K sum_l w_l ), for each image. Log-weights of images are near -100 or
# -1000, and exp(-1000) is 0: take the largest one out first, and put it back behind the
# logarithm.


# %%
def bound(log_w):
    """L_K of each image : (n,).  log_w : (K, n)."""
    raise NotImplementedError("Lab 14, part 2: the bound (about 2 lines)")


# %% [markdown]
# ## Its gradient
#
# d_bound : (n,) is given. Differentiate log( 1/K sum_l exp(u_l) ) in one u_l.


# %%
def bound_backward(d_bound, log_w):
    """dlog_w : (K, n)."""
    raise NotImplementedError("Lab 14, part 3: dlog_w (about 3 lines)")


# %% [markdown]
# ## Back to the encoder
#
# log w depends on z through p(x|z), whose share dz_decoder : (K, n, k) has come back
# through the decoder with its weight in it already, and through p(z). With z written by
# eps, log q = -1/2 sum_j (log 2 pi + log_var_j + eps_j^2) has z in it no more, but
# log_var directly. First dz of every draw, then what all draws of an image tell its mu
# and its log_var.


# %%
def code_backward(dlog_w, dz_decoder, mu, log_var, eps):
    """dz : (K, n, k), dmu : (n, k), dlog_var : (n, k)."""
    raise NotImplementedError("Lab 14, part 4: dz, dmu, dlog_var (about 5 lines)")


# %% [markdown]
# ## What to see
#
# At K = 1 the weight's share is 1, and all of it is the gradient of the ELBO by one
# draw. With many draws the best of them get nearly all of the gradient.
