"""A model whose latent variable takes K values: all sums are finite (S46-S49)."""

import numpy as np


class DiscreteLatent:
    """z in {1, ..., K} with probabilities `prior`; pixels given z are independent.

    prior : (K,)   theta : (K, d), P(pixel j = 1 | z), each between 0 and 1
    """

    def __init__(self, prior, theta):
        self.prior, self.theta = np.asarray(prior, float), np.asarray(theta, float)

    def sample(self, n, rng):
        """n images : (n, d) of zeros and ones."""
        z = rng.choice(len(self.prior), size=n, p=self.prior)
        return (rng.random((n, self.theta.shape[1])) < self.theta[z]).astype(float)

    def log_conditional(self, x):
        """log p(x|z) for each z : (n, K); -inf where z never makes such an image."""
        x = np.asarray(x, float)
        with np.errstate(divide="ignore"):
            white, black = np.log(self.theta), np.log1p(-self.theta)
        return _sum_of_logs(x, white) + _sum_of_logs(1 - x, black)

    def log_joint(self, x):
        """log p(x, z) for each z : (n, K); -inf where z never occurs."""
        with np.errstate(divide="ignore"):
            return self.log_conditional(x) + np.log(self.prior)

    def log_likelihood(self, x):
        """log p(x) = log sum_z p(x|z) p(z) : (n,) in nats."""
        return np.logaddexp.reduce(self.log_joint(x), axis=1)

    def posterior(self, x):
        """p(z|x) by Bayes' theorem : (n, K), equation (6.1).

        Raises ValueError for an image that no z makes: p(x) = 0 divides nothing.
        """
        return np.exp(self._log_posterior(x))

    def _log_posterior(self, x):
        """log p(z|x) : (n, K), where p(z|x) itself may have rounded to 0."""
        log_joint = self.log_joint(x)
        never = np.flatnonzero(np.isneginf(log_joint).all(axis=1))
        if never.size:
            raise ValueError(f"no z makes the image in row {never[0]}: its p(x) is 0, "
                             "and there is no p(z|x)")
        return log_joint - np.logaddexp.reduce(log_joint, axis=1, keepdims=True)

    def elbo(self, x, q):
        """The ledger of the bound at q : (n, K); as `LinearGaussian.elbo`.

        A q that is not 0 where p(z|x) is has the bound -inf and the gap inf.
        """
        q = np.asarray(q, float)
        log_p = np.where(q > 0, self.log_conditional(x), 0)
        reconstruction = np.sum(q * log_p, axis=1)
        some = np.where(q > 0, q, 1)
        log_ratio = np.log(some) - np.where(q > 0, self._log_posterior(x), 0)
        kl, gap = _kl(q, self.prior), np.sum(q * log_ratio, axis=1)
        return {"reconstruction": reconstruction, "kl": kl,
                "elbo": reconstruction - kl, "gap": gap}


def derivation(q, prior, likelihood):
    """The slides' derivation S46-S49 for one x, line by line, each line evaluated.

    q, prior, likelihood : (K,), the last is p(x|z), above 0 where q is
    Returns {line: number in nats}. The first five are KL(q || p(z|x)), and all equal;
    the last two are log p(x) and the identity that ends the derivation (7.1)-(7.5).
    A z with q = 0 adds nothing to a sum of q times something: 0 log 0 is 0.
    Raises ValueError where p(x) is 0.
    """
    q, prior, likelihood = (np.asarray(p, float) for p in (q, prior, likelihood))
    evidence = np.sum(likelihood * prior)
    if evidence == 0:
        raise ValueError("no z makes this x: p(x) is 0, and there is no p(z|x)")
    some = q > 0
    q, prior, likelihood = q[some], prior[some], likelihood[some]
    posterior = likelihood * prior / evidence
    log_joint = np.log(likelihood) + np.log(prior)
    by_bayes = np.exp(log_joint) / evidence
    gap = np.sum(q * np.log(q / posterior))
    return {
        "sum of q log(q / p(z|x))": gap,
        "E_q[log q - log p(z|x)]": np.sum(q * (np.log(q) - np.log(posterior))),
        "Bayes inserted": np.sum(q * (np.log(q) - np.log(by_bayes))),
        "logarithm split": np.sum(q * (np.log(q) - log_joint + np.log(evidence))),
        "log p(x) taken out": np.sum(q * (np.log(q) - log_joint)) + np.log(evidence),
        "log p(x)": np.log(evidence),
        "E_q[log p(x|z)] - KL(q, prior) + KL(q, posterior)": (
            np.sum(q * np.log(likelihood)) - _kl(q, prior) + gap
        ),
    }


def jensen_steps(p, q):
    """-D(p||q) <= log sum q = 0 by Jensen's inequality, (12.1), slide S60, by line.

    p, q : distributions, q > 0 where p > 0.  Returns {line: number in nats}.
    """
    p, q = np.asarray(p, float), np.asarray(q, float)
    inside = p > 0
    return {
        "-D(p||q)": -np.sum(p[inside] * (np.log(p[inside]) - np.log(q[inside]))),
        "sum of p log(q / p)": np.sum(p[inside] * np.log(q[inside] / p[inside])),
        "log of sum p (q / p)": np.log(np.sum(p[inside] * (q[inside] / p[inside]))),
        "log of sum q": np.log(np.sum(q)),
    }


def _sum_of_logs(counts, log_p):
    """sum_j counts_ij log p_zj : (n, K); 0 log 0 = 0."""
    never = np.isneginf(log_p)
    total = counts @ np.where(never, 0, log_p).T
    return np.where(counts @ never.T > 0, -np.inf, total)


def _kl(q, p):
    """sum q log(q / p) over the last axis; 0 log 0 = 0."""
    with np.errstate(divide="ignore"):  # inf where p is 0 and q is not
        ratio = np.divide(q, p, out=np.ones_like(q), where=q > 0)
    return np.sum(q * np.log(ratio), axis=-1)
