"use strict";
/* The plane of two numbers of the code: points, axes, the posterior, the cursor.

   Two canvases lie on each other. What stays while the pointer moves (axes, a point
   for each image) is drawn on the lower one, once; the upper one is drawn anew for
   each frame of the screen. */

const POINT = 1 / 110; // radius of a point, in sides of the plane
const NEAR = 14;       // a click so near to a point is meant for it
const FEW_TICKS = 5;

/* Ten marks of radius 1, so that colour is not all that tells classes apart. */
const polygon = (numbers) => {
  const path = new Path2D();
  for (let i = 0; i < numbers.length; i += 2) path.lineTo(numbers[i], numbers[i + 1]);
  path.closePath();
  return path;
};
const disc = () => {
  const path = new Path2D();
  path.arc(0, 0, 1, 0, 2 * Math.PI);
  return path;
};
const star = () => polygon(Array.from({ length: 20 }, (_, i) => {
  const radius = i >> 1 & 1 ? 0.5 : 1.3, angle = (i >> 1) * Math.PI / 5;
  return radius * (i & 1 ? -Math.cos(angle) : Math.sin(angle));
}));
const MARKS = [
  disc(),
  polygon([-.9, -.9, .9, -.9, .9, .9, -.9, .9]),
  polygon([0, -1.2, 1.1, .8, -1.1, .8]),
  polygon([0, -1.3, 1.1, 0, 0, 1.3, -1.1, 0]),
  polygon([0, 1.2, 1.1, -.8, -1.1, -.8]),
  polygon([-.4, -1.2, .4, -1.2, .4, -.4, 1.2, -.4, 1.2, .4, .4, .4, .4, 1.2, -.4, 1.2,
           -.4, .4, -1.2, .4, -1.2, -.4, -.4, -.4]),
  polygon([-1.1, -.6, -.6, -1.1, 0, -.5, .6, -1.1, 1.1, -.6, .5, 0, 1.1, .6, .6, 1.1,
           0, .5, -.6, 1.1, -1.1, .6, -.5, 0]),
  star(),
  polygon([-1.2, 0, .8, -1.1, .8, 1.1]),
  polygon([1.2, 0, -.8, -1.1, -.8, 1.1]),
];
const markOf = (c) => MARKS[(c + Math.floor(c / 10)) % 10]; // 100 classes differ

/* Colours as the style sheet has them, for the light or the dark page. */
function theme() {
  const style = getComputedStyle(document.documentElement);
  const named = (name) => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: named("ink"), paper: named("paper"), soft: named("soft"),
    accent: named("accent"), edge: named("edge"),
    classes: Array.from({ length: 10 }, (_, i) => named(`class${i}`)),
    ramp: Array.from({ length: 5 }, (_, i) => named(`ramp${i}`)),
  };
}

/* A colour of the ramp, share 0 to 1 of the way along it. */
function rampColour(ramp, share) {
  const at = share * (ramp.length - 1), i = Math.min(Math.floor(at), ramp.length - 2);
  const part = (hex, c) => parseInt(hex.slice(1 + 2 * c, 3 + 2 * c), 16);
  const mixed = [0, 1, 2].map((c) => Math.round(
    part(ramp[i], c) + (at - i) * (part(ramp[i + 1], c) - part(ramp[i], c))));
  return `rgb(${mixed.join()})`;
}

/* Colour and mark of the image of this number. */
function lookOf(data, colours, colour, i) {
  if (colour === "class") {
    return [colours.classes[data.labels[i] % 10], markOf(data.labels[i])];
  }
  const factor = data.factors[colour];
  return [factor ? rampColour(colours.ramp, factor.shades[i] / 255) : colours.soft,
          MARKS[0]];
}

const dimensionsOf = (model, state) => state.axes.map((rank) => model.active[rank]);

/* Pixels from the left and from the top of a code in a panel's plane. */
function toPixels(panel, state, z) {
  const [x, y] = state.axes.map((rank) => placeOf(panel.model, rank, z));
  return [(x + 1) / 2 * panel.size, (1 - y) / 2 * panel.size];
}

/* A canvas as many dots wide as the screen has there. */
function fitted(canvas, size) {
  const dots = Math.round(size * (window.devicePixelRatio || 1));
  if (canvas.width !== dots) canvas.width = canvas.height = dots;
  const pen = canvas.getContext("2d");
  pen.setTransform(dots / size, 0, 0, dots / size, 0, 0);
  pen.clearRect(0, 0, size, size);
  return pen;
}

/* Round numbers in the window of a dimension. */
function ticksOf({ middle, half }) {
  const raw = 2 * half / FEW_TICKS, ten = 10 ** Math.floor(Math.log10(raw));
  const step = ten * [1, 2, 5, 10].find((times) => times * ten >= raw);
  const first = Math.ceil((middle - half) / step);
  const last = Math.floor((middle + half) / step);
  return Array.from({ length: last - first + 1 }, (_, i) =>
    +((first + i) * step).toPrecision(6));
}

function drawBack(panel, state, data, colours) {
  const pen = fitted(panel.back, panel.size), { model } = panel;
  const radius = Math.min(Math.max(POINT * panel.size, 2.2), 6);
  drawGrid(pen, panel, state, colours);
  pen.lineWidth = 0.15;
  pen.strokeStyle = colours.edge;
  for (let i = 0; i < data.n; i++) {
    const [x, y] = toPixels(panel, state, codeOfImage(model, i));
    const [colour, mark] = lookOf(data, colours, state.colour, i);
    pen.save();
    pen.translate(x, y);
    pen.scale(radius, radius);
    pen.fillStyle = colour;
    pen.fill(mark);
    pen.stroke(mark);
    pen.restore();
  }
  drawNumbers(pen, panel, state, colours);
}

function drawGrid(pen, panel, state, colours) {
  pen.strokeStyle = colours.edge;
  pen.globalAlpha = 0.35;
  pen.lineWidth = 1;
  for (const { x, y, across } of ticksOfPlane(panel, state)) {
    line(pen, across ? [x, 0, x, panel.size] : [0, y, panel.size, y]);
  }
  pen.globalAlpha = 1;
}

/* The numbers of the grid, over the points, and which of the code each axis is. */
function drawNumbers(pen, panel, state, colours) {
  const { model, size } = panel, [dx, dy] = dimensionsOf(model, state);
  const write = (text, x, y) => {
    pen.strokeText(text, x, y);
    pen.fillText(text, x, y);
  };
  pen.strokeStyle = colours.paper;
  pen.fillStyle = colours.ink;
  pen.lineWidth = 3;
  pen.lineJoin = "round";
  pen.font = "12px system-ui, sans-serif";
  for (const { tick, x, y, across } of ticksOfPlane(panel, state)) {
    const half = pen.measureText(tick).width / 2;
    if (across && x > 30 && x < size - 34) write(tick, x - half, size - 5);
    if (!across && y > 30 && y < size - 24) write(tick, 4, y + 4);
  }
  pen.font = "bold 12px system-ui, sans-serif";
  write(`z${dx + 1}`, size - 22, size - 5);
  write(`z${dy + 1}`, 4, 14);
}

/* Round numbers of both axes: text, place, and whether it is on the lower one. */
function ticksOfPlane(panel, state) {
  const { model } = panel, z = new Float64Array(model.k);
  return dimensionsOf(model, state).flatMap((j, axis) =>
    ticksOf(model.windows[j]).map((tick) => {
      z[j] = tick;
      const [x, y] = toPixels(panel, state, z);
      return { tick: String(tick).replace("-", "\u2212"), x, y, across: axis === 0 };
    }));
}

function line(pen, [x0, y0, x1, y1]) {
  pen.beginPath();
  pen.moveTo(x0, y0);
  pen.lineTo(x1, y1);
  pen.stroke();
}

/* What moves: the posterior, its samples, the line between two images, the cursor. */
function drawFront(panel, state, z, samples, colours) {
  const pen = fitted(panel.over, panel.size), { model } = panel;
  const head = headOfBase(model, state);
  pen.strokeStyle = colours.ink;
  pen.fillStyle = colours.ink;
  pen.font = "bold 14px system-ui, sans-serif";
  if (head && model.posterior) drawEllipses(pen, panel, state, head, colours);
  if (head) drawEnds(pen, panel, state, head);
  pen.lineWidth = 2;
  pen.strokeStyle = colours.accent;
  for (const sample of samples) ring(pen, toPixels(panel, state, sample), 3);
  drawCursor(pen, toPixels(panel, state, z), panel.size, colours);
}

/* One and two standard deviations of q(z|x), as the axes of the plane see it. */
function drawEllipses(pen, panel, state, head, colours) {
  const { model, size } = panel, [i, j] = dimensionsOf(model, state);
  const [vx, vxy, vy] = covarianceOf(model, head, i, j);
  const [cx, cy] = toPixels(panel, state, meanOf(model, head));
  const sx = size / 2 / model.windows[i].half, sy = size / 2 / model.windows[j].half;
  const l11 = Math.sqrt(vx), l21 = vxy / l11;
  const l22 = Math.sqrt(Math.max(vy - l21 ** 2, 0));
  const ellipse = new Path2D();
  for (const radius of [1, 2]) {
    for (let step = 0; step <= 60; step++) {
      const angle = step * Math.PI / 30;
      const u = radius * Math.cos(angle), v = radius * Math.sin(angle);
      const at = [cx + sx * l11 * u, cy - sy * (l21 * u + l22 * v)];
      if (step === 0) ellipse.moveTo(...at);
      else ellipse.lineTo(...at);
    }
  }
  for (const [colour, width] of [[colours.paper, 5], [colours.accent, 2.5]]) {
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    pen.stroke(ellipse);
  }
}

function drawEnds(pen, panel, state, head) {
  const { model } = panel, from = toPixels(panel, state, meanOf(model, head));
  pen.strokeStyle = pen.fillStyle;
  pen.lineWidth = 2;
  ring(pen, from, 7);
  writeBeside(pen, state.drawn ? "drawn" : "a", from, panel.size);
  if (state.drawn || state.b === null) return;
  const to = toPixels(panel, state, codeOfImage(model, state.b));
  ring(pen, to, 7);
  writeBeside(pen, "b", to, panel.size);
  pen.setLineDash([6, 4]);
  line(pen, [...from, ...to]);
  pen.setLineDash([]);
}

/* A word right above a ring, or on the other side where the plane ends. */
function writeBeside(pen, text, [x, y], size) {
  const { width } = pen.measureText(text);
  pen.fillText(text, x + 9 + width > size ? x - 9 - width : x + 9,
               y < 20 ? y + 18 : y - 7);
}

function ring(pen, [x, y], radius) {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.stroke();
}

function drawCursor(pen, [x, y], size, colours) {
  pen.strokeStyle = colours.ink;
  pen.lineWidth = 1;
  pen.globalAlpha = 0.6;
  line(pen, [x, 0, x, size]);
  line(pen, [0, y, size, y]);
  pen.globalAlpha = 1;
  pen.lineWidth = 3;
  ring(pen, [x, y], 8);
}

/* The image whose point is nearest to a place of the plane, if it is near: a number. */
function imageAt(panel, state, data, [x, y], near = NEAR) {
  const { model } = panel;
  let found = null, least = near ** 2;
  for (let i = 0; i < data.n; i++) {
    const [px, py] = toPixels(panel, state, codeOfImage(model, i));
    const distance = (px - x) ** 2 + (py - y) ** 2;
    if (distance < least) [found, least] = [i, distance];
  }
  return found;
}

/* Numbers of the images whose codes are nearest to z, in the whole space of codes. */
function nearestImages(model, data, z, count) {
  const distances = Array.from({ length: data.n }, (_, i) => {
    const code = codeOfImage(model, i);
    return [code.reduce((sum, value, j) => sum + (value - z[j]) ** 2, 0), i];
  });
  return distances.sort((p, q) => p[0] - q[0]).slice(0, count).map(([, i]) => i);
}
