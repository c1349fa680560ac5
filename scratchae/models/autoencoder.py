"""The autoencoder x_hat = g(f(x)): slides S06-S14, derived in lecture 01."""

import numpy as np

from scratchae.formulas.activations import ACTIVATIONS, logistic
from scratchae.formulas.losses import bernoulli_nll_forward
from scratchae.models.base import Reconstructing
from scratchae.models.neural import NeuralModel
from scratchae.nn.backend import ops
from scratchae.nn.buffers import Buffers, PerThread
from scratchae.nn.mlp import MLP, mlp_shapes
from scratchae.nn.parameters import Parameters
from scratchae.training.loop import EVALUATION_BATCH
from scratchae.validation import check_choice, check_flag

LOSSES = ("squared_error", "bernoulli")


class AutoencoderNetwork:
    """Encoder f, decoder g, reconstruction loss and the hand-written gradient.

    sizes : (d, h1, ..., k), the widths from the data to the code; the decoder mirrors
    loss : "squared_error", or "bernoulli" with the decoder's output read as logits
    tied_weights : decoder weights are the encoder's, transposed, in shared memory
    """

    def __init__(
        self,
        sizes,
        activation="relu",
        code_activation="identity",
        output_activation="identity",
        loss="squared_error",
        tied_weights=False,
        dtype=np.float32,
    ):
        self.sizes, self.loss_name, self.tied_weights = sizes, loss, tied_weights
        self._buffers, self._last = Buffers(), PerThread()
        self.unit = "nats/img" if loss == "bernoulli" else "SSE/img"
        back = sizes[::-1]
        self.parameters = Parameters(
            mlp_shapes("encoder", sizes)
            | mlp_shapes("decoder", back, tied=tied_weights),
            dtype,
        )
        hidden = [activation] * (len(sizes) - 2)
        mirror = None
        self.encoder = MLP(self.parameters, "encoder", [*hidden, code_activation])
        if tied_weights:
            mirror = self.encoder
        self.decoder = MLP(
            self.parameters, "decoder", [*hidden, output_activation], mirror
        )

    def initialise(self, rng, x):
        """Random weights; the output bias starts at the data mean (S09)."""
        self.encoder.initialise(rng)
        self.decoder.initialise(rng)
        last = self.decoder.layers[-1]
        if self.loss_name == "bernoulli":
            last.b[...] = logits_of_mean(x)
        elif last.activation == "identity":
            last.b[...] = x.mean(axis=0)

    def draw(self, x, rng, epoch=None):
        """Nothing is random here: the input is its own target."""
        return {"x": x}

    def scheduled(self, epoch=None):
        """No weight of the loss changes with the epoch."""
        return {}

    def loss(self, x, target=None):
        """J = 1/n sum_i L(x_i, g(f(x_i))), equation (1.3).  x : (n, d).

        target : what to reconstruct instead of x, where x is a corrupted copy (S18)
        """
        target = x if target is None else target
        h = self.encoder.forward(x)  # (n, k)
        return {"loss": self._decode(h, target)}

    def _decode(self, h, target):
        """Mean reconstruction loss of the codes h; keeps its gradient."""
        out = self.decoder.forward(h)  # (n, d)
        losses, self._last.d_out = self._reconstruction(out, target, 1 / len(h))
        return losses.mean()

    def _reconstruction(self, out, x, scale):
        """Loss per image (n,) and its gradient times scale (n, d)."""
        loss = ops.bernoulli_nll if self.loss_name == "bernoulli" else ops.squared_error
        buffers = (
            self._buffers.get("losses", (len(x),), out.dtype),
            self._buffers.get("d_out", out.shape, out.dtype),
        )
        return loss(out, x, scale, *buffers)

    def backward(self):
        """Gradient of J in every parameter, last layer first."""
        dh = self.decoder.backward(self._last.d_out)  # (n, k)
        self.encoder.backward(dh, input_gradient=False)
        self.decoder.add_mirrored_gradients()

    def kink_pattern(self):
        """The side of the kink of every kinked unit in the last forward pass."""
        return np.concatenate(
            [self.encoder.kink_pattern(), self.decoder.kink_pattern()]
        )


def logits_of_mean(x):
    """log(m / (1 - m)) of the pixel means m of x : (n, d), kept off 0 and 1."""
    mean = x.mean(axis=0, dtype=np.float64).clip(1e-3, 1 - 1e-3)
    return np.log(mean / (1 - mean))


class Autoencoder(Reconstructing, NeuralModel):
    """Undercomplete autoencoder, trained by hand-written backpropagation (S06-S14).

    n_components : width k of the code
    hidden_layer_sizes : widths between data and code; the decoder mirrors them
    activation, code_activation : of the hidden layers and of the code
    output_activation : of the decoder with squared error (Bernoulli takes logits)
    loss : "squared_error" (SSE/img) or "bernoulli" (nats/img; data in [0, 1])
    tied_weights : the decoder shares the encoder's weight memory, transposed
    optimizer, learning_rate, schedule : "adam", "momentum" or "sgd"; the rate of the
        first step; "constant", "cosine" or "step"
    weight_decay : decoupled decay of the weight matrices (AdamW), not of the biases
    batch_size, epochs : images per step; passes over the data. An UndertrainedWarning
        says so if they make fewer than 1000 steps and the loss was still falling
    validation_fraction : last part of X kept for validation
    patience : stop after so many epochs without a better val_loss, keep the best
    random_state : None, int or Generator; fixes start, order and noise
    verbose : progress on stderr
    dtype : "float32" or "float64"
    """

    def __init__(
        self,
        n_components=30,
        hidden_layer_sizes=(400, 200),
        *,
        activation="relu",
        code_activation="identity",
        output_activation="identity",
        loss="squared_error",
        tied_weights=False,
        optimizer="adam",
        learning_rate=1e-3,
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
        self.code_activation = code_activation
        self.output_activation = output_activation
        self.loss = loss
        self.tied_weights = tied_weights
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

    def evaluate(self, X):
        """Squared error (SSE/img) and, with a Bernoulli loss, `reconstruction` in
        nats/img, both averaged over X : (n, d)."""
        X = self._check_fitted_input(X)
        measures = {"sse": self._squared_error(X)}
        if self.loss == "bernoulli":
            measures["reconstruction"] = self._reconstruction_loss(X)
        return measures

    def score(self, X, y=None):
        """Minus the mean reconstruction loss per image: higher is better.

        Of the images X as they are: no penalty on the code and no noise is counted,
        whatever the training adds, so that scores of different settings compare.
        """
        return -self._reconstruction_loss(self._check_fitted_input(X))

    def _reconstruction_loss(self, X):
        """Mean loss of the images' own reconstruction, in the loss's unit."""
        if self.loss == "squared_error":
            return self._squared_error(X)
        total = 0.0
        for start in range(0, len(X), EVALUATION_BATCH):
            rows = X[start : start + EVALUATION_BATCH]
            logits = self.decoder_.predict(self._encode(rows))
            losses = bernoulli_nll_forward(logits, rows)[0]
            total += float(losses.sum(dtype=np.float64))
        return total / len(X)

    def _encode(self, X):
        return self.encoder_.predict(X)

    def _decode(self, codes):
        """x_hat; probabilities with a Bernoulli loss."""
        out = self.decoder_.predict(codes)
        return logistic(out) if self.loss == "bernoulli" else out

    def _check_model_parameters(self):
        check = {"owner": type(self).__name__}
        check_choice(self.activation, "activation", ACTIVATIONS, **check)
        check_choice(self._code_activation(), "code_activation", ACTIVATIONS, **check)
        check_choice(self.output_activation, "output_activation", ACTIVATIONS, **check)
        check_choice(self.loss, "loss", LOSSES, **check)
        check_flag(self.tied_weights, "tied_weights", **check)
        if self.loss == "bernoulli" and self.output_activation != "identity":
            raise ValueError(
                "loss='bernoulli' reads the decoder's output as logits; got "
                f"output_activation={self.output_activation!r}, expected 'identity'"
            )

    def _needs_unit_interval(self):
        return self.loss == "bernoulli" and "loss='squared_error'"

    def _code_activation(self):
        return self.code_activation

    def _network_options(self):
        return {
            "activation": self.activation,
            "code_activation": self._code_activation(),
            "output_activation": self.output_activation,
            "loss": self.loss,
            "tied_weights": self.tied_weights,
            "dtype": self.dtype,
        }

    def _build_network(self, d):
        return AutoencoderNetwork(self._sizes(d), **self._network_options())
