"""Penalties that give a code other properties than copying (slides S15-S17).

A penalty is added to the reconstruction loss with a weight lambda, which the model
holds. L1 and the contractive penalty are numbers per image, (n,); the divergence from a
target activation is one number for the whole batch, because it looks at batch means.
"""

import numpy as np


def l1_forward(h):
    """P_i = sum_j |h_ij|, equation (3.1), slide S17.

    h : (n, k).  Returns penalty : (n,) and the cache.
    """
    sign = np.sign(h.real)              # (n, k)
    return np.sum(sign * h, axis=1), sign


def l1_backward(d_penalty, sign):
    """dh_ij = sign(h_ij) d_penalty_i, equation (3.2).

    At h = 0 there is no derivative. Any slope from -1 to 1 is a subgradient; 0 is
    taken, so that a code unit that is off is not pushed.
    """
    return sign * d_penalty[:, None]


def kl_sparsity_forward(h, rho):
    """P = sum_j KL( rho || rho_hat_j ), rho_hat_j = 1/n sum_i h_ij, equation (3.3).

        KL(rho || r) = rho log(rho / r) + (1 - rho) log((1 - rho) / (1 - r))

    Each unit is read as a coin that comes up with probability rho_hat_j, its mean
    activation over the batch. 0 only where every mean is rho.

    h : (n, k), strictly between 0 and 1, as a sigmoid gives   rho : in (0, 1)
    Returns one number in nats, and the cache. Source: Ng 2011 (UFLDL).
    """
    rho_hat = h.mean(axis=0)                                                # (k,)
    with np.errstate(divide="ignore"):  # a unit that every image saturates
        on, off = np.log(rho / rho_hat), np.log((1 - rho) / (1 - rho_hat))  # (k,)
    return np.sum(rho * on + (1 - rho) * off), (rho, rho_hat, h.shape)


def kl_sparsity_backward(d_penalty, cache):
    """dh_ij = d_penalty / n * ((1 - rho) / (1 - rho_hat_j) - rho / rho_hat_j), (3.4).

    The same for all images i: each of them moves the batch mean by 1/n.
    d_penalty : a number.  Returns dh : (n, k).
    """
    rho, rho_hat, shape = cache
    d_mean = (1 - rho) / (1 - rho_hat) - rho / rho_hat  # (k,)
    return np.broadcast_to(d_penalty * d_mean / shape[0], shape)


def top_k_forward(h, k):
    """Keep the k largest of each row, set the others to 0, equation (3.5).

    h : (n, width).  Returns the sparse h : (n, width) and the mask that was kept.
    Source: Makhzani & Frey 2014 (k-sparse autoencoders).
    """
    first = max(h.shape[1] - k, 0)
    kept = np.argpartition(h.real, min(first, h.shape[1] - 1))[:, first:]  # (n, k)
    mask = np.zeros(h.shape, dtype=bool)
    np.put_along_axis(mask, kept, True, axis=1)
    return np.where(mask, h, 0), mask


def top_k_backward(dh, mask):
    """The gradient passes where a unit was kept and nowhere else.  dh : (n, width)."""
    return np.where(mask, dh, 0)


CONTRACTIVE_ACTIVATIONS = ("sigmoid", "tanh")


def contractive_forward(h, W, activation="sigmoid"):
    """P_i = || dh_i / dx ||_F^2 of the layer h = phi(x W + b), equation (3.6).

        dh_j / dx_m = phi'(a_j) W_mj,  so  P_i = sum_j phi'(a_ij)^2 sum_m W_mj^2

    h : (n, k)   W : (d, k)   activation : "sigmoid" or "tanh"
    Returns penalty : (n,) and the cache. Source: Rifai et al. 2011.
    """
    slope, slope_in_h = _slopes(h, activation)                  # (n, k)
    squares = np.sum(W * W, axis=0)                             # (k,)
    return np.sum(slope * slope * squares, axis=1), (slope, slope_in_h, squares, W)


def contractive_backward(d_penalty, cache):
    """Gradient in h and the direct one in W, equation (3.7).

    d_penalty : (n,).  Returns dh : (n, k) and dW : (d, k). W also acts through h:
    that part comes from passing dh on to the layer.
    """
    slope, slope_in_h, squares, W = cache
    dW = 2 * W * np.sum(slope * slope * d_penalty[:, None], axis=0)     # (d, k)
    dh = 2 * slope * slope_in_h * squares * d_penalty[:, None]          # (n, k)
    return dh, dW


def _slopes(h, activation):
    """phi'(a) and its derivative in h, both written in h = phi(a)."""
    if activation == "sigmoid":
        return h * (1 - h), 1 - 2 * h
    if activation == "tanh":
        return 1 - h * h, -2 * h
    raise ValueError(f"the contractive penalty expects an activation among "
                     f"{list(CONTRACTIVE_ACTIVATIONS)}; got {activation!r}")
