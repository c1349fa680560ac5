"""Ctrl-C while a command is still importing the package ends it without a word.

Imported before anything else. A program of somebody else's, a notebook or a test that
imports the package gets its KeyboardInterrupt as ever.
"""

import contextlib
import os
import signal
import sys

STATUS = 128 + signal.SIGINT  # as after Ctrl-C in a command that runs
COMMANDS = ("scratchae", "scratchae.exe", "-m")  # "-m" until Python knows the file


def is_a_command():
    """Whether this process was started as `scratchae` or `python -m scratchae`."""
    return os.path.basename(sys.argv[0]) in COMMANDS if sys.argv else False


if is_a_command() and signal.getsignal(signal.SIGINT) == signal.default_int_handler:
    with contextlib.suppress(ValueError):  # in a thread, which is told of no signal
        signal.signal(signal.SIGINT, lambda *_: os._exit(STATUS))
