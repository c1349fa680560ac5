"""Lab 03: the squared error, and the Bernoulli loss from logits."""

import numpy as np

from scratchae.formulas import losses
from scratchae.formulas.activations import logistic
from scratchae.labs.specification import Lab, Part, Slip, Tensor
from scratchae.labs.specifications.special import first, upstream

WHERE = "scratchae.formulas.losses"


def images(rng, s):
    """Images in [0, 1] and their reconstructions."""
    return {"x_hat": rng.uniform(size=(s.n, s.d)), "x": rng.uniform(size=(s.n, s.d))}


def logits(rng, s):
    """Grey pixels x, and logits on both sides of 0."""
    return {"logits": 2 * rng.normal(size=(s.n, s.d)),
            "x": rng.uniform(size=(s.n, s.d))}


def far_logits(rng, s):
    """Logits up to 1e4: a probability that has rounded to 0 or 1 has no logarithm."""
    given = logits(rng, s)
    given["logits"] *= 10.0 ** rng.integers(0, 4, size=given["logits"].shape)
    return given


def black_and_white(rng, s):
    """Pixels that are 0 or 1; of one image the decoder knows nothing."""
    given = logits(rng, s)
    given["logits"][0] = 0
    return {**given, "x": np.round(given["x"])}


exact = first(images, x_hat=lambda given: given["x"][0])
EXACT = "where a copy is exact"
SPECIAL = (("far from 0, where probabilities round to 0 and 1", far_logits),
           ("where pixels are 0 or 1, and logits 0", black_and_white))
AFTER = tuple((words, upstream("d_loss", inputs)) for words, inputs in SPECIAL)


def softplus(a):
    """log(1 + exp(a))."""
    return np.logaddexp(0, a)


def column(v):
    """d_loss as a column, for each image's pixels."""
    return v.d_loss[:, None]


SQUARED = Part(
    "squared_error", images, solution=f"{WHERE}.squared_error_forward",
    more=((EXACT, exact),),
    tensors=(Tensor("loss", lambda v: losses.squared_error_forward(v.x_hat, v.x)[0], (
        Slip("mean_over_pixels", "a mean over the pixels: the loss is their sum",
             lambda v: np.mean((v.x_hat - v.x) ** 2, axis=1)),
        Slip("wrong_axis", "summed over the images, not over the pixels",
             lambda v: np.sum((v.x_hat - v.x) ** 2, axis=0)),
        Slip("absolute_error", "absolute differences, not squares",
             lambda v: np.sum(np.abs(v.x_hat - v.x), axis=1)),
        Slip("square_of_sum", "first summed, then squared",
             lambda v: np.sum(v.x_hat - v.x, axis=1) ** 2),
        Slip("difference_of_squares", "a difference of squares",
             lambda v: np.sum(v.x_hat**2 - v.x**2, axis=1)),
    )),),
)

SQUARED_BACKWARD = Part(
    "squared_error_backward", upstream("d_loss", images),
    more=((EXACT, upstream("d_loss", exact)),),
    solution=f"{WHERE}.squared_error_backward",
    tensors=(Tensor("dx_hat", lambda v: losses.squared_error_backward(
        v.d_loss, v.x_hat - v.x), (
        Slip("two_missing", "the factor that the square's derivative has is forgotten",
             lambda v: column(v) * (v.x_hat - v.x)),
        Slip("other_way_round", "the difference is taken the other way round",
             lambda v: 2 * column(v) * (v.x - v.x_hat)),
        Slip("mean_over_pixels", "divided by the number of pixels: the loss is a sum",
             lambda v: 2 * column(v) * (v.x_hat - v.x) / v.x.shape[1]),
        Slip("mean_over_images", "divided by the number of images: 1/n is in the "
             "upstream gradient", lambda v: 2 * column(v) * (v.x_hat - v.x) / len(v.x)),
        Slip("upstream_missing", "the upstream gradient is missing",
             lambda v: 2 * (v.x_hat - v.x)),
        Slip("first_upstream", "the first image's upstream gradient is used for all",
             lambda v: 2 * v.d_loss[0] * (v.x_hat - v.x)),
        Slip("still_squared", "the difference is still squared",
             lambda v: column(v) * (v.x_hat - v.x) ** 2),
        Slip("target_missing", "the target is missing",
             lambda v: 2 * column(v) * v.x_hat),
        Slip("sign_only", "only the sign of the difference: the derivative of |.|",
             lambda v: column(v) * np.sign(v.x_hat - v.x)),
    )),),
)

BERNOULLI = Part(
    "bernoulli_nll", logits, more=SPECIAL, points=2,
    solution=f"{WHERE}.bernoulli_nll_forward",
    tensors=(Tensor("loss", lambda v: losses.bernoulli_nll_forward(v.logits, v.x)[0], (
        Slip("log_likelihood", "the log-likelihood: a loss is minus that",
             lambda v: np.sum(v.x * v.logits - softplus(v.logits), axis=1)),
        Slip("mean_over_pixels", "a mean over the pixels: the loss is their sum",
             lambda v: np.mean(softplus(v.logits) - v.x * v.logits, axis=1)),
        Slip("wrong_axis", "summed over the images, not over the pixels",
             lambda v: np.sum(softplus(v.logits) - v.x * v.logits, axis=0)),
        Slip("pixels_inverted", "x and 1 - x have changed places",
             lambda v: np.sum(softplus(v.logits) - (1 - v.x) * v.logits, axis=1)),
        Slip("sign_of_logit", "a sign inside the exponential",
             lambda v: np.sum(softplus(-v.logits) - v.x * v.logits, axis=1)),
        Slip("white_only", "only the term of x: that of 1 - x is missing",
             lambda v: np.sum(v.x * softplus(-v.logits), axis=1)),
        Slip("black_only", "only the term of 1 - x: that of x is missing",
             lambda v: np.sum((1 - v.x) * softplus(v.logits), axis=1)),
        Slip("sigmoid_twice", "a sigmoid too many: probabilities stand for logits",
             lambda v: np.sum(softplus(logistic(v.logits)) - v.x * logistic(v.logits),
                              axis=1)),
        Slip("bits", "in bits: the logarithm to base 2",
             lambda v: np.sum(softplus(v.logits) - v.x * v.logits, axis=1) / np.log(2)),
        Slip("product_added", "the product of pixel and logit has the wrong sign",
             lambda v: np.sum(softplus(v.logits) + v.x * v.logits, axis=1)),
        Slip("black_or_white", "grey pixels are made black or white",
             lambda v: np.sum(softplus(v.logits) - (v.x > 0.5) * v.logits, axis=1)),
    )),),
)


def gradient_slips(weight):
    """What dlogits is taken for : weight, function of v, stands before p - x."""
    def p(v):
        return logistic(v.logits)

    return (
        Slip("merged_twice", "the sigmoid's derivative is multiplied in once more: "
             "it has cancelled already", lambda v: weight(v) * (p(v) - v.x)
             * p(v) * (1 - p(v))),
        Slip("in_p", "the gradient in the probability, not in the logit",
             lambda v: weight(v) * (p(v) - v.x) / (p(v) * (1 - p(v)))),
        Slip("sigmoid_missing", "logits where probabilities belong",
             lambda v: weight(v) * (v.logits - v.x)),
        Slip("sigmoid_twice", "a sigmoid too many",
             lambda v: weight(v) * (logistic(p(v)) - v.x)),
        Slip("other_way_round", "the difference is taken the other way round",
             lambda v: weight(v) * (v.x - p(v))),
        Slip("target_missing", "the target is missing", lambda v: weight(v) * p(v)),
        Slip("sign_of_logit", "exp(a) for exp(-a): that is 1 - p",
             lambda v: weight(v) * (1 - p(v) - v.x)),
        Slip("pixels_inverted", "x and 1 - x have changed places",
             lambda v: weight(v) * (p(v) - 1 + v.x)),
        Slip("squared_error", "that is the gradient of a squared error",
             lambda v: 2 * weight(v) * (p(v) - v.x) * p(v) * (1 - p(v))),
        Slip("mean_over_pixels", "divided by the number of pixels: the loss is a sum",
             lambda v: weight(v) * (p(v) - v.x) / v.x.shape[1]),
    )


def black_or_white(weight):
    """A target that is rounded."""
    return Slip("black_or_white", "grey pixels are made black or white",
                lambda v: weight(v) * (logistic(v.logits) - (v.x > 0.5)))


BERNOULLI_BACKWARD = Part(
    "bernoulli_nll_backward", upstream("d_loss", logits), points=2, more=AFTER,
    solution=f"{WHERE}.bernoulli_nll_backward",
    tensors=(Tensor("dlogits", lambda v: losses.bernoulli_nll_backward(
        v.d_loss, (v.logits, v.x)), (
        *gradient_slips(column),
        black_or_white(column),
        Slip("upstream_missing", "the upstream gradient is missing",
             lambda v: logistic(v.logits) - v.x),
        Slip("mean_over_images", "divided by the number of images: 1/n is in the "
             "upstream gradient",
             lambda v: column(v) * (logistic(v.logits) - v.x) / len(v.x)),
    )),),
)


def mean_loss(v):
    """J, the mean over the images."""
    return np.mean(losses.bernoulli_nll_forward(v.logits, v.x)[0])


WHOLE = Part(
    "mean_bernoulli_nll", logits, points=2, more=SPECIAL,
    solution=f"{WHERE}.bernoulli_nll_forward and bernoulli_nll_backward, its d_loss "
    "being 1/n, as in scratchae.networks.autoencoder",
    tensors=(
        Tensor("J", mean_loss, (
            Slip("sum_over_images", "summed over the images, not averaged",
                 lambda v: mean_loss(v) * len(v.x)),
            Slip("mean_over_pixels", "a mean over the pixels too",
                 lambda v: mean_loss(v) / v.x.shape[1]),
        )),
        Tensor("dlogits", lambda v: losses.bernoulli_nll_backward(
            np.full(len(v.x), 1 / len(v.x)), (v.logits, v.x)), (
            *gradient_slips(lambda v: 1 / len(v.x)),
            black_or_white(lambda v: 1 / len(v.x)),
            Slip("one_n_missing", "1/n is missing: J is a mean over the images",
                 lambda v: logistic(v.logits) - v.x),
            Slip("one_n_twice", "1/n stands there twice",
                 lambda v: (logistic(v.logits) - v.x) / len(v.x) ** 2),
            Slip("mean_over_all", "divided by the pixels for the images: 1/d for 1/n",
                 lambda v: (logistic(v.logits) - v.x) / v.x.shape[1]),
        )),
    ),
)

LAB = Lab("03", "squared error and Bernoulli loss", "01_autoencoder", (
    SQUARED, SQUARED_BACKWARD, BERNOULLI, BERNOULLI_BACKWARD, WHOLE))
