"""What `scratchae gradcheck` checks: every hand-written gradient, at a random point.

A check is a loss as a function of named arrays, the point, and the analytic gradient.
Sizes are small and all different, so that a transposed or misplaced axis cannot hide
(n = 5 images, d = 7 pixels, h = 6 hidden, k = 4 codes); those of `SIZES` that are equal
show the missing transpose of a square matrix, which no shape tells. Formulas come
before the models built from them, so the first failing row names the culprit.
"""

from functools import partial

import numpy as np

from scratchae.errors import did_you_mean
from scratchae.formulas.activations import ACTIVATIONS
from scratchae.gradcheck import GradientReport, check_parameters
from scratchae.gradient_checks import formulas, laboratory, networks
from scratchae.gradient_checks.sizes import SIZES
from scratchae.pulse import steps

HIDDEN = 20  # points with a gradient that is 0 throughout, before one will do

CHECKS = {  # name -> function of a Generator and Sizes that returns a Check
    **{name: partial(formulas.activation_check, name) for name in ACTIVATIONS},
    "dense": formulas.dense_check,
    "squared_error": formulas.squared_error_check,
    "weighted_squared_error": formulas.weighted_squared_error_check,
    "bernoulli_nll": formulas.bernoulli_check,
    "gaussian_nll": partial(formulas.gaussian_check, False),
    "gaussian_nll_one_variance": partial(formulas.gaussian_check, True),
    "kl_diag_gaussian": formulas.kl_check,
    "free_bits": formulas.free_bits_check,
    "reparameterize_diag": formulas.reparameterize_check,
    "reparameterize_cholesky": formulas.reparameterize_cholesky_check,
    "cholesky_factor": formulas.cholesky_factor_check,
    **{f"{name}_{side}": partial(formulas.far_log_var_check, build, far)
       for name, build in (("gaussian_nll", partial(formulas.gaussian_check, False)),
                           ("kl_diag_gaussian", formulas.kl_check),
                           ("reparameterize_diag", formulas.reparameterize_check))
       for side, far in (("wide", formulas.FAR), ("narrow", -formulas.FAR))},
    "log_mean_exp": formulas.log_mean_exp_check,
    "softmax_nll": formulas.softmax_nll_check,
    "l1": formulas.l1_check,
    "kl_sparsity": formulas.kl_sparsity_check,
    "top_k": formulas.top_k_check,
    "contractive_sigmoid": partial(formulas.contractive_check, "sigmoid"),
    "contractive_tanh": partial(formulas.contractive_check, "tanh"),
    **laboratory.CHECKS,
    **{f"layers_{name}": partial(networks.layer_operation_check, name)
       for name in ("tanh", "sigmoid", "softplus", "silu")},
    "loss_bernoulli_nll": partial(networks.loss_operation_check, "bernoulli_nll"),
    "loss_squared_error": partial(networks.loss_operation_check, "squared_error"),
    "gaussian_head": partial(networks.head_operation_check, "gaussian"),
    "cholesky_head": partial(networks.head_operation_check, "cholesky"),
    "linear_probe": networks.probe_check,
    **{name: partial(networks.named_network_check, name)
       for name in networks.named_networks()},
}


def _run(name, method, seed, sizes, **settings):
    """One check, moved to the first random point where no step crosses a kink.

    And where, if there is one, no tensor has the gradient 0 throughout, since all units
    behind it are dead.
    """
    for attempt in range(100):
        check = CHECKS[name](np.random.default_rng([seed, attempt]), SIZES[sizes])
        hidden = any(np.size(g) and not np.any(g) for g in check.gradients.values())
        if hidden and attempt < HIDDEN:
            continue
        report = check_parameters(
            check.loss, check.point, check.gradients, method, model=name,
            kinks=check.pattern, **settings,
        )
        if not any(row.kinks for row in report.rows):
            break
    return report


def run_checks(names=None, method="auto", seed=0, *, sizes="different", **settings):
    """Run the named checks (default: all) and return one GradientReport.

    sizes : one of SIZES   settings : tolerance and step of `check_parameters`
    """
    unknown = sorted(set(names or ()) - set(CHECKS))
    if unknown:
        hint = did_you_mean(unknown[0], CHECKS)
        raise ValueError(f"no gradient check {unknown[0]!r}; expected some of "
                         f"{', '.join(CHECKS)}.{hint}")
    rows = []
    names = [*CHECKS] if names is None else names
    for name in steps(names, "gradient checks", "checks"):
        rows += _run(name, method, seed, sizes, **settings).rows
    return GradientReport(rows)
