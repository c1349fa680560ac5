"""Lab 08: entropy and divergence, with the worms."""

import math

import numpy as np

from scratchae.data.worms import TEETH, binomial, load_worms
from scratchae.formulas.information import cross_entropy, entropy, kl_divergence
from scratchae.labs.hypotheses import term_slips
from scratchae.labs.specification import Lab, Part, Slip, Tensor
from scratchae.labs.specifications.special import but

WHERE = "scratchae.formulas.information"
COUNT = np.arange(TEETH + 1)
NEAR = 0.01  # of an answer that would be 0


def shares(rng, size):
    """A distribution in which nothing is nearly impossible."""
    weights = rng.uniform(0.2, 1.5, size)
    return weights / weights.sum()


def one_inputs(rng, s):
    return {"p": shares(rng, s.d)}


def two_inputs(rng, s):
    return {"p": shares(rng, s.d), "q": shares(rng, s.d)}


def certain(rng, s):
    """An outcome that is certain, and others that cannot be."""
    return {"p": np.eye(s.d)[2]}


def with_zeros(rng, s):
    """p leaves out what q allows, and something that q leaves out as well."""
    given = two_inputs(rng, s)
    given["p"][:2] = given["q"][0] = 0
    return {name: array / array.sum() for name, array in given.items()}


def impossible(rng, s):
    """q leaves out what p has, and both leave out something else."""
    given = two_inputs(rng, s)
    given["p"][0] = given["q"][0] = given["q"][3] = 0
    return {name: array / array.sum() for name, array in given.items()}


def worms(rng, s):
    """The thousand worms beside the binomial of their mean."""
    p = load_worms() / load_worms().sum()
    return {"p": p, "q": binomial(p @ COUNT / TEETH)}


def count_inputs(rng, s):
    """How many worms have 0 to 10 teeth: some hundreds."""
    return {"counts": rng.integers(5, 90, TEETH + 1)}


def real_counts(rng, s):
    return {"counts": load_worms()}


def nearly_fitted(given):
    """A hundred thousand worms, as a binomial has them."""
    t = 0.4 + given["counts"][0] / 1000
    return np.round(1e5 * binomial(t)).astype(int)


def chance(rng, s):
    return {"t": float(rng.uniform(0.2, 0.8))}


def slope_inputs(rng, s):
    """t above the best one on one input, and below it on the other."""
    p = shares(rng, TEETH + 1)
    away = rng.uniform(0.1, 0.2) * (1 if s.n == 5 else -1)
    return {"p": p, "t": float(p @ COUNT / TEETH + away)}


def cost_inputs(rng, s):
    return {**count_inputs(rng, s), "q": shares(rng, TEETH + 1)}


ENTROPY = Part(
    "entropy", one_inputs, solution=f"{WHERE}.entropy", equal=False,
    more=(("where something is certain", certain),
          ("where all are as probable", but(one_inputs, p=lambda v: np.full_like(
              v["p"], 1 / len(v["p"]))))),
    tensors=(Tensor("H", lambda v: entropy(v.p), (
        Slip("nats", "in nats, not in bits", lambda v: entropy(v.p, np.e)),
        Slip("log10", "with logarithms to base 10", lambda v: entropy(v.p, 10)),
        Slip("unweighted", "the surprises are not weighed by their probabilities",
             lambda v: -np.sum(np.log2(v.p))),
        Slip("averaged", "averaged over the outcomes, not over the distribution",
             lambda v: -np.mean(np.log2(v.p))),
        Slip("mean_of_terms", "divided by the number of outcomes",
             lambda v: entropy(v.p) / len(v.p)),
        Slip("most", "the logarithm of the number of outcomes: the most possible",
             lambda v: np.log2(len(v.p))),
    )),),
)

DIVERGENCE = Part(
    "divergence", two_inputs, points=2, solution=f"{WHERE}.kl_divergence", equal=False,
    more=(("where p is 0, and q in one place too", with_zeros),
          ("where q is 0 and p is not", impossible), ("of the worms", worms),
          ("where q is nearly p", but(two_inputs, q=lambda v: (
              1 - NEAR) * v["p"] + NEAR * v["q"]))),
    tensors=(Tensor("D", lambda v: kl_divergence(v.p, v.q), (
        Slip("swapped", "the other way round: the mean is over q, not over p",
             lambda v: kl_divergence(v.q, v.p)),
        Slip("nats", "in nats, not in bits", lambda v: kl_divergence(v.p, v.q, np.e)),
        Slip("cross_entropy", "that is the cross-entropy: the entropy is not taken off",
             lambda v: cross_entropy(v.p, v.q)),
        Slip("entropies", "a difference of two entropies",
             lambda v: entropy(v.q) - entropy(v.p)),
        Slip("absolute_terms", "the terms lose their signs",
             lambda v: np.sum(v.p * np.abs(np.log2(v.p / v.q)))),
        Slip("symmetric", "the sum of both directions",
             lambda v: kl_divergence(v.p, v.q) + kl_divergence(v.q, v.p)),
        Slip("wrong_mean", "the mean is over q, not over p",
             lambda v: np.sum(v.q * np.log2(v.p / v.q))),
        Slip("unweighted", "the terms are not weighed",
             lambda v: np.sum(np.log2(v.p / v.q))),
    )),),
)

BINOMIAL = Part(
    "binomial", chance, solution="scratchae.data.worms.binomial", equal=False,
    tensors=(Tensor("q", lambda v: binomial(v.t), (
        Slip("one_order", "the number of ways to place the teeth is missing",
             lambda v: v.t**COUNT * (1 - v.t) ** (TEETH - COUNT)),
        Slip("no_tooth", "t is the chance of no tooth", lambda v: binomial(1 - v.t)),
        Slip("hits_only", "the places without a tooth are forgotten",
             lambda v: np.array([math.comb(TEETH, i) for i in COUNT]) * v.t**COUNT),
        Slip("eleven", "eleven places, not ten: the last number left out",
             lambda v: np.array([math.comb(11, i) * v.t**i * (1 - v.t) ** (11 - i)
                                 for i in range(11)])),
        Slip("exponent", "a place too many without a tooth",
             lambda v: binomial(v.t) * (1 - v.t)),
        Slip("from_one", "the numbers of teeth begin at 1",
             lambda v: np.append(binomial(v.t)[1:], 0)),
    )),),
)


def observed(v):
    return v.counts / v.counts.sum()


def fitted(v):
    return observed(v) @ COUNT / TEETH


FIT = Part(
    "fit", count_inputs, points=2, returns=("t", "D"), equal=False,
    solution=f"scratchae.data.worms.binomial and {WHERE}.kl_divergence",
    more=(("of the thousand worms", real_counts),
          ("where the fit is nearly exact", but(count_inputs, counts=nearly_fitted))),
    tensors=(
        Tensor("t", fitted, (
            Slip("mean", "the mean number of teeth, not a chance of one",
                 lambda v: TEETH * fitted(v)),
            Slip("eleven", "divided by the number of outcomes, not of places",
                 lambda v: TEETH * fitted(v) / (TEETH + 1)),
            Slip("per_worm", "each worm counts its place in the table only",
                 lambda v: np.mean(v.counts) / v.counts.sum()),
            Slip("no_tooth", "the chance of no tooth", lambda v: 1 - fitted(v)),
            Slip("peak", "from the most frequent number, not from the mean",
                 lambda v: np.argmax(v.counts) / TEETH),
            Slip("unweighted", "every number of teeth counts alike",
                 lambda v: np.mean(COUNT) / TEETH),
        )),
        Tensor("D", lambda v: kl_divergence(observed(v), binomial(float(v.t))), (
            Slip("swapped", "the other way round",
                 lambda v: kl_divergence(binomial(float(v.t)), observed(v))),
            Slip("nats", "in nats, not in bits",
                 lambda v: kl_divergence(observed(v), binomial(float(v.t)), np.e)),
            Slip("counts", "of counts, not of shares", lambda v: np.sum(
                v.counts * np.log2(v.counts / binomial(float(v.t))))),
            Slip("whole_message", "of all worms together, not of one",
                 lambda v: v.counts.sum()
                 * kl_divergence(observed(v), binomial(float(v.t)))),
            Slip("cross_entropy", "that is the cross-entropy",
                 lambda v: cross_entropy(observed(v), binomial(float(v.t)))),
        )),
    ),
)


def terms(v):
    """The two sums of the slope, over p."""
    return v.p @ COUNT / v.t, v.p @ (TEETH - COUNT) / (1 - v.t)


SLOPE = Part(
    "slope", slope_inputs, points=2, equal=False,
    more=(("where t is nearly the best", but(slope_inputs, t=lambda v: float(
        v["p"] @ COUNT / TEETH + NEAR))),),
    solution="lecture 05, (5.4); numerically by scratchae.check_gradient",
    tensors=(Tensor("dD", lambda v: -(terms(v)[0] - terms(v)[1]), (
        *term_slips({
            "first": ("the part of the teeth that are there", lambda v: -terms(v)[0]),
            "second": ("the part of those that are not", lambda v: terms(v)[1]),
        }, skip=("second_sign", "second_missing", "first_missing")),
        Slip("both_negative", "the inner derivative of log(1 - t) lacks its sign",
             lambda v: -(terms(v)[0] + terms(v)[1])),
        Slip("first_only", "the teeth that are not there are forgotten",
             lambda v: -terms(v)[0]),
        Slip("second_only", "the teeth that are there are forgotten",
             lambda v: terms(v)[1]),
        Slip("bits", "the slope of the divergence in bits, not in nats",
             lambda v: -(terms(v)[0] - terms(v)[1]) / np.log(2)),
        Slip("denominators", "t and 1 - t are swapped in the denominators",
             lambda v: -(v.p @ COUNT / (1 - v.t) - v.p @ (TEETH - COUNT) / v.t)),
        Slip("unweighted", "every number of teeth counts alike",
             lambda v: -np.mean(COUNT / v.t - (TEETH - COUNT) / (1 - v.t))),
    )),),
)

COST = Part(
    "message", cost_inputs, equal=False,
    more=(("where q is the worms' own", but(cost_inputs, q=lambda v: (
        v["counts"] / v["counts"].sum()))),),
    solution=f"{WHERE}.cross_entropy, times the number of worms",
    tensors=(Tensor("bits", lambda v: v.counts.sum() * cross_entropy(
        observed(v), v.q), (
            Slip("per_worm", "of one worm, not of all",
                 lambda v: cross_entropy(observed(v), v.q)),
            Slip("nats", "in nats, not in bits", lambda v: v.counts.sum()
                 * cross_entropy(observed(v), v.q, np.e)),
            Slip("own_code", "with the worms' own code, not with that of q",
                 lambda v: v.counts.sum() * entropy(observed(v))),
            Slip("excess", "the excess only, not the whole message",
                 lambda v: v.counts.sum() * kl_divergence(observed(v), v.q)),
            Slip("once_each", "each number of teeth is sent once",
                 lambda v: -np.sum(np.log2(v.q))),
        )),),
)

LAB = Lab("08", "entropy and divergence, with the worms", "05_entropy_and_kl",
          (ENTROPY, DIVERGENCE, BINOMIAL, FIT, SLOPE, COST))
