"""Lecture 01: the autoencoder, input = output

Slides S01-S11. A network is trained to copy its input through a narrow code. This
script builds one by hand: layers, losses, their gradients, the training loop; then
shows what an autoencoder is good for. Run time: seconds.
"""

# %% [markdown]
# ## The map of the course
#
# 01 autoencoder, 02 undercomplete and PCA, 03 sparse, 04 denoising: networks that copy.
# 05 entropy and divergence, 06 latent variables, 07 variational inference, 08 Gaussian
# divergence, 09 reparameterization, 10 VAE, 11 caveats: networks that generate.
# 12 is the appendix, 13 says how the code got fast, 14 adds pieces of your own. The
# slides' sources are in references.md; a key in brackets such as [Goodfellow2016] names
# one.
#
# Two marks in the prose. A number in backticks is printed by the run beneath it. After
# a sentence that compares, `lecture.holds` compares what this run has found, and prints
# whether the sentence is true of it.

# %%
import warnings

import numpy as np

from scratchae import Autoencoder
from scratchae.analysis import anomaly_scores, auc
from scratchae.course import Lecture
from scratchae.formulas import dense, losses, optimizers
from scratchae.formulas.activations import ACTIVATIONS
from scratchae.gradcheck import check_parameters
from scratchae.nn.mlp import mlp_shapes
from scratchae.plots import curves, family_tree, image_rows, network, panels

lecture = Lecture(__doc__)
digits = lecture.digits()
(x_train, x_test), (y_train, y_test) = digits.x, digits.labels
rng = np.random.default_rng(0)
EPOCHS = 12 if lecture.quick else 4  # passes over the data in the demonstrations
SHOWN = 12  # images in a row

# %% [markdown]
# ## Input = output (S06-S08)
#
# An encoder f turns an image x with d pixels into a code h with k numbers, a decoder g
# turns the code back into an image:
#
#     x_hat = g(h),   h = f(x),   that is   x_hat = g(f(x))                  (1.1)
#
# With k < d the network cannot simply pass x on. The code has to keep what matters.
# Encoder and decoder may have several hidden layers. The most famous one
# [HintonSalakhutdinov2006] goes 784-1000-500-250-30 and back:

# %%
lecture.save(network((784, 200, 30, 200, 784), "A 784-200-30-200-784 autoencoder"),
             "01_network",
             "An autoencoder as five columns of dots joined by lines, each column a "
             "layer. The encoder narrows from the image to the code in the middle, the "
             "decoder widens back.")
sizes = (784, 1000, 500, 250, 30)
shapes = mlp_shapes("encoder", sizes) | mlp_shapes("decoder", sizes[::-1])
count = sum(int(np.prod(shape)) for shape in shapes.values())
lecture.number("parameters of 784-1000-500-250-30 and back", count)

# %% [markdown]
# ## The loss (S10)
#
# How different are x and x_hat? The slide's answer is the squared error of an image,
#
#     L(x, x_hat) = sum_j (x_j - x_hat_j)^2                                  (1.2)
#
# By hand, for an image of three pixels:

# %%
x, x_hat = np.array([[0.0, 1.0, 0.5]]), np.array([[0.1, 0.8, 0.5]])
by_hand = (0.0 - 0.1) ** 2 + (1.0 - 0.8) ** 2 + (0.5 - 0.5) ** 2
by_code = losses.squared_error_forward(x_hat, x)[0][0]
print(f"3 pixels: {by_hand:.3f} by hand, {by_code:.3f}")

# %% [markdown]
# Sum or mean? Here every loss sums over pixels and averages over images:
#
#     J = 1/n sum_i L(x_i, x_hat_i)                                          (1.3)
#
# Its unit is written SSE/img, sum of squared errors per image. The sum makes L a
# property of the image, and (1.11) below a log-likelihood. Libraries that average over
# pixels too print numbers 784 times smaller. So ask of every published loss: summed
# over what, averaged over what?

# %%
mean_image = np.broadcast_to(x_train.mean(axis=0), x_test.shape)
sse = losses.squared_error_forward(mean_image, x_test)[0].mean()
lecture.number("mean image alone, test error", float(sse), "SSE/img")
print(f"the same, averaged over the 784 pixels: {sse / 784:.5f}")

# %% [markdown]
# ## One layer and its gradient (S09)
#
# A layer is an affine map and an activation phi, for n images at once. Each image is a
# row of x, each code a row of h:
#
#     a = x W + b                                                            (1.4)
#     h = phi(a)                                                             (1.5)
#
# All vectors of this course are rows, as they lie in memory. The slides write columns;
# transposing a formula turns one into the other, W^T x^T into x W.
#
# Write dx for the derivative of J in x, and so on. The chain rule, index by index:
#
#     da_ij = dh_ij phi'(a_ij)                                               (1.6)
#     dx_im = sum_j da_ij W_mj       that is   dx = da W^T                   (1.7)
#     dW_mj = sum_i x_im da_ij       that is   dW = x^T da                   (1.8)
#     db_j  = sum_i da_ij                                                    (1.9)
#
# Each has the shape of what it differentiates by: a first check of a formula.
# The last layer's gradient comes from the loss. For (1.2) and (1.3),
#
#     dx_hat = 2 (x_hat - x) / n                                             (1.10)
#
# Where is the 1/n? Here, once. Layers never divide: they sum over the batch.

# %%
grid = np.linspace(-4, 4, 161)
lines = {}
for name, phi in ACTIVATIONS.items():
    h, cache = phi.forward(grid)
    slope = phi.backward(np.ones_like(grid), cache)
    lines[name] = {"phi(a)": (grid, h), "phi'(a)": (grid, slope)}
figure = panels(lines, "a", "Eight activations and their derivatives")
figure.axes[0].set_ylim(-1.5, 4)
lecture.save(figure, "01_activations",
             "Eight small panels on the same scales, each with an activation function "
             "and its derivative. To the right of 0 all rise; far to the left SiLU "
             "alone falls; where one is flat its derivative is zero.")

# %% [markdown]
# ## Black or white (S10)
#
# If pixels are black or white, x_j = 0 or 1, a decoder can give the probability p_j of
# white. A probability must lie between 0 and 1, a network's output a_j may be anything;
# so take p_j = 1 / (1 + exp(-a_j)), and call a_j the logit of p_j. The probability of
# the image is the product of p_j for each white pixel and 1 - p_j for each black one.
# Its negative logarithm is the loss, in nats, the unit of natural logarithms:
#
#     L = -sum_j (x_j log p_j + (1 - x_j) log(1 - p_j))
#       =  sum_j (log(1 + exp(a_j)) - x_j a_j)                               (1.11)
#
# The second line follows from log p = a - log(1 + exp(a)) and log(1 - p) =
# -log(1 + exp(a)). It is the one to compute: once p has rounded to 1, log(1 - p) is
# lost. As the derivative of log(1 + exp(a)) is p, the line (1.10) now reads
#
#     da = (p - x) / n                                                       (1.12)

# %%
uniform, _ = losses.bernoulli_nll_forward(np.zeros((1, 784)), x_test[:1])
lecture.number("every pixel at p = 1/2", float(uniform[0]), "nats/img (784 ln 2)")

# %% [markdown]
# ## Training, written out (S09)
#
# "Start with random weights and calculate the gradient." A 784-64-784 network with a
# tanh code. Random weights keep the size of signals from layer to layer if they have
# mean 0 and the variance 2 / (d_in + d_out) [GlorotBengio2010], or 2 / d_in with ReLU
# [He2015]. A uniform number between -r and r has the variance r^2 / 3, so
#
#     r = sqrt(6 / (d_in + d_out))                                           (1.13)

# %%
k, n = 64, 128
limit = np.sqrt(6 / (784 + k))
theta = {"W1": rng.uniform(-limit, limit, (784, k)), "b1": np.zeros(k),
         "W2": rng.uniform(-limit, limit, (k, 784)), "b2": np.zeros(784)}
tanh = ACTIVATIONS["tanh"]


def loss_and_gradients(theta, x):
    """J and its gradient: each forward line has its backward line, in reverse."""
    a, cache1 = dense.dense_forward(x, theta["W1"], theta["b1"])  # (n, k)
    h, cache_h = tanh.forward(a)  # (n, k)
    x_hat, cache2 = dense.dense_forward(h, theta["W2"], theta["b2"])  # (n, 784)
    L, cache_loss = losses.squared_error_forward(x_hat, x)  # (n,)

    dL = np.full(len(x), 1 / len(x))  # (1.3)
    dx_hat = losses.squared_error_backward(dL, cache_loss)  # (1.10)
    dh, dW2, db2 = dense.dense_backward(dx_hat, cache2)  # (1.7)-(1.9)
    da = tanh.backward(dh, cache_h)  # (1.6)
    _, dW1, db1 = dense.dense_backward(da, cache1)
    return L.mean(), {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}

# %% [markdown]
# Is it right? Perturb every number a little and compare. The complex step
# Im f(x + ih) / h with h = 1e-30 has no rounding error to speak of, so agreement means
# 15 digits. A small network with random biases does, for the same code:

# %%
small_shapes = {"b2": 7, "W2": (6, 7), "b1": 6, "W1": (7, 6)}
small = {name: rng.normal(size=shape) for name, shape in small_shapes.items()}
x_small = rng.normal(size=(5, 7))
_, gradients = loss_and_gradients(small, x_small)
report = check_parameters(lambda p: loss_and_gradients(p, x_small)[0], small, gradients,
                          model="784-k-784")
print(report.raise_if_failed())

# %% [markdown]
# The update rules: gradient descent, momentum [Polyak1964], Adam [KingmaBa2015],
#
#     theta <- theta - eta dtheta                                            (1.14)
#     v <- beta v + dtheta,   theta <- theta - eta v                         (1.15)
#     m <- b1 m + (1 - b1) dtheta,   v <- b2 v + (1 - b2) dtheta^2,
#     theta <- theta - eta (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps)   (1.16)
#
# eta is the learning rate, beta, b1 and b2 say how much of the past is kept, v starts
# at 0 and so does m, t counts steps from 1, eps = 1e-8 avoids 0 / 0. And, to keep
# weights small, they may decay just before each step [LoshchilovHutter2019],
#
#     W <- W - eta lambda W                                                  (1.17)
#
# One loop serves them all, from the same start and on the same batches; the rule is
# the line that differs. eta is 5e-3, Adam's 2e-3. In the third run momentum's weights
# decay, with lambda = 1. In the end they are smaller than without decay.

# %%
STEPS = 60 if lecture.quick else 300  # of each rule, on a batch of n images each
batches = [x_train[rng.integers(len(x_train), size=n)] for _ in range(STEPS)]
traces = {"gradient descent": [], "momentum": [], "momentum, decay": [], "Adam": []}
size = {}
for rule, trace in traces.items():
    p = {name: value.copy() for name, value in theta.items()}
    m = {name: np.zeros_like(value) for name, value in theta.items()}
    v = {name: np.zeros_like(value) for name, value in theta.items()}
    for t, batch in enumerate(batches, 1):
        J, dp = loss_and_gradients(p, batch)
        trace.append(J)
        for name, value in p.items():
            if rule == "momentum, decay" and name in ("W1", "W2"):
                optimizers.weight_decay_step(value, 5e-3, 1.0)  # (1.17)
            if rule == "gradient descent":  # (1.14)
                optimizers.sgd_step(value, dp[name], 5e-3)
            elif rule == "Adam":  # (1.16)
                optimizers.adam_step(value, dp[name], m[name], v[name], t, 2e-3)
            else:  # (1.15)
                optimizers.momentum_step(value, dp[name], v[name], 5e-3, 0.9)
    size[rule] = np.sqrt(np.sum(p["W1"] ** 2) + np.sum(p["W2"] ** 2))
    print(f"{rule:16} start {trace[0]:.1f}, end {trace[-1]:.1f}, |W| {size[rule]:.1f}")
lecture.holds("In the end they are smaller", size["momentum, decay"] < size["momentum"])
title = (f"Loss on {lecture.data_name}: momentum ends at {traces['momentum'][-1]:.1f}, "
         f"Adam at {traces['Adam'][-1]:.1f} SSE/img")
lines = {rule: (np.arange(STEPS), trace) for rule, trace in traces.items()}
lecture.save(curves(lines, "step", "loss (SSE/img)", title, log_y=True), "01_loss",
             "Loss against training steps for gradient descent, momentum without and "
             "with decay, and Adam, on a logarithmic axis. All start at the same "
             "height and fall, gradient descent least.")

# %% [markdown]
# ## The same as a model
#
# `Autoencoder` is these lines with more layers. It compresses 784 numbers to 30:

# %%
model = Autoencoder(30, (256,), epochs=EPOCHS, random_state=0).fit(x_train)
error = model.reconstruction_error(x_test)
lecture.number("784-256-30 autoencoder, test error", error, "SSE/img")
rows = {"input x": x_test[:SHOWN], "output g(f(x))": model.reconstruct(x_test[:SHOWN])}
title = f"{lecture.data_name}: 784 numbers through 30, {error:.1f} SSE/img"
lecture.save(image_rows(rows, title), "01_input_output",
             "A row of digits, and under each its copy by an autoencoder with a code "
             "of 30 numbers. The copies can be read and are a little blurred.")

# %% [markdown]
# Copying is not the point. With eight images and enough weights it memorises them:

# %%
tiny = Autoencoder(8, (64,), activation="tanh", batch_size=8, epochs=500, verbose=False,
                   learning_rate=3e-3, dtype="float64", random_state=0)
memorised = tiny.fit(x_train[:8]).reconstruction_error(x_train[:8])
lecture.number("eight images memorised", float(memorised), "SSE/img")

# %% [markdown]
# And a linear one whose code is as wide as the data can learn the identity, W1 W2 = I,
# whatever the data are. Here with 12 random features; noise is copied just as well.
# That is why the course narrows the code (02), or makes copying hard in other ways.

# %%
features = rng.normal(size=(500, 12))
wide = Autoencoder(16, (), activation="identity", epochs=300, batch_size=50,
                   learning_rate=1e-2, verbose=False, dtype="float64",
                   random_state=0)
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    wide.fit(features)
product = wide.encoder_.layers[0].W @ wide.decoder_.layers[0].W
print(f"overcomplete: |W1 W2 - I| at most {np.abs(product - np.eye(12)).max():.1e}")
lecture.holds("noise is copied just as well", np.allclose(product, np.eye(12)))
print(f"the library warns: {said[0].message}")

# %% [markdown]
# ## What autoencoders are for (S02)
#
# The slides' contents announce application areas, and no slide has them. So here are
# four, each with the lecture that does it well.
#
# Compress: done above, to 30 numbers in place of 784. To do it well: with more layers
# (02).
#
# Denoise: what does not fit through 30 numbers is left out, noise too. The copy of a
# noisy image is nearer to the clean one than the noisy image is. To do it well: train
# on noisy images (04).
#
# Generate: decode random codes. These are normal, each number with its own mean and
# standard deviation over the training images. To do it well: make the codes normal
# while training (10).

# %%
h = model.transform(x_train)
random_h = h.mean(axis=0) + h.std(axis=0) * rng.standard_normal((SHOWN, 30))
noisy = x_test + 0.3 * rng.standard_normal(x_test.shape)
denoised = model.reconstruct(noisy)
before, after = (losses.squared_error_forward(images, x_test)[0].mean()
                 for images in (noisy, denoised))
print(f"from the clean images: noisy {before:.1f}, denoised {after:.1f} SSE/img")
rows = {"clean": x_test[:SHOWN], "noisy": noisy[:SHOWN], "denoised": denoised[:SHOWN],
        "random codes": model.inverse_transform(random_h)}
title = f"{lecture.data_name}: noise of {before:.1f} SSE/img, {after:.1f} in the copies"
lecture.save(image_rows(rows, title), "01_uses",
             "Digits, under them the same with noise and the copies that the "
             "autoencoder makes of these, then a row of decoded random codes.")
lecture.holds("nearer to the clean one than the noisy image", after < before)

# %% [markdown]
# Detect anomalies: an autoencoder copies badly what it has not seen. Train without the
# digit 8 and score images by their error. AUC is the chance that an anomaly's error is
# larger than a normal image's; 0.5 is a coin. To do it well: ask how probable an image
# is (10).

# %%
LEFT_OUT = 8  # the digit that plays the anomaly

detector = Autoencoder(10, (256,), epochs=EPOCHS, random_state=0, verbose=False)
detector.fit(x_train[y_train != LEFT_OUT])
normal = anomaly_scores(detector, x_test[y_test != LEFT_OUT])
unseen = anomaly_scores(detector, x_test[y_test == LEFT_OUT])
noise = rng.permuted(x_test[y_test != LEFT_OUT][:200], axis=1)  # the pixels, shuffled
lecture.number("AUC of the left-out digit 8", auc(normal, unseen))
shuffled = anomaly_scores(detector, noise)
lecture.number("AUC of shuffled pixels", auc(normal, shuffled))

# %% [markdown]
# ## The family (S11)

# %%
family = {
    "undercomplete": ("a code narrower than the data", "02"),
    "sparse": ("few active units at a time", "03"),
    "denoising": ("corrupted input, clean target", "04"),
    "variational": ("a distribution over codes", "10"),
}
for name, (what, where) in family.items():
    print(f"{name:14} {what} (lecture {where})")
lecture.save(family_tree("autoencoder", family, "What keeps it from just copying"),
             "01_family",
             "A tree from the autoencoder to four kinds: undercomplete, sparse, "
             "denoising and variational. Beside each stands what keeps it from "
             "copying, and its lecture.")

# %% [markdown]
# ## What to see
#
# Four lines of chain rule train the network, and the gradient table checks them. The
# loss falls from the random start by every rule, by gradient descent least. Of what was
# not in the training set, the digit that was left out is copied worse than the others,
# noise much worse.

# %%
ends = [np.mean(trace[-10:]) / trace[0] for trace in traces.values()]
lecture.holds("falls from the random start by every rule, by gradient descent least",
              ends[0] == max(ends) < 0.8)
lecture.holds("digit that was left out is copied worse", auc(normal, unseen) > 0.6)
lecture.holds("noise much worse", np.median(shuffled) > 2 * np.median(normal))

# %% [markdown]
# ## What this does not show
#
# A low error does not mean that the code is useful, nor that similar images have
# similar codes, nor that one can draw new images. Lectures 02, 03 and 10 ask.
#
# ## Questions
#
# 1. Oral: why must dW have x transposed on the left?
# 2. Derive (1.12) from (1.11).
# 3. Numeric: which is larger, the loss at the random start or the mean image's error?

# %%
print(f"Question 3: random start {traces['Adam'][0]:.1f}, mean image {sse:.1f} SSE/img")
