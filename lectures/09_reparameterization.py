"""Lecture 09: gradients through random numbers

Slides S53-S56. Backpropagation cannot pass a node that throws dice. Two ways out: the
score function, which needs no derivative of what follows, and reparameterization,
which moves the dice aside. Both are unbiased; their noise is not alike. Run time:
seconds.
"""

# %%
import numpy as np

from scratchae.course import Lecture
from scratchae.exact.estimators import (
    mean_baseline,
    pathwise,
    score_function,
    variances,
)
from scratchae.formulas.reparameterization import (
    cholesky_factor_backward,
    cholesky_factor_forward,
    reparameterize_cholesky_backward,
    reparameterize_cholesky_forward,
    reparameterize_diag_backward,
    reparameterize_diag_forward,
)
from scratchae.gradcheck import check_parameters
from scratchae.plots import COLOURS, curves, graphs, log_axis, new_figure

lecture = Lecture(__doc__)
rng = np.random.default_rng(0)
DRAWS = 200_000 if lecture.quick else 2_000_000  # of each simulated variance
SAMPLES = 100_000  # of the moments of z

# %% [markdown]
# ## The problem (S53)
#
# The decoder's loss depends on z, and z is drawn from N(mu, sigma^2). What is the
# derivative of a drawn number in mu? Of the draw itself there is none to speak of; we
# want the derivative of the expectation,
#
#     d/dmu E[f(z)],   z ~ N(mu, sigma^2)
#
# Take f(z) = z^2 and sigma = 1: E[f] = mu^2 + 1, so the answer is 2 mu.

# %% [markdown]
# ## First way: the score function (S53)
#
# Differentiate the density q of z, and write dq/dmu = q dlog q/dmu [Williams1992]. For
# sigma = 1, log q is -(z - mu)^2 / 2 and a constant:
#
#     d/dmu E[f(z)] = E[f(z) dlog q(z)/dmu] = E[f(z) eps],  eps = z - mu     (9.1)
#
# f is only evaluated, so this works for discrete z as well. A constant c may be taken
# from f, because E[c eps] = 0; the mean of f is a natural choice.
#
# ## Second way: pathwise (S54)
#
# Draw eps ~ N(0, 1) first, and set z = mu + eps. Now f(mu + eps) is differentiable:
#
#     d/dmu E[f(z)] = E[f'(mu + eps)] = E[2 (mu + eps)]                      (9.2)
#
# Variances of one sample, from the moments of a normal number up to the sixth:
#
#     pathwise 4,   score mu^4 + 14 mu^2 + 15,   with baseline 8 mu^2 + 10   (9.3)

# %%
means = np.array([0.0, 0.5, 1.0, 2.0, 3.0])
eps = rng.standard_normal(DRAWS)
simulated = {name: [] for name in variances(1.0)}
off = []  # the means' distances from 2 mu, in standard errors
print(f"simulated with {DRAWS} draws / closed form (9.3); the gradient is 2 mu")
for mu in means:
    draws = (pathwise(mu, eps), score_function(mu, eps),
             score_function(mu, eps, mean_baseline(mu)))
    for (name, exact), drawn in zip(variances(mu).items(), draws, strict=True):
        simulated[name].append(drawn.var())
        off.append(abs(drawn.mean() - 2 * mu) / np.sqrt(exact / DRAWS))
        print(f"mu = {mu}: {name:24} mean {drawn.mean():7.3f}, "
              f"variance {drawn.var():8.3f} / {exact:6.2f}")
errors = [np.array(simulated[name]) / exact - 1
          for name, exact in variances(means).items()]
worst = float(np.abs(errors).max())
lecture.number("largest relative error of a simulated variance", worst, digits=2)
grid = np.linspace(0, 3, 100)
figure, axes = new_figure(width=7, height=4)
for i, name in enumerate(simulated):
    axes.plot(grid, variances(grid)[name], ("-", "--", ":")[i], color=COLOURS[i])
    axes.plot(means, simulated[name], "os^"[i], color=COLOURS[i], label=name)
axes.set(xlabel="mu", ylabel="variance of one sample",
         title="At mu = 3 the score needs "
         f"{variances(3.0)['score'] / 4:.0f} times as many samples")
log_axis(axes, "y")
axes.legend()
lecture.save(figure, "09_variances",
             "The variance of one sample against mu, on a logarithmic axis, for three "
             "estimators: points simulated, lines in closed form. The pathwise one is "
             "flat and lowest, the score function rises, less with a baseline.")

# %% [markdown]
# What that means for learning: minimise E[z^2] = mu^2 + 1, from mu = 2, with one sample
# per step. One run says little; averaged over 200 runs, all with the same dice, the
# pathwise one ends nearest to 0, and the baseline helps the other.

# %%
RATE = 0.02  # of the descent: with it the noise of a step can be seen
STEPS, RUNS = 150, 200  # so many that the curves are smooth enough to compare
noise, walks = np.random.default_rng(1).standard_normal((STEPS, RUNS)), {}
for name in simulated:
    mu, walk = np.full(RUNS, 2.0), []
    for e in noise:
        walk.append(np.mean(mu**2))
        if name == "pathwise":
            gradient = pathwise(mu, e)
        else:
            baseline = mean_baseline(mu) if "baseline" in name else 0.0
            gradient = score_function(mu, e, baseline)
        mu = mu - RATE * gradient
    walks[name] = (np.arange(STEPS), walk)
at_last = [np.mean(walk[-20:]) for _, walk in walks.values()]
title = "Descending E[z^2]: mu^2 ends at {:.2g}, {:.2g} and {:.2g}".format(*at_last)
figure = curves(walks, "step", f"mean of mu^2 over {RUNS} runs", title, log_y=True)
lecture.save(figure, "09_descent",
             "The mean of mu squared over 200 runs against steps, on a logarithmic "
             "axis, for three estimators of the gradient. All fall from 4; the "
             "pathwise one ends lowest, the score function without baseline highest.")
lecture.holds("the pathwise one ends nearest to 0, and the baseline helps the other",
              [at_last[0] < at_last[2], at_last[2] < at_last[1]])

# %% [markdown]
# ## Reparameterization trick: z = mu + sigma eps (S54-S56)
#
# The dice are moved to the side: eps is an input like x, and no gradient flows to it.
# The slide writes eps ~ N(0, 1); for a vector z it is N(0, I).

# %%
before = {"x": (0, 1), "mu, sigma": (1, 1), "z": (2, 1), "loss": (3, 1)}
after = before | {"eps": (1.5, 0)}
path = [("x", "mu, sigma"), ("mu, sigma", "z"), ("z", "loss")]
# Of each graph the nodes, the arrows, what is random, and where no gradient flows:
z_is_drawn = before, path, {"z"}, {("mu, sigma", "z")}
eps_is_drawn = after, [*path, ("eps", "z")], {"eps"}, {("eps", "z")}
figure = graphs({"Before: z is drawn, gradients stop": z_is_drawn,
                 "After: eps is drawn, gradients pass": eps_is_drawn},
                "Round: random. Dashed: no gradient flows back along it")
lecture.save(figure, "09_graphs",
             "Two small graphs from x to the loss. Before, z is drawn and the arrow "
             "into it is dashed; after, the random eps stands aside and the way from "
             "the loss to mu and sigma is solid.")

# %% [markdown]
# With log_var = log sigma^2 the sampler and its gradient are
#
#     z = mu + exp(log_var / 2) eps,   dmu = dz,   dlog_var = 1/2 sigma eps dz
#
# (10.6) and (10.7) of lecture 10; dz stands for the derivative of the loss in z. For a
# full covariance matrix the slide's square root Sigma^(1/2) is a Cholesky factor L,
# whose diagonal must stay positive. The slide's z = mu + L eps has columns; with rows,
#
#     L_jj = exp(log_var_j / 2),  L_ij free for i > j                        (9.4)
#     z = mu + eps L^T,   Cov(z) = L E[eps^T eps] L^T = L L^T                (9.5)
#     dmu = dz,   dL = tril(dz^T eps)                                        (9.6)
#
# Check the sampler by its moments, not by its gradient: a wrong sampler can have a
# gradient that fits it.

# %%
k = 3
mu, log_var = np.array([[0.5, -1.0, 2.0]]), np.array([[0.2, -0.5, 0.6]])
lower = np.array([[0.7, -0.3, 0.4]])
L, _ = cholesky_factor_forward(log_var, lower)
eps = rng.standard_normal((SAMPLES, k))
z, _ = reparameterize_cholesky_forward(mu, L, eps)
print("mean of z      ", z.mean(axis=0).round(3), " mu", mu[0])
print("covariance of z", np.cov(z.T).round(2).tolist())
print("L L^T          ", (L[0] @ L[0].T).round(2).tolist())
deviation = np.abs(np.cov(z.T) - L[0] @ L[0].T).max()
lecture.number("largest error of the sampled covariance", deviation, digits=2)
z, _ = reparameterize_diag_forward(mu, log_var, eps)
half = z.std(axis=0) / np.exp(0.5 * log_var[0])
whole = z.std(axis=0) / np.exp(log_var[0])
print("std of z over exp(log_var / 2):", half.round(3))
print("std of z over exp(log_var):    ", whole.round(3))

# %% [markdown]
# ## The gradient with the noise frozen
#
# For fixed eps everything is an ordinary function, and can be checked as one. A made-up
# loss that mixes the coordinates of z, for five images, by both samplers:

# %%
point = {"mu": rng.normal(size=(5, k)), "log_var": rng.normal(size=(5, k)),
         "lower": rng.normal(size=(5, k))}
eps, mix = rng.normal(size=(5, k)), rng.normal(size=(k, k))


def diagonal(p):
    """The loss and its gradient through z = mu + sigma eps."""
    z, noise = reparameterize_diag_forward(p["mu"], p["log_var"], eps)
    dz = np.cos(z @ mix) @ mix.T
    dmu, dlog_var = reparameterize_diag_backward(dz, noise)
    return np.sum(np.sin(z @ mix)), {"mu": dmu, "log_var": dlog_var}


def full(p):
    """The same through z = mu + eps L^T."""
    L, factor = cholesky_factor_forward(p["log_var"], p["lower"])
    z, noise = reparameterize_cholesky_forward(p["mu"], L, eps)
    dz = np.cos(z @ mix) @ mix.T
    dmu, dL = reparameterize_cholesky_backward(dz, noise)
    dlog_var, dlower = cholesky_factor_backward(dL, factor)
    return np.sum(np.sin(z @ mix)), {"mu": dmu, "log_var": dlog_var, "lower": dlower}


for name, sampler in {"diagonal": diagonal, "Cholesky": full}.items():
    gradients = sampler(point)[1]
    used = {key: point[key] for key in gradients}
    print(check_parameters(lambda p, s=sampler: s(p)[0], used, gradients, model=name))

# %% [markdown]
# ## What to see
#
# Both estimators are right on average. The pathwise one knows the slope of f and has
# the same noise at every mu; the score function guesses the slope from values, at a
# price that grows with mu, and with a baseline it is still dearer than the other.

# %%
plain, baseline = (simulated[name] for name in ("score", "score with mean baseline"))
lecture.holds("Both estimators are right on average", np.array(off) < 4)
lecture.holds("has the same noise at every mu",
              np.ptp(simulated["pathwise"]) < 0.05 * np.mean(simulated["pathwise"]))
lecture.holds("price that grows with mu", np.diff(plain) > 0)
lecture.holds("with a baseline it is still dearer than the other",
              [np.greater(plain, baseline),
               np.greater(baseline, simulated["pathwise"])])

# %% [markdown]
# ## What this does not show
#
# That pathwise is always better: for a rough f its variance can be the larger one, and
# for a discrete z it does not exist.
#
# ## Questions
#
# 1. Oral: why may a baseline not depend on the same eps?
# 2. Derive 8 mu^2 + 10 in (9.3).
# 3. Numeric: which constant baseline is best at mu = 1? Cov(f eps, eps) = E[f eps^2].

# %%
best = 1 + 3  # E[(mu + eps)^2 eps^2] = mu^2 + 3
drawn = score_function(1.0, rng.standard_normal(DRAWS), best)
print(f"Question 3: {best}, variance {drawn.var():.2f}; with the mean, 2, it is 18")
