"use strict";
/* Everything outside the planes: choices, sliders, the key to the colours. */

const SLIDERS = 8; // for the most active dimensions of a wide code

/* Makes the controls; returns the function that sets them to the state. */
function makeControls(explorer) {
  const { data, models } = explorer;
  const parts = [makeColours(explorer), makeImages(explorer), makeDimensions(explorer)];
  if (models.some((model) => model.encoder)) {
    byId("drawing").hidden = false;
    parts.push(makePad(explorer));
  }
  describeModels(byId("models"), models, data);
  return () => parts.forEach((set) => set());
}

function option(value, text = value) {
  const made = document.createElement("option");
  made.value = value;
  made.textContent = text;
  return made;
}

function makeColours(explorer) {
  const choice = byId("colour"), { data } = explorer;
  choice.append(...coloursOf(data).map((name) =>
    option(name, name.replaceAll("_", " "))));
  choice.addEventListener("change", () => explorer.change({ colour: choice.value }));
  let shown = null;
  return () => {
    const { state, colours } = explorer;
    choice.value = state.colour;
    if (shown && shown[0] === state.colour && shown[1] === colours) return;
    shown = [state.colour, colours];
    byId("key").replaceChildren(...keyOf(data, colours, state.colour));
  };
}

/* The key: a mark and a name for each class, or the ends of a factor. */
function keyOf(data, colours, colour) {
  const entry = (canvas, text) => {
    const item = document.createElement("li");
    item.append(canvas, text);
    return item;
  };
  if (colour === "class") {
    return data.classes.map((name, c) => entry(markCanvas(colours, c), name));
  }
  const factor = data.factors[colour];
  if (!factor) return [];
  const canvas = document.createElement("canvas");
  const short = (value) => +value.toPrecision(3);
  canvas.className = "ramp";
  canvas.width = 120;
  canvas.height = 16;
  const pen = canvas.getContext("2d");
  for (let x = 0; x < 120; x++) {
    pen.fillStyle = rampColour(colours.ramp, x / 119);
    pen.fillRect(x, 0, 1, 16);
  }
  return [entry(canvas, `${short(factor.low)} to ${short(factor.high)}`)];
}

function markCanvas(colours, c) {
  const canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
  canvas.width = canvas.height = 32;
  pen.translate(16, 16);
  pen.scale(11, 11);
  pen.fillStyle = colours.classes[c % 10];
  pen.strokeStyle = colours.edge;
  pen.lineWidth = 0.1;
  pen.fill(markOf(c));
  pen.stroke(markOf(c));
  return canvas;
}

function makeImages(explorer) {
  const slider = byId("t"), walk = byId("walk"), samples = byId("samples");
  for (const which of ["a", "b"]) {
    byId(which).max = explorer.data.n - 1;
    byId(which).addEventListener("change", ({ target }) => {
      const { value, validity: { valid } } = target;
      if (valid && value !== "") choose(explorer, +value, which);
      if (valid && value === "") {
        explorer.change({ [which]: null, t: 0, held: start().held });
      }
      // Of a wrong number, and of a second one without a first, nothing stays here.
      target.value = explorer.state[which] ?? "";
    });
  }
  for (const radio of document.getElementsByName("picks")) {
    radio.addEventListener("change", () => explorer.change({ picks: radio.value }));
  }
  slider.addEventListener("input", () =>
    explorer.change({ t: +slider.value, held: {} }));
  walk.addEventListener("click", () => walkLine(explorer));
  samples.addEventListener("click", () =>
    explorer.change({ seed: explorer.state.seed + 1 }));
  byId("forget").addEventListener("click", () => letGo(explorer));
  return () => {
    const { state } = explorer;
    const hasLine = state.a !== null && state.b !== null && !state.drawn;
    for (const which of ["a", "b"]) {
      const text = state[which] === null ? "" : String(state[which]);
      if (document.activeElement !== byId(which)) byId(which).value = text;
    }
    for (const radio of document.getElementsByName("picks")) {
      radio.checked = radio.value === state.picks;
    }
    [state.a, state.b].forEach((i, at) => showChosen(explorer, i, at));
    slider.value = state.t;
    slider.disabled = walk.disabled = !hasLine;
    const drawable = state.shown.some((i) => explorer.models[i].posterior);
    samples.disabled = !drawable || state.a === null && !state.drawn;
  };
}

/* The first or second image chosen, as it is in the data. */
function showChosen({ data, originals }, i, at) {
  const figure = byId("chosen").children[at];
  const x = originals(i);
  figure.hidden = !x;
  if (!x || figure.dataset.image === String(i)) return;
  const [canvas, caption] = figure.children;
  figure.dataset.image = i;
  drawPicture(canvas, x, data.shape);
  caption.textContent = `${"ab"[at]}: image ${i}`
    + `${data.classes ? `, class ${classOf(data, i)}` : ""}`;
  canvas.setAttribute("aria-label", caption.textContent);
}

/* As at first, with the same models and colours. */
function letGo(explorer) {
  const { colour, shown, axes } = explorer.state;
  explorer.change({ ...start(), colour, shown, axes });
}

/* From a to b in two seconds, a step for each frame. */
function walkLine(explorer) {
  const begin = performance.now();
  let t = null;
  const step = (now) => {
    if (t !== null && explorer.state.t !== t) return; // somebody has moved it
    t = Math.min(Math.max((now - begin) / 2000, 0), 1);
    explorer.change({ t, held: {} });
    if (t < 1) requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}

/* For codes wider than two: which two make the plane, and a slider for each. */
function makeDimensions(explorer) {
  const widest = Math.max(...explorer.models.map((model) => model.k));
  if (widest <= 2) return () => {};
  const choices = [byId("across"), byId("upwards")];
  choices.forEach((choice, axis) => {
    choice.addEventListener("change", () => {
      const axes = [...explorer.state.axes], rank = +choice.value;
      if (axes[1 - axis] === rank) axes[1 - axis] = axes[axis]; // they change places
      axes[axis] = rank;
      explorer.change({ axes });
    });
  });
  const sliders = Array.from({ length: Math.min(widest, SLIDERS) }, (_, rank) =>
    dimensionSlider(explorer, rank));
  byId("sliders").append(...sliders.map(({ label }) => label));
  let named = null;
  return () => {
    const { state } = explorer, shown = state.shown.join();
    if (named !== shown) nameDimensions(explorer, choices, sliders);
    named = shown;
    byId("dimensions").hidden = sliders.slice(2).every(({ label }) => label.hidden);
    choices.forEach((choice, axis) => { choice.value = state.axes[axis]; });
    const models = state.shown.map((i) => explorer.models[i]);
    sliders.forEach(({ input }, rank) => {
      const model = models.find(({ k }) => rank < k); // the right one may have more
      if (!model) return;
      input.value = placeOf(model, rank, codeOf(model, state));
    });
  };
}

function dimensionSlider(explorer, rank) {
  const label = document.createElement("label"), name = document.createElement("span");
  const input = document.createElement("input");
  Object.assign(input, { type: "range", min: -1, max: 1, step: 0.01 });
  input.addEventListener("input", () =>
    explorer.change({ held: { ...explorer.state.held, [rank]: +input.value } }));
  label.append(name, input);
  return { label, name, input };
}

/* A rank's name: the numbers of the code that it is in the models shown. */
function nameDimensions(explorer, choices, sliders) {
  const models = explorer.panels.map(({ side }) =>
    explorer.models[explorer.state.shown[side]]);
  const nameOf = (rank) => models.filter((model) => rank < model.k)
    .map((model) => `z${model.active[rank] + 1}, ${model.activity[rank].toPrecision(2)}`
                    + `${model.posterior ? " nats" : ""}`).join(" | ");
  const both = ranksOf(explorer.models, explorer.state.shown);
  sliders.forEach(({ label, name }, rank) => {
    name.textContent = nameOf(rank);
    label.hidden = nameOf(rank) === "";
  });
  for (const choice of choices) {
    choice.replaceChildren(...Array.from({ length: both }, (_, rank) =>
      option(rank, nameOf(rank))));
  }
}

/* What is known of each model, as a table. */
function describeModels(place, models, data) {
  const table = document.createElement("table");
  const row = (cells, kind) => {
    const made = document.createElement("tr");
    made.append(...cells.map((text) => {
      const cell = document.createElement(kind);
      cell.textContent = text;
      return cell;
    }));
    return made;
  };
  const head = document.createElement("thead"), body = document.createElement("tbody");
  head.append(row(["file", "model", "numbers in a code", "a pixel is off by at most",
                   "a point's code by at most", "a drawn picture's by at most",
                   "made by"], "th"));
  body.append(...models.map((model) => row([
    model.name, model.class, model.k, model.pixel_error.toExponential(1),
    model.point_error.toExponential(1),
    model.encoder ? model.code_error.toExponential(1) : "no encoder here",
    model.command || "unknown"], "td")));
  table.append(head, body);
  const note = document.createElement("p");
  note.textContent = `The points are the first ${data.n} test images of `
    + `${data.source}. Weights and codes are rounded: the table says by how much `
    + "pictures and codes differ from the model's own for it. Pixels below 0 or above "
    + "1 are shown as black or white. The loss of a drawn picture is the mean over "
    + `${LOSS_DRAWS} draws of q(z|x).`;
  place.append(table, note);
}
