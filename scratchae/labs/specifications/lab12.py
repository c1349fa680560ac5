"""Lab 12: the Gaussian likelihood, and why it is the squared error."""

import numpy as np

from scratchae.formulas.losses import gaussian_nll_backward, gaussian_nll_forward
from scratchae.labs.hypotheses import term_slips, upstream_missing
from scratchae.labs.specification import Lab, Part, Slip, Tensor
from scratchae.labs.specifications.special import but, first, nearly, upstream

WHERE = "scratchae.formulas.losses"


def pixels(rng, s):
    """Images, copies that are off by more than a little, and one log_var."""
    return {"x": rng.normal(size=(s.n, s.d)), "x_hat": rng.normal(size=(s.n, s.d)),
            "log_var": float(rng.uniform(0.4, 1) * rng.choice([-1, 1]))}


def copies(rng, s):
    given = pixels(rng, s)
    return {name: given[name] for name in ("x", "x_hat")}


def exact(inputs):
    """A copy that is exact, and sigma 1."""
    return but(first(inputs, x_hat=lambda v: v["x"][0]), log_var=0.0)


EXACT = "where sigma is 1 and a copy exact"


def nll(v, log_var=None):
    at = v.log_var if log_var is None else log_var
    return gaussian_nll_forward(v.x_hat, np.array(at), v.x)[0]


def square(v):
    return np.sum((v.x - v.x_hat) ** 2, axis=1)


def pieces(v, logs=1.0, constant=1.0, squares=1.0):
    """The three terms of an image's loss, each with a factor."""
    d = v.x.shape[1]
    return 0.5 * (constant * d * np.log(2 * np.pi) + logs * d * v.log_var
                  + squares * square(v) * np.exp(-v.log_var))


LIKELIHOOD = Part(
    "gaussian_nll", pixels, points=2, solution=f"{WHERE}.gaussian_nll_forward",
    more=((EXACT, exact(pixels)),),
    tensors=(Tensor("loss", nll, (
        *term_slips({
            "two_pi": ("2 pi", lambda v: pieces(v, logs=0, squares=0)),
            "log": ("the logarithm of the variance",
                    lambda v: pieces(v, constant=0, squares=0)),
            "squares": ("the square", lambda v: pieces(v, constant=0, logs=0)),
        }),
        Slip("log_once", "the logarithm of the variance stands once, not for each "
             "pixel", lambda v: pieces(v) - 0.5 * (v.x.shape[1] - 1) * v.log_var),
        Slip("constants_once", "the constants stand once, not for each pixel",
             lambda v: pieces(v) - 0.5 * (v.x.shape[1] - 1)
             * (v.log_var + np.log(2 * np.pi))),
        Slip("log_var_for_std", "log_var is read as the logarithm of sigma",
             lambda v: nll(v, 2 * v.log_var)),
        Slip("std_for_variance", "sigma stands where sigma^2 belongs",
             lambda v: pieces(v, squares=np.exp(v.log_var / 2))),
        Slip("multiplied", "multiplied by the variance, where a division belongs",
             lambda v: pieces(v, squares=np.exp(2 * v.log_var))),
        Slip("unscaled", "the squares are not divided by the variance",
             lambda v: pieces(v, squares=np.exp(v.log_var))),
        Slip("mean_over_pixels", "averaged over the pixels, not summed",
             lambda v: nll(v) / v.x.shape[1]),
        Slip("squared_error", "that is the squared error alone", square),
    )),),
)


pixels_upstream = upstream("d_loss", pixels)


def of_backward(which):
    def right(v):
        _, cache = gaussian_nll_forward(v.x_hat, np.array(v.log_var), v.x)
        return gaussian_nll_backward(v.d_loss, cache)[which]

    return right


def dlog_var(v, ones=1.0, squares=1.0):
    return np.sum(v.d_loss * 0.5 * (ones * v.x.shape[1]
                                    - squares * square(v) * np.exp(-v.log_var)))


def dx_hat(v, scale):
    return (v.x_hat - v.x) * scale * v.d_loss[:, None]


BACKWARD = Part(
    "gaussian_nll_backward", pixels_upstream, points=3,
    more=((EXACT, exact(pixels_upstream)),),
    returns=("dx_hat", "dlog_var"), solution=f"{WHERE}.gaussian_nll_backward",
    tensors=(
        Tensor("dlog_var", of_backward(1), (
            *term_slips({
                "one": ("the logarithm's derivative",
                        lambda v: dlog_var(v, squares=0)),
                "squares": ("the derivative of the squares",
                            lambda v: dlog_var(v, ones=0)),
            }),
            Slip("unscaled", "the squares are not divided by the variance",
                 lambda v: dlog_var(v, squares=np.exp(v.log_var))),
            Slip("once", "the logarithm counts once, not for each pixel",
                 lambda v: dlog_var(v, ones=1 / v.x.shape[1])),
            Slip("in_variance", "that is the derivative in sigma^2, not in log_var",
                 lambda v: dlog_var(v) * np.exp(-v.log_var)),
            upstream_missing(of_backward(1), "d_loss"),
            Slip("each_image", "not summed over the images: all share one variance",
                 lambda v: v.d_loss * 0.5 * (
                     v.x.shape[1] - square(v) * np.exp(-v.log_var))),
            Slip("each_pixel", "not summed over the pixels: all share one variance",
                 lambda v: np.sum(v.d_loss[:, None] * 0.5 * (
                     1 - (v.x - v.x_hat) ** 2 * np.exp(-v.log_var)), axis=0)),
        )),
        Tensor("dx_hat", of_backward(0), (
            Slip("unscaled", "not divided by the variance",
                 lambda v: dx_hat(v, 1)),
            Slip("std_for_variance", "divided by sigma, not by sigma^2",
                 lambda v: dx_hat(v, np.exp(-v.log_var / 2))),
            Slip("multiplied", "multiplied by the variance, where a division belongs",
                 lambda v: dx_hat(v, np.exp(v.log_var))),
            Slip("of_squared_error", "that is the gradient of the squared error",
                 lambda v: dx_hat(v, 2)),
            upstream_missing(of_backward(0), "d_loss"),
        )),
    ),
)


def best(v):
    """The variance that fits the residuals best."""
    return np.mean((v.x - v.x_hat) ** 2)


BEST = Part(
    "best_variance", copies, points=2, returns=("log_var", "loss"),
    more=(("where copies are nearly right", but(copies, **nearly("x_hat", "x"))),),
    solution=f"{WHERE}.gaussian_nll_backward: where its dlog_var is 0",
    tensors=(
        Tensor("log_var", lambda v: np.log(best(v)), (
            Slip("variance", "the variance itself, not its logarithm", best),
            Slip("log_std", "the logarithm of sigma, not of sigma^2",
                 lambda v: 0.5 * np.log(best(v))),
            Slip("per_image", "the squares are summed over the pixels, not averaged",
                 lambda v: np.log(square(v).mean())),
            Slip("sum", "the squares are summed over images and pixels",
                 lambda v: np.log(square(v).sum())),
            Slip("centred", "the spread of the residuals about their mean",
                 lambda v: np.log(np.var(v.x - v.x_hat))),
            Slip("of_data", "the variance of the images, not of the residuals",
                 lambda v: np.log(np.var(v.x))),
            Slip("absolute", "from absolute values, not from squares",
                 lambda v: np.log(np.mean(np.abs(v.x - v.x_hat)))),
        )),
        Tensor("loss", lambda v: nll(v).mean(), (
            Slip("not_averaged", "summed over the images, not averaged",
                 lambda v: nll(v).sum()),
            Slip("mean_over_pixels", "averaged over the pixels too",
                 lambda v: nll(v).mean() / v.x.shape[1]),
            Slip("squares_left_out", "the squares are left out: they are d / 2 here",
                 lambda v: nll(v).mean() - 0.5 * v.x.shape[1]),
        )),
    ),
)


def trade_inputs(rng, s):
    """Each image's squared error and divergence, and sigma of the likelihood."""
    return {"sse": rng.uniform(2, 9, s.n), "kl": rng.uniform(1, 5, s.n),
            "sigma": float(rng.uniform(0.3, 0.8)), "d": s.d}


TRADE = Part(
    "squared_error_form", trade_inputs, points=2, returns=("beta", "constant"),
    more=(("where sigma is 1", but(trade_inputs, sigma=1.0)),),
    solution="lecture 10, (10.10); its text on squared error",
    tensors=(
        Tensor("beta", lambda v: 2 * v.sigma**2, (
            Slip("half_missing", "the 1/2 of the likelihood is forgotten",
                 lambda v: v.sigma**2),
            Slip("inverse", "one over it: the weight of the squares beside the "
                 "divergence", lambda v: 1 / (2 * v.sigma**2)),
            Slip("std", "sigma is not squared", lambda v: 2 * v.sigma),
            Slip("one", "1: then squared error and divergence are in different units",
                 lambda v: 1.0),
        )),
        Tensor("constant", lambda v: v.beta * 0.5 * v.d * np.log(
            2 * np.pi * v.sigma**2), (
                Slip("not_scaled", "not multiplied by the factor of the whole loss",
                     lambda v: 0.5 * v.d * np.log(2 * np.pi * v.sigma**2)),
                Slip("once", "for one pixel, not for all",
                     lambda v: v.sigma**2 * np.log(2 * np.pi * v.sigma**2)),
                Slip("two_pi", "2 pi is missing",
                     lambda v: v.d * v.sigma**2 * np.log(v.sigma**2)),
                Slip("log_missing", "the logarithm of the variance is missing",
                     lambda v: v.d * v.sigma**2 * np.log(2 * np.pi)),
            )),
    ),
)

LAB = Lab("12", "the Gaussian likelihood and the squared error", "10_vae",
          (LIKELIHOOD, BACKWARD, BEST, TRADE))
