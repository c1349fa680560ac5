"""The drawn digits against the numbers that made them, and against MNIST."""

import numpy as np
import pytest

from scratchae.data import strokes
from scratchae.data.skeletons import STYLES, skeleton_tables
from scratchae.data.strokes import load_strokes

INDEX = np.arange(28)


@pytest.fixture(scope="module")
def digits():
    return load_strokes(n_train=3000, n_test=200, random_state=0)


@pytest.fixture(scope="module")
def neat():
    """The same digits as `digits`, but drawn without wobble."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(strokes.LOG_NORMAL, "wobble", (0.0, 0.0))
        return load_strokes(n_train=3000, n_test=0, random_state=0)


def moments(images):
    """Mass, centre of mass x and y, and slant -cov(x, y)/var(y) of each image."""
    x = images.reshape(-1, 28, 28).astype(float)
    mass = x.sum(axis=(1, 2))
    cx, cy = x.sum(axis=1) @ INDEX / mass, x.sum(axis=2) @ INDEX / mass
    var_y = x.sum(axis=2) @ INDEX**2 / mass - cy**2
    cov = np.einsum("nyx,y,x->n", x, INDEX, INDEX) / mass - cx * cy
    return mass, cx, cy, -cov / var_y


def test_shapes_and_dtypes_are_as_documented(digits):
    (x, x_test), (y, y_test) = digits.x, digits.labels
    assert x.shape == (3000, 784) and x_test.shape == (200, 784)
    assert (x.dtype, x_test.dtype) == (np.float32, np.float32)
    assert y.shape == (3000,) and y_test.dtype == np.int64
    assert all(f.shape == (3000,) for f in digits.factors[0].values())
    assert all(f.dtype == np.float64 for f in digits.factors[1].values())


def test_pixels_fill_the_range_from_0_to_1(digits):
    assert digits.x[0].min() == 0 and digits.x[0].max() == 1


def test_same_seed_gives_the_same_bits(digits):
    again = load_strokes(n_train=3000, n_test=200, random_state=0)
    assert all(map(np.array_equal, digits.x, again.x))
    assert all(map(np.array_equal, digits.labels, again.labels))


def weighed(array):
    """One number that any change of any entry would change."""
    return float(np.sum(array * np.cos(np.arange(array.size)).reshape(array.shape)))


TABLES = [0.46354436, -2.8779587, -0.065694203, -6.556108, -0.7302588]
DRAWN = [
    -11.63019, 12.84645, -3.86415, 27.88819, -27.79052,
    44.0887, 5.319933, 12.77644, -0.8376311, -18.657,
]
FACTORS = {
    "skeleton": 4062.0, "slant": 32402.973, "rotation": 11839.498,
    "scale": 2879.2978, "translation_x": 957.87292, "translation_y": 939.44748,
    "waist": 165.8807, "taper": 703.80345, "bend": 166.88125,
    "aspect": 3385.7857, "thickness": 7555.4723, "wobble": 134.23882,
}


def test_the_skeletons_are_those_that_the_lectures_numbers_belong_to():
    found = [weighed(table) for table in skeleton_tables()]
    np.testing.assert_allclose(found, TABLES, rtol=1e-5)


def test_seed_0_draws_what_the_lectures_numbers_belong_to(digits):
    (x, _), (y, _) = digits.x, digits.labels
    found = [weighed(x[y == label]) for label in range(10)]
    np.testing.assert_allclose(found, DRAWN, atol=5e-3)
    sums = {name: np.abs(f).sum() for name, f in digits.factors[0].items()}
    assert sums == pytest.approx(FACTORS, rel=1e-6)


def test_an_int_and_its_generator_give_the_same_bits():
    ours = load_strokes(20, 10, random_state=5)
    theirs = load_strokes(20, 10, random_state=np.random.default_rng(5))
    np.testing.assert_array_equal(ours.x[0], theirs.x[0])


def test_a_generator_moves_on_from_call_to_call():
    rng = np.random.default_rng(5)
    one, two = load_strokes(20, 0, rng), load_strokes(20, 0, rng)
    assert not np.array_equal(one.x[0], two.x[0])


@pytest.mark.parametrize("other", [1, None])
def test_another_seed_gives_other_images(digits, other):
    changed = load_strokes(n_train=100, n_test=0, random_state=other).x[0]
    assert not (changed == digits.x[0][:100]).all(axis=1).any()


def test_first_images_do_not_depend_on_how_many_are_asked_for(digits):
    few = load_strokes(n_train=137, n_test=3, random_state=0)
    np.testing.assert_array_equal(few.x[0], digits.x[0][:137])
    np.testing.assert_array_equal(few.x[1], digits.x[1][:3])
    np.testing.assert_array_equal(few.labels[0], digits.labels[0][:137])


def test_float64_is_the_same_drawing(digits):
    double = load_strokes(n_train=50, n_test=0, dtype=np.float64).x[0]
    assert double.dtype == np.float64
    np.testing.assert_array_equal(double, digits.x[0][:50])


def test_no_image_occurs_twice_in_train_and_test(digits):
    every = np.vstack(digits.x)
    assert len(np.unique(every, axis=0)) == len(every)


def test_labels_are_balanced_as_far_as_possible():
    counts = np.bincount(load_strokes(47, 0).labels[0], minlength=10)
    assert counts.max() - counts.min() == 1


def test_labels_are_shuffled(digits):
    first = digits.labels[0].reshape(-1, 10)[:, 0]
    assert len(np.unique(first)) == 10


def test_every_style_of_every_digit_occurs_in_its_share(digits):
    labels, skeleton = digits.labels[0], digits.factors[0]["skeleton"]
    for digit, styles in STYLES.items():
        counts = np.bincount(skeleton[labels == digit].astype(int))
        expected = [share for share, *_ in styles]
        np.testing.assert_allclose(counts / counts.sum(), expected, atol=0.09)


@pytest.mark.parametrize("digit", range(10))
def test_slant_factor_is_the_slant_measured_in_the_image(digits, digit):
    mine = digits.labels[0] == digit
    tangent = np.tan(np.radians(digits.factors[0]["slant"][mine]))
    assert np.corrcoef(tangent, moments(digits.x[0][mine])[3])[0, 1] > 0.6


@pytest.mark.parametrize("digit", range(10))
def test_thickness_factor_goes_with_the_ink(digits, digit):
    mine = digits.labels[0] == digit
    mass, thickness = moments(digits.x[0][mine])[0], digits.factors[0]["thickness"]
    assert np.corrcoef(thickness[mine], mass)[0, 1] > 0.7


def test_planted_shuffled_factors_explain_nothing(digits, rng):
    mine = digits.labels[0] == 3
    slant = rng.permutation(digits.factors[0]["slant"][mine])
    assert abs(np.corrcoef(slant, moments(digits.x[0][mine])[3])[0, 1]) < 0.3


def bulge(x):
    """How far the middle of the ink lies right of its top and foot, in pixels."""
    columns = np.where(
        x.any(axis=1), (x @ INDEX) / np.maximum(x.sum(axis=1), 1e-9), np.nan
    )
    rows = np.flatnonzero(x.sum(axis=1) > 0.5)
    top, foot = rows[:4], rows[-4:]
    middle = columns[rows[len(rows) // 2]]
    return middle - (columns[top].mean() + columns[foot].mean()) / 2


def footing(x):
    """How far the centre of mass lies below the middle of the box, in pixels."""
    rows = np.flatnonzero(x.sum(axis=1) > 0.5)
    return x.sum(axis=1) @ INDEX / x.sum() - (rows[0] + rows[-1]) / 2


def spread(x):
    """Standard deviation of the columns of the ink, in pixels."""
    mass = x.sum(axis=0) / x.sum()
    return np.sqrt(mass @ INDEX**2 - (mass @ INDEX) ** 2)


@pytest.mark.parametrize(
    "name, digit, measure",
    [
        ("aspect", 0, lambda x: spread(x) / spread(x.T)),
        ("bend", 1, bulge),
        ("taper", 0, lambda x: spread(x[14:]) - spread(x[:14])),
        ("waist", 8, footing),
    ],
)
def test_shape_factor_is_seen_in_the_image(neat, name, digit, measure):
    mine = (neat.labels[0] == digit) & (neat.factors[0]["skeleton"] == 0)
    measured = [measure(x) for x in neat.x[0][mine].reshape(-1, 28, 28)]
    assert np.corrcoef(neat.factors[0][name][mine], measured)[0, 1] > 0.4


def test_wobble_factor_says_how_far_a_digit_is_from_its_neat_twin(digits, neat):
    distance = np.linalg.norm(digits.x[0] - neat.x[0], axis=1)
    assert np.corrcoef(digits.factors[0]["wobble"], distance)[0, 1] > 0.3


def test_pressure_makes_the_stroke_of_one_style_uneven(digits, monkeypatch):
    monkeypatch.setattr(strokes, "PRESSURE", 0.0)
    even = load_strokes(n_train=3000, n_test=0, random_state=0).x[0]
    difference = np.abs(even - digits.x[0]).mean() / even.mean()
    assert 0.01 < difference < 0.2


@pytest.mark.parametrize("sizes", [(20, 10), (20, None), (None, 10), (20, 0), (0, 5)])
def test_first_keeps_images_labels_and_factors_together(sizes, digits):
    few = digits.first(*sizes)
    for i, n in enumerate(sizes):
        pairs = [(few.x[i], digits.x[i]), (few.labels[i], digits.labels[i])]
        pairs += [(few.factors[i][name], f) for name, f in digits.factors[i].items()]
        for mine, whole in pairs:
            np.testing.assert_array_equal(mine, whole[:n])


def test_a_data_set_is_shown_with_its_sizes(digits):
    shown = "Dataset('strokes', n_train={}, n_test={}, d=784)"
    assert repr(digits) == shown.format(3000, 200)
    assert repr(digits.first(7, 5)) == shown.format(7, 5)
    assert repr(digits.first(n_test=5)) == shown.format(3000, 5)


def test_rotation_leans_the_digit_clockwise(digits):
    mine = (digits.labels[0] == 1) & (digits.factors[0]["skeleton"] == 0)
    f = {name: value[mine] for name, value in digits.factors[0].items()}
    lean = np.tan(np.radians(f["slant"] + f["rotation"]))
    measured = moments(digits.x[0][mine])[3]
    assert np.polyfit(lean, measured, 1)[0] == pytest.approx(1, abs=0.15)


def test_rotation_keeps_all_distances(rng):
    control = rng.uniform(size=(1, 9, 2))
    neutral = dict.fromkeys(("waist", "taper", "bend", "slant"), np.zeros((1, 1)))
    neutral["aspect"] = np.ones((1, 1))
    turned = strokes._disturb(control, {**neutral, "rotation": np.full((1, 1), 30.0)})
    before, after = (p[0, :, None] - p[0] for p in (control, turned))
    np.testing.assert_allclose(
        np.linalg.norm(after, axis=2), np.linalg.norm(before, axis=2), atol=1e-12
    )


def test_centre_of_mass_is_at_14_plus_the_translation(digits):
    _, cx, cy, _ = moments(digits.x[0])
    f = digits.factors[0]
    assert np.abs(cx - 14 - f["translation_x"]).mean() < 0.03
    assert np.abs(cy - 14 - f["translation_y"]).mean() < 0.03
    assert np.abs(cy - 14 - f["translation_y"]).max() < 0.6  # a foot cut by the page


def test_longer_side_is_scale_times_20_pixels(digits):
    ink = digits.x[0].reshape(-1, 28, 28) > 0.5
    height, width = ink.any(axis=2).sum(axis=1), ink.any(axis=1).sum(axis=1)
    side = np.maximum(height, width)
    assert np.corrcoef(side, digits.factors[0]["scale"])[0, 1] > 0.5
    assert np.abs(side - 20 * digits.factors[0]["scale"]).mean() < 1.0


def test_no_images_may_be_asked_for():
    empty = load_strokes(n_train=0, n_test=0)
    assert empty.x[0].shape == (0, 784) and empty.labels[1].shape == (0,)


@pytest.mark.parametrize("bad", [-1, 2.0, True, "10", None])
@pytest.mark.parametrize("name", ["n_train", "n_test"])
def test_sizes_that_are_no_counts_are_refused(name, bad):
    message = rf"'{name}' parameter of load_strokes must be an int .* Got {bad!r}"
    with pytest.raises(ValueError, match=message):
        load_strokes(**{name: bad})


@pytest.mark.parametrize("bad", [-1, 0.5, "seed", np.random.MT19937(0)])
def test_random_states_of_another_kind_are_refused(bad):
    with pytest.raises(ValueError, match="'random_state' parameter of load_strokes"):
        load_strokes(10, 10, random_state=bad)


@pytest.mark.parametrize("bad", [np.int64, "float16"])
def test_dtypes_that_are_no_floats_in_use_are_refused(bad):
    with pytest.raises(ValueError, match="'dtype' parameter of load_strokes"):
        load_strokes(10, 10, dtype=bad)
