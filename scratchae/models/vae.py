"""The variational autoencoder: slides S28-S31, S36-S41 and S57, lecture 10.

The encoder gives a distribution q(z|x) = N(mu(x), diag(exp(log_var(x)))), the decoder
a distribution p(x|z) of Bernoulli pixels. Training maximises the evidence lower bound

    ELBO(x) = E_q[log p(x|z)] - KL(q(z|x) || N(0, I))  <=  log p(x).       (10.2)
"""

import numpy as np

from scratchae.formulas.activations import ACTIVATIONS, logistic
from scratchae.models.autoencoder import logits_of_mean
from scratchae.models.base import NeuralModel
from scratchae.nn.backend import ops
from scratchae.nn.buffers import Buffers
from scratchae.nn.mlp import MLP, mlp_shapes
from scratchae.nn.parameters import Parameters
from scratchae.training.loop import EVALUATION_SEED, evaluate
from scratchae.validation import (
    check_choice,
    check_flag,
    check_number,
    check_random_state,
)


class VariationalNetwork:
    """Encoder, sampler, decoder and the hand-written gradient of the bound.

    sizes : (d, h1, ..., k), the widths from the data to the latent space; the
        encoder's last layer gives 2 k numbers, mu and log_var side by side
    kl_weight : final weight of the divergence (1 makes the loss minus the ELBO)
    kl_warmup_epochs : the weight rises linearly over so many epochs
    """

    unit = "nats/img"

    def __init__(
        self,
        sizes,
        activation="relu",
        binarize=True,
        kl_weight=1.0,
        kl_warmup_epochs=0,
        dtype=np.float32,
    ):
        *hidden_sizes, self.k = sizes
        self.sizes, self.binarize = sizes, binarize
        self.kl_weight, self.kl_warmup_epochs = kl_weight, kl_warmup_epochs
        self._buffers = Buffers()
        self.parameters = Parameters(
            mlp_shapes("encoder", (*hidden_sizes, 2 * self.k))
            | mlp_shapes("decoder", sizes[::-1]),
            dtype,
        )
        activations = [activation] * (len(sizes) - 2) + ["identity"]
        self.encoder = MLP(self.parameters, "encoder", activations)
        self.decoder = MLP(self.parameters, "decoder", activations)

    def initialise(self, rng, x):
        """Random weights; the decoder's output bias starts at the data mean."""
        self.encoder.initialise(rng)
        self.decoder.initialise(rng)
        self.decoder.layers[-1].b[...] = logits_of_mean(x)

    def draw(self, x, rng, epoch=None):
        """Everything random or scheduled for one batch x : (n, d).

        Returns the binary image that is both input and target, the noise eps, and
        the KL weight of this epoch (the final one where epoch is None).
        """
        if self.binarize:
            uniform = self._buffers.get("uniform", x.shape, x.dtype)
            rng.random(x.shape, dtype=x.dtype, out=uniform)
            binary = self._buffers.get("binary", x.shape, x.dtype)
            x = ops.binarize(x, uniform, binary)  # (n, d)
        eps = rng.standard_normal((len(x), self.k), dtype=x.dtype)  # (n, k)
        return {"x": x, "eps": eps, "kl_weight": self.kl_weight_at(epoch)}

    def kl_weight_at(self, epoch):
        """Warm-up: kl_weight * min(1, epoch / kl_warmup_epochs), (10.11)."""
        if epoch is None or epoch >= self.kl_warmup_epochs:
            return self.kl_weight
        return self.kl_weight * epoch / self.kl_warmup_epochs

    def split_head(self, head):
        """The encoder's output (n, 2k) as mu, log_var : (n, k) of q(z|x), (10.1)."""
        return head[:, : self.k], head[:, self.k :]

    def loss(self, x, eps, kl_weight=1.0):
        """J = 1/n sum_i (recon_i + kl_weight * kl_i), equation (10.9).

        x : (n, d)   eps : (n, k)
        Returns the batch means {"loss", "recon", "kl"} in nats per image.
        """
        n, get = len(x), self._buffer
        head = self.encoder.forward(x)  # (n, 2k)
        noise_arrays = (get("z", n, self.k), get("kl", n), get("noise", n, self.k),
                        get("excess", n, self.k))  # fmt: skip
        z, kl, noise = ops.gaussian_head_forward(head, eps, noise_arrays)  # (n, k)
        logits = self.decoder.forward(z)  # (n, d)
        recon, dlogits = ops.bernoulli_nll(
            logits, x, 1 / n, get("recon", n), get("dlogits", *x.shape)
        )  # (n,) and (n, d)
        self._cache = head, noise, kl_weight / n, dlogits
        recon, kl = recon.mean(), kl.mean()
        return {"loss": recon + kl_weight * kl, "recon": recon, "kl": kl}

    def backward(self):
        """Gradient of J in every parameter: the lines of `loss` in reverse, (10.10)."""
        head, noise, d_kl, dlogits = self._cache
        dz = self.decoder.backward(dlogits)  # (n, k)
        dhead = ops.gaussian_head_backward(
            dz, head, noise, d_kl, self._buffer("dhead", *head.shape)
        )  # (n, 2k)
        self.encoder.backward(dhead, input_gradient=False)

    def _buffer(self, name, *shape):
        return self._buffers.get(name, shape, self.parameters.dtype)

    def kink_pattern(self):
        """The side of the kink of every kinked unit in the last forward pass."""
        return np.concatenate(
            [self.encoder.kink_pattern(), self.decoder.kink_pattern()]
        )


class VariationalAutoencoder(NeuralModel):
    """Variational autoencoder (Kingma & Welling 2014) with Bernoulli pixels.

    n_components : number k of latent dimensions
    hidden_layer_sizes : widths between data and latent space; the decoder mirrors
    activation : of the hidden layers
    binarize : dynamic binarisation, a fresh binary image each time one is used
    kl_weight, kl_warmup_epochs : weight of the divergence and its linear warm-up
    The other parameters are those of `Autoencoder`.

    `history_` has `loss`, `recon` and `kl` in nats per image.
    """

    _regularised = True  # the divergence restrains the code, however wide

    def __init__(
        self,
        n_components=20,
        hidden_layer_sizes=(400,),
        *,
        activation="relu",
        binarize=True,
        kl_weight=1.0,
        kl_warmup_epochs=0,
        optimizer="adam",
        learning_rate=2e-3,
        schedule="cosine",
        weight_decay=0.0,
        batch_size=128,
        epochs=20,
        validation_fraction=0.0,
        patience=None,
        random_state=None,
        verbose=True,
        dtype="float32",
    ):
        self.n_components = n_components
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.binarize = binarize
        self.kl_weight = kl_weight
        self.kl_warmup_epochs = kl_warmup_epochs
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.weight_decay = weight_decay
        self.batch_size = batch_size
        self.epochs = epochs
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.random_state = random_state
        self.verbose = verbose
        self.dtype = dtype

    def encode_distribution(self, X):
        """Mean and standard deviation of q(z|x), both (n, k)."""
        X = self._check_fitted_input(X)
        mu, log_var = self.network_.split_head(self.encoder_.predict(X))
        return mu.copy(), np.exp(0.5 * log_var)

    def transform(self, X):
        """Codes: the means mu(x) of q(z|x).  (n, d) -> (n, k)."""
        return self.encode_distribution(X)[0]

    def inverse_transform(self, codes):
        """Pixel probabilities p(x = 1 | z).  (n, k) -> (n, d)."""
        codes = self._check_codes(codes)
        return logistic(self.decoder_.predict(codes))

    def sample(self, n_samples=1, random_state=None):
        """Draw z ~ N(0, I) and decode: (n_samples, d) pixel probabilities (S57)."""
        self._check_is_fitted()
        owner = type(self).__name__
        check_number(n_samples, "n_samples", owner=owner, low=1, integer=True)
        rng = check_random_state(random_state, owner=owner)
        z = rng.standard_normal((n_samples, int(self.n_components)))
        return self.inverse_transform(z)

    def evaluate(self, X, random_state=EVALUATION_SEED):
        """Bound, its two terms (nats/img) and squared error (SSE/img) on X.

        The noise, and the binarisation if it is on, come from `random_state`; the
        squared error compares X itself with the decoded mean code.
        """
        X = self._check_fitted_input(X)
        rng = check_random_state(random_state, owner=type(self).__name__)
        losses = evaluate(self.network_, X, rng)
        return {
            "sse": self.reconstruction_error(X),
            "elbo": -(losses["recon"] + losses["kl"]),
            "reconstruction": losses["recon"],
            "kl": losses["kl"],
        }

    def score(self, X, y=None):
        """Mean ELBO in nats per image, higher is better."""
        return self.evaluate(X)["elbo"]

    def _check_model_parameters(self):
        check = {"owner": type(self).__name__}
        check_choice(self.activation, "activation", ACTIVATIONS, **check)
        check_flag(self.binarize, "binarize", **check)
        check_number(self.kl_weight, "kl_weight", low=0, **check)
        check_number(
            self.kl_warmup_epochs, "kl_warmup_epochs", low=0, integer=True, **check
        )

    def _needs_unit_interval(self):
        return True

    def _build_network(self, d):
        return VariationalNetwork(
            self._sizes(d),
            activation=self.activation,
            binarize=self.binarize,
            kl_weight=self.kl_weight,
            kl_warmup_epochs=self.kl_warmup_epochs,
            dtype=self.dtype,
        )
