"""The errors this package raises on purpose, so that callers can catch them."""


class ScratchaeError(Exception):
    """Base of every error defined here; the command line prints it in one line."""


class NotFittedError(ScratchaeError, ValueError, AttributeError):
    """A method that needs a fitted model was called before `fit`."""


class DataError(ScratchaeError, ValueError):
    """A data file is damaged, of another kind, or cannot be had."""


class CheckpointError(ScratchaeError, ValueError):
    """A checkpoint is damaged, foreign, or does not fit the model."""


class GradientCheckError(ScratchaeError, AssertionError):
    """A hand-written gradient does not agree with the numerical one."""


class DivergedError(ScratchaeError, ArithmeticError):
    """Training met a loss or gradient that is not finite.

    epoch, batch : where it happened, counted from 1
    last_loss    : the last finite batch loss (nan if there was none)
    """

    def __init__(self, what, epoch, batch, last_loss):
        super().__init__(
            f"training diverged in epoch {epoch}, batch {batch}: {what} is not finite; "
            f"the last finite loss was {last_loss:.6g}. The weights are those before "
            "this batch. Try a smaller learning_rate."
        )
        self.epoch, self.batch, self.last_loss = epoch, batch, last_loss

    def __reduce__(self):
        what = self.args[0].split(": ", 1)[1].split(" is not finite")[0]
        return type(self), (what, self.epoch, self.batch, self.last_loss)
