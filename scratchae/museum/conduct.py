"""Checks of conduct: what reaches the model, what is drawn, what leaves the library.

Mistakes of these kinds pass every check of the mathematics. As those, each check raises
if it finds something wrong.
"""

import numpy as np

from scratchae.analysis import loss_panel
from scratchae.formulas import activations, corruption
from scratchae.formulas.importance import StreamedLogMean
from scratchae.gradient_checks.networks import Waves
from scratchae.models.autoencoder import Autoencoder
from scratchae.models.conditional import ConditionalVariationalAutoencoder
from scratchae.models.vae import VariationalAutoencoder
from scratchae.museum.mathematics import QUIET, demand
from scratchae.networks.autoencoder import AutoencoderNetwork
from scratchae.networks.variational import VariationalNetwork
from scratchae.nn.evaluation import EVALUATION_BATCH
from scratchae.training import loop
from scratchae.training.loop import TrainingSettings
from scratchae.training.progress import Progress

SMALL = QUIET | {"hidden_layer_sizes": (4,), "epochs": 3, "batch_size": 16}


def images(n=40, d=6):
    """Random grey images, (n, d)."""
    return np.random.default_rng(1).uniform(size=(n, d))


def weights(model):
    """The parameters of a fitted model."""
    return model.parameters_.theta


# What reaches the model


def options_arrive():
    """Each of these constructor parameters changes what is learned."""
    x = images()
    plain = weights(VariationalAutoencoder(2, **SMALL).fit(x))
    for change in ({"random_state": 1}, {"kl_weight": 3.0}, {"kl_warmup_epochs": 3},
                   {"free_bits": 0.5}, {"weight_decay": 0.9}, {"schedule": "constant"},
                   {"n_samples": 2}, {"binarize": False}, {"activation": "tanh"},
                   {"decoder_layer_sizes": (5,)}, {"layer": Waves()},
                   {"shift": 1.0, "image_shape": (2, 3)}):
        changed = VariationalAutoencoder(2, **SMALL | change).fit(x)
        differ = weights(changed).shape != plain.shape or (weights(changed) != plain)
        demand(np.any(differ), f"{change} changes nothing")
    _label_is_seen(x)
    _decay_shrinks(x)


def _label_is_seen(x):
    """Both networks learn from the label: the weights of its columns move."""
    y = np.arange(len(x)) % 2
    short, long = (
        ConditionalVariationalAutoencoder(2, **SMALL | {"epochs": epochs}).fit(x, y)
        for epochs in (1, 3)
    )
    for name in "encoder_", "decoder_":
        first, last = (getattr(model, name).layers[0].W[-2:] for model in (short, long))
        demand((first != last).all(), f"the {name[:-1]} does not see the label")


def _decay_shrinks(x):
    options = SMALL | {"epochs": 30, "learning_rate": 0.01}
    sizes = [
        np.abs(Autoencoder(2, weight_decay=w, **options).fit(x).parameters_.weights)
        for w in (0.0, 5.0)
    ]
    demand(sizes[1].mean() < 0.9 * sizes[0].mean(), "weight decay does not shrink")


def patience():
    """Early stopping keeps the best epoch, and waits while the loss is changing."""
    x = images(30)
    options = SMALL | {"epochs": 12, "learning_rate": 0.3, "schedule": "constant"}
    model = Autoencoder(2, validation_fraction=0.3, patience=12, **options).fit(x)
    best = min(model.history_["val_loss"])
    found = model.reconstruction_error(x[-9:])
    demand(abs(found - best) < 1e-9 * best, "the weights are not the best epoch's")
    options = SMALL | {"epochs": 9, "learning_rate": 1e-300}
    vae = VariationalAutoencoder(
        2, kl_warmup_epochs=6, validation_fraction=0.3, patience=1, **options
    ).fit(x)
    demand(len(vae.history_["loss"]) > 6, "stopped while the KL weight was rising")


# Averages


def uneven_parts():
    """A mean over more rows than one block, of which the last is short."""
    n = EVALUATION_BATCH + 3
    x = np.zeros((n, 2))
    x[-3:] = 100.0
    network = AutoencoderNetwork((2, 1), dtype=np.float64)
    direct = np.sum(x * x) / n  # all weights are 0: so is the reconstruction
    demand(np.isclose(loop.evaluate(network, x)["loss"], direct), "evaluate")
    model = Autoencoder(1, (), **QUIET | {"epochs": 1}).fit(x[:9])
    weights(model)[...] = 0
    demand(np.isclose(model.reconstruction_error(x), direct), "reconstruction_error")
    settings = TrainingSettings(1, n - 3, 1e-300)
    history = loop.train(
        network, x, settings, shuffle_rng=np.random.default_rng(0),
        noise_rng=np.random.default_rng(0), progress=Progress(1, verbose=False),
    )
    demand(np.isclose(history["loss"][0], direct), "the loss in the history")


# What is drawn


def draws():
    """Moments of what is random, and that rows and calls differ."""
    rng = np.random.default_rng(0)
    x = np.tile([0.1, 0.5, 0.8], (5000, 1))
    network = VariationalNetwork((3, 2), dtype=np.float64)
    first, second = (network.draw(x, rng) for _ in range(2))
    means = first["x"].mean(axis=0)
    demand(np.allclose(means, x[0], atol=0.03), "mean of binary images")
    demand(np.unique(first["x"], axis=0).shape[0] == 8, "all rows are alike")
    for name in ("x", "eps"):
        demand(not np.array_equal(first[name][:9], second[name][:9]), "drawn once")
    demand(np.allclose(first["eps"].std(axis=0), 1, atol=0.05), "std of eps")
    _corruptions(x, rng)
    _decoded(x[:2000], rng)


def _corruptions(x, rng):
    noisy = corruption.add_gaussian_noise(x, rng.standard_normal(x.shape), 0.3)
    demand(abs((noisy - x).std() - 0.3) < 0.01, "std of the noise")
    u = rng.random(x.shape)
    demand(abs(np.mean(corruption.mask(x, u, 0.2) == 0) - 0.2) < 0.02, "masked share")
    specks = corruption.salt_and_pepper(x, u, 0.4)
    for value in (0, 1):
        demand(abs(np.mean(specks == value) - 0.2) < 0.02, f"share of {value}")


def _decoded(x, rng):
    """Codes drawn for `sample` and `reconstruct`, seen through a linear decoder."""
    vae = VariationalAutoencoder(
        1, (), decoder="gaussian", decoder_variance=0.25, epochs=1, **QUIET
    ).fit(x + 0.1 * rng.standard_normal(x.shape))
    layer, head = vae.decoder_.layers[0], vae.encoder_.layers[0]
    layer.W[...], layer.b[...] = [[2.0, 1.0, 0.0]], 0.0
    drawn = vae.sample(4000, random_state=0)
    demand(np.allclose(drawn.std(axis=0), [2, 1, 0], atol=0.1), "moments of `sample`")
    head.W[...], head.b[...] = 0.0, [1.0, np.log(0.09)]
    drawn = vae.reconstruct(x, mode="sample", random_state=0)  # also random
    std = np.sqrt([4 * 0.09 + 0.25, 0.09 + 0.25, 0.25])
    demand(np.allclose(drawn.std(axis=0), std, atol=0.05), "spread of `reconstruct`")
    demand(np.allclose(drawn.mean(axis=0), [2, 1, 0], atol=0.05), "its mean")
    grey = VariationalNetwork((3, 1), dtype=np.float64).pixels
    ones = grey.sample(np.full((4000, 1), -1.0), rng).mean()
    demand(abs(ones - 1 / (1 + np.e)) < 0.03, "Bernoulli pixels")


def streams():
    """Validation leaves the training's random numbers alone; seeds decide."""
    x = images()
    plain, again = (VariationalAutoencoder(2, **SMALL).fit(x) for _ in range(2))
    watched = VariationalAutoencoder(2, **SMALL).fit(x, validation_data=x[:7])
    demand(np.array_equal(weights(plain), weights(again)), "same seed, other weights")
    demand(np.array_equal(weights(plain), weights(watched)), "validation disturbs")
    demand(plain.score(x) == plain.score(x), "two evaluations differ")


# What leaves the library


def ranges_and_units():
    """Probabilities in [0, 1]; bits; bounds at full weight; standard errors."""
    x = images()
    vae = VariationalAutoencoder(2, kl_weight=3.0, free_bits=1.0, **SMALL).fit(x)
    weights(vae)[...] *= 5
    grey = Autoencoder(2, loss="bernoulli", **SMALL).fit(x)
    weights(grey)[...] *= 50
    for out in (vae.sample(9, random_state=0), vae.reconstruct(x), grey.reconstruct(x)):
        demand(0 <= out.min() and out.max() <= 1, "probabilities outside [0, 1]")
    measures = vae.evaluate(x)
    bound = -measures["reconstruction"] - measures["kl"]
    demand(np.isclose(measures["elbo"], bound), "elbo at another KL weight")
    rows = {(name, unit): value
            for name, value, unit in loss_panel(vae, x, n_importance=10)}
    nats = rows["log p(x), 10 samples", "nats/img"]
    bits = rows["-log p(x)", "bits/dim"]
    demand(np.isclose(bits * x.shape[1] * np.log(2), -nats), "bits per dimension")
    _standard_errors()


def _standard_errors():
    """Of a mean of log-normal weights with a known spread, over 300 repetitions."""
    rng = np.random.default_rng(0)
    stream = StreamedLogMean(300)
    stream.add(np.full((1, 300), -np.inf))
    for _ in range(4):
        stream.add(0.3 * rng.standard_normal((250, 300)))
    demand(np.isfinite(stream.log_mean).all(), "a first block of weights 0")
    ratio = stream.log_mean.std() / np.median(stream.standard_error)
    demand(0.8 < ratio < 1.25, "standard error of the streamed mean")


def far_input():
    """What is not a number stays none; what is far away stays a number."""
    nan = np.array([[np.nan, 1.0]])
    for name, phi in activations.ACTIVATIONS.items():
        demand(np.isnan(phi.forward(nan)[0][0, 0]), f"{name} makes NaN a number")
    x = images()
    vae = VariationalAutoencoder(2, decoder="gaussian", **SMALL).fit(x)
    far = np.vstack([x, 1e6 * x[:1]])
    for value in (vae.score(far), vae.reconstruction_error(far)):
        demand(not np.isnan(value), "far input makes a mean NaN")


CHECKS = {
    "options": [options_arrive],
    "patience": [patience],
    "uneven parts": [uneven_parts],
    "draws": [draws],
    "streams": [streams],
    "ranges, units": [ranges_and_units],
    "far input": [far_input],
}
