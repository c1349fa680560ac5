"""The explorer's page where its sources say it: labels, colours, fingers, marks."""

import re

import numpy as np
import pytest
from page_in_node import at

from scratchae.explorer.page import SOURCES

pytestmark = pytest.mark.lecture10
STYLE, PAGE = ((SOURCES / name).read_text() for name in ("explorer.css", "page.html"))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_two_classes_or_steps_of_a_ramp_have_one_colour(theme):
    light, dark = STYLE.split("@media (prefers-color-scheme: dark)")
    colours = dict(re.findall(r"--(\w+): (#\w{6});", light))
    if theme == "dark":
        colours = dict(re.findall(r"--(\w+): (#\w{6});", dark))
    for name, count in ("class", 10), ("ramp", 5):
        named = [colours[f"{name}{i}"] for i in range(count)]
        rgb = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in named])
        away = np.linalg.norm(rgb[:, None] - rgb, axis=2) + 999 * np.eye(count)
        assert away.min() > 20, name
        brightness = rgb @ [0.2126, 0.7152, 0.0722]
        assert name == "class" or (np.diff(brightness) > 0).all()


def test_a_finger_on_a_plane_or_the_paper_does_not_scroll_and_canvases_lie_stacked():
    rules = dict(re.findall(r"^([^{}\n@]+) \{([^}]*)\}", STYLE, re.M))
    assert "touch-action: none" in rules[".over"]
    assert "position: relative" in rules[".plane"]
    assert "position: absolute; inset: 0" in rules[".plane canvas"]


@pytest.mark.parametrize("words, name", [
    ("Coloured by", "colour"), ("First, number", "a"), ("second", "b"),
    ("On the line between them", "t"), ("Across", "across"), ("upwards", "upwards")])
def test_a_label_stands_before_its_own_control(words, name):
    (found,) = re.findall(rf'<label>{words}\s+<\w+[^>]*? id="(\w+)"', PAGE)
    assert found == name


def test_buttons_and_radios_say_what_they_do():
    buttons = dict(re.findall(r'<button type="button" id="([\w-]+)">([^<]*)<', PAGE))
    assert buttons == {"walk": "Walk", "samples": "Draw samples", "forget": "Let go",
                       "pad-middle": "Centre", "pad-copy": "Copy the first image",
                       "pad-clear": "Clear"}
    radios = re.findall(r'name="picks" value="(\w)"> the (\w+)', PAGE)
    assert radios == [("a", "first"), ("b", "second")]


def test_moving_the_cursor_keeps_what_the_sliders_hold(walked):
    held = walked[0].ask(f"""fire(explorer.panels[0].over, "pointermove",
        {at((100, 100))}); return explorer.state.held""", "#shown=2.2&h2=0.5&h3=-1")
    assert held == {"0": -0.5, "1": 0.5, "2": 0.5, "3": -1}


def test_samples_are_small_rings_in_the_colour_of_the_posterior(walked):
    page = walked[0]
    calls, places = page.ask("""const [panel] = explorer.panels;
        return [panel.over.pen.calls, samplesOf(panel.model, explorer.state).map((z) =>
            toPixels(panel, explorer.state, z))]""", "#shown=1.1&a=3&seed=1")
    rings = [(call["given"][0]["circle"][:2], call["style"]) for call in calls
             if call["name"] == "stroke" and
             call["given"][0].get("circle", [0, 0, 0])[2] == 3]
    assert [place for place, _ in rings] == places and len(places) == 8
    assert {style for _, style in rings} == {page.colours["--accent"]}


def test_the_mark_of_the_pen_says_whether_it_is_down(walked):
    told = walked[0].ask("""const told = []; ids.pen.classList = {
            toggle: (name, on) => told.push([name, on]) };
        for (const key of [" ", "ArrowLeft", " "]) fire(ids.pad, "keydown", { key });
        return told""")
    assert told == [["down", True], ["down", True], ["down", False]]


def test_a_slider_over_models_says_their_names_and_the_address_waits_a_moment(walked):
    page, models, _, _ = walked
    said = page.ask("""return explorer.panels.map(({ slider }) =>
        slider.attributes["aria-valuetext"])""", "#shown=2.0")
    names = [*models]
    assert [text.split(" ")[0] for text in said] == [names[2], names[0]]
    script = (SOURCES / "main.js").read_text()
    assert 100 <= int(re.search(r"const QUIET = (\d+);", script)[1]) <= 1000
