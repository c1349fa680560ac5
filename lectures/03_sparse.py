"""Lecture 03: regularised and sparse autoencoders

Slides S15-S17. A wide code can still learn something if copying is made hard in another
way: by a penalty on the code. Four penalties, their gradients, and what their features
are worth to a classifier. Run time: under a minute (--quick: seconds).
"""

# %%
import numpy as np

from scratchae import Autoencoder, SparseAutoencoder
from scratchae.analysis import LinearProbe, filters, maximising_images, neighbour_error
from scratchae.course import Lecture
from scratchae.formulas import penalties
from scratchae.gradcheck import GradientReport, check_gradient
from scratchae.plots import COLOURS, curves, image_grid, log_axis, new_figure

lecture = Lecture(__doc__)
digits = lecture.digits()
(x_train, x_test), (y_train, y_test) = digits.x, digits.labels
rng = np.random.default_rng(0)
UNITS = 400  # code units, about half as many as pixels
RHO = 0.05  # wanted mean activation
EPOCHS = 6  # passes over the data in the four models and the narrow one
BATCH = 20 if lecture.quick else 128  # as many steps with fewer images
QUIET = {"random_state": 0, "verbose": False}  # a start that is the same in each run
LABELLED = 1000 if lecture.quick else 5000  # images for the features' test
some = x_train[:LABELLED], y_train[:LABELLED]

# %% [markdown]
# ## A loss with a second term (S15-S16)
#
# Instead of a narrow code, add a penalty P to the loss that is small for codes we like.
# The code may now be wider than the data, because copying is no longer free. In what
# follows h_ij is the code of image i in unit j. Where a penalty has an index i, P is
# its mean over the n images, and dh_ij and dW_mj are derivatives of the sum of all P_i.
#
# L1 (S17): how much is switched on. At h = 0 the slope may be anything from -1 to 1; 0
# is taken, so a unit that is off is not pushed.
#
#     P_i = sum_j |h_ij|                                                     (3.1)
#     dh_ij = sign(h_ij)                                                     (3.2)
#
# KL to a target activation rho [Ng2011]: every unit should be on for a share rho of the
# images. P is the divergence of two coins (lecture 05), one that shows heads with rho,
# one with rho_hat. The mean over the batch couples the images: each moves it by 1/n.
#
#     rho_hat_j = 1/n sum_i h_ij
#     P = sum_j (rho log(rho / rho_hat_j)
#                + (1 - rho) log((1 - rho) / (1 - rho_hat_j)))               (3.3)
#     dh_ij = 1/n ((1 - rho) / (1 - rho_hat_j) - rho / rho_hat_j)            (3.4)
#
# Top-k [MakhzaniFrey2014]: no term at all, keep the largest units of each image only.
# With a mask that is 1 for them and 0 for the others, held fixed on the way back,
#
#     h -> h * mask,   dh -> dh * mask                                       (3.5)
#
# Contractive [Rifai2011]: codes should hardly move when pixels do. Take one sigmoid
# layer, h_ij = phi(a_ij) with a = x W + b. The slope is s_ij = h_ij (1 - h_ij), so by
# the chain rule unit j moves with pixel m by
#
#     dh_ij / dx_im = s_ij W_mj
#
# The penalty is the sum of the squares of these d k numbers. s_ij has no m in it, so it
# comes out of the inner sum, and |W_j|^2, the squared length of column j, is left:
#
#     P_i = sum_j sum_m (s_ij W_mj)^2 = sum_j s_ij^2 |W_j|^2                 (3.6)
#
# W acts twice: directly, with h held fixed, and through h. The first way, W_mj is in
# |W_j|^2 only, with derivative 2 W_mj, and every image adds its part. The second way,
# h_ij is in s_ij^2 only, with derivative 2 s_ij (1 - 2 h_ij):
#
#     dW_mj = 2 W_mj sum_i s_ij^2,   dh_ij = 2 s_ij (1 - 2 h_ij) |W_j|^2     (3.7)
#
# dh then goes on through the layer by (1.6) to (1.9), as the gradient of any loss does;
# the first of these multiplies by one more s_ij.
#
# With any of them, weighed by lambda, the whole loss is
#
#     J = 1/n sum_i L(x_i, g(h_i)) + lambda P                                (3.8)
#
# The library prints both terms apart, so that a small loss is not mistaken for good
# copies. Which penalties and activations make a code sparse, and why those of denoising
# (lecture 04) and of contraction do so too, the slide leaves to [Arpit2016].
#
# Now the four gradients against numerical ones, for the codes h of six images.
# P is a mean over them, so the derivative of P in each P_i is 1/6. First (3.2):

# %%
h, table = rng.uniform(0.1, 0.9, (6, 5)), []
sixth = np.full(6, 1 / 6)
_, signs = penalties.l1_forward(h)
dh = penalties.l1_backward(sixth, signs)
table.append(check_gradient(lambda h: penalties.l1_forward(h)[0].mean(), h, dh,
                            name="h", model="L1"))

# (3.4) has the 1/n in it already, and P is one number:
_, cache = penalties.kl_sparsity_forward(h, 0.2)
dh = penalties.kl_sparsity_backward(1.0, cache)
table.append(check_gradient(lambda h: penalties.kl_sparsity_forward(h, 0.2)[0], h,
                            dh, name="h", model="KL"))

# (3.5) hands on the gradient of a loss; let that be the sum of the kept h squared:
kept, mask = penalties.top_k_forward(h, 2)
dh = penalties.top_k_backward(2 * kept, mask)
table.append(check_gradient(lambda h: np.sum(penalties.top_k_forward(h, 2)[0] ** 2),
                            h, dh, name="h", model="top-k"))

# (3.7), in h with W held fixed, and in W with h held fixed:
W = rng.normal(size=(7, 5))
_, cache = penalties.contractive_forward(h, W)
dh, dW = penalties.contractive_backward(sixth, cache)
table.append(check_gradient(lambda h: penalties.contractive_forward(h, W)[0].mean(),
                            h, dh, name="h", model="contractive"))
table.append(check_gradient(lambda W: penalties.contractive_forward(h, W)[0].mean(),
                            W, dW, name="W", model="contractive"))
print(GradientReport(table))

# %% [markdown]
# ## Wider than the data (S16)
#
# Lecture 01 gave 12 numbers a code of 16, and it learned to copy, nothing else. Here
# the 12 numbers have causes: 16 directions, of which a row adds up those that happen,
# each with a chance of one tenth. Can a code of 16 units tell the causes apart? Row j
# of the decoder's W2 is the direction of unit j, so the angle from a cause to the
# nearest unit says it. lambda = 0 is no penalty. (3.1) can be made small by small codes
# and a large W2, so the weights decay, by (1.17). With the penalty the copies are
# worse, but a cause is within 30 degrees of a unit in the mean; without it the nearest
# unit is more than 40 degrees away.

# %%
causes = rng.normal(size=(16, 12))
causes /= np.linalg.norm(causes, axis=1, keepdims=True)
sums = (rng.random((2000, 16)) < 0.1) @ causes  # (2000, 12)
lost, angles = {}, {}
for weight in (0.0, 0.3):
    copier = SparseAutoencoder(16, penalty="l1", penalty_weight=weight, epochs=100,
                               learning_rate=1e-2, weight_decay=0.1, **QUIET)
    W2 = copier.fit(sums).decoder_.layers[0].W  # (16, 12)
    cosines = causes @ (W2 / np.linalg.norm(W2, axis=1, keepdims=True)).T  # (16, 16)
    angles[weight] = np.degrees(np.arccos(cosines.max(axis=1))).mean()
    lost[weight] = copier.reconstruction_error(sums)
    print(f"lambda {weight}: {lost[weight]:.4f} SSE/row, {angles[weight]:.0f} degrees "
          "from a cause to the nearest unit")
lecture.holds("the copies are worse, but a cause is within 30 degrees of a unit",
              [lost[0.0] < lost[0.3], angles[0.3] < 30, angles[0.0] > 40])

# %% [markdown]
# ## Four models of the same width (S17)
#
# A plain one, KL, L1 and top-k. KL gets a larger learning rate: its sigmoid units start
# at 1/2 and have a long way to 0.05. "Active" means above a tenth of the largest value.
# All three penalties leave at most half as many units active as the plain model has.

# %%
wide = {"loss": "bernoulli", "epochs": EPOCHS, "batch_size": BATCH, **QUIET}
models = {
    "plain": Autoencoder(UNITS, (), code_activation="sigmoid", **wide),
    "KL": SparseAutoencoder(UNITS, rho=RHO, penalty_weight=3, learning_rate=1e-2,
                            **wide),
    "L1": SparseAutoencoder(UNITS, penalty="l1", penalty_weight=0.3, **wide),
    "top-k": SparseAutoencoder(UNITS, penalty="top_k", n_active=20, **wide),
}
codes, active = {}, {}
for name, model in models.items():
    codes[name] = model.fit(x_train).transform(x_test)
    h, error = codes[name], model.reconstruction_error(x_test)
    active[name] = np.mean(h > 0.1 * h.max())
    print(f"{name:6} {error:6.2f} SSE/img, mean activation {h.mean():.3f}, "
          f"active share {active[name]:.3f}")
lecture.holds("at most half as many units active as the plain model has",
              [active[name] <= 0.5 * active["plain"] for name in ("KL", "L1", "top-k")])
rho_hat = float(models["KL"].transform(x_train).mean())
lecture.number("KL: mean activation of the training images (wanted 0.05)", rho_hat)
lecture.number("KL: penalty at the end", models["KL"].history_["penalty"][-1], "nats")

figure, axes = new_figure(1, 4, width=9, height=2.6, sharey=True)
for i, (panel, (name, h)) in enumerate(zip(axes, codes.items(), strict=True)):
    shown = h.ravel() / h.max()
    panel.hist(shown, np.linspace(0, 1, 41), color=COLOURS[i], histtype="step",
               weights=np.full(h.size, 1 / h.size))
    title = f"{name}: {100 * np.mean(shown > 0.1):.0f} % active"
    panel.set(xlabel="h / largest h", title=title)
    log_axis(panel, "y")
axes[0].set_ylabel("share of activations")
lecture.save(figure, "03_activations",
             "Four histograms of the activations of a plain, a KL, an L1 and a top-k "
             "model, on one logarithmic scale. Those with a penalty crowd at zero, the "
             "plain one's are spread.")

# %% [markdown]
# ## What the units look for (S16)
#
# The image of norm 1 that excites unit j most is its weight vector, scaled:
#
#     argmax of x . W_j for |x| = 1   is   x = W_j / |W_j|                   (3.9)
#
# The figures show it for 40 units, plain and sparse: of the sparse ones those whose h
# varies most. Pixels with a standard deviation below 0.1 over the images are left
# blank. No image asks anything of their weights, which stay at their random start, and
# that noise would drown the strokes.

# %%
inked = x_train.std(axis=0) > 0.1  # (784,)
chosen = {"plain": np.arange(40), "KL": np.argsort(-codes["KL"].var(axis=0))[:40]}
for name, label in (("plain", "plain"), ("KL", f"sparse, rho = {RHO}")):
    units = inked * filters(models[name])[chosen[name]]
    title = f"{lecture.data_name}: 40 of {UNITS} filters, {label}"
    figure = image_grid(units, title, columns=10, signed=True)
    lecture.save(figure, f"03_filters_{name.lower()}",
                 "Forty filters, each the weights of one unit as a picture, grey for "
                 f"zero, dark where it looks for ink, of the {name} model.")

# %% [markdown]
# Through several layers the best image has no formula; it is found by climbing h_j in x
# with the gradient that backpropagation hands to the input. For the 30 codes of an
# autoencoder 784-200-30 on average it excites a unit more than twice as much as noise
# does:

# %%
narrow = Autoencoder(30, (200,), epochs=EPOCHS, batch_size=BATCH,
                     learning_rate=5e-3, weight_decay=1.0, **QUIET).fit(x_train)
exciting = maximising_images(narrow, norm=5.0)
start = np.abs(rng.normal(size=exciting.shape)).astype(np.float32)
start *= 5 / np.linalg.norm(start, axis=1, keepdims=True)
before = np.diag(narrow.transform(start)).mean()
reached = np.diag(narrow.transform(exciting)).mean()
print(f"mean h_j: {before:.2f} for noise of norm 5, {reached:.2f} for the image found")
lecture.holds("more than twice as much as noise", reached > 2 * abs(before))
title = f"{lecture.data_name}: what excites 30 codes of 784-200-30, h to {reached:.1f}"
lecture.save(image_grid(exciting, title, columns=10, signed=True), "03_maximising",
             "Thirty pictures, each the image of fixed size that excites one code of "
             "an autoencoder most. They are blurred patches and loops.")

# %% [markdown]
# More lambda, fewer active units, worse copies. There is no best lambda for copying but
# 0; what is gained must be seen elsewhere.

# %%
trade = {"active share": [], "error": []}
weights = (0.0, 0.1, 0.3, 1.0) if lecture.quick else (0.0, 0.1, 0.3, 1.0, 3.0)
for weight in weights:
    short = wide | {"epochs": 3, "batch_size": 64}
    model = SparseAutoencoder(200, penalty="l1", penalty_weight=weight, **short)
    h = model.fit(x_train[:4000]).transform(x_test)
    trade["error"].append(model.reconstruction_error(x_test))
    trade["active share"].append(np.mean(h > 0))
    print(f"lambda {weight}: {trade['error'][-1]:.1f} SSE/img, "
          f"{100 * trade['active share'][-1]:.1f} % of the units on")
lecture.holds("More lambda, fewer active units, worse copies",
              [np.diff(trade["active share"]) < 0, np.diff(trade["error"]) > 0])
title = f"{lecture.data_name}: {trade['error'][0]:.1f} SSE/img, more as lambda grows"
figure = curves({"": (trade["active share"], trade["error"])},
                "share of units on", "test error (SSE/img)", title)
for i, place in enumerate(zip(*trade.values(), strict=True)):
    figure.axes[0].annotate(f"lambda {weights[i]:g}", place, (6, 16 if i == 4 else 4),
                            textcoords="offset points")
figure.axes[0].margins(x=0.15, y=0.12)
lecture.save(figure, "03_error_against_sparsity",
             "Test error against the share of units that are on, for growing weights "
             "of an L1 penalty, lambda. The fewer units are on, the larger the error.")

# %% [markdown]
# ## Features for another task (S16)
#
# The codes were learned without labels. Are they better than pixels for a classifier
# that sees few labels? A linear probe is multinomial logistic regression on the codes.
# With softmax(a)_c = exp(a_c) / sum of exp(a) over the classes, and onehot(y) 1 at the
# class y and 0 at the others,
#
#     p(y|h) = softmax(h W + b)                                              (3.10)
#     dlogits = (p - onehot(y)) / n                                          (3.11)
#     J = 1/n sum_i -log p(y_i|h_i) + weight_decay / 2 |W|^2                 (3.12)
#
# dlogits is what the first term of J gives to the logits h W + b.
# J is convex, and the probe goes to its minimum. Stopped on the way it would tell how
# far the training came, which depends on the scale of the code's directions.

# %%
features = {"raw pixels": lambda x: x, "narrow, 30": narrow.transform}
features |= {f"{name}, {UNITS}": model.transform for name, model in models.items()}
errors, decayed, nearest = {}, {}, {}
print(f"test error in % with {LABELLED} labels: probe, weight_decay 0.01, neighbour")
for name, transform in features.items():
    h, h_test = transform(some[0]), transform(x_test)
    probe, strict = LinearProbe(), LinearProbe(weight_decay=1e-2)
    nearest[name] = 100 * neighbour_error(h, some[1], h_test[:1000], y_test[:1000])
    errors[name] = 100 * probe.fit(h, some[1]).error_rate(h_test, y_test)
    decayed[name] = 100 * strict.fit(h, some[1]).error_rate(h_test, y_test)
    print(f"{name:14} {errors[name]:5.1f} {decayed[name]:5.1f} {nearest[name]:5.1f}")
lecture.number("linear probe on raw pixels", errors["raw pixels"], "%", digits=3)
lecture.number("linear probe on sparse codes", errors[f"KL, {UNITS}"], "%", digits=3)

# %% [markdown]
# ## What to see
#
# The penalty does what it says: the mean activation comes close to rho, and most units
# are off for most images. A linear classifier reads the wide sparse code better than
# the pixels, with a weight decay a thousand times larger too.

# %%
off = np.mean(codes["KL"] <= 0.1 * codes["KL"].max(), axis=0)  # (k,)
lecture.holds("the mean activation comes close to rho", abs(rho_hat - RHO) < 0.025)
lecture.holds("most units are off for most images", np.mean(off > 0.5) > 0.5)
lecture.holds("reads the wide sparse code better than the pixels",
              errors[f"KL, {UNITS}"] < errors["raw pixels"])
lecture.holds("with a weight decay a thousand times larger too",
              decayed[f"KL, {UNITS}"] < decayed["raw pixels"])

# %% [markdown]
# ## What this does not show
#
# That sparsity is the reason: the wide plain code is read better than the pixels too.
# Nor that a sparse code suits every reader. In the table's last column the nearest
# neighbour has the wrong digit less often in the plain code than among the pixels, and
# more often in the top-k code than in the plain one.
# There is no number for what filters look like: that is for the eye. lambda and rho
# were picked by hand, and the contractive penalty was checked, not tuned.

# %%
lecture.holds("the wide plain code is read better than the pixels too",
              errors[f"plain, {UNITS}"] < errors["raw pixels"])
lecture.holds("less often in the plain code than among the pixels, and more often",
              [nearest[f"plain, {UNITS}"] < nearest["raw pixels"],
               nearest[f"plain, {UNITS}"] < nearest[f"top-k, {UNITS}"]])

# %% [markdown]
# ## Questions
#
# 1. Oral: why does (3.4) not depend on i?
# 2. Derive (3.4) from (3.3), and (3.7) from (3.6).
# 3. Numeric: what is the penalty (3.3) of 400 units with mean activation 0.1?

# %%
penalty = penalties.kl_sparsity_forward(np.full((1, UNITS), 0.1), RHO)[0]
print(f"Question 3: {penalty:.2f} nats")
