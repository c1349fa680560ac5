"""Mini-batch training: the loop every neural model of this project goes through."""

import math
import time
from dataclasses import dataclass

import numpy as np

from scratchae.checkpoints.state import TrainingState
from scratchae.errors import CheckpointError, DivergedError, warn
from scratchae.formulas.optimizers import weight_decay_step
from scratchae.formulas.schedules import SCHEDULES
from scratchae.nn.backend import ops
from scratchae.nn.evaluation import evaluate
from scratchae.nn.optimizers import OPTIMIZERS
from scratchae.nn.own_network import not_finite_first
from scratchae.validation import scale_advice


@dataclass(frozen=True)
class TrainingSettings:
    """How to train; the meaning of each field is in the models' docstrings."""

    epochs: int
    batch_size: int
    learning_rate: float
    optimizer: str = "adam"
    schedule: str = "cosine"
    weight_decay: float = 0.0
    patience: int | None = None
    momentum: float = 0.9
    beta1: float = 0.9
    beta2: float = 0.999
    shift: float = 0.0
    image_shape: tuple | None = None
    undo_shift: bool = False


def train(network, x, settings, *, shuffle_rng, noise_rng, progress, x_val=None,
          after_epoch=None, stopped=None):
    """Minimise the network's loss over x : (n, d); returns the history.

    The history is a dict of lists with one number per complete epoch: the network's
    losses, the same with `val_` where x_val is given, `learning_rate`, the weights
    that the network schedules, `seconds`. Validation losses have the final weights in
    every epoch. Early stopping sees only epochs trained under those: patience begins,
    and the best is looked for, after a warm-up. A val_loss that is not finite counts
    as worse than any other, and a RuntimeWarning says so.

    after_epoch : function of the `TrainingState`, called after each epoch
    stopped : (numbers, arrays) of such a state, to go on from

    The backend stays that of the beginning, whatever `set_backend` is told meanwhile.
    Ctrl-C at any moment keeps the last complete epoch (before the first one it is
    raised again). A loss, gradient or weight that is not finite raises DivergedError.
    After it, and after an OSError, the network's weights are those of the last complete
    epoch, or those that it began with.
    """
    kind, theta = OPTIMIZERS[settings.optimizer], network.parameters.theta
    numbers = {name: getattr(settings, name) for name in kind.numbers}
    optimizer = kind(network.parameters, **numbers)
    best = _Best(settings.patience, theta)
    state = TrainingState(optimizer, best, shuffle_rng, noise_rng, theta)
    left = range(1, settings.epochs + 1)
    if stopped is not None:
        state.set(*stopped, theta)
        _check_patience(best, _seen(state.history, settings, network))
        left = left[state.epoch :]
    try:
        with ops.held():
            _run_epochs(network, (x, x_val), settings, left, state, progress,
                        after_epoch)
    except (KeyboardInterrupt, DivergedError, OSError) as stop:
        state.go_back(theta)
        if not isinstance(stop, KeyboardInterrupt) or not state.epoch:
            raise
        progress.note(f"interrupted: kept the weights after epoch {state.epoch}")
    if is_complete(state.history, settings, network):
        if best.is_over:
            which = "better" if math.isfinite(best.loss) else "finite"
            progress.note(f"no {which} val_loss for {best.patience} epochs: stopped")
        best.restore(theta)
    return state.history


def _run_epochs(network, data, settings, left, state, progress, after_epoch):
    (x, x_val), theta, best = data, network.parameters.theta, state.best
    for epoch in left:
        if best.waited >= best.patience:
            return
        start = time.perf_counter()
        losses = _train_epoch(network, x, settings, epoch, state, progress)
        if not np.isfinite(theta).all():  # the next batch would say so, were there one
            last = -(-len(x) // settings.batch_size)
            raise DivergedError("a weight", epoch, last, state.last_loss)
        losses |= _validation(network, x_val) | network.scheduled(epoch)
        losses["seconds"] = time.perf_counter() - start
        if not _is_warming_up(network, epoch):
            best.see(losses.get("val_loss"), theta)
        state.keep(theta, losses)
        try:
            progress.epoch(epoch, losses, network.unit)
            _warn_if_not_finite(state.history)
        finally:  # an epoch that was told is kept, though Ctrl-C comes right behind it
            if after_epoch is not None:
                _to_its_end(after_epoch, state)


def _to_its_end(after_epoch, state):
    """Call it; Ctrl-C meanwhile has it begun anew, and is raised behind it."""
    try:
        after_epoch(state)
    except KeyboardInterrupt:
        after_epoch(state)
        raise


def is_complete(history, settings, network):
    """Whether a training of this network with this history has nothing left to do."""
    is_over = _seen(history, settings, network).is_over
    return is_over or len(history.get("loss", ())) >= settings.epochs


def check_complete(history, settings, network, path):
    """CheckpointError unless a file without the state of a training needs none."""
    if not is_complete(history, settings, network):
        done = len(history.get("loss", ()))
        raise CheckpointError(f"{path} has {done} of {settings.epochs} epochs and not "
                              "what the next one needs, as a file of `save` after an "
                              "interrupted training; start anew, or from the file that "
                              "checkpoint= has written")


def _seen(history, settings, network):
    """What early stopping knows after this history, weights left out."""
    best = _Best(settings.patience)
    for epoch, val_loss in enumerate(history.get("val_loss", ()), 1):
        if not _is_warming_up(network, epoch):
            best.see(val_loss)
    return best


def _check_patience(best, seen):
    """A file that counts its patience in another way than its history tells."""
    if (best.loss, best.waited) != (seen.loss, seen.waited):
        raise CheckpointError(
            f"the checkpoint has best val_loss {best.loss} and {best.waited} epochs "
            f"since; its history has {seen.loss} and {seen.waited}"
        )


def _is_warming_up(network, epoch):
    """Whether a weight of the loss has not reached its final value in this epoch."""
    return network.scheduled(epoch) != network.scheduled()


def _warn_if_not_finite(history):
    """Say so when a val_loss is not finite for the first time."""
    losses = history.get("val_loss", [0.0])
    if not math.isfinite(losses[-1]) and all(map(math.isfinite, losses[:-1])):
        warn(
            f"val_loss is {losses[-1]} in epoch {len(losses)}, while the training loss "
            "is finite: some validation rows lie too far from the training data. Such "
            "an epoch never counts as the best.",
            RuntimeWarning,
        )


def _validation(network, x_val):
    """The mean losses of the validation rows, if there are any."""
    losses = {} if x_val is None else evaluate(network, x_val)
    return {f"val_{name}": value for name, value in losses.items()}


def _train_epoch(network, x, settings, epoch, state, progress):
    """One pass over x in a new order; the mean losses, and the last learning rate."""
    n, noise_rng = len(x), state.generators["noise"]
    order = state.generators["shuffle"].permutation(n)
    starts, totals = range(0, n, settings.batch_size), {}
    n_steps, done = len(starts) * settings.epochs, len(starts) * (epoch - 1)
    for batch, start in enumerate(progress.batches(starts, epoch), 1):
        part = SCHEDULES[settings.schedule]((done + batch - 1) / n_steps)
        learning_rate = settings.learning_rate * part
        images, instead = x[order[start : start + starts.step]], {}
        if settings.shift:
            images, instead = _shifted(images, settings, part, noise_rng)
        inputs = network.draw(images, noise_rng, epoch) | instead
        losses = network.loss(**inputs)
        if not math.isfinite(losses["loss"]):
            raise _diverged("the loss", epoch, batch, state, x, network, inputs)
        network.backward()
        if settings.weight_decay:
            weights = network.parameters.weights
            weight_decay_step(weights, learning_rate, settings.weight_decay)
        if not math.isfinite(state.optimizer.step(learning_rate)):
            raise _diverged("the gradient", epoch, batch, state, x, network, inputs)
        state.last_loss = float(losses["loss"])
        for name, value in losses.items():
            totals[name] = totals.get(name, 0.0) + float(value) * len(images)
    means = {name: total / n for name, total in totals.items()}
    return means | {"learning_rate": learning_rate}


def _shifted(x, settings, part, rng):
    """A batch : (n, d) whose images are moved, and what is the target instead of them.

    Labels beside the images stay.

    part : of the first learning rate; moves fall with it, but none that is undone
    """
    part = 1 if settings.undo_shift else part
    shape, normal = settings.image_shape, rng.standard_normal((2, len(x)))
    images, beside = np.split(x, [math.prod(shape)], axis=1)
    moved = ops.shift_images(images, normal, settings.shift * part, shape)
    moved = np.concatenate([moved, beside], axis=1) if beside.size else moved
    instead = {"target": x} if settings.undo_shift else {}
    return moved, instead


def _diverged(what, epoch, batch, state, x, network, inputs):
    """The error, with advice on what is at fault: a piece of one's own, the scale of
    the data, or the rate.

    What the first batch gives, before any step, does not depend on the rate.
    """
    scale = scale_advice(x, network.sizes[0])
    if scale is None:
        advice = "Try a smaller learning_rate."
    elif (epoch, batch) == (1, 1):
        advice = scale
    else:
        advice = f"{scale} If that does not help: try a smaller learning_rate."
    first = not_finite_first(network, inputs, what == "the gradient")
    if first:
        look = f"The first that is not finite is {first}: look there."
        no_step_yet = scale is None and (epoch, batch) == (1, 1)
        advice = look if no_step_yet else f"{look} {advice}"
    return DivergedError(what, epoch, batch, state.last_loss, advice)


class _Best:
    """Early stopping: remembers the best weights when a patience is set."""

    def __init__(self, patience, theta=None):
        self.patience = math.inf if patience is None else patience
        self.theta = None if patience is None or theta is None else theta.copy()
        self.loss, self.waited = math.inf, 0

    @property
    def is_over(self):
        """Whether the patience is at its end."""
        return self.waited >= self.patience

    def see(self, val_loss, theta=None):
        """Take note of one more epoch; a loss that is not finite is never the best."""
        if self.patience == math.inf:
            return
        if val_loss < self.loss and math.isfinite(val_loss):
            self.loss, self.waited = val_loss, 0
            if self.theta is not None:
                self.theta[...] = theta
        else:
            self.waited += 1

    def restore(self, theta):
        if math.isfinite(self.loss):
            theta[...] = self.theta
