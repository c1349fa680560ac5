"""Reconstruction losses and their gradients, in one pass over the images.

Loss and gradient need the same exp(-|a|), so computing both at once reads the logits
once and takes one exp per pixel. Memory is walked row by row, pixel by pixel: threads
take whole rows, and each row's sum has its own fixed order, whoever computes it.
"""

from scratchae.kernels.activations import decay, log1p
from scratchae.kernels.arrays import check_dtype, check_shape, plain
from scratchae.kernels.compile import SUMS, inline, kernel
from scratchae.kernels.pool import POOL, on_all_threads
from scratchae.kernels.shares import next_rows
from scratchae.kernels.tasks import EachThread
from scratchae.memory import recycled

ROWS = 8  # that a thread takes at a time
LITTLE = 8192  # numbers, for which no thread is woken


def bernoulli_nll(logits, x, scale):
    """Negative log-likelihood of Bernoulli pixels and its gradient, (1.11), (1.12).

        L_i = sum_j log(1 + exp(a_ij)) - x_ij a_ij        dlogits = (p - x) scale

    logits, x : (n, d)   scale : dJ/dL_i, the same for all images, such as 1/n
    Returns loss : (n,) in nats per image and dlogits : (n, d). Stable for |a| to 1e4.
    """
    return _loss(bernoulli_rows, logits, x, scale)


def squared_error(x_hat, x, scale):
    """L_i = sum_j (x_hat_ij - x_ij)^2 and dx_hat = 2 (x_hat - x) scale, (1.2), (1.10).

    x_hat, x : (n, d)   scale : dJ/dL_i, such as 1/n
    Returns loss : (n,) per image and dx_hat : (n, d).
    """
    return _loss(squared_error_rows, x_hat, x, scale)


def _loss(rows, predicted, x, scale):
    dtype, shape = check_dtype(predicted, "the prediction"), predicted.shape
    if len(shape) != 2:
        raise ValueError(f"the prediction got shape {shape}; expected (n, d)")
    check_shape(x, "x", shape)
    loss, gradient = recycled(shape[:1], dtype), recycled(shape, dtype)
    with POOL.lock:
        pool = POOL.running()
        rows(pool, plain(predicted, dtype), plain(x, dtype), dtype.type(scale), loss,
             gradient)
    return loss, gradient


def mean_loss(losses):
    """J = 1/n sum_i L_i, equation (1.3), added up in float64 from first to last.

    losses : (n,).  Returns a float.
    """
    dtype = check_dtype(losses, "losses")
    check_shape(losses, "losses", (losses.size,))
    return mean_of(plain(losses, dtype))


@kernel
def mean_of(losses):
    """Their mean: so few numbers that one thread has them sooner than two."""
    total = 0.0
    for i in range(losses.size):
        total += float(losses[i])
    return total / losses.size


@kernel
def bernoulli_rows(pool, a, x, scale, loss, da):
    """The Bernoulli loss over all rows."""
    on_all_threads(pool, some_bernoulli, (a, x, scale, loss, da), a.size > LITTLE)


@EachThread
def some_bernoulli(thread, pool, a, x, scale, loss, da):
    """What one thread does: a few rows at a time."""
    first, last = next_rows(pool, loss.size, ROWS)
    while first < last:
        for i in range(first, last):
            loss[i] = bernoulli_row(a[i], x[i], scale, da[i])
        first, last = next_rows(pool, loss.size, ROWS)


@inline(fastmath=SUMS)
def bernoulli_row(a, x, scale, da):
    """One image: e = exp(-|a|) gives the loss, and p = 1 / (1 + exp(-a)), at once."""
    real = a.dtype.type
    total = real(0)
    for j in range(a.size):
        e = decay(a[j], real)
        p = (e if a[j] < 0 else real(1)) / (real(1) + e)
        da[j] = (p - x[j]) * scale
        total += log1p(e, real) + beyond_log(a[j], x[j], real)
    return total


@inline
def beyond_log(a, x, real):
    """max(a, 0) - x a: of two large terms the difference comes first, though the
    compiler may add up the sum around it in another order."""
    return (a if a > 0 else real(0)) - x * a


@kernel
def squared_error_rows(pool, x_hat, x, scale, loss, dx_hat):
    """The squared error over all rows."""
    arguments = x_hat, x, scale, loss, dx_hat
    on_all_threads(pool, some_squared_errors, arguments, x.size > LITTLE)


@EachThread
def some_squared_errors(thread, pool, x_hat, x, scale, loss, dx_hat):
    """What one thread does: a few rows at a time."""
    first, last = next_rows(pool, loss.size, ROWS)
    while first < last:
        for i in range(first, last):
            loss[i] = squared_error_row(x_hat[i], x[i], scale, dx_hat[i])
        first, last = next_rows(pool, loss.size, ROWS)


@inline(fastmath=SUMS)
def squared_error_row(x_hat, x, scale, dx_hat):
    """One image."""
    real = x.dtype.type
    total = real(0)
    for j in range(x.size):
        residual = x_hat[j] - x[j]
        dx_hat[j] = residual * (real(2) * scale)
        total += residual * residual
    return total
