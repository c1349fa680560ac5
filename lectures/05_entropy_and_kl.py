"""Lecture 05: entropy and the Kullback-Leibler divergence

Slides S20-S27. How much does a model of the data lose? A thousand worms and their
teeth are enough to define entropy and divergence, and to meet every property of them
that the later lectures need. Run time: seconds.
"""

# %%
import numpy as np

from scratchae.course import Lecture
from scratchae.data.worms import ad_hoc, binomial, load_worms, uniform
from scratchae.formulas.information import entropy, kl_divergence
from scratchae.plots import COLOURS, curves, new_figure

lecture = Lecture(__doc__)
rng = np.random.default_rng(0)
DRAWS = 100_000  # of the Monte-Carlo estimate
NATS = np.log(2)  # one bit in nats

# %% [markdown]
# ## Worms with teeth (S20-S22)
#
# Worms of a newly found kind have 0 to 10 teeth. We counted a thousand. To send the
# result home cheaply we want a model with few parameters instead of the whole table.
# Two candidates: all numbers of teeth equally likely (no parameter); or ten places,
# each with a tooth with probability t (one parameter),
#
#     q_i = C(10, i) t^i (1 - t)^(10 - i),   i = 0 ... 10                    (5.1)
#
# Its mean is 10 t, so a tenth of the mean of the data is the natural choice of t.
#
# The counts below are a RECONSTRUCTION. The originals were published only as a bar
# chart; this table gives every published figure, and other tables do so too.

# %%
worms = load_worms()
observed = worms / worms.sum()
teeth = np.arange(11)
print("worms with 0, 1, ..., 10 teeth (reconstructed):", *worms)
lecture.number("mean teeth", float(teeth @ observed), digits=3)
t = float(teeth @ observed) / 10
lecture.number("t of the binomial", t)
models = {"uniform": uniform(), "binomial": binomial(t)}

# %% [markdown]
# ## Entropy (S23)
#
# An event that has probability a is worth -log a: rare is surprising, certain is worth
# nothing, and independent events add up. Of outcomes with the probabilities p_1, p_2,
# ... the mean surprise is the entropy
#
#     H(p) = -sum_i p_i log p_i                                              (5.2)
#
# [Shannon1948]. With log to base 2 it is in bits, with the natural logarithm in nats;
# one bit is 0.693 nats. A code writes each outcome as a word of zeros and ones. No code
# that can be read back has words that are shorter on average than H bits, and one that
# writes many outcomes by one long word comes as near to H bits per outcome as one
# likes: entropy is the limit of the lengths of codes. A fair coin has `1` bit, a die
# `2.585`, and a certain event `0`. The worms have `3.121`, which is less than the most
# possible with 11 outcomes, log2 11.

# %%
lecture.number("entropy of a coin", entropy([0.5, 0.5]), "bits")
lecture.number("entropy of a die", entropy(np.full(6, 1 / 6)), "bits")
lecture.number("entropy of a certain event", entropy([1.0, 0.0]), "bits")
lecture.number("entropy of the worms", entropy(observed), "bits")
lecture.number("most possible with 11 outcomes", entropy(uniform()), "bits")
lecture.holds("less than the most possible", entropy(observed) < np.log2(11))
heads = np.linspace(0, 1, 201)
coin = [entropy([a, 1 - a]) for a in heads]
figure = curves({"": (heads, coin)}, "probability of heads", "entropy (bits)",
                "A coin is worth 1 bit only if it is fair")
lecture.save(figure, "05_coin",
             "The entropy of a coin against its probability of heads: an arch that is "
             "zero at both ends and highest at one half.")

# %% [markdown]
# Two independent things: the entropies add. Here the worms and a die.

# %%
pair = np.outer(observed, np.full(6, 1 / 6)).ravel()
print(f"H(worm, die) = {entropy(pair):.4f} = {entropy(observed):.4f} + "
      f"{np.log2(6):.4f} bits")

# %% [markdown]
# ## The divergence (S24)
#
# Code the worms with a code made for q, and outcome i costs -log q_i instead of -log
# p_i. The mean excess is the Kullback-Leibler divergence [KullbackLeibler1951], here in
# the slide's three forms:
#
#     D(p||q) = sum_i p_i (log p_i - log q_i)
#             = sum_i p_i log(p_i / q_i)
#             = E_p[log p - log q]                                           (5.3)
#
# The last one says how to estimate it from samples of p when nobody can sum.

# %%
q = models["binomial"]
draws = np.log2(observed / q)[rng.choice(11, size=DRAWS, p=observed)]
print(f"difference of logs {np.sum(observed * (np.log2(observed) - np.log2(q))):.6f}")
print(f"log of the ratio   {np.sum(observed * np.log2(observed / q)):.6f}")
print(f"`kl_divergence`    {kl_divergence(observed, q):.6f}")
error = draws.std() / np.sqrt(DRAWS)
print(f"{DRAWS} samples     {draws.mean():.4f} +- {error:.4f} bits")

# %% [markdown]
# ## Which model loses less? (S25)
#
# D(observed||uniform) is `0.338` bits, D(observed||binomial) `0.477`. The model without
# a parameter wins. The worms have their peak at 3 to 5 teeth, and yet a share of
# `0.260` has 8 or more. The binomial has its peak at 6, and leaves `0.124` for 8 or
# more.

# %%
for name, q in models.items():
    bits = kl_divergence(observed, q)
    lecture.number(f"D(observed||{name})", bits, "bits")
    print(f"  the same in nats: {bits * NATS:.4f}")
lost = [kl_divergence(observed, q) for q in models.values()]
lecture.holds("The model without a parameter wins", lost[0] < lost[1])
many = {"worms": observed[8:].sum(), "binomial": models["binomial"][8:].sum()}
print("8 teeth or more:", *(f"{share:.3f} ({name})" for name, share in many.items()))
elsewhere = np.delete(observed, [3, 4, 5])
lecture.holds("have their peak at 3 to 5 teeth", min(observed[3:6]) > max(elsewhere))
lecture.holds("The binomial has its peak at 6", models["binomial"].argmax() == 6)

figure, axes = new_figure(width=7, height=3.6)
axes.bar(teeth, observed, color="#bbbbbb", label="observed (reconstructed)")
for i, (name, q) in enumerate(models.items()):
    bits = kl_divergence(observed, q)
    axes.plot(teeth, q, "os"[i], linestyle=("-", "--")[i], color=COLOURS[i],
              label=f"{name}: {bits:.3f} bits")
axes.set(xlabel="teeth", ylabel="share of worms", xticks=teeth,
         title=f"Lost in bits: {kl_divergence(observed, uniform()):.3f} (uniform), "
         f"{kl_divergence(observed, binomial(t)):.3f} (binomial)")
axes.legend(fontsize=9)
lecture.save(figure, "05_worms",
             "Bars for the shares of worms with 0 to 10 teeth, with two models as "
             "lines. The uniform model is flat; the binomial one has its peak to the "
             "right of the bars' and misses those at the right end.")

# %% [markdown]
# Is t = mean / 10 the best binomial? Let p_i be the observed shares, and put (5.1) into
# (5.3). Of the terms only -p_i log q_i depends on t, and log q_i is i log t +
# (10 - i) log(1 - t) and a constant, so
#
#     dD/dt = -sum_i p_i (i / t - (10 - i) / (1 - t))                        (5.4)
#
# Bring both fractions to one denominator: this is (10 t - mean) / (t (1 - t)), and 0 at
# t = mean / 10. So matching the mean is minimising the divergence, and that is
# maximising the likelihood. Another model with one parameter, (1 - t)/6 for each of 0-5
# teeth and t/5 for each of 6-10, is made up for the occasion. It beats both, narrowly,
# at t = `0.47` with `0.3376` bits.

# %%
grid = np.linspace(0.01, 0.99, 99)
losses = {"binomial": [kl_divergence(observed, binomial(g)) for g in grid],
          "ad hoc": [kl_divergence(observed, ad_hoc(g)) for g in grid]}
for name, loss in losses.items():
    lecture.number(f"best t of the {name} model", grid[np.argmin(loss)])
    lecture.number(f"least D of the {name} model", min(loss), "bits")
lecture.holds("It beats both, narrowly",
              0.9 * min(lost) < min(losses["ad hoc"]) < min(lost))
title = (f"Least at t = {grid[np.argmin(losses['binomial'])]:.2f} (binomial), "
         f"{grid[np.argmin(losses['ad hoc'])]:.2f} (ad hoc)")
figure = curves({name: (grid, loss) for name, loss in losses.items()}, "t",
                "D(observed||model) (bits)", title)
figure.axes[0].set_ylim(0, 4)
lecture.save(figure, "05_divergence_against_p",
             "The divergence from the worms against the parameter t, for the binomial "
             "and for the ad-hoc model: two valleys. The binomial's is narrow, the "
             "ad-hoc model's wide and flat, with a slightly lower floor.")

# %% [markdown]
# ## Three properties (S26)
#
# D is never negative (proved in lecture 12), 0 only where p = q, and not symmetric:
# swapped, the binomial's `0.4772` becomes `0.3298`. It is not a distance. Where q says
# "impossible" and p does not, it is infinite: no code word at all.

# %%
q = models["binomial"]
lecture.number("D(binomial||observed)", kl_divergence(q, observed), "bits")
lecture.number("D(observed||observed)", kl_divergence(observed, observed), "bits")
random = rng.dirichlet(np.ones(11), size=(1000, 2))
smallest = min(kl_divergence(a, b) for a, b in random)
lecture.number("least D of 1000 random pairs", smallest, "bits")
print("D of a coin from a certain event:", kl_divergence([0.5, 0.5], [1.0, 0.0]))

# %% [markdown]
# ## Models that generate (S27)
#
# A model with a formula for q can also draw: it has learned statistics, and gives out
# new worms. How far are its draws from the data? Pearson's chi-square adds up
# (seen - expected)^2 / expected over the 11 bins; draws from the right model give about
# 10, the number of free bins.

# %%
counts = {"data (reconstructed)": worms}
for name, q in models.items():
    drawn = np.bincount(rng.choice(11, size=1000, p=q), minlength=11)
    counts[f"1000 draws, {name}"] = drawn
    fit = np.sum((drawn - 1000 * q) ** 2 / (1000 * q))
    miss = np.sum((drawn - worms) ** 2 / worms)
    print(f"1000 worms from the {name:8} model: chi-square {fit:.1f} against itself, "
          f"{miss:.0f} against the data")
figure, axes = new_figure(1, 3, width=9, height=2.8, sharey=True)
colours = "#bbbbbb", *COLOURS[:2]  # those of the figure above
for panel, colour, (name, n) in zip(axes, colours, counts.items(), strict=True):
    panel.bar(teeth, n, color=colour)
    panel.set(title=name, xlabel="teeth", xticks=range(0, 11, 2))
axes[0].set_ylabel("worms")
lecture.save(figure, "05_samples",
             "Three bar charts of worms by number of teeth, on one scale: the data, a "
             "thousand draws of the uniform model and of the binomial one. Neither "
             "looks like the data: one is flat, one a single peak.")

# %% [markdown]
# ## What to see
#
# A divergence is a price: bits per worm that a wrong model costs. It compares models
# of any form on one scale, and fitting by it is maximum likelihood.
#
# ## What this does not show
#
# Less divergence is not a better theory: the ad-hoc model was made after looking at the
# data, and the table itself would have divergence 0. Nor do a thousand worms fix the
# true probabilities; lecture 11 asks how fast estimates converge.
#
# ## Questions
#
# 1. Oral: why is D infinite where q_i = 0 < p_i, and harmless where p_i = 0 < q_i?
# 2. Derive (5.4).
# 3. Numeric: how many bits do the thousand worms cost, one after the other, with the
#    binomial's code? (Their order costs most of it: the table alone is eleven counts.)

# %%
cost = -np.sum(worms * np.log2(models["binomial"]))
print(f"Question 3: {cost:.0f} bits; with one code for all worms never less than "
      f"{1000 * entropy(observed):.0f}")
