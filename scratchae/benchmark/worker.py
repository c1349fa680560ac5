"""One contender in a process of its own: reads orders, prints times.

An order is one line of JSON on standard input, {"task": ..., ...}; the answer is one
line on standard output, when the process has come to rest. The name of the contender
and the number of threads are the command line.
"""

import json
import sys
import time
from functools import partial

import numpy as np

from scratchae.benchmark.epochs import images, our_epoch
from scratchae.benchmark.peers import PEERS, peer
from scratchae.benchmark.works import WORKS, kernel_calls, matmul_calls, our_step

LOOK = 0.01  # seconds between two looks at how busy this process still is
PATIENCE = 1.0  # seconds after which a thread that spins is let be


class Worker:
    """Keeps the steps it has built, so that a round only runs them."""

    def __init__(self, who, threads):
        self.who, self.threads, self.built = who, threads, {}
        if who not in PEERS:
            from scratchae.nn.backend import check_kernels, ops, set_backend

            if who == "numba":
                check_kernels("what is timed")  # else it would be NumPy, by that name
            set_backend(who)
            self.ops = ops

    def step(self, work, repeats):
        """Seconds of each repeat of one training step."""
        return _times(self._kept(("step", work), partial(self._step, work)), repeats)

    def _step(self, work):
        if self.who in PEERS:
            return peer(self.who).step_of(WORKS[work], self.threads)
        return our_step(WORKS[work])

    def epoch(self, work, repeats):
        """Seconds of each repeat of one epoch of a work."""
        epoch = self._kept(("epoch", work), partial(self._epoch, work))
        return [epoch() for _ in range(repeats)]

    def _epoch(self, work):
        d = WORKS[work].sizes[0]
        x = self._kept(("images", d), partial(images, d))
        if self.who in PEERS:
            return peer(self.who).epoch_of(WORKS[work], x, self.threads)
        return our_epoch(WORKS[work], x)

    def kernel(self, name, repeats):
        """Seconds of each repeat of one kernel, or of its NumPy twin."""
        call = self._kept("kernels", kernel_calls)[name][0]
        return _times(partial(call, self.ops), repeats)

    def matmul(self, name, repeats):
        """Seconds of each repeat of the bare product by numpy.matmul."""
        return _times(self._kept("matmul", matmul_calls)[name], repeats)

    def product(self, repeats):
        """Seconds of a large product, 1024 x 1024 x 1024."""
        x, W = self._kept("square", _large)
        return _times(partial(self.ops.layer_forward, x, W, x[0]), repeats)

    def stream(self, size, repeats):
        """Seconds of Adam over so many numbers: 28 bytes of traffic for each."""
        ones = partial(np.ones, (4, size), np.float32)
        arrays = self._kept(("stream", size), ones)
        return _times(partial(self.ops.adam_step, *arrays, 9, 0.0), repeats)

    def peak(self):
        """Largest resident memory of this process in MB; None where nobody says."""
        try:
            import resource
        except ImportError:  # on Windows
            return None
        unit = 1 if sys.platform == "darwin" else 1024  # bytes
        return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6

    def _kept(self, key, build):
        if key not in self.built:
            self.built[key] = build()
        return self.built[key]


def _large():
    rng = np.random.default_rng(0)
    return rng.standard_normal((2, 1024, 1024), dtype=np.float32)


def come_to_rest():
    """Wait until no thread of this process is busy any more, PATIENCE at most.

    Some spin after their work in case that more comes, OpenBLAS's for a tenth of a
    second: on a processor that whoever is next needs.
    """
    end = time.perf_counter() + PATIENCE
    while time.perf_counter() < end:
        busy = time.process_time()
        time.sleep(LOOK)
        if time.process_time() - busy < LOOK / 10:
            return


def _times(function, repeats):
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return times


def main():
    """Serve orders until standard input closes."""
    worker = Worker(sys.argv[1], int(sys.argv[2]))
    for line in sys.stdin:
        order = json.loads(line)
        answer = getattr(worker, order.pop("task"))(**order)
        come_to_rest()
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
