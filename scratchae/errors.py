"""The errors this package raises on purpose, so that callers can catch them."""

import difflib
import functools
import math
import sys
import warnings


class ScratchaeError(Exception):
    """Base of every error defined here; the command line prints it in one line."""


class NotFittedError(ScratchaeError, ValueError, AttributeError):
    """A method that needs a fitted model was called before `fit`."""


def not_fitted(message):
    """A NotFittedError, and scikit-learn's too where the caller uses scikit-learn."""
    loaded = sys.modules.get("sklearn.exceptions")
    theirs = getattr(loaded, "NotFittedError", None)
    return NotFittedError(message) if theirs is None else _both(theirs)(message)


@functools.cache
def _both(theirs):
    def reduce(self):
        return not_fitted, self.args

    return type("NotFittedError", (NotFittedError, theirs), {"__reduce__": reduce})


class DataError(ScratchaeError, ValueError):
    """A data file is damaged, of another kind, or cannot be had."""


class CheckpointError(ScratchaeError, ValueError):
    """A checkpoint is damaged, foreign, or does not fit the model."""


class GradientCheckError(ScratchaeError, AssertionError):
    """A hand-written gradient does not agree with the numerical one."""


class DivergedError(ScratchaeError, ArithmeticError):
    """Training met a loss, gradient or weight that is not finite.

    epoch, batch : where it happened, counted from 1
    last_loss    : the last finite batch loss (nan if there was none); before the first
        batch of a training that goes on, the last epoch's mean
    model        : a model with the weights and history of the last complete epoch, or
                   with the weights that the training began with; None after pickling.
                   The model that was to be fitted is as before
    advice       : what to do, one sentence
    """

    def __init__(self, what, epoch, batch, last_loss,
                 advice="Try a smaller learning_rate."):
        before = f"the last finite loss was {last_loss:.6g}"
        if math.isnan(last_loss):
            before = "there was no finite loss before"
        super().__init__(f"training diverged in epoch {epoch}, batch {batch}: {what} "
                         f"is not finite; {before}. {advice}")
        self.what, self.advice = what, advice
        self.epoch, self.batch, self.last_loss = epoch, batch, last_loss
        self.model = None

    def __reduce__(self):
        return type(self), (
            self.what, self.epoch, self.batch, self.last_loss, self.advice
        )


def did_you_mean(word, names):
    """What follows an error about an unknown word: the nearest name, or nothing."""
    word, names = str(word).lower(), [*names]
    near = [name for name in names if len(word) > 2 and name.lower().startswith(word)]
    near += difflib.get_close_matches(word, names, n=1)
    return f" Did you mean {near[0]!r}?" if near else ""


class UndertrainedWarning(UserWarning):
    """A training ended after few steps, with a loss that was still falling.

    After a single epoch nobody can tell that; the warning says so.
    """


def warn(message, category=UserWarning):
    """Warn at the line that called this package, however deep the warning is met."""
    package, level, frame = __name__.split(".")[0], 1, sys._getframe()
    while frame is not None:
        name = frame.f_globals.get("__name__", "")  # what `exec` runs may have none
        if name.split(".")[0] != package:
            break
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)


def sklearn_warning(name):
    """scikit-learn's class of a warning where the caller uses scikit-learn."""
    loaded = sys.modules.get("sklearn.exceptions")
    return getattr(loaded, name, UserWarning)


def to_install(extra):
    """How the packages of an extra are installed: no index has one of this name."""
    return f"pip install -e '.[{extra}]' in a checkout"
