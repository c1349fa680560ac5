"""Lab 07: denoising

Lecture 04, slides S18-S19. The input is made worse on purpose, the target stays clean.
The most common mistake of all denoising autoencoders is one letter. Fill the holes,
then type `scratchae lab 07`.
"""

# %%
import numpy as np

# %% [markdown]
# ## Two corruptions
#
# Masking noise hides a pixel with probability fraction: it becomes 0. uniform has a
# number between 0 and 1 for each pixel, drawn evenly. How does one get an event of
# probability fraction from it? A pixel is hidden where its number is the smaller one.


# %%
def mask_noise(x, uniform, fraction):
    """x_noisy : (n, d)."""
    raise NotImplementedError("Lab 07, part 1: x_noisy (about 1 line)")


# %% [markdown]
# Gaussian noise has the standard deviation sigma in each pixel. normal holds draws from
# N(0, 1).


# %%
def gaussian_noise(x, normal, sigma):
    """x_noisy : (n, d)."""
    raise NotImplementedError("Lab 07, part 2: x_noisy (about 1 line)")


# %% [markdown]
# ## The loss
#
# x_hat is what the network makes of the noisy image, and x is what it should have been.
# Pixels that were corrupted, where x_noisy differs from x, weigh alpha, the others 1:
#
#     J = 1/n sum_i sum_j w_ij (...)^2
#
# What stands in the bracket?


# %%
def denoising_loss(x, x_noisy, x_hat, alpha):
    """J, a number, and dx_hat = dJ/dx_hat : (n, d)."""
    raise NotImplementedError("Lab 07, part 3: loss, dx_hat (about 4 lines)")


# %% [markdown]
# ## Through the network
#
# h = tanh(x_noisy W + b) and x_hat = h V + c. dx_hat is given. Which images has the
# first layer seen? (One argument is not needed.)


# %%
def denoiser_backward(dx_hat, x, x_noisy, W, b, V):
    """dV, dc, da, dW, db, in this order; da is the gradient before tanh."""
    raise NotImplementedError("Lab 07, part 4: five gradients (about 6 lines)")


# %% [markdown]
# ## The best straight line
#
# Clean images have the mean m and the covariance C, and x_noisy = x + sigma eps. Of all
# maps x_hat = x_noisy A + c look for the one with the least E|x_hat - x|^2. Set the
# derivative in c to zero first, then that in A; the noise has the mean 0, the
# covariance sigma^2 I, and nothing to do with x. Then the error that is left: that of
# clean images, E|x A + c - x|^2, and the noise that comes through A.


# %%
def best_linear(mean, C, sigma):
    """A : (d, d), c : (d,), and the error, a number."""
    raise NotImplementedError("Lab 07, part 5: A, c, error (about 6 lines)")


# %% [markdown]
# ## Where the arrows point
#
# For Gaussian images the noisy ones have the density N(m, C + sigma^2 I). Its score is
# the gradient of log p(x~) in x~. Give it, by that density or by the arrow from x~ to
# what the best denoiser makes of it: they differ by one factor.


# %%
def score(x_noisy, mean, C, sigma):
    """The score at each row of x_noisy : (n, d)."""
    raise NotImplementedError("Lab 07, part 6: the score (about 3 lines)")


# %% [markdown]
# ## What to see
#
# A denoiser that is compared with its own input learns to copy the noise. One that is
# compared with the clean image learns the density, without being told of one.
