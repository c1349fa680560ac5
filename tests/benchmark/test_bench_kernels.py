"""A kernel that is timed does what its name says, no more and no less."""

import numpy as np
import pytest

from scratchae.benchmark.works import kernel_calls, matmul_calls

pytestmark = pytest.mark.lecture13
SIZES = N, D, H, K = 3, 7, 5, 2


class Seen:
    """A backend that keeps what it is given; a cache is the layer's x and W."""

    def __init__(self):
        self.calls = []

    def layer_forward(self, x, W, b, activation="identity"):
        self.calls.append(("layer_forward", x.shape, W.shape, b.shape, activation))
        return None, (x, W)

    def layer_backward(self, da, cache, dW=None, db=None, below=None,
                       input_gradient=True):
        shapes = [array.shape for array in (*cache, da)]
        outputs = None if dW is None else (dW.shape, db.shape)
        self.calls.append(("layer_backward", *shapes, outputs, below, input_gradient))

    def __getattr__(self, name):
        def call(*arguments):
            self.calls.append((name, *(getattr(a, "shape", a) for a in arguments)))
            return None, None, "cache"

        return call


ND, DH, NH, HD = (N, D), (D, H), (N, H), (H, D)
CALLS = {
    "x W, ReLU": [("layer_forward", ND, DH, (H,), "relu")],
    "h V": [("layer_forward", NH, HD, (D,), "identity")],
    "x^T da": [("layer_backward", ND, DH, NH, (DH, (H,)), None, False)],
    "h^T da": [("layer_backward", NH, HD, ND, (HD, (D,)), None, False)],
    "da V^T": [("layer_backward", NH, HD, ND, None, None, True)],
    "Bernoulli loss": [("bernoulli_nll", ND, ND, 0.1)],
    "Gaussian head": [("gaussian_head_forward", (N, 2 * K), (N, K)),
                      ("gaussian_head_backward", (N, K), 0.1, "cache")],
    "Adam": [("adam_step", *[(2 * D * H,)] * 4, 9)],
    "gradient norm": [("squared_norm", (2 * D * H,))],
    "binarize": [("binarize", ND, ND)],
}


@pytest.mark.parametrize("name", CALLS)
def test_what_is_timed_is_what_its_name_says(name):
    call, flops = kernel_calls(*SIZES)[name]
    seen = Seen()
    call(seen)
    seen.calls = seen.calls[-len(CALLS[name]):]  # a first call also makes the cache
    assert seen.calls == CALLS[name]
    seen.calls.clear()
    call(seen)
    assert seen.calls == CALLS[name]
    assert flops == (2 * N * D * H if name in matmul_calls() else 0)


def test_nothing_is_timed_that_is_not_named_here():
    assert [*kernel_calls(*SIZES)] == [*CALLS]


def test_products_by_numpy_are_those_of_their_names():
    for name, call in matmul_calls(N, D, H).items():
        product = call()
        assert product is call(), "into the same memory"
        shapes = {"x W, ReLU": NH, "h V": ND, "x^T da": DH, "h^T da": HD, "da V^T": NH}
        assert product.shape == shapes[name] and product.dtype == np.float32
