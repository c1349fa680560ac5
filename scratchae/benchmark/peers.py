"""The same training steps in PyTorch and JAX, as their users write them.

PyTorch runs eagerly with its fused Adam. JAX compiles the whole step, Adam included,
and may overwrite parameters and moments in place (donated buffers).
"""

from scratchae.benchmark.works import MASKED, RATE


def torch_step(work, threads):
    """A function that does one step in PyTorch."""
    import torch
    from torch import nn
    from torch.nn.functional import binary_cross_entropy_with_logits

    torch.set_num_threads(threads)
    x, eps, uniform = map(torch.from_numpy, work.inputs())
    sizes, k = work.layers, work.sizes[-1]
    middle, networks = len(sizes) // 2, []
    for part in (sizes[:middle], sizes[middle:]):
        modules = []
        for d_in, d_out in part[:-1]:
            modules += [nn.Linear(d_in, d_out), nn.ReLU()]
        networks.append(nn.Sequential(*modules, nn.Linear(*part[-1])))
    encoder, decoder = networks
    parameters = [*encoder.parameters(), *decoder.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=RATE, fused=True)

    def bernoulli(logits):
        return binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)

    def loss():
        if work.kind == "vae":
            mu, log_var = encoder(x).split(k, dim=1)
            logits = decoder(mu + torch.exp(0.5 * log_var) * eps)
            kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum() / len(x)
            return bernoulli(logits) + kl
        if work.kind == "denoising":
            noisy = torch.where(uniform < MASKED, 0.0, x)
            return bernoulli(decoder(torch.sigmoid(encoder(noisy))))
        return (decoder(encoder(x)) - x).square().sum() / len(x)

    def step():
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()

    return step


def jax_step(work, threads):
    """A function that does one step in JAX; `threads` is set for the whole process."""
    import jax
    import jax.numpy as jnp

    x, eps, uniform = map(jnp.asarray, work.inputs())
    sizes, k = work.layers, work.sizes[-1]
    middle = len(sizes) // 2
    keys = jax.random.split(jax.random.key(0), len(sizes))
    theta = [
        (jax.random.normal(key, size) / jnp.sqrt(size[0]), jnp.zeros(size[1]))
        for key, size in zip(keys, sizes, strict=True)
    ]

    def network(layers, h):
        for W, b in layers[:-1]:
            h = jax.nn.relu(h @ W + b)
        W, b = layers[-1]
        return h @ W + b

    def bernoulli(logits):
        return jnp.sum(jax.nn.softplus(logits) - x * logits) / len(x)

    def loss(theta):
        encoder, decoder = theta[:middle], theta[middle:]
        if work.kind == "vae":
            head = network(encoder, x)
            mu, log_var = head[:, :k], head[:, k:]
            logits = network(decoder, mu + jnp.exp(0.5 * log_var) * eps)
            kl = 0.5 * jnp.sum(mu**2 + jnp.exp(log_var) - 1 - log_var) / len(x)
            return bernoulli(logits) + kl
        if work.kind == "denoising":
            noisy = jnp.where(uniform < MASKED, 0.0, x)
            return bernoulli(network(decoder, jax.nn.sigmoid(network(encoder, noisy))))
        return jnp.sum((network(decoder, network(encoder, x)) - x) ** 2) / len(x)

    def update(theta, m, v, t):
        gradient = jax.grad(loss)(theta)
        t, tree = t + 1, jax.tree_util.tree_map
        m = tree(lambda m, g: 0.9 * m + 0.1 * g, m, gradient)
        v = tree(lambda v, g: 0.999 * v + 0.001 * g * g, v, gradient)
        rate, root = RATE / (1 - 0.9**t), 1 / jnp.sqrt(1 - 0.999**t)
        theta = tree(
            lambda p, m, v: p - rate * m / (jnp.sqrt(v) * root + 1e-8), theta, m, v
        )
        return theta, m, v, t

    compiled = jax.jit(update, donate_argnums=(0, 1, 2))
    zeros = [jax.tree_util.tree_map(jnp.zeros_like, theta) for _ in range(2)]
    state = [(theta, *zeros, jnp.float32(0))]

    def step():
        state[0] = compiled(*state[0])
        jax.block_until_ready(state[0])

    return step


PEERS = {"torch": torch_step, "jax": jax_step}
