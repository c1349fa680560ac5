"""Lab 06: the L1 penalty, and the divergence that couples the images of a batch."""

import numpy as np

from scratchae.formulas import penalties
from scratchae.formulas.activations import sigmoid_backward
from scratchae.labs.specification import Lab, Part, Slip, Tensor
from scratchae.labs.specifications.special import at_target, but, first, upstream

WHERE = "scratchae.formulas.penalties"
WANTED = "where units are as active as they should be, or nearly"


def codes(rng, s):
    """Codes of both signs."""
    return {"h": rng.normal(size=(s.n, s.k))}


with_upstream = upstream("d_penalty", codes)


def codes_with_zeros(rng, s):
    """Some units are off: 0."""
    given = with_upstream(rng, s)
    given["h"][rng.uniform(size=given["h"].shape) < 0.4] = 0
    return given


def activities(rng, s):
    """Codes of a sigmoid, and the target activation."""
    return {"h": rng.uniform(0.1, 0.9, size=(s.n, s.k)),
            "rho": float(rng.uniform(0.1, 0.3))}


def activities_with_upstream(rng, s):
    """The penalty of the batch is one number, and so is the gradient above it."""
    return {"d_penalty": float(rng.uniform(0.5, 2.0)), **activities(rng, s)}


def whole_inputs(rng, s):
    """The gradient from the decoder, the codes, target and weight of the penalty."""
    return {"dh_decoder": rng.normal(size=(s.n, s.k)), **activities(rng, s),
            "weight": float(rng.uniform(0.5, 2.0))}


def saturated(rng, s):
    """Some units are off, or on, to a millionth, in some images."""
    given = whole_inputs(rng, s)
    edge = rng.choice([1e-6, 1 - 1e-6], size=given["h"].shape)
    given["h"] = np.where(rng.uniform(size=edge.shape) < 0.3, edge, given["h"])
    return given


def divergence(rho, r):
    """KL between two coins that come up with probability rho and r, elementwise."""
    return rho * np.log(rho / r) + (1 - rho) * np.log((1 - rho) / (1 - r))


def slope(rho, r):
    """Its derivative in r."""
    return (1 - rho) / (1 - r) - rho / r


def spread(v, d_mean):
    """The gradient of a batch mean, for each image."""
    return np.broadcast_to(d_mean, v.h.shape)


def right_penalty(v):
    """The library's penalty of a batch."""
    return penalties.kl_sparsity_forward(v.h, v.rho)[0]


def right_gradient(v, d_penalty):
    """The library's gradient of it in h."""
    _, cache = penalties.kl_sparsity_forward(v.h, v.rho)
    return penalties.kl_sparsity_backward(d_penalty, cache)


def rho_hat(v):
    """The mean activation of each unit."""
    return v.h.mean(axis=0)


def wrong_means():
    """What the gradient of the divergence is taken for: another mean."""
    return (
        Slip("one_n_missing", "1/n is missing: each image moves the batch mean by 1/n",
             lambda v: spread(v, slope(v.rho, rho_hat(v)))),
        Slip("one_n_twice", "1/n stands there twice",
             lambda v: spread(v, slope(v.rho, rho_hat(v)) / len(v.h) ** 2)),
        Slip("over_units", "divided by the number of units, not of images",
             lambda v: spread(v, slope(v.rho, rho_hat(v)) / v.h.shape[1])),
        Slip("each_image", "each image by itself: the divergence sees batch means only",
             lambda v: slope(v.rho, v.h) / len(v.h)),
        Slip("each_image_without_n", "each image by itself, and 1/n is missing",
             lambda v: slope(v.rho, v.h)),
        Slip("rho_hat_over_all", "the mean is over the images and the units",
             lambda v: spread(v, slope(v.rho, v.h.mean()) / len(v.h))),
    )


def wrong_terms():
    """What it is taken for: other terms."""
    def of_mean(code, words, d_mean):
        return Slip(code, words, lambda v: spread(
            v, d_mean(v.rho, rho_hat(v)) / len(v.h)))

    return (
        of_mean("rho_swapped", "rho and rho_hat have changed places",
                lambda rho, r: slope(r, rho)),
        of_mean("divergence_other_way", "the derivative of the divergence the other "
                "way round",
                lambda rho, r: np.log(r / rho) - np.log((1 - r) / (1 - rho))),
        of_mean("penalty_sign", "the penalty's part has the wrong sign",
                lambda rho, r: -slope(rho, r)),
        of_mean("on_only", "only the term of rho: that of 1 - rho is missing",
                lambda rho, r: -rho / r),
        of_mean("off_only", "only the term of 1 - rho: that of rho is missing",
                lambda rho, r: (1 - rho) / (1 - r)),
        of_mean("signs_equal", "both terms have the same sign",
                lambda rho, r: (1 - rho) / (1 - r) + rho / r),
    )


def gradient_slips(weight, before=lambda v: 0.0):
    """What the gradient of the divergence is taken for.

    weight : function of v, stands before it   before : what it is added to
    """
    return tuple(
        Slip(slip.code, slip.words,
             lambda v, slip=slip: before(v) + weight(v) * slip.wrong(v))
        for slip in (*wrong_means(), *wrong_terms())
    )


L1 = Part(
    "l1", codes, solution=f"{WHERE}.l1_forward",
    more=(("where an image's codes are 0", first(codes, h=0)),),
    tensors=(Tensor("penalty", lambda v: penalties.l1_forward(v.h)[0], (
        Slip("signs_kept", "the codes are summed with their signs",
             lambda v: v.h.sum(axis=1)),
        Slip("squares", "squares, not absolute values",
             lambda v: np.sum(v.h**2, axis=1)),
        Slip("absolute_of_sum", "first summed, then the absolute value",
             lambda v: np.abs(v.h.sum(axis=1))),
        Slip("mean_over_units", "a mean over the units: the penalty is their sum",
             lambda v: np.abs(v.h).mean(axis=1)),
        Slip("wrong_axis", "summed over the images, not over the units",
             lambda v: np.abs(v.h).sum(axis=0)),
        Slip("largest", "the largest one, not the sum",
             lambda v: np.abs(v.h).max(axis=1)),
        Slip("euclidean", "the Euclidean length", lambda v: np.sqrt(
            np.sum(v.h**2, axis=1))),
    )),),
)

L1_BACKWARD = Part(
    "l1_backward", with_upstream, solution=f"{WHERE}.l1_backward",
    more=(("where codes are 0", codes_with_zeros),),
    tensors=(Tensor("dh", lambda v: penalties.l1_backward(
        v.d_penalty, penalties.l1_forward(v.h)[1]), (
        Slip("sign_missing", "the sign of the code is missing",
             lambda v: spread(v, v.d_penalty[:, None])),
        Slip("upstream_missing", "the upstream gradient is missing",
             lambda v: np.sign(v.h)),
        Slip("code_for_sign", "the code stands where its sign belongs",
             lambda v: v.h * v.d_penalty[:, None]),
        Slip("absolute_for_sign", "the absolute value stands where the sign belongs",
             lambda v: np.abs(v.h) * v.d_penalty[:, None]),
        Slip("squares", "that is the gradient of the sum of squares",
             lambda v: 2 * v.h * v.d_penalty[:, None]),
        Slip("averaged", "divided by the number of images: 1/n is in the upstream "
             "gradient", lambda v: np.sign(v.h) * v.d_penalty[:, None] / len(v.h)),
        Slip("over_units", "divided by the number of units: the penalty is their sum",
             lambda v: np.sign(v.h) * v.d_penalty[:, None] / v.h.shape[1]),
        Slip("sign_of_upstream", "the sign of the upstream gradient as well",
             lambda v: np.sign(v.h * v.d_penalty[:, None])),
    )),),
)

KL = Part(
    "kl_sparsity", activities, points=2, solution=f"{WHERE}.kl_sparsity_forward",
    more=((WANTED, at_target(activities)),),
    tensors=(Tensor("penalty", right_penalty, (
        Slip("rho_swapped", "rho and rho_hat have changed places",
             lambda v: divergence(rho_hat(v), v.rho).sum()),
        Slip("each_image", "a divergence of each image, averaged: rho_hat is a mean "
             "over the batch", lambda v: divergence(v.rho, v.h).sum(axis=1).mean()),
        Slip("each_image_summed", "a divergence of each image, summed",
             lambda v: divergence(v.rho, v.h).sum()),
        Slip("mean_over_units", "a mean over the units: the penalty is their sum",
             lambda v: divergence(v.rho, rho_hat(v)).mean()),
        Slip("rho_hat_over_units", "rho_hat is the mean over the units of each image",
             lambda v: divergence(v.rho, v.h.mean(axis=1)).sum()),
        Slip("rho_hat_over_all", "one rho_hat for all units",
             lambda v: v.h.shape[1] * divergence(v.rho, v.h.mean())),
        Slip("not_summed", "not summed over the units",
             lambda v: divergence(v.rho, rho_hat(v))),
        Slip("on_only", "only the term of rho: that of 1 - rho is missing",
             lambda v: np.sum(v.rho * np.log(v.rho / rho_hat(v)))),
        Slip("terms_subtracted", "the term of 1 - rho is subtracted",
             lambda v: np.sum(v.rho * np.log(v.rho / rho_hat(v)) - (1 - v.rho)
                              * np.log((1 - v.rho) / (1 - rho_hat(v))))),
        Slip("cross_entropy", "the cross-entropy: the entropy of rho is not taken off",
             lambda v: -np.sum(v.rho * np.log(rho_hat(v))
                               + (1 - v.rho) * np.log(1 - rho_hat(v)))),
        Slip("bits", "in bits: the logarithm to base 2",
             lambda v: right_penalty(v) / np.log(2)),
        Slip("on_in_bits", "the term of rho is in bits, the other one in nats",
             lambda v: right_penalty(v) + (1 / np.log(2) - 1) * np.sum(
                 v.rho * np.log(v.rho / rho_hat(v)))),
    )),),
)

KL_BACKWARD = Part(
    "kl_sparsity_backward", activities_with_upstream, points=3,
    more=((WANTED, at_target(activities_with_upstream)),),
    solution=f"{WHERE}.kl_sparsity_backward",
    tensors=(Tensor("dh", lambda v: right_gradient(v, v.d_penalty), (
        *gradient_slips(lambda v: v.d_penalty),
        Slip("upstream_missing", "the upstream gradient is missing",
             lambda v: right_gradient(v, 1.0)),
        Slip("one_row", "one row for all images: the gradient has the shape of h",
             lambda v: right_gradient(v, v.d_penalty)[0]),
        Slip("one_row_without_n", "one row for all images, and 1/n is missing",
             lambda v: v.d_penalty * slope(v.rho, rho_hat(v))),
    )),),
)


def decoder_alone(v):
    """dh without the penalty's part."""
    return v.dh_decoder


WHOLE = Part(
    "sparse_code_backward", whole_inputs, points=3, returns=("dh", "da"),
    more=(("where units are saturated", saturated), (WANTED, at_target(whole_inputs)),
          ("where the penalty weighs 0", but(whole_inputs, weight=0.0))),
    solution="scratchae.networks.sparse, and scratchae.formulas.activations."
    "sigmoid_backward",
    tensors=(
        Tensor("dh", lambda v: v.dh_decoder + right_gradient(v, v.weight), (
            *gradient_slips(lambda v: v.weight, decoder_alone),
            Slip("penalty_missing", "the penalty has no part in it", decoder_alone),
            Slip("decoder_missing", "the penalty alone: the decoder's part is missing",
                 lambda v: right_gradient(v, v.weight)),
            Slip("weight_missing", "the penalty's weight is missing",
                 lambda v: v.dh_decoder + right_gradient(v, 1.0)),
            Slip("weight_squared", "the weight multiplies the penalty twice",
                 lambda v: v.dh_decoder + v.weight * right_gradient(v, v.weight)),
            Slip("weight_on_all", "the weight multiplies the decoder's part too",
                 lambda v: v.weight * (v.dh_decoder + right_gradient(v, 1.0))),
        )),
        Tensor("da", lambda v: sigmoid_backward(v.dh, v.h), (
            Slip("slope_missing", "the derivative of the activation is forgotten",
                 lambda v: v.dh),
            Slip("penalty_past_the_activation", "the penalty goes past the activation",
                 lambda v: sigmoid_backward(v.dh_decoder, v.h)
                 + right_gradient(v, v.weight)),
            Slip("penalty_missing", "the penalty does not get as far as here",
                 lambda v: sigmoid_backward(v.dh_decoder, v.h)),
            Slip("half_of_slope", "one of the two factors of the derivative is missing",
                 lambda v: v.dh * v.h),
            Slip("other_half_of_slope", "the other factor of the derivative is missing",
                 lambda v: v.dh * (1 - v.h)),
            Slip("slope_of_tanh", "that is the derivative of another activation, tanh",
                 lambda v: v.dh * (1 - v.h**2)),
            Slip("h_for_a", "h is taken for a: a sigmoid too many",
                 lambda v: v.dh * np.exp(-v.h) / (1 + np.exp(-v.h)) ** 2),
        )),
    ),
)

LAB = Lab("06", "sparsity: L1, and a divergence that couples the batch", "03_sparse",
          (L1, L1_BACKWARD, KL, KL_BACKWARD, WHOLE))
