"""The ends of what may come in, and several models at once."""

import numpy as np
import pytest

from scratchae import (
    PCA,
    Autoencoder,
    DenoisingAutoencoder,
    DivergedError,
    SparseAutoencoder,
    VariationalAutoencoder,
    backend,
)
from scratchae.formulas.activations import ACTIVATIONS
from scratchae.formulas.divergences import free_bits_forward, kl_diag_gaussian_forward
from scratchae.formulas.importance import log_mean_exp_forward
from scratchae.formulas.penalties import kl_sparsity_forward
from scratchae.formulas.softmax import softmax, softmax_nll_forward
from scratchae.nn import plain
from scratchae.nn.backend import ops

QUIET = {"epochs": 2, "random_state": 0, "verbose": False}
MODELS = {
    "autoencoder": lambda **o: Autoencoder(2, (4,), **QUIET | o),
    "bernoulli": lambda **o: Autoencoder(2, (4,), loss="bernoulli", **QUIET | o),
    "sparse": lambda **o: SparseAutoencoder(5, **QUIET | o),
    "denoising": lambda **o: DenoisingAutoencoder(5, **QUIET | o),
    "vae": lambda **o: VariationalAutoencoder(2, (4,), **QUIET | o),
    "gaussian vae": lambda **o: VariationalAutoencoder(
        2, (4,), decoder="gaussian", decoder_variance=0.1, **QUIET | o
    ),
}
DATA = {
    "all zero": np.zeros((20, 6)),
    "all one": np.ones((20, 6)),
    "constant": np.full((20, 6), 0.3),
    "one image": np.full((1, 6), [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),
    "one pixel": np.linspace(0, 1, 20)[:, None],
}


@pytest.fixture(params=["numba", "numpy"])
def each_backend(request):
    with backend(request.param):
        yield request.param


@pytest.mark.filterwarnings("ignore::UserWarning")  # a code wider than one pixel
@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize("name", MODELS)
def test_poor_data_train_to_finite_numbers(name, data, each_backend):
    x = DATA[data]
    model = MODELS[name]().fit(x)
    assert np.isfinite(model.parameters_.theta).all()
    assert np.isfinite(model.reconstruct(x)).all()
    assert np.isfinite(model.history_["loss"]).all()


@pytest.mark.parametrize("name", MODELS)
def test_a_batch_larger_than_the_data_is_all_the_data(name, rng):
    x = rng.uniform(size=(30, 6))
    big, whole = (MODELS[name](batch_size=b).fit(x) for b in (10**6, 30))
    np.testing.assert_array_equal(big.parameters_.theta, whole.parameters_.theta)


def test_ten_thousand_latent_units(rng, each_backend):
    model = SparseAutoencoder(10_000, **QUIET | {"epochs": 1})
    h = model.fit(rng.uniform(size=(20, 6))).transform(rng.uniform(size=(3, 6)))
    assert h.shape == (3, 10_000) and np.isfinite(h).all()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", MODELS)
def test_an_absurd_learning_rate_ends_in_an_error_and_finite_weights(name, rng):
    model = MODELS[name](epochs=60, learning_rate=1e6, schedule="constant",
                         optimizer="sgd")
    with pytest.raises(DivergedError) as caught:
        model.fit(rng.uniform(size=(200, 6)))
    assert np.isfinite(caught.value.model.parameters_.theta).all()


@pytest.mark.parametrize("logit", [1e4, -1e4])
def test_far_logits_cost_their_size_or_nothing(logit, each_backend):
    logits, x = np.full((1, 3), logit), np.array([[0.0, 1.0, 1.0]])
    loss, d = ops.bernoulli_nll(logits, x, 1.0)
    wrong = 1 if logit > 0 else 2
    assert loss[0] == pytest.approx(1e4 * wrong, rel=1e-12)
    assert np.abs(d).sum() == pytest.approx(wrong, rel=1e-12)


@pytest.mark.parametrize("log_var", [-50.0, 50.0])
def test_far_log_variances_stay_finite(log_var, each_backend):
    head = np.concatenate([np.zeros((2, 3)), np.full((2, 3), log_var)], axis=1)
    z, kl, cache = ops.gaussian_head_forward(head, np.ones((2, 3)))
    d = ops.gaussian_head_backward(np.ones((2, 3)), 1.0, cache)
    for array in (z, kl, d):
        assert np.isfinite(array).all()
    expected, _ = kl_diag_gaussian_forward(head[:, :3], head[:, 3:])
    np.testing.assert_allclose(kl, expected, rtol=1e-12)


ENDS = [0.0, -0.0, 1.0, -1.0, 1e-30, 50.0, -50.0, 1e4, -1e4, 1e20, -1e20, 1e38, -1e38,
        np.inf, -np.inf, np.nan]


def pairs(dtype):
    """All pairs of ends, as two columns of one number per image."""
    grid = np.array([(a, b) for a in ENDS for b in ENDS], dtype)
    return grid[:, :1].copy(), grid[:, 1:].copy()


def activated(a, name):
    one = np.ones((1, 1), a.dtype)
    h, cache = ops.layer_forward(a, one, np.zeros(1, a.dtype), name)
    _, above = ops.layer_forward(h, one, np.zeros(1, a.dtype))
    upstream = [np.full_like(a, d) for d in (0, 1, np.nan)]
    made = [h] + [ops.activation_backward(d, cache) for d in upstream]
    made += [ops.layer_backward(d, above, below=cache) for d in upstream]
    return made + [
        ops.layer_backward(d, above, one.copy(), one[0].copy(), cache)
        for d in upstream]


def layer(a, b):
    """Three images, three units: what is not finite stays in its row and column."""
    made = []
    for value in a[:: len(ENDS)].ravel():
        x, W, dy = (np.arange(9, dtype=a.dtype).reshape(3, 3) - m for m in (1, 3, 5))
        for array in (x, W, dy):
            array[1, 1], before = value, array[1, 1]
            y, cache = ops.layer_forward(x, W, x[0].copy())
            alone, both = ((W.copy(), W[0].copy()) for _ in range(2))
            ops.layer_backward(dy, cache, *alone, input_gradient=False)
            made += [y, *alone, ops.layer_backward(dy, cache, *both), *both]
            array[1, 1] = before
    return made


def head(a, b, kind="gaussian", many=(0, 1, -2, np.nan)):
    made, both = [], np.concatenate([a, b], axis=1)
    for eps in many:
        z, kl, cache = getattr(ops, f"{kind}_head_forward")(both, np.full_like(a, eps))
        back = getattr(ops, f"{kind}_head_backward")
        made += [z, kl, back(np.ones_like(a), 0.5, cache)]
    return made


def cholesky_head(a, b):
    """One code alone, and two with every end below the diagonal."""
    below, eps = np.concatenate([0 * a + 0.5] * 4 + [b], axis=1), np.ones_like(a)
    z, kl, cache = ops.cholesky_head_forward(below, np.hstack([eps, eps]))
    back = ops.cholesky_head_backward(np.hstack([eps, eps]), 0.5, cache)
    return [*head(a, b, "cholesky", (1, 3, np.nan)), z, kl, back]


def adam(a, b):
    made = []
    for state in (0, 1, 1e30, np.inf, np.nan):
        theta, grad, m = (v.ravel().copy() for v in (a, b, np.full_like(a, state)))
        v = m.copy()
        made += [ops.adam_step(theta, grad, m, v, 3), theta, m, v]
    return made


def noisy(name):
    amount = () if name == "binarize" else (0.5,)
    return lambda a, b: [
        getattr(ops, name)(a, np.full_like(a, u), *amount) for u in (0.0, 0.4, 0.9)
    ]


OPERATIONS = {
    **{("layer_forward", name): lambda a, b, name=name: activated(a, name)
       for name in ACTIVATIONS},
    "layer_backward": layer,
    **{name: lambda a, b, name=name: getattr(ops, name)(a, b, 0.5)
       for name in ("bernoulli_nll", "squared_error")},
    **dict.fromkeys(["gaussian_head_forward", "gaussian_head_backward"], head),
    **dict.fromkeys(["cholesky_head_forward", "cholesky_head_backward"], cholesky_head),
    "adam_step": adam,
    "mean_loss": lambda a, b: [ops.mean_loss(row) for row in np.vstack([a, b])],
    "squared_norm": lambda a, b: [ops.squared_norm(pair)
                                  for pair in np.concatenate([a, b], axis=1)],
    **{name: noisy(name)
       for name in ("binarize", "add_gaussian_noise", "mask", "salt_and_pepper")},
    "shift_images": lambda a, b: [
        ops.shift_images(a, np.full((2, len(a)), by), 1.0, (1, a.shape[1]))
        for by in (0, 1, -1)
    ],
}
SEEN_INSIDE = {"activation_backward"}
OURS = {"render"}  # strokes are always finite


def test_every_operation_of_the_backends_is_tried_at_its_ends():
    names = {key if isinstance(key, str) else key[0] for key in OPERATIONS}
    assert names | SEEN_INSIDE | OURS == set(plain.__all__)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_both_backends_agree_on_nan_and_infinity(operation, dtype):
    made = []
    for name in ("numba", "numpy"):
        with backend(name):
            made.append(OPERATIONS[operation](*pairs(dtype)))
    for kernel, twin in zip(*made, strict=True):
        np.testing.assert_allclose(kernel, twin, rtol=1e-4, atol=1e-20)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_unit_that_is_nan_stays_nan(name, each_backend):
    h, without, _, with_nan, *_ = activated(np.array([[np.nan], [1.0]]), name)
    assert np.isnan(h[0, 0]) and np.isfinite(h[1, 0])
    assert np.isnan(with_nan).all() and np.isfinite(without[1, 0])


LIMITS = {  # of phi and of its derivative
    "identity": (-np.inf, 1), "sigmoid": (0, 0), "tanh": (-1, 0), "relu": (0, 0),
    "leaky_relu": (-np.inf, 0.01), "elu": (-1, 0), "softplus": (0, 0), "silu": (0, 0),
}


@pytest.mark.parametrize("logits, expected", [
    ([np.inf, 0, 1], [1, 0, 0]),
    ([np.inf, 0, np.inf], [0.5, 0, 0.5]),
    ([-np.inf, 0, 0], [0, 0.5, 0.5]),
    ([-np.inf] * 2, [0.5, 0.5]),
    ([1e308, -1e308], [1, 0]),
    ([np.nan, 0], [np.nan, np.nan]),
])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_an_infinite_logit_takes_all_the_probability(logits, expected):
    row = np.array([logits], float)
    np.testing.assert_array_equal(softmax(row)[0], expected)
    for label, p in enumerate(expected):
        loss = softmax_nll_forward(row, np.array([label]))[0][0]
        np.testing.assert_allclose(np.exp(-loss), p)


INFINITE = {  # what its formula makes infinite, or a limit of it
    "KL of a unit that is never on": lambda: kl_sparsity_forward(np.zeros((2, 1)), 0.1),
    "KL of one that is always on": lambda: kl_sparsity_forward(np.ones((2, 1)), 0.1),
    "softmax": lambda: softmax(np.array([[np.inf, 0], [np.inf, -np.inf]])),
    "its loss": lambda: softmax_nll_forward(np.array([[np.inf, 0]]), np.array([0])),
    "mean of no weight": lambda: log_mean_exp_forward(np.full((2, 1), -np.inf)),
    "SiLU": lambda: ACTIVATIONS["silu"].forward(np.array([-np.inf, np.inf])),
}


@pytest.mark.parametrize("case", INFINITE)
def test_an_infinity_that_is_meant_costs_no_warning(case):
    with np.errstate(all="raise", under="ignore"):
        value = INFINITE[case]()
    assert not np.isnan(value[0]).any()


def test_free_bits_do_not_hide_nan():
    mu = np.array([[np.nan, 1.0]])
    assert np.isnan(free_bits_forward(mu, np.zeros((1, 2)), 0.5)[0])


def test_pca_of_constant_data_has_no_variance_and_no_error():
    model = PCA(2).fit(np.full((10, 5), 0.4))
    assert model.explained_variance_.max() < 1e-30
    zeros = PCA(2).fit(np.zeros((10, 5)))
    assert zeros.explained_variance_ratio_.tolist() == [0, 0]
    np.testing.assert_allclose(model.reconstruct(np.full((1, 5), 0.4)), 0.4)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.uint8, int])
def test_every_number_type_and_layout_gives_the_same_codes(dtype, rng, tmp_path):
    x = (rng.uniform(size=(40, 6)) > 0.5).astype(dtype)
    model = MODELS["bernoulli"]().fit(x.astype(np.float32))
    expected = model.transform(x.astype(np.float32))
    mapped = np.memmap(tmp_path / "x", dtype=dtype, mode="w+", shape=x.shape)
    mapped[...] = x
    locked = x.copy()
    locked.flags.writeable = False
    spread = np.zeros((80, 12), dtype)[::2, ::2]
    spread[...] = x
    for same in (x, np.asfortranarray(x), mapped, locked, spread, x.tolist()):
        before = np.array(same, copy=True)
        np.testing.assert_array_equal(model.transform(same), expected)
        np.testing.assert_array_equal(np.asarray(same), before)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_unit_at_minus_infinity_has_the_limit(name, dtype, each_backend):
    h, _, slope, *_ = activated(np.array([[-np.inf]], dtype), name)
    np.testing.assert_allclose([h.item(), slope.item()], LIMITS[name], atol=1e-30)
