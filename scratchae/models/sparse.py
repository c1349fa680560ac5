"""Sparse and contractive autoencoders: slides S15-S17, derived in lecture 03."""


from scratchae.formulas.penalties import (
    CONTRACTIVE_ACTIVATIONS,
    top_k_forward,
)
from scratchae.models.autoencoder import Autoencoder
from scratchae.networks.sparse import PENALTIES, SparseNetwork
from scratchae.validation import check_choice, check_number


class SparseAutoencoder(Autoencoder):
    """Autoencoder with a penalty on the code; it may be wider than the data (S16-S17).

    n_components : number of code units, more than d if wanted
    penalty : "kl" (mean activation rho; takes a sigmoid code), "l1", "top_k" (keep
        the n_active largest units of each image), "contractive" (one layer, sigmoid
        or tanh code)
    penalty_weight : lambda; no effect for "top_k"
    rho : target mean activation of "kl"   n_active : units kept by "top_k"
    code_activation : default None: "sigmoid" for "kl" and "contractive", else "relu"
    The other parameters are those of `Autoencoder`.

    `history_` has the reconstruction `recon` and the unweighted `penalty` apart;
    `score` is of the reconstruction alone.
    """

    _regularised = True

    def __init__(
        self,
        n_components=200,
        hidden_layer_sizes=(),
        *,
        penalty="kl",
        penalty_weight=0.1,
        rho=0.1,
        n_active=25,
        code_activation=None,
        **options,
    ):
        super().__init__(
            n_components,
            hidden_layer_sizes,
            code_activation=code_activation,
            **options,
        )
        self.penalty = penalty
        self.penalty_weight = penalty_weight
        self.rho = rho
        self.n_active = n_active

    def _encode(self, X):
        """Codes h = f(x), with all but n_active units at 0 for "top_k"."""
        h = super()._encode(X)
        return top_k_forward(h, self.n_active)[0] if self.penalty == "top_k" else h

    def _code_activation(self):
        if self.code_activation is not None:
            return self.code_activation
        return "sigmoid" if self.penalty in ("kl", "contractive") else "relu"

    def _check_model_parameters(self):
        super()._check_model_parameters()
        name, owner = self._code_activation(), type(self).__name__
        check = {"owner": owner}
        check_choice(self.penalty, "penalty", PENALTIES, **check)
        check_number(self.penalty_weight, "penalty_weight", low=0, **check)
        check_number(self.rho, "rho", low=0, high=1, closed="neither", **check)
        check_number(self.n_active, "n_active", low=1, integer=True, **check)
        if self.penalty == "kl" and name != "sigmoid":
            raise ValueError(
                f"{owner}: penalty='kl' reads code units as probabilities; got "
                f"code_activation={name!r}, expected 'sigmoid'"
            )
        if self.penalty == "contractive" and (
            name not in CONTRACTIVE_ACTIVATIONS
            or self.hidden_layer_sizes not in ((), [])
        ):
            raise ValueError(
                f"{owner}: penalty='contractive' is derived for one encoder layer with "
                f"a code_activation among {list(CONTRACTIVE_ACTIVATIONS)}; got "
                f"hidden_layer_sizes={self.hidden_layer_sizes!r} and {name!r}"
            )

    def _build_network(self, d):
        return SparseNetwork(
            self._sizes(d),
            self.penalty,
            self.penalty_weight,
            self.rho,
            self.n_active,
            **self._network_options(),
        )
