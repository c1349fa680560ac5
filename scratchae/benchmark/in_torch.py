"""The same training steps in PyTorch as its users write them: eager, fused Adam."""

import time

import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits

from scratchae.benchmark.works import MASKED, RATE


def step_of(work, threads):
    """A function that does one step."""
    encoder, decoder, optimizer = model_of(work, threads)
    inputs = [*map(torch.from_numpy, work.inputs())]

    def step():
        optimizer.zero_grad()
        loss_of(work.kind, encoder, decoder, *inputs).backward()
        optimizer.step()

    return step


def epoch_of(work, x, threads):
    """A function that does one epoch over x with fresh noise; returns its seconds."""
    encoder, decoder, optimizer = model_of(work, threads, rate=1e-3)
    x, k = torch.from_numpy(x), work.sizes[-1]

    def epoch():
        start = time.perf_counter()
        total = 0.0
        for rows in torch.randperm(len(x)).split(work.batch):
            batch, eps, uniform = x[rows], None, None
            if work.kind == "vae":
                batch, eps = torch.bernoulli(batch), torch.randn(len(rows), k)
            if work.kind == "denoising":
                uniform = torch.rand_like(batch)
            optimizer.zero_grad()
            loss = loss_of(work.kind, encoder, decoder, batch, eps, uniform)
            loss.backward()
            optimizer.step()
            total += loss.item()
        return time.perf_counter() - start

    return epoch


def model_of(work, threads, rate=RATE):
    """Encoder, decoder and optimizer."""
    torch.set_num_threads(threads)
    middle = len(work.layers) // 2
    encoder, decoder = network(work.layers[:middle]), network(work.layers[middle:])
    parameters = [*encoder.parameters(), *decoder.parameters()]
    return encoder, decoder, torch.optim.Adam(parameters, lr=rate, fused=True)


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
