"""The explorer in a real browser: pointer, finger, keys, address, and what is shown."""

import re

import numpy as np
import pytest
from browser import frame, go_to, texts

pytestmark = pytest.mark.lecture10

# Pointer, finger, keys


def test_one_cursor_is_in_the_same_place_of_both_planes(page):
    before = texts(page, "code")
    box = page.locator(".over").first.bounding_box()
    page.mouse.move(box["x"] + 0.25 * box["width"], box["y"] + 0.25 * box["height"])
    frame(page)
    after = texts(page, "code")
    assert all(a != b for a, b in zip(after, before, strict=True))
    places = page.evaluate("""() => explorer.panels.map((panel) =>
        toPixels(panel, explorer.state, codeOf(panel.model, explorer.state))
            .map((pixels) => pixels / panel.size)).flat()""")
    assert places == pytest.approx([0.25] * 4, abs=0.01)


def test_a_click_on_a_point_chooses_its_image_and_shift_a_second_one(page):
    chosen = []
    for shift in (False, True):
        x, y = page.evaluate("""(i) => { const panel = explorer.panels[1];
            const box = panel.over.getBoundingClientRect(), { model } = panel;
            const [x, y] = toPixels(panel, explorer.state, headOfImage(model, i));
            return [box.left + x, box.top + y]; }""", 30 + shift)
        if shift:
            page.keyboard.down("Shift")
        page.mouse.click(x, y)
        page.keyboard.up("Shift")
        chosen.append(page.evaluate("() => explorer.state." + "ab"[shift]))
    codes = page.evaluate("""() => [30, 31, explorer.state.a, explorer.state.b]
        .map((i) => Array.from(headOfImage(explorer.models[1], i).slice(0, 2)))""")
    assert np.abs(np.subtract(codes[:2], codes[2:])).max() < 0.1, chosen


def test_a_finger_moves_the_cursor(page):
    box = page.locator(".over").nth(1).bounding_box()
    before = texts(page, "code")
    page.touchscreen.tap(box["x"] + 9, box["y"] + 9)
    frame(page)
    assert texts(page, "code") != before


def test_arrows_move_the_cursor_and_enter_chooses_the_nearest_image(page):
    page.locator(".over").nth(1).focus()
    before = texts(page, "code")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    held = page.evaluate("() => explorer.state.held")
    assert [held["0"], held["1"]] == pytest.approx([0.05, 0.05])
    page.keyboard.press("Enter")
    frame(page)
    assert texts(page, "code") != before
    assert re.match(r"image \d+ \(.*\): mean .*, KL \d", texts(page, "losses")[1])
    page.keyboard.press("Escape")
    frame(page)
    assert texts(page, "code") == before and texts(page, "losses") == ["", ""]


def test_the_tab_key_reaches_every_control(page):
    """Of a group of radio buttons the checked one; arrows reach the others."""
    page.evaluate("""() => { choose(explorer, 3, "a"); choose(explorer, 4, "b");
        document.querySelector("details").open = true; }""")
    frame(page)
    controls = """[...document.querySelectorAll(
        "input, select, button, summary, [tabindex='0']")].filter((e) =>
        e.checkVisibility() && !(e.type === "radio" && !e.checked))"""
    wanted = page.evaluate(f"""() => {{ document.activeElement.blur();
        window.reached = new Set(); return {controls}.length; }}""")
    assert wanted > 15
    for _ in range(wanted + 2):
        page.keyboard.press("Tab")
        page.evaluate("() => { reached.add(document.activeElement); }")
    missing = page.evaluate(
        f"() => {controls}.filter((e) => !reached.has(e)).map((e) => e.outerHTML)")
    assert missing == []


# What is shown


def test_the_slider_chooses_another_checkpoint(page, explored):
    slider = page.locator(".chooser input").nth(1)
    slider.focus()
    page.keyboard.press("ArrowRight")
    frame(page)
    assert page.locator("h2 small").nth(1).text_content().startswith("2.npz")
    code = texts(page, "code")[1]
    assert len(code.split(",")) == explored["2.npz"].n_components


def test_a_plane_through_any_two_dimensions_of_a_wide_code(page):
    page.evaluate("() => explorer.change({ shown: [2, 2], axes: [0, 1] })")
    frame(page)
    page.select_option("#across", "3")
    slider = page.locator("#sliders input").nth(2)
    slider.focus()
    page.keyboard.press("End")
    frame(page)
    state = page.evaluate("() => [explorer.state.axes, explorer.state.held[2]]")
    assert state == [[3, 1], 1]


def test_the_line_leads_from_one_image_to_the_other(page):
    page.evaluate("() => choose(explorer, 3, 'a') || choose(explorer, 8, 'b')")
    first, last, middle = (np.array(page.evaluate("""(t) => { explorer.change({ t });
        return Array.from(codeOf(explorer.models[1], explorer.state)); }""", t))
        for t in (0, 1, 0.5))
    assert middle == pytest.approx((first + last) / 2)
    heads = page.evaluate("""() => [3, 8].map((i) =>
        Array.from(headOfImage(explorer.models[1], i).slice(0, 2)))""")
    assert np.allclose([first, last], heads)


def test_samples_are_drawn_for_the_model_that_has_a_posterior(page):
    page.evaluate("() => choose(explorer, 3, 'a')")
    frame(page)
    page.click("#samples")
    frame(page)
    strips = page.evaluate("""() => [...document.querySelectorAll(".strip")].map(
        (strip) => strip.children.length)""")
    assert strips == [0, 8]


def drawing(page):
    """The pixels drawn by hand."""
    return np.array(page.evaluate("() => Array.from(explorer.state.drawn)"))


def test_a_drawn_picture_gets_its_losses(page, explored):
    pad = page.locator("#pad").bounding_box()
    x, y, w = pad["x"], pad["y"], pad["width"]
    page.mouse.move(x + 0.5 * w, y + 0.2 * w)
    page.mouse.down()
    page.mouse.move(x + 0.5 * w, y + 0.8 * w, steps=5)
    page.mouse.up()
    frame(page)
    drawn = drawing(page)[None]
    assert 20 < drawn.sum() < 100
    kl = explored["1.npz"].network_.posterior.divergences(
        explored["1.npz"].encoder_.predict(drawn.astype("f4"))).sum()
    told = re.search(r"KL ([\d.]+) = ([\d.]+) nats", texts(page, "losses")[1])
    assert float(told[1]) == pytest.approx(kl, abs=0.02)
    assert re.fullmatch(r"drawn: [\d.]+ SSE/img", texts(page, "losses")[0])


def test_an_image_can_be_copied_to_the_paper(page):
    page.evaluate("() => choose(explorer, 3, 'a')")
    page.wait_for_selector("#pad-copy:enabled")
    assert page.locator("figcaption").first.text_content().startswith("a: image 3")
    page.click("#pad-copy")
    same = page.evaluate("() => explorer.state.drawn.join() === "
                         "explorer.originals(3).join()")
    assert same


def test_keys_draw_too(page):
    page.locator("#pad").focus()
    for key in (" ", "ArrowDown", "ArrowDown", " ", "ArrowDown"):
        page.keyboard.press(key)
    assert 10 < drawing(page).sum() < 30


@pytest.mark.parametrize("hash_", [
    "a=12&b=40&t=0.25&colour=slant&seed=3", "h0=0.5&h1=-0.25&picks=b",
    "shown=2.2&axes=2.0&a=4&h3=0.5"])
def test_the_address_restores_a_view(page, hash_):
    go_to(page, hash_)
    seen = texts(page, "code") + texts(page, "losses")
    page.evaluate("() => explorer.settle()")
    written = page.evaluate("() => location.hash")
    for part in hash_.split("&"):
        assert part in written
    go_to(page, "")
    assert texts(page, "code") + texts(page, "losses") != seen
    go_to(page, written)
    assert texts(page, "code") + texts(page, "losses") == seen


@pytest.mark.parametrize("hash_", ["a=999&b=-1&t=NaN", "shown=9.9&axes=0.0&h0=x",
                                   "drawn=zz&colour=%3Cb%3E", "%%%"])
def test_an_address_that_says_nonsense_shows_the_beginning(page, hash_):
    go_to(page, hash_)
    begin = page.evaluate("() => JSON.stringify(explorer.state) === "
                          "JSON.stringify(fromHash('', explorer.told))")
    assert begin


def test_a_drawing_comes_back_from_the_address(page):
    same = page.evaluate("""() => { const x = new Float64Array(784);
        ink(x, [28, 28], [13.2, 9.7]);
        const again = pixelsFromText(pixelsToText(x), [28, 28]);
        return again.every((value, i) => Math.abs(value - x[i]) < 1e-9); }""")
    assert same


def test_light_and_dark_have_their_own_colours(page):
    colours = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        frame(page)
        colours.append(page.evaluate("""() => [explorer.colours.ink,
            getComputedStyle(document.body).backgroundColor]"""))
    page.emulate_media(color_scheme="light")
    assert colours[0][0] != colours[1][0] and colours[0][1] != colours[1][1]


@pytest.mark.parametrize("width", [360, 1920])
def test_nothing_is_wider_than_the_window(page, width):
    page.set_viewport_size({"width": width, "height": 800})
    frame(page)
    wide = page.evaluate("() => document.documentElement.scrollWidth")
    page.set_viewport_size({"width": 1280, "height": 900})
    assert wide == width


def test_the_view_is_said_in_words(page):
    page.evaluate("() => choose(explorer, 3, 'a')")
    page.wait_for_function("() => byId('said').textContent.includes('image 3;')")
    said = page.locator("#said").text_content()
    assert re.search(r"of the 10 nearest images \d+ (are|is) of class", said)
