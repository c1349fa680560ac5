"""The same training steps in PyTorch as its users write them: eager, fused Adam."""

import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits

from scratchae.benchmark.works import MASKED, RATE


def step_of(work, threads):
    """A function that does one step."""
    torch.set_num_threads(threads)
    x, eps, uniform = map(torch.from_numpy, work.inputs())
    middle = len(work.layers) // 2
    encoder, decoder = network(work.layers[:middle]), network(work.layers[middle:])
    parameters = [*encoder.parameters(), *decoder.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=RATE, fused=True)

    def step():
        optimizer.zero_grad()
        loss_of(work.kind, encoder, decoder, x, eps, uniform).backward()
        optimizer.step()

    return step


def network(sizes):
    """Layers d_in x d_out with ReLU between them."""
    modules = []
    for d_in, d_out in sizes[:-1]:
        modules += [nn.Linear(d_in, d_out), nn.ReLU()]
    return nn.Sequential(*modules, nn.Linear(*sizes[-1]))


def loss_of(kind, encoder, decoder, x, eps, uniform):
    """The loss of the kind of work; eps and uniform are its noise."""
    if kind == "vae":
        mu, log_var = encoder(x).split(eps.shape[1], dim=1)
        logits = decoder(mu + torch.exp(0.5 * log_var) * eps)
        kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum() / len(x)
        return bernoulli(logits, x) + kl
    if kind == "denoising":
        noisy = torch.where(uniform < MASKED, 0.0, x)
        return bernoulli(decoder(torch.sigmoid(encoder(noisy))), x)
    return (decoder(encoder(x)) - x).square().sum() / len(x)


def bernoulli(logits, x):
    """Negative log-likelihood per image."""
    return binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)
