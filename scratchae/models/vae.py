"""The variational autoencoder: slides S28-S31, S36-S41 and S57, lecture 10.

The encoder gives a distribution q(z|x) = N(mu(x), diag(exp(log_var(x)))), the decoder
a distribution p(x|z) of Bernoulli pixels. Training maximises the evidence lower bound

    ELBO(x) = E_q[log p(x|z)] - KL(q(z|x) || N(0, I))  <=  log p(x).       (10.2)
"""

from scratchae.formulas.activations import ACTIVATIONS
from scratchae.models.base import Reconstructing
from scratchae.models.likelihood import importance_sampling
from scratchae.models.neural import NeuralModel
from scratchae.models.posteriors import POSTERIORS
from scratchae.models.variational_network import (
    DECODERS,
    OBJECTIVES,
    VariationalNetwork,
)
from scratchae.training.loop import EVALUATION_SEED, evaluate
from scratchae.validation import (
    check_choice,
    check_flag,
    check_number,
    check_random_state,
)

RECONSTRUCTIONS = ("mean", "sample")


class VariationalAutoencoder(Reconstructing, NeuralModel):
    """Variational autoencoder (Kingma & Welling 2014).

    n_components : number k of latent dimensions
    hidden_layer_sizes : widths between data and latent space; the decoder mirrors
    activation : of the hidden layers
    binarize : dynamic binarisation, a fresh binary image each time one is used
    decoder : "bernoulli" (data in [0, 1]) or "gaussian"
    decoder_variance : of the Gaussian decoder; None means one learned number
    posterior : "diagonal", or "full" for a covariance matrix (S54)
    objective : "elbo", or "iwae" for the importance-weighted bound (S58)
    n_samples : samples of q(z|x) per image and step (S51)
    kl_weight, kl_warmup_epochs : weight of the divergence and its linear warm-up;
        patience begins after it, and no epoch before its end is kept as the best
    free_bits : nats per dimension below which the divergence is not pushed
    The other parameters are those of `Autoencoder`.

    `history_` has `loss`, `recon` and `kl` in nats per image, and `kl_weight`, the
    weight that `loss` had in each epoch (`val_loss` always has the final one).
    """

    _regularised = True  # the divergence restrains the code, however wide

    def __init__(
        self,
        n_components=20,
        hidden_layer_sizes=(400,),
        *,
        activation="relu",
        binarize=True,
        decoder="bernoulli",
        decoder_variance=None,
        posterior="diagonal",
        objective="elbo",
        n_samples=1,
        kl_weight=1.0,
        kl_warmup_epochs=0,
        free_bits=0.0,
        optimizer="adam",
        learning_rate=2e-3,
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
        self.binarize = binarize
        self.decoder = decoder
        self.decoder_variance = decoder_variance
        self.posterior = posterior
        self.objective = objective
        self.n_samples = n_samples
        self.kl_weight = kl_weight
        self.kl_warmup_epochs = kl_warmup_epochs
        self.free_bits = free_bits
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

    def encode_distribution(self, X):
        """Mean and standard deviation of q(z|x), both (n, k)."""
        return self._posterior(self._check_fitted_input(X))

    def _posterior(self, rows):
        head = self.encoder_.predict(rows)
        return head[:, : self.network_.k].copy(), self.network_.posterior.std(head)

    def transform(self, X):
        """Codes: the means mu(x) of q(z|x).  (n, d) -> (n, k)."""
        return super().transform(X)

    def inverse_transform(self, codes):
        """E[x|z]: pixel probabilities for Bernoulli pixels.  (n, k) -> (n, d)."""
        return super().inverse_transform(codes)

    def reconstruct(self, X, mode="mean", random_state=None):
        """Decode the code of X, slide S39.  (n, d) -> (n, d).

        mode : "mean": E[x|z] at z = mu(x); "sample": z ~ q(z|x), then x ~ p(x|z)
        """
        check = {"owner": f"{type(self).__name__}.reconstruct"}
        check_choice(mode, "mode", RECONSTRUCTIONS, **check)
        if mode == "mean":
            return super().reconstruct(X)
        rng = check_random_state(random_state, **check)
        return self._sample_rows(self._check_fitted_input(X), rng)

    def _sample_rows(self, rows, rng):
        """z ~ q(z|x), then x ~ p(x|z), for rows that are checked."""
        network = self.network_
        eps = rng.standard_normal((len(rows), network.k), dtype=rows.dtype)
        z, _, _ = network.posterior.forward(self.encoder_.predict(rows), eps)
        return network.pixels.sample(self._logits(z, rows), rng)

    def sample(self, n_samples=1, random_state=None):
        """Draw z ~ N(0, I) and decode: (n_samples, d) means E[x|z] (S57)."""
        self._check_is_fitted()
        owner = type(self).__name__
        check_number(n_samples, "n_samples", owner=owner, low=1, integer=True)
        rng = check_random_state(random_state, owner=owner)
        z = rng.standard_normal((n_samples, int(self.n_components)))
        return self.inverse_transform(z)

    def log_likelihood(self, X, n_importance=1000, random_state=EVALUATION_SEED):
        """Importance-sampled log p(x) of each image (S58).

        Returns an `ImportanceEstimate`: log_likelihood, standard_error and
        effective_sample_size, each (n,). Images are binarised once if `binarize`.
        """
        return self._likelihood(self._check_fitted_input(X), n_importance, random_state)

    def _likelihood(self, rows, n_importance, random_state):
        owner = f"{type(self).__name__}.log_likelihood"
        check_number(n_importance, "n_importance", owner=owner, low=1, integer=True)
        rng = check_random_state(random_state, owner=owner)
        return importance_sampling(self.network_, rows, n_importance, rng)

    def evaluate(self, X, random_state=EVALUATION_SEED):
        """Bound, its two terms (nats/img) and squared error (SSE/img) on X.

        The noise, and the binarisation if it is on, come from `random_state`; the
        squared error compares X itself with the decoded mean code. For the
        importance-weighted objective `bound` is L_K.
        """
        return self._measures(self._check_fitted_input(X), random_state)

    def _measures(self, rows, random_state):
        rng = check_random_state(random_state, owner=type(self).__name__)
        losses = evaluate(self.network_, rows, rng)
        measures = {
            "sse": self._squared_error(rows),
            "elbo": -(losses["recon"] + losses["kl"]),
            "reconstruction": losses["recon"],
            "kl": losses["kl"],
        }
        if self.objective == "iwae":
            measures["bound"] = -losses["loss"]
        return measures

    def score(self, X, y=None):
        """Mean ELBO in nats per image, higher is better."""
        return self.evaluate(X)["elbo"]

    def _encode(self, X):
        return self.encoder_.predict(X)[:, : self.network_.k].copy()

    def _logits(self, z, rows):
        """The decoder's output at codes z of these rows."""
        return self.decoder_.predict(z)

    def _decode(self, codes):
        return self.network_.pixels.mean(self.decoder_.predict(codes))

    def _check_model_parameters(self):
        check = {"owner": type(self).__name__}
        check_choice(self.activation, "activation", ACTIVATIONS, **check)
        check_flag(self.binarize, "binarize", **check)
        check_choice(self.decoder, "decoder", DECODERS, **check)
        check_choice(self.posterior, "posterior", POSTERIORS, **check)
        check_choice(self.objective, "objective", OBJECTIVES, **check)
        if self.decoder_variance is not None:
            check_number(self.decoder_variance, "decoder_variance", low=0,
                         closed="neither", **check)  # fmt: skip
        check_number(self.n_samples, "n_samples", low=1, integer=True, **check)
        check_number(self.kl_weight, "kl_weight", low=0, **check)
        check_number(
            self.kl_warmup_epochs, "kl_warmup_epochs", low=0, integer=True, **check
        )
        check_number(self.free_bits, "free_bits", low=0, **check)
        self._check_combinations()

    def _check_combinations(self):
        owner = type(self).__name__
        plain = self.kl_weight == 1 and self.kl_warmup_epochs == 0
        if self.objective == "iwae" and not (plain and self.free_bits == 0):
            raise ValueError(
                f"{owner}: objective='iwae' has no divergence term to weigh; expected "
                "kl_weight=1, kl_warmup_epochs=0 and free_bits=0"
            )
        if self.free_bits and self.posterior == "full":
            raise ValueError(
                f"{owner}: free_bits counts the divergence of each dimension apart; "
                "expected posterior='diagonal'"
            )

    def _needs_unit_interval(self):
        return self.decoder == "bernoulli" and "decoder='gaussian'"

    def _build_network(self, d):
        return VariationalNetwork(self._sizes(d), **self._network_options())

    def _network_options(self):
        return {
            "activation": self.activation,
            "binarize": self.binarize,
            "decoder": self.decoder,
            "decoder_variance": self.decoder_variance,
            "posterior": self.posterior,
            "objective": self.objective,
            "n_samples": int(self.n_samples),
            "kl_weight": self.kl_weight,
            "kl_warmup_epochs": self.kl_warmup_epochs,
            "free_bits": self.free_bits,
            "dtype": self.dtype,
        }
