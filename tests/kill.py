"""The kill test: `python tests/kill.py --runs 50`.

`scratchae train` is killed by SIGKILL at a random moment, during a save too, and the
same command is typed again, until one ends by itself. Its weights must have the bits of
a run that nobody killed, no partial file and no lock may be left, and once more the
same command must leave the finished file as it is.
"""

import argparse
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from scratchae import load

COMMAND = [sys.executable, "-m", "scratchae", "train", "vae", "--hidden", "64",
           "--latent", "8", "--epochs", "12", "--seed", "3", "--data"]
ROWS, NAME = "rows.npy", "vae-rows.npz"


def train(folder):
    """The command with the rows beside a folder, to be started."""
    return [*COMMAND, folder.parent / ROWS, "--out", folder]


def run_to_the_end(folder):
    """Weights of an uninterrupted run, with rows that are made here."""
    np.save(folder.parent / ROWS, np.random.default_rng(0).random((2000, 784)))
    subprocess.run(train(folder), check=True, capture_output=True)
    return load(folder / NAME).parameters_.theta.copy()


def kill_until_done(folder, rng, most):
    """Start and kill until a run ends; returns how often it was killed.

    A run is killed at most so often, some epochs after its start: a random moment of
    the next one, or of the save before it.
    """
    kills = 0
    while True:
        epochs, wait = rng.integers(1, 4), rng.uniform(0, 0.1)  # s, about an epoch
        process = subprocess.Popen(
            train(folder), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        said = []
        for line in process.stderr:
            said.append(line)
            epochs -= line.startswith("epoch ")
            if epochs == 0 and kills < most:
                time.sleep(wait)
                process.send_signal(signal.SIGKILL)
                break
        process.communicate()
        if process.returncode == 0:
            return kills
        if process.returncode != -signal.SIGKILL:
            raise RuntimeError("".join(said))
        kills += 1


def is_left_alone(path):
    """Whether the same command again leaves a finished file as it is."""
    before = path.stat().st_mtime_ns, path.read_bytes()
    again = subprocess.run(train(path.parent), capture_output=True)
    after = path.stat().st_mtime_ns, path.read_bytes()
    return again.returncode == 0 and before == after


def killed_and_resumed(folder, runs, seed, most=4):
    """(runs that ended as if nobody had killed them, and were then left alone; runs)"""
    rng = np.random.default_rng(seed)
    whole = run_to_the_end(folder / "whole")
    right = 0
    for i in range(runs):
        place = folder / str(i)
        kills = kill_until_done(place, rng, most)
        theta = load(place / NAME).parameters_.theta
        kept = is_left_alone(place / NAME)
        left = [p.name for p in place.iterdir() if p.name != NAME]
        same = np.array_equal(theta, whole)
        right += same and kept and not left
        print(f"run {i + 1}: killed {kills} times, same bits: {same}, left alone when "
              f"finished: {kept}, other files: {left}", flush=True)
    return right, runs


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        right, runs = killed_and_resumed(Path(folder), options.runs, options.seed)
    print(f"{right} of {runs} ended as if never stopped and were not overwritten")
    sys.exit(right != runs)
