"""Optimizers: the state that goes with an update formula."""

import math

import numpy as np

from scratchae.formulas.optimizers import momentum_step, sgd_step
from scratchae.memory import aligned
from scratchae.nn.backend import ops


class SGD:
    """Plain gradient descent, equation (1.14). It has no state."""

    numbers = ()  # names of what its formula is told besides the learning rate
    state = ()  # names of the arrays that a checkpoint keeps, each as large as theta
    t = 0  # steps are counted by Adam only

    def __init__(self, parameters):
        self.parameters = parameters

    def arrays(self):
        """Its state by name."""
        return {name: getattr(self, name) for name in self.state}

    def step(self, learning_rate):
        """Change theta by one step against the gradient.

        Returns the learning rate times the norm of the gradient. Where that is not
        finite the training has diverged, and this step is not taken.
        """
        rate_times_norm = learning_rate * math.sqrt(
            ops.squared_norm(self.parameters.grad))
        if math.isfinite(rate_times_norm):
            self.update(learning_rate)
        return rate_times_norm

    def update(self, learning_rate):
        """The step itself."""
        sgd_step(self.parameters.theta, self.parameters.grad, learning_rate)


class Momentum(SGD):
    """Gradient descent with a velocity, equation (1.15)."""

    numbers, state = ("momentum",), ("velocity",)

    def __init__(self, parameters, momentum=0.9):
        self.parameters, self.momentum = parameters, momentum
        self.velocity = np.zeros_like(parameters.theta)

    def update(self, learning_rate):
        """The step itself."""
        p = self.parameters
        momentum_step(p.theta, p.grad, self.velocity, learning_rate, self.momentum)


class Adam(SGD):
    """The running means of Adam, equation (1.16); the update, with its bias correction,
    is `adam_step` of the backend."""

    numbers, state = ("beta1", "beta2"), ("m", "v")  # m, v: the two running means

    def __init__(self, parameters, beta1=0.9, beta2=0.999):
        self.parameters, self.beta1, self.beta2 = parameters, beta1, beta2
        shape, dtype = (2, parameters.theta.size), parameters.theta.dtype
        self.m, self.v = aligned(shape, dtype, np.zeros)
        self.t = 0

    def step(self, learning_rate):
        """Change theta by one step, the t-th from 1; returns what `SGD.step` does.

        Where that is not finite, all, some or none of theta may have moved: whoever
        calls sets it back.
        """
        p = self.parameters
        self.t += 1
        squares = ops.adam_step(p.theta, p.grad, self.m, self.v, self.t, learning_rate,
                                self.beta1, self.beta2)
        return learning_rate * math.sqrt(squares)


OPTIMIZERS = {"sgd": SGD, "momentum": Momentum, "adam": Adam}
