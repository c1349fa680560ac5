"use strict";
/* Pictures: numbers in [0, 1], the brighter the larger, three to a pixel in colour.
   What lies outside is shown as the nearest end. */

/* Draws x into a canvas, a pixel for each of its own; CSS makes it large. */
function drawPicture(canvas, x, shape) {
  const [height, width, channels = 1] = shape;
  if (canvas.width !== width || canvas.height !== height || !canvas.pixels) {
    canvas.width = width;
    canvas.height = height;
    canvas.pixels = canvas.getContext("2d").createImageData(width, height);
    canvas.pixels.data.fill(255); // opaque
  }
  const { data } = canvas.pixels; // clamped to 0 ... 255 by its type
  for (let i = 0, j = 0; i < x.length; i += channels, j += 4) {
    data[j] = 255 * x[i];
    data[j + 1] = channels === 3 ? 255 * x[i + 1] : data[j];
    data[j + 2] = channels === 3 ? 255 * x[i + 2] : data[j];
  }
  canvas.getContext("2d").putImageData(canvas.pixels, 0, 0);
}

/* Small pictures in a row, made anew only when their number changes. */
function drawStrip(strip, pictures, shape, name) {
  while (strip.children.length > pictures.length) strip.lastChild.remove();
  while (strip.children.length < pictures.length) {
    const canvas = document.createElement("canvas");
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `${name} ${strip.children.length + 1}`);
    strip.append(canvas);
  }
  pictures.forEach((x, i) => drawPicture(strip.children[i], x, shape));
}

/* The test images as the page has them, in 16 shades: x of the image of this number, or
   null where the page has no picture of it or the browser has not read them yet. */
function originalsOf({ pictures, shape }, whenRead) {
  const file = new Image(), [height, width, channels = 1] = shape, read = new Map();
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  canvas.width = width;
  canvas.height = height;
  file.src = pictures.address;
  file.decode().then(whenRead);
  const numbersOf = (i) => {
    const left = i % pictures.across * width;
    const top = Math.floor(i / pictures.across) * height;
    pen.drawImage(file, left, top, width, height, 0, 0, width, height);
    const { data } = pen.getImageData(0, 0, width, height);
    return Float64Array.from({ length: height * width * channels }, (_, j) =>
      data[4 * Math.floor(j / channels) + j % channels] / 255);
  };
  return (i) => {
    if (i === null || i >= pictures.n || !file.complete) return null;
    if (!read.has(i)) read.set(i, numbersOf(i));
    return read.get(i);
  };
}
