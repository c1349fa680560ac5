"""The autoencoder x_hat = g(f(x)): slides S06-S14, derived in lecture 01."""

import numpy as np

from scratchae.formulas.activations import ACTIVATIONS, logistic
from scratchae.formulas.losses import bernoulli_nll_forward
from scratchae.models.base import Reconstructing
from scratchae.models.neural import NeuralModel
from scratchae.networks.autoencoder import LOSSES, AutoencoderNetwork
from scratchae.nn.evaluation import EVALUATION_BATCH
from scratchae.validation import check_choice, check_flag


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
