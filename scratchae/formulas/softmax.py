"""Softmax and the cross-entropy of a class label (slide S16: codes put to use)."""

import numpy as np


def softmax(logits):
    """p_ic = exp(a_ic) / sum_c' exp(a_ic'), rows sum to 1.  logits : (n, classes).

    The largest logit of each row is subtracted first, which changes nothing but keeps
    exp from overflowing. An infinite logit takes all the probability.
    """
    e = np.exp(_below_top(logits))
    return e / e.sum(axis=1, keepdims=True)


def _below_top(logits):
    """Each row minus its largest logit; 0 at the largest, even an infinite one."""
    top = logits[np.arange(len(logits)), logits.real.argmax(axis=1)][:, None]
    with np.errstate(invalid="ignore", over="ignore"):  # inf - inf
        return np.where(logits == top, 0, logits - top)


def softmax_nll_forward(logits, labels):
    """L_i = log sum_c exp(a_ic) - a_i,label = -log p(label_i), equation (3.10).

    logits : (n, classes)   labels : (n,) ints, 0 to classes - 1
    Returns loss : (n,) in nats, and the cache.
    """
    rows = np.arange(len(logits))
    below = _below_top(logits)                  # (n, classes)
    total = np.exp(below).sum(axis=1)           # (n,)
    loss = np.log(total) - below[rows, labels]  # (n,)
    return loss, (logits, labels)


def softmax_nll_backward(d_loss, cache):
    """dlogits_ic = (p_ic - [c = label_i]) d_loss_i, equation (3.11).  (n, classes)."""
    logits, labels = cache
    p = softmax(logits)                 # (n, classes)
    p[np.arange(len(p)), labels] -= 1
    return p * d_loss[:, None]
