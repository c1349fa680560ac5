"""A density on codes: what an autoencoder lacks to draw new images (lecture 10).

    p(h) = sum_j w_j N(h; m_j, S_j)                                            (10.14)

Its logarithm is raised by expectation maximisation, which never lowers it: with the
share r_ij of component j in the row h_i,

    r_ij = w_j N(h_i; m_j, S_j) / p(h_i)                                       (10.15)
    w_j = sum_i r_ij / n,   m_j = sum_i r_ij h_i / (n w_j),
    S_j = sum_i r_ij (h_i - m_j)^T (h_i - m_j) / (n w_j)                       (10.16)
"""

import numpy as np

from scratchae.constraints import SEED, Number, check_table, whole
from scratchae.conventions import Conventions, check_feature_names, check_is_fitted
from scratchae.errors import sklearn_warning, warn
from scratchae.formulas.importance import log_mean_exp_forward
from scratchae.formulas.losses import LOG_2PI
from scratchae.pulse import steps
from scratchae.validation import (
    check_data,
    check_number,
    check_random_state,
    warn_of_far_rows,
)


class GaussianMixture(Conventions):
    """A mixture of normal distributions with covariances of their own, fitted by EM.

    n_components : number of normal distributions
    reg_covar : added to the diagonal of each S_j, in squared units of the codes, so
        that none collapses onto one row; with 0 the steps are (10.16) as it stands
    tol : the steps end when the mean log p rises by less, in nats per row; with 0 all
        max_iter are made
    max_iter : steps after which they end with a warning
    random_state : draws the rows at which the components start

    The start: distinct rows for the m_j, equal weights, and the covariance of all rows,
    k^(2/d) times smaller, which is the share of the volume that each of k has to cover.

    After `fit`: `weights_` (k,), `means_` (k, d), `covariances_` (k, d, d), and
    `history_`, mean log p before each step.
    Source: Dempster, Laird & Rubin 1977. The names are scikit-learn's.
    """

    constraints = {
        "n_components": whole(1),
        "reg_covar": Number(0),
        "tol": Number(0),
        "max_iter": whole(1),
        "random_state": SEED,
    }

    def __init__(self, n_components=20, *, reg_covar=1e-6, tol=1e-3, max_iter=200,
                 random_state=None):
        self.n_components = n_components
        self.reg_covar = reg_covar
        self.tol = tol
        self.max_iter = max_iter
        self.random_state = random_state

    def fit(self, X, y=None):
        """X : (n, d) codes of any model; y is ignored.  Returns self."""
        owner = type(self).__name__
        check_table(self.constraints, vars(self), owner)
        codes = check_data(X, dtype=np.float64, squares=True, owner=owner)
        (n, d), k = codes.shape, self.n_components
        if n < max(k, 2):
            raise ValueError(f"{owner} needs n_samples >= n_components "
                             f"and at least 2; got n_samples={n}, n_components={k}")
        rng = check_random_state(self.random_state, owner=owner)
        centred = codes - codes.mean(axis=0)
        spread = centred.T @ centred / n * k ** (-2 / d)
        self._take(np.full(k, 1 / k), codes[rng.choice(n, k, replace=False)],
                   np.tile(spread, (k, 1, 1)))
        self._climb(codes)
        self.n_features_in_ = d
        return self

    def _climb(self, codes):
        """Steps of EM until the likelihood hardly rises."""
        self.history_ = []
        for step in steps(range(self.max_iter), "fitting a mixture", "steps"):
            log_p, shares = self._log_p(codes)                 # (n,), (k, n)
            self.history_.append(float(log_p.mean()))
            self._step(codes, shares)
            rise = self.history_[-1] - self.history_[-2] if step else np.inf
            if self.tol and rise < self.tol:
                return
        if self.tol:
            warn(f"EM failed to converge after {self.max_iter} steps: log p still "
                 f"rises by more than tol={self.tol:g}. Increase max_iter or tol.",
                 sklearn_warning("ConvergenceWarning"))

    def _step(self, codes, shares):
        """The maximum of the expected log-likelihood, (10.16).  shares : (k, n)."""
        counts = shares.sum(axis=1) + 10 * np.finfo(float).eps  # (k,), none is 0
        means = shares @ codes / counts[:, None]               # (k, d)
        covariances = np.empty((len(counts), *2 * [codes.shape[1]]))
        for j, mean in enumerate(means):
            centred = codes - mean                             # (n, d)
            covariances[j] = (shares[j] * centred.T) @ centred / counts[j]
        self._take(counts / counts.sum(), means, covariances)

    def _take(self, weights, means, covariances):
        diagonal = self.reg_covar * np.eye(means.shape[1])
        self.weights_, self.means_ = weights, means
        self.covariances_ = covariances + diagonal

    def _log_p(self, codes):
        """log p(h_i), (10.14) : (n,), and the shares r_ij, (10.15) : (k, n)."""
        log_joint = np.empty((len(self.weights_), len(codes)))
        for j, (mean, L) in enumerate(zip(self.means_, self._factors(), strict=True)):
            u = np.linalg.solve(L, (codes - mean).T)           # (d, n)
            log_det = np.log(np.diagonal(L)).sum()             # of L, half that of S_j
            constant = np.log(self.weights_[j]) - log_det - 0.5 * len(mean) * LOG_2PI
            log_joint[j] = constant - 0.5 * np.einsum("dn,dn->n", u, u)
        log_mean, shares = log_mean_exp_forward(log_joint)
        return log_mean + np.log(len(log_joint)), shares

    def _factors(self):
        """L_j with S_j = L_j L_j^T : (k, d, d)."""
        try:
            return np.linalg.cholesky(self.covariances_)
        except np.linalg.LinAlgError:
            raise ValueError(
                f"{type(self).__name__}: a component has collapsed onto too few rows; "
                "expected fewer n_components or a larger reg_covar"
            ) from None

    def score_samples(self, X):
        """log p(h) of each row, (10.14) : (n,) in nats."""
        check_is_fitted(self)
        check_feature_names(self, X)
        codes = check_data(X, owner=type(self).__name__, dtype=np.float64,
                           n_features=self.n_features_in_)
        log_p = self._log_p(codes)[0]
        return warn_of_far_rows(log_p, "log p(h)", type(self).__name__)

    def score(self, X, y=None):
        """The mean of `score_samples`: nats per row, higher is better."""
        return float(self.score_samples(X).mean())

    def sample(self, n_samples=1, random_state=None):
        """New codes, each a draw from a component, drawn by its weight.  (n, d)."""
        check_is_fitted(self)
        owner = f"{type(self).__name__}.sample"
        n = check_number(n_samples, "n_samples", owner=owner, low=1, integer=True)
        rng = check_random_state(random_state, owner=owner)
        chosen = rng.choice(len(self.weights_), size=n, p=self.weights_)
        eps = rng.standard_normal((n, self.n_features_in_))
        L = self._factors()[chosen]                            # (n, d, d)
        return self.means_[chosen] + np.einsum("nij,nj->ni", L, eps)
