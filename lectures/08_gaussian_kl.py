"""Lecture 08: the divergence between two Gaussians

Slide S52. One formula carries the second term of every VAE. It is derived line by line,
each line a number; then written with Cholesky factors, so that nothing is inverted and
every gradient is short; then checked by sampling and by numerical differentiation. Run
time: seconds.
"""

# %%
import numpy as np

from scratchae.course import Lecture
from scratchae.formulas.divergences import kl_diag_gaussian_forward
from scratchae.formulas.gaussian_divergence import (
    kl_gaussian,
    kl_gaussian_backward,
    kl_gaussian_forward,
    kl_standard_gaussian_forward,
)
from scratchae.gradcheck import check_parameters
from scratchae.plots import COLOURS, curves, new_figure

lecture = Lecture(__doc__)
rng = np.random.default_rng(0)
DRAWS = 200_000  # of the Monte-Carlo check

# %% [markdown]
# ## The formula (S52)
#
# Two normal distributions p0 = N(mu0, S0) and p1 = N(mu1, S1) in k dimensions. With x
# and the means as rows,
#
#     log p(x) = -1/2 (k log 2 pi + log det S + (x - mu) S^-1 (x - mu)^T)
#
# and E0 is the mean over x ~ p0. The divergence, line by line:
#
#     KL(p0 || p1)
#       = E0[log p0(x) - log p1(x)]                                            (a)
#       = 1/2 E0[log det S1 - log det S0
#                - (x - mu0) S0^-1 (x - mu0)^T + (x - mu1) S1^-1 (x - mu1)^T]  (b)
#       = 1/2 (log det S1 / det S0
#              - E0[(x - mu0) S0^-1 (x - mu0)^T]
#              + E0[(x - mu1) S1^-1 (x - mu1)^T])                              (c)
#       = 1/2 (log det S1 / det S0 - k + E0[(x - mu1) S1^-1 (x - mu1)^T])      (d)
#       = 1/2 (log det S1 / det S0 - k
#              + tr(S1^-1 S0) + (mu1 - mu0) S1^-1 (mu1 - mu0)^T)               (e)
#
# (a) is the definition, (5.3). (b) inserts the densities; k log 2 pi is in both and
# cancels. (c) takes out of the mean what does not depend on x.
#
# (d) A number is its own trace, and under a trace factors may be moved round in a
# circle: (x - mu0) S0^-1 (x - mu0)^T = tr(S0^-1 (x - mu0)^T (x - mu0)). The mean of the
# last two factors is S0, by its definition. So the mean is tr(S0^-1 S0) = tr(I) = k.
#
# (e) Write x - mu1 = (x - mu0) + (mu0 - mu1) and multiply out. The first term squared
# gives tr(S1^-1 S0), as in (d). The mixed terms have the mean 0, as x - mu0 has. The
# second term squared is a constant. This is the slide's formula.
#
# How can the means be computed without sampling, to have a number under each line? All
# that is averaged is quadratic in x, and for a quadratic function the mean over a
# normal distribution is exactly a weighted sum over three points per dimension
# (Gauss-Hermite quadrature).

# %%
mu0, cov0 = np.array([1.0, -1.0]), np.array([[1.0, 0.5], [0.5, 2.0]])
mu1, cov1 = np.array([0.0, 0.5]), np.array([[2.0, -0.3], [-0.3, 1.0]])
L0, L1 = np.linalg.cholesky(cov0), np.linalg.cholesky(cov1)
points, mass = np.polynomial.hermite_e.hermegauss(3)
eps = np.array([(a, b) for a in points for b in points])  # (9, 2)
mass = np.outer(mass, mass).ravel() / mass.sum() ** 2  # (9,), sum 1
x = mu0 + eps @ L0.T


def log_density(x, mu, cov):
    """log N(x; mu, cov), for the rows of x."""
    scaled = np.sum((x - mu) @ np.linalg.inv(cov) * (x - mu), axis=1)
    return -0.5 * (len(mu) * np.log(2 * np.pi) + np.log(np.linalg.det(cov)) + scaled)

# %% [markdown]
# The five lines, with k = 2:

# %%
det0, det1 = np.linalg.det(cov0), np.linalg.det(cov1)
inverse0, inverse1 = np.linalg.inv(cov0), np.linalg.inv(cov1)
square0 = np.sum((x - mu0) @ inverse0 * (x - mu0), axis=1)
square1 = np.sum((x - mu1) @ inverse1 * (x - mu1), axis=1)
ratio, step = np.log(det1 / det0), mu1 - mu0
lines = {
    "(a)": mass @ (log_density(x, mu0, cov0) - log_density(x, mu1, cov1)),
    "(b)": mass @ (np.log(det1) - np.log(det0) - square0 + square1) / 2,
    "(c)": (ratio - mass @ square0 + mass @ square1) / 2,
    "(d)": (ratio - 2 + mass @ square1) / 2,
    "(e)": (ratio - 2 + np.trace(inverse1 @ cov0) + step @ inverse1 @ step) / 2,
}
for line, value in lines.items():
    print(f"{line} {value:.12f} nats")

# %% [markdown]
# Three parts: how much wider S0 is than S1 in each direction, how far apart the means
# are in units of S1, and the ratio of the volumes. A program needs neither inverses nor
# determinants. A covariance matrix has a Cholesky factor, S = L L^T, with L lower
# triangular. Put it in:
#
#     A = L1^-1 L0,   m = (mu1 - mu0) L1^-T
#     KL = 1/2 (|A|^2 + |m|^2 - k) + sum_j log L1_jj - sum_j log L0_jj       (8.1)
#
# because tr(S1^-1 S0) = tr(A A^T) = |A|^2, the sum of squares, and log det L L^T is
# twice the sum of the logs of L's diagonal. Triangular systems are solved, nothing is
# inverted. Three values to check an implementation against: `1.220192`, `1.635367`, and
# the second one with its arguments swapped, `2.113399`.

# %%
zero, unit = np.zeros(2), np.eye(2)
to_prior = kl_gaussian(mu0, cov0, zero, unit)
forth, back = kl_gaussian(mu0, cov0, mu1, cov1), kl_gaussian(mu1, cov1, mu0, cov0)
lecture.number("KL to N(0, I)", to_prior, "nats", digits=7)
lecture.number("KL to N((0, 0.5), [[2, -0.3], [-0.3, 1]])", forth, "nats", digits=7)
lecture.number("the same, swapped", back, "nats", digits=7)

# %% [markdown]
# By sampling, with no formula but the densities, as (a) says:

# %%
x = mu0 + rng.standard_normal((DRAWS, 2)) @ L0.T
terms = log_density(x, mu0, cov0) - log_density(x, mu1, cov1)
error = terms.std() / np.sqrt(DRAWS)
print(f"{DRAWS} draws: {terms.mean():.4f} +- {error:.4f} nats")
lecture.number("sampled, in standard errors from (8.1)",
               abs(terms.mean() - forth) / error, digits=2)

# %%
angle = np.linspace(0, 2 * np.pi, 100)
circle = np.column_stack([np.cos(angle), np.sin(angle)])
figure, axes = new_figure(width=5.4, height=4.6)
drawn = ("N0", mu0, L0, 95), ("N1", mu1, L1, 12), ("N(0, I)", zero, unit, 60)
for i, (name, mu, L, spot) in enumerate(drawn):
    axes.plot(*(mu + circle @ L.T).T, linestyle=("-", "--", ":")[i], color=COLOURS[i])
    axes.text(*(mu + circle[spot] @ L.T), f"  {name}", color=COLOURS[i], fontsize=12)
axes.set(aspect="equal", xlabel="x1", ylabel="x2", xlim=(-2, 3),
         title=f"KL(N0||N1) = {forth:.3f}, KL(N1||N0) = {back:.3f} nats")
lecture.save(figure, "08_ellipses",
             "Three ellipses of one standard deviation: N0, N1 and the standard normal "
             "distribution, a circle. N0 and N1 overlap in part only.")

# %% [markdown]
# ## The gradient, all four arguments
#
# Write dmu0 and so on for the gradients of the KL, and delta for small changes. A
# factor of 1/2 stands before |m|^2, so the KL changes by the product of m and delta m.
# As m = (mu1 - mu0) L1^-T, a change of mu1 gives delta m = delta mu1 L1^-T, and the KL
# changes by delta mu1 L1^-T m^T. What multiplies delta mu1 is the gradient, as a row:
#
#     dmu1 = m L1^-1                                                         (8.2)
#     dmu0 = -dmu1                                                           (8.3)
#
# In the same way 1/2 |A|^2 changes by tr(A^T delta A). A change of L0 gives delta A =
# L1^-1 delta L0, so the KL changes by tr(A^T L1^-1 delta L0), and what multiplies the
# entry (i, j) of delta L0 is the entry (i, j) of L1^-T A. Only the lower triangle of a
# factor is free, and log L0_jj has the derivative 1 / L0_jj:
#
#     dL0 = tril(L1^-T A) - diag(1 / L0_jj)                                  (8.4)
#
# L1 acts through its inverse. L1 L1^-1 = I does not change when L1 does, so
#
#     delta L1 L1^-1 + L1 delta(L1^-1) = 0,   delta(L1^-1) = -L1^-1 delta L1 L1^-1
#
# Hence delta A = -L1^-1 delta L1 A, and delta m = -m delta L1^T L1^-T. The two squares
# change by -tr(A^T L1^-1 delta L1 A) and -m delta L1^T L1^-T m^T. In both, collect what
# multiplies the entry (i, j) of delta L1: it is the entry (i, j) of -L1^-T A A^T and of
# -L1^-T m^T m. With the logarithms,
#
#     dL1 = diag(1 / L1_jj) - tril(L1^-T (A A^T + m^T m))                    (8.5)
#
# Against the complex step, for two random pairs in three dimensions:

# %%
k = 3
p = {"mu0": rng.normal(size=(2, k)), "mu1": rng.normal(size=(2, k))}
for name in ("L0", "L1"):
    factor = np.tril(0.4 * rng.normal(size=(2, k, k)))
    p[name] = factor + np.eye(k) * (1.5 - np.einsum("njj->nj", factor)[:, :, None])
weight = np.array([1.0, -0.5])  # of the two pairs in a made-up loss
order = ("mu0", "L0", "mu1", "L1")


def loss(p):
    """A weighted sum of the two divergences."""
    lower = {name: np.tril(v) if name[0] == "L" else v for name, v in p.items()}
    return np.sum(weight * kl_gaussian_forward(*(lower[name] for name in order))[0])


_, cache = kl_gaussian_forward(*(p[name] for name in order))
gradients = dict(zip(order, kl_gaussian_backward(weight, cache), strict=True))
print(check_parameters(loss, p, gradients, model="KL of Gaussians"))

# %% [markdown]
# ## The VAE's case
#
# Against the prior N(0, I), with mu1 = 0 and L1 = I, (8.1) to (8.5) shrink to
#
#     KL = 1/2 (sum L_ij^2 + |mu|^2 - k) - sum_j log L_jj                    (8.6)
#     dmu = mu,   dL = L - diag(1 / L_jj)                                    (8.7)
#
# and for a diagonal L = diag(sigma), with log_var = log sigma^2, to (10.4) of lecture
# 10. All three on the same numbers:

# %%
mu, log_var = rng.normal(size=(1, k)), rng.normal(size=(1, k))
L = np.eye(k) * np.exp(0.5 * log_var)[:, :, None]
eye = np.eye(k)[None]
general = kl_gaussian_forward(mu, L, np.zeros((1, k)), eye)[0][0]
standard = kl_standard_gaussian_forward(mu, L)[0][0]
diagonal = kl_diag_gaussian_forward(mu, log_var)[0][0]
print(f"(8.1) {general:.12f}   (8.6) {standard:.12f}   (10.4) {diagonal:.12f}")

# %% [markdown]
# What does a dimension cost? A mean of 1 costs half a nat; halving sigma costs `0.318`,
# doubling it `0.807`. A precise code is expensive in logarithms: each further halving
# of sigma costs close to log 2 = 0.693 nats, one bit.

# %%
sigma = np.geomspace(0.05, 3, 200)
cost = {
    f"mu = {m}": (sigma, 0.5 * (m * m + sigma**2 - 1) - np.log(sigma))
    for m in (0, 1, 2)
}
figure = curves(cost, "sigma", "KL per dimension (nats)",
                "Free only at mu = 0, sigma = 1", log_x=True)
lecture.save(figure, "08_cost_of_a_dimension",
             "The divergence per dimension against sigma on a logarithmic axis, for "
             "means 0, 1 and 2. Each curve is lowest at sigma = 1 and only that of "
             "mean 0 touches zero.")
for s in (0.5, 2.0):
    print(f"sigma = {s}: {0.5 * (s * s - 1) - np.log(s):.3f} nats")

# %% [markdown]
# ## What ignoring the correlations costs
#
# Fit a diagonal Gaussian q to a correlated p = N(0, S1) under KL(q||p), as a VAE does.
# For a diagonal L0 the diagonal of L1^-T A in (8.4) is (S1^-1)_jj L0_jj. It equals
# 1 / L0_jj where the variance L0_jj^2 is 1 / (S1^-1)_jj, which is smaller than p's own
# if there is any correlation. In two dimensions with variances 1 and correlation r the
# KL that remains is
#
#     KL = -1/2 log(1 - r^2)                                                 (8.8)

# %%
for r in (0.5, 0.9):
    p_cov = np.array([[1, r], [r, 1]])
    q_cov = np.diag(1 / np.diag(np.linalg.inv(p_cov)))
    gap = kl_gaussian(zero, q_cov, zero, p_cov)
    formula = -0.5 * np.log(1 - r * r)
    print(f"r = {r}: best diagonal variance {q_cov[0, 0]:.2f}, "
          f"remaining KL {gap:.4f}, (8.8) {formula:.4f} nats")

# %% [markdown]
# ## What to see
#
# Trace, distance, volume: three short terms, and with factors also short gradients. In
# the derivation every line is the same number, and (8.1) is it again. Swapping the
# arguments changes the number. Of the diagonal q the variance is smaller than p's own.

# %%
lecture.holds("every line is the same number", np.ptp([*lines.values(), forth]) < 1e-12)
lecture.holds("Swapping the arguments changes the number", abs(forth - back) > 0.1)
lecture.holds("the variance is smaller than p's own", np.diag(q_cov) < np.diag(p_cov))

# %% [markdown]
# ## What this does not show
#
# Which direction one should minimise, and what happens where the true distribution is
# no Gaussian: lecture 12 fits one to two hills.
#
# ## Questions
#
# 1. Oral: why does (8.1) become infinite when S1 is singular, but also when S0 is?
# 2. Derive (10.4) from (8.6).
# 3. Numeric: by how much must a mean move to cost as much as halving sigma?

# %%
print(f"Question 3: {np.sqrt(2 * (0.5 * (0.25 - 1) - np.log(0.5))):.3f}")
