"""Lab 05: a linear autoencoder against PCA

Lecture 02, slides S13-S14. Without activations an autoencoder can do no better than
PCA, and finds its plane by gradient descent. Write both, and measure the angles between
their planes. Fill the holes, then type `scratchae lab 05`.
"""

# %%
import numpy as np

# %% [markdown]
# ## PCA
#
# The covariance matrix of n images x_i is C = 1/n sum_i (x_i - m)^T (x_i - m), with m
# their mean. Its eigenvectors are the directions in which the images vary, its
# eigenvalues how much. np.linalg.eigh gives both, in columns, the smallest first.
#
# The sign of an eigenvector is arbitrary, so give the projection onto the plane of the
# first k instead, as a (d, d) matrix P: for an image x, m + (x - m) P is its copy.


# %%
def pca(X, k):
    """mean : (d,), eigenvalues : (d,), the largest first, P : (d, d).  X : (n, d)."""
    raise NotImplementedError("Lab 05, part 1: mean, eigenvalues, P (about 5 lines)")


# %% [markdown]
# ## What it loses
#
# The mean squared error of the copies, |x - x_hat|^2 averaged over the n images, needs
# no copies. Which of the eigenvalues does it consist of?


# %%
def pca_error(eigenvalues, k):
    """The error per image with k directions, a number; the largest come first."""
    raise NotImplementedError("Lab 05, part 2: the error (about 1 line)")


# %% [markdown]
# ## The linear autoencoder
#
# X is centred. The loss is the mean over the images of |x - (x W1) W2|^2, summed over
# pixels. Its gradient goes through two dense layers without bias or activation.


# %%
def linear_autoencoder(X, W1, W2):
    """The loss, a number, and dW1, dW2."""
    raise NotImplementedError("Lab 05, part 3: loss, dW1, dW2 (about 6 lines)")


# %% [markdown]
# ## Tied weights
#
# Now the decoder has the encoder's weights, W2 = W^T. J depends on W in two places:
# differentiate by each with the other one held fixed, and think of the shapes.


# %%
def tied_backward(X, W):
    """dW : (d, k)."""
    raise NotImplementedError("Lab 05, part 4: dW (about 4 lines)")


# %% [markdown]
# ## The same plane?
#
# Two planes, spanned by the rows of A and of B, both (k, d). Make the rows orthonormal
# (np.linalg.qr does it for columns); the singular values of the product of the two are
# the cosines of the angles between the planes. np.linalg.svd gives the largest first.


# %%
def angles(A, B):
    """The k angles in radians : (k,), the smallest first."""
    raise NotImplementedError("Lab 05, part 5: the angles (about 3 lines)")


# %% [markdown]
# ## What to see
#
# Train with your tied_backward from any start, X <- X - X.mean(axis=0) first: the loss
# goes to pca_error and the largest angle to 0. The rows of W need not be eigenvectors.
