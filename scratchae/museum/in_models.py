"""Mistakes in models, in training and evaluation, and in the checker itself."""

import dataclasses

import numpy as np

from scratchae import gradcheck
from scratchae.analysis import diagnosis
from scratchae.formulas import optimizers
from scratchae.gradcheck.tensors import differentiate
from scratchae.models.denoising import DenoisingAutoencoder, DenoisingNetwork
from scratchae.models.vae import VariationalAutoencoder
from scratchae.models.variational_network import VariationalNetwork
from scratchae.museum.planting import method_replaced, replaced
from scratchae.museum.registry import fault
from scratchae.nn.mlp import MLP
from scratchae.nn.optimizers import Adam
from scratchae.training import loop


@fault("biases never updated: zip over fewer names", "a university exercise")
def biases_never_move():
    def step(self, learning_rate):
        p, n = self.parameters, self.parameters.n_weights
        self.t += 1
        optimizers.adam_step(p.theta[:n], p.grad[:n], self.m[:n], self.v[:n], self.t,
                             learning_rate)  # fmt: skip

    with method_replaced(Adam, "step", step):
        yield


@fault("0/0 in the relative error, and a small absolute error forgiven", "the same")
def absolute_tolerance():
    strict = gradcheck.relative_error

    def lenient(a, b, *more, **options):
        error, worst = strict(a, b, *more, **options)
        close = np.allclose(a, b, rtol=0, atol=1e-5)
        return (0.0 if close else error), worst

    with replaced(strict, lenient):
        yield


@fault("KL weighted by 0.00025", "PyTorch-VAE's settings")
def tiny_kl_weight():
    with method_replaced(VariationalNetwork, "kl_weight_at", lambda self, e: 0.00025):
        yield


@fault("Bernoulli loss on grey pixels reported as a likelihood", "pytorch/examples")
def grey_pixels():
    def draw(self, x, rng, epoch=None):
        images, label = self._split(x)
        eps = rng.standard_normal((self.n_samples * len(x), self.k), dtype=x.dtype)
        drawn = {"x": images, "eps": eps, "kl_weight": self.kl_weight_at(epoch)}
        return drawn | ({} if label is None else {"label": label})

    with method_replaced(VariationalNetwork, "draw", draw):
        yield


@fault("the reported nll is +log p", "pythae")
def likelihood_sign_flipped():
    evaluate = VariationalAutoencoder.evaluate

    def flipped(self, X, random_state=0):
        measures = evaluate(self, X, random_state)
        return measures | {"elbo": -measures["elbo"]}

    with method_replaced(VariationalAutoencoder, "evaluate", flipped):
        yield


@fault("evaluation without noise", "several")
def evaluation_without_noise():
    evaluate = loop.evaluate

    class Silent:
        def __init__(self, rng):
            self.rng = rng

        def standard_normal(self, shape, dtype=np.float64):
            return np.zeros(shape, dtype)

        def random(self, *arguments, **options):
            return self.rng.random(*arguments, **options)

    def silent(network, x, rng=None):
        return evaluate(network, x, Silent(rng or np.random.default_rng(0)))

    with replaced(evaluate, silent):
        yield


@fault("tied weights that are copies", "several")
def tied_weights_are_copies():
    init = MLP.__init__

    def copying(self, parameters, prefix, activations, mirror=None):
        init(self, parameters, prefix, activations, mirror)
        if mirror is not None:
            for layer in self.layers:
                layer.W = layer.W.copy()

    with method_replaced(MLP, "__init__", copying):
        yield


@fault("finite differences 1.5 times too large", "a course library")
def differences_too_large():
    right = differentiate

    def too_large(*arguments):
        found = right(*arguments)
        return dataclasses.replace(found, values=1.5 * found.values)

    with replaced(right, too_large):
        yield


@fault("denoising: the target is the noisy input", "several")
def noisy_target():
    draw = DenoisingNetwork.draw

    def noisy(self, x, rng, epoch=None):
        drawn = draw(self, x, rng, epoch)
        return drawn | {"target": drawn["x"]}

    with method_replaced(DenoisingNetwork, "draw", noisy):
        yield


@fault("denoising: noise at prediction too", "several")
def noise_at_prediction():
    check = DenoisingAutoencoder._check_encoder_input

    def noisy(self, X):
        return self.corrupt(check(self, X))

    with method_replaced(DenoisingAutoencoder, "_check_encoder_input", noisy):
        yield


@fault("active units counted by the variance of z, not of its mean", "our own")
def active_units_of_samples():
    def counted(model, X, threshold=diagnosis.ACTIVE):
        mu, log_var = np.split(model.encoder_output(X, random_state=0), 2, axis=1)
        return mu.var(axis=0) + np.exp(log_var).mean(axis=0) > threshold

    with replaced(diagnosis.active_units, counted):
        yield
