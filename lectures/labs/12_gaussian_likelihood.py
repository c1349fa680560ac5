"""Lab 12: the Gaussian likelihood, and why it is the squared error

Lecture 10, slide S37. A decoder that gives the mean of each pixel, with one variance
for all of them. Its loss in nats is the squared error in disguise; the variance says at
which rate the one is exchanged for the other. Fill the holes, then type
`scratchae lab 12`.
"""

# %%
import numpy as np

# %% [markdown]
# ## The likelihood
#
# Pixel x_ij is drawn from N(x_hat_ij, sigma^2), each by itself; log_var, one number, is
# log sigma^2. The density of one of them is
#
#     N(x; m, sigma^2) = (2 pi sigma^2)^(-1/2) exp(-(x - m)^2 / (2 sigma^2))
#
# The loss of an image is minus the logarithm of the product over its pixels.


# %%
def gaussian_nll(x_hat, log_var, x):
    """The loss of each image : (n,), in nats.  x_hat, x : (n, d)."""
    raise NotImplementedError("Lab 12, part 1: loss (about 3 lines)")


# %% [markdown]
# ## Its gradient
#
# d_loss : (n,) is given. Every pixel of every image has a share in the one log_var. The
# derivative of exp(-log_var) has a sign.


# %%
def gaussian_nll_backward(d_loss, x_hat, log_var, x):
    """dx_hat : (n, d) and dlog_var, a number."""
    raise NotImplementedError("Lab 12, part 2: dx_hat, dlog_var (about 4 lines)")


# %% [markdown]
# ## The best variance
#
# For given copies the mean loss has its least value where dlog_var is 0, with 1/n as
# d_loss. Solve for log_var. What is the loss there?


# %%
def best_variance(x_hat, x):
    """log_var and the mean loss of the images at it, two numbers."""
    raise NotImplementedError("Lab 12, part 3: log_var, loss (about 2 lines)")


# %% [markdown]
# ## The squared error, with a weight
#
# Many programs minimise the mean over images of SSE + beta KL, and call it a VAE. With
# the likelihood above the loss of a VAE is
#
#     J = mean of ( constants + SSE / (2 sigma^2) + KL )
#
# Multiply J by the factor that makes it the mean of (SSE + beta KL) plus a constant.
# Which beta is it, and which constant? d is the number of pixels; not all the arguments
# are needed.


# %%
def squared_error_form(sse, kl, sigma, d):
    """beta and the constant, two numbers."""
    raise NotImplementedError("Lab 12, part 4: beta, constant (about 2 lines)")


# %% [markdown]
# ## What to see
#
# Minimising SSE + KL is a choice of sigma, made without saying so: sigma^2 = 1/2, as if
# grey values between 0 and 1 were off by 0.7. That is why such a VAE gives blurred
# images and few active codes.
