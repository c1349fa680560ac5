"""The autoencoder x_hat = g(f(x)): slides S06-S14, derived in lecture 01."""

import numpy as np

from scratchae.constraints import FLAG, Choice
from scratchae.conventions import fitted_parameters
from scratchae.models.base import averaged
from scratchae.models.neural import ACTIVATION, EncoderDecoder
from scratchae.networks.autoencoder import LOSSES, AutoencoderNetwork
from scratchae.networks.own import class_of
from scratchae.networks.pixels import BernoulliPixels, SquaredError
from scratchae.nn.evaluation import EVALUATION_BATCH
from scratchae.nn.own import name_or_own
from scratchae.rows import blocks_of
from scratchae.validation import warn_of_far_rows


class Autoencoder(EncoderDecoder):
    """Undercomplete autoencoder, trained by hand-written backpropagation (S06-S14).

    n_components : width k of the code
    hidden_layer_sizes : widths between data and code
    decoder_layer_sizes : widths between code and data; None: the encoder's reversed
    layer : "dense", or an object for the hidden layers (lecture 14)
    activation, code_activation : of the hidden layers and of the code; names or objects
    output_activation : of the decoder with squared error (Bernoulli takes logits)
    loss : "squared_error" (SSE/img), "bernoulli" (nats/img; data in [0, 1]), or an
        object
    tied_weights : the decoder shares the encoder's weight memory, transposed
    optimizer, learning_rate, schedule : "adam", "momentum" or "sgd"; the rate of the
        first step; "constant", "cosine" or "step"
    momentum : share of its velocity that optimizer="momentum" keeps, (1.15)
    beta1, beta2 : shares of their running means that "adam" keeps, (1.16)
    weight_decay : decoupled decay of the weight matrices (AdamW), not of the biases
    shift : standard deviation, in pixels, of a move of each training image as a whole,
        down or up and right or left, rounded, drawn anew each time it is used. It falls
        as the learning rate does: the last steps see images where they are. With it
        fewer images are learned by heart
    undo_shift : True for the image before its move as the target: a move is then a
        corruption (S18), as wide in the last step as in the first, and the code tells
        what was drawn rather than where
    image_shape : (height, width) or (height, width, colours) of what `shift` moves;
        None is for square images without colour
    batch_size, epochs : images per step; passes over the data. An UndertrainedWarning
        says so if they make fewer than 1000 steps and the loss was still falling, or
        a single epoch does not tell whether it was
    validation_fraction : last part of X kept for validation
    patience : stop after so many epochs without a better val_loss, keep the best
    random_state : None, int, Generator or RandomState; fixes start, order and noise.
        `fit` spawns children from a Generator's seed: the next fit has others, and what
        is drawn from the Generator itself stays the same
    verbose : progress on stderr
    dtype : "float32" or "float64"
    """

    constraints = EncoderDecoder.constraints | {
        "code_activation": ACTIVATION,
        "output_activation": ACTIVATION,
        "loss": Choice(tuple(LOSSES), methods=("forward", "backward")),
        "tied_weights": FLAG,
        "undo_shift": FLAG,
    }
    _of_network = (*EncoderDecoder._of_network, "code_activation", "output_activation",
                   "loss", "tied_weights")

    def __init__(self, n_components=30, hidden_layer_sizes=(400, 200), *,
                 decoder_layer_sizes=None, layer="dense", activation="relu",
                 code_activation="identity", output_activation="identity",
                 loss="squared_error", tied_weights=False, undo_shift=False,
                 **training):
        super().__init__(**training)
        self.n_components = n_components
        self.hidden_layer_sizes = hidden_layer_sizes
        self.decoder_layer_sizes = decoder_layer_sizes
        self.layer = layer
        self.activation = activation
        self.code_activation = code_activation
        self.output_activation = output_activation
        self.loss = loss
        self.tied_weights = tied_weights
        self.undo_shift = undo_shift

    def build_network(self, d):
        """A new network for data of d features."""
        return AutoencoderNetwork(**self.network_options(d))

    def evaluate(self, X, each=False):
        """Squared error (SSE/img) and, with another loss, `reconstruction` in its unit
        (nats/img), both averaged over X : (n, d).

        each : True for the figures of each row : (n,) instead of their means
        """
        X = self._check_fitted_input(X, mapped=True)
        return averaged(self._measures_of_each(X), each)

    def _measures_of_each(self, rows):
        """What `evaluate` says of each checked row, {name: (n,)}."""
        measures = {"sse": self._squared_errors(rows)}
        if not self._is_squared_error():
            measures["reconstruction"] = self._reconstruction_losses(rows)
        return measures

    def score(self, X, y=None):
        """Minus the mean reconstruction loss per image: higher is better.

        Of the images X as they are: no penalty on the code and no noise is counted,
        whatever the training adds, so that scores of different settings compare.
        """
        rows = self._check_fitted_input(X, mapped=True)
        return -float(self._reconstruction_losses(rows).mean())

    def _reconstruction_losses(self, X):
        """Loss of each image's own reconstruction : (n,), in the loss's unit."""
        if self._is_squared_error():
            return self._squared_errors(X)
        blocks = []
        for x in blocks_of(X, EVALUATION_BATCH):
            with np.errstate(over="ignore", invalid="ignore"):
                out = self.decoder_.predict(self._encode(x))
                losses, _ = self.network_.pixels.forward(out, x)
            blocks.append(np.fmin(losses, np.inf))  # inf - inf: far away
        each = np.concatenate(blocks).astype(np.float64)
        return warn_of_far_rows(each, "the reconstruction loss", type(self).__name__)

    def _is_squared_error(self):
        return class_of(fitted_parameters(self)["loss"], LOSSES) is SquaredError

    def _encode(self, X):
        return self.encoder_.predict(X)

    def _decode(self, codes):
        """x_hat; probabilities with a Bernoulli loss."""
        return self.network_.pixels.mean(self.decoder_.predict(codes))

    def _check_combinations(self):
        super()._check_combinations()
        owner = type(self).__name__
        bernoulli = class_of(self.loss, LOSSES) is BernoulliPixels
        if bernoulli and name_or_own(self.output_activation) != "identity":
            raise ValueError(
                "loss='bernoulli' reads the decoder's output as logits; got "
                f"output_activation={self.output_activation!r}, expected 'identity'"
            )
        if self.tied_weights and not (
            self.decoder_layer_sizes is None and self.layer == "dense"
        ):
            raise ValueError(
                f"{owner}: tied_weights=True needs a decoder of the encoder's layers; "
                "expected decoder_layer_sizes=None and layer='dense'"
            )

    def _needs_unit_interval(self, told):
        loss = told["loss"]
        loss = LOSSES.get(loss) if isinstance(loss, str) else loss
        return getattr(loss, "in_unit_interval", False) and "loss='squared_error'"
