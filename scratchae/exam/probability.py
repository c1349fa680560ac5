"""Questions to lectures 05 to 08 and 12: probability, divergence, inference."""

import numpy as np

from scratchae.data.worms import binomial
from scratchae.exact import DiscreteLatent, LinearGaussian, TwoHills
from scratchae.exact.inference import gaussian_fit_gradient, naive_draws
from scratchae.exam.kinds import numeric
from scratchae.exam.numbers import decimal, pick, row, shares, two_shares
from scratchae.formulas.gaussian_divergence import kl_gaussian
from scratchae.formulas.information import (
    cross_entropy,
    entropy,
    jensen_shannon,
    kl_divergence,
)


@numeric("05", "(5.2)", "formulas.information.entropy", "bits")
def bits(rng):
    """The entropy of four outcomes."""
    p = shares(rng, 4)
    return f"What is the entropy of the distribution {row(p)}, in bits?", entropy(p)


@numeric("05", "(5.3)", "formulas.information.kl_divergence", "bits")
def divergence(rng):
    """The divergence of two distributions."""
    p, q = two_shares(rng, 3)
    return (f"What is D(p||q) in bits for p = {row(p)} and q = {row(q)}?",
            kl_divergence(p, q))


@numeric("05", "(5.1)", "data.worms.binomial")
def worm(rng):
    """The probability of a number of teeth."""
    t, i = pick(rng, 0.3, 0.4, 0.5, 0.6), int(rng.integers(2, 8))
    text = (f"A worm has ten places, each with a tooth with probability {t:g}. How "
            f"probable are {i} teeth?")
    return text, binomial(t)[i]


@numeric("05", "(12.2)", "formulas.information.cross_entropy", "bits")
def message(rng):
    """What a message costs with the wrong code."""
    (p, q), n = two_shares(rng, 3), pick(rng, 100, 500, 1000)
    text = (f"{n} outcomes with the shares {row(p)} are sent with a code made for "
            f"{row(q)}. How many bits is the whole message?")
    return text, n * cross_entropy(p, q)


def small_world(rng):
    """A model of one cause and one number, its description, and an x."""
    w, sigma = pick(rng, 0.5, 1.0, 1.5, 2.0), pick(rng, 0.5, 1.0, 2.0)
    x = pick(rng, -1, 1) * decimal(rng, 0.5, 4)
    text = (f"z ~ N(0, 1) and x|z ~ N({w:g} z, {sigma:g}^2), and x = {x:g} is seen. ")
    return LinearGaussian(w, 0, sigma), text, x


@numeric("06", "(6.3)", "exact.LinearGaussian.log_likelihood", "nats")
def evidence(rng):
    """log p(x) of the linear model."""
    model, text, x = small_world(rng)
    return text + "What is log p(x)?", model.log_likelihood(x)[0]


@numeric("06", "(6.4)", "exact.LinearGaussian.posterior")
def posterior_mean(rng):
    """The mean of z after x."""
    model, text, x = small_world(rng)
    return text + "What is the mean of z given x?", model.posterior(x)[0][0, 0]


@numeric("06", "(6.4)", "exact.LinearGaussian.posterior")
def posterior_variance(rng):
    """The variance of z after x."""
    model, text, x = small_world(rng)
    return text + "What is the variance of z given x?", model.posterior(x)[1][0, 0]


@numeric("06", "(6.5)", "exact.inference.naive_draws")
def darts(rng):
    """How many draws from the prior a small error takes."""
    x, d, error = decimal(rng, 1, 3), pick(rng, 1, 2, 3), pick(rng, 5, 10, 20)
    text = (f"In each of d = {d} independent dimensions z ~ N(0, 1), x|z ~ N(2 z, 1) "
            f"and x = {x:g}. How many draws of z from the prior give p(x) with a "
            f"relative error of {error} %?")
    return text, naive_draws(x, d, error / 100)


def guess(rng):
    """A normal q: its mean and variance."""
    return decimal(rng, -1, 1), pick(rng, 0.2, 0.5, 0.8)


@numeric("07", "(7.6)", "exact.LinearGaussian.elbo", "nats")
def bound(rng):
    """The ELBO of a given q."""
    (model, text, x), (m, v) = small_world(rng), guess(rng)
    terms = model.elbo(x, [[m]], [[[np.sqrt(v)]]])
    return text + f"What is the ELBO at q = N({m:g}, {v:g})?", terms["elbo"][0]


@numeric("07", "(7.5)", "exact.LinearGaussian.elbo", "nats")
def gap(rng):
    """What the bound lacks."""
    (model, text, x), (m, v) = small_world(rng), guess(rng)
    terms = model.elbo(x, [[m]], [[[np.sqrt(v)]]])
    text += f"By how much does the ELBO at q = N({m:g}, {v:g}) miss log p(x)?"
    return text, terms["gap"][0]


@numeric("07", "(7.7)", "exact.inference.gaussian_fit_gradient")
def climb(rng):
    """The slope of the bound in the mean of q."""
    (model, text, x), (m, v) = small_world(rng), guess(rng)
    m = round(m + 0.05, 2)  # off the posterior's own mean, where the slope is 0
    _, dm, _ = gaussian_fit_gradient(model, x, m, np.log(v))
    return text + f"What is the slope of the ELBO in m at q = N({m:g}, {v:g})?", dm


@numeric("07", "(7.8)", "exact.LinearGaussian.log_joint")
def accepted(rng):
    """The probability that a Metropolis step is taken."""
    model, text, x = small_world(rng)
    mean = model.posterior(x)[0][0, 0]
    near, far = round(mean + 0.1, 1), round(mean + decimal(rng, 0.6, 1.2), 1)
    at, there = (model.log_joint(np.array([x]), np.array([z])) for z in (near, far))
    text += (f"A Metropolis chain is at z = {near:g} and proposes {far:g}, by a "
             "symmetric proposal. With which probability is the step taken?")
    return text, min(1.0, float(np.exp(there - at)))


@numeric("08", "(8.1)", "formulas.gaussian_divergence.kl_gaussian", "nats")
def two_normals(rng):
    """The divergence of two normal distributions of one number."""
    m0, m1 = decimal(rng, -2, 0), decimal(rng, 0.1, 2)
    v0, v1 = pick(rng, 0.25, 0.5, 1.0), pick(rng, 2.0, 3.0, 4.0)
    text = f"What is KL(N({m0:g}, {v0:g}) || N({m1:g}, {v1:g})), variances given?"
    return text, kl_gaussian([m0], [[v0]], [m1], [[v1]])


@numeric("08", "(8.6)", "formulas.gaussian_divergence.kl_gaussian", "nats")
def to_the_prior(rng):
    """A correlated normal distribution from the prior."""
    mu, r = np.round(rng.uniform(-1.5, 1.5, 2), 1), pick(rng, 0.3, 0.5, 0.8)
    text = ("What is the KL from N(0, I) of a normal distribution in two dimensions "
            f"with mean {row(mu)}, variances 1 and correlation {r:g}?")
    return text, kl_gaussian(mu, [[1, r], [r, 1]], [0, 0], np.eye(2))


@numeric("08", "(8.8)", "formulas.gaussian_divergence.kl_gaussian", "nats")
def no_correlation(rng):
    """What the best diagonal approximation misses."""
    r = decimal(rng, 0.3, 0.95, 2)
    p = np.array([[1, r], [r, 1]])
    q = np.diag(1 / np.diag(np.linalg.inv(p)))
    text = ("A normal distribution p in two dimensions has variances 1 and "
            f"correlation {r:g}. What is KL(q || p) for the best q with a diagonal "
            "covariance?")
    return text, kl_gaussian([0, 0], q, [0, 0], p)


@numeric("12", "(5.3)", "formulas.information.jensen_shannon", "bits")
def middle(rng):
    """The Jensen-Shannon divergence of two coins."""
    a, b = pick(rng, 0.1, 0.2, 0.3), pick(rng, 0.5, 0.7, 0.9)
    text = ("What is the Jensen-Shannon divergence, in bits, of two coins that show "
            f"heads with {a:g} and {b:g}?")
    return text, jensen_shannon([a, 1 - a], [b, 1 - b])


@numeric("12", "(12.3)", "exact.TwoHills.forward_kl")
def covering(rng):
    """The slope of D(P||Q) in log s."""
    c, scale, s = pick(rng, 1.0, 2.0, 3.0), pick(rng, 0.3, 0.5), pick(rng, 1.2, 1.7)
    text = (f"P is half N(-{c:g}, {scale:g}^2) and half N({c:g}, {scale:g}^2), and Q "
            f"= N(0, s^2). What is the derivative of D(P||Q) in log s at s = {s:g}?")
    return text, TwoHills(c, scale).forward_kl(0.0, np.log(s))[2]


def habitats(rng):
    """A worm's habitats, and how many worms of each have a tooth."""
    prior, tooth = shares(rng, 3), np.round(rng.uniform(0.1, 0.9, 3), 1)
    text = (f"Three habitats have the shares {row(prior)} of all worms, and of their "
            f"worms the shares {row(tooth)} have teeth. ")
    return DiscreteLatent(prior, tooth[:, None]), text


@numeric("12", "(12.5)", "exact.DiscreteLatent.log_likelihood")
def total_probability(rng):
    """A probability, added up."""
    model, text = habitats(rng)
    value = np.exp(model.log_likelihood(np.ones((1, 1))))[0]
    return text + "What share of all worms has teeth?", value


@numeric("12", "(12.6)", "exact.DiscreteLatent.posterior")
def bayes(rng):
    """A probability, turned round."""
    model, text = habitats(rng)
    text += "A worm has teeth. How probable is it that it is from the first habitat?"
    return text, model.posterior(np.ones((1, 1)))[0, 0]
