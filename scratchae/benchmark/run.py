"""Run the contenders in turn and put their times side by side."""

import contextlib
import importlib.util
import json
import os
import platform
import subprocess
import sys
from collections import namedtuple
from functools import partial
from statistics import median

from scratchae.benchmark.epochs import time_epochs
from scratchae.benchmark.limits import Limits
from scratchae.benchmark.works import WORKS, kernel_calls, matmul_calls
from scratchae.errors import to_install
from scratchae.files import for_a_process
from scratchae.nn.backend import check_kernels

ROUNDS = 12  # interleaved rounds of each work
ROUND_SECONDS = 0.15  # about what one contender runs in one round
# Of one contender: the median of its rounds' medians, and the least of all repeats.
Seconds = namedtuple("Seconds", "typical best")
POOLS = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS",
         "MKL_NUM_THREADS")


class Contender:
    """A worker process."""

    def __init__(self, who, threads):
        self.who, self.threads = who, threads
        # OpenBLAS as well: the NumPy backend, which would give it one thread, leaves
        # that to whoever has chosen.
        environment = os.environ | {name: str(threads) for name in POOLS}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "scratchae.benchmark.worker", who, str(threads)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            **for_a_process(environment),
        )

    def close(self):
        """End the process, which may be in the middle of what nobody waits for."""
        self.process.kill()
        with contextlib.suppress(OSError):  # a broken pipe, where it has stopped
            self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(timeout=60)

    def ask(self, task, **order):
        """Send one order and wait for the answer.

        Raises ChildProcessError where the process has ended, as without a library.
        """
        answer = ""
        with contextlib.suppress(OSError):  # a broken pipe, where it has stopped
            self.process.stdin.write(json.dumps({"task": task} | order) + "\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
        if not answer:
            raise ChildProcessError(f"the benchmark of {self.who} stopped; see above")
        return json.loads(answer)


def interleaved(contenders, order, rounds, between=None):
    """{contender: Seconds} of one order, in interleaved rounds.

    between : function that is called in each round as well
    """
    repeats, times = {}, {contender: [] for contender in contenders}
    for contender in contenders:
        contender.ask(repeats=3, **order)  # compiles, allocates, wakes the threads
        once = median(contender.ask(repeats=5, **order))
        repeats[contender] = max(3, min(200, round(ROUND_SECONDS / once)))
    for _ in range(rounds):
        for contender in contenders:
            times[contender].append(contender.ask(repeats=repeats[contender], **order))
        if between is not None:
            between()
    return {contender: Seconds(median(map(median, of)), min(map(min, of)))
            for contender, of in times.items()}


def run(peers=(), say=print, rounds=ROUNDS):
    """Time everything; returns the JSON document of `scratchae bench`.

    peers : names among "torch" and "jax"; those not installed are left out
    say : called with a line of text as results come in
    Raises OSError where the compiled kernels cannot be used: all is compared with them.
    """
    check_kernels("bench")
    threads, present = _threads(), _installed(peers, say)
    kernels = _time_kernels(say, rounds)
    document = {"machine": _machine(threads), "results": [], "ratios": []}
    with started(("numba", "numpy", *present), threads) as contenders:
        _time_steps(document, contenders, say, rounds)
        peaks = {c.who: _rounded(c.ask("peak")) for c in contenders}
    document["machine"] |= {"peak_megabytes": peaks, "kernels": kernels}
    return document


def run_epochs(peers=(), say=print, rounds=3, busy=(0,)):
    """Time whole epochs; returns the JSON document of `scratchae bench --epochs`.

    busy : numbers of busy processes beside each contender
    """
    check_kernels("bench")
    threads, present = _threads(), _installed(peers, say)
    with started(("numba", *present), threads) as contenders:
        rows = time_epochs(contenders, busy, rounds, say)
    return {"machine": _machine(threads), "epochs": rows}


@contextlib.contextmanager
def started(names, threads):
    """The contenders, each in a process of its own."""
    with contextlib.ExitStack() as stack:
        contenders = []
        for who in names:
            contenders.append(Contender(who, threads))
            stack.callback(contenders[-1].close)
        yield contenders


def _threads():
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


def _installed(peers, say):
    peers = [*dict.fromkeys(peers)]  # in their order, each once
    present = [name for name in peers if importlib.util.find_spec(name)]
    for name in peers:
        if name not in present:
            say(f"{name} is not installed: left out ({to_install('peers')})")
    return present


def _machine(threads):
    from scratchae.kernels.compile import CPU_NAME, REGISTER_BYTES  # it needs Numba

    return {
        "processor": _processor(),
        "target": f"{CPU_NAME}, {8 * REGISTER_BYTES}-bit registers",
        "system": platform.platform(),
        "python": platform.python_version(),
        "threads": threads,
    }


def _rounded(megabytes):
    return None if megabytes is None else round(megabytes)


def _processor():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _time_steps(document, contenders, say, rounds):
    ours, limits = contenders[0], Limits(contenders[:2])
    say(f"{'training step':<34} {'batch':>5}  {'who':<6} {'ms':>7} {'GFLOP/s':>8} "
        f"{'of limit':>8} {'ratio':>6}")
    for index, work in enumerate(WORKS):
        order, measure = {"task": "step", "work": index}, partial(limits.measure, work)
        seconds = interleaved(contenders, order, rounds, measure)
        for contender, (s, best) in seconds.items():
            ratio, share = s / seconds[ours].typical, limits.share(work, best)
            shown = "n/a" if share is None else f"{share:.2f}"
            say(f"{work.name:<34} {work.batch:>5}  {contender.who:<6} {1e3 * s:>7.2f} "
                f"{work.flops / s / 1e9:>8.1f} {shown:>8} "
                f"{ratio:>6.2f}")
            case = {"work": work.name, "batch": work.batch}
            document["results"].append(case | {
                "who": contender.who, "threads": contender.threads,
                "median_ms": round(1e3 * s, 4), "best_ms": round(1e3 * best, 4),
                "gflops": round(work.flops / s / 1e9, 2),
                "limit_share": share if share is None else round(share, 4),
            } | limits.document(work))
            if contender is not ours:
                document["ratios"].append(case | {
                    "against": contender.who, "ratio": round(ratio, 3)})
    for line in limits.described(document["results"]):
        say(line)


def _time_kernels(say, rounds):
    """Each kernel on one thread against its twin, and products against BLAS."""
    rows = []
    say(f"{'kernel, one thread':<20} {'us':>7} {'twin us':>8} {'ratio':>6}   "
        f"{'GFLOP/s':>7} {'matmul':>7} {'share':>6}")
    with started(("numba", "numpy"), 1) as (ours, twin):
        for name, (_, flops) in kernel_calls().items():
            order = {"task": "kernel", "name": name}
            seconds = interleaved([ours, twin], order, rounds)
            row = {"kernel": name, "us": 1e6 * seconds[ours].typical,
                   "twin_us": 1e6 * seconds[twin].typical}
            line = (f"{name:<20} {row['us']:>7.0f} {row['twin_us']:>8.0f} "
                    f"{row['twin_us'] / row['us']:>6.2f}")
            if name in matmul_calls():
                blas = _against_matmul(ours, twin, name, rounds)
                row |= {"gflops": flops / blas[0] / 1e9,
                        "matmul_gflops": flops / blas[1] / 1e9}
                line += (f"   {row['gflops']:>7.1f} {row['matmul_gflops']:>7.1f} "
                         f"{blas[1] / blas[0]:>6.2f}")
            say(line)
            rows.append({key: v if isinstance(v, str) else round(v, 2)
                         for key, v in row.items()})
    return rows


def _against_matmul(ours, twin, name, rounds):
    """Median seconds of our product and of numpy.matmul, in interleaved rounds."""
    kernel, matmul = [], []
    for _ in range(rounds + 1):
        kernel.append(median(ours.ask("kernel", name=name, repeats=60)))
        matmul.append(median(twin.ask("matmul", name=name, repeats=60)))
    return median(kernel[1:]), median(matmul[1:])
