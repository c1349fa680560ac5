"""Mistakes in networks and models: what is drawn, what is decoded, what is reported."""

from scratchae.analysis import diagnosis
from scratchae.models.autoencoder import Autoencoder
from scratchae.models.base import Reconstructing
from scratchae.models.vae import VariationalAutoencoder
from scratchae.museum.registry import exhibit
from scratchae.networks.denoising import DenoisingNetwork
from scratchae.networks.pixels import BernoulliPixels, GaussianPixels
from scratchae.networks.sparse import SparseNetwork
from scratchae.networks.variational import VariationalNetwork
from scratchae.nn.mlp import Mirrored

# Networks

exhibit(
    "tied_weights_are_copies",
    "tied weights that are copies",
    "several",
    (Mirrored.__init__, "W = owner.W.T", "W = owner.W.T.copy()"),
)
exhibit(
    "tied_gradient_of_one_path",
    "tied weights: only the encoder's gradient counts",
    "several",
    (Mirrored.add_gradient, "owner.dW += self.dW.T", "owner.dW += 0"),
)
exhibit(
    "square_tied_weights_not_transposed",
    "tied weights of a square layer: dW added without its transpose",
    "planted by a reader",
    (Mirrored.add_gradient, "self.dW.T",
     "(self.dW if self.dW.shape[0] == self.dW.shape[1] else self.dW.T)"),
)
exhibit(
    "penalty_of_the_code_not_weighted",
    "sparse: the penalty's gradient without its weight",
    "our own",
    (SparseNetwork.backward, "self.penalty.backward(weight,",
     "self.penalty.backward(1.0,"),
)
exhibit(
    "noisy_target",
    "denoising: the target is the noisy input",
    "several",
    (DenoisingNetwork.draw,
     '{"x": self.corruption.corrupt(x, rng), "target": x}',
     'dict.fromkeys(("x", "target"), self.corruption.corrupt(x, rng))'),
)
exhibit(
    "tiny_kl_weight",
    "KL weighted by 0.00025",
    "PyTorch-VAE's settings",
    (VariationalNetwork.kl_weight_at, "return self.kl_weight\n", "return 0.00025\n"),
)
exhibit(
    "warm_up_forgotten",
    "the KL weight's warm-up does not warm up",
    "planted by a reader",
    (VariationalNetwork.draw, "self.kl_weight_at(epoch)", "self.kl_weight"),
)
exhibit(
    "grey_pixels",
    "Bernoulli loss on grey pixels reported as a likelihood",
    "pytorch/examples",
    (VariationalNetwork.draw, "if self.binarize:", "if False:"),
)
exhibit(
    "one_uniform_for_all_rows",
    "all images of a batch are binarised by the same numbers",
    "planted by a reader",
    (VariationalNetwork.draw, "x = ops.binarize(x, uniform)",
     "uniform[...] = uniform[0]; x = ops.binarize(x, uniform)"),
)
exhibit(
    "evaluation_without_noise",
    "evaluation without noise",
    "several",
    (VariationalNetwork.draw, '"eps": eps', '"eps": eps if epoch else 0 * eps'),
)
exhibit(
    "label_not_seen",
    "conditional: the encoder does not see the label",
    "planted by a reader",
    (VariationalNetwork.loss, "self.encoder.forward(_beside(x, label))",
     "self.encoder.forward(_beside(x, None if label is None else 0 * label))"),
)

# What models return

exhibit(
    "logits_for_probabilities",
    "a VAE that returns logits",
    "planted by a reader",
    (BernoulliPixels.mean, "logistic(out)", "out"),
)
exhibit(
    "autoencoder_returns_logits",
    "an autoencoder with Bernoulli loss that returns logits",
    "planted by a reader",
    (Autoencoder._decode, "self.network_.pixels.mean(self.decoder_.predict(codes))",
     "self.decoder_.predict(codes)"),
)
exhibit(
    "pixels_above_one_half",
    "samples of Bernoulli pixels cut at 1/2",
    "several",
    (BernoulliPixels.sample, "rng.random(out.shape) <", "0.5 <"),
)
exhibit(
    "pixel_variance_as_std",
    "samples of Gaussian pixels: std = variance",
    "several",
    (GaussianPixels.sample, "0.5 * self", "self"),
)
exhibit(
    "prior_is_uniform",
    "codes for new images drawn from U[0, 1), not N(0, I)",
    "several",
    (VariationalAutoencoder.sample, "rng.standard_normal(", "rng.random("),
)
exhibit(
    "reconstruction_sampled_without_noise",
    'reconstruct(mode="sample") at the mean code',
    "planted by a reader",
    (VariationalAutoencoder._sample_rows, "eps = rng.standard_normal(",
     "eps = 0 * rng.standard_normal("),
)
exhibit(
    "noise_at_prediction",
    "denoising: noise at prediction too",
    "several",
    (Autoencoder._encode, "self.encoder_.predict(X)",
     "self.encoder_.predict(self.corrupt(X) if hasattr(self, 'corrupt') else X)"),
)
exhibit(
    "likelihood_sign_flipped",
    "the reported nll is +log p",
    "pythae",
    (VariationalAutoencoder._measures, "-(terms", "(terms"),
)
exhibit(
    "elbo_is_minus_the_loss",
    "the ELBO reported with the training's KL weight",
    "planted by a reader",
    (VariationalAutoencoder._measures, '-(terms["recon"] + terms["kl"])',
     '-(terms["recon"] + self.kl_weight * terms["kl"])'),
)
exhibit(
    "last_rows_not_counted",
    "the error of a short last block is left out",
    "planted by a reader",
    (Reconstructing._squared_errors, "np.empty(len(rows))", "np.zeros(len(rows))",
     "range(0, len(rows), EVALUATION_BATCH)",
     "range(0, max(1, len(rows) - len(rows) % EVALUATION_BATCH), EVALUATION_BATCH)"),
)
exhibit(
    "bits_are_nats",
    "bits per dimension in nats",
    "planted by a reader",
    (diagnosis.loss_panel, "(d * np.log(2))", "d"),
)
exhibit(
    "active_units_of_samples",
    "active units counted by the variance of z, not of its mean",
    "our own",
    (diagnosis.active_units, "> threshold",
     "+ np.exp(head[:, model.network_.k :]).mean(axis=0) > threshold"),
)
