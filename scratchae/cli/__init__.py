"""The command line: `scratchae COMMAND`, each command a few lines over the package.

A command is the file of its name. Beside the commands: options.py and model_options.py
say what may be typed (of data: data_options.py, one floor down, for lectures have these
too), words.py in which words errors are told; outputs.py refuses places for results,
data_checks.py data that do not suit a model, both before any work; trained_data.py
reads the data of a checkpoint; again.py is `train` typed a second time, signals.py
Ctrl-C. What `lab` needs besides is in lab_files.py, lab_export.py and lab_grade.py.
"""

import atexit
import contextlib
import gc
import os
import shlex
import signal
import sys
import warnings

from scratchae import __version__
from scratchae.cli import (
    anomalies,
    bench,
    course,
    data,
    evaluate,
    exam,
    explore,
    gradcheck,
    lab,
    museum,
    sample,
    train,
)
from scratchae.cli.signals import stopping
from scratchae.nn.backend import backend_of_environment
from scratchae.parser import Parser
from scratchae.pulse import shown, tell

COMMANDS = (course, lab, exam, train, evaluate, sample, explore, anomalies, gradcheck,
            museum, bench, data)
USER_ERROR = 2
SIGPIPE = 13  # Windows has no name for it
BY_SIGNAL = 128  # a shell adds the signal's number: 130 for Ctrl-C, 143 for SIGTERM
# Python's end looks through all objects once more, half a second with Numba's.
atexit.register(gc.freeze)


def build_parser():
    """The parser with one sub-command per module of COMMANDS."""
    parser = Parser(
        prog="scratchae",
        description="Autoencoders from scratch in NumPy, the companion to a lecture.",
        epilog="start here: scratchae course --quick. No file is replaced without "
        "--overwrite. Exit status: 0, 1 where a check fails, 2 for a user's error, "
        "130 after Ctrl-C, 141 where the reader of the output left, 143 after SIGTERM "
        "(train keeps the last whole epoch).",
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for module in COMMANDS:
        command = commands.add_parser(
            module.NAME,
            help=module.HELP.replace("%", "%%"),  # argparse fills in what follows one
            description=module.HELP,
            epilog=f"example: {module.EXAMPLE}",
        )
        command.add_argument("--debug", action="store_true",
                             help="show the traceback of an error")
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    return parser


def main(arguments=None):
    """Run one command; returns the exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    status = BY_SIGNAL + signal.SIGINT
    if hasattr(sys.stdout, "reconfigure"):  # names that it cannot write, as stderr does
        sys.stdout.reconfigure(errors="backslashreplace")
    with stopping() as met, warnings.catch_warnings():
        warnings.showwarning = say
        with contextlib.suppress(KeyboardInterrupt):  # before or behind the command
            options = build_parser().parse_args(arguments)
            options.typed, options.met = shlex.join(["scratchae", *arguments]), met
            with shown(options.command):
                status = run(options)
    return BY_SIGNAL + met[0] if met else status


def say(message, *place, **more):
    """A warning in one line; which are said is for `python -W` to choose."""
    tell(f"warning: {' '.join(str(message).split())}")


def check_working_folder():
    """Raise FileNotFoundError if someone has taken it away: no path means anything."""
    try:
        os.getcwd()
    except FileNotFoundError:
        raise FileNotFoundError("the working folder is not there any more; go to one "
                                "that is, as with cd") from None


def run(options):
    """The exit status of one command, its errors said in one line."""
    try:
        backend_of_environment()  # a word that is none is said before work begins
        check_working_folder()
        status = options.run(options) or 0
        sys.stdout.flush()
        return status
    except KeyboardInterrupt as stop:
        tell(f"scratchae: interrupted: {stop}".rstrip(": "))
        return BY_SIGNAL + signal.SIGINT
    except BrokenPipeError:  # the reader of our output, such as `head`, has left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BY_SIGNAL + SIGPIPE
    except (ValueError, ArithmeticError, OSError, MemoryError) as error:
        if options.debug:
            raise
        text = " ".join(str(error).split())
        tell(f"scratchae: {text or type(error).__name__}")
        return USER_ERROR
