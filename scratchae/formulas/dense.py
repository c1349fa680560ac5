"""Dense layer, y = x W + b: the only layer this course needs (slides S08-S09).

Every training on the NumPy backend calls these: see `layer_forward` and
`layer_backward` in nn/plain.py. On the usual one kernels/dense.py does the same.
"""


def dense_forward(x, W, b):
    """Affine map y = x W + b, equation (1.4).

    x : (n, d_in)   W : (d_in, d_out)   b : (d_out,)
    Returns y : (n, d_out) and the cache for the backward functions.
    """
    y = x @ W + b  # (n, d_out)
    return y, (x, W)


def dense_backward(dy, cache):
    """Gradients through y = x W + b, equations (1.7)-(1.9).

    dy : (n, d_out)
    Returns dx : (n, d_in), dW : (d_in, d_out), db : (d_out,), summed over the batch.
    """
    dW, db = dense_weight_gradient(dy, cache)
    dx = dense_input_gradient(dy, cache)
    return dx, dW, db


def dense_weight_gradient(dy, cache):
    """dW = x^T dy and db = sum_i dy_i, equations (1.8) and (1.9)."""
    x, _ = cache
    db = dy.sum(axis=0)  # (d_out,)
    dW = x.T @ dy  # (d_in, d_out)
    return dW, db


def dense_input_gradient(dy, cache):
    """dx = dy W^T, equation (1.7). The first layer of a network does not need it."""
    _, W = cache
    return dy @ W.T  # (n, d_in)
