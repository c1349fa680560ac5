"""What the explorer's page keeps, writes into the address and says; run in Node."""

import json
from collections import Counter

import numpy as np
import pytest

pytestmark = pytest.mark.lecture10
STATES = [
    {}, {"a": 3, "b": 11, "t": 0.25, "held": {}}, {"seed": 7, "a": 0, "held": {}},
    {"held": {"0": 1, "1": -1}}, {"held": {"0": 0.1235, "3": -0.5}, "a": 2},
    {"shown": [2, 2], "axes": [3, 1]}, {"shown": [2, 2], "axes": [1, 3]},
    {"shown": [2, 2], "axes": [1, 0]}, {"shown": [1, 0], "axes": [1, 0]},
    {"colour": "line_width", "picks": "b"}, {"colour": "none", "t": 1},
    {"drawn": [0] * 9 + [1 / 15] * 4 + [0, 0, 1, 0.4, 0, 0, 0], "held": {}},
    {"drawn": [1] * 4 + [0] * 16, "held": {}, "seed": 2, "shown": [1, 2]},
    {"drawn": [0] * 8 + [1] * 12, "held": {}, "seed": 2, "shown": [1, 2]},
    {"drawn": [0] * 8 + [1] * 12, "held": {}, "seed": 2, "shown": [2, 1]},
    {"a": 4, "held": {}, "seed": 2, "shown": [2, 1]},
    {"a": 4, "held": {}, "seed": 3, "shown": [2, 1]},
    {"a": 9, "held": {}, "seed": 3, "shown": [2, 1]},
    {"a": 9, "held": {}, "seed": 3, "shown": [1, 2]},
]
SEEN = """const seen = () => [explorer.panels.map((p) => [p.title, p.code, p.losses]
    .map((e) => e.textContent).concat([p.decoded.shown, p.back.pen.calls,
    p.over.pen.calls, p.strip.children.map((c) => c.shown), p.slider.value,
    { ...p.decoded.attributes }])),
    ids.key.children.map((e) => e.textContent), ids.chosen.children.map((e) =>
    !e.hidden && [e.textContent, e.children[0].shown]), ids.sliders.textContent,
    ids.sliders.children.map((e) => e.hidden || e.children[1].value),
    ids.across.textContent, ["across", "upwards", "a", "b", "colour", "t"].map((id) =>
    `${ids[id].value}`), ["t", "walk", "samples", "pad-copy"].map((id) =>
    ids[id].disabled), radios.map((r) => r.checked), ids.dimensions.hidden,
    ids.pad.shown]; const go = (state) => { explorer.change({ ...start(), ...state });
    frame(); return seen(); };"""


def test_a_view_looks_the_same_whatever_was_looked_at_before(walked):
    """Whatever the page keeps, it draws anew what has changed."""
    views = STATES + STATES[::-1]
    after_others = walked[0].ask(f"{SEEN} return {json.dumps(views)}.map(go)")
    addresses = walked[0].ask(f"return {json.dumps(STATES)}.map((view) => "
                              "toHash({ ...start(), ...view }))")
    alone = [walked[0].ask(f"{SEEN} return seen()", f"#{at}") for at in addresses]
    for view, seen, again in zip(views, after_others, alone + alone[::-1], strict=True):
        for ours, theirs in zip(seen, again, strict=True):
            assert ours == theirs, view


def test_in_the_dark_everything_is_drawn_in_its_colours(walked):
    dark = {name: f"#0{i:05x}" for i, name in enumerate(walked[0].colours)}
    used = walked[0].ask(f"""Object.assign(colours, {json.dumps(dark)});
        fire(media, "change"); frame();
        return explorer.panels.flatMap((p) => [p.back, p.over]).concat(
            ids.key.children.map((e) => e.children[0])).flatMap((c) => c.pen.calls)
            .map((call) => call.style)""", "#a=3&b=4")
    assert {*used} <= {*dark.values()} and len({*used}) > 12


def test_the_address_is_written_once_when_all_is_quiet(walked):
    written = walked[0].ask("""explorer.change({ a: 1 }); explorer.change({ a: 2 });
        const before = addresses.length; wait(); return [before, addresses]""")
    assert written == [0, ["#shown=0.1&axes=0.1&a=2&h0=0&h1=0"]]
    heard = walked[0].ask("location.hash = '#a=5'; listeners.hashchange(); frame(); "
                          "return explorer.state.a")
    assert heard == 5


def test_the_address_keeps_all_of_a_view(walked):
    begin, again, said = walked[0].ask(f"""return [start(), {json.dumps(STATES)}.map(
        (state) => fromHash(toHash({{ ...start(), ...state }}), explorer.told)),
        (() => {{ explorer.change({json.dumps(STATES[1])}); wait();
            return [addresses.at(-1), ids.said.textContent]; }})()]""")
    for state, read in zip(STATES, again, strict=True):
        assert read == begin | state
    opened = walked[0].ask("return [explorer.state, ids.said.textContent]", said[0])
    assert opened == [begin | STATES[1], said[1]]


WRONG = ["t=7", "t=-1", "h0=1.01", "a=40", "shown=0.3", "axes=0.2", "axes=1.1", "a=",
         "seed=-3", "colour=red", "picks=c", "drawn=012", "drawn=" + "g" * 20, "b=1.5"]


def test_what_an_address_says_wrongly_stays_as_at_first(walked):
    begin, states = walked[0].ask(f"""return [start(), {json.dumps(WRONG)}.map(
        (hash) => fromHash(hash, explorer.told))]""")
    for hash_, wrong in zip(WRONG, states, strict=True):
        assert wrong == begin | {"t": int(hash_ == "t=7")}, hash_


@pytest.mark.parametrize("hash_", ["", "#a=7", "#shown=2.1&a=7&b=9&t=0.5&h3=1"])
def test_the_view_is_said_with_the_nearest_images_of_the_whole_code(walked, hash_):
    page, models, heads, data = walked
    said, codes, shown = page.ask("""return [ids.said.textContent,
        explorer.panels.map((panel) => codeOf(panel.model, explorer.state)),
        explorer.state.shown]""", hash_)
    expected = []
    for i, z in zip(shown, codes, strict=True):
        near = np.argsort(((heads[i] - z) ** 2).sum(axis=1))[:10]
        counts = Counter(data.labels[1][near]).most_common()
        words = ", ".join(f"{n} {'are' if n > 1 else 'is'} of class {label}"
                          for label, n in counts)
        code = ", ".join(f"{value:.2f}".replace("-", "\u2212") for value in z)
        name = type([*models.values()][i]).__name__
        expected.append(f"{name}: z = ({code}); nearest is image {near[0]}; of the 10 "
                        f"nearest images {words}.")
    assert said == " ".join(expected)
