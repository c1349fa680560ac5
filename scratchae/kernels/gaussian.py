"""The Gaussian head of a variational encoder: sample, divergence, both gradients.

The encoder's last layer gives mu and log_var side by side, (n, 2k), and for a full
covariance matrix behind them what stands below the diagonal of its factor L, row by
row. One pass takes them, draws z and sums the divergence; one pass back fills the
gradient of all. Memory is walked row by row, in mu and log_var side by side.
"""

from scratchae.kernels.activations import exp, expm1
from scratchae.kernels.arrays import check_dtype, check_shape, plain
from scratchae.kernels.compile import inline, kernel
from scratchae.kernels.pool import POOL, on_all_threads
from scratchae.kernels.shares import next_rows
from scratchae.kernels.tasks import EachThread
from scratchae.memory import recycled

ROWS = 8  # that a thread takes at a time
LITTLE = 8192  # numbers, for which no thread is woken


def gaussian_head_forward(head, eps):
    """z = mu + exp(log_var / 2) eps and KL(q || N(0, I)), equations (10.6), (10.4).

    head : (n, 2k), mu in the first k columns and log_var in the others
    eps : (n, k)
    Returns z : (n, k), kl : (n,) in nats per image, and the cache.
    """
    n, k = eps.shape
    return _forward(head, eps, (n, 2 * k))


def gaussian_head_backward(dz, d_kl, cache):
    """Gradient of both paths in mu and log_var, equations (10.7) and (10.5).

    dmu = dz + mu d_kl        dlog_var = 1/2 (sigma eps dz + (sigma^2 - 1) d_kl)

    dz : (n, k)   d_kl : dJ/dKL_i, the same for all images
    Returns dhead : (n, 2k).
    """
    return _backward(dz, d_kl, cache)


def cholesky_head_forward(head, eps):
    """z = mu + eps L^T and KL(N(mu, L L^T) || N(0, I)), equations (9.5), (8.6).

    head : (n, 2k + k (k - 1) / 2), as `gaussian_head_forward` has it, and then L below
        its diagonal, row by row; on it is exp(log_var / 2), (9.4)
    eps : (n, k)
    Returns z : (n, k), kl : (n,) in nats per image, and the cache.
    """
    n, k = eps.shape
    return _forward(head, eps, (n, 2 * k + k * (k - 1) // 2))


def cholesky_head_backward(dz, d_kl, cache):
    """Gradient of both paths in mu, log_var and L, equations (9.6) and (8.7).

    dL_jl = dz_j eps_l + L_jl d_kl for l < j; mu and log_var as without them
    dz : (n, k)   d_kl : dJ/dKL_i, the same for all images
    Returns dhead : (n, 2k + k (k - 1) / 2).
    """
    return _backward(dz, d_kl, cache)


def _forward(head, eps, shape):
    dtype = check_dtype(head, "head")
    check_shape(head, "head", shape)
    head, eps = plain(head, dtype), plain(eps, dtype)
    z, noise, excess = recycled((3, *eps.shape), dtype)
    kl = recycled((len(eps),), dtype)
    with POOL.lock:
        head_rows(POOL.running(), head, eps, (z, kl, noise, excess))
    return z, kl, (head, noise, excess, eps)  # sigma eps, sigma^2 - 1


def _backward(dz, d_kl, cache):
    head, noise, *_ = cache
    check_shape(dz, "dz", noise.shape)
    dhead = recycled(head.shape, head.dtype)
    with POOL.lock:
        pool = POOL.running()
        head_rows_backward(pool, plain(dz, head.dtype), cache, head.dtype.type(d_kl),
                           dhead)
    return dhead


@kernel
def head_rows(pool, head, eps, results):
    """Sample and divergence over all rows; results : z, kl, noise, excess."""
    on_all_threads(pool, some_heads, (head, eps, results), head.size > LITTLE)


@EachThread
def some_heads(thread, pool, head, eps, results):
    """What one thread does: a few rows at a time."""
    (n, k), (z, kl, noise, excess) = eps.shape, results
    first, last = next_rows(pool, n, ROWS)
    while first < last:
        for i in range(first, last):
            mu, log_var = head[i, :k], head[i, k : 2 * k]
            sample_row(mu, log_var, eps[i], z[i], noise[i], excess[i])
            kl[i] = divergence(mu, log_var, excess[i])
            kl[i] += below_diagonal(head[i, 2 * k :], eps[i], z[i])
        first, last = next_rows(pool, n, ROWS)


@inline
def sample_row(mu, log_var, eps, z, noise, excess):
    """z, sigma eps and sigma^2 - 1 of one image."""
    real = mu.dtype.type
    for j in range(eps.size):
        noise[j] = exp(real(0.5) * log_var[j], real) * eps[j]
        excess[j] = expm1(log_var[j], real)
        z[j] = mu[j] + noise[j]


@inline
def divergence(mu, log_var, excess):
    """KL = 1/2 sum_j mu_j^2 + (sigma_j^2 - 1) - log_var_j."""
    total = mu.dtype.type(0)
    for j in range(mu.size):
        total += mu[j] * mu[j] + (excess[j] - log_var[j])
    return mu.dtype.type(0.5) * total


@inline
def below_diagonal(lower, eps, z):
    """Adds L_jl eps_l, l < j, to z_j.  Returns their part of KL, 1/2 sum_jl L_jl^2."""
    total, p = z.dtype.type(0), 0
    if lower.size > 0:
        for j in range(1, z.size):
            for i in range(j):
                z[j] += lower[p] * eps[i]
                total += lower[p] * lower[p]
                p += 1
    return z.dtype.type(0.5) * total


@kernel
def head_rows_backward(pool, dz, cache, d_kl, dhead):
    """The gradient of the head over all rows."""
    arguments = dz, cache, d_kl, dhead
    on_all_threads(pool, some_heads_backward, arguments, dhead.size > LITTLE)


@EachThread
def some_heads_backward(thread, pool, dz, cache, d_kl, dhead):
    """What one thread does: a few rows at a time."""
    (n, k), (head, noise, excess, eps) = dz.shape, cache
    half = dz.dtype.type(0.5)
    first, last = next_rows(pool, n, ROWS)
    while first < last:
        for i in range(first, last):
            for j in range(k):
                dhead[i, j] = dz[i, j] + head[i, j] * d_kl
                through_kl = excess[i, j] * d_kl
                dhead[i, k + j] = half * (noise[i, j] * dz[i, j] + through_kl)
            below_diagonal_backward(dz[i], eps[i], d_kl, head[i, 2 * k :],
                                    dhead[i, 2 * k :])
        first, last = next_rows(pool, n, ROWS)


@inline
def below_diagonal_backward(dz, eps, d_kl, lower, dlower):
    """dL_jl = dz_j eps_l + L_jl d_kl of one image, l < j."""
    if lower.size > 0:
        p = 0
        for j in range(1, dz.size):
            for i in range(j):
                dlower[p] = dz[j] * eps[i] + lower[p] * d_kl
                p += 1
