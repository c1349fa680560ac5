"""Lab 16: find the bug

Five short programs from five lectures. Each has one real mistake, and each passes the
gradient check: its gradient is right, for what it computes. What it computes is wrong.
Choose an oracle, find the mistake, and write the program again without it. Then type
`scratchae lab 16`.
"""

# %%
import numpy as np

# %% [markdown]
# ## Oracles
#
# A gradient check compares backward with forward. It says nothing of forward. What
# does?
#
# - a value that is known: log p(x) of a model that is solved, a divergence that is 0
# - a bound that must not be exceeded, a limit that must be reached
# - the moments of many draws; the sum of a probability over all that can happen
# - an integral on a grid, or the mean of many random numbers, against a formula
# - an extreme: what happens at 0, at 1, with one image, with very many draws
#
# Look at each program from outside first, by its numbers, before you read its lines.
#
# ## Program 1: a bound
#
# z ~ N(0, 1), x|z ~ N(w z, sigma^2). For each image its own q = N(m, exp(log_v)). The
# ELBO by one draw: z = m + (standard deviation of q) eps. Only log p(x|z) is taken at
# this draw; the divergence from the prior is, and stays, in closed form.


# %%
def program_1(x, eps, w, sigma, m, log_v):
    """The ELBO by one draw, (n,), and its gradients dm, dlog_v."""
    std = np.exp(log_v)
    z = m + std * eps
    recon = -0.5 * (np.log(2 * np.pi * sigma**2) + (x - w * z) ** 2 / sigma**2)
    kl = 0.5 * (m**2 + np.exp(log_v) - 1 - log_v)
    dz = w * (x - w * z) / sigma**2
    return recon - kl, dz - m, dz * std * eps - 0.5 * (np.exp(log_v) - 1)


# %%
def corrected_1(x, eps, w, sigma, m, log_v):
    """The same without the mistake."""
    raise NotImplementedError("Lab 16, part 1: program 1, two lines differ")


# %% [markdown]
# ## Program 2: a divergence
#
# KL(N(mu, diag(exp(log_var))) || N(0, I)) of each image, in nats.


# %%
def program_2(mu, log_var):
    """The divergence, (n,), and its gradients dmu, dlog_var."""
    kl = np.sum(mu**2 + np.exp(log_var) - 1 - log_var, axis=1)
    return kl, 2 * mu, np.exp(log_var) - 1


# %%
def corrected_2(mu, log_var):
    """The same without the mistake."""
    raise NotImplementedError("Lab 16, part 2: program 2, two lines differ")


# %% [markdown]
# ## Program 3: many draws
#
# The importance-weighted bound L_K of each image, from the log-weights of K draws.


# %%
def program_3(log_w):
    """The bound, (n,), and its gradient dlog_w : (K, n)."""
    K = len(log_w)
    return np.mean(log_w, axis=0), np.ones(log_w.shape) / K


# %%
def corrected_3(log_w):
    """The same without the mistake."""
    raise NotImplementedError("Lab 16, part 3: program 3 (about 3 lines)")


# %% [markdown]
# ## Program 4: a denoiser
#
# A linear denoising autoencoder: its loss, the mean over images of a squared error,
# summed over pixels.


# %%
def program_4(x, x_noisy, W, V):
    """The loss, a number, and its gradients dW, dV."""
    n = len(x)
    residual = x_noisy @ W @ V - x_noisy
    loss = np.sum(residual**2) / n
    dx_hat = 2 * residual / n
    return loss, x_noisy.T @ (dx_hat @ V.T), (x_noisy @ W).T @ dx_hat


# %%
def corrected_4(x, x_noisy, W, V):
    """The same without the mistake."""
    raise NotImplementedError("Lab 16, part 4: program 4, one line differs")


# %% [markdown]
# ## Program 5: sparse units
#
# The KL sparsity penalty: each unit should be on for a share rho of the images, as the
# divergence of two coins says it, the first with rho, the second with the unit's mean
# activation.


# %%
def program_5(h, rho):
    """The penalty, a number, and its gradient dh : (n, k)."""
    r = h.mean(axis=0)
    penalty = np.sum(r * np.log(r / rho) + (1 - r) * np.log((1 - r) / (1 - rho)))
    slope = np.log(r / rho) - np.log((1 - r) / (1 - rho))
    return penalty, np.ones(h.shape) * slope / len(h)


# %%
def corrected_5(h, rho):
    """The same without the mistake."""
    raise NotImplementedError("Lab 16, part 5: program 5, two lines differ")


# %% [markdown]
# ## What to see
#
# Two wrongs that fit each other pass every check of one against the other. `scratchae
# museum` has many more of this kind, and which check notices which.
