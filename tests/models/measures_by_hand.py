"""A variational autoencoder's numbers, computed a second time.

The second computation is plain NumPy in float64, from the weights and from the draws
that the docstrings promise: images in blocks of 1000, first the uniform numbers of the
binarisation, then the noise of all samples.
"""

import numpy as np

N, D, K = 2300, 5, 3  # two blocks of 1000 and one of 300
BLOCKS = [range(0, 1000), range(1000, 2000), range(2000, 2300)]


def layers(values, part, h):
    h = np.tanh(h @ values[f"{part}.0.W"] + values[f"{part}.0.b"])
    return h @ values[f"{part}.1.W"] + values[f"{part}.1.b"]


def root(model, head):
    """L of each row, Sigma = L L^T: sigma on the diagonal, the full posterior below."""
    L = np.zeros((len(head), K, K))
    for j in range(K):
        L[:, j, j] = np.exp(head[:, K + j] / 2)
    for p, (i, j) in enumerate([(1, 0), (2, 0), (2, 1)]):
        if model.posterior == "full":
            L[:, i, j] = head[:, 2 * K + p]
    return L


def by_hand(model, x, seed=0, one_hot=None):
    """Per image: binary image, mu, L, recon, kl of each dimension (n, k), bound."""
    rng, values, parts = np.random.default_rng(seed), model.parameters_.values, []
    for rows in BLOCKS:
        b, n = x[rows], len(rows)
        if model.binarize and model.decoder == "bernoulli":
            b = (rng.random(b.shape) < b).astype(float)
        eps = rng.standard_normal((model.n_samples * n, K))
        eps = eps.reshape(model.n_samples, n, K)
        beside = np.zeros((n, 0)) if one_hot is None else one_hot[rows]
        head = layers(values, "encoder", np.hstack([b, beside]))
        mu, log_var, L = head[:, :K], head[:, K : 2 * K], root(model, head)
        log_w, recon = [], []
        for e in eps:
            z = mu + (L @ e[:, :, None])[:, :, 0]
            out = layers(values, "decoder", np.hstack([z, beside]))
            log_p = log_pixels(model, out, b)
            log_q = -0.5 * np.sum(e * e, axis=1) - log_var.sum(axis=1) / 2
            log_w.append(log_p - 0.5 * np.sum(z * z, axis=1) - log_q)
            recon.append(-log_p)
        kl = 0.5 * (mu**2 + np.sum(L * L, axis=2) - 1) - log_var / 2
        bound = np.log(np.mean(np.exp(log_w), axis=0))
        parts.append((b, mu, L, np.mean(recon, axis=0), kl, bound))
    return [np.concatenate(part) for part in zip(*parts, strict=True)]


def log_pixels(model, out, b):
    """log p(b|z) of each row, from the decoder's output."""
    if model.decoder == "bernoulli":
        p = 1 / (1 + np.exp(-out))
        return np.sum(b * np.log(p) + (1 - b) * np.log(1 - p), axis=1)
    variance = model.decoder_variance
    if variance is None:
        variance = np.exp(model.parameters_.values["pixel_log_var"][0])
    squares = (b - out) ** 2 / variance
    return -0.5 * np.sum(squares + np.log(2 * np.pi * variance), axis=1)
