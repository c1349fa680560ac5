"""How numbers are scaled: by default or as told, remembered and undone."""

import json
from dataclasses import replace

import numpy as np
import pytest
from data_files import pixels, write_pictures, write_text

from scratchae import load
from scratchae.cli import main
from scratchae.data import Scaling, load_dataset, summary
from scratchae.data import statistics as room
from scratchae.explorer.page import describe_data

FLOATS = np.random.default_rng(0).normal(3, 2, size=(40, 3))


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "t.npy"
    np.save(path, np.column_stack([FLOATS, np.full(40, 0.1)]))
    return path


def test_standard_uses_the_training_rows_and_leaves_a_constant_alone(table):
    x = load_dataset(table, dtype="float64").x
    np.testing.assert_allclose(x[0].mean(axis=0), 0, atol=1e-14)
    np.testing.assert_allclose(x[0].std(axis=0), [1, 1, 1, 0], rtol=1e-12)
    assert abs(x[1].mean(axis=0)).max() > 1e-3 and not x[1][:, 3].any()


def test_minmax_brings_the_training_rows_to_the_unit_interval(table):
    dataset = load_dataset(table, scale="minmax")
    np.testing.assert_array_equal(dataset.x[0].min(axis=0), 0)
    np.testing.assert_array_equal(dataset.x[0].max(axis=0), [1, 1, 1, 0])


def test_none_changes_nothing(table):
    dataset = load_dataset(table, scale="none", dtype="float64")
    assert {*dataset.x[0][:, 0]} < {*FLOATS[:, 0]} and dataset.scaling.kind == "none"


def test_a_large_offset_costs_no_digits(tmp_path):
    seconds = 1.7e9 + np.arange(10.0)  # float32 cannot tell them apart
    write_text(tmp_path / "t.csv", "t,y\n" + "".join(f"{s:.0f},0\n" for s in seconds))
    x = np.concatenate(load_dataset(tmp_path / "t.csv").x)
    assert len({*x.ravel().tolist()}) == 10


IMAGES = {  # the largest grey value, or the range, and what becomes of it
    "8 bits": (pixels(9, 3, 3), 0, 255),
    "nearly": (np.minimum(pixels(9, 3, 3), 250), 0, 255),
    "scikit-learn's digits": (pixels(9, 3, 3) // 16, 0, 15),
    "zeros and ones": (pixels(9, 3, 3) // 128, 0, 1),
    "16 bits": (pixels(9, 3, 3).astype(np.uint16) * 4, 0, 1023),
    "16 bits below zero": (pixels(9, 3, 3).astype(np.int16) * 4 - 9, -9, 1020),
    "floats": (pixels(9, 3, 3) / 255.0, 0, 1),
    "floats below one": (pixels(9, 3, 3) / 300.0, 0, 1),
    "from -1 to 1": (pixels(9, 3, 3) / 127.5 - 1.0, -1, 2),
    "without black": (pixels(9, 3, 3) // 2 + np.uint8(60), 0, 255),
    "without white": (pixels(9, 3, 3) / 255 * 127 + 1, 0, 255),
    "half as bright": (pixels(9, 3, 3) / 255 * 127, 0, 127),
    "black": (np.zeros((9, 3, 3)), 0, 1),
}


@pytest.mark.parametrize("kind", IMAGES)
def test_images_are_brought_to_the_unit_interval(kind, tmp_path):
    images, shift, scale = IMAGES[kind]
    np.savez(tmp_path / "x.npz", x_train=images, x_test=images)
    dataset = load_dataset(tmp_path / "x.npz")
    assert (dataset.scaling.shift, dataset.scaling.scale) == (shift, scale)
    flat = images.reshape(9, -1)
    np.testing.assert_allclose(dataset.scaling.restore(dataset.x[0]), flat, atol=1e-4)


@pytest.mark.parametrize("images, scale", [
    (pixels(9, 3, 3) // 8, 255),  # bytes are of 255 grey values, dark or not
    (pixels(9, 3, 3) // 15, 255), (pixels(9, 3, 3) // 16, 15),
    (pixels(9, 3, 3) / 7.0, 255 / 7),
])
def test_the_scale_of_images_does_not_depend_on_the_split(images, scale, tmp_path):
    np.savez(tmp_path / "x.npz", x_train=images // 2, x_test=images)
    assert load_dataset(tmp_path / "x.npz").scaling.scale == scale


@pytest.mark.parametrize("dtype, largest, scale", [
    ("u1", 15, 15), ("u1", 16, 16), ("u1", 17, 255), ("u1", 255, 255),
    ("u2", 17, 17), ("u2", 127, 127), ("u2", 128, 255), ("u2", 256, 1023),
    ("u2", 1023, 1023), ("u2", 1024, 4095), ("u2", 4095, 4095), ("u2", 4096, 16383),
    ("u2", 16384, 65535), ("u2", 65535, 65535), ("i4", 65536, 65536),
    ("i8", 256, 1023), ("f4", 256, 1023), ("f8", 59991, 65535),
    ("f4", 16, 16), ("f4", 127.5, 127.5), ("f4", 128, 255), ("f4", 255.5, 255.5),
])
def test_up_to_which_number_images_are_thought_to_be_of_8_bits_or_more(
    dtype, largest, scale, tmp_path
):
    """The digits of scikit-learn have 17 levels, 0 to 16, in whatever type. Of more
    bits are whole numbers only."""
    np.save(tmp_path / "x.npy", np.array([[[0, 1, largest]] * 3] * 9, dtype))
    scaling = load_dataset(tmp_path / "x.npy").scaling
    assert (scaling.shift, scaling.scale) == (0, scale)


def test_dark_pictures_stay_dark(tmp_path):
    write_pictures(tmp_path, pixels(4, 3, 3) // 8)
    assert load_dataset(tmp_path).scaling.scale == 255


def test_a_scaling_comes_back_from_its_description():
    for scaling in (Scaling(), Scaling("pixels", -1.0, 2.0),
                    Scaling("standard", np.array([1.0, 2]), np.array([3.0, 4]))):
        again = Scaling.from_description(scaling.described())
        x = np.array([[0.5, 8.0]])
        np.testing.assert_array_equal(again.apply(x), scaling.apply(x))
        np.testing.assert_array_equal(again.restore(x), scaling.restore(x))


@pytest.mark.parametrize("scaling, said", [
    (Scaling(), "as they are"),
    (Scaling("pixels", 0.0, 255.0), "divided by 255"),
    (Scaling("pixels", -1.0, 2.0), "-1 subtracted, then divided by 2"),
    (Scaling("standard", np.ones(2), np.ones(2)), "columns standardised"),
    (Scaling("minmax", np.ones(2), np.ones(2)), "columns brought to [0, 1]"),
])
def test_a_scaling_is_said_in_words(scaling, said):
    assert str(scaling) == said


def test_of_many_columns_and_classes_twelve_are_listed_and_five_of_those_with_holes(
    tmp_path
):
    names, rows = [f"c{i:02}" for i in range(15)], np.eye(16, 15)
    lines = [",".join([*names, "label"])]
    lines += [",".join([*map(str, row), f"k{i:02}"]) for i, row in enumerate(rows)]
    path = write_text(tmp_path / "t.csv", "\n".join(lines))
    said = summary(load_dataset(path, test=path, label="label"))
    first = ", ".join(f"k{i:02} (1)" for i in range(12))
    assert said["labels"] == f"16 classes: {first} and 4 more"
    write_text(path, "\n".join(lines).replace("0.0", ""))
    listed = ", ".join(f"'c{i:02}' 15" for i in range(5))
    with pytest.raises(ValueError, match=f"column: {listed} and 10 more columns"):
        load_dataset(path, label="label")
    with pytest.raises(ValueError, match="column, but c00, c01, .*, c07, [.]{3}$"):
        load_dataset(path, label="none of them")


def test_a_summary_says_what_is_there(tmp_path):
    write_text(tmp_path / "t.csv",
               "a,b,c,kind\n1,7,5,x\n2,7,,x\n3,7,6,y\n4,7,9,y\n4,7,9,y\n")
    lines = summary(load_dataset(tmp_path / "t.csv", missing="mask", test_fraction=0.2))
    assert lines["rows"] == "4 training, 1 test"
    assert lines["missing"] == "1 number, by column: 'c' 1"
    assert lines["constant"] == "1 column: 'b'"
    assert lines["labels"] in ("2 classes: x (2), y (2)", "2 classes: x (1), y (3)")
    assert lines["scaling"] == "columns standardised"
    assert lines["range"].endswith("to 9 in the training rows")


@pytest.mark.parametrize("at_once", [1, 4, 100])
def test_columns_are_described_by_the_numbers_that_are_there(at_once, rng, monkeypatch):
    """In blocks of rows that do not divide, and with one that lacks all of a column."""
    monkeypatch.setattr(room, "BLOCK", 3 * at_once)
    x = rng.normal(5, 2, (9, 3))
    x[:4, 0] = x[8, 1] = np.nan
    found = room.statistics(x, None, "t.csv")
    for name, of in {"low": np.nanmin, "high": np.nanmax, "mean": np.nanmean}.items():
        np.testing.assert_allclose(getattr(found, name), of(x, axis=0), rtol=1e-14)
    assert found.missing.tolist() == [4, 1, 0]
    np.testing.assert_allclose(room.deviations(x, found), np.nanstd(x, axis=0))


@pytest.mark.parametrize("at_once", [1, 6, 1000])
def test_an_infinity_is_named_by_its_row_in_the_file(at_once, monkeypatch):
    monkeypatch.setattr(room, "BLOCK", at_once)
    x = np.zeros((9, 3))
    x[7, 1] = -np.inf
    for rows, named in ((None, 7), (np.arange(90, 0, -10), 20)):
        with pytest.raises(ValueError) as caught:
            room.statistics(x, rows, "f")
        assert str(caught.value) == (
            f"f: the number in row {named}, column 1 is infinite (-inf)")


def test_columns_that_are_asked_for_come_in_that_order_whatever_the_files(tmp_path):
    path = write_text(tmp_path / "t.csv", "b,a\n1,10\n2,20\n3,30\n")
    dataset = load_dataset(path, columns=("a", "b"), scale="none", test_fraction=1)
    assert dataset.columns == ("a", "b")
    np.testing.assert_array_equal(dataset.x[1], [[10, 1], [20, 2], [30, 3]])


@pytest.mark.parametrize("scale", ["standard", "minmax", "none"])
def test_images_are_drawn_in_the_greys_of_the_file_however_scaled(
    scale, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    images = np.full((30, 9, 8), 7, np.uint8)  # most pixels never change
    images[:, :4] = pixels(30, 4, 8)
    np.save("a.npy", images)
    dataset = load_dataset("a.npy", scale=scale, test_fraction=0.2)
    plain = load_dataset("a.npy", test_fraction=0.2)
    told = json.loads(json.dumps(dataset.scaling.described()))
    for scaling in (dataset.scaling, Scaling.from_description(told)):
        np.testing.assert_allclose(scaling.drawn(dataset.x[0]), plain.x[0], atol=1e-6)
    page = describe_data(dataset, dataset.x[1], dataset.shape)
    assert page["pictures"] == describe_data(plain, plain.x[1], (9, 8))["pictures"]


@pytest.mark.parametrize("command", ["data show a.npy", "sample runs/ppca-a.npz -n 50"])
def test_commands_draw_scaled_images_between_black_and_white(
    command, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    np.save("a.npy", pixels(60, 4, 5) // 2 + np.uint8(60))  # 60 to 187
    shown, name = [], "scratchae.plots.image_grid"
    monkeypatch.setattr(name, lambda x, *a, **o: shown.append(x))
    monkeypatch.setattr("scratchae.plots.save_figure", lambda figure, path: path)
    assert main("train ppca --latent 3 --data a.npy --scale standard".split()) == 0
    assert main([*command.split(), *["--scale", "standard"] * ("show" in command)]) == 0
    low, middle, high = np.quantile(shown, [0, 0.5, 1])
    assert 0 <= low and 100 / 255 < middle < 150 / 255 and high <= 1


def test_commands_draw_tables_in_the_units_of_the_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = np.random.default_rng(0).normal([170, 60], [10, 5], (30, 2))
    np.savetxt("t.csv", rows, delimiter=",", header="height,mass", comments="")
    shown = []
    for chart in ("histograms", "bar_rows"):
        monkeypatch.setattr(f"scratchae.plots.{chart}", lambda *a: shown.append(a))
    monkeypatch.setattr("scratchae.plots.save_figure", lambda figure, path: path)
    assert main("train ppca --latent 1 --data t.csv".split()) == 0
    assert main("data show t.csv".split()) == 0
    assert main("sample runs/ppca-t.npz -n 5 --seed 2".split()) == 0
    (x, *named), (bars, *labelled) = shown
    found = (np.abs(x[:, None] - rows) < 1e-3).all(axis=2)
    assert found.any(axis=1).all() and len(x) == 24
    assert named == [("height", "mass"), "t.csv: 24 training rows"]
    model = load("runs/ppca-t.npz")
    told = model.about_["data"]["scaling"]
    np.testing.assert_allclose(told["shift"], x.mean(axis=0), rtol=1e-5)
    drawn = model.sample(5, random_state=2)
    np.testing.assert_allclose(bars["sample"], told["shift"] + told["scale"] * drawn)
    assert labelled == [["height", "mass"], "5 samples from ProbabilisticPCA, k = 1"]


def test_a_pixel_that_hardly_varies_is_named_where_it_is_standardised(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    images = pixels(400, 8, 8)
    images[:, 1, 1] = np.arange(400) % 399 == 7
    np.save("spot.npy", images)
    for scale, told in ((["--scale", "standard"], 1), ([], 0)):
        typed = ["--data", "spot.npy", "--latent", "2", "--overwrite", *scale]
        assert main(["train", "pca", *typed]) == 0
        assert capsys.readouterr().err.count("warning: pixel 9 is up to 18 standard "
                                             "deviations away, ") == told


def test_a_column_of_tiny_numbers_is_standardised_as_any_other(tmp_path):
    x = np.array([1.0, 2, 3, 4, 6])[:, None] * [1, 1e-170, 1e150]
    np.savetxt(tmp_path / "x.csv", x, delimiter=",")
    dataset = load_dataset(tmp_path / "x.csv", test_fraction=1, scale="standard")
    for column in dataset.x[1].T:
        np.testing.assert_allclose(column, dataset.x[1][:, 0], rtol=1e-6)


def test_the_range_is_that_of_the_numbers_in_their_own_digits(tmp_path):
    rows = "age,price\n18,12000000\n25,15000000\n40,11000000\n33,12500000\n"
    (tmp_path / "t.csv").write_text(rows)
    dataset = load_dataset(tmp_path / "t.csv", test_fraction=1)
    told = summary(replace(dataset, x=dataset.x[::-1]))
    assert told["range"] == "18 to 1.5e+07 in the training rows"


def test_rows_without_any_number_have_no_range(tmp_path, recwarn):
    (tmp_path / "t.csv").write_text("a,b\n" + ",\n" * 6)
    dataset = load_dataset(tmp_path / "t.csv", missing="mask", scale="standard")
    assert summary(dataset)["range"] == "no numbers in the training rows"
    assert not [w for w in recwarn if "NaN" in str(w.message)]


def test_a_scaling_changes_none_of_the_numbers_that_it_is_given():
    for dtype in np.uint8, np.float32, np.float64:
        raw = np.arange(6, dtype=dtype).reshape(2, 3)
        for scaling in Scaling("pixels", 1.0, 4.0), Scaling("minmax", np.ones(3),
                                                           np.full(3, 2.0)):
            scaling.apply(raw)
            scaling.restore(raw)
            np.testing.assert_array_equal(raw, [[0, 1, 2], [3, 4, 5]])
