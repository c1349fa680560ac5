"""Pointer, keys and sliders of the explorer's page, run in Node."""

import json

import numpy as np
import pytest
from page_in_node import SIZE, at, dots, drawn_picture, numbers, pixels

pytestmark = pytest.mark.lecture10
CODES = "return explorer.models.slice(0, 2).map((m) => codeOf(m, explorer.state))"


def map_of(walked, side):
    """Slope and offset of a side's plane at first, from codes to pixels."""
    page, _, heads, _ = walked
    back = page.ask("return explorer.panels.map((panel) => panel.back.pen.calls)")[side]
    return pixels(dots(back)[0], heads[side])


# Pointer and keys
@pytest.mark.parametrize("place", [(100, 60), (317, 390), (500, -80)])
def test_the_code_under_the_pointer_is_that_of_the_place_in_both_planes(walked, place):
    for side in (0, 1):
        slope, offset = map_of(walked, side)
        codes = walked[0].ask(f"""fire(explorer.panels[{side}].over, "pointermove",
            {at(place)}); {CODES}""")
        for i in (0, 1):
            slope, offset = map_of(walked, i)
            there = (np.clip(place, 0, SIZE) - offset) / slope
            assert codes[i] == pytest.approx(there, abs=1e-3)


def test_a_finger_moves_the_cursor_only_while_it_touches(walked):
    touch = {"pointerType": "touch"}
    places = walked[0].ask(f"""const {{ over }} = explorer.panels[0], seen = [];
        const held = () => seen.push(Object.values(explorer.state.held));
        fire(over, "pointermove", {at((100, 100), **touch)}); held();
        fire(over, "pointerdown", {at((100, 100), **touch)}); held();
        fire(over, "pointermove", {at((300, 50), **touch)}); held();
        fire(over, "pointerup", {at((300, 50), **touch)});
        fire(over, "pointermove", {at((10, 10), **touch)}); held();
        return [seen, explorer.state.a]""")
    assert places == [[[0, 0], [-0.5, 0.5], [0.5, 0.75], [0.5, 0.75]], None]


def test_a_click_chooses_the_nearest_point_within_14_pixels(walked, rng):
    page, _, heads, _ = walked
    slope, offset = map_of(walked, 1)
    points = heads[1] * slope + offset
    clicks = np.vstack([points[:6] + rng.normal(size=(6, 2)) * 9,
                        rng.uniform(0, SIZE, (12, 2))])
    away = np.hypot(*(clicks[:, None] - points).T).T
    wanted = [int(row.argmin()) if row.min() < 14 else None for row in away]
    chosen = page.ask("".join(f"""
        explorer.change({{ a: null }});
        for (const name of ["pointerdown", "pointerup"]) {{
          fire(explorer.panels[1].over, name, {at(click)});
        }}
        ids["{i}"] = explorer.state.a;""" for i, click in enumerate(clicks))
        + f"return Array.from({{ length: {len(clicks)} }}, (_, i) => ids[i])")
    assert chosen == wanted and None in wanted and len({*wanted}) > 4


def test_shift_chooses_the_second_image_and_a_drag_none(walked):
    slope, offset = map_of(walked, 0)
    one, two = walked[2][0][:2] * slope + offset
    state = walked[0].ask(f"""const {{ over }} = explorer.panels[0];
        const click = (from, to) => {{ fire(over, "pointerdown", from);
            fire(over, "pointerup", to); }};
        const seen = [], look = () => seen.push([explorer.state.a, explorer.state.b]);
        click({at(one - 9)}, {at(one)}); look();
        click({at(one)}, {at(one, shiftKey=True)}); look();
        click({at(two)}, {at(two, shiftKey=True)}); look();
        explorer.change({{ picks: "b", t: 0.5 }}); click({at(one)}, {at(one)}); look();
        return [seen, explorer.state.t, explorer.state.held]""")
    assert state == [[[None, None], [0, None], [0, 1], [0, 0]], 0.5, {}]


@pytest.mark.parametrize("key, shift, place", [
    ("ArrowLeft", False, [-0.05, 0]), ("ArrowRight", True, [0.005, 0]),
    ("ArrowUp", False, [0, 0.05]), ("ArrowDown", True, [0, -0.005])])
def test_arrows_move_the_cursor(walked, key, shift, place):
    event = json.dumps({"key": key, "shiftKey": shift})
    held = walked[0].ask(f"""fire(explorer.panels[1].over, "keydown", {event});
        return Object.values(explorer.state.held)""")
    assert held == pytest.approx(place)


def test_enter_chooses_the_nearest_image_wherever_it_is_and_escape_lets_go(walked):
    page, _, heads, _ = walked
    slope, offset = map_of(walked, 1)
    away = np.hypot(*(heads[1] * slope + offset - (390, 395)).T)
    keys, first = page.ask(f"""const first = toHash(explorer.state), seen = [];
        const {{ over }} = explorer.panels[1], press = (key, shiftKey) =>
            fire(over, "keydown", {{ key, shiftKey,
                preventDefault: () => seen.push(key) }});
        fire(over, "pointermove", {at((390, 395))}); press("Enter", false);
        seen.push(explorer.state.a); explorer.change({{ t: 0.5, seed: 4 }});
        fire(over, "pointermove", {at((390, 395))}); press(" ", true);
        seen.push(explorer.state.b); press("x"); press("Escape");
        return [seen, toHash(explorer.state) === first]""")
    near = int(away.argmin())
    assert keys == ["Enter", near, " ", near, "Escape"] and first and away.min() > 14


def test_letting_go_keeps_models_axes_and_colours_alone(walked):
    kept = {"shown": [2, 1], "axes": [1, 0], "colour": "none"}
    state, begin = walked[0].ask(f"""explorer.change({{ seed: 2, a: 3, b: 4, t: 0.5,
        picks: "b", drawn: new Float64Array(20), ...{json.dumps(kept)} }});
        fire(ids.forget, "click"); return [explorer.state, start()]""")
    assert state == begin | kept


@pytest.mark.parametrize("which, t", [("a", 0), ("b", 0.5)])
def test_a_choice_ends_what_was_held_and_drawn(walked, which, t):
    state = walked[0].ask(f"""explorer.change({{ a: 3, b: 4, t: 0.5, held: {{ 0: 1 }},
        drawn: new Float64Array(20) }}); choose(explorer, 9, "{which}");
        return explorer.state""")
    assert (state[which], state["t"], state["held"], state["drawn"]) == (9, t, {}, None)


# Controls
SLIDERS = """return [ids.sliders.children.map((label) => label.hidden ? null :
    label.children[0].textContent), ids.across.children.map((o) => [o.value,
    o.textContent]), ids.dimensions.hidden, ids.sliders.children.map((label) =>
    label.children[1].value), [ids.across.value, ids.upwards.value]]"""


def test_dimensions_are_named_by_their_number_and_activity_and_ordered_by_it(walked):
    page, models, _, data = walked
    posterior = (full := models["full.npz"]).network_.posterior
    kl = posterior.divergences(full.encoder_.predict(data.x[1])).mean(axis=0)
    order = np.argsort(-kl)
    said, choices, hidden, values, axes = page.ask(
        SLIDERS, "#shown=2.2&axes=2.0&h1=0.25&h3=-1")
    for j, text in zip(order, said, strict=True):
        (z, one), (_, two) = (numbers(part) for part in text.split(" | "))
        assert z == j + 1 and one == two == pytest.approx(kl[j], rel=0.01)
        assert text.count("nats") == 2
    assert choices == [[rank, text] for rank, text in enumerate(said)]
    assert not hidden and axes == [2, 0]
    assert values[1] == pytest.approx(0.25) and values[3] == pytest.approx(-1)


def test_dimensions_of_models_side_by_side_are_named_together(walked):
    page, models, _, data = walked
    said, choices, hidden, *_ = page.ask(SLIDERS, "#shown=0.2")
    variance = models["ae.npz"].transform(data.x[1]).var(axis=0)
    for rank in (0, 1):
        left, right = said[rank].split(" | ")
        assert numbers(left) == pytest.approx([rank + 1, variance[rank]], rel=0.01)
        assert "nats" not in left and "nats" in right
    assert len(choices) == 2 and not hidden
    assert page.ask(SLIDERS, "#shown=0.1")[2]  # no dimension but the plane's two


def test_a_dimensions_slider_holds_it_and_choices_of_axes_change_places(walked):
    state = walked[0].ask("""const input = ids.sliders.children[2].children[1];
        input.value = "-0.5"; fire(input, "input");
        const choose = (name, value) => { ids[name].value = value;
            fire(ids[name], "change"); return explorer.state.axes; };
        const model = explorer.models[2], z = codeOf(model, explorer.state);
        return [explorer.state.held, placeOf(model, 2, z),
            choose("across", "3"), choose("upwards", "3"), choose("upwards", "1")]
        """, "#shown=2.2&h0=0.25")
    assert state == [{"0": 0.25, "2": -0.5}, pytest.approx(-0.5), [3, 1], [1, 3],
                     [3, 1]]


def test_a_checkpoints_slider_shows_it_with_axes_that_it_has(walked):
    seen = walked[0].ask("""const [, panel] = explorer.panels, seen = [];
        for (const value of ["2", "0"]) {
          panel.slider.value = value; fire(panel.slider, "input"); frame();
          seen.push([explorer.state.shown, explorer.state.axes,
              panel.title.textContent, panel.code.textContent.split(",").length,
              panel.over.attributes["aria-label"]]);
        } return [seen, panel.chooser.hidden, panel.slider.max]""",
                            "#shown=2.2&axes=3.1")
    assert seen == [[
        [[2, 2], [3, 1], "VariationalAutoencoderfull.npz: " + walked[0].told["models"][
            2]["label"], 4, "Plane of the codes of VariationalAutoencoder, full.npz"],
        [[2, 0], [0, 1], "Autoencoderae.npz", 2,
         "Plane of the codes of Autoencoder, ae.npz"]], False, 2]


@pytest.mark.parametrize("axes, kept", [("2.1", [0, 1]), ("1.0", [1, 0])])
def test_of_axes_none_is_kept_that_one_of_the_models_has_not(walked, axes, kept):
    """A code of two numbers has no third one."""
    seen = walked[0].ask("""const [{ slider }] = explorer.panels;
        slider.value = "0"; fire(slider, "input"); frame();
        return [explorer.state.shown, explorer.state.axes]""",
                         f"#shown=2.2&axes={axes}")
    assert seen == [[0, 2], kept]


def test_the_table_of_models_says_what_is_told_of_each(walked):
    rows = walked[0].ask("""return ids.models.children[0].children[1].children.map(
        (row) => row.children.map((cell) => cell.textContent))""")
    for row, told in zip(rows, walked[0].told["models"], strict=True):
        assert row[:3] == [told["name"], told["class"], str(told["k"])]
        off = [told[f"{name}_error"] for name in ("pixel", "point", "code")]
        assert [float(text) for text in row[3:6]] == pytest.approx(off, rel=0.06)
    assert [row[6] for row in rows] == ["unknown", "scratchae train vae <b>", "unknown"]
    assert rows[0][3] != rows[0][4]
    note = walked[0].ask("return ids.models.children[1].textContent")
    assert "the first 40 test images of noise." in note and "16 draws" in note


def test_chosen_images_are_shown_as_they_are_with_their_class(walked):
    page, _, _, data = walked
    shown = page.ask("""return ids.chosen.children.map(({ children: [canvas, text] }) =>
        [text.textContent, canvas.shown])""", "#a=21&b=9")
    for (text, picture), name, i in zip(shown, "ab", (21, 9), strict=True):
        assert text == f"{name}: image {i}, class {data.labels[1][i]}"
        off = np.abs(drawn_picture(picture) - data.x[1][i])
        assert off.max() <= 0.5 / 15 + 1e-6


def test_numbers_typed_choose_images_and_what_has_no_sense_is_disabled(walked):
    seen = walked[0].ask("""const seen = [], look = () => { frame(); seen.push([
            explorer.state.a, explorer.state.b, explorer.state.t, ids.t.disabled,
            ids.walk.disabled, ids.samples.disabled]); };
        const type = (name, value) => { ids[name].value = value;
            fire(ids[name], "change"); look(); };
        look(); type("a", "5"); type("b", "6");
        ids.t.value = "0.75"; fire(ids.t, "input"); look();
        fire(radios[1], "change"); fire(ids.samples, "click");
        seen.push([explorer.state.picks, explorer.state.seed]);
        type("b", ""); fire(ids.forget, "click"); look();
        return [seen, ids.a.max, ids.b.max]""")
    off = [True] * 3
    assert seen == [[[None, None, 0, *off], [5, None, 0, True, True, False],
                     [5, 6, 0, False, False, False],
                     [5, 6, 0.75, False, False, False], ["b", 1],
                     [5, None, 0, True, True, False], [None, None, 0, *off]], 39, 39]


def test_walking_takes_two_seconds_and_stops_for_another_hand(walked):
    seen = walked[0].ask("""const seen = []; now = 1000; fire(ids.walk, "click");
        for (now of [1000, 1500, 2000]) { frame(); seen.push(explorer.state.t); }
        explorer.change({ t: 0.1 }); now = 2500; frame(); frame();
        seen.push(explorer.state.t); now = 4000; fire(ids.walk, "click");
        for (now of [4000, 6500, 7000]) { frame(); seen.push(explorer.state.t); }
        return seen""", "#a=1&b=2")
    assert seen == [0, 0.25, 0.5, 0.1, 0, 1, 1]
