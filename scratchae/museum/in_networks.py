"""Mistakes in handing on: gradients from layer to layer, from a bound, and memory."""

from scratchae import memory
from scratchae.models.neural import EncoderDecoder
from scratchae.museum.registry import exhibit
from scratchae.networks import pixels
from scratchae.networks.bounds import ImportanceWeighted
from scratchae.networks.sparse import SparseNetwork
from scratchae.networks.variational import VariationalNetwork
from scratchae.nn import plain
from scratchae.nn.mlp import Dense
from scratchae.nn.own_layer import OwnLayer

# Layers

exhibit(
    "gradients_added_up",
    "backward adds to the gradients that are there already",
    "micrograd, PyTorch",
    (plain.layer_backward, "dW[...], db[...] = dense_weight_gradient(da, dense_cache)",
     "dW[...], db[...] = map(np.add, (dW, db), dense_weight_gradient(da, dense_cache))",
     "dx, dW[...], db[...] = dense_backward(da, dense_cache)",
     "before = dW.copy(), db.copy()\n"
     "        dx, dW[...], db[...] = dense_backward(da, dense_cache)\n"
     "        dW += before[0]; db += before[1]"),
    kernel=[("dense.layer_backward",
             "return transposed_product(dW, db, x, da)",
             "old = dW.copy(); transposed_product(dW, db, x, da); dW += old\n"
             "        return None",
             "gradient_products((dW, db, dx), x, da, W, leak, sign)",
             "old = dW.copy(); gradient_products((dW, db, dx), x, da, W, leak, sign)\n"
             "        dW += old")],
)
exhibit(
    "slope_in_place",
    "the derivative of the activation is multiplied into the loss's own cache",
    "our own",
    (plain.activation_backward, "return activation.backward(dh, slope)",
     "dh[...] = activation.backward(dh, slope); return dh"),
    kernel=[("dense.activation_backward", "da = recycled(dh.shape, cache.kept.dtype)",
             "da = dh")],
)
exhibit(
    "slope_multiplied_twice",
    "a layer multiplies by the derivative that the product did already",
    "our own",
    (Dense.backward, "return ops.layer_backward(da, cache, self.dW, self.db, its_cache",
     "return layer.before_activation(ops.layer_backward(\n"
     "                da, cache, self.dW, self.db, its_cache), its_cache"),
)
exhibit(
    "slope_not_multiplied",
    "a layer hands down dh of the layer below as its da",
    "several",
    (Dense.backward, "self.db, its_cache)", "self.db)"),
)
exhibit(
    "slope_below_forgotten",
    "the product with W^T forgets the layer below",
    "our own",
    (plain.layer_backward, "return activation.backward(dx, slope)", "return dx"),
    kernel=[("dense.layer_backward", "leak, sign = _fused(below)",
             "below = None; leak, sign = _fused(below)")],
)
exhibit(
    "own_gradient_forgotten",
    "an own layer: the last parameter's gradient is not taken over",
    "planted by a reader",
    (OwnLayer.backward, "in self.gradients.items()",
     "in [*self.gradients.items()][:-1]"),
)

# Networks

exhibit(
    "bound_gradient_in_z_left_out",
    "L_K: log p(z) has no gradient of its own in z",
    "our own",
    (ImportanceWeighted.backward, "weights[:, None] * drawn.z, dhead", "None, dhead"),
)
exhibit(
    "bound_gradient_in_the_head_left_out",
    "L_K: log q(z|x) has no gradient of its own in log_var",
    "our own",
    (ImportanceWeighted.backward, "weights[:, None] * drawn.z, dhead",
     "weights[:, None] * drawn.z"),
)
exhibit(
    "weights_of_samples_ignored",
    "L_K: every sample counts the same in the pixels' gradient",
    "our own",
    (pixels._Fused.backward, "d_out * (d_loss / each)[:, None]", "d_out"),
)
exhibit(
    "heads_of_samples_averaged",
    "several samples: the head's gradient is their mean, not their sum",
    "planted by a reader",
    (VariationalNetwork.backward, "dhead.shape[1]).sum(", "dhead.shape[1]).mean("),
)
exhibit(
    "penalty_in_the_weights_left_out",
    "contractive: the direct gradient in W never reaches the layer",
    "planted by a reader",
    (SparseNetwork.backward, ", dW=dW)", ")"),
)
exhibit(
    "decoder_widths_ignored",
    "the decoder mirrors the encoder whatever its widths should be",
    "planted by a reader",
    (EncoderDecoder.network_options, "hidden[::-1] if back is None else as_sizes(back)",
     "hidden[::-1]"),
)

# Memory

exhibit(
    "held_memory_handed_out",
    "memory is handed out again while somebody holds it",
    "our own",
    (memory.recycled, "if ALONE in references:", "if references:",
     "references.index(ALONE)", "0"),
)
