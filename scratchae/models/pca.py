"""Principal component analysis by eigendecomposition: slide S13, lecture 02."""

import numbers

import numpy as np

from scratchae.constraints import FLAG, Choice
from scratchae.conventions import fitted_parameters
from scratchae.errors import CheckpointError
from scratchae.formulas.subspaces import lost_in_squares, principal_axes
from scratchae.models.base import DTYPES, Estimator, Reconstructing, averaged
from scratchae.pulse import doing
from scratchae.validation import check_number

ARRAYS = ("mean_", "components_", "eigenvalues_", "n_samples_")


class PCA(Reconstructing, Estimator):
    """The best linear autoencoder: f(x) = (x - mean) V, g(h) = h V^T + mean.

    V holds the k leading eigenvectors of the covariance matrix, equation (2.2). The
    squared error per image it leaves is the sum of the other eigenvalues, (2.3).

    n_components : number k of directions, at most min(n, d); a fraction between 0 and
        1: as few as explain more than this part of the variance; None: all
    whiten : divide each code by its standard deviation, and multiply when decoding
    dtype : "float64" or "float32" of codes and reconstructions

    After `fit`: `mean_` (d,), `components_` (k, d) with orthonormal rows, each with
    its largest entry positive, and `eigenvalues_` (d,), which divide by n as the error
    does. As in scikit-learn: `n_components_`, `n_samples_`, `explained_variance_` (k,),
    which divides by n - 1, `explained_variance_ratio_` and `singular_values_`.
    """

    _computes_in = "float64"
    constraints = {"whiten": FLAG, "dtype": Choice(DTYPES)}

    def __init__(self, n_components=30, *, whiten=False, dtype="float64"):
        self.n_components = n_components
        self.whiten = whiten
        self.dtype = dtype

    def fit(self, X, y=None):
        """Find mean and directions of X : (n, d).  Returns self."""
        self.check_parameters()
        X = self._check_data(X)
        n, d = X.shape
        self._check_size(n, d)
        mean = X.mean(axis=0)  # (d,)
        centred = X - mean  # (n, d)
        rounded = centred.mean(axis=0)  # a sum of large numbers is off by a little
        with doing(f"principal axes of {n} rows"):
            eigenvalues, axes = principal_axes(centred)
            k = self._choose(eigenvalues, min(n, d))
            if lost_in_squares(eigenvalues, k, n):
                eigenvalues, axes = principal_axes(centred, exactly=True)
                k = self._choose(eigenvalues, min(n, d))
        self.restore({"n_features": d}, {
            "mean_": mean + rounded, "components_": axes[:k],
            "eigenvalues_": eigenvalues, "n_samples_": n,
        })
        return self

    def _encode(self, X):
        """h = (x - mean) V.  (n, d) -> (n, k)."""
        return self._rounded(self._along(X) / self._scale())

    def _decode(self, codes):
        """g(h) = h V^T + mean.  (n, k) -> (n, d)."""
        return self._rounded((codes * self._scale()) @ self.components_ + self.mean_)

    def _reconstruct_rows(self, rows):
        """g(f(x)), by way of codes that are neither rounded nor whitened."""
        return self._rounded(self._along(rows) @ self.components_ + self.mean_)

    def _along(self, X):
        """(x - mean) V in float64.  (n, d) -> (n, k)."""
        return (X - self.mean_) @ self.components_.T

    def _rounded(self, values):
        return values.astype(fitted_parameters(self)["dtype"], copy=False)

    def evaluate(self, X, each=False):
        """Squared error summed over features, averaged over images (SSE/img).

        each : True for the figure of each row : (n,) instead of their mean
        """
        errors = self._squared_errors(self._check_fitted_input(X, mapped=True))
        return averaged({"sse": errors}, each)

    def score(self, X, y=None):
        """Minus the squared error per image: higher is better."""
        return -self.reconstruction_error(X)

    def _scale(self):
        """What whitening divides each code by : (k,), never 0."""
        if not fitted_parameters(self)["whiten"]:
            return 1.0
        std = np.sqrt(self.explained_variance_)
        nothing = self.n_features_in_ * np.finfo(float).eps * std[0]
        return np.maximum(std, nothing) if std[0] else 1.0

    def _check_combinations(self):
        owner, k = type(self).__name__, self.n_components
        if k is not None and not _is_fraction(k) and not _is_positive_int(k):
            raise ValueError(f"The 'n_components' parameter of {owner} must be an int "
                             "in the range [1, inf), a float in the range (0.0, 1.0) "
                             f"or None. Got {k!r} instead.")

    def _check_size(self, n, d):
        """Raise ValueError if n rows of d features are too few for n_components."""
        k = self.n_components
        if _is_positive_int(k) and k > min(n, d):
            raise ValueError(
                f"n_components={k} must be between 1 and min(n_samples, "
                f"n_features)={min(n, d)}; got n_samples={n}, n_features={d}"
            )

    def _choose(self, eigenvalues, most):
        """The number of components that n_components asks for."""
        if not _is_fraction(self.n_components):
            return most if self.n_components is None else int(self.n_components)
        share = np.cumsum(eigenvalues) / (eigenvalues.sum() or 1.0)
        found = np.searchsorted(share, self.n_components, side="right") + 1
        return min(int(found), most)

    def description(self):
        return super().description() | {"n_components": self.n_components_}

    def arrays(self):
        return {name: np.asarray(getattr(self, name)) for name in ARRAYS}

    def layout(self, description):
        d = description["n_features"]
        if "n_components" not in description:
            raise CheckpointError(
                f"the file of a {type(self).__name__} does not say how many components "
                "and rows it had, as those of version 0.1; fit and save it again"
            )
        k = check_number(description.get("n_components"), "n_components", low=1, high=d,
                         owner="a file", integer=True)
        return {
            "mean_": ((d,), "float64"), "components_": ((k, d), "float64"),
            "eigenvalues_": ((d,), "float64"), "n_samples_": ((), "int64"),
        }

    def restore(self, description, arrays):
        n = int(arrays["n_samples_"])
        if n < 1:
            raise CheckpointError(f"expected at least 1 row in training, got {n}")
        self.mean_, self.components_ = arrays["mean_"], arrays["components_"]
        self.eigenvalues_, self.n_samples_ = arrays["eigenvalues_"], n
        self.n_components_ = len(self.components_)
        leading = self.eigenvalues_[: self.n_components_]
        total = self.eigenvalues_.sum()
        self.explained_variance_ = leading * (n / max(n - 1, 1))
        self.explained_variance_ratio_ = leading / (total or 1.0)
        self.singular_values_ = np.sqrt(n * leading)
        self.n_features_in_ = description["n_features"]


def _is_positive_int(value):
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    return whole and value >= 1


def _is_fraction(value):
    real = isinstance(value, numbers.Real) and not isinstance(value, numbers.Integral)
    return real and 0 < value < 1
