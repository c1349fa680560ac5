"""Lab 05, solved; and the wrong answers that must be named."""

import numpy as np


def pca(X, k):
    mean = X.mean(axis=0)
    C = (X - mean).T @ (X - mean) / len(X)
    values, vectors = np.linalg.eigh(C)
    V = vectors[:, ::-1][:, :k]
    return mean, values[::-1], V @ V.T


def pca_error(eigenvalues, k):
    return eigenvalues[k:].sum()


def linear_autoencoder(X, W1, W2):
    n = len(X)
    h = X @ W1
    residual = h @ W2 - X
    loss = np.sum(residual**2) / n
    dx_hat = 2 * residual / n
    dW2 = h.T @ dx_hat
    dW1 = X.T @ (dx_hat @ W2.T)
    return loss, dW1, dW2


def tied_backward(X, W):
    _, dW1, dW2 = linear_autoencoder(X, W, W.T)
    return dW1 + dW2.T


def angles(A, B):
    qa, qb = np.linalg.qr(A.T)[0], np.linalg.qr(B.T)[0]
    cosines = np.linalg.svd(qa.T @ qb, compute_uv=False)
    return np.arccos(np.clip(cosines, 0, 1))


# (function, what stands there, what stands there instead, tensor, slip)
WRONG = [
    ("pca", "/ len(X)", "/ (len(X) - 1)", "eigenvalues", "n_minus_1"),
    ("pca", "/ len(X)", "", "eigenvalues", "not_divided"),
    ("pca", "values[::-1],", "values,", "eigenvalues", "ascending"),
    ("pca", "C = (X - mean).T @ (X - mean)", "C = X.T @ X", "eigenvalues",
     "not_centred"),
    ("pca", "X.mean(axis=0)", "X.mean()", "mean", "one_mean"),
    ("pca", "vectors[:, ::-1][:, :k]", "vectors[:, :k]", "P", "smallest"),
    ("pca", "eigh(C)\n    V = vectors[:, ::-1]",
     "eig(C)\n    values = np.sort(values.real)\n    V = vectors.real", "P", "FAIL"),
    ("angles", "np.clip(cosines, 0, 1)", "cosines", "angles", "FAIL"),
    ("pca_error", "eigenvalues[k:]", "eigenvalues[:k]", "error", "kept"),
    ("pca_error", "eigenvalues[k:]", "eigenvalues[k + 1:]", "error", "one_too_few"),
    ("pca_error", "sum()", "mean()", "error", "mean"),
    ("linear_autoencoder", "np.sum(residual**2) / n", "np.mean(residual**2)", "loss",
     "mean_over_pixels"),
    ("linear_autoencoder", "2 * residual / n", "residual / n", "dW2", "two_missing"),
    ("linear_autoencoder", "2 * residual / n", "2 * residual", "dW2", "not_averaged"),
    ("linear_autoencoder", "dx_hat @ W2.T", "dx_hat @ W1", "dW1", "W1_on_the_way"),
    ("linear_autoencoder", "X.T @ (dx_hat", "(h @ W2).T @ (dx_hat", "dW1",
     "copies_for_images"),
    ("tied_backward", "dW1 + dW2.T", "dW1", "dW", "encoder_only"),
    ("tied_backward", "dW1 + dW2.T", "dW2.T", "dW", "decoder_only"),
    ("tied_backward", "dW1 + dW2.T", "(dW1 + dW2.T) / 2", "dW", "mean_of_both"),
    ("angles", "np.arccos(np.clip(cosines, 0, 1))", "cosines", "angles", "cosines"),
    ("angles", "np.arccos", "np.arcsin", "angles", "complement"),
    ("angles", "np.linalg.svd(qa.T @ qb,", "np.linalg.svd(A @ B.T,", "angles",
     "not_orthonormal"),
    ("pca_error", "eigenvalues[k:]", "eigenvalues[-k:]", "error", "last_k"),
    ("pca", "V @ V.T", "V.T @ V", "P", "in_the_code"),
    ("pca", "vectors[:, ::-1]", "vectors.T[:, ::-1]", "P", "rows_of_eigh"),
    ("angles", "np.linalg.qr(B.T)[0]", "B.T / np.linalg.norm(B.T, axis=0)", "angles",
     "second_only_scaled"),
    ("linear_autoencoder", "loss = np.sum(residual**2)",
     "loss = h.shape[1] * np.sum(residual**2)", "loss", "times_k"),
]
