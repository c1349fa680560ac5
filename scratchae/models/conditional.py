"""The conditional variational autoencoder: a decoder that is told the class."""

import numpy as np

from scratchae.models.labels import WithClasses, beside_one_hot, check_labels
from scratchae.models.likelihood import importance_sampling
from scratchae.models.vae import VariationalAutoencoder
from scratchae.models.variational_network import VariationalNetwork
from scratchae.training.loop import EVALUATION_SEED, evaluate
from scratchae.validation import check_number, check_random_state


class ConditionalVariationalAutoencoder(WithClasses, VariationalAutoencoder):
    """VAE of p(x|y): encoder and decoder see the label y beside their input.

        ELBO(x | y) = E_q[log p(x|z, y)] - KL(q(z|x, y) || N(0, I)),  q = q(z|x, y)

    The latent code is left with what the label does not say, such as slant and
    thickness. Labels are any values that `numpy.unique` can sort; after `fit` they
    are in `classes_`. The parameters are those of `VariationalAutoencoder`.

    Source: Sohn et al. 2015; the bound is (10.2) with y given throughout.
    """

    def fit(self, X, y, *, validation_data=None, checkpoint=None, resume=None):
        """Train on images X : (n, d) with labels y : (n,).  Returns self.

        validation_data : a pair (X, y), or None
        checkpoint, resume : as in `VariationalAutoencoder.fit`
        """
        settings = self._check_parameters()
        X = self._check_data(X)
        classes = np.unique(check_labels(y, len(X), type(self).__name__))
        joined, x_val = self._join(X, y, classes), None
        if validation_data is not None:
            x_val, y_val = validation_data
            x_val = self._check_data(x_val, "validation_data", X.shape[1])
            x_val = self._join(x_val, y_val, classes)
        network = self._build_network(X.shape[1], len(classes))
        self.classes_ = classes
        return self._train(network, joined, x_val, settings, checkpoint, resume)

    def transform(self, X, y):
        """Codes: the means of q(z|x, y).  (n, d), (n,) -> (n, k)."""
        return self.encoder_.predict(self._fitted_join(X, y))[:, : self.network_.k]

    def inverse_transform(self, codes, y):
        """E[x|z, y].  codes : (n, k), y : (n,) or one label -> (n, d)."""
        codes = self._check_codes(codes)
        return self.network_.pixels.mean(
            self.decoder_.predict(self._join(codes, y, self.classes_))
        )

    def reconstruct(self, X, y):
        """Decode the mean code with the same label.  (n, d), (n,) -> (n, d)."""
        return self.inverse_transform(self.transform(X, y), y)

    def sample(self, y, random_state=None):
        """One image for each label of y : (n,); z ~ N(0, I).  Returns (n, d)."""
        self._check_is_fitted()
        rng = check_random_state(random_state, owner=type(self).__name__)
        y = np.atleast_1d(y)
        return self.inverse_transform(
            rng.standard_normal((len(y), int(self.n_components))), y
        )

    def evaluate(self, X, y, random_state=EVALUATION_SEED):
        """Bound and its two terms (nats/img) and squared error (SSE/img)."""
        joined = self._fitted_join(X, y)
        rng = check_random_state(random_state, owner=type(self).__name__)
        losses = evaluate(self.network_, joined, rng)
        residual = self.reconstruct(X, y) - joined[:, : self.n_features_in_]
        return {
            "sse": float(np.sum(residual.astype(np.float64) ** 2) / len(joined)),
            "elbo": -(losses["recon"] + losses["kl"]),
            "reconstruction": losses["recon"],
            "kl": losses["kl"],
        }

    def score(self, X, y):
        """Mean ELBO of p(x|y) in nats per image, higher is better."""
        return self.evaluate(X, y)["elbo"]

    def log_likelihood(self, X, y, n_importance=1000, random_state=EVALUATION_SEED):
        """Importance-sampled log p(x|y); see `VariationalAutoencoder`."""
        joined = self._fitted_join(X, y)
        owner = f"{type(self).__name__}.log_likelihood"
        check_number(n_importance, "n_importance", owner=owner, low=1, integer=True)
        rng = check_random_state(random_state, owner=owner)
        return importance_sampling(self.network_, joined, n_importance, rng)

    def _fitted_join(self, X, y):
        return self._join(self._check_fitted_input(X), y, self.classes_)

    def _join(self, X, y, classes):
        return beside_one_hot(X, y, classes, type(self).__name__)

    def _build_network(self, d, n_classes):
        return VariationalNetwork(
            self._sizes(d), n_classes=n_classes, **self._network_options()
        )
