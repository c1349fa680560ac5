"""The same training steps in JAX as its users write them.

The whole step is compiled, Adam included, and may overwrite parameters and moments in
place (donated buffers). Threads are set for the whole process, before.
"""

from functools import partial

import jax
import jax.numpy as jnp
from jax.tree_util import tree_map

from scratchae.benchmark.works import MASKED, RATE


def step_of(work, threads):
    """A function that does one step."""
    inputs, sizes = tuple(map(jnp.asarray, work.inputs())), work.layers
    keys = jax.random.split(jax.random.key(0), len(sizes))
    theta = [
        (jax.random.normal(key, size) / jnp.sqrt(size[0]), jnp.zeros(size[1]))
        for key, size in zip(keys, sizes, strict=True)
    ]
    gradient = jax.grad(partial(loss_of, kind=work.kind, inputs=inputs))
    compiled = jax.jit(partial(update, gradient), donate_argnums=(0, 1, 2))
    zeros = [tree_map(jnp.zeros_like, theta) for _ in range(2)]
    state = [(theta, *zeros, jnp.float32(0))]

    def step():
        state[0] = compiled(*state[0])
        jax.block_until_ready(state[0])

    return step


def network(layers, h):
    """Layers (W, b) with ReLU between them."""
    for W, b in layers[:-1]:
        h = jax.nn.relu(h @ W + b)
    W, b = layers[-1]
    return h @ W + b


def loss_of(theta, kind, inputs):
    """The loss of the kind of work; inputs are x and its noise."""
    encoder, decoder = theta[: len(theta) // 2], theta[len(theta) // 2 :]
    x, eps, uniform = inputs
    if kind == "vae":
        head, k = network(encoder, x), eps.shape[1]
        mu, log_var = head[:, :k], head[:, k:]
        logits = network(decoder, mu + jnp.exp(0.5 * log_var) * eps)
        kl = 0.5 * jnp.sum(mu**2 + jnp.exp(log_var) - 1 - log_var) / len(x)
        return bernoulli(logits, x) + kl
    if kind == "denoising":
        noisy = jnp.where(uniform < MASKED, 0.0, x)
        return bernoulli(network(decoder, jax.nn.sigmoid(network(encoder, noisy))), x)
    return jnp.sum((network(decoder, network(encoder, x)) - x) ** 2) / len(x)


def bernoulli(logits, x):
    """Negative log-likelihood per image."""
    return jnp.sum(jax.nn.softplus(logits) - x * logits) / len(x)


def update(gradient, theta, m, v, t):
    """Adam."""
    gradient, t = gradient(theta), t + 1
    m = tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, gradient)
    v = tree_map(lambda v, g: 0.999 * v + 0.001 * g * g, v, gradient)
    rate, root = RATE / (1 - 0.9**t), 1 / jnp.sqrt(1 - 0.999**t)
    theta = tree_map(
        lambda p, m, v: p - rate * m / (jnp.sqrt(v) * root + 1e-8), theta, m, v
    )
    return theta, m, v, t
