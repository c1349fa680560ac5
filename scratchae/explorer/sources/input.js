"use strict";
/* Pointer, finger and keys on a plane. `explorer` is the object of main.js. */

const STEP = 0.05;        // of half the window, for one press of an arrow key
const SMALL_STEP = 0.005; // with the shift key
const ARROWS = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1],
};

/* Where an event is in the plane: pixels from its left and its top. */
function placeInPlane(panel, event) {
  const box = panel.over.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}

/* Holds the plane's two dimensions at these pixels, in the planes of all models. */
function moveTo(explorer, panel, [x, y]) {
  const clip = (place) => Math.min(Math.max(place, -1), 1);
  const { state } = explorer, [rx, ry] = state.axes;
  explorer.change({ held: {
    ...state.held,
    [rx]: clip(2 * x / panel.size - 1),
    [ry]: clip(1 - 2 * y / panel.size),
  } });
}

function choose(explorer, image, which = explorer.state.picks) {
  if (which === "b" && explorer.state.a === null) which = "a";
  explorer.change({ [which]: image, held: {}, t: which === "b" ? explorer.state.t : 0,
                    drawn: null });
}

/* A mouse moves the cursor wherever it goes; a finger, or a pen, while it touches. */
function listenToPointer(explorer, panel) {
  const { over } = panel;
  let pressed = null;
  over.addEventListener("pointerdown", (event) => {
    pressed = placeInPlane(panel, event);
    over.setPointerCapture(event.pointerId);
    moveTo(explorer, panel, pressed);
  });
  over.addEventListener("pointermove", (event) => {
    if (pressed || event.pointerType === "mouse") {
      moveTo(explorer, panel, placeInPlane(panel, event));
    }
  });
  over.addEventListener("pointerup", (event) => {
    const [x, y] = placeInPlane(panel, event);
    const still = pressed && Math.hypot(x - pressed[0], y - pressed[1]) < 5;
    pressed = null;
    if (!still) return; // it was dragged
    const image = imageAt(panel, explorer.state, explorer.data, [x, y]);
    if (image !== null) choose(explorer, image, event.shiftKey ? "b" : undefined);
  });
  over.addEventListener("pointercancel", () => { pressed = null; });
}

/* Arrows move the cursor, Enter chooses the image nearest to it, Escape lets go. */
function listenToKeys(explorer, panel) {
  panel.over.addEventListener("keydown", (event) => {
    const { state } = explorer, z = codeOf(panel.model, state);
    if (ARROWS[event.key]) {
      const step = event.shiftKey ? SMALL_STEP : STEP, [dx, dy] = ARROWS[event.key];
      const [x, y] = toPixels(panel, state, z), half = panel.size / 2;
      moveTo(explorer, panel, [x + dx * step * half, y - dy * step * half]);
    } else if (event.key === "Enter" || event.key === " ") {
      const place = toPixels(panel, state, z);
      choose(explorer, imageAt(panel, state, explorer.data, place, Infinity),
             event.shiftKey ? "b" : undefined);
    } else if (event.key === "Escape") {
      letGo(explorer);
    } else return;
    event.preventDefault();
  });
}
