"""Lecture 06: latent variable models

Slides S28-S32 and S39-S45. Images are made by hidden causes: a class, a slant, the
thickness of a pen. A model that says how, p(x|z), also says what the causes of a given
image were, p(z|x), if an integral can be done. Here is one where it can, and what
happens where it cannot. Run time: under a minute (--quick: seconds).
"""

# %%
import itertools

import numpy as np

from scratchae import ProbabilisticPCA
from scratchae.analysis import factor_directions
from scratchae.course import Lecture
from scratchae.data import vary_strokes
from scratchae.exact import BeliefNet, LinearGaussian
from scratchae.exact.inference import importance_sampling, naive_draws
from scratchae.plots import COLOURS, curves, image_rows, new_figure

lecture = Lecture(__doc__)
digits = lecture.digits(labels=False)
x_train, x_test = digits.x
rng = np.random.default_rng(0)
PAIRS = 10  # images in a row

# %% [markdown]
# ## Causes behind images (S28-S31)
#
# Say that each attribute of an image is a range of values: this 7 has a slant of 10 to
# 14 degrees, not of 12.3. A generative model (decoder) goes from attributes to images,
# a recognition model (encoder) from an image to its attributes. In the digits that this
# project draws the attributes are known, because a program chose them. Here is one 7,
# drawn again and again. In each row one attribute goes through its range, and all
# others stay.

# %%
ranges = {"slant": (-20, 36, "degrees"), "thickness": (1.3, 4.7, "pixels"),
          "aspect": (0.8, 1.6, "times its width")}
rows = {f"{name} {low} to {high} {unit}":
        vary_strokes(7, name, np.linspace(low, high, PAIRS))
        for name, (low, high, unit) in ranges.items()}
lecture.save(image_rows(rows, "One 7; in each row one of its causes varies"),
             "06_causes",
             "Three rows of the same seven, in each of which one cause varies. From "
             "left to right it leans over, its pen gets thicker, or it gets wider.")

# %% [markdown]
# ## Bayes' theorem and the evidence (S32)
#
# Draw a latent variable from a prior, then the data given it:
#
#     z ~ p(z),   x ~ p(x|z)
#
#     p(z|x) = p(x|z) p(z) / p(x)                                            (6.1)
#     p(x)   = integral of p(x|z) p(z) dz                                    (6.2)
#
# (6.2) is the evidence: how probable the model finds this x, whatever z was. It is also
# what maximum likelihood would maximise (S41).
#
# Here is a model small enough for both. A number z is drawn from N(0, 1), and x is w z
# plus noise of variance sigma^2, with w = 2 and sigma = 1. As a sum of two independent
# normal numbers x is normal, and variances add: x ~ N(0, w^2 + sigma^2) = N(0, 5). For
# the posterior write log p(x|z) + log p(z) as a function of z. It is a parabola,
#
#     -1/2 (x - w z)^2 / sigma^2 - 1/2 z^2 + constant
#         = -1/2 (1 + w^2 / sigma^2) z^2 + (w x / sigma^2) z + constant
#
# and exp of a parabola is a normal density. The factor of -z^2 / 2 is 1 / v, v being
# its variance, and that of z is mean / v: so v = 1 / (1 + 4) = 0.2, and the mean is v w
# x / sigma^2 = 1.2 for x = 3. There log p(x) = `-2.623657`, and the posterior is
# N(`1.2`, `0.2`).
#
# With k causes and d data numbers the same steps go through with matrices. z and x are
# rows, x|z ~ N(z W^T + b, sigma^2 I) with W of shape (d, k), and
#
#     x ~ N(b, W W^T + sigma^2 I)                                            (6.3)
#     z|x ~ N((x - b) W V / sigma^2, V),   V = (I + W^T W / sigma^2)^-1      (6.4)

# %%
model, x = LinearGaussian(W=2, b=0, sigma=1), 3.0
mean, covariance = model.posterior(x)
lecture.number("log p(x = 3), closed form", model.log_likelihood(x)[0], "nats", 7)
lecture.number("log p(x = 3), grid over z", model.quadrature(x)[0], "nats", 7)
lecture.number("posterior mean", mean[0, 0])
lecture.number("posterior variance", covariance[0, 0])
z = np.linspace(-4, 4, 401)
prior = np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)
joint = np.exp(model.log_joint(np.array([x]), z[:, None]))
posterior = joint / (joint.sum() * (z[1] - z[0]))
lines = {"prior p(z)": (z, prior), "posterior p(z|x = 3)": (z, posterior)}
after = f"N({mean[0, 0]:.1f}, {covariance[0, 0]:.1f})"
title = f"Seeing x = 3 moves z from N(0, 1) to {after}"
lecture.save(curves(lines, "z", "density", title), "06_posterior",
             "Two densities of z: the prior, wide and centred at zero, and the "
             "posterior after x = 3 was seen, narrower and shifted to the right.")

# %% [markdown]
# Does a posterior find the causes? With 784 pixels and 20 causes the model of (6.3) is
# probabilistic PCA (lecture 11), and the mean of z|x in (6.4) a code of 20 numbers.
# Nobody has told the model of slants and pens. Fit each attribute as a straight line in
# the code, on one half of the test images. On the other half, how much of its variance
# does the line explain? This is R^2: 1 is all, 0 nothing. Along a direction of the code
# each it finds more than half of the thickness and of the slant, and of every other
# attribute less than a third: no code has to be made of the causes that we have names
# for.

# %%
if digits.factors is not None:
    model20, causes = ProbabilisticPCA(20).fit(x_train), digits.factors[1]
    code = model20.transform(x_test)  # (n, 20), the posterior means
    found = factor_directions(code, causes)
    for name, (r2, _) in found.items():
        print(f"R^2 {r2:5.2f}  {name}")
    figure, axes = new_figure(1, 3, width=9, height=3.2)
    first, second, *_, last = found  # the best first
    for panel, name in zip(axes, (first, second, last), strict=True):
        r2, step = found[name]
        panel.scatter(code @ step / (step @ step), causes[name], s=3, linewidths=0,
                      color=COLOURS[0])
        panel.set(title=f"{name}: R^2 = {r2:.2f}", xlabel="code along its direction",
                  ylabel=f"true {name}")
    lecture.save(figure, "06_latent_factors",
                 "Three clouds of points, a true attribute of digits against the code "
                 "along the direction that carries it best. The first two rise along "
                 "a line; the third shows none.")
    others = {name: r2 for name, (r2, _) in found.items()}
    best = [others.pop("thickness"), others.pop("slant")]
    lecture.number("R^2 of the thickness along one direction", best[0], digits=2)
    lecture.holds("more than half of the thickness and of the slant", min(best) > 0.5)
    lecture.holds("of every other attribute less than a third",
                  max(others.values()) < 1 / 3)

# %% [markdown]
# ## "Usually intractable": the grid (S42-S43)
#
# A grid with 20 points per latent dimension has 20^d points. A laptop that looks at a
# billion of them per second needs

# %%
for d in (1, 2, 5, 10, 20):
    print(f"d = {d:2d}: {20.0**d:9.1e} points, {20.0**d / 1e9:9.1e} seconds")

# %% [markdown]
# ## "Usually intractable": random draws (S32)
#
# p(x) = E[p(x|z)] over the prior, so draw z and average p(x|z). It is unbiased, but
# only draws near the posterior count. Let r = E[p(x|z)^2] / p(x)^2 in one dimension.
# With x = 3 in each of d independent dimensions the r multiply, and one draw has the
# relative variance r^d - 1. The mean of n draws has an n-th of it, so a relative error
# e takes
#
#     n = (r^d - 1) / e^2                                                    (6.5)
#
# For 10 % that is `271` draws in one dimension, `4.9e+07` in ten and `2.9e+30` in 50.
# The posterior is a small target, and the prior throws darts at everything.

# %%
dimensions = (1, 2, 5, 10, 20, 50)
draws = [naive_draws(x, d) for d in dimensions]
for d, n in zip(dimensions, draws, strict=True):
    lecture.number(f"draws for 10 % error, d = {d}", n, digits=3 if d == 1 else 2)
figure = curves({"": (dimensions, draws)}, "latent dimension",
                "draws needed for 10 % error",
                f"Naive Monte Carlo: {draws[0]:.0f} draws in 1 dimension, "
                f"{draws[-1]:.0e} in 50", log_y=True)
lecture.save(figure, "06_draws_vs_dimension",
             "The number of random draws needed against the latent dimension, on a "
             "logarithmic axis: a straight line upwards, that is, exponential growth.")

# %% [markdown]
# Is (6.5) right? Repeat the estimate with 271 draws and look at its spread:

# %%
estimates = [importance_sampling(model, x, 271, rng).log_likelihood
             for _ in range(2000)]
means = np.exp(estimates)
lecture.number("relative error with 271 draws", means.std() / means.mean(), digits=2)
truth = np.exp(model.log_likelihood(x)[0])
print(f"mean of the estimates {means.mean():.5f}, p(x) {truth:.5f}")

# %% [markdown]
# ## A model without latent variables (S40-S41)
#
# A fully visible belief net [Frey1996] avoids the integral. The chain rule of
# probability holds for any distribution; give each factor a logistic regression:
#
#     log p(x) = sum_j log p(x_j | x_1 ... x_j-1)                            (6.6)
#     logit of pixel j = b_j + sum_(i<j) W_ji x_i
#     dlogits = (p - x) / n
#     dW = tril(dlogits^T x, -1),   db = sum of the rows of dlogits          (6.7)
#
# for the mean negative log-likelihood of n images, p being the probabilities of white.
# tril(..., -1) is the strictly lower triangle, without the diagonal: there a pixel
# would look at itself. Exact likelihood, exact gradient. First on 3 x 3 images, where
# all 512 can be summed:

# %%
net = BeliefNet(9).fit((rng.random((300, 9)) < rng.random(9)).astype(float))
every = np.array([*itertools.product((0, 1), repeat=9)])  # (512, 9)
lecture.number("sum of p(x) over all 3 x 3 images",
               np.exp(net.log_likelihood(every)).sum(), digits=12)

# %% [markdown]
# Then on digits, shrunk to 14 x 14 and made black or white, beside pixels that know
# nothing of each other:

# %%
def shrunk(images):
    """2 x 2 means of 28 x 28 images, cut at one half: (n, 196) of zeros and ones."""
    means = images.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4)).reshape(-1, 196)
    return (means > 0.5).astype(float)


few = 2000 if lecture.quick else 10_000
train, test = shrunk(x_train[:few]), shrunk(x_test)
net = BeliefNet(196).fit(train, steps=100 if lecture.quick else 300)
p = train.mean(axis=0).clip(1 / few, 1 - 1 / few)
alone = -(test @ np.log(p) + (1 - test) @ np.log1p(-p)).mean()
exact = -net.log_likelihood(test).mean()
lecture.number("independent pixels, test", alone, "nats/img")
lecture.number("belief net, test, exact", exact, "nats/img")
samples = {
    "data": test[:PAIRS],
    f"belief net, {exact:.0f} nats": net.sample(PAIRS, rng),
    f"independent, {alone:.0f} nats": (rng.random((PAIRS, 196)) < p).astype(float),
}
title = (f"{lecture.data_name}, 14 x 14: looking at earlier pixels saves "
         f"{alone - exact:.0f} nats per image")
lecture.save(image_rows(samples, title), "06_belief_net",
             "Three rows of small black-and-white images: digits, samples of the "
             "belief net, and samples with independent pixels. The net's have "
             "connected strokes, the independent ones are scattered dots.")

# %% [markdown]
# Looking at earlier pixels saves more than a tenth of the nats.

# %%
lecture.holds("saves more than a tenth of the nats", exact < 0.9 * alone)

# %% [markdown]
# ## The way out (S42-S45)
#
# The belief net has no code: nothing to compress, explore or interpolate, and it draws
# one pixel after the other. To keep latent variables we must live without p(x) and
# p(z|x), and approximate: choose a family of distributions q(z|x) that can be computed,
# and search it for the member closest to p(z|x). Closest in which sense? In that of
# the divergence of lecture 05. Lecture 07 shows how, without knowing p(z|x).

# %%
z_drawn, shown = rng.standard_normal(2000), slice(0, 400)
x_drawn = model.mean(z_drawn[:, None])[:, 0] + rng.standard_normal(2000)
figure, axes = new_figure(width=6, height=3.8)
axes.scatter(z_drawn[shown], x_drawn[shown], s=6, color="#aaaaaa", linewidths=0,
             label="draws of (z, x)")
x_grid = np.linspace(-6, 6, 50)
z_means, v = model.posterior(x_grid)
named = {0: ("-", "mean of z|x"), -1: (":", "one std beside it"), 1: (":", None)}
for shift, (style, name) in named.items():
    axes.plot(z_means[:, 0] + shift * np.sqrt(v[0, 0]), x_grid, style, color=COLOURS[1],
              label=name)
axes.axhline(x, color=COLOURS[0], linestyle="--", label="x = 3, which was seen")
axes.set(xlabel="z", ylabel="x", title="Read along the dashed line: which z made it?")
axes.legend(fontsize=9)
lecture.save(figure, "06_draws",
             "A cloud of drawn pairs of z and x, with the mean of z for each x as a "
             "rising line, one standard deviation beside it, and the seen x = 3 as a "
             "dashed line.")

# %% [markdown]
# ## What to see
#
# Recognition is division by p(x), and p(x) is an integral over all causes. In one
# dimension it is a sum on a grid. In fifty, a grid and naive sampling both need more
# than 1e30 terms.

# %%
lecture.holds("both need more than 1e30 terms", [20.0**50 > 1e30, draws[-1] > 1e30])

# %% [markdown]
# ## What this does not show
#
# That approximation is always needed: linear-Gaussian models of any dimension are
# solved exactly (6.3), and better sampling than from the prior exists (07, 11).
#
# ## Questions
#
# 1. Oral: why does the naive estimate come out too low most of the time, though it is
#    unbiased?
# 2. Derive (6.4) by completing the square in z.
# 3. Numeric: with 5 draws each instead of 271, how many estimates are too low?

# %%
five = [importance_sampling(model, x, 5, rng).log_likelihood for _ in range(2000)]
too_low = np.mean(np.array(five) < model.log_likelihood(x)[0])
print(f"Question 3: {100 * too_low:.0f} % of them")
