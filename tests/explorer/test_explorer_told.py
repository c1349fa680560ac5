"""What a page is told of models is true: errors, layers, labels, variances, policy."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from scratchae import (
    PCA,
    Autoencoder,
    ProbabilisticPCA,
    VariationalAutoencoder,
)
from scratchae.explorer import page
from scratchae.explorer.described import describe, in_few_bits
from scratchae.explorer.pieces import Affine, pieces_of
from scratchae.explorer.rounding import (
    MOST_BITS,
    column_error,
    columns,
    matrix,
    rounded,
)
from scratchae.formulas.activations import ACTIVATIONS
from scratchae.nn.backend import backend

pytestmark = [pytest.mark.lecture10, pytest.mark.filterwarnings("ignore:no kernel")]
QUICK = {"epochs": 1, "random_state": 0, "verbose": False}


@pytest.fixture(autouse=True)
def without_kernels():
    with backend("numpy"):
        yield


@pytest.fixture(scope="module")
def x():
    return np.random.default_rng(3).random((60, 400)).astype("f4")


def floats_of(text):
    return np.frombuffer(base64.b64decode(text), "<f4").astype(float)


def layers_of(told):
    """(W, b) of layers as a page has them, read bit by bit."""
    for layer in told:
        shape, bits = (layer["d_out"], layer["d_in"]), layer["bits"]
        if bits == 32:
            W = floats_of(layer["W"])
        else:
            digits = "".join(f"{byte:08b}" for byte in base64.b64decode(layer["W"]))
            q = [int(digits[bits * i : bits * (i + 1)], 2)
                 for i in range(shape[0] * shape[1])]
            W = np.array(q) - (2 ** (bits - 1) - 1.0)
            W = W.reshape(shape) * floats_of(layer["scale"])[:, None]
        yield W.reshape(shape).T, floats_of(layer["b"])


def through(told, x):
    """What layers of tanh, the last one linear, make of x."""
    *hidden, (W, b) = layers_of(told)
    for V, c in hidden:
        x = np.tanh(x @ V + c)
    return x @ W + b


def test_the_errors_that_are_told_are_the_largest_of_the_weights_as_stored(x):
    model = Autoencoder(2, (16,), activation="tanh", **QUICK).fit(x)
    told = describe(model, x)
    assert [layer["bits"] for layer in told["encoder"]] != [32, 32]
    right = told["code_error"]
    codes = through(told["encoder"], x)
    assert np.abs(codes - model.transform(x)).max() == pytest.approx(right, rel=0.05)
    assert 0 < right <= 2e-3
    exact = model.transform(x).astype(float)
    pixels = np.abs(through(told["decoder"], exact) - model.inverse_transform(exact))
    assert 0.4 * told["pixel_error"] < pixels.max() <= told["pixel_error"] * 1.01
    assert told["pixel_error"] <= 5e-4


@pytest.mark.parametrize("posterior", ["diagonal", "full"])
def test_the_error_of_a_code_is_that_of_its_mean_whatever_its_variance(posterior, x):
    model = VariationalAutoencoder(2, (16,), activation="tanh", posterior=posterior,
                                   **QUICK).fit(x)
    model.encoder_.layers[-1].W[:, 2:] *= 100
    told = describe(model, x)
    means = through(told["encoder"], x)[:, :2]
    off = np.abs(means - model.transform(x)).max()
    assert told["code_error"] == pytest.approx(off, rel=0.05) and off > 1e-6
    assert [layer["bits"] for layer in told["encoder"]] == [12, 32]


def test_the_error_of_a_points_code_is_half_a_step_of_its_widest_number(x):
    model = PCA(3).fit(x)
    told = describe(model, x)
    codes, heads = model.transform(x), told["heads"]
    q = np.frombuffer(base64.b64decode(heads["values"]), "<u2").reshape(-1, 3)
    off = np.abs(heads["low"] + q * np.array(heads["step"]) - codes).max()
    assert 0.8 * told["point_error"] < off < 1.01 * told["point_error"]
    assert told["point_error"] > 10 * told["code_error"]


def test_a_number_that_is_the_same_in_all_codes_is_told_as_it_is():
    assert column_error(np.array([[3.0, 1], [3, 1 + 65535 * 2e-3]])
                        ) == pytest.approx(1e-3)
    assert column_error(np.full((4, 2), 7.0)) == 0


def test_more_bits_are_taken_until_no_number_is_off_by_more_than_is_allowed():
    layer, asked = Affine(np.ones((70, 70)), np.zeros(70)), []
    errors = iter([[0.1, 0.9], [0.1, 0.4], [0.3, 0.0], [0.0, 0.0]])

    def off(stored):
        asked.append(stored)
        return np.array(next(errors))

    told, error = in_few_bits([layer], 5, np.ones((2, 70)), 0.3, off)
    assert (told[0]["bits"], error, len(asked)) == (7, 0.3, 3)
    told, error = in_few_bits([layer], 15, np.ones((2, 70)), 0.0, lambda _: np.ones(1))
    assert (told[0]["bits"], error, MOST_BITS) == (16, 1.0, 16)


def test_only_large_matrices_are_rounded_and_each_number_is_near(rng):
    for d, bits in ((64, 32), (65, 9)):  # 4096 numbers and more
        W = rng.normal(size=(d, 64))
        told, stored = matrix(W, 9, rng.normal(size=(20, d)))
        assert (told["bits"], told["d_in"], told["d_out"]) == (bits, d, 64)
        assert np.abs(stored - W).max() < (1e-6 if bits == 32 else 0.05)


def test_no_weight_is_more_than_one_step_from_its_nearest(rng):
    """However much what the layer sees would like it to be."""
    W, h = rng.normal(size=(30, 7)), np.ones((5, 30)) + 1e-3 * rng.normal(size=(5, 30))
    h[:, 20:] *= 1e-3  # these would have to undo what large inputs did
    q, scale = rounded(W, 4, h)
    assert np.abs(q - np.rint(W / scale)).max() <= 1


def test_what_is_kept_of_codes_is_within_half_a_step_at_both_ends(rng):
    x = np.column_stack([rng.normal(size=50), np.full(50, 7.0)])
    told = columns(x)
    q = np.frombuffer(base64.b64decode(told["values"]), "<u2").reshape(50, 2)
    assert q[:, 0].min() == 0 and q[:, 0].max() == 65535 and not q[:, 1].any()
    assert np.abs(told["low"] + told["step"] * q - x).max() <= np.ptp(x[:, 0]) / 131070


def test_a_label_says_settings_and_epochs_that_differ_and_nothing_of_printing(x):
    models = [VariationalAutoencoder(2, (4,), epochs=epochs, random_state=0,
                                     verbose=bool(epochs - 1)).fit(x)
              for epochs in (1, 2)]
    assert page.what_differs(models) == ["epochs 1", "epochs 2"]
    del models[1].history_["loss"][1:]  # as one that was stopped early
    assert page.what_differs(models)[1] == ""


@pytest.mark.parametrize("model", [
    ProbabilisticPCA(2), VariationalAutoencoder(2, (4,), decoder="gaussian", **QUICK)],
    ids=["ppca", "vae"])
def test_the_variance_of_pixels_is_told_as_a_logarithm(model, x):
    model.fit(x.astype(float))
    pieces = pieces_of(model)
    noise = (np.log(model.noise_variance_) if isinstance(model, ProbabilisticPCA)
             else float(model.network_.pixels.log_var[0]))
    assert (pieces.pixels, pieces.posterior) == ("gaussian", "diagonal")
    assert pieces.log_var == pytest.approx(noise)
    assert pieces_of(PCA(2).fit(x)).log_var is None


def test_activity_is_a_variance_where_there_is_no_posterior(x):
    pieces = pieces_of(PCA(2).fit(x))
    heads = np.array([[1.0, 5.0], [3.0, 5.0], [8.0, 11.0]])
    assert pieces.activity(heads) == pytest.approx([26 / 3, 8.0])


def test_a_page_may_load_nothing_and_send_nothing(x):
    told = {"title": "<b> & c", "data": None, "models": []}
    text = page.assembled(told)
    rules = re.search(r'Policy" content="([^"]*)"', text)[1].split("; ")
    assert [rule for rule in rules if "script-src" not in rule] == [
        "default-src 'none'", "style-src 'unsafe-inline'", "img-src data:",
        "base-uri 'none'", "form-action 'none'"]
    assert text.count("&lt;b&gt; &amp; c") == 2 and "<b>" not in text


def test_a_title_names_each_class_once_in_the_models_order(x):
    models = dict(zip("abc", [PCA(2), Autoencoder(2), PCA(3)], strict=True))
    assert page.title_of(models) == "Latent space of PCA and Autoencoder"


def test_every_activation_of_the_package_that_a_page_knows_has_its_script():
    script = (page.SOURCES / "weights.js").read_text(encoding="utf-8")
    known = re.search(r"ACTIVATIONS = \{(.*?)\n\};", script, re.S)[1]
    assert re.findall(r"^  (\w+):", known, re.M) == [*ACTIVATIONS]


def test_of_large_pictures_one_is_shown():
    told = page.pictures(np.zeros((3, 700 * 700)), (700, 700))
    assert (told["n"], told["across"]) == (1, 20)


@pytest.mark.parametrize("colours", [(), (3,)], ids=["grey", "colours"])
def test_numbers_beyond_black_and_white_are_shown_as_those(colours):
    """In a file of 20 pictures in a row; what has no picture is black."""
    x = np.linspace(-0.6, 1.6, 22 * 4 * (3 if colours else 1)).reshape(22, -1)
    told = page.pictures(x, (2, 2, *colours))
    data = base64.b64decode(told["address"].partition(",")[2])
    shown = np.asarray(Image.open(io.BytesIO(data)).convert("RGB")) / 255
    assert (told["n"], told["across"], shown.shape) == (22, 20, (4, 40, 3))
    for i, row in enumerate(x.clip(0, 1)):
        top, left = 2 * (i // 20), 2 * (i % 20)
        image = shown[top : top + 2, left : left + 2]
        wanted = np.broadcast_to(row.reshape(2, 2, -1), (2, 2, 3))
        np.testing.assert_allclose(image, wanted, atol=0.5 / 15 + 1e-9)
    assert not shown[2:, 4:].any()
