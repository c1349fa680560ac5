"""Questions to lectures 01 to 04: networks that copy."""

import numpy as np

from scratchae import PCA
from scratchae.exam.kinds import numeric
from scratchae.exam.numbers import decimal, eigenvalues, pick, row, with_eigenvalues
from scratchae.formulas.losses import (
    bernoulli_nll_backward,
    bernoulli_nll_forward,
    squared_error_forward,
)
from scratchae.formulas.optimizers import adam_step
from scratchae.formulas.penalties import (
    contractive_forward,
    kl_sparsity_backward,
    kl_sparsity_forward,
)
from scratchae.formulas.softmax import softmax
from scratchae.formulas.subspaces import principal_angles, principal_axes
from scratchae.formulas.wiener import denoising_error, wiener_denoiser
from scratchae.nn.mlp import mlp_shapes


@numeric("01", "(1.2)", "formulas.losses.squared_error_forward", "SSE/img")
def squared_error(rng):
    """The loss of an image of three pixels."""
    x, x_hat = (np.round(rng.uniform(0.1, 1, 3), 1) for _ in range(2))
    x_hat[0] = round(x[0] + pick(rng, -0.3, 0.2, 0.4), 1)
    text = (f"An image x = {row(x)} is copied as x_hat = {row(x_hat)}. What is its "
            "squared error?")
    return text, squared_error_forward(x_hat[None], x[None])[0][0]


@numeric("01", "(1.4)", "nn.mlp.mlp_shapes")
def parameters(rng):
    """Weights and biases of an encoder and a decoder."""
    sizes = int(rng.integers(50, 800)), int(rng.integers(20, 50)), pick(rng, 2, 5, 10)
    shapes = mlp_shapes("encoder", sizes) | mlp_shapes("decoder", sizes[::-1])
    text = ("How many parameters, biases included, has an autoencoder of widths "
            f"{'-'.join(map(str, sizes + sizes[-2::-1]))}?")
    return text, sum(int(np.prod(shape)) for shape in shapes.values())


@numeric("01", "(1.11)", "formulas.losses.bernoulli_nll_forward", "nats")
def one_pixel(rng):
    """The Bernoulli loss of a pixel from its logit."""
    a, x = decimal(rng, -3, 3), pick(rng, 0, 1)
    text = (f"A decoder gives a pixel the logit {a:g}. The pixel is "
            f"{('black (x = 0)', 'white (x = 1)')[x]}. What is its Bernoulli loss?")
    return text, bernoulli_nll_forward(np.array([[a]]), np.array([[x]]))[0][0]


@numeric("01", "(1.12)", "formulas.losses.bernoulli_nll_backward")
def logit_gradient(rng):
    """The derivative of the mean loss in one logit."""
    a, x, n = decimal(rng, -2, 2), pick(rng, 0, 1), pick(rng, 4, 10, 50)
    _, cache = bernoulli_nll_forward(np.array([[a]]), np.array([[x]]))
    text = (f"The loss is the mean Bernoulli loss of {n} images. A pixel of one of "
            f"them has x = {x} and the logit {a:g}. What is the derivative of the "
            "loss in this logit?")
    return text, bernoulli_nll_backward(np.array([1 / n]), cache)[0, 0]


@numeric("01", "(1.16)", "formulas.optimizers.adam_step")
def adam(rng):
    """Where a parameter is after two steps of Adam."""
    theta, rate = np.array([decimal(rng, 0.2, 1)]), pick(rng, 0.1, 0.2)
    first, second = decimal(rng, 0.5, 2), -decimal(rng, 0.5, 2)
    text = (f"A parameter is {theta[0]:g}. Adam with learning rate {rate:g}, beta1 = "
            f"0.9 and beta2 = 0.999 sees the gradient {first:g} and then {second:g}. "
            "How far has it moved after both steps, downwards counted as positive?")
    start, m, v = theta.copy(), np.zeros(1), np.zeros(1)
    for t, gradient in enumerate((first, second), 1):
        adam_step(theta, np.array([gradient]), m, v, t, rate)
    return text, (start - theta)[0]


@numeric("02", "(2.3)", "PCA.reconstruction_error", "SSE/img")
def pca_error(rng):
    """The training error of PCA from the eigenvalues."""
    values, k = eigenvalues(rng), pick(rng, 1, 2, 3)
    rows = with_eigenvalues(values)
    text = ("The covariance matrix of the training images has the eigenvalues "
            f"{row(values)}. What is the training error of PCA with k = {k}?")
    model = PCA(k, dtype="float64").fit(rows)
    return text, model.reconstruction_error(rows)


@numeric("02", "(2.2)", "formulas.subspaces.principal_axes")
def components(rng):
    """How many components keep a share of the variance."""
    kept, share = np.array([0.8]), 80
    while np.any(np.abs(kept - share / 100) < 1e-9):  # a tie is decided by rounding
        values, share = eigenvalues(rng), pick(rng, 70, 80, 90)
        found, _ = principal_axes(with_eigenvalues(values))
        kept = np.cumsum(found) / found.sum()
    text = (f"The covariance matrix has the eigenvalues {row(values)}. How many "
            f"components keep at least {share} % of the variance?")
    return text, int(np.argmax(kept >= share / 100)) + 1


@numeric("02", "(2.5)", "formulas.subspaces.principal_angles", "rad")
def angle(rng):
    """The angle between two lines."""
    a, b = rng.integers(1, 6, 2), rng.integers(-5, 0, 2) * (1, -1)
    text = ("Two autoencoders with one code number each decode along the lines of "
            f"{row(a)} and {row(b)}. What is the angle between the lines?")
    return text, principal_angles(a[None].astype(float), b[None].astype(float))[0]


@numeric("03", "(3.3)", "formulas.penalties.kl_sparsity_forward", "nats")
def sparsity(rng):
    """The KL penalty of units that all have one mean activation."""
    k, rho, mean = pick(rng, 50, 100, 400), pick(rng, 0.05, 0.1), pick(rng, 0.2, 0.3)
    text = (f"{k} code units all have the mean activation {mean:g}; wanted is rho = "
            f"{rho:g}. What is the KL sparsity penalty?")
    return text, kl_sparsity_forward(np.full((1, k), mean), rho)[0]


@numeric("03", "(3.4)", "formulas.penalties.kl_sparsity_backward")
def sparsity_gradient(rng):
    """What the KL penalty gives to one activation."""
    n, rho, mean = pick(rng, 10, 20, 50), pick(rng, 0.05, 0.1), pick(rng, 0.2, 0.4)
    _, cache = kl_sparsity_forward(np.full((n, 1), mean), rho)
    text = (f"A code unit has the mean activation {mean:g} over a batch of {n} "
            f"images; wanted is rho = {rho:g}. What is the derivative of the KL "
            "sparsity penalty in the unit's activation for one image?")
    return text, kl_sparsity_backward(1.0, cache)[0, 0]


@numeric("03", "(3.6)", "formulas.penalties.contractive_forward")
def contraction(rng):
    """The contractive penalty of one sigmoid unit."""
    h, W = decimal(rng, 0.1, 0.9), rng.integers(1, 5, (3, 1)).astype(float)
    text = (f"A sigmoid unit with the weights {row(W[:, 0])} has the activation "
            f"{h:g}. What is its contractive penalty?")
    return text, contractive_forward(np.array([[h]]), W)[0][0]


@numeric("03", "(3.10)", "formulas.softmax.softmax")
def class_probability(rng):
    """The probability that a probe gives to a class."""
    logits = np.round(rng.uniform(-2, 2, 3), 1)
    text = (f"A linear probe has the logits {row(logits)} for three classes. What "
            "probability does it give to the first one?")
    return text, softmax(logits[None])[0, 0]


@numeric("04", "(4.3)", "formulas.wiener.wiener_denoiser")
def passed(rng):
    """What the Wiener filter lets through of a direction."""
    variance, sigma = decimal(rng, 0.1, 3), pick(rng, 0.3, 0.5, 1.0)
    A, _ = wiener_denoiser(np.zeros(1), np.array([[variance]]), sigma)
    text = (f"Clean images have the variance {variance:g} along an eigenvector of "
            f"their covariance; noise of standard deviation {sigma:g} is added. By "
            "which factor does the best linear denoiser multiply this direction?")
    return text, A[0, 0]


@numeric("04", "(4.4)", "formulas.wiener.denoising_error", "SSE/img")
def left_over(rng):
    """The error of the best linear denoiser of one number."""
    variance, sigma = decimal(rng, 0.1, 3), pick(rng, 0.3, 0.5, 1.0)
    best = wiener_denoiser(np.zeros(1), np.array([[variance]]), sigma)
    x = np.sqrt(variance) * np.array([[1.0], [-1.0]])
    text = (f"Numbers of mean 0 and variance {variance:g} get noise of standard "
            f"deviation {sigma:g}. What mean squared error does the best linear "
            "denoiser leave?")
    return text, denoising_error(*best, x, sigma)


@numeric("04", "(4.4)", "formulas.wiener.denoising_error", "SSE/img")
def copied(rng):
    """What a network pays that copies its noisy input."""
    d, sigma = pick(rng, 64, 100, 784), pick(rng, 0.1, 0.2, 0.3)
    text = (f"Images of {d} pixels get noise of standard deviation {sigma:g} in each "
            "pixel. A network copies its noisy input exactly. What is its mean "
            "squared error against the clean images, per image?")
    return text, denoising_error(np.eye(d), np.zeros(d), np.zeros((1, d)), sigma)
