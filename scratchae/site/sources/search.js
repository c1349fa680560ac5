// The search of the pages. SEARCH holds [title, address, text] for each place; it comes
// from a script, since a page that was opened from a folder may not ask for files.
"use strict";

const MOST = 50;

// What is looked for: words without signs around them, a slide's number as slides have
// it. "eq. 10.4" is 10.4, and of "KL-divergence" both words are looked for.
function wordsOf(query) {
  return query.toLowerCase().replace(/\bscratchae\./g, "")
    .replace(/\b(?:eq|eqn|equation)s?[.\s]*(?=\(?\d)/g, "")
    .replace(/\bs(?=\d\b)/g, "s0")
    .split(/[^\p{L}\p{N}_.]+/u)
    .map((word) => word.replace(/^\.+|\.+$/g, ""))
    .filter(Boolean);
}

// How well a place answers: words in its title count more, a title that is one most. A
// function's or a class's title is the last of its names, a slide's its number too.
function worth(words, title, text) {
  let sum = 0;
  const own = title.split(".").pop(), [, number] = title.match(/^(s\d\d): /) ?? [];
  const parts = [/[^a-z0-9.]+/, /[^a-z0-9]+/].flatMap((signs) => title.split(signs));
  for (const word of words) {
    if ([title, own, number].includes(word) || title === `(${word})`) sum += 100;
    else if (parts.includes(word)) sum += 20;
    else if (title.includes(word)) sum += 10;
    else if (text.includes(word)) sum += 1;
    else return 0;
  }
  return sum;
}

// Some of the text around the first of the words that stands in it.
function excerpt(words, text) {
  const lower = text.toLowerCase();
  const found = words.find((word) => lower.includes(word)) ?? "";
  const start = Math.max(0, lower.indexOf(found) - 60);
  return (start ? "… " : "") + text.slice(start, start + 180) + " …";
}

function search(query) {
  const words = wordsOf(query);
  if (!words.length) return [];
  return SEARCH
    .map(([title, address, text], i) => (
      { title, address, text: excerpt(words, text), i,
        worth: worth(words, title.toLowerCase(), text.toLowerCase()) }))
    .filter((place) => place.worth)
    .sort((a, b) => b.worth - a.worth || a.i - b.i);
}

function show(query) {
  const places = search(query), list = document.getElementById("found");
  list.replaceChildren(...places.slice(0, MOST).map((place) => {
    const item = document.createElement("li"), link = document.createElement("a");
    const text = document.createElement("p");
    link.href = place.address;
    link.textContent = place.title;
    text.textContent = place.text;
    item.append(link, text);
    return item;
  }));
  const more = places.length > MOST ? `, the first ${MOST}` : "";
  document.getElementById("count").textContent =
    query.trim() ? `${places.length} found${more}` : "";
}

const box = document.getElementById("query");
box.value = new URLSearchParams(location.search).get("q") || "";
box.addEventListener("input", () => show(box.value));
show(box.value);
