"""Lab 02: activations and their derivatives, and a layer with one."""

import numpy as np

from scratchae.formulas.activations import ACTIVATIONS, logistic, relu_backward
from scratchae.formulas.dense import dense_backward
from scratchae.labs.hypotheses import bias_slips, input_slips, slope_slips, weight_slips
from scratchae.labs.specification import Lab, Part, Slip, Tensor

WHERE = "scratchae.formulas.activations"


def point(rng, s):
    """Pre-activations on both sides of 0, none near it."""
    sign = rng.choice([-1.0, 1.0], size=(s.n, s.h))
    return {"a": sign * rng.uniform(0.2, 2.5, size=(s.n, s.h))}


def slope_inputs(rng, s):
    """The gradient of h, and a."""
    return {"dh": rng.normal(size=(s.n, s.h)), **point(rng, s)}


def far(rng, s):
    """Units that are saturated, as far as 1e4."""
    given = slope_inputs(rng, s)
    given["a"] *= 10.0 ** rng.integers(1, 5, size=given["a"].shape)
    return given


def far_point(rng, s):
    """The same without an upstream gradient, and where exp(-a) alone is too large."""
    a = far(rng, s)["a"]
    a[0] = np.resize([-720.0, -40.0, 800.0], a.shape[1])
    a[-1, -1] = 0.0  # neither above nor below
    return {"a": a}


def at_kink(rng, s):
    """Some units at 0, where relu has no derivative and 0 is taken."""
    given = slope_inputs(rng, s)
    given["a"][rng.uniform(size=given["a"].shape) < 0.4] = 0
    return given


def layer_inputs(rng, s):
    """A layer h = tanh(x W + b)."""
    return {
        "dh": rng.normal(size=(s.n, s.h)), "x": rng.normal(size=(s.n, s.d)),
        "W": 0.4 * rng.normal(size=(s.d, s.h)), "b": rng.normal(size=s.h),
    }


def through(name):
    """da = dh phi'(a) of the activation of this name."""
    phi = ACTIVATIONS[name]
    return lambda v: phi.backward(v.dh, phi.forward(v.a)[1])


SIGMOID = Part(
    "sigmoid", point, solution=f"{WHERE}.sigmoid_forward", asks=("quiet",),
    more=(("far from 0, where exp may overflow and h is tiny", far_point),),
    tensors=(Tensor("h", lambda v: logistic(v.a), (
        Slip("sign_of_a", "exp(a) for exp(-a): that is the sigmoid of -a",
             lambda v: logistic(-v.a)),
        Slip("tanh", "that is another activation, tanh", lambda v: np.tanh(v.a)),
        Slip("softplus", "that is another activation, softplus",
             lambda v: np.logaddexp(0, v.a)),
        Slip("half_argument", "the argument is halved", lambda v: logistic(v.a / 2)),
        Slip("double_argument", "the argument is doubled",
             lambda v: logistic(2 * v.a)),
    ), tiny=True),),
)


def slope_without_square(a):
    """tanh' = 1 - tanh : a, function of v."""
    return Slip("slope_without_square", "a square is missing in the derivative",
                lambda v: v.dh * (1 - np.tanh(a(v))))


def slope_part(name, others, *more):
    """The part that asks for the backward function of one activation."""
    return Part(
        f"{name}_backward", slope_inputs, solution=f"{WHERE}.{name}_backward",
        more=(("far from 0, where units are saturated", far),),
        tensors=(Tensor("da", through(name), (
            *slope_slips(name, lambda v: v.a, lambda v: v.dh, others), *more)),),
    )


TANH = slope_part("tanh", ("sigmoid", "softplus"),
                  slope_without_square(lambda v: v.a))
SIGMOID_BACKWARD = slope_part(
    "sigmoid", ("tanh",),
    Slip("half_of_slope", "one factor of the derivative is missing",
         lambda v: v.dh * (1 - logistic(v.a))),
)
# At a > 0 the slopes of relu and of a leaky one are the same, and h is a itself.
RELU = Part(
    "relu_backward", slope_inputs, solution=f"{WHERE}.relu_backward",
    more=(("far from 0", far), ("at the kink, a = 0", at_kink)),
    tensors=(Tensor("da", lambda v: relu_backward(v.dh, v.a <= 0), (
        Slip("slope_missing", "the derivative of the activation is forgotten",
             lambda v: v.dh),
        Slip("slope_alone", "the upstream gradient is missing: the derivative alone",
             lambda v: (v.a > 0).astype(float)),
        Slip("relu_of_upstream", "the upstream gradient is cut off at 0, and not where "
             "a is", lambda v: np.maximum(v.dh, 0)),
        Slip("relu_other_side", "the gradient passes where a is negative",
             lambda v: np.where(v.a > 0, 0, v.dh)),
        Slip("value_for_slope", "the activation itself stands where its derivative "
             "belongs", lambda v: v.dh * np.maximum(v.a, 0)),
        Slip("slope_of_leaky_relu", "that is the derivative of another activation, "
             "leaky_relu", lambda v: np.where(v.a > 0, v.dh, 0.01 * v.dh)),
        Slip("slope_of_abs", "that is the derivative of |a|",
             lambda v: v.dh * np.sign(v.a)),
    )),),
)


def before(v):
    """a = x W + b, which the layer has computed."""
    return v.x @ v.W + v.b


def past(wrong):
    return Slip("past_the_activation", "it goes past the activation: dh for da", wrong)


LAYER = Part(
    "tanh_layer_backward", layer_inputs, points=4, returns=("da", "dx", "dW", "db"),
    solution=f"{WHERE}.tanh_backward, then scratchae.formulas.dense.dense_backward",
    tensors=(
        Tensor("da", lambda v: v.dh * (1 - np.tanh(before(v)) ** 2), (
            *slope_slips("tanh", before, lambda v: v.dh, ("sigmoid", "softplus")),
            Slip("slope_without_bias", "the bias is missing where the derivative is "
                 "taken", lambda v: v.dh * (1 - np.tanh(v.x @ v.W) ** 2)),
            slope_without_square(before),
        )),
        Tensor("db", lambda v: dense_backward(v.da, (v.x, v.W))[2], (
            *bias_slips("da"),
            past(lambda v: v.dh.sum(axis=0)),
        )),
        Tensor("dW", lambda v: dense_backward(v.da, (v.x, v.W))[1], (
            *weight_slips("x", "da"),
            past(lambda v: v.x.T @ v.dh),
        )),
        Tensor("dx", lambda v: dense_backward(v.da, (v.x, v.W))[0], (
            *input_slips("da", "W", "dW"),
            past(lambda v: v.dh @ v.W.T),
        )),
    ),
)

LAB = Lab("02", "activations", "01_autoencoder", (
    SIGMOID, SIGMOID_BACKWARD, TANH, RELU, LAYER))
