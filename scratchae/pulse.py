"""Long work always moves: what is being done, how far it is, how long it will take.

Loops say what they do by `steps`, other work by `doing`. In Python nothing of that is
seen. The command line asks for it by `shown`: a bar at the foot of a terminal, or a
line in a log, whenever nothing else was written for a while.
"""

import contextlib
import os
import re
import shutil
import sys
import threading
import time
from dataclasses import dataclass, field

from tqdm import tqdm

TERMINAL = 0.8  # seconds of silence, after which a terminal shows a bar
LOG = 5.0  # the same for a log and its line
TICK = 0.1  # how often silence is looked for
GONE = OSError, ValueError  # of a terminal that is closed: the work goes on
CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")  # all but a new line
_works = []  # what is being done, the innermost last


def tell(text):
    """A line on stderr; the work goes on where nobody can read it.

    Of a file's name or a cell in it, what is no letter or sign is written as its code.
    """
    text = CONTROLS.sub(lambda found: ascii(found[0])[1:-1], text)
    if sys.stderr is not None:  # else print would take stdout
        with contextlib.suppress(*GONE):
            print(text, file=sys.stderr, flush=True)


@dataclass(eq=False)
class _Work:
    """Something that takes time; counted, if it has a total."""

    what: str
    unit: str = ""
    total: int | None = None
    done: int = 0
    start: float = field(default_factory=time.monotonic)

    def bar(self, columns):
        """What a terminal shows, in one line."""
        seconds = time.monotonic() - self.start
        if self.total is None:
            return f"{self.what}: {tqdm.format_interval(seconds)}"[:columns]
        return tqdm.format_meter(self.done, self.total, seconds, ncols=columns,
                                 prefix=self.what, unit=f" {self.unit}")

    def line(self):
        """What a log shows."""
        seconds = time.monotonic() - self.start
        if self.total is None:
            return f"{self.what}: {seconds:.0f} s"
        left = ""
        if self.done:
            left = f", {seconds * (self.total / self.done - 1):.0f} s left"
        counted = f"{self.done} of {self.total} {self.unit}"
        return f"{self.what}: {counted}, {seconds:.0f} s{left}"


def unit_of(unit, items="images"):
    """A unit such as "nats/img" per image, or per row of what is a table."""
    return unit.replace("/img", "/row") if items == "rows" else unit


@contextlib.contextmanager
def doing(what):
    """A context: inside it, this is being done."""
    work = _Work(what)
    try:  # Ctrl-C may come before it is there
        _works.append(work)
        yield
    finally:
        _end(work)


@contextlib.contextmanager
def waiting():
    """A context: inside it nothing is being done, a person is waited for."""
    held = _works[:]
    _works.clear()
    try:
        yield
    finally:
        _works[:] = held


def steps(items, what, unit):
    """The items one by one, as work that is counted.

    unit : of what is counted, in the plural: items, or what a range is the starts of
    """
    size, total = 1, len(items)
    if isinstance(items, range):
        size, total = items.step, items.stop
    work = _Work(what, unit, total)
    try:
        _works.append(work)
        for item in items:
            yield item
            work.done = min(work.done + size, total)
    finally:
        _end(work)


def _end(work):
    if work in _works:
        _works.remove(work)


@contextlib.contextmanager
def shown(what):
    """Show on stderr what is done in the block; as a whole it is called `what`."""
    with open(os.devnull, "w", encoding="utf-8") as nowhere:  # a closed stream is None
        pulse = _Pulse(sys.stderr or nowhere)
        out = _Stream(sys.stdout or nowhere, pulse)
        err = _Stream(sys.stderr or nowhere, pulse)
        thread = threading.Thread(target=pulse.beat, daemon=True)
        with (contextlib.redirect_stdout(out), contextlib.redirect_stderr(err),
              doing(what)):
            thread.start()
            try:
                yield
            finally:
                pulse.stop.set()
                thread.join()
                with contextlib.suppress(*GONE):
                    pulse.wipe()


class _Pulse:
    """Looks for silence, and ends it with what is being done."""

    def __init__(self, stream):
        self.stream, self.lock, self.stop = stream, threading.RLock(), threading.Event()
        self.drawn, self.last = 0, time.monotonic()  # width of the bar; last writing
        self.terminal = getattr(stream, "isatty", lambda: False)()

    def beat(self):
        with contextlib.suppress(*GONE):
            while not self.stop.wait(TICK):
                limit = TERMINAL if self.terminal else LOG
                if time.monotonic() - self.last >= limit and _works:
                    self.show(_works[-1])

    def show(self, work):
        with self.lock:
            self.wipe()
            text = f"{work.line()}\n"
            if self.terminal:
                text = work.bar(shutil.get_terminal_size().columns - 1)
                self.drawn = len(text)
            self.stream.write(text)
            self.stream.flush()
            self.last = time.monotonic()

    def wipe(self):
        with self.lock:
            if self.drawn:
                self.stream.write(f"\r{' ' * self.drawn}\r")
                self.drawn = 0


class _Stream:
    """A stream that tells the pulse of what is written, and has the bar wiped first."""

    def __init__(self, stream, pulse):
        self._stream, self._pulse = stream, pulse

    def __getattr__(self, name):
        return getattr(self._stream, name)

    def write(self, text):
        with self._pulse.lock:
            self._pulse.wipe()
            self._pulse.last = time.monotonic()
            return self._stream.write(text)
