"""The network of a variational autoencoder and its hand-written gradient.

Lecture 10 derives the ELBO's gradient, lecture 09 the sampler's, lecture 11 that of the
importance-weighted bound.
"""

from functools import partial

import numpy as np

from scratchae.memory import recycled
from scratchae.networks.bounds import Drawn, bound_of
from scratchae.networks.own import pixels_of, posterior_of
from scratchae.networks.pixels import BernoulliPixels, GaussianPixels
from scratchae.nn.backend import ops
from scratchae.nn.mlp import MLP, mlp_shapes
from scratchae.nn.parameters import Parameters
from scratchae.nn.per_thread import PerThread
from scratchae.rows import MappedRows

DECODERS = ("bernoulli", "gaussian")
ROWS = 1000  # images times samples at a time, where no gradient is taken


class VariationalNetwork:
    """Encoder, sampler, decoder and the hand-written gradient of the bound.

    sizes : (d, h1, ..., k), the widths from the data to the latent space
    back : (k, h1, ..., d), those of the decoder; None: sizes in reverse
    layer : an object for the hidden layers that is not dense, or None
    binarize : whether `draw` makes images binary, where the pixels lie in [0, 1]
    decoder, decoder_variance : "bernoulli", or "gaussian" with a variance (None:
        learned), or an object: see `networks/pixels.py`
    posterior : "diagonal" or "full", a covariance matrix through its Cholesky factor,
        or an object: see `networks/posteriors.py`
    objective : "elbo", or "iwae", the importance-weighted bound of n_samples samples
    n_samples : samples of q(z|x) per image and step
    samples_warmup_epochs : over so many epochs their number rises to that, by a factor
    gradient_samples : of "iwae", how many of them the gradient is of; None is all
    kl_weight : final weight of the divergence (1 makes the loss minus the ELBO)
    kl_warmup_epochs : the weight rises linearly over so many epochs
    free_bits : nats per latent dimension below which the divergence is not pushed
    n_classes : width of the one-hot label that encoder and decoder see beside their
        input; a batch is then (n, d + n_classes)
    """

    def __init__(self, sizes, activation="relu", back=None, layer=None, binarize=True,
                 decoder="bernoulli", decoder_variance=None, posterior="diagonal",
                 objective="elbo", n_samples=1, samples_warmup_epochs=0,
                 gradient_samples=None, kl_weight=1.0, kl_warmup_epochs=0,
                 free_bits=0.0, n_classes=0, dtype=np.float32):
        d, *hidden, self.k = sizes
        self.sizes, self.n_classes, self.objective = sizes, n_classes, objective
        self.n_samples, self.samples_warmup_epochs = n_samples, samples_warmup_epochs
        self.kl_weight, self.kl_warmup_epochs = kl_weight, kl_warmup_epochs
        self.gradient_samples = gradient_samples
        self._last = PerThread()
        self.bound = bound_of(objective, free_bits, gradient_samples)
        self.posterior = posterior_of(posterior, self.k)
        self.pixels = pixels_of(decoder, {
            "bernoulli": BernoulliPixels,
            "gaussian": partial(GaussianPixels, decoder_variance),
        })
        self.unit = self.pixels.unit
        self.binarize = binarize and self.pixels.in_unit_interval
        there = (d + n_classes, *hidden, self.posterior.size)
        back = sizes[::-1] if back is None else back
        back = (self.k + n_classes, *back[1:])
        shapes = mlp_shapes("encoder", there, layer=layer)
        shapes |= mlp_shapes("decoder", back, layer=layer) | self.pixels.shapes
        self.parameters = Parameters(shapes, dtype)
        self.pixels.attach(self.parameters)
        self.encoder = MLP(self.parameters, "encoder", there, activation, layer=layer)
        self.decoder = MLP(self.parameters, "decoder", back, activation, layer=layer)

    def initialise(self, rng, x):
        """Random weights; the decoder's output starts at the mean of the data."""
        self.encoder.initialise(rng)
        self.decoder.initialise(rng)
        images = self._without_labels(x) if self.n_classes else x
        self.decoder.layers[-1].b[...] = self.pixels.start(images)

    def draw(self, x, rng, epoch=None):
        """Everything random or scheduled for one batch x : (n, d + n_classes).

        Returns the binary image that is both input and target, the noise eps of all
        samples, and the KL weight of this epoch (the final one where epoch is None).
        """
        (x, label), kl_weight = self._split(x), self.kl_weight_at(epoch)
        if self.binarize:
            uniform = rng.random(out=recycled(x.shape, x.dtype), dtype=x.dtype)
            x = ops.binarize(x, uniform)                                    # (n, d)
        samples = self.n_samples_at(epoch)
        eps = rng.standard_normal((samples * len(x), self.k), dtype=x.dtype)
        drawn = {"x": x, "eps": eps, "kl_weight": kl_weight}
        if self.gradient_samples:
            drawn["pick"] = rng.random((self.gradient_samples, len(x)), dtype=x.dtype)
        if label is not None:
            drawn["label"] = label
        return drawn

    def _without_labels(self, x):
        """The images (n, d) of all rows, which may be in their file."""
        if isinstance(x, MappedRows):
            return x.with_beside(None)
        return x[:, : self.sizes[0]]

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

    def n_samples_at(self, epoch):
        """Warm-up: n_samples ** (epoch / samples_warmup_epochs), rounded."""
        if epoch is None or epoch >= self.samples_warmup_epochs:
            return self.n_samples
        return round(self.n_samples ** (epoch / self.samples_warmup_epochs))

    def scheduled(self, epoch=None):
        """What a warm-up raises, for the history; the final values without epoch."""
        now = {}
        if self.objective == "elbo":
            now["kl_weight"] = self.kl_weight_at(epoch)
        if self.samples_warmup_epochs:
            now["n_samples"] = self.n_samples_at(epoch)
        return now

    def loss(self, x, eps, kl_weight=1.0, label=None, pick=None):
        """J, the mean over the batch of what `self.bound` says: minus the ELBO, (10.8).

        x : (n, d)   eps : (n_samples * n, k), sample after sample   label : one-hot
        pick : (gradient_samples, n), uniform numbers that draw the samples of (11.9);
            those go through the decoder once more, which then remembers them alone
        Returns the batch means {"loss", "recon", "kl"} in nats per image.
        """
        self._last.caches = None  # their memory may be used again
        head = self.encoder.forward(_beside(x, label))                      # (n, size)
        decode = self.decoder.forward
        if pick is None:
            nll, kl, drawn, caches = self._sample(head, x, eps, label, decode)
            losses, bound = self.bound.forward(nll, kl, drawn, kl_weight)
        else:
            nll, kl, drawn = self._look(head, x, eps, label)
            losses, bound = self.bound.forward(nll, kl, drawn, kl_weight)
            eps, weights = self.bound.choose(bound, pick)                   # (m n, k)
            _, _, drawn, caches = self._sample(head, x, eps, label, decode)
            bound = weights, drawn
        self._last.caches = drawn, *caches, bound
        return losses

    def _look(self, head, x, eps, label):
        """nll, kl and drawn of `_sample`, a few samples at a time, without caches."""
        size, parts = max(1, ROWS // len(x)) * len(x), []
        for i in range(0, len(eps), size):
            nll, kl, drawn, _ = self._sample(head, x, eps[i : i + size], label,
                                             self.decoder.predict)
            parts.append((nll, kl, drawn.head, drawn.eps, drawn.z))
        nll, kl, heads, eps, z = map(np.concatenate, zip(*parts, strict=True))
        return nll, kl, Drawn(len(x), self.posterior, heads, eps, z)

    def _sample(self, head, x, eps, label, decode):
        """-log p(x|z) and KL of every sample : (L n,), and the caches.

        What overflows is inf, and not the NaN of inf - inf.
        """
        n, samples = len(x), len(eps) // len(x)
        if samples > 1:  # the same rows again, sample after sample
            head, x = np.tile(head, (samples, 1)), np.tile(x, (samples, 1))
            label = None if label is None else np.tile(label, (samples, 1))
        z, kl, posterior = self.posterior.forward(head, eps)                # (L n, k)
        seen = z if label is None else _beside(z, label)
        out = decode(seen)                                                  # (L n, d)
        nll, pixels = self.pixels.forward(out, x)                           # (L n,)
        nll, kl = np.fmin(nll, np.inf), np.fmin(kl, np.inf)
        drawn = Drawn(n, self.posterior, head, eps, z)
        return nll, kl, drawn, (posterior, pixels)

    def backward(self):
        """Gradient of J in every parameter: the lines of `loss` in reverse, (10.9)."""
        drawn, posterior, pixels, bound = self._last.caches
        d = self.bound.backward(bound)
        d_out = self.pixels.backward(d.nll, pixels)                         # (L n, d)
        dz = self.decoder.backward(d_out)                                   # (L n, k)
        if self.n_classes:
            dz = np.ascontiguousarray(dz[:, : self.k])
        if d.z is not None:
            dz = dz + d.z
        if d.path is not None:
            dz = dz * d.path[:, None]
        dhead = self.posterior.backward(dz, d.kl, posterior)               # (L n, size)
        if d.head is not None:
            dhead = dhead + d.head
        if len(dhead) > drawn.n:  # one head was used for all samples
            dhead = dhead.reshape(-1, drawn.n, dhead.shape[1]).sum(axis=0)  # (n, size)
        self.encoder.backward(dhead, input_gradient=False)

    def encode(self, x, label=None, **_):
        """The encoder's output for what `draw` gives : (n, size)."""
        return self.encoder.predict(_beside(x, label))

    def terms(self, x, eps, label=None, **_):
        """{"recon", "kl"} of each image : (n,) in nats, and "bound" where it is L_K.

        `loss` has their means; this learns nothing and remembers nothing.
        """
        head = self.encode(x, label)
        nll, kl, drawn = self._look(head, x, eps, label)
        terms = {name: term.reshape(-1, len(x)).mean(axis=0, dtype=np.float64)
                 for name, term in (("recon", nll), ("kl", kl))}
        return terms | self.bound.of_each(nll, drawn)

    def log_weights(self, head, x, eps, label=None):
        """log p(x, z) - log q(z|x), (11.4), at z = mu + eps L^T : (samples, n) in nats.

        head : the encoder's output for x : (n, d)   eps : (samples * n, k)
        """
        nll, _, drawn, _ = self._sample(head, x, eps, label, self.decoder.predict)
        log_w = self.posterior.log_ratio(drawn.head, drawn.eps, drawn.z) - nll
        return log_w.reshape(-1, len(x))

    def kink_pattern(self):
        """The side of the kink of every kinked unit in the last forward pass."""
        return np.concatenate([
            self.encoder.kink_pattern(), self.decoder.kink_pattern(),
            self.bound.kinks(self._last.caches[-1]),
        ])


def _beside(array, label):
    """The label's columns beside the array's."""
    return array if label is None else np.concatenate([array, label], axis=1)
