"""Ctrl-C while a command is still importing the package ends it without a word.

Imported before anything else. A program of somebody else's, a notebook or a test that
imports the package gets its KeyboardInterrupt as ever.
"""

import contextlib
import os
import signal
import sys

STATUS = 128 + signal.SIGINT  # as after Ctrl-C in a command that runs
COMMANDS = ("scratchae", "scratchae.exe")


def is_a_command():
    """Whether this process was started as `scratchae` or `python -m scratchae`."""
    first = os.path.basename(sys.argv[0]) if sys.argv else ""
    return first in COMMANDS or first == "-m" and _module().split(".")[0] == "scratchae"


def _module():
    """The module behind -m, which stands in sys.argv only once Python has found it."""
    words = iter(sys.orig_argv[1:])
    for word in words:
        if word.startswith(("-W", "-X")):  # their values have letters of their own
            if len(word) == 2:
                next(words, "")
        elif word.startswith("-") and not word.startswith("--") and "m" in word:
            return word.partition("m")[2] or next(words, "")
    return ""


if is_a_command() and signal.getsignal(signal.SIGINT) == signal.default_int_handler:
    with contextlib.suppress(ValueError):  # in a thread, which is told of no signal
        signal.signal(signal.SIGINT, lambda *_: os._exit(STATUS))
