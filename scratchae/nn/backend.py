"""The one place that says which functions do the work of a training step.

Layers, networks and optimizers call `ops.NAME`. Today every name is the NumPy reading
copy; a compiled twin has the same signature and is chosen here, nowhere else.
"""

from types import SimpleNamespace

from scratchae.formulas.corruption import binarize
from scratchae.formulas.dense import (
    dense_forward,
    dense_input_gradient,
    dense_weight_gradient,
)
from scratchae.formulas.divergences import (
    kl_diag_gaussian_backward,
    kl_diag_gaussian_forward,
)
from scratchae.formulas.losses import (
    bernoulli_nll_backward,
    bernoulli_nll_forward,
    squared_error_backward,
    squared_error_forward,
)
from scratchae.formulas.optimizers import (
    adam_step,
    momentum_step,
    sgd_step,
    weight_decay_step,
)
from scratchae.formulas.reparameterization import (
    reparameterize_diag_backward,
    reparameterize_diag_forward,
)

ops = SimpleNamespace(
    dense_forward=dense_forward,
    dense_weight_gradient=dense_weight_gradient,
    dense_input_gradient=dense_input_gradient,
    squared_error_forward=squared_error_forward,
    squared_error_backward=squared_error_backward,
    bernoulli_nll_forward=bernoulli_nll_forward,
    bernoulli_nll_backward=bernoulli_nll_backward,
    kl_diag_gaussian_forward=kl_diag_gaussian_forward,
    kl_diag_gaussian_backward=kl_diag_gaussian_backward,
    reparameterize_diag_forward=reparameterize_diag_forward,
    reparameterize_diag_backward=reparameterize_diag_backward,
    binarize=binarize,
    sgd_step=sgd_step,
    momentum_step=momentum_step,
    adam_step=adam_step,
    weight_decay_step=weight_decay_step,
)
