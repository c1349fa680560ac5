"""Softmax and the cross-entropy of a class label (slide S16: codes put to use)."""

import numpy as np


def softmax(logits):
    """p_ic = exp(a_ic) / sum_c' exp(a_ic'), rows sum to 1.  logits : (n, classes).

    The largest logit of each row is subtracted first, which changes nothing but keeps
    exp from overflowing.
    """
    top = logits[np.arange(len(logits)), logits.real.argmax(axis=1)]
    e = np.exp(logits - top[:, None])
    return e / e.sum(axis=1, keepdims=True)


def softmax_nll_forward(logits, labels):
    """L_i = log sum_c exp(a_ic) - a_i,label = -log p(label_i), equation (3.10).

    logits : (n, classes)   labels : (n,) ints, 0 to classes - 1
    Returns loss : (n,) in nats, and the cache.
    """
    rows = np.arange(len(logits))
    top = logits[rows, logits.real.argmax(axis=1)]  # (n,)
    total = np.exp(logits - top[:, None]).sum(axis=1)
    loss = np.log(total) + (top - logits[rows, labels])  # keeps a small loss
    return loss, (logits, labels)


def softmax_nll_backward(d_loss, cache):
    """dlogits_ic = (p_ic - [c = label_i]) d_loss_i, equation (3.11).  (n, classes)."""
    logits, labels = cache
    p = softmax(logits)
    p[np.arange(len(p)), labels] -= 1
    return p * d_loss[:, None]
