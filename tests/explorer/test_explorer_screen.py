"""The explorer's page where its window, its pictures or what is typed change."""

import re

import numpy as np
import pytest
from page_in_node import SIZE, dots

from scratchae.explorer.page import SOURCES

pytestmark = pytest.mark.lecture10


@pytest.mark.parametrize("change, size, by", [
    ("explorer.panels.forEach((p) => { p.plane.clientWidth = 200; })", 200, 2),
    ("devicePixelRatio = 3", SIZE, 3)], ids=["smaller", "finer"])
def test_planes_are_drawn_anew_when_their_window_changes(walked, change, size, by):
    before, after, dotted = walked[0].ask(f"""const look = () => explorer.panels.map(
            ({{ back, over }}) => [back, over].map(({{ pen }}) => pen.calls));
        const before = look(); {change}; resized(); frame();
        return [before, look(), explorer.panels.map(({{ back, over }}) =>
            [back.width, over.width])]""")
    assert dotted == [[size * by] * 2] * 2
    for old, new in zip(before, after, strict=True):
        places = dots(new[0])[0]
        np.testing.assert_allclose(places, dots(old[0])[0] * size / SIZE)
        assert len(new[1]) == len(old[1])


def test_the_page_is_drawn_again_once_the_browser_has_read_the_pictures(walked):
    frames = walked[0].ask("""const before = explorer.frames; decoded(); frame();
        return explorer.frames - before""", "#a=3")
    assert frames == 1


def test_a_number_that_is_no_image_chooses_none_and_an_empty_one_lets_go(walked):
    seen = walked[0].ask("""const seen = [], type = (value, valid) => {
            Object.assign(ids.a, { value, validity: { valid } });
            fire(ids.a, "change"); frame();
            const { a, t, held } = explorer.state;
            seen.push([a, t, held, `${ids.a.value}`]); };
        document.activeElement = ids.a; // as it is while one types there
        type("7", true); type("4000", false); type("-1", false); type("", false);
        type("", true); type("5000", false);
        return seen""", "#a=3&b=4&t=0.5")
    none = [None, 0, {"0": 0, "1": 0}, ""]
    assert seen == [[7, 0, {}, "7"]] * 4 + [none] * 2


def test_a_second_image_without_a_first_is_the_first_in_its_field_too(walked):
    seen = walked[0].ask("""document.activeElement = ids.b;
        Object.assign(ids.b, { value: "5", validity: { valid: true } });
        fire(ids.b, "change"); frame();
        return [explorer.state.a, explorer.state.b, ids.a.value, ids.b.value]""")
    assert seen == [5, None, "5", ""]


@pytest.mark.parametrize("shown, chosen, disabled", [
    ("0.0", "&a=3", True), ("0.1", "&a=3", False), ("2.1", "&a=3", False),
    ("2.1", "", True)])
def test_samples_are_drawn_only_where_a_model_shown_has_a_posterior(
        walked, shown, chosen, disabled):
    """The first of the three is an autoencoder."""
    assert walked[0].ask("return ids.samples.disabled",
                         f"#shown={shown}{chosen}") is disabled


@pytest.mark.parametrize("place, written", [
    ((200, 200), (209, 193)), ((390, 200), (374, 193)), ((384, 10), (393, 28)),
    ((399, 3), (383, 21)), ((2, 398), (11, 391))])
def test_a_word_beside_a_ring_lies_within_the_plane(walked, place, written):
    (x, y), = walked[0].ask(f"""const pen = explorer.panels[0].over.pen; pen.calls = [];
        writeBeside(pen, "b", {[*place]}, {SIZE});
        return pen.calls.map(({{ given: [, x, y] }}) => [x, y])""")
    assert (x, y) == written and 0 <= x <= SIZE - 7 and 11 <= y <= SIZE


def test_samples_are_named_by_their_place(walked):
    names = walked[0].ask("""return explorer.panels.map((panel) => panel.strip.children
        .map((canvas) => canvas.attributes))""", "#shown=1.2&a=3&seed=1")
    assert names == [[{"role": "img", "aria-label": f"sample {i}"}
                      for i in range(1, 9)]] * 2


@pytest.mark.parametrize("values, middle, half", [
    ([1, 3, 2], 2, 1.1), ([5, 5, 5], 5, 1), ([0, 0, 0], 0, 1)])
def test_a_number_that_is_the_same_for_all_images_has_a_window_too(
        walked, values, middle, half):
    heads = [number for value in values for number in (9 * value, value)]
    window = walked[0].ask(f"return windowOf({{ heads: {heads}, width: 2 }}, 1)")
    assert window == pytest.approx({"middle": middle, "half": half})


def test_sliders_have_many_places_between_their_ends(walked):
    page = (SOURCES / "page.html").read_text()
    line = dict(re.findall(r'(min|max|step)="(\S+)"', re.search(
        r'<input type="range" id="t"[^>]*>', page)[0]))
    places = walked[0].ask("""return ids.sliders.children.map((label) => {
        const { type, min, max, step } = label.children[1];
        return [type, min, max, step]; })""")
    assert line == {"min": "0", "max": "1", "step": "0.01"}
    assert places == [["range", -1, 1, 0.01]] * 4
