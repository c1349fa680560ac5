"""`scratchae bench`: how fast is this, here, against what?"""

import argparse
import sys

from scratchae.benchmark.peers import PEERS
from scratchae.cli.options import print_json

NAME = "bench"
HELP = "Time training steps and kernels on both backends and against PyTorch and JAX."
EXAMPLE = "scratchae bench --peers torch,jax"


def add_arguments(parser):
    """Whom to compare with, and how to print."""
    parser.add_argument(
        "--peers", type=_peers, default=(), metavar="torch,jax",
        help="where installed: pip install 'scratchae[peers]'",
    )
    parser.add_argument("--rounds", type=int, default=12, help="interleaved rounds")
    parser.add_argument("--json", action="store_true", help="one JSON document")


def _peers(text):
    names = [name for name in text.split(",") if name]
    for name in names:
        if name not in PEERS:
            raise argparse.ArgumentTypeError(
                f"unknown peer {name!r}; expected some of {[*PEERS]}"
            )
    return names


def run(options):
    """Print lines as they come, or the JSON document alone."""
    from scratchae.benchmark.run import run as run_benchmark

    if options.rounds < 1:
        raise ValueError(f"--rounds must be at least 1. Got {options.rounds}.")

    def say(line):
        print(line, file=sys.stderr if options.json else sys.stdout, flush=True)

    document = run_benchmark(options.peers, say, options.rounds)
    if options.json:
        print_json(document)
        return
    peak = document["machine"]["peak_megabytes"]
    print("peak memory: " + ", ".join(f"{who} {mb} MB" for who, mb in peak.items()))
    steps = [r for r in document["ratios"] if r["against"] == "numpy"]
    faster = "numba" if sum(r["ratio"] > 1 for r in steps) * 2 > len(steps) else "numpy"
    print(f"ratio = their time / ours (numba). Faster here: SCRATCHAE_BACKEND={faster}")
