"""Moved training images: the pixels, how far, and what is left where it was."""

from math import erf

import numpy as np
import pytest
from estimators import CLASSES, data, fitted

import scratchae
from scratchae.cli import main
from scratchae.formulas import corruption
from scratchae.formulas.schedules import SCHEDULES
from scratchae.networks.autoencoder import AutoencoderNetwork
from scratchae.networks.classifier import ClassifierNetwork
from scratchae.networks.variational import VariationalNetwork
from scratchae.nn.backend import backend
from scratchae.training import loop

NEURAL = sorted(n for n, c in CLASSES.items() if "shift" in c().get_params())
SHAPES = [(4, 6), (6, 4), (5, 5), (1, 7), (7, 1), (1, 1), (3, 4, 3), (3, 3, 2)]


@pytest.fixture(params=["formula", "kernel"])
def shift_images(request):
    if request.param == "formula":
        return corruption.shift_images
    return request.getfixturevalue("kernels").shift_images


def moved_by_hand(image, down, right):
    """One image : (height, width, ...), pixel by pixel."""
    out = np.zeros_like(image)
    height, width = image.shape[:2]
    for r in range(height):
        for c in range(width):
            if 0 <= r + down < height and 0 <= c + right < width:
                out[r + down, c + right] = image[r, c]
    return out


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("sigma", [0, 0.5, 2, 100, 1e9])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_each_image_is_moved_by_its_own_pixels(shift_images, shape, sigma, dtype, rng):
    images = rng.uniform(1, 2, (20, *shape)).astype(dtype)
    normal = rng.standard_normal((2, 20))
    moved = shift_images(images.reshape(20, -1), normal, sigma, shape)
    expected = [moved_by_hand(image, round(sigma * u), round(sigma * v))
                for image, u, v in zip(images, *normal, strict=True)]
    np.testing.assert_array_equal(moved, np.reshape(expected, (20, -1)))
    assert moved.dtype == dtype and moved.flags.c_contiguous


@pytest.mark.parametrize("shape", [(20, 30), (10, 20, 3)])
@pytest.mark.parametrize("order", "CF")
def test_images_that_several_threads_share_are_moved_like_a_few(
    shape, order, rng, kernels
):
    from scratchae.kernels.noise import LITTLE

    n = 2 * LITTLE // 600 + 1
    images, normal = rng.random((n, 600)), rng.standard_normal((2, n))
    expected = [moved_by_hand(image.reshape(shape), round(3 * u), round(3 * v))
                for image, u, v in zip(images, *normal, strict=True)]
    given = np.array(images, order=order)
    given.setflags(write=False)
    moved = kernels.shift_images(given, normal, 3.0, shape)
    np.testing.assert_array_equal(moved, np.reshape(expected, (n, -1)))


def test_a_row_of_an_image_does_not_run_into_the_next(shift_images):
    image = np.arange(1.0, 7).reshape(1, 6)  # 1 2 3 above 4 5 6
    for normal, expected in [
        ((0, 1), [0, 1, 2, 0, 4, 5]), ((0, -1), [2, 3, 0, 5, 6, 0]),
        ((1, 0), [0, 0, 0, 1, 2, 3]), ((-1, 0), [4, 5, 6, 0, 0, 0]),
        ((1, -1), [0, 0, 0, 2, 3, 0]), ((0.49, -0.49), [1, 2, 3, 4, 5, 6]),
        ((9, 0), [0] * 6), ((0, -9), [0] * 6),
    ]:
        moved = shift_images(image, np.array(normal, float)[:, None], 1.0, (2, 3))
        np.testing.assert_array_equal(moved[0], expected)


def seen(monkeypatch, kind):
    """A list that gets each batch which a network of this kind is given to draw from.
    """
    batches, draw = [], kind.draw

    def noted(self, x, rng, epoch=None):
        batches.append((epoch, np.array(x)))
        return draw(self, x, rng, epoch)

    monkeypatch.setattr(kind, "draw", noted)
    return batches


def dots(n=600, side=9):
    """Images of one bright pixel in the middle : (n, side * side)."""
    x = np.zeros((n, side, side), np.float32)
    x[:, side // 2, side // 2] = 1
    return x.reshape(n, -1)


def moves(batches, side=9):
    """How far the dots of each batch have moved, down and right : (batches, n)."""
    where = np.array([np.argmax(x, axis=1) for _, x in batches])
    return where // side - side // 2, where % side - side // 2


def test_moves_have_the_standard_deviation_that_was_asked_for(monkeypatch):
    batches = seen(monkeypatch, AutoencoderNetwork)
    scratchae.Autoencoder(2, (3,), shift=1.2, epochs=4, batch_size=600, random_state=0,
                          schedule="constant", verbose=False).fit(dots())
    down, right = moves(batches)
    assert len(down) == 4
    spread = np.sqrt(1.2**2 + 1 / 12)  # rounding adds a uniform error
    for pixels in (down, right):
        assert abs(pixels.mean()) < 4 * spread / np.sqrt(pixels.size)
        assert pixels.std() == pytest.approx(spread, rel=0.06)
    assert abs(np.corrcoef(down.ravel(), right.ravel())[0, 1]) < 0.1
    assert (down[0] != down[1]).mean() > 0.5  # anew each time


@pytest.mark.parametrize("shift", [0.4, 1.2])
@pytest.mark.parametrize("schedule", ["cosine", "step"])
def test_moves_fall_as_the_learning_rate_does(schedule, shift, monkeypatch):
    batches = seen(monkeypatch, AutoencoderNetwork)
    scratchae.Autoencoder(2, (3,), shift=shift, schedule=schedule, epochs=8,
                          batch_size=600, random_state=0, verbose=False).fit(dots())
    down, right = moves(batches)
    for epoch, pixels in enumerate(np.concatenate([down, right], axis=1)):
        sigma = shift * SCHEDULES[schedule](epoch / 8)
        near = [erf((i + 0.5) / (sigma * np.sqrt(2))) for i in range(5)]  # at most i
        shares = np.diff(near, prepend=0)
        far = [(abs(pixels) == i).mean() for i in range(len(shares))]
        np.testing.assert_allclose(far, shares, atol=4 * np.sqrt(0.25 / pixels.size))


def test_validation_is_of_images_where_they_are(monkeypatch):
    batches = seen(monkeypatch, VariationalNetwork)
    model = scratchae.VariationalAutoencoder(
        2, (3,), shift=2.0, schedule="constant", epochs=2, batch_size=30,
        random_state=0, verbose=False)
    model.fit(dots(60), validation_data=dots(40))
    for epoch, x in batches:
        still = (x[:, 40] == 1).mean()
        assert still == 1 if epoch is None else still < 0.3
    assert {epoch for epoch, _ in batches} == {1, 2, None}


@pytest.mark.parametrize("undo", [False, True])
@pytest.mark.parametrize("name", ["Autoencoder", "SparseAutoencoder",
                                  "DenoisingAutoencoder"])
def test_the_target_is_the_image_after_its_move_or_before_it(name, undo, monkeypatch):
    kind, compared = type(fitted(name).network_), []
    batches, compare = seen(monkeypatch, kind), kind._compare

    def noted(self, out, x, target):
        compared.append(np.array(target))
        return compare(self, out, x, target)

    monkeypatch.setattr(kind, "_compare", noted)
    with backend("numpy"):
        CLASSES[name](2, (3,), shift=2.0, undo_shift=undo, epochs=1, batch_size=30,
                      random_state=0, verbose=False).fit(dots(60))
    assert len(compared) == len(batches) == 2
    for target, (_, moved) in zip(compared, batches, strict=True):
        assert (moved[:, 40] == 1).mean() < 0.3
        np.testing.assert_array_equal(target, dots(30) if undo else moved)


def test_a_move_that_is_undone_is_as_wide_in_the_last_step_as_in_the_first(
        monkeypatch):
    batches = seen(monkeypatch, AutoencoderNetwork)
    scratchae.Autoencoder(2, (3,), shift=1.2, undo_shift=True, epochs=8,
                          batch_size=600, random_state=0, verbose=False).fit(dots())
    down, right = moves(batches)
    spread = np.concatenate([down, right], axis=1).std(axis=1)  # of each epoch
    np.testing.assert_allclose(spread, np.sqrt(1.2**2 + 1 / 12), rtol=0.1)


def test_a_code_that_undoes_moves_hardly_tells_where_the_image_is():
    """Strokes of one cause, moved by a pixel: the codes of both are compared."""
    rng = np.random.default_rng(0)
    x = np.zeros((400, 6, 6), np.float32)
    x[:, 2:4, 2] = rng.uniform(0, 1, (400, 1))
    x, right = x.reshape(400, -1), np.roll(x, 1, axis=2).reshape(400, -1)
    told = []
    for undo in (False, True):
        model = scratchae.Autoencoder(
            2, (30,), shift=1.0, undo_shift=undo, schedule="constant", batch_size=20,
            epochs=30, random_state=0, verbose=False).fit(x)
        codes, moved = model.transform(x), model.transform(right)
        told.append(np.mean((codes - moved) ** 2) / np.var(codes, axis=0).sum())
    assert told[1] < 0.2 * told[0], told


def test_labels_beside_the_image_stay(monkeypatch):
    batches, y = seen(monkeypatch, ClassifierNetwork), np.arange(60) % 3
    model = scratchae.StackedClassifier((4,), shift=2.0, epochs=1, batch_size=60,
                                        pretrain_epochs=1, verbose=False)
    model.fit(dots(60), y)
    ((_, joined),) = batches
    assert joined.shape == (60, 81 + 3)
    np.testing.assert_array_equal(joined[:, 81:].sum(axis=1), 1)
    assert joined[:, 81:].sum(axis=0).tolist() == [20, 20, 20]
    assert (joined[:, 40] == 1).mean() < 0.3
    assert not any(layer.shift for layer in model.layers_)  # codes are no images


@pytest.mark.parametrize("name", NEURAL)
@pytest.mark.parametrize(("shape", "pixel"), [((3, 7), 10), ((3, 5, 2), 14)])
def test_every_model_moves_rows_of_the_width_that_was_told(
    name, shape, pixel, monkeypatch
):
    """The middle pixel goes one row and one column on, at most, in these draws."""
    X, colours = np.zeros((600, np.prod(shape)), np.float32), np.prod(shape[2:])
    X[:, pixel] = 1
    options = {"shift": 0.4, "image_shape": shape, "epochs": 1, "batch_size": 600}
    with backend("numpy"):
        batches = seen(monkeypatch, type(fitted(name).network_))
        fitted(name, X, np.arange(600) % 3, **options)
    (where,) = [x.argmax(axis=1) for _, x in batches]
    steps = {down * shape[1] + right for down in (-1, 0, 1) for right in (-1, 0, 1)}
    assert {int(step) for step in (where - pixel) / colours} == steps


@pytest.mark.parametrize("name", NEURAL)
def test_without_a_move_nothing_is_drawn_for_it(name, monkeypatch):
    def never(*args):
        raise AssertionError("nothing is to be moved")

    monkeypatch.setattr(loop, "_shifted", never)
    monkeypatch.setattr(scratchae.models.neural.NeuralModel, "_image_shape", never)
    fitted(name, shift=0.0)
    with pytest.raises(AssertionError, match="nothing is to be moved"):
        fitted(name, shift=1.0)


@pytest.mark.parametrize("name", NEURAL)
def test_a_shape_without_a_move_changes_nothing(name):
    histories = [fitted(name, shift=0.0, image_shape=shape).history_["loss"]
                 for shape in (None, (2, 3), (50, 50))]
    assert histories[0] == histories[1] == histories[2]


@pytest.mark.parametrize("name", NEURAL)
@pytest.mark.parametrize("shape", [None, (2, 4), (6,), 6, (3, 2, 1, 1), (1, 2, 4)])
def test_rows_that_are_no_such_images_are_refused(name, shape, monkeypatch):
    X, y = data()
    model = CLASSES[name](shift=0.5, image_shape=shape, verbose=False)
    before = dict(vars(model))
    monkeypatch.delattr(loop, "_train_epoch")  # nothing is trained
    with pytest.raises(ValueError, match=rf"^{name}: shift=0.5 moves images, and 6 "
                       "features are none of image_shape=.*product of 6$"):
        model.fit(X, y)
    assert vars(model) == before


def test_shape_comes_back_from_a_file(tmp_path):
    model = fitted("Autoencoder", shift=1.0, image_shape=(2, 3))
    model.save(tmp_path / "a.npz")
    again = scratchae.load(tmp_path / "a.npz")
    assert again.get_params()["image_shape"] == (2, 3) and again.shift == 1.0


def test_command_line_tells_the_shape_of_pictures_and_refuses_tables(
        tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    np.save("rows.npy", np.random.default_rng(0).random((40, 12), np.float32))
    words = ["train", "autoencoder", "--data", "rows.npy", "--latent", "2", "--hidden",
             "4", "--epochs", "1", "--shift", "0.5"]
    assert main([*words, "--size", "3x4"]) == 0
    model = scratchae.load("runs/autoencoder-rows.npz")
    assert model.get_params()["image_shape"] == (3, 4)
    assert main([*words, "--out", "other.npz"]) == 2
    said = capsys.readouterr().err
    assert "--shift moves images, and rows.npy is a table" in said
    assert not (tmp_path / "other.npz").exists()
