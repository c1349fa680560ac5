"""Update rules against traces computed by hand, schedules and starting weights."""

import numpy as np
import pytest

from scratchae import backend
from scratchae.formulas import optimizers, schedules
from scratchae.formulas.initialisation import glorot_uniform, he_normal
from scratchae.museum import FAULTS
from scratchae.museum.planting import edited
from scratchae.nn.optimizers import OPTIMIZERS
from scratchae.nn.parameters import Parameters
from scratchae.training.loop import TrainingSettings, train
from scratchae.training.progress import Progress

pytestmark = pytest.mark.lecture01

# Adam, algorithm 1, with learning rate 0.1, beta1 0.9, beta2 0.999, eps 1e-8, start 1
# and the gradients 2, -1, 0.5. In step 1, m_hat = 2 and v_hat = 4, so the step is
# 0.1 * 2 / 2. In step 2, m = 0.08, v = 0.004996; in step 3, m = 0.122, v = 0.005241004.
GRADIENTS = (2.0, -1.0, 0.5)
ADAM_TRACE = (
    1 - 0.1 * 2.0 / (2.0 + 1e-8),
    0.9 - 0.1 * (0.08 / 0.19) / ((0.004996 / 0.001999) ** 0.5 + 1e-8),
    0.8733663 - 0.1 * (0.122 / 0.271) / ((0.005241004 / 0.002997001) ** 0.5 + 1e-8),
)


def adam_trace(step=optimizers.adam_step):
    theta, m, v = np.ones(1), np.zeros(1), np.zeros(1)
    trace = []
    for t, gradient in enumerate(GRADIENTS, 1):
        step(theta, np.array([gradient]), m, v, t, learning_rate=0.1)
        trace.append(theta[0])
    return trace


def test_eq_1_16_adam_equals_the_hand_computed_three_step_trace():
    np.testing.assert_allclose(adam_trace(), ADAM_TRACE, rtol=1e-7)


MISTAKES = {
    "the bias correction": edited(optimizers.adam_step, "m / (1 - beta1**t)", "m"),
    "that of the squares": edited(optimizers.adam_step, "v / (1 - beta2**t)", "v"),
    **{name: FAULTS[name].planted()
       for name in ("adam_correction_off_by_one", "adam_betas_swapped")},
}


@pytest.mark.parametrize("name", MISTAKES)
def test_planted_adam_mistakes_leave_the_hand_computed_trace(name):
    with MISTAKES[name]:
        assert np.abs(np.subtract(adam_trace(), ADAM_TRACE)).max() > 1e-3


def first_step(gradient):
    theta = np.zeros(1)
    optimizers.adam_step(theta, np.array([gradient]), *np.zeros((2, 1)), 1, 0.1)
    return -theta[0]


def test_adam_eps_stands_outside_the_root():
    """With a gradient of 1e-6, inside it would shrink the step a hundredfold."""
    assert first_step(1e-6) == pytest.approx(0.1 / 1.01)
    with FAULTS["adam_eps_inside"].planted():
        assert first_step(1e-6) < 0.01


def test_eq_1_14_gradient_descent():
    theta = np.array([1.0, 2.0])
    optimizers.sgd_step(theta, np.array([10.0, -10.0]), 0.1)
    np.testing.assert_allclose(theta, [0.0, 3.0])


def test_eq_1_15_momentum_two_steps_by_hand():
    theta, velocity = np.zeros(1), np.zeros(1)
    optimizers.momentum_step(theta, np.ones(1), velocity, 0.1, momentum=0.5)
    optimizers.momentum_step(theta, np.ones(1), velocity, 0.1, momentum=0.5)
    np.testing.assert_allclose(theta, [-0.1 - 0.15])


def test_eq_1_17_weight_decay_shrinks_weights_and_leaves_biases():
    parameters = Parameters({"W": (2, 3), "b": (3,)})
    parameters.values["W"][...] = 1
    parameters.values["b"][...] = 1
    optimizers.weight_decay_step(parameters.weights, 0.1, 0.5)
    np.testing.assert_allclose(parameters.values["W"], 0.95)
    np.testing.assert_array_equal(parameters.values["b"], 1)


# AdamW, algorithm 2 of Loshchilov & Hutter, on the gradients above with a decay of 0.5:
# each step is theta <- theta - 0.1 * (Adam's quotient) - 0.1 * 0.5 * theta, the last
# theta that of the step before. Decaying afterwards instead gives 0.855, not 0.85.
ADAMW_TRACE = (
    1 - 0.1 - 0.05 * 1,
    0.85 - 0.1 * (0.08 / 0.19) / (0.004996 / 0.001999) ** 0.5 - 0.05 * 0.85,
    0.7808663
    - 0.1 * (0.122 / 0.271) / (0.005241004 / 0.002997001) ** 0.5
    - 0.05 * 0.7808663,
)
SGDW_TRACE = (1 - 0.2 - 0.05, 0.75 + 0.1 - 0.0375, 0.8125 - 0.05 - 0.040625)


class Scripted:
    """A network of one weight and one bias whose gradients are those above."""

    unit = "nats/img"

    def __init__(self, dtype):
        self.parameters = Parameters({"W": (1, 1), "b": (1,)}, dtype)
        self.parameters.values["W"][...] = self.parameters.values["b"][...] = 1
        self.trace, self.gradients = [], iter(GRADIENTS)

    def draw(self, x, rng, epoch=None):
        return {"x": x}

    def scheduled(self, epoch=None):
        return {}

    def loss(self, x):
        return {"loss": 0.0}

    def backward(self):
        gradient = next(self.gradients)
        for name in ("W", "b"):
            self.parameters.gradients[name][...] = gradient


@pytest.mark.parametrize("which", ["numba", "numpy"])
@pytest.mark.parametrize(
    "optimizer, with_decay, without",
    [("adam", ADAMW_TRACE, ADAM_TRACE), ("sgd", SGDW_TRACE, (0.8, 0.9, 0.85))],
)
def test_eq_1_17_training_decays_as_the_paper_does(
    optimizer, with_decay, without, which
):
    settings = TrainingSettings(3, 1, 0.1, optimizer, "constant", weight_decay=0.5)
    network, trace = Scripted(np.float64), []

    def keep(state):
        trace.append([float(network.parameters.values[n].item()) for n in "Wb"])

    with backend(which):
        train(network, np.zeros((1, 1)), settings, progress=Progress(3, verbose=False),
              shuffle_rng=np.random.default_rng(0), noise_rng=None,
              after_epoch=keep)
    np.testing.assert_allclose(trace, np.transpose([with_decay, without]), rtol=1e-7)


FACTORS = {"constant": (1, 1, 1, 1), "step": (1, 1, 0.1, 0.01),
           "cosine": (1, 0.5 + 0.5**1.5, 0.5, 0.5 - 0.5**1.5)}
STEPS = {"sgd": (1, 1, 1, 1), "adam": (1, 1, 1, 1), "momentum": (1, 1.9, 2.71, 3.439)}


@pytest.mark.parametrize("schedule", sorted(schedules.SCHEDULES))
@pytest.mark.parametrize("optimizer", sorted(OPTIMIZERS))
def test_the_step_and_the_decay_both_follow_the_schedule(optimizer, schedule):
    """Two epochs of two batches with a gradient of 1 in each."""
    settings = TrainingSettings(2, 1, 0.1, optimizer, schedule, weight_decay=0.5)
    network = Scripted(np.float64)
    network.gradients = iter([1.0] * 4)
    with backend("numpy"):
        train(network, np.zeros((2, 1)), settings, progress=Progress(2, verbose=False),
              shuffle_rng=np.random.default_rng(0), noise_rng=None)
    W = b = 1.0
    for factor, step in zip(FACTORS[schedule], STEPS[optimizer], strict=True):
        W, b = W - 0.1 * factor * (step + 0.5 * W), b - 0.1 * factor * step
    found = [network.parameters.values[name].item() for name in "Wb"]
    np.testing.assert_allclose(found, [W, b], rtol=1e-6)


@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
def test_every_optimizer_minimises_a_parabola(name):
    parameters = Parameters({"W": (3, 4)}, np.float64)
    parameters.theta[...] = 1
    optimizer = OPTIMIZERS[name](parameters)
    for _ in range(300):
        parameters.grad[...] = parameters.theta
        optimizer.step(0.05)
    assert np.abs(parameters.theta).max() < 1e-3


def test_eq_1_16_betas_of_ones_own_by_hand():
    """Gradients 2, 0: m = 1, 1/2 and v = 1, 3/4, divided by 1/2, 3/4 and 1/4, 7/16."""
    parameters = Parameters({"W": (1, 1)}, np.float64)
    adam, trace = OPTIMIZERS["adam"](parameters, beta1=0.5, beta2=0.75), []
    for gradient in (2.0, 0.0):
        parameters.grad[...] = gradient
        adam.step(0.1)
        trace.append(parameters.theta[0])
    expected = np.cumsum([-0.1, -0.1 * (2 / 3) / (12 / 7) ** 0.5])
    np.testing.assert_allclose(trace, expected, rtol=1e-7)


@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
def test_optimizers_leave_the_gradient_alone(name):
    parameters = Parameters({"W": (3, 4)}, np.float64)
    parameters.grad[...] = 0.5
    OPTIMIZERS[name](parameters).step(0.1)
    np.testing.assert_array_equal(parameters.grad, 0.5)


@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
@pytest.mark.parametrize("backend_name", ["numba", "numpy"])
def test_a_step_returns_its_rate_times_the_norm_of_the_gradient(
    backend_name, name, rng
):
    """Over several blocks of the kernel, of which the last is shorter."""
    parameters = Parameters({"W": (113, 97)}, np.float64)
    parameters.grad[...] = rng.normal(size=parameters.grad.size)
    with backend(backend_name):
        length = OPTIMIZERS[name](parameters).step(0.25)
    assert length == pytest.approx(0.25 * np.linalg.norm(parameters.grad), rel=1e-12)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e200])
@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
@pytest.mark.parametrize("backend_name", ["numba", "numpy"])
def test_no_weight_is_lost_to_a_gradient_that_is_not_finite(backend_name, name, bad):
    """Wherever it stands, and in what the optimizer remembers neither."""
    for where in 0, 5000, -1:
        parameters = Parameters({"W": (113, 97)}, np.float64)
        parameters.grad[...] = 1.0
        parameters.grad[where] = bad
        with backend(backend_name):
            optimizer = OPTIMIZERS[name](parameters)
            length = optimizer.step(0.25)
        assert not np.isfinite(length) and np.isfinite(parameters.theta).all()
        assert all(np.isfinite(array).all() for array in optimizer.arrays().values())


@pytest.mark.parametrize(
    "name, factors",
    [
        ("constant", (1, 1, 1, 1, 1)),
        ("cosine", (1, 0.5 + 0.5**1.5, 0.5, 0.5 - 0.5**1.5, 0)),
        ("step", (1, 1, 0.1, 0.01, 0.01)),
    ],
)
def test_schedule_factors(name, factors):
    schedule = schedules.SCHEDULES[name]
    np.testing.assert_allclose([schedule(p) for p in (0, 0.25, 0.5, 0.75, 1)], factors,
                               atol=1e-15)


def test_the_step_schedule_drops_at_a_half_and_at_three_quarters():
    before = [schedules.step(np.nextafter(p, 0)) for p in (0.5, 0.75)]
    assert before == [1, 0.1]


def test_eq_1_13_glorot_variance_is_two_over_fan_in_plus_fan_out(rng):
    W = glorot_uniform(rng, 300, 200)
    assert W.var() == pytest.approx(2 / 500, rel=0.02)
    limit = (6 / 500) ** 0.5
    assert 0.999 * limit < W.max() <= limit and -limit <= W.min() < -0.999 * limit


def test_he_variance_is_two_over_fan_in(rng):
    W = he_normal(rng, 300, 200)
    assert W.var() == pytest.approx(2 / 300, rel=0.02)
    far = np.mean(np.abs(W) > 2 * W.std())  # of a normal distribution 4.55 %
    assert far == pytest.approx(0.0455, abs=0.004)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_adam_kernel_leaves_no_denormal_numbers_when_gradients_stop(dtype, kernels):
    theta, m, v = np.ones(64, dtype), np.ones(64, dtype), np.ones(64, dtype)
    for t in range(1, 1500):
        kernels.adam_step(theta, np.zeros(64, dtype), m, v, t, beta2=0.9)
    # 0.9^1500 = 2e-69: float32 would crawl through denormals
    assert (m == 0).all() and (v == 0).all()
    assert np.isfinite(theta).all()


def test_defaults_are_those_of_the_papers():
    """The first step of Adam has the size of its learning rate; a second one of
    momentum under a constant gradient is 1.9 times the first."""
    theta, m, v = np.zeros(1), np.zeros(1), np.zeros(1)
    optimizers.adam_step(theta, np.ones(1), m, v, 1)
    np.testing.assert_allclose([theta, m, v], [[-1e-3], [0.1], [1e-3]])
    theta, velocity = np.zeros(1), np.zeros(1)
    for _ in range(2):
        optimizers.momentum_step(theta, np.ones(1), velocity, 1.0)
    np.testing.assert_allclose([theta, velocity], [[-2.9], [1.9]])
