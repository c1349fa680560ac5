"""What was decided while data were read: each note, each headline, word for word."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from data_files import pixels, write_pictures, write_text

from scratchae import files
from scratchae.data import headline, in_digits, load_dataset, summary
from scratchae.data.kinds import kind_of
from scratchae.data.raw import height_and_width, square
from scratchae.data.scaling import Scaling
from scratchae.data.worms import ad_hoc, binomial, uniform
from scratchae.errors import DataError


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


FIFTH = "20% for testing, drawn at random"
RED = np.full((4, 6, 5, 3), (255, 0, 0), np.uint8)

TABLES = {  # what is in it: (text, options, notes)
    "numbers": ("a,b\n1,2\n3,5\n4,9\n", {}, (FIFTH,)),
    "a share": ("a,b\n1,2\n3,5\n4,9\n", {"test_fraction": 0.5},
                ("50% for testing, drawn at random",)),
    "all": ("a,b\n1,2\n3,5\n4,9\n", {"test_fraction": 1}, ()),
    "labels": ("a,kind\n1,x\n2,y\n3,x\n", {},
               ("labels: column 'kind'", f"{FIFTH}, of each class alike")),
    "labels without a name": ("1,x\n2,y\n3,x\n", {},
                              ("labels: column 1", f"{FIFTH}, of each class alike")),
    "names of rows": ("who,a,kind\nAnn,1,2\nBob,3,5\n", {"label": "kind"},
                      ("column 'who' names the rows and is left out",
                       "labels: column 'kind'", f"{FIFTH}, of each class alike")),
    "counted rows": (",a,b\n0,1,2\n1,3,5\n", {},
                     ("the first column counts the rows and is left out", FIFTH)),
    "names that are numbers": ("# of 1936\n\nage,5\n1,2\n3,4\n", {},
                               ("line 3 was taken as names of columns, not as a row",
                                FIFTH)),
    "a row that could be names": ("\nx,9,8\ny,3,4\nz,3,4\n", {},
        ("line 2 was taken as a row, not as names of columns", "labels: column 0",
         f"{FIFTH}, of each class alike")),
}


@pytest.mark.parametrize("name", TABLES)
def test_each_decision_about_a_table_is_noted(name):
    text, options, notes = TABLES[name]
    write_text(Path("t.csv"), text)
    assert load_dataset("t.csv", **options).notes == notes


PICTURES = {
    "grey": (pixels(4, 6, 5), {}, ("grey, as found",)),
    "coloured": (RED, {}, ("in colour, as found",)),
    "made grey": (RED, {"colour": False}, ("grey, as asked",)),
    "made coloured": (pixels(4, 6, 5), {"colour": True}, ("in colour, as asked",)),
    "resized": (pixels(4, 6, 5), {"size": "12x10"},
                ("grey, as found", "resized to 12 x 10")),
    "cut": (pixels(4, 6, 5), {"size": "4x10"},
            ("grey, as found", "resized to 4 x 10",
             "4 of another shape cut to their middle")),
    "dark": (np.zeros((4, 6, 5), np.uint8), {}, ("grey, as found", "all black")),
}


@pytest.mark.parametrize("name", PICTURES)
def test_each_decision_about_pictures_is_noted(name):
    images, options, notes = PICTURES[name]
    write_pictures(Path("p"), images)
    assert load_dataset("p", **options).notes == (*notes, FIFTH)


def test_arrays_of_an_archive_that_are_not_read_are_noted():
    x, y = pixels(4, 6, 5), np.arange(4)
    np.savez("m.npz", train_images=x, val_images=x, test_images=x, Val_Labels=y,
             train_labels=y, test_labels=y)
    left_out = ("val_images is left out", "Val_Labels is left out")
    assert load_dataset("m.npz").notes == left_out
    np.savez("x.npz", X=x, y=y)
    assert load_dataset("x.npz", test_fraction=1).notes == ()


def test_a_headline_says_the_source_the_rows_and_what_was_done_to_them():
    write_text(Path("t.csv"), "a\n1\n2\n4\n")
    write_text(Path("w.csv"), "a,b\n1,2\n3,5\n4,9\n7,7\n")
    write_pictures(Path("p"), pixels(5, 6, 4))
    write_pictures(Path("q"), RED)
    assert [headline(load_dataset(source)) for source in ("t.csv", "w.csv", "p", "q")
            ] == [
        "t.csv: 2 training and 1 test rows of 1 column, columns standardised",
        "w.csv: 3 training and 1 test rows of 2 columns, columns standardised",
        "p: 4 training and 1 test images of 6 x 4 pixels, grey, divided by 255",
        "q: 3 training and 1 test images of 6 x 5 pixels, in colour, divided by 255"]


def test_a_summary_of_pictures_counts_what_never_changes_and_has_the_notes():
    images = pixels(5, 3, 3)
    images[:, 0, 0], images[:, 2, 2] = 9, 0
    np.save("x.npy", images)
    dataset = load_dataset("x.npy", test_fraction=0.4)
    assert summary(dataset) == {
        "rows": "3 training, 2 test", "numbers": "9 per row: images of 3 x 3 pixels, "
        "grey", "range": summary(dataset)["range"], "scaling": "divided by 255",
        "labels": "none", "missing": "none", "constant": "2 pixels",
        "notes": "40% for testing, drawn at random"}
    assert "notes" not in summary(replace(dataset, notes=()))


def test_range_classes_and_constants_are_those_of_the_training_rows():
    """Numbers that are missing are counted in both parts, and classes that the test
    alone has are told."""
    write_text(Path("a.csv"), "a,b,kind\n1,7,x\n3,7,y\n,7,x\n")
    write_text(Path("b.csv"), "a,b,kind\n9,8,z\n,6,y\n")
    said = summary(load_dataset("a.csv", test="b.csv", missing="mask"))
    assert said["rows"] == "3 training, 2 test"
    assert said["range"] == "1 to 7 in the training rows"
    assert said["labels"] == "2 classes: x (2), y (1); in test rows only: z (1)"
    assert said["missing"] == "2 numbers, by column: 'a' 2"
    assert said["constant"] == "1 column: 'b'"


@pytest.mark.parametrize("size", ["20x15", "20X15", "20\u00d715", (20, 15), [20, 15],
                                  np.array([20, 15])], ids=str)
def test_a_size_is_height_times_width_in_any_writing(size):
    assert height_and_width(size) == (20, 15)


def test_flat_rows_are_squares_from_8_x_8_on():
    found = {d: square(d) for d in range(1, 900)}
    expected = {side * side: (side, side) for side in range(8, 30)}
    assert {d: shape for d, shape in found.items() if shape} == expected


@pytest.mark.parametrize("name, kind", [
    ("t.csv", "table"), ("T.CSV.GZ", "table"), ("t.tsv", "table"), ("t.txt", "table"),
    ("x.npy", "array"), ("x.NPZ", "array"), ("x.npy.gz", None), ("x.png", None),
    ("train-images-idx3-ubyte", "idx"), ("a-t10k-labels.idx1-ubyte.gz", "idx"),
])
def test_the_kind_of_a_file_is_in_its_name(name, kind, folder):
    (folder / name).write_bytes(b"")
    assert kind_of(folder / name) == kind


def test_the_seed_of_a_split_is_0_and_a_generator_moves_on():
    np.save("x.npy", np.arange(60.0).reshape(30, 2))
    first, same = (load_dataset("x.npy", **o).x[1] for o in ({}, {"random_state": 0}))
    np.testing.assert_array_equal(first, same)
    rng = np.random.default_rng(0)
    one, two = (load_dataset("x.npy", random_state=rng).x[1] for _ in range(2))
    np.testing.assert_array_equal(one, first)
    assert not np.array_equal(one, two)


def test_a_scaling_of_another_number_of_columns_is_refused():
    np.save("x.npy", np.arange(60.0).reshape(30, 2))
    scale = Scaling("standard", np.zeros(3), np.ones(3))
    with pytest.raises(DataError, match="x.npy has rows of 2 numbers; the scaling is "
                       "for rows of 3"):
        load_dataset("x.npy", scale=scale)


@pytest.mark.parametrize("value, scale, said", [
    (1650000050.0, 30.0, "1.65000005e+09"), (1650000050.0, 1e9, "1.65e+09"),
    (3.14159, 1.0, "3.14"), (-1650000050.0, 1.0, "-1650000050"), (0.0, 0.0, "0"),
    (7.0, 0.0, "7"), (1234.5678, 0.01, "1234.568"),
])
def test_a_number_has_the_digits_in_which_its_column_varies(value, scale, said):
    assert in_digits(value, scale, 3) == said


@pytest.mark.parametrize("windows, platform, expected", [
    (True, "win32", "there/scratchae"),
    (False, "darwin", "me/Library/Caches/scratchae"),
    (False, "linux", "me/.cache/scratchae"),
])
def test_each_system_has_its_own_place_for_a_cache(
    windows, platform, expected, monkeypatch
):
    monkeypatch.setattr(files, "WINDOWS", windows)
    monkeypatch.setattr(files.sys, "platform", platform)
    monkeypatch.setattr(files.Path, "home", lambda: Path("me"))
    monkeypatch.setenv("LOCALAPPDATA", "there")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert files.user_cache() == Path(expected)


def test_the_distributions_of_worms_are_what_their_formulas_say():
    np.testing.assert_allclose(uniform(), np.full(11, 1 / 11))
    np.testing.assert_allclose(ad_hoc(0.25), [0.125] * 6 + [0.05] * 5)
    np.testing.assert_allclose(binomial(0.5) * 1024, [
        1, 10, 45, 120, 210, 252, 210, 120, 45, 10, 1])
    np.testing.assert_allclose(binomial(0.1)[[0, 1, 10]], [0.9**10, 0.9**9, 1e-10])
    for bad in (-0.01, 1.01):
        for distribution in (ad_hoc, binomial):
            with pytest.raises(ValueError, match="p expects a probability; got"):
                distribution(bad)


def test_of_a_set_that_is_all_for_testing_the_test_rows_are_told():
    write_text(Path("a.csv"), "a,b,kind\n1,7,x\n3,7,y\n5,7,x\n")
    said = summary(load_dataset("a.csv", test_fraction=1))
    assert said["rows"] == "0 training, 3 test"
    assert said["range"] == "1 to 7 in the test rows"
    assert said["labels"] == "2 classes: x (2), y (1)"
    assert said["constant"] == "1 column: 'b'"
