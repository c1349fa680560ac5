"""What all models share: codes, reconstructions, and files."""

import numpy as np

from scratchae.conventions import Conventions
from scratchae.training.checkpoint import write_checkpoint
from scratchae.training.loop import EVALUATION_BATCH
from scratchae.validation import check_data

DTYPES = ("float32", "float64")


class Estimator(Conventions):
    """A model with codes: transform, back, and files.

    A subclass provides `fit`, `transform`, `inverse_transform`, `_arrays` (fitted
    arrays by name), `_layout` (their shapes and dtypes) and `_restore`.
    """

    def fit_transform(self, X, y=None):
        """Fit, then return the codes of the same data."""
        return self.fit(X, y).transform(X)

    def reconstruct(self, X):
        """Decode the codes of X: g(f(x)), slide S10.  (n, d) -> (n, d)."""
        return self.inverse_transform(self.transform(X))

    def reconstruction_error(self, X):
        """Squared error summed over pixels, averaged over images (SSE/img)."""
        X = self._check_fitted_input(X)
        total = 0.0
        for start in range(0, len(X), EVALUATION_BATCH):
            rows = X[start : start + EVALUATION_BATCH]
            residual = (rows - self.reconstruct(rows)).astype(np.float64)
            total += np.vdot(residual, residual)
        return float(total / len(X))

    def save(self, path):
        """Write a checkpoint (.npz, no pickle), complete or not at all."""
        self._check_is_fitted()
        write_checkpoint(path, self._description(), self._arrays())

    def _description(self):
        return self._description_of_parameters(self.n_features_in_) | {
            "history": getattr(self, "history_", {})
        }

    def _description_of_parameters(self, n_features):
        params = self.get_params()
        if not isinstance(params.get("random_state"), (int, type(None))):
            params["random_state"] = None  # a Generator's state is not a parameter
        return {
            "model": type(self).__name__,
            "params": params,
            "n_features": n_features,
        }

    def _check_fitted_input(self, X, name="X", n_features=None):
        self._check_is_fitted()
        expected = self.n_features_in_ if n_features is None else n_features
        return self._check_data(X, name, expected)

    def _check_data(self, X, name="X", n_features=None):
        return check_data(
            X,
            name,
            owner=type(self).__name__,
            dtype=np.dtype(self.dtype),
            n_features=n_features,
            unit=self._needs_unit_interval(),
        )

    def _check_codes(self, codes):
        self._check_is_fitted()
        return check_data(
            codes,
            "codes",
            owner=f"{type(self).__name__}.inverse_transform",
            dtype=np.dtype(self.dtype),
            n_features=int(self.n_components),
        )

    def _check_parameters(self):
        """Check the constructor's arguments; raises ValueError, changes nothing."""

    def _needs_unit_interval(self):
        return False
