/* The explorer's page without a browser: its scripts in Node, with as much of a
   document as they ask for. Elements keep what is written into them, and canvases what
   is drawn on them. A line of standard input is a request {scripts, told, colours,
   sheet, hash, ask}; the answer is a line of JSON, what the code `ask` returns. */

import readline from "node:readline";
import vm from "node:vm";

const SIZE = 400, LEFT = 10, TOP = 20; // of every element

class Path2D {
  points = [];
  moveTo(...at) { this.points.push(at); }
  lineTo(...at) { this.points.push(at); }
  arc(...circle) { this.circle = circle; }
  closePath() {}
}

/* What was drawn: for each call its name, what it was given, its style, the place of
   the origin and the dashes at that time. */
class Pen {
  calls = [];
  at = [0, 0];
  dashes = [];
  path = new Path2D();
  constructor(canvas) { this.canvas = canvas; }
  note(name, ...given) {
    const { at, dashes } = this, style = this[`${name.replace(/[A-Z].*/, "")}Style`];
    this.calls.push({ name, given, style, at, dashes });
  }
  clearRect() { this.calls = []; }
  save() { this.saved = this.at; }
  restore() { this.at = this.saved; }
  translate(...by) { this.at = by; }
  scale(...by) { this.scaled = by; }
  setTransform(...by) { this.transform = by; }
  setLineDash(dashes) { this.dashes = dashes; }
  beginPath() { this.path = new Path2D(); }
  moveTo(...at) { this.path.moveTo(...at); }
  lineTo(...at) { this.path.lineTo(...at); }
  arc(...circle) { this.path.arc(...circle); }
  fill(path = this.path) { this.note("fill", path); }
  stroke(path = this.path) { this.note("stroke", path); }
  fillText(...given) { this.note("fillText", ...given); }
  strokeText() {}
  fillRect(...given) { this.note("fillRect", ...given); }
  measureText(text) { return { width: 7 * text.length }; }
  createImageData(width, height) {
    return { width, height, data: new Uint8ClampedArray(4 * width * height) };
  }
  putImageData({ data }) { this.canvas.shown = Array.from(data); }
  drawImage(file, left, top) { this.from = [file.sheet, left, top]; }
  getImageData(x, y, width, height) {
    const [sheet, left, top] = this.from, data = [];
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        data.push(...sheet[top + row][left + column], 255);
      }
    }
    return { data };
  }
}

class Element {
  children = [];
  listeners = {};
  attributes = {};
  found = {};
  style = {};
  dataset = {};
  classList = { toggle() {} };
  validity = { valid: true };
  value = "";
  hidden = false;
  disabled = false;
  own = "";
  clientWidth = SIZE;
  width = 300;
  height = 150;
  get textContent() {
    return this.own + this.children.map((c) => c.textContent ?? c).join("");
  }
  set textContent(text) { [this.own, this.children] = [text, []]; }
  get content() {
    return { cloneNode: () => ({ firstElementChild: new Element() }) };
  }
  get lastChild() {
    return { remove: () => this.children.pop() };
  }
  append(...children) { this.children.push(...children); }
  replaceChildren(...children) { [this.own, this.children] = ["", children]; }
  setAttribute(name, value) { this.attributes[name] = value; }
  querySelector(name) { return this.found[name] ||= new Element(); }
  addEventListener(name, heard) { (this.listeners[name] ||= []).push(heard); }
  getContext() { return this.pen ||= new Pen(this); }
  getBoundingClientRect() {
    return { left: LEFT, top: TOP, width: SIZE, height: SIZE };
  }
  setPointerCapture() {}
}

/* The globals of one page, and what a test does with it: `fire` an event, let `frames`
   pass, `wait` for the page's timers; what it does when it is `resized`, and when its
   pictures are `decoded`. */
function windowOf({ told, colours, sheet, hidden, hash }) {
  const ids = { told: new Element() }, radios = [new Element(), new Element()];
  const waiting = { frames: [], timers: [] };
  const byId = (id) => ids[id] ||= new Element();
  ids.told.textContent = told;
  for (const id of hidden) byId(id).hidden = true;
  radios.forEach((radio, i) => { radio.value = "ab"[i]; });
  byId("chosen").children = [0, 1].map(() => Object.assign(new Element(), {
    children: [new Element(), new Element()] }));
  const made = {
    Path2D, URLSearchParams, atob, console, radios, location: { hash }, ids,
    devicePixelRatio: 2, performance: { now: () => made.now }, now: 0, listeners: {},
    history: { replaceState: (...given) => made.addresses.push(given[2]) },
    addresses: [], colours, media: new Element(),
    document: {
      getElementById: byId, getElementsByName: () => radios,
      createElement: () => new Element(), documentElement: null, activeElement: null,
    },
    getComputedStyle: () => ({ getPropertyValue: (name) => colours[name] }),
    matchMedia: () => made.media,
    ResizeObserver: class {
      constructor(heard) { made.resized = heard; }
      observe() {}
    },
    Image: class {
      complete = true;
      sheet = sheet;
      decode() { return { then: (done) => { made.decoded = done; } }; }
    },
    addEventListener: (name, heard) => { made.listeners[name] = heard; },
    requestAnimationFrame: (drawn) => waiting.frames.push(drawn),
    setTimeout: (done) => waiting.timers.push(done),
    clearTimeout: (i) => { if (i) waiting.timers[i - 1] = () => {}; },
    fire: (element, name, event = {}) => {
      for (const heard of element.listeners[name]) {
        heard({ target: element, pointerId: 1, pointerType: "mouse", preventDefault() {},
                ...event });
      }
    },
    frame: () => waiting.frames.splice(0).forEach((drawn) => drawn(made.now)),
    wait: () => waiting.timers.splice(0).forEach((done) => done()),
  };
  made.window = made;
  return made;
}

const compiled = new Map(); // each page has the same scripts
const plain = (key, value) => ArrayBuffer.isView(value) ? Array.from(value) : value;

function answer({ scripts, ask, ...page }) {
  const context = vm.createContext(windowOf(page));
  for (const script of scripts) {
    if (!compiled.has(script)) compiled.set(script, new vm.Script(script));
    compiled.get(script).runInContext(context);
  }
  const asked = `explorer.redraw(); frame(); (() => { ${ask} })()`;
  return JSON.stringify(vm.runInContext(asked, context) ?? null, plain);
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  try {
    console.log(answer(JSON.parse(line)));
  } catch (error) {
    console.log(JSON.stringify({ error: error.stack }));
  }
}
