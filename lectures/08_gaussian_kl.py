"""Lecture 08: the divergence between two Gaussians

Slide S52. One formula carries the second term of every VAE. It is written with
Cholesky factors, so that nothing is inverted and every gradient is short; then checked
by sampling and by numerical differentiation. Run time: seconds.
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

# %%
# The formula (S52)
# -----------------
# For k dimensions,
#
#     KL(N(mu0, S0) || N(mu1, S1)) = 1/2 ( tr(S1^-1 S0) - k + log det S1 / det S0
#                                        + (mu1 - mu0)^T S1^-1 (mu1 - mu0) )
#
# Three parts: how much wider S0 is than S1 in each direction, how far apart the means
# are in units of S1, and the ratio of the volumes. A covariance matrix has a Cholesky
# factor, S = L L^T, with L lower triangular. Put it in:
#
#     A = L1^-1 L0,   m = L1^-1 (mu1 - mu0)
#     KL = 1/2 (|A|^2 + |m|^2 - k) + sum_j log L1_jj - sum_j log L0_jj       (8.1)
#
# because tr(S1^-1 S0) = tr(A A^T) = |A|^2, the sum of squares, and log det L L^T is
# twice the sum of the logs of L's diagonal. Triangular systems are solved, nothing is
# inverted. Three values to check an implementation against: `1.220192`, `1.635367`, and
# the second one with its arguments swapped, `2.113399`.
mu0, cov0 = np.array([1.0, -1.0]), np.array([[1.0, 0.5], [0.5, 2.0]])
mu1, cov1 = np.array([0.0, 0.5]), np.array([[2.0, -0.3], [-0.3, 1.0]])
zero, unit = np.zeros(2), np.eye(2)
to_prior = kl_gaussian(mu0, cov0, zero, unit)
forth, back = kl_gaussian(mu0, cov0, mu1, cov1), kl_gaussian(mu1, cov1, mu0, cov0)
lecture.number("KL to N(0, I)", to_prior, "nats", digits=7)
lecture.number("KL to N((0, 0.5), [[2, -0.3], [-0.3, 1]])", forth, "nats", digits=7)
lecture.number("the same, swapped", back, "nats", digits=7)

# %%
# By sampling, with no formula but the densities: KL = E_0[log p0 - log p1].
L0, L1 = np.linalg.cholesky(cov0), np.linalg.cholesky(cov1)


def log_density(x, mu, L):
    """log N(x; mu, L L^T) without its constant, which cancels: (n,)."""
    u = np.linalg.solve(L, (x - mu).T)
    return -0.5 * np.sum(u * u, axis=0) - np.log(np.diag(L)).sum()


x = mu0 + rng.standard_normal((DRAWS, 2)) @ L0.T
terms = log_density(x, mu0, L0) - log_density(x, mu1, L1)
error = terms.std() / np.sqrt(DRAWS)
print(f"{DRAWS} draws: {terms.mean():.4f} +- {error:.4f} nats")
lecture.number("sampled, in standard errors from (8.1)",
               abs(terms.mean() - forth) / error, digits=2)  # fmt: skip

# %%
angle = np.linspace(0, 2 * np.pi, 100)
circle = np.column_stack([np.cos(angle), np.sin(angle)])
figure, axes = new_figure(width=5.4, height=4.6)
drawn = ("N0", mu0, L0, 95), ("N1", mu1, L1, 12), ("N(0, I)", zero, unit, 60)
for i, (name, mu, L, spot) in enumerate(drawn):
    axes.plot(*(mu + circle @ L.T).T, linestyle=("-", "--", ":")[i], color=COLOURS[i])
    axes.text(*(mu + circle[spot] @ L.T), f"  {name}", color=COLOURS[i], fontsize=12)
axes.set(aspect="equal", xlabel="x1", ylabel="x2", xlim=(-2, 3),
         title=f"KL(N0||N1) = {forth:.3f}, KL(N1||N0) = {back:.3f} nats")  # fmt: skip
lecture.save(figure, "08_ellipses")

# %%
# The gradient, all four arguments
# --------------------------------
# |m|^2 has the gradient 2 m in m, and m = L1^-1 (mu1 - mu0), so
#
#     dmu1 = L1^-T m                                                         (8.2)
#     dmu0 = -dmu1                                                           (8.3)
#
# |A|^2 has 2 A in A, and A = L1^-1 L0. Only the lower triangle of a factor is free:
#
#     dL0 = tril(L1^-T A) - diag(1 / L0_jj)                                  (8.4)
#
# L1 acts through its inverse. From L1 L1^-1 = I follows d(L1^-1) = -L1^-1 dL1 L1^-1, so
#
#     dL1 = diag(1 / L1_jj) - tril(L1^-T (A A^T + m m^T))                    (8.5)
#
# Against the complex step, for two random pairs in three dimensions:
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

# %%
# The VAE's case
# --------------
# Against the prior N(0, I), with mu1 = 0 and L1 = I, (8.1) to (8.5) shrink to
#
#     KL = 1/2 (sum L_ij^2 + |mu|^2 - k) - sum_j log L_jj                    (8.6)
#     dmu = mu,   dL = L - diag(1 / L_jj)                                    (8.7)
#
# and for a diagonal L = diag(sigma), with log_var = log sigma^2, to (10.4) of lecture
# 10. All three on the same numbers:
mu, log_var = rng.normal(size=(1, k)), rng.normal(size=(1, k))
L = np.eye(k) * np.exp(0.5 * log_var)[:, :, None]
eye = np.eye(k)[None]
general = kl_gaussian_forward(mu, L, np.zeros((1, k)), eye)[0][0]
standard = kl_standard_gaussian_forward(mu, L)[0][0]
diagonal = kl_diag_gaussian_forward(mu, log_var)[0][0]
print(f"(8.1) {general:.12f}   (8.6) {standard:.12f}   (10.4) {diagonal:.12f}")

# %%
# What does a dimension cost? A mean of 1 costs half a nat; halving sigma costs 0.318,
# doubling it 0.807. A precise code is expensive in logarithms: each further halving of
# sigma costs close to log 2 = 0.693 nats, one bit.
sigma = np.geomspace(0.05, 3, 200)
cost = {
    f"mu = {m}": (sigma, 0.5 * (m * m + sigma**2 - 1) - np.log(sigma))
    for m in (0, 1, 2)
}
figure = curves(cost, "sigma", "KL per dimension (nats)",
                "Free only at mu = 0, sigma = 1", log_x=True)  # fmt: skip
lecture.save(figure, "08_cost_of_a_dimension")
for s in (0.5, 2.0):
    print(f"sigma = {s}: {0.5 * (s * s - 1) - np.log(s):.3f} nats")

# %%
# What ignoring the correlations costs (8.8)
# ------------------------------------------
# Fit a diagonal Gaussian q to a correlated p under KL(q||p), as a VAE does. Setting
# (8.4) to 0 gives variances 1 / (S1^-1)_jj, smaller than p's own. In two dimensions
# with correlation r the loss that remains is
#
#     KL = -1/2 log(1 - r^2)                                                 (8.8)
for r in (0.0, 0.5, 0.9):
    p_cov = np.array([[1, r], [r, 1]])
    q_cov = np.diag(1 / np.diag(np.linalg.inv(p_cov)))
    gap = kl_gaussian(zero, q_cov, zero, p_cov)
    formula = -0.5 * np.log(1 - r * r) + 0.0
    print(f"r = {r}: best diagonal variance {q_cov[0, 0]:.2f}, "
          f"remaining KL {gap:.4f}, (8.8) {formula:.4f} nats")  # fmt: skip

# %%
# What to see
# -----------
# Trace, distance, volume: three short terms, and with factors also three short
# gradients. Swapping the arguments changes the number.
#
# What this does not show
# -----------------------
# Which direction one should minimise, and what happens where the true distribution is
# no Gaussian: lecture 12 fits one to two hills.
#
# Questions
# ---------
# 1. Oral: why does (8.1) become infinite when S1 is singular, but also when S0 is?
# 2. Derive (10.4) from (8.6).
# 3. Numeric: by how much must a mean move to cost as much as halving sigma?
print(f"Question 3: {np.sqrt(2 * (0.5 * (0.25 - 1) - np.log(0.5))):.3f}")
