"""Lecture 12: appendix, properties of the divergence and Bayes' theorem

Slides S60-S66. Why the divergence is never negative, why it is no distance, which of
its two directions to minimise, and the two rules of probability that the course leans
on. Each claim is a computation. Run time: seconds.
"""

# %%
import numpy as np

from scratchae.course import Lecture
from scratchae.data.worms import binomial, load_worms, uniform
from scratchae.exact import LinearGaussian, TwoHills, jensen_steps
from scratchae.formulas.information import (
    cross_entropy,
    entropy,
    jensen_shannon,
    kl_divergence,
)
from scratchae.gradcheck import check_parameters
from scratchae.plots import COLOURS, curves, new_figure

lecture = Lecture(__doc__)
rng = np.random.default_rng(0)
worms = load_worms()  # reconstructed, of a bar chart
observed = worms / worms.sum()
q = binomial(0.57)  # the one with the worms' mean, (5.1)
STARTS = 3 if lecture.quick else 8  # random starts of each fit

# %% [markdown]
# ## Never negative (S60)
#
#     -D(p||q) = -sum_i p_i log(p_i / q_i)                            (a)
#              =  sum_i p_i log(q_i / p_i)                            (b)
#             <=  log sum_i p_i (q_i / p_i)                           (c)
#             <=  log sum_i q_i  =  log 1  =  0                       (d)    (12.1)
#
# The sums in (a) to (c) run over the i with p_i > 0, since 0 log 0 = 0. Step (c) is
# Jensen's inequality: the logarithm is concave, so the mean of logs is at most the log
# of the mean. Step (d) is the slide's "=" if p_i > 0 wherever q_i > 0; if not, some of
# the q_i are missing before it. On the worms, whose counts are a reconstruction
# (lecture 05), and the uniform model (a) is `-0.3384` bits:

# %%
for line, value in jensen_steps(observed, uniform()).items():
    print(f"{line:22} {value / np.log(2) + 0.0:8.4f} bits")
lecture.number("-D(observed||uniform)", -kl_divergence(observed, uniform()), "bits")

# %% [markdown]
# The gap of (c), drawn. Take a distribution p on two outcomes and the ratios r = q / p.
# The mean of log r lies on the chord, log of the mean r = 1 lies on the curve, above.

# %%
p2, q2 = np.array([0.8, 0.2]), np.array([0.4, 0.6])
ratio = q2 / p2
grid = np.linspace(0.2, 3.5, 200)
below = p2 @ np.log(ratio)
figure, axes = new_figure(width=6, height=3.8)
axes.plot(grid, np.log(grid), color=COLOURS[0])
axes.plot(ratio, np.log(ratio), "s--", color=COLOURS[1])
axes.plot([1, 1], [below, 0], "o-", color=COLOURS[2], linewidth=3)
axes.annotate(f"gap of step (c): {-below:.3f} nats", (1, below / 2), (1.3, below),
              color=COLOURS[2])
axes.set(xlabel="r = q / p", ylabel="log r", title=f"The chord lies {-below:.3f} below "
         "the curve: D(p||q)")
lecture.save(figure, "12_jensen",
             "The curve of the logarithm with a chord between two of its points. "
             "Between them the chord lies below the curve, and the gap at r = 1 is "
             "marked.")
pairs = rng.dirichlet(np.ones(6), size=(10_000, 2))
least = min(kl_divergence(a, b) for a, b in pairs[: 1000 if lecture.quick else None])
lecture.number("least D of random pairs", least, "bits", digits=3)

# %% [markdown]
# ## Zero only for equals (S61)
#
# D = 0 asks for an equality in (c) and in (d): all ratios q_i / p_i are the same where
# p_i > 0, and q_i = 0 elsewhere. Both sum to 1, so the ratios are 1. Close to equality
# D falls with the square of the distance:

# %%
lecture.number("D(observed||observed)", kl_divergence(observed, observed), "bits")
close = {}
for mix in (0.1, 0.01, 0.001):
    mixed = (1 - mix) * observed + mix * uniform()
    close[mix] = kl_divergence(observed, mixed)
    print(f"{mix:5.1%} of the uniform mixed in: {close[mix]:.2e} bits")
drop = close[0.01] / close[0.001]
lecture.holds("D falls with the square of the distance", 80 < drop < 100)

# %% [markdown]
# ## Not a distance (S62)
#
# The cross-entropy H(p, q) = -sum p log q is what data from p cost with q's code, so
#
#     D(p||q) = H(p, q) - H(p)                                               (12.2)
#
# It weighs with the first argument only; that is where the asymmetry comes from. For
# the worms H(observed, uniform) is `3.4594` bits, H(observed, binomial) `3.5982`.

# %%
for name, model in {"uniform": uniform(), "binomial": q}.items():
    cross = cross_entropy(observed, model)
    lecture.number(f"H(observed, {name})", cross, "bits", digits=5)
    D = cross - entropy(observed)
    print(f"  less H(observed), {entropy(observed):.4f}, is D = {D:.4f} bits")

# %% [markdown]
# A distance must also obey the triangle inequality. Three coins break it: going by way
# of the second is cheaper than going straight. The Jensen-Shannon divergence
# [Lin1991], through the middle (p + q) / 2, is symmetric, at most 1 bit, and its root
# is a distance.

# %%
first, second, third = [0.5, 0.5], [0.25, 0.75], [0.05, 0.95]
straight = kl_divergence(first, third)
by_way = kl_divergence(first, second) + kl_divergence(second, third)
print(f"D(first||third) = {straight:.3f} > {by_way:.3f} by way of the second, bits")
lecture.holds("by way of the second is cheaper than going straight", by_way < straight)
pairs_of_coins = (first, third), (first, second), (second, third)
roots = [np.sqrt(jensen_shannon(*pair)) for pair in pairs_of_coins]
print(f"root of JS: {roots[0]:.3f} <= {roots[1]:.3f} + {roots[2]:.3f}")
lecture.holds("its root is a distance", 2 * max(roots) <= sum(roots))
lecture.number("JS(observed, binomial)", jensen_shannon(observed, q), "bits")
lecture.number("JS(binomial, observed)", jensen_shannon(q, observed), "bits")

# %% [markdown]
# ## One hill for two: D(P||Q) (S63)
#
# P = 1/2 N(-2, 0.5^2) + 1/2 N(2, 0.5^2), Q = N(m, s^2). With u = (x - m) / s,
#
#     D(P||Q):  dm = -E_P[u] / s,   dlog_s = 1 - E_P[u^2]                    (12.3)
#
# which is 0 where Q has P's mean and variance: m = 0, s^2 = 2^2 + 0.5^2. Wherever P has
# mass Q must have some, so Q covers both hills and the empty valley: "mode covering".
# The optimum is N(0, 2.0616^2) with D(P||Q) = `0.72355` and D(Q||P) = `2.09762`.

# %%
hills = TwoHills(centre=2.0, scale=0.5)
starts = np.column_stack([rng.uniform(-3, 3, STARTS), rng.uniform(-1, 1, STARTS)])
covering = np.array([hills.fit(hills.forward_kl, *start) for start in starts])
m, s, value = covering[np.argmin(covering[:, 2])]
lecture.number("D(P||Q) best normal: mean", round(m, 6) + 0.0, digits=3)
lecture.number("D(P||Q) best normal: std", s, digits=5)
lecture.number("D(P||Q) at its optimum", value, "nats", digits=5)
lecture.number("D(Q||P) there", hills.reverse_kl(m, np.log(s))[0], "nats", digits=6)
spread = np.ptp(covering, axis=0)
print(f"{STARTS} random starts: the fits differ by {spread.max():.0e} at most")

# %% [markdown]
# ## Swapped: D(Q||P) (S64)
#
# Now the mean is over Q. Write x = m + s u with u ~ N(0, 1), the trick of lecture 09:
#
#     D(Q||P):  dm = -E[g(x)],   dlog_s = -1 - s E[u g(x)],  g = dlog P/dx   (12.4)
#
# Where P has next to no mass Q must not be, so Q settles on one hill: "mode seeking".
# Which one depends on the start. At N(1.99, 0.5^2) D(Q||P) is `0.6932`, and at the
# optimum, still nearer to the hill, hardly less: log 2 = 0.6931, because P is half a
# normal where Q is a whole one, and a little off for the tail of the other hill. The
# other direction is dear: D(P||Q) = `15.23`.

# %%
seeking = np.array([hills.fit(hills.reverse_kl, *start) for start in starts])
m_r, s_r, value_r = seeking[np.argmin(seeking[:, 2])]
lecture.number("D(Q||P) best normal: |mean|", abs(m_r), digits=5)
lecture.number("D(Q||P) best normal: std", s_r)
lecture.number("D(Q||P) at its optimum", value_r, "nats", digits=5)
back = hills.forward_kl(m_r, np.log(s_r))[0]
lecture.number("D(P||Q) at that optimum", back, "nats")
there = hills.reverse_kl(1.99, np.log(0.5))[0], hills.forward_kl(1.99, np.log(0.5))[0]
lecture.number("D(Q||P) at N(1.99, 0.5^2)", there[0], "nats")
lecture.number("D(P||Q) at N(1.99, 0.5^2)", there[1], "nats")
left, right = (seeking[:, 0] < -1).sum(), (seeking[:, 0] > 1).sum()
print(f"of {STARTS} starts {left} end left, {right} right, "
      f"{STARTS - left - right} between the hills")
lecture.holds("still nearer to the hill", 1.99 < abs(m_r) < 2)
lecture.holds("hardly less", 0 < there[0] - value_r < 1e-3)
lecture.holds("The other direction is dear", there[1] > 20 * there[0])
x = np.linspace(-6, 6, 600)


def normal(m, s):
    """The density of N(m, s^2) on the grid x."""
    return np.exp(-((x - m) ** 2) / (2 * s * s)) / np.sqrt(2 * np.pi) / s


figure, axes = new_figure(1, 2, width=9, height=3.5, sharey=True)
both = [(abs(m_r), s_r), (-abs(m_r), s_r)]
fits = {f"D(P||Q) = {value:.3f}: covers both": [(abs(m), s)],
        f"D(Q||P) = {value_r:.3f}: seeks one": both}
for panel, (title, found) in zip(axes, fits.items(), strict=True):
    panel.fill_between(x, np.exp(hills.log_density(x)), color="#cccccc", label="P")
    for i, fit in enumerate(found):
        panel.plot(x, normal(*fit), ("-", "--")[i], color=COLOURS[i],
                   label=f"Q = N({fit[0]:.2f}, {fit[1]:.2f}^2)")
    panel.set(title=title, xlabel="x", ylim=(0, 1.15))
    panel.legend(fontsize=9)
axes[0].set_ylabel("density")
lecture.save(figure, "12_two_directions",
             "Two hills P and the normal distributions fitted to them. Left, one wide "
             "Q covers both hills and the valley; right, a narrow Q sits on one hill, "
             "either of the two.")
at = {"m": np.array([0.7]), "log_s": np.array([-0.3])}
for name, divergence in (("(12.3)", hills.forward_kl), ("(12.4)", hills.reverse_kl)):
    _, dm, dlog_s = divergence(0.7, -0.3)
    gradients = {"m": np.array([dm]), "log_s": np.array([dlog_s])}
    print(check_parameters(lambda p, D=divergence: D(p["m"][0], p["log_s"][0])[0],
                           at, gradients, model=name))

# %% [markdown]
# A VAE minimises the second kind for its posterior, KL(q||p(z|x)): with two plausible
# codes for an image its q picks one. Maximum likelihood of the model is the first kind.

# %% [markdown]
# ## The law of total probability (S65)
#
#     P(A) = sum_i P(A|B_i) P(B_i)                                           (12.5)
#
# Say that worms live in three habitats, with these shares and these chances of a tooth.
# How many have more than five teeth? Added up habitat by habitat, and counted in the
# mixture of all:

# %%
habitat = np.array([0.5, 0.3, 0.2])  # P(B_i)
teeth = np.array([binomial(p) for p in (0.4, 0.6, 0.9)])  # P(teeth|B_i), one row each
many = teeth[:, 6:].sum(axis=1)
print("P(more than 5 teeth|habitat):", many.round(4))
lecture.number("P(more than 5 teeth), habitat by habitat", many @ habitat, digits=6)
lecture.number("P(more than 5 teeth), from the mixture",
               (habitat @ teeth)[6:].sum(), digits=6)

# %% [markdown]
# More and finer habitats turn the sum into the integral of S32: bins of z for z ~
# N(0, 1), x|z ~ N(2 z, 1) and x = 3. The narrower the bins the smaller the error, down
# to rounding:

# %%
world = LinearGaussian(W=2, sigma=1)
world_log_p = world.log_likelihood(3.0)[0]
errors = {}
for bins in (4, 8, 16, 32, 64):
    errors[bins] = abs(world.quadrature(3.0, bins + 1, 8)[0] - world_log_p)
    print(f"{bins:2d} bins of z: log p(x) off by {errors[bins]:.1e} nats")
trail = np.maximum([*errors.values()], 1e-14)
lecture.holds("The narrower the bins the smaller the error", np.diff(trail) <= 0)
lines = {"sum over bins": (list(errors), np.maximum([*errors.values()], 1e-16)),
         "rounding": np.spacing(-world_log_p)}
figure = curves(lines, "bins of z", "error of log p(x) (nats)",
                f"The sum becomes the integral: {errors[32]:.0e} nats with 32 bins",
                log_x=True, log_y=True)
lecture.save(figure, "12_sum_to_integral",
             "The error of log p(x) against the number of bins of z, both axes "
             "logarithmic. It falls ever more steeply down to rounding.")

# %% [markdown]
# ## Bayes' theorem (S66)
#
#     P(B_i|A) = P(A|B_i) P(B_i) / sum_j P(A|B_j) P(B_j)                     (12.6)
#
# A worm has seven teeth. Where is it from? Then the same for z given x = 3, on a grid.

# %%
posterior = teeth[:, 7] * habitat / (teeth[:, 7] @ habitat)
print("P(habitat|7 teeth):", posterior.round(4))
lecture.number("sum of the posterior", posterior.sum())
z = np.linspace(-8, 8, 2001)
joint = np.exp(world.log_joint(np.array([3.0]), z[:, None]))
p_z = joint / joint.sum()
print(f"p(z|x = 3): sums to {p_z.sum():.6f}, mean {p_z @ z:.4f}, "
      f"variance {p_z @ z**2 - (p_z @ z) ** 2:.4f} (lecture 06: 1.2, 0.2)")

# %% [markdown]
# ## What to see
#
# One inequality, concavity of the logarithm, carries the course: it makes divergences
# non-negative and the ELBO a bound. The direction of a divergence decides whether an
# approximation covers or seeks: the one fit reaches as wide as both hills, the other is
# no wider than one.

# %%
lecture.holds("the one fit reaches as wide as both hills", s > 2)
lecture.holds("no wider than one", s_r < 1.01 * hills.scale)

# %% [markdown]
# ## What this does not show
#
# That one direction is right. It depends on what a mistake costs.
#
# ## Questions
#
# 1. Oral: where in (12.1) is it used that p sums to 1?
# 2. Derive (12.3), and that its zero matches mean and variance.
# 3. Numeric: how much of D(P||Q) at N(1.99, 0.5^2) is due to each hill?
#
# On the hill at c, P is half of N(c, 0.5^2) but for the other hill's tail, so there
# log P / Q = -log 2 + ((x - 1.99)^2 - (x - c)^2) / (2 0.5^2). Over the hill the mean of
# the first square is (c - 1.99)^2 + 0.5^2, of the second 0.5^2. Each hill counts half.

# %%
far, near = (0.5 * (-np.log(2) + (c - 1.99) ** 2 / (2 * 0.5**2)) for c in (-2, 2))
print(f"Question 3: {far:.3f} and {near:.3f} nats of {there[1]:.3f}: on the near hill "
      "Q is the larger one")
