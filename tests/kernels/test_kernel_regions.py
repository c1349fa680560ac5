"""Which kernels wake threads: each, for much work, and none for little."""

from types import SimpleNamespace

import numpy as np
import pytest
from without_numba import numba_or_skip

numba = numba_or_skip()
if numba.config.DISABLE_JIT:
    pytest.skip("nothing is compiled here", allow_module_level=True)

from scratchae import kernels as K  # noqa: E402
from scratchae.kernels import pool as pools  # noqa: E402

pytestmark = pytest.mark.lecture13

LARGE, SMALL = (300, 200), (3, 2)  # n, d


def arrays(n, d):
    """n rows of d columns, and what the kernels of a forward pass keep of them."""
    x, W, eps = np.full((n, d), 0.5), np.ones((d, d)), np.ones((n, d))
    ones = np.ones((1, d))
    return SimpleNamespace(
        x=x, W=W, b=x[0], eps=eps, flat=np.ones((4, n * d)), head=np.ones((n, 2 * d)),
        kept=K.layer_forward(x, W, x[0])[1],
        kept_tanh=K.layer_forward(x[:, :1], ones, ones[0], "tanh")[1],
        kept_head=K.gaussian_head_forward(np.ones((n, 2 * d)), eps)[2],
        full=np.ones((n, 2 * d + d * (d - 1) // 2)),
    )


CALLS = {  # of each kernel that does one thing
    "product": lambda v: K.layer_forward(v.x, v.W, v.b),
    "gradients": lambda v: K.layer_backward(v.x, v.kept, v.W.copy(), v.b.copy()),
    "activation": lambda v: K.layer_forward(v.x[:, :1], v.x[:1] + 0, v.b, "tanh"),
    "slope": lambda v: K.activation_backward(v.x, v.kept_tanh),
    "Bernoulli": lambda v: K.bernoulli_nll(v.x, v.x, 1.0),
    "squared error": lambda v: K.squared_error(v.x, v.x, 1.0),
    "noise": lambda v: K.binarize(v.x, v.eps),
    "moves": lambda v: K.shift_images(v.x, np.ones((2, len(v.x))), 1.0,
                                      (1, v.x.shape[1])),
    "head": lambda v: K.gaussian_head_forward(v.head, v.eps),
    "head backward": lambda v: K.gaussian_head_backward(v.eps, 1.0, v.kept_head),
    "full head": lambda v: K.cholesky_head_forward(v.full, v.eps),
    "Adam": lambda v: K.adam_step(*v.flat, 1),
    "norm": lambda v: K.squared_norm(v.flat[0]),
}


def regions(name, size):
    """How many regions a call opens."""
    given = arrays(*size)
    with pools.POOL.lock:
        words = pools.POOL.running()
        before = words[pools.REGION] // pools.NUMBER
    CALLS[name](given)
    return pools.POOL.words[pools.REGION] // pools.NUMBER - before


@pytest.mark.parametrize("name", CALLS)
def test_a_kernel_shares_out_much_work_and_wakes_nobody_for_little(name):
    assert regions(name, LARGE) >= 1
    assert regions(name, SMALL) == 0
