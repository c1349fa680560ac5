"""Lecture 10: the variational autoencoder

Slides S28-S31, S36-S41, S50-S51 and S57. The code becomes a distribution, and the
autoencoder a model that can draw new images. This script derives the loss and its
gradient, trains the model by an explicit loop once, and looks at what it learned.
Run time: under a minute (--quick: seconds).
"""

# %%
import numpy as np

from scratchae import Autoencoder, VariationalAutoencoder, check_parameters, plots
from scratchae.analysis import GaussianMixture, LinearProbe, active_units, interpolate
from scratchae.course import Lecture
from scratchae.formulas import losses
from scratchae.formulas import reparameterization as sampler
from scratchae.formulas.activations import tanh_backward, tanh_forward
from scratchae.formulas.corruption import binarize
from scratchae.formulas.dense import dense_backward, dense_forward
from scratchae.formulas.divergences import kl_diag_gaussian_backward as kl_backward
from scratchae.formulas.divergences import kl_diag_gaussian_forward as kl_forward
from scratchae.formulas.optimizers import adam_step

lecture = Lecture(__doc__)
digits = lecture.digits()
(x_train, x_test), (y_train, y_test) = digits.x, digits.labels
rng = np.random.default_rng(0)
# Seven passes make digits of codes, on MNIST too, and the whole run a minute.
QUIET = {"epochs": 7, "random_state": 0, "verbose": False}

# %% [markdown]
# ## A code that is a distribution (S28-S31)
#
# The encoder (recognition model) turns an image into a distribution over codes, the
# decoder (generative model) a code into a distribution over images:
#
#     q(z|x) = N(mu(x), diag(sigma(x)^2)),   log_var = log sigma^2           (10.1)
#
# Before any data are seen, codes come from the prior p(z) = N(0, I). Training raises
# the evidence lower bound (S35, S50):
#
#     ELBO(x) = E_q[log p(x|z)] - KL(q(z|x) || p(z))  <=  log p(x)           (10.2)
#
# The first term asks for good copies, the second keeps every q(z|x) near the prior, so
# that codes drawn from the prior can be decoded. The slide says that we can "minimize"
# this expression. It is maximised; what is minimised is its negative, our loss.
#
# What p(x|z) is depends on the data. For pixels that are black or white the decoder's
# output a = a(z) holds their logits, p_j = 1 / (1 + exp(-a_j)), as in (1.11):
#
#     log p(x|z) = sum_j (x_j a_j - log(1 + exp(a_j)))                       (10.3)
#
# For other numbers it is a normal distribution, (10.10) below.

# %% [markdown]
# ## The divergence in closed form (S37-S38)
#
# Per dimension, KL = E_q[log q - log p]. With z = mu + sigma eps, log q - log p is
# -log sigma - eps^2 / 2 + (mu + sigma eps)^2 / 2, and E eps = 0, E eps^2 = 1, so
#
#     KL = 1/2 sum_j (mu_j^2 + sigma_j^2 - 1 - log sigma_j^2)                (10.4)
#     dKL/dmu = mu,   dKL/dlog_var = 1/2 (sigma^2 - 1)                       (10.5)
#
# Nothing is sampled, so this half of the loss has no noise. Check by sampling anyway:

# %%
mu, log_var = np.array([[0.5, -1.0]]), np.array([[-1.0, 0.3]])
eps = rng.standard_normal((100_000, 2))
z, _ = sampler.reparameterize_diag_forward(mu, log_var, eps)
terms = 0.5 * np.sum(z**2 - eps**2 - log_var, axis=1)
print(f"KL {kl_forward(mu, log_var)[0][0]:.4f} nats; sampled {terms.mean():.4f}")

# %% [markdown]
# Why log sigma^2 and not sigma? A network's output may be any number. exp makes it
# positive, and small and large scales are equally far from 0. The sampler is
#
#     z = mu + exp(log_var / 2) eps,   eps ~ N(0, I)                         (10.6)
#     dmu = dz,   dlog_var = 1/2 sigma eps dz                                (10.7)
#
# The 1/2 matters. Without it the standard deviation is sigma^2, the gradient can be
# consistent with that mistake, and a gradient check passes. The moments do not:

# %%
print(f"std of z {z.std(0).round(2)}, exp(log_var) {np.exp(log_var[0]).round(2)}")

# %% [markdown]
# ## The loss and its gradient, written out (S37)
#
# With beta = 1 for now, and one sample per image,
#
#     J = 1/n sum_i (recon_i + beta KL_i),   recon_i = -log p(x_i|z_i)       (10.8)
#
# Where is the 1/n? In the first backward line, and nowhere else. Sum or mean? Sum over
# pixels, as log-likelihoods do. Averaging recon over 784 pixels but summing the KL is
# the same as beta = 784: the copies go grey, and no gradient check complains.
#
# On the way back two paths meet at the encoder's output, where the gradients add up:
# the reconstruction's through z, (10.7), and the divergence's, (10.5),
#
#     dJ/dmu = dz + beta mu / n,   and so for log_var                        (10.9)

# %%
def loss_and_gradients(p, x, eps, beta=1.0):
    # J for a d-h-k-h-d network; the backward lines are the forward's in reverse.
    a1, cache1 = dense_forward(x, p["W1"], p["b1"])  # (n, h)
    h1, cache_h1 = tanh_forward(a1)
    head, cache2 = dense_forward(h1, p["W2"], p["b2"])  # (n, 2k)
    mu, log_var = np.hsplit(head, 2)  # (n, k) each
    z, noise = sampler.reparameterize_diag_forward(mu, log_var, eps)  # (n, k)  (10.6)
    a3, cache3 = dense_forward(z, p["W3"], p["b3"])  # (n, h)
    h3, cache_h3 = tanh_forward(a3)
    logits, cache4 = dense_forward(h3, p["W4"], p["b4"])  # (n, d)
    recon, cache_recon = losses.bernoulli_nll_forward(logits, x)  # (n,)     (10.3)
    kl, cache_kl = kl_forward(mu, log_var)  # (n,)     (10.4)

    d_recon = np.full(len(x), 1 / len(x))  # (n,)     (10.8)
    dmu_kl, dlog_var_kl = kl_backward(beta * d_recon, cache_kl)  # (10.5)
    dlogits = losses.bernoulli_nll_backward(d_recon, cache_recon)
    dh3, dW4, db4 = dense_backward(dlogits, cache4)
    dz, dW3, db3 = dense_backward(tanh_backward(dh3, cache_h3), cache3)
    dmu, dlog_var = sampler.reparameterize_diag_backward(dz, noise)  # (10.7)
    dhead = np.hstack([dmu + dmu_kl, dlog_var + dlog_var_kl])  # two paths meet (10.9)
    dh1, dW2, db2 = dense_backward(dhead, cache2)
    _, dW1, db1 = dense_backward(tanh_backward(dh1, cache_h1), cache1)
    return np.mean(recon + beta * kl), {"b4": db4, "W4": dW4, "b3": db3, "W3": dW3,
                                        "b2": db2, "W2": dW2, "b1": db1, "W1": dW1}


def random_point(d, h, k, scale):
    # every parameter at random, biases included, in the order from the loss back
    shapes = {"b4": d, "W4": (h, d), "b3": h, "W3": (k, h),
              "b2": 2 * k, "W2": (h, 2 * k), "b1": h, "W1": (d, h)}
    return {name: scale * rng.normal(size=shape) for name, shape in shapes.items()}


p, x, eps = random_point(7, 6, 3, 0.5), rng.random((5, 7)), rng.normal(size=(5, 3))
_, gradients = loss_and_gradients(p, x, eps, beta=0.7)
print(check_parameters(lambda q: loss_and_gradients(q, x, eps, 0.7)[0], p, gradients))

# %% [markdown]
# ## The training, written out (S50)
#
# Nothing is left to be derived. One step draws a batch, makes its pixels black or white
# (next section), draws eps, and moves every parameter by Adam, (1.16). For a VAE
# 784-64-(10+10)-64-784 on 2000 images, the mean loss falls with every epoch. Twelve
# codes of the prior, always the same, show what the decoder knows by then. At first
# some decode to the mean of all digits, others to ink all over, farther from it than a
# blank image is. After 16 epochs none is, and most look like digits.

# %%
p, n, batch, t, loss_of = random_point(784, 64, 10, 0.05), 2000, 50, 0, np.zeros(17)
z_shown, progress = rng.standard_normal((12, 10)), {"images": x_test[:12]}
moments = {name: np.zeros((2, *a.shape)) for name, a in p.items()}  # m and v of Adam
for epoch in range(1, 17):
    for x in np.split(x_train[:n][rng.permutation(n)], n // batch):  # (batch, 784)
        white, eps = binarize(x, rng.random(x.shape)), rng.standard_normal((batch, 10))
        loss, gradients = loss_and_gradients(p, white, eps)
        t += 1
        for name, gradient in gradients.items():
            adam_step(p[name], gradient, *moments[name], t, learning_rate=1e-2)
        loss_of[epoch] += loss * batch / n
    print(f"epoch {epoch:2d}: {loss_of[epoch]:.1f} nats/img")
    if epoch in (1, 2, 4, 8, 16):
        a = np.tanh(z_shown @ p["W3"] + p["b3"]) @ p["W4"] + p["b4"]  # (12, 784)
        progress[f"epoch {epoch}: {loss_of[epoch]:.0f} nats"] = 1 / (1 + np.exp(-a))
lecture.holds("the mean loss falls with every epoch", np.diff(loss_of[1:]) < 0)
mean = x_train[:n].mean(axis=0)
away = [np.sum((a - mean) ** 2, axis=1) for a in progress.values()]  # digits first
lecture.holds("After 16 epochs none is", away[-1].max() < mean @ mean < away[1].max())
lecture.save(plots.image_rows(progress, "Codes of the prior, decoded"), "10_progress",
             "A row of digits, and five rows of images decoded from the same twelve "
             "codes of the prior after 1, 2, 4, 8 and 16 epochs. In the first some are "
             "one grey smudge, the mean digit, and others are grey or black all over; "
             "in the last row most look like digits.")

# %% [markdown]
# ## Grey pixels (S37)
#
# MNIST's pixels are grey, and (10.3) is a probability of black-or-white ones. Fed with
# grey values it is still a number, but no log-likelihood: even the best decoder pays
# the pixels' own entropy. So each time an image is used each pixel is drawn white with
# its grey value as probability (dynamic binarisation [Burda2016]).

# %%
g = np.clip(x_test.astype(float), 1e-12, 1 - 1e-12)
floor = -np.sum(g * np.log(g) + (1 - g) * np.log1p(-g), axis=1).mean()
lecture.number("least Bernoulli loss on grey pixels", float(floor), "nats/img")

# %% [markdown]
# ## The Gaussian likelihood, and squared error (S37)
#
# For data that are any numbers the decoder's output x_hat(z) is the mean of a normal
# distribution, with one variance exp(v) for all d of them, fixed or learned:
#
#     -log p(x|z) = 1/2 sum_j (log(2 pi) + v + (x_j - x_hat_j)^2 exp(-v))    (10.10)
#     dx_hat = (x_hat - x) exp(-v)
#     dv = 1/2 sum_j (1 - (x_j - x_hat_j)^2 exp(-v))                         (10.11)
#
# Where v is fixed the first two terms are constants, and what is left is the squared
# error (1.2) times exp(-v) / 2. So squared error IS -log p(x|z), up to a scale and a
# constant: an autoencoder that minimises it maximises a Gaussian likelihood. The scale
# is 1 for the variance 1/2, and -log p(x|z) is then the squared error plus d/2 log pi:

# %%
nll = losses.gaussian_nll_forward(x_test[:1], np.log(0.5), x_test[1:2])[0][0]
rest = nll - losses.squared_error_forward(x_test[:1], x_test[1:2])[0][0]
print(f"-log p - squared error {rest:.3f}, d/2 log pi {392 * np.log(np.pi):.3f}")

# %% [markdown]
# Squared error beside an unscaled KL is thus a VAE that takes its pixels for noisy with
# a standard deviation of 0.71, seven tenths of the way from black to white: a choice
# that should be made knowingly. Another variance exp(v) is the same as squared error
# with beta = 2 exp(v) in (10.8). If v is learned, (10.11) is 0 where exp(v) is the mean
# squared error of a pixel. Lectures 07 and 11 use this decoder: with a linear x_hat(z)
# it is the model of lecture 06, whose log p(x) is known.

# %% [markdown]
# ## Two dimensions, to look at (S28-S31)
#
# An autoencoder and a VAE of the same size, both with two code numbers:

# %%
ae = Autoencoder(2, (400,), loss="bernoulli", **QUIET).fit(x_train)
vae2 = VariationalAutoencoder(2, (400,), **QUIET).fit(x_train)
mu, sigma = vae2.encode_distribution(x_test)
print(f"a test image, a {y_test[0]}: mu {mu[0].round(2)}, sigma {sigma[0].round(3)}")
codes, some = ae.transform(x_test), slice(1000)
titles = "AE: a code is a point", f"VAE: N(mu, sigma^2), mean sigma {sigma.mean():.2f}"
shown = codes[some], mu[some], sigma[some], y_test[some]
lecture.save(plots.points_and_ellipses(*shown, titles), "10_points_and_ellipses",
             "Left, codes of an autoencoder as points in the plane; right, posteriors "
             "of a VAE as ellipses, both coloured by digit. The ellipses overlap and "
             "fill the middle, the points lie far apart in places.")

# %% [markdown]
# "Values which are nearby should correspond with very similar reconstructions." The
# grids decode both planes alike. From one column to the next lies an equal share of the
# model's own codes of test images, and so from row to row. The VAE could be asked at
# quantiles of its prior instead, the autoencoder has none. Two strips go from the code
# of a 3 to that of a 7, ten images in a line.
#
# In a number: move each test image's code a little along one of the axes, decode both,
# and divide what all grey values change by the length of the step. Per unit of z the
# two decoders are alike: neither changes half as much again as the other. So nearby
# codes mean similar images in both planes, with the second term and without it.

# %%
three, seven = (np.flatnonzero(y_test == digit)[0] for digit in (3, 7))
decoded, strips, changed, step = {}, {}, [], np.resize(0.01 * np.eye(2), mu.shape)
for name, model, c in (("AE", ae, codes), ("VAE", vae2, mu)):
    decoded[name] = model.inverse_transform(plots.quantile_grid(c, 15))
    strips[name] = model.inverse_transform(interpolate(c[three], c[seven], 10))
    moved = np.abs(model.inverse_transform(c + step) - model.inverse_transform(c))
    changed.append(100 * float(moved.sum(axis=1).mean()))
    lecture.number(f"{name}: grey values changed per unit of z", changed[-1], digits=3)
lecture.holds("neither changes half as much again", 1.5 * min(changed) > max(changed))
title = "Per unit of z {:.0f} and {:.0f} grey values change".format(*changed)
lecture.save(plots.decoded_grids(decoded, title), "10_decoded_grids",
             "Two grids of decoded images, one for the autoencoder's plane of codes "
             "and one for the VAE's. Neighbours look alike, and digits turn into one "
             "another from side to side.")
lecture.save(plots.image_rows(strips, "From a 3 to a 7 in a line"), "10_interpolation",
             "Two rows of ten decoded images on the line from the code of a 3 to that "
             "of a 7, by the autoencoder and by the VAE. Both change step by step.")

# %% [markdown]
# What does the second term do to the codes? Drawn from q(z|x) for all images together,
# the VAE's codes have a mean near the prior's 0, and their variance is between half and
# twice its 1, so that codes of the prior lie where codes of images are. An
# autoencoder's codes lie anywhere.

# %%
variance = mu.var(axis=0) + np.mean(sigma**2, axis=0)
lecture.holds("their variance is between half and twice its 1",
              [np.abs(mu.mean(axis=0)) < 0.5, np.abs(np.log2(variance)) < 1])

# %% [markdown]
# ## Twenty dimensions, to measure (S36, S57)

# %%
vae = VariationalAutoencoder(20, (400,), epochs=10, random_state=0).fit(x_train)
panel = vae.evaluate(x_test)
for term in ("elbo", "reconstruction", "kl"):
    lecture.number(f"test {term}", panel[term], "nats/img")
# log p(x) itself, by 200 importance samples for each of 500 images (lecture 11):
lecture.number("log p(x)", vae.log_likelihood(x_test[:500], 200).mean, "nats/img")
title = f"{lecture.data_name}: samples of a 20-D VAE, ELBO {panel['elbo']:.1f} nats/img"
lecture.save(plots.image_grid(vae.sample(64, random_state=1), title), "10_samples",
             "Sixty-four images drawn from a VAE with 20 latent dimensions, in an "
             "eight by eight grid. Most can be read as digits, some are between two.")

# %% [markdown]
# ## The price of the second term (S36): beta
#
# A dimension that the decoder does not need costs nats and earns none, so its q becomes
# the prior: mu = 0, sigma = 1. It counts as active if the variance of mu over images
# exceeds 0.01 [Burda2016]. To get there may take many epochs; the last column counts
# how many are active after these few. What a nat costs is up to us:
# kl_weight = beta trades the two terms, and beta = 1 is the bound. As beta grows, the
# KL falls and the copies get worse. Samples do not become better in return: log p(x)
# is lower at beta = 4 than at 1. A warm-up of E epochs raises the weight, in epoch e to
#
#     beta_e = beta min(1, e / E)                                            (10.12)
#
# so that dimensions are not given up before the decoder has learned to use them.

# %%
at, found = (0.1, 0.5, 1.0, 4.0), []
print("beta; reconstruction, KL, ELBO, log p(x) in nats/img; active of 20")
for beta in at:
    model = VariationalAutoencoder(20, (200,), kl_weight=beta, **QUIET)
    terms = model.fit(x_train[:5000]).evaluate(x_test)
    log_p = model.log_likelihood(x_test[:200], 30 if lecture.quick else 100).mean
    found.append([terms["reconstruction"], terms["kl"], terms["elbo"], log_p])
    print(beta, *np.round(found[-1], 1), active_units(model, x_test).sum())
recon, kl, _, log_p = np.transpose(found)
lecture.holds("the KL falls and the copies get worse", np.diff([kl, -recon]) < 0)
lecture.holds("log p(x) is lower at beta = 4 than at 1", log_p[3] < log_p[2])
lines = {"-log p(x)": (at, -log_p), "reconstruction": (at, recon), "KL": (at, kl)}
title = f"Least -log p(x): {-max(log_p):.1f} nats/img, at beta = {at[log_p.argmax()]}"
lecture.save(plots.curves(lines, "beta", "nats/img", title, log_x=True), "10_beta",
             "Minus log p(x), reconstruction and divergence in nats against beta on a "
             "logarithmic axis. As beta grows the divergence falls and the "
             "reconstruction gets worse; log p(x) is best between the ends.")

# %% [markdown]
# ## One sample is enough (S51)
#
# The expectation in (10.2) is estimated with L samples per image and m images:
#
#     1/m sum_i 1/L sum_l log p(x_i|z_il),   noise of z ~ 1 / sqrt(m L)      (10.13)
#
# It is unbiased for every L. A second error, from which images are in the batch, goes
# like 1 / sqrt(m) whatever L is: that is why L = 1 is enough in training. Here is the
# standard deviation over repetitions with the images held fixed, so that only the noise
# of z is seen. Sixteen samples have about a quarter of the noise of one.

# %%
white = binarize(x_test, rng.random(x_test.shape))


def estimate(m, L):
    # (10.13) with fresh noise in z: `evaluate` draws once for each row
    return vae.evaluate(np.tile(white[:m], (L, 1)), rng)["reconstruction"]


curves, counts, repeats = {}, (1, 4, 16), 40 if lecture.quick else 100
for images in (4, 32):
    spread = [np.std([estimate(images, L) for _ in range(repeats)]) for L in counts]
    print(f"m = {images:2d}: std {np.round(spread, 2)} nats for L = {counts}")
    curves[f"{images} images"] = counts, spread
    lecture.holds("a quarter of the noise of one", 0.15 < spread[2] / spread[0] < 0.4)
words = "samples L", "std (nats/img)", f"m = 32, L = 1: {spread[0]:.2f} nats of noise"
lecture.save(plots.curves(curves, *words, log_x=True, log_y=True), "10_estimator",
             "The standard deviation of the estimate against the number of samples per "
             "image, both axes logarithmic, for 4 and for 32 images: two falling "
             "lines, the second one lower.")

# %% [markdown]
# Noise at evaluation? Yes: the bound is an expectation over z. Decoding mu instead
# gives a number that looks better and is no bound:

# %%
p_mean = vae.reconstruct(white).astype(float).clip(1e-7, 1 - 1e-7)
at_mean = -np.where(white > 0, np.log(p_mean), np.log1p(-p_mean)).sum(axis=1).mean()
print(f"with noise {panel['reconstruction']:.2f}, without {at_mean:.2f} nats/img")
lecture.holds("a number that looks better", at_mean < panel["reconstruction"])

# %% [markdown]
# ## What the autoencoder lacks: a density (S57)
#
# New images of a VAE come from codes of its prior. An autoencoder has no prior. Codes
# at random, each number with the mean and spread that it has over images, lie between
# the codes of images, and decoded they are often no digit. The remedy is a density on
# the codes, fitted when the autoencoder is trained. A mixture of normal distributions
#
#     p(h) = sum_j w_j N(h; m_j, S_j)                                        (10.14)
#
# is fitted by expectation maximisation [Dempster1977]. It alternates the share that
# component j has in the code h_i, and the components that these shares ask for:
#
#     r_ij = w_j N(h_i; m_j, S_j) / p(h_i)                                   (10.15)
#     w_j = 1/n sum_i r_ij,   m_j = 1/(n w_j) sum_i r_ij h_i,
#     S_j = 1/(n w_j) sum_i r_ij (h_i - m_j)^T (h_i - m_j)                   (10.16)
#
# No step lowers the likelihood: r_ij is the exact posterior p(j|h_i), so that the bound
# of lecture 07 touches it, and (10.16) is where that bound is highest. What is decoded
# shall be judged by a linear probe of the pixels: how often is it sure of a digit,
# p > 0.9? It is so more often of the mixture's images.

# %%
deep = Autoencoder(20, (400,), loss="bernoulli", **QUIET).fit(x_train)
h = deep.transform(x_train[:5000])  # (5000, 20)
new = {"random codes": rng.normal(h.mean(axis=0), h.std(axis=0), (500, 20)),
       "of a mixture": GaussianMixture(10, random_state=0).fit(h).sample(500, 1)}
drawn = {name: deep.inverse_transform(c) for name, c in new.items()}
probe = LinearProbe().fit(x_train[:2000], y_train[:2000])
sure = [np.mean(probe.predict_proba(x).max(axis=1) > 0.9) for x in drawn.values()]
lecture.holds("more often of the mixture's images", sure[1] > sure[0])
title = "Surely a digit: random {:.0%}, of the mixture {:.0%}".format(*sure)
lecture.save(plots.image_rows({n: x[:9] for n, x in drawn.items()}, title), "10_drawn",
             "Two rows of decoded images: from random codes of an autoencoder, and "
             "from codes of a mixture of normal distributions, of which more are "
             "surely digits.")

# %% [markdown]
# ## What to see
#
# Ellipses of the VAE overlap: most of them have the middle of another one inside. The
# bound is a number in nats that can be compared between models.

# %%
inside = np.sum((mu[some] - mu[some, None]) ** 2 / sigma[some] ** 2, axis=2) < 1
# each has its own middle inside
lecture.holds("the middle of another one inside", np.mean(inside.sum(0) > 1) > 0.5)

# %% [markdown]
# ## What this does not show
#
# There is no number for whether every place of the plane decodes to a digit: that is
# for the eye. Codes drawn from the prior are not spread exactly like the codes of
# images. In a place without any image, and on MNIST there are some, the decoder has
# learned nothing, and what it gives there is a mixture of what lies around.
#
# A probe can be sure of what is no digit. And nothing in its training made the codes of
# the autoencoder fit for (10.14), which was asked of the VAE's.
#
# The ELBO is a lower bound: how far log p(x) lies above it needs importance sampling
# (11). And a gradient check proves that backward fits forward, not that the model is
# the one on the slide; the tests compare the bound with exactly known likelihoods where
# those exist.
#
# ## Questions
#
# 1. Oral: why does no gradient flow to eps?
# 2. Derive (10.5) from (10.4).
# 3. Numeric: what would the ELBO be if q were the prior and every pixel at p = 1/2?

# %%
print(f"Question 3: {-784 * np.log(2):.1f} nats/img")
