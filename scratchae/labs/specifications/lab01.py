"""Lab 01: the dense layer, forward and backward, and two of them in a row."""

import numpy as np

from scratchae.formulas.dense import dense_backward, dense_forward
from scratchae.labs.hypotheses import bias_slips, input_slips, weight_slips
from scratchae.labs.specification import Lab, Part, Slip, Tensor

WHERE = "scratchae.formulas.dense"


def forward_inputs(rng, s):
    """A batch, weights that are not symmetric, and a bias that is not 0."""
    return {"x": rng.normal(size=(s.n, s.d)), "W": rng.normal(size=(s.d, s.h)),
            "b": rng.normal(size=s.h)}


def backward_inputs(rng, s):
    """The upstream gradient is random: ones would hide what is summed."""
    given = forward_inputs(rng, s)
    return {"dy": rng.normal(size=(s.n, s.h)), "x": given["x"], "W": given["W"]}


def two_layer_inputs(rng, s):
    """y = (x W1 + b1) W2 + b2, without an activation between."""
    return {
        "dy": rng.normal(size=(s.n, s.k)), "x": rng.normal(size=(s.n, s.d)),
        "W1": rng.normal(size=(s.d, s.h)), "b1": rng.normal(size=s.h),
        "W2": rng.normal(size=(s.h, s.k)),
    }


FORWARD = Part(
    "dense_forward", forward_inputs, solution=f"{WHERE}.dense_forward",
    tensors=(Tensor("y", lambda v: dense_forward(v.x, v.W, v.b)[0], (
        Slip("bias_missing", "the bias is missing", lambda v: v.x @ v.W),
        Slip("bias_subtracted", "the bias is subtracted", lambda v: v.x @ v.W - v.b),
        Slip("bias_twice", "the bias is added twice", lambda v: v.x @ v.W + 2 * v.b),
        Slip("only_bias", "the input does not matter: the bias in every row",
             lambda v: np.tile(v.b, (len(v.x), 1))),
        Slip("bias_from_first_unit", "the first unit's bias is added to all units",
             lambda v: v.x @ v.W + v.b[0]),
        Slip("divided_by_inputs", "the product is a mean over the inputs, not a sum",
             lambda v: v.x @ v.W / v.x.shape[1] + v.b),
    )),),
)

BACKWARD = Part(
    "dense_backward", backward_inputs, returns=("dx", "dW", "db"), points=3,
    solution=f"{WHERE}.dense_backward",
    tensors=(
        Tensor("db", lambda v: dense_backward(v.dy, (v.x, v.W))[2], bias_slips("dy")),
        Tensor("dW", lambda v: dense_backward(v.dy, (v.x, v.W))[1],
               weight_slips("x", "dy")),
        Tensor("dx", lambda v: dense_backward(v.dy, (v.x, v.W))[0],
               input_slips("dy", "W", "dW")),
    ),
)


def hidden(v):
    """h = x W1 + b1, which the second layer was given."""
    return v.x @ v.W1 + v.b1


TWO = Part(
    "two_layers_backward", two_layer_inputs, points=4,
    returns=("dW2", "db2", "dh", "dW1", "db1", "dx"),
    solution=f"{WHERE}.dense_backward, called for the second layer and then the first",
    tensors=(
        Tensor("db2", lambda v: dense_backward(v.dy, (hidden(v), v.W2))[2],
               bias_slips("dy")),
        Tensor("dW2", lambda v: dense_backward(v.dy, (hidden(v), v.W2))[1], (
            Slip("wrong_input", "another layer's input: that of the network",
                 lambda v: v.x.T @ v.dy),
            Slip("input_without_bias", "the input of layer 2 lacks the first bias",
                 lambda v: (v.x @ v.W1).T @ v.dy),
        )),
        Tensor("dh", lambda v: dense_backward(v.dy, (hidden(v), v.W2))[0],
               input_slips("dy", "W2", "dW2")),
        Tensor("db1", lambda v: dense_backward(v.dh, (v.x, v.W1))[2], bias_slips("dh")),
        Tensor("dW1", lambda v: dense_backward(v.dh, (v.x, v.W1))[1], (
            *weight_slips("x", "dh"),
            Slip("wrong_input", "another layer's input: h",
                 lambda v: hidden(v).T @ v.dh),
            Slip("wrong_upstream", "the gradient of another layer's output: dy",
                 lambda v: v.x.T @ v.dy),
        )),
        Tensor("dx", lambda v: dense_backward(v.dh, (v.x, v.W1))[0],
               input_slips("dh", "W1", "dW1")),
    ),
)

LAB = Lab("01", "the dense layer", "01_autoencoder", (FORWARD, BACKWARD, TWO))
