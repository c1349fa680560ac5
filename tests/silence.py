"""The silence test: `python tests/silence.py`.

Runs every command on a terminal and into a pipe, and prints the longest time in which
it wrote nothing, from its start to its end. At most 2 s on a terminal, 10 s in a log.
"""

import argparse
import importlib.util
import os
import select
import subprocess
import sys
import tempfile
import time

COMMANDS = (  # a first training compiles the kernels: the cache is an empty folder
    "train vae --epochs 3", "train pca", "train ppca", "train cvae --epochs 1",
    "train autoencoder --epochs 1", "train sparse --epochs 1",
    "train denoising --epochs 1",
    "train stacked --hidden 200 --epochs 1 --pretrain-epochs 1",
    "train vae --epochs 3", "evaluate runs/vae-strokes.npz --samples 200",
    "evaluate runs/vae-strokes.npz --probe", "evaluate runs/vae-strokes.npz --panel",
    "sample runs/vae-strokes.npz --out samples.png --overwrite",
    "explore runs/vae-strokes.npz --overwrite",
    "anomalies runs/vae-strokes.npz --data strokes --out scores.csv",
    "data show --out sheet.png --overwrite", "gradcheck all", "museum",
    "lab start", "lab", "lab 15", "lab 01 --confusion", "lab export out",
    "lab grade out", "exam --seed 1",
    "bench --rounds 1", "course --quick --overwrite", "course --notebooks books",
)
PAGES = ("course --quick --html pages",)  # where Sphinx is installed
LEFT_OUT = {"data fetch": "it needs a network", "bench --epochs": "half an hour"}
FAIL = ("lab 15", "lab")  # nothing of them has been solved: exit status 1
LIMITS = {"terminal": 2, "pipe": 10}  # seconds


def longest_silence(command, place, environment):
    """(seconds of the longest silence, what was written last before it)."""
    reader, writer = os.openpty() if place == "terminal" else os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-m", "scratchae", *command.split()], env=environment,
        stdin=subprocess.DEVNULL, stdout=writer, stderr=writer,
    )
    os.close(writer)
    last, longest, before, text = time.monotonic(), 0.0, "start", "start"
    while True:
        select.select([reader], [], [])
        try:
            read = os.read(reader, 65536).decode(errors="replace")
        except OSError:  # a terminal's end
            read = ""
        silent = time.monotonic() - last
        if silent > longest:
            longest, before = silent, text
        if not read:
            break
        last, text = time.monotonic(), " ".join(read.split())[-40:] or text
    os.close(reader)
    if process.wait() and not (command in FAIL and process.returncode == 1):
        raise RuntimeError(f"{command}: exit status {process.returncode}")
    return longest, before


def main():
    """Print a line per command and place; the number of those that were too silent."""
    parser = argparse.ArgumentParser(description=__doc__)
    made = PAGES if importlib.util.find_spec("sphinx") else ()
    parser.add_argument("commands", nargs="*", default=COMMANDS + made)
    bad = 0
    for place, limit in LIMITS.items():
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            environment = os.environ | {"NUMBA_CACHE_DIR": f"{folder}/cache"}
            for command in parser.parse_args().commands:
                seconds, before = longest_silence(command, place, environment)
                bad += seconds > limit
                print(f"{place:8} {seconds:5.1f} s  {command}  (after {before!r})",
                      flush=True)
            os.chdir("/")
    return bad


if __name__ == "__main__":
    sys.exit(main())
