"""A normal fitted to two hills: D(P||Q) and D(Q||P) want different things (S63-S64).

P = 1/2 N(-c, s^2) + 1/2 N(c, s^2); Q = N(m, exp(log_s)^2). Integrals are sums over a
fine grid of standard normal u, from which x is as far from a mean as u deviations.
"""

import numpy as np

from scratchae.formulas.losses import LOG_2PI
from scratchae.formulas.optimizers import adam_step

GRID = np.linspace(-12, 12, 1201)
NORMAL = np.exp(-0.5 * (LOG_2PI + GRID * GRID)) * (GRID[1] - GRID[0])  # adds up to 1


class TwoHills:
    """Two normals at -centre and centre, of standard deviation scale, half and half."""

    def __init__(self, centre=2.0, scale=0.5):
        self.centre, self.scale = centre, scale

    def log_density(self, x):
        """log P(x), and so that no exp underflows to log 0."""
        x = np.asarray(x)
        u, w = ((x - c) ** 2 / (2 * self.scale**2) for c in (-self.centre, self.centre))
        left = np.real(u - w) < 0  # is the nearer hill
        near, far = np.where(left, u, w), np.where(left, w, u)
        both = np.log1p(np.exp(near - far))
        return both - near - np.log(2 * self.scale) - 0.5 * LOG_2PI

    def forward_kl(self, m, log_s):
        """D(P||Q) in nats and its gradient in m and log s, equation (12.3).

        dm = -E_P[u] / s, dlog_s = 1 - E_P[u^2], u = (x - m) / s: zero where Q has
        the mean and the variance of P.
        """
        x = self.scale * GRID + np.array([[-self.centre], [self.centre]])
        p, u = 0.5 * NORMAL, (x - m) / np.exp(log_s)        # (2, points)
        log_q = -0.5 * (LOG_2PI + u * u) - log_s
        value = np.sum(p * (self.log_density(x) - log_q))
        return value, -np.sum(p * u) / np.exp(log_s), 1 - np.sum(p * u * u)

    def reverse_kl(self, m, log_s):
        """D(Q||P) in nats and its gradient, equation (12.4), pathwise: x = m + s u.

        D = E_u[log q(x) - log P(x)], log q(m + s u) = -log_s + what does not move, so
        dm = -E[score(x)] and dlog_s = -1 - s E[u score(x)], score = (log P)'. Where
        the hills are narrow beside s the valley lies between two points of the grid:
        D is then right to 1e-4 of itself.
        """
        s = np.exp(log_s)
        x = m + s * GRID
        log_p = self.log_density(x)
        value = np.sum(NORMAL * (-0.5 * (LOG_2PI + GRID * GRID) - log_s - log_p))
        score = self.score(x)
        dlog_s = -np.sum(NORMAL) - s * np.sum(NORMAL * GRID * score)
        return value, -np.sum(NORMAL * score), dlog_s

    def score(self, x):
        """d log P / dx = (c tanh(c x / s^2) - x) / s^2, towards the nearer hill.

        tanh(c x / s^2) is P(right hill | x) - P(left hill | x).
        """
        x, variance = np.asarray(x), self.scale**2
        return (self.centre * np.tanh(self.centre * x / variance) - x) / variance

    def fit(self, divergence, m, log_s, steps=3000, rate=0.02):
        """Descend `forward_kl` or `reverse_kl` from a start; returns m, s, value."""
        at = np.array([m, log_s], dtype=float)
        first, second = np.zeros(2), np.zeros(2)
        for t in range(1, steps + 1):
            _, *gradient = divergence(*at)
            decay = rate * (1 - t / steps)
            adam_step(at, np.array(gradient), first, second, t, decay)
        return float(at[0]), float(np.exp(at[1])), float(divergence(*at)[0])
