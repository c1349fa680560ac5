"""The least time that a training step can take on this machine, (13.2)."""

import math


class Limits:
    """What this machine can do: the best seen in any round, so the true limit at most.

    A few parameters stay in a cache, many come from memory: each work has the limit of
    a stream that is as long as its own.
    contenders : ours, whose Adam is the stream, and NumPy's, for products
    """

    def __init__(self, contenders):
        self.contenders, self.product = contenders, math.inf  # least seconds
        self.streams = {}  # the same, by the number of parameters

    def measure(self, work):
        """A few large products and streams more."""
        for contender in self.contenders:
            self.product = min(self.product, *contender.ask("product", repeats=3))
        size = work.parameters
        seconds = self.contenders[0].ask("stream", size=size, repeats=20)
        self.streams[size] = min(self.streams.get(size, math.inf), *seconds)

    @property
    def rate(self):
        """Operations per second in products of 1024 x 1024 matrices."""
        return 2 * 1024**3 / self.product

    @property
    def bandwidths(self):
        """Bytes per second of a plain stream, by the number of parameters."""
        return {size: 28 * size / least for size, least in self.streams.items()}

    def share(self, work, seconds):
        """Least possible time over the least time taken; None if that is above 1.

        Both are the best of many repeats in the same rounds: what a neighbour on this
        machine takes away is no property of the code. Above 1 the limits were measured
        in worse moments than the step, and say nothing.
        """
        least = work.least(self.rate, self.bandwidths[work.parameters])
        return least / seconds if least <= seconds else None

    def document(self):
        """The limits for the JSON document."""
        memory = {str(n): round(b / 1e9, 1) for n, b in self.bandwidths.items()}
        return {"product_gflops": round(self.rate / 1e9, 1),
                "bandwidth_gb_per_s": memory}

    def described(self, results):
        """Lines of text that say what the shares in these results are of."""
        memory = ", ".join(f"{b / 1e9:.0f} ({n / 1e6:.2f} million parameters)"
                           for n, b in self.bandwidths.items())
        yield "of limit: the least time that these limits allow / the least time taken"
        yield f"limits: products {self.rate / 1e9:.0f} GFLOP/s; memory, GB/s: {memory}"
        if any(result["limit_share"] is None for result in results):
            yield ("n/a: a step faster than these limits allow; they were measured "
                   "beside it, but in worse moments")
