"use strict";
/* Weights out of the page's text, and layers: h = phi(W a + b).

   Python has rounded each weight to a whole number times one scale for each unit
   (scratchae/explorer/rounding.py). Here they become 32-bit floats again, unit after
   unit, so that a unit's output is one dot product over neighbouring numbers. */

function bytesOf(base64) {
  const text = atob(base64), bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

function floatsOf(base64) {
  const bytes = bytesOf(base64), view = new DataView(bytes.buffer);
  return Float32Array.from({ length: bytes.length / 4 },
                           (_, i) => view.getFloat32(4 * i, true));
}

/* Whole numbers of 16 bits. */
function wholeNumbersOf(base64) {
  const bytes = bytesOf(base64), view = new DataView(bytes.buffer);
  return Uint16Array.from({ length: bytes.length / 2 },
                          (_, i) => view.getUint16(2 * i, true));
}

/* Columns between two ends: x_ij = low_j + step_j q_ij. */
function columnsOf({ values, low, step }) {
  return Float64Array.from(wholeNumbersOf(values), (q, i) =>
    low[i % low.length] + step[i % low.length] * q);
}

/* Whole numbers of so many bits, the highest bit first: their first `count`. */
function unpacked(bytes, bits, count) {
  const numbers = new Int32Array(count);
  let held = 0, buffer = 0, next = 0;
  for (let i = 0; i < count; i++) {
    while (held < bits) {
      buffer = buffer << 8 | bytes[next++];
      held += 8;
    }
    held -= bits;
    numbers[i] = buffer >>> held;
    buffer &= (1 << held) - 1;
  }
  return numbers;
}

/* W : d_out rows of d_in numbers each. */
function weightsOf(stored) {
  if (stored.bits === 32) return floatsOf(stored.W);
  const { d_in, d_out, bits } = stored, scale = floatsOf(stored.scale);
  const q = unpacked(bytesOf(stored.W), bits, d_in * d_out);
  const middle = 2 ** (bits - 1) - 1, W = new Float32Array(d_in * d_out);
  for (let j = 0, i = 0; j < d_out; j++) {
    for (const end = i + d_in; i < end; i++) W[i] = (q[i] - middle) * scale[j];
  }
  return W;
}

const logistic = (a) => 1 / (1 + Math.exp(-a));
const softplus = (a) => Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a)));

/* The functions of scratchae/formulas/activations.py, by the same names. */
const ACTIVATIONS = {
  identity: (a) => a,
  sigmoid: logistic,
  tanh: Math.tanh,
  relu: (a) => Math.max(a, 0),
  leaky_relu: (a) => a > 0 ? a : 0.01 * a,
  elu: (a) => a > 0 ? a : Math.expm1(a),
  softplus: softplus,
  silu: (a) => a * logistic(a),
};

/* A layer is used again and again, so it keeps the array for its output. */
function layerOf(stored) {
  return {
    W: weightsOf(stored), b: floatsOf(stored.b), d_in: stored.d_in,
    phi: ACTIVATIONS[stored.activation], h: new Float64Array(stored.d_out),
  };
}

/* h_j = phi(sum_i W_ji x_i + b_j), with four sums at a time: they do not wait for
   one another. */
function layerForward(layer, x) {
  const { W, b, phi, d_in, h } = layer;
  for (let j = 0, k = 0; j < h.length; j++) {
    let s0 = 0, s1 = 0, s2 = 0, s3 = 0, i = 0;
    for (; i + 3 < d_in; i += 4, k += 4) {
      s0 += W[k] * x[i];
      s1 += W[k + 1] * x[i + 1];
      s2 += W[k + 2] * x[i + 2];
      s3 += W[k + 3] * x[i + 3];
    }
    for (; i < d_in; i++, k++) s0 += W[k] * x[i];
    h[j] = phi(s0 + s1 + s2 + s3 + b[j]);
  }
  return h;
}

/* The layers one after the other; the next call overwrites the array returned. */
function forward(layers, x) {
  return layers.reduce((h, layer) => layerForward(layer, h), x);
}
