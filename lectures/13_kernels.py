"""Lecture 13: from the triple loop to the kernel

No slide. The same numbers, faster: a matrix product in six steps that differ by one
idea each, where the limits of the machine lie, and what it saves to do two things in
one pass over memory. Run time: seconds.
"""

# %%
import os
import time

import numpy as np

from scratchae.course import Lecture

lecture = Lecture(__doc__)
lecture.needs_kernels()  # which are behind these imports
from numba import njit

from scratchae import kernels
from scratchae.benchmark.growth import step_times
from scratchae.kernels.compile import THREADS
from scratchae.kernels.pool import POOL
from scratchae.memory import aligned
from scratchae.nn import plain
from scratchae.plots import COLOURS, curves, log_axis, new_figure

rng = np.random.default_rng(0)
n, d, h = 128, 784, 400  # the first layer of lecture 10's VAE, one batch
SECONDS = 0.05 if lecture.quick else 0.5  # how long each step is timed


def array(*shape):
    """Random float32 numbers that start on a cache line."""
    out = aligned(shape)
    out[...] = rng.normal(size=shape)
    return out


def seconds(function, *arguments):
    """Median time of a call, after one that compiles."""
    function(*arguments)
    times, end = [], time.perf_counter() + SECONDS
    while not times or time.perf_counter() < end:
        start = time.perf_counter()
        function(*arguments)
        times.append(time.perf_counter() - start)
    return float(np.median(times))


x, W, b = array(n, d), array(d, h), array(h)
FLOPS = 2 * n * d * h  # a multiplication and an addition for each (i, j, k)
rate = {}  # GFLOP/s of each step

# %% [markdown]
# ## Step 1: the definition
#
#     C_ij = sum_k A_ik B_kj                                                 (13.1)
#
# Three loops say exactly this. Python takes each step by itself, on a small corner:

# %%
def triple_loop(A, B, C):
    """C = A B, number by number."""
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            total = 0.0
            for k in range(A.shape[1]):
                total += A[i, k] * B[k, j]
            C[i, j] = total


small = array(20, 20), array(20, 20), array(20, 20)
rate["1 triple loop, Python"] = 2 * 20**3 / seconds(triple_loop, *small) / 1e9

# %% [markdown]
# ## Step 2: compile it
#
# The same text, turned into machine code by Numba. No line has changed.

# %%
C = array(n, h)
rate["2 the same, compiled"] = FLOPS / seconds(njit(triple_loop), x, W, C) / 1e9

# %% [markdown]
# ## Step 3: walk along the rows
#
# B[k, j] with k moving jumps 1600 bytes each time. With j innermost both B and C are
# read along their rows, and one instruction handles 8 neighbours (16 on some machines).

# %%
@njit
def along_rows(A, B, C):
    """C = A B in the order i, k, j."""
    for i in range(A.shape[0]):
        c = C[i]
        c[:] = 0
        for k in range(A.shape[1]):
            a, row = A[i, k], B[k]
            for j in range(c.size):
                c[j] += a * row[j]


rate["3 along the rows"] = FLOPS / seconds(along_rows, x, W, C) / 1e9

# %% [markdown]
# ## Step 4: use what is loaded
#
# Step 3 loads and stores C for every k, and each number of B is used once. Taking four
# steps of k and two rows of C in one pass, a number of C is loaded and stored once for
# four multiply-adds, and a number of B is used twice. The four rows of B stay in the
# nearest cache while all of A passes. "contract" lets the compiler make one instruction
# of a product and the sum that it goes into, which rounds once and not twice.

# %%
@njit(fastmath={"contract"})
def reuse(A, B, C):
    """C = A B, four steps of k and two rows at a time (sizes divisible by 4 and 2)."""
    C[:] = 0
    for k in range(0, A.shape[1], 4):
        b0, b1, b2, b3 = B[k], B[k + 1], B[k + 2], B[k + 3]
        for i in range(0, A.shape[0], 2):
            c, e = C[i], C[i + 1]
            p0, p1, p2, p3 = A[i, k], A[i, k + 1], A[i, k + 2], A[i, k + 3]
            q0, q1 = A[i + 1, k], A[i + 1, k + 1]
            q2, q3 = A[i + 1, k + 2], A[i + 1, k + 3]
            for j in range(c.size):
                c[j] += p0 * b0[j] + p1 * b1[j] + p2 * b2[j] + p3 * b3[j]
                e[j] += q0 * b0[j] + q1 * b1[j] + q2 * b2[j] + q3 * b3[j]


rate["4 use what is loaded"] = FLOPS / seconds(reuse, x, W, C) / 1e9

# %% [markdown]
# ## Step 5: a register tile, from packed panels
#
# The library's kernel keeps a whole block of C in vector registers while k runs (the
# register tile), so that C is not touched at all in between. Each step of k loads a
# short row of B and uses it for every row of the tile: that inner part is the
# micro-kernel. B is first copied into panels in which the rows that follow each other
# in k follow each other in memory (packing), short enough to stay in the cache while
# all of A passes (the cache block) [GotoGeijn2008]. Read scratchae/kernels/product/.
# The bias and the ReLU are added before the tile leaves the registers.

# %%
POOL.limit(1)
layer = x, W, b, "relu"
rate["5 register tile, packed"] = FLOPS / seconds(kernels.layer_forward, *layer) / 1e9

# %% [markdown]
# ## Step 6: all cores
#
# Threads share out the tiles. Each number of C is the same sum in the same order,
# whoever computes it, so the result has the same bits for any number of threads. A
# thread that another program keeps from coming is not waited for: those that run do its
# part (scratchae/kernels/pool.py).

# %%
one_thread, _ = kernels.layer_forward(*layer)
POOL.limit()
last = f"6 on {THREADS} threads"
rate[last] = FLOPS / seconds(kernels.layer_forward, *layer) / 1e9
same = np.array_equal(one_thread, kernels.layer_forward(*layer)[0])
print(f"bits with 1 and {THREADS} threads: {'the same' if same else 'different'}")
error = np.abs(one_thread - np.maximum(x.astype(float) @ W + b, 0)).max()
lecture.number("largest error against float64", float(error))

# %% [markdown]
# What BLAS does, and the machine at best. BLAS has threads of its own, and they go on
# spinning for a while after a product: never mix the two in one training step.

# %% tags=["measured"]
blas = FLOPS / seconds(lambda: np.matmul(x, W, out=C)) / 1e9
large = array(1024, 1024), array(1024, 1024), array(1024)
best = 2 * 1024**3 / seconds(kernels.layer_forward, *large) / 1e9
best = max(best, blas, *rate.values())
for name, value in rate.items():
    lecture.number(name, float(value), "GFLOP/s")
lecture.number(f"numpy.matmul on {os.cpu_count()} cores", float(blas), "GFLOP/s")
figure, axes = new_figure(width=7, height=3.6)
# Points, since a bar on a logarithmic axis has no beginning and so no length.
names = [f"{name}: {value:.3g}" for name, value in rate.items()]
axes.plot([*rate.values()], names, "o", color=COLOURS[0], markersize=9, zorder=3)
axes.axvline(blas, color=COLOURS[1], linestyle="--", label=f"numpy.matmul: {blas:.3g}")
axes.axvline(best, color="black", linestyle=":", label=f"best product: {best:.3g}")
axes.invert_yaxis()
axes.set(xlabel="GFLOP/s",
         title=f"x W of one layer: {max(rate.values()):.0f} GFLOP/s, "
         f"{max(rate.values()) / min(rate.values()):,.0f} times step 1")
log_axis(axes, "x")
axes.legend(loc="lower left", fontsize=9)
lecture.save(figure, "13_steps",
             "The speed of six versions of a matrix product as points on a logarithmic "
             "axis, on the whole farther right from step to step, with lines for the "
             "library of NumPy and for the machine at best.")

# %% [markdown]
# ## Where the limit lies: the roofline
#
# A kernel that moves Q bytes and does F operations needs at least
#
#     time >= max(F / best rate, Q / bandwidth)                              (13.2)
#
# Divide by F: what counts is the intensity F / Q [Williams2009]. Below best rate over
# bandwidth, the ridge, memory is the limit, above it arithmetic. A product uses each
# number many times, an update of the parameters uses it once.

# %% tags=["measured"]
P = 652_800  # about the parameters of that VAE
theta, grad, m, v = array(P), array(P), array(P), abs(array(P))
logits, white = array(n, d), abs(array(n, d))
stream = seconds(kernels.add_gaussian_noise, theta[None], grad[None], 0.5)
update = seconds(kernels.adam_step, theta, grad, m, v, 9)
bandwidth = max(12 / stream, 28 / update) * P / 1e9  # the better of two streams
loss = seconds(kernels.bernoulli_nll, logits, white, 0.1)
operations = {"product": FLOPS, "Bernoulli loss": 40 * n * d, "Adam": 12 * P}
traffic = {"product": 4 * (n * d + d * h + n * h),  # bytes
           "Bernoulli loss": 12 * n * d, "Adam": 28 * P}
taken = {"product": FLOPS / max(rate.values()) / 1e9,  # seconds
         "Bernoulli loss": loss, "Adam": update}
figure, axes = new_figure(width=6.5, height=3.8)
intensity = np.logspace(-1.5, 2.5, 400)
axes.plot(intensity, np.minimum(best, intensity * bandwidth), color="black")
for name, marker in zip(operations, "os^", strict=True):
    F, Q, s = operations[name], traffic[name], taken[name]
    axes.plot(F / Q, F / s / 1e9, marker, markersize=9, label=name)
    print(f"{name}: {F / Q:.1f} FLOP/byte, {F / s / 1e9:.1f} GFLOP/s")
axes.set(xlabel="intensity (FLOP / byte)", ylabel="GFLOP/s",
         title=f"Roofline: {best:.0f} GFLOP/s, {bandwidth:.0f} GB/s")
log_axis(axes, "x")
log_axis(axes, "y")
axes.legend(loc="lower right")
lecture.save(figure, "13_roofline",
             "Speed against operations per byte, both axes logarithmic: a roof that "
             "rises and then is flat. The product lies under the flat part, Adam under "
             "the slope.")

# %% [markdown]
# ## Fusion: two things in one pass
#
# Each NumPy expression reads its arguments from memory and writes its result. Count
# the arrays that are read or written in formulas/, beyond those of the products
# themselves (masks, a quarter of the size, left out), and multiply by their size:

# %% tags=["measured"]
def moved(name, by_numpy, by_kernel, size):
    # by_numpy, by_kernel : so many arrays of `size` bytes each
    print(f"{name}: {by_numpy * size / 1e6:.1f} MB -> {by_kernel * size / 1e6:.1f} MB")


moved("bias and ReLU after x W", 5, 0, 4 * n * h)
moved("ReLU' after dy W^T", 2, 1, 4 * n * h)
moved("Bernoulli loss and gradient", 55, 3, 4 * n * d)
moved("Adam", 33, 7, 4 * P)
slower = seconds(plain.bernoulli_nll, logits, white, 0.1) / loss
lecture.number("Bernoulli loss, NumPy's time / kernel's", slower)
slower = seconds(plain.adam_step, theta, grad, m, v, 9) / update
lecture.number("Adam, NumPy's time / kernel's", slower)

# %% [markdown]
# ## How the time of a step grows
#
# A whole training step, forward, backward and Adam, of the VAE 784-width-20 at batch
# 128, and of the VAE 784-400-20 at other batch sizes. The line is the least time
# by (13.2): of the products, which arithmetic limits, and then of Adam, which memory
# does. Where the two run side by side, the time is that of the work. Where they
# part to the left, it is that of the calls of a step, which cost the same however
# little there is to do.

# %% tags=["measured"]
figure, panels = new_figure(1, 2, width=9, height=3.6)
series = step_times(best, bandwidth, most=2 if lecture.quick else 5, seconds=SECONDS)
for axes, (name, lines) in zip(panels, series.items(), strict=True):
    sizes, ms = lines["taken"]
    title = f"{ms[0]:.3g} ms at {sizes[0]}, {ms[-1]:.3g} ms at {sizes[-1]}"
    curves(lines, name, "ms per step", title, log_x=True, log_y=True, axes=axes)
lecture.save(figure, "13_growth",
             "Milliseconds of a training step against the width and against the batch "
             "size, all axes logarithmic, with a line for the least possible.")

# %% [markdown]
# ## What to see
#
# Same arithmetic, the same result on one thread and on all, and a factor of a thousand
# and more between step 1 and step 6. Once compiled, what helps is order: read memory
# along its rows, and use what has been loaded before it is thrown away.

# %%
steps = [*rate.values()]
lecture.holds("the same result on one thread and on all", same)
lecture.holds("a factor of a thousand and more between step 1 and step 6",
              steps[5] > 1000 * steps[0])

# %% [markdown]
# ## What this does not show
#
# The times are this machine's, this minute's. `scratchae bench` times whole training
# steps against PyTorch and JAX, in interleaved rounds. On a machine with a much faster
# BLAS the NumPy backend can win: SCRATCHAE_BACKEND=numpy.
#
# ## Questions
#
# 1. Oral: why does packing pay only if a panel is used for many rows of A?
# 2. Derive the intensity of x W for n images. From which n on is it above the ridge?
# 3. Numeric: what is the least time of one Adam step on this machine, by (13.2)?

# %% tags=["measured"]
print(f"Question 3: {28 * P / bandwidth / 1e6:.2f} ms")
