"""What the explorer's page draws and says is what Python computes; run in Node."""

import base64
import re

import numpy as np
import pytest
from page_in_node import SIZE, dots, drawn_picture, numbers, paths, pixels

from scratchae.explorer.rounding import columns, matrix, packed
from scratchae.formulas.activations import ACTIVATIONS

pytestmark = pytest.mark.lecture10
VIEWS = ["shown=0.1", "shown=1.0", "shown=2.2&axes=0.1", "shown=2.2&axes=3.1",
         "shown=2.2&axes=1.2"]
PANELS = "return explorer.panels.map((panel) => "


def plane_of(walked, side, view):
    """What a plane shows: the model's codes in its two dimensions, and all calls."""
    page, models, heads, _ = walked
    shown = [int(i) for i in re.search(r"shown=(\d).(\d)", view).groups()][side]
    ranks = [int(i) for i in re.search(r"axes=(\d).(\d)|$", view).groups(default=0)]
    ranks = [0, 1] if ranks == [0, 0] else ranks
    axes = [page.told["models"][shown]["active"][rank] for rank in ranks]
    back, over = page.ask(PANELS + "[panel.back, panel.over].map((c) => c.pen.calls))",
                          f"#{view}")[side]
    return shown, axes, heads[shown], back, over


@pytest.mark.parametrize("view", VIEWS)
def test_points_stand_where_their_codes_are_within_the_plane(walked, view):
    for side in (0, 1):
        _, axes, heads, back, _ = plane_of(walked, side, view)
        places, codes = dots(back)[0], heads[:, axes]
        (right, down), offset = pixels(places, codes)
        assert right > 0 > down  # the first dimension to the right, the other upwards
        assert np.abs(codes * (right, down) + offset - places).max() < 0.02
        margin = SIZE * 0.05 / 1.1
        assert places.min(axis=0) == pytest.approx([margin, margin], abs=0.02)
        assert places.max(axis=0) == pytest.approx([SIZE - margin] * 2, abs=0.02)


@pytest.mark.parametrize("view", VIEWS)
def test_numbers_of_the_grid_stand_at_their_codes_and_name_the_axes(walked, view):
    shown, axes, heads, back, _ = plane_of(walked, 1, view)
    (slope, offset) = pixels(dots(back)[0], heads[:, axes])
    said = {(0, 1): [], (1, 0): []}
    for text, x, y in (call["given"] for call in back if call["name"] == "fillText"):
        if text.startswith("z"):
            axis = int(x < SIZE / 2)
            assert (y > SIZE / 2) == (axis == 0) and text == f"z{axes[axis] + 1}"
            continue
        axis = 0 if y == SIZE - 5 else 1
        at = x + 7 * len(text) / 2 if axis == 0 else y - 4
        code = (at - offset[axis]) / slope[axis]
        assert code == pytest.approx(numbers(text)[0], abs=0.001)
        said[axis, 1 - axis].append(code)
    lines = [points for points in paths(back)[0] if len(points) == 2]
    for (axis, other), codes in said.items():
        at = [line[0, axis] for line in lines if (line[:, axis] == line[0, axis]).all()]
        assert 2 <= len(codes) <= len(at) <= 8
        assert all(0 <= place <= SIZE for place in at)
        steps = np.diff(sorted(np.divide(np.subtract(at, offset[axis]), slope[axis])))
        assert np.allclose(steps, steps[0], rtol=1e-3)
        assert all({*line[:, other]} == {0, SIZE} for line in lines
                   if (line[:, axis] == line[0, axis]).all())


def test_classes_have_their_colours_and_marks(walked):
    page, _, _, data = walked
    _, _, _, back, _ = plane_of(walked, 0, "shown=0.1")
    _, colours, marks = dots(back)
    labels = [int(label) for label in data.labels[1]]
    assert len({*labels}) == 12
    assert colours == [page.colours[f"--class{page.class_index(i) % 10}"]
                       for i in labels]
    assert len({*zip(labels, colours, marks, strict=True)}) == 12
    assert len({*zip(colours, marks, strict=True)}) == 12 and len({*marks}) == 10
    key = page.ask("""return ids.key.children.map(({ children: [canvas, text] }) =>
        [text, canvas.pen.calls[0].style, canvas.pen.calls[0].given[0]])""")
    looks = dict(zip((str(i) for i in labels), zip(colours, marks, strict=True),
                     strict=True))
    assert {name: (colour, page.text_of(mark)) for name, colour, mark in key} == looks


def test_a_factor_colours_points_along_the_ramp_and_the_key_has_its_ends(walked):
    page, _, _, data = walked
    _, _, _, back, _ = plane_of(walked, 0, "shown=0.1&colour=line_width")
    values = data.factors[1]["line_width"]
    ramp = np.array([[int(page.colours[f"--ramp{i}"][j : j + 2], 16)
                      for j in (1, 3, 5)] for i in range(5)])
    share = (values - values.min()) / np.ptp(values)
    expected = np.array([np.interp(4 * share, range(5), ramp[:, c]) for c in range(3)])
    _, colours, marks = dots(back)
    assert np.abs([numbers(text) for text in colours] - expected.T).max() < 1.5
    assert len({*marks}) == 1
    (text,), = [page.ask("return ids.key.children.map((e) => e.children.slice(1))",
                         "#colour=line_width")][0]
    assert text == f"{values.min():.3g} to {values.max():.3g}"
    assert page.ask("return ids.colour.children.map((o) => [o.value, o.textContent])"
                    ) == [["class", "class"], ["line_width", "line width"],
                          ["none", "none"]]
    soft = {call for call in dots(plane_of(walked, 0, "shown=0.1&colour=none")[3])[1]}
    assert soft == {page.colours["--soft"]}


def covariance_of(model, x):
    """Of q(z|x), of one image."""
    head = model.encoder_.predict(x)
    if model.posterior == "diagonal":
        return np.diag(np.exp(head[0, model.n_components :].astype(float)))
    L = model.network_.posterior.factor(head)[0]
    return L @ L.T


@pytest.mark.parametrize("view", VIEWS)
def test_ellipses_are_one_and_two_standard_deviations_of_q(walked, view):
    for side in (0, 1):
        shown, axes, heads, back, over = plane_of(walked, side, f"{view}&a=7")
        _, models, _, data = walked
        (slope, offset) = pixels(dots(back)[0], heads[:, axes])
        ellipses = [points for points in paths(over)[0] if len(points) > 100]
        model = [*models.values()][shown]
        if shown == 0:
            assert not ellipses  # an autoencoder's code has no width
            continue
        covariance = covariance_of(model, data.x[1][7:8])[np.ix_(axes, axes)]
        away = (ellipses[0] - offset) / slope - heads[7, axes]
        far = np.einsum("ij,jk,ik->i", away, np.linalg.inv(covariance), away)
        half = len(far) // 2
        assert np.sqrt(far[:half]) == pytest.approx(1, abs=1e-2)
        assert np.sqrt(far[half:]) == pytest.approx(2, abs=1e-2)
        angles = np.unwrap(np.arctan2(*away[:half].T))
        assert abs(angles[-1] - angles[0]) == pytest.approx(2 * np.pi, abs=1e-6)


@pytest.mark.parametrize("t", ["", "&t=0.25", "&t=1", "&t=7", "&t=-3"])
def test_the_cursor_is_on_the_line_from_a_to_b(walked, t):
    page, models, heads, _ = walked
    share = float(np.clip(float(t[3:] or 0), 0, 1))
    for side, model in enumerate([*models.values()][:2]):
        address = f"shown=0.1&a=3&b=11{t}"
        _, axes, codes, back, over = plane_of(walked, side, address)
        slope, offset = pixels(dots(back)[0], codes[:, axes])
        a, b = (codes[i, :2] * slope + offset for i in (3, 11))
        z = (1 - share) * codes[3, :2] + share * codes[11, :2]
        rings = {radius: (x, y) for x, y, radius in paths(over)[1]}
        assert rings[8] == pytest.approx(z * slope + offset, abs=0.02)
        said = page.ask(PANELS + "[panel.code.textContent, panel.decoded.shown])",
                        f"#{address}")[side]
        assert numbers(said[0]) == pytest.approx(z, abs=0.0051)
        assert np.abs(drawn_picture(said[1]) - model.inverse_transform(z[None])[0]
                      ).max() < 1e-3 + 0.5 / 255
        (text_a, *at_a), (text_b, *at_b) = [call["given"] for call in over
                                            if call["name"] == "fillText"]
        assert (text_a, text_b) == ("a", "b")
        assert np.subtract(at_a, a) == pytest.approx(np.subtract(at_b, b), abs=0.02)
        dashed, = [call["given"][0]["points"] for call in over if call["dashes"]]
        assert np.array(dashed) == pytest.approx(np.array([a, b]), abs=0.02)


def test_without_a_choice_the_cursor_is_in_the_middle_and_without_held_at_the_mean(
        walked):
    page, _, heads, _ = walked
    middle, mean = page.ask("""const z = () => explorer.models.slice(0, 2).map((m) =>
        codeOf(m, explorer.state)); const first = z();
        explorer.change({ held: {} }); return [first, z()]""")
    for i in (0, 1):
        ends = heads[i][:, :2].min(axis=0) + heads[i][:, :2].max(axis=0)
        assert middle[i] == pytest.approx(ends / 2, abs=1e-3)
        assert mean[i] == pytest.approx(heads[i][:, :2].mean(axis=0), abs=1e-3)


def test_a_chosen_image_has_its_code_and_divergence_in_words(walked):
    page, models, heads, data = walked
    said = {i: page.ask(PANELS + "panel.losses.textContent)", f"#shown={i}.{i}&a=5&b=9"
                        )[0] for i in range(3)}
    label = data.labels[1][5]
    for i, model in enumerate(models.values()):
        k = model.n_components
        start, mean, kl = re.fullmatch(
            r"image 5 \((\d+)\): (?:code|mean) \((.*?)\)(?:, KL (.*) nats)?", said[i]
        ).groups()
        assert start == label
        assert numbers(mean) == pytest.approx(heads[i][5, :k], abs=0.0051)
        if i:
            head = model.encoder_.predict(data.x[1][5:6])
            total = model.network_.posterior.divergences(head).sum()
            assert float(kl) == pytest.approx(total, abs=0.0051)
        else:
            assert kl is None


def test_a_drawn_picture_has_the_networks_loss_of_the_pages_sixteen_draws(walked, rng):
    page, models, _, _ = walked
    x = (rng.integers(0, 16, 20) / 15)[None]
    text = "".join(f"{round(15 * value):x}" for value in x[0])
    for i, model in enumerate(models.values()):
        said, = {*page.ask(PANELS + "panel.losses.textContent)",
                           f"#shown={i}.{i}&drawn={text}")}
        if i == 0:
            sse = ((model.reconstruct(x) - x) ** 2).sum()
            assert said == f"drawn: {sse:.2f} SSE/img"
            continue
        eps = page.ask(f"return normals(16 * {model.n_components}, 1)")
        eps = np.reshape(eps, (16, -1)).astype("f4")
        terms = model.network_.terms(x.astype("f4"), eps)
        recon, kl, both = numbers(said)
        assert recon == pytest.approx(np.mean(terms["recon"]), abs=0.02)
        assert kl == pytest.approx(np.mean(terms["kl"]), abs=0.0051)
        assert both == pytest.approx(recon + kl, abs=0.011)
        assert re.fullmatch("drawn: reconstruction .* [+] KL .* = .* nats", said)


def test_samples_are_those_of_the_page_s_noise_decoded(walked):
    page, models, heads, data = walked
    address = "#shown=1.2&axes=1.0&a=7&seed=3"
    codes, shown, over, back = page.ask("""return [
        explorer.panels.map((p) => samplesOf(p.model, explorer.state)),
        explorer.panels.map((p) => p.strip.children.map((c) => c.shown)),
        explorer.panels.map((p) => p.over.pen.calls),
        explorer.panels.map((p) => p.back.pen.calls)]""", address)
    for side, i in enumerate((1, 2)):
        model = [*models.values()][i]
        eps = np.reshape(page.ask(f"return normals(8 * {model.n_components}, 3)"),
                         (8, -1))
        head = np.repeat(model.encoder_.predict(data.x[1][7:8]), 8, axis=0)
        z = model.network_.posterior.sample(head, eps)
        assert np.array(codes[side]) == pytest.approx(z, abs=1e-3)
        pictures = np.array([drawn_picture(data) for data in shown[side]])
        expected = model.inverse_transform(z).clip(0, 1)
        assert np.abs(pictures - expected).max() < 1e-3 + 0.5 / 255
        axes = [page.told["models"][i]["active"][rank] for rank in (1, 0)]
        slope, offset = pixels(dots(back[side])[0], heads[i][:, axes])
        rings = [(x, y) for x, y, radius in paths(over[side])[1] if radius == 3]
        assert np.array(rings) == pytest.approx(z[:, axes] * slope + offset, abs=0.05)


def test_the_page_s_normal_numbers_have_normal_moments_and_follow_their_seed(walked):
    one, two, again = walked[0].ask("return [1, 2, 1].map((s) => normals(5000, s))")
    assert one == again != two
    for power, moment, width in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)):
        assert abs(np.mean(np.power(one, power)) - moment) < 4 * (width / 5000) ** 0.5
    assert abs(np.mean(np.multiply(one[1:], one[:-1]))) < 0.06


# What comes out of the page's text
def test_activations_of_the_page_are_the_package_s(walked):
    a = np.linspace(-6, 6, 25)
    theirs = walked[0].ask(f"""return Object.fromEntries(Object.entries(ACTIVATIONS)
        .map(([name, phi]) => [name, {a.tolist()}.map(phi)]))""")
    for name, values in theirs.items():
        assert values == pytest.approx(ACTIVATIONS[name].forward(a)[0]), name
    assert len(theirs) == 8


@pytest.mark.parametrize("bits", [1, 7, 11, 12, 16])
def test_packed_numbers_come_out_again(walked, bits, rng):
    q = rng.integers(0, 2**bits, 37)
    text = base64.b64encode(packed(q, bits)).decode()
    back = walked[0].ask(f'return unpacked(bytesOf("{text}"), {bits}, 37)')
    assert back == q.tolist()


@pytest.mark.parametrize("shape", [(7, 3), (90, 47)])
def test_weights_and_columns_are_what_python_stored(walked, shape, rng):
    told, stored = matrix(rng.normal(size=shape), 9, rng.normal(size=(20, shape[0])))
    x = rng.normal(size=(9, 3)) * (1, 100, 0)
    W, back = walked[0].ask(f"return [weightsOf({told}), columnsOf({columns(x)})]")
    assert np.reshape(W, shape[::-1]).T == pytest.approx(stored, rel=1e-6)
    off = np.abs(np.reshape(back, x.shape) - x)
    assert (off <= np.ptp(x, axis=0) / 65535 / 2 + 1e-12).all()


@pytest.mark.parametrize("bits", [6, 16])
def test_a_unit_without_weights_stays_without_and_says_nothing(bits, rng):
    W, h = rng.normal(size=(80, 60)), rng.normal(size=(9, 80))
    W[:, 3] = 0
    with np.errstate(all="raise"):
        _, stored = matrix(W, bits, h)
    assert not stored[:, 3].any() and stored.any(axis=0).sum() == 59
