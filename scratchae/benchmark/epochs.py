"""Whole epochs as users write them, on a machine that may be busy with other things.

An epoch shuffles the images, binarises them and draws fresh noise; nobody is given
random numbers. Busy processes, which count in a loop, are started beside it.
"""

import contextlib
import subprocess
import sys
import warnings
from statistics import median

import numpy as np

from scratchae.benchmark.works import WORKS
from scratchae.errors import UndertrainedWarning
from scratchae.pulse import doing

EPOCHS = (0, 2, 3)  # of WORKS
IMAGES = 20_000


def images(d, n=IMAGES):
    """Grey values (n, d), four in five of them 0."""
    x = np.random.default_rng(0).random((n, d), dtype=np.float32)
    return np.where(x > 0.8, x, 0).astype(np.float32)


def our_epoch(work, x):
    """A function that trains one epoch with our layers, and returns its seconds."""
    from scratchae.models import Autoencoder, VariationalAutoencoder

    kind = VariationalAutoencoder if work.kind == "vae" else Autoencoder
    model = kind(work.sizes[-1], work.sizes[1:-1], batch_size=work.batch, epochs=1,
                 random_state=0, verbose=False)

    def epoch():
        with warnings.catch_warnings():  # that one epoch is few
            warnings.simplefilter("ignore", UndertrainedWarning)
            return model.fit(x).history_["seconds"][0]

    return epoch


@contextlib.contextmanager
def busy_processes(number):
    """So many processes beside us that do nothing useful, without a pause."""
    loop = [sys.executable, "-S", "-c", "while True: pass"]
    processes = []
    try:
        for _ in range(number):
            processes.append(subprocess.Popen(loop))
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def fair_share(threads, busy):
    """Of the processors' time that our threads have left beside so many busy ones."""
    return threads / (threads + busy)


def time_epochs(contenders, busy, rounds, say):
    """Seconds of an epoch, for each work and number of busy processes; a list of rows.

    contenders : ours first   busy : numbers of processes, from 0
    """
    rows, threads = [], contenders[0].threads
    say(f"{'epoch of 20 000 images':<34} {'batch':>5} {'busy':>5}  {'who':<6} {'s':>7} "
        f"{'ratio':>6} {'of fair':>8}")
    for index in EPOCHS:
        work, quiet = WORKS[index], {}
        for number in busy:
            times = _in_turn(contenders, index, number, rounds)
            for contender, seconds in times.items():
                quiet.setdefault(contender, seconds)
                fair = quiet[contender] / fair_share(threads, number)
                row = {"work": work.name, "batch": work.batch, "busy": number,
                       "who": contender.who, "seconds": round(seconds, 4),
                       "ratio": round(seconds / times[contenders[0]], 3),
                       "of_fair": round(seconds / fair, 3)}
                rows.append(row)
                say(f"{work.name:<34} {work.batch:>5} {number:>5}  {contender.who:<6} "
                    f"{seconds:>7.2f} {row['ratio']:>6.2f} {row['of_fair']:>8.2f}")
    return rows


def _in_turn(contenders, index, number, rounds):
    """{contender: median seconds} in interleaved rounds beside busy processes."""
    times = {contender: [] for contender in contenders}
    for contender in contenders:
        contender.ask("epoch", work=index, repeats=1)  # compiles and allocates
    with busy_processes(number):
        for _ in range(rounds):
            for contender in contenders:
                with doing(f"{contender.who} beside {number} busy processes"):
                    times[contender] += contender.ask("epoch", work=index, repeats=1)
    return {contender: median(of) for contender, of in times.items()}
