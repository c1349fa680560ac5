"""Principal component analysis by eigendecomposition: slide S13, lecture 02."""

import numpy as np

from scratchae.models.base import DTYPES, Estimator, Reconstructing
from scratchae.validation import check_choice, check_number


class PCA(Reconstructing, Estimator):
    """The best linear autoencoder: f(x) = (x - mean) V, g(h) = h V^T + mean.

    V holds the k leading eigenvectors of the covariance matrix, equation (2.2). The
    squared error per image it leaves is the sum of the other eigenvalues, (2.3).

    n_components : number k of directions, at most the number of features
    dtype : "float64" or "float32" of codes and reconstructions

    After `fit`: `mean_` (d,), `components_` (k, d) with orthonormal rows, each with
    its largest entry positive, `explained_variance_` (k,) and `eigenvalues_` (d,),
    which divide by n as the error does (scikit-learn's divide by n - 1).
    """

    def __init__(self, n_components=30, *, dtype="float64"):
        self.n_components = n_components
        self.dtype = dtype

    def fit(self, X, y=None):
        """Find mean and directions of X : (n, d).  Returns self."""
        self._check_parameters()
        X = self._check_data(X)
        d = X.shape[1]
        self._check_n_components(high=d)
        mean = X.mean(axis=0, dtype=np.float64)  # (d,)
        centred = X - mean  # (n, d)
        covariance = centred.T @ centred / len(X)  # (d, d)  (2.1)
        eigenvalues, vectors = np.linalg.eigh(covariance)  # ascending
        components = vectors[:, ::-1][:, : self.n_components].T  # (k, d)  (2.2)
        largest = np.abs(components).argmax(axis=1)
        signs = np.sign(components[np.arange(len(components)), largest])
        self._restore(
            {"n_features": d},
            {
                "mean_": mean,
                "components_": components * signs[:, None],
                "eigenvalues_": eigenvalues[::-1].clip(min=0),
            },
        )
        return self

    def transform(self, X):
        """Codes h = (x - mean) V.  (n, d) -> (n, k)."""
        return super().transform(X)

    def _encode(self, X):
        return ((X - self.mean_) @ self.components_.T).astype(self.dtype)

    def inverse_transform(self, codes):
        """Reconstructions g(h) = h V^T + mean.  (n, k) -> (n, d)."""
        return super().inverse_transform(codes)

    def _decode(self, codes):
        return (codes @ self.components_ + self.mean_).astype(self.dtype)

    def evaluate(self, X):
        """Squared error summed over features, averaged over images (SSE/img)."""
        return {"sse": self.reconstruction_error(X)}

    def score(self, X, y=None):
        """Minus the squared error per image: higher is better."""
        return -self.reconstruction_error(X)

    def _check_parameters(self):
        check_choice(self.dtype, "dtype", DTYPES, owner="PCA")
        self._check_n_components()

    def _check_n_components(self, high=np.inf):
        check_number(self.n_components, "n_components", owner="PCA", low=1, high=high,
                     integer=True, closed="both")  # fmt: skip

    def _arrays(self):
        names = ("mean_", "components_", "eigenvalues_")
        return {name: getattr(self, name) for name in names}

    def _layout(self, description):
        k, d = int(self.n_components), description["n_features"]
        shapes = {"mean_": (d,), "components_": (k, d), "eigenvalues_": (d,)}
        return {name: (shape, "float64") for name, shape in shapes.items()}

    def _restore(self, description, arrays):
        for name, array in arrays.items():
            setattr(self, name, array)
        self.explained_variance_ = self.eigenvalues_[: self.n_components]
        self.n_features_in_ = description["n_features"]
