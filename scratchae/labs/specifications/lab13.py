"""Lab 13: the whole backward pass of a variational autoencoder."""

from dataclasses import replace

import numpy as np

from scratchae.formulas.activations import logistic
from scratchae.formulas.dense import dense_backward
from scratchae.formulas.divergences import (
    kl_diag_gaussian_backward,
    kl_diag_gaussian_forward,
)
from scratchae.formulas.losses import bernoulli_nll_backward, bernoulli_nll_forward
from scratchae.formulas.reparameterization import (
    reparameterize_diag_backward,
    reparameterize_diag_forward,
)
from scratchae.labs.hypotheses import (
    additive_slips,
    bias_slips,
    changed,
    input_slips,
    term_slips,
    weight_slips,
)
from scratchae.labs.specification import Lab, Part, Slip, Tensor
from scratchae.labs.specifications.special import but, first, zeros
from scratchae.labs.specifications.vae import (
    code_inputs,
    far_inputs,
    forward,
    half_exp,
    network_inputs,
)

VARIATIONAL = "scratchae.networks.variational.VariationalNetwork"
SPECIAL = (("with logits far from 0", far_inputs),
           ("where q is the prior",
            but(network_inputs, **zeros("Wm", "bm", "Wv", "bv"))),
           ("where beta is 0", but(network_inputs, beta=0.0)))


def recon(v):
    return bernoulli_nll_forward(forward(v).a, v.x)[0]


def kl(v):
    return kl_diag_gaussian_forward(forward(v).mu, forward(v).log_var)[0]


def kl_of_linear(v):
    """The divergence of an encoder without its activation."""
    f = forward(v, first=np.asarray)
    return kl_diag_gaussian_forward(f.mu, f.log_var)[0]


def without_bv(f):
    """What f(v) is without the bias of log_var."""
    return Slip("bv_missing", "the bias of log_var is missing",
                lambda v: f(changed(v, bv=0 * v.bv)))


def of_head(formula):
    """One term of the divergence."""
    return lambda v: 0.5 * np.sum(formula(forward(v).mu, forward(v).log_var), axis=1)


def total(v, recon=1.0, kl=None):
    """J from its two terms, with other weights."""
    return np.mean(recon * v.recon + (v.beta if kl is None else kl) * v.kl)


LOSS = Part(
    "vae_loss", network_inputs, points=2, returns=("loss", "recon", "kl"),
    solution=f"{VARIATIONAL}.loss", more=SPECIAL,
    tensors=(
        Tensor("kl", kl, (
            *term_slips({
                "mean": ("the term of the means", of_head(lambda m, s: m**2)),
                "variance": ("sigma^2", of_head(lambda m, s: np.exp(s))),
                "log": ("the logarithm", of_head(lambda m, s: -s)),
                "one": ("the constant", of_head(lambda m, s: -np.ones_like(s))),
            }),
            Slip("constant", "a constant is wrong: 1/2 stands once, not for each code "
                 "unit", lambda v: kl(v) + 0.5 * (forward(v).mu.shape[1] - 1)),
            Slip("log_var_for_std", "log_var is read as the logarithm of sigma",
                 lambda v: kl_diag_gaussian_forward(
                     forward(v).mu, 2 * forward(v).log_var)[0]),
            Slip("with_beta", "beta is in it already: it belongs to the loss",
                 lambda v: v.beta * kl(v)),
            without_bv(kl),
            Slip("encoder_linear", "the encoder's tanh is missing", kl_of_linear),
            Slip("kl_over_codes", "averaged over the code units, not summed",
                 lambda v: kl(v) / forward(v).mu.shape[1]),
        )),
        Tensor("recon", recon, (
            Slip("std_is_exp_log_var", "sigma is taken as exp(log_var)",
                 lambda v: bernoulli_nll_forward(forward(v, np.exp).a, v.x)[0]),
            Slip("std_is_log_var", "log_var itself stands for sigma",
                 lambda v: bernoulli_nll_forward(forward(v, np.asarray).a, v.x)[0]),
            Slip("no_noise", "z is the mean: the noise is missing",
                 lambda v: bernoulli_nll_forward(forward(v, np.zeros_like).a, v.x)[0]),
            without_bv(recon),
            Slip("decoder_linear", "the decoder's tanh is missing",
                 lambda v: bernoulli_nll_forward(
                     forward(v, bend=np.asarray).a, v.x)[0]),
            Slip("mean_over_pixels", "averaged over the pixels, not summed",
                 lambda v: recon(v) / v.x.shape[1]),
            Slip("white_only", "only white pixels count: a term is missing",
                 lambda v: -np.sum(v.x * np.log(logistic(forward(v).a)), axis=1)),
        )),
        Tensor("loss", total, (
            *term_slips({"recon": ("the reconstruction", lambda v: total(v, kl=0)),
                         "kl": ("the divergence", lambda v: total(v, recon=0))}),
            Slip("loss_not_averaged", "summed over the batch, not averaged",
                 lambda v: len(v.x) * total(v)),
            Slip("beta_missing", "beta is missing", lambda v: total(v, kl=1)),
            Slip("beta_on_both", "beta multiplies both terms",
                 lambda v: total(v, recon=v.beta)),
            Slip("beta_on_recon", "beta multiplies the other term",
                 lambda v: total(v, recon=v.beta, kl=1)),
            Slip("elbo", "that is the bound; the loss is its negative",
                 lambda v: -total(v)),
        )),
    ),
)


def mu_path(v):
    return v.dz


def mu_kl(v):
    return v.beta * v.mu / len(v.mu)


def log_var_path(v):
    _, cache = reparameterize_diag_forward(v.mu, v.log_var, v.eps)
    return reparameterize_diag_backward(v.dz, cache)[1]


def log_var_kl(v):
    _, cache = kl_diag_gaussian_forward(v.mu, v.log_var)
    return kl_diag_gaussian_backward(np.full(len(v.mu), v.beta / len(v.mu)), cache)[1]


def beta_missing(path, divergence):
    return Slip("beta_missing", "beta is missing",
                lambda v: path(v) + divergence(v) / v.beta)


CODE_TENSORS = (
    Tensor("dlog_var", lambda v: log_var_path(v) + log_var_kl(v), (
        *additive_slips(log_var_path, log_var_kl),
        beta_missing(log_var_path, log_var_kl),
        Slip("path_std", "sigma is taken as exp(log_var) on the way through z",
             lambda v: 0.5 * np.exp(v.log_var) * v.eps * v.dz + log_var_kl(v)),
        Slip("path_no_sigma", "sigma is missing on the way through z",
             lambda v: 0.5 * v.eps * v.dz + log_var_kl(v)),
        Slip("path_no_eps", "eps is missing on the way through z",
             lambda v: 0.5 * np.exp(v.log_var / 2) * v.dz + log_var_kl(v)),
        Slip("kl_of_sigma", "sigma stands for sigma^2 in the divergence",
             lambda v: log_var_path(v)
             + 0.5 * v.beta / len(v.mu) * np.expm1(v.log_var / 2)),
    )),
    Tensor("dmu", lambda v: mu_path(v) + mu_kl(v), (
        *additive_slips(mu_path, mu_kl),
        beta_missing(mu_path, mu_kl),
        Slip("path_sigma", "dz is multiplied by sigma, which belongs to log_var",
             lambda v: np.exp(v.log_var / 2) * v.dz + mu_kl(v)),
    )),
)
CODE = Part(
    "code_backward", code_inputs, points=3, returns=("dmu", "dlog_var"),
    more=(("where q is the prior in an image", first(code_inputs, mu=0, log_var=0)),
          ("where beta is 0", but(code_inputs, beta=0.0))),
    solution=f"{VARIATIONAL}.backward", tensors=CODE_TENSORS,
)


def after_forward(tensor):
    """A Tensor whose functions find in v what the network has computed, too."""
    def through(f):
        return lambda v: f(changed(v, **vars(forward(v))))

    slips = tuple(Slip(slip.code, slip.words, through(slip.wrong))
                  for slip in tensor.slips)
    return replace(tensor, right=through(tensor.right), slips=slips)


def past(wrong):
    return Slip("past_the_activation", "it goes past the activation: the gradient "
                "behind tanh, not before it", wrong)


def dense_tensors(names, layer_input, W, upstream):
    """Tensors db, dW and the gradient of the input of one layer.

    names : of db, dW and, where it is asked for, of the input's gradient
    layer_input, W, upstream : names of quantities
    """
    def gradient(which):
        return lambda v: dense_backward(
            getattr(v, upstream), (getattr(v, layer_input), getattr(v, W)))[which]

    slips = (bias_slips(upstream), weight_slips(layer_input, upstream),
             input_slips(upstream, W, names[1]))
    return [Tensor(name, gradient(which), own)
            for name, which, own in zip(names, (2, 1, 0), slips, strict=False)]


def dlogits(v):
    """With the 1/n of the mean."""
    return bernoulli_nll_backward(np.full(len(v.x), 1 / len(v.x)), (v.a, v.x))


Z = Tensor("z", lambda v: forward(v, half_exp).z, (
    Slip("std_is_exp_log_var", "sigma is taken as exp(log_var)",
         lambda v: forward(v, np.exp).z),
    Slip("std_is_log_var", "log_var itself stands for sigma",
         lambda v: forward(v, np.asarray).z),
    Slip("no_noise", "z is the mean: the noise is missing",
         lambda v: forward(v, np.zeros_like).z),
))
LOGITS = Tensor("dlogits", dlogits, (
    Slip("logits_for_p", "the logits stand where the probabilities belong",
         lambda v: (v.a - v.x) / len(v.x)),
    Slip("sigmoid_twice", "the sigmoid's derivative is multiplied in once more",
         lambda v: dlogits(v) * logistic(v.a) * (1 - logistic(v.a))),
))
WHOLE = Part(
    "vae_backward", network_inputs, points=6,
    returns=("z", "dlogits", "dW3", "db3", "dg", "dW2", "db2", "dz", "dmu", "dlog_var",
             "dWm", "dbm", "dWv", "dbv", "dh", "dW1", "db1"),
    solution=f"{VARIATIONAL}.backward", more=SPECIAL,
    tensors=tuple(map(after_forward, (
        Z,
        LOGITS,
        *dense_tensors(("db3", "dW3", "dg"), "g", "W3", "dlogits"),
        Tensor("db2", lambda v: np.sum(v.dg * (1 - v.g**2), axis=0), (
            past(lambda v: v.dg.sum(axis=0)),)),
        Tensor("dW2", lambda v: v.z.T @ (v.dg * (1 - v.g**2)), (
            past(lambda v: v.z.T @ v.dg),
            Slip("mu_for_z", "the layer's input was z, not its mean",
                 lambda v: v.mu.T @ (v.dg * (1 - v.g**2))),
        )),
        Tensor("dz", lambda v: (v.dg * (1 - v.g**2)) @ v.W2.T, (
            past(lambda v: v.dg @ v.W2.T),)),
        *CODE_TENSORS,
        *dense_tensors(("dbm", "dWm"), "h", "Wm", "dmu"),
        *dense_tensors(("dbv", "dWv"), "h", "Wv", "dlog_var"),
        Tensor("dh", lambda v: v.dmu @ v.Wm.T + v.dlog_var @ v.Wv.T, (
            *term_slips({"mu": ("the way through mu", lambda v: v.dmu @ v.Wm.T),
                         "log_var": ("the way through log_var",
                                     lambda v: v.dlog_var @ v.Wv.T)},
                        skip=("mu_missing", "log_var_missing")),
            Slip("only_mu", "the way through log_var is missing",
                 lambda v: v.dmu @ v.Wm.T),
            Slip("only_log_var", "the way through mu is missing",
                 lambda v: v.dlog_var @ v.Wv.T),
            Slip("heads_swapped", "the weights of mu and log_var are swapped",
                 lambda v: v.dmu @ v.Wv.T + v.dlog_var @ v.Wm.T),
        )),
        Tensor("db1", lambda v: np.sum(v.dh * (1 - v.h**2), axis=0), (
            past(lambda v: v.dh.sum(axis=0)),)),
        Tensor("dW1", lambda v: v.x.T @ (v.dh * (1 - v.h**2)), (
            past(lambda v: v.x.T @ v.dh),)),
    ))),
)

LAB = Lab("13", "the whole backward pass of a VAE", "10_vae", (LOSS, CODE, WHOLE))
