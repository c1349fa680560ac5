"""Lab 04: momentum and Adam, one step and several."""

import numpy as np

from scratchae.formulas import optimizers
from scratchae.labs.specification import Lab, Part, Slip, Tensor
from scratchae.labs.specifications.special import but, zeros

WHERE = "scratchae.formulas.optimizers"
STEPS = 5  # of part 4
START = zeros("m", "v")


def momentum_inputs(rng, s):
    """A step in the middle of a training: the velocity is not 0."""
    return {"theta": rng.normal(size=s.d), "grad": rng.normal(size=s.d),
            "velocity": rng.normal(size=s.d),
            "learning_rate": float(rng.uniform(0.05, 0.2)),
            "momentum": float(rng.uniform(0.6, 0.9))}


def moment_inputs(rng, s):
    """Moments as after a few steps; the betas far from each other and from 1/2."""
    return {"grad": rng.normal(size=s.d), "m": rng.normal(size=s.d),
            "v": rng.uniform(0.5, 2.0, size=s.d),
            "beta1": float(rng.uniform(0.7, 0.8)),
            "beta2": float(rng.uniform(0.9, 0.98))}


def adam_inputs(rng, s):
    """A step that is not the first; eps is large enough that its place matters."""
    return {"theta": rng.normal(size=s.d), **moment_inputs(rng, s),
            "t": int(rng.integers(3, 9)),
            "learning_rate": float(rng.uniform(0.05, 0.2)),
            "eps": float(rng.uniform(0.05, 0.2))}


def run_inputs(rng, s):
    """Gradients of several steps, a row each; all moments begin at 0."""
    given = adam_inputs(rng, s)
    kept = ("theta", "learning_rate", "beta1", "beta2", "eps")
    return {"grads": rng.normal(size=(STEPS, s.d)), **{key: given[key] for key in kept}}


def velocity(v):
    """The velocity after the step, by the library, which changes arrays in place."""
    theta, moving = v.theta.copy(), v.velocity.copy()
    optimizers.momentum_step(theta, v.grad, moving, v.learning_rate, v.momentum)
    return moving


def moved_by_momentum(v):
    """theta <- theta - learning_rate * velocity, the velocity being the student's."""
    theta = v.theta.copy()
    optimizers.sgd_step(theta, v.new_velocity, v.learning_rate)
    return theta


def moments(v):
    """Adam's running means after the step."""
    m, second = v.m.copy(), v.v.copy()
    optimizers.adam_step(np.zeros_like(m), v.grad, m, second, 1, 0.0, v.beta1, v.beta2)
    return m, second


def first_slips():
    """What the running mean of the gradient is taken for."""
    return (
        Slip("other_beta", "with the beta of the other moment",
             lambda v: v.beta2 * v.m + (1 - v.beta2) * v.grad),
        Slip("share_missing", "the new gradient's share, 1 - beta, is missing",
             lambda v: v.beta1 * v.m + v.grad),
        Slip("shares_swapped", "beta and 1 - beta have changed places",
             lambda v: (1 - v.beta1) * v.m + v.beta1 * v.grad),
        Slip("overwritten", "what was there is overwritten, not kept in part",
             lambda v: (1 - v.beta1) * v.grad),
        Slip("all_kept", "what was there does not decay",
             lambda v: v.m + (1 - v.beta1) * v.grad),
    )


def second_slips():
    """What the running mean of its square is taken for."""
    return (
        Slip("other_beta", "with the beta of the other moment",
             lambda v: v.beta1 * v.v + (1 - v.beta1) * v.grad**2),
        Slip("not_squared", "the gradient is not squared",
             lambda v: v.beta2 * v.v + (1 - v.beta2) * v.grad),
        Slip("square_of_mean", "the running mean is squared, not the gradient",
             lambda v: v.beta2 * v.v + (1 - v.beta2) * v.new_m**2),
        Slip("share_missing", "the new gradient's share, 1 - beta, is missing",
             lambda v: v.beta2 * v.v + v.grad**2),
        Slip("share_squared", "1 - beta is squared as well",
             lambda v: v.beta2 * v.v + ((1 - v.beta2) * v.grad) ** 2),
        Slip("shares_swapped", "beta and 1 - beta have changed places",
             lambda v: (1 - v.beta2) * v.v + v.beta2 * v.grad**2),
        Slip("overwritten", "what was there is overwritten, not kept in part",
             lambda v: (1 - v.beta2) * v.grad**2),
    )


def by_root(m_hat, v_hat, eps):
    """Adam's step, but for the learning rate."""
    return m_hat / (np.sqrt(v_hat) + eps)


def moved(v, powers=None, first=None, second=None, of=by_root):
    """theta after a step like Adam's from the new moments, with something changed.

    powers : of the betas in the corrections   first, second : other moments
    of : function of m_hat, v_hat, eps that gives the step
    """
    t1, t2 = powers or (v.t, v.t)
    first = v.new_m if first is None else first
    second = v.new_v if second is None else second
    m_hat, v_hat = first / (1 - v.beta1**t1), second / (1 - v.beta2**t2)
    return v.theta - v.learning_rate * of(m_hat, v_hat, v.eps)


def after(v):
    """theta after the library's step, whose moments become those that v has."""
    theta, m, second = v.theta.copy(), v.new_m / v.beta1, v.new_v / v.beta2
    optimizers.adam_step(theta, np.zeros_like(theta), m, second, v.t, v.learning_rate,
                         v.beta1, v.beta2, v.eps)
    return theta


INFINITE = 1e9  # a power of beta that is 0: no correction
STEP_SLIPS = (
    Slip("uncorrected", "the start at zero is not undone: the corrections are missing",
         lambda v: moved(v, powers=(INFINITE, INFINITE))),
    Slip("first_uncorrected", "only the second moment is corrected",
         lambda v: moved(v, powers=(INFINITE, v.t))),
    Slip("second_uncorrected", "only the first moment is corrected",
         lambda v: moved(v, powers=(v.t, INFINITE))),
    Slip("step_before", "the corrections are those of the step before",
         lambda v: moved(v, powers=(v.t - 1, v.t - 1))),
    Slip("step_after", "the corrections are those of the step after",
         lambda v: moved(v, powers=(v.t + 1, v.t + 1))),
    Slip("first_step_after", "the first moment's correction is that of the step after",
         lambda v: moved(v, powers=(v.t + 1, v.t))),
    Slip("second_step_after", "the second moment's correction is that of the step "
         "after", lambda v: moved(v, powers=(v.t, v.t + 1))),
    Slip("first_by_beta2", "the first moment is corrected by the other's beta",
         lambda v: moved(v, first=v.new_m * (1 - v.beta1**v.t) / (1 - v.beta2**v.t))),
    Slip("second_by_beta1", "the second moment is corrected by the other's beta",
         lambda v: moved(v, second=v.new_v * (1 - v.beta2**v.t) / (1 - v.beta1**v.t))),
    Slip("first_times_t", "beta times t, not to the power t, at the first moment",
         lambda v: moved(v, first=v.new_m * (1 - v.beta1**v.t) / (1 - v.beta1 * v.t))),
    Slip("eps_before_correction", "eps is added to the root before it is corrected",
         lambda v: moved(v, of=lambda m, u, eps: m / (
             np.sqrt(u) + eps / np.sqrt(1 - v.beta2**v.t)))),
    Slip("first_step", "the corrections are those of the first step: t is left out",
         lambda v: moved(v, powers=(1, 1))),
    Slip("eps_inside", "eps is inside the root",
         lambda v: moved(v, of=lambda m, u, eps: m / np.sqrt(u + eps))),
    Slip("eps_outside", "eps is added to the whole step, not to the root: brackets",
         lambda v: moved(v, of=lambda m, u, eps: m / np.sqrt(u)) + v.eps),
    Slip("corrections_swapped", "each moment is corrected by the other's beta",
         lambda v: moved(v, first=v.new_m * (1 - v.beta1**v.t) / (1 - v.beta2**v.t),
                         second=v.new_v * (1 - v.beta2**v.t) / (1 - v.beta1**v.t))),
    Slip("eps_missing", "eps is missing",
         lambda v: moved(v, of=lambda m, u, eps: m / np.sqrt(u))),
    Slip("no_root", "the root is missing",
         lambda v: moved(v, of=lambda m, u, eps: m / (u + eps))),
    Slip("uphill", "a step uphill: the sign",
         lambda v: moved(v, of=lambda m, u, eps: -m / (np.sqrt(u) + eps))),
    Slip("old_moments", "the moments are those before the step",
         lambda v: moved(v, first=v.m, second=v.v)),
    Slip("gradient_for_m", "the gradient stands where its running mean belongs",
         lambda v: moved(v, first=v.grad * (1 - v.beta1**v.t))),
    Slip("root_multiplied", "multiplied by the root, not divided",
         lambda v: moved(v, of=lambda m, u, eps: m * (np.sqrt(u) + eps))),
    Slip("correction_multiplied", "multiplied by the corrections, not divided",
         lambda v: moved(v, first=v.new_m * (1 - v.beta1**v.t) ** 2,
                         second=v.new_v * (1 - v.beta2**v.t) ** 2)),
    Slip("rate_missing", "the learning rate is missing",
         lambda v: v.theta + (moved(v) - v.theta) / v.learning_rate),
    Slip("step_alone", "the step alone: it is not added to theta",
         lambda v: v.theta - moved(v)),
)


def run(v, grads=None, time=lambda i: i + 1, keep=True):
    """theta after several steps of Adam from moments 0.

    grads : those of the steps   time : function of 0, 1, ... that gives t
    keep : whether a step has the moments of the one before
    """
    theta = v.theta.copy()
    m, second = np.zeros((2, *theta.shape))
    for i, grad in enumerate(v.grads if grads is None else grads):
        if not keep:
            m, second = np.zeros((2, *theta.shape))
        optimizers.adam_step(theta, grad, m, second, time(i), v.learning_rate,
                             v.beta1, v.beta2, v.eps)
    return theta


MOMENTUM = Part(
    "momentum_step", momentum_inputs, solution=f"{WHERE}.momentum_step", equal=False,
    returns=("new_theta", "new_velocity"),
    more=(("where momentum is 0", but(momentum_inputs, momentum=0.0)),),
    tensors=(
        Tensor("new_velocity", velocity, (
            Slip("overwritten", "what was there is overwritten, not kept in part",
                 lambda v: v.grad),
            Slip("all_kept", "what was there does not decay",
                 lambda v: v.velocity + v.grad),
            Slip("running_mean", "a running mean: here the gradient counts in full",
                 lambda v: v.momentum * v.velocity + (1 - v.momentum) * v.grad),
            Slip("momentum_on_both", "momentum multiplies the gradient as well",
                 lambda v: v.momentum * (v.velocity + v.grad)),
            Slip("gradient_subtracted", "the gradient is subtracted, not added",
                 lambda v: v.momentum * v.velocity - v.grad),
            Slip("momentum_of_gradient", "momentum multiplies the gradient, not what "
                 "was there", lambda v: v.velocity + v.momentum * v.grad),
            Slip("rate_in_velocity", "the learning rate is in the velocity: here it "
                 "multiplies the step",
                 lambda v: v.momentum * v.velocity + v.learning_rate * v.grad),
            Slip("step_in_velocity", "the learning rate and the step's sign are in the "
                 "velocity",
                 lambda v: v.momentum * v.velocity - v.learning_rate * v.grad),
        )),
        Tensor("new_theta", moved_by_momentum, (
            Slip("uphill", "a step uphill: the sign",
                 lambda v: v.theta + v.learning_rate * v.new_velocity),
            Slip("old_velocity", "the velocity is that before the step",
                 lambda v: v.theta - v.learning_rate * v.velocity),
            Slip("added", "the velocity itself is added: sign and learning rate are "
                 "in it already", lambda v: v.theta + v.new_velocity),
            Slip("looks_ahead", "a step of Nesterov's: gradient and velocity together",
                 lambda v: v.theta - v.learning_rate
                 * (v.grad + v.momentum * v.new_velocity)),
            Slip("gradient_only", "plain gradient descent: the velocity is not used",
                 lambda v: v.theta - v.learning_rate * v.grad),
            Slip("rate_missing", "the learning rate is missing",
                 lambda v: v.theta - v.new_velocity),
        )),
    ),
)
FIRST_MOMENT = Tensor("new_m", lambda v: moments(v)[0], first_slips())
SECOND_MOMENT = Tensor("new_v", lambda v: moments(v)[1], second_slips())
MOMENTS = Part(
    "adam_moments", moment_inputs, solution=f"{WHERE}.adam_step, its lines of m and v",
    tensors=(FIRST_MOMENT, SECOND_MOMENT), equal=False,
    more=(("at the first step", but(moment_inputs, **START)),),
)


def with_corrected(tensor, corrected):
    """A moment of which the corrected one, a function of v, may be kept by mistake."""
    more = Slip("corrected_kept", "the corrected mean is kept: the next step wants the "
                "mean itself", corrected)
    return Tensor(tensor.name, tensor.right, (*tensor.slips, more))


STEP = Part(
    "adam_step", adam_inputs, solution=f"{WHERE}.adam_step", points=3, equal=False,
    returns=("new_theta", "new_m", "new_v"),
    more=(("at the first step", but(adam_inputs, t=1, **START)),),
    tensors=(
        with_corrected(FIRST_MOMENT, lambda v: moments(v)[0] / (1 - v.beta1**v.t)),
        with_corrected(SECOND_MOMENT, lambda v: moments(v)[1] / (1 - v.beta2**v.t)),
        Tensor("new_theta", after, STEP_SLIPS),
    ),
)
RUN = Part(
    "adam_run", run_inputs, points=2, equal=False,
    solution=f"{WHERE}.adam_step, called for t = 1, 2, ...",
    tensors=(Tensor("last_theta", run, (
        Slip("no_memory", "the moments begin at 0 in every step",
             lambda v: run(v, keep=False)),
        Slip("forgets_all", "every step is a first step: moments and t begin anew",
             lambda v: run(v, time=lambda i: 1, keep=False)),
        Slip("always_one", "t is 1 in every step", lambda v: run(v, time=lambda i: 1)),
        Slip("counts_from_two", "t counts from 2",
             lambda v: run(v, time=lambda i: i + 2)),
        Slip("last_missing", "the last gradient is left out",
             lambda v: run(v, v.grads[:-1])),
        Slip("first_missing", "the first gradient is left out",
             lambda v: run(v, v.grads[1:])),
        Slip("backwards", "the gradients are taken in reverse order",
             lambda v: run(v, v.grads[::-1])),
        Slip("one_step", "one step only", lambda v: run(v, v.grads[:1])),
    )),),
)

LAB = Lab("04", "momentum and Adam", "01_autoencoder", (MOMENTUM, MOMENTS, STEP, RUN))
