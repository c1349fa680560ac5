"""exp, log1p and the activations as polynomials, so that loops over them vectorise.

`math.exp` inside a loop is one call per number. These are straight lines of
multiply-adds without branches or tables, which the compiler turns into vector code.
The error is about 2 units in the last place in float32 and below 1e-15 in float64.

Every function works in the dtype of its argument; `real` turns a literal into it.
"""

import numpy as np
from numba import types
from numba.extending import overload

from scratchae.kernels.compile import inline

LOG2_E = 1.4426950408889634
LN2_HIGH, LN2_LOW = 0.693359375, -2.12194440054690583e-4  # high part: 9 bits

IDENTITY, SIGMOID, TANH, RELU, LEAKY_RELU, ELU, SOFTPLUS, SILU = range(8)
CODES = {
    "identity": IDENTITY,
    "sigmoid": SIGMOID,
    "tanh": TANH,
    "relu": RELU,
    "leaky_relu": LEAKY_RELU,
    "elu": ELU,
    "softplus": SOFTPLUS,
    "silu": SILU,
}
LEAKY_SLOPE = 0.01
ELU_ALPHA = 1.0


def power_of_two(t):
    """2^n for t = n + 1.5 * 2^23 (float32) or n + 1.5 * 2^52 (float64).

    Adding such a large number rounds to a whole n, which then stands in the lowest
    bits of t. Shifted into the exponent's place they make 2^n: no table, no branch.
    n = -127 (-1023) gives 0, n = 127 (1023) the largest power there is.
    """
    real, least = t.dtype.type, -127 if t.itemsize == 4 else -1023
    n = t - real(1.5) * real(2 ** (23 if t.itemsize == 4 else 52))
    if not n > least:  # NaN, or smaller than the smallest normal number
        return t if n != n else real(0)
    with np.errstate(over="ignore"):
        return np.ldexp(real(1), int(n))


@overload(power_of_two)
def _power_of_two(t):
    if t == types.float32:

        def shift(t):
            bits = np.float32(t).view(np.int32) + np.int32(127)
            return np.int32(bits << np.int32(23)).view(np.float32)

    else:

        def shift(t):
            bits = np.float64(t).view(np.int64) + np.int64(1023)
            return np.int64(bits << np.int64(52)).view(np.float64)

    return shift


@inline
def exp_parts(x, real):
    """Numbers s = 2^n and q with exp(x) = s + s q; q is exact near x = 0.

    x = n ln 2 + r with |r| <= ln(2)/2, and q = exp(r) - 1 is its Taylor series: to
    degree 7 in float32, to 13 in float64. Below the smallest number s is 0. At the
    upper end n stops at the largest power of two, and r grows to 1.
    """
    single = real(1e-50) == real(0)  # known when the kernel is compiled
    low, high = (real(-88), real(89)) if single else (real(-709.2), real(710))
    x = low if x < low else x
    x = high if x > high else x
    large = real(1.5 * 2**23) if single else real(1.5 * 2**52)
    most = large + (real(127) if single else real(1023))
    t = x * real(LOG2_E) + large
    t = most if t > most else t
    n = t - large
    r = (x - n * real(LN2_HIGH)) - n * real(LN2_LOW)
    q = real(1 / 5040)
    if not single:
        q = real(1 / 6227020800)
        q = q * r + real(1 / 479001600)
        q = q * r + real(1 / 39916800)
        q = q * r + real(1 / 3628800)
        q = q * r + real(1 / 362880)
        q = q * r + real(1 / 40320)
        q = q * r + real(1 / 5040)
    q = q * r + real(1 / 720)
    q = q * r + real(1 / 120)
    q = q * r + real(1 / 24)
    q = q * r + real(1 / 6)
    q = q * r + real(0.5)
    return power_of_two(t), r + r * r * q


@inline
def exp(x, real):
    """exp(x), 0 or infinity where it leaves the range of the dtype."""
    s, q = exp_parts(x, real)
    return s + s * q


@inline
def expm1(x, real):
    """exp(x) - 1 without cancellation near x = 0."""
    s, q = exp_parts(x, real)
    return s * q + (s - real(1))


@inline
def decay(a, real):
    """exp(-|a|) in [0, 1]: what the losses and the sigmoid's kin are written in."""
    return exp(-a if a > 0 else a, real)


@inline
def log1p(e, real):
    """log(1 + e) for e in [0, 1].

    log(1 + e) = 2 artanh(s) = 2 s (1 + w/3 + w^2/5 + ...), s = e / (2 + e), w = s^2.
    As w <= 1/9, seven terms do for float32 and fifteen for float64.
    """
    s = e / (real(2) + e)
    w = s * s
    p = real(1 / 13)
    if not real(1e-50) == real(0):
        p = real(1 / 29)
        p = p * w + real(1 / 27)
        p = p * w + real(1 / 25)
        p = p * w + real(1 / 23)
        p = p * w + real(1 / 21)
        p = p * w + real(1 / 19)
        p = p * w + real(1 / 17)
        p = p * w + real(1 / 15)
        p = p * w + real(1 / 13)
    p = p * w + real(1 / 11)
    p = p * w + real(1 / 9)
    p = p * w + real(1 / 7)
    p = p * w + real(1 / 5)
    p = p * w + real(1 / 3)
    return real(2) * (s + s * w * p)


@inline
def activate(h, slope, phi):
    """h = phi(h); for softplus and SiLU also slope = phi'(a).

    phi is a code, so that all activations share one compilation. The other
    derivatives follow from h without another exp (`multiply_by_slope`). The identity
    and both ReLUs are not among them: they are part of the product.
    """
    if phi == TANH or phi == ELU:
        activate_by_expm1(h, phi)
    else:
        activate_by_sigmoid(h, slope, phi)


@inline
def activate_by_expm1(h, phi):
    """tanh(a) = sign(a) * -e / (2 + e), e = exp(-2|a|) - 1; ELU = exp(a) - 1, a < 0."""
    real = h.dtype.type
    factor = real(-2) if phi == TANH else real(-1)
    for j in range(h.size):
        a = h[j]
        e = expm1(factor * abs(a), real)
        tanh = e / (real(2) + e)
        if phi == TANH:
            h[j] = tanh if a < 0 else -tanh
        else:
            h[j] = a if a > 0 else real(ELU_ALPHA) * e


@inline
def activate_by_sigmoid(h, slope, phi):
    """s = 1 / (1 + exp(-a)) is the sigmoid, the slope of softplus, and SiLU's gate."""
    real = h.dtype.type
    for j in range(h.size):
        a = h[j]
        e = decay(a, real)
        s = (e if a < 0 else real(1)) / (real(1) + e)
        if phi == SIGMOID:
            h[j] = s
        elif phi == SILU:
            a = real(-1e4) if a < real(-1e4) else a  # so that -inf gives 0
            h[j] = a * s
            slope[j] = s * (real(1) + a * (real(1) - s))
        else:
            h[j] = (a if a > 0 else real(0)) + log1p(e, real)
            slope[j] = s


@inline
def multiply_by_slope(d, kept, phi):
    """d = d * phi'(a); `kept` is h = phi(a), or the slope for softplus and SiLU."""
    real = d.dtype.type
    if phi == RELU:
        for j in range(d.size):
            d[j] = real(0) if kept[j] <= 0 else d[j]  # NaN stays NaN
    elif phi == LEAKY_RELU:
        for j in range(d.size):
            d[j] = real(LEAKY_SLOPE) * d[j] if kept[j] <= 0 else d[j]
    elif phi == SIGMOID:
        for j in range(d.size):
            d[j] = d[j] * kept[j] * (real(1) - kept[j])
    elif phi == TANH:
        for j in range(d.size):
            d[j] = d[j] * (real(1) - kept[j] * kept[j])
    elif phi == ELU:
        for j in range(d.size):
            d[j] = d[j] if kept[j] > 0 else d[j] * (kept[j] + real(ELU_ALPHA))
    elif phi > 0:
        for j in range(d.size):
            d[j] = d[j] * kept[j]
