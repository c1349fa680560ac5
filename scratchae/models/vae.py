"""The variational autoencoder: slides S28-S31, S36-S41 and S57, lecture 10.

The encoder gives a distribution q(z|x) = N(mu(x), diag(exp(log_var(x)))), the decoder
a distribution p(x|z) of Bernoulli pixels. Training maximises the evidence lower bound

    ELBO(x) = E_q[log p(x|z)] - KL(q(z|x) || N(0, I))  <=  log p(x).       (10.2)
"""

import numpy as np

from scratchae.constraints import FLAG, Choice, Number, whole
from scratchae.conventions import check_is_fitted
from scratchae.models.base import MODES, averaged
from scratchae.models.neural import EncoderDecoder
from scratchae.networks.bounds import OBJECTIVES
from scratchae.networks.likelihood import (
    encoder_output,
    importance_sampling,
    terms_of_each,
)
from scratchae.networks.own import class_of
from scratchae.networks.posteriors import POSTERIORS, DiagonalPosterior
from scratchae.networks.variational import DECODERS, VariationalNetwork
from scratchae.nn.evaluation import EVALUATION_SEED
from scratchae.rows import by_blocks
from scratchae.validation import (
    check_choice,
    check_number,
    check_random_state,
    warn_of_far_rows,
)


class VariationalAutoencoder(EncoderDecoder):
    """Variational autoencoder (Kingma & Welling 2014).

    n_components : number k of latent dimensions
    hidden_layer_sizes : widths between data and latent space
    decoder_layer_sizes : widths between latent space and data; None: those reversed
    layer : "dense", or an object for the hidden layers (lecture 14)
    activation : of the hidden layers, a name or an object
    binarize : dynamic binarisation, for Bernoulli pixels: training, bounds and the
        diagnosis use binary images, pixel j being 1 with probability x_j. Training
        draws one afresh each time an image is used; `evaluate`, `score`,
        `log_likelihood` and `scratchae.analysis` draw one from their `random_state`.
        Codes and reconstructions (`transform`, `encode_distribution`, `reconstruct`)
        are of the grey values themselves, the mean of those draws: a row's code
        depends on nothing but the row
    decoder : "bernoulli" (data in [0, 1]), "gaussian", or an object
    decoder_variance : of the Gaussian decoder; None means one learned number
    posterior : "diagonal", "full" for a covariance matrix (S54), or an object
    objective : "elbo", or "iwae" for the importance-weighted bound (S58)
    n_samples : samples of q(z|x) per image and step (S51)
    samples_warmup_epochs : in epoch e of the first E they are n_samples ** (e / E),
        rounded: few samples do for a model that is far from the data
    gradient_samples : of "iwae": the decoder sees all n_samples once, and the gradient
        is that of so many of them, drawn by their weights, (11.9); None: of all. With
        1, fifty samples cost little more than fifty passes through the decoder
    kl_weight, kl_warmup_epochs : weight of the divergence and its linear warm-up;
        patience begins after it, and no epoch before its end is kept as the best
    free_bits : nats per dimension below which the divergence is not pushed
    The other parameters are those of `Autoencoder`.

    `transform` gives the means mu(x) of q(z|x), `inverse_transform` E[x|z], which are
    probabilities for Bernoulli pixels.

    `history_` has `loss`, `recon` and `kl` in nats per image, and, of the ELBO,
    `kl_weight`, the weight that `loss` had in each epoch (`val_loss` always has the
    final one).
    """

    regularised = True  # the divergence restrains the code, however wide
    constraints = EncoderDecoder.constraints | {
        "binarize": FLAG,
        "decoder": Choice(DECODERS, methods=("forward", "backward")),
        "decoder_variance": Number(0, without=(0,), optional=True),
        "posterior": Choice(tuple(POSTERIORS), methods=("size", "forward", "backward")),
        "objective": Choice(OBJECTIVES),
        "n_samples": whole(1),
        "samples_warmup_epochs": whole(0),
        "gradient_samples": whole(1, optional=True),
        "kl_weight": Number(0),
        "kl_warmup_epochs": whole(0),
        "free_bits": Number(0),
    }
    _of_network = (
        *EncoderDecoder._of_network, "binarize", "decoder", "decoder_variance",
        "posterior", "objective", "n_samples", "samples_warmup_epochs",
        "gradient_samples", "kl_weight", "kl_warmup_epochs", "free_bits",
    )

    def __init__(self, n_components=20, hidden_layer_sizes=(400,), *,
                 decoder_layer_sizes=None, layer="dense", activation="relu",
                 binarize=True, decoder="bernoulli", decoder_variance=None,
                 posterior="diagonal", objective="elbo", n_samples=1,
                 samples_warmup_epochs=0, gradient_samples=None, kl_weight=1.0,
                 kl_warmup_epochs=0, free_bits=0.0, learning_rate=2e-3, **training):
        super().__init__(learning_rate=learning_rate, **training)
        self.n_components = n_components
        self.hidden_layer_sizes = hidden_layer_sizes
        self.decoder_layer_sizes = decoder_layer_sizes
        self.layer = layer
        self.activation = activation
        self.binarize = binarize
        self.decoder = decoder
        self.decoder_variance = decoder_variance
        self.posterior = posterior
        self.objective = objective
        self.n_samples = n_samples
        self.samples_warmup_epochs = samples_warmup_epochs
        self.gradient_samples = gradient_samples
        self.kl_weight = kl_weight
        self.kl_warmup_epochs = kl_warmup_epochs
        self.free_bits = free_bits

    def build_network(self, d):
        """A new network for data of d features."""
        return VariationalNetwork(**self.network_options(d))

    def encode_distribution(self, X, return_cov=False):
        """Mean and standard deviation of q(z|x), both (n, k), of X as it is.

        return_cov : True for the covariance Sigma(x) : (n, k, k) in place of the
            standard deviation: L L^T of posterior="full", (9.5), else a diagonal
        The means are those of `transform`. `encoder_output` has q of binary images.
        """
        rows = self._check_fitted_input(X, mapped=True)
        return self._mean_and_spread(rows, return_cov)

    def _mean_and_spread(self, rows, return_cov):
        head = by_blocks(self.encoder_.predict, rows)
        posterior = self.network_.posterior
        with np.errstate(over="ignore", invalid="ignore"):
            spread = posterior.covariance(head) if return_cov else posterior.std(head)
        spread = np.where(np.isnan(spread), np.inf, spread)  # 0 * inf: far away
        what = "the covariance" if return_cov else "the standard deviation"
        warn_of_far_rows(spread, what, type(self).__name__)
        return posterior.mean(head).copy(), spread

    def encoder_output(self, X, random_state=EVALUATION_SEED):
        """The encoder's output for the images that `evaluate` uses : (n, 2 k or more).

        mu, log_var and, for a full covariance, what is below the diagonal of its
        factor. With `binarize` these are the binary draws of X that `evaluate` makes
        with the same random_state; its `kl` is the mean divergence of these q(z|x).
        """
        rows = self._check_fitted_input(X, mapped=True)
        return self._encoder_output(rows, random_state)

    def _encoder_output(self, rows, random_state):
        rng = check_random_state(random_state, owner=type(self).__name__)
        return encoder_output(self.network_, rows, rng)

    def reconstruct(self, X, mode="mean", random_state=None):
        """Decode the code of X as it is, slide S39.  (n, d) -> (n, d).

        mode : "mean": E[x|z] at z = mu(x); "sample": z ~ q(z|x), then x ~ p(x|z)
        """
        owner = f"{type(self).__name__}.reconstruct"
        check_choice(mode, "mode", MODES, owner=owner)
        if mode == "mean":
            return super().reconstruct(X)
        rows = self._check_fitted_input(X)
        return self._sample_rows(rows, check_random_state(random_state, owner=owner))

    def _sample_rows(self, rows, rng):
        """z ~ q(z|x), then x ~ p(x|z), for rows that are checked."""
        network = self.network_
        eps = rng.standard_normal((len(rows), network.k), dtype=rows.dtype)

        def draw():
            z = network.posterior.sample(self.encoder_.predict(rows), eps)
            return network.pixels.sample(self._logits(z, rows), rng)

        return self._answered("the reconstruction", draw)

    def sample(self, n_samples=1, mode="mean", random_state=None):
        """New images, z ~ N(0, I) decoded: (n_samples, d), slide S57.

        mode : "mean": E[x|z], grey for binary pixels; "sample": x ~ p(x|z). The same
            random_state gives the same z in both.
        """
        check_is_fitted(self)
        owner = f"{type(self).__name__}.sample"
        check_number(n_samples, "n_samples", low=1, integer=True, owner=owner)
        check_choice(mode, "mode", MODES, owner=owner)
        rng = check_random_state(random_state, owner=owner)
        z = rng.standard_normal((n_samples, self._n_codes()))
        return self._decode(self._check_codes(z), mode, rng)

    def log_likelihood(self, X, n_importance=1000, random_state=EVALUATION_SEED):
        """Importance-sampled log p(x) of each image (S58).

        Returns an `ImportanceEstimate`: log_likelihood, standard_error and
        effective_sample_size, each (n,). Images are binarised once if `binarize`. A
        row too far from the training data for these numbers has -inf, and a warning.
        """
        return self._likelihood(
            self._check_fitted_input(X, mapped=True), n_importance, random_state)

    def _likelihood(self, rows, n_importance, random_state):
        owner = f"{type(self).__name__}.log_likelihood"
        check_number(n_importance, "n_importance", owner=owner, low=1, integer=True)
        rng = check_random_state(random_state, owner=owner)
        return importance_sampling(self.network_, rows, n_importance, rng, owner)

    def evaluate(self, X, random_state=EVALUATION_SEED, each=False):
        """Bound, its two terms (nats/img) and squared error (SSE/img) on X.

        each : True for the figures of each row : (n,) instead of their means

        The noise, and the binarisation if it is on, come from `random_state`; the
        squared error compares X itself with the decoded mean code. `elbo` is the ELBO
        whatever kl_weight, free_bits and objective of the training; for the
        importance-weighted objective `bound` is L_K besides. A row too far from the
        training data for these numbers makes the mean infinite, and a warning names it.
        """
        rows = self._check_fitted_input(X, mapped=True)
        return self._measures(rows, random_state, each)

    def _measures(self, rows, random_state, each):
        rng = check_random_state(random_state, owner=type(self).__name__)
        terms = terms_of_each(self.network_, rows, rng, type(self).__name__)
        measures = {
            "sse": self._squared_errors(rows),
            "elbo": -(terms["recon"] + terms["kl"]),
            "reconstruction": terms["recon"],
            "kl": terms["kl"],
        }
        if "bound" in terms:
            measures["bound"] = terms["bound"]
        return averaged(measures, each)

    def score(self, X, y=None):
        """Mean ELBO in nats per image, higher is better."""
        return self.evaluate(X)["elbo"]

    def _encode(self, X):
        """The means mu(x) of q(z|x), of X as it is.  (n, d) -> (n, k)."""
        return self.network_.posterior.mean(self.encoder_.predict(X)).copy()

    def _logits(self, z, rows):
        """The decoder's output at codes z of these rows."""
        return self.decoder_.predict(z)

    def _decode(self, codes, mode="mean", rng=None):
        """The mean of p(x|z) at codes that are checked, or one draw from it."""
        pixels, out = self.network_.pixels, self.decoder_.predict(codes)
        return pixels.mean(out) if mode == "mean" else pixels.sample(out, rng)

    def _check_combinations(self):
        super()._check_combinations()
        owner, iwae = type(self).__name__, self.objective == "iwae"
        if iwae and (self.kl_weight != 1 or self.kl_warmup_epochs or self.free_bits):
            raise ValueError(
                f"{owner}: objective='iwae' has no divergence term to weigh; expected "
                "kl_weight=1, kl_warmup_epochs=0 and free_bits=0"
            )
        if not iwae and self.gradient_samples is not None:
            raise ValueError(
                f"{owner}: gradient_samples={self.gradient_samples} draws samples by "
                "their weights, which are those of objective='iwae'"
            )
        if not (self.free_bits or iwae):
            return
        posterior = class_of(self.posterior, POSTERIORS)
        if self.free_bits and posterior is not DiagonalPosterior:
            raise ValueError(f"{owner}: free_bits counts the divergence of each "
                             "dimension apart; expected posterior='diagonal'")
        if iwae and posterior not in POSTERIORS.values():
            raise ValueError(f"{owner}: the gradient of objective='iwae' is derived "
                             "for posterior='diagonal' and 'full'")

    def _needs_unit_interval(self, told):
        decoder, way = told["decoder"], "decoder='gaussian'"
        return getattr(decoder, "in_unit_interval", decoder == "bernoulli") and way
