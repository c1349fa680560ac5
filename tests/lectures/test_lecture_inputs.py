"""What lectures compute with is what they say: data, noise, options of the models.

The tests of printed numbers and of figures take these from the run; here they are
compared with the prose. `v` has the variables of a quick run (seen.py).
"""

import re
from functools import partial

import numpy as np
import pytest
from drawn import close, every_figure, shows
from scipy import stats

from scratchae import Autoencoder, UndertrainedWarning

INPUTS = {}
inputs_of = partial(shows, INPUTS)


def has(model, **options):
    """The model was made with these options."""
    found = model.get_params()
    assert {name: found[name] for name in options} == options


def spread(x):
    """The root of the mean square."""
    return np.sqrt(np.mean(np.square(np.asarray(x, float))))


@inputs_of("01")
def _(v):
    r = np.sqrt(6 / (784 + 64))
    for name, shape in {"W1": (784, 64), "W2": (64, 784)}.items():
        W = v.theta[name]
        assert W.shape == shape and 0.999 * r < np.abs(W).max() <= r
        close(W.var(), 2 / (784 + 64), rtol=0.02)
    assert not np.any(v.theta["b1"]) and not np.any(v.theta["b2"])
    assert {batch.shape for batch in v.batches} == {(128, 784)}
    has(v.model, n_components=30, hidden_layer_sizes=(256,))
    has(v.wide, n_components=16, hidden_layer_sizes=(), activation="identity")
    assert v.features.shape == (500, 12)
    close(spread(v.noisy - v.x_test), 0.3, rtol=0.01)
    h = v.model.transform(v.x_train)
    far = (v.random_h - h.mean(axis=0)) / h.std(axis=0)
    assert far.shape == (12, 30)
    close([far.mean(), far.std()], [0, 1], atol=0.2)
    others = Autoencoder(10, (256,), epochs=12, random_state=0, verbose=False)
    with pytest.warns(UndertrainedWarning):
        others.fit(v.x_train[v.y_train != 8])  # so it never saw an 8
    close(v.detector.transform(v.x_test[:5]), others.transform(v.x_test[:5]), atol=1e-4)
    normal = v.x_test[v.y_test != 8][:200]  # the pixels of each image, shuffled
    assert np.array_equal(np.sort(v.noise, axis=1), np.sort(normal, axis=1))
    moved = np.mean(v.noise != normal, axis=1)
    assert moved.min() > 0.1 and not np.array_equal(v.noise[0] > 0, v.noise[1] > 0)


@inputs_of("02")
def _(v):
    x = v.x_train[:300].astype(float)
    close(v.x, x - x.mean(axis=0), atol=1e-12)
    has(v.linear, n_components=6, hidden_layer_sizes=(), tied_weights=True,
        optimizer="momentum", learning_rate=0.02, schedule="constant", epochs=400)
    has(v.deep, hidden_layer_sizes=(400, 200), activation="silu", loss="bernoulli")
    radius = np.linalg.norm(v.arc, axis=1)
    close([radius.mean(), radius.std()], [1, 0.03], atol=0.005)
    has(v.bent, n_components=1)
    assert np.array_equal(v.thousand, v.x_train[:1000])
    still, moved = (copier.get_params() for copier in v.copiers.values())
    assert (still.pop("shift"), moved.pop("shift")) == (0, 1) and still == moved


@inputs_of("03")
def _(v):
    sparse = {"n_components": 400, "hidden_layer_sizes": (), "loss": "bernoulli"}
    for model in v.models.values():
        has(model, **sparse)
    has(v.models["KL"], penalty="kl", rho=0.05, penalty_weight=3, learning_rate=1e-2)
    has(v.models["L1"], penalty="l1", penalty_weight=0.3)
    has(v.models["top-k"], penalty="top_k", n_active=20)
    has(v.narrow, n_components=30, hidden_layer_sizes=(200,), weight_decay=1.0)
    has(v.copier, n_components=16, penalty="l1", penalty_weight=0.3, weight_decay=0.1)
    close(np.linalg.norm(v.causes, axis=1), 1)
    assert v.sums.shape == (2000, 12)  # the code is wider
    close(v.sums.mean(axis=0), 0.1 * v.causes.sum(axis=0), atol=0.04)
    close(np.cov(v.sums.T), 0.1 * 0.9 * v.causes.T @ v.causes, atol=0.03)
    for images in v.exciting, v.start:
        close(np.linalg.norm(images, axis=1), 5, rtol=1e-4)
    assert np.array_equal(v.some[0], v.x_train[:1000])
    assert np.array_equal(v.some[1], v.y_train[:1000])
    assert np.array_equal(v.inked, v.x_train.std(axis=0) > 0.1)
    shares = v.trade["active share"]
    assert len(shares) == 4 and max(shares) < 1  # units at 0 are off


@inputs_of("04")
def _(v):
    for noisy, clean in (v.noisy, v.x_test), (v.noisy_train, v.x_train):
        close(spread(noisy - clean), 0.3, rtol=0.01)
    has(v.right, corruption="gaussian", level=0.3, n_components=500)
    has(v.wrong, n_components=500)
    shown = v.rows  # of the last figure; the spoiled ones are in 04_corruptions
    assert np.array_equal(shown["noisy"], v.noisy[:10])
    ink = v.x_test > 0
    for level, images in v.masked.items():
        close(np.mean(images[ink] == 0), level, atol=0.01)
    for level, model in v.models.items():
        has(model, n_components=400, level=level, corruption="masking",
            weight_decay=1.0, loss="bernoulli")
    t = np.linalg.norm(v.spiral, axis=1) / 0.1
    close(v.spiral, 0.1 * np.column_stack([t * np.cos(t), t * np.sin(t)]), atol=1e-9)
    assert len(t) == 3000
    close(spread(v.off - v.spiral), 0.08, rtol=0.03)
    has(v.bent, corruption="gaussian", level=0.08)
    has(v.classifier, hidden_layer_sizes=(200, 200, 200), pretrain_epochs=10, level=0.3)
    spoiled = v.figures["04_corruptions"].axes
    assert [axes.y_label for axes in spoiled] == [
        "clean x", "Gaussian, sigma 0.3", "masking, 30 %", "salt and pepper, 30 %"]


@inputs_of("06")
def _(v):
    for small, images in (v.train, v.x_train[:2000]), (v.test, v.x_test):
        blocks = [images.reshape(-1, 28, 28)[:, i::2, j::2] for i in (0, 1)
                  for j in (0, 1)]
        means = np.mean(blocks, axis=0, dtype=float).reshape(-1, 196)
        differ = (means > 0.5) != small
        assert np.all(np.abs(means[differ] - 0.5) < 1e-6)
    shown = v.figures["06_causes"].axes
    assert [axes.y_label for axes in shown] == [
        f"{name} {low} to {high} {unit}"
        for name, (low, high, unit) in v.ranges.items()]
    assert v.model20.n_components == 20


def loss_written_out(p, x):
    """Minus the ELBO of lecture 10's VAE, in nats per image, by one draw."""
    rng = np.random.default_rng(1)
    white, eps = rng.random(x.shape) < x, rng.standard_normal((len(x), 10))
    m, log_var = np.hsplit(np.tanh(white @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"], 2)
    z = m + np.exp(log_var / 2) * eps
    a = np.tanh(z @ p["W3"] + p["b3"]) @ p["W4"] + p["b4"]
    kl = 0.5 * np.sum(m**2 + np.exp(log_var) - 1 - log_var, axis=1)
    return np.mean(np.sum(np.logaddexp(0, a) - white * a, axis=1) + kl)


@inputs_of("10")
def _(v):
    assert {*np.unique(v.white)} == {0, 1} and v.white.shape == v.x_test.shape
    close(v.white.mean(), v.x_test.mean(dtype=float), rtol=0.02)
    assert v.loss_of.shape == (17,) and v.p["W3"].shape == (10, 64)
    has(v.ae, n_components=2, hidden_layer_sizes=(400,), loss="bernoulli")
    has(v.vae2, n_components=2, hidden_layer_sizes=(400,), kl_weight=1)
    has(v.vae, n_components=20, hidden_layer_sizes=(400,), kl_weight=1)
    has(v.model, n_components=20, kl_weight=4.0)
    codes = v.deep.transform(v.x_train[:5000]).astype(float)
    drawn = v.new["random codes"]
    assert drawn.shape == (500, 20) == v.new["of a mixture"].shape
    close(drawn.mean(axis=0), codes.mean(axis=0), atol=0.2 * codes.std())
    close(drawn.std(axis=0), codes.std(axis=0), rtol=0.15)
    mixed = v.new["of a mixture"]
    close(mixed.mean(axis=0), codes.mean(axis=0), atol=0.2 * codes.std())
    above = np.triu_indices(20, 1)
    covariances = [np.cov(h.T.astype(float))[above] for h in (mixed, codes)]
    assert np.corrcoef(covariances)[0, 1] > 0.7  # which random codes do not have
    m, log_var = np.array([0.5, -1.0]), np.array([-1.0, 0.3])
    eps = np.random.default_rng(0).standard_normal((100_000, 2))
    z = m + np.exp(log_var / 2) * eps
    log_ratio = stats.norm(m, np.exp(log_var / 2)).logpdf(z) - stats.norm.logpdf(z)
    (sampled,) = re.findall(r"^KL .* nats; sampled (\S+)$", v.text, re.M)
    close(float(sampled), log_ratio.sum(axis=1).mean(), atol=6e-5)
    close(v.loss_of[16], loss_written_out(v.p, v.x_train[:2000]), rtol=0.05)


@inputs_of("11")
def _(v):
    x = v.x_test[:50]
    assert v.white.shape == x.shape and {*np.unique(v.white)} == {0, 1}
    grey = (0 < x) & (x < 1)
    assert np.array_equal(v.white[~grey], x[~grey])
    close(v.white[grey].mean(), x[grey].mean(dtype=float), atol=0.03)
    has(v.vae, n_components=20, hidden_layer_sizes=(200,), kl_weight=1)
    for name in "PCA", "probabilistic PCA", "undercomplete":
        has(v.family[name], n_components=30)
    has(v.family["sparse"], n_components=400, rho=0.05, penalty_weight=3)
    has(v.family["denoising"], n_components=400, level=0.4, loss="bernoulli")
    for name in "variational", "conditional":
        has(v.family[name], n_components=20, hidden_layer_sizes=(200,))
    close(v.covariance, v.truth.W @ v.truth.W.T + 0.25 * np.eye(6))


@every_figure(INPUTS)
def test_a_lecture_computes_with_what_it_says(name, seen):
    INPUTS[name](seen(name))
