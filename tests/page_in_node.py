"""The explorer's page in Node, which needs no browser: what its tests share."""

import base64
import io
import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

HARNESS = Path(__file__).with_suffix(".mjs")
SIZE, CORNER = 400, np.array([10, 20])  # of a plane in the harness, in pixels


@pytest.fixture(scope="session")
def node():
    """A process that runs pages, or a skip that says what is missing."""
    if shutil.which("node") is None:
        pytest.skip("no node on the PATH: apt-get install nodejs")
    with subprocess.Popen(["node", str(HARNESS)], text=True, stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as process:
        yield process
        process.stdin.close()


class Page:
    """A page's text, to be asked for what it computes, says and draws."""

    def __init__(self, node, text):
        self.node, self.answers = node, {}
        self.scripts = re.findall(r"<script>(.*?)</script>", text, re.S)
        self.hidden = re.findall(r'id="(\w+)" hidden', text)
        self.text = re.search(r'id="told">(.*?)</script>', text, re.S)[1]
        self.told = json.loads(self.text)
        self.colours = dict(reversed(re.findall(r"(--\w+): (#\w+);", text)))
        png = self.told["data"]["pictures"]["address"].partition(",")[2]
        picture = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
        self.sheet = np.asarray(picture).tolist()

    def class_index(self, name):
        """The number of a class in the page's order."""
        return self.told["data"]["classes"].index(str(name))

    @staticmethod
    def text_of(mark):
        """A mark as `dots` gives it."""
        return json.dumps(mark)

    def ask(self, code, hash_=""):
        """What a function with this body returns, in the page at this address.

        The page is opened anew, so what was asked already has the same answer.
        """
        if (code, hash_) in self.answers:
            return self.answers[code, hash_]
        told = {"scripts": self.scripts, "told": self.text, "colours": self.colours,
                "sheet": self.sheet, "hidden": self.hidden, "hash": hash_, "ask": code}
        self.node.stdin.write(json.dumps(told) + "\n")
        self.node.stdin.flush()
        answer = json.loads(self.node.stdout.readline())
        if isinstance(answer, dict) and "error" in answer:
            raise AssertionError(answer["error"])
        self.answers[code, hash_] = answer
        return answer


def dots(calls):
    """Places, colours and marks of the points drawn on a plane."""
    drawn = [call for call in calls if call["name"] == "fill"]
    return (np.array([call["at"] for call in drawn]),
            [call["style"] for call in drawn],
            [json.dumps(call["given"][0]) for call in drawn])


def paths(calls):
    """What was stroked on a plane: points of lines, or x, y and radius of a circle."""
    drawn = [call["given"][0] for call in calls if call["name"] == "stroke"]
    return ([np.array(path["points"]) for path in drawn if "circle" not in path],
            [path["circle"][:3] for path in drawn if "circle" in path])


def pixels(places, codes):
    """The function from codes to pixels that a plane's points tell: slope, offset."""
    return np.array([np.polyfit(codes[:, i], places[:, i], 1) for i in (0, 1)]).T


def at(place, **event):
    """An event at a place of a plane, in JavaScript."""
    x, y = np.add(place, CORNER).tolist()
    return json.dumps({"clientX": x, "clientY": y, **event})


def numbers(text):
    """All numbers that a text says."""
    return [float(number) for number in
            re.findall(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?", text.replace("\u2212", "-"))]


def drawn_picture(data):
    """Grey numbers in [0, 1] of a canvas's bytes, which must be opaque."""
    shown = np.reshape(data, (-1, 4))
    assert (shown[:, 3] == 255).all() and (shown[:, :3] == shown[:, :1]).all()
    return shown[:, 0] / 255


@pytest.fixture(scope="session")
def walked(node):
    """A page of three models of small pictures, they, their codes, and the data."""
    from scratchae import Autoencoder, VariationalAutoencoder
    from scratchae.data import Dataset
    from scratchae.explorer import explorer_page

    rng = np.random.default_rng(0)
    x = np.square(rng.random((100, 20))).astype("f4")
    options = {"epochs": 3, "batch_size": 10, "random_state": 0, "verbose": False}
    models = {
        "ae.npz": Autoencoder(2, (256,), activation="tanh", **options),
        "vae.npz": VariationalAutoencoder(2, (8,), activation="silu", **options),
        "full.npz": VariationalAutoencoder(4, (8,), posterior="full",
                                           decoder="gaussian", **options),
    }
    for model in models.values():
        model.fit(x[:60])
    models["vae.npz"].about_ = {"command": "scratchae train vae <b>"}
    labels = np.arange(100) % 12
    width = {"line_width": 3 + 0.12345 * np.arange(100) % 7}
    parts = [[each[:60], each[60:]] for each in (x, labels.astype(str))]
    factors = tuple({name: values[part] for name, values in width.items()}
                    for part in (slice(60), slice(60, None)))
    data = Dataset(*map(tuple, parts), factors, "noise", shape=(5, 4))
    page = Page(node, explorer_page(models, data))
    heads = [model.transform(data.x[1]) for model in models.values()]
    return page, models, heads, data
