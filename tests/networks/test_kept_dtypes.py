"""What a network computes has the dtype of its parameters, whatever its options."""

from functools import partial

import numpy as np
import pytest

from scratchae import backend
from scratchae.formulas.activations import ACTIVATIONS
from scratchae.networks import (
    AutoencoderNetwork,
    ClassifierNetwork,
    DenoisingNetwork,
    SparseNetwork,
    VariationalNetwork,
)
from scratchae.networks.penalties import L1, Contractive, KLSparsity
from scratchae.networks.posteriors import POSTERIORS
from scratchae.nn.mlp import Dense

SIZES, SIGMOID = (6, 4, 3), {"code_activation": "sigmoid"}
NETWORKS = {
    "squared error": partial(AutoencoderNetwork, SIZES),
    "tied": partial(AutoencoderNetwork, SIZES, tied_weights=True),
    "bernoulli": partial(AutoencoderNetwork, SIZES, loss="bernoulli"),
    "classifier": partial(ClassifierNetwork, SIZES, level=0.5),
    **{f"denoising {kind}": partial(DenoisingNetwork, SIZES, kind, 0.3)
       for kind in ("gaussian", "masking", "salt_and_pepper")},
    "weighted": partial(DenoisingNetwork, SIZES, "masking", 0.3, 2.5),
    "missing": partial(DenoisingNetwork, SIZES, "masking", 0.3, missing=True),
    "l1": partial(SparseNetwork, SIZES, "l1", 0.1),
    "kl": partial(SparseNetwork, SIZES, "kl", 0.1, **SIGMOID),
    "top_k": partial(SparseNetwork, SIZES, "top_k", 0.1, n_active=2),
    "contractive": partial(SparseNetwork, (6, 3), "contractive", 0.1, **SIGMOID),
    "elbo": partial(VariationalNetwork, SIZES),
    "full": partial(VariationalNetwork, SIZES, posterior="full"),
    "learned variance": partial(VariationalNetwork, SIZES, decoder="gaussian"),
    "fixed variance": partial(
        VariationalNetwork, SIZES, decoder="gaussian", decoder_variance=0.3),
    "free bits": partial(VariationalNetwork, SIZES, free_bits=0.1),
    "labels": partial(VariationalNetwork, (4, 4, 3), n_classes=2),
    "iwae": partial(VariationalNetwork, SIZES, objective="iwae", n_samples=3),
    "drawn": partial(VariationalNetwork, SIZES, objective="iwae", n_samples=3,
                     gradient_samples=2),
}


def record(mlp, monkeypatch):
    """The gradients that an MLP's `backward` is handed, as they come."""
    handed, backward = [], mlp.backward

    def recording(dh, **options):
        handed.append(dh)
        return backward(dh, **options)

    monkeypatch.setattr(mlp, "backward", recording)
    return handed


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", NETWORKS)
def test_losses_and_gradients_have_the_dtype_of_the_network(
    name, dtype, rng, monkeypatch
):
    network, width = NETWORKS[name](dtype=dtype), 9 if name == "classifier" else 6
    x = rng.random((5, width)).astype(dtype)
    handed = [record(mlp, monkeypatch) for mlp in {network.encoder, network.decoder}]
    with backend("numpy"):
        network.initialise(rng, x)
        drawn = network.draw(x, rng, 1)
        losses = network.loss(**drawn)
        network.backward()
    drawn = {name: of for name, of in drawn.items() if name != "labels"}
    arrays = [of for of in drawn.values() if isinstance(of, np.ndarray)]
    arrays += [of for of in losses.values() if of != 0] + sum(handed, [])
    assert {array.dtype for array in arrays} == {np.dtype(dtype)}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("penalty", [L1(), KLSparsity(0.1), Contractive()])
def test_a_penalty_and_its_gradients_have_the_dtype_of_the_code(penalty, dtype, rng):
    h, W, b = rng.random((5, 3)), rng.random((4, 3)), rng.random(3)
    h, W, b = (array.astype(dtype) for array in (h, W, b))
    P, cache = penalty.forward(h, Dense(W, b, W, b, ACTIVATIONS["sigmoid"]))
    dh, dW = penalty.backward(0.1, cache)
    given = [P, dh] + ([] if dW is None else [dW])
    assert {np.asarray(array).dtype for array in given} == {np.dtype(dtype)}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", POSTERIORS)
def test_what_a_posterior_answers_has_the_dtype_of_the_head(name, dtype, rng):
    q = POSTERIORS[name](3)
    head, eps = (rng.normal(size=(4, k)).astype(dtype) for k in (q.size, 3))
    answers = [q.mean(head), q.std(head), q.covariance(head), q.sample(head, eps),
               q.divergences(head), q.log_slope(head, eps), q.log_ratio(head, eps, eps),
               q.standardised(eps, head[0])]
    with backend("numpy"):
        z, kl, cache = q.forward(head, eps)
        answers += [z, kl, q.backward(eps, dtype(1), cache)]
    assert {answer.dtype for answer in answers} == {np.dtype(dtype)}
