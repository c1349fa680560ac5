"""Lab 14: the importance-weighted bound."""

import numpy as np

from scratchae.formulas.importance import log_mean_exp_backward, log_mean_exp_forward
from scratchae.labs.hypotheses import term_slips
from scratchae.labs.specification import Lab, Part, Slip, Tensor
from scratchae.labs.specifications.special import but, first, upstream

WHERE = "scratchae.formulas.importance"


def draws(s):
    """K, a number of draws that is no other size."""
    return s.d + 2


def draw_inputs(rng, s):
    """K draws for each image, by the encoder's mu and log_var."""
    K = draws(s)
    mu, log_var = rng.normal(size=(2, s.n, s.k))
    return {"log_p_x": rng.normal(-5, 1, (K, s.n)), "mu": mu, "log_var": log_var,
            "eps": rng.normal(size=(K, s.n, s.k))}


def weight_inputs(rng, s):
    return {"log_w": rng.normal(-3, 1, (draws(s), s.n))}


def far(rng, s):
    """Log-weights as those of images are: exp of them is 0."""
    return {"log_w": weight_inputs(rng, s)["log_w"] - 1000}


def apart(rng, s):
    """One image's weights are e^900 times the next one's."""
    given = weight_inputs(rng, s)
    return {"log_w": given["log_w"] - np.where(np.arange(s.n) % 2, 1000, 100)}


def one_far_draw(rng, s):
    """One draw of an image weighs e^900 times the others."""
    given = weight_inputs(rng, s)
    given["log_w"][2] += 900
    return given


def alike(given):
    """The first draw's weights for all draws."""
    return np.broadcast_to(given["log_w"][:1], given["log_w"].shape).copy()


def one_draw(inputs, *names):
    """K = 1, where the bound is the ELBO : arrays (K, ...) of these names."""
    return but(inputs, **{name: lambda v, name=name: v[name][:1] for name in names})


SPECIAL = (("with weights too small for exp", far),
           ("where one image has far smaller weights than another", apart),
           ("where one draw has a far larger weight than the others", one_far_draw),
           ("where all draws weigh the same", but(weight_inputs, log_w=alike)),
           ("with one draw", one_draw(weight_inputs, "log_w")))


def constant(v):
    """-1/2 log 2 pi of each code unit : (K, n)."""
    return -0.5 * v.mu.shape[1] * np.log(2 * np.pi) * np.ones(v.eps.shape[:2])


def z_of(v):
    return v.mu + np.exp(v.log_var / 2) * v.eps


WEIGHTS = Part(
    "log_weights", draw_inputs, points=3, returns=("log_w", "log_prior", "log_q"),
    more=(("with one draw", one_draw(draw_inputs, "log_p_x", "eps")),
          ("where q is the prior in an image", first(draw_inputs, mu=0, log_var=0))),
    solution="scratchae.networks.variational.VariationalNetwork.log_weights",
    tensors=(
        Tensor("log_prior", lambda v: -0.5 * np.sum(
            np.log(2 * np.pi) + z_of(v) ** 2, axis=2), (
                *term_slips({
                    "two_pi": ("2 pi", constant),
                    "square": ("the square", lambda v: -0.5 * np.sum(
                        z_of(v) ** 2, axis=2)),
                }),
                Slip("negative", "that is its negative", lambda v: 0.5 * np.sum(
                    np.log(2 * np.pi) + z_of(v) ** 2, axis=2)),
                Slip("two_pi_once", "2 pi stands once, not for each code unit",
                     lambda v: -0.5 * (np.log(2 * np.pi)
                                       + np.sum(z_of(v) ** 2, axis=2))),
                Slip("of_noise", "of eps, not of z",
                     lambda v: -0.5 * np.sum(np.log(2 * np.pi) + v.eps**2, axis=2)),
                Slip("std_is_variance", "sigma^2 stands where sigma belongs",
                     lambda v: -0.5 * np.sum(np.log(2 * np.pi) + (
                         v.mu + np.exp(v.log_var) * v.eps) ** 2, axis=2)),
            )),
        Tensor("log_q", lambda v: -0.5 * np.sum(
            np.log(2 * np.pi) + v.log_var + v.eps**2, axis=2), (
                *term_slips({
                    "two_pi": ("2 pi", constant),
                    "log_var": ("log_var", lambda v: -0.5 * np.sum(
                        v.log_var, axis=1) * np.ones(v.log_p_x.shape)),
                    "square": ("the square", lambda v: -0.5 * np.sum(
                        v.eps**2, axis=2)),
                }),
                Slip("negative", "that is its negative", lambda v: 0.5 * np.sum(
                    np.log(2 * np.pi) + v.log_var + v.eps**2, axis=2)),
                Slip("of_z", "the square of z stands where that of eps belongs",
                     lambda v: -0.5 * np.sum(
                         np.log(2 * np.pi) + v.log_var + z_of(v) ** 2, axis=2)),
                Slip("divided_by_std", "the square is divided by sigma, not sigma^2",
                     lambda v: -0.5 * np.sum(np.log(2 * np.pi) + v.log_var
                                             + v.eps**2 * np.exp(v.log_var / 2),
                                             axis=2)),
            )),
        Tensor("log_w", lambda v: v.log_p_x + v.log_prior - v.log_q, (
            *term_slips({
                "likelihood": ("the likelihood", lambda v: v.log_p_x),
                "prior": ("the prior", lambda v: v.log_prior),
                "q": ("q", lambda v: -v.log_q),
            }, skip=("q_sign",)),
            Slip("q_added", "log q is added, not subtracted",
                 lambda v: v.log_p_x + v.log_prior + v.log_q),
            Slip("inverted", "turned over: q stands above",
                 lambda v: v.log_q - v.log_p_x - v.log_prior),
        )),
    ),
)

BOUND = Part(
    "bound", weight_inputs, points=2, solution=f"{WHERE}.log_mean_exp_forward",
    more=SPECIAL,
    tensors=(Tensor("bound", lambda v: log_mean_exp_forward(v.log_w)[0], (
        Slip("loss", "that is the loss, its negative",
             lambda v: -log_mean_exp_forward(v.log_w)[0]),
        Slip("mean_of_logs", "the mean of the logarithms: that is the ELBO",
             lambda v: v.log_w.mean(axis=0)),
        Slip("sum", "summed over the draws, not averaged",
             lambda v: log_mean_exp_forward(v.log_w)[0] + np.log(len(v.log_w))),
        Slip("mean_not_logged", "the logarithm is missing",
             lambda v: np.exp(v.log_w).mean(axis=0)),
        Slip("largest", "the largest weight alone", lambda v: v.log_w.max(axis=0)),
        Slip("largest_left_off", "the largest one is taken off, and not put back",
             lambda v: log_mean_exp_forward(v.log_w)[0] - v.log_w.max(axis=0)),
        Slip("over_images", "averaged over the images, not over the draws",
             lambda v: log_mean_exp_forward(v.log_w.T)[0]),
        Slip("largest_multiplied", "the largest one multiplies, where a sum belongs",
             lambda v: v.log_w.max(axis=0) * (
                 log_mean_exp_forward(v.log_w)[0] - v.log_w.max(axis=0))),
        Slip("log_K_twice", "the number of draws is divided out twice",
             lambda v: log_mean_exp_forward(v.log_w)[0] - np.log(len(v.log_w))),
        Slip("one_number", "averaged over the images too",
             lambda v: log_mean_exp_forward(v.log_w)[0].mean()),
    )),),
)


def shares(v):
    return log_mean_exp_backward(np.ones(v.log_w.shape[1]),
                                 log_mean_exp_forward(v.log_w)[1])


BACKWARD = Part(
    "bound_backward", upstream("d_bound", weight_inputs), points=2,
    solution=f"{WHERE}.log_mean_exp_backward",
    more=tuple((words, upstream("d_bound", inputs)) for words, inputs in SPECIAL),
    tensors=(Tensor("dlog_w", lambda v: shares(v) * v.d_bound, (
        Slip("even", "every draw counts alike: that is the gradient of the ELBO",
             lambda v: np.broadcast_to(v.d_bound / len(v.log_w), v.log_w.shape)),
        Slip("times_K", "divided by the mean of the weights, not by their sum",
             lambda v: shares(v) * v.d_bound * len(v.log_w)),
        Slip("over_K", "divided by the number of draws once more",
             lambda v: shares(v) * v.d_bound / len(v.log_w)),
        Slip("not_normalised", "the weights are not normalised",
             lambda v: np.exp(v.log_w) * v.d_bound),
        Slip("over_images", "normalised over the images, not over the draws",
             lambda v: log_mean_exp_backward(
                 np.ones(len(v.log_w)), log_mean_exp_forward(v.log_w.T)[1]).T
             * v.d_bound),
        Slip("without_upstream", "the upstream gradient is missing, as if it were ones",
             shares),
        Slip("of_logs", "shares of the logarithms, not of the weights",
             lambda v: v.log_w / v.log_w.sum(axis=0) * v.d_bound),
        Slip("best_only", "the best draw alone",
             lambda v: (v.log_w == v.log_w.max(axis=0)) * v.d_bound),
        Slip("slope_twice", "a softmax's derivative is multiplied in once more",
             lambda v: shares(v) * (1 - shares(v)) * v.d_bound),
    )),),
)


def path_inputs(rng, s):
    """dlog_w, and dz as the decoder's likelihood gives it, for every draw."""
    K = draws(s)
    given = draw_inputs(rng, s)
    del given["log_p_x"]
    return {"dlog_w": rng.normal(size=(K, s.n)),
            "dz_decoder": rng.normal(size=(K, s.n, s.k)), **given}


def on_codes(v):
    return v.dlog_w[:, :, None]


def sigma_eps(v):
    return np.exp(v.log_var / 2) * v.eps


PATH = Part(
    "code_backward", path_inputs, points=4, returns=("dz", "dmu", "dlog_var"),
    more=(("with one draw", one_draw(path_inputs, "dlog_w", "dz_decoder", "eps")),),
    solution="scratchae.networks.bounds.ImportanceWeighted",
    tensors=(
        Tensor("dz", lambda v: v.dz_decoder - on_codes(v) * z_of(v), (
            *term_slips({
                "decoder": ("the decoder's gradient", lambda v: v.dz_decoder),
                "prior": ("the prior's gradient", lambda v: -on_codes(v) * z_of(v)),
            }, skip=("prior_missing", "decoder_missing")),
            Slip("decoder_only", "the prior depends on z too", lambda v: v.dz_decoder),
            Slip("prior_only", "the decoder's gradient is missing",
                 lambda v: -on_codes(v) * z_of(v)),
            Slip("prior_unweighted", "the prior's part is not weighed by dlog_w",
                 lambda v: v.dz_decoder - z_of(v)),
            Slip("std_is_variance", "sigma^2 stands where sigma belongs, in z",
                 lambda v: v.dz_decoder - on_codes(v) * (
                     v.mu + np.exp(v.log_var) * v.eps)),
            Slip("prior_of_eps", "eps stands where z belongs",
                 lambda v: v.dz_decoder - on_codes(v) * v.eps),
        )),
        Tensor("dmu", lambda v: v.dz.sum(axis=0), (
            Slip("averaged", "averaged over the draws, not summed",
                 lambda v: v.dz.mean(axis=0)),
            Slip("not_summed", "not summed over the draws", lambda v: v.dz),
            Slip("over_images", "summed over the images, not over the draws",
                 lambda v: v.dz.sum(axis=1)),
            Slip("first_draw", "of the first draw only", lambda v: v.dz[0]),
        )),
        Tensor("dlog_var", lambda v: np.sum(
            0.5 * sigma_eps(v) * v.dz + 0.5 * on_codes(v), axis=0), (
                *term_slips({
                    "path": ("the way through z", lambda v: np.sum(
                        0.5 * sigma_eps(v) * v.dz, axis=0)),
                    "direct": ("the density of q", lambda v: np.sum(
                        0.5 * on_codes(v), axis=0) * np.ones_like(v.mu)),
                }, skip=("direct_missing", "path_missing")),
                Slip("path_only", "q depends on log_var directly too",
                     lambda v: np.sum(0.5 * sigma_eps(v) * v.dz, axis=0)),
                Slip("direct_only", "the way through z is missing",
                     lambda v: np.sum(0.5 * on_codes(v), axis=0)
                     * np.ones_like(v.mu)),
                Slip("path_no_sigma", "sigma is missing on the way through z",
                     lambda v: np.sum(0.5 * v.eps * v.dz + 0.5 * on_codes(v), axis=0)),
                Slip("path_std", "sigma^2 stands where sigma belongs",
                     lambda v: np.sum(0.5 * np.exp(v.log_var) * v.eps * v.dz
                                      + 0.5 * on_codes(v), axis=0)),
                Slip("averaged", "averaged over the draws, not summed",
                     lambda v: np.mean(0.5 * sigma_eps(v) * v.dz + 0.5 * on_codes(v),
                                       axis=0)),
            )),
    ),
)

LAB = Lab("14", "the importance-weighted bound", "11_caveats",
          (WEIGHTS, BOUND, BACKWARD, PATH))
