"""Mistakes in formulas: samplers, divergences, losses, penalties, noise, Adam."""

from scratchae.formulas import (
    activations,
    corruption,
    dense,
    divergences,
    importance,
    losses,
    optimizers,
    penalties,
    reparameterization,
    schedules,
    softmax,
)
from scratchae.museum.registry import exhibit

# The sampler and the divergence

exhibit(
    "std_is_variance",
    "z = mu + exp(log_var) eps: std = variance",
    "numpy-ml, DeZero",
    (reparameterization.reparameterize_diag_forward, "0.5 * log_var", "log_var"),
    (reparameterization.reparameterize_diag_backward, "0.5 * noise", "noise"),
    kernel=[
        ("gaussian.sample_row", "real(0.5) * log_var[j]", "log_var[j]"),
        ("gaussian.some_heads_backward", "half * (noise[i, j] * dz[i, j] + through_kl)",
         "noise[i, j] * dz[i, j] + half * through_kl"),
    ],
)
exhibit(
    "noise_drawn_twice",
    "noise drawn twice: for z, and again for backward",
    "a NumPy VAE",
    (reparameterization.reparameterize_diag_forward, "noise, noise",
     "noise, noise[::-1]  # another image's"),
    kernel=[("gaussian.some_heads", "z[i], noise[i]", "z[i], noise[n - 1 - i]")],
)
exhibit(
    "kl_sign_flipped",
    "KL with the wrong sign",
    "PyTorch-VAE's log",
    (divergences.kl_diag_gaussian_forward, "return each", "return -each"),
    (divergences.kl_diag_gaussian_backward, "0.5 * excess", "-0.5 * excess",
     "dmu = mu", "dmu = -mu"),
    kernel=[
        ("gaussian.divergence", "type(0.5)", "type(-0.5)"),
        ("gaussian.some_heads_backward", "+ head", "- head", "+ through", "- through"),
    ],
)
exhibit(
    "kl_without_half",
    "KL without its 1/2, forward and backward",
    "our own",
    (divergences.kl_diag_gaussian_forward, "return each", "return 2 * each"),
    (divergences.kl_diag_gaussian_backward, "0.5 * excess", "excess",
     "dmu = mu", "dmu = 2 * mu"),
    kernel=[
        ("gaussian.divergence", "mu.dtype.type(0.5) * total", "total"),
        ("gaussian.some_heads_backward", "excess[i, j] *", "2 * excess[i, j] *",
         "head[i, j] *", "2 * head[i, j] *"),
    ],
)
exhibit(
    "free_bits_gradient_below_the_floor",
    "free bits: what lies below the floor is pushed too",
    "our own",
    (divergences.free_bits_backward, "above * (d_total / len(mu))",
     "d_total / len(mu) + 0 * above"),
)
exhibit(
    "mean_of_logs",
    "L_K: the mean of the logs, forward and backward",
    "our own",
    (importance.log_mean_exp_forward, "bound, w / np.where(total == 0, 1, total)",
     "log_w.mean(axis=0), np.full(log_w.shape, 1 / len(log_w))"),
)

# Losses and penalties

exhibit(
    "gaussian_path_missing",
    "Gaussian decoder: one of the log-variance's two paths lost",
    "VRbound",
    (losses.gaussian_nll_backward, "(1 - scaled)", "(1 - 0 * scaled)"),
)
exhibit(
    "gaussian_half_missing",
    "Gaussian decoder: the 1/2 of the log-variance's gradient missing",
    "VRbound",
    (losses.gaussian_nll_backward, "0.5 * (1 - scaled)", "(1 - scaled)"),
)
exhibit(
    "probabilities_clipped",
    "the Bernoulli loss clips p at 0.999",
    "DeZero",
    (losses.bernoulli_nll_forward, "above = logits",
     "logits = np.where(np.abs(logits.real) < 6.9, logits, 6.9 * np.sign(logits.real))"
     "\n    above = logits"),
    (losses.bernoulli_nll_backward, "(logistic(logits) - x)",
     "(np.abs(logits) < 6.9) * (logistic(logits) - x)"),
    kernel=[("losses.bernoulli_row", "e = decay(a[j], real)",
             "e = max(decay(a[j], real), real(0.001))")],
)
exhibit(
    "squared_error_without_its_two",
    "squared error: the gradient's factor 2 forgotten",
    "several",
    (losses.squared_error_backward, "2 * d_loss", "d_loss"),
    kernel=[("losses.squared_error_row", "(real(2) * scale)", "scale")],
)
exhibit(
    "softmax_adds_the_maximum",
    "softmax adds the maximum instead of subtracting it",
    "a course library",
    (softmax.softmax_nll_forward, "below = _below_top(logits)",
     "below = 2 * logits - _below_top(logits)"),
)
exhibit(
    "top_k_leaks",
    "top-k passes gradient to dropped units",
    "a k-sparse autoencoder",
    (penalties.top_k_backward, "np.where(mask, dh, 0)", "dh"),
)
exhibit(
    "rho_swapped",
    "rho and rho_hat swapped, forward and backward",
    "several",
    (penalties.kl_sparsity_forward,
     "rho_hat = h.mean(axis=0)", "rho, rho_hat = h.mean(axis=0), rho",
     "(rho, rho_hat, h", "(rho_hat, rho, h"),
    (penalties.kl_sparsity_backward, "(1 - rho) / (1 - rho_hat) - rho / rho_hat",
     "np.log(rho_hat / rho) - np.log((1 - rho_hat) / (1 - rho))"),
)
exhibit(
    "rho_hat_over_units",
    "rho_hat over the batch and the units",
    "several",
    (penalties.kl_sparsity_forward, "h.mean(axis=0)", "h.mean() + 0 * h[0]"),
)
exhibit(
    "contractive_without_the_weights",
    "contractive penalty: W acts through the code only",
    "several",
    (penalties.contractive_backward, "dW = 2 *", "dW = 0 *"),
)

# Layers

exhibit(
    "bias_gradient_averaged",
    "bias gradient averaged over the batch",
    "our own",
    (dense.dense_weight_gradient, "dy.sum(axis=0)", "dy.mean(axis=0)"),
    kernel=[("dense.layer_backward",
             "return transposed_product(dW, db, x, da)",
             "transposed_product(dW, db, x, da); db /= len(x); return None",
             "x, da, W, leak, sign)", "x, da, W, leak, sign); db /= len(x)")],
)
exhibit(
    "bias_summed_over_the_wrong_axis",
    "bias gradient summed over the wrong axis where n = h",
    "planted by a reader",
    (dense.dense_weight_gradient, "dy.sum(axis=0)",
     "dy.sum(axis=int(dy.shape[0] == dy.shape[1]))"),
    kernel=[("dense.layer_backward",
             "return transposed_product(dW, db, x, da)",
             "transposed_product(dW, db, x, da)\n"
             "        db[...] = da.sum(axis=int(da.shape[0] == da.shape[1]))\n"
             "        return None",
             "x, da, W, leak, sign)",
             "x, da, W, leak, sign)\n"
             "        db[...] = da.sum(axis=int(da.shape[0] == da.shape[1]))")],
)
exhibit(
    "square_weights_not_transposed",
    "dx = dy W for a square W: the transpose is missing",
    "planted by a reader",
    (dense.dense_input_gradient, "dy @ W.T",
     "dy @ (W if W.shape[0] == W.shape[1] else W.T)"),
    kernel=[("dense.layer_backward",
             "da, W.T,", "da, W if W.shape[0] == W.shape[1] else W.T,",
             "x, da, W,", "x, da, W.T if W.shape[0] == W.shape[1] else W,")],
)
exhibit(
    "tanh_slope_without_the_square",
    "tanh' = 1 - tanh",
    "several",
    (activations.tanh_backward, "1 - h * h", "1 - h"),
    kernel=[("activations.multiply_by_slope", "(real(1) - kept[j] * kept[j])",
             "(real(1) - kept[j])")],
)
exhibit(
    "leaky_slope_lost",
    "leaky ReLU: no gradient below 0",
    "several",
    (activations.leaky_relu_backward, "LEAKY_SLOPE * dh", "0 * dh"),
    kernel=[("activations.multiply_by_slope", "real(LEAKY_SLOPE) * d[j]",
             "real(0) * d[j]")],
)
exhibit(
    "gradient_clipped_in_saturation",
    "sigmoid: the gradient is cut off below 1e-4",
    "a course library",
    (activations.sigmoid_backward, "dh * h * (1 - h)",
     "dh * np.maximum(h * (1 - h), 1e-4)"),
    kernel=[("activations.multiply_by_slope", "d[j] * kept[j] * (real(1) - kept[j])",
             "d[j] * max(kept[j] * (real(1) - kept[j]), real(1e-4))")],
)

exhibit(
    "relu_makes_nan_zero",
    "ReLU: NaN becomes 0, and a broken model scores a plausible number",
    "our own",
    (activations.relu_forward, "off = a.real <= 0", "off = ~(a.real > 0)"),
    kernel=[("product.vector.leaky_tile", "sign <= 0", "~(sign > 0)")],
)

# Noise

exhibit(
    "binarised_at_one_half",
    "binarisation at 1/2 instead of by chance",
    "several",
    (corruption.binarize, "uniform < x", "0.5 < x"),
    kernel=[("noise.change_block", "one if u[p] < a[p]", "one if half < a[p]")],
)
exhibit(
    "variance_as_std_of_the_noise",
    "corruption: sigma^2 where sigma belongs",
    "several",
    (corruption.add_gaussian_noise, "type(sigma)", "type(sigma * sigma)"),
    kernel=[("noise.change_block", "amount * u[p]\n", "amount * amount * u[p]\n")],
)
exhibit(
    "masking_keeps_the_fraction",
    "masking: the fraction that is kept, not hit",
    "several",
    (corruption.mask, "uniform < x", "uniform > x"),
    kernel=[("noise.change_block", "zero if u[p] < amount else a[p]",
             "zero if u[p] > amount else a[p]")],
)
exhibit(
    "pepper_without_salt",
    "salt and pepper: pepper only",
    "our own",
    (corruption.salt_and_pepper, "fraction / 2", "fraction"),
    kernel=[("noise.change_block", "half * amount", "amount")],
)

# Optimizers

exhibit(
    "adam_correction_off_by_one",
    "Adam: bias correction off by one step",
    "several",
    (optimizers.adam_step, "beta1**t", "beta1**(t + 1)", "beta2**t", "beta2**(t + 1)"),
    kernel=[("optimizers.adam_step", "beta1**t", "beta1**(t + 1)",
             "beta2**t", "beta2**(t + 1)")],
)
exhibit(
    "adam_eps_inside",
    "Adam: eps inside the root",
    "several",
    (optimizers.adam_step, "(np.sqrt(v_hat) + eps)", "np.sqrt(v_hat + eps)"),
    kernel=[("optimizers.adam_block", "(np.sqrt(square) * root + eps)",
             "np.sqrt(square * root * root + eps)")],
)
exhibit(
    "adam_betas_swapped",
    "Adam: the two betas swapped",
    "several",
    (optimizers.adam_step, "beta1=0.9, beta2=0.999", "beta1=0.999, beta2=0.9"),
    kernel=[("optimizers.adam_step", "beta1=0.9, beta2=0.999",
             "beta1=0.999, beta2=0.9")],
)
exhibit(
    "momentum_forgotten",
    "momentum: the velocity is overwritten",
    "a course library",
    (optimizers.momentum_step, "velocity *= momentum", "velocity *= 0"),
)
exhibit(
    "cosine_of_half_the_way",
    "cosine schedule: ends at half the rate",
    "our own",
    (schedules.cosine, "math.pi *", "0.5 * math.pi *"),
)
