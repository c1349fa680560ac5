"""The explorer in a real browser, the network cut off: it computes as Python does."""

import numpy as np
import pytest
from browser import EVIL, each

from scratchae.data import load_strokes

pytestmark = pytest.mark.lecture10

# Nothing from elsewhere


def test_opening_asks_for_the_page_and_for_nothing_else(page, opened, address):
    asked = {url.partition("#")[0] for url in opened[1].asked}
    assert {url for url in asked if not url.startswith("data:")} == {address}


def test_the_policy_stops_what_a_script_would_load(browser, address):
    page = browser.new_page()
    page.goto(address)
    blocked = page.evaluate("""() => new Promise((done) => {
        addEventListener("securitypolicyviolation", (e) => done(e.effectiveDirective));
        new Image().src = "http://127.0.0.1:9/x.png"; })""")
    page.close()
    assert blocked == "img-src"


def test_a_class_whose_name_is_a_script_is_shown_as_text(page):
    assert EVIL in page.locator("#key").text_content()
    assert page.title().startswith("Latent space of Autoencoder and Variational")


# The model's own numbers


@pytest.mark.parametrize("i", range(3))
def test_two_hundred_random_codes_decode_as_in_python(
        page, explored, explored_digits, i, rng):
    model = explored[f"{i}.npz"]
    codes = model.transform(explored_digits.x[1])
    z = rng.normal(codes.mean(axis=0), codes.std(axis=0), (200, codes.shape[1]))
    drawn = each(page, f"decode(explorer.models[{i}], x)", z)
    assert np.abs(drawn - model.inverse_transform(z)).max() < 1e-3


@pytest.mark.parametrize("i", range(3))
def test_a_picture_is_encoded_as_in_python(page, explored, i):
    x, model = load_strokes(0, 300, random_state=5).x[1][250:], explored[f"{i}.npz"]
    heads = each(page, f"encode(explorer.models[{i}], x)", x)
    assert np.abs(heads[:, : model.n_components] - model.transform(x)).max() < 1e-2


@pytest.mark.parametrize("i", [1, 2])
def test_losses_in_nats_are_those_of_the_network_with_the_same_noise(
        page, explored, i, rng):
    x, model = load_strokes(0, 40, random_state=5).x[1][20:], explored[f"{i}.npz"]
    eps = rng.normal(size=(3, model.n_components))
    page.evaluate("(eps) => { window.eps = Float64Array.from(eps); }",
                  eps.ravel().tolist())
    page.evaluate(f"() => {{ window.vae = explorer.models[{i}]; }}")
    ours = each(page, "Object.values(lossOf(vae, x, eps)).slice(1)", x)
    noise = np.repeat(eps, len(x), axis=0).astype("f4")  # sample after sample
    terms = model.network_.terms(x, noise)
    theirs = np.stack([terms["recon"], terms["kl"]], axis=1)
    assert np.abs(ours - theirs).max() < 1e-2


def test_the_autoencoders_loss_is_its_squared_error(page, explored):
    x, model = load_strokes(0, 20, random_state=5).x[1], explored["0.npz"]
    ours = each(page, "[lossOf(explorer.models[0], x).reconstruction]", x)[:, 0]
    sse = ((model.reconstruct(x) - x) ** 2).sum(axis=1)
    assert np.abs(ours - sse).max() < 1e-2


def test_an_image_is_seen_as_it_is_in_sixteen_shades(page, explored_digits):
    page.wait_for_function("() => explorer.originals(0)")
    seen = np.array(page.evaluate("() => Array.from(explorer.originals(57))"))
    assert np.abs(seen - explored_digits.x[1][57]).max() < 0.5 / 15 + 1e-6


def test_samples_have_the_covariance_of_the_posterior(
        page, explored, explored_digits, rng):
    model, eps = explored["2.npz"], rng.normal(size=(5, 4))
    head = model.encoder_.predict(explored_digits.x[1][7:8])
    page.evaluate("() => { window.full = explorer.models[2]; }")
    drawn = each(page, "sampleOf(full, headOfImage(full, 7), x)", eps)
    theirs = model.network_.posterior.sample(np.repeat(head, 5, axis=0), eps)
    assert np.abs(drawn - theirs).max() < 1e-3
    L = model.network_.posterior.factor(head)[0]
    covariance = (L @ L.T)[np.ix_([1, 3], [1, 3])]
    ours = page.evaluate("() => covarianceOf(full, headOfImage(full, 7), 1, 3)")
    assert ours == pytest.approx(covariance[[0, 0, 1], [0, 1, 1]], abs=1e-3)


def test_dimensions_are_ordered_by_their_divergence(page, explored, explored_digits):
    head = explored["2.npz"].encoder_.predict(explored_digits.x[1])
    kl = explored["2.npz"].network_.posterior.divergences(head).mean(axis=0)
    active = page.evaluate("() => explorer.models[2].active")
    assert active == np.argsort(-kl).tolist()
