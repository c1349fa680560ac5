"""Sparse and contractive autoencoders: slides S15-S17, derived in lecture 03."""

from scratchae.constraints import Choice, Number, whole
from scratchae.formulas.penalties import CONTRACTIVE_ACTIVATIONS
from scratchae.models.autoencoder import Autoencoder
from scratchae.models.neural import ACTIVATION
from scratchae.networks.own import class_of
from scratchae.networks.penalties import PENALTIES, Contractive, KLSparsity, TopK
from scratchae.networks.sparse import SparseNetwork
from scratchae.nn.own import name_or_own

OF_PENALTY = ("penalty", "penalty_weight", "rho", "n_active")  # not of every network


class SparseAutoencoder(Autoencoder):
    """Autoencoder with a penalty on the code; it may be wider than the data (S16-S17).

    n_components : number of code units, more than d if wanted
    penalty : "kl" (mean activation rho; takes a sigmoid code), "l1", "top_k" (keep
        the n_active largest units of each image), "contractive" (one layer, sigmoid
        or tanh code), or an object (lecture 14)
    penalty_weight : lambda; no effect for "top_k"
    rho : target mean activation of "kl"   n_active : units kept by "top_k"
    code_activation : default None: "sigmoid" for "kl" and "contractive", else "relu"
    The other parameters are those of `Autoencoder`.

    `history_` has the reconstruction `recon` and the unweighted `penalty` apart;
    `score` is of the reconstruction alone.
    """

    regularised = True
    constraints = Autoencoder.constraints | {
        "penalty": Choice(tuple(PENALTIES), methods=("forward", "backward")),
        "penalty_weight": Number(0),
        "rho": Number(0, 1, without=(0, 1)),
        "n_active": whole(1),
        "code_activation": Choice(ACTIVATION.names, ACTIVATION.methods, optional=True),
    }

    def __init__(self, n_components=200, hidden_layer_sizes=(), *, penalty="kl",
                 penalty_weight=0.1, rho=0.1, n_active=25, code_activation=None,
                 **options):
        super().__init__(n_components, hidden_layer_sizes,
                         code_activation=code_activation, **options)
        self.penalty = penalty
        self.penalty_weight = penalty_weight
        self.rho = rho
        self.n_active = n_active

    def build_network(self, d):
        """A new network for data of d features."""
        options = self.network_options(d) | {"code_activation": self._code_activation()}
        return SparseNetwork(**options, **self._plain(OF_PENALTY))

    def _encode(self, X):
        """Codes h = f(x), as the decoder sees them: for "top_k" most units at 0."""
        return self.network_.penalty.restrict(super()._encode(X))[0]

    def _code_activation(self):
        if self.code_activation is not None:
            return name_or_own(self.code_activation)
        sigmoid = class_of(self.penalty, PENALTIES) in (KLSparsity, Contractive)
        return "sigmoid" if sigmoid else "relu"

    def _check_combinations(self):
        super()._check_combinations()
        name, owner = self._code_activation(), type(self).__name__
        kind = class_of(self.penalty, PENALTIES)
        if kind is KLSparsity and name != "sigmoid":
            raise ValueError(
                f"{owner}: penalty='kl' reads code units as probabilities; got "
                f"code_activation={name!r}, expected 'sigmoid'"
            )
        if kind is Contractive and (
            name not in CONTRACTIVE_ACTIVATIONS
            or self.hidden_layer_sizes not in ((), [])
        ):
            raise ValueError(
                f"{owner}: penalty='contractive' is derived for one encoder layer with "
                f"a code_activation among {list(CONTRACTIVE_ACTIVATIONS)}; got "
                f"hidden_layer_sizes={self.hidden_layer_sizes!r} and {name!r}"
            )
        n_active = getattr(self.penalty, "n_active", self.n_active)
        if kind is TopK and n_active > self.n_components:
            raise ValueError(f"{owner}: n_active={n_active} must not be more than "
                             f"the n_components={self.n_components} units of the code")
