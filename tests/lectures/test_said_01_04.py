"""What the prose of lectures 01 to 04 says in passing is so (said.py)."""

from functools import partial

import numpy as np
import said
from said import close, slope

from scratchae.analysis import auc
from scratchae.formulas.corruption import mask, salt_and_pepper
from scratchae.formulas.dense import dense_backward, dense_forward
from scratchae.formulas.losses import bernoulli_nll_forward, squared_error_forward
from scratchae.formulas.optimizers import momentum_step, weight_decay_step
from scratchae.formulas.penalties import l1_backward, l1_forward
from scratchae.formulas.softmax import softmax_nll_backward, softmax_nll_forward

SAID = {}
says = partial(said.says, SAID)
RNG = np.random.default_rng(0)


def logistic(a):
    return 1 / (1 + np.exp(-a))


@says("01", "Here every loss sums over pixels and averages over images", "sum of "
      "squared errors per image", "Libraries that average over pixels too print "
      "numbers 784 times smaller.", "The slide's answer is the squared error of an "
      "image")
def _():
    x, copy = RNG.random((3, 784)), RNG.random((3, 784))
    losses = squared_error_forward(copy, x)[0]
    assert losses.shape == (3,)
    close(losses.mean(), 784 * np.mean((x - copy) ** 2))


@says("01", "A layer is an affine map and an activation phi, for n images at once. "
      "Each image is a row of x, each code a row of h", "All vectors of this course "
      "are rows, as they lie in memory. The slides write columns; transposing a "
      "formula turns one into the other, W^T x^T into x W.")
def _():
    x, W, b = RNG.normal(size=(4, 5)), RNG.normal(size=(5, 3)), RNG.normal(size=3)
    close(dense_forward(x, W, b)[0], (W.T @ x.T).T + b)


@says("01", "Each has the shape of what it differentiates by", "Where is the 1/n? "
      "Here, once. Layers never divide: they sum over the batch.")
def _():
    x, W, b = RNG.normal(size=(4, 5)), RNG.normal(size=(5, 3)), RNG.normal(size=3)
    da = RNG.normal(size=(4, 3))
    once = dense_backward(da, dense_forward(x, W, b)[1])
    assert [g.shape for g in once] == [x.shape, W.shape, b.shape]
    cache = dense_forward(np.tile(x, (2, 1)), W, b)[1]
    twice = dense_backward(np.tile(da, (2, 1)), cache)
    close(twice[1], 2 * once[1])
    close(twice[2], 2 * once[2])


@says("01", "x_j = 0 or 1, a decoder can give the probability p_j of white. A "
      "probability must lie between 0 and 1, a network's output a_j may be anything; "
      "so take p_j = 1 / (1 + exp(-a_j)), and call a_j the logit of p_j. The "
      "probability of the image is the product of p_j for each white pixel and 1 - "
      "p_j for each black one. Its negative logarithm is the loss, in nats, the unit "
      "of natural logarithms")
def _():
    a, x = RNG.normal(size=(1, 4)), np.array([[0.0, 1, 1, 0]])
    p = logistic(a)
    chance = (1 - p[0, 0]) * p[0, 1] * p[0, 2] * (1 - p[0, 3])
    close(bernoulli_nll_forward(a, x)[0], -np.log(chance))


@says("01", "from log p = a - log(1 + exp(a)) and log(1 - p) = -log(1 + exp(a)). It "
      "is the one to compute: once p has rounded to 1, log(1 - p) is lost. As the "
      "derivative of log(1 + exp(a)) is p, the line")
def _():
    a = np.array([-2.0, 0.3, 1.5])
    close(np.log(logistic(a)), a - np.log(1 + np.exp(a)))
    close(np.log(1 - logistic(a)), -np.log(1 + np.exp(a)))
    close(slope(lambda a: np.sum(np.log(1 + np.exp(a))), a), logistic(a), rtol=1e-8)
    assert 1 - logistic(40.0) == 0
    close(bernoulli_nll_forward(np.array([[40.0]]), np.array([[0.0]]))[0], 40)


@says("01", "have mean 0 and the variance 2 / (d_in + d_out) [GlorotBengio2010], or "
      "2 / d_in with ReLU [He2015]. A uniform number between -r and r has the "
      "variance r^2 / 3, so")
def _():
    r = np.sqrt(6 / (30 + 50))
    u = np.linspace(-r, r, 200_001)
    close(u.var(), r**2 / 3, rtol=1e-4)
    close(r**2 / 3, 2 / (30 + 50))
    a = RNG.normal(size=200_000)  # half of a signal's square is left by ReLU
    close(np.mean(np.maximum(a, 0) ** 2), 1 / 2, rtol=0.02)


@says("01", "The complex step Im f(x + ih) / h with h = 1e-30 has no rounding error "
      "to speak of, so agreement means 15 digits.")
def _():
    close(np.tanh(0.3 + 1e-30j).imag / 1e-30, 1 - np.tanh(0.3) ** 2, rtol=1e-15)


@says("01", "eta is the learning rate, beta, b1 and b2 say how much of the past is "
      "kept, v starts at 0 and so does m, t counts steps from 1, eps = 1e-8 avoids 0 "
      "/ 0.", "they may decay just before each step", "The update rules: gradient "
      "descent, momentum [Polyak1964], Adam [KingmaBa2015]", "A 784-64-784 network "
      "with a tanh code.")
def _():
    theta, v = np.array([1.0]), np.array([2.0])
    momentum_step(theta, np.array([3.0]), v, 0.1, 0.5)
    close(v, 0.5 * 2 + 3)
    close(theta, 1 - 0.1 * 4)
    W = np.array([[1.0]])
    weight_decay_step(W, 0.1, 0.5)
    close(W, 0.95)


@says("01", "AUC is the chance that an anomaly's error is larger than a normal "
      "image's; 0.5 is a coin.")
def _():
    assert auc(np.array([1.0, 2]), np.array([3.0, 4])) == 1
    assert auc(np.array([3.0, 4]), np.array([1.0, 2])) == 0
    assert auc(np.array([1.0, 2]), np.array([1.0, 2])) == 0.5


@says("02", "The k first eigenvectors, of length 1, as rows of V give the encoder "
      "and the decoder f(x) = (x - m) V^T and g(h) = h V + m.", "theirs keeps the "
      "most variance. What is lost is the variance outside")
def _():
    x = RNG.normal(size=(50, 4)) * [4, 3, 2, 1]
    m = x.mean(axis=0)
    values, vectors = np.linalg.eigh((x - m).T @ (x - m) / 50)
    V = vectors.T[::-1][:2]
    close(np.linalg.norm(V, axis=1), 1)
    copy = (x - m) @ V.T @ V + m
    close(np.sum((x - copy) ** 2, axis=1).mean(), values[:2].sum())


@says("02", "reached only where the rows of W2 span the principal plane", "every "
      "other stationary point is a saddle. The weights themselves are not the "
      "eigenvectors: (W1 A)(A^-1 W2) gives the same J for every invertible A.", "The "
      "angles between two planes are the arcsines of the singular values of")
def _():
    W1, W2, A = (RNG.normal(size=s) for s in ((5, 2), (2, 5), (2, 2)))
    close((W1 @ A) @ (np.linalg.inv(A) @ W2), W1 @ W2)
    a, b = np.eye(3)[:1], np.array([[np.cos(0.3), np.sin(0.3), 0]])
    off = np.linalg.svd(b - b @ a.T @ a, compute_uv=False)
    close(np.arcsin(off[0]), 0.3)


@says("02", "Schedule: 1 000 images in one batch, 400 steps with momentum 0.9 and "
      "the constant rate 0.02, float64, tied weights W2 = W1^T. The rate of approach "
      "is set by the gap between eigenvalues k and k + 1.")
def _():
    from scratchae import Autoencoder

    code = next(path for path in said.SCRIPTS if path.stem[:2] == "02").read_text()
    for setting in ("300 if lecture.quick else 1000, 400", 'optimizer="momentum"',
                    "learning_rate=0.02", 'schedule="constant"', 'dtype="float64"',
                    "tied_weights=True", "batch_size=IMAGES", "epochs=STEPS"):
        assert setting in code
    assert Autoencoder(2).momentum == 0.9


@says("02", "a 784-400-200-k encoder with SiLU and its mirror image. It is trained "
      "with the Bernoulli loss (1.11), whose least value is also at x_hat = x. What "
      "is compared is the squared error.")
def _():
    p = np.linspace(0.01, 0.99, 99)
    for x in 0.2, 0.7:
        loss = -x * np.log(p) - (1 - x) * np.log(1 - p)
        close(p[np.argmin(loss)], x)


@says("03", "add a penalty P to the loss that is small for codes we like. The code "
      "may now be wider than the data, because copying is no longer free. In what "
      "follows h_ij is the code of image i in unit j. Where a penalty has an index "
      "i, P is its mean over the n images, and dh_ij and dW_mj are derivatives of "
      "the sum of all P_i. L1 (S17): how much is switched on. At h = 0 the slope may "
      "be anything from -1 to 1; 0 is taken, so a unit that is off is not pushed.")
def _():
    values, signs = l1_forward(np.array([[0.0, -2, 3]]))
    close(values, 5)
    assert l1_backward(np.ones(1), signs).tolist() == [[0, -1, 1]]
    t = np.array([-1.0, 0, 1])  # lines under |h| through 0 have slopes from -1 to 1
    assert all((np.abs(t) >= s * t).all() == (abs(s) <= 1) for s in (-1.1, -1, 1, 1.1))


@says("03", "every unit should be on for a share rho of the images. P is the "
      "divergence of two coins (lecture 05), one that shows heads with rho, one with "
      "rho_hat. The mean over the batch couples the images: each moves it by 1/n.",
      "keep the largest units of each image only. With a mask that is 1 for them and "
      "0 for the others, held fixed on the way back")
def _():
    h, more = np.full((4, 1), 0.3), np.full((4, 1), 0.3)
    more[2] += 1
    close(more.mean() - h.mean(), 1 / 4)


@says("03", "codes should hardly move when pixels do. Take one sigmoid layer, h_ij = "
      "phi(a_ij) with a = x W + b. The slope is s_ij = h_ij (1 - h_ij), so by the "
      "chain rule unit j moves with pixel m by dh_ij / dx_im = s_ij W_mj", "The "
      "penalty is the sum of the squares of these d k numbers. s_ij has no m in it, "
      "so it comes out of the inner sum, and |W_j|^2, the squared length of column "
      "j, is left", "with h held fixed, and through h. The first way, W_mj is in "
      "|W_j|^2 only, with derivative 2 W_mj, and every image adds its part. The "
      "second way, h_ij is in s_ij^2 only, with derivative 2 s_ij (1 - 2 h_ij):",
      "dh then goes on through the layer by (1.6) to (1.9), as the gradient of any "
      "loss does; the first of these multiplies by one more s_ij. With any of them, "
      "weighed by lambda")
def _():
    x, W, b = RNG.normal(size=4), RNG.normal(size=(4, 3)), RNG.normal(size=3)
    h = logistic(x @ W + b)
    moved = [slope(lambda x, j=j: logistic(x @ W + b)[j], x) for j in range(3)]
    close(np.transpose(moved), h * (1 - h) * W, rtol=1e-6)
    close(np.sum(np.square(moved)), np.sum((h * (1 - h)) ** 2 * np.sum(W**2, axis=0)),
          rtol=1e-6)
    close(slope(lambda h: np.sum((h * (1 - h)) ** 2), h), 2 * h * (1 - h) * (1 - 2 * h),
          rtol=1e-6)


@says("03", "the whole loss is", "P is a mean over them, so the derivative of P in "
      "each P_i is 1/6.", "its sigmoid units start at 1/2 and have a long way to "
      '0.05. "Active" means above a tenth of the largest value.', "The figures show "
      "it for 40 units, plain and sparse: of the sparse ones those whose h varies "
      "most. Pixels with a standard deviation below 0.1 over the images are left "
      "blank.", "For the 30 codes of an autoencoder 784-200-30 on average it excites")
def _():
    close(logistic(0.0), 1 / 2)
    code = next(path for path in said.SCRIPTS if path.stem[:2] == "03").read_text()
    for line in ("np.full(6, 1 / 6)", "h > 0.1 * h.max()", "RHO = 0.05",
                 '"KL": np.argsort(-codes["KL"].var(axis=0))[:40]',
                 "inked = x_train.std(axis=0) > 0.1", "Autoencoder(30, (200,)"):
        assert line in code


@says("03", "argmax of x . W_j for |x| = 1 is x = W_j / |W_j|")
def _():
    w = RNG.normal(size=4)
    others = RNG.normal(size=(1000, 4))
    others /= np.linalg.norm(others, axis=1, keepdims=True)
    assert np.all(others @ w <= w @ (w / np.linalg.norm(w)))


@says("03", "There is no best lambda for copying but 0", "a classifier that sees "
      "few labels? A linear probe is multinomial logistic regression on the codes. "
      "With softmax(a)_c = exp(a_c) / sum of exp(a) over the classes, and onehot(y) "
      "1 at the class y and 0 at the others", "dlogits is what the first term of J "
      "gives to the logits h W + b. J is convex")
def _():
    a = RNG.normal(size=(2, 3))
    losses, cache = softmax_nll_forward(a, np.array([2, 0]))
    p = np.exp(a) / np.exp(a).sum(axis=1, keepdims=True)
    close(losses, -np.log([p[0, 2], p[1, 0]]))
    close(softmax_nll_backward(np.full(2, 1 / 2), cache),
          (p - [[0, 0, 1], [1, 0, 0]]) / 2)


@says("04", "Gaussian noise adds sigma times a normal number to every pixel; masking "
      "sets a share of the pixels to 0 [Vincent2008]; salt and pepper sets them to 0 "
      "or 1.")
def _():
    x, u = np.full((1, 5000), 0.5), RNG.random((1, 5000))
    assert {*np.unique(mask(x, u, 0.3))} == {0, 0.5}
    assert {*np.unique(salt_and_pepper(x, u, 0.3))} == {0, 0.5, 1}
    close(np.mean(mask(x, u, 0.3) == 0), 0.3, atol=0.03)


@says("04", "For Gaussian data it is N(m, C + sigma^2 I), and with (4.3) as r", "the "
      "direction in which the density of the noisy data grows fastest", "the mean of "
      "what could be beneath: r(x~) = E[x|x~]. A clean x gives x~ the density N(x~; "
      "x, sigma^2 I), whose derivative in x~ is (x - x~) / sigma^2 times itself. "
      "Hence", "The second line is Bayes' theorem: N(x~; x, sigma^2 I) over p(x~), "
      "as a weight of x, is the posterior.", "On a spiral of 3000 points E[x|x~] is "
      "a weighted mean of them")
def _():
    x, s = 0.4, 0.7
    density = lambda y: np.exp(-((y - x) ** 2) / (2 * s * s))  # noqa: E731
    close(slope(density, 1.1), (x - 1.1) / s**2 * density(1.1), rtol=1e-8)


@says("04", "a weight that no image needs goes to 0. Without it, it would stay at "
      "its random start for ever.", "Here are 1000 images and a few passes, three "
      "sigmoid layers", "each layer multiplies the gradient by slopes of at most 1/4",
      "the answer to squared error is the mean of all that could be beneath", "one "
      "level of noise is one map; models that generate by denoising use many.")
def _():
    a = np.linspace(-5, 5, 1001)
    close(np.max(logistic(a) * (1 - logistic(a))), 1 / 4)


@said.each(SAID)
def test_what_a_lecture_says_in_passing_is_so(claim):
    said.check(SAID, claim)
