"""The network of a variational autoencoder and its hand-written gradient.

Lecture 10 derives the ELBO's gradient, lecture 09 the sampler's, lecture 11 that of the
importance-weighted bound.
"""

import numpy as np

from scratchae.formulas.divergences import free_bits_backward, free_bits_forward
from scratchae.formulas.importance import log_mean_exp_backward, log_mean_exp_forward
from scratchae.networks.autoencoder import logits_of_mean
from scratchae.networks.pixels import BernoulliPixels, GaussianPixels
from scratchae.networks.posteriors import POSTERIORS
from scratchae.nn.backend import ops
from scratchae.nn.buffers import Buffers, PerThread
from scratchae.nn.mlp import MLP, mlp_shapes
from scratchae.nn.parameters import Parameters

OBJECTIVES = ("elbo", "iwae")
DECODERS = ("bernoulli", "gaussian")


class VariationalNetwork:
    """Encoder, sampler, decoder and the hand-written gradient of the bound.

    sizes : (d, h1, ..., k), the widths from the data to the latent space
    decoder, decoder_variance : "bernoulli", or "gaussian" with a variance (None:
        learned)
    posterior : "diagonal" or "full", a covariance matrix through its Cholesky factor
    objective : "elbo", or "iwae", the importance-weighted bound of n_samples samples
    n_samples : samples of q(z|x) per image and step
    kl_weight : final weight of the divergence (1 makes the loss minus the ELBO)
    kl_warmup_epochs : the weight rises linearly over so many epochs
    free_bits : nats per latent dimension below which the divergence is not pushed
    n_classes : width of the one-hot label that encoder and decoder see beside their
        input; a batch is then (n, d + n_classes)
    """

    unit = "nats/img"

    def __init__(
        self,
        sizes,
        activation="relu",
        binarize=True,
        decoder="bernoulli",
        decoder_variance=None,
        posterior="diagonal",
        objective="elbo",
        n_samples=1,
        kl_weight=1.0,
        kl_warmup_epochs=0,
        free_bits=0.0,
        n_classes=0,
        dtype=np.float32,
    ):
        d, *hidden, self.k = sizes
        self.sizes, self.n_classes = sizes, n_classes
        self.binarize = binarize and decoder == "bernoulli"
        self.objective, self.n_samples = objective, n_samples
        self.kl_weight, self.kl_warmup_epochs = kl_weight, kl_warmup_epochs
        self.free_bits = free_bits
        self._buffers, self._last = Buffers(), PerThread()
        self.posterior = POSTERIORS[posterior](self.k, self._buffer)
        back = (self.k + n_classes, *hidden[::-1], d)
        shapes = mlp_shapes("encoder", (d + n_classes, *hidden, self.posterior.size))
        shapes |= mlp_shapes("decoder", back)
        learned = decoder == "gaussian" and decoder_variance is None
        self.parameters = Parameters(
            shapes | ({GaussianPixels.NAME: (1,)} if learned else {}), dtype
        )
        activations = [activation] * len(hidden) + ["identity"]
        self.encoder = MLP(self.parameters, "encoder", activations)
        self.decoder = MLP(self.parameters, "decoder", activations)
        self.pixels = (
            BernoulliPixels(self.parameters, self._buffer)
            if decoder == "bernoulli"
            else GaussianPixels(self.parameters, self._buffer, decoder_variance)
        )

    def initialise(self, rng, x):
        """Random weights; the decoder's output starts at the mean of the data."""
        x, _ = self._split(x)
        self.encoder.initialise(rng)
        self.decoder.initialise(rng)
        bias = self.decoder.layers[-1].b
        if isinstance(self.pixels, BernoulliPixels):
            bias[...] = logits_of_mean(x)
            return
        bias[...] = x.mean(axis=0)
        if self.pixels.learned:
            variance = x.var(axis=0).mean()
            if variance == 0:
                raise ValueError(
                    f"The data have no variance (n_samples = {len(x)}): with a learned "
                    "decoder_variance the likelihood has no maximum. Give a number."
                )
            self.parameters.values[GaussianPixels.NAME][...] = np.log(variance)

    def draw(self, x, rng, epoch=None):
        """Everything random or scheduled for one batch x : (n, d + n_classes).

        Returns the binary image that is both input and target, the noise eps of all
        samples, and the KL weight of this epoch (the final one where epoch is None).
        """
        x, label = self._split(x)
        if self.binarize:
            uniform = self._buffer("uniform", *x.shape)
            rng.random(x.shape, dtype=x.dtype, out=uniform)
            x = ops.binarize(x, uniform, self._buffer("binary", *x.shape))  # (n, d)
        eps = rng.standard_normal((self.n_samples * len(x), self.k), dtype=x.dtype)
        drawn = {"x": x, "eps": eps, "kl_weight": self.kl_weight_at(epoch)}
        return drawn | ({} if label is None else {"label": label})

    def _split(self, x):
        """A batch as images (n, d) and one-hot labels (n, n_classes) or None."""
        if self.n_classes == 0:
            return x, None
        d = self.sizes[0]
        return np.ascontiguousarray(x[:, :d]), np.ascontiguousarray(x[:, d:])

    def kl_weight_at(self, epoch):
        """Warm-up: kl_weight * min(1, epoch / kl_warmup_epochs), (10.12)."""
        if epoch is None or epoch >= self.kl_warmup_epochs:
            return self.kl_weight
        return self.kl_weight * epoch / self.kl_warmup_epochs

    def scheduled(self, epoch=None):
        """The KL weight of this epoch, for the history; the final one without epoch."""
        return (
            {} if self.objective == "iwae" else {"kl_weight": self.kl_weight_at(epoch)}
        )

    def split_head(self, head):
        """mu and log_var : (n, k) of q(z|x), (10.1)."""
        return head[:, : self.k], head[:, self.k : 2 * self.k]

    def loss(self, x, eps, kl_weight=1.0, label=None):
        """J = 1/n sum_i (recon_i + kl_weight * kl_i), equation (10.8).

        x : (n, d)   eps : (n_samples * n, k), sample after sample   label : one-hot
        recon_i is the mean over the samples. For the importance-weighted bound,
        J = -1/n sum_i L_K(x_i), equation (11.3), and recon and kl are still those of
        the ELBO. Returns the batch means {"loss", "recon", "kl"} in nats per image.
        """
        n, samples = len(x), len(eps) // len(x)
        head = self.encoder.forward(_beside(x, label))  # (n, size)
        head, x, label = (_repeat(a, samples) for a in (head, x, label))
        z, kl, cache = self.posterior.forward(head, eps)  # (samples n, k)
        out = self.decoder.forward(_beside(z, label))  # (samples n, d)
        nll = _without_nan(self.pixels.nll(out, x))  # (samples n,)
        self._last.cache = n, head, z, cache, kl_weight
        recon, kl = nll.mean(), _without_nan(kl).mean()
        weighted = kl_weight * kl if kl_weight else 0  # not 0 * inf
        losses = {"loss": recon + weighted, "recon": recon, "kl": kl}
        if self.objective == "iwae":
            log_w = _log_weights(nll, z, eps, head)  # (samples n,)
            bound, self._last.normalised = log_mean_exp_forward(
                log_w.reshape(samples, n)
            )
            losses["loss"] = -bound.mean()
        elif self.free_bits:
            floored, self._last.free = free_bits_forward(
                *self.split_head(head), self.free_bits
            )
            losses["loss"] = recon + kl_weight * floored
        return losses

    def backward(self):
        """Gradient of J in every parameter: the lines of `loss` in reverse, (10.9)."""
        n, head, z, cache, kl_weight = self._last.cache
        weights, d_kl = None, kl_weight / len(z)
        if self.objective == "iwae":
            d_bound = np.full(n, -1 / n, z.dtype)
            weights = -log_mean_exp_backward(d_bound, self._last.normalised).reshape(-1)
        dz = self.decoder.backward(self.pixels.backward(weights))  # (samples n, k)
        if self.n_classes:
            dz = np.ascontiguousarray(dz[:, : self.k])
        if self.objective == "iwae":
            # log_w has -z^2 / 2 through z and + log_var / 2 directly, (11.4).
            dz += weights[:, None] * z
            dhead = self.posterior.backward(dz, 0.0, head, cache)
            dhead[:, self.k : 2 * self.k] -= 0.5 * weights[:, None]
        elif self.free_bits:
            dhead = self.posterior.backward(dz, 0.0, head, cache)
            for part, d in zip(self.split_head(dhead),
                               free_bits_backward(kl_weight, self._last.free),
                               strict=True):
                part += d
        else:
            dhead = self.posterior.backward(dz, d_kl, head, cache)
        if len(z) > n:  # one head was used for all samples: gradients add up
            dhead = dhead.reshape(-1, n, head.shape[1]).sum(axis=0)
        self.encoder.backward(dhead, input_gradient=False)

    def encode(self, x, label=None, **_):
        """The encoder's output for what `draw` gives : (n, size), a new array."""
        return self.encoder.predict(_beside(x, label))

    def terms(self, x, eps, label=None, **_):
        """recon and kl of each image : (n,) in nats; `loss` has their means.

        It learns nothing and remembers nothing.
        """
        head = self.encode(x, label)
        nll = self._decoded_nll(head, x, eps, label)[0]
        kl = _without_nan(self.posterior.divergences(head).sum(axis=1))
        return nll.reshape(-1, len(x)).mean(axis=0), kl

    def log_weights(self, head, x, eps, label=None):
        """log p(x, z) - log q(z|x) at z = mu + eps L^T : (samples, n) in nats.

        head : the encoder's output for x : (n, d)   eps : (samples * n, k)
        """
        nll, z, head = self._decoded_nll(head, x, eps, label)
        return _log_weights(nll, z, eps, head).reshape(-1, len(x))

    def _decoded_nll(self, head, x, eps, label):
        """-log p(x|z) : (samples n,), z, and the head repeated for each sample."""
        samples = len(eps) // len(x)
        head, x, label = (_repeat(a, samples) for a in (head, x, label))
        z, _, _ = self.posterior.forward(head, eps)
        nll = self.pixels.nll(self.decoder.predict(_beside(z, label)), x)
        return _without_nan(nll), z, head

    def _buffer(self, name, *shape):
        return self._buffers.get(name, shape, self.parameters.dtype)

    def kink_pattern(self):
        """The side of the kink of every kinked unit in the last forward pass."""
        patterns = [self.encoder.kink_pattern(), self.decoder.kink_pattern()]
        if self.free_bits:
            patterns.append(self._last.free[2])
        return np.concatenate(patterns)


def _log_weights(nll, z, eps, head):
    """log p(x|z) + log p(z) - log q(z|x), equation (11.4).

    With z = mu + eps L^T the densities' constants cancel, and what is left is
    1/2 sum_j (eps_j^2 - z_j^2 + log_var_j).
    """
    log_var = head[:, z.shape[1] : 2 * z.shape[1]]
    return 0.5 * np.sum(eps * eps - z * z + log_var, axis=1) - nll


def _without_nan(losses):
    """Losses : (n,); one that overflows is inf, and not the NaN of inf - inf."""
    return np.where(np.isnan(losses), np.inf, losses)


def _repeat(array, samples):
    """The same rows again for each sample, sample after sample."""
    if array is None or samples == 1:
        return array
    return np.tile(array, (samples, 1))


def _beside(array, label):
    """The label's columns beside the array's."""
    return array if label is None else np.concatenate([array, label], axis=1)
