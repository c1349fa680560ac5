"""Lab 09: the ELBO on a model whose log p(x) is known."""

import numpy as np

from scratchae.exact import LinearGaussian
from scratchae.exact.inference import gaussian_fit_gradient
from scratchae.labs.hypotheses import term_slips
from scratchae.labs.specification import Lab, Part, Slip, Tensor

WHERE = "scratchae.exact.LinearGaussian"


def world_inputs(rng, s):
    """One number x for each of n images, w and sigma; neither is 1."""
    return {"x": 2 * rng.normal(size=s.n), "w": float(rng.uniform(1.2, 2)),
            "sigma": float(rng.uniform(0.5, 0.9))}


def guess_inputs(rng, s):
    """And a q for each image."""
    return {**world_inputs(rng, s), "m": rng.normal(size=s.n),
            "v": rng.uniform(0.1, 0.9, s.n)}


def special_inputs(rng, s):
    """A q that is the posterior, one that is nearly, and one that is the prior."""
    given = guess_inputs(rng, s)
    mean, variance = posterior_of(given)
    given["m"][:3] = mean[0], mean[1] + 0.01, 0
    given["v"][:3] = variance, variance, 1
    return given


def posterior_of(given):
    """Its means (n,) and its variance."""
    mean, variance = LinearGaussian(given["w"], 0, given["sigma"]).posterior(
        given["x"][:, None])
    return mean[:, 0], variance[0, 0]


SPECIAL = (("where q is the posterior, or nearly, or the prior", special_inputs),)


def model(v):
    return LinearGaussian(v.w, 0, v.sigma)


def of_bound(part):
    def right(v):
        factors = np.sqrt(v.v)[:, None, None]
        return model(v).elbo(v.x[:, None], v.m[:, None], factors)[part]

    return right


def normal(x, variance):
    """log N(x; 0, variance)."""
    return -0.5 * (np.log(2 * np.pi * variance) + x**2 / variance)


EVIDENCE = Part(
    "log_evidence", world_inputs, solution=f"{WHERE}.log_likelihood",
    tensors=(Tensor("log_p", lambda v: model(v).log_likelihood(v.x[:, None]), (
        *term_slips({
            "log": ("the logarithm of the variance", lambda v: -0.5 * np.log(
                2 * np.pi * (v.w**2 + v.sigma**2)) * np.ones_like(v.x)),
            "distance": ("the square of x",
                         lambda v: -0.5 * v.x**2 / (v.w**2 + v.sigma**2)),
        }),
        Slip("negative", "that is its negative, as a loss has it",
             lambda v: -normal(v.x, v.w**2 + v.sigma**2)),
        Slip("noise_only", "the variance of the noise only: z varies too",
             lambda v: normal(v.x, v.sigma**2)),
        Slip("cause_only", "the variance of w z only: there is noise as well",
             lambda v: normal(v.x, v.w**2)),
        Slip("w_not_squared", "w is not squared in the variance",
             lambda v: normal(v.x, v.w + v.sigma**2)),
        Slip("sigma_not_squared", "sigma is not squared in the variance",
             lambda v: normal(v.x, v.w**2 + v.sigma)),
        Slip("sum_squared", "standard deviations are added, not variances",
             lambda v: normal(v.x, (v.w + v.sigma) ** 2)),
        Slip("constant", "2 pi is missing",
             lambda v: normal(v.x, v.w**2 + v.sigma**2) + 0.5 * np.log(2 * np.pi)),
        Slip("not_squared", "x is not squared",
             lambda v: normal(0, v.w**2 + v.sigma**2)
             - 0.5 * v.x / (v.w**2 + v.sigma**2)),
        Slip("absolute", "the absolute value of x, not its square",
             lambda v: normal(0, v.w**2 + v.sigma**2)
             - 0.5 * np.abs(v.x) / (v.w**2 + v.sigma**2)),
        Slip("product", "variances are multiplied, not added",
             lambda v: normal(v.x, v.w**2 * v.sigma**2)),
        Slip("density", "that is p(x), not its logarithm",
             lambda v: np.exp(normal(v.x, v.w**2 + v.sigma**2))),
        Slip("determinant", "the logarithm of the variance is missing",
             lambda v: normal(v.x, v.w**2 + v.sigma**2)
             + 0.5 * np.log(v.w**2 + v.sigma**2)),
    )),),
)


def precision(v):
    return 1 + v.w**2 / v.sigma**2


POSTERIOR = Part(
    "posterior", world_inputs, points=2, returns=("mean", "variance"),
    solution=f"{WHERE}.posterior",
    tensors=(
        Tensor("variance", lambda v: model(v).posterior(v.x[:, None])[1][0, 0], (
            Slip("precision", "that is one over it: the precision", precision),
            Slip("prior_missing", "the prior is missing",
                 lambda v: v.sigma**2 / v.w**2),
            Slip("sigma_not_squared", "sigma is not squared",
                 lambda v: 1 / (1 + v.w**2 / v.sigma)),
            Slip("w_not_squared", "w is not squared",
                 lambda v: 1 / (1 + v.w / v.sigma**2)),
            Slip("standard_deviation", "its square root: a standard deviation",
                 lambda v: precision(v) ** -0.5),
            Slip("prior", "the prior's own: x tells something about z",
                 lambda v: 1.0),
        )),
        Tensor("mean", lambda v: v.variance * v.w * v.x / v.sigma**2, (
            Slip("prior_missing", "the prior is missing: where p(x|z) is largest",
                 lambda v: v.x / v.w),
            Slip("unscaled", "the variance is missing",
                 lambda v: v.w * v.x / v.sigma**2),
            Slip("sigma_missing", "the noise's variance is missing",
                 lambda v: v.variance * v.w * v.x),
            Slip("w_missing", "w is missing", lambda v: v.variance * v.x / v.sigma**2),
            Slip("decoded", "that is E[x], not E[z]",
                 lambda v: v.variance * v.w**2 * v.x / v.sigma**2),
        )),
    ),
)


def spread(v):
    """E_q of the square of x - w z."""
    return (v.x - v.w * v.m) ** 2 + v.w**2 * v.v


def recon(v, square):
    return -0.5 * (np.log(2 * np.pi * v.sigma**2) + square / v.sigma**2)


BOUND = Part(
    "elbo", guess_inputs, more=SPECIAL, points=3, returns=("elbo", "recon", "kl"),
    solution=f"{WHERE}.elbo",
    tensors=(
        Tensor("kl", of_bound("kl"), (
            *term_slips({
                "mean": ("the term of the mean", lambda v: v.m**2 / 2),
                "variance": ("the variance", lambda v: v.v / 2),
                "log": ("the logarithm", lambda v: -np.log(v.v) / 2),
                "constant": ("the constant", lambda v: -0.5 * np.ones_like(v.m)),
            }),
            Slip("swapped", "the divergence the other way round",
                 lambda v: 0.5 * ((1 + v.m**2) / v.v - 1 + np.log(v.v))),
            Slip("std_for_variance", "v is read as a standard deviation",
                 lambda v: 0.5 * (v.m**2 + v.v**2 - 1 - np.log(v.v**2))),
        )),
        Tensor("recon", of_bound("reconstruction"), (
            *term_slips({
                "log": ("the logarithm of the noise's variance", lambda v: -0.5
                        * np.log(2 * np.pi * v.sigma**2) * np.ones_like(v.x)),
                "distance": ("the square of x - w m", lambda v: -0.5
                             * (v.x - v.w * v.m) ** 2 / v.sigma**2),
                "spread": ("the variance of z",
                           lambda v: -0.5 * v.w**2 * v.v / v.sigma**2),
            }, skip=("spread_missing", "log_missing")),
            Slip("at_the_mean", "at the mean of q only: the variance of z is forgotten",
                 lambda v: recon(v, (v.x - v.w * v.m) ** 2)),
            Slip("negative", "that is its negative, as a loss has it",
                 lambda v: -recon(v, spread(v))),
            Slip("squares_half", "the squares count half",
                 lambda v: recon(v, spread(v) / 2)),
            Slip("squares_twice", "the squares count twice",
                 lambda v: recon(v, spread(v) * 2)),
            Slip("w_not_squared", "w is not squared at the variance of z",
                 lambda v: recon(v, (v.x - v.w * v.m) ** 2 + v.w * v.v)),
            Slip("variance_unscaled", "the variance of z is not multiplied by w^2",
                 lambda v: recon(v, (v.x - v.w * v.m) ** 2 + v.v)),
            Slip("constant", "the constant is missing",
                 lambda v: -0.5 * spread(v) / v.sigma**2),
            Slip("sigma_not_squared", "sigma is not squared",
                 lambda v: -0.5 * (np.log(2 * np.pi * v.sigma**2)
                                   + spread(v) / v.sigma)),
            Slip("two_pi", "2 pi is missing",
                 lambda v: recon(v, spread(v)) + 0.5 * np.log(2 * np.pi)),
        )),
        Tensor("elbo", lambda v: v.recon - v.kl, (
            Slip("kl_added", "the divergence is added, not subtracted",
                 lambda v: v.recon + v.kl),
            Slip("recon_only", "the divergence is missing", lambda v: v.recon),
            Slip("loss", "that is the loss, its negative", lambda v: v.kl - v.recon),
        )),
    ),
)


def slopes(v):
    """dm and dlog_v of all images, one by one."""
    found = [gaussian_fit_gradient(model(v), np.array([x]), m, np.log(q))[1:]
             for x, m, q in zip(v.x, v.m, v.v, strict=True)]
    return np.array(found).T


GRADIENT = Part(
    "elbo_gradient", guess_inputs, points=3, returns=("dm", "dlog_v"), more=SPECIAL,
    solution="scratchae.exact.inference.gaussian_fit_gradient",
    tensors=(
        Tensor("dlog_v", lambda v: slopes(v)[1], (
            *term_slips({
                "one": ("the logarithm's derivative", lambda v: 0.5
                        * np.ones_like(v.v)),
                "path": ("the reconstruction's derivative", lambda v: -0.5 * v.v
                         * v.w**2 / v.sigma**2),
                "kl": ("the prior's part", lambda v: -0.5 * v.v),
            }, skip=("one_missing", "path_missing")),
            Slip("in_v", "that is the derivative in v, not in log v",
                 lambda v: 0.5 * (1 / v.v - precision(v))),
            Slip("entropy_missing", "the logarithm's derivative is missing",
                 lambda v: -0.5 * v.v * precision(v)),
            Slip("kl_only", "the reconstruction depends on v too",
                 lambda v: 0.5 * (1 - v.v)),
            Slip("recon_only", "the divergence depends on v too",
                 lambda v: -0.5 * v.v * v.w**2 / v.sigma**2),
            Slip("descent", "of the loss, its negative: the bound is maximised",
                 lambda v: -slopes(v)[1]),
        )),
        Tensor("dm", lambda v: slopes(v)[0], (
            *term_slips({
                "path": ("the way through the reconstruction",
                         lambda v: v.w * (v.x - v.w * v.m) / v.sigma**2),
                "kl": ("the divergence", lambda v: -v.m),
            }),
            Slip("w_missing", "the inner derivative w is missing",
                 lambda v: (v.x - v.w * v.m) / v.sigma**2 - v.m),
            Slip("sigma_not_squared", "sigma is not squared",
                 lambda v: v.w * (v.x - v.w * v.m) / v.sigma - v.m),
            Slip("sigma_missing", "the noise's variance is missing",
                 lambda v: v.w * (v.x - v.w * v.m) - v.m),
            Slip("descent", "of the loss, its negative: the bound is maximised",
                 lambda v: -slopes(v)[0]),
        )),
    ),
)


def posterior_from_q(v):
    """The divergence of the posterior from q: the gap is that of q from it."""
    mean, variance = v.w * v.x / v.sigma**2 / precision(v), 1 / precision(v)
    return 0.5 * (np.log(v.v / variance) - 1 + (variance + (mean - v.m) ** 2) / v.v)


GAP = Part(
    "gap", guess_inputs, points=2, solution=f"{WHERE}.elbo: its gap", more=SPECIAL,
    tensors=(Tensor("gap", of_bound("gap"), (
        Slip("swapped", "the divergence the other way round: of the posterior from q",
             posterior_from_q),
        Slip("to_the_prior", "to the prior, not to the posterior", of_bound("kl")),
        Slip("bound", "that is the bound itself", of_bound("elbo")),
        Slip("sign_of_the_gap", "the bound less log p(x): it would be negative",
             lambda v: -of_bound("gap")(v)),
        Slip("kl_left_out", "log p(x) less the reconstruction: the divergence from the "
             "prior is left out",
             lambda v: of_bound("gap")(v) - of_bound("kl")(v)),
    )),),
)

LAB = Lab("09", "the ELBO on a model that is solved", "07_variational_inference",
          (EVIDENCE, POSTERIOR, BOUND, GRADIENT, GAP))
