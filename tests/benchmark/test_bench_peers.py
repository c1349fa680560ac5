"""The works in other libraries are ours: loss, Adam and epochs, with NumPy for both."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from scratchae import backend, benchmark
from scratchae.benchmark.works import MASKED, RATE, Work, our_network
from scratchae.formulas.optimizers import adam_step
from scratchae.nn.backend import ops

pytestmark = pytest.mark.lecture13
KINDS = ("vae", "autoencoder", "denoising")


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def tree_map(function, tree, *others):
    """Trees are lists and tuples of arrays."""
    if isinstance(tree, np.ndarray):
        return function(tree, *others)
    return type(tree)(tree_map(function, *parts)
                      for parts in zip(tree, *others, strict=True))


def scan(step, state, inputs):
    outs = []
    for given in zip(*inputs, strict=True):
        state, out = step(state, given)
        outs.append(out)
    return state, outs


def jax():
    """As much of it as is needed; permutations are reversed, and uniform noise 1/2."""
    half = SimpleNamespace(
        split=lambda key, n: [key] * n, permutation=lambda key, n: np.arange(n)[::-1],
        uniform=lambda key, shape: np.full(shape, 0.5),
        normal=lambda key, shape: np.full(shape, 0.25))
    nn = SimpleNamespace(relu=lambda a: np.maximum(a, 0), sigmoid=sigmoid,
                         softplus=lambda a: np.logaddexp(0, a))
    return {"jax": SimpleNamespace(
        numpy=np, nn=nn, random=half, lax=SimpleNamespace(scan=scan),
        jit=lambda function, **options: function,
        value_and_grad=lambda f: lambda theta: (f(theta), theta),
    ), "jax.numpy": np, "jax.tree_util": SimpleNamespace(tree_map=tree_map)}


class Tensor(np.ndarray):
    """An array with the methods of PyTorch's."""

    def split(self, size, dim=0):
        return np.split(self, range(size, self.shape[dim], size), dim)

    def square(self):
        return self**2

    def exp(self):
        return np.exp(self)


def torch():
    torch = SimpleNamespace(
        exp=np.exp, where=np.where, sigmoid=sigmoid, nn=None, bernoulli=np.round,
        from_numpy=np.asarray, randn=lambda *shape: np.zeros(shape),
        randperm=lambda n: np.arange(n)[::-1].view(Tensor), rand_like=np.ones_like)
    loss = SimpleNamespace(binary_cross_entropy_with_logits=(
        lambda a, x, reduction: getattr(np, reduction)(np.logaddexp(0, a) - x * a)))
    return {"torch": torch, "torch.nn": ModuleType("nn"), "torch.nn.functional": loss}


@pytest.fixture
def peer(monkeypatch):
    """A function that imports the file for a library, which is replaced."""

    def load(library):
        for name, module in library().items():
            monkeypatch.setitem(sys.modules, name, module)
        path = Path(benchmark.__file__).with_name(f"in_{library.__name__}.py")
        spec = importlib.util.spec_from_file_location(path.stem, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture(params=KINDS)
def case(request):
    """A work, its layers (W, b) of our network, its inputs, and our loss of them."""
    work = Work(request.param, (6, 5, 3) if request.param != "denoising" else (6, 5), 4)
    network, (x, eps, uniform) = our_network(work), work.inputs()
    with backend("numpy"):
        network.initialise(np.random.default_rng(1), x)
        given = {"vae": {"x": x, "eps": eps}, "autoencoder": {"x": x}, "denoising": {
            "x": ops.mask(x, uniform, MASKED), "target": x}}[work.kind]
        loss = network.loss(**given)["loss"]
    layers = [(layer.W.copy(), layer.b.copy())
              for layer in network.encoder.layers + network.decoder.layers]
    return work, layers, (x, eps, uniform), loss


def test_jax_has_our_loss(peer, case):
    work, layers, inputs, loss = case
    assert peer(jax).loss_of(layers, work.kind, inputs) == pytest.approx(loss, rel=1e-5)


def test_torch_has_our_loss(peer, case):
    work, layers, inputs, loss = case
    middle, module = len(layers) // 2, peer(torch)

    def mlp(layers):
        def run(h):
            for W, b in layers[:-1]:
                h = np.maximum(h @ W + b, 0)
            return (h @ layers[-1][0] + layers[-1][1]).view(Tensor)

        return run

    got = module.loss_of(work.kind, mlp(layers[:middle]), mlp(layers[middle:]), *inputs)
    assert got == pytest.approx(loss, rel=1e-5)


def test_jax_takes_our_steps_of_adam(peer, rng):
    theta, gradient = rng.normal(size=(2, 1, 5))
    ours, m, v = theta[0].copy(), np.zeros(5), np.zeros(5)
    state = [theta], [0 * theta], [0 * theta], 0
    for t in (1, 2, 3):
        state = peer(jax).update(lambda theta: [gradient], *state, rate=0.1)
        adam_step(ours, gradient[0], m, v, t, 0.1)
    np.testing.assert_allclose(state[0][0][0], ours, rtol=1e-6)
    assert state[3] == 3
    step = peer(jax).update(lambda theta: [0 * m + 1], [0 * m], [0 * m], [0 * m], 0)
    np.testing.assert_allclose(step[0][0], -RATE, rtol=1e-6)  # unless it is told


@pytest.mark.parametrize("batch, sizes", [
    (4, [4, 4, 3]), (5, [5, 5, 1]), (11, [11])])
def test_an_epoch_of_jax_uses_every_row_once_and_the_rest_at_its_end(
    batch, sizes, peer, monkeypatch
):
    work, x = Work("vae", (2, 1), batch), np.arange(22.0).reshape(11, 2)
    module, seen, rates = peer(jax), [], []
    monkeypatch.setattr(module, "noisy", lambda work, rows, key: rows)
    monkeypatch.setattr(module, "loss_of", lambda theta, kind, inputs: seen.append(
        inputs) or 0.0)
    monkeypatch.setattr(module, "update", lambda gradient, *state, rate: rates.append(
        rate) or state)
    module.scan_of(work, x)(([np.zeros(1)], 0, 0, 0), "key")
    assert [len(rows) for rows in seen] == sizes and rates == [1e-3] * len(sizes)
    np.testing.assert_array_equal(np.concatenate(seen), x[::-1])


def test_an_epoch_of_torch_uses_every_row_once_and_the_rest_at_its_end(
    peer, monkeypatch
):
    work, x = Work("vae", (2, 1), 4), np.arange(22.0).reshape(11, 2) + 0.1
    module, seen, calls = peer(torch), [], []
    optimizer = SimpleNamespace(zero_grad=lambda: calls.append("zero"),
                                step=lambda: calls.append("step"))
    loss = SimpleNamespace(backward=lambda: calls.append("backward"), item=float)
    monkeypatch.setattr(module, "model_of", lambda work, threads, rate: calls.append(
        (threads, rate)) or (None, None, optimizer))
    monkeypatch.setattr(module, "loss_of", lambda *given: seen.append(given) or loss)
    module.epoch_of(work, x, 2)()
    assert calls == [(2, 1e-3), *["zero", "backward", "step"] * 3]
    assert [len(given[3]) for given in seen] == [4, 4, 3]
    assert [given[4].shape for given in seen] == [(4, 1), (4, 1), (3, 1)]
    rows = np.concatenate([given[3] for given in seen])
    np.testing.assert_array_equal(rows, np.round(x)[::-1])  # binarised


@pytest.mark.parametrize("kind", KINDS)
def test_torch_draws_binary_images_for_a_vae_and_each_kinds_noise_in_an_epoch(
    kind, peer, monkeypatch
):
    module, seen, x = peer(torch), [], np.array([[0.2, 0.6, 0.9]])
    optimizer = SimpleNamespace(zero_grad=lambda: None, step=lambda: None)
    loss = SimpleNamespace(backward=lambda: None, item=float)
    monkeypatch.setattr(module, "model_of", lambda *_, **__: (None, None, optimizer))
    monkeypatch.setattr(module, "loss_of", lambda *given: seen.append(given) or loss)
    module.epoch_of(Work(kind, (3, 2), 4), x, 2)()
    ((asked, _, _, images, eps, uniform),) = seen
    assert asked == kind
    assert images.tolist() == ([[0, 1, 1]] if kind == "vae" else x.tolist())
    assert np.shape(eps) == ((1, 2) if kind == "vae" else ())
    assert np.shape(uniform) == ((1, 3) if kind == "denoising" else ())


@pytest.mark.parametrize("kind", KINDS)
def test_jax_draws_binary_images_for_a_vae_and_noise_of_the_codes_size(peer, kind):
    x = np.array([[0.2, 0.6, 0.9]])
    images, eps, uniform = peer(jax).noisy(Work(kind, (3, 2), 1), x, "key")
    assert images.tolist() == ([[0, 1, 1]] if kind == "vae" else x.tolist())
    assert eps.shape == (1, 2) and uniform.shape == x.shape


def test_torch_trains_both_halves_on_as_many_threads_as_it_is_told(peer, monkeypatch):
    module, made = peer(torch), []
    library = module.torch
    library.set_num_threads = lambda number: made.append(("threads", number))
    library.optim = SimpleNamespace(
        Adam=lambda parameters, **options: made.append((parameters, options)))
    monkeypatch.setattr(module, "network", lambda sizes: SimpleNamespace(
        sizes=sizes, parameters=lambda: iter(sizes)))
    work = Work("vae", (6, 5, 3), 4)
    encoder, decoder, _ = module.model_of(work, 3)
    assert encoder.sizes == [(6, 5), (5, 6)] and decoder.sizes == [(3, 5), (5, 6)]
    module.model_of(work, 3, rate=0.5)
    assert made == [("threads", 3), (work.layers, {"lr": RATE, "fused": True}),
                    ("threads", 3), (work.layers, {"lr": 0.5, "fused": True})]


def test_torch_has_a_relu_between_its_layers_and_none_at_the_end(peer):
    module = peer(torch)
    module.nn = SimpleNamespace(Linear=lambda *size: size, ReLU=lambda: "ReLU",
                                Sequential=lambda *modules: modules)
    layers = (6, 5), (5, 4), (4, 2)
    assert module.network(layers) == ((6, 5), "ReLU", (5, 4), "ReLU", (4, 2))
    assert module.network(layers[:1]) == ((6, 5),)


def test_jax_draws_other_noise_in_every_epoch_and_goes_on_from_the_last(
    peer, monkeypatch
):
    module, given = peer(jax), []
    module.jax.random = SimpleNamespace(
        key=str, split=lambda key: (key + "a", key + "b"))
    module.jax.block_until_ready = lambda arrays: None
    monkeypatch.setattr(module.jnp, "asarray", np.asarray, raising=False)
    monkeypatch.setattr(module, "start_of", lambda work: 0)
    monkeypatch.setattr(module, "scan_of", lambda work, x: lambda state, key: (
        given.append((state, key)) or state + 1, "losses"))
    epoch = module.epoch_of(Work("vae", (2, 1), 4), np.zeros((3, 2)), 2)
    assert epoch() >= 0 and epoch() >= 0 and epoch() >= 0
    assert given == [(0, "1b"), (1, "1ab"), (2, "1aab")]


def test_jax_starts_from_small_weights_and_nothing_else(peer, monkeypatch):
    module = peer(jax)
    module.jax.random = SimpleNamespace(
        key=lambda seed: seed, split=lambda key, n: [*range(n)],
        normal=lambda key, size: np.full(size, 1.0 + key))
    theta, m, v, t = module.start_of(Work("vae", (4, 9, 2), 3))
    for number, (W, b) in enumerate(theta):
        np.testing.assert_allclose(W, (1 + number) / np.sqrt(len(W)))
        assert b.shape == (W.shape[1],) and not b.any()
    assert [W.shape for W, _ in theta] == [(4, 9), (9, 4), (2, 9), (9, 4)] and t == 0
    for moment in m, v:
        assert [a.shape for pair in moment for a in pair] == [
            a.shape for pair in theta for a in pair]
        assert not any(a.any() for pair in moment for a in pair)


def test_a_step_of_jax_goes_on_from_the_step_before(peer, monkeypatch):
    module, given = peer(jax), []
    module.jax.grad = lambda loss: loss.keywords
    module.jax.block_until_ready = lambda state: None
    monkeypatch.setattr(module, "start_of", lambda work: (0, "m", "v", "t"))

    def update(gradient, theta, *rest):
        given.append((gradient["kind"], len(gradient["inputs"]), theta, *rest))
        return theta + 1, *rest

    monkeypatch.setattr(module, "update", update)
    step = module.step_of(Work("vae", (2, 1), 4), 2)
    step()
    step()
    assert given == [("vae", 3, 0, "m", "v", "t"), ("vae", 3, 1, "m", "v", "t")]


def test_a_step_of_torch_forgets_the_gradient_of_the_step_before(peer, monkeypatch):
    module, calls = peer(torch), []
    optimizer = SimpleNamespace(zero_grad=lambda: calls.append("zero"),
                                step=lambda: calls.append("step"))
    monkeypatch.setattr(module, "model_of", lambda work, threads: calls.append(
        threads) or ("encoder", "decoder", optimizer))
    monkeypatch.setattr(module, "loss_of", lambda *given: calls.append(
        (*given[:3], len(given))) or SimpleNamespace(
            backward=lambda: calls.append("backward")))
    step = module.step_of(Work("vae", (2, 1), 4), 3)
    step()
    step()
    loss = ("vae", "encoder", "decoder", 6)  # and x, eps and uniform noise
    assert calls == [3, *["zero", loss, "backward", "step"] * 2]
