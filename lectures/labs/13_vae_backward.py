"""Lab 13: the whole backward pass of a VAE

Lecture 10, slides S37-S38 and S50-S51. Every piece of the earlier labs in one network:
two ways meet at mu and at log_var, and each is easily half forgotten. Fill the holes,
then type `scratchae lab 13`.
"""

# %%
import numpy as np

# %% [markdown]
# ## The network
#
# An image goes through a hidden layer to mu and log_var, a draw z goes through a hidden
# layer to the logits a of the pixels:
#
#     h = tanh(x W1 + b1),   mu = h Wm + bm,   log_var = h Wv + bv
#     z = mu + exp(log_var / 2) eps,   eps is given
#     g = tanh(z W2 + b2),   a = g W3 + b3
#
# For each image, recon is the Bernoulli loss of its pixels given the logits, in nats
# and summed over pixels, and kl is KL(N(mu, sigma^2) || N(0, I)) in closed form. The
# loss is the mean over the images of recon + beta kl.
#
# The weights come by name: p is {"W1": W1, "b1": b1, ...}, so write p["W1"]. log(1 +
# exp(a)) is np.logaddexp(0, a), which does not overflow.


# %%
def vae_loss(x, eps, beta, **p):
    """The loss, a number, and its terms recon : (n,) and kl : (n,)."""
    raise NotImplementedError("Lab 13, part 1: loss, recon, kl (about 8 lines)")


# %% [markdown]
# ## Where two ways meet
#
# mu and log_var reach the loss through z, and through kl. By the chain rule the
# gradients of both ways are added:
#
#     dmu      = dz * dz/dmu      + beta/n * dkl/dmu
#     dlog_var = dz * dz/dlog_var + beta/n * dkl/dlog_var
#
# dz has the 1/n of the mean in it already. Find the four derivatives; remember that
# sigma = exp(log_var / 2) and sigma^2 = exp(log_var).


# %%
def code_backward(dz, mu, log_var, eps, beta):
    """dmu, dlog_var : (n, k), of both ways together."""
    raise NotImplementedError("Lab 13, part 2: dmu, dlog_var (about 3 lines)")


# %% [markdown]
# ## All of it
#
# Begin at the logits, where the derivative of the Bernoulli loss is simple, and go
# down, a line for each line of the forward pass. h feeds two layers, so its gradient is
# a sum. You are given what the loss was given: compute forward first.


# %%
def vae_backward(x, eps, beta, **p):
    """z, then dlogits, dW3, db3, dg, dW2, db2, dz, dmu, dlog_var, dWm, dbm, dWv, dbv,
    dh, dW1, db1: z itself, and gradients, each of the shape of what it belongs to."""
    raise NotImplementedError("Lab 13, part 3: all gradients (about 18 lines)")


# %% [markdown]
# ## What to see
#
# Take beta = 0 and the code is that of an autoencoder with noise; leave out the way
# through z and q runs to the prior. A sampler with the wrong sigma passes every
# gradient check, if backward fits it: here the loss itself is compared as well.
