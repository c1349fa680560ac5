"use strict";
/* The page: its panels and controls, and one picture of all of it for each frame. */

const STRIP = 8;       // samples of q(z|x) beside a plane
const QUIET = 300;     // milliseconds after the last change, for address and words
const NEIGHBOURS = 10;

const byId = (id) => document.getElementById(id);
const few = (value) => value.toFixed(2).replace("-", "\u2212");
const bracketed = (z) =>
  `(${Array.from(z.slice(0, 8), few).join(", ")}${z.length > 8 ? ", \u2026" : ""})`;

function readTold() {
  const told = JSON.parse(byId("told").textContent), { data } = told;
  if (data.classes) data.labels = wholeNumbersOf(data.labels);
  for (const factor of Object.values(data.factors)) {
    factor.shades = bytesOf(factor.values);
  }
  return told;
}

function makeExplorer() {
  const told = readTold(), models = told.models.map(modelOf);
  const explorer = { told, data: told.data, models, colours: theme(), frames: 0,
                     state: fromHash(location.hash, told) };
  let waiting = false, quiet = null;
  explorer.settle = () => {
    history.replaceState(null, "", `#${toHash(explorer.state)}`);
    byId("said").textContent = sayState(explorer);
  };
  explorer.redraw = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      drawAll(explorer);
    });
  };
  explorer.change = (changes) => {
    explorer.state = { ...explorer.state, ...changes };
    clearTimeout(quiet);
    quiet = setTimeout(explorer.settle, QUIET);
    explorer.redraw();
  };
  addEventListener("hashchange", () => explorer.change(fromHash(location.hash, told)));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    explorer.colours = theme();
    for (const panel of explorer.panels) panel.onBack = null;
    explorer.redraw();
  });
  explorer.originals = originalsOf(told.data, explorer.redraw);
  const sides = models.length > 1 ? [0, 1] : [0];
  explorer.panels = sides.map((side) => makePanel(explorer, side));
  explorer.controls = makeControls(explorer);
  new ResizeObserver(explorer.redraw).observe(byId("panels"));
  byId("said").textContent = sayState(explorer);
  return explorer;
}

/* One side: a plane, the picture under its cursor, and what is known of it. */
function makePanel(explorer, side) {
  const section = byId("panel").content.cloneNode(true).firstElementChild;
  const find = (name) => section.querySelector(name);
  const panel = {
    side, title: find("h2"), chooser: find(".chooser"), plane: find(".plane"),
    back: find(".back"), over: find(".over"), decoded: find(".decoded"),
    code: find(".code"), losses: find(".losses"), strip: find(".strip"),
    onBack: null, // what the lower canvas shows
  };
  const slider = find(".chooser input");
  panel.chooser.hidden = explorer.models.length < 3;
  slider.max = explorer.models.length - 1;
  slider.addEventListener("input", () => {
    const shown = [...explorer.state.shown];
    shown[side] = +slider.value;
    const fit = Math.max(...explorer.state.axes) < ranksOf(explorer.models, shown);
    explorer.change({ shown, axes: fit ? explorer.state.axes : start().axes });
  });
  panel.slider = slider;
  byId("panels").append(section);
  listenToPointer(explorer, panel);
  listenToKeys(explorer, panel);
  return panel;
}

function drawAll(explorer) {
  // Sizes are read before anything is written, so that the page is laid out once.
  for (const panel of explorer.panels) panel.size = panel.plane.clientWidth;
  for (const panel of explorer.panels) drawPanel(explorer, panel);
  explorer.controls();
  explorer.frames += 1;
}

function drawPanel(explorer, panel) {
  const { state, data, colours } = explorer;
  const model = explorer.models[state.shown[panel.side]];
  if (panel.model !== model) setModel(panel, model, state.shown[panel.side]);
  const { shown, axes, colour } = state;
  const back = [shown, axes, colour, panel.size, devicePixelRatio].join();
  if (panel.onBack !== back) {
    drawBack(panel, state, data, colours);
    panel.onBack = back;
  }
  const z = codeOf(model, state), samples = samplesOf(model, state);
  drawPicture(panel.decoded, decode(model, z), data.shape);
  drawFront(panel, state, z, samples, colours);
  const { a, seed, drawn } = state, strip = [model, a, seed, drawn];
  if (!panel.strip.of || strip.some((part, i) => part !== panel.strip.of[i])) {
    const pictures = samples.map((sample) => decode(model, sample));
    drawStrip(panel.strip, pictures, data.shape, "sample");
    panel.strip.of = strip;
  }
  setText(panel.code, `z = ${bracketed(z)}`);
  setText(panel.losses, losses(model, state, data));
}

/* Of a base with a posterior, as many samples as are shown; else none. */
function samplesOf(model, state) {
  const head = headOfBase(model, state);
  if (!state.seed || !head || !model.posterior) return [];
  const noise = normals(STRIP * model.k, state.seed);
  return Array.from({ length: STRIP }, (_, i) =>
    sampleOf(model, head, noise.subarray(i * model.k, (i + 1) * model.k)));
}

function setModel(panel, model, number) {
  panel.model = model;
  panel.slider.value = number;
  panel.slider.setAttribute("aria-valuetext", `${model.name} ${model.label}`);
  const small = document.createElement("small");
  small.textContent = [model.name, model.label].filter(Boolean).join(": ");
  panel.title.textContent = model.class;
  panel.title.append(small);
  const called = `${model.class}, ${model.name}`;
  panel.decoded.setAttribute("aria-label", `Picture under the cursor of ${called}`);
  panel.over.setAttribute("aria-label", `Plane of the codes of ${called}`);
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/* The losses of the drawn picture, or how far an image's q(z|x) is from N(0, I). */
function losses(model, state, data) {
  if (state.drawn && model.encoder) {
    const { reconstruction, kl } = drawnLoss(model, state.drawn);
    if (!model.posterior) return `drawn: ${few(reconstruction)} ${model.unit}`;
    return `drawn: reconstruction ${few(reconstruction)} + KL ${few(kl)} = `
      + `${few(reconstruction + kl)} nats`;
  }
  if (state.a === null) return "";
  const head = headOfImage(model, state.a), mean = bracketed(meanOf(model, head));
  const named = data.classes ? ` (${classOf(data, state.a)})` : "";
  const called = `image ${state.a}${named}`;
  if (!model.posterior) return `${called}: code ${mean}`;
  return `${called}: mean ${mean}, KL ${few(divergence(model, head))} nats`;
}

const classOf = (data, i) => data.classes[data.labels[i]];

/* The view in words: what a reader hears who does not see the planes. */
function sayState(explorer) {
  const { state, data } = explorer;
  return explorer.panels.map(({ side }) => {
    const model = explorer.models[state.shown[side]], z = codeOf(model, state);
    const near = nearestImages(model, data, z, Math.min(NEIGHBOURS, data.n));
    let text = `${model.class}: z = ${bracketed(z)}; nearest is image ${near[0]}`;
    if (data.classes) {
      text += `; of the ${near.length} nearest images ${counted(data, near)}`;
    }
    return `${text}.`;
  }).join(" ");
}

/* "8 are of class 7, 2 of class 9" */
function counted(data, images) {
  const counts = new Map();
  for (const i of images) {
    counts.set(classOf(data, i), (counts.get(classOf(data, i)) || 0) + 1);
  }
  return [...counts].sort((p, q) => q[1] - p[1])
    .map(([name, count]) => `${count} ${count > 1 ? "are" : "is"} of class ${name}`)
    .join(", ");
}

const explorer = makeExplorer();
