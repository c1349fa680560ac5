"""Lab 05: a linear autoencoder against principal component analysis."""

import numpy as np

from scratchae import PCA
from scratchae.formulas.losses import squared_error_backward, squared_error_forward
from scratchae.formulas.subspaces import principal_angles
from scratchae.labs.hypotheses import changed, term_slips
from scratchae.labs.specification import Lab, Part, Slip, Tensor
from scratchae.labs.specifications.clouds import (
    FEW,
    eigenvalue_inputs,
    little_lost,
    nearly_copied,
    nearly_tied,
    network_inputs,
    pca_inputs,
    plane_inputs,
    shared_inputs,
    textbook_cosines,
    tied_inputs,
    unsorted_inputs,
)

NEARLY = "where copies are nearly right"


def fitted(v):
    return PCA(v.k).fit(v.X)


def spectrum(v):
    return fitted(v).eigenvalues_


def projection(V):
    return V.T @ V


def uncentred(v):
    """Eigenvalues and directions of the second moments about 0."""
    values, vectors = np.linalg.eigh(v.X.T @ v.X / len(v.X))
    return values[::-1], vectors.T[::-1]


def all_axes(v):
    return PCA(v.X.shape[1]).fit(v.X).components_


def rows_taken(v):
    """The projection on rows of eigh's matrix, the last k entries of each."""
    X = v.X - v.X.mean(axis=0)
    vectors = np.linalg.eigh(X.T @ X / len(X))[1]
    return projection(vectors[-v.k:])


COMPONENTS = Part(
    "pca", pca_inputs, sizes=FEW, points=3, solution="scratchae.PCA",
    returns=("mean", "eigenvalues", "P"), equal=False,
    more=(("where the last pixels vary most", unsorted_inputs),),
    tensors=(
        Tensor("mean", lambda v: fitted(v).mean_, (
            Slip("other_axis", "averaged over the pixels, not over the images",
                 lambda v: v.X.mean(axis=1)),
            Slip("one_mean", "one mean for all pixels", lambda v: v.X.mean()),
            Slip("sum", "summed over the images, not averaged",
                 lambda v: v.X.sum(axis=0)),
            Slip("median", "the median, not the mean",
                 lambda v: np.median(v.X, axis=0)),
        )),
        Tensor("eigenvalues", spectrum, (
            Slip("ascending", "the smallest first", lambda v: spectrum(v)[::-1]),
            Slip("n_minus_1", "divided by n - 1, as for a sample",
                 lambda v: spectrum(v) * len(v.X) / (len(v.X) - 1)),
            Slip("not_divided", "not divided by the number of images",
                 lambda v: spectrum(v) * len(v.X)),
            Slip("not_centred", "the images are not centred",
                 lambda v: uncentred(v)[0]),
            Slip("root", "square roots: those are standard deviations",
                 lambda v: np.sqrt(spectrum(v))),
            Slip("singular", "those are the singular values of the centred images",
                 lambda v: np.sqrt(len(v.X) * spectrum(v))),
            Slip("shares", "shares of the variance",
                 lambda v: spectrum(v) / spectrum(v).sum()),
            Slip("kept_only", "of the k directions only",
                 lambda v: spectrum(v)[: v.k]),
        )),
        Tensor("P", lambda v: projection(fitted(v).components_), (
            Slip("smallest", "the directions with the smallest variance are kept",
                 lambda v: projection(all_axes(v)[-v.k:])),
            Slip("not_centred", "the images are not centred",
                 lambda v: projection(uncentred(v)[1][: v.k])),
            Slip("complement", "that is the part that is lost",
                 lambda v: projection(all_axes(v)[v.k:])),
            Slip("one_less", "one direction is missing",
                 lambda v: projection(all_axes(v)[: v.k - 1])),
            Slip("one_more", "one direction too many",
                 lambda v: projection(all_axes(v)[: v.k + 1])),
            Slip("all", "all directions are kept", lambda v: np.eye(v.X.shape[1])),
            Slip("in_the_code", "the other product of the same matrix: that is (k, k)",
                 lambda v: np.eye(v.k)),
            Slip("rows_of_eigh", "eigenvectors are columns, and rows were taken",
                 rows_taken),
        )),
    ),
)

ERROR = Part(
    "pca_error", eigenvalue_inputs, sizes=FEW, equal=False,
    more=(("where little is lost", little_lost),),
    solution="scratchae.PCA: the sum of eigenvalues_ from n_components on",
    tensors=(Tensor("error", lambda v: v.eigenvalues[v.k:].sum(), (
        Slip("kept", "that is what is kept, not what is lost",
             lambda v: v.eigenvalues[: v.k].sum()),
        Slip("one_too_many", "one direction too many is lost",
             lambda v: v.eigenvalues[v.k - 1:].sum()),
        Slip("one_too_few", "one direction too few is lost",
             lambda v: v.eigenvalues[v.k + 1:].sum()),
        Slip("last_k", "the k smallest only: more of them are lost",
             lambda v: v.eigenvalues[-v.k:].sum()),
        Slip("mean", "averaged, not summed", lambda v: v.eigenvalues[v.k:].mean()),
        Slip("squares", "eigenvalues are squares already: squared once more",
             lambda v: np.sum(v.eigenvalues[v.k:] ** 2)),
        Slip("first", "the first one that is lost, not all of them",
             lambda v: v.eigenvalues[v.k]),
        Slip("share", "a share of the variance, not an error",
             lambda v: v.eigenvalues[v.k:].sum() / v.eigenvalues.sum()),
    )),),
)


def copies(v):
    return v.X @ v.W1 @ v.W2


def loss(v):
    return squared_error_forward(copies(v), v.X)[0].mean()


def residual(v):
    """dx_hat, with the 1/n of the mean."""
    n = len(v.X)
    return squared_error_backward(np.full(n, 1 / n), copies(v) - v.X)


LINEAR = Part(
    "linear_autoencoder", network_inputs, sizes=FEW, points=3,
    more=((NEARLY, nearly_copied),),
    returns=("loss", "dW1", "dW2"),
    solution="scratchae.formulas.losses.squared_error_backward, then "
    "scratchae.formulas.dense.dense_backward twice",
    tensors=(
        Tensor("loss", loss, (
            Slip("not_averaged", "summed over the images, not averaged",
                 lambda v: loss(v) * len(v.X)),
            Slip("mean_over_pixels", "averaged over the pixels too",
                 lambda v: loss(v) / v.X.shape[1]),
            Slip("half_loss", "a 1/2 too many", lambda v: loss(v) / 2),
        )),
        Tensor("dW2", lambda v: (v.X @ v.W1).T @ residual(v), (
            Slip("two_missing", "the 2 of the square is missing",
                 lambda v: (v.X @ v.W1).T @ residual(v) / 2),
            Slip("not_averaged", "not averaged over the images",
                 lambda v: (v.X @ v.W1).T @ residual(v) * len(v.X)),
            Slip("mean_over_pixels", "averaged over the pixels too",
                 lambda v: (v.X @ v.W1).T @ residual(v) / v.X.shape[1]),
            Slip("residual_sign", "x - x_hat for x_hat - x: the sign of the residual",
                 lambda v: -(v.X @ v.W1).T @ residual(v)),
        )),
        Tensor("dW1", lambda v: v.X.T @ (residual(v) @ v.W2.T), (
            Slip("two_missing", "the 2 of the square is missing",
                 lambda v: v.X.T @ (residual(v) @ v.W2.T) / 2),
            Slip("not_averaged", "not averaged over the images",
                 lambda v: v.X.T @ (residual(v) @ v.W2.T) * len(v.X)),
            Slip("W1_on_the_way", "W1 stands where the decoder's weights belong",
                 lambda v: v.X.T @ (residual(v) @ v.W1)),
            Slip("dW2_for_W2", "on the way down stands the gradient of W2, not W2",
                 lambda v: v.X.T @ (residual(v) @ v.dW2.T)),
            Slip("copies_for_images", "the copies stand where the images belong",
                 lambda v: copies(v).T @ (residual(v) @ v.W2.T)),
        )),
    ),
)


def both_paths(v):
    """The gradients of encoder and decoder as if they had weights of their own."""
    r = residual(changed(v, W1=v.W, W2=v.W.T))
    return v.X.T @ (r @ v.W), (v.X @ v.W).T @ r


TIED = Part(
    "tied_backward", tied_inputs, sizes=FEW, points=2,
    more=((NEARLY, nearly_tied),),
    solution="scratchae.nn.mlp.Mirrored.add_gradient",
    tensors=(Tensor("dW", lambda v: both_paths(v)[0] + both_paths(v)[1].T, (
        *term_slips({
            "encoder": ("the way through the encoder", lambda v: both_paths(v)[0]),
            "decoder": ("the way through the decoder", lambda v: both_paths(v)[1].T),
        }, skip=("decoder_missing", "encoder_missing", "decoder_sign")),
        Slip("encoder_only", "W acts in the decoder too: one way is missing",
             lambda v: both_paths(v)[0]),
        Slip("decoder_only", "W acts in the encoder too: one way is missing",
             lambda v: both_paths(v)[1].T),
        Slip("mean_of_both", "the mean of both ways, not their sum",
             lambda v: (both_paths(v)[0] + both_paths(v)[1].T) / 2),
        Slip("difference", "one way is subtracted from the other",
             lambda v: both_paths(v)[0] - both_paths(v)[1].T),
        Slip("encoder_twice", "one way is counted twice, and the other not at all",
             lambda v: 2 * both_paths(v)[0]),
    )),),
)


def cosines(v):
    """Of the angles, as the textbook has them."""
    return np.clip(textbook_cosines(v.A, v.B), 0, 1)


def lengths_1(A):
    """The rows, each of length 1."""
    return A / np.linalg.norm(A, axis=1, keepdims=True)


def angles_of(A, B):
    """Of planes by their rows, were these orthonormal."""
    found = np.linalg.svd(A @ B.T, compute_uv=False)
    return np.arccos(np.clip(found, 0, 1))


def angles(v):
    return principal_angles(v.A, v.B)


ANGLES = Part(
    "angles", plane_inputs, sizes=FEW, points=2, equal=False,
    more=(("where the planes share directions", shared_inputs),),
    solution="scratchae.formulas.subspaces.principal_angles",
    tensors=(Tensor("angles", angles, (
        Slip("cosines", "those are cosines, not angles", cosines),
        Slip("sines", "those are sines, not angles", lambda v: np.sin(angles(v))),
        Slip("largest_first", "the largest first", lambda v: angles(v)[::-1]),
        Slip("degrees", "in degrees, not in radians", lambda v: np.degrees(angles(v))),
        Slip("complement", "arccos and arcsin are confused",
             lambda v: np.pi / 2 - angles(v)),
        Slip("not_orthonormal", "the rows are not made orthonormal before",
             lambda v: angles_of(v.A, v.B)),
        Slip("second_only_scaled", "the rows of B are scaled to length 1, and not made "
             "orthonormal",
             lambda v: angles_of(np.linalg.qr(v.A.T)[0].T, lengths_1(v.B))),
        Slip("only_scaled", "rows are scaled to length 1, and not made orthonormal",
             lambda v: angles_of(lengths_1(v.A), lengths_1(v.B))),
    ), tolerance=1e-6),),
)

LAB = Lab("05", "a linear autoencoder against PCA", "02_undercomplete_and_pca",
          (COMPONENTS, ERROR, LINEAR, TIED, ANGLES))
