"""What training shows: a bar in a terminal, one plain line per epoch everywhere."""

import contextlib
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

from tqdm import tqdm

from scratchae.pulse import GONE, steps, unit_of

# Keys of the history that are no losses.
QUIET = {"learning_rate", "kl_weight", "n_samples", "seconds"}


@dataclass
class Progress:
    """Reports to stderr, so that stdout stays free for results.

    epochs : how many are planned
    verbose : whether to show anything
    items : function that says what the rows are: "images", or "rows" of a table
    """

    epochs: int
    verbose: bool = True
    items: Callable = lambda: "images"
    stream: object = field(default_factory=lambda: sys.stderr)

    def batches(self, starts, epoch):
        """The batches of one epoch, and a bar where the stream is a terminal."""
        terminal = getattr(self.stream, "isatty", lambda: False)()
        what = f"epoch {epoch}/{self.epochs}"
        bar = tqdm(starts, desc=what, unit="batch", leave=False, file=self.stream,
                   disable=not (self.verbose and terminal))
        return steps(bar, what, "batches")

    def epoch(self, epoch, losses, unit):
        """One line: every loss by name, its unit, and the seconds it took."""
        named = "  ".join(
            f"{name} {value:.3f}" for name, value in losses.items() if name not in QUIET
        )
        width, unit = len(str(self.epochs)), unit_of(unit, self.items())
        self.note(f"epoch {epoch:{width}d}/{self.epochs}  {named}  {unit}  "
                  f"{losses['seconds']:.1f} s")

    def note(self, text):
        """One line of plain text; the work goes on if nobody is there to read it."""
        if self.verbose and self.stream is not None:
            with contextlib.suppress(*GONE):
                tqdm.write(text, file=self.stream)
                self.stream.flush()
