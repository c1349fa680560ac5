"""The gradient of samples drawn by their weights is that of L_K, in expectation.

Over which sample is drawn the expectation is a sum; over the noise, at two samples of
one latent dimension, it is Gauss-Hermite quadrature.
"""

import numpy as np
import pytest

from scratchae import VariationalAutoencoder, backend, check_model
from scratchae.networks.bounds import Drawn, DrawnSamples
from scratchae.networks.variational import VariationalNetwork

pytestmark = pytest.mark.lecture11

T, WEIGHTS = np.polynomial.hermite_e.hermegauss(60)
WEIGHTS = WEIGHTS / WEIGHTS.sum()


@pytest.fixture(autouse=True)
def plain():
    with backend("numpy"):
        yield


def pair(rng, k, K, **options):
    """The same network with the gradient of all samples, and with that of one."""
    shared = {"activation": "tanh", "objective": "iwae", "n_samples": K,
              "binarize": False, "dtype": np.float64} | options
    both = [VariationalNetwork((3, 4, k), **shared, gradient_samples=m)
            for m in (None, 1)]
    point = {name: rng.normal(size=shape) * 0.5
             for name, shape in both[0].parameters.shapes.items()}
    for network in both:
        network.parameters.set_values(point)
    return both


def picks_of(weights):
    """For each sample l, uniform numbers that draw it : (1, n).  weights : (K, n)."""
    sums = np.cumsum(weights, axis=0)
    return (sums - weights / 2)[:, None]


@pytest.mark.parametrize("posterior", ["diagonal", "full"])
def test_eq_11_9_the_decoders_gradient_is_the_mean_over_the_draws(posterior, rng):
    """One image, so that its draws are those of the batch."""
    everything, one = pair(rng, k=2, K=3, posterior=posterior)
    x, eps = rng.uniform(size=(1, 3)), rng.normal(size=(3, 2))
    everything.loss(x, eps)
    everything.backward()
    weights = everything.bound.forward(*everything._look(
        everything.encode(x), x, eps, None), 1.0)[1][0]
    mean = dict.fromkeys(one.parameters.shapes, 0.0)
    for pick, weight in zip(picks_of(weights), weights[:, 0], strict=True):
        one.loss(x, eps, pick=pick)
        one.backward()
        for name, gradient in one.parameters.gradients.items():
            mean[name] = mean[name] + weight * gradient
    for name, gradient in everything.parameters.gradients.items():
        if name.startswith("decoder"):
            np.testing.assert_allclose(mean[name], gradient, err_msg=name)


def expected_heads(network, weights, x, eps, picks):
    """The mean over the noise of the gradient in the encoder's output : (2 k,)."""
    caught = []
    network.encoder.backward = lambda dhead, **_: caught.append(dhead * len(x))
    for pick in picks:
        network.loss(x, eps, **({} if pick is None else {"pick": pick}))
        network.backward()
    return sum(w[:, None] * dhead for w, dhead in zip(weights, caught, strict=True))


def heads(rng, **options):
    """What the encoder is told, of all samples and of one drawn, in expectation."""
    everything, one = pair(rng, k=1, K=2, **options)
    grid = np.stack(np.meshgrid(T, T), axis=-1).reshape(-1, 2)          # (nodes^2, 2)
    nodes = np.multiply.outer(WEIGHTS, WEIGHTS).reshape(-1)
    x = np.tile(rng.uniform(size=(1, 3)), (len(grid), 1))
    eps = grid.T.reshape(-1, 1)                                         # (2 nodes^2, 1)
    terms = everything._look(everything.encode(x), x, eps, None)
    weights = everything.bound.forward(*terms, 1.0)[1][0]               # (2, nodes^2)
    full = expected_heads(everything, [nodes], x, eps, [None])
    drawn = expected_heads(one, nodes * weights, x, eps, picks_of(weights))
    return full.sum(axis=0), drawn.sum(axis=0)


@pytest.mark.parametrize("decoder", ["bernoulli", "gaussian"])
@pytest.mark.parametrize("posterior", ["diagonal", "full"])
def test_eq_11_10_the_encoders_gradient_has_the_mean_of_the_plain_one(
    posterior, decoder, rng
):
    full, drawn = heads(rng, posterior=posterior, decoder=decoder)
    assert np.abs(full).min() > 1e-3
    np.testing.assert_allclose(drawn, full, rtol=1e-6)


def direct(d, drawn):
    dhead = np.zeros_like(drawn.head)
    dhead[:, drawn.z.shape[1] :] = -0.5 * (d.path * d.nll)[:, None]
    return d._replace(head=dhead)


MISTAKES = {
    "a drawn sample counts whole for the encoder": lambda d, _: d._replace(path=None),
    "log q has no slope in z":
        lambda d, drawn: d._replace(z=d.nll[:, None] * drawn.z),
    "log q counts through its parameters too": direct,
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_wrong_gradient_for_the_encoder_is_noticed(mistake, rng, monkeypatch):
    right = DrawnSamples.backward
    monkeypatch.setattr(
        DrawnSamples, "backward",
        lambda self, cache: MISTAKES[mistake](right(self, cache), cache[1]),
    )
    full, drawn = heads(rng)
    assert np.abs(drawn / full - 1).max() > 0.05


@pytest.mark.parametrize("posterior", ["diagonal", "full"])
def test_eq_11_11_the_slope_of_log_q(posterior, rng):
    """Against differences of the density of N(mu, L L^T)."""
    q = VariationalNetwork((3, 2), posterior=posterior, dtype=np.float64).posterior
    head, eps = rng.normal(size=(4, q.size)), rng.normal(size=(4, 2))
    precision, step = np.linalg.inv(q.covariance(head)), 1e-6

    def log_q(z):
        off = z - q.mean(head)
        return -0.5 * np.einsum("ni,nij,nj->n", off, precision, off)

    z = q.sample(head, eps)
    slopes = [(log_q(z + e) - log_q(z - e)) / (2 * step) for e in step * np.eye(2)]
    np.testing.assert_allclose(q.log_slope(head, eps), np.transpose(slopes), rtol=1e-6)


def test_samples_are_drawn_as_often_as_their_weights_say(rng):
    weights = np.array([[0.0, 0.5], [0.7, 0.0], [0.3, 0.5], [0.0, 0.0]])
    terms = Drawn(2, None, None, np.arange(8.0)[:, None], None)  # eps says which
    pick = np.vstack([np.zeros(2), rng.random((20_000, 2)), np.full(2, 1 - 1e-16)])
    eps, kept = DrawnSamples().choose((weights, terms), pick)
    sample, image = np.divmod(eps.reshape(-1, 2).astype(int), 2)
    assert (image == [0, 1]).all()
    np.testing.assert_array_equal(kept.reshape(-1, 2), weights[sample, image])
    for i in range(2):
        share = np.bincount(sample[:, i], minlength=4) / len(sample)
        np.testing.assert_allclose(share, weights[:, i], atol=5 * 0.5 / 141)
        assert (share[weights[:, i] == 0] == 0).all()


def test_the_losses_are_those_of_all_samples(rng):
    everything, one = pair(rng, k=2, K=5)
    x, eps = rng.uniform(size=(7, 3)), rng.normal(size=(35, 2))
    losses = one.loss(x, eps, pick=rng.random((1, 7)))
    assert losses == pytest.approx(everything.loss(x, eps), rel=1e-12)


def test_samples_rise_during_their_warm_up_and_the_history_tells(rng):
    model = VariationalAutoencoder(
        2, (4,), objective="iwae", n_samples=8, samples_warmup_epochs=5,
        gradient_samples=2, epochs=6, random_state=0, verbose=False,
    ).fit(rng.uniform(size=(40, 3)))
    assert model.history_["n_samples"] == [2, 2, 3, 5, 8, 8]  # 8 ** (e / 5)
    drawn = model.network_.draw(np.zeros((3, 3), np.float32), rng, epoch=2)
    assert drawn["eps"].shape == (2 * 3, 2) and drawn["pick"].shape == (2, 3)


def test_what_is_drawn_cannot_be_checked_by_a_numerical_derivative(rng):
    model = VariationalAutoencoder(2, (4,), objective="iwae", gradient_samples=1)
    with pytest.raises(ValueError, match="of a draw, .*ected gradient_samples=None"):
        check_model(model, rng.uniform(size=(4, 3)))


def test_samples_are_drawn_for_the_importance_weighted_bound_only(rng):
    model = VariationalAutoencoder(2, (4,), gradient_samples=1)
    with pytest.raises(ValueError, match="gradient_samples=1 .* objective='iwae'"):
        model.fit(rng.uniform(size=(4, 3)))
