"""Lab 13, solved; and the wrong answers that must be named."""

import numpy as np


def vae_loss(x, eps, beta, **p):
    h = np.tanh(x @ p["W1"] + p["b1"])
    mu, log_var = h @ p["Wm"] + p["bm"], h @ p["Wv"] + p["bv"]
    z = mu + np.exp(log_var / 2) * eps
    a = np.tanh(z @ p["W2"] + p["b2"]) @ p["W3"] + p["b3"]
    recon = np.sum(np.logaddexp(0, a) - x * a, axis=1)
    kl = 0.5 * np.sum(mu**2 + np.exp(log_var) - 1 - log_var, axis=1)
    return np.mean(recon + beta * kl), recon, kl


def code_backward(dz, mu, log_var, eps, beta):
    n = len(mu)
    dmu = dz + beta * mu / n
    dlog_var = 0.5 * np.exp(log_var / 2) * eps * dz
    dlog_var = dlog_var + beta * 0.5 * (np.exp(log_var) - 1) / n
    return dmu, dlog_var


def vae_backward(x, eps, beta, **p):
    n = len(x)
    h = np.tanh(x @ p["W1"] + p["b1"])
    mu, log_var = h @ p["Wm"] + p["bm"], h @ p["Wv"] + p["bv"]
    sigma = np.exp(log_var / 2)
    z = mu + sigma * eps
    g = np.tanh(z @ p["W2"] + p["b2"])
    a = g @ p["W3"] + p["b3"]
    dlogits = (1 / (1 + np.exp(-a)) - x) / n
    dW3, db3, dg = g.T @ dlogits, dlogits.sum(axis=0), dlogits @ p["W3"].T
    d2 = dg * (1 - g**2)
    dW2, db2, dz = z.T @ d2, d2.sum(axis=0), d2 @ p["W2"].T
    dmu, dlog_var = code_backward(dz, mu, log_var, eps, beta)
    dWm, dbm = h.T @ dmu, dmu.sum(axis=0)
    dWv, dbv = h.T @ dlog_var, dlog_var.sum(axis=0)
    dh = dmu @ p["Wm"].T + dlog_var @ p["Wv"].T
    d1 = dh * (1 - h**2)
    dW1, db1 = x.T @ d1, d1.sum(axis=0)
    return (z, dlogits, dW3, db3, dg, dW2, db2, dz, dmu, dlog_var, dWm, dbm, dWv, dbv,
            dh, dW1, db1)


# (function, what stands there, what stands there instead, tensor, slip)
WRONG = [
    ("vae_loss", "np.exp(log_var / 2)", "np.exp(log_var)", "recon",
     "std_is_exp_log_var"),
    ("vae_loss", "np.exp(log_var) - 1 - log_var",
     "np.exp(2 * log_var) - 1 - 2 * log_var", "kl", "log_var_for_std"),
    ("vae_loss", "np.exp(log_var) - 1 - log_var, axis=1)",
     "np.exp(log_var) - log_var, axis=1) - 0.5", "kl", "constant"),
    ("vae_loss", "+ beta * kl", "+ kl", "loss", "beta_missing"),
    ("vae_loss", "recon + beta * kl", "recon - beta * kl", "loss", "kl_sign"),
    ("code_backward", "beta * mu / n", "beta * mu", "dmu", "kl_not_averaged"),
    ("code_backward", "dz + beta * mu / n", "dz", "dmu", "kl_missing"),
    ("code_backward", "0.5 * np.exp(log_var / 2)", "np.exp(log_var / 2)", "dlog_var",
     "path_twice"),
    ("code_backward", "beta * 0.5 *", "beta *", "dlog_var", "kl_twice"),
    ("code_backward", "dlog_var + beta", "dlog_var - beta", "dlog_var", "kl_sign"),
    ("code_backward", "np.exp(log_var / 2) * eps", "np.exp(log_var) * eps", "dlog_var",
     "path_std"),
    ("code_backward", "np.exp(log_var / 2) * eps", "np.exp(log_var / 2)", "dlog_var",
     "path_no_eps"),
    ("vae_backward", "sigma = np.exp(log_var / 2)", "sigma = np.exp(log_var)",
     "z", "std_is_exp_log_var"),
    ("vae_backward", "(1 / (1 + np.exp(-a)) - x)", "(a - x)", "dlogits",
     "logits_for_p"),
    ("vae_backward", "dW2, db2, dz = z.T", "dW2, db2, dz = mu.T", "dW2", "mu_for_z"),
    ("vae_backward", '+ dlog_var @ p["Wv"].T', "", "dh", "only_mu"),
    ("vae_backward", "d1 = dh * (1 - h**2)", "d1 = dh", "db1", "past_the_activation"),
    ("vae_loss", "recon, kl\n", "recon, beta * kl\n", "kl", "with_beta"),
    ("vae_loss", "recon + beta * kl", "beta * recon + kl", "loss", "beta_on_recon"),
    ("vae_loss", 'np.tanh(z @ p["W2"] + p["b2"])', '(z @ p["W2"] + p["b2"])', "recon",
     "decoder_linear"),
    ("vae_loss", ' + p["bv"]', "", "kl", "bv_missing"),
    ("code_backward", "dmu = dz + beta", "dmu = dz / n + beta", "dmu",
     "path_averaged_twice"),
    ("vae_loss", 'h = np.tanh(x @ p["W1"] + p["b1"])', 'h = x @ p["W1"] + p["b1"]',
     "kl", "encoder_linear"),
]
