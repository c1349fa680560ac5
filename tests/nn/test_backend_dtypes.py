"""The NumPy backend answers in the type of number that it is given, in every answer."""

import numpy as np
import pytest

from scratchae.nn import plain


def given_to(name, dtype, rng):
    """Arguments of an operation, every array and every factor in one type."""
    def numbers(*shape):
        return rng.random(shape).astype(dtype)

    x, W, b, da = numbers(5, 6), numbers(6, 4), numbers(4), numbers(5, 4)
    if name in ("layer_backward", "activation_backward"):
        return da, plain.layer_forward(x, W, b, "tanh")[1]
    if name.endswith("head_backward"):
        width = 6 + 3 * (name[0] == "c")
        head = getattr(plain, name.replace("back", "for"))
        return numbers(5, 3), 0.2, head(numbers(5, width), numbers(5, 3))[2]
    return {
        "adam_step": (b, numbers(4), numbers(4), numbers(4), 1),
        "binarize": (x, numbers(5, 6)), "mean_loss": (b,),
        "squared_norm": (b,),
        "cholesky_head_forward": (numbers(5, 9), numbers(5, 3)),
        "gaussian_head_forward": (x, numbers(5, 3)),
        "layer_forward": (x, W, b, "silu"),
        "render": (x, numbers(5, 6), numbers(5, 6), numbers(5), 8, 0.7),
        "shift_images": (x, numbers(2, 5), 1.0, (2, 3)),
    }.get(name, (x, numbers(5, 6), 0.3))


def arrays(answer):
    """The arrays of an answer; a cache, the last of several, is the operation's own."""
    parts = answer if isinstance(answer, tuple) else (answer,)
    return [part for part in parts if isinstance(part, np.ndarray)]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", plain.__all__)
def test_an_operation_answers_in_the_type_of_its_arguments(name, dtype, rng):
    answer = getattr(plain, name)(*given_to(name, dtype, rng))
    found = arrays(answer)
    assert found or name in ("adam_step", "mean_loss", "squared_norm")
    assert {array.dtype for array in found} <= {np.dtype(dtype)}
