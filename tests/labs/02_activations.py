"""Lab 02, solved; and the wrong answers that must be named."""

import numpy as np


def sigmoid(a):
    e = np.exp(-np.abs(a))
    return np.where(a > 0, 1, e) / (1 + e)


def sigmoid_backward(dh, a):
    h = sigmoid(a)
    return dh * h * (1 - h)


def tanh_backward(dh, a):
    return dh * (1 - np.tanh(a) ** 2)


def relu_backward(dh, a):
    return dh * (a > 0)


def tanh_layer_backward(dh, x, W, b):
    a = x @ W + b
    da = tanh_backward(dh, a)
    dW, db = x.T @ da, da.sum(axis=0)
    dx = da @ W.T
    return da, dx, dW, db


# (function, what stands there, what stands there instead, tensor, slip)
WRONG = [
    ("sigmoid", "(a > 0, 1, e)", "(a > 0, e, 1)", "h", "sign_of_a"),
    ("sigmoid", "np.where(a > 0, 1, e) / (1 + e)", "np.tanh(a)", "h", "tanh"),
    ("sigmoid", "np.where(a > 0, 1, e) / (1 + e)", "1 / (1 + np.exp(-a))", "h", "FAIL"),
    ("sigmoid", "np.where(a > 0, 1, e) / (1 + e)",
     "1 / (1 + np.exp(-np.clip(a, -30, 30)))", "h", "FAIL"),
    ("sigmoid", "np.where(a > 0, 1, e) / (1 + e)",
     "np.where(a > 0, 1 / (1 + e), np.exp(a) / (1 + np.exp(a)))", "", "asked"),
    ("sigmoid_backward", "dh * h * (1 - h)", "dh", "da", "slope_missing"),
    ("sigmoid_backward", "dh * h * (1 - h)", "h * (1 - h)", "da", "slope_alone"),
    ("sigmoid_backward", "h = sigmoid(a)", "h = sigmoid(sigmoid(a))", "da",
     "slope_of_h"),
    ("sigmoid_backward", "dh * h * (1 - h)", "dh * (1 - np.tanh(a) ** 2)", "da",
     "slope_of_tanh"),
    ("sigmoid_backward", "dh * h * (1 - h)", "dh * (h * (1 - h)) ** 2", "da",
     "slope_twice"),
    ("sigmoid_backward", "dh * h * (1 - h)", "dh * (1 - h)", "da", "half_of_slope"),
    ("sigmoid_backward", "h = sigmoid(a)", "h = a", "da", "a_for_h"),
    ("relu_backward", "a > 0", "a >= 0", "da", "FAIL"),
    ("tanh_layer_backward", "return da, dx, dW, db", "return dx, da, dW, db", "da",
     "another"),
    ("tanh_backward", "np.tanh(a) ** 2", "np.tanh(a)", "da", "slope_without_square"),
    ("tanh_backward", "np.tanh(a) ** 2", "np.tanh(np.tanh(a)) ** 2", "da",
     "slope_of_h"),
    ("relu_backward", "dh * (a > 0)", "np.maximum(dh, 0)", "da", "relu_of_upstream"),
    ("relu_backward", "dh * (a > 0)", "dh * (a < 0)", "da", "relu_other_side"),
    ("relu_backward", "dh * (a > 0)", "dh * np.maximum(a, 0)", "da",
     "value_for_slope"),
    ("relu_backward", "dh * (a > 0)", "(a > 0)", "da", "booleans"),
    ("tanh_layer_backward", "x @ W + b", "x @ W", "da", "slope_without_bias"),
    ("tanh_layer_backward", "x.T @ da,", "x.T @ dh,", "dW", "past_the_activation"),
    ("tanh_layer_backward", "da @ W.T", "dh @ W.T", "dx", "past_the_activation"),
    ("tanh_layer_backward", "da.sum(axis=0)", "da.mean(axis=0)", "db",
     "bias_averaged"),
    ("tanh_layer_backward", "tanh_backward(dh, a)", "tanh_backward(dh, np.tanh(a))",
     "da", "slope_of_h"),
]
