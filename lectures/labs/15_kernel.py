"""Lab 15: a kernel

Lecture 13. The triple loop, compiled, is fast only if it walks through memory in the
right order. Write one that is at least three times as fast as the plain loop, and gives
its bits. Fill the holes, then type `scratchae lab 15`.
"""

# %%
import numpy as np

try:
    from numba import njit
except ImportError:  # the loops run without it, a thousand times slower
    def njit(function):
        return function

# %% [markdown]
# ## The plain loop
#
# C_ij = sum_k A_ik B_kj, number by number. B[k, j] with k moving jumps from row to row.


# %%
@njit
def plain_loop(A, B, C):
    """C = A B in the order i, j, k."""
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            total = 0.0
            for k in range(A.shape[1]):
                total += A[i, k] * B[k, j]
            C[i, j] = total


def plain(A, B):
    """A B by the plain loop."""
    C = np.empty((A.shape[0], B.shape[1]))
    plain_loop(A, B, C)
    return C


# %% [markdown]
# ## Yours
#
# Write a compiled function like plain_loop in another order, and call it from here. In
# which order of i, j and k is every array that moves read along its rows? C then is a
# sum that grows: it has to begin somewhere. Sizes are divisible by nothing. What is
# judged: the values, and that the sum is a loop under @njit; `@` and dot are refused.


# %%
def product(A, B):
    """A B : (n, h).  A : (n, d)   B : (d, h), float64."""
    raise NotImplementedError("Lab 15, part 1: a kernel and its call (about 8 lines)")


# %% [markdown]
# ## The same bits
#
# A sum of rounded numbers depends on its order. The plain loop begins at k = 0 and adds
# one product after the other to each C_ij. Return a product with exactly its bits; if
# yours has that order, call it.


# %%
def product_in_order(A, B):
    """A B with the bits of the plain loop."""
    raise NotImplementedError("Lab 15, part 2: the same bits (about 1 line)")


# %% [markdown]
# ## Two things in one pass
#
# h = max(x W + b, 0) in one kernel: add the bias and cut off at 0 while a row of h is
# still near, and not in a second pass over memory. Judged as above.


# %%
def layer(x, W, b):
    """h : (n, h).  x : (n, d)   W : (d, h)   b : (h,)."""
    raise NotImplementedError("Lab 15, part 3: one kernel (about 12 lines)")


# %% [markdown]
# ## How fast?
#
# Nothing to write: `scratchae lab 15` gives your product a larger B, and each time a
# new A, in turns with the plain loop, and has the clock. What counts is the shortest of
# five turns or more. Three times as fast is enough; what it was is printed.

# %% [markdown]
# ## What to see
#
# No operation fewer, and several times as fast. Lecture 13 goes on from here: use what
# has been loaded more than once, keep C in registers, pack B, share out the rows.
