"""The least time that a training step can take on this machine, by (13.2)."""

import math


class Limits:
    """What this machine can do: the best seen in the rounds of a work, so the true
    limit at most.

    A few parameters stay in a cache, many come from memory: each work has the limit of
    a stream that is as long as its own.
    contenders : ours, whose Adam is the stream, and NumPy's, for products
    """

    def __init__(self, contenders):
        self.contenders = contenders
        self.products, self.streams = {}, {}  # least seconds, by the work

    def measure(self, work):
        """A few large products and streams more."""
        products = [contender.ask("product", repeats=3)
                    for contender in self.contenders]
        stream = self.contenders[0].ask("stream", size=work.parameters, repeats=20)
        self.products[work] = min(self.products.get(work, math.inf), *sum(products, []))
        self.streams[work] = min(self.streams.get(work, math.inf), *stream)

    def rate(self, work):
        """Operations per second in products of 1024 x 1024 matrices."""
        return 2 * 1024**3 / self.products[work]

    def bandwidth(self, work):
        """Bytes per second of a plain stream over the parameters."""
        return 28 * work.parameters / self.streams[work]

    def least(self, work):
        """Seconds that a step must take by these limits."""
        return work.least(self.rate(work), self.bandwidth(work))

    def share(self, work, seconds):
        """Least possible time over the least time taken; None if that is above 1.

        Both are the best of many repeats in the same rounds: what a neighbour on this
        machine takes away is no property of the code. Above 1 the limits were measured
        in worse moments than the step, and say nothing.
        """
        least = self.least(work)
        return least / seconds if least <= seconds else None

    def document(self, work):
        """The limits of a work for the JSON document."""
        return {"product_gflops": round(self.rate(work) / 1e9, 1),
                "bandwidth_gb_per_s": round(self.bandwidth(work) / 1e9, 1),
                "least_ms": round(1e3 * self.least(work), 4)}

    def described(self, results):
        """Lines of text that say what the shares in these results are of."""
        rates = ", ".join(f"{self.rate(work) / 1e9:.0f}" for work in self.products)
        memory = ", ".join(f"{self.bandwidth(work) / 1e9:.0f}" for work in self.streams)
        yield "of limit: the least time that these limits allow / the least time taken"
        yield (f"limits of these works: products, GFLOP/s: {rates}; memory, GB/s: "
               f"{memory}")
        if any(result["limit_share"] is None for result in results):
            yield ("n/a: a step faster than these limits allow; they were measured "
                   "beside it, but in worse moments")
