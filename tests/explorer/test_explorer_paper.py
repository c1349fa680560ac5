"""Pictures on the explorer's page: the paper, and pixels that were scaled; in Node."""

import re

import numpy as np
import pytest
from page_in_node import SIZE, Page, at

from scratchae import PCA, ProbabilisticPCA
from scratchae.data import Dataset, load_dataset
from scratchae.explorer import explorer_page
from scratchae.explorer.page import pictures, shown_images

pytestmark = pytest.mark.lecture10


def test_ink_darkens_pixels_by_their_distance_and_never_lightens(walked):
    x, again = walked[0].ask("""const x = new Float64Array(30 * 28);
        ink(x, [30, 28], [10.5, 20.5]); const again = x.slice();
        ink(again, [30, 28], [12.5, 20.5]); return [x, again]""")
    x = np.reshape(x, (30, 28))
    rows, columns = np.mgrid[:30, :28]
    away = np.hypot(rows - 20, columns - 10)
    radius = 1.25 / 28 * 30
    assert x == pytest.approx(np.clip(radius + 0.5 - away, 0, 1), abs=1 / 30 + 1e-9)
    assert (np.round(15 * x) == pytest.approx(15 * x)) and x[20, 10] == 1
    assert (np.reshape(again, (30, 28)) >= x).all()


@pytest.mark.parametrize("shape", [(9, 6), (6, 9, 3)])
def test_a_picture_moved_to_the_middle_has_its_mass_there(walked, shape, rng):
    x = np.zeros(shape)
    x[1:4, 3:5] = rng.uniform(0.5, 1, x[1:4, 3:5].shape)
    moved = np.reshape(walked[0].ask(f"""return inTheMiddle(
        Float64Array.from({x.ravel().tolist()}), {list(shape)})"""), shape)
    assert sorted(moved.ravel()) == sorted(x.ravel())
    mass = moved.reshape(*shape[:2], -1).sum(axis=2)
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    centre = (mass * rows).sum() / mass.sum(), (mass * columns).sum() / mass.sum()
    assert np.abs(np.subtract(centre, np.subtract(shape[:2], 1) / 2)).max() <= 0.5


def test_keys_go_on_from_where_the_pen_was_put_down(walked):
    """A click without a move: the mark stands there, and the arrows start there."""
    place, x = walked[0].ask(f"""const {{ pad, pen }} = ids;
        fire(pad, "pointerdown", {at((350, 40))});
        fire(pad, "pointerup", {at((350, 40))});
        const place = [pen.style.left, pen.style.top];
        [" ", "ArrowDown", " "].forEach((key) => fire(pad, "keydown", {{ key }}));
        return [place, explorer.state.drawn]""", "#a=4")
    assert [float(side.rstrip("%")) for side in place] == pytest.approx([87.5, 10])
    x = np.reshape(x, (5, 4))
    assert (x[:2, 3] > 0).all() and not x[:, :2].any()


def test_the_paper_is_drawn_on_copied_to_and_cleared(walked):
    seen = walked[0].ask(f"""const seen = [], {{ pad }} = ids;
        const look = () => seen.push(explorer.state.drawn && explorer.state.drawn.map(
            (value) => Math.round(15 * value)));
        fire(pad, "pointerdown", {at((50, 40))});
        fire(pad, "pointermove", {at((350, 40))});
        fire(pad, "pointerup", {at((350, 40))}); look();
        fire(pad, "pointermove", {at((50, 360))}); look();
        fire(ids["pad-clear"], "click"); look();
        const press = (key) => fire(pad, "keydown", {{ key }});
        [" ", "ArrowDown", " ", "ArrowLeft"].forEach(press); look();
        fire(ids["pad-copy"], "click"); look();
        return [...seen, explorer.originals(4).map((value) => Math.round(15 * value))]
        """, "#a=4")
    line, same, cleared, keys, copied, original = (
        x and np.reshape(x, (5, 4)) for x in seen)
    assert (line[0] > 0).all() and not line[2:].any() and (line == same).all()
    assert cleared is None and (copied == original).all()
    assert (keys[:2, 3] > 0).all() and not keys[3:].any()  # where the pointer was


def bound_of(model, x):
    """-log p(x|z) at the posterior's mean of one row, and KL(q || p): of a PPCA."""
    mean, covariance = model.posterior(x)
    off = ((x - model.inverse_transform(mean)) ** 2).sum()
    nats = 0.5 * (x.size * np.log(2 * np.pi * model.noise_variance_)
                  + off / model.noise_variance_)
    s2 = np.diag(covariance)
    return nats, 0.5 * ((mean**2).sum() + (s2 - np.log(s2) - 1).sum())


def test_scaled_pixels_are_drawn_and_encoded_as_pictures(node, tmp_path, rng):
    np.save(tmp_path / "a.npy", rng.integers(30, 230, (60, 5, 4), dtype=np.uint8))
    data = load_dataset(tmp_path / "a.npy", scale="standard")
    models = {"a": PCA(3).fit(data.x[0]), "b": ProbabilisticPCA(2).fit(data.x[0])}
    page = Page(node, explorer_page(models, data))
    picture = (data.scaling.restore(data.x[1]) / 255)[:1].round(6)
    heads, drawn, losses = page.ask(f"""const x = Float64Array.from(
        {picture[0].tolist()}), losses = explorer.models.map((m) => lossOf(m, x,
        new Float64Array(m.k))); return [losses.map((l) => l.head), losses.map((l, i) =>
        decode(explorer.models[i], meanOf(explorer.models[i], l.head))),
        losses.map((l) => [l.reconstruction, l.kl])]""")
    x = data.x[1][:1].astype(float)
    for i, model in enumerate(models.values()):
        k = model.n_components
        assert heads[i][:k] == pytest.approx(model.transform(x)[0], abs=2e-3)
        x_hat = data.scaling.restore(model.reconstruct(x)) / 255
        assert drawn[i] == pytest.approx(x_hat[0], abs=1e-3)
    sse = ((x - models["a"].reconstruct(x)) ** 2).sum()
    assert losses[0] == pytest.approx([sse, 0], rel=2e-3)
    assert losses[1] == pytest.approx(bound_of(models["b"], x), rel=2e-3)
    seen = page.ask("return explorer.originals(0)")
    assert np.abs(seen - picture[0]).max() <= 0.5 / 15 + 1e-6
    assert re.search(r"z\d, [\d.]+ \|", page.ask(
        "return ids.sliders.children[0].textContent"))


def test_a_page_is_as_near_to_its_model_as_it_says(walked):
    page, models, heads, data = walked
    told, model = page.told["models"][0], models["ae.npz"]
    assert told["decoder"][1]["bits"] < 32 > told["encoder"][0]["bits"]
    x = data.x[1].astype(float)
    codes, drawn = page.ask(f"""const model = explorer.models[0];
        return [{x.tolist()}.map((x) => encode(model, Float64Array.from(x))),
        {heads[0].tolist()}.map((z) => decode(model, Float64Array.from(z)))]""")
    off = np.abs(codes - model.transform(x)).max()
    assert off == pytest.approx(told["code_error"], rel=0.01) and off <= 2e-3
    off = np.abs(drawn - model.inverse_transform(heads[0])).max()
    assert 0 < off <= told["pixel_error"] <= 5e-4


def test_colours_are_drawn_and_seen_as_they_are(node, rng):
    x = rng.random((40, 18)).astype("f4")
    page = Page(node, explorer_page({"pca": (model := PCA(2).fit(x))},
                                    Dataset((x, x), None, None, "x", shape=(3, 2, 3))))
    shown, seen, hidden = page.ask("""return [explorer.panels[0].decoded.shown,
        explorer.originals(5), ids.drawing.hidden]""", "#a=5")
    expected = model.reconstruct(x[5:6]).clip(0, 1).reshape(6, 3)
    assert np.reshape(shown, (6, 4))[:, :3] / 255 == pytest.approx(expected, abs=3e-3)
    assert np.abs(seen - x[5]).max() <= 0.5 / 15 + 1e-6 and not hidden


def test_planes_are_as_sharp_as_the_screen(walked):
    for name in ("back", "over"):
        width, by = walked[0].ask(f"""const {{ {name} }} = explorer.panels[0];
            return [{name}.width, {name}.pen.transform]""")
        assert width == 2 * SIZE and by == [2, 0, 0, 2, 0, 0]


def test_a_page_without_encoders_has_no_paper(node, walked):
    _, models, _, data = walked
    page = Page(node, explorer_page(models, data, points=30, with_encoder=False))
    hidden, rows, n = page.ask("""return [ids.drawing.hidden, ids.models.children[0]
        .children[1].children.map((row) => row.children[5].textContent),
        explorer.data.n]""")
    assert hidden and rows == ["no encoder here"] * 3 and n == 30


def test_pictures_are_told_as_far_as_they_make_no_large_page(walked):
    told = pictures(np.zeros((30, 200 * 100)), (200, 100))
    assert told["n"] == 400_000 // (200 * 100)
    seen = walked[0].ask("""explorer.told.data.pictures.n = 7;
        return [6, 7, null].map((i) => explorer.originals(i) !== null)""")
    assert seen == [True, False, False]


def test_what_is_missing_is_nothing_for_the_page(rng):
    x = rng.random((5, 784))
    x[2, 3] = np.nan
    rows, shape = shown_images(Dataset((x, x), None, None, "x"), 4)
    assert shape == (28, 28) and rows.shape == (4, 784) and rows[2, 3] == 0
    assert (rows[3] == x[3]).all()
    with pytest.raises(ValueError, match="at least 2 test images; got 1 of x"):
        shown_images(Dataset((x, x[:1]), None, None, "x"), 4)


def test_a_wide_code_is_said_by_its_first_eight_numbers(walked):
    said = walked[0].ask("return [8, 9].map((n) => bracketed(new Float64Array(n)))")
    assert said == [f"({', '.join(['0.00'] * 8)}{more})" for more in ("", ", \u2026")]
