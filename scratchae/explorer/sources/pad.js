"use strict";
/* A picture drawn by mouse, finger or keys, which the encoders then see. */

const PEN = 1.25 / 28; // radius of the pen in sides of the picture, as in `strokes`

/* Inks the pixels near a place, in pixels of the picture from its left and top. */
function ink(x, [height, width, channels = 1], [px, py]) {
  const radius = PEN * Math.max(height, width);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const distance = Math.hypot(column + 0.5 - px, row + 0.5 - py);
      const value = Math.min(Math.max(radius + 0.5 - distance, 0), 1);
      const shade = Math.round(SHADES * value) / SHADES;
      for (let c = 0; c < channels; c++) {
        const i = (row * width + column) * channels + c;
        x[i] = Math.max(x[i], shade);
      }
    }
  }
}

/* The same picture with its centre of mass in the middle, moved by whole pixels. */
function inTheMiddle(x, [height, width, channels = 1]) {
  let mass = 0, across = 0, down = 0;
  x.forEach((value, i) => {
    const pixel = Math.floor(i / channels);
    mass += value;
    across += value * (pixel % width);
    down += value * Math.floor(pixel / width);
  });
  if (mass === 0) return x;
  const dx = Math.round((width - 1) / 2 - across / mass);
  const dy = Math.round((height - 1) / 2 - down / mass);
  return x.map((_, i) => {
    const pixel = Math.floor(i / channels);
    const column = pixel % width - dx, row = Math.floor(pixel / width) - dy;
    if (column < 0 || column >= width || row < 0 || row >= height) return 0;
    return x[(row * width + column) * channels + i % channels];
  });
}

function makePad(explorer) {
  const canvas = byId("pad"), mark = byId("pen");
  const { shape } = explorer.data, [height, width] = shape;
  const blank = () => new Float64Array(sizeOf(shape));
  let last = null, at = [width / 2, height / 2], down = false;

  /* Inks a straight line from one place to another, on a copy of what is drawn. */
  const stroke = (from, to) => {
    const x = Float64Array.from(explorer.state.drawn || blank());
    const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
    const steps = Math.max(1, Math.ceil(3 * length));
    for (let i = 0; i <= steps; i++) {
      ink(x, shape, [0, 1].map((c) => from[c] + (to[c] - from[c]) * i / steps));
    }
    explorer.change({ drawn: x, held: {} });
  };
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width * width,
            (event.clientY - box.top) / box.height * height];
  };
  const showPen = () => {
    mark.style.left = `${100 * at[0] / width}%`;
    mark.style.top = `${100 * at[1] / height}%`;
    mark.classList.toggle("down", down);
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    last = at = place(event);
    stroke(last, last);
    showPen();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!last) return;
    const next = place(event);
    stroke(last, next);
    last = at = next;
    showPen();
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => { last = null; });
  }
  canvas.addEventListener("keydown", (event) => {
    const arrow = ARROWS[event.key];
    if (arrow) {
      const clip = (value, end) => Math.min(Math.max(value, 0), end);
      const next = [clip(at[0] + arrow[0], width), clip(at[1] - arrow[1], height)];
      if (down) stroke(at, next);
      at = next;
    } else if (event.key === " ") {
      down = !down;
      if (down) stroke(at, at);
    } else return;
    showPen();
    event.preventDefault();
  });
  byId("pad-clear").addEventListener("click", () =>
    explorer.change({ drawn: null, held: { 0: 0, 1: 0 } }));
  const copy = byId("pad-copy");
  copy.addEventListener("click", () =>
    explorer.change({ drawn: explorer.originals(explorer.state.a), held: {} }));
  byId("pad-middle").addEventListener("click", () => {
    const { drawn } = explorer.state;
    if (drawn) explorer.change({ drawn: inTheMiddle(drawn, shape), held: {} });
  });
  showPen();
  return () => {
    const { a, drawn } = explorer.state;
    copy.disabled = !explorer.originals(a);
    drawPicture(canvas, drawn || blank(), shape);
  };
}
