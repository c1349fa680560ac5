"""What a stopped training needs, besides its weights, to go on with the same bits."""

import math

import numpy as np

from scratchae.checkpoints.format import to_json
from scratchae.errors import CheckpointError
from scratchae.interrupts import held_back

PREFIX = "training."  # of the arrays' names in a checkpoint


class TrainingState:
    """The moving parts of one training between two epochs.

    optimizer, best : their own state   shuffle_rng, noise_rng : Generators (PCG64)
    theta : the weights that it starts from
    history : lists of one number per complete epoch

    `numbers` and `arrays` describe it; `set` takes such a description back. `keep` and
    `go_back` are for what may come at any moment: Ctrl-C, or a loss that is not finite.
    """

    def __init__(self, optimizer, best, shuffle_rng, noise_rng, theta):
        self.optimizer, self.best = optimizer, best
        self.generators = {"shuffle": shuffle_rng, "noise": noise_rng}
        self.last_loss = math.nan  # of the last batch
        self._kept = theta.copy(), {}  # and history, after the last complete epoch

    @property
    def history(self):
        """Lists of one number per complete epoch, by name."""
        return self._kept[1]

    @property
    def epoch(self):
        """Number of complete epochs."""
        return len(self._kept[1].get("loss", ()))

    def keep(self, theta, losses):
        """One more epoch is complete, with these weights and losses."""
        before, missing = self.history, [math.nan] * self.epoch
        after = {}
        for name, value in losses.items():
            value = to_json(value) if isinstance(value, np.generic) else value
            after[name] = [*before.get(name, missing), value]
        self._kept = theta.copy(), before | after  # at once: the one or the other

    def go_back(self, theta):
        """Set theta to the weights after the last complete epoch, or of the start."""
        with held_back():  # a second Ctrl-C would leave weights of two epochs
            theta[...] = self._kept[0]

    def numbers(self):
        """Everything but the arrays, ready for JSON."""
        return {
            "epoch": self.epoch,
            "batch": 0,  # states exist between epochs only
            "history": self.history,
            "steps": self.optimizer.t,
            "best_loss": None if math.isinf(self.best.loss) else self.best.loss,
            "waited": self.best.waited,
            "generators": {
                name: rng.bit_generator.state for name, rng in self.generators.items()
            },
        }

    def arrays(self):
        """Arrays by name, the optimizer's and the best weights so far."""
        arrays = dict(self.optimizer.arrays())
        if self.best.theta is not None:
            arrays["best"] = self.best.theta
        return {PREFIX + name: array for name, array in arrays.items()}

    def set(self, numbers, arrays, theta):
        """Continue from a description and weights; CheckpointError if it is none."""
        try:
            for name, rng in self.generators.items():
                rng.bit_generator.state = numbers["generators"][name]
            history = {str(n): [*values] for n, values in numbers["history"].items()}
            self.optimizer.t = whole_number(numbers["steps"], "steps")
            best = numbers["best_loss"]
            self.best.loss = math.inf if best is None else float(best)
            self.best.waited = whole_number(numbers["waited"], "waited")
        except (LookupError, TypeError, ValueError, AttributeError, OverflowError
                ) as error:
            raise CheckpointError(
                f"the checkpoint describes no stopped training: {error!r}"
            ) from error
        self._kept = theta.copy(), history
        if self.epoch != numbers.get("epoch") or self.epoch < 1:
            raise CheckpointError(f"the checkpoint says epoch {numbers.get('epoch')}, "
                                  f"its history has {self.epoch}")
        self.last_loss = history["loss"][-1]  # the mean of the last epoch
        for name, array in self.arrays().items():
            array[...] = arrays[name]


def history_of(description):
    """What a checkpoint says of each epoch: lists of numbers, by name."""
    history = description.get("history")
    if not isinstance(history, dict) or not all(map(_are_numbers, history.values())):
        raise CheckpointError("expected a history, lists of numbers by name, got "
                              f"{history!r:.200}")
    return history


def _are_numbers(values):
    return isinstance(values, list) and {*map(type, values)} <= {int, float}


def pcg64_children(rng, count):
    """Independent generators of one kind, whose state a checkpoint can hold."""
    sequence = rng.bit_generator.seed_seq
    if not hasattr(sequence, "spawn"):  # that of an old RandomState has none
        sequence = np.random.SeedSequence(rng.integers(2**32, size=4).tolist())
    return [np.random.Generator(np.random.PCG64(s)) for s in sequence.spawn(count)]


def whole_number(value, name):
    """What a description counts; ValueError for what counts nothing."""
    if isinstance(value, bool) or int(value) != value or not 0 <= value < 2**63:
        raise ValueError(f"{name} is {value!r}")
    return int(value)
