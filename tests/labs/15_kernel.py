"""Lab 15, solved; and the wrong answers that must be named."""

import numpy as np


def plain(function):
    return function


try:
    from numba import njit
except ImportError:
    njit = plain


@njit
def along_rows(A, B, C):
    for i in range(A.shape[0]):
        row = C[i]
        for k in range(A.shape[1]):
            for j in range(row.size):
                row[j] += A[i, k] * B[k, j]


@njit
def nothing(C):
    """Compiled, and of no use."""


times = np.matmul


@njit
def plain_loop(A, B, C):
    """Handed out, in the order i, j, k."""
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            for k in range(A.shape[1]):
                C[i, j] += A[i, k] * B[k, j]


def product(A, B):
    C = np.zeros((A.shape[0], B.shape[1]))
    along_rows(A, B, C)
    return C


def product_in_order(A, B):
    return product(A, B)


@njit
def fused(x, W, b, h):
    for i in range(x.shape[0]):
        row = h[i]
        for k in range(x.shape[1]):
            for j in range(row.size):
                row[j] += x[i, k] * W[k, j]
        for j in range(row.size):
            row[j] = max(row[j] + b[j], 0.0)


def layer(x, W, b):
    h = np.zeros((x.shape[0], W.shape[1]))
    fused(x, W, b, h)
    return h


# (function, what stands there, what stands there instead, tensor, slip)
WRONG = [
    ("product", "along_rows(A, B, C)", "C += A[:, :len(B) // 2 * 2] @ B[:len(B) // 2 "
     "* 2]", "C", "steps_of_two"),
    ("product", "along_rows(A, B, C)", "C += A[:, :len(B) // 4 * 4] @ B[:len(B) // 4 "
     "* 4]", "C", "steps_of_four"),
    ("product", "along_rows(A, B, C)", "C[:] = A[:, -1:] * B[-1]", "C", "last_term"),
    ("product", "np.zeros", "np.ones", "C", "from_ones"),
    ("product", "return C", "return np.cumsum(C).reshape(C.shape)", "C",
     "running_total"),
    ("product", "return C", "return C.astype('f4')", "C", "float32"),
    ("product_in_order", "product(A, B)", "product(A[:, ::-1].copy(), B[::-1].copy())",
     "C", "FAIL"),
    ("layer", "fused(x, W, b, h)", "fused(x, W, 0 * b, h)", "h", "bias_missing"),
    ("layer", "fused(x, W, b, h)", "fused(x, W, 0 * b, h); h += b", "h",
     "relu_before_bias"),
    ("layer", "np.zeros((x.shape[0], W.shape[1]))\n    fused(x, W, b, h)",
     "x @ W + b", "h", "relu_missing"),
]
if plain is not njit:  # with Numba; else nothing can be compiled
    WRONG += [
        ("product", "along_rows(A, B, C)", "C[:] = A @ B", "", "asked"),
        *(("product", "along_rows(A, B, C)", f"nothing(C); {other}", "", "asked")
          for other in (
              "C[:] = (lambda: A @ B)()", "C[:] = [row @ B for row in A]",
              "C[:] = times(A, B)", "C[:] = A.__matmul__(B)",
              "from numpy import dot as f; C[:] = f(A, B)",
              "C[:] = getattr(np, 'do' + 't')(A, B)",
              "C[:] = (A[:, :, None] * B).sum(1)",
              "along_rows(A, B, C.copy()); C[:] = sum(np.multiply.outer(a, b) for a, b "
              "in zip(A.T, B))")),
        ("product", "along_rows(A, B, C)",
         "C[:] = (lambda: A[:, 1:] @ B[1:])(); along_rows(A[:, :1], B[:1], C)", "",
         "asked"),
        ("product", "along_rows(A, B, C)",
         "along_rows(A[:, :1], B[:1], C); C += times(A[:, 1:], B[1:])", "", "asked"),
        ("product", "along_rows(A, B, C)", "plain_loop(A, B, C)", "", "asked"),
        ("product", "along_rows(A, B, C)", "np.dot(A, B, out=C)", "", "asked"),
        ("layer", "fused(x, W, b, h)", "h += np.maximum(x @ W + b, 0)", "", "asked"),
        ("layer", "fused(x, W, b, h)",
         "for i in range(len(W)): h += np.outer(x[:, i], W[i])\n"
         "    h = np.maximum(h + b, 0)", "", "asked"),
    ]
