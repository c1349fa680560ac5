"use strict";
/* What is looked at, in one object, and the same in the address after "#".

   A model's code is made of a base and of what is held:
     base   the code of the drawn picture; else of image a, or of the point at t on the
            line from a to b; else the mean of all codes
     held   for some dimensions another number, in halves of the window from its middle,
            so that one cursor is in the same place of both planes
   Dimensions are counted by rank: 0 is the most active one of each model. */

const start = () => ({
  shown: [0, 1],       // the models on the left and on the right
  axes: [0, 1],        // ranks of the plane's two dimensions
  held: { 0: 0, 1: 0 },
  a: null, b: null,    // numbers of images
  t: 0,
  picks: "a",          // which of the two a click chooses
  seed: 0,             // of the samples of q(z|x); 0 means none are shown
  colour: "class",
  drawn: null,         // the pixels of the picture drawn by hand
});

const LOSS_DRAWS = 16; // of q(z|x), for the loss of a picture drawn by hand
const SHADES = 15;     // of its pixels besides black: the address has a letter for each

/* The distribution, or the code, that the base is the middle of; null without one. */
function headOfBase(model, state) {
  if (state.drawn && model.encoder) return drawnLoss(model, state.drawn).head;
  return state.a === null ? null : headOfImage(model, state.a);
}

/* The loss of the drawn picture is worked out once for each model. */
function drawnLoss(model, x) {
  if (model.drawn !== x) {
    const noise = normals(LOSS_DRAWS * model.k, 1);
    model.loss = lossOf(model, x, noise);
    model.drawn = x;
  }
  return model.loss;
}

/* The code before anything is held. */
function baseCode(model, state) {
  const head = headOfBase(model, state);
  if (!head) return Float64Array.from(model.centre);
  const z = Float64Array.from(meanOf(model, head));
  if (!state.drawn && state.b !== null) {
    const end = codeOfImage(model, state.b);
    return z.map((value, j) => (1 - state.t) * value + state.t * end[j]);
  }
  return z;
}

/* The code under the cursor. */
function codeOf(model, state) {
  const z = baseCode(model, state);
  for (const [rank, place] of Object.entries(state.held)) {
    const j = model.active[rank];
    if (j !== undefined) z[j] = model.windows[j].middle + place * model.windows[j].half;
  }
  return z;
}

/* Where the number of this rank of a code is in its window: -1 and 1 are the ends. */
function placeOf(model, rank, z) {
  const j = model.active[rank], { middle, half } = model.windows[j];
  return (z[j] - middle) / half;
}

/* The view as it stands after "#" in the address: a=12&colour=slant&h0=0.25 ... */
function toHash(state) {
  const short = (value) => String(+value.toFixed(4)), parts = [];
  const fresh = start();
  for (const name of ["shown", "axes"]) parts.push([name, state[name].join(".")]);
  for (const name of ["a", "b"]) {
    if (state[name] !== null) parts.push([name, state[name]]);
  }
  if (state.t) parts.push(["t", short(state.t)]);
  if (state.seed) parts.push(["seed", state.seed]);
  for (const name of ["colour", "picks"]) {
    if (state[name] !== fresh[name]) parts.push([name, state[name]]);
  }
  for (const [rank, place] of Object.entries(state.held)) {
    parts.push([`h${rank}`, short(place)]);
  }
  if (state.drawn) parts.push(["drawn", pixelsToText(state.drawn)]);
  return parts.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
}

/* How many dimensions both models shown have. */
const ranksOf = (models, shown) => Math.min(...shown.map((i) => models[i].k));

/* The state that an address tells of; what it says wrongly stays as at first. */
function fromHash(hash, told) {
  const given = new URLSearchParams(hash.replace(/^#/, "")), state = start();
  const whole = (text, end) => /^\d+$/.test(text || "") && +text < end ? +text : null;
  const pair = (name, end) => {
    const two = (given.get(name) || "").split(".").map((text) => whole(text, end));
    return two.length === 2 && !two.includes(null) ? two : null;
  };
  if (told.models.length === 1) state.shown = [0, 0];
  state.shown = pair("shown", told.models.length) || state.shown;
  state.axes = pair("axes", ranksOf(told.models, state.shown)) || state.axes;
  if (state.axes[0] === state.axes[1]) state.axes = start().axes;
  for (const name of ["a", "b"]) state[name] = whole(given.get(name), told.data.n);
  state.t = Math.min(Math.max(+given.get("t") || 0, 0), 1);
  state.seed = whole(given.get("seed"), 1e9) || 0;
  if (given.get("picks") === "b") state.picks = "b";
  const colours = coloursOf(told.data), colour = given.get("colour");
  state.colour = colours.includes(colour) ? colour : colours[0];
  state.drawn = pixelsFromText(given.get("drawn") || "", told.data.shape);
  const held = [...given].filter(([name, place]) =>
    /^h\d{1,4}$/.test(name) && Math.abs(place) <= 1);
  if (held.length || state.a !== null || state.drawn) {
    state.held = Object.fromEntries(held.map(([name, place]) =>
      [name.slice(1), +place]));
  }
  return state;
}

const coloursOf = (data) =>
  [...(data.classes ? ["class"] : []), ...Object.keys(data.factors), "none"];

/* Drawn pixels, a hexadecimal digit each, with runs of nothing counted: "z20.f9". */
function pixelsToText(x) {
  const digit = (value) => Math.round(SHADES * value).toString(16);
  const digits = Array.from(x, digit).join("");
  return digits.replace(/0{3,}/g, (zeros) => `z${zeros.length}.`);
}

function pixelsFromText(text, shape) {
  const digits = text.replace(/z(\d{1,6})\./g, (_, n) => "0".repeat(+n));
  if (digits.length !== sizeOf(shape) || !/^[0-9a-f]+$/.test(digits)) return null;
  return Float64Array.from(digits, (digit) => parseInt(digit, 16) / SHADES);
}

/* How many numbers a picture of this shape has. */
const sizeOf = (shape) => shape.reduce((product, side) => product * side, 1);
