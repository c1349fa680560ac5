"use strict";
/* A model out of its description: codes to pictures, pictures to codes, and losses.

   x : picture, d numbers        z : code, k numbers
   head : what the encoder says, the code itself of an autoencoder; of a VAE mu,
          log sigma^2, and for a full covariance what is below the diagonal of L
   The formulas are those of scratchae/networks/{posteriors,pixels}.py. */

function modelOf(described) {
  let decoder, encoder; // weights are unpacked when they are first needed
  const model = {
    ...described,
    heads: columnsOf(described.heads),
    units: described.units && {
      shift: floatsOf(described.units.shift), scale: floatsOf(described.units.scale),
    },
    width: described.heads.low.length, // of a head
    layers: () => decoder || (decoder = described.decoder.map(layerOf)),
    encoderLayers: () => encoder || (encoder = described.encoder.map(layerOf)),
  };
  model.windows = Array.from({ length: model.k }, (_, j) => windowOf(model, j));
  model.centre = model.windows.map((_, j) => meanNumber(model, j));
  return model;
}

/* The encoder's output for the image of this number. */
function headOfImage(model, i) {
  return model.heads.subarray(i * model.width, (i + 1) * model.width);
}

/* Middle and half the width of what the plane shows of one number of the code. */
function windowOf(model, j) {
  let low = Infinity, high = -Infinity;
  for (let i = j; i < model.heads.length; i += model.width) {
    low = Math.min(low, model.heads[i]);
    high = Math.max(high, model.heads[i]);
  }
  return { middle: (low + high) / 2, half: 0.55 * (high - low) || 1 };
}

/* The mean over all images of one number of the code. */
function meanNumber(model, j) {
  let sum = 0;
  for (let i = j; i < model.heads.length; i += model.width) sum += model.heads[i];
  return sum / (model.heads.length / model.width);
}

function logits(model, z) {
  return forward(model.layers(), z);
}

/* E[x|z], as `inverse_transform` gives it, in the numbers of pictures. */
function decode(model, z) {
  const out = Float64Array.from(logits(model, z)), { units } = model;
  const x = model.pixels === "bernoulli" ? out.map(logistic) : out;
  return units ? x.map((value, j) => units.shift[j] + units.scale[j] * value) : x;
}

/* A picture in the numbers that the model was trained on, if each pixel was scaled. */
function scaled({ units }, x) {
  return units ? x.map((value, j) => (value - units.shift[j]) / units.scale[j]) : x;
}

function encode(model, x) {
  return Float64Array.from(forward(model.encoderLayers(), x));
}

const meanOf = (model, head) => head.subarray(0, model.k);
const codeOfImage = (model, i) => meanOf(model, headOfImage(model, i));

/* L, row after row, with z = mu + L eps: the covariance of q(z|x) is L L^T. */
function factorOf(model, head) {
  const { k } = model, L = new Float64Array(k * k);
  let below = 2 * k;
  for (let i = 0; i < k; i++) L[i * k + i] = Math.exp(0.5 * head[k + i]);
  if (model.posterior === "full") {
    for (let i = 1; i < k; i++) {
      for (let j = 0; j < i; j++) L[i * k + j] = head[below++];
    }
  }
  return L;
}

/* Var(z_i), Cov(z_i, z_j) and Var(z_j) of q(z|x). */
function covarianceOf(model, head, i, j) {
  const { k } = model, L = factorOf(model, head);
  const row = (r) => L.subarray(r * k, (r + 1) * k);
  const dot = (a, b) => a.reduce((sum, value, at) => sum + value * b[at], 0);
  return [dot(row(i), row(i)), dot(row(i), row(j)), dot(row(j), row(j))];
}

/* z = mu + L eps */
function sampleOf(model, head, eps) {
  const { k } = model, L = factorOf(model, head);
  return Float64Array.from({ length: k }, (_, i) => {
    let z = head[i];
    for (let j = 0; j <= i; j++) z += L[i * k + j] * eps[j];
    return z;
  });
}

/* KL(q(z|x) || N(0, I)) in nats: 1/2 (|mu|^2 + |L|^2 - k - sum log sigma^2). */
function divergence(model, head) {
  const { k } = model, L = factorOf(model, head);
  let kl = 0.5 * L.reduce((sum, value) => sum + value * value, -k);
  for (let i = 0; i < k; i++) kl += 0.5 * (head[i] ** 2 - head[k + i]);
  return kl;
}

/* What the decoder's output says of x: -log p(x|z) in nats, or the squared error. */
function reconstructionLoss(model, out, x) {
  let loss = 0;
  for (let j = 0; j < x.length; j++) {
    const residual = (out[j] - x[j]) ** 2;
    if (model.pixels === "bernoulli") loss += softplus(out[j]) - x[j] * out[j];
    else if (model.pixels === "squared_error") loss += residual;
    else loss += 0.5 * (Math.log(2 * Math.PI) + model.log_var
                        + residual * Math.exp(-model.log_var));
  }
  return loss;
}

/* The loss of a picture with this noise, `draws` times k numbers: the mean over
   z = mu + L eps of the reconstruction, and the divergence. An autoencoder has one z
   and no noise. */
function lossOf(model, picture, noise) {
  const x = scaled(model, picture);
  const head = encode(model, x), { k } = model;
  if (!model.posterior) {
    const out = logits(model, head);
    return { head, reconstruction: reconstructionLoss(model, out, x), kl: 0 };
  }
  let reconstruction = 0;
  for (let i = 0; i < noise.length; i += k) {
    const z = sampleOf(model, head, noise.subarray(i, i + k));
    reconstruction += reconstructionLoss(model, logits(model, z), x);
  }
  reconstruction /= noise.length / k;
  return { head, reconstruction, kl: divergence(model, head) };
}

/* Standard normal numbers, the same in every browser for one seed (mulberry32, and
   Box and Muller's transform). */
function normals(count, seed) {
  let state = seed >>> 0;
  const uniform = () => {
    state = state + 0x6D2B79F5 | 0;
    let t = Math.imul(state ^ state >>> 15, 1 | state);
    t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
    return ((t ^ t >>> 14) >>> 0) / 4294967296;
  };
  return Float64Array.from({ length: count }, () =>
    Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()));
}
