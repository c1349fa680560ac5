"""`scratchae bench`: how fast is this, here, against what?"""

import argparse
import sys

from scratchae.benchmark.peers import PEERS
from scratchae.cli.options import positive_int, print_json
from scratchae.errors import to_install

NAME = "bench"
HELP = "Time training steps and kernels on both backends and against PyTorch and JAX."
EXAMPLE = "scratchae bench --peers torch,jax"


def add_arguments(parser):
    """Whom to compare with, and how to print."""
    parser.add_argument("--peers", type=_peers, default=(), metavar="torch,jax",
                        help=f"where installed: {to_install('peers')}")
    parser.add_argument("--rounds", type=positive_int, metavar="N",
                        help="interleaved rounds (default: 12, of --epochs 3)")
    parser.add_argument("--epochs", action="store_true",
                        help="whole epochs, with shuffling and fresh noise, not steps")
    parser.add_argument(
        "--busy", type=_numbers, metavar="0,1,2",
        help="epochs beside so many processes that keep a processor busy",
    )
    parser.add_argument("--json", action="store_true", help="one JSON document")


def _peers(text):
    names = [name for name in text.split(",") if name]
    for name in names:
        if name not in PEERS:
            raise argparse.ArgumentTypeError(
                f"unknown peer {name!r}; expected some of {[*PEERS]}"
            )
    return names


def _numbers(text):
    if not all(number.isdecimal() for number in text.split(",")):
        raise argparse.ArgumentTypeError(f"expected 0,1,2 or the like; got {text!r}")
    return sorted({int(number) for number in text.split(",")} | {0})


def run(options):
    """Print lines as they come, or the JSON document alone."""
    from scratchae.benchmark import run as benchmark

    if options.busy is not None and not options.epochs:
        raise ValueError("--busy is of whole epochs: add --epochs")

    def say(line):
        print(line, file=sys.stderr if options.json else sys.stdout, flush=True)

    if options.epochs:
        document = benchmark.run_epochs(options.peers, say, options.rounds or 3,
                                        options.busy or [0])
    else:
        document = benchmark.run(options.peers, say, options.rounds or 12)
    if options.json:
        print_json(document)
        return
    machine = document["machine"]
    print(f"processor: {machine['processor']} ({machine['target']}), "
          f"threads: {machine['threads']}")
    if options.epochs:
        print("ratio = seconds / ours; of fair = seconds / what a fair share of the "
              "processors would take")
    else:
        print_steps(document)


def print_steps(document):
    """The last lines: memory, and which backend is faster here."""
    peaks = document["machine"]["peak_megabytes"]
    known = [f"{who} {mb} MB" for who, mb in peaks.items() if mb is not None]
    print(f"peak memory: {', '.join(known) or 'not known on this system'}")
    steps = [r for r in document["ratios"] if r["against"] == "numpy"]
    faster = "numba" if sum(r["ratio"] > 1 for r in steps) * 2 > len(steps) else "numpy"
    print(f"ratio = their time / ours (numba). Faster here: SCRATCHAE_BACKEND={faster}")
