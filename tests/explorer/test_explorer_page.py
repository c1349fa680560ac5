"""The explorer's page as text: rounding, sizes, what is refused. No browser needed."""

import base64
import io
import json
import re

import numpy as np
import pytest
from equations import LECTURES
from PIL import Image

from scratchae import (
    PCA,
    Autoencoder,
    ConditionalVariationalAutoencoder,
    ProbabilisticPCA,
    SparseAutoencoder,
    StackedClassifier,
    VariationalAutoencoder,
)
from scratchae.cli import main
from scratchae.data import Dataset, load_strokes
from scratchae.explorer import explorer_page
from scratchae.explorer.described import describe, forward
from scratchae.explorer.page import SOURCES, assembled, describe_data, what_differs
from scratchae.explorer.pieces import pieces_of
from scratchae.explorer.rounding import columns, packed, rounded
from scratchae.formulas.activations import relu_backward, relu_forward

pytestmark = [
    pytest.mark.lecture10,
    pytest.mark.filterwarnings("ignore:.*overcomplete", "ignore:no kernel"),
]
QUICK = {"epochs": 1, "random_state": 0, "verbose": False}


@pytest.fixture(scope="module")
def digits():
    return load_strokes(128, 60)


@pytest.fixture(scope="module")
def two(digits):
    """An autoencoder and a VAE, hardly trained."""
    x, _ = digits.x
    return {"ae.npz": Autoencoder(2, (16,), **QUICK).fit(x),
            "vae.npz": VariationalAutoencoder(2, (16,), **QUICK).fit(x)}


@pytest.fixture(scope="module")
def page(two, digits):
    return explorer_page(two, digits)


def test_the_example_beside_the_lectures_is_what_the_sources_make_today():
    """Of two models 2-128-784 with their encoders, in at most 1 MB."""
    example = (LECTURES / "explorer.html").read_text()
    assert len(example.encode()) <= 1_000_000
    told = json.loads(re.search('type="application/json"[^>]*>(.*?)</script>', example,
                                re.S)[1])
    assert assembled(told) == example
    assert [model["name"] for model in told["models"]] == ["autoencoder.npz", "vae.npz"]
    page = (LECTURES.parent / "scratchae/README.md").read_text().replace("\\\n    ", "")
    *trained, made = re.findall("^scratchae (?:train|explore) .*", page, re.M)
    assert [model["command"] for model in told["models"]] == trained
    assert f" --points {told['data']['n']} " in made


# Numbers


@pytest.mark.parametrize("bits", [6, 11])
def test_a_rounded_weight_is_at_most_one_and_a_half_steps_away(rng, bits):
    W, h = rng.normal(size=(30, 7)), rng.normal(size=(50, 30))
    q, scale = rounded(W, bits, h)
    assert np.abs(q).max() < 2 ** (bits - 1)
    assert (np.abs(q * scale - W) <= 1.5 * scale + 1e-12).all()


def test_rounding_keeps_a_units_sums_nearer_than_rounding_each_weight_alone(rng):
    factor = rng.normal(size=(4, 60))  # what a layer sees lies near a few directions
    W, h = rng.normal(size=(60, 9)), rng.normal(size=(200, 4)) @ factor
    q, scale = rounded(W, 6, h)
    others = rng.normal(size=(200, 4)) @ factor
    ours = np.abs(others @ (q * scale - W)).max()
    alone = np.abs(others @ (np.rint(W / scale) * scale - W)).max()
    assert ours < alone / 2


def test_a_unit_without_weights_stays_zero():
    q, scale = rounded(np.zeros((3, 2)), 8, np.ones((4, 3)))
    assert not (q * scale).any()


@pytest.mark.parametrize("bits", [7, 11, 16])
def test_packed_numbers_are_the_digits_of_one_long_binary_number(rng, bits):
    q = rng.integers(0, 2**bits, size=13)
    digits = "".join(format(number, f"0{bits}b") for number in q)
    data = packed(q, bits)
    assert "".join(format(byte, "08b") for byte in data).startswith(digits)
    assert len(data) == -(-13 * bits // 8)


def test_columns_keep_their_ends_and_a_constant_column():
    told = columns(np.array([[1.0, 5.0], [3.0, 5.0]]))
    assert told["low"] == [1.0, 5.0]
    assert told["low"][0] + told["step"][0] * 65535 == pytest.approx(3.0)


# The page


def test_the_same_models_give_the_same_bytes(page, two, digits):
    assert explorer_page(two, digits) == page


def test_a_page_names_nothing_that_is_elsewhere(page):
    assert not re.search(r"https?:|\bimport\b|@import|\bfetch\(|type=.?module", page)
    assert re.findall(r'(?:src|href)="?([^" >]*)', page) == ["data:,"]


def test_the_policy_allows_no_source_but_the_pages_own_scripts(page):
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    allowed = rules["script-src"].split()
    assert all(re.fullmatch(r"'sha256-[\w+/]{43}='", source) for source in allowed)
    assert len(allowed) == page.count("<script>")


def test_a_page_of_the_examples_size_has_at_most_a_megabyte():
    digits = load_strokes(128, 500)
    models = [cls(2, (128,), **QUICK).fit(digits.x[0])
              for cls in (Autoencoder, VariationalAutoencoder)]
    page = explorer_page(dict(zip("ab", models, strict=True)), digits)
    without = explorer_page({"a": models[0]}, digits, with_encoder=False)
    assert len(without) < len(page) / 2 < 0.5e6


def test_texts_from_files_cannot_end_the_script_that_holds_them(two, digits):
    evil = "</script ><!--<script>alert(1)</script>&lt;"
    page = explorer_page({evil: two["ae.npz"]}, digits)
    told = re.search(r'id="told">(.*?)</script>', page, re.DOTALL)[1]
    assert not {*told} & {*"<>&"}
    assert json.loads(told)["models"][0]["name"] == evil


def test_colours_and_items_without_labels_have_a_page(digits):
    x = np.random.default_rng(0).random((40, 4 * 5 * 3)).astype("f4")
    data = Dataset((x, x), None, None, "noise", shape=(4, 5, 3))
    page = explorer_page({"a": PCA(2).fit(x)}, data)
    told = json.loads(re.search(r'id="told">(.*?)</script>', page, re.DOTALL)[1])
    file = base64.b64decode(told["data"]["pictures"]["address"].partition(",")[2])
    seen = np.asarray(Image.open(io.BytesIO(file)))  # 20 side by side
    assert np.abs(seen[4:8, 5:10].ravel() / 255 - x[21]).max() <= 0.5 / 15 + 1e-6
    assert told["data"]["classes"] is None


def test_labels_and_factors_are_those_of_the_images_that_are_told(digits):
    data = describe_data(digits, digits.x[1][:50], (28, 28))
    labels = np.frombuffer(base64.b64decode(data["labels"]), "<u2")
    names = [data["classes"][label] for label in labels]
    assert names == [str(label) for label in digits.labels[1][:50]]
    told = data["factors"]
    assert told.keys() == digits.factors[1].keys()
    for name, factor in told.items():
        values = digits.factors[1][name][:50]
        assert (factor["low"], factor["high"]) == (values.min(), values.max())
        shades = np.frombuffer(base64.b64decode(factor["values"]), np.uint8) / 255
        width = factor["high"] - factor["low"]
        off = np.abs(factor["low"] + width * shades - values)
        assert off.max() <= width / 510 + 1e-12, name


def test_only_what_differs_between_models_of_a_class_is_said(digits):
    x, _ = digits.x
    models = [VariationalAutoencoder(2, (4,), kl_weight=w, **QUICK).fit(x)
              for w in (1, 4)]
    models.append(Autoencoder(2, (4,), **QUICK).fit(x))
    assert what_differs(models) == ["kl_weight 1", "kl_weight 4", ""]


def test_sources_are_short_enough_to_be_read():
    for source in SOURCES.iterdir():
        lines = source.read_text(encoding="utf-8").splitlines()
        assert len(lines) <= 300 and max(map(len, lines)) <= 88, source.name


# Pieces


@pytest.mark.parametrize("model", [
    PCA(3), PCA(3, whiten=True), ProbabilisticPCA(3),
    Autoencoder(3, (8,), loss="bernoulli", tied_weights=True, **QUICK),
    SparseAutoencoder(8, penalty="kl", **QUICK),
    VariationalAutoencoder(3, (8,), posterior="full", decoder="gaussian", **QUICK),
], ids=lambda model: type(model).__name__)
def test_the_pieces_of_a_model_compute_what_it_does(model, digits):
    x, test = digits.x[0].astype(float), digits.x[1]
    model.fit(x)
    pieces = pieces_of(model)
    heads = forward(pieces.encoder, test.astype(float))
    assert np.allclose(heads[:, : pieces.k], model.transform(test), atol=1e-4)
    out = forward(pieces.decoder, heads[:, : pieces.k])
    x_hat = 1 / (1 + np.exp(-out)) if pieces.pixels == "bernoulli" else out
    assert np.allclose(x_hat, model.reconstruct(test), atol=1e-4)


def test_the_scripts_read_all_that_is_said_of_a_model(digits):
    scripts = "".join(path.read_text() for path in SOURCES.iterdir()
                      if path.name.endswith(".js"))
    read = {*re.findall(r"\b(?:model|described)\.(\w+)", scripts)}
    assert describe(PCA(3).fit(digits.x[0]), digits.x[1]).keys() <= read


@pytest.mark.parametrize("k", [2, 3, 5])
def test_two_codes_keep_their_order_and_more_begin_with_the_most_active(k, digits):
    model, test = PCA(k).fit(digits.x[0]), digits.x[1][::7]
    variance = model.transform(test).var(axis=0)
    order = [0, 1] if k == 2 else np.argsort(-variance).tolist()
    told = describe(model, test)
    assert told["active"] == order
    assert told["activity"] == pytest.approx(variance[order], rel=1e-3)


def test_probabilistic_pca_has_its_posteriors_variance(digits):
    model = ProbabilisticPCA(2).fit(digits.x[0])
    head = forward(pieces_of(model).encoder, digits.x[1][:1].astype(float))
    assert np.exp(head[0, 2:]) == pytest.approx(
        np.diag(model.posterior(digits.x[1][:1])[1]))


# What is refused


class Sine:
    """An activation that a student wrote; relu's functions serve here."""

    forward, backward = staticmethod(relu_forward), staticmethod(relu_backward)


REFUSED = {
    "no decoder": lambda: StackedClassifier((4,), pretrain_epochs=0, **QUICK),
    "a label": lambda: ConditionalVariationalAutoencoder(2, (4,), **QUICK),
    "one number": lambda: Autoencoder(1, (4,), **QUICK),
    "other units": lambda: SparseAutoencoder(
        20, penalty="top_k", n_active=3, **QUICK),
    "activation of one's own": lambda: Autoencoder(2, (4,), activation=Sine(), **QUICK),
}


@pytest.mark.parametrize("why", REFUSED)
def test_a_model_that_cannot_be_shown_is_refused_by_name(digits, why):
    model = REFUSED[why]()
    model.fit(digits.x[0], digits.labels[0])
    with pytest.raises(ValueError, match=why) as refused:
        pieces_of(model)
    assert type(model).__name__ in str(refused.value)


def test_the_command_writes_a_page_and_says_how_large(checkpoint, capsys, tmp_path):
    assert main(["explore", checkpoint, "--points", "50"]) == 0
    assert capsys.readouterr().out.startswith("runs/explorer.html (0.")
    page = tmp_path / "runs" / "explorer.html"
    assert page.read_text().startswith("<!doctype html>")
    before = page.read_bytes()
    assert main(["explore", checkpoint]) == 2
    assert page.read_bytes() == before


@pytest.mark.parametrize("text", [b"", b"PK\x03\x04 no archive", b"{}"])
def test_a_foreign_file_is_refused_and_none_written(small, capsys, text, tmp_path):
    (tmp_path / "bad.npz").write_bytes(text)
    assert main(["explore", "bad.npz", "--out", "page.html"]) == 2
    assert "bad.npz is no checkpoint" in capsys.readouterr().err
    assert not (tmp_path / "page.html").exists()


def test_a_refused_model_is_named_with_its_file(small, capsys, digits, tmp_path):
    PCA(1).fit(digits.x[0]).save("pca.npz")
    assert main(["explore", "pca.npz", "--out", "page.html"]) == 2
    assert "scratchae: pca.npz: PCA has codes of one number" in capsys.readouterr().err
    assert not (tmp_path / "page.html").exists()


def test_rows_of_a_table_are_refused(small, capsys):
    table = "\n".join(f"{i},{i * i % 7},{i % 3}" for i in range(40))
    with open("table.csv", "w") as file:
        file.write(f"a,b,c\n{table}\n")
    assert main("train autoencoder --data table.csv --hidden 4 --latent 2 "
                "--epochs 1".split()) == 0
    capsys.readouterr()
    assert main("explore runs/autoencoder-table.npz".split()) == 2
    assert "table.csv has rows of a table" in capsys.readouterr().err


def test_one_checkpoint_twice_is_refused(checkpoint, capsys):
    assert main(["explore", checkpoint, checkpoint]) == 2
    assert f"{checkpoint} was given twice" in capsys.readouterr().err
