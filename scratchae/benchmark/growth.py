"""How the time of a training step grows with its width and with its batch."""

import time
from statistics import median

from scratchae.benchmark.works import Work, our_step

SIZES = {  # name -> size -> work
    "width": {width: Work("vae", (784, width, 20), 128)
              for width in (100, 400, 1000, 2000, 4000)},
    "batch size": {batch: Work("vae", (784, 400, 20), batch)
                   for batch in (16, 64, 128, 512, 4096)},
}


def step_times(rate, bandwidth, most=5, seconds=0.5):
    """{"width", "batch size": curves of milliseconds per step, taken and at least}.

    rate, bandwidth : the machine's limits, in GFLOP/s and GB/s
    most : sizes of each curve   seconds : for which each size is timed
    Each curve is (sizes, milliseconds), as `plots.curves` draws them.
    """
    series = {}
    for name, works in SIZES.items():
        sizes, some = [*works][:most], [*works.values()][:most]
        taken = [_median_ms(our_step(work), seconds) for work in some]
        least = [1e3 * work.least(1e9 * rate, 1e9 * bandwidth) for work in some]
        series[name] = {"taken": (sizes, taken), "least possible": (sizes, least)}
    return series


def _median_ms(step, seconds):
    step()  # compiles, allocates, wakes the threads
    times, end = [], time.perf_counter() + seconds
    while not times or time.perf_counter() < end:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return 1e3 * median(times)
