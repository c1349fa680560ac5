"""The denoising autoencoder: slides S18-S19, derived in lecture 04."""

import numpy as np

from scratchae.models.autoencoder import Autoencoder
from scratchae.networks.denoising import CORRUPTIONS, DenoisingNetwork, corrupt
from scratchae.validation import (
    check_choice,
    check_data,
    check_number,
    check_random_state,
)


class DenoisingAutoencoder(Autoencoder):
    """Autoencoder that learns to remove noise: corrupted in, clean target (S18-S19).

    corruption : "gaussian", "masking" or "salt_and_pepper"
    level : standard deviation of the noise, or fraction of pixels that are hit
    corrupted_weight : weight of the corrupted pixels in the squared error
    The other parameters are those of `Autoencoder`.

    `transform`, `reconstruct` and `score` take images as they are: noise is for
    training (and for `evaluate`, whose `denoising_sse` is the error against the clean
    images). So `score` compares models that were trained with different noise: by the
    reconstruction of clean images. To choose a level for noise that is known, score
    all of them on it, by GridSearchCV(..., scoring=f) with a function f(model, X, y).
    """

    _regularised = True

    def __init__(
        self,
        n_components=500,
        hidden_layer_sizes=(),
        *,
        corruption="masking",
        level=0.3,
        corrupted_weight=1.0,
        code_activation="relu",
        **options,
    ):
        super().__init__(
            n_components,
            hidden_layer_sizes,
            code_activation=code_activation,
            **options,
        )
        self.corruption = corruption
        self.level = level
        self.corrupted_weight = corrupted_weight

    def corrupt(self, X, random_state=None):
        """A corrupted copy of X : (n, d), as the training makes them."""
        rng = check_random_state(random_state, owner=type(self).__name__)
        return corrupt(self._check_data(X), self.corruption, self.level, rng)

    def evaluate(self, X, random_state=0):
        """`sse` of clean input and `denoising_sse` of corrupted input (SSE/img)."""
        measures = super().evaluate(X)
        X = self._check_fitted_input(X)
        rng = check_random_state(random_state, owner=type(self).__name__)
        noisy = corrupt(X, self.corruption, self.level, rng)
        return measures | {"denoising_sse": self._squared_error(noisy, target=X)}

    def _check_encoder_input(self, X):
        """Images may be noisy, so outside [0, 1]."""
        self._check_is_fitted()
        self._check_feature_names(X)
        return check_data(X, owner=type(self).__name__, dtype=np.dtype(self.dtype),
                          n_features=self.n_features_in_)

    def _check_model_parameters(self):
        super()._check_model_parameters()
        check = {"owner": type(self).__name__}
        check_choice(self.corruption, "corruption", CORRUPTIONS, **check)
        high = np.inf if self.corruption == "gaussian" else 1
        check_number(self.level, "level", low=0, high=high, closed="both", **check)
        check_number(self.corrupted_weight, "corrupted_weight", low=0, **check)
        if self.corrupted_weight != 1 and self.loss != "squared_error":
            raise ValueError(
                f"{type(self).__name__}: corrupted_weight={self.corrupted_weight} "
                f"is for loss='squared_error'; got loss={self.loss!r}"
            )

    def _build_network(self, d):
        return DenoisingNetwork(
            self._sizes(d),
            self.corruption,
            self.level,
            self.corrupted_weight,
            **self._network_options(),
        )
