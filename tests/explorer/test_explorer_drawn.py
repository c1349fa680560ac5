"""What a picture drawn by hand does on the explorer's page; run in Node."""

import numpy as np
import pytest
from page_in_node import Page, at, dots, numbers, paths, pixels

from scratchae import PCA, Autoencoder
from scratchae.data import Dataset
from scratchae.explorer import explorer_page

pytestmark = pytest.mark.lecture10
DRAWN = "".join(f"{i % 16:x}" for i in range(20))
X = np.array([[i % 16 / 15 for i in range(20)]])
OTHERS = ["", "&a=3", "&a=3&b=11&t=0.5"]  # chosen before it was drawn


@pytest.fixture(scope="module")
def large(node, walked):
    """A page of two models with a paper of 28 x 28 pixels."""
    x = np.random.default_rng(0).random((30, 784)).astype("f4")
    models = {"a": PCA(2).fit(x), "b": PCA(2).fit(x[:20])}
    return Page(node, explorer_page(models, Dataset((x, x), None, None, "x")))


def press(*keys):
    """Keys on the paper, in JavaScript."""
    return "".join(f'fire(ids.pad, "keydown", {{ key: "{key}" }});' for key in keys)


@pytest.mark.parametrize("others", OTHERS)
@pytest.mark.parametrize("shown", ["0.1", "2.1"])
def test_the_cursor_is_at_the_code_of_the_drawn_picture(walked, shown, others):
    """Whatever images were chosen; and q(z|x) is that of the picture."""
    page, models, heads, _ = walked
    codes, back, over = page.ask("""return [explorer.panels.map((p) => codeOf(p.model,
        explorer.state)), ...["back", "over"].map((name) => explorer.panels.map((p) =>
        p[name].pen.calls))]""", f"#shown={shown}&drawn={DRAWN}{others}")
    for side, i in enumerate(map(int, shown.split("."))):
        z = [*models.values()][i].transform(X.astype("f4"))[0]
        assert codes[side] == pytest.approx(z, abs=2e-3)
        axes = page.told["models"][i]["active"][:2]
        slope, offset = pixels(dots(back[side])[0], heads[i][:, axes])
        place = pytest.approx(z[axes] * slope + offset, abs=0.5)
        lines, rings = paths(over[side])
        assert [(x, y) for x, y, radius in rings if radius in (7, 8)] == [place, place]
        said = [call["given"][0] for call in over[side] if call["name"] == "fillText"]
        assert said == ["drawn"]
        assert not any(call["dashes"] for call in over[side])
        for ellipse in (points for points in lines if len(points) > 100):
            assert (ellipse.max(axis=0) + ellipse.min(axis=0)) / 2 == place
        across, upwards = (points for points in lines if len(points) == 2)
        assert across[:, 0] == pytest.approx(place.expected[0], abs=0.5)
        assert upwards[:, 1] == pytest.approx(place.expected[1], abs=0.5)


def test_samples_are_of_the_drawn_picture_and_its_losses_follow_the_drawing(walked):
    page, models, _, _ = walked
    model, other = models["full.npz"], "f" * 20
    z, said = page.ask(f"""const [panel] = explorer.panels, said = [];
        const z = samplesOf(panel.model, explorer.state);
        for (const text of ["{DRAWN}", "{other}", "{DRAWN}"]) {{
          explorer.change({{ drawn: pixelsFromText(text, [5, 4]) }}); frame();
          said.push(panel.losses.textContent);
        }} return [z, said]""", f"#shown=2.2&a=3&seed=5&drawn={DRAWN}")
    eps = np.reshape(page.ask("return normals(8 * 4, 5)"), (8, 4))
    heads = np.repeat(model.encoder_.predict(X.astype("f4")), 8, axis=0)
    assert np.array(z) == pytest.approx(
        model.network_.posterior.sample(heads, eps), abs=5e-3)
    for text, x in zip(said, (X, np.ones((1, 20)), X), strict=True):
        head = model.encoder_.predict(x.astype("f4"))
        kl = model.network_.posterior.divergences(head).sum()
        assert numbers(text)[1] == pytest.approx(kl, abs=0.02)


def test_what_a_drawn_picture_leaves_without_sense_is_disabled(walked):
    seen = walked[0].ask("""const look = () => { frame(); return [ids.t.disabled,
            ids.walk.disabled, ids.samples.disabled]; }, first = look();
        explorer.change({ a: null, b: null }); const alone = look();
        fire(ids["pad-clear"], "click"); return [first, alone, look(),
            explorer.state.drawn, explorer.state.held]""",
                          f"#a=3&b=4&drawn={DRAWN}")
    assert seen == [[True, True, False], [True, True, False], [True] * 3, None,
                    {"0": 0, "1": 0}]


def test_a_fast_stroke_leaves_no_gaps(large):
    x = large.ask(f"""fire(ids.pad, "pointerdown", {at((20, 200))});
        fire(ids.pad, "pointermove", {at((380, 200))}); return explorer.state.drawn""")
    ink = np.reshape(x, (28, 28))
    assert (ink[13:15, 2:26] > 0.9).all() and not ink[:11].any() and not ink[17:].any()


@pytest.mark.parametrize("end", ["pointerup", "pointercancel"])
def test_a_stroke_ends_with_the_touch_however_that_ends(large, end):
    """A browser cancels a touch that it takes for scrolling."""
    same, state = large.ask(f"""const touch = {{ pointerType: "touch" }};
        fire(ids.pad, "pointerdown", {at((100, 100))}); fire(ids.pad, "{end}");
        const before = explorer.state.drawn.join();
        fire(ids.pad, "pointermove", {at((300, 300))});
        const same = explorer.state.drawn.join() === before;
        const {{ over }} = explorer.panels[0];
        fire(over, "pointerdown", {at((100, 300), pointerType="touch")});
        fire(over, "{end}", {at((300, 100))});
        fire(over, "pointermove", {at((10, 10), pointerType="touch")});
        fire(over, "pointerup", {at((100, 300))});
        return [same, [explorer.state.a, Object.values(explorer.state.held)]]""")
    assert same and state == [None, [-0.5, -0.5]]


def test_space_lifts_the_pen_that_it_has_set_down(large):
    x = large.ask(press(" ", "ArrowUp", " ", *["ArrowRight"] * 6, " ")
                  + "return explorer.state.drawn")
    ink = np.reshape(x, (28, 28)) > 0.5
    assert ink[13, 14] and ink[13, 20] and not ink[:, 16:18].any()


def test_centre_moves_what_is_drawn_to_the_middle(large):
    before, after = large.ask(f"""fire(ids.pad, "pointerdown", {at((60, 90))});
        fire(ids.pad, "pointermove", {at((90, 130))}); const seen = [];
        seen.push(explorer.state.drawn); fire(ids["pad-middle"], "click");
        return [...seen, explorer.state.drawn]""")
    before, after = (np.reshape(x, (28, 28)) for x in (before, after))
    mass = before / before.sum()
    by = [round(13.5 - np.sum(mass.sum(axis=1 - i) * np.arange(28))) for i in (0, 1)]
    assert min(by) > 3
    np.testing.assert_allclose(after, np.roll(before, by, axis=(0, 1)))


def test_a_slider_over_models_is_there_for_more_than_two(large, node, walked):
    hidden = "return explorer.panels.map((panel) => panel.chooser.hidden)"
    assert large.ask(hidden) == [True, True]
    assert walked[0].ask(hidden) == [False, False]
    x = np.random.default_rng(1).random((9, 4)).astype("f4")
    model = Autoencoder(2, (), epochs=1, random_state=0, verbose=False).fit(x)
    alone = Page(node, explorer_page({"a": model}, Dataset((x, x), None, None, "x",
                                                           shape=(2, 2))))
    assert alone.ask(hidden) == [True]
