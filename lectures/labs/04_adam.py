"""Lab 04: momentum and Adam

Lecture 01, slide S09. The gradient says where it goes down; an optimizer decides how
far to go. All arrays here are flat, of one size. Return new ones: what you are given
stays as it is. Fill the holes, then type `scratchae lab 04`.
"""

# %%
import numpy as np

# %% [markdown]
# ## Momentum (Polyak 1964)
#
# The step does not follow the gradient but a velocity. At each step a share of it, the
# momentum, is kept, and the gradient is added to that in full. theta then moves against
# the new velocity, by the learning rate.


# %%
def momentum_step(theta, grad, velocity, learning_rate, momentum):
    """The new theta and the new velocity."""
    raise NotImplementedError("Lab 04, part 1: theta, velocity (about 3 lines)")


# %% [markdown]
# ## Adam's moments (Kingma & Ba 2015)
#
# m and v are running means, of the gradient and of its square: of what was there the
# share beta is kept, and the rest of the new mean, 1 - beta, is the new number. beta1
# belongs to m, beta2 to v.


# %%
def adam_moments(grad, m, v, beta1, beta2):
    """The new m and the new v."""
    raise NotImplementedError("Lab 04, part 2: m, v (about 2 lines)")


# %% [markdown]
# ## Adam's step
#
# Both began at 0, so that they are too small at first. Of gradients that were all equal
# to g, how much has m after t steps? It is g (1 - beta1) (1 + beta1 + ...); sum it.
# m_hat is m divided by that share, v_hat likewise; t counts from 1. Then
#
#     theta <- theta - learning_rate * m_hat / (sqrt(v_hat) + eps)


# %%
def adam_step(theta, grad, m, v, t, learning_rate, beta1, beta2, eps):
    """The new theta, m and v after step number t."""
    raise NotImplementedError("Lab 04, part 3: theta, m, v (about 5 lines)")


# %% [markdown]
# ## Several steps
#
# grads : (steps, size), the gradient of each step. m and v begin at 0.


# %%
def adam_run(grads, theta, learning_rate, beta1, beta2, eps):
    """theta after all steps."""
    raise NotImplementedError("Lab 04, part 4: several steps (about 4 lines)")


# %% [markdown]
# ## What to see
#
# A gradient check says nothing about any of this: no derivative is taken here. What
# tells a wrong Adam from a right one is another Adam, or numbers by hand.
