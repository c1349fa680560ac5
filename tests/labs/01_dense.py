"""Lab 01, solved; and the wrong answers that must be named."""


def dense_forward(x, W, b):
    return x @ W + b


def dense_backward(dy, x, W):
    db = dy.sum(axis=0)
    dW = x.T @ dy
    dx = dy @ W.T
    return dx, dW, db


def two_layers_backward(dy, x, W1, b1, W2):
    h = dense_forward(x, W1, b1)
    dh, dW2, db2 = dense_backward(dy, h, W2)
    dx, dW1, db1 = dense_backward(dh, x, W1)
    return dW2, db2, dh, dW1, db1, dx


# (function, what stands there, what stands there instead, tensor, slip)
WRONG = [
    ("dense_forward", "x @ W + b", "x @ W", "y", "bias_missing"),
    ("dense_forward", "x @ W + b", "x @ W + b[0]", "y", "bias_from_first_unit"),
    ("dense_backward", "dy.sum(axis=0)", "dy.mean(axis=0)", "db", "bias_averaged"),
    ("dense_backward", "dy.sum(axis=0)", "dy.sum(axis=1)", "db", "bias_wrong_axis"),
    ("dense_backward", "dy.sum(axis=0)", "dy", "db", "bias_not_summed"),
    ("dense_backward", "dy.sum(axis=0)", "dy[0]", "db", "bias_first_row"),
    ("dense_backward", "dy.sum(axis=0)", "dy.sum() + 0 * dy[0]", "db", "bias_total"),
    ("dense_backward", "dy.sum(axis=0)", "dy.sum(axis=0, keepdims=True)", "db",
     "bias_keepdims"),
    ("dense_backward", "x.T @ dy", "dy.T @ x", "dW", "weight_transposed"),
    ("dense_backward", "x.T @ dy", "x.T @ dy / len(x)", "dW", "weight_averaged"),
    ("dense_backward", "x.T @ dy", "2 * x.T @ dy", "dW", "twice"),
    ("dense_backward", "x.T @ dy", "-x.T @ dy", "dW", "sign"),
    ("dense_backward", "x.T @ dy", "(x.T @ dy).astype('f4')", "dW", "float32"),
    ("dense_backward", "dy @ W.T", "dy @ dW.T", "dx", "dW_for_W"),
    ("dense_backward", "dy @ W.T", "dy @ (W - dW).T", "dx", "updated_W"),
    ("two_layers_backward", "dense_backward(dy, h,", "dense_backward(dy, x @ W1,",
     "dW2", "input_without_bias"),
    ("two_layers_backward", "dense_backward(dh, x, W1)", "dense_backward(-dh, x, W1)",
     "db1", "sign"),
]
