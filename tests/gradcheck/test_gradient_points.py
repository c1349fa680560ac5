"""Nothing that gradients are checked at is a number at which a mistake is right.

A factor that is 1 may be left out, and of numbers that are all the same an axis may be
exchanged: the check would pass.
"""

import numpy as np
import pytest

from scratchae import Autoencoder, backend, check_model, gradient_checks
from scratchae.exact.linear_gaussian import LinearGaussian
from scratchae.formulas import divergences, penalties, reparameterization
from scratchae.gradcheck import GradientReport
from scratchae.gradient_checks import (
    CHECKS,
    SIZES,
    formulas,
    laboratory,
    networks,
    run_checks,
)
from scratchae.networks import bounds
from scratchae.networks import penalties as network_penalties
from scratchae.nn.backend import ops

pytestmark = pytest.mark.filterwarnings("ignore:no kernel for")
HEADS = ["gaussian_head", "cholesky_head"]


def check_at(name):
    return CHECKS[name](np.random.default_rng(0), SIZES["different"])


def no_two_are_alike(values):
    numbers = np.ravel(values)
    return len({*np.abs(numbers)} - {0.0, 1.0}) == len(numbers)


def failing(name):
    return {row.name for row in run_checks([name]).rows if not row.passed}


@pytest.mark.parametrize("name", [name for name in CHECKS if name != "top_k"])
def test_no_number_of_a_point_is_1_or_comes_twice(name):
    for tensor, value in check_at(name).point.items():
        free = value
        if np.ndim(value) == 3:  # of a factor what is not above its diagonal
            rows, columns = np.tril_indices(value.shape[-1])
            free = value[:, rows, columns]
        free = np.ravel(free)[4:] if {-30.0, 30.0} <= {*np.ravel(free)} else free
        assert no_two_are_alike(free), tensor


@pytest.fixture
def projected(monkeypatch):
    """Formulas' checks as they are made; their backward may be given another d_out."""
    made, right = [], formulas.check_of

    def plant(change):
        def check_of(forward, backward, point, rng):
            made.append(forward)
            return right(forward, lambda d_out, cache: backward(change(d_out), cache),
                         point, rng)

        for room in formulas, laboratory:
            monkeypatch.setattr(room, "check_of", check_of)
        return made

    return plant


def test_what_a_formula_holds_fixed_has_no_number_twice(projected):
    made, names = projected(lambda d_out: d_out), set()
    for check in CHECKS.values():
        check(np.random.default_rng(0), SIZES["different"])
    for forward in made:
        for name, value in getattr(forward, "keywords", {}).items():
            if np.ndim(value) and value.dtype.kind == "f":
                names.add(name)
                assert no_two_are_alike(value), name
    assert names == {"x", "eps", "weight"}


def test_a_backward_that_takes_ones_for_what_it_is_given_is_caught(projected):
    made, passed, tried = projected(np.ones_like), [], 0
    for name in CHECKS:
        made.clear()
        check_at(name)
        if made:
            tried += 1
            passed += [name] if len(failing(name)) < len(check_at(name).point) else []
    assert passed == [] and tried > 25


@pytest.mark.parametrize("name", HEADS)
def test_a_head_that_takes_1_for_one_of_its_gradients_is_caught(name, monkeypatch):
    right = getattr(ops, f"{name}_backward")
    for wrong in (lambda dz, d_kl, cache: right(dz, 1.0, cache),
                  lambda dz, d_kl, cache: right(np.ones_like(dz), d_kl, cache)):
        monkeypatch.setattr(type(ops), f"{name}_backward", staticmethod(wrong),
                            raising=False)
        assert failing(name) == {"head"}


@pytest.mark.parametrize("name", HEADS)
def test_the_noise_of_a_head_has_no_number_twice(name, monkeypatch):
    right, seen = getattr(ops, f"{name}_forward"), []

    def forward(head, eps):
        seen.append(eps)
        return right(head, eps)

    monkeypatch.setattr(type(ops), f"{name}_forward", staticmethod(forward),
                        raising=False)
    check_at(name)
    assert len(seen) == 1 and no_two_are_alike(seen[0])


def labels_of_a_softmax(projected, monkeypatch):
    made = projected(lambda d_out: d_out)
    check_at("softmax_nll")
    return made[0].keywords["labels"]


def labels_of_the_probe(projected, monkeypatch):
    right, seen = networks.probe_loss, []
    monkeypatch.setattr(networks, "probe_loss", lambda *given, **options: (
        seen.append(given[3]) or right(*given, **options)))
    check_at("linear_probe")
    return seen[0]


def pixels_of_the_belief_net(projected, monkeypatch):
    right, seen = laboratory.BeliefNet.loss, []
    monkeypatch.setattr(laboratory.BeliefNet, "loss", lambda self, W, b, x: (
        seen.append(x) or right(self, W, b, x)))
    check_at("belief_net")
    return seen[0]


@pytest.mark.parametrize("drawn", [
    labels_of_a_softmax, labels_of_the_probe, pixels_of_the_belief_net])
def test_of_labels_and_binary_pixels_no_value_is_that_of_all(
    drawn, projected, monkeypatch
):
    """What is right for one class, or where all is 0, would pass."""
    values, often = np.unique(drawn(projected, monkeypatch), return_counts=True)
    assert len(values) > 1 and often.max() < 0.9 * often.sum()


NETWORKS = networks.named_networks()


@pytest.mark.parametrize("name", [n for n in NETWORKS if "condit" in n or "class" in n])
def test_the_images_of_a_check_are_not_all_of_one_class(name):
    network, rng = NETWORKS[name](dtype=np.float64), np.random.default_rng(0)
    (label,) = [v for k, v in networks.inputs_of(network, rng).items() if "label" in k]
    assert len(label) == 5 and len(np.unique(label, axis=0)) > 1


def test_two_layers_that_take_ones_for_what_they_are_given_are_caught(monkeypatch):
    right = ops.layer_backward

    def ones(da, cache, dW=None, db=None, below=None, **options):
        da = da if below is None else np.ones_like(da)
        return right(da, cache, dW, db, below, **options)

    monkeypatch.setattr(type(ops), "layer_backward", staticmethod(ones), raising=False)
    for name in CHECKS:
        if name.startswith("layers_"):
            assert failing(name) == {"V", "c", "W", "b", "x"}


def test_a_full_factor_that_takes_ones_for_the_noise_is_caught(monkeypatch):
    right = reparameterization.reparameterize_cholesky_backward
    monkeypatch.setattr(reparameterization, "reparameterize_cholesky_backward",
                        lambda dz, eps: right(dz, np.ones_like(eps)))
    assert failing("reparameterize_cholesky") == {"L"}


@pytest.mark.parametrize("taken", [0.0, 1.0])
def test_a_probe_that_takes_0_or_1_for_its_weight_decay_is_caught(taken, monkeypatch):
    right = networks.probe_loss

    def wrong(W, b, codes, labels, weight_decay):
        loss, *_ = right(W, b, codes, labels, weight_decay)
        return loss, *right(W, b, codes, labels, taken)[1:]

    monkeypatch.setattr(networks, "probe_loss", wrong)
    assert failing("linear_probe") == {"W"}


@pytest.mark.parametrize("name", ["kl_sparsity", "sparse_kl"])
def test_a_sparsity_taken_for_its_opposite_is_caught(name, monkeypatch):
    right = penalties.kl_sparsity_backward

    def wrong(d_penalty, cache):
        rho, *rest = cache
        return right(d_penalty, (1 - rho, *rest))

    for room in penalties, network_penalties:
        monkeypatch.setattr(room, "kl_sparsity_backward", wrong)
    assert failing(name)


@pytest.mark.parametrize("name", ["free_bits", "vae_free_bits"])
@pytest.mark.parametrize("all_above", [False, True])
def test_a_floor_that_all_units_or_none_are_above_is_caught(
    name, all_above, monkeypatch
):
    right = divergences.free_bits_backward

    def wrong(d_total, cache):
        mu, excess, above = cache
        return right(d_total, (mu, excess, np.full_like(above, all_above)))

    for room in divergences, bounds:
        monkeypatch.setattr(room, "free_bits_backward", wrong)
    assert failing(name)


def test_a_fit_that_takes_1_for_the_variance_is_caught(monkeypatch):
    right = laboratory.gaussian_fit_gradient

    def wrong(model, x, m, log_v):
        bound, *_ = right(model, x, m, log_v)
        return bound, *right(LinearGaussian(model.W, model.b, 1.0), x, m, log_v)[1:]

    monkeypatch.setattr(laboratory, "gaussian_fit_gradient", wrong)
    assert failing("gaussian_fit") == {"m", "log_v"}


class Tripled:
    """tanh, with a derivative that is 3 times too large."""

    def forward(self, a):
        return np.tanh(a), a

    def backward(self, dh, a):
        return 3 * dh * (1 - np.tanh(a) ** 2)


@pytest.mark.parametrize("seed", [0, 5, 7, 22, 23, 29])
def test_no_layer_of_dead_units_hides_a_mistake_below_it(seed, rng):
    """Of three units with a kink all are off, for all images, at one point in eight."""
    model, x = Autoencoder(2, (3,), code_activation=Tripled()), rng.random((6, 4))
    with backend("numpy"):
        report = check_model(model, x, random_state=seed)
        assert not report.passed
        assert check_model(Autoencoder(2, (3,)), x, random_state=seed).passed


def test_what_never_depends_on_its_parameters_is_checked_all_the_same():
    with backend("numpy"):
        report = check_model(Autoencoder(2, (3,)), np.zeros((2, 4)))
    row = report.rows[-1]
    assert report.passed and row.name == "encoder.0.W" and row.numeric == 0


@pytest.mark.parametrize("name", ["free_bits", "softmax_nll", "autoencoder_relu",
                                  "denoising_missing", "vae_relu", "vae_full"])
@pytest.mark.parametrize("size", SIZES)
def test_no_built_in_check_is_of_a_gradient_that_is_0_throughout(
    size, name, monkeypatch
):
    seen = []

    def checked(loss, point, gradients, *rest, **settings):
        seen.append(gradients)
        return GradientReport([])

    monkeypatch.setattr(gradient_checks, "check_parameters", checked)
    with backend("numpy"):
        for seed in range(12):
            run_checks([name], seed=seed, sizes=size)
    assert len(seen) == 12
    assert all(np.any(g) for gradients in seen for g in gradients.values() if g.size)
