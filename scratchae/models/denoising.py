"""The denoising autoencoder: slides S18-S19, derived in lecture 04."""

import numpy as np

from scratchae.constraints import Choice, Number
from scratchae.conventions import fitted_parameters
from scratchae.models.autoencoder import Autoencoder
from scratchae.models.base import averaged
from scratchae.networks.autoencoder import LOSSES
from scratchae.networks.corruptions import CORRUPTIONS
from scratchae.networks.denoising import DenoisingNetwork, filled
from scratchae.networks.own import class_of, corruption_of
from scratchae.networks.pixels import SquaredError
from scratchae.validation import check_data, check_number, check_random_state

OF_NOISE = ("corruption", "level", "corrupted_weight")  # not of every network


class DenoisingAutoencoder(Autoencoder):
    """Autoencoder that learns to remove noise: corrupted in, clean target (S18-S19).

    corruption : "gaussian", "masking", "salt_and_pepper" or an object (lecture 14)
    level : standard deviation of the noise, or fraction of pixels that are hit
    corrupted_weight : weight of the corrupted pixels in the squared error
    missing : "error", or "mask": X may have NaN in it. They are 0 in the input and not
        in the loss, so standardise the columns, by means over what is known. `impute`
        fills them in; every method takes such rows, and counts errors of what is known
    The other parameters are those of `Autoencoder`.

    `transform`, `reconstruct` and `score` take images as they are: noise is for
    training (and for `evaluate`, whose `denoising_sse` is the error against the clean
    images). So `score` compares models that were trained with different noise: by the
    reconstruction of clean images. To choose a level for noise that is known, score
    all of them on it, by GridSearchCV(..., scoring=f) with a function f(model, X, y).
    """

    regularised = True
    constraints = Autoencoder.constraints | {
        "corruption": Choice(tuple(CORRUPTIONS), methods=("corrupt",)),
        "level": Number(0),
        "corrupted_weight": Number(0),
        "missing": Choice(("error", "mask")),
    }

    def __init__(self, n_components=500, hidden_layer_sizes=(), *, corruption="masking",
                 level=0.3, corrupted_weight=1.0, missing="error",
                 code_activation="relu", **options):
        super().__init__(n_components, hidden_layer_sizes,
                         code_activation=code_activation, **options)
        self.corruption = corruption
        self.level = level
        self.corrupted_weight = corrupted_weight
        self.missing = missing

    def corrupt(self, X, random_state=None):
        """A corrupted copy of X : (n, d), as the training makes them.

        After `fit` as that training made them: of its width, corruption and level.
        """
        if self.__sklearn_is_fitted__():
            X = self._check_fitted_input(X)
        else:
            self.check_parameters()
            X = self._check_data(X)
        rng = check_random_state(random_state, owner=type(self).__name__)
        told = fitted_parameters(self)
        corruption = corruption_of(told["corruption"], told["level"])
        noisy = corruption.corrupt(filled(X), rng)
        return np.where(np.isnan(X), X, noisy)

    def impute(self, X):
        """X with its NaN replaced by what the reconstruction has there.  (n, d).

        A row without any comes back as it is, from every model. Raises ValueError for
        one with NaN unless missing="mask": such a model has learned from them.
        What is known stays as it is, not rounded to the model's dtype: float64 gives
        float64.
        """
        rows, given = self._check_encoder_input(X), np.asarray(X)
        guess = self._answered("the reconstruction", self._reconstruct_rows, rows)
        if given.dtype in (np.float16, rows.dtype):
            return np.where(np.isnan(rows), guess, rows)
        known = check_data(X, owner=type(self).__name__, dtype=np.float64, missing=True)
        return np.where(np.isnan(rows), guess, known)

    def evaluate(self, X, random_state=0, each=False):
        """`sse` of clean input and `denoising_sse` of corrupted input (SSE/img).

        each : True for the figures of each row : (n,) instead of their means
        """
        rows = self._check_fitted_input(X, mapped=True)
        rng = check_random_state(random_state, owner=type(self).__name__)
        measures = self._measures_of_each(rows)
        measures["denoising_sse"] = self._squared_errors(
            rows, corrupted=lambda x: self.network_.draw(x, rng)["x"])
        return averaged(measures, each)

    def _encode(self, X):
        return super()._encode(filled(X) if self._takes_missing else X)

    @property
    def _takes_missing(self):
        return fitted_parameters(self)["missing"] == "mask"

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = self._takes_missing
        return tags

    def _check_encoder_input(self, X):
        """Images may be noisy, so outside [0, 1]."""
        return self._check_fitted_input(X, in_range=False)

    def build_network(self, d):
        """A new network for data of d features."""
        noise = self._plain(OF_NOISE)
        return DenoisingNetwork(missing=self._takes_missing, **noise,
                                **self.network_options(d))

    def _check_combinations(self):
        super()._check_combinations()
        owner = type(self).__name__
        check_level(self.corruption, self.level, owner)
        weighted = "missing='mask'" if self.missing == "mask" else None
        if self.corrupted_weight != 1:
            weighted = f"corrupted_weight={self.corrupted_weight}"
        if weighted and class_of(self.loss, LOSSES) is not SquaredError:
            raise ValueError(f"{owner}: {weighted} is for loss='squared_error'; got "
                             f"loss={self.loss!r}")


def check_level(corruption, level, owner):
    """A fraction of the pixels is at most 1; a standard deviation may be more."""
    if corruption in ("masking", "salt_and_pepper"):
        check_number(level, "level", low=0, high=1, owner=owner)
