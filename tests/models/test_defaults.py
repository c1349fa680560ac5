"""Defaults are promises: a lecture, an answer, a saved command relies on each of them.

They are written down a second time here, with where they come from, so that none
changes by accident.
"""

import argparse
import importlib
import inspect
from pathlib import Path

import numpy as np
import pytest
from estimators import CLASSES

from scratchae.analysis import GaussianMixture
from scratchae.cli import build_parser
from scratchae.course import Lecture
from scratchae.exact import BeliefNet, LinearGaussian, TwoHills

ADAM = {"beta1": 0.9, "beta2": 0.999}  # Kingma and Ba 2015
TRAINING = ADAM | {
    "optimizer": "adam", "momentum": 0.9, "learning_rate": 1e-3, "schedule": "cosine",
    "weight_decay": 0.0, "shift": 0.0, "image_shape": None,
    "batch_size": 128, "epochs": 20, "validation_fraction": 0.0,
    "patience": None, "random_state": None, "verbose": True, "dtype": "float32",
}
NETWORK = TRAINING | {
    "activation": "relu", "decoder_layer_sizes": None, "layer": "dense",
    "output_activation": "identity", "loss": "squared_error", "tied_weights": False,
    "undo_shift": False,
}
VARIATIONAL = TRAINING | {
    "n_components": 20, "hidden_layer_sizes": (400,), "decoder_layer_sizes": None,
    "layer": "dense", "activation": "relu", "binarize": True, "decoder": "bernoulli",
    "decoder_variance": None, "posterior": "diagonal", "objective": "elbo",
    "n_samples": 1, "samples_warmup_epochs": 0, "gradient_samples": None,
    "kl_weight": 1.0, "kl_warmup_epochs": 0, "free_bits": 0.0, "learning_rate": 2e-3,
}
MODELS = {
    "PCA": {"n_components": 30, "whiten": False, "dtype": "float64"},
    "ProbabilisticPCA": {"n_components": 30, "dtype": "float64"},
    "Autoencoder": NETWORK | {"n_components": 30, "hidden_layer_sizes": (400, 200),
                              "code_activation": "identity"},
    "SparseAutoencoder": NETWORK | {
        "n_components": 200, "hidden_layer_sizes": (), "penalty": "kl", "rho": 0.1,
        "penalty_weight": 0.1, "n_active": 25, "code_activation": None},
    "DenoisingAutoencoder": NETWORK | {
        "n_components": 500, "hidden_layer_sizes": (), "corruption": "masking",
        "level": 0.3, "corrupted_weight": 1.0, "missing": "error",
        "code_activation": "relu"},
    "StackedClassifier": TRAINING | {  # three layers, a quarter masked: Vincent 2010
        "hidden_layer_sizes": (1000, 1000, 1000), "corruption": "masking",
        "level": 0.25, "pretrain_epochs": 10, "fine_tune_level": 0.0,
        "activation": "relu"},
    "VariationalAutoencoder": VARIATIONAL,
    "ConditionalVariationalAutoencoder": VARIATIONAL,
    "LinearProbe": {"weight_decay": 1e-5, "tol": 1e-6, "max_iter": 3000},
}
NARROW = {"dtype": np.float32}
HIDDEN = NARROW | {"activation": "relu", "back": None, "layer": None}
BITS = {"base": 2}  # lecture 05 counts in bits
SEED = {"random_state": 0}
FUNCTIONS = {
    "analysis.density.GaussianMixture": {
        "n_components": 20, "reg_covar": 1e-6, "tol": 1e-3, "max_iter": 200,
        "random_state": None},
    "analysis.diagnosis.active_units": SEED | {"threshold": 0.01},  # Burda 2016
    "analysis.diagnosis.kl_per_dimension": SEED,
    "analysis.diagnosis.loss_panel": SEED | {"n_importance": 100},
    "analysis.diagnosis.mutual_information": SEED,
    "analysis.features.maximising_images": SEED | {"norm": 1.0, "steps": 100,
                                                   "rate": 0.1},
    "analysis.interpolation.interpolate": {"n": 10, "way": "linear"},
    "analysis.neighbours.nearest_neighbours": {"n_neighbours": 1},
    "analysis.neighbours.neighbour_error": {"n_neighbours": 1},
    "data.idx.read_idx": {"max_bytes": 2**30},
    "data.load.load_dataset": SEED | {"missing": "error", "dtype": "float32"},
    "data.strokes.load_strokes": SEED | {"n_train": 20_000, "n_test": 2_000,
                                         "dtype": np.float32},
    "data.strokes.vary_strokes": SEED,
    "exact.estimators.score_function": {"baseline": 0.0},
    "exact.inference.chain_mean_error": {"batches": 50},
    "exact.inference.fit_gaussian": {"start": (0.0, 0.0), "steps": 200},
    "exact.inference.importance_sampling": {"m": 0.0, "v": 1.0},
    "exact.inference.importance_weighted_bound": {"m": 0.0, "v": 1.0},
    "exact.inference.metropolis_hastings": {"step": 1.0, "start": 0.0},
    "exact.inference.naive_draws": {"error": 0.1, "w": 2.0, "sigma": 1.0},
    "exact.linear_gaussian.LinearGaussian": {"b": 0.0, "sigma": 1.0},
    "exact.mixture.TwoHills": {"centre": 2.0, "scale": 0.5},
    "formulas.information.cross_entropy": BITS,
    "formulas.information.entropy": BITS,
    "formulas.information.jensen_shannon": BITS,
    "formulas.information.kl_divergence": BITS,
    "formulas.lbfgs.lbfgs": {"guess": 1.0},
    "formulas.optimizers.adam_step": ADAM | {"learning_rate": 1e-3, "eps": 1e-8},
    "formulas.optimizers.momentum_step": {"momentum": 0.9},
    "formulas.penalties.contractive_forward": {"activation": "sigmoid"},
    "models.checking.check_model": SEED | {"method": "auto"},
    "networks.autoencoder.AutoencoderNetwork": HIDDEN | {
        "code_activation": "identity", "output_activation": "identity",
        "loss": "squared_error", "tied_weights": False},
    "networks.classifier.ClassifierNetwork": NARROW | {"activation": "relu",
                                                       "level": 0.0},
    "networks.denoising.DenoisingNetwork": {"corrupted_weight": 1.0, "missing": False},
    "networks.sparse.SparseNetwork": {"rho": 0.1, "n_active": None},
    "networks.variational.VariationalNetwork": HIDDEN | {
        "binarize": True, "decoder": "bernoulli", "decoder_variance": None,
        "posterior": "diagonal", "objective": "elbo", "n_samples": 1,
        "samples_warmup_epochs": 0, "gradient_samples": None, "kl_weight": 1.0,
        "kl_warmup_epochs": 0, "free_bits": 0.0, "n_classes": 0},
    "nn.optimizers.Adam": ADAM,
    "nn.optimizers.Momentum": {"momentum": 0.9},
    "nn.parameters.Parameters": NARROW,
    "plots.charts.bars": {"title": "", "horizontal": False, "axes": None},
    "plots.charts.curves": {"title": "", "log_x": False, "log_y": False, "axes": None},
    "plots.charts.panels": {"title": "", "columns": 4, "height": 1.7},
    "plots.drawings.network": {"title": "", "shown": 9},
    "plots.images.image_grid": {"columns": None, "scale": 0.45, "signed": False},
    "plots.images.image_rows": {"title": "", "shape": None, "scale": 0.62},
    "plots.style.new_figure": {"rows": 1, "columns": 1, "width": 7.0, "height": 4.0},
    "training.loop.TrainingSettings": ADAM | {
        "optimizer": "adam", "schedule": "cosine", "weight_decay": 0.0,
        "patience": None, "momentum": 0.9, "shift": 0.0, "image_shape": None},
    "training.progress.Progress": {"verbose": True},
}

TYPED = {  # option of a command -> its default; the others have none, or the model's
    "anomalies --threshold": 0.99, "anomalies --top": 10, "bench --peers": (),
    "course --data": "strokes", "data fetch name": "mnist",
    "exam --lecture": [], "explore --out": Path("runs/explorer.html"),
    "explore --points": 500, "gradcheck --method": "auto", "gradcheck --seed": 0,
    "sample --mode": "mean", "sample --out": Path("runs/samples.png"),
    "sample --seed": 0, "sample -n": 64,
    "train --data": "strokes",
}


@pytest.mark.parametrize("name", CLASSES)
def test_a_model_has_the_defaults_that_are_promised(name):
    assert CLASSES[name]().get_params() == MODELS[name]


@pytest.mark.parametrize("path", FUNCTIONS)
def test_a_function_has_the_defaults_that_are_promised(path):
    file, name = path.rsplit(".", 1)
    function = getattr(importlib.import_module(f"scratchae.{file}"), name)
    known = inspect.signature(function).parameters
    assert {n: known[n].default for n in FUNCTIONS[path]} == FUNCTIONS[path]


@pytest.mark.parametrize("method, defaults", [
    (BeliefNet.fit, (500, 0.05)), (TwoHills.fit, (3000, 0.02)),
    (LinearGaussian.quadrature, (2001, None)), (GaussianMixture.sample, (1, None)),
    (Lecture.number, ("", 4)), (Lecture.digits, (True,)), (Lecture.__init__, (None,)),
], ids=lambda value: getattr(value, "__qualname__", ""))
def test_a_method_has_the_defaults_that_are_promised(method, defaults):
    assert method.__defaults__ == defaults


def defaults_of(parser, command=""):
    """(command and option, its default) of a parser and of all below it."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                yield from defaults_of(below, f"{command}{name} ")
        elif not any(action.default is no for no in (None, False, argparse.SUPPRESS)):
            yield command + [*action.option_strings, action.dest][0], action.default


def test_an_option_has_the_default_that_is_promised():
    assert dict(defaults_of(build_parser())) == TYPED
