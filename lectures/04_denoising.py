"""Lecture 04: denoising autoencoders

Slides S18-S19. Spoil the input and ask for the clean image: the identity is no longer
an answer, and what must be learned is where the data lie. Run time: under a minute
(--quick: seconds).
"""

# %%
import numpy as np

from scratchae import Autoencoder, DenoisingAutoencoder, StackedClassifier
from scratchae.analysis import filters
from scratchae.course import Lecture
from scratchae.formulas.corruption import add_gaussian_noise, mask, salt_and_pepper
from scratchae.formulas.wiener import denoising_error, wiener_denoiser
from scratchae.gradcheck import check_gradient
from scratchae.plots import COLOURS, image_grid, image_rows, new_figure

lecture = Lecture(__doc__)
digits = lecture.digits()
(x_train, x_test), (y_train, y_test) = digits.x, digits.labels
rng = np.random.default_rng(0)
SIGMA = 0.3  # of the Gaussian noise, in grey values
EPOCHS = 4  # passes over the images: short runs, which rank the models already
BATCH = 16 if lecture.quick else 128  # as many steps with fewer images
SHOWN = 10  # images in a row
QUIET = {"random_state": 0, "verbose": False}  # every model, in every run the same
TRAIN = {"epochs": EPOCHS, "batch_size": BATCH, **QUIET}  # every model of images

# %% [markdown]
# ## Three ways to spoil an image (S18)
#
# Gaussian noise adds sigma times a normal number to every pixel; masking sets a share
# of the pixels to 0 [Vincent2008]; salt and pepper sets them to 0 or 1.

# %%
few = x_test[:SHOWN]
uniform, normal = rng.random(few.shape), rng.standard_normal(few.shape)
rows = {
    "clean x": few,
    f"Gaussian, sigma {SIGMA}": add_gaussian_noise(few, normal, SIGMA),
    "masking, 30 %": mask(few, uniform, 0.3),
    "salt and pepper, 30 %": salt_and_pepper(few, uniform, 0.3),
}
for name, spoiled in rows.items():
    away = np.sum((spoiled - few) ** 2, axis=1).mean()
    print(f"{name:22} {away:6.2f} SSE/img from x")
title = f"Noise of sigma {SIGMA}: {784 * SIGMA**2:.1f} SSE/img; below 0 drawn white"
lecture.save(image_rows(rows, title), "04_corruptions",
             "Four rows of the same digits: clean, with Gaussian noise, with pixels "
             "set to 0 by masking, and with salt and pepper.")

# %% [markdown]
# ## The loss (S18)
#
# Corrupt x to x~, encode and decode x~, compare with the CLEAN x:
#
#     J = 1/n sum_i L(x_i, g(f(x~_i))),   x~_i drawn anew at every use       (4.1)
#
# If hit pixels matter more, they may count with another weight:
#
#     L = sum_j w_j (x_j - x_hat_j)^2,   w_j = alpha where x~_j != x_j, else 1   (4.2)
#
# The classic mistake is to compare with x~. Then the network learns to reproduce the
# noise as well, and what it returns is more than twice as far from the clean images.

# %%
noise = rng.standard_normal(x_train.shape, "f4")
noisy_train = add_gaussian_noise(x_train, noise, SIGMA)
same = {"n_components": 500, "hidden_layer_sizes": (), "code_activation": "silu",
        "learning_rate": 3e-3, **TRAIN}
right = DenoisingAutoencoder(corruption="gaussian", level=SIGMA, **same).fit(x_train)
wrong = Autoencoder(**same).fit(noisy_train)
noisy = add_gaussian_noise(x_test, rng.standard_normal(x_test.shape, "f4"), SIGMA)


def error_of(images):
    """Squared distance from the clean test images, SSE/img."""
    return float(np.sum((images - x_test) ** 2, axis=1).mean())


lecture.number("noisy images, not denoised", error_of(noisy), "SSE/img")
on_clean = error_of(right.reconstruct(noisy))
on_noise = error_of(wrong.reconstruct(noisy))
lecture.number("denoiser", on_clean, "SSE/img")
lecture.number("the same, trained on noisy targets", on_noise, "SSE/img")
lecture.holds("more than twice as far from the clean images", on_noise > 2 * on_clean)

# %% [markdown]
# ## How good can a straight line be? (S18)
#
# Among all affine maps of x~ the best is known. With mean m and covariance C of the
# clean images, and A symmetric,
#
#     x_hat = x~ A + c,   A = (C + sigma^2 I)^-1 C,   c = m (I - A)          (4.3)
#     E|x_hat - x|^2 = |x A + c - x|^2 + sigma^2 tr(A A^T), mean over x      (4.4)
#
# the Wiener filter [Wiener1949]: directions with variance far above sigma^2 pass, the
# others are pulled to the mean. On all of MNIST with sigma = 0.3 it leaves 9.546.

# %%
mean = x_train.mean(axis=0, dtype=float)
C = (x_train - mean).T @ (x_train - mean) / len(x_train)
best_linear = denoising_error(*wiener_denoiser(mean, C, SIGMA), x_test, SIGMA)
lecture.number("best linear denoiser, closed form", best_linear, "SSE/img")

# %% [markdown]
# A network that bends beats it. The code is as wide as needed: the noise forbids the
# identity. There is a layer of 1000 units on each side of the code, which a quick run
# leaves out, since 2000 images are few for so many weights.

# %%
hidden, epochs = ((), 8) if lecture.quick else ((1000,), EPOCHS)
deep = DenoisingAutoencoder(500, hidden, corruption="gaussian", level=SIGMA,
                            activation="silu", code_activation="silu", loss="bernoulli",
                            learning_rate=2e-3,
                            **TRAIN | {"epochs": epochs}).fit(x_train)
denoised = deep.reconstruct(noisy)
lecture.number("denoiser that bends", error_of(denoised), "SSE/img")
lecture.holds("A network that bends beats it", error_of(denoised) < best_linear)
rows = {"clean": few, "noisy": noisy[:SHOWN], "denoised": denoised[:SHOWN]}
title = (f"{lecture.data_name}: {error_of(noisy):.1f} SSE/img of noise become "
         f"{error_of(denoised):.1f}; best linear {best_linear:.1f}")
lecture.save(image_rows(rows, title), "04_denoised",
             "Three rows of the same digits: clean, with Gaussian noise, and as the "
             "denoiser returns the noisy ones. The returned digits are smooth and look "
             "like the clean ones.")

# %% [markdown]
# A linear network finds (4.3) by itself. Two-dimensional Gaussian data, no activation:

# %%
spread = np.array([[1.0, 0.6], [0.6, 0.5]])
plane = rng.multivariate_normal([1.0, -0.5], spread, size=2000)
centre, C2 = plane.mean(axis=0), np.cov(plane.T, bias=True)
A, c = wiener_denoiser(centre, C2, 0.5)
linear = DenoisingAutoencoder(2, (), corruption="gaussian", level=0.5, epochs=150,
                              code_activation="identity", batch_size=500,
                              learning_rate=2e-2, dtype="float64", **QUIET)
linear.fit(plane)
learned = linear.encoder_.layers[0].W @ linear.decoder_.layers[0].W
print("A, closed form:", A.round(3).tolist(), " learned:", learned.round(3).tolist())
lecture.number("largest error of the learned A", np.abs(learned - A).max(), digits=1)
lecture.holds("A linear network finds (4.3)", np.abs(learned - A) < 0.05)

# %% [markdown]
# ## Where the arrows point (S19)
#
# What a denoiser r does to a point is worth more than the point. Let p(x~) be the
# density of the NOISY data. For Gaussian data it is N(m, C + sigma^2 I), and with (4.3)
# as r
#
#     (r(x~) - x~) / sigma^2 = -(x~ - m) (C + sigma^2 I)^-1 = d log p(x~) / dx~   (4.5)
#
# the score, the direction in which the density of the noisy data grows fastest. In
# closed form, at five points:

# %%
points = rng.normal(size=(5, 2))
field = (points @ A + c - points) / 0.5**2
score = -(points - centre) @ np.linalg.inv(C2 + 0.25 * np.eye(2))
difference = np.abs(field - score).max()
lecture.number("(4.5): largest difference, Gaussian data", difference, digits=1)

# %% [markdown]
# It is so for any data and any sigma, if r is the best denoiser of all, the mean of
# what could be beneath: r(x~) = E[x|x~]. A clean x gives x~ the density N(x~; x,
# sigma^2 I), whose derivative in x~ is (x - x~) / sigma^2 times itself. Hence
#
#     dp(x~) / dx~ = E_x[N(x~; x, sigma^2 I) (x - x~)] / sigma^2
#                  = p(x~) (E[x|x~] - x~) / sigma^2
#     (r(x~) - x~) / sigma^2 = d log p(x~) / dx~,   r(x~) = E[x|x~]          (4.6)
#
# Tweedie's formula [Efron2011]. The second line is Bayes' theorem: N(x~; x, sigma^2 I)
# over p(x~), as a weight of x, is the posterior. A trained network is near E[x|x~]
# where it saw data, and r is then known from samples alone [AlainBengio2014]. On a
# spiral of 3000 points E[x|x~] is a weighted mean of them; against the derivative of
# log p:

# %%
t = rng.uniform(1.5, 12, size=3000)
spiral = 0.1 * np.column_stack([t * np.cos(t), t * np.sin(t)])
sigma = 0.08  # of the noise on the spiral


def weights(noisy):
    """p(x~|x_i) for every point of the spiral, without the constant factor."""
    return np.exp(-np.sum((noisy - spiral) ** 2, axis=1) / (2 * sigma**2))


beside = spiral[0] + 0.1
posterior_mean = weights(beside) @ spiral / weights(beside).sum()
print(check_gradient(lambda noisy: np.log(weights(noisy).sum()), beside,
                     (posterior_mean - beside) / sigma**2, name="x~",
                     model="(4.6)"))

# %% [markdown]
# A network has to learn r. It takes away more than a fifth of the noise. Nearly all of
# its arrows end nearer to the spiral than they start, and the farther away they start
# the longer they are on the whole.

# %%
bent = DenoisingAutoencoder(64, (64,), corruption="gaussian", level=sigma,
                            batch_size=50, epochs=100, learning_rate=5e-3,
                            dtype="float64", **QUIET)
bent.fit(spiral)
off = spiral + sigma * rng.standard_normal(spiral.shape)
before = np.sum((off - spiral) ** 2, axis=1).mean()
after = np.sum((bent.reconstruct(off) - spiral) ** 2, axis=1).mean()
lecture.number("spiral: squared error before denoising", before, digits=3)
lecture.number("spiral: squared error after", after, digits=3)
lecture.holds("more than a fifth of the noise", after < 0.8 * before)
axis = np.linspace(-1.3, 1.3, 21)
at = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
move = bent.reconstruct(at) - at


def distances(places):
    """From each place to the nearest point of the spiral."""
    return np.sqrt([np.min(np.sum((spiral - x) ** 2, axis=1)) for x in places])


start, end = distances(at), distances(at + move)
lecture.holds("Nearly all of its arrows end nearer", np.mean(end < start) > 0.95)
lecture.holds("the farther away they start the longer",
              np.corrcoef(start, np.linalg.norm(move, axis=1))[0, 1] > 0.8)
figure, axes = new_figure(width=5.6, height=5.2)
axes.scatter(*spiral.T, s=2, color="#bbbbbb", linewidths=0)
axes.quiver(*at.T, *move.T, color=COLOURS[0], angles="xy", scale_units="xy", scale=2,
            width=0.003)
title = f"Half of r(x) - x; {100 * after / before:.0f} % of the noise is left"
axes.set(aspect="equal", xlabel="x1", ylabel="x2", xlim=(-1.4, 1.4), ylim=(-1.4, 1.4),
         title=title)
lecture.save(figure, "04_vector_field",
             "A spiral of points, and arrows on a grid that show where the denoiser "
             "moves each place. Nearly all point to the spiral, and most are longer "
             "farther away.")

# %% [markdown]
# ## Trained on one noise, tested on another (S19)
#
# Weight decay clears the filters: a weight that no image needs goes to 0. Without it,
# it would stay at its random start for ever.

# %%
LEVELS = (0.0, 0.3, 0.5)  # masked shares, in training and in the test
masked = {level: mask(x_test, rng.random(x_test.shape, "f4"), level)
          for level in LEVELS}
one_layer = {"loss": "bernoulli", "code_activation": "sigmoid", **TRAIN,
             "learning_rate": 5e-3, "weight_decay": 1.0}
models = {level: DenoisingAutoencoder(400, (), level=level, **one_layer).fit(x_train)
          for level in LEVELS}
print("masked share in training (rows) and test (columns), SSE/img")
print("      " + "".join(f"{level:8.0%}" for level in LEVELS))
matrix = []
for level, model in models.items():
    matrix.append([error_of(model.reconstruct(masked[test])) for test in LEVELS])
    print(f"{level:6.0%}" + "".join(f"{error:8.2f}" for error in matrix[-1]))
for level, model in models.items():
    order = np.argsort(-model.transform(x_test).var(axis=0))[:40]
    title = f"{lecture.data_name}: 40 of 400 filters, {level:.0%} masked"
    figure = image_grid(filters(model)[order], title, columns=10, signed=True)
    lecture.save(figure, f"04_filters_{round(100 * level)}",
                 "Forty filters, each the weights of one unit as a picture, grey for "
                 f"zero, of a denoising autoencoder trained with {level:.0%} of the "
                 "pixels masked.")

# %% [markdown]
# ## One on top of the other: stacking and fine-tuning (S16, S18)
#
# Features for another task, such as classification, may come in layers. Train a
# denoising autoencoder on the images, a second one on its codes, a third one on those,
# all without labels [Vincent2010]. Then put a softmax layer on top and go on with the
# labels, through all layers ("fine-tuning"), by the loss
#
#     J = -1/n sum_i log p(y_i|x_i),   p(y|x) = softmax(h W + b)             (4.7)
#
# h being the top code of x. Here are 1000 images and a few passes, three sigmoid
# layers, once with the stack as the start and once from random weights:

# %%
stack = {"activation": "sigmoid", "level": 0.3, "batch_size": 20, "epochs": 5, **QUIET}
wrong_labels = {}
for name, passes in (("random", 0), ("stacked", 10)):
    classifier = StackedClassifier((200, 200, 200), pretrain_epochs=passes, **stack)
    classifier.fit(x_train[:1000], y_train[:1000])
    wrong_labels[name] = 100 * classifier.evaluate(x_test, y_test)["error"]
    lecture.number(f"{name} start, wrong labels", wrong_labels[name], "%", digits=3)

# %% [markdown]
# A deep sigmoid network learns slowly from a random start, since each layer multiplies
# the gradient by slopes of at most 1/4, (1.6). The stack has features to begin with,
# and the stacked start makes fewer mistakes after the same number of passes. Whether
# that lasts with ReLU units and with more passes is left to the reader.

# %%
lecture.holds("the stacked start makes fewer mistakes",
              wrong_labels["stacked"] < wrong_labels["random"])

# %% [markdown]
# ## What to see
#
# A denoiser that bends does what no straight line can, because digits do not lie in a
# plane. In each column of the matrix the best model is the one that was trained on that
# noise.

# %%
lecture.holds("In each column of the matrix the best model is the one",
              np.argmin(matrix, axis=0) == np.arange(3))

# %% [markdown]
# ## What this does not show
#
# A sharp image from a hopeless one: the answer to squared error is the mean of all that
# could be beneath. There is no number for how filters change with the noise: that is
# for the eye. And one level of noise is one map; models that generate by denoising use
# many.

# %% [markdown]
# ## Questions
#
# 1. Oral: why may the code of a denoising autoencoder be wider than the data?
# 2. Derive (4.3) by setting the gradient of E|x~ A + c - x|^2 in A and c to zero.
# 3. Numeric: what does (4.3) do to a direction whose variance equals sigma^2?

# %%
A1, _ = wiener_denoiser(np.zeros(1), np.array([[SIGMA**2]]), SIGMA)
print(f"Question 3: it keeps {A1[0, 0]:.2f} of it")
