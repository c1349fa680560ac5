"""Checks around the models: state, memory, failing, conventions, figures.

As those of the mathematics and of conduct, each raises if it finds something wrong.
"""

import copy
from functools import partial

import numpy as np

from scratchae.analysis import LinearProbe
from scratchae.gradient_checks.networks import inputs_of, named_networks
from scratchae.memory import recycled
from scratchae.models.autoencoder import Autoencoder
from scratchae.models.denoising import DenoisingAutoencoder
from scratchae.museum.conduct import SMALL, images, weights
from scratchae.museum.mathematics import QUIET, demand
from scratchae.networks.variational import VariationalNetwork
from scratchae.training import loop
from scratchae.training.loop import TrainingSettings
from scratchae.training.progress import Progress

# State


def resume():
    """A training that is stopped after any epoch goes on to the same bits."""
    for options in ({"patience": 2, "learning_rate": 0.3}, {"optimizer": "momentum"},
                    {}):
        settings = TrainingSettings(6, 8, **{"learning_rate": 0.01} | options)
        network, stops = _start(), []
        losses = _train(network, settings, partial(_stop, network, stops))["loss"]
        for numbers, arrays, theta in stops[:-1]:
            again = _start()
            again.parameters.theta[...] = theta
            found = _train(again, settings, None, (numbers, arrays))["loss"]
            same = np.array_equal(again.parameters.theta, network.parameters.theta)
            where = f"{options}, resumed after epoch {numbers['epoch']}"
            demand(same and found == losses, f"{where}: another training")


def _stop(network, stops, state):
    """Keep in `stops` what a checkpoint of this moment would hold."""
    numbers = copy.deepcopy(state.numbers())
    arrays = {name: array.copy() for name, array in state.arrays().items()}
    stops.append((numbers, arrays, network.parameters.theta.copy()))


def _start():
    network = VariationalNetwork((6, 4, 2), dtype=np.float64)
    network.initialise(np.random.default_rng(3), images(30))
    return network


def _train(network, settings, after_epoch, stopped=None):
    x = images(30)
    return loop.train(network, x[:20], settings, shuffle_rng=np.random.default_rng(0),
                      noise_rng=np.random.default_rng(1), x_val=x[20:],
                      progress=Progress(settings.epochs, verbose=False),
                      after_epoch=after_epoch, stopped=stopped)


def backward_twice():
    """A second `backward` gives the gradient of the first, and moves no weight."""
    for name, build in named_networks().items():
        network, rng = build(dtype=np.float64), np.random.default_rng(5)
        x = rng.uniform(size=(9, network.sizes[0]))
        network.initialise(rng, x)
        theta = network.parameters.theta.copy()
        network.loss(**inputs_of(network, rng))
        network.backward()
        first = network.parameters.grad.copy()
        network.backward()
        demand(np.array_equal(network.parameters.grad, first), f"{name}: another")
        demand(np.array_equal(network.parameters.theta, theta), f"{name}: it moved")


def held_memory():
    """Memory that somebody holds, be it by a view, is nobody else's."""
    held = [recycled((4, 3))[1:].T for _ in range(9)]
    for i, array in enumerate(held):
        array[...] = i
    demand(all((array == i).all() for i, array in enumerate(held)), "one for two")


def no_trace():
    """A call that fails leaves the model as it was."""
    x = images()
    model = Autoencoder(2, **SMALL).fit(x)
    theta, network, epochs = weights(model).copy(), model.network_, model.epochs
    model.set_params(learning_rate=1e30, optimizer="sgd")
    for call in (lambda: model.fit(x * 1e10),
                 lambda: model.set_params(epochs=9, oops=1)):
        try:
            call()
        except (ArithmeticError, ValueError):
            continue
        demand(False, "nothing was raised")
    demand(model.network_ is network, "a diverged fit replaced the network")
    demand(np.array_equal(weights(model), theta), "a diverged fit left its weights")
    demand(model.epochs == epochs, "a refused set_params left a change")


# Conventions


def conventions():
    """Labels of any kind, codes without noise, scores without the training's extras."""
    x = np.vstack([images(30), 3 + images(30)])
    y = np.repeat(["a", "b"], 30)
    probe = LinearProbe().fit(x, y)
    demand(probe.score(x, y) == 1, "labels that are text")
    p = probe.predict_proba(x[:1])
    demand(p.shape == (1, 2) and np.isclose(p.sum(), 1), "probabilities of one row")
    model = DenoisingAutoencoder(2, (), level=0.9, epochs=1, **QUIET).fit(images())
    demand(model.score(images()) == -model.reconstruction_error(images()),
           "a denoiser scored under its own noise")


# Figures


def figures():
    """Which axis is which, which image stands where, how long an ellipse is."""
    from scratchae import plots

    grid = plots.quantile_grid(np.array([[-1.0, -1.0], [0, 0], [1, 1]]), 3)
    demand(grid[0, 1] > 0 > grid[-1, 1], "z2 points down")
    demand(grid[0, 0] < 0 < grid[2, 0], "z1 points left")
    tiles = np.arange(6.0)[:, None] / 10
    figure = plots.image_grid(tiles, columns=3, shape=(1, 1))
    shown = np.ma.filled(figure.axes[0].images[0].get_array(), np.nan)
    shown = shown[np.isfinite(shown)]
    demand(np.allclose(shown, tiles[:, 0]), "images out of order")
    mu, sigma = np.array([[0.0, 1.0]]), np.array([[0.5, 0.25]])
    figure = plots.points_and_ellipses(mu, mu, sigma, np.array([3]), ("", ""))
    (ellipses,) = figure.axes[1].collections
    figure.canvas.draw()
    half = ellipses.get_transforms()[:, 0, 0]
    demand(np.allclose(half, sigma[:, 0]), "half axes of an ellipse")
    demand(np.allclose(ellipses.get_offsets(), mu), "centre of an ellipse")
    rows = {"fault": {"a": False, "b": True}}
    (dots,) = plots.marks(rows).axes[0].collections
    demand(np.allclose(dots.get_offsets(), [[1, 0]]), "marks out of place")


CHECKS = {
    "resume": [resume],
    "backward twice": [backward_twice],
    "memory": [held_memory],
    "no trace": [no_trace],
    "conventions": [conventions],
    "figures": [figures],
}
