"""The conditional variational autoencoder: a decoder that is told the class."""

import numpy as np

from scratchae.conventions import check_is_fitted
from scratchae.labels import check_labels, find_classes, most_probable
from scratchae.models.base import MODES
from scratchae.models.labels import WithClasses, beside_one_hot
from scratchae.models.vae import VariationalAutoencoder
from scratchae.networks.variational import VariationalNetwork
from scratchae.nn.evaluation import EVALUATION_BATCH, EVALUATION_SEED
from scratchae.rows import blocks_of, by_blocks
from scratchae.validation import check_choice, check_random_state


class ConditionalVariationalAutoencoder(WithClasses, VariationalAutoencoder):
    """VAE of p(x|y): encoder and decoder see the label y beside their input.

        ELBO(x | y) = E_q[log p(x|z, y)] - KL(q(z|x, y) || N(0, I)),  q = q(z|x, y)

    The latent code is left with what the label does not say, such as slant and
    thickness. Labels are whole numbers or text; after `fit` they are in `classes_`.
    The parameters are those of `VariationalAutoencoder`.

    Every method takes the labels y : (n,) of its rows, or one label for all. Where
    codes and reconstructions are asked for without y, as a `Pipeline` does, each row
    counts as of the class under which its bound, at z = mu(x, y), is highest. Bounds
    and likelihoods are those of p(x|y) and need y.

    Source: Sohn et al. 2015; the bound is (10.2) with y given throughout.
    """

    def fit(self, X, y, *, validation_data=None, checkpoint=None, resume=None):
        """Train on images X : (n, d) with labels y : (n,).  Returns self.

        validation_data : a pair (X, y), or None
        checkpoint, resume : as in `VariationalAutoencoder.fit`
        Raises ValueError as well for a class that is only in the validation part.
        """
        self.check_parameters()
        X = self._check_data(X, mapped=True)
        owner = type(self).__name__
        y = check_labels(y, len(X), owner)
        classes = find_classes(y, owner)
        if validation_data is None:
            x_val = None
            self._check_all_are_trained(y, classes)
        else:
            x_val, y_val = _pair(validation_data, owner)
            x_val = self._check_data(x_val, "validation_data", X.shape[1], mapped=True)
            x_val = self._join(x_val, y_val, classes)
        network = self._network_for(X.shape[1], classes)
        joined = self._join(X, y, classes)
        return self._train(network, joined, x_val, checkpoint, resume)

    def fit_transform(self, X, y, **options):
        """Fit, then return the codes of the same images and labels."""
        return self.fit(X, y, **options).transform(X, y)

    def transform(self, X, y=None):
        """Codes: the means of q(z|x, y).  (n, d), (n,) -> (n, k)."""
        rows = self._fitted_join(X, y, infer=True, mapped=True)
        return self._answered("the code", by_blocks, self._encode, rows)

    def encode_distribution(self, X, y=None, return_cov=False):
        """Mean and standard deviation of q(z|x, y), both (n, k), of X as it is.

        return_cov : as in `VariationalAutoencoder.encode_distribution`
        """
        rows = self._fitted_join(X, y, infer=True, mapped=True)
        return self._mean_and_spread(rows, return_cov)

    def encoder_output(self, X, y=None, random_state=EVALUATION_SEED):
        """The encoder's output for the images that `evaluate` uses : (n, 2 k or more).

        As in `VariationalAutoencoder.encoder_output`.
        """
        rows = self._fitted_join(X, y, infer=True, mapped=True)
        return self._encoder_output(rows, random_state)

    def inverse_transform(self, codes, y):
        """E[x|z, y].  codes : (n, k), y : (n,) or one label -> (n, d)."""
        joined = self._join(self._check_codes(codes), y, self.classes_)
        return self._answered("the reconstruction", self._decode, joined)

    def reconstruct(self, X, y=None, mode="mean", random_state=None):
        """Decode the code with the same label.  (n, d), (n,) -> (n, d).

        mode : "mean" or "sample", as in `VariationalAutoencoder.reconstruct`
        """
        owner = f"{type(self).__name__}.reconstruct"
        check_choice(mode, "mode", MODES, owner=owner)
        rows = self._fitted_join(X, y, infer=True)
        if mode == "mean":
            return self._answered("the reconstruction", self._reconstruct_rows, rows)
        return self._sample_rows(rows, check_random_state(random_state, owner=owner))

    def reconstruction_error(self, X, y=None):
        """Squared error summed over pixels, averaged over images (SSE/img)."""
        rows = self._fitted_join(X, y, infer=True, mapped=True)
        return float(self._squared_errors(rows).mean())

    def sample(self, y, mode="mean", random_state=None):
        """One image for each label of y : (n,); z ~ N(0, I).  Returns (n, d).

        mode : "mean" or "sample", as in `VariationalAutoencoder.sample`
        """
        check_is_fitted(self)
        owner = f"{type(self).__name__}.sample"
        check_choice(mode, "mode", MODES, owner=owner)
        shape = len(np.atleast_1d(y)), self._n_codes()
        z = np.zeros(shape, self.parameters_.theta.dtype)
        joined = self._join(z, y, self.classes_)  # refuses labels before it draws
        rng = check_random_state(random_state, owner=owner)
        joined[:, : shape[1]] = rng.standard_normal(shape)
        return self._decode(joined, mode, rng)

    def evaluate(self, X, y, random_state=EVALUATION_SEED, each=False):
        """Bound of p(x|y) and its two terms (nats/img) and squared error (SSE/img).

        As in `VariationalAutoencoder.evaluate`, `bound` for objective="iwae" included.
        """
        rows = self._fitted_join(X, y, mapped=True)
        return self._measures(rows, random_state, each)

    def score(self, X, y):
        """Mean ELBO of p(x|y) in nats per image, higher is better."""
        return self.evaluate(X, y)["elbo"]

    def log_likelihood(self, X, y, n_importance=1000, random_state=EVALUATION_SEED):
        """Importance-sampled log p(x|y); see `VariationalAutoencoder`."""
        rows = self._fitted_join(X, y, mapped=True)
        return self._likelihood(rows, n_importance, random_state)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags

    def _fitted_join(self, X, y, infer=False, mapped=False):
        X = self._check_fitted_input(X, mapped=mapped)
        if y is None and infer:
            y = self._most_probable_labels(X)
        return self._join(X, y, self.classes_)

    def _most_probable_labels(self, X):
        """argmax over y of log p(x|z, y) - KL at z = mu(x, y), no class preferred."""
        bounds = [np.stack([self._bounds_at_mean(rows, y) for y in self.classes_])
                  for rows in blocks_of(X, EVALUATION_BATCH)]
        bounds = np.concatenate(bounds, axis=1)
        return most_probable(bounds.T, self.classes_, type(self).__name__)

    def _bounds_at_mean(self, rows, y):
        network, joined = self.network_, self._join(rows, y, self.classes_)
        head = self.encoder_.predict(joined)
        out = self._logits(network.posterior.mean(head), joined)
        with np.errstate(over="ignore", invalid="ignore"):
            kl = network.posterior.divergence(head)
            nll, _ = network.pixels.forward(out, rows)
        far = np.isnan(nll) & np.isfinite(out).all(axis=1)  # inf - inf
        return -np.where(far, np.inf, nll) - kl

    def _join(self, X, y, classes):
        return beside_one_hot(X, y, classes, type(self).__name__)

    def _logits(self, z, rows):
        labels = rows[:, self.n_features_in_ :]
        return self.decoder_.predict(np.concatenate([z, labels], axis=1))

    def _reconstruct_rows(self, rows):
        return self.network_.pixels.mean(self._logits(self._encode(rows), rows))

    def build_network(self, d, n_classes):
        """A new network for images of d pixels and labels of so many classes."""
        return VariationalNetwork(n_classes=n_classes, **self.network_options(d))


def _pair(data, owner):
    """Rows and their labels, which stand beside one another."""
    if not isinstance(data, tuple | list) or len(data) != 2:
        raise ValueError(f"{owner} validates on a pair (X, y), rows and their labels; "
                         f"got one {type(data).__name__}")
    return data
