"""The page: its sources, what it is told, and a policy that lets nothing else in."""

import base64
import hashlib
import html
import io
import json
import math
from importlib.resources import files

import numpy as np

from scratchae.explorer.described import describe
from scratchae.explorer.rounding import as_text, floats
from scratchae.pulse import doing

SOURCES = files("scratchae.explorer") / "sources"
SCRIPTS = ("weights.js", "model.js", "state.js", "plane.js", "picture.js", "input.js",
           "pad.js", "controls.js", "main.js")
POINTS = 500  # images that are points of the plane
STEPS = 255  # of a factor between its ends
SHADES = 15  # of a picture's pixels besides black
ACROSS = 20  # pictures in a row of their file
PICTURES = 400_000  # pixels of the images that can be seen as they are


def explorer_page(models, dataset, points=POINTS, with_encoder=True):
    """The text of a page in which the codes of these models are walked through.

    models : dict of name -> fitted model; the first two are side by side, and with
        more there is a slider over them
    dataset : the `Dataset` whose first test images are the points
    points : how many
    with_encoder : whether a digit can be drawn by hand, which takes the encoder's
        weights
    Raises ValueError for a model, or for data, that a page cannot show.
    """
    x, shape = shown_images(dataset, points)
    told = {"title": title_of(models), "data": describe_data(dataset, x, shape)}
    units = units_of(dataset.scaling, x.shape[1])
    labels = what_differs([*models.values()])
    told["models"] = []
    for (name, model), label in zip(models.items(), labels, strict=True):
        described = {"name": name, "label": label, "units": units}
        try:
            with doing(f"{name}: weights in few bits"):
                described |= describe(model, x, with_encoder)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
        told["models"].append(described)
    return assembled(told)


def shown_images(dataset, points):
    """The first test images : (n, d), and their shape; 784 numbers are 28 x 28 pixels.

    Raises ValueError for rows of a table, and for fewer than two images.
    """
    x = np.asarray(dataset.x[1][:points])
    shape = dataset.shape or ((28, 28) if x.shape[1] == 28 * 28 else None)
    if shape is None:
        raise ValueError(f"{dataset.source} has rows of a table; the explorer draws "
                         "images")
    if len(x) < 2:
        raise ValueError(f"the explorer needs at least 2 test images; got {len(x)} of "
                         f"{dataset.source}")
    return np.nan_to_num(x), shape  # what is missing is 0 for the networks too


def describe_data(dataset, x, shape):
    """Shape, classes and true factors of the first n test images, ready for JSON."""
    n = len(x)
    told = {"source": dataset.source, "shape": [*shape], "n": n, "classes": None,
            "factors": {}, "pictures": pictures(dataset.scaling.drawn(x), shape)}
    if dataset.labels is not None:
        classes, index = np.unique(dataset.labels[1][:n], return_inverse=True)
        told["classes"] = [str(name) for name in classes]
        told["labels"] = as_text(index.astype("<u2").tobytes())
    factors = dataset.factors[1] if dataset.factors else {}
    for name, values in factors.items():
        values = values[:n]
        low, high = float(values.min()), float(values.max())
        shade = np.rint((values - low) / ((high - low) or 1.0) * STEPS)
        told["factors"][name] = {"low": low, "high": high,
                                 "values": as_text(shade.astype(np.uint8).tobytes())}
    return told


def units_of(scaling, d):
    """How models' numbers become pictures in [0, 1], shift + scale x, ready for JSON.

    None where they are pictures already.
    """
    from_pictures = scaling.of_pictures
    if from_pictures is None:
        return None
    return {"shift": floats(np.broadcast_to(from_pictures.shift, d)),
            "scale": floats(np.broadcast_to(from_pictures.scale, d))}


def pictures(x, shape):
    """The images x : (n, d), side by side in rows, as the address of a PNG.

    In 16 shades, and only as many as make no large page.
    """
    from PIL import Image

    height, width, *colours = shape
    n = min(len(x), max(1, PICTURES // (height * width)))
    rows = np.zeros((math.ceil(n / ACROSS) * ACROSS, x.shape[1]), np.uint8)
    rows[:n] = np.rint(x[:n].clip(0, 1) * SHADES)
    rows = rows.reshape(-1, ACROSS, height, width, *colours).swapaxes(1, 2)
    rows = rows.reshape(-1, ACROSS * width, *colours)
    step, file = 255 // SHADES, io.BytesIO()
    if colours:
        Image.fromarray(rows * step).save(file, "PNG", optimize=True)
    else:  # four bits a pixel
        image = Image.fromarray(rows, "P")
        image.putpalette([shade * step for shade in range(SHADES + 1) for _ in "rgb"])
        image.save(file, "PNG", optimize=True, bits=4)
    return {"n": n, "across": ACROSS,
            "address": f"data:image/png;base64,{as_text(file.getvalue())}"}


def title_of(models):
    """The page's title, from the classes of its models."""
    names = dict.fromkeys(type(model).__name__ for model in models.values())
    return f"Latent space of {' and '.join(names)}"


def what_differs(models):
    """For each model the parameters in which others of its class differ : list of str.

    "epochs" are those it was trained for.
    """
    settings = [model.description()["params"] | {"epochs": trained_epochs(model)}
                for model in models]
    labels = []
    for model, mine in zip(models, settings, strict=True):
        others = [s for m, s in zip(models, settings, strict=True)
                  if type(m) is type(model)]
        differ = [name for name in mine if name != "verbose"
                  and any(str(s[name]) != str(mine[name]) for s in others)]
        labels.append(", ".join(f"{name} {mine[name]}" for name in differ))
    return labels


def trained_epochs(model):
    """How many passes over its data a model has made."""
    return len(getattr(model, "history_", {}).get("loss", ()))


def assembled(told):
    """The page of sources and of what it is told, with the hash of each script."""
    scripts = [(SOURCES / name).read_text(encoding="utf-8") for name in SCRIPTS]
    hashes = " ".join(f"'sha256-{digest(script)}'" for script in scripts)
    parts = {
        "title": html.escape(told["title"]),
        "policy": f"default-src 'none'; script-src {hashes}; style-src "
                  "'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'",
        "style": (SOURCES / "explorer.css").read_text(encoding="utf-8"),
        "data": as_json(told),
        "scripts": "\n".join(f"<script>{script}</script>" for script in scripts),
    }
    page = (SOURCES / "page.html").read_text(encoding="utf-8")
    for name, part in parts.items():
        page = page.replace(f"<!--{name}-->", part)
    return page


def digest(script):
    """Base64 of the SHA-256 of a script, as a content security policy has it."""
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def as_json(told):
    """JSON that can stand inside a script element, whatever its texts are."""
    text = json.dumps(told, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
