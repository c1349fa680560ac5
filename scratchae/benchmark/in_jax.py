"""The same training steps in JAX as its users write them.

The whole step is compiled, Adam included, and may overwrite parameters and moments in
place (donated buffers). XLA takes all processors that this process may use: as many as
the others are told to use threads.
"""

import time
from functools import partial

import jax
import jax.numpy as jnp
from jax.tree_util import tree_map

from scratchae.benchmark.works import MASKED, RATE


def step_of(work, threads):
    """A function that does one step."""
    inputs = tuple(map(jnp.asarray, work.inputs()))
    gradient = jax.grad(partial(loss_of, kind=work.kind, inputs=inputs))
    compiled = jax.jit(partial(update, gradient), donate_argnums=(0, 1, 2))
    state = [start_of(work)]

    def step():
        state[0] = compiled(*state[0])
        jax.block_until_ready(state[0])

    return step


def epoch_of(work, x, threads):
    """A function that does one epoch over x with fresh noise; returns its seconds."""
    epoch = scan_of(work, jnp.asarray(x))
    state = [start_of(work), jax.random.key(1)]

    def timed():
        start = time.perf_counter()
        state[1], key = jax.random.split(state[1])
        state[0], losses = epoch(state[0], key)
        jax.block_until_ready((state, losses))
        return time.perf_counter() - start

    return timed


def scan_of(work, x):
    """The whole epoch as one compiled scan over batches: what JAX is fastest with.

    The rows that are left over at its end, less than a batch, are one step more.
    """
    batches = len(x) // work.batch

    def step(state, inputs):
        theta, *moments = state
        key, rows = inputs
        loss = partial(loss_of, kind=work.kind, inputs=noisy(work, x[rows], key))
        value, gradient = jax.value_and_grad(loss)(theta)
        return update(lambda _: gradient, theta, *moments, rate=1e-3), value

    def epoch(state, key):
        shuffle, last, *keys = jax.random.split(key, 2 + batches)
        order = jax.random.permutation(shuffle, len(x))
        rows = order[: batches * work.batch].reshape(batches, work.batch)
        state, losses = jax.lax.scan(step, state, (jnp.stack(keys), rows))
        if len(x) % work.batch:
            state, _ = step(state, (last, order[batches * work.batch :]))
        return state, losses

    return jax.jit(epoch, donate_argnums=0)


def noisy(work, x, key):
    """A batch, binarised for a VAE, and its noise."""
    first, second, third = jax.random.split(key, 3)
    if work.kind == "vae":
        x = (jax.random.uniform(first, x.shape) < x).astype(x.dtype)
    eps = jax.random.normal(second, (len(x), work.sizes[-1]))
    return x, eps, jax.random.uniform(third, x.shape)


def start_of(work):
    """Parameters, both moments and the number of the step."""
    keys = jax.random.split(jax.random.key(0), len(work.layers))
    theta = [
        (jax.random.normal(key, size) / jnp.sqrt(size[0]), jnp.zeros(size[1]))
        for key, size in zip(keys, work.layers, strict=True)
    ]
    return (theta, *(tree_map(jnp.zeros_like, theta) for _ in range(2)), jnp.float32(0))


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


def update(gradient, theta, m, v, t, rate=RATE):
    """Adam."""
    gradient, t = gradient(theta), t + 1
    m = tree_map(lambda m, g: 0.9 * m + 0.1 * g, m, gradient)
    v = tree_map(lambda v, g: 0.999 * v + 0.001 * g * g, v, gradient)
    rate, root = rate / (1 - 0.9**t), 1 / jnp.sqrt(1 - 0.999**t)
    theta = tree_map(
        lambda p, m, v: p - rate * m / (jnp.sqrt(v) * root + 1e-8), theta, m, v
    )
    return theta, m, v, t
