"""One update of a parameter vector (slide S09). All arrays change in place.

theta, grad and the state vectors are flat and of one size. `grad` is never changed.
"""

import numpy as np


def sgd_step(theta, grad, learning_rate):
    """Gradient descent: theta <- theta - learning_rate * grad, equation (1.14)."""
    theta -= learning_rate * grad


def momentum_step(theta, grad, velocity, learning_rate, momentum=0.9):
    """Heavy ball (Polyak 1964), equation (1.15).

    velocity <- momentum * velocity + grad
    theta    <- theta - learning_rate * velocity
    """
    velocity *= momentum
    velocity += grad
    theta -= learning_rate * velocity


def adam_step(theta, grad, m, v, t, learning_rate=1e-3, beta1=0.9, beta2=0.999,
              eps=1e-8):
    """Adam (Kingma & Ba 2015, algorithm 1), equation (1.16). t counts from 1.

    m <- beta1 m + (1 - beta1) grad              running mean of the gradient
    v <- beta2 v + (1 - beta2) grad^2            running mean of its square
    theta <- theta - learning_rate * m_hat / (sqrt(v_hat) + eps)

    m_hat = m / (1 - beta1^t) and v_hat = v / (1 - beta2^t) undo the start at zero.
    eps stands outside the root.
    """
    m *= beta1
    m += (1 - beta1) * grad
    v *= beta2
    v += (1 - beta2) * (grad * grad)
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    theta -= learning_rate * m_hat / (np.sqrt(v_hat) + eps)


def weight_decay_step(weights, learning_rate, weight_decay):
    """Decoupled weight decay: W <- W - learning_rate * weight_decay * W, (1.17).

    The optimizer's step of the same iteration is added to it, both with the weights
    as they were before (algorithms 1 and 2 of the paper). For plain gradient descent
    the two together are the gradient step of J + weight_decay / 2 * sum W^2; momentum
    and Adam would take that penalty's gradient into their running means, and this
    decay they do not see. Source: Loshchilov & Hutter 2019; the learning rate is
    their alpha times eta_t, so weight_decay is their lambda / alpha.
    """
    weights *= 1 - learning_rate * weight_decay
